"""Figures, periods and levels in words: what a reader sees in place of codes, ISO days and missing numbers. Pure."""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

NO_DATA = "no data"
INSUFFICIENT = "insufficient data"
SHAPE = {"high": "▲", INSUFFICIENT: "▨", "elevated": "◆", "watch": "●", "baseline": "○"}
# Blue-grey, yellow, orange, crimson differ for every common kind of colour blindness, and in lightness. The see-through ones take
# the page's own ground, light or dark; none is green.
COLOUR = {
    "high": "#c4183c",
    INSUFFICIENT: "rgba(128, 136, 145, 0.3)",
    "elevated": "#ee8a2b",
    "watch": "#f4cf5b",
    "baseline": "rgba(110, 145, 180, 0.35)",
}
INK = {"high": "#ffffff", "elevated": "#2a1500", "watch": "#2e2500"}
TRACKS = ("conflict", "outside_conflict")
DIRECT = 2  # up to this many years, an age is given in months


COUNTS = ("none", "one", "two", "three", "four", "five", "six")
KEPT = {"held": ", held", "between": ", kept", "final": ", kept"}


def in_words(count: int) -> str:
    """Return a small count in words."""
    return COUNTS[count] if 0 <= count < len(COUNTS) else number(count)


def stands(row: Mapping[str, Any], track: str, steps: Mapping[str, int]) -> str:
    """Return the mark of a track's level that is not the one its figures say: ``, easing 1 of 3``; empty for any other."""
    stays = row[f"{track}_stays"]
    if stays == "easing":
        return f", easing {row[f'{track}_easing']} of {steps['lower_periods']}"
    if stays == "rising":
        return f", rising {row[f'{track}_rising']} of {steps['provisional_updates']}"
    return KEPT.get(stays, "")


def status(row: Mapping[str, Any]) -> str:
    """Return a status in a few words: killing under way since when, or at which month, where no figures are fresh."""
    if row["status"] != "under way":
        return str(row["status"])
    if not row["status_fresh"]:
        return f"under way at {month(row['status_until'])}"
    return f"under way since {month(row['status_since'])}" if row["status_since"] else "under way"


def chip(level: str, text: str = "") -> str:
    """Return a level as a coloured word with its shape, in Streamlit markdown; also the key to the map's colours."""
    ink = f' foreground="{INK[level]}"' if level in INK else ""
    words = f"{SHAPE.get(level, '')} {text or level}".strip().replace(" ", "\N{NO-BREAK SPACE}")
    return f':color[ {words} ]{{background="{COLOUR.get(level, COLOUR[INSUFFICIENT])}"{ink}}}'


def mark(level: str) -> str:
    """Return a level's shape alone on its colour, beside which the word must stand."""
    return chip(level, "\N{ZERO WIDTH SPACE}")


def shaped(level: str) -> str:
    """Return a level as shape and word, for tables."""
    return f"{SHAPE[level]} {level}" if level in SHAPE else level


def day(iso: str) -> str:
    """Return ``2026-02-28`` (or an instant) as ``28 Feb 2026``; empty is ``no data``."""
    if not iso:
        return NO_DATA
    d = date.fromisoformat(iso[:10])
    return f"{d.day} {calendar.month_abbr[d.month]} {d.year}"


def month(iso: str) -> str:
    """Return ``2026-02-28`` as ``Feb 2026``; empty is ``no data``."""
    return day(iso).split(" ", 1)[1] if iso else NO_DATA


def period(start: str, end: str) -> str:
    """Return what a value is about: ``2025``, ``Feb 2026``, ``2023 to 2025`` or ``Oct 2025 to Sep 2026``."""
    if not start or not end:
        return day(start or end)
    first, last = date.fromisoformat(start[:10]), date.fromisoformat(end[:10])
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
    return month(end) if (first.year, first.month) == (last.year, last.month) else f"{month(start)} to {month(end)}"


def age(days: float) -> str:
    """Return an age in the unit a person would use: days, months, years."""
    if pd.isna(days):
        return NO_DATA
    if days < 60:
        return plural(int(days), "day")
    if days < DIRECT * 365:
        return plural(round(days / 30.44), "month")
    return f"{days / 365.25:.1f} years"


def plural(count: int, noun: str, many: str = "") -> str:
    """Return ``1 country`` or ``2 countries``."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def number(value: float, decimals: int = 0) -> str:
    """Return a number with thousands marked, and a true minus; missing is ``no data``, never a blank or a zero."""
    if pd.isna(value):
        return NO_DATA
    rounded = round(float(value), decimals)
    return f"{rounded + 0.0:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def index(value: float) -> str:
    """Return an index in whole points, rounded down: 39.9 is not yet 40, where watch begins."""
    return NO_DATA if pd.isna(value) else number(math.floor(value))


def signed(value: float) -> str:
    """Return a change in whole points: ``+5``, ``−3``, ``0``, or ``no data``."""
    if pd.isna(value):
        return NO_DATA
    text = number(value)
    return f"+{text}" if round(float(value)) > 0 else text


def reading(value: float, unit: str, decimals: int = 0) -> str:
    """Return a value with its unit, to two decimals at most; a yes-or-no measure in words."""
    decimals = min(decimals, 2)
    if pd.isna(value):
        return NO_DATA
    if unit.startswith("1 = yes"):
        return "yes" if value else "none recorded"
    if unit.startswith("percent"):
        return f"{number(value, decimals)}%{unit.removeprefix('percent')}"
    scale = re.sub(r"-(?=\d)", "\N{MINUS SIGN}", unit).replace("+", "")
    return f"{number(value, decimals)} ({scale})" if ", " in unit else f"{number(value, decimals)} {unit}".strip()


def listed(items: list[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
