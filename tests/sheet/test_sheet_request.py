"""What a serializer finds as its request, whether it is asked by a socket or by REST."""

from __future__ import annotations

import pytest

from livesheet.sheet.sheet_request import SheetRequest


def test_it_says_who_asks_for_what_with_which_params() -> None:
    request = SheetRequest("ann", "PATCH", {"project": 7, "all": "yes"})
    assert (request.user, request.method) == ("ann", "PATCH")
    assert request.query_params == request.GET == {"project": "7", "all": "yes"}


@pytest.mark.parametrize(("location", "address"), [("/media/a.png", "/media/a.png"), (None, "")])
def test_an_address_begins_at_the_root_of_the_site(location: str | None, address: str) -> None:
    assert SheetRequest(None, "GET", {}).build_absolute_uri(location) == address


def test_what_a_socket_has_not_is_an_error_that_names_what_there_is() -> None:
    request = SheetRequest(None, "GET", {})
    with pytest.raises(AttributeError, match=r"`user`, `method`.*not 'headers'"):
        request.headers  # noqa: B018
    assert not hasattr(request, "META")
