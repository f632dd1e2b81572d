"""Pages of a list: by number, or by the place at which the previous page ended."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from rest_framework.exceptions import ParseError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from livesheet import conf
from livesheet.orders import keysets
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.unreadable import instances
from livesheet.wire.seals import Seals

CURSOR = "cursor"


class Pagination(PageNumberPagination):
    page_size = 100
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int | None:
        self.max_page_size = conf.get("MAX_PAGE_SIZE")
        return super().get_page_size(request)


class Sliced:
    """What a paginator cuts pages from; a value that cannot be read costs nothing but itself."""

    ordered = True

    def __init__(self, queryset: models.QuerySet[Any]) -> None:
        self.queryset = queryset

    def count(self) -> int:
        return self.queryset.count()

    def __getitem__(self, part: slice) -> list[Any]:
        return list(instances(self.queryset[part]))


class CursorPage:
    """Rows after the one that the cursor names.

    It is sealed, and good for one order only: what a sheet is sorted by may be hidden from who
    reads it, and must not be compared with anything else.
    """

    def __init__(self, sheet: Sheet, request: Request, size: int) -> None:
        self._request = request
        self._size = size
        params = sorted((name, str(value)) for name, value in sheet.params.items())
        order = [request.query_params.get(name, "") for name in ("ordering", "view")]
        whose = repr((sheet.get_name(), params, sheet.audience, order))
        self._seals = Seals("livesheet.place", whose)

    def rows(self, queryset: models.QuerySet[Any]) -> list[Any]:
        keyset = keysets.Keyset(queryset)
        rows = keyset.rows
        if cursor := self._request.query_params.get(CURSOR):
            if (place := self._seals.opened(cursor)) is None:
                raise ParseError(
                    "The cursor does not belong to this sheet. Begin with an empty one."
                )
            rows = keyset.after(json.loads(place))
        found = list(instances(rows[: self._size + 1]))
        self._next = None
        if len(found) > self._size:
            self._next = self._seals.seal(keysets.dumps(keyset.place_of(found[self._size - 1])))
        return found[: self._size]

    def response(self, shown: Any) -> Response:
        link = self._next and replace_query_param(
            self._request.build_absolute_uri(), CURSOR, self._next
        )
        return Response({"next": link, "results": shown})
