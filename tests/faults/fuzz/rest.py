"""Requests to REST that no client would make: methods, addresses, bodies, headers."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.faults.fuzz.core import CANARY, Run, everything_logged
from tests.faults.fuzz.mutation import RAW, STRANGE, Mutation
from tests.faults.fuzz.shadow import Shadow
from tests.faults.fuzz.site import world

METHODS = (
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get",
    "X" * 300,
)  # fmt: skip
KINDS = (
    "application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data",
    "application/x-www-form-urlencoded", "application/xml", "", "\u00e9", "application/json" * 50,
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {}, {"accept": "application/xml"}, {"accept": "*/*;q=NaN"}, {"accept": "text/html"},
    {"x-http-method-override": "DELETE"}, {"content-length": "-1"}, {"host": "evil.example"},
    {"accept-language": "x" * 5_000}, {"range": "bytes=0-"}, {"authorization": "Token \u00e9"},
    {"authorization": "Basic x"}, {"cookie": "sessionid=\0"}, {"if-match": "*"},
)  # fmt: skip
QUERIES = ("page", "page_size", "q", "format", "ordering", "search", "_method", "shelf", "")
CLIENTS = ("oak-all", "oak-view", "elm-change", "nobody")


class Requests:
    def __init__(self, run: Run, users: dict[str, Any]) -> None:
        self.run, self.dice, self.users = run, run.dice, users
        self.mutation = Mutation(run.dice)
        self.keys = {sheet: _rows(sheet) for sheet in world.SHEETS}

    def request(self, client: Callable[[Any], Any]) -> None:
        who = self.dice.choice(CLIENTS)
        words = self._words()
        response = client(self.users.get(who)).generic(**words)
        self.run.said[str(response.status_code)] += 1
        told = b"" if response.streaming else response.content
        if response.status_code >= 500:
            self.run.fault(f"{who}: {words} was answered {response.status_code}: {told[:300]!r}")
        if CANARY.encode() in told:
            self.run.fault(f"{who}: {words} was told {told[:600]!r}")

    def _words(self) -> dict[str, Any]:
        sheet, data = self.dice.choice((*world.SHEETS, "nothing", "")), self._body()
        return {
            "method": self.dice.choice(METHODS[:7] * 4 + METHODS),
            "path": self._path(sheet),
            "data": data,
            "content_type": self.dice.choice((*KINDS[:1] * 12, *KINDS)),
            "headers": self.dice.choice((*HEADERS[:1] * 12, *HEADERS)),
        }

    def _path(self, sheet: str) -> str:
        pk = self.dice.choice((*self.keys.get(sheet, ["1"]), *map(str, STRANGE)))[:300]
        part = self.dice.choice((
            "", "", f"{quote(pk, safe='')}/", f"{quote(pk, safe='')}/", f"{quote(pk)}/", "/",
            "related/supplier/", "related/tags/", f"related/{quote(pk, safe='')}/", "%00/", "%ff/",
        ))  # fmt: skip
        return f"/sheets/{sheet}/{part}{self._query()}"

    def _query(self) -> str:
        if self.dice.random() < 0.6:
            return ""
        pairs = []
        for _n in range(self.dice.choice((1, 1, 2, 40))):
            value = self.dice.choice((str(self.dice.choice(STRANGE)), self.dice.choice(RAW), "%00"))
            value = value if value.startswith("%") else quote(value[:2_000], errors="replace")
            pairs.append(f"{self.dice.choice(QUERIES)}={value}")
        return "?" + "&".join(pairs)

    def _body(self) -> bytes:
        columns = ("name", "text", "key", "price", "supplier", "tags", "data", "moment", "owner")
        names = self.dice.sample(columns, self.dice.choice((0, 1, 1, 2, 5)))
        given: dict[str, Any] = {name: self.dice.choice(STRANGE) for name in names}
        way = self.dice.random()
        if way < 0.5:
            return json.dumps(given).encode()
        if way < 0.9:
            text = self.mutation.text(json.loads(json.dumps(given)))
            return text.encode("utf-8", "replace")
        return self.dice.choice((b"", b"\xff\xfe", b"[" * 100_000, b" " * 3_000_000, b"{}" * 9))


def _rows(sheet: str) -> list[str]:
    from livesheet.sheet.declaration import find_sheet

    found = find_sheet(sheet)
    assert found is not None
    return [str(pk) for pk in found.get_model()._base_manager.values_list("pk", flat=True)]


def play(requests: int, seed: int, users: dict[str, Any]) -> Run:
    """So many requests, as Django's own handler takes them. Returns what was found."""
    from rest_framework.test import APIClient

    def client(user: Any) -> Any:
        mine = APIClient(raise_request_exception=False)
        if user is not None:
            mine.force_authenticate(user=user)
        return mine

    run, shadow, began = Run(requests, seed), Shadow(), time.monotonic()
    making = Requests(run, users)
    with everything_logged(run):
        while run.next():
            try:
                making.request(client)
            except (UnicodeError, ValueError) as error:  # the client itself cannot send that
                run.said[f"not sent: {type(error).__name__}"] += 1
    for fault in shadow.faults():
        run.fault(fault)
    pace = requests / (time.monotonic() - began)
    print(f"  {requests:,} requests, {pace:.0f}/s, {dict(Counter(run.said))}", flush=True)
    return run
