"""The post on a terminal: readers by number, mailings with how far they are, and what wants a person's eye."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from monitor.post.readers import Subscriber
from monitor.terminal.words import open_console

STATES = ("queued", "claimed", "committing", "held", "sent", "refused", "expired", "withdrawn")
LAST_ACTS = 5


def show_readers(readers: Sequence[Subscriber], acts: Sequence[Any], barred: int, *, addresses: bool) -> None:
    """Print a line a reader, addresses and countries only when asked for, and what was done last."""
    console = open_console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("Reader", "State", "Since", "Gets", "From level", *(("Address", "Countries") if addresses else ())):
        table.add_column(title, no_wrap=title != "Countries")
    for r in readers:
        since = r.confirmed_at or r.asked_at
        shown = (r.address.text if r.address else "", " ".join(sorted(r.choice.countries)) or "all") if addresses else ()
        cells = (r.name, r.state, f"{since:%Y-%m-%d}", r.choice.frequency, r.choice.minimum_level, *shown)
        table.add_row(*(escape(c) for c in cells))
    console.print(table if readers else "Nobody is on the list yet: monitor subscribers add")
    by = {s: [r.state for r in readers].count(s) for s in ("active", "pending", "suspended")}
    console.print(
        f"{by['active']} active, {by['pending']} asked, {by['suspended']} suspended; {barred} addresses never written to"
    )
    for act in acts[-LAST_ACTS:]:
        name = f"s-{act.subscriber} " if act.subscriber is not None else ""
        console.print(escape(f"{act.at[:16]}  {name}{act.what}{f': {act.why}' if act.why else ''}"), style="dim", highlight=False)


def show_outbox(counts: Sequence[Any], troubled: Sequence[Any]) -> None:
    """Print a line a mailing, then a line a message that is held, refused, given up or waiting to be tried again."""
    console = open_console()
    if not counts:
        console.print("The outbox is empty.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Mailing", no_wrap=True)
    table.add_column("Frozen", no_wrap=True)
    used = [s for s in STATES if any(getattr(row, s) for row in counts)]
    for state in used:
        table.add_column(state.capitalize(), justify="right")
    for row in counts:
        cells = [f"{row.kind} {row.period}", row.frozen_at[:16].replace("T", " "), *(f"{getattr(row, s) or '-'}" for s in used)]
        table.add_row(*(escape(c) for c in cells))
    console.print(table)
    for row in troubled:
        style = "red" if row.state == "held" else ""
        console.print(escape(_line(row)), style=style, highlight=False)
    if any(row.state == "held" for row in troubled):
        console.print("Held: look for it in the server's log, then `monitor outbox --resolve s-N --went` or `--did-not-go`.")


def _line(row: Any) -> str:
    who = "the operator" if row.subscriber == 0 else f"s-{row.subscriber}"
    tries = f", {row.tries} {'try' if row.tries == 1 else 'tries'}" if row.tries else ""
    again = f", again after {_clock(row.not_before)}" if row.state == "queued" else ""
    return f"{row.kind} {row.period} to {who}: {row.state}{tries}{again}: {row.reply}"


def _clock(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} UTC"


def outbox_as_json(counts: Sequence[Any], troubled: Sequence[Any]) -> dict[str, Any]:
    """Return both as JSON values."""
    mailings = [
        {"kind": r.kind, "period": r.period, "frozen_at": r.frozen_at, **{s: getattr(r, s) for s in STATES}} for r in counts
    ]
    messages = [
        {
            "kind": r.kind, "period": r.period, "to": f"s-{r.subscriber}", "state": r.state, "tries": r.tries,
            "not_before": r.not_before, "said": r.reply,
        }
        for r in troubled
    ]  # fmt: skip
    return {"mailings": mailings, "messages": messages}
