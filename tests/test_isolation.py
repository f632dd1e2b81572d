"""One sheet's trouble is no other's: what is written elsewhere arrives within half a second."""

from __future__ import annotations

import time
from statistics import quantiles
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection

from livesheet import threads
from livesheet.testing import LiveSheetCommunicator
from tests.troubles import NOT_ON_SQLITE, PATIENCE, TROUBLES, arrivals

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES, ROUNDS = 40, 3
SOON_SECONDS = 0.5

has_table_locks = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite's readers wait for no lock"
)


async def p99(sheet: LiveSheetCommunicator) -> float:
    """Of the seconds that changes take, each of which is waited for."""
    return quantiles(await arrivals(sheet, CHANGES), n=100, method="inclusive")[98]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_trouble_in_one_sheet_delays_no_other(ann: Any, trouble: str) -> None:
    """Half a second; more only where the machine is so busy that it takes as long in peace.

    What the trouble delays, it delays in every round; what else the machine does, it does not.
    ``benchmarks/isolation.py`` measures without such allowances.
    """
    if connection.vendor == "sqlite" and trouble in NOT_ON_SQLITE:
        return
    async with LiveSheetCommunicator("note", ann, timeout=PATIENCE) as notes:
        soon, rounds = max(SOON_SECONDS, 2 * await p99(notes)), list[float]()
        while len(rounds) < ROUNDS and (not rounds or rounds[-1] > soon):
            async with TROUBLES[trouble]() as lasting:  # anew, since it is worst when it begins
                rounds.append(await p99(notes))
                assert not any(task.done() for task in lasting)
    assert rounds[-1] < soon, rounds


@has_table_locks
async def test_the_database_ends_a_statement_that_takes_too_long(settings: Any) -> None:
    settings.LIVESHEET = {"STATEMENT_SECONDS": 1}
    sleep = {"postgresql": "SELECT pg_sleep(30)", "mysql": "SELECT sleep(30)"}[connection.vendor]

    def wait() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sleep)
            if cursor.fetchall() == ((1,),):  # MySQL's sleep() says that it was woken
                raise TimeoutError

    began = time.monotonic()
    with pytest.raises((DatabaseError, TimeoutError)):
        await threads.run(wait)
    assert time.monotonic() - began < 20


@has_table_locks
async def test_a_shorter_limit_of_the_site_stays(settings: Any) -> None:
    name = {"postgresql": "statement_timeout", "mysql": "max_statement_time"}[connection.vendor]
    shown = {"postgresql": f"SHOW {name}", "mysql": f"SELECT @@{name}"}[connection.vendor]

    def limit() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(shown)
            return cursor.fetchone()[0]

    assert str(await threads.run(limit)).startswith("20")
    await sync_to_async(threads.close)()
    settings.LIVESHEET = {"STATEMENT_SECONDS": None}
    assert str(await threads.run(limit)).rstrip(".0") == ""
