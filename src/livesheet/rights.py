"""Says in the change log whose rights may have changed, so that every process looks again.

Told of: users, groups and permissions, signing out, tokens. What is not told of is found when a
socket's rights are read anew, every ``RECHECK_SECONDS``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from livesheet import capture, changelog, doorbell, querysets
from livesheet.actors import user_key
from livesheet.tables import PKS_PER_CHANGE
from livesheet.transactions import atomic
from livesheet.wrapping import wrap

Keys = Iterable[str]

EVERYBODY: tuple[str, ...] = ()


def connect() -> None:
    """Called once, when all models are known."""
    user: Any = get_user_model()
    _on(user_logged_out, _logged_out, None)
    _on(post_save, _user_saved, user)
    _on(post_delete, _user_deleted, user)
    wrap(models.QuerySet, "update", _users_updated)
    for name in ("groups", "user_permissions"):
        if field := _many(user, name):
            _on(m2m_changed, _given_or_taken, field.remote_field.through)
            _on(pre_delete, _group_deleted, field.related_model)
    groups = _many(user, "groups")
    if groups and (permissions := _many(groups.related_model, "permissions")):
        _on(m2m_changed, _group_may_other_things, permissions.remote_field.through)
    if apps.is_installed("rest_framework.authtoken"):
        _on(post_delete, _token_deleted, apps.get_model("authtoken", "Token"))


def _on(signal: Any, receiver: Any, sender: Any) -> None:
    label = sender._meta.label_lower if sender else ""
    signal.connect(receiver, sender=sender, dispatch_uid=f"livesheet.rights.{label}")


def _many(model: Any, name: str) -> Any:
    """The many-to-many field of that name, if there is one: a user model may be without."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if field.many_to_many else None


# --- what happens ----------------------------------------------------------------------------


def _logged_out(sender: Any, user: Any, **_kwargs: Any) -> None:
    if user is not None:
        tell([user_key(user)])


def _user_saved(
    sender: Any, instance: Any, created: bool, update_fields: Any = None, **_kwargs: Any
) -> None:
    """Nobody has a socket who was not there; that somebody signs in takes nothing away."""
    if not created and set(update_fields or ()) != {"last_login"}:
        tell([user_key(instance)])


def _users_updated(original: Any, rows: Any, **values: Any) -> Any:
    """As an action of the admin sets many of them inactive, without a signal."""
    is_other = rows.model._meta.concrete_model is not get_user_model()
    if is_other or set(values) == {"last_login"} or rows.query.is_sliced:
        return original(rows, **values)
    keys = _few(querysets.keys_of(rows, rows.db, PKS_PER_CHANGE + 1))
    count = original(rows, **values)
    tell(keys)
    return count


def _user_deleted(sender: Any, instance: Any, **_kwargs: Any) -> None:
    tell([user_key(instance)])


def _token_deleted(sender: Any, instance: Any, **_kwargs: Any) -> None:
    tell([str(instance.user_id)])


def _given_or_taken(
    sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, using: str, **_kwargs: Any
) -> None:
    """Groups or permissions of users; ``reverse`` where it was said of the group."""
    if action == "post_clear" and not reverse:
        tell([user_key(instance)])
    elif action in ("post_add", "post_remove") and pk_set:
        tell(map(str, pk_set) if reverse else [user_key(instance)])
    elif reverse and action == "pre_clear":  # afterwards nobody could tell
        tell(_members(instance, using))


def _group_may_other_things(
    sender: Any, instance: Any, action: str, reverse: bool, using: str, **_kwargs: Any
) -> None:
    if reverse and action in ("post_add", "post_remove", "pre_clear"):
        tell(EVERYBODY)  # said of the permission, of any number of groups
    elif not reverse and action in ("post_add", "post_remove", "post_clear"):
        tell(_members(instance, using))


def _group_deleted(sender: Any, instance: Any, using: str, **_kwargs: Any) -> None:
    """Of a group or of a permission, whose rows in between go without a signal."""
    tell(_members(instance, using) if _many(sender, "permissions") else EVERYBODY)


def _members(group: Any, using: str) -> Keys:
    """The users of a group or with a permission; everybody where they are many."""
    user = get_user_model()
    for name in ("groups", "user_permissions"):
        field = _many(user, name)
        if field and isinstance(group, field.related_model):
            found: models.QuerySet[Any] = user._base_manager.using(using).filter(**{name: group})
            return _few(found.values_list("pk", flat=True)[: PKS_PER_CHANGE + 1])
    return EVERYBODY


def _few(keys: Iterable[Any]) -> Keys:
    named = [str(key) for key in keys]
    return named if len(named) <= PKS_PER_CHANGE else EVERYBODY


# --- telling ---------------------------------------------------------------------------------


def tell(keys: Keys) -> None:
    """Have these users' sockets looked at again in every process; ``EVERYBODY``'s if empty.

    In the transaction that is open on the default database, where sign-outs are logged, too.
    """
    named = list(keys)
    if keys is not EVERYBODY and not named:
        return
    if capture.is_kept_on(DEFAULT_DB_ALIAS):
        with atomic(DEFAULT_DB_ALIAS):
            changelog.record_access(named, using=DEFAULT_DB_ALIAS)
            doorbell.ring_on_commit(DEFAULT_DB_ALIAS)
