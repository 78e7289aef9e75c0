"""A country on the trigger protocol: where it stands, each criterion with its reading, and what should follow by when."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from monitor.briefs.actions import due
from monitor.risk.checks import MET, NOT_MET, UNKNOWN
from monitor.risk.framework import INSUFFICIENT
from monitor.risk.protocol import CONFIRMATION
from monitor.risk.status import UNDER_WAY
from monitor.risk.triggers import IMMINENT, Protocol, Response
from monitor.risk.wording import day
from monitor.terminal.words import SHAPE, open_console, records

MARK = {MET: "✓", NOT_MET: "✗", UNKNOWN: "?"}
COLOUR = {MET: "bold", NOT_MET: "dim", UNKNOWN: "yellow"}
WHO = {
    "program": "the program, from published figures",
    "analyst": "an analyst",
    "two people": "two people: one confirms, another has read the evidence",
}
Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Stand:
    """One country on the protocol. ``rows``: its criteria; ``levels``: its summary.

    ``actions``: of every level (:func:`monitor.briefs.actions.actions`). ``changed``: since what was published.
    """

    protocol: Protocol
    said: Row
    as_of: date
    rows: pd.DataFrame
    levels: pd.DataFrame
    actions: pd.DataFrame
    changed: bool

    @property
    def at(self) -> tuple[str, ...]:
        """Return where the country stands: its level, or insufficient data, then the status under way where it holds."""
        stands = self.levels.loc[self.levels["stands"], "level"].tolist()
        level = next((x for x in stands if x != UNDER_WAY), INSUFFICIENT)
        return (level, UNDER_WAY) if UNDER_WAY in stands else (level,)

    def response(self, level: str) -> Response:
        """Return what follows from a level, the status, or insufficient data."""
        return self.protocol.unseen if level == INSUFFICIENT else self.protocol.level[level]

    def due(self, level: str) -> pd.DataFrame:
        """Return the actions that a level calls for, with their deadlines."""
        return due(self.actions, self.said, level, self.as_of)

    @property
    def review_days(self) -> int:
        """Return in how many days the country is looked at again: the shortest of what holds."""
        return min(self.response(level).review_days for level in self.at)

    @property
    def next_review(self) -> str:
        """Return the day (ISO) of the next review."""
        return (self.as_of + timedelta(days=self.review_days)).isoformat()


def show_country(stand: Stand, *, as_json: bool) -> None:
    """Print where a country stands, each level's criteria with their readings, and the actions that the level calls for."""
    if as_json:
        print(json.dumps(_country_as_json(stand), ensure_ascii=False))
        return
    console = open_console()
    _head(console, stand)
    for row in stand.levels.to_dict("records"):
        _criteria(console, stand, row)
    _actions(console, stand)
    console.print(escape(stand.protocol.note), style="dim")


def _head(console: Console, stand: Stand) -> None:
    said, at = stand.said, stand.at
    words = f"{SHAPE.get(at[0], '■')} {at[0] if at[0] != IMMINENT else 'imminent risk, confirmed by a person'}"
    held = " (held: evidence was lost)" if said["held"] else ""
    status = (
        ", killing under way" if UNDER_WAY in at else ", killing in the recent past" if said["status"] == "recent past" else ""
    )
    console.print(f"[bold]{escape(said['name'])} ({said['iso3']}): {words}{held}{status}[/bold]   as of {day(f'{stand.as_of}')}")
    for level in at:
        console.print(escape(f"{level}: {stand.response(level).meaning}"))
    every = "day" if stand.review_days == 1 else f"{stand.review_days} days"
    console.print(f"Next review {day(stand.next_review)} (every {every}). What should follow, by when: at the end.")
    ladder = [f"{MARK[r['state']]} {_name(r['level'])}" for r in stand.levels.to_dict("records")]
    console.print(f"Criteria   {'   '.join(ladder)}      (✓ met, ✗ not met, ? unknown)")
    imminent = next(r for r in stand.levels.to_dict("records") if r["level"] == IMMINENT)
    how = f"It takes two people and two sources to confirm: `monitor confirm {said['iso3']} {IMMINENT}`"
    console.print(escape(f"{MARK[imminent['state']]} {imminent['words'][0].upper()}{imminent['words'][1:]}. {how}."))
    if stand.changed:
        console.print(
            "The protocol has changed since this assessment was published: `monitor run` publishes it anew.", style="bold"
        )
    console.print()


def _name(level: object) -> str:
    return "imminent risk" if level == IMMINENT else str(level)


def _criteria(console: Console, stand: Stand, level: Row) -> None:
    """Print one level: its state, then each route with its groups and criteria."""
    rung = stand.protocol.level[str(level["level"])]
    here = "   <- stands here" if level["stands"] else ""
    counts = f"{level['met']} met, {level['not_met']} not met, {level['unknown']} unknown"
    console.print(f"[bold]{MARK[level['state']]} {_name(rung.id).upper()}[/bold]: {escape(level['words'])} ({counts}){here}")
    own = stand.rows[stand.rows["level"] == rung.id]
    width = console.width - 16
    table = Table(box=None, show_header=False, pad_edge=False)
    for column in (10, int(0.47 * width), width - int(0.47 * width)):
        table.add_column(width=column)
    for route in rung.routes:
        mine = own[own["route"] == route.id]
        title = f"[underline]{escape(route.title)}[/underline]"
        table.add_row(_mark(str(mine["route_state"].iloc[0])), title, f"confirmed by {WHO[route.confirms]}")
        for _, group in mine.groupby("group_order", sort=True):
            first = group.iloc[0]
            if len(mine) > 1:
                asks = "" if first["of"] == 1 else f" ({first['needed']} of {first['of']})"
                table.add_row("", f"  {_mark(str(first['group_state']))}: {escape(str(first['group']))}{asks}", "")
            for row in group.to_dict("records"):
                table.add_row(*_row(row))
    if not _reached(stand, rung.id):
        for row in own[own["route"] == CONFIRMATION].to_dict("records"):
            table.add_row(*_row(row))
    console.print(Padding(table, (0, 0, 0, 2)))
    console.print(Padding(f"Evidence bar: {escape(rung.evidence_bar.words)}", (0, 0, 1, 2)), style="dim")


def _reached(stand: Stand, level: str) -> bool:
    """Return whether the country already stands at a level or above: nobody need raise it there."""
    order = list(stand.protocol.order)
    return level in order and stand.at[0] in order and level != IMMINENT and order.index(level) <= order.index(stand.at[0])


def _row(row: Row) -> tuple[str, str, str]:
    return _mark(str(row["state"])), f"    {escape(str(row['title']))}", escape(str(row["reading"]))


def _mark(state: str) -> str:
    return f"[{COLOUR[state]}]{MARK[state]} {state}[/]"


def _actions(console: Console, stand: Stand) -> None:
    """Print what each level calls for, then the sources behind it, each once."""
    numbers: dict[str, int] = {}
    for level in stand.at:
        heading = "killing under way" if level == UNDER_WAY else _name(level)
        counted = f"deadlines counted from {day(f'{stand.as_of}')}"
        console.print(f"[bold]WHAT SHOULD FOLLOW: {heading.upper()}[/bold]   {counted}")
        for row in stand.due(level).to_dict("records"):
            days = f"{row['days']} day{'' if row['days'] == 1 else 's'}"
            console.print(f"  [bold]by {day(row['deadline'])}[/bold] ({days}): [bold]{escape(row['do'])}[/bold]")
            refs = [numbers.setdefault(s, len(numbers) + 1) for s in row["sources"].split(" | ") if s]
            _action(console, row, refs)
        console.print()
    console.print("Sources of the actions", style="bold")
    for source, number in numbers.items():
        console.print(Padding(escape(f"[{number}] {source}"), (0, 0, 0, 2)))


def _action(console: Console, row: Row, refs: list[int]) -> None:
    """Print an action's holder, instrument, risk of harm, evidence and ask, in this order: the caveat stands before the ask."""
    checked = row["checked_on"] if row["checked_on"].startswith("not") else f"checked on {day(row['checked_on'])}"
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True, width=12, style="dim")
    table.add_column()
    sources = f"sources {', '.join(f'[{n}]' for n in refs)}" if refs else "no source yet: check before use"
    for name, text in (
        ("Holder", f"{row['holder']} ({checked})"),
        ("Instrument", f"{row['id']} {row['name']}. {row['instrument']}"),
        ("Risk of harm", row["caveat"]),
        ("Ask", f"{row['ask']} (evidence that it helps: {row['evidence']}; {sources})"),
    ):
        table.add_row(name, escape(text))
    console.print(Padding(table, (0, 0, 0, 6)))


def _country_as_json(stand: Stand) -> dict[str, Any]:
    """Return the same for machines; a missing value is null."""
    levels = []
    for level in records(stand.levels.drop(columns="iso3")):
        rung = stand.protocol.level[level["level"]]
        mine = stand.rows[stand.rows["level"] == rung.id].drop(columns=["iso3", "level"])
        bar = rung.evidence_bar.model_dump()
        levels.append(
            level | {"meaning": rung.meaning, "evidence_bar": bar, "review_days": rung.review_days, "criteria": records(mine)}
        )
    protocol = stand.protocol
    return {
        "iso3": stand.said["iso3"],
        "name": stand.said["name"],
        "as_of": f"{stand.as_of}",
        "protocol": {
            "hash": protocol.hash,
            "version": protocol.version,
            "note": protocol.note,
            "changed_since_run": stand.changed,
        },
        "level": stand.said["level"],
        "status": stand.said["status"],
        "stands_at": list(stand.at),
        "review_days": stand.review_days,
        "next_review": stand.next_review,
        "levels": levels,
        "actions": {level: records(stand.due(level)) for level in stand.at},
    }
