"""The user and the end of the threads, as all tests have them."""

from __future__ import annotations

from tests.conftest import _threads_end, ann

__all__ = ["_threads_end", "ann"]
