"""Anti-entropy: what was sent, compared with a fresh read, so that unseen writes are healed too.

Raw SQL, other programs, filters that depend on the time, properties that read from elsewhere: what
no change told of is found here, and told through the change log like everything else. So it
reaches every audience, every process, and those who are away.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator

from django.db import models

from livesheet import capture, conf, threads
from livesheet.audiences import Audience
from livesheet.pksets import UNKNOWN
from livesheet.rows import RowReader, mark_of, read_labels, related_columns
from livesheet.tables import Change
from livesheet.transactions import atomic

logger = logging.getLogger("livesheet")

READ_AT_ONCE = 2_000
SOON_SECONDS = 1.0

Marks = list[tuple[str, int]]


def _next_comparison() -> float:
    seconds: float = conf.get("COMPARE_SECONDS") * random.uniform(0.8, 1.2)
    return time.monotonic() + seconds


class Comparison:
    """Compares one audience now and then, as long as it lives."""

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self._compare_at = _next_comparison()

    async def run(self) -> None:
        while True:
            wanted = await self._wait()
            if wanted or len(self.audience.sent) <= conf.get("COMPARE_ROWS"):
                try:
                    if wanted or await self._is_due():
                        await self.compare()
                except Exception:
                    sheet = self.audience.sheet
                    facts = {"event": "comparison.failed", "sheet": sheet.get_name()}
                    logger.exception("%r could not be compared.", type(sheet), extra=facts)

    async def _wait(self) -> bool:
        """Until it is time to look, or until a model that the sheet depends on was written."""
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
        """Whether the comparison's time has come, or the user may see another number of rows.

        A membership that ended elsewhere shows at the next reading of rights, for one ``COUNT``.
        """
        if time.monotonic() >= self._compare_at:
            self._compare_at = _next_comparison()
            return True
        sheet = self.audience.sheet
        if not sheet.is_private or not self.audience.is_listening:
            return False
        return await threads.run(sheet.rows().count) != len(self.audience.sent)

    async def compare(self) -> int:
        """Log a change of every row that differs from what was sent. Returns how many."""
        if not self.audience.is_listening:
            return 0  # nobody has all rows yet, so nothing can be missing
        with self.audience.watching() as touched:
            found = await threads.run(self._read)
            differing = [pk async for pk in self._differing(found)]
            unseen = [pk for pk in differing if pk not in touched]
        renamed = await threads.run(self._renamed)
        if unseen or renamed:
            sheet = self.audience.sheet
            facts = {"event": "comparison.unseen", "sheet": sheet.get_name(), "rows": len(unseen)}
            logger.info("%d rows of %r had changed unseen.", len(unseen), type(sheet), extra=facts)
            await threads.run_edit(self._log, unseen, renamed)
        return len(unseen)

    def _read(self) -> Marks:
        sheet = self.audience.sheet
        with self.audience.in_language():
            chunks = RowReader(sheet).chunks(sheet.rows().order_by(), READ_AT_ONCE)
            return [(row[0], mark_of(row)) for rows in chunks for row in rows]

    async def _differing(self, found: Marks) -> AsyncIterator[str]:
        sent, seen = self.audience.sent, set()
        for n, (pk, mark) in enumerate(found):
            seen.add(pk)
            known = sent.mark_of(pk)
            if known == UNKNOWN:
                sent.mark(pk, mark)
            elif known != mark:
                yield pk
            if n % READ_AT_ONCE == 0:
                await asyncio.sleep(0)  # others have their turn
        for pk in [pk for pk in sent if pk not in seen]:
            yield pk

    def _renamed(self) -> list[tuple[type[models.Model], list[str]]]:
        """Related objects whose label differs from what was sent."""
        sheet, renamed = self.audience.sheet, []
        with self.audience.in_language():
            for _n, column in related_columns(sheet):
                sent = dict(self.audience.labels.get(column.name, {}))
                now = read_labels(sheet, column, sent)
                keys = [key for key, text in now.items() if sent[key] != text]
                if keys and column.related_model is not None:
                    target = column.related_model
                    found = target._base_manager.using(sheet.alias).filter(
                        **{f"{column.key_field}__in": keys}
                    )
                    renamed.append((target, [str(pk) for pk in found.values_list("pk", flat=True)]))
        return renamed

    def _log(self, pks: list[str], renamed: list[tuple[type[models.Model], list[str]]]) -> None:
        sheet = self.audience.sheet
        with atomic(sheet.alias):
            capture.note(sheet.get_model(), pks, Change.Kind.SAVE, using=sheet.alias)
            for model, keys in renamed:
                capture.note(model, keys, Change.Kind.SAVE, using=sheet.alias)
