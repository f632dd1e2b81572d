"""Names the user of an HTTP request as the author of its writes, and marks those of the admin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponseBase

from livesheet import people
from livesheet.log import actors
from livesheet.log.actors import Actor

Answer = HttpResponseBase | Awaitable[HttpResponseBase]


class LiveSheetMiddleware:
    """Goes after ``AuthenticationMiddleware``; reads the user only if something is written."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        if iscoroutinefunction(self.get_response):
            return self._answer(request)
        with actors.acting_later(lambda: _actor_of(request)):
            response: HttpResponseBase = self.get_response(request)
        return response

    async def _answer(self, request: HttpRequest) -> HttpResponseBase:
        with actors.acting_later(lambda: _actor_of(request)):
            response: HttpResponseBase = await self.get_response(request)
        return response


def _actor_of(request: HttpRequest) -> Actor:
    match = request.resolver_match
    origin = "admin" if match is not None and match.app_name == "admin" else ""
    return Actor(user=people.user_key(getattr(request, "user", None)), origin=origin)
