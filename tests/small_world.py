"""A world small enough to check by eye: two risk factors, three indicators, figures as ``(series, iso3, period, value)``.

Bands run from 0 to 1 or from 0 to 100, so that a score can be read off the value. Entry thresholds are 0.25, 0.50 and 0.75, so
that the index is 40 at 0.25, 60 at 0.50 and 80 at 0.75.

=============  ==========================================================================================
indicator      evidence
=============  ==========================================================================================
``1.1`` both   ``rights`` (high; higher is better), ``income`` (medium), ``gossip`` (low: context only)
``1.2`` war    ``killings`` (high; deaths in 12 months, a death count)
``2.1`` both   ``past`` (high), ``past_killed`` (high; a death count, stands in for ``past``)
=============  ==========================================================================================
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from monitor.risk.assess import Assessed, assess
from monitor.risk.cube import Block, Cube
from monitor.risk.framework import Framework
from monitor.risk.readings import Readings, read
from monitor.risk.structure import structures_of

Row = tuple[str, str, str, float]

MONTHLY = {
    "x.rights": False,
    "x.income": False,
    "x.gossip": False,
    "x.killed": True,
    "x.past": False,
    "x.killed_year": False,
    "x.fled": False,
    "x.asked_asylum": False,
    "x.people": False,
}
DEATHS = {series: series in ("x.killed", "x.killed_year") for series in MONTHLY}
FRESH_DAYS = {series: 100 if monthly else 500 for series, monthly in MONTHLY.items()}

CONTENT: dict[str, Any] = {
    "title": "A small framework",
    "version": "1",
    "source": "made for tests",
    "source_url": "https://example.org/",
    "text_policy": "invented",
    "reference_period": [2000, 2019],
    "share_of_core": 0.5,
    "max_age_days": {"month": 730, "year": 2192},
    "tracks": {
        "conflict": {
            "title": "Conflict-related",
            "scopes": ["conflict_related", "both"],
            "takes_death_counts": True,
            "entry": [0.25, 0.5, 0.75],
            "exit": [0.25, 0.5, 0.75],
        },
        "outside_conflict": {
            "title": "Outside conflict",
            "scopes": ["outside_conflict", "both"],
            "takes_death_counts": False,
            "entry": [0.25, 0.5, 0.75],
            "exit": [0.25, 0.5, 0.75],
        },
    },
    "levels": [{"id": name, "meaning": name} for name in ("baseline", "watch", "elevated", "high")],
    "path_from": 2015,
    "steps": {"provisional_updates": 2, "lower_periods": 1},
    "under_way": {"series": "x.killed", "months": 12, "at_least": 1000, "recent_years": 5},
    "phase": {"series": "x.killed", "months": 12, "at_least": 25, "after_years": 5},
    "atrocity_signs": {"at_least": 0.75, "ranks_apart": 2, "indicators": ["1.1", "2.1"], "signals": ["rights_fall"]},
    "views": [{"id": "both", "title": "Both", "meaning": "Made for tests.", "indicators": ["1.1", "2.1"]}],
    "signals": [
        {
            "id": "killings_surge",
            "title": "Killings",
            "tracks": ["conflict"],
            "series": "x.killed",
            "transform": "surge",
            "months": 12,
            "floor": 25,
            "at_least": 3,
            "unit": "times",
            "max_age_days": 365,
        },
        {
            "id": "rights_fall",
            "title": "Rights",
            "tracks": ["conflict", "outside_conflict"],
            "series": "x.rights",
            "transform": "change",
            "years": 3,
            "at_most": -0.125,
            "unit": "points",
            "max_age_days": 800,
        },
    ],
    "measures": [
        {"id": "rights", "series": "x.rights", "transform": "latest", "higher_is": "better", "bands": [[0, 1], [1, 0]]},
        {"id": "income", "series": "x.income", "transform": "latest", "higher_is": "worse", "bands": [[0, 0], [1, 1]]},
        {"id": "gossip", "series": "x.gossip", "transform": "latest", "higher_is": "worse", "bands": [[0, 0], [1, 1]]},
        {
            "id": "killings",
            "series": "x.killed",
            "transform": "sum_months",
            "months": 12,
            "higher_is": "worse",
            "bands": [[0, 0], [100, 1]],
        },
        {"id": "past", "series": "x.past", "transform": "ever", "higher_is": "worse", "bands": [[0, 0], [1, 1]]},
        {
            "id": "past_killed",
            "series": "x.killed_year",
            "transform": "ever",
            "at_least": 1000,
            "stands_in_for": "past",
            "higher_is": "worse",
            "bands": [[0, 0], [1, 1]],
        },
    ],
    "not_connected": {},
    "factors": [
        {"id": "RF1", "name": "Unrest", "group": "common", "indicators": []},
        {"id": "RF2", "name": "Past", "group": "common", "indicators": []},
    ],
}


def _indicator(name: str, scope: str, evidence: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": name,
        "text": f"Indicator {name}",
        "scope": scope,
        "dynamics": "structural",
        "measurability": "measurable",
        "core": True,
        "numbering_verified": True,
        "evidence": [{"measure": m, "validity": v} for m, v in evidence.items()],
    }


CONTENT["factors"][0]["indicators"] = [
    _indicator("1.1", "both", {"rights": "high", "income": "medium", "gossip": "low"}),
    _indicator("1.2", "conflict_related", {"killings": "high"}),
]
CONTENT["factors"][1]["indicators"] = [_indicator("2.1", "both", {"past": "high", "past_killed": "high"})]
for _measure in CONTENT["measures"]:
    _measure |= {"title": _measure["id"], "short": _measure["id"]}


def content() -> dict[str, Any]:
    """Return the small framework as it would be read from YAML; each call gives a fresh copy to change."""
    return copy.deepcopy(CONTENT)


def small_framework(**changes: Any) -> Framework:
    """Return the small framework, top-level keys replaced by ``changes``."""
    return Framework.model_validate({**content(), **changes})


def last_day(period: str) -> pd.Timestamp:
    """Return the last day of ``2020`` or ``2020-02``."""
    return pd.Period(period, freq="M" if "-" in period else "Y").end_time.normalize()


def panel(rows: Iterable[Row]) -> pd.DataFrame:
    """Return observations as the record gives them; each has a document of its own: d0, d1, ..."""
    frame = pd.DataFrame(list(rows), columns=["series", "iso3", "period", "value"])
    ends = [last_day(p) for p in frame.pop("period")]
    return frame.assign(
        value=frame["value"].astype(float),
        start=pd.to_datetime(pd.Series(ends)).dt.as_unit("s"),
        end=pd.to_datetime(pd.Series(ends)).dt.as_unit("s"),
        status="final",
        document=[f"d{n}" for n in range(len(frame))],
        place=pd.array(range(1, len(frame) + 1), dtype="Int64"),
    )


def cube(rows: Iterable[Row], countries: Sequence[str] = ("AAA",)) -> Cube:
    """Return the cube of these figures."""
    return Cube.build(panel(rows), countries, MONTHLY)


def each_month(series: str, iso3: str, first: str, values: Iterable[float]) -> list[Row]:
    """Return rows for consecutive months from ``first``; NaN leaves a month out."""
    start = pd.Period(first, freq="M")
    return [(series, iso3, str(start + n), v) for n, v in enumerate(values) if not np.isnan(v)]


def each_year(series: str, iso3: str, first: int, values: Iterable[float]) -> list[Row]:
    """Return rows for consecutive years from ``first``; NaN leaves a year out."""
    return [(series, iso3, str(first + n), v) for n, v in enumerate(values) if not np.isnan(v)]


def block(monthly: bool, first: str, *columns: Sequence[float]) -> Block:
    """Return a block with one column a country; the observation behind period p of country c is number ``10 * c + p``."""
    values = np.array(columns, dtype=float).T
    rows = 10 * np.arange(values.shape[1])[None, :] + np.arange(len(values))[:, None]
    start = pd.Period(first, freq="M" if monthly else "Y")
    ends = np.array([(start + n).end_time.date() for n in range(len(values))], dtype="datetime64[D]")
    return Block(values, np.where(np.isnan(values), -1, rows), ends, monthly)


def look(rows: Iterable[Row], as_of: date, framework: Framework | None = None, countries: Sequence[str] = ("AAA",)) -> Assessed:
    """Return the assessment of these figures."""
    chosen = framework or small_framework()
    structures = structures_of(chosen, DEATHS)
    return assess(cube(rows, countries), chosen, as_of, fresh_days=FRESH_DAYS, structures=structures)


def readings(rows: Iterable[Row], as_of: date, framework: Framework | None = None) -> Readings:
    """Return the readings of these figures, for the country AAA."""
    return read(cube(rows), framework or small_framework(), as_of, FRESH_DAYS)
