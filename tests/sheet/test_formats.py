"""Whatever a project has REST framework read and write, a sheet takes and sends ISO 8601."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from rest_framework import serializers
from rest_framework.test import APIClient

from livesheet.edits.receipts import submit
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader
from livesheet.wire.protocol import Add, Edit
from tests.app.models import Sample

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = ["date", "time", "moment", "duration", "decimal", "big", "upload"]
VALUES: dict[str, Any] = {
    "date": "2026-02-03", "time": "08:15:00", "moment": "2026-02-03T08:15:00Z",
    "duration": "P3DT00H00M00S", "decimal": "12.3000", "big": "4611686018427387904",
}  # fmt: skip
# Everything that changes what a field takes or makes.
EVERY = {
    "DATE_FORMAT": "%d.%m.%Y",
    "DATE_INPUT_FORMATS": ["%d.%m.%Y"],
    "TIME_FORMAT": "%H.%M",
    "TIME_INPUT_FORMATS": ["%H.%M"],
    "DATETIME_FORMAT": "%d.%m.%Y %H:%M",
    "DATETIME_INPUT_FORMATS": ["%d.%m.%Y %H:%M"],
    "DURATION_FORMAT": "iso-8601",
    "COERCE_DECIMAL_TO_STRING": False,
    "COERCE_BIGINT_TO_STRING": True,
    "UPLOADED_FILES_USE_URL": False,
    "NON_FIELD_ERRORS_KEY": "problems",
}


class Declared(serializers.ModelSerializer[Sample]):
    """Fields that are declared by hand, and so are read by the serializer."""

    date = serializers.DateField()
    time = serializers.TimeField()
    moment = serializers.DateTimeField()
    duration = serializers.DurationField()
    decimal = serializers.DecimalField(max_digits=20, decimal_places=4)
    big = serializers.IntegerField()

    class Meta:
        model = Sample
        fields = FIELDS


class Masked(serializers.ModelSerializer[Sample]):
    class Meta:
        model = Sample
        fields = FIELDS

    def to_representation(self, instance: Sample) -> dict[str, Any]:
        return super().to_representation(instance)


@pytest.fixture
def declared(declared: Any, ann: Any) -> Any:
    return lambda **body: declared(Sample, ann, **{"fields": FIELDS, **body})


def row(sheet: Sheet, pk: Any) -> dict[str, Any]:
    found = RowReader(sheet).read([str(pk)])[str(pk)]
    return dict(zip((column.name for column in sheet.columns), found[1:], strict=True))


@pytest.mark.parametrize("serializer", [None, Declared, Masked])
@pytest.mark.parametrize("rest", [{}, EVERY])
def test_iso_is_taken_and_sent(declared: Any, rest: dict[str, Any], serializer: Any) -> None:
    with override_settings(REST_FRAMEWORK=rest):
        sheet = declared(serializer_class=serializer)
        reply = submit(sheet, Add("add", [VALUES], False), "c", None)
        assert reply["errors"] == []
        pk = reply["results"][0]["pk"]
        sample = Sample.objects.get(pk=pk)
        assert (sample.date, sample.decimal) == (dt.date(2026, 2, 3), Decimal("12.3"))
        assert sample.moment == dt.datetime(2026, 2, 3, 8, 15, tzinfo=dt.UTC)
        assert row(sheet, pk) == {**VALUES, "upload": None}
        other = {"date": "2026-02-04", "time": "09:00:00", "moment": "2026-02-04T08:15:00Z"}
        cells = [(pk, name, value, VALUES[name]) for name, value in other.items()]
        reply = submit(sheet, Edit("edit", cells, False), "c", None)
        assert reply["results"] == ["saved"] * 3
        assert row(sheet, pk) == {**VALUES, **other, "upload": None}


def test_rest_keeps_the_projects_forms(ann: Any, declared: Any) -> None:
    with override_settings(REST_FRAMEWORK=EVERY):
        place = f"/sheets/{declared().get_name()}/"
        sample = Sample.objects.create(date=dt.date(2026, 2, 3), decimal="12.3", upload="a.txt")
        api = APIClient()
        api.force_login(ann)
        told = api.get(f"{place}{sample.pk}/").json()
        assert (told["date"], told["decimal"], told["upload"]) == ("03.02.2026", 12.3, "a.txt")
        for given in ("04.02.2026", "2026-02-04"):
            told = api.patch(f"{place}{sample.pk}/", {"date": given}, format="json").json()
            assert told["date"] == "04.02.2026"


def test_a_format_of_the_fields_own_is_a_text(declared: Any) -> None:
    class OfItsOwn(serializers.ModelSerializer[Sample]):
        date = serializers.DateField(format="%Y")
        moment = serializers.DateTimeField(
            format="%d.%m.%Y %H:%M", input_formats=["%d.%m.%Y %H:%M"]
        )

        class Meta:
            model = Sample
            fields = ["date", "moment"]

    sheet = declared(fields=["date", "moment"], serializer_class=OfItsOwn)
    moment = dt.datetime(2026, 2, 3, 8, 15, tzinfo=dt.UTC)
    pk = str(Sample.objects.create(date=dt.date(2026, 2, 3), moment=moment).pk)
    assert row(sheet, pk) == {"date": "2026", "moment": "03.02.2026 09:15"}
    assert [column.type for column in sheet.columns] == ["text", "text"]
    cell = (pk, "moment", "04.02.2026 09:15", "03.02.2026 09:15")
    assert submit(sheet, Edit("edit", [cell], False), "c", None)["results"] == ["saved"]
    assert row(sheet, pk)["moment"] == "04.02.2026 09:15"
