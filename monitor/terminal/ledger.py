"""The public ledger on the terminal: the proof, the entries, and what has come true."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from monitor.foresight.words import years
from monitor.terminal.words import day_in_words, open_console, records

if TYPE_CHECKING:
    import pandas as pd

    from monitor.public_ledger import Proof
    from monitor.resolving import Resolved
    from monitor.storage.ledger import Entry

SHORT = 16
SHOWN = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "brier": "Brier score",
    "brier_skill": "Brier skill",
    "found_in_top_10": "Onsets in the top 10",
    "found_in_top_20": "Onsets in the top 20",
    "found_in_top_30": "Onsets in the top 30",
}
OPEN = "open"


def show_proof(proof: Proof) -> None:
    """Print whether a ledger is whole, and its root."""
    console = open_console()
    if proof.problems:
        console.print("[bold red]The ledger is not what was recorded.[/bold red]")
        for problem in proof.problems:
            console.print(escape(f"- {problem}"), highlight=False)
    else:
        console.print(f"[bold]The ledger is whole[/bold]: {proof.entries} entries.")
    for note in proof.notes:
        console.print(escape(f"Note: {note}."), highlight=False)
    if proof.root:
        console.print(f"Root: {proof.root}", highlight=False)
    if proof.root and not proof.problems:
        console.print(
            "Note it down where nobody here can change it: `monitor ledger verify --root ...` will want it again.", style="dim"
        )


def show_entries(entries: Sequence[Entry], every: Sequence[Entry]) -> None:
    """Print entries, and the root of the whole ledger."""
    console = open_console()
    if not every:
        console.print("The ledger is empty: it begins with the next `monitor run`.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Entry", "Kind", "As of", "Said (UTC)", "Run", "What", "Hash"):
        table.add_column(title, justify="right" if title == "Entry" else "left", no_wrap=title != "What")
    for e in entries:
        table.add_row(str(e.number), e.kind, e.as_of, e.said[:19].replace("T", " "), e.run_id, escape(_what(e)), e.sha256[:SHORT])
    console.print(table)
    console.print(f"{len(entries)} of {len(every)} entries. Root: {every[-1].sha256}", highlight=False)


def _what(entry: Entry) -> str:
    content: dict[str, Any] = entry.content
    if entry.kind == "assessment":
        levels = [values[content["columns"].index("level")] for values in content["countries"].values()]
        counts = f"{len(levels)} countries, {levels.count('high')} high, {levels.count('elevated')} elevated"
        return f"{counts}; framework {content['framework'][:8]}"
    if entry.kind == "forecast":
        spans = " and ".join(sorted({_years(block) for block in content["blocks"]}))
        targets = ", ".join(sorted({block["target"] for block in content["blocks"]}))
        return f"forecast {content['key']} of {targets} in {spans}"
    return str(content["why"])


def _years(row: Mapping[str, Any]) -> str:
    return years(row["first_year"], row["last_year"])


def show_scores(found: Resolved, *, as_json: bool) -> None:
    """Print what has come true of what was said, and what is open."""
    if as_json:
        tables = {name: records(getattr(found, name)) for name in ("forecasts", "scores", "assessments")}
        print(json.dumps({**tables, "why": found.why}, ensure_ascii=False))
        return
    console = open_console()
    if found.why:
        console.print(escape(f"Nothing can be resolved: {found.why}."))
    if found.forecasts.empty:
        console.print("No forecast stands in the ledger yet: the next `monitor run` enters one.")
    else:
        console.print(_forecasts(found.forecasts))
        console.print(_verdict(found), style="bold")
    if len(found.scores):
        console.print(_scores(found.scores))
    if len(found.assessments):
        console.print(_assessments(found.assessments))
        console.print(
            "Onsets: killing on a large scale began in the twelve months after. The first assessment of each month.", style="dim"
        )


def _verdict(found: Resolved) -> str:
    resolved = int(found.forecasts["resolved"].to_numpy().sum())
    last = int(found.forecasts["last_year"].min())
    if not resolved:
        return f"Nothing is resolved yet: the first of these years closes with {last}, and counts once figures cover it."
    count = int(found.scores["years"].max())
    thin = "" if count >= 5 else f" {count} year{'s' if count > 1 else ''} of outcomes say little, and no interval can be given."
    return f"{resolved:,} forecasts of a country are resolved.{thin}"


def _forecasts(rows: pd.DataFrame) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Entry", "Said", "Target", "Track", "Years", "Countries", "Resolved", "Onsets", "Expected"):
        table.add_column(title, justify="left" if title in ("Said", "Target", "Track", "Years") else "right", no_wrap=True)
    for r in records(rows):
        span = _years(r)
        done = r["resolved"] > 0
        table.add_row(
            str(r["entry"]), day_in_words(r["said"]), r["target"], r["track"], span, str(r["countries"]),
            str(r["resolved"]) if done else OPEN, str(r["onsets"]) if done else OPEN, f"{r['expected']:.1f}" if done else OPEN,
        )  # fmt: skip
    return table


def _scores(rows: pd.DataFrame) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Target", "Years ahead", "Track", "Score", "Value", "90 % interval", "Country-years", "Onsets"):
        table.add_column(title, no_wrap=True)
    for r in records(rows[rows["score"].isin(list(SHOWN))]):
        none = r["low"] is None or math.isnan(r["low"])
        value = "none" if r["value"] is None else f"{r['value']:.3f}"
        span = "too few years" if none else f"{r['low']:.3f} to {r['high']:.3f}"
        table.add_row(
            r["target"], str(r["horizon"]), r["track"], SHOWN[r["score"]], value, span, str(r["country_years"]), str(r["onsets"])
        )
    return table


def _assessments(rows: pd.DataFrame) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Entry", "As of", "Level", "Countries", "Resolved", "Onsets"):
        table.add_column(title, justify="left" if title in ("As of", "Level") else "right", no_wrap=True)
    for r in records(rows):
        done = r["resolved"] > 0
        table.add_row(
            str(r["entry"]),
            r["as_of"],
            r["level"],
            str(r["countries"]),
            str(r["resolved"]) if done else OPEN,
            str(r["onsets"]) if done else OPEN,
        )
    return table
