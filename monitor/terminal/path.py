"""The path of a country through time, and what was said before the dated cases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.terminal.words import NO_DATA, SHAPE, STYLE, day_in_words, month_in_words, open_console

BASIS = "as it would have been: today's figures with assumed release lags, not what was known then"
NOT_REACHED = "not reached"


def show_path(rows: pd.DataFrame, country: str, first: pd.DataFrame) -> None:
    """Print the looks at which the level or the status of a country changed, and when each level was first reached."""
    console = open_console()
    console.print(f"[bold]{escape(country)}[/bold], {BASIS}")
    if rows.empty:
        console.print("No look lies in these months.")
        return
    moved = rows[(rows["level"] != rows["level"].shift()) | (rows["status"] != rows["status"].shift())]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("As of", "Level", "Status", "Conflict", "Outside conflict"):
        table.add_column(title)
    for row in moved.to_dict("records"):
        words = (day_in_words(row["as_of"]), f"{SHAPE[row['level']]} {row['level']}", row["status"], _track(row, "conflict"))
        table.add_row(*(escape(w) for w in (*words, _track(row, "outside_conflict"))), style=STYLE[row["level"]])
    console.print(table)
    last = rows.iloc[-1]
    console.print(f"{len(rows)} looks, to {day_in_words(last['as_of'])}: {last['level']}, {last['status']}.")
    reached = [f"{r['level']} {day_in_words(r['as_of'])}" for r in first.to_dict("records") if r["as_of"]]
    console.print(f"First reached in these months: {'; '.join(reached) or 'no level above the lowest'}.")


def show_cases(found: pd.DataFrame, levels: Sequence[str], late_months: int) -> None:
    """Print the dated cases: the level before each began, and since when, with the misses."""
    console = open_console()
    console.print(f"[bold]Before each case began[/bold], {BASIS}")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Case", "Began", "The month before", *(f"At {level} since" for level in levels[1:])):
        table.add_column(title)
    for row in found.to_dict("records"):
        then = f"{row['level']}, {row['status']}" if row["looked"] else "before the path begins"
        words = [row["title"], month_in_words(f"{row['began']}-01") if row["began"] else NO_DATA, then]
        style = STYLE.get(row["level"], "")
        table.add_row(*(escape(w) for w in (*words, *(_since(row, level) for level in levels[1:]))), style=style)
    console.print(table)
    missed = {level: int((~(found[f"{level}_lead"] > 0)).sum()) for level in levels[1:]}
    counts = ", ".join(f"{level} in {n} of {len(found)}" for level, n in missed.items())
    console.print(f"Not reached when it began: {counts}.")
    console.print(
        f"In brackets: months before it began (after it, where late, up to {late_months}), and how many countries stood there."
    )


def _since(row: Mapping[Hashable, Any], level: str) -> str:
    lead = row[f"{level}_lead"]
    if pd.isna(lead):
        return NOT_REACHED
    count = f"{row[f'{level}_countries']} countries"
    when = f"{abs(lead):.0f} before" if lead > 0 else f"{abs(lead):.0f} late"
    return f"{month_in_words(row[f'{level}_since'])} ({when}; {count})"


def _track(row: Mapping[Hashable, Any], track: str) -> str:
    index = row[f"{track}_index"]
    held = ", held" if row[f"{track}_held"] else ""
    return f"{row[f'{track}_level']}{held}" if pd.isna(index) else f"{int(index)} {row[f'{track}_level']}{held}"
