"""Who is refused by a constraint, a trigger or a model's validation is told in words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from rest_framework import serializers
from rest_framework.test import APIClient

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits.receipts import submit
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.wire.protocol import Add, Edit
from tests.app.models import Chest

pytestmark = pytest.mark.django_db(transaction=True)

TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER no_name BEFORE UPDATE ON app_chest WHEN NEW.name = 'wrong'"
        " BEGIN SELECT RAISE(ABORT, 'That name is taken by the law.'); END"
    ],
    "postgresql": [
        "CREATE FUNCTION no_name() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF NEW.name = 'wrong' THEN RAISE EXCEPTION 'That name is taken by the law.'; END IF;"
        " RETURN NEW; END $$",
        "CREATE TRIGGER no_name BEFORE UPDATE ON app_chest FOR EACH ROW EXECUTE FUNCTION no_name()",
    ],
    "mysql": [
        "CREATE TRIGGER no_name BEFORE UPDATE ON app_chest FOR EACH ROW IF NEW.name = 'wrong' THEN"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'That name is taken by the law.'; END IF"
    ],
}
GONE = {
    "sqlite": ["DROP TRIGGER no_name"],
    "postgresql": ["DROP TRIGGER no_name ON app_chest", "DROP FUNCTION no_name()"],
    "mysql": ["DROP TRIGGER no_name"],
}


@pytest.fixture
def declared(ann: Any) -> Iterator[Any]:
    made: list[type[Sheet]] = []

    def declare(**body: Any) -> Sheet:
        names = ["name", "cost", "inside", "tags"]
        body = {"model": Chest, "sheet_name": f"t{len(made)}", "fields": names, **body}
        made.append(type("Declared", (LiveSheetConsumer,), body))
        return made[-1](ann)

    yield declare
    for sheet in made:
        unregister(sheet)


@pytest.fixture
def chest() -> Chest:
    return Chest.objects.create(name="Oak", cost=5)


@pytest.fixture
def trigger() -> Iterator[None]:
    with connection.cursor() as cursor:
        for statement in TRIGGERS[connection.vendor]:
            cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        for statement in GONE[connection.vendor]:
            cursor.execute(statement)


def why(sheet: Sheet, chest: Chest, column: str, value: Any) -> str:
    base = {"name": chest.name, "cost": "5.00"}[column]
    request = Edit(uuid.uuid4().hex, [(str(chest.pk), column, value, base)], False)
    (error,) = submit(sheet, request, "c", None)["errors"]
    return str(error["message"])


def test_the_message_of_a_constraint_is_shown(ann: Any, declared: Any, chest: Chest) -> None:
    sheet = declared()
    assert why(sheet, chest, "cost", "2000") == "No chest costs that much."
    assert "breaks a constraint" in why(sheet, chest, "name", "unsaid")
    api = APIClient()
    api.force_login(ann)
    answer = api.patch(f"/sheets/t0/{chest.pk}/", {"cost": "2000"}, format="json")
    assert (answer.status_code, answer.json()) == (400, {"cost": ["No chest costs that much."]})


def test_what_a_trigger_raises_is_shown(declared: Any, chest: Chest, trigger: None) -> None:
    assert why(declared(), chest, "name", "wrong") == "That name is taken by the law."


def test_a_refusal_that_is_about_another_field_names_it(declared: Any, chest: Chest) -> None:
    def perform_edit(self: Any, serializer: Any) -> None:
        raise ValidationError({"seal": ["This field cannot be blank."], "__all__": ["Too late."]})

    sheet = declared(perform_edit=perform_edit)
    assert why(sheet, chest, "name", "x") == "Seal: This field cannot be blank. Too late."


def test_a_new_row_names_the_field_that_the_sheet_does_not_show(declared: Any) -> None:
    class Whole(serializers.ModelSerializer[Chest]):
        born = serializers.DateField()

        class Meta:
            model = Chest
            fields = ["name", "born"]

    sheet = declared(fields=["name"], serializer_class=Whole)
    (error,) = submit(sheet, Add("r", [{"name": "x"}], False), "c", None)["errors"]
    assert (error["column"], error["message"]) == (None, "Born: This field is required.")


def test_what_nobody_wrote_for_people_is_not_shown(declared: Any, chest: Chest) -> None:
    def perform_edit(self: Any, serializer: Any) -> None:
        raise ValueError("password=hunter2")

    message = why(declared(perform_edit=perform_edit), chest, "name", "x")
    assert message == "Something went wrong on the server. Nothing was saved."
