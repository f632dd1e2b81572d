"""The site of the tests with one mechanism switched off, for those who do not use `sheets`."""

from __future__ import annotations

from tests.asgi import application  # which sets Django up

from benchmarks.peers.sheets.without import switch_off  # isort: skip

switch_off()

__all__ = ["application"]
