"""The forecast as tables and lines on the pages. Pure: published tables in, frames and plain strings out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.tables import records
from dashboard.words import NO_DATA, day, listed, number, shaped

Row = Mapping[str, Any]

TABLES = ("forecasts", "forecast_reasons", "forecast_beside")
HEADLINE, REST = "headline", "rest"
HIGHEST = 15
HIGHER = {"forecast higher": "Higher by the forecast", "framework higher": "Higher by the framework"}


def none_said(about: Row) -> str:
    """Return why there is no forecast; empty where there is one."""
    return f"No forecast could be made: {about.get('why', '')}." if about.get("state") == "none" else ""


def made_said(rows: pd.DataFrame, about: Row) -> str:
    """Return when the forecast was made, from what, and how it is calibrated. ``rows``: of ``forecasts``, of one target."""
    first = rows.iloc[0]
    scored = (
        f"calibrated on forecasts of {about['scored'][0]} to {about['scored'][1]}" if first["calibrated"] else "not calibrated"
    )
    return (
        f"Made on {day(about['made_at'])} from figures to the end of {first['year_from']}; {scored}; the {first['used']} is used."
    )


def span(row: Row) -> str:
    """Return the years that a forecast is about."""
    return f"{row['first_year']}" if row["first_year"] == row["last_year"] else f"{row['first_year']} to {row['last_year']}"


def of_100(value: float) -> str:
    """Return how many of 100 such country-years; fewer than one is not given a figure that nobody can know."""
    if math.isnan(value):
        return NO_DATA
    return "fewer than 1" if value < 1 else number(value, 0 if value >= 10 else 1)


def between(row: Row) -> str:
    """Return the 90 % interval, of 100."""
    if math.isnan(row["low"]):
        return NO_DATA
    return " to ".join(number(100 * row[end], 0 if row[end] >= 0.1 else 1) for end in ("low", "high"))


def place(row: Row) -> str:
    """Return the place among those at risk with its interval; a dash where it has none."""
    if pd.isna(row["rank"]):
        return "–"
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return f"{int(row['rank'])}" + ("" if low == high else f" ({low} to {high})")


def odds_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a country's rows of one target as a table: how far ahead, by which model, of 100, interval, place."""
    order = rows.assign(last=rows["track"] != HEADLINE).sort_values(["last", "horizon"])
    return pd.DataFrame(
        [
            {
                "Onset in": span(r) + ("" if r["track"] == HEADLINE else ", seeing no counts of deaths"),
                "Of 100 such": of_100(r["of_100"]),
                "90 % interval": between(r),
                "Place": place(r),
            }
            for r in records(order)
        ]
    )


def reason_table(reasons: pd.DataFrame) -> pd.DataFrame:
    """Return what moves a country's odds most, with its newest figure, and all other series together."""
    return pd.DataFrame(
        [{"Series": r["title"], "Figure": _figure(r), "Odds times": f"{r['times_odds']:.2f}"} for r in records(reasons)]
    )


def _figure(row: Row) -> str:
    if row["feature"] == REST:
        return ""
    return NO_DATA if math.isnan(row["value"]) else f"{row['value']:,.4g} {row['unit']}"


def highest(forecasts: pd.DataFrame, beside: pd.DataFrame, said: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return the highest of the headline one horizon ahead, with the framework's level beside each."""
    rows = headline(forecasts, target)
    rows = rows[rows["at_risk"]].sort_values("rank").head(HIGHEST)
    level = dict(zip(said["iso3"], said["level"], strict=True))
    short = dict(zip(said["iso3"], said["short"], strict=True))
    apart = set(beside.loc[beside["state"].isin(list(HIGHER)), "iso3"])

    def differs(iso3: str) -> str:
        return "; they differ" if iso3 in apart else ""

    return pd.DataFrame(
        [
            {
                "Place": place(r),
                "Country": short.get(r["iso3"], r["country"]),
                "Of 100 such": f"{of_100(r['of_100'])} ({between(r)})",
                "Framework": (shaped(level[r["iso3"]]) if r["iso3"] in level else "not assessed") + differs(r["iso3"]),
            }
            for r in records(rows)
        ]
    )


def headline(forecasts: pd.DataFrame, target: str) -> pd.DataFrame:
    """Return the headline's rows of a target, one horizon ahead."""
    mine = forecasts[(forecasts["track"] == HEADLINE) & (forecasts["target"] == target)]
    first: pd.DataFrame = mine[mine["horizon"] == mine["horizon"].min()]
    return first


def differ_lines(beside: pd.DataFrame, said: pd.DataFrame) -> list[str]:
    """Return which countries the forecast puts high and the framework does not, and the other way round."""
    short = dict(zip(said["iso3"], said["short"], strict=True))
    lines = []
    for state, words in HIGHER.items():
        names = [short[c] for c in beside.loc[beside["state"] == state, "iso3"] if c in short]
        if names:
            lines.append(f"{words} ({len(names)}): {listed(names)}.")
    return lines
