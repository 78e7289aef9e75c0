"""A protocol small enough to check by eye, for the small world and the small config; and tables of one country to check by it.

``watch``, ``elevated`` and ``high`` have one route a track; ``high`` can also be reached by two figures of three and a judgement.
Imminent risk asks for the track at elevated, one change, and one judgement; or, outside conflict, for two judgements alone.
"""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from monitor.risk.framework import Framework
from monitor.risk.triggers import Protocol, titled
from tests.small_world import small_framework

DAY = date(2026, 3, 1)
LEVELS = ("watch", "elevated", "high")


def content(measure: str = "income", signal: str = "killings_surge") -> dict[str, Any]:
    """Return the small protocol as read from YAML. ``measure``: one that no count of deaths moves; ``signal``: one it does."""
    return {
        "title": "A small protocol",
        "version": "1",
        "note": "Made for tests.",
        "criteria": [
            {"id": "conflict_seen", "kind": "track_level", "track": "conflict", "at_least": "baseline"},
            {"id": "outside_seen", "kind": "track_level", "track": "outside_conflict", "at_least": "baseline"},
            *({"id": f"conflict_{x}", "kind": "track_level", "track": "conflict", "at_least": x} for x in LEVELS),
            *({"id": f"outside_{x}", "kind": "track_level", "track": "outside_conflict", "at_least": x} for x in LEVELS),
            {"id": "index_70", "kind": "track_index", "track": "outside_conflict", "at_least": 70},
            {"id": "rights_falling", "kind": "signal", "signal": "rights_fall", "max_age_days": 400},
            {"id": "killings_rising", "kind": "signal", "signal": signal},
            {"id": "much", "kind": "measure_value", "measure": measure, "at_least": 0.5, "max_age_days": 400},
            {"id": "worse", "kind": "measure_score", "measure": measure, "at_least": 0.9},
            {"id": "unrest", "kind": "factor_score", "factor": "RF1", "track": "outside_conflict", "at_least": 0.8},
            {"id": "killing", "kind": "status", "status": "under way"},
            {"id": "signs", "kind": "judgement", "indicator": "2.1", "at_least": "clear"},
            {"id": "strong_signs", "kind": "judgement", "indicator": "2.1", "at_least": "strong"},
            {"id": "war_signs", "kind": "judgement", "indicator": "1.2", "at_least": "clear"},
            {"id": "raised", "kind": "confirmation", "confirmation": "raise"},
            {"id": "confirmed", "kind": "confirmation", "confirmation": "imminent"},
        ],
        "tools": [
            {
                "id": "P01",
                "name": "Question",
                "holder": "A Member",
                "checked_on": "",
                "instrument": "A question",
                "do_no_harm": ["no names"],
                "ask": "To ask.",
                "sources": [{"title": "A book", "publisher": "A house", "url": "https://example.org/"}],
            }
        ],
        "levels": [
            _level("baseline", 365, [_route("seen", "either", "program", [(2, ["conflict_seen", "outside_seen"])])]),
            _level("watch", 90, _by_track("watch")),
            _level("elevated", 30, _by_track("elevated")),
            {
                **_level(
                    "high",
                    14,
                    [
                        *_by_track("high"),
                        _route(
                            "judged",
                            "outside_conflict",
                            "two people",
                            [(1, ["index_70"]), (2, ["much", "worse", "unrest"]), (1, ["signs"])],
                        ),
                    ],
                ),
                "confirmation": "raised",
            },
            {
                **_level(
                    "imminent",
                    3,
                    [
                        _route(
                            "conflict",
                            "conflict",
                            "two people",
                            [(1, ["conflict_elevated"]), (1, ["killings_rising", "rights_falling"]), (1, ["war_signs"])],
                        ),
                        _route("sudden", "outside_conflict", "two people", [(1, ["strong_signs"])]),
                    ],
                ),
                "meaning": "Within days or weeks.",
                "confirmation": "confirmed",
            },
            {
                **_level(
                    "under way",
                    7,
                    [
                        _route("killing", "conflict", "program", [(1, ["killing"])]),
                        _route("abuse", "outside_conflict", "two people", [(1, ["strong_signs"])]),
                    ],
                ),
                "meaning": "Now.",
            },
        ],
        "unseen": {"meaning": "Unseen.", "review_days": 60, "actions": [{"lever": "L01", "days": 30, "do": "Look."}]},
    }


def _route(name: str, track: str, confirms: str, groups: list[tuple[int, list[str]]]) -> dict[str, Any]:
    asked = [{"title": f"{n} of {len(of)}", "at_least": n, "of": of} for n, of in groups]
    return {"id": name, "title": f"Route {name}", "track": track, "confirms": confirms, "groups": asked}


def _by_track(level: str) -> list[dict[str, Any]]:
    return [
        _route("conflict", "conflict", "program", [(1, [f"conflict_{level}"])]),
        _route("outside", "outside_conflict", "program", [(1, [f"outside_{level}"])]),
    ]


def _level(name: str, review_days: int, routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": name,
        "review_days": review_days,
        "evidence_bar": {"sources": 2, "second_reader": True, "words": "Two sources."},
        "routes": routes,
        "actions": [{"lever": "L01", "days": 30, "do": f"Act at {name}."}, {"tool": "P01", "days": 7, "do": "Ask."}],
    }


def small_protocol(framework: Framework | None = None) -> Protocol:
    """Return the small protocol with the small framework's titles."""
    return titled(Protocol.model_validate(content()), framework or small_framework())


ASSESSMENT: dict[str, Any] = {
    "iso3": "AAA",
    "name": "Aland",
    "level": "elevated",
    "status": "onset risk",
    "status_deaths": 12.0,
    "status_until": "2026-01-31",
    "status_known": 12,
    "status_since": "",
    "status_held": False,
    "headline": "outside_conflict",
    "held": False,
}
TRACK: dict[str, Any] = {"index": 11.0, "held": False, "until": "2025-12-31"}
PEDIGREE: dict[str, Any] = {"provisional": False, "document": "d1", "place": 7}


def assessment(**changes: Any) -> pd.DataFrame:
    """Return the country's row of ``assessments``: baseline in conflict, elevated (72.9) outside, unless changed."""
    row = dict(ASSESSMENT)
    for track, index in (("conflict", 11.0), ("outside_conflict", 72.9)):
        level = "baseline" if track == "conflict" else "elevated"
        mine = TRACK | {"level": level, "seen": level, "base": level, "index": index, "covered": 2, "core": 3}
        row |= {f"{track}_{k}": v for k, v in mine.items()}
    return pd.DataFrame([row | changes])


def tables(**changes: dict[str, Any] | list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    """Return the tables of one country. ``changes``: of the one row of a table, or rows of a table of entries."""
    reading = {
        "iso3": "AAA",
        "measure": "income",
        "series": "x.income",
        "value": 0.6,
        "unit": "of 1",
        "decimals": 2,
        "score": 0.95,
    }
    reading |= {"freshness": "fresh", "start": "2025-01-01", "end": "2025-12-31", "known": 1, "asked": 1, **PEDIGREE}
    signal = {"iso3": "AAA", "series": "x.rights", "value": -0.2, "unit": "points", "start": "2025-01-01", "end": "2025-12-31"}
    signal |= {"seen": True, "fresh": True, "fired": True, **PEDIGREE}
    quiet = signal | {"signal": "killings_surge", "series": "x.killed", "fired": False, "value": 0.5, "unit": "times"}
    factor = {"iso3": "AAA", "track": "outside_conflict", "factor": "RF1", "score": 0.85, "covered": 2, "core": 2, "thin": False}
    made = {
        "assessments": assessment(**_one(changes, "assessments")),
        "readings": pd.DataFrame([reading | _one(changes, "readings")]).astype({"place": "Int64"}),
        "signals": pd.DataFrame([signal | {"signal": "rights_fall"} | _one(changes, "signals"), quiet]).astype(
            {"place": "Int64"}
        ),
        "factors": pd.DataFrame([factor | _one(changes, "factors")]),
        "series": pd.DataFrame({"series": ["x.income", "x.rights", "x.killed"], "source": ["x"] * 3}),
        "sources": pd.DataFrame({"source": ["x"], "provider": ["Source X"]}),
    }
    entered = {t: pd.DataFrame(copy.deepcopy(changes[t])) for t in ("judgements", "confirmations") if t in changes}
    return made | entered


def _one(changes: dict[str, Any], table: str) -> dict[str, Any]:
    found: dict[str, Any] = changes.get(table, {})
    return found


def judgement(**changes: Any) -> dict[str, Any]:
    """Return a row of ``judgements``: clear signs of 2.1, two sources, a second reader."""
    row = {
        "iso3": "AAA",
        "indicator": "2.1",
        "answer": "clear_signs",
        "rank": 2,
        "direction": "worsening",
        "confidence": "moderate",
        "summary": "made",
        "allegation": False,
        "sources": "[]",
        "source_count": 2,
        "observed_from": "2026-01-01",
        "observed_to": "2026-02-20",
        "role": "analyst of a group",
        "second_reader": "director of a group",
        "entered": "2026-02-21T10:00:00Z",
        "expires": "2026-05-22",
        "state": "stands",
    }
    return row | changes


def confirmation(kind: str = "imminent", **changes: Any) -> dict[str, Any]:
    """Return a row of ``confirmations``: by an analyst, with two sources."""
    row = {"iso3": "AAA", "kind": kind, "reason": "as reported", "role": "analyst of a group", "sources": "[]", "source_count": 2}
    return row | {"entered": "2026-02-22T10:00:00Z", "expires": "2026-03-08", "state": "stands"} | changes


NOTHING = float(np.nan)
