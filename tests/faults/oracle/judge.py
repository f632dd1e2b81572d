"""What must hold when all is quiet: each screen against the truth, each wish against the traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.oracle.client import Client
from tests.faults.oracle.grid import Grid
from tests.faults.oracle.windowed import Looker
from tests.faults.oracle.wishes import Wishes
from tests.faults.site.personas import BROKEN, RELATIONS, Persona

MOST_SHOWN = 5


@dataclass
class Truth:
    """What a worker says of the database. `traces` grow from batch to batch."""

    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    labels: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    last: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    # Model and tenant → the keys of all rows that it ever had.
    ever: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    _made: Counter[tuple[str, str]] = field(default_factory=Counter)
    _shown: dict[Any, dict[str, list[Any]]] = field(default_factory=dict)

    def learn(self, traces: list[list[Any]]) -> None:
        for number, model, key, tenant, note, is_new in traces:
            self.last = number
            self._made[model, key] += is_new
            self.ever.setdefault((model, tenant), set()).add(key)
            if note is not None:
                self.notes[note] += 1

    def was_made_again(self, model: str, key: str) -> bool:
        return self._made[model, key] > 1

    def now(self, rows: dict[str, Any], labels: dict[str, Any], traces: list[list[Any]]) -> None:
        """What a worker has found."""
        self.rows, self.labels = rows, labels
        self._shown.clear()
        self.learn(traces)

    def shown_to(self, who: Persona) -> dict[str, list[Any]]:
        """The rows of that user's sheet, as lists of key and values; one for all who see that."""
        sees = (who.sheet, who.tenant, who.floor, who.columns)
        if sees not in self._shown:
            self._shown[sees] = {
                pk: [pk, *(self._cell(name, row, who) for name in who.columns)]
                for pk, row in self.rows[who.model].items()
                if who.tenant in (None, row["tenant"])
                and (who.floor is None or row["stock"] >= who.floor)
            }
        return self._shown[sees]

    def _cell(self, name: str, row: dict[str, Any], who: Persona) -> Any:
        """Of many-to-many members only those within the relation's queryset are shown.

        Where a serializer that hides something fails, what it hides is not known: nothing is shown.
        """
        if who.sheet == "aisle" and row["seal"] == BROKEN:
            return BROKEN
        if name != "marks" or who.tenant is None:
            return row[name]
        return [key for key in row[name] if self.labels["mark"].get(key, [None])[0] == who.tenant]


def faults_of(client: Client, truth: Truth) -> Iterator[str]:
    yield from client.faults
    yield from _rows(client, truth.shown_to(client.persona))
    yield from _labels(client, truth)
    yield from _keys(client, truth)
    yield from _unasked(client)
    for wishes in (client.wishes, *client.past):
        yield from (f"{client}: {fault}" for fault in wishes.faults)
        yield from _wishes(client, wishes, truth)
    yield from _deleted(client, truth)


def _rows(client: Client, expected: dict[str, list[Any]]) -> Iterator[str]:
    """Many-to-many compares as a set: a renamed label does not write the rows that have it."""
    rows = client.grid.rows
    if isinstance(client, Looker):
        expected = _in_view(client, expected)
    if tuple(client.grid.columns) != client.persona.columns:
        yield f"{client} has the columns {client.grid.columns}"
        return
    if missing := expected.keys() - rows.keys():
        yield f"{client} lacks {_few(missing)}"
    if stale := rows.keys() - expected.keys():
        yield f"{client} shows {_few(stale)}, which it may not see or which are no more"
    differing = [
        f"{pk}.{name} is {value!r}, right is {right!r}"
        for pk, row in rows.items() if pk in expected and row != expected[pk]
        for name, value, right in zip(client.grid.columns, row[1:], expected[pk][1:], strict=True)
        if (sorted(value) if name == "marks" and isinstance(value, list) else value) != right
    ]  # fmt: skip
    if differing:
        yield f"{client} shows wrong values ({len(differing)}): " + "; ".join(
            differing[:MOST_SHOWN]
        )


def _in_view(client: Looker, expected: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Of the rows that it asked for, and of those that it wrote itself. What left stays away."""
    grid = client.grid
    asked = {pk for pk in grid.asked.values() if pk in grid.rows or pk not in grid.left}
    return {pk: row for pk, row in expected.items() if pk in asked or pk in grid.rows}


def view_faults(client: Looker, truth: Truth) -> Iterator[str]:
    """Of the whole page that was asked for when nothing was written: its rows, and their order."""
    grid, looked = client.grid, client.looked
    right = looked.rows(truth.shown_to(client.persona), client.persona.columns)
    start, end = grid.page["from"], grid.page["to"]
    page = [grid.asked[n] for n in sorted(grid.asked)]
    about = f"{client} of {looked.view}, {looked.search.strip()!r}"
    if not grid.known["exact"] or grid.known["count"] != len(right):
        yield f"{about} was told of {grid.known}, right is {len(right)}"
    elif len(page) != end - start or len(page) != len({*page} & {*right}):
        yield f"{about} has a page of {len(page)} rows, {_few({*page} - {*right})} wrong in it"
    elif looked.is_exact and client.persona.model == "ware" and page != right[start:end]:
        yield f"{about} has {page[:9]}… from {start} on, right is {right[start : start + 9]}…"
    if grid.left:
        yield f"{about} has no rows of {_few(grid.left)}"


def _unasked(client: Client) -> Iterator[str]:
    """Rows that nobody looked at, and that were not its own wishes either."""
    if isinstance(client, Looker) and (strange := client.grid.strange - client.wishes.written):
        yield f"{client} was sent {_few(strange)}, for which it did not ask"


def _labels(client: Client, truth: Truth) -> Iterator[str]:
    """Of what it may know, each key that it shows or was promised has its name."""
    who, grid = client.persona, client.grid
    for column in grid.hello["columns"]:
        if column["name"] not in RELATIONS:
            continue
        known = truth.labels[RELATIONS[column["name"]]]
        allowed = {
            key: text for key, (tenant, text) in known.items() if who.tenant in (None, tenant)
        }
        complete = column.get("related", {}).get("complete")
        wanted = allowed if complete else _used(grid, column["name"]) & allowed.keys()
        has = grid.labels.get(column["name"], {})
        wrong = {
            key: (has.get(key), allowed[key]) for key in wanted if has.get(key) != allowed[key]
        }
        if wrong:
            few = dict(list(wrong.items())[:MOST_SHOWN])
            yield f"{client} calls {column['name']} wrongly (has, right): {few}"


def _used(grid: Grid, name: str) -> set[str]:
    found: set[str] = set()
    at = 1 + grid.columns.index(name)
    for value in (row[at] for row in grid.rows.values()):
        found.update(value if isinstance(value, list) else [value] if value else [])
    return found


def _keys(client: Client, truth: Truth) -> Iterator[str]:
    who = client.persona
    if who.tenant is None:
        return
    foreign = client.named - truth.ever.get((who.model, who.tenant), set())
    if foreign:
        yield f"{client} was told of {_few(foreign)}, which were never its tenant's"


def _wishes(client: Client, wishes: Wishes, truth: Truth) -> Iterator[str]:
    for note, saved in wishes.notes.items():
        times = truth.notes[note]
        if times != int(saved):
            said = "saved" if saved else "refused"
            yield f"{client}: {note!r} is said to be {said}, and was written {times} times"
    for note in wishes.unsure():
        if truth.notes[note] > 1:
            yield f"{client}: {note!r} was written {truth.notes[note]} times"


def _deleted(client: Client, truth: Truth) -> Iterator[str]:
    deleted = {pk for wishes in (client.wishes, *client.past) for pk in wishes.deleted}
    alive = deleted & truth.rows[client.persona.model].keys()
    # A writer who had read the row before saves it once more, as Django does.
    if alive := {pk for pk in alive if not truth.was_made_again(client.persona.model, pk)}:
        yield f"{client}: {_few(alive)} are said to be deleted, and are there"


def _few(keys: Iterable[str]) -> str:
    ordered = sorted(keys)
    more = f" and {len(ordered) - MOST_SHOWN} more" if len(ordered) > MOST_SHOWN else ""
    return ", ".join(ordered[:MOST_SHOWN]) + more
