"""Every user by every door: over random activity, no text of another tenant in any frame.

``pytest tests/test_matrix.py --frames 1000000`` runs until so many frames were read.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from rest_framework import serializers
from rest_framework.test import APIRequestFactory, force_authenticate

from livesheet.actors import acting_as
from livesheet.consumers import LiveSheetConsumer
from livesheet.sheets import find_sheet, unregister
from livesheet.testing import Frame, LiveSheetCommunicator
from livesheet.views import SheetViewSet
from tests.app.models import Article, Supplier

pytestmark = pytest.mark.django_db(transaction=True)

TENANTS = ("oak", "elm", "ash")
KEYS = range(1, 13)  # used again and again, by one tenant and then by another
NOBODYS = ("-writeonly-canary", "-masked-canary")


class Masking(serializers.ModelSerializer[Article]):
    class Meta:
        model = Article
        fields = ["name", "price", "supplier", "secret", "owner"]
        extra_kwargs = {"secret": {"write_only": True}}

    def to_representation(self, instance: Any) -> Any:
        return {**super().to_representation(instance), "owner": "***"}


class OwnRows(LiveSheetConsumer):
    abstract = True
    model = Article
    fields = ["name", "price", "supplier"]

    def get_queryset(self) -> Any:
        return Article.objects.filter(owner=f"{self.user.last_name}-masked-canary")

    def get_related_queryset(self, field: str) -> Any:
        return Supplier.objects.filter(name__startswith=f"{self.user.last_name}-")


SHEETS: dict[str, dict[str, Any]] = {
    "each_alone": {},
    "one_audience": {"get_audience": lambda self: self.user.last_name},
    "masking": {
        "serializer_class": Masking,
        "fields": ["name", "price", "supplier", "secret", "owner"],
    },
}
READS = {
    "hello", "labels", "rows", "change", "presence", "reply", "history", "options", "recent",
    "get one", "get all", "options of rest",
}  # fmt: skip
WRITES = {"edit", "delete", "patch"}


@pytest.fixture
def sheets() -> Iterator[None]:
    made = [type(name, (OwnRows,), {"sheet_name": name, **body}) for name, body in SHEETS.items()]
    yield
    for sheet in made:
        unregister(sheet)


def make_world() -> dict[str, list[User]]:
    """Two who stay and one who moves, for each tenant; a row for each key."""
    people: dict[str, list[User]] = {}
    for tenant in TENANTS:
        Supplier.objects.create(name=f"{tenant}-label-canary")
        people[tenant] = [
            User.objects.create_superuser(
                f"{tenant}-{n}",
                last_name=tenant,
                first_name="Mover" if n == 2 else f"{tenant}-name-canary",
            )
            for n in range(3)
        ]
    for user in people["oak"] + people["elm"] + people["ash"]:
        user.get_full_name = lambda user=user: user.first_name  # type: ignore[method-assign,misc]
    for key in KEYS:
        write_row(key, TENANTS[key % 3], people)
    return people


def write_row(key: int, tenant: str, people: dict[str, list[User]]) -> None:
    """As one of the tenant. Where another's row had that key, it is deleted before."""
    owner = f"{tenant}-masked-canary"
    former = Article.objects.filter(pk=key).first()
    if former is not None and former.owner != owner:
        with acting_as(next(p[0] for t, p in people.items() if former.owner.startswith(t))):
            former.delete()
    with acting_as(people[tenant][0]):
        Article(
            pk=key,
            name=f"{tenant}-row-canary-{random.random():.4f}",
            secret=f"{tenant}-writeonly-canary",
            owner=owner,
            supplier=Supplier.objects.get(name__startswith=f"{tenant}-"),
        ).save()


class Watched(LiveSheetCommunicator):
    """Reads every frame for what this user may not have been told at the time."""

    def __init__(self, sheet: str, user: User, matrix: Matrix) -> None:
        super().__init__(sheet, user, timeout=20)
        self.sheet, self.user, self.matrix = sheet, user, matrix
        self.tenants = {user.last_name}

    async def receive(self) -> Frame:
        frame = await super().receive()
        if frame["type"] == "hello":  # of the tenant that the user is of now
            self.tenants = {self.user.last_name}
        self.matrix.look(self.sheet, frame["type"], self.user, self.tenants, json.dumps(frame))
        del self.frames[:]
        return frame


class Matrix:
    def __init__(self, people: dict[str, list[User]], seed: int) -> None:
        self.people = people
        self.dice = random.Random(seed)
        self.reads: Counter[tuple[str, str]] = Counter()
        self.writes: Counter[tuple[str, str]] = Counter()
        self.lines: list[Watched] = []

    @property
    def frames(self) -> int:
        return self.reads.total()

    def look(self, sheet: str, door: str, user: User, tenants: set[str], told: str) -> None:
        self.reads[sheet, door] += 1
        for tenant in TENANTS:
            if tenant not in tenants:
                found = f"{tenant}-name-canary" in told or f"{tenant}-row-" in told
                found = found or f"{tenant}-label-" in told
                assert not found, f"{user} was told of {tenant} by {sheet}, {door}: {told}"
            if sheet == "masking":
                for end in NOBODYS:
                    assert tenant + end not in told, f"{sheet}, {door}: {told}"

    async def open(self) -> None:
        for sheet in SHEETS:
            for user in (user for people in self.people.values() for user in people):
                self.lines.append(Watched(sheet, user, self))
                await self.lines[-1].__aenter__()

    async def close(self) -> None:
        for line in self.lines:
            await line.disconnect()

    # --- what happens ------------------------------------------------------------------------

    async def step(self) -> None:
        line, key = self.dice.choice(self.lines), self.dice.choice(KEYS)
        happenings = (
            [self.write] * 4 + [self.rename] + [self.at] * 2 + [self.ask] * 2
            + [self.edit] * 3 + [self.rest] * 2 + [self.come_again, self.move]
        )  # fmt: skip
        await self.dice.choice(happenings)(line, key)

    async def write(self, line: Watched, key: int) -> None:
        await sync_to_async(write_row)(key, self.dice.choice(TENANTS), self.people)

    async def rename(self, line: Watched, key: int) -> None:
        tenant = self.dice.choice(TENANTS)
        supplier = await Supplier.objects.aget(name__startswith=f"{tenant}-")
        supplier.name = f"{tenant}-label-canary-{self.dice.random():.4f}"
        await supplier.asave()

    async def at(self, line: Watched, key: int) -> None:
        await line.send(type="at", pk=str(key), column="name", editing=True)

    async def ask(self, line: Watched, key: int) -> None:
        about, query = self.dice.choice([
            ("history", {"pk": str(key)}),
            ("options", {"column": "supplier", "text": self.dice.choice(["", "canary"])}),
            ("recent", {"seconds": 600}),
        ])  # fmt: skip
        answer = await line.ask(about, **query)
        self.look(line.sheet, about, line.user, line.tenants, json.dumps(answer))

    async def edit(self, line: Watched, key: int) -> None:
        """With a base that is none: of an own row a conflict, of another's as if it were not."""
        before = await Article.objects.filter(pk=key).values().afirst()
        if self.dice.random() < 0.7:
            reply = await line.edit(key, "name", "mine-now", base="no base")
            self.writes[line.sheet, "edit"] += 1
        else:
            reply = await line.delete(key, "no cursor")
            self.writes[line.sheet, "delete"] += 1
        allowed = before is not None and before["owner"].startswith(line.user.last_name)
        code = reply["errors"][0]["code"]
        assert code in ("conflict", "changed") if allowed else code == "not_found", reply
        assert await Article.objects.filter(pk=key).values().afirst() == before

    async def rest(self, line: Watched, key: int) -> None:
        door = self.dice.choice(["get one", "get all", "options of rest", "patch"])
        response = await sync_to_async(self.call)(line, key, door)
        told = response.content.decode()
        self.look(line.sheet, door, line.user, {line.user.last_name}, told)
        if door == "patch":
            self.writes[line.sheet, door] += 1
            assert not await Article.objects.filter(name="by-rest").aexists()

    def call(self, line: Watched, key: int, door: str) -> Any:
        own = Article.objects.filter(pk=key, owner__startswith=line.user.last_name).exists()
        method = {"patch": "patch", "options of rest": "options"}.get(door, "get")
        view: Any = SheetViewSet.as_view(
            {"get": "list"} if door == "get all" else {"get": "retrieve", "patch": "partial_update"}  # type: ignore[arg-type]
        )
        body = {"data": {"name": "by-rest"}, "format": "json"} if door == "patch" else {}
        request = getattr(APIRequestFactory(), method)("/", **body)
        force_authenticate(request, user=line.user)
        where = {} if door == "get all" else {"pk": str(key)}
        if door == "patch" and own:
            where = {"pk": "999"}  # one's own may be written, which is not the question
        response = view(request, sheet_name=line.sheet, **where).render()
        assert door != "patch" or response.status_code == 404
        return response

    async def come_again(self, line: Watched, key: int) -> None:
        await line.disconnect()
        line.rows = {str(key): [str(key)] for key in KEYS}
        await line.connect()
        await line.open(resume=True)

    async def move(self, line: Watched, key: int) -> None:
        """To another tenant. Until it has been told, a socket may show what was on its way."""
        mover = self.dice.choice([people[2] for people in self.people.values()])
        tenant = self.dice.choice([t for t in TENANTS if t != mover.last_name])
        mine = [line for line in self.lines if line.user is mover]
        for one in mine:
            one.tenants |= {tenant}
        # A row of the new tenant is what shows that a socket has moved.
        await sync_to_async(write_row)(key, tenant, self.people)
        mover.last_name = tenant
        await mover.asave()
        for one in mine:
            await one.until(lambda one=one: self.is_of(one, tenant))  # type: ignore[misc]
            one.tenants = {tenant}

    def is_of(self, line: Watched, tenant: str) -> bool:
        rows = line.rows.values()
        return bool(rows) and all(f"{tenant}-row" in str(row) for row in rows)

    async def settle(self) -> None:
        for line in self.lines:
            await line.send(type="ping", cursor=line.cursor)
            await line.receive_until(lambda frame: frame["type"] == "beat", "a beat")


async def run(least: int, seed: int) -> Matrix:
    matrix = Matrix(await sync_to_async(make_world)(), seed)
    await matrix.open()
    try:
        steps = 0
        while matrix.frames < least or missing(matrix):
            await matrix.step()
            steps += 1
            if steps % 10 == 0:
                await matrix.settle()
        await matrix.settle()
    finally:
        await matrix.close()
    return matrix


def missing(matrix: Matrix) -> set[tuple[str, str]]:
    """What no frame has been read of, or nobody has tried to write by."""
    wanted = {(sheet, door) for sheet in SHEETS for door in READS}
    tried = {(sheet, door) for sheet in SHEETS for door in WRITES}
    return (wanted - matrix.reads.keys()) | (tried - matrix.writes.keys())


@pytest.mark.timeout(0)
async def test_no_door_tells_one_tenant_of_another(
    sheets: None, settings: Any, request: pytest.FixtureRequest
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_FRAMES_PER_SECOND": 10_000}
    least = request.config.getoption("frames")
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    matrix = await run(least, seed)
    print(f"{matrix.frames} frames; {dict(matrix.writes)}")


async def test_with_the_bound_off_it_fails(
    sheets: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIVESHEET = {**settings.LIVESHEET, "MAX_FRAMES_PER_SECOND": 10_000}
    monkeypatch.setattr(
        find_sheet("one_audience"), "get_queryset", lambda self: Article.objects.all()
    )
    with pytest.raises(AssertionError, match="was told of"):
        await run(100, 1)
