"""The REST side of a sheet: the same declaration, edits, validation and rights as the socket.

Rows have DRF's representation. A write has no base, so the last write wins, under the lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    connections,
    models,
    transaction,
)
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.fields import Field
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.viewsets import GenericViewSet

from livesheet import conf, metrics
from livesheet.edits import attempts, edits
from livesheet.edits.changing import MISSING
from livesheet.edits.outcome import Outcome
from livesheet.edits.writing import NOT_FOUND
from livesheet.exceptions import LiveSheetError
from livesheet.log.actors import Actor
from livesheet.log.commits import Hooks
from livesheet.orders.querystrings import read_query
from livesheet.orders.viewquery import ViewQuery
from livesheet.pagination import CURSOR, CursorPage, Pagination, Sliced
from livesheet.people import user_key
from livesheet.sheet import lookups
from livesheet.sheet.declaration import Sheet, find_sheet
from livesheet.sheet.narrowing import computable
from livesheet.sheet.representation import Representation
from livesheet.sheet.rows import RowReader, addressed, key_of, label_of, with_members
from livesheet.sheet.unreadable import instances
from livesheet.wire import protocol
from livesheet.wire.parsers import StrictJSONParser


class Outdated(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Busy(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("The database is busy. Nothing was saved; try again.")
    default_code = "retry"


# The status for a refusal of the whole request; other codes are answered 400, by column.
REFUSALS: dict[str, type[exceptions.APIException]] = {
    "not_found": exceptions.NotFound,
    "forbidden": exceptions.PermissionDenied,
    "outside": exceptions.PermissionDenied,
    "conflict": Outdated,
    "changed": Outdated,
    "retry": Busy,
}


# In the query string of a list, beside what says which rows, and in which order.
MEANT_OTHERWISE = frozenset({
    "page", "page_size", CURSOR,
    *filter(None, (api_settings.URL_FORMAT_OVERRIDE, api_settings.VERSION_PARAM)),
})  # fmt: skip

NO_SHEET = _("There is no such sheet.")
NOT_SEEN = _("You do not have permission to see this sheet.")
REQUIRED = Field.default_error_messages["required"]


class SheetViewSet(GenericViewSet[Any]):
    """The rows of the sheet that the URL names; the query string holds its params."""

    pagination_class = Pagination
    parser_classes = [StrictJSONParser]
    filter_backends: Sequence[Any] = ()
    schema = None  # what it serves depends on the URL
    sheet: Sheet

    # --- who may -----------------------------------------------------------------------------

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        sheet = find_sheet(self.kwargs["sheet_name"])
        if sheet is None:
            raise exceptions.NotFound(NO_SHEET)
        try:
            self.sheet = sheet(request.user, request.query_params.dict())
        except LiveSheetError as error:
            raise exceptions.ParseError(error.detail) from error

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not hasattr(self, "sheet"):  # for the page that says so
            raise exceptions.NotFound(NO_SHEET)
        if not self.sheet.has_view_permission():
            self.permission_denied(request, str(NOT_SEEN))

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """What one user sees is kept by no cache, whichever class told who it is."""
        response = super().finalize_response(request, response, *args, **kwargs)
        add_never_cache_headers(response)
        patch_vary_headers(response, ("Cookie", "Authorization"))
        return response

    # --- reading -----------------------------------------------------------------------------

    def get_queryset(self) -> models.QuerySet[Any]:
        try:
            return with_members(self.sheet, self.sheet.ordered_rows())
        except LiveSheetError as error:
            raise exceptions.APIException(error.detail) from error

    def get_object(self) -> Any:
        keys = RowReader(self.sheet).keys([self.kwargs["pk"]])
        found = list(instances(self.get_queryset().filter(pk__in=keys)))
        if not found:
            raise exceptions.NotFound(NOT_FOUND)
        return found[0]

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """For OPTIONS and the browsable API: as the sheet's, with its columns and no others."""
        serializer: Any = self._whole_serializer(*args, **kwargs)
        for name in serializer.fields.keys() - {column.name for column in self.sheet.columns}:
            del serializer.fields[name]
        serializer.to_representation = lambda row: self._represent([row])[0]
        return serializer

    def _whole_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """All fields of the project's serializer, which what it makes of a row may build upon."""
        context = {**self.get_serializer_context(), "user": self.sheet.user, "sheet": self.sheet}
        return self.sheet.get_serializer(*args, **{"context": context, **kwargs})

    def list(self, request: Request, **kwargs: Any) -> Response:
        """``?cursor=`` asks for pages that follow each other, without a count."""
        try:
            with computable():
                return self._listed(request)
        except LiveSheetError as error:
            raise exceptions.ParseError(error.detail) from error

    def _listed(self, request: Request) -> Response:
        rows = with_members(self.sheet, self._arranged(request))
        if CURSOR in request.query_params:
            page = CursorPage(self.sheet, request, Pagination().get_page_size(request) or 1)
            return page.response(self._represent(page.rows(rows)))
        sliced: Any = Sliced(rows)
        return self.get_paginated_response(self._represent(self.paginate_queryset(sliced) or []))

    def _arranged(self, request: Request) -> models.QuerySet[Any]:
        query = ViewQuery(self.sheet)
        others = {*MEANT_OTHERWISE, *self.sheet.params}
        return query.rows(read_query(query, [*request.query_params.lists()], others))

    def retrieve(self, request: Request, **kwargs: Any) -> Response:
        return Response(self._represent([self.get_object()])[0])

    def related(self, request: Request, column: str, **kwargs: Any) -> Response:
        """The ``{key, label}`` pairs that a relation may hold; ``?q=`` looks into the labels."""
        found = self.sheet.column(column)
        if found is None or found.related_model is None:
            raise exceptions.NotFound(f"The sheet has no relation {column!r}.")
        possible, text = lookups.related(self.sheet, found), request.query_params.get("q", "")
        if not lookups.can_be_looked_for(text):
            raise exceptions.ParseError(lookups.EXPECTED_TEXT)
        objects: Any = lookups.labelled(possible, text) if text else Sliced(possible)
        page = self.paginate_queryset(objects)
        shown = addressed(page or [], found)
        pairs = [{"key": key_of(o, found), "label": label_of(o)} for o in shown]
        return self.get_paginated_response(pairs)

    def _represent(self, rows: Iterable[models.Model]) -> Sequence[dict[str, Any]]:
        """As the serializer has it, and the key, without which no row could be addressed."""
        represent = Representation(self.sheet, self._whole_serializer())
        shown: list[dict[str, Any]] = []
        with _whatever_it_asks(self.sheet.alias):
            shown += [{"pk": str(row.pk), **represent.of(row)} for row in rows]
        return shown

    # --- writing -----------------------------------------------------------------------------

    def create(self, request: Request, **kwargs: Any) -> Response:
        outcome = self._apply(protocol.Add("", [self._given()], atomic=True))
        self.kwargs["pk"] = outcome.results[0]["pk"]
        return Response(self._represent([self.get_object()])[0], status.HTTP_201_CREATED)

    def update(self, request: Request, **kwargs: Any) -> Response:
        given = self._given()
        missing = [
            column.name
            for column in self.sheet.columns
            if column.required and not column.readonly and column.name not in given
        ]
        if missing:
            raise exceptions.ValidationError({n: [REQUIRED] for n in missing})
        return self._edit(given)

    def partial_update(self, request: Request, **kwargs: Any) -> Response:
        return self._edit(self._given())

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        self._apply(protocol.Delete("", [(self.kwargs["pk"], None)]))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _given(self) -> dict[str, Any]:
        given = self.request.data
        if not isinstance(given, dict):
            raise exceptions.ParseError("Expected a JSON object of columns and values.")
        if len(given) > (most := conf.get("MAX_CELLS")):
            raise exceptions.ParseError(f"Expected at most {most} columns; got {len(given)}.")
        return given

    def _edit(self, given: dict[str, Any]) -> Response:
        pk = self.kwargs["pk"]
        cells = [(pk, name, value, MISSING) for name, value in given.items()]
        self._apply(protocol.Edit("", cells, atomic=True))
        return Response(self._represent([self.get_object()])[0])

    def _apply(self, asked: protocol.Request) -> Outcome:
        outcome = self._saved(asked)
        metrics.requests.add(type(asked).__name__.lower())
        metrics.refusals.update(error["code"] for error in outcome.errors)
        if outcome.errors:
            raise refusal(outcome.errors)
        return outcome

    def _saved(self, asked: protocol.Request) -> Outcome:
        """As a socket's edits are: tried again while others are in the way, hooks called after.

        Except where a transaction of others is open around us: that can only be theirs to do.
        """
        hooks = Hooks(Actor(user_key(self.sheet.user)))
        is_inside = connections[self.sheet.alias].in_atomic_block

        def attempt() -> Outcome:
            work = edits.Work(self.sheet, asked)
            with attempts.transaction_of_an_edit(self.sheet.alias, hooks):
                return work.carried_out()

        try:
            outcome = attempt() if is_inside else attempts.patiently(attempt)
        except (attempts.Held, OperationalError, InterfaceError) as error:
            raise Busy from error
        hooks.run()
        return outcome


@contextmanager
def _whatever_it_asks(using: str) -> Iterator[None]:
    """A property whose query fails costs its own cell; PostgreSQL would end the transaction.

    With ``ATOMIC_REQUESTS`` that would be the one in which something was saved and answered.
    """
    if not connections[using].in_atomic_block:
        yield
        return
    with suppress(DatabaseError), transaction.atomic(using=using):
        yield


def refusal(errors: Sequence[dict[str, Any]]) -> exceptions.APIException:
    """The entries of a reply's ``errors`` as one of DRF's exceptions."""
    found = {error["code"]: error["message"] for error in errors}
    for code, exception in REFUSALS.items():
        if code in found:
            return exception(found[code])
    messages: dict[str, list[str]] = {}
    for error in errors:
        if error["code"] != "aborted":
            name = error["column"] or api_settings.NON_FIELD_ERRORS_KEY
            messages.setdefault(name, []).append(error["message"])
    return exceptions.ValidationError(messages)
