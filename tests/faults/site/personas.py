"""Who takes part in the oracle: what a user of each number sees, as plain facts.

The sheets read it and so does the oracle, which judges them by filters of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TENANTS = 3
# Texts that must reach nobody outside a tenant, and one that must reach nobody at all.
CANARIES = tuple(f"zq{tenant}qz" for tenant in range(TENANTS))
SECRET = "zqsecretqz"

# Sheets, as users take them in turn: two private kinds, three shared by a tenant, one by all.
SHEETS = ("stand", "shared", "gadgets", "stand", "everything", "aisle")
FLOORS = (None, 30, 60)
# What the one with parameters shows of its secrets.
STARS = "****"
# What a sheet shows of a cell that it cannot read.
BROKEN = "#ERROR"
AISLES = (20, 50)
COLUMNS = {
    "stand": ("name", "stock", "price", "note", "maker", "marks"),
    "narrow": ("note", "marks", "verdict", "stock"),
    "shared": ("name", "stock", "ratio", "note", "maker", "marks"),
    "gadgets": ("name", "note", "ware"),
    "aisle": ("name", "stock", "note", "data", "seal", "secret", "pin"),
    "everything": ("tenant", "name", "stock", "note", "maker", "verdict"),
}
RELATIONS = {"maker": "maker", "marks": "mark", "ware": "ware"}


@dataclass(frozen=True)
class Persona:
    """`floor` bounds the stock of the rows that this user's stand shows."""

    number: int

    @property
    def username(self) -> str:
        return f"u{self.number}"

    @property
    def sheet(self) -> str:
        return SHEETS[self.number % len(SHEETS)]

    @property
    def tenant(self) -> int | None:
        """None for who sees all of them."""
        return None if self.sheet == "everything" else self.number // len(SHEETS) % TENANTS

    @property
    def floor(self) -> int | None:
        if self.sheet == "aisle":
            return AISLES[self.number // len(SHEETS) % len(AISLES)]
        return FLOORS[self.number % len(FLOORS)] if self.sheet == "stand" else None

    @property
    def params(self) -> dict[str, str]:
        """What stands in the address of the sheet."""
        return {"floor": str(self.floor)} if self.sheet == "aisle" else {}

    @property
    def columns(self) -> tuple[str, ...]:
        narrow = self.sheet == "stand" and self.number % 2 == 1
        return COLUMNS["narrow" if narrow else self.sheet]

    @property
    def model(self) -> str:
        return "gadget" if self.sheet == "gadgets" else "ware"

    @property
    def may_write(self) -> bool:
        return self.number % 11 != 10

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What must not stand in any frame that this user gets."""
        others = (text for tenant, text in enumerate(CANARIES) if tenant != self.tenant)
        return (SECRET, *(() if self.tenant is None else others))


def persona_of(username: str) -> Persona:
    return Persona(int(username[1:]))


def nested(depth: int, value: Any) -> Any:
    """JSON with so many lists and objects in each other."""
    for n in range(depth):
        value = [value, None] if n % 2 else {"in": value}
    return value
