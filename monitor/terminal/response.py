"""The response card and the attention gap on a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.markup import escape
from rich.table import Table

from monitor.response.card import NONE_FOUND, NOT_COLLECTED
from monitor.response.clock import BY, DONE, NOT_YET
from monitor.terminal.words import day_in_words, open_console, records

if TYPE_CHECKING:
    from monitor.responding import Card, Gap

QUIET = {NONE_FOUND: "dim", NOT_COLLECTED: "dim"}
NO_GAP = "not collected yet: `monitor response --collect` reads the questions, `monitor run` publishes the ranks of risk"
WHAT_GAP_SAYS = (
    "Ranks among the countries that have both; equal counts share the mean of their ranks. The gap says where questions are few "
    "beside the assessed risk, not why, nor what is done elsewhere."
)


def as_values(card: Card) -> dict[str, Any]:
    """Return the card as JSON values."""
    return {
        "country": card.iso3,
        "name": card.name,
        "profile": card.profile,
        "level": card.level or None,
        "status": card.status or None,
        "as_of": card.as_of or None,
        "via": card.via,
        "bundled": list(card.bundled),
        "rows": [row.model_dump() for row in card.rows],
        "contrasts": [c.model_dump() for c in card.contrasts],
        "clock": {"basis": card.basis, "rows": records(card.clock)},
        "ownership": [{"asks": asks, "office": office, "note": note} for asks, office, note in card.owners],
    }


def show_card(card: Card, *, as_json: bool) -> None:
    """Print a country's response card."""
    if as_json:
        print(json.dumps(as_values(card), ensure_ascii=False))
        return
    console = open_console()
    risk = (
        f"assessed risk {card.level}, {card.status}, as of {day_in_words(card.as_of)}" if card.level else "not assessed here yet"
    )
    console.print(f"[bold]{escape(card.name)}[/bold]: the public record of the {escape(card.profile)} ({risk})")
    if card.via:
        console.print(f"Collected via mirror {escape(card.via)}: a copy for trials, not the sources themselves", style="yellow")
    if card.bundled:
        console.print(f"Bundled figures, not collected here yet: {', '.join(card.bundled)}", style="dim")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("What", "What the record holds", "Office"):
        table.add_column(title, overflow="fold")
    for row in card.rows:
        before = f"\nthe period before: {row.before}" if row.before else ""
        words = (row.title, row.text + before, row.office)
        table.add_row(*(escape(w) for w in words), style=QUIET.get(row.state, ""))
    console.print(table)
    _show_clock(card)
    for contrast in card.contrasts:
        console.print(f"[bold]Side by side[/bold]: {escape(contrast.says)} Against it: {escape(contrast.counter)}")
        for rest in contrast.rests_on:
            console.print(f"  {escape(rest)}", style="dim", highlight=False)
    console.print("[bold]Who answers for it[/bold]")
    for asks, office, note in card.owners:
        console.print(escape(f"  {asks} {office} ({note})"), highlight=False)
    console.print("Sources, and how each row is to be read: --json", style="dim")


def _show_clock(card: Card) -> None:
    console = open_console()
    if card.clock.empty:
        console.print(
            "[bold]The clock[/bold]: it stands at no level above the lowest, or nothing was published: no warning to count from"
        )
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("The clock", *_warned(card)):
        table.add_column(title, overflow="fold")
    for kind, kinds in card.clock.groupby("title", sort=False):
        table.add_row(escape(str(kind)), *(escape(_in_words(row)) for row in kinds.to_dict("records")))
    console.print(table)
    console.print(escape(card.basis), style="dim")


def _warned(card: Card) -> list[str]:
    """Return a heading for each warning; one that stood at the first look of all began on that day or earlier."""
    seen = card.clock[["level", "warned", "dated"]].drop_duplicates().to_dict("records")
    return [f"{w['level']} since {w['warned']}{'' if w['dated'] else ' or earlier'}" for w in seen]


def _in_words(row: Any) -> str:
    if row["state"] in (DONE, BY):
        limit = "" if row["state"] == DONE else f" at most (the record begins {row['known_from']})"
        return f"{row['days']} days{limit}, {row['act']}"
    if row["state"] == NOT_YET:
        return f"not yet, {row['days']} days to {row['counted_to']}"
    if row["known_from"]:
        return f"{row['state']}: the record is of {row['known_from']} to {row['counted_to']}"
    return str(row["state"])


def show_gap(found: Gap | None, *, as_json: bool, most: int = 20) -> None:
    """Print the attention gap: both ranks of every country, those with the widest gap first."""
    if found is None:
        print(json.dumps({"gap": None, "why": NO_GAP}) if as_json else f"attention: {NO_GAP}")
        return
    if as_json:
        about = {k: v for k, v in vars(found).items() if k != "table"}
        about["together"] = None if pd.isna(found.together) else round(found.together, 3)
        print(json.dumps({**about, "note": WHAT_GAP_SAYS, "gap": records(found.table)}, ensure_ascii=False))
        return
    console = open_console()
    still = ", still provisional" if found.provisional else ""
    console.print(
        f"[bold]Attention beside risk[/bold], {found.period} of {day_in_words(found.start)}: {found.total:,.0f} written "
        f"questions on all subjects{still}; ranks of risk as of {day_in_words(found.as_of)} ({found.basis})"
    )
    if found.via:
        console.print(f"Collected via mirror {escape(found.via)}: a copy for trials, not the sources themselves", style="yellow")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in (
        "Country",
        "Rank of risk",
        "Rank of attention",
        "Gap",
        "Asked",
        "Members",
        "Parties",
        "Atrocity",
        "Trade",
        "Late",
    ):
        table.add_column(title, justify="left" if title == "Country" else "right")
    for row in found.table.head(most).to_dict("records"):
        counts = (row[c] for c in ("asked", "members", "parties", "atrocity", "trade", "late"))
        ranks = (f"{row[c]:.0f}" for c in ("risk_rank", "attention_rank", "gap"))
        table.add_row(escape(str(row["short"])), *ranks, *("?" if pd.isna(c) else f"{c:.0f}" for c in counts))
    console.print(table)
    console.print(f"{len(found.table)} countries have both ranks. {WHAT_GAP_SAYS}", style="dim")
