"""What each source brought, and the state of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.terminal.words import day_in_words, open_console

if TYPE_CHECKING:
    from monitor.intake import Ran

UNREACHED = "could not be reached"


def show_runs(runs: Sequence[Ran]) -> None:
    """Print what each source brought; those that could not be reached share one line a reason, those that wait for a file one."""
    console = open_console()
    reached = [r for r in runs if r.error_kind != UNREACHED and r.status != "missing"]
    if reached:
        console.print(_runs(reached))
    reasons: dict[str, list[str]] = {}
    for r in runs:
        if r.error_kind == UNREACHED:
            reasons.setdefault(_reason(r.error), []).append(r.source)
    for reason, sources in reasons.items():
        count = f"{len(sources)} of {len(runs)} sources could not be reached ({reason}); the last good data stay: "
        console.print(escape(count + ", ".join(sources)), style="red")
    if waiting := [r.error for r in runs if r.status == "missing"]:
        console.print(escape(f"Put in by hand, and not there yet: {'; '.join(waiting)}"))


def _reason(error: str) -> str:
    """Return the last part of an error, after the address that it names."""
    return error.rsplit(": ", 1)[-1].removeprefix(f"{UNREACHED} (").removesuffix(")")


def _runs(runs: Sequence[Ran]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in (
        "Source",
        "Status",
        "New",
        "Revised",
        "Withdrawn",
        "Set aside",
        "Newest period",
        "Release",
        "Seconds",
        "What happened",
    ):
        table.add_column(title, justify="right" if title in ("New", "Revised", "Withdrawn", "Set aside", "Seconds") else "left")
    for r in runs:
        bad = r.status in ("failed", "refused")
        note = (
            f"{r.error_kind}: {r.error[:300]}{'. ' + r.what_to_do if r.what_to_do else ''}."
            if bad
            else "; ".join(w for w in (r.changed, r.accepted and f"accepted by a person: {r.accepted}", r.set_aside) if w)
        )
        counts = (
            ("", "", "", "")
            if bad
            else (f"{r.rows_added:,}", f"{r.rows_revised:,}", f"{r.rows_withdrawn:,}", f"{r.rows_rejected:,}")
        )
        table.add_row(
            r.source, r.status, *counts, day_in_words(r.newest_period), escape(r.release), f"{r.seconds:.1f}",
            escape(note[:480] + (" The last good data stay." if bad and r.newest_period else "")), style="red" if bad else "",
        )  # fmt: skip
    return table


def show_sources(frame: pd.DataFrame) -> None:
    """Print the state of every source."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Source", "State", "Newest period", "Age, days", "Rows", "Release", "Licence", "Last error"):
        table.add_column(title)
    for r in frame.to_dict("records"):
        age = "" if pd.isna(r["age_days"]) else f"{r['age_days']} (at most {r['max_age_days']})"
        state = f"{r['state']}{' (starter)' if r['from_starter'] else ''}{'' if r['enabled'] else ', off'}"
        words = (
            r["source"],
            state,
            day_in_words(r["newest_period"]),
            age,
            f"{r['rows']:,}",
            r["release"],
            r["licence"],
            r["error"][:200],
        )
        table.add_row(*(escape(w) for w in words))
    open_console().print(table)
