"""Phase, war beside atrocity risk, and what would lower a level, as lines on the country's page. Pure; plain text out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.tables import records
from dashboard.words import index, number, period, reading

Row = Mapping[str, Any]
TABLES = ("phases", "gaps", "signs", "levers_of_change", "lowering")
SHOWN = 5  # levers listed


def first_line(rows: pd.DataFrame) -> str:
    """Return the sentence of a country's row, or nothing where there is none."""
    return str(rows["line"].iloc[0]) if len(rows) else ""


def sign_lines(signs: pd.DataFrame, factors: Row, measures: Row) -> list[tuple[str, str]]:
    """Return (risk factor, its signs) for each factor with an atrocity-only sign, the worst first; signals of change last.

    ``factors``: factor id -> name; ``measures``: measure id -> whether its score is a share of country-years.
    """
    lines: dict[str, list[str]] = {}
    for one in records(signs.sort_values("order")):
        where = (
            f"{one['factor'].removeprefix('RF')}. {factors.get(one['factor'], one['factor'])}"
            if one["factor"]
            else "Signals of change"
        )
        lines.setdefault(where, []).append(_sign(one, measures))
    return [(where, "; ".join(said)) for where, said in lines.items()]


def _sign(one: Row, measures: Row) -> str:
    if pd.isna(one["score"]):
        return f"{one['title']}: {reading(one['value'], one['unit'], 2)} ({period(one['start'], one['end'])})"
    place = f"worse than {_of_100(one['score'])} of 100" if measures.get(one["measure"]) else f"score {number(one['score'], 2)}"
    return f"{one['short']}: {place} ({period(one['start'], one['end'])})"


def _of_100(score: float) -> str:
    """Return a score as a place among 100; the ends are 1 and 99, because no place is beyond the reference period."""
    return number(min(max(100 * score, 1), 99))


def lever_rows(levers: pd.DataFrame, readings: pd.DataFrame) -> pd.DataFrame:
    """Return the index if each raising measure stood at the middle of its scale: it alone, and with all above it."""
    short = dict(zip(readings["measure"], readings["short"], strict=True))
    shown = records(levers.sort_values("order").head(SHOWN))
    return pd.DataFrame(
        [
            {
                "If this were typical": short[r["measure"]],
                "Index, it alone": index(r["index_if"]),
                "With all above": index(r["cumulative_index"]),
                "Level then": r["level_if_cumulative"],
            }
            for r in shown
        ]
    )
