"""The table of countries: level, both tracks, change, evidence, what raises it most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.terminal.words import NO_DATA, SHAPE, STYLE, month_in_words

KEY = (
    "Index 0 to 100, one scale for both tracks: watch begins at 40, elevated at 60, high at 80; not a probability. Rank: 1 the\n"
    "highest index of either track; in brackets where it lies in 9 draws of 10, with weights, means, gaps and errors of\n"
    "measurement varied; ? has none. Read: core indicators of the leading track with a reading, of those asked. In a year: the\n"
    "index of the track that leads now, against its own of the same day a year earlier, as it would have looked with today's\n"
    "figures and assumed release lags. ↑ raised one level by a change against the country's own history. Levels that are not\n"
    "what the figures now say: ↓1/{lower} lower for 1 fresh period in a row, of {lower} that ease a level; = lower, but not\n"
    "below the mark where the level ends, or by provisional figures alone; held: it rests on what can no longer be seen;\n"
    "↗1/{updates} 1 provisional update says more, of {updates} that raise a level. Was under way: at the newest figures, older\n"
    "than they should be."
)
STANDS = {"held": " held", "between": " =", "final": " =", "": ""}
RAISED = "↑"
LAST = 8  # the column that gives way on a narrow terminal


def key(steps: Mapping[str, int]) -> str:
    """Return what the marks of the table mean. ``steps``: the framework's, how many updates raise and how many periods lower."""
    return KEY.format(lower=steps["lower_periods"], updates=steps["provisional_updates"])


def countries(said: pd.DataFrame, tables: dict[str, pd.DataFrame], steps: Mapping[str, int]) -> Table:
    """Return the table of these rows of ``assessments``, in their order; ``steps``: the framework's."""
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
            _track(row, "conflict", steps),
            _track(row, "outside_conflict", steps),
            _change(row),
            _read(row),
            ages.get(str(row.iso3), NO_DATA),
            escape("; ".join(dict.fromkeys(shorts[m] for m in mine["measure"].head(3)))),
        )
        rows.append((cells, STYLE[str(row.level)]))
    for n, title in enumerate(
        ("Country", "Level", "Rank", "Conflict", "Outside conflict", "In a year", "Read", "Evidence", "What raises it most")
    ):
        widest = 0 if n == LAST else max(len(words) for words in (title, *(cells[n] for cells, _ in rows)))
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
    return f"{SHAPE[row.level]} {row.level}{' (held)' if row.held else ''}{_under_way(row)}"


def _under_way(row: Any) -> str:
    """Return since when killing is under way; where the figures are older than they should be, that it was."""
    if row.status != "under way":
        return ""
    if not row.status_fresh:
        return ", was under way"
    return f", under way since {month_in_words(row.status_since)}" if row.status_since else ", under way"


def _read(row: Any) -> str:
    """Return how many core indicators of the leading track have a reading, of those asked."""
    track = row.headline or "conflict"
    return f"{getattr(row, f'{track}_covered')}/{getattr(row, f'{track}_core')}"


def _track(row: Any, track: str, steps: Mapping[str, int]) -> str:
    level, index = getattr(row, f"{track}_level"), getattr(row, f"{track}_index")
    # the index is cut, not rounded: 39.7 is not yet the 40 at which watch begins
    raised = RAISED if level == getattr(row, f"{track}_seen") != getattr(row, f"{track}_base") else ""
    position = f"{int(index)} {level}{raised}" if pd.notna(index) else level
    return f"{position}{_stands(row, track, steps)}"


def _stands(row: Any, track: str, steps: Mapping[str, int]) -> str:
    """Return the mark of a level that is not the one its figures say; empty for any other."""
    stays = getattr(row, f"{track}_stays")
    if stays == "easing":
        return f" ↓{getattr(row, f'{track}_easing')}/{steps['lower_periods']}"
    if stays == "rising":
        return f" ↗{getattr(row, f'{track}_rising')}/{steps['provisional_updates']}"
    return STANDS[stays]


def _change(row: Any) -> str:
    step = "" if row.level_before == row.level else f", was {row.level_before}"
    if pd.isna(row.change):
        return f"not comparable{step if 'insufficient data' not in (row.level, row.level_before) else ''}"
    return f"{row.change:+.0f}{step}".replace("-0", "0").replace("+0", "0")
