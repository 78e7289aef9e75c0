"""The evidence board of one country: 14 factors, every indicator and what is known of each, as a value that JSON can hold. Pure.

Published tables in (:mod:`monitor.risk.frames`, :mod:`monitor.risk.beside`, ``sources``, ``series``, and ``judgements`` where
there is one), nested dicts out; a missing number is ``None``, never zero. An indicator is *read* (a reading counts), *context
only* (weak evidence, shown and never scored), *missing* (connected, nothing usable), *judged* (a person's judgement stands and no
reading counts), *not assessed* (only a person can answer, and none has) or has *no connected series*.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.risk.framework import TRACK_IDS

Row = dict[str, Any]
STATES = {
    "read": "read",
    "context": "context only",
    "missing": "missing",
    "judgement": "not assessed",
    "not connected": "no connected series",
}
CRIMES = {
    "": "Common to all atrocity crimes",
    "genocide": "Genocide",
    "crimes_against_humanity": "Crimes against humanity",
    "war_crimes": "War crimes",
}
STANDS = "stands"
OF_A_READING = (
    *("measure", "title", "short", "value", "unit", "decimals", "start", "end", "freshness", "score", "provisional"),
    *("known", "asked", "lasting", "series", "document", "place"),
)
OF_A_JUDGEMENT = (
    *("answer", "direction", "confidence", "summary", "allegation", "sources", "role", "second_reader", "entered", "expires"),
    "state",
)


@dataclass(frozen=True)
class About:
    """What a board says of itself: the day, on what basis, and the framework's names. ``not_connected``: series -> what it is."""

    as_of: str
    basis: str
    framework: str
    tracks: Mapping[str, str]
    not_connected: Mapping[str, str]

    @classmethod
    def published(cls, manifest: Mapping[str, Any]) -> About:
        """Return what a published run says of itself."""
        framework = manifest["framework"]
        titles = {t: each["title"] for t, each in framework["tracks"].items()}
        return cls(manifest["as_of"], "as published", framework["hash"], titles, framework["not_connected"])


def board(iso3: str, tables: Mapping[str, pd.DataFrame], about: About, *, factor: str = "") -> Row:
    """Return the board of a country; ``factor`` narrows it to one (``RF5``). A :class:`KeyError` where nothing is said of it.

    Keys: iso3, name, as_of, basis, framework, level, headline, index, rank, held, ranked, status, tracks, phase, gap (with the
    signs that fire), drivers, would_lower, signals, factors (each with its indicators, and theirs with readings), crimes (factor
    ids by crime), views, counts (indicators by state).
    """
    own = {name: table[table["iso3"] == iso3] for name, table in tables.items() if "iso3" in table}
    if own["assessments"].empty:
        raise KeyError(f"no assessment of {iso3}")
    said = records(own["assessments"])[0]
    readings = _readings(own["readings"], tables["sources"])
    indicators = _indicators(own, tables["evidence"], readings, about)
    wanted = [f for f in _factors(own["factors"], indicators) if factor in ("", f["factor"])]
    return {
        **{key: said[key] for key in ("iso3", "name")},
        "as_of": about.as_of,
        "basis": about.basis,
        "framework": about.framework,
        **{key: said[key] for key in ("level", "headline", "index", "rank", "held")},
        "ranked": int(tables["assessments"]["rank"].count()),
        "status": {
            key: said[f"status{tail}"]
            for key, tail in (
                ("status", ""),
                ("deaths", "_deaths"),
                ("known", "_known"),
                ("until", "_until"),
                ("since", "_since"),
            )
        },
        "tracks": {t: _track(said, t, about) for t in TRACK_IDS},
        "phase": _phase(own["phases"], tables["series"]),
        "gap": _only(own["gaps"]) | {"fired": [_without(r, "iso3") for r in records(own["signs"])]},
        "drivers": {t: _drivers(own["drivers"], t, readings) for t in TRACK_IDS},
        "would_lower": _only(own["lowering"]) | {"levers": _levers(own["levers_of_change"], readings)},
        "signals": [_without(r, "iso3") for r in records(own["signals"])],
        "factors": wanted,
        "crimes": [
            {"crime": crime or "common", "title": title, "factors": [f["factor"] for f in wanted if f["crime"] == crime]}
            for crime, title in CRIMES.items()
        ],
        "views": _views(tables["views"], indicators),
        "counts": dict(Counter(i["state"] for i in indicators.values())),
    }


def records(frame: pd.DataFrame) -> list[Row]:
    """Return rows as plain values; a missing one is None."""
    as_objects = frame.astype(object).where(frame.notna(), None)
    return [{str(k): _plain(v) for k, v in row.items()} for row in as_objects.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _only(frame: pd.DataFrame) -> Row:
    return _without(records(frame)[0], "iso3") if len(frame) else {}


def _without(row: Row, key: str) -> Row:
    return {k: v for k, v in row.items() if k != key}


def _phase(own: pd.DataFrame, series: pd.DataFrame) -> Row:
    """Return the phase with its publisher's note on how deaths are counted."""
    notes = dict(zip(series["series"], series["note"], strict=True))
    phase = _only(own)
    return phase | {"note": notes.get(phase.get("series"), "")}


def _track(said: Row, track: str, about: About) -> Row:
    keys = ("level", "seen", "base", "index", "score", "covered", "core", "held", "carried", "until")
    return {"title": about.tracks[track], "leads": said["headline"] == track, **{k: said[f"{track}_{k}"] for k in keys}}


def _readings(own: pd.DataFrame, sources: pd.DataFrame) -> dict[str, Row]:
    """Return the readings by measure, with the title of their source."""
    titles = dict(zip(sources["source"], sources["title"], strict=True))
    return {
        r["measure"]: {**{k: r[k] for k in OF_A_READING}, "source": titles.get(r["source"], r["source"])} for r in records(own)
    }


def _indicators(
    own: Mapping[str, pd.DataFrame], evidence: pd.DataFrame, readings: Mapping[str, Row], about: About
) -> dict[str, Row]:
    """Return the indicators by id, each with its readings, its judgement and what it waits for."""
    under: dict[str, list[Row]] = defaultdict(list)
    for row in records(evidence):
        reading = readings[row["measure"]]
        counts = row["validity"] != "low" and reading["score"] is not None
        under[row["indicator"]].append({**reading, "validity": row["validity"], "counts": counts})
    judged = _judgements(own.get("judgements", pd.DataFrame()))
    return {i["indicator"]: _indicator(i, under[i["indicator"]], judged, about) for i in records(own["indicators"])}


def _indicator(one: Row, readings: list[Row], judged: Mapping[str, Row], about: About) -> Row:
    judgement = judged.get(one["indicator"])
    stands = judgement is not None and judgement["state"] == STANDS
    state = STATES[one["state"]]
    return {
        **{key: one[key] for key in ("indicator", "factor", "text", "scope", "core")},
        "state": "judged" if stands and state != "read" else state,
        "scores": {t: one[f"{t}_score"] for t in TRACK_IDS},
        "readings": readings,
        "judgement": judgement,
        "not_connected": [
            {"series": s, "what": about.not_connected.get(s, s)} for s in (one["not_connected"] or "").split(";") if s
        ],
    }


def _judgements(table: pd.DataFrame) -> dict[str, Row]:
    """Return the judgement that counts for each indicator: the standing one, else the newest that has expired."""
    found: dict[str, Row] = {}
    if table.empty:
        return found
    last = table[table["state"] != "replaced"].sort_values("entered", kind="stable")
    for row in records(last.sort_values("state", key=lambda s: s == STANDS, kind="stable")):
        judgement = {key: row.get(key) for key in OF_A_JUDGEMENT}
        found[row["indicator"]] = judgement | {"sources": json.loads(judgement["sources"] or "[]")}
    return found


def _factors(table: pd.DataFrame, indicators: Mapping[str, Row]) -> list[Row]:
    """Return the factors in the framework's order, each with score, coverage and thinness by track, and its indicators."""
    mine: dict[str, list[Row]] = defaultdict(list)
    for one in indicators.values():
        mine[one["factor"]].append(one)
    found: dict[str, Row] = {}
    for row in records(table):
        first = {key: row[key] or "" for key in ("factor", "name", "group", "crime")}
        factor = found.setdefault(row["factor"], {**first, "tracks": {}, "indicators": mine[row["factor"]]})
        factor["tracks"][row["track"]] = {key: row[key] for key in ("score", "covered", "core", "thin")}
    return list(found.values())


def _drivers(table: pd.DataFrame, track: str, readings: Mapping[str, Row]) -> Row:
    """Return what raises a track and what holds it down, the strongest first, each with its reading."""
    mine = records(table[table["track"] == track].sort_values(["direction", "order"]))
    ways = {"raises": "raises", "holds_down": "holds down"}
    keys = ("order", "contribution", "score_before")
    return {
        way: [{**readings[r["measure"]], **{k: r[k] for k in keys}} for r in mine if r["direction"] == said]
        for way, said in ways.items()
    }


def _levers(table: pd.DataFrame, readings: Mapping[str, Row]) -> list[Row]:
    return [_without(r, "iso3") | {"title": readings[r["measure"]]["title"]} for r in records(table.sort_values("order"))]


def _views(table: pd.DataFrame, indicators: Mapping[str, Row]) -> list[Row]:
    """Return the cross-cutting views, each with its indicators' state."""
    found: dict[str, Row] = {}
    for row in records(table):
        view = found.setdefault(row["view"], {**{k: row[k] for k in ("view", "title", "meaning")}, "indicators": []})
        one = indicators[row["indicator"]]
        view["indicators"].append({key: one[key] for key in ("indicator", "text", "state", "scores")})
    return list(found.values())


def factor_ids(tables: Mapping[str, pd.DataFrame]) -> Sequence[str]:
    """Return the ids of the factors, in the framework's order."""
    return list(dict.fromkeys(tables["factors"]["factor"]))
