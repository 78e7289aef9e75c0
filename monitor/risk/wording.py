"""Figures, days and periods in words, as the protocol's readings say them. Pure."""

from __future__ import annotations

import calendar
import math
from datetime import date


def sources(count: int) -> str:
    """Return ``1 source`` or ``2 sources``."""
    return f"{count} source{'' if count == 1 else 's'}"


def number(value: float) -> str:
    """Return a number with two decimals at most: ``35.01``, ``-0.06``, ``5``."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def cut(score: float) -> str:
    """Return a score with two decimals, cut and not rounded: 0.949 is not yet 0.95."""
    return f"{math.floor(round(score * 100, 9)) / 100:.2f}"


def about(deaths: float) -> str:
    """Return a count of deaths, rounded to two figures from 100 on: ``about 62,000``."""
    if deaths < 100:
        return f"{deaths:,.0f}"
    step = 10 ** (math.floor(math.log10(deaths)) - 1)
    return f"about {round(deaths / step) * step:,.0f}"


def day(iso: str) -> str:
    """Return ``3 March 2026`` for an ISO day or time; ``no date`` for an empty one."""
    if not iso:
        return "no date"
    found = date.fromisoformat(str(iso)[:10])
    return f"{found.day} {found:%B %Y}"


def month(iso: str) -> str:
    """Return ``Mar 2026`` for an ISO day; ``no figure`` for an empty one."""
    return f"{date.fromisoformat(iso[:10]):%b %Y}" if iso else "no figure"


def period(start: str, end: str) -> str:
    """Return ``2025`` for a whole year, ``Mar 2025`` for a month, ``Mar 2025 to Feb 2026`` for anything else."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    whole_month = (first.year, first.month) == (last.year, last.month) and last.day == calendar.monthrange(*_ym(last))[1]
    return month(end) if whole_month else f"{month(start)} to {month(end)}"


def _ym(of: date) -> tuple[int, int]:
    return of.year, of.month
