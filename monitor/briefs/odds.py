"""The forecast beside a level, as a brief tells it: of 100 such country-years, how many were followed by an onset. Pure.

The run's table ``forecasts`` (:data:`monitor.foresight.today.COLUMNS`); a run without one has no odds to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

TABLE = "forecasts"
NEEDED = ("iso3", "target", "horizon", "track", "first_year", "last_year", "risk", "low", "high", "rank", "at_risk")


@dataclass(frozen=True)
class Odds:
    """Of 100 such country-years about ``of_100`` (``low`` to ``high`` with 90 percent) were followed by an onset of ``target``.

    ``rank`` of ``ranked``: 0 where there is none. ``at_risk``: an onset is what is to be expected, not something that goes on.
    ``calibrated``: against how the same forecasts of the past came out.
    """

    target: str
    track: str
    first_year: int
    last_year: int
    of_100: float
    low: float
    high: float
    rank: int
    ranked: int
    at_risk: bool
    calibrated: bool


def odds_of(iso3: str, forecasts: pd.DataFrame | None) -> tuple[Odds, ...]:
    """Return the odds of a country at the first horizon, of the first target of the table; none where there is no forecast."""
    if forecasts is None or forecasts.empty or not set(NEEDED) <= set(forecasts.columns):
        return ()
    head = forecasts[forecasts["target"] == forecasts["target"].iloc[0]]
    head = head[head["horizon"] == head["horizon"].min()]
    mine = head[(head["iso3"] == iso3) & head["risk"].notna()]
    return tuple(_one(row, head) for row in mine.to_dict("records"))


def _one(row: Mapping[Any, Any], head: pd.DataFrame) -> Odds:
    return Odds(
        target=str(row["target"]).replace("_", " "),
        track=str(row["track"]),
        first_year=int(row["first_year"]),
        last_year=int(row["last_year"]),
        of_100=100 * float(row["risk"]),
        low=100 * float(row["low"]),
        high=100 * float(row["high"]),
        rank=0 if pd.isna(row["rank"]) else int(row["rank"]),
        ranked=int(head.loc[head["track"] == row["track"], "rank"].notna().sum()),
        at_risk=bool(row["at_risk"]),
        calibrated=bool(row.get("calibrated", False)),
    )
