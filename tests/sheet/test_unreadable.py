"""One value that cannot be read costs its own cell, by every door."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import connection
from rest_framework.test import APIClient

from livesheet.edits.receipts import submit
from livesheet.questions import history
from livesheet.sheet import lookups, traces
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.rows import RowReader, complete_labels, used_labels
from livesheet.testing import LiveSheetCommunicator
from livesheet.wire.protocol import Edit
from tests.app.models import Article, Chest, Tag

pytestmark = pytest.mark.django_db(transaction=True)

BROKEN = "#ERROR"
DEEP = "[" * 900 + "]" * 900
PLAIN = ["name", "born", "data", "tags", "inside"]
ALL = ["name", "seal", "born", "data", "cost", "half", "inside", "tags", "upload"]


@pytest.fixture
def declared(declared: Any) -> Any:
    return lambda user=None, model=Chest, **body: declared(model, user, **{"fields": ALL, **body})


@pytest.fixture
def chests() -> dict[str, Chest]:
    """One that is whole, and of each kind of damage one."""
    made = {
        name: Chest.objects.create(name=name, data={"a": 1}, cost=2)
        for name in ("whole", "sealed", "deep", "free")
    }
    made["free"].cost = 0
    made["free"].save()
    damage(made["sealed"], "seal", "sealed")
    damage(made["deep"], "data", DEEP)
    return made


def damage(chest: Chest, column: str, value: str) -> None:
    write(f"UPDATE app_chest SET {column} = %s WHERE id = %s", value, chest.pk)


def write(sql: str, *values: Any) -> None:
    """As another program, or an older release, left it."""
    with connection.cursor() as cursor:
        if connection.vendor == "mysql":  # MariaDB looks into JSON, to a depth of 32
            cursor.execute("SET check_constraint_checks = 0")
        cursor.execute(sql, values)
        if connection.vendor == "mysql":
            cursor.execute("SET check_constraint_checks = 1")


def shown(sheet: Sheet, *chests: Chest) -> list[dict[str, Any]]:
    """The rows as a snapshot has them; the same as a change and the base of an edit have them."""
    reader, names = RowReader(sheet), [column.name for column in sheet.columns]
    streamed = {r[0]: r for rows in reader.chunks(sheet.ordered_rows(), 2) for r in rows}
    read = reader.read([str(chest.pk) for chest in chests])
    assert all(streamed[pk] == row for pk, row in read.items())
    assert len(streamed) == Chest.objects.count()
    return [dict(zip(names, read[str(chest.pk)][1:], strict=True)) for chest in chests]


def test_a_plain_reading_goes_on(declared: Any, chests: dict[str, Chest]) -> None:
    sheet = declared(fields=PLAIN)
    assert RowReader(sheet).plain
    whole, deep = shown(sheet, chests["whole"], chests["deep"])
    assert (whole["data"], deep["data"], deep["name"]) == ({"a": 1}, BROKEN, "deep")


def test_a_reading_by_instances_goes_on(
    declared: Any, chests: dict[str, Chest], caplog: pytest.LogCaptureFixture
) -> None:
    sheet = declared()
    assert not RowReader(sheet).plain
    whole, sealed, deep, free = shown(sheet, *chests.values())
    assert BROKEN not in whole.values()
    assert (sealed["seal"], deep["data"], free["half"]) == (BROKEN, BROKEN, BROKEN)
    assert (sealed["name"], sealed["cost"], deep["seal"]) == ("sealed", "2.00", "")
    assert "the key was rotated" in caplog.text  # the line of the field's that raises
    assert "'sealed'" not in caplog.text  # what it says holds the value, which no log shall


def test_a_hundred_of_them_cost_no_queries_and_are_said_once(
    declared: Any,
    django_assert_num_queries: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Chest.objects.bulk_create(Chest(name=str(n), seal="sealed") for n in range(100))
    sheet = declared(fields=["name", "seal"])
    assert sheet.columns
    with django_assert_num_queries(1):
        rows = [row for rows in RowReader(sheet).chunks(sheet.rows(), 500) for row in rows]
    assert [row[2] for row in rows] == [BROKEN] * 100
    assert len(caplog.records) == 1
    assert RowReader(sheet).read([str(row[0]) for row in rows])
    assert len(caplog.records) == 1, "each reading meets them again"
    monkeypatch.setattr(traces, "QUIET_SECONDS", 0)
    assert RowReader(sheet).read([str(rows[0][0])])
    assert len(caplog.records) == 2


@pytest.mark.parametrize("fields", [PLAIN, ALL], ids=["plain", "instances"])
def test_a_value_that_the_driver_itself_cannot_read(
    ann: Any,
    declared: Any,
    chests: dict[str, Chest],
    fields: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    if connection.vendor == "mysql":
        return  # it stores nothing of the kind
    sheet, broken = declared(ann, fields=fields), chests["free"]
    if connection.vendor == "postgresql":
        write("UPDATE app_chest SET born = 'infinity' WHERE id = %s", broken.pk)
        column = "born"
    else:
        write("UPDATE app_chest SET name = CAST(x'ff41' AS TEXT) WHERE id = %s", broken.pk)
        column = "name"
    rows = shown(sheet, *chests.values())
    assert "is read value by value" in caplog.text
    assert "A'" not in caplog.text  # no value stands in a log
    assert [row[column] == BROKEN for row in rows] == [chest is broken for chest in chests.values()]
    assert rows[0]["name"] == "whole"
    value = {"born": "2026-11-28", "name": "mended"}[column]
    whole = Edit("e0", (("1", "data", {"b": 2}, {"a": 1}),), False)
    for edit in (whole, Edit("e1", ((str(broken.pk), column, value, BROKEN),), False)):
        cells = tuple(
            (str(chests["whole"].pk) if pk == "1" else pk, *rest) for pk, *rest in edit.cells
        )
        reply = submit(sheet, Edit(edit.ref, cells, False), "c", None)
        assert reply["errors"] == []
    assert shown(sheet, *chests.values())[-1][column] == value


def test_an_edit_beside_it_is_saved_and_leaves_it_alone(
    ann: Any, declared: Any, chests: dict[str, Chest]
) -> None:
    sheet, pk = declared(ann), str(chests["sealed"].pk)
    reply = submit(sheet, Edit("r", [(pk, "name", "moved", "sealed")], False), "c", None)
    assert reply["results"] == ["saved"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, seal FROM app_chest WHERE id = %s", [pk])
        assert cursor.fetchone() == ("moved", "sealed")


def test_it_can_be_overwritten(ann: Any, declared: Any, chests: dict[str, Chest]) -> None:
    sheet, pk = declared(ann), str(chests["sealed"].pk)
    reply = submit(sheet, Edit("r", [(pk, "seal", "new", BROKEN)], False), "c", None)
    assert reply["results"] == ["saved"]
    assert Chest.objects.get(pk=pk).seal == "new"


def test_a_conflict_with_it_is_told(ann: Any, declared: Any, chests: dict[str, Chest]) -> None:
    sheet, pk = declared(ann), str(chests["sealed"].pk)
    reply = submit(sheet, Edit("r", [(pk, "seal", "new", "old")], False), "c", None)
    assert [(error["code"], error["value"]) for error in reply["errors"]] == [("conflict", BROKEN)]


def test_labels_and_members(declared: Any, chests: dict[str, Chest]) -> None:
    nameless = Chest.objects.create(name="nameless", inside=chests["sealed"])
    chests["whole"].inside = nameless
    chests["whole"].save()
    chests["whole"].tags.add(Tag.objects.create(name="red"))
    sheet = declared()
    whole, _nameless = shown(sheet, chests["whole"], nameless)
    assert whole["inside"] == str(nameless.pk)
    expected = {str(nameless.pk): BROKEN, str(chests["sealed"].pk): "sealed"}
    rows = RowReader(sheet).read([str(chests["whole"].pk), str(nameless.pk)]).values()
    assert used_labels(sheet, rows, {})["inside"] == expected
    assert expected.items() <= complete_labels(sheet)["inside"].items()


def test_a_search(declared: Any, chests: dict[str, Chest]) -> None:
    Chest.objects.create(name="nameless")
    sheet = declared()
    found = lookups.options(sheet, {"column": "inside", "text": "seal"})
    assert found == {"options": [[str(chests["sealed"].pk), "sealed"]], "more": False}
    every = lookups.options(sheet, {"column": "inside", "text": ""})["options"]
    assert [label for _key, label in every] == ["whole", "sealed", "deep", "free", BROKEN]


def test_a_history(ann: Any, declared: Any) -> None:
    sheet = declared(ann, model=Article, fields=["name", "seal", "data"])
    article = Article.objects.create(name="Table", data=[])
    article.seal = "mine"
    article.save()
    query = {"pk": str(article.pk)}
    write("UPDATE app_historicalarticle SET seal = 'sealed' WHERE seal = 'mine'")
    write("UPDATE app_historicalarticle SET data = %s", DEEP)
    entries = history.answer(sheet, query)["entries"]
    assert [entry["cells"] for entry in entries] == [
        [["seal", "", BROKEN]],
        [["name", None, "Table"], ["seal", None, ""], ["data", None, BROKEN]],
    ]
    write("UPDATE app_article SET seal = 'sealed'")
    assert history.answer(sheet, query)["entries"] == entries


def test_rest(ann: Any, declared: Any, chests: dict[str, Chest]) -> None:
    name, api = declared(ann).get_name(), APIClient()
    api.force_login(ann)
    nameless = Chest.objects.create(name="nameless")
    listed = {row["name"]: row for row in api.get(f"/sheets/{name}/").json()["results"]}
    assert len(listed) == len(chests) + 1
    assert listed["sealed"]["seal"] == listed["free"]["half"] == BROKEN
    assert BROKEN not in listed["whole"].values()
    one = api.get(f"/sheets/{name}/{chests['sealed'].pk}/")
    assert one.json() == listed["sealed"]
    patched = api.patch(f"/sheets/{name}/{chests['sealed'].pk}/", {"cost": "3"}, format="json")
    assert patched.json() == {**listed["sealed"], "cost": "3.00", "half": patched.json()["half"]}
    related = api.get(f"/sheets/{name}/related/inside/").json()["results"]
    assert {"key": str(nameless.pk), "label": BROKEN} in related
    for address in (f"/sheets/{name}/", f"/sheets/{name}/{chests['sealed'].pk}/"):
        assert api.get(address, HTTP_ACCEPT="text/html").status_code == 200
        assert api.options(address).status_code == 200


def test_files_whose_storage_is_away(
    declared: Any, chests: dict[str, Chest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(self: Any, name: str) -> str:
        raise OSError("The storage is away.")

    damage(chests["whole"], "upload", "a.txt")
    monkeypatch.setattr(FileSystemStorage, "url", away)
    (whole,) = shown(declared(), chests["whole"])
    assert whole["upload"] == {"name": "a.txt", "url": ""}


async def test_over_the_socket(ann: Any, declared: Any, chests: dict[str, Chest]) -> None:
    name = declared(ann).get_name()
    async with LiveSheetCommunicator(name, ann) as sheet:
        pk = {key: str(chest.pk) for key, chest in chests.items()}
        assert sheet.value(pk["sealed"], "seal") == sheet.value(pk["deep"], "data") == BROKEN
        chests["whole"].name = "changed"
        await chests["whole"].asave()
        await sheet.until(lambda: sheet.value(pk["whole"], "name") == "changed")
        made = await Chest.objects.acreate(name="late", seal="sealed")
        await sheet.until(lambda: str(made.pk) in sheet.rows)
        assert sheet.value(made.pk, "seal") == BROKEN
        assert json.dumps([frame for frame in sheet.frames if frame["type"] == "bye"]) == "[]"


async def test_rows_that_cannot_be_filtered_are_refused_for_good(ann: Any, declared: Any) -> None:
    name = declared(ann, get_queryset=lambda self: Chest.objects.all()[:5]).get_name()
    with pytest.raises(AssertionError, match=r"4404.*is a slice, which cannot be filtered"):
        async with LiveSheetCommunicator(name, ann):
            pass
