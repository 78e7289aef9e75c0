"""One reader and what they chose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from monitor.post.addresses import Address

OPERATOR = 0
Frequency = Literal["weekly", "immediate", "both"]
FREQUENCIES: tuple[Frequency, ...] = ("weekly", "immediate", "both")
DATES = ("en", "iso")  # 20 November 2026, 2026-11-20


class Filter(NamedTuple):
    """What a reader wants to read of: these countries (empty: all), from this level on."""

    countries: frozenset[str]
    minimum_level: str


@dataclass(frozen=True)
class Choice:
    """What a reader chose. ``dates``: how days are written."""

    countries: frozenset[str] = frozenset()
    minimum_level: str = "watch"
    frequency: Frequency = "weekly"
    dates: str = "en"

    @property
    def filter(self) -> Filter:
        """Return what decides the text."""
        return Filter(self.countries, self.minimum_level)


@dataclass(frozen=True)
class Subscriber:
    """One reader. ``state``: pending (asked, not yet confirmed), active, suspended (mail came back), gone."""

    id: int
    state: str
    choice: Choice
    asked_at: datetime
    confirmed_at: datetime | None
    address: Address | None = field(repr=False, default=None)

    @property
    def name(self) -> str:
        """Return how messages and logs name this reader."""
        return f"s-{self.id}"


@dataclass(frozen=True)
class Asked:
    """A reader who was asked to confirm. ``token`` is in the link that they get, and nowhere else."""

    id: int
    token: str = field(repr=False)
