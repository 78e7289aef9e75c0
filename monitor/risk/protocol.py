"""The trigger protocol against the published tables: each criterion met, not met or unknown, and what a level comes to. Pure.

Three-valued logic throughout (:func:`enough`): a group is met when enough of its criteria are, unknown when those that are
unknown could decide it, else not met. The program never says that a country *is* at imminent risk: it says that the criteria
are met, until a person's confirmation with two sources stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.checks import MET, NOT_MET, UNKNOWN, check
from monitor.risk.criteria import Criterion
from monitor.risk.published import Bar, Checked, Seen
from monitor.risk.triggers import IMMINENT, Group, Protocol, Route, Rung

CONFIRMATION = "confirmation"  # route and group of the row that says whether a person has confirmed a level
# what a row's reading rests on
ORIGIN = ("value", "unit", "series", "measure", "source", "start", "end", "freshness", "provisional", "document")
COLUMNS = (
    *("iso3", "level", "route", "track", "confirms", "group", "group_order", "needed", "of", "criterion", "kind", "title"),
    *("state", "reading", "group_state", "route_state", *ORIGIN, "place"),
)


@dataclass(frozen=True)
class Part:
    """One criterion of one group for every country. ``given``: columns that are the same for all of them."""

    given: Mapping[str, object]
    criterion: Criterion
    checked: list[Checked]
    group_state: npt.NDArray[np.str_]
    route_state: npt.NDArray[np.str_]


def enough(needed: int | npt.NDArray[Any], met: npt.NDArray[Any], unknown: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """Return whether at least ``needed`` hold, given how many are met and how many unknown: met, unknown or not met."""
    return np.where(met >= needed, MET, np.where(met + unknown >= needed, UNKNOWN, NOT_MET))


def evaluate(protocol: Protocol, tables: Mapping[str, pd.DataFrame], iso3: str | None = None, *, as_of: date) -> pd.DataFrame:
    """Return one row a country, level, route and criterion, in the protocol's order; of one country, or of all by ISO3 code.

    ``tables``: as published (assessments, readings, signals, factors; series and sources name publishers; judgements and
    confirmations where there are any). ``as_of``: the day from which ages count. ``protocol``: with titles
    (:func:`monitor.risk.triggers.titled`). Raises :class:`KeyError` where the tables lack the country, or what a criterion names.

    Columns: iso3, level, route, track, confirms, group (what it shows, in words), group_order (1 first), needed and of (how many
    criteria of how many), criterion, kind, title, state (met / not met / unknown), reading (in words), group_state, route_state,
    value, unit, series, measure, source, start, end (ISO days), freshness, provisional, document, place (Int64); empty, NaN or
    missing where the reading rests on no figure. A level's confirmation is the last of its rows: route and group
    ``confirmation``, outside the criteria.
    """
    said = tables["assessments"]
    countries = sorted(said["iso3"]) if iso3 is None else [iso3]
    if iso3 is not None and iso3 not in set(said["iso3"]):
        raise KeyError(f"no assessment of {iso3}")
    levels = {level: n for n, level in enumerate(protocol.order) if level != IMMINENT}
    seen, known = Seen(_own(protocol, tables, iso3), as_of, levels), dict[tuple[str, Bar], list[Checked]]()

    def checked(name: str, bar: Bar) -> list[Checked]:
        if (name, bar) not in known:
            known[name, bar] = check(protocol.criterion[name], seen, bar, countries)
        return known[name, bar]

    parts: list[Part] = []
    for rung in protocol.levels:
        bar = Bar(rung.evidence_bar.sources, rung.evidence_bar.second_reader)
        for route in rung.routes:
            parts += _of_route(protocol, rung, route, [[checked(c, bar) for c in group.of] for group in route.groups])
        if rung.confirmation:
            parts.append(_of_confirmation(rung, protocol.criterion[rung.confirmation], checked(rung.confirmation, bar)))
    return _frame(parts, countries)


def _own(protocol: Protocol, tables: Mapping[str, pd.DataFrame], iso3: str | None) -> dict[str, pd.DataFrame]:
    """Return the tables cut to the country asked for, and to what the protocol reads."""
    own = {n: t[t["iso3"] == iso3] if iso3 is not None and "iso3" in t else t for n, t in tables.items()}
    for table, key in (("readings", "measure"), ("factors", "factor")):
        read = {getattr(c, key) for c in protocol.criteria if hasattr(c, key)}
        own[table] = own[table][own[table][key].isin(read)]
    return own


def _of_route(protocol: Protocol, rung: Rung, route: Route, found: list[list[list[Checked]]]) -> list[Part]:
    states = [_group_state(g, of) for g, of in zip(route.groups, found, strict=True)]
    whole = enough(len(states), _count(states, MET), _count(states, UNKNOWN))
    same = {"level": rung.id, "route": route.id, "track": route.track, "confirms": route.confirms}
    return [
        Part(
            same | {"group": group.title, "group_order": n, "needed": group.at_least, "of": len(group.of)},
            protocol.criterion[name],
            checked,
            states[n - 1],
            whole,
        )
        for n, (group, of) in enumerate(zip(route.groups, found, strict=True), 1)
        for name, checked in zip(group.of, of, strict=True)
    ]


def _of_confirmation(rung: Rung, criterion: Criterion, checked: list[Checked]) -> Part:
    given = {"level": rung.id, "route": CONFIRMATION, "track": "either", "confirms": "", "group": CONFIRMATION}
    state = np.array([c.state for c in checked])
    return Part(given | {"group_order": 1, "needed": 1, "of": 1}, criterion, checked, state, state)


def _frame(parts: list[Part], countries: list[str]) -> pd.DataFrame:
    """Return the parts (each one criterion for every country) as rows, country by country."""
    width = len(countries)
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    for part in parts:
        criterion = {"criterion": part.criterion.id, "kind": part.criterion.kind, "title": part.criterion.title}
        for name, value in {**part.given, **criterion}.items():
            columns[name] += [value] * width
        for name in ("state", "reading", *ORIGIN, "place"):
            columns[name] += [getattr(c, name) for c in part.checked]
        columns["iso3"] += countries
        columns["group_state"] += part.group_state.tolist()
        columns["route_state"] += part.route_state.tolist()
    place = pd.array(columns.pop("place"), dtype="Int64")
    frame = pd.DataFrame(columns).assign(place=place).astype({"value": "float64"})
    by_country = np.arange(len(parts) * width).reshape(len(parts), width).T.ravel()
    return frame.take(by_country).reset_index(drop=True)


def _group_state(group: Group, of: list[list[Checked]]) -> npt.NDArray[np.str_]:
    states = [np.array([c.state for c in checked]) for checked in of]
    return enough(group.at_least, _count(states, MET), _count(states, UNKNOWN))


def _count(states: list[npt.NDArray[np.str_]], wanted: str) -> npt.NDArray[np.int64]:
    """Return how many are in a state, for each country; the unknown are counted apart, never as not met."""
    count: npt.NDArray[np.int64] = np.sum([s == wanted for s in states], axis=0)
    return count
