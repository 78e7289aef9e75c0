"""What each level of the protocol triggers: its actions joined with the levers that they name, one row an action. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from monitor.briefs.content import HOME
from monitor.briefs.levers import Holder, Lever, LeverBook, Studies
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS
from monitor.risk.status import UNDER_WAY
from monitor.risk.triggers import Action, Protocol, Tool

NOT_YET_CHECKED = "not yet checked"
STRENGTH = {
    "legal": "a legal duty, not a tested tool",
    "judgement": "not evaluated; a judgement",
    "negative_if_broad": "negative where measures are broad",
}
ABROAD, AT_HOME = "abroad", "home"


def actions(protocol: Protocol, book: LeverBook) -> pd.DataFrame:
    """Return one row a level, action and reach (abroad; home: the United Kingdom's own case), in the protocol's order.

    Columns: level (``insufficient data`` for what follows where too little is seen), order, reach, tracks (``;`` separated, those
    whose levers it is among), id (of lever or tool), name, do, days, holder (an office), checked_on (ISO day, or ``not yet
    checked``), instrument, caveat (risk of harm), evidence (findings of studies where more are of harm; else its strength), ask,
    sources (``title, publisher, address``, separated by `` | ``; empty where the lever names none).
    """
    levels = [*((rung.id, rung.actions) for rung in protocol.levels), (INSUFFICIENT, protocol.unseen.actions)]
    tools = {t.id: t for t in protocol.tools}
    levers = {lever.id: lever for lever in book.levers}
    rows = []
    for level, mine in levels:
        for n, action in enumerate(mine, 1):
            for reach in (ABROAD, AT_HOME):
                mechanism = tools[action.tool] if action.tool else levers[str(action.lever)]
                if _reaches(mechanism, reach):
                    rows.append({"level": level, "order": n, "reach": reach, **_of(action), **_found(mechanism, book, reach)})
    return pd.DataFrame(rows)


def due(table: pd.DataFrame, said: Mapping[Any, Any], level: str, as_of: date) -> pd.DataFrame:
    """Return the actions that a country's level, or the status under way, calls for, earliest deadline first.

    ``table``: of :func:`actions`; ``said``: the country's row of ``assessments``. Those of the leading track, and of the other
    where it is at watch or above; for the status and for insufficient data, those of both. Adds ``deadline`` (ISO day, counted
    from ``as_of``).
    """
    reach = AT_HOME if said["iso3"] == HOME else ABROAD
    mine = table[(table["level"] == level) & (table["reach"] == reach)]
    if level not in (UNDER_WAY, INSUFFICIENT):
        able = {said["headline"], *(t for t in TRACK_IDS if said[f"{t}_level"] not in ("baseline", INSUFFICIENT))}
        mine = mine[[bool(able & set(tracks.split(";"))) for tracks in mine["tracks"]]]
    mine = mine.assign(deadline=[(as_of + timedelta(days=int(d))).isoformat() for d in mine["days"]])
    return mine.sort_values(["days", "order"], kind="stable").reset_index(drop=True)


def _of(action: Action) -> dict[str, object]:
    return {"id": action.lever or action.tool, "do": action.do, "days": action.days}


def _reaches(mechanism: Lever | Tool, reach: str) -> bool:
    if isinstance(mechanism, Tool):
        return reach == ABROAD or mechanism.at_home is not None
    return mechanism.home if reach == AT_HOME else mechanism.reach == "abroad"


def _found(mechanism: Lever | Tool, book: LeverBook, reach: str) -> dict[str, object]:
    if isinstance(mechanism, Tool):
        return _tool(mechanism, at_home=reach == AT_HOME)
    return _lever(mechanism, book, at_home=reach == AT_HOME)


def _tool(tool: Tool, *, at_home: bool) -> dict[str, object]:
    mine = tool.at_home if at_home and tool.at_home else tool
    return {
        "name": tool.name,
        "tracks": ";".join(TRACK_IDS),
        "holder": mine.holder,
        "checked_on": _checked(tool.checked_on),
        "instrument": tool.instrument,
        "caveat": "; ".join(tool.do_no_harm),
        "evidence": "open to any advocate; not evaluated",
        "ask": mine.ask,
        "sources": _sources(tool.sources),
    }


def _lever(lever: Lever, book: LeverBook, *, at_home: bool) -> dict[str, object]:
    office: Holder = book.office(lever, at_home=at_home)
    return {
        "name": lever.name,
        "tracks": ";".join(lever.tracks),
        "holder": office.office,
        "checked_on": _checked(office.checked_on),
        "instrument": lever.basis,
        "caveat": "; ".join(lever.do_no_harm),
        "evidence": _evidence(lever.studies)
        if lever.studies and lever.studies.warn
        else STRENGTH.get(lever.strength, lever.strength),
        "ask": lever.at_home.ask if at_home and lever.at_home else lever.ask,
        "sources": _sources([book.source(s) for s in dict.fromkeys((*lever.sources, *lever.evidence_sources))]),
    }


def _evidence(studies: Studies) -> str:
    """Return the warning that stands with a tool that more studies find to harm than to help."""
    return (
        f"studies of {studies.tool.lower()}: {studies.increase} findings of an increase in atrocities, "
        f"{studies.decrease} of a decrease"
    )


def _checked(checked_on: date | str) -> str:
    return f"{checked_on}" or NOT_YET_CHECKED


def _sources(sources: Sequence[Any]) -> str:
    return " | ".join(", ".join(part for part in (s.title, s.publisher, s.url) if part) for s in sources)
