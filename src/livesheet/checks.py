"""System checks: ``manage.py check`` reports mistakes, with a hint, before a browser does.

Each id is explained in docs/checks.md.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import connections, router

from livesheet import conf
from livesheet.edits import plain
from livesheet.exceptions import LiveSheetError
from livesheet.lineage import label_of, live_models
from livesheet.log import changelog
from livesheet.orders import indexes, keysets
from livesheet.page.templates import named_sheets, own_templates
from livesheet.sheet import declaration_errors, filterable
from livesheet.sheet.declaration import Sheet, all_sheets, duplicate_sheets
from livesheet.sheet.provenance import is_relation
from livesheet.sheet.serializers import model_field
from livesheet.sheet.specimen import column_names, specimen
from livesheet.sheet.suggestions import suggest

TAG = "livesheet"


@register(TAG, Tags.models)
def check_sheets(**_kwargs: Any) -> list[CheckMessage]:
    return [
        *_duplicates(),
        *(fault for s in all_sheets() for fault in declaration_errors.faults(s)),
        *(fault for s in all_sheets() for fault in windows(s)),
        *(fault for s in all_sheets() for fault in rows_named_several_times(s)),
        *(fault for s in all_sheets() for fault in names_of_hidden_rows(s)),
    ]


def _duplicates() -> Iterator[CheckMessage]:
    for served, other in duplicate_sheets():
        yield Error(
            f"Two sheets are named {served.get_name()!r}: {_path(served)} and {_path(other)}."
            " Only the first is served.",
            hint="Give one of them a `sheet_name` of its own.",
            obj=other,
            id="livesheet.E003",
        )


def windows(sheet: type[Sheet]) -> Iterator[CheckMessage]:
    """What is wrong with how a sheet says whether it is shown in windows."""
    above: Any = sheet.window_above
    for name, value, is_fine, expected in (
        ("window", sheet.window, sheet.window in (True, False, None), "True, False or None"),
        ("window_above", above, type(above) is int and above >= 0, "a number of rows"),
    ):
        if not is_fine:
            yield Error(
                f"`{name}` is {value!r}.",
                hint=f"Use {expected}.",
                obj=sheet,
                id="livesheet.E019",
            )
    model: Any = sheet.window is True and sheet.get_model()
    if model and "?" in (sheet.ordering or model._meta.ordering or ()):
        yield Error(
            "`window` is True, but the rows are in random order, so no place in it can be found"
            " again.",
            hint="Set an `ordering` that is not random.",
            obj=sheet,
            id="livesheet.E026",
        )


def rows_named_several_times(sheet: type[Sheet]) -> Iterator[CheckMessage]:
    """An order by what a row has several of."""
    if _refusal_of_order(sheet) == keysets.SEVERAL_TIMES:
        yield Warning(
            f"{_path(sheet)} is ordered by a relation to many objects, which names a row several"
            " times. Windows and the REST list's `?cursor=` refuse such an order.",
            hint="Sort by a value that each row has once: annotate it in `get_queryset()`, for"
            ' example `annotate(first_tag=Min("tags__name"))`, and name it in `ordering`.',
            obj=sheet,
            id="livesheet.W018",
        )


def _refusal_of_order(sheet: type[Sheet]) -> str:
    with suppress(Exception):  # it wants a real user, or other checks report what is wrong
        try:
            keysets.Keyset(specimen(sheet).ordered_rows())
        except LiveSheetError as error:
            return str(error.detail)
    return ""


def names_of_hidden_rows(sheet: type[Sheet]) -> Iterator[CheckMessage]:
    """Relations that name every row of a model which some sheet, perhaps the same one, limits."""
    limited = {_label(other): other for other in all_sheets() if _hides(other)}
    is_limited_itself = sheet.get_related_queryset is not Sheet.get_related_queryset
    is_asked = _label(sheet) and not is_limited_itself
    for name in column_names(sheet) if is_asked else ():
        field = model_field(sheet.get_model(), name)
        related: Any = field.related_model if field and is_relation(field) else None
        if related and (other := limited.get(label_of(related))):
            yield Warning(
                f"{name!r} of {_path(sheet)} offers every {related._meta.label} by its label, and"
                f" `get_queryset()` of {_path(other)} may hide some of them.",
                hint=f"Override `get_related_queryset()` to return, for {name!r}, those that the"
                " user may know of. If everybody may know all their labels, silence this check.",
                obj=sheet,
                id="livesheet.W017",
            )


def _hides(sheet: type[Sheet]) -> bool:
    """Whether its ``get_queryset()`` may leave rows out; many only add ``select_related()``."""
    if sheet.get_queryset is Sheet.get_queryset:
        return False
    with suppress(Exception):  # it wants a real user
        rows = specimen(sheet).get_queryset()
        return not filterable.is_everything(sheet.get_model(), rows)
    return True


def _label(sheet: type[Sheet]) -> str:
    """Of the sheet's model; empty if it has none, which other checks report."""
    with suppress(Exception):
        return label_of(sheet.get_model())
    return ""


def _path(sheet: type[Sheet]) -> str:
    return f"{sheet.__module__}.{sheet.__qualname__}"


@register(TAG, Tags.models)
def check_log_on_every_database(**_kwargs: Any) -> list[CheckMessage]:
    """Where the router lets live models live, and not the change log. E008 is about the sheets'."""
    return [
        Warning(
            f"{', '.join(names)} may be written to the database {alias!r}, where the change log is"
            " not kept.",
            hint="Such writes succeed, but no sheet shows them. Let the database router's"
            f" allow_migrate() answer True for the app 'livesheet' on {alias!r}, or False for"
            " these models.",
            id="livesheet.W012",
        )
        for alias in sorted(settings.DATABASES)
        if not changelog.is_kept_on(alias)
        if (names := [m._meta.label for m in live_models() if router.allow_migrate_model(alias, m)])
    ]


@register(TAG, Tags.database)
def check_large_tables(databases: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """Only with ``check --database``, as every check that asks a database."""
    return [
        Warning(
            f"{_path(kind)} shows a table of more than {indexes.LARGE:,} rows, and"
            f" {len(lines)} of the ways to sort, filter or search it have no index.",
            hint=f"Add to the Meta.indexes of {kind.get_model().__name__} those that people use:"
            f" {', '.join(lines)}.",
            obj=kind,
            id="livesheet.W016",
        )
        for kind in all_sheets()
        if databases and (lines := _lines_for(kind, databases))
    ]


def _lines_for(kind: type[Sheet], databases: Any) -> list[str]:
    """None of a sheet that wants a real user, of tables that are not there, of none at all."""
    with suppress(Exception):
        sheet = specimen(kind)
        if sheet.alias in databases and indexes.is_large(sheet):
            return list(indexes.missing_indexes(sheet))
    return []


# --- templates -------------------------------------------------------------------------------


@register(TAG, Tags.templates)
def check_templates(**_kwargs: Any) -> list[CheckMessage]:
    """Names in ``{% livesheet "name" %}``, in the project's own templates."""
    known = sorted(sheet.get_name() for sheet in all_sheets())
    return [
        Error(
            f"{path} names the sheet {name!r}, which does not exist.",
            hint=suggest(name, known, "The sheets are"),
            id="livesheet.E010",
        )
        for path in own_templates()
        for name in named_sheets(path)
        if name not in known
    ]


# --- settings --------------------------------------------------------------------------------


@register(TAG)
def check_settings(**_kwargs: Any) -> list[CheckMessage]:
    if not _usable_settings():
        message = f"LIVESHEET must be a dict; got {settings.LIVESHEET!r}."
        hint = "Leave the setting out for the defaults."
        return [Error(message, hint=hint, id="livesheet.E011")]
    return [
        Warning(
            f"LIVESHEET has the unknown key {key!r}.",
            hint=suggest(key, sorted(conf.DEFAULTS), "The keys are"),
            id="livesheet.W003",
        )
        for key in conf.unknown_keys()
    ]


def _usable_settings() -> bool:
    return isinstance(getattr(settings, "LIVESHEET", {}), dict)


@register(TAG)
def check_notify_database(**_kwargs: Any) -> list[CheckMessage]:
    alias = conf.get("NOTIFY_DATABASE") if _usable_settings() else None
    known = sorted(settings.DATABASES)
    if alias is not None and alias not in known:
        return _no_notify(
            alias, "is not a database alias", suggest(str(alias), known, "The aliases are")
        )
    database: Any = None if alias is None else connections[alias]
    if database and database.vendor != "postgresql":
        hint = "Only PostgreSQL has LISTEN and NOTIFY. With others use a channel layer."
        return _no_notify(alias, f"is a {database.display_name} database", hint)
    if database and database.Database.__version__ < "3":
        hint = 'Install psycopg 3: `pip install "psycopg[binary]"`.'
        return _no_notify(alias, "is reached with psycopg2", hint)
    return []


def _no_notify(alias: object, fault: str, hint: str) -> list[CheckMessage]:
    message = f'LIVESHEET["NOTIFY_DATABASE"] is {alias!r}, which {fault}.'
    return [Error(message, hint=hint, id="livesheet.E012")]


TENANTS = ("django_tenants", "tenant_schemas", "django_pgschemas")


@register(TAG)
def check_tenants(**_kwargs: Any) -> list[CheckMessage]:
    """Packages that choose a schema for each request: a socket, and what reads for it, has none."""
    if not _usable_settings():
        return []
    if conf.get("SCOPE_CONTEXT"):
        return [] if conf.get("WRITER_CONTEXT") else [_untidied()]
    engines_of = [str(database.get("ENGINE", "")) for database in settings.DATABASES.values()]
    for name in TENANTS:
        if apps.is_installed(name) or any(engine.startswith(f"{name}.") for engine in engines_of):
            return [
                Error(
                    f"{name} chooses a schema for each HTTP request. It does not see sockets, so a"
                    " sheet would show the rows of the public schema.",
                    hint='Set LIVESHEET["SCOPE_CONTEXT"] to a function that returns the tenant of a'
                    " socket, as in docs/existing-projects.md.",
                    id="livesheet.E016",
                )
            ]
    return []


def _untidied() -> CheckMessage:
    return Warning(
        "livesheet does not know to which tenant a process writes, so a tenant's change log grows"
        " while none of its sheets is open.",
        hint='Set LIVESHEET["WRITER_CONTEXT"] to a function that returns the tenant of a writing'
        " thread, as in docs/existing-projects.md.",
        id="livesheet.W014",
    )


@register(TAG)
def check_asgi_application(**_kwargs: Any) -> list[CheckMessage]:
    if getattr(settings, "ASGI_APPLICATION", None):
        return []
    return [
        Warning(
            "ASGI_APPLICATION is not set, so `runserver` answers no socket and no sheet opens.",
            hint='Set it to the application in your asgi.py: "proj.asgi.application".',
            id="livesheet.W004",
        )
    ]


@register(TAG)
def check_runserver(**_kwargs: Any) -> list[CheckMessage]:
    """Of several apps with a ``runserver``, Django takes the first; it must be daphne's."""
    names = [app.name for app in apps.get_app_configs()]
    if "daphne" not in names:
        return []
    for app in list(apps.get_app_configs())[: names.index("daphne")]:
        if Path(app.path, "management", "commands", "runserver.py").exists():
            return [
                Warning(
                    f"{app.name!r} comes before 'daphne' in INSTALLED_APPS, and its `runserver`"
                    " answers no socket.",
                    hint="Put 'daphne' first.",
                    id="livesheet.W005",
                )
            ]
    return []


@register(TAG, deploy=True)
def check_channel_layer(**_kwargs: Any) -> list[CheckMessage]:
    if settings.DEBUG or not _usable_settings() or conf.get("NOTIFY_DATABASE"):
        return []
    alias = conf.get("CHANNEL_LAYER")
    layer = getattr(settings, "CHANNEL_LAYERS", {}).get(alias, {})
    if not layer.get("BACKEND", "").endswith("InMemoryChannelLayer"):
        return []
    return [
        Warning(
            f"The channel layer {alias!r} is in memory, so it reaches its own process only.",
            hint="With several processes use channels_redis. Without a shared layer each process"
            f" looks into the change log every {conf.get('POLL_SECONDS')} s, and shows only its"
            " own users' presence.",
            id="livesheet.W006",
        )
    ]


@register(TAG, deploy=True)
def check_rows_written_together(**_kwargs: Any) -> list[CheckMessage]:
    """Nothing is wrong, so this is said only to whoever asks how the site will do."""
    return [
        Info(
            f"Many cells pasted into {_path(sheet)} are saved row by row: {', '.join(reasons)}.",
            hint="Each row is saved by save(), because this needs it. Without that, many rows are"
            " written together, in a third of the time.",
            id="livesheet.I001",
        )
        for sheet in all_sheets()
        if (reasons := plain.reasons(sheet))
    ]


@register(TAG, Tags.staticfiles)
def check_javascript_type(**_kwargs: Any) -> list[CheckMessage]:
    kind = mimetypes.guess_type("livesheet.js")[0]
    if kind in ("text/javascript", "application/javascript"):
        return []
    return [
        Warning(
            f"JavaScript files would be served as {kind!r}, and browsers refuse such a module.",
            hint='Add `mimetypes.add_type("text/javascript", ".js", True)` to the settings file.'
            " On Windows the registry decides it.",
            id="livesheet.W007",
        )
    ]
