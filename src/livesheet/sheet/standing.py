"""Whether anything has changed for users with open sheets, for many of them in a few statements.

Separately, session, user and permissions take four statements, and the session's text is decoded.
Here, they are compared as they are in the database, and only users for whom something has changed
are checked.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.contrib.sessions.backends import db
from django.db import connections, models
from django.utils import timezone
from django.utils.module_loading import import_string

from livesheet import conf, scopes
from livesheet.fresh import fresh
from livesheet.people import user_key
from livesheet.sheet import filterable, grants
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.permissions import header

AT_ONCE = 500
# Where a project decides these itself, it may ask what no digest shows: another model, the time.
DECIDING = (
    "has_view_permission", "has_add_permission", "has_change_permission", "has_delete_permission",
    "has_history_permission", "get_audience", "audience", "get_room", "room", "knows",
    "for_user", "prepare", "_may",
)  # fmt: skip

# A session's key, and its user's.
Subject = tuple[str, str]


class Listener(Protocol):
    """What is open for a user. ``session_key`` is empty without a session."""

    user_key: str
    session_key: str
    sheet: Sheet
    scope: dict[str, Any]


def subject_of(listener: Listener) -> Subject | None:
    """What ``standing`` can be asked for; None if it cannot tell all about this listener."""
    if not is_plain(listener.sheet, listener.scope, listener.session_key):
        return None
    return listener.session_key, listener.user_key


def is_plain(sheet: Sheet, scope: Mapping[str, Any], session_key: str) -> bool:
    """Whether nothing but the session, the user and Django's permissions decides who may see."""
    return not sheet.is_private and _is_decided_by_django(sheet, scope, session_key)


def subject_by_the_clock(listener: Listener) -> Subject | None:
    """As ``subject_of``; also of a sheet whose rows depend on the user, if nothing else does.

    Whoever holds such a sheet has to go on with ``users_of``: a user also holds what was read of
    him, by which the rows may be found.
    """
    sheet, key = listener.sheet, listener.session_key
    is_known = sheet.differs_by_rows or not sheet.is_private
    if not (is_known and _is_decided_by_django(sheet, listener.scope, key)):
        return None
    return key, listener.user_key


def _is_decided_by_django(sheet: Sheet, scope: Mapping[str, Any], session_key: str) -> bool:
    return (
        bool(session_key)
        and _is_default(type(sheet))
        and _is_signed_in_by_django(scope)
        and _has_permissions_of_django(type(sheet.user))
    )


def _is_default(kind: type[Sheet]) -> bool:
    return all(getattr(kind, hook) is getattr(Sheet, hook) for hook in DECIDING)


def _is_signed_in_by_django(scope: Mapping[str, Any]) -> bool:
    if scopes.are_told() or conf.get("AUTHENTICATE_SCOPE") or header(scope, "authorization"):
        return False
    return import_string(f"{settings.SESSION_ENGINE}.SessionStore") is db.SessionStore


def _has_permissions_of_django(kind: type[Any]) -> bool:
    is_own = issubclass(kind, PermissionsMixin) and kind.has_perm is PermissionsMixin.has_perm
    return is_own and grants.backend() is not None


def standing(subjects: Collection[Subject]) -> dict[Subject, bytes]:
    """A digest of all that decides, of each whose session is good. Synchronous."""
    found: dict[Subject, bytes] = {}
    wanted = list(subjects)
    for start in range(0, len(wanted), AT_ONCE):
        found.update(_standing(wanted[start : start + AT_ONCE]))
    return found


def users_of(keys: Collection[str]) -> dict[str, Any]:
    """These users as the database has them now, by their key. Synchronous."""
    manager, wanted = fresh(get_user_model()._default_manager), list(keys)
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), AT_ONCE):
        users = manager.filter(pk__in=wanted[start : start + AT_ONCE]).order_by()
        found.update((user_key(user), user) for user in users if user.is_active)
    return found


def _standing(subjects: Collection[Subject]) -> Iterator[tuple[Subject, bytes]]:
    sessions = _sessions([session for session, _user in subjects])
    users = _users({user for _session, user in subjects})
    for session, user in subjects:
        if session in sessions and user in users:
            whole = repr((sessions[session], users[user])).encode()
            yield (session, user), hashlib.sha256(whole).digest()


def _sessions(keys: Collection[str]) -> dict[str, str]:
    stored = fresh(db.SessionStore.get_model_class()._default_manager)
    good = stored.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return dict(good.values_list("session_key", "session_data"))


def _users(keys: Collection[str]) -> dict[str, tuple[Any, ...]]:
    model = get_user_model()
    users = fresh(model._default_manager).filter(pk__in=keys).order_by()
    rows = users.values_list("pk", *(field.attname for field in model._meta.concrete_fields))
    own, groups = _members(users, "user_permissions"), _members(users, "groups")
    named = fresh(Group._default_manager).filter(pk__in=set().union(*groups.values())).order_by()
    granted = _members(named, "permissions")
    return {
        str(pk): (row, sorted(own[pk]), [(g, sorted(granted[g])) for g in sorted(groups[pk])])
        for pk, *row in rows
    }


def _members(rows: Any, relation: str) -> dict[Any, set[Any]]:
    members: dict[Any, set[Any]] = defaultdict(set)
    for pk, member in rows.filter(**{f"{relation}__isnull": False}).values_list("pk", relation):
        members[pk].add(member)
    return members


# --- of few ----------------------------------------------------------------------------------


def standing_of_each(subjects: Collection[Subject]) -> dict[Subject, bytes]:
    """The same in two statements for each, which cost a third of what it takes to read the user
    anew; nothing of whoever must be read by Django's own means. Synchronous.

    These digests cannot be compared with those of ``standing``.
    """
    kind, stored = get_user_model(), db.SessionStore.get_model_class()
    tables = [fresh(model._default_manager) for model in (kind, stored, Permission)]
    aliases = {rows.db for rows in tables}
    is_plain = all(filterable.is_everything(rows.model, rows) for rows in tables)
    if kind._meta.parents or len(aliases) > 1 or not is_plain:
        return {}
    (using,) = aliases
    found = ((one, _of_one(kind, stored, using, one)) for one in subjects)
    return {one: digest for one, digest in found if digest is not None}


def _of_one(
    kind: type[models.Model], stored: type[models.Model], using: str, subject: Subject
) -> bytes | None:
    (session, user), connection, field = subject, connections[using], kind._meta.pk
    assert field is not None
    key = field.get_db_prep_value(field.to_python(user), connection)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    asked = _session_and_user(kind, stored, using), grants.statement(kind, using)
    with connection.cursor() as cursor:
        if _takes_two(connection):
            cursor.execute("; ".join(asked), [session, now, key, key, key])
            row, _is_more = cursor.fetchone(), cursor.nextset()
        else:
            cursor.execute(asked[0], [session, now, key])
            row = cursor.fetchone()
            cursor.execute(asked[1], [key, key])
        granted = sorted(cursor.fetchall())
    return hashlib.sha256(repr((row, granted)).encode()).digest() if row is not None else None


def _takes_two(connection: Any) -> bool:
    """Whether two statements can be sent as one text with both results: by psycopg 3, which
    puts the values in itself unless the project tells it not to.
    """
    if connection.vendor != "postgresql" or connection.Database.__name__ != "psycopg":
        return False
    return not connection.settings_dict["OPTIONS"].get("server_side_binding")


@cache
def _session_and_user(kind: type[models.Model], stored: type[models.Model], using: str) -> str:
    q = connections[using].ops.quote_name
    users = ", ".join(f"u.{q(str(field.column))}" for field in kind._meta.concrete_fields)
    data, key, expires = (
        q(str(stored._meta.get_field(name).column))  # type: ignore[union-attr]
        for name in ("session_data", "session_key", "expire_date")
    )
    assert kind._meta.pk is not None
    return (
        f"SELECT s.{data}, {users} FROM {q(stored._meta.db_table)} s, {q(kind._meta.db_table)} u"
        f" WHERE s.{key} = %s AND s.{expires} > %s AND u.{q(str(kind._meta.pk.column))} = %s"
    )
