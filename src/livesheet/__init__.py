"""Any Django model, as a spreadsheet that stays the same on every screen."""

from __future__ import annotations
