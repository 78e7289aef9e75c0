"""Attention: how often a parliament asks about each country, and where that rank and the rank of risk lie far apart. Pure.

Counts of what was asked, by all members and parties alike. It says where questions are few beside the assessed risk; it says
nothing of why, nor of what is done elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from monitor.response.profile import Attention

Period = Literal["week", "month"]
COUNTS = ("asked", "members", "parties", "atrocity", "trade", "late")


def attention(panel: pd.DataFrame, about: Attention, period: Period) -> pd.DataFrame:
    """Return one row a country and period that was read whole, sorted by both.

    ``panel``: columns series, iso3, start, end, value, status. Columns: iso3 str, start, end ``datetime64[s]``, ``asked, members,
    parties, atrocity, trade, late`` (NaN: unknown), total (questions on all subjects), share (asked of total; NaN where the total
    is zero or unknown), provisional bool.
    """
    mine = panel[panel["series"].astype(str).str.startswith(f"{about.series}.{period}_")]
    name = mine["series"].astype(str).str.removeprefix(f"{about.series}.{period}_")
    counted = mine.assign(name=name, iso3=mine["iso3"].astype(str))
    totals = counted[counted["name"] == about.totals].set_index("start")["value"]
    rows = counted[counted["name"] != about.totals]
    table = rows.pivot_table(index=["iso3", "start", "end"], columns="name", values="value", aggfunc="first", dropna=False)
    table = table.dropna(how="all").reset_index().reindex(columns=["iso3", "start", "end", *COUNTS])
    provisional = set(rows.loc[rows["status"].astype(str) == "provisional", "start"])
    table["total"] = table["start"].map(totals).astype("float64")
    table["share"] = table["asked"] / table["total"].where(table["total"] > 0)
    table["provisional"] = table["start"].isin(provisional)
    return table.rename_axis(columns=None).sort_values(["iso3", "start"], ignore_index=True)


def gap(table: pd.DataFrame, risk: Mapping[str, float]) -> pd.DataFrame:
    """Return the countries of one period that have both ranks, those with the fewest questions beside their risk first.

    ``risk``: rank by country, 1 the highest. Columns: iso3, risk_rank, attention_rank (1 the most questions; equal counts share
    the mean of their ranks, so that many countries without a question stand in the middle of theirs), gap (attention rank minus
    risk rank, both taken among the countries that have both: positive where the rank of attention lies below that of risk), then
    those of :func:`attention`. A country without a rank of risk, or without a count, is left out: it has no gap, not one of zero.
    """
    if table["start"].nunique() > 1:
        raise ValueError("a gap is of one period")
    rank = table["iso3"].map(dict(risk)).astype("float64")
    both = table[rank.notna() & table["asked"].notna()].copy()
    both["risk_rank"] = rank[both.index].rank(method="min")
    both["attention_rank"] = both["asked"].rank(method="average", ascending=False)
    both["gap"] = both["attention_rank"] - both["risk_rank"]
    first = ["iso3", "risk_rank", "attention_rank", "gap"]
    ordered = both.sort_values(["gap", "risk_rank", "iso3"], ascending=[False, True, True], ignore_index=True)
    return ordered[[*first, *(c for c in ordered.columns if c not in first)]]


def risk_ranks(history: pd.DataFrame, day: str) -> tuple[dict[str, float], str]:
    """Return the rank of risk of every country at the newest look at or before a day (ISO), and the day of that look.

    ``history``: the published path, columns iso3, as_of (ISO day), index (NaN: insufficient data, and no rank). 1 is the highest.
    """
    until = history.loc[history["as_of"] <= day, "as_of"]
    if until.empty:
        return {}, ""
    then = history[history["as_of"] == until.max()].dropna(subset="index")
    ranks = then["index"].rank(method="min", ascending=False)
    return dict(zip(then["iso3"].astype(str), ranks.astype(float), strict=True)), str(until.max())


def newest(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the newest period that is no longer provisional, or of the newest where all are."""
    settled = table[~table["provisional"].to_numpy(dtype=bool)]
    rows = settled if len(settled) else table
    return rows[rows["start"] == rows["start"].max()] if len(rows) else rows


def together(left: pd.DataFrame) -> float:
    """Return Spearman's rank correlation of risk and attention over a table of :func:`gap`; NaN below three countries."""
    if len(left) < 3 or left["asked"].nunique() < 2:
        return float("nan")
    return float(np.corrcoef(left["risk_rank"].rank(), left["attention_rank"].rank())[0, 1])
