"""The table of countries: level, both tracks, change, evidence, what raises it most."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.terminal.words import NO_DATA, SHAPE, STYLE, month_in_words

KEY = (
    "Index 0 to 100, one scale for both tracks: watch begins at 40, elevated at 60, high at 80; not a probability. In brackets:\n"
    "core indicators read, of those asked; for the rank (1 the highest index), where it lies in 9 draws of 10 when weights,\n"
    "means, gaps and measurement error are varied; ? has no rank. ↑ raised one level by a change against the country's own\n"
    "history. Since a year ago: against the same day a year earlier, as it would have looked with today's figures and assumed\n"
    "release lags."
)
RAISED = "↑"
LAST = 7  # the column that gives way on a narrow terminal


def countries(said: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> Table:
    """Return the table of these rows of ``assessments``, in their order."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    shorts = tables["readings"].drop_duplicates("measure").set_index("measure")["short"]
    raises = tables["drivers"][tables["drivers"]["direction"] == "raises"]
    ages, places = _evidence(tables["readings"]), _places(tables["intervals"])
    rows: list[tuple[tuple[str, ...], str]] = []
    for row in said.itertuples():
        mine = raises[(raises["iso3"] == row.iso3) & (raises["track"] == (row.headline or "conflict"))]
        cells: tuple[str, ...] = (
            escape(str(row.short)),
            _level(row),
            _rank(row, places),
            _track(row, "conflict"),
            _track(row, "outside_conflict"),
            _change(row),
            ages.get(str(row.iso3), NO_DATA),
            escape("; ".join(dict.fromkeys(shorts[m] for m in mine["measure"].head(3)))),
        )
        rows.append((cells, STYLE[str(row.level)]))
    for n, title in enumerate(
        ("Country", "Level", "Rank", "Conflict", "Outside conflict", "Since a year ago", "Evidence", "What raises it most")
    ):
        widest = 0 if n == LAST else max((len(cells[n]) for cells, _ in rows), default=0)
        table.add_column(title, no_wrap=True, overflow="ellipsis", min_width=widest)
    for cells, style in rows:
        table.add_row(*cells, style=style)
    return table


def with_intervals(said: pd.DataFrame, intervals: pd.DataFrame) -> pd.DataFrame:
    """Return ``assessments`` with the columns of ``intervals``."""
    return said.merge(intervals, on="iso3", how="left", validate="one_to_one")


def level_counts(said: pd.DataFrame) -> str:
    """Return how many countries stand at each level, in words."""
    counts = said["level"].value_counts()
    return ", ".join(
        f"{counts.get(level, 0)} {level}" for level in ("high", "elevated", "watch", "baseline", "insufficient data")
    )


def _evidence(readings: pd.DataFrame) -> dict[str, str]:
    """Return the span of the periods behind each country's scores, oldest to newest."""
    used = readings[readings["score"].notna() & ~readings["lasting"]].groupby("iso3")["end"].agg(["min", "max"])
    return {str(iso3): f"{row['min'][:4]} to {month_in_words(row['max'])}" for iso3, row in used.iterrows()}


def _places(intervals: pd.DataFrame) -> dict[str, str]:
    """Return between which ranks each country lies in nine draws of ten: ``4-12``; nothing where that cannot be said."""
    known = intervals.dropna(subset=["rank_low", "rank_high"])
    ends = zip(known["iso3"], known["rank_low"], known["rank_high"], strict=True)
    return {str(iso3): f"{low}" if low == high else f"{low}-{high}" for iso3, low, high in ends}


def _rank(row: Any, places: dict[str, str]) -> str:
    """Return ``7 (4-12)``; without a rank, where the country might stand: ``? (31-160)``."""
    place = places.get(str(row.iso3), NO_DATA)
    return f"{row.rank if pd.notna(row.rank) else '?'} ({place})"


def _level(row: Any) -> str:
    held, kept = " (held)" if row.held else "", " (held)" if row.status_held else ""
    said = f", {row.status}{kept}" if row.status == "under way" or row.status_held else ""
    return f"{SHAPE[row.level]} {row.level}{held}{said}"


def _track(row: Any, track: str) -> str:
    level, index = getattr(row, f"{track}_level"), getattr(row, f"{track}_index")
    covered, core = getattr(row, f"{track}_covered"), getattr(row, f"{track}_core")
    # the index is cut, not rounded: 39.7 is not yet the 40 at which watch begins
    raised = RAISED if getattr(row, f"{track}_base") not in (level, "insufficient data") and not row.held else ""
    position = f"{int(index)} {level}{raised}" if pd.notna(index) else level
    return f"{position} ({covered}/{core})"


def _change(row: Any) -> str:
    if pd.isna(row.change):
        return "not comparable"
    step = "" if row.level_before == row.level else f", was {row.level_before}"
    return f"{row.change:+.0f}{step}".replace("-0", "0").replace("+0", "0")
