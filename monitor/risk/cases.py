"""Dated cases: what the levels said before each of them began, and for how long. Read from ``config/cases.yaml``.

The lead time of a level is counted from the first look of the unbroken spell at or above it that was still going on at the last
look before the case began: a level reached decades earlier and left again is no warning. Where the level had not been reached by
then, the lead is negative (reached so many months late) or missing (not reached): a miss, and shown as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from indicators.contract import Frozen

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


class Rule(Frozen):
    """What dates a case: the first month in which a monthly series reached ``at_least``."""

    series: str
    at_least: float = Field(gt=0)


class Case(Frozen):
    """One case. Dated by the rule, from the month ``from`` on, or by a ``month`` that a public source gives."""

    id: str
    iso3: str
    title: str
    from_: str = Field(default="", alias="from", pattern=rf"^$|{MONTH}")
    month: str = Field(default="", pattern=rf"^$|{MONTH}")
    source: str = ""
    url: str = ""
    checked_on: str = ""

    @model_validator(mode="after")
    def _is_dated_one_way(self) -> Case:
        if bool(self.from_) == bool(self.month):
            raise ValueError("a case is dated either by the rule, from a month on (from), or by a month with its source (month)")
        if self.month and not (self.source and self.url):
            raise ValueError("a month needs its public source and url")
        return self


class CaseBook(Frozen):
    """Every case, and the rule that dates them."""

    rule: Rule
    late_months: int = Field(gt=0)
    cases: tuple[Case, ...]


def began(case: Case, rule: Rule, observations: pd.DataFrame) -> pd.Period | None:
    """Return the month in which a case began, ``None`` where the rule finds none. ``observations``: series, iso3, end, value."""
    if case.month:
        return pd.Period(case.month, freq="M")
    mine = observations[(observations["series"] == rule.series) & (observations["iso3"] == case.iso3)]
    over = mine.loc[mine["value"] >= rule.at_least, "end"].dt.to_period("M")
    later = over[over >= pd.Period(case.from_, freq="M")]
    return later.min() if len(later) else None


def lead_times(book: CaseBook, history: pd.DataFrame, observations: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Return one row a case, in the book's order.

    Columns: case, iso3, title, began (``2017-08``, empty where the rule finds no month), dated_by, looked (ISO day of the last
    look before, empty for none), level and status then (empty), and for each of ``levels`` above the lowest ``{level}_since``
    (ISO day of the look that began the spell; of the first after, where it came late), ``{level}_lead`` (months before the
    beginning, float64; negative when late; NaN when not reached), ``{level}_countries`` (how many stood there or above then).

    ``history``: the path (:mod:`.path`), any days. ``levels``: names from the lowest to the highest.
    """
    return pd.DataFrame([_row(case, book, history, observations, levels) for case in book.cases])


def _row(case: Case, book: CaseBook, history: pd.DataFrame, observations: pd.DataFrame, levels: Sequence[str]) -> dict[str, Any]:
    month = began(case, book.rule, observations)
    by = case.source or f"first month from {case.from_} with {book.rule.at_least:g} or more ({book.rule.series})"
    row: dict[str, Any] = {"case": case.id, "iso3": case.iso3, "title": case.title, "began": str(month or ""), "dated_by": by}
    rank = {name: n for n, name in enumerate(levels)}
    mine = history[history["iso3"] == case.iso3].sort_values("as_of")
    days = pd.to_datetime(mine["as_of"])
    before = mine[days < month.start_time] if month is not None else mine.iloc[:0]
    last = before.iloc[-1] if len(before) else None
    row |= {"looked": "", "level": "", "status": ""} if last is None else {
        "looked": last["as_of"], "level": last["level"], "status": last["status"]
    }  # fmt: skip
    after = mine[days >= month.start_time] if month is not None else mine.iloc[:0]
    same_day = history[history["as_of"] == row["looked"]]["level"].map(rank)
    for level in levels[1:]:
        since = _since(before, after, rank, rank[level])
        lead = _months(since, month) if since else None
        reached = lead is not None and lead >= -book.late_months
        row[f"{level}_since"] = since if reached else ""
        row[f"{level}_lead"] = lead if reached else np.nan
        row[f"{level}_countries"] = int((same_day >= rank[level]).sum())
    return row


def _since(before: pd.DataFrame, after: pd.DataFrame, rank: Mapping[str, int], level: int) -> str:
    """Return the look at which the spell at or above a level began: the one still going on before, or else the first after."""
    at = (before["level"].map(rank) >= level).to_numpy()
    if len(at) and at[-1]:
        below = np.flatnonzero(~at)
        return str(before["as_of"].iloc[below[-1] + 1 if len(below) else 0])
    reached = after.loc[(after["level"].map(rank) >= level).to_numpy(), "as_of"]
    return str(reached.iloc[0]) if len(reached) else ""


def _months(day: str, month: pd.Period | None) -> float:
    """Return the whole months from the month of a day to a month."""
    return float((month - pd.Period(day, freq="M")).n) if month is not None else np.nan
