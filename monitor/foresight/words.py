"""The forecast in words: how many of a hundred, never a word for a probability. Pure.

No scale of verbal probability is used: the highest risks are about one in five, and most are far below one in a hundred.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

Row = Mapping[Any, Any]

NO_FORECAST = "no forecast: nothing is known of this country that the models see"
NO_ONSET = (
    "no odds of an onset: violence on this scale was under way in the last years, or no figure says that it was not, so that an "
    "onset is not what is to be expected"
)
UNCALIBRATED = "not calibrated, because no backtest was made with these figures and this policy: "
RAISING, LOWERING = 3, 2  # reasons named in a sentence
AT_LEAST = 1.1  # a reason that moves the odds by less than a tenth is not named


def short(value: float) -> str:
    """Return ``4.3`` or ``14``: one decimal below ten."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def of_100(value: float) -> str:
    """Return how many of 100 such country-years were followed by an onset, in words that claim no more than is known."""
    return "fewer than 1" if value < 1 else f"about {short(value)}"


def years(first: int, last: int) -> str:
    """Return ``2026`` or ``2026-2027``."""
    return f"{first}" if first == last else f"{first}-{last}"


def odds(row: Row, among: int) -> str:
    """Return a row of ``forecasts`` in words: of 100 such country-years, with the interval, and its place among those at risk;
    or why there is nothing to say."""
    if math.isnan(row["risk"]):
        return NO_FORECAST
    if not row["at_risk"]:
        return NO_ONSET
    low, high = (short(100 * row[end]) for end in ("low", "high"))
    such = "country-years" if row["horizon"] == 1 else f"countries in {row['horizon']} years"
    said = f"of 100 such {such} {of_100(row['of_100'])} (90 % interval {low} to {high}), {place(row, among)}"
    return said if row["calibrated"] else UNCALIBRATED + said


def place(row: Row, among: int) -> str:
    """Return ``place 4 (3 to 8) of 176``; empty where it has none."""
    if pd.isna(row["rank"]):
        return ""
    span = "" if row["rank_low"] == row["rank_high"] else f" ({row['rank_low']} to {row['rank_high']})"
    return f"place {row['rank']}{span} of {among}"


def named(title: str) -> str:
    """Return a series' title without the word for its period: a forecast reads years."""
    return title.removesuffix(", month").removesuffix(", year")


def because(reasons: pd.DataFrame) -> str:
    """Return the reasons that move the odds most, both ways; ``reasons``: a country's rows, largest first."""
    raises = [r for r in reasons.to_dict("records") if r["times_odds"] >= AT_LEAST][:RAISING]
    lowers = [r for r in reasons.to_dict("records") if r["times_odds"] <= 1 / AT_LEAST][:LOWERING]
    parts = [
        f"{verb} most by {'; '.join(_reason(r) for r in rows)}"
        for verb, rows in (("raised", raises), ("lowered", lowers))
        if rows
    ]
    return ". ".join(part[0].upper() + part[1:] for part in parts)


def _reason(row: Row) -> str:
    missing = ", no figure" if math.isnan(row["value"]) else ""
    return f"{_lower(named(row['title']))} (odds times {row['times_odds']:.2g}{missing})"


def _lower(title: str) -> str:
    return title if title[1:2].isupper() or "-" in title[:6] else title[:1].lower() + title[1:]
