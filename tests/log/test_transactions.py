"""Reading first and writing later never fails with "database is locked"."""

from __future__ import annotations

import threading
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import override_settings

from livesheet.log import transactions
from livesheet.log.transactions import atomic, short_turn, short_waits
from tests.app.models import Note

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_writers_that_read_first_all_succeed() -> None:
    Note.objects.create(key="a", text="0")
    errors: list[Exception] = []

    def count_up() -> None:
        try:
            for _ in range(15):
                with atomic("default"):
                    note = Note.objects.select_for_update().get(key="a")
                    note.text = str(int(note.text) + 1)
                    note.save()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Note.objects.get().text == "60"


def test_inside_a_transaction_it_joins() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        with atomic("default"):
            Note.objects.create(key="a")
        raise ZeroDivisionError
    assert not Note.objects.exists()


def test_an_error_that_is_caught_leaves_the_outer_transaction_as_it_was() -> None:
    with transaction.atomic():
        with suppress(ZeroDivisionError), atomic("default"):
            Note.objects.create(key="a")
            raise ZeroDivisionError
        Note.objects.create(key="b")
    assert list(Note.objects.order_by("key").values_list("key", flat=True)) == ["a", "b"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others have no lock for all")
def test_where_the_write_lock_cannot_be_had_nothing_stays_open() -> None:
    holder = connections.create_connection("default")
    holder.cursor().execute("BEGIN IMMEDIATE")
    try:
        with (
            pytest.raises(OperationalError, match="locked"),
            short_turn("default", 0.01),
            atomic("default"),
        ):
            pass
        assert not connection.in_atomic_block
    finally:
        holder.close()
    with atomic("default"):
        Note.objects.create(key="a")
    assert Note.objects.count() == 1
    assert connection.transaction_mode is None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others have no lock for all")
def test_where_a_project_begins_transactions_itself_the_lock_is_taken_by_a_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transactions, "CLOCK_TABLE", "missing")
    connection.set_autocommit(False)
    try:
        with pytest.raises(OperationalError, match="missing"), atomic("default"):
            pass
        assert not connection.in_atomic_block
    finally:
        connection.rollback()
        connection.set_autocommit(True)


def test_a_wait_for_a_row_ends_in_time_and_only_then() -> None:
    if connection.vendor == "sqlite":
        with atomic("default"), short_waits("default", 1):
            assert connection.settings_dict["OPTIONS"].get("timeout", 5) == 5  # its own
        return
    Note.objects.create(key="a")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Note.objects.select_for_update().get(key="a")
                held.set()
                done.wait(30)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    try:
        with pytest.raises(OperationalError), atomic("default"), short_waits("default", 1, 2):
            Note.objects.select_for_update().get(key="a")
    finally:
        done.set()
        holder.join()
    setting = {"postgresql": "SHOW lock_timeout", "mysql": "SELECT @@innodb_lock_wait_timeout"}
    with connection.cursor() as cursor:
        cursor.execute(setting[connection.vendor])
        assert cursor.fetchone()[0] in ("0", 50)  # as it was before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others wait for rows, not for turns")
def test_a_turn_is_waited_for_so_long_and_then_as_before() -> None:
    def timeout() -> int:
        found: int = connection.connection.execute("PRAGMA busy_timeout").fetchone()[0]
        return found

    connection.ensure_connection()
    before = timeout()
    with short_turn("default", 1.5):
        assert timeout() == 1_500
    assert timeout() == before


@pytest.mark.skipif(connection.vendor == "sqlite", reason="it has no such limits")
def test_a_transaction_has_its_limits_and_the_next_one_those_from_before() -> None:
    def limits() -> tuple[object, ...]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT @@innodb_lock_wait_timeout"
                if connection.vendor == "mysql"
                else "SELECT current_setting('lock_timeout'),"
                " current_setting('idle_in_transaction_session_timeout')"
            )
            return tuple(cursor.fetchone())

    before = limits()
    with transaction.atomic(), short_waits("default", 7, 40):
        assert limits() == ((7,) if connection.vendor == "mysql" else ("7s", "40s"))
    assert limits() == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others have no such limit")
def test_a_statement_has_the_time_of_the_settings_unless_the_project_gave_it_another() -> None:
    def allowed() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return str(cursor.fetchone()[0])

    with override_settings(LIVESHEET={"STATEMENT_SECONDS": 7}):
        with transaction.atomic(), short_waits("default", 1.0):
            assert allowed() == "7s"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '3s'")
            with short_waits("default", 1.0):
                assert allowed() == "3s"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others begin by themselves")
def test_a_transaction_of_another_kind_begins_as_it_should() -> None:
    """A BEGIN that is sent along with the limits knows of none but plain ones."""
    connection.ensure_connection()
    line: Any = connection.connection
    assert line.isolation_level is None
    seen = []
    for level in (4, None):  # SERIALIZABLE, as the project may have it
        line.isolation_level = level
        with atomic("default"), short_waits("default", 7, 40), connection.cursor() as cursor:
            for name in ("transaction_isolation", "lock_timeout"):
                cursor.execute(f"SHOW {name}")
                seen.append(cursor.fetchone()[0])
    assert seen == ["serializable", "7s", "read committed", "7s"]
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone()[0] != "7s"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="others begin by themselves")
def test_what_fails_is_undone_though_it_began_with_the_limits() -> None:
    with pytest.raises(ZeroDivisionError), atomic("default"), short_waits("default", 7, 40):
        Note.objects.create(key="undone", text="0")
        raise ZeroDivisionError
    assert not Note.objects.filter(key="undone").exists()


@pytest.mark.parametrize(
    ("facts", "begins"),
    [
        ({"vendor": "sqlite", "transaction_mode": None}, True),
        ({"vendor": "sqlite"}, False),  # another backend of SQLite's
        ({"vendor": "postgresql", "transaction_mode": None}, False),
    ],
)
@pytest.mark.parametrize("is_autocommit", [True, False])
def test_only_a_begin_of_django_for_sqlite_can_take_the_lock(
    facts: dict[str, Any], begins: bool, is_autocommit: bool
) -> None:
    line = SimpleNamespace(**facts, get_autocommit=lambda: is_autocommit)
    assert transactions._begins_writing(line) is (begins and is_autocommit)


def test_the_limits_of_postgresql_are_of_the_transaction_alone() -> None:
    with override_settings(LIVESHEET={"STATEMENT_SECONDS": None}):
        lock = "set_config('lock_timeout', '1500ms', true)"
        idle = "set_config('idle_in_transaction_session_timeout', '4s', true)"
        assert transactions.local_limits(1.5, 0) == f"SELECT {lock}"
        assert transactions.local_limits(1.5, 4) == f"SELECT {lock}, {idle}"
    with override_settings(LIVESHEET={"STATEMENT_SECONDS": 2.5}):
        statement = (
            "set_config('statement_timeout', CASE current_setting('statement_timeout')"
            " WHEN '0' THEN '2500' ELSE current_setting('statement_timeout') END, true)"
        )
        assert transactions.local_limits(1.5, 0) == f"SELECT {lock}, {statement}"
