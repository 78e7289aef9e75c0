"""What the ranking owes to each choice of the framework, as a table and in words."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.terminal.words import ASSUMED, day_in_words, open_console, records

if TYPE_CHECKING:
    from monitor.pipeline import Monitor

TITLES = ("One thing changed", "Correlation", "Mean shift", "Top 30 kept", "Levels changed", "Largest shifts of rank")
KEY = (
    "Correlation: of ranks, 1 the same order. Mean shift: places, on average over all countries. Top 30 kept: of the 30\n"
    "highest. Lost: countries that have too little data without it."
)
NAMED = 3
WIDEST = 62  # of the change, in letters
STEADY = 27  # of the 30 highest


def show_sensitivity(monitor: Monitor, day: date, *, assumed: bool, as_json: bool) -> None:
    """Assess as of a day, change one thing at a time, and print how far the ranking moves."""
    from monitor.risk.sensitivity import sensitivity

    cube = monitor.cube(monitor.store.panel())
    now = monitor.assess_assumed(cube, day) if assumed else monitor.assess(cube, day)
    found = sensitivity(
        now,
        monitor.config.framework,
        deaths={s.id: s.conflict_derived for s in monitor.series.values()},
        source={s: c.id for s, c in monitor.card_of.items()},
        titles={c.id: c.title.split(",")[0] for c in monitor.config.sources},
    )
    basis = ASSUMED if assumed else "as recorded"
    if as_json:
        said = {"as_of": f"{day}", "basis": basis, "said": in_words(found), "variants": records(found)}
        print(json.dumps(said, ensure_ascii=False))
        return
    console = open_console()
    console.print(f"[bold]What the ranking owes to each choice, as of {day_in_words(f'{day}')}[/bold] ({basis})")
    console.print(_table(found, {c: monitor.countries.short(c) for c in now.countries}))
    console.print(KEY, style="dim")
    console.print(escape(in_words(found)))


def in_words(found: pd.DataFrame) -> str:
    """Return the table of variants in sentences."""
    if found["mean_shift"].isna().all():
        return "No country has a headline in any variant: nothing can be compared."
    by = found.sort_values(["mean_shift", "variant"], ascending=[False, True])
    top = zip(by["title"].head(NAMED).astype(str), by["mean_shift"].head(NAMED), strict=True)
    most = "; ".join(f"{title[0].lower()}{title[1:]} ({shift:.1f} places)" for title, shift in top)
    middle = found.sort_values("mean_shift").iloc[(len(found) - 1) // 2]
    steady = int((found["top_30"] >= STEADY).sum())
    lost = int(found["lost"].max())
    parts = [
        f"Of {len(found)} changes, {steady} leave at least {STEADY} of the 30 highest countries among the 30",
        f"the middle one moves a country by {middle['mean_shift']:.1f} places on average (correlation {middle['spearman']:.3f})",
        f"the ranking depends most on: {most}",
        *([f"at most {lost} countries lose their level for want of data"] if lost else []),
        "each variant is put on the scale of the assessment, so that its thresholds mean the same",
    ]
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


def _table(found: pd.DataFrame, names: dict[str, str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for n, title in enumerate(TITLES):
        number = 0 < n < len(TITLES) - 1
        widest = len(title) if number else None
        table.add_column(title, justify="right" if number else "left", no_wrap=True, overflow="ellipsis", min_width=widest)
    table.columns[0].max_width = WIDEST
    for r in found.to_dict("records"):
        movers = [m.split(" ") for m in r["movers"].split("; ") if m][:NAMED]
        table.add_row(
            escape(r["title"]),
            f"{r['spearman']:.3f}",
            f"{r['mean_shift']:.1f}",
            f"{r['top_30']}",
            f"{r['levels_changed']}" + (f", {r['lost']} lost" if r["lost"] else ""),
            escape("; ".join(f"{names.get(c, c)} {shift.replace('>', ' to ')}" for c, shift in movers)),
        )
    return table
