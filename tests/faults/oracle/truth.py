"""What stands in the database, by plain queries and an encoding of its own."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError, connection, transaction

from livesheet.feed.cursors import Cursors
from livesheet.log import changelog
from livesheet.sheet.declaration import find_sheet
from livesheet.triggers import installation
from tests.faults.site.models import BROKEN_SEAL, Gadget, Maker, Mark, Trace, Ware
from tests.faults.site.personas import BROKEN, CANARIES, STARS, TENANTS, Persona

ROWS = 300
LABELS = 5
MOST_DEPTH = 100
TRACE = "faults_trace (model, row, tenant, note, is_new)"


# --- before ----------------------------------------------------------------------------------


def prepare(people: int) -> dict[str, str]:
    """Rows, labels, triggers, and users who are signed in. Returns their session keys."""
    for table in ("ware", "gadget"):
        for statement in TRIGGERS[connection.vendor](f"faults_{table}", table):
            with connection.cursor() as cursor:
                cursor.execute(statement)
    for tenant in range(TENANTS):
        _fill(tenant)
    return {name: _signed_in(name) for name in (Persona(n).username for n in range(people))}


def capture_by_triggers() -> None:
    """Let the database keep the log of all that is written."""
    for model in (Maker, Mark, Ware, Gadget):
        with transaction.atomic(), connection.cursor() as cursor:
            installation.install(model, notify=False, using="default", execute=cursor.execute)


def _fill(tenant: int) -> None:
    mark = CANARIES[tenant]
    for model in (Maker, Mark):
        for n in range(LABELS):
            model.objects.create(tenant=tenant, name=f"{mark} {model.__name__} {n}")
    makers = list(Maker.objects.filter(tenant=tenant))
    wares = Ware.objects.bulk_create(
        Ware(tenant=tenant, name=f"{mark} {n}", stock=n % 100, maker=makers[n % LABELS])
        for n in range(ROWS)
    )
    Gadget.objects.bulk_create(
        Gadget(tenant=tenant, name=f"{mark} {n}", ware=wares[n] if wares[n].pk else None)
        for n in range(ROWS // 2)
    )


def _signed_in(name: str) -> str:
    return session_of(User.objects.create_user(name))


def session_of(user: User) -> str:
    """The key of a new session in which the user is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    assert session.session_key
    return session.session_key


def _sqlite(table: str, name: str) -> list[str]:
    insert = f"INSERT INTO {TRACE} SELECT '{name}', NEW.id,"
    return [
        f"CREATE TRIGGER trace_{name}_i AFTER INSERT ON {table} BEGIN"
        f" {insert} NEW.tenant, NEW.note, 1; END",
        f"CREATE TRIGGER trace_{name}_u AFTER UPDATE ON {table} BEGIN"
        f" {insert} NEW.tenant, NULLIF(NEW.note, OLD.note), 0"
        " WHERE NEW.note <> OLD.note OR NEW.tenant <> OLD.tenant; END",
    ]


def _postgres(table: str, name: str) -> list[str]:
    insert = f"INSERT INTO {TRACE} SELECT '{name}', NEW.id::text,"
    body = (
        "BEGIN IF TG_OP = 'INSERT' THEN"
        f" {insert} NEW.tenant, NEW.note, true;"
        " ELSIF NEW.note <> OLD.note OR NEW.tenant <> OLD.tenant THEN"
        f" {insert} NEW.tenant, NULLIF(NEW.note, OLD.note), false; END IF; RETURN NULL; END"
    )
    return [
        f"CREATE FUNCTION trace_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER trace_{name} AFTER INSERT OR UPDATE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION trace_{name}()",
    ]


def _mysql(table: str, name: str) -> list[str]:
    insert = f"INSERT INTO {TRACE.replace('row', '`row`')} SELECT '{name}', NEW.id,"
    other = "NEW.note <> BINARY OLD.note"
    return [
        f"CREATE TRIGGER trace_{name}_i AFTER INSERT ON {table} FOR EACH ROW"
        f" {insert} NEW.tenant, NEW.note, 1",
        f"CREATE TRIGGER trace_{name}_u AFTER UPDATE ON {table} FOR EACH ROW"
        f" {insert} NEW.tenant, IF({other}, NEW.note, NULL), 0 FROM DUAL"
        f" WHERE {other} OR NEW.tenant <> OLD.tenant",
    ]


TRIGGERS = {"sqlite": _sqlite, "postgresql": _postgres, "mysql": _mysql}


# --- after a batch ---------------------------------------------------------------------------


def heads(whose: list[int]) -> list[str]:
    """The cursors, for each user's number, of who has seen all that was committed."""
    while True:
        try:
            if not changelog.stamp("default"):
                break
        except OperationalError:  # a server is at it
            continue
    position = changelog.head("default")
    return [_cursors(number).seal(position) for number in whose]


@cache
def _cursors(number: int) -> Cursors:
    who = Persona(number)
    found = find_sheet(who.sheet)
    assert found is not None
    return Cursors(found(User.objects.get(username=who.username), who.params))


def labels() -> dict[str, dict[str, list[Any]]]:
    """Model → key → tenant and what it is called."""
    return {
        model.__name__.lower(): {str(o.pk): [o.tenant, _said(o)] for o in model.objects.all()}
        for model in (Maker, Mark, Ware)
    }


def _said(row: Any) -> str:
    return BROKEN if row.name.startswith("!") else row.name


def rows() -> dict[str, dict[str, dict[str, Any]]]:
    """Model → key → column → value, as on the wire."""
    marks: dict[str, list[str]] = defaultdict(list)
    for ware, mark in Ware.marks.through.objects.values_list("ware_id", "mark_id"):
        marks[str(ware)].append(str(mark))
    wares = {str(ware.pk): _ware(ware, marks[str(ware.pk)]) for ware in Ware.objects.all()}
    gadgets = {
        str(gadget.pk): {
            "tenant": gadget.tenant, "name": gadget.name, "note": gadget.note,
            "ware": _key(gadget.ware_id),
        }
        for gadget in Gadget.objects.all()
    }  # fmt: skip
    return {"ware": wares, "gadget": gadgets}


def _ware(ware: Ware, marks: list[str]) -> dict[str, Any]:
    finite = ware.ratio is not None and math.isfinite(ware.ratio)
    return {
        "tenant": ware.tenant, "name": ware.name, "stock": ware.stock, "price": f"{ware.price:.2f}",
        "ratio": ware.ratio if finite else None, "note": ware.note, "maker": _key(ware.maker_id),
        "marks": sorted(marks), "data": _json(ware.data),
        "seal": BROKEN if ware.seal == BROKEN_SEAL else ware.seal, "secret": STARS, "pin": None,
        "verdict": BROKEN if ware.stock < 0 else "plenty" if ware.stock >= 50 else "few",
    }  # fmt: skip


def _json(value: Any) -> Any:
    """As text where no browser holds its numbers; not at all where it is deeper than any reads."""
    if _depth(value) > MOST_DEPTH:
        return BROKEN
    text = json.dumps(value, ensure_ascii=False)
    return (
        text if any(abs(int(number)) > 2**53 for number in re.findall(r"\d{15,}", text)) else value
    )


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    inside = value.values() if isinstance(value, dict) else value
    return 1 + max(map(_depth, inside), default=0)


def _key(key: Any) -> str | None:
    return None if key is None else str(key)


def traces(after: int) -> list[list[Any]]:
    """What the triggers noted: `[id, model, key, tenant, note or null, is new]`."""
    found = Trace.objects.filter(pk__gt=after).order_by("pk")
    noted = found.values_list("pk", "model", "row", "tenant", "note", "is_new")
    return [[pk, model, _plain(model, row), *more] for pk, model, row, *more in noted]


def _plain(model: str, key: str) -> str:
    """A UUID as it is written, whatever the database's type for it."""
    bare = key.replace("-", "").lower()
    if model != "gadget":
        return key
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
