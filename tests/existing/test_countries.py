"""django-countries: one country is picked, several are shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.existing.sheets import Opened
from tests.existing.site.models.countries import Trip

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_is_picked_and_several_are_shown(ann: Any) -> None:
    trip = Trip.objects.create(name="a", start="NZ", through=["NZ", "AU"])
    with Opened(ann, Trip, ["name", "start", "through"]) as sheet:
        assert sheet.row(trip) == {"name": "a", "start": "NZ", "through": "Australia, New Zealand"}
        assert sheet.edit(trip, "name", "b") == "saved"
        assert sheet.edit(trip, "start", "DE") == "saved"
        assert sheet.edit(trip, "through", "DE") == "Through cannot be changed here."
        trip.refresh_from_db()
        assert (trip.start.code, [country.code for country in trip.through]) == ("DE", ["AU", "NZ"])
        assert sheet.rest(trip)["start"] == "DE"
