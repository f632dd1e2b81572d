"""Work that nobody waits for any more begins no statement, and what is under way is ended."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection

from livesheet.interrupting import Interruptible

pytestmark = pytest.mark.django_db(transaction=True)


def ask() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 7")
        return cursor.fetchone()[0]


def test_work_that_is_wanted_is_done() -> None:
    assert Interruptible(ask)() == 7


def test_work_that_is_not_wanted_any_more_begins_no_statement() -> None:
    asked = []

    def work() -> None:
        asked.append(ask())
        call.is_wanted = False
        asked.append(ask())

    call = Interruptible(work)
    with pytest.raises(OperationalError, match="Nobody waits"):
        call()
    assert asked == [7]


def test_statements_after_it_are_not_stopped() -> None:
    call = Interruptible(lambda: None)
    call.is_wanted = False
    call()
    assert ask() == 7


def test_statements_after_it_are_not_stopped_on_a_connection_that_others_wrap() -> None:
    """As tools do that measure statements: whenever a connection is made, and for good."""

    def others(execute: Any, *statement: Any) -> Any:
        return execute(*statement)

    call = Interruptible(lambda: connection.execute_wrappers.append(others))
    call()
    call.is_wanted = False
    try:
        assert ask() == 7
        assert connection.execute_wrappers == [others]
    finally:
        connection.execute_wrappers.clear()


def test_what_has_not_begun_is_not_waited_for() -> None:
    call = Interruptible(ask)
    call.is_wanted = False
    call.stop()
    with pytest.raises(OperationalError, match="Nobody waits"):
        call()


def test_what_is_over_is_not_waited_for() -> None:
    call = Interruptible(ask)
    call()
    call.stop()
    assert ask() == 7


def test_an_exception_of_the_work_is_raised_and_ends_the_waiting() -> None:
    call = Interruptible(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call()
    stopping = threading.Thread(target=call.stop)
    stopping.start()
    stopping.join(60)
    assert not stopping.is_alive()
