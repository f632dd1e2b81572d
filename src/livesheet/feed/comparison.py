"""Compares what was sent with what the database has, to find writes that the log does not record.

These are raw SQL, other programs, filters that depend on the time, and properties that read other
tables. The differences are sent only to the audience that was compared; a client that was away in
the meantime gets a snapshot when it comes back.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Iterator

from livesheet import conf, threads
from livesheet.feed.audiences import Audience
from livesheet.feed.pksets import UNKNOWN
from livesheet.feed.told import Marks
from livesheet.log import changelog
from livesheet.log.changelog import Position
from livesheet.sheet import row_texts
from livesheet.sheet.declaration import Sheet
from livesheet.sheet.row_texts import RowTexts
from livesheet.sheet.rows import RowReader, read_labels, related_columns

logger = logging.getLogger("livesheet")

READ_AT_ONCE = 2_000
SOON_SECONDS = 1.0


def _chunks(sheet: Sheet, sent: list[str] | None) -> Iterator[RowTexts]:
    reader = RowReader(sheet)
    if sent is None:
        yield from row_texts.chunks(reader, sheet.rows().order_by(), READ_AT_ONCE)
        return
    for start in range(0, len(sent), READ_AT_ONCE):
        rows = reader.read(sent[start : start + READ_AT_ONCE])
        yield row_texts.encoded(reader, list(rows.values()))


def _count(sheet: Sheet, sent: list[str] | None) -> int:
    """How many rows may be seen; of those that were ``sent``, if they are given."""
    return sheet.rows().count() if sent is None else len(RowReader(sheet).visible(sent))


def _next_comparison() -> float:
    seconds: float = conf.get("COMPARE_SECONDS") * random.uniform(0.8, 1.2)
    return time.monotonic() + seconds


class Comparison:
    """Compares one audience at intervals, as long as the audience exists."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self._compare_at = _next_comparison()

    async def run(self) -> None:
        threads.work_for(self.audience.sheet.get_name())
        while True:
            wanted = await self._wait()
            if wanted or len(self.audience.told.pks) <= conf.get("COMPARE_ROWS"):
                try:
                    if wanted or await self._is_due():
                        await self.compare()
                except Exception:
                    sheet = self.audience.sheet
                    facts = {"event": "comparison.failed", "sheet": sheet.get_name()}
                    logger.exception("%r could not be compared.", type(sheet), extra=facts)

    async def _wait(self) -> bool:
        """Wait until a comparison is due, or a model that the sheet depends on was written."""
        wanted = self.audience.comparison_wanted
        seconds = min(conf.get("COMPARE_SECONDS"), conf.get("RECHECK_SECONDS"))
        try:
            async with asyncio.timeout(seconds * random.uniform(0.8, 1.0)):
                await wanted.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(SOON_SECONDS)  # several writes, one comparison
        wanted.clear()
        return True

    async def _is_due(self) -> bool:
        """Whether the comparison is due, or the number of rows that the user may see has changed.

        The end of a membership in another table is noticed at the next reading of rights, by one
        ``COUNT``.
        """
        if time.monotonic() >= self._compare_at:
            self._compare_at = _next_comparison()
            return True
        sheet = self.audience.sheet
        if not sheet.is_private or not self.audience.is_listening:
            return False
        sent = self.audience.sent()
        if sent is not None:
            return await threads.run(_count, sheet, sent) != len(sent)
        return await threads.run(_count, sheet, None) != len(self.audience.told.pks)

    async def compare(self) -> int:
        """Send every row that differs from what was sent. Returns how many."""
        audience, told = self.audience, self.audience.told
        if not audience.is_listening:
            return 0  # nobody has all rows yet, so nothing can be missing
        since = audience.backlog()
        found, unnamed = await threads.run(self._read, audience.sent())
        # What was written meanwhile is left to its own change, which names the author.
        if not await audience.reaches(await threads.run(self._head)):
            return 0
        unseen = [pk async for pk in self._differing(found) if not since.decides(pk)]
        renamed = await threads.run(self._renamed, unnamed)
        if audience.told is not told:
            return 0  # everybody gets a snapshot
        if unseen or renamed:
            sheet = audience.sheet
            facts = {"event": "comparison.unseen", "sheet": sheet.get_name(), "rows": len(unseen)}
            logger.info("%d rows of %r had changed unseen.", len(unseen), type(sheet), extra=facts)
            audience.tell(unseen, renamed)
        return len(unseen)

    def _read(self, sent: list[str] | None) -> tuple[Marks, dict[str, set[str]]]:
        """The marks of all rows, or of those that were ``sent``; and by column the related keys in
        them that have no label yet.
        """
        sheet, named = self.audience.sheet, self.audience.told.labels
        marks: Marks = []
        unnamed: dict[str, set[str]] = {column.name: set() for _n, column in related_columns(sheet)}
        with self.audience.reading.in_language():
            for rows in _chunks(sheet, sent):
                marks += zip(rows.pks, rows.marks, strict=True)
                for name, keys in rows.keys.items():
                    known = named.get(name, {})
                    unnamed[name].update(key for key in keys if key not in known)
        return marks, unnamed

    def _head(self) -> Position:
        using = self.audience.sheet.alias
        changelog.stamp(using)
        return changelog.head(using)

    async def _differing(self, found: Marks) -> AsyncIterator[str]:
        sent, seen = self.audience.told.pks, set()
        for n, (pk, mark) in enumerate(found):
            seen.add(pk)
            known = sent.mark_of(pk)
            if known == UNKNOWN:
                sent.mark(pk, mark)
            elif known != mark:
                yield pk
            if n % READ_AT_ONCE == 0:
                await asyncio.sleep(0)  # let other tasks have a turn
        for pk in [pk for pk in sent if pk not in seen]:
            yield pk

    def _renamed(self, unnamed: dict[str, set[str]]) -> dict[str, set[str]]:
        """Related objects whose label differs from what was sent, by their model."""
        sheet, promised = self.audience.sheet, self.audience.promised
        renamed: dict[str, set[str]] = {}
        with self.audience.reading.in_language():
            for _n, column in related_columns(sheet):
                sent = dict(self.audience.told.labels.get(column.name, {}))
                wanted = None if column.name in promised else {*sent, *unnamed[column.name]}
                now = read_labels(sheet, column, wanted)
                keys = [key for key, text in now.items() if sent.get(key) != text]
                if keys and (target := column.related_model) is not None:
                    found = target._base_manager.using(sheet.alias).filter(
                        **{f"{column.key_field}__in": keys}
                    )
                    pks = map(str, found.values_list("pk", flat=True))
                    renamed.setdefault(target._meta.label_lower, set()).update(pks)
        return renamed
