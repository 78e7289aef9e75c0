"""Where a country stands among all, and how sure that is: rank, the ranks it may have, share of draws at its level. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Place:
    """A rank of ``ranked`` countries, 0 where there is none, and what nine in ten of ``draws`` draws lie between (``low`` to
    ``high``, 1 the highest). ``at_level``: share of draws at the country's level, NaN without one; ``top_30``: among the 30
    highest."""

    rank: int
    ranked: int
    low: int
    high: int
    at_level: float
    top_30: float
    draws: int


def place_of(said: Mapping[Any, Any], intervals: pd.DataFrame, every: pd.DataFrame) -> Place | None:
    """Return the place of a country, None where nothing can be said: without an interval, or at a level that is held.

    ``said``: its row of the table ``assessments``; ``intervals``: its row of that table, or none; ``every``: all assessments.
    """
    row = intervals.iloc[0].to_dict() if len(intervals) else {}
    if not row or pd.isna(row["rank_low"]) or said["held"]:
        return None
    above = sum(float(row[name]) for name in row if str(name).startswith("p_"))
    return Place(
        rank=0 if pd.isna(said["rank"]) else int(said["rank"]),
        ranked=int(every["rank"].notna().sum()),
        low=int(row["rank_low"]),
        high=int(row["rank_high"]),
        at_level=float("nan") if pd.isna(said["rank"]) else float(row.get(f"p_{said['level']}", 1 - above)),
        top_30=float(row["in_top_30"]),
        draws=int(row["draws"]),
    )
