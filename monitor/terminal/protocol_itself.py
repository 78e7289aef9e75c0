"""The trigger protocol itself on the terminal, and how often its criteria were met in past years."""

from __future__ import annotations

import json

import pandas as pd
from rich.console import Console
from rich.markup import escape

from monitor.risk.framework import INSUFFICIENT
from monitor.risk.triggers import IMMINENT, Protocol, Route
from monitor.terminal.protocol import WHO
from monitor.terminal.words import open_console, records


def show_protocol(protocol: Protocol, actions: pd.DataFrame, *, as_json: bool) -> None:
    """Print the protocol itself: each level's criteria, evidence bar, review, who confirms, and actions."""
    if as_json:
        print(json.dumps({**protocol.model_dump(mode="json"), "joined_actions": records(actions)}, ensure_ascii=False))
        return
    console = open_console()
    console.print(f"[bold]{protocol.title}, version {protocol.version}[/bold] ({protocol.hash})\n{escape(protocol.note)}\n")
    for rung in protocol.levels:
        console.print(f"[bold]{'IMMINENT RISK' if rung.id == IMMINENT else rung.id.upper()}[/bold]: {escape(rung.meaning)}")
        for route in rung.routes:
            _route(console, protocol, route)
        console.print(f"  Evidence bar: {escape(rung.evidence_bar.words)}")
        _listed(console, actions, rung.id, rung.review_days)
    console.print(f"[bold]{INSUFFICIENT.upper()}[/bold]: {escape(protocol.unseen.meaning)}")
    _listed(console, actions, INSUFFICIENT, protocol.unseen.review_days)


def _route(console: Console, protocol: Protocol, route: Route) -> None:
    console.print(f"  [underline]{escape(route.title)}[/underline] (confirmed by {WHO[route.confirms]})")
    for group in route.groups:
        asks = f" ({group.at_least} of {len(group.of)})" if len(group.of) > 1 else ""
        console.print(f"    {escape(group.title)}{asks}")
        for name in group.of:
            console.print(f"      - {escape(protocol.criterion[name].title)}")


def _listed(console: Console, actions: pd.DataFrame, level: str, review_days: int) -> None:
    console.print(f"  Reviewed every {review_days} days. Should trigger:")
    mine = actions[actions["level"] == level].drop_duplicates(["order"]).sort_values(["days", "order"], kind="stable")
    for row in mine.to_dict("records"):
        days = f"{row['days']} day{'' if row['days'] == 1 else 's'}"
        home = " (in the United Kingdom's own case)" if row["reach"] == "home" else ""
        console.print(f"    within {days}: {escape(row['do'])} {row['id']}, {escape(row['holder'])}{home}")
    console.print()


def show_years(counts: pd.DataFrame, basis: str, *, as_json: bool) -> None:
    """Print how many countries met each level's criteria at the end of past years."""
    if as_json:
        print(json.dumps({"basis": basis, "rows": records(counts)}, ensure_ascii=False))
        return
    met = counts.pivot_table(index="year", columns="level", values="met", sort=False)
    part = counts.pivot_table(index="year", columns="level", values="figures_part", sort=False)[IMMINENT]
    shown = met.drop(columns=IMMINENT).assign(**{"imminent: part of figures": part}).astype("int64")
    print(f"Countries that met each level's criteria, of {counts['assessed'].max()}; {basis}")
    print(shown.to_string())
    for name, column in shown.items():
        print(f"{name}: {column.mean():.1f} a year ({column.min()} to {column.max()})")
