"""Records in the change log whose rights may have changed, so that every process checks them.

Django signals changes of users, groups and permissions, signing out, and tokens. Other changes are
found when a socket's rights are read again, every ``RECHECK_SECONDS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import FieldDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections, models, router, transaction
from django.db.models.deletion import Collector
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete

from livesheet import lineage
from livesheet.doorbell import doorbell
from livesheet.log import capture, changelog, querysets
from livesheet.log.transactions import atomic
from livesheet.log.wrapping import wrap
from livesheet.people import user_key
from livesheet.tables import PKS_PER_CHANGE, NamedView, SavedView

Keys = Iterable[str]
Rows = Any  # a queryset; the stubs do not know what is private

EVERYBODY: tuple[str, ...] = ()


# Users' models: the project's own, its proxies, and what it inherits from or is inherited by.
_users: set[type[models.Model]] = set()
# Tables of links that give rights → their field, and the users who have rights by some of them.
_links: dict[type[models.Model], tuple[Any, Callable[[Rows], Rows]]] = {}


def connect() -> None:
    """Called once, when all models are known."""
    user: Any = get_user_model()
    _on(user_logged_out, _logged_out, None)
    for kin in _kin(user):
        _users.add(lineage.concrete(kin))
        _on(post_save, _user_saved, kin)  # of a proxy Django says the proxy
        _on(post_delete, _user_deleted, kin)
    for name in ("groups", "user_permissions"):
        if field := _many(user, name):
            _connect_links(field, _users_of(field))
    groups = _many(user, "groups")
    if groups and (permissions := _many(groups.related_model, "permissions")):
        _connect_links(permissions, _members_of(permissions))
    if permissions := _many(user, "user_permissions"):
        for kin in _kin(permissions.related_model):
            _on(pre_delete, _permission_deleted, kin)
    wrap(models.QuerySet, "update", _updated)
    wrap(Collector, "delete", _collected)
    if apps.is_installed("rest_framework.authtoken"):
        for kin in _kin(apps.get_model("authtoken", "Token")):
            _on(post_delete, _token_deleted, kin)


def _kin(model: Any) -> list[type[models.Model]]:
    """The models of which a row may be a row of ``model``, proxies included."""
    mine = model._meta.concrete_model
    every = [(kin, lineage.concrete(kin)) for kin in apps.get_models()]
    return [kin for kin, its in every if issubclass(its, mine) or issubclass(mine, its)]


def _connect_links(field: Any, holders: Callable[[Rows], Rows]) -> None:
    _links[field.remote_field.through] = (field, holders)
    _on(m2m_changed, _linked, field.remote_field.through)


def _users_of(field: Any) -> Callable[[Rows], Rows]:
    return lambda links: links.values_list(field.m2m_field_name(), flat=True)


def _members_of(permissions: Any) -> Callable[[Rows], Rows]:
    user: Any = get_user_model()

    def members(links: Rows) -> Rows:
        groups = links.values_list(permissions.m2m_field_name(), flat=True)
        found = user._base_manager.using(links.db).filter(groups__in=list(groups.distinct()))
        return found.values_list("pk", flat=True)

    return members


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


def _updated(original: Any, rows: Any, **values: Any) -> Any:
    """As an action of the admin sets many users inactive, without a signal."""
    concrete = rows.model._meta.concrete_model
    if rows.query.is_sliced or not (concrete in _users or concrete in _links):
        return original(rows, **values)
    if concrete in _links:
        return _links_updated(original, rows, values)
    if set(values) == {"last_login"}:
        return original(rows, **values)
    keys = _few(querysets.keys_of(rows, rows.db, PKS_PER_CHANGE + 1))
    count = original(rows, **values)
    tell(keys)
    return count


def _links_updated(original: Any, rows: Any, values: dict[str, Any]) -> Any:
    """Who had rights by them, and who has rights by them now."""
    rows._for_write = True
    links = querysets.keys_of(rows, rows.db)
    these: Rows = models.QuerySet(rows.model, using=rows.db).filter(pk__in=links)
    former = _holders(these)
    count = original(rows, **values)
    tell(former)
    tell(_holders(these.all()))
    return count


def _user_deleted(sender: Any, instance: Any, using: str, **_kwargs: Any) -> None:
    """Whoever has that key some day, a name or an address, is somebody else."""
    tell([user_key(instance)])
    for alias in connections:
        # Where another alias has users of its own, theirs have the same keys.
        if alias == using or not router.allow_migrate_model(alias, sender):
            forget = partial(_forget_views, alias, user_key(instance))
            forget() if alias == using else transaction.on_commit(forget, using, robust=True)


def _forget_views(alias: str, key: str) -> None:
    if capture.is_kept_on(alias):
        with atomic(alias):
            SavedView.objects.using(alias).filter(user=key).delete()
            named = NamedView.objects.using(alias)
            named.filter(user=key, room="").delete()
            # What colleagues share goes on, and is nobody's.
            named.filter(user=key).update(user="")
            named.filter(changed_by=key).update(changed_by="")


def _token_deleted(sender: Any, instance: Any, **_kwargs: Any) -> None:
    tell([str(instance.user_id)])


def _linked(
    sender: Any, instance: Any, action: str, reverse: bool, pk_set: Any, using: str, **_kwargs: Any
) -> None:
    """Groups or permissions are given; that they are taken is seen where links are deleted."""
    if action == "post_add" and pk_set:
        field, _find = _links[sender]
        ends = [field.m2m_field_name(), field.m2m_reverse_field_name()]
        own, other = reversed(ends) if reverse else ends
        given: Rows = models.QuerySet(sender, using=using)
        tell(_holders(given.filter(**{own: instance.pk, f"{other}__in": pk_set})))


def _collected(original: Any, collector: Any) -> Any:
    """What is deleted, and what goes along: links of a group, of a permission, or by themselves."""
    links = [rows for rows in collector.fast_deletes if rows.model in _links]
    links += [
        models.QuerySet(model, using=collector.using).filter(pk__in=[one.pk for one in found])
        for model, found in collector.data.items()
        if model in _links
    ]
    holders = [_holders(rows) for rows in links]
    deleted = original(collector)
    for keys in holders:
        tell(keys)
    return deleted


def _permission_deleted(sender: Any, **_kwargs: Any) -> None:
    """A backend of the project's may ask for it in a way of its own."""
    tell(EVERYBODY)


def _holders(links: Rows) -> Keys:
    """Users who have rights by these links; everybody where they are many."""
    _field, find = _links[links.model]
    return _few(find(links.order_by()).distinct()[: PKS_PER_CHANGE + 1])


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
