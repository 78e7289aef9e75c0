"""Actions for each country that calls for one: an office, a deadline, the risk of harm, then the ask. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from monitor.alerts.words import plain
from monitor.briefs.actions import NOT_YET_CHECKED, due
from monitor.briefs.content import HOME
from monitor.briefs.levers import LeverBook, match

DRIVES, FEW = 0.5, 5  # a factor above the middle of the scale drives; the strongest few are matched with levers
CALLS = ("high", "elevated")


@dataclass(frozen=True)
class Ask:
    """What to ask for. ``caveat`` stands before ``ask``; ``holder``: an office. ``deadline``: ISO day."""

    do: str
    name: str
    holder: str
    checked: bool
    deadline: str
    caveat: str
    evidence: str
    ask: str


def asks(tables: Mapping[str, pd.DataFrame], levers: LeverBook, as_of: str) -> dict[str, tuple[Ask, ...]]:
    """Return the actions for each country at a level that calls for any, best first.

    Of what the protocol calls for at the country's level, that whose lever fits the factors that drive it best comes first; then
    that with the earliest deadline. What more studies find to harm than to help is the last choice. ``tables``:
    ``assessments``, ``factors`` and ``protocol_actions``.
    """
    harms = {lever.id for lever in levers.levers if lever.studies is not None and lever.studies.warn}
    factors = {str(iso3): mine for iso3, mine in tables["factors"].groupby("iso3")}
    found = {}
    for row in tables["assessments"].to_dict("records"):
        if row["level"] in CALLS:
            actions = due(tables["protocol_actions"], row, row["level"], date.fromisoformat(as_of)).to_dict("records")
            fits = [m.lever.id for m in _matched(row, factors.get(row["iso3"], pd.DataFrame()), levers)]
            actions.sort(key=lambda a: (a["id"] in harms, *_place(a, fits)))
            found[str(row["iso3"])] = tuple(_ask(action) for action in actions)
    return found


def _place(action: Mapping[Any, Any], fits: list[str]) -> tuple[int, int, int]:
    """Return where an action stands: by the lever that fits best, then by deadline, then in the protocol's order."""
    return fits.index(action["id"]) if action["id"] in fits else len(fits), action["days"], action["order"]


def _matched(row: Mapping[Any, Any], factors: pd.DataFrame, levers: LeverBook) -> list[Any]:
    drives: list[str] = []
    if len(factors):
        lead = factors[(factors["track"] == row["headline"]) & (factors["score"] > DRIVES) & ~factors["thin"]]
        drives = [str(f) for f in lead.nlargest(FEW, "score")["factor"]]
    at_home = row["iso3"] == HOME
    return match(levers, drives, track=row["headline"] or None, level=row["level"], status=row["status"], at_home=at_home)


def _ask(action: Mapping[Any, Any]) -> Ask:
    text = {name: plain(action[name]) for name in ("do", "name", "holder", "caveat", "evidence", "ask")}
    return Ask(**text, checked=action["checked_on"] != NOT_YET_CHECKED, deadline=action["deadline"])
