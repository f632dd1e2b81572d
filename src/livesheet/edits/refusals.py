"""The entries of refused cells and rows: one form, whatever has refused them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DataError, IntegrityError, OperationalError, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.settings import api_settings

from livesheet import conf
from livesheet.edits.reasons import of_validation, reason_of
from livesheet.exceptions import EditRefused
from livesheet.wire import values

Error = dict[str, Any]

# What MariaDB calls operational, though trying again cannot help: incorrect value, wrong string.
WRONG_VALUES = ((1292,), (1366,))

NOT_ALLOWED = gettext_lazy("You do not have permission to do this.")
BREAKS_CONSTRAINT = gettext_lazy("The database refused this, because it breaks a constraint.")


# What one reply holds at most, so that a small frame cannot ask for a large one: of each message,
# of each value that it gives back; a setting limits all these values together.
LONGEST_MESSAGE = 1_000  # characters
MOST_OF_A_VALUE = 2_000  # bytes
KEPT_OF_A_TEXT = 200  # characters, of one that is too long


def entry(pk: str | None, column: str | None, code: str, message: Any) -> Error:
    """An entry of a reply's ``errors``; ``message`` may be a lazy translation."""
    message = shortened(str(message), LONGEST_MESSAGE)
    return {"pk": pk, "column": column, "code": code, "message": message}


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def bound_values(errors: list[Error]) -> None:
    """Shorten values that are too large to be sent again, and mark them as ``cut``."""
    left = conf.get("MAX_REPLY_BYTES")
    for error in errors:
        if "value" not in error:
            continue
        size = len(values.dumps(error["value"]).encode())
        if size <= min(left, MOST_OF_A_VALUE):
            left -= size
            continue
        value = error["value"]
        kept = shortened(value, KEPT_OF_A_TEXT) if isinstance(value, str) and left > 0 else None
        left -= len(values.dumps(kept).encode())
        error |= {"value": kept, "cut": True}


def for_cell(refusal: EditRefused, pk: str, column: str, value: Any) -> Error:
    """A refusal of the whole row, attached to one of its cells."""
    return {**refusal.errors[0], "pk": pk, "column": column, "value": value}


def text_of(errors: Any) -> str:
    """DRF's nested errors as one or several sentences, each after the name of its field."""
    if isinstance(errors, dict):
        return " ".join(_about(name, text_of(value)) for name, value in errors.items())
    if isinstance(errors, list | tuple):
        return " ".join(text_of(value) for value in errors)
    return str(errors)


def _about(name: Any, text: str) -> str:
    if not isinstance(name, str) or name in (NON_FIELD_ERRORS, api_settings.NON_FIELD_ERRORS_KEY):
        return text
    title = name.replace("_", " ")
    return f"{title[:1].upper()}{title[1:]}: {text}"


@contextmanager
def told_to_the_author(model: type[models.Model] | None = None) -> Iterator[None]:
    """Turns what validation or the database raises while a row is written into its refusal."""
    try:
        yield
    except (PermissionDenied, exceptions.PermissionDenied) as raised:  # by a perform_…() hook
        raise EditRefused(entry(None, None, "forbidden", str(raised) or NOT_ALLOWED)) from raised
    except exceptions.APIException as raised:  # by save() or a perform_…() hook
        raise _invalid(text_of(raised.detail)) from raised
    except ModelValidationError as raised:
        raise _invalid(of_validation(raised, model)) from raised
    except (models.ProtectedError, models.RestrictedError) as raised:
        message = _("Other rows still refer to this one, so it was not deleted.")
        raise _invalid(message) from raised
    except IntegrityError as raised:
        raise _invalid(reason_of(raised, model) or BREAKS_CONSTRAINT) from raised
    except (DataError, OperationalError) as raised:
        if reason := reason_of(raised, model):
            raise _invalid(reason) from raised
        if isinstance(raised, OperationalError) and raised.args[:1] not in WRONG_VALUES:
            raise  # a failure of the database; another try may succeed
        raise _invalid(_("The database cannot store this value.")) from raised
    except EditRefused:
        raise
    except Exception as raised:
        reason = reason_of(raised, model)
        if reason is None and isinstance(raised, OverflowError) and _is_of_a_driver(raised):
            reason = _("The database cannot store this value.")
        if reason is None:
            raise
        raise _invalid(reason) from raised


def _is_of_a_driver(raised: Exception) -> bool:
    """Whether a statement raised it: drivers are not written in Python, so the last frame is
    Django's.
    """
    last = raised.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return bool(last and last.tb_frame.f_globals["__name__"].startswith("django.db.backends"))


def _invalid(message: Any) -> EditRefused:
    return EditRefused(entry(None, None, "invalid", message))
