"""django-phonenumber-field: by the serializer's field or the package's own, read and changed."""

from __future__ import annotations

from typing import Any

import pytest
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from tests.existing.sheets import Opened
from tests.existing.site.models.phones import Contact

pytestmark = pytest.mark.django_db(transaction=True)


class WithRegion(serializers.ModelSerializer[Contact]):
    phone = PhoneNumberField(region="DE", allow_blank=True)

    class Meta:
        model = Contact
        fields = ["name", "phone"]


def test_a_number_is_changed(ann: Any) -> None:
    contact = Contact.objects.create(name="a", phone="+49301234567")
    with Opened(ann, Contact, ["name", "phone"]) as sheet:
        assert sheet.row(contact) == {"name": "a", "phone": "+49301234567"}
        assert sheet.edit(contact, "name", "b") == "saved"
        assert sheet.edit(contact, "phone", "+49307654321") == "saved"
        assert "not valid" in sheet.edit(contact, "phone", "nobody")
        assert sheet.rest(contact)["phone"] == "+49307654321"


def test_a_number_of_the_region_is_typed(ann: Any) -> None:
    contact = Contact.objects.create(name="a")
    with Opened(ann, Contact, ["name", "phone"], serializer_class=WithRegion) as sheet:
        assert sheet.row(contact) == {"name": "a", "phone": ""}
        assert sheet.edit(contact, "phone", "030 7654321") == "saved"
        assert sheet.row(contact)["phone"] == "+49307654321"
