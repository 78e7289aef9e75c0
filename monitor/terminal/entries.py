"""What people entered: the line after an entry, the history, and what became of the inbox."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.risk.judgements import Entry, Judgement, Withdrawal
from monitor.terminal.words import day_in_words, open_console

if TYPE_CHECKING:
    from monitor.inbox import Taken
    from monitor.pipeline import Monitor

NOTHING_NEW = "says what its last entry says already: nothing was added. A new look needs a newer source, period or wording"


def show_entered(monitor: Monitor, entries: Sequence[Entry], fresh: Sequence[bool]) -> None:
    """Print what was recorded, a line an entry, and what that means."""
    console = open_console()
    for entry, new in zip(entries, fresh, strict=True):
        where = f"{monitor.countries.short(entry.iso3)} {entry.subject}"
        console.print(escape(f"{where}: {_in_words(entry)}" if new else f"{where} {NOTHING_NEW}"), highlight=False)
    count = [bool(new) for new in fresh].count(True)
    tail = "; shown beside the data, changing no score, from the next `monitor run` on." if count else "."
    console.print(f"{count} of {len(fresh)} recorded{tail}", style="dim", highlight=False)


def _in_words(entry: Entry) -> str:
    if isinstance(entry, Withdrawal):
        return f"withdrawn by {entry.role}; the entry stays in the record and no longer stands"
    until = f"stands to {day_in_words(f'{entry.expires}')}"
    if isinstance(entry, Judgement):
        answer = f"{_plain(entry.answer)}{', alleged' if entry.allegation else ''} ({entry.confidence} confidence)"
        return f"{answer}, by {_roles(entry.role, entry.second_reader)}; {until}"
    return f"confirmed by {entry.role} on {len(entry.sources)} sources; {until}"


def _roles(role: str, second_reader: str) -> str:
    return f"{role}, read by {second_reader}" if second_reader else role


def _plain(word: str) -> str:
    return word.replace("_", " ")


def show_history(monitor: Monitor, frame: pd.DataFrame) -> None:
    """Print a table of :mod:`monitor.risk.judgement_tables`, each entry with its state today."""
    console = open_console()
    if frame.empty:
        console.print("Nothing has been entered: every indicator that only a person can answer is not assessed.")
        return
    judged = "indicator" in frame.columns
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Country", "Indicator" if judged else "Kind", "State", "Entered", "Last day", "By", "Says"):
        table.add_column(title)
    for row in frame.to_dict("records"):
        table.add_row(*(escape(cell) for cell in _cells(monitor, row)), style="" if row["state"] == "stands" else "dim")
    console.print(table)


def _cells(monitor: Monitor, row: dict[Any, Any]) -> tuple[str, ...]:
    hosts = "; ".join(f"{s['title']}, {s['url']}, {s['date']}" for s in json.loads(row["sources"]))
    state = "expired: not assessed" if row["state"] == "expired" and "indicator" in row else str(row["state"])
    said = str(row.get("reason", ""))
    if "answer" in row:
        alleged = "alleged, " if row["allegation"] else ""
        said = f"{_plain(row['answer'])} ({alleged}{row['direction']}, {row['confidence']} confidence): {row['summary']}"
    return (
        monitor.countries.short(row["iso3"]),
        str(row.get("indicator", row.get("kind"))),
        state,
        day_in_words(row["entered"]),
        day_in_words(row["expires"]),
        _roles(row["role"], row.get("second_reader", "")),
        f"{said} [{hosts}]",
    )


def show_inbox(taken: Sequence[Taken]) -> None:
    """Print what became of the inbox: a count of what came in, and a line for every file that was refused."""
    if not taken:
        return
    console = open_console()
    count = [t.outcome for t in taken].count("recorded")
    console.print(f"Inbox: {count} new {'entry' if count == 1 else 'entries'} recorded")
    for each in taken:
        if each.outcome in ("refused", "waiting") or "could not be moved" in each.said:
            console.print(escape(f"Inbox, {each.outcome}: {each.file}: {each.said}"), style="red", highlight=False)
