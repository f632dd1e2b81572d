"""Several edits in one transaction: each with its own rights, answer, change and receipt."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from livesheet.consumers import LiveSheetConsumer
from livesheet.edits import joint
from livesheet.edits.joint import Part
from livesheet.edits.receipts import submit
from livesheet.models import Change, EditRecord
from livesheet.sheet.declaration import Sheet, unregister
from livesheet.sheet.permissions import admitted
from livesheet.sheet.rows import RowReader
from livesheet.sheet.standing import Subject, subject_of
from livesheet.wire.protocol import Edit
from tests.app.models import Parcel, Supplier
from tests.holding import held_elsewhere

pytestmark = pytest.mark.django_db(transaction=True)

# Sessions, users, permissions, groups and theirs; rows; the written ones; the changes; receipts.
MOST = 10
# Session and user, permissions; the locked row; the written one; the change; the receipt. Where
# `get_queryset()` narrows: session and user apart; the row visible before it is locked, behind the
# lock, and after saving.
MOST_ALONE = {"everything": 6, "narrowed": 10}
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "SELECT SET_CONFIG")


class Desk:
    """A socket whose user has signed in."""

    def __init__(self, kind: type[Sheet], user: Any) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        self.kind, self.user_key, self.client = kind, str(user.pk), f"{user.pk:032d}"
        self.session_key = str(session.session_key)
        self.scope: dict[str, Any] = {"user": user, "session": session, "headers": []}
        self.known: Any = {}
        self._sheet = admitted(kind, {}, self.scope)

    def sheet(self) -> Sheet:
        return self._sheet

    def admitted(self, sheet: Sheet) -> Sheet:
        return admitted(self.kind, {}, self.scope, sheet)

    def subject(self) -> Subject | None:
        listener: Any = self
        return subject_of(_Listener(listener))

    def part(self, ref: str, *cells: Any, language: str = "en") -> Part:
        request = Edit(ref, [(str(pk), *rest) for pk, *rest in cells], False)
        return Part(self, request, self.client, language, copy_context())


class _Listener:
    def __init__(self, desk: Desk) -> None:
        self.user_key, self.session_key = desk.user_key, desk.session_key
        self.sheet, self.scope = desk.sheet(), desk.scope


@pytest.fixture
def open_desks(django_user_model: Any) -> Iterator[Callable[..., list[Desk]]]:
    """Desks of so many users, who may change parcels and nothing else, on one sheet."""
    made: list[type[Sheet]] = []
    wanted = Permission.objects.filter(codename__in=["view_parcel", "change_parcel"])

    def open_them(count: int, **body: Any) -> list[Desk]:
        body = {
            "model": Parcel, "sheet_name": f"j{len(made)}",
            "fields": ("label", "weight", "supplier"), **body,
        }  # fmt: skip
        made.append(type("Declared", (LiveSheetConsumer,), body))
        desks = []
        for n in range(count):
            user = django_user_model.objects.create_user(f"user{len(made)}.{n}")
            user.user_permissions.set(wanted)
            desks.append(Desk(made[-1], user))
        return desks

    yield open_them
    for kind in made:
        unregister(kind)


def packed(count: int) -> list[Parcel]:
    return [Parcel.objects.create(label=f"P{n}", weight=n % 50) for n in range(count)]


def carry_out(*parts: Part) -> list[Any]:
    """The results of each, errors by their codes; None for those that must go by themselves."""
    joint.carry_out(parts)
    return [said(part.reply) for part in parts]


def said(reply: Any) -> Any:
    if reply is None:
        return None
    return [
        r if isinstance(r, str) else reply["errors"][r["error"]]["code"] for r in reply["results"]
    ]


def weights() -> list[int]:
    return list(Parcel.objects.order_by("pk").values_list("weight", flat=True))


# --- how much it asks ------------------------------------------------------------------------


def test_sixteen_users_ask_as_little_as_three(open_desks: Any) -> None:
    desks, rows = open_desks(16), packed(16)

    def asked(n: int) -> list[str]:
        Parcel.objects.update(weight=n)
        pairs = enumerate(zip(desks, rows, strict=True))
        parts = [d.part(f"e{n}.{m}", (row.pk, "weight", n + 1, n)) for m, (d, row) in pairs]
        with CaptureQueriesContext(connection) as queries:
            assert carry_out(*parts) == [["saved"]] * 16
        return [q["sql"] for q in queries if not q["sql"].lstrip().upper().startswith(FRAME)]

    asked(1)  # the first one looks around
    statements = asked(2)
    assert weights() == [3] * 16
    assert len(statements) <= MOST, "\n".join(statements)


@pytest.mark.parametrize("rows", MOST_ALONE)
def test_a_lone_edit_asks_little(open_desks: Any, rows: str) -> None:
    body = {"get_queryset": lambda self: Parcel.objects.filter(weight__lt=50)}
    (desk,), (row,) = open_desks(1, **(body if rows == "narrowed" else {})), packed(1)
    assert carry_out(desk.part("e0", (row.pk, "weight", 1, 0))) == [["saved"]]  # looks around
    with CaptureQueriesContext(connection) as queries:
        assert carry_out(desk.part("e1", (row.pk, "weight", 2, 1))) == [["saved"]]
    statements = [q["sql"] for q in queries]
    assert not [sql for sql in statements if sql.startswith("SAVEPOINT")]
    asked = [sql for sql in statements if not sql.lstrip().upper().startswith(FRAME)]
    assert len(asked) <= MOST_ALONE[rows], "\n".join(asked)


# --- what is kept of each --------------------------------------------------------------------


def test_each_change_and_each_receipt_names_its_author(open_desks: Any) -> None:
    desks, rows = open_desks(3), packed(4)
    before = Change.objects.count()
    parts = [
        desks[0].part("a", (rows[0].pk, "weight", 7, 0), (rows[3].pk, "weight", 8, 3)),
        desks[1].part("b", (rows[1].pk, "weight", 9, 1)),
        desks[2].part("c", (rows[2].pk, "weight", 2, 2)),  # as it is
    ]
    assert carry_out(*parts) == [["saved", "saved"], ["saved"], ["unchanged"]]
    changes = Change.objects.order_by("id")[before:]
    assert [(c.actor, c.client, c.ref, c.kind, json.loads(c.pks)) for c in changes] == [
        (desks[0].user_key, desks[0].client, "a", "save", [str(rows[0].pk), str(rows[3].pk)]),
        (desks[1].user_key, desks[1].client, "b", "save", [str(rows[1].pk)]),
    ]
    assert {(r.user, r.client, r.ref) for r in EditRecord.objects.all()} == {
        (desk.user_key, desk.client, ref) for desk, ref in zip(desks, "abc", strict=True)
    }
    for part in parts:
        again = submit(part.desk.sheet(), part.request, part.client, None)
        assert again == part.reply
    assert Change.objects.count() == before + 2


def test_one_refusal_is_nobody_elses(open_desks: Any) -> None:
    desks, rows = open_desks(5), packed(5)
    parts = [
        desks[0].part("a", (rows[0].pk, "weight", 7, 0)),
        desks[1].part("b", (rows[1].pk, "weight", "heavy", 1)),
        desks[2].part("c", (rows[2].pk, "weight", 7, 44), language="de"),
        desks[3].part("d", (rows[3].pk, "weight", 100, 3)),  # what only the database knows
        desks[4].part("e", (rows[4].pk, "weight", 7, 4)),
    ]
    found = [["saved"], ["invalid"], ["conflict"], ["invalid"], ["saved"]]
    assert carry_out(*parts) == found
    assert weights() == [7, 1, 2, 3, 7]
    assert EditRecord.objects.count() == 5
    reply: Any = parts[2].reply
    assert "geändert" in reply["errors"][0]["message"]


def test_they_are_carried_out_in_their_order(open_desks: Any) -> None:
    """A name is free once the edit before has given it up, and taken if it has taken it."""
    (desk,), (a, b, c) = open_desks(1), packed(3)
    parts = [
        desk.part("1", (a.pk, "label", "new", "P0")),
        desk.part("2", (b.pk, "label", "P0", "P1")),
        desk.part("3", (c.pk, "label", "P0", "P2")),
    ]
    assert carry_out(*parts) == [["saved"], ["saved"], ["invalid"]]
    assert sorted(Parcel.objects.values_list("label", flat=True)) == ["P0", "P2", "new"]


# --- who may -----------------------------------------------------------------------------------


def test_whoever_has_lost_a_right_loses_it_at_once(open_desks: Any, django_user_model: Any) -> None:
    desks, rows = open_desks(4), packed(4)

    def all_write(weight: int) -> list[Any]:
        parts = [
            desk.part(f"e{weight}", (row.pk, "weight", weight, row.weight))
            for desk, row in zip(desks, rows, strict=True)
        ]
        for row in rows:
            row.refresh_from_db()
        found = carry_out(*parts)
        for row in rows:
            row.refresh_from_db()
        return found

    assert all_write(60) == [["saved"]] * 4
    assert all_write(61) == [["saved"]] * 4
    change = Permission.objects.get(codename="change_parcel")
    django_user_model.objects.get(pk=desks[1].user_key).user_permissions.remove(change)
    django_user_model.objects.filter(pk=desks[2].user_key).update(is_active=False)
    SessionStore(desks[3].session_key).delete()
    assert all_write(62) == [["saved"], ["forbidden"], None, None]
    assert weights() == [62, 61, 61, 61]


def lose_the_right(user: Any, session: str) -> None:
    user.user_permissions.remove(Permission.objects.get(codename="change_parcel"))


def lose_the_group(user: Any, session: str) -> None:
    user.groups.clear()


def change_what_the_group_may(user: Any, session: str) -> None:
    user.groups.get().permissions.clear()


def be_locked_out(user: Any, session: str) -> None:
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def get_another_password(user: Any, session: str) -> None:
    user.set_password("another")
    user.save()


def sign_out(user: Any, session: str) -> None:
    SessionStore(session).delete()


def be_away_too_long(user: Any, session: str) -> None:
    Session.objects.filter(session_key=session).update(expire_date=timezone.now())


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (lose_the_right, ["forbidden"]), (lose_the_group, ["forbidden"]),
        (change_what_the_group_may, ["forbidden"]), (be_locked_out, None),
        (get_another_password, None), (sign_out, None), (be_away_too_long, None),
    ],
)  # fmt: skip
def test_whoever_edits_alone_loses_a_right_at_once(
    open_desks: Any, django_user_model: Any, end: Any, outcome: Any
) -> None:
    """What is known of the last edit is used only while nothing of it has changed."""
    (desk,), (row,) = open_desks(1), packed(1)
    user = django_user_model.objects.get(pk=desk.user_key)
    if "group" in end.__name__:
        change = Permission.objects.get(codename="change_parcel")
        group = Group.objects.create(name="packers")
        group.permissions.add(change)
        user.groups.add(group)
        user.user_permissions.remove(change)
    read: list[Sheet] = []
    desk.admitted = lambda sheet: read.append(sheet) or Desk.admitted(desk, sheet)
    for n in range(3):
        assert carry_out(desk.part(f"e{n}", (row.pk, "weight", n + 1, n))) == [["saved"]]
    assert len(read) == 1
    end(user, desk.session_key)
    assert carry_out(desk.part("e3", (row.pk, "weight", 9, 3))) == [outcome]
    assert (len(read), weights()) == (2, [3])


@pytest.mark.parametrize("fields", [["label", "weight"], ["label", "weight", "supplier"]])
def test_whoever_goes_on_editing_is_validated_by_one_serializer(
    open_desks: Any, fields: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that looks up related objects is made anew: what may be picked can change."""
    made: list[Any] = []
    real = Sheet.get_serializer

    def counted(sheet: Sheet, *args: Any, **more: Any) -> Any:
        made.append(sheet)
        return real(sheet, *args, **more)

    monkeypatch.setattr(Sheet, "get_serializer", counted)
    (desk,), rows = open_desks(1, fields=fields), packed(2)
    wanted = [(0, "weight", 1), (0, "weight", "x"), (1, "weight", 2), (1, "label", "new")]
    found = []
    for n, (row, name, value) in enumerate(wanted):
        rows[row].refresh_from_db()
        cell = rows[row].pk, name, value, getattr(rows[row], name)
        found += carry_out(desk.part(f"e{n}", cell))
    assert found == [["saved"], ["invalid"], ["saved"], ["saved"]]
    assert list(Parcel.objects.order_by("pk").values_list("label", "weight")) == [
        ("P0", 1), ("new", 2)
    ]  # fmt: skip
    edited = [sheet for sheet in made if sheet is desk.known[False][2]]
    assert len(edited) == (1 if "supplier" not in fields else 4)


def test_a_right_that_comes_is_there_at_once(open_desks: Any, django_user_model: Any) -> None:
    (desk,), (row,) = open_desks(1), packed(1)
    user = django_user_model.objects.get(pk=desk.user_key)
    change = Permission.objects.get(codename="change_parcel")
    user.user_permissions.remove(change)
    for n in range(2):
        assert carry_out(desk.part(f"e{n}", (row.pk, "weight", 1, 0))) == [["forbidden"]]
    user.user_permissions.add(change)
    assert carry_out(desk.part("e2", (row.pk, "weight", 1, 0))) == [["saved"]]


def test_a_right_that_was_given_for_a_moment_is_not_remembered(
    open_desks: Any, django_user_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given after the digest was taken, it is read with the rights."""
    desks, rows = open_desks(3), packed(3)
    change = Permission.objects.get(codename="change_parcel")
    held = django_user_model.objects.get(pk=desks[0].user_key).user_permissions
    held.remove(change)
    reading = desks[0].admitted

    def late(sheet: Sheet) -> Sheet:
        held.add(change)
        return reading(sheet)

    def all_write(ref: str, weight: int) -> list[Any]:
        weighed = zip(desks, rows, weights(), strict=True)
        return carry_out(*(d.part(ref, (row.pk, "weight", weight, was)) for d, row, was in weighed))

    monkeypatch.setattr(desks[0], "admitted", late)
    assert all_write("a", 60) == [["saved"]] * 3
    monkeypatch.setattr(desks[0], "admitted", reading)
    held.remove(change)
    assert all_write("b", 61) == [["forbidden"], ["saved"], ["saved"]]


def test_nobody_reaches_a_row_that_another_sees(open_desks: Any) -> None:
    def own(self: Any) -> Any:
        return Parcel.objects.filter(label=f"P{self.user.username[-1]}")

    desks, rows = open_desks(3, get_queryset=own), packed(3)
    parts = [
        desks[0].part("a", (rows[0].pk, "weight", 7, 0)),
        desks[1].part("b", (rows[0].pk, "weight", 8, 0)),
        desks[2].part("c", (rows[2].pk, "label", "mine", "P2")),  # which would hide it
    ]
    assert carry_out(*parts) == [["saved"], ["not_found"], ["outside"]]
    assert weights() == [7, 1, 2]
    assert Parcel.objects.get(pk=rows[2].pk).label == "P2"


# --- what is in the way --------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor == "sqlite", reason="it has no rows to hold")
def test_a_row_that_somebody_holds_delays_nobody_else(open_desks: Any) -> None:
    desks, rows = open_desks(2), packed(3)
    parts = [
        desks[0].part("a", (rows[0].pk, "weight", 7, 0)),
        desks[0].part("b", (rows[1].pk, "weight", 7, 1)),  # which may not overtake it
        desks[1].part("c", (rows[2].pk, "weight", 7, 2)),
    ]
    with held_elsewhere(rows[0]):
        assert carry_out(*parts) == [None, None, ["saved"]]
    assert weights() == [0, 1, 7]
    assert EditRecord.objects.count() == 1


def test_a_repeat_is_left_to_its_receipt(open_desks: Any) -> None:
    desks, rows = open_desks(2), packed(2)
    first = desks[0].part("a", (rows[0].pk, "weight", 7, 0))
    assert carry_out(first) == [["saved"]]
    Parcel.objects.filter(pk=rows[0].pk).update(weight=0)
    again = desks[0].part("a", (rows[0].pk, "weight", 7, 0))
    other = desks[1].part("b", (rows[1].pk, "weight", 7, 1))
    assert carry_out(again, other) == [None, None]
    assert weights() == [0, 1]
    twice = [desks[1].part("c", (row.pk, "weight", 9, row.weight)) for row in rows]
    assert carry_out(*twice) == [None, None]
    assert weights() == [0, 1]


def test_a_lone_edit_that_the_database_refuses_is_refused_by_itself(open_desks: Any) -> None:
    (desk,), (row,) = open_desks(1), packed(1)
    part = desk.part("a", (row.pk, "weight", 100, 0))
    assert carry_out(part) == [None]
    assert said(submit(desk.sheet(), part.request, part.client, None)) == ["invalid"]
    assert carry_out(desk.part("b", (row.pk, "weight", "heavy", 0))) == [["invalid"]]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="it alone checks this at the end")
def test_a_constraint_at_the_commit_undoes_the_whole(open_desks: Any) -> None:
    desks, rows = open_desks(2), packed(3)
    with connection.cursor() as cursor:
        late = "UNIQUE (weight) DEFERRABLE INITIALLY DEFERRED"
        cursor.execute(f"ALTER TABLE app_parcel ADD CONSTRAINT late {late}")
    try:
        parts = [
            desks[0].part("a", (rows[0].pk, "weight", 7, 0)),
            desks[1].part("b", (rows[1].pk, "weight", 2, 1)),
        ]
        assert carry_out(*parts) == [None, None]
        replies = [submit(p.desk.sheet(), p.request, p.client, None) for p in parts]
        assert [said(reply) for reply in replies] == [["saved"], ["invalid"]]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE app_parcel DROP CONSTRAINT late")


def test_who_waits_for_a_commit_gets_one_of_its_own(open_desks: Any) -> None:
    called: list[str] = []

    def get_queryset(self: Any) -> Any:
        if connection.in_atomic_block:
            transaction.on_commit(lambda: called.append(self.user.username))
        return Parcel.objects.filter(weight__lt=50)

    desks, rows = open_desks(2, get_queryset=get_queryset), packed(2)
    pairs = zip(desks, rows, strict=True)
    parts = [desk.part("a", (row.pk, "weight", 7, row.weight)) for desk, row in pairs]
    assert carry_out(*parts) == [None, None]
    assert called == []
    assert weights() == [0, 1]


# --- and it is the same --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_same_as_one_by_one(open_desks: Any, seed: int) -> None:
    dice = random.Random(seed)
    suppliers = [Supplier.objects.create(name=f"S{n}") for n in range(2)]
    some: dict[str, list[Any]] = {
        "label": ["A", "B", "P3", "P5", "", "x" * 21, 4, None],
        "weight": [1, 2, 99, 100, "5", "x", None, 2**40],
        "supplier": [*(str(s.pk) for s in suppliers), "0", None, True, {"$text": "S1"}],
    }
    held: dict[str, Any] = {
        "label": lambda r: r.label,
        "weight": lambda r: r.weight,
        "supplier": lambda r: None,
    }
    narrow = {"get_queryset": lambda self: Parcel.objects.filter(weight__lt=90)} if seed % 2 else {}
    desks, rows = open_desks(3, **narrow), packed(8)
    wanted: list[tuple[Desk, list[Any]]] = [
        (
            dice.choice(desks),
            [
                (row.pk, name, dice.choice(some[name]), dice.choice([held[name](row)] * 4 + ["?"]))
                for name in dice.sample(sorted(some), dice.randint(1, 3))
            ],
        )
        for row in rows
    ]
    found = []
    for together in (False, True):
        Parcel.objects.all().delete()
        Parcel.objects.bulk_create(rows)
        EditRecord.objects.all().delete()
        parts = [desk.part(f"e{n}", *cells) for n, (desk, cells) in enumerate(wanted)]
        before = Change.objects.order_by("-id").first()
        if together:
            assert None not in carry_out(*parts)
        else:
            for part in parts:
                part.reply = submit(part.desk.sheet(), part.request, part.client, None)
        changes = Change.objects.filter(id__gt=before.id if before else 0)
        logged = sorted((c.actor, c.client, c.ref, c.pks) for c in changes)
        stands = RowReader(desks[0].sheet()).read([str(row.pk) for row in rows])
        found.append(([part.reply for part in parts], logged, stands))
    assert found[0] == found[1]
