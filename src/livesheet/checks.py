"""System checks; each id is explained in docs/checks.md."""

from __future__ import annotations
