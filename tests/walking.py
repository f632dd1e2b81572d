"""Walks through the pages of a REST list."""

from __future__ import annotations

from collections.abc import Callable

from rest_framework.test import APIClient


def walked(
    api: APIClient, url: str, size: int, between: Callable[[], object] | None = None
) -> list[str]:
    """The keys of all rows, by the links that each page gives to the next. ``between`` two pages
    something else may happen.
    """
    found, link = [], f"{url}?cursor=&page_size={size}"
    while link:
        response = api.get(link)
        assert response.status_code == 200, response.data
        found += [row["pk"] for row in response.data["results"]]
        link = response.data["next"]
        assert len(found) < 200
        if between:
            between()
    return found
