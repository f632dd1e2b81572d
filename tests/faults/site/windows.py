"""Orders and pages a fiftieth as long, so that a sheet of some hundred rows has many of them."""

from __future__ import annotations

STRIDE = 20
BLOCKS = 5


def begin() -> None:
    from livesheet.feed import following, windowed, windows
    from livesheet.orders import anchors, order

    anchors.STRIDE = order.STRIDE = windows.STRIDE = STRIDE  # type: ignore[misc]
    windows.BLOCKS, windows.MOST_ROWS = BLOCKS, (BLOCKS + 1) * STRIDE
    order.FIRST_PLACES, order.MOST_PLACES = 2 * STRIDE, 20 * STRIDE
    windowed.MOST_STRAY, windowed.COUNT_SECONDS = 50, 0.3
    following.SKIP_SECONDS = 0  # type: ignore[attr-defined]
