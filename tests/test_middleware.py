"""A request's writes are its user's."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.urls import ResolverMatch

from livesheet.middleware import LiveSheetMiddleware
from livesheet.models import Change
from tests.app.models import Product

pytestmark = pytest.mark.django_db(transaction=True)


def who_wrote() -> list[tuple[str, str]]:
    return list(Change.objects.order_by("id").values_list("actor", "origin"))


def test_writes_are_the_users(ann: Any) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        Product.objects.create(name="x")
        return HttpResponse()

    request = RequestFactory().post("/")
    request.user = ann
    LiveSheetMiddleware(view)(request)
    Product.objects.create(name="after")
    assert who_wrote() == [(str(ann.pk), ""), ("", "")]


def test_the_admins_writes_say_so(ann: Any) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        match = ResolverMatch(view, (), {}, app_names=["admin"])
        request.resolver_match = match
        Product.objects.create(name="x")
        return HttpResponse()

    request = RequestFactory().post("/")
    request.user = ann
    LiveSheetMiddleware(view)(request)
    assert who_wrote() == [(str(ann.pk), "admin")]


async def test_async_views_too(ann: Any) -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        await Product.objects.acreate(name="x")
        return HttpResponse()

    request = AsyncRequestFactory().post("/")
    request.user = ann
    answer: Any = LiveSheetMiddleware(view)(request)
    await answer
    change = await Change.objects.aget()
    assert change.actor == str(ann.pk)


def test_a_request_that_writes_nothing_asks_for_no_user() -> None:
    class Nobody:
        @property
        def pk(self) -> None:
            raise AssertionError("asked")

    request = RequestFactory().get("/")
    request.user = Nobody()  # type: ignore[assignment]
    assert LiveSheetMiddleware(lambda request: HttpResponse())(request).status_code == 200  # type: ignore[union-attr]
