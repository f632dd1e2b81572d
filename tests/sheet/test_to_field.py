"""Relations that refer to a unique column, or to a key that is itself a relation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from rest_framework import serializers
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.edits.refusals import BREAKS_CONSTRAINT
from livesheet.models import Change
from livesheet.sheet import lookups
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.rows import RowReader, complete_labels, read_labels
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Edit
from tests.app.models import Call, Ferry, Pilot, Port, Tree

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ["number", "home", "pilot", "mast", "calls"]


@dataclass
class Harbour:
    """Keys, codes and numbers that cannot be taken for each other."""

    bergen: Port
    oslo: Port
    pilot: Pilot
    mast: Tree
    ferry: Ferry

    @property
    def row(self) -> list[Any]:
        return [
            str(self.ferry.pk), "F77", "BGO", str(self.bergen.pk), str(self.mast.pk),
            [str(self.bergen.pk)],
        ]  # fmt: skip


@pytest.fixture
def harbour(transactional_db: None) -> Harbour:
    Port.objects.create(code="A", name="sinks").delete()  # so that keys begin elsewhere
    bergen, oslo = (
        Port.objects.create(pk=40 + n, code=code, name=name)
        for n, (code, name) in enumerate({"BGO": "Bergen", "OSL": "Oslo"}.items())
    )
    pilot, mast = Pilot.objects.create(port=bergen, name="Pia"), Tree.objects.create(name="Fir")
    ferry = Ferry.objects.create(pk=90, number="F77", home=bergen, pilot=pilot, mast=mast)
    Call.objects.create(ferry=ferry, port=bergen, after=oslo, berth=3)
    return Harbour(bergen, oslo, pilot, mast, ferry)


@pytest.fixture
def sheet(ann: Any) -> Iterator[Sheet]:
    class FerrySheet(LiveSheetConsumer):
        model = Ferry
        sheet_name = "ferry"
        fields = NAMES

    yield FerrySheet(ann)
    unregister(FerrySheet)


def saved(sheet: Sheet, harbour: Harbour, column: str, value: Any, base: Any) -> Any:
    cells = [(str(harbour.ferry.pk), column, value, base)]
    reply = submit(sheet, Edit(uuid.uuid4().hex, cells, False), "c" * 32, None)
    return reply["results"][0] if reply["ok"] else reply["errors"][0]["message"]


class Written:
    """What was logged since the last look: ``{label: keys}``."""

    def __init__(self) -> None:
        self.since = self._newest()

    def _newest(self) -> int:
        return Change.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def read(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for model, pks in Change.objects.filter(id__gt=self.since).values_list("model", "pks"):
            found.setdefault(model, set()).update(json.loads(pks))
        self.since = self._newest()
        return found


def test_a_row_its_labels_and_its_base_are_one(sheet: Sheet, harbour: Harbour) -> None:
    reader = RowReader(sheet)
    assert reader.read([str(harbour.ferry.pk)]) == {str(harbour.ferry.pk): harbour.row}
    held = reader.of_instance(Ferry.objects.get(), sheet.columns)
    assert list(held.values()) == harbour.row[1:]
    labels = complete_labels(sheet)
    assert labels["home"] == {"BGO": "Bergen", "OSL": "Oslo"}
    assert labels["pilot"] == {str(harbour.bergen.pk): "Pia"}
    assert labels["mast"] == {str(harbour.mast.pk): "Fir"}
    assert labels["calls"][str(harbour.bergen.pk)] == "Bergen"
    for column, key in zip(sheet.columns[1:4], harbour.row[2:5], strict=True):
        assert list(read_labels(sheet, column, [key])) == [key]


def test_each_is_edited_by_the_key_that_is_shown(sheet: Sheet, harbour: Harbour) -> None:
    other = Pilot.objects.create(port=harbour.oslo, name="Ole")
    assert saved(sheet, harbour, "home", "OSL", "BGO") == "saved"
    assert saved(sheet, harbour, "home", {"$text": "Bergen"}, "OSL") == "saved"
    assert "does not exist" in saved(sheet, harbour, "home", str(harbour.oslo.pk), "BGO")
    assert saved(sheet, harbour, "pilot", {"$text": "Ole"}, str(harbour.bergen.pk)) == "saved"
    assert saved(sheet, harbour, "mast", None, str(harbour.mast.pk)) == "saved"
    harbour.ferry.refresh_from_db()
    assert (harbour.ferry.home_id, harbour.ferry.pilot, harbour.ferry.mast) == ("BGO", other, None)


def test_the_same_keys_are_found_and_offered(ann: Any, sheet: Sheet, harbour: Harbour) -> None:
    api = APIClient()
    api.force_login(ann)
    for column, text, key in (
        ("home", "osl", "OSL"), ("pilot", "pia", str(harbour.bergen.pk)),
        ("mast", "fir", str(harbour.mast.pk)), ("calls", "oslo", str(harbour.oslo.pk)),
    ):  # fmt: skip
        asked = lookups.options(sheet, {"column": column, "text": text})
        assert [found[0] for found in asked["options"]] == [key]
        told = api.get(f"/sheets/ferry/related/{column}/", {"q": text}).json()
        assert key in str(told)


def test_links_are_logged_by_primary_keys(harbour: Harbour) -> None:
    log, ferry, port = Written(), {str(harbour.ferry.pk)}, {str(harbour.oslo.pk)}
    call = Call.objects.create(ferry=harbour.ferry, port=harbour.oslo, berth=1)
    both = {"app.ferry": ferry, "app.port": port}
    assert log.read() == both
    call.berth = 2
    call.save()
    assert log.read() == both
    Call.objects.filter(pk=call.pk).update(berth=3)
    assert log.read() == both
    Call.objects.filter(pk=call.pk).update(port=harbour.bergen)
    assert log.read() == {"app.ferry": ferry, "app.port": port | {str(harbour.bergen.pk)}}
    call.refresh_from_db()
    call.port = harbour.oslo
    Call.objects.bulk_update([call], ["port"])
    assert log.read() == {"app.ferry": ferry, "app.port": port | {str(harbour.bergen.pk)}}
    call.delete()
    assert log.read() == both
    Call.objects.bulk_create([Call(ferry=harbour.ferry, port=harbour.oslo, berth=1)])
    assert log.read() == both
    Call.objects.filter(port=harbour.oslo).delete()
    assert log.read() == both


def test_links_through_djangos_own_manager(harbour: Harbour) -> None:
    log, ferry, port = Written(), {str(harbour.ferry.pk)}, {str(harbour.oslo.pk)}
    harbour.ferry.calls.add(harbour.oslo, through_defaults={"berth": 1})
    assert log.read() == {"app.ferry": ferry, "app.port": port}
    harbour.ferry.calls.remove(harbour.oslo)
    assert log.read() == {"app.ferry": ferry, "app.port": port}
    harbour.oslo.ferry_set.add(harbour.ferry, through_defaults={"berth": 1})
    assert log.read() == {"app.ferry": ferry, "app.port": port}
    harbour.ferry.calls.clear()
    assert log.read() == {"app.ferry": ferry, "app.port": port | {str(harbour.bergen.pk)}}


def test_a_target_that_goes(harbour: Harbour) -> None:
    Ferry.objects.update(rescued_by=harbour.oslo)
    log, ferry = Written(), {str(harbour.ferry.pk)}
    Port.objects.filter(pk=harbour.oslo.pk).delete()  # left to the database: DO_NOTHING
    # The other port is at the end of a link that mentioned this one.
    both = {str(harbour.oslo.pk), str(harbour.bergen.pk)}
    assert log.read() == {"app.port": both, "app.ferry": ferry}
    gone = {str(harbour.bergen.pk)}
    harbour.bergen.delete()
    found = log.read()
    assert found["app.ferry"] == ferry
    assert found["app.port"] == found["app.pilot"] == gone


def test_a_declared_relation_through_a_model_of_its_own(ann: Any, harbour: Harbour) -> None:
    """REST framework makes it read-only; a project may say otherwise, and how."""

    class Plain(serializers.ModelSerializer[Ferry]):
        calls = serializers.PrimaryKeyRelatedField(many=True, queryset=Port.objects.all())

        class Meta:
            model = Ferry
            fields = ["number", "calls"]

    class WithBerth(Plain):
        def update(self, ferry: Ferry, validated: dict[str, Any]) -> Ferry:
            ferry.calls.set(validated.pop("calls"), through_defaults={"berth": 7})
            return super().update(ferry, validated)

    class Declared(LiveSheetConsumer):
        model = Ferry
        sheet_name = "declared"
        fields = ["number", "calls"]
        serializer_class: Any = WithBerth

    try:
        one, two = str(harbour.bergen.pk), str(harbour.oslo.pk)
        assert saved(Declared(ann), harbour, "calls", [one, two], [one]) == "saved"
        assert set(Call.objects.values_list("port_id", "berth")) == {("BGO", 3), ("OSL", 7)}
        Declared.serializer_class = Plain
        Call.objects.filter(port=harbour.oslo).delete()
        assert saved(Declared(ann), harbour, "calls", [one, two], [one]) == BREAKS_CONSTRAINT
        assert set(Call.objects.values_list("port_id", "berth")) == {("BGO", 3)}
    finally:
        unregister(Declared)


async def test_over_the_socket(ann: Any, sheet: Sheet, harbour: Harbour) -> None:
    key, bergen, oslo = (str(o.pk) for o in (harbour.ferry, harbour.bergen, harbour.oslo))
    async with LiveSheetCommunicator("ferry", ann, timeout=30) as open_sheet:
        assert [open_sheet.value(key, name) for name in NAMES] == harbour.row[1:]
        call = await Call.objects.acreate(ferry=harbour.ferry, port=harbour.oslo, berth=1)
        await open_sheet.until(lambda: set(open_sheet.value(key, "calls")) == {bergen, oslo})
        await call.adelete()
        await open_sheet.until(lambda: open_sheet.value(key, "calls") == [bergen])
        harbour.pilot.name = "Pim"
        await harbour.pilot.asave()
        await open_sheet.until(
            lambda: any(
                frame["type"] == "labels" and frame["labels"] == {bergen: "Pim"}
                for frame in open_sheet.frames
            )
        )
        await sync_to_async(harbour.bergen.delete)()
        await open_sheet.until(lambda: open_sheet.value(key, "home") is None)
        assert open_sheet.value(key, "pilot") is None
        assert open_sheet.value(key, "calls") == []
