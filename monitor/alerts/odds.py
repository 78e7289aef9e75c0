"""The odds of a digest: of 100 country-years like this one, how many saw an onset, from a calibrated forecast alone. Pure.

Where a run published none, or one that no backtest calibrates, there are no odds, and the digest says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.alerts.words import day, plain
from monitor.foresight.record import HEADLINE
from monitor.foresight.words import of_100, short, years

TABLES = ("forecasts",)
NONE = "No odds are given: no calibrated forecast is published."


@dataclass(frozen=True)
class Odds:
    """``of``: iso3 -> the odds in a few words, of countries at risk of an onset. ``words``: what they are of, or why none."""

    of: Mapping[str, str]
    words: str


def odds(tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> Odds:
    """Return the odds of the first target, the headline one horizon ahead."""
    about = manifest.get("forecast", {})
    if any(name not in tables or tables[name].empty for name in TABLES) or about.get("state") in (None, "none"):
        return Odds({}, f"{NONE} {plain(about['why'])}." if about.get("why") else NONE)
    rows = tables["forecasts"]
    rows = rows[
        (rows["track"] == HEADLINE) & (rows["target"] == _first(rows, about)) & (rows["horizon"] == rows["horizon"].min())
    ]
    first = rows.iloc[0]
    if not first["calibrated"]:
        return Odds({}, f"{NONE} No backtest was made with these figures and this policy.")
    known = rows[rows["at_risk"] & rows["risk"].notna()]
    return Odds({str(r["iso3"]): _short(r) for r in known.to_dict("records")}, _words(first, about))


def _first(rows: pd.DataFrame, about: Mapping[str, Any]) -> str:
    """Return the first target of the policy of which there is a forecast."""
    there = set(rows["target"])
    return str(next(target for target in about["targets"] if target in there))


def _short(row: Mapping[Any, Any]) -> str:
    return f"of 100: {of_100(row['of_100'])} ({short(100 * row['low'])} to {short(100 * row['high'])})"


def _words(row: Mapping[Any, Any], about: Mapping[str, Any]) -> str:
    target, scored = about["targets"][row["target"]], about["scored"]
    title = f"{target['title'][:1].lower()}{target['title'][1:]}"
    return plain(
        f"The odds are of the {title} in {years(row['first_year'], row['last_year'])}, from figures to the end of "
        f"{row['year_from']}: of 100 such country-years so many saw one, with the 90 % interval. Even of the highest, most see "
        f"none. Calibrated on forecasts of {scored[0]} to {scored[1]}; made on {day(about['made_at'])}; beside the level, and no "
        "part of it. Where none are given, such violence was under way in the last years, or no figure says that it was not.",
        700,
    )
