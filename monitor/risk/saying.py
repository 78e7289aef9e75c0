"""How the pure sentences of this room write a count, a rank, a month and a list."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date


def count(value: float) -> str:
    """Return a count with thousands marked; a missing one is an error of the caller, never a zero."""
    if math.isnan(value):
        raise ValueError("a missing count has no words")
    return f"{value:,.0f}"


def month(iso: str) -> str:
    """Return ``February 2026`` for an ISO day."""
    return f"{date.fromisoformat(iso[:10]):%B %Y}"


def ordinal(rank: int) -> str:
    """Return ``1st``, ``12th``, ``23rd``."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{rank}{'th' if rank % 100 in (11, 12, 13) else ends.get(rank % 10, 'th')}"


def plural(number: int, noun: str) -> str:
    """Return ``1 period`` or ``3 periods``."""
    return f"{number} {noun if number == 1 else noun + 's'}"


def listed(items: Sequence[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
