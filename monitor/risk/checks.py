"""Each criterion of the protocol against what was published: met, not met or unknown, and the reading in words. Pure.

What is missing, expired, too old, thin, or a sum of which too little is known to say no, is ``unknown``: never ``not met``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from monitor.risk.criteria import (
    SIGNS,
    ConfirmationStands,
    Criterion,
    FactorScore,
    JudgementStands,
    MeasureScore,
    MeasureValue,
    SignalHolds,
    StatusIs,
    TrackIndex,
    TrackLevel,
)
from monitor.risk.framework import INSUFFICIENT
from monitor.risk.published import Bar, Checked, Row, Seen
from monitor.risk.status import UNKNOWN as STATUS_UNKNOWN
from monitor.risk.wording import about, cut, day, month, number, period, sources

MET, NOT_MET, UNKNOWN = "met", "not met", "unknown"
NOT_ASSESSED = "not assessed; enter one with `monitor judge`"


def check(criterion: Criterion, seen: Seen, bar: Bar, countries: Sequence[str]) -> list[Checked]:
    """Return what a criterion comes to in each country, in their order."""
    found: Callable[[Any, Seen, str, Bar], Checked] = CHECKS[criterion.kind]
    return [found(criterion, seen, iso3, bar) for iso3 in countries]


def _track_level(criterion: TrackLevel, seen: Seen, iso3: str, _: Bar) -> Checked:
    row, track = seen.assessments[(iso3,)], criterion.track
    level = row[f"{track}_level"]
    said = replace(_of_track(row, track), reading=_track_in_words(row, track))
    if level == INSUFFICIENT:
        return replace(said, state=UNKNOWN)
    return replace(said, state=MET if seen.levels[level] >= seen.levels[criterion.at_least] else NOT_MET)


def _track_index(criterion: TrackIndex, seen: Seen, iso3: str, _: Bar) -> Checked:
    """Below the mark, a track that is held is unknown: the evidence that held it up can no longer be read."""
    row, track = seen.assessments[(iso3,)], criterion.track
    index = row[f"{track}_index"]
    said = replace(_of_track(row, track), reading=_track_in_words(row, track))
    if index >= criterion.at_least:
        return replace(said, state=MET)
    return replace(said, state=UNKNOWN if pd.isna(index) or row[f"{track}_held"] else NOT_MET)


def _of_track(row: Row, track: str) -> Checked:
    held = "held" if row[f"{track}_held"] else ""
    return Checked(UNKNOWN, "", row[f"{track}_index"], "index, 0 to 100", end=row[f"{track}_until"], freshness=held)


def _track_in_words(row: Row, track: str) -> str:
    level, index, until = row[f"{track}_level"], row[f"{track}_index"], row[f"{track}_until"]
    core = f"{row[f'{track}_covered']} of {row[f'{track}_core']} core indicators read"
    if level == INSUFFICIENT:
        return f"{level}: {core}"
    at: str = "" if pd.isna(index) else f", index {math.floor(index)}"  # cut, not rounded: 39.7 is not yet the 40 of watch
    if row[f"{track}_held"]:
        return f"{level}{at}; held, last evidence {month(until)}; {core}"
    return f"{level}{at}{_why(row, track)}; figures to {month(until)}; {core}"


def _why(row: Row, track: str) -> str:
    """Return why a level stands that structure alone does not say; empty where structure says it."""
    level, says, base = (row[f"{track}_{name}"] for name in ("level", "seen", "base"))
    if says != level:
        return f", where it stood; today's figures say {says}"
    return "" if base == level else f", raised from {base} by a change"


def _signal(criterion: SignalHolds, seen: Seen, iso3: str, _: Bar) -> Checked:
    row = seen.signals[iso3, criterion.signal]
    freshness = "missing" if not row["end"] else "expired" if not row["seen"] else "fresh" if row["fresh"] else "stale"
    said = replace(_origin(row, seen), freshness=freshness)
    reading, usable = _figure_in_words(said, seen, number(row["value"]), criterion.max_age_days)
    if not usable:
        return replace(said, state=UNKNOWN, reading=reading)
    return replace(said, state=MET if row["fired"] else NOT_MET, reading=reading)


def _measure_value(criterion: MeasureValue, seen: Seen, iso3: str, _: Bar) -> Checked:
    """A sum with months missing is a lower bound: it can show that a mark was reached, never that it was not."""
    row = seen.readings[iso3, criterion.measure]
    said, reading, usable = _read(row, seen, criterion.max_age_days)
    whole = row["known"] >= row["asked"]
    if criterion.at_least is not None:
        over = row["value"] >= criterion.at_least
        state = MET if over else NOT_MET if whole else UNKNOWN
    else:
        state = NOT_MET if row["value"] > criterion.at_most else MET if whole else UNKNOWN
    return replace(said, state=state if usable else UNKNOWN, reading=reading)


def _measure_score(criterion: MeasureScore, seen: Seen, iso3: str, _: Bar) -> Checked:
    row = seen.readings[iso3, criterion.measure]
    said, reading, usable = _read(row, seen, criterion.max_age_days)
    if not usable or pd.isna(row["score"]):
        return replace(said, state=UNKNOWN, reading=reading)
    reading = f"score {cut(row['score'])}: {reading}"
    whole = row["known"] >= row["asked"]
    state = MET if row["score"] >= criterion.at_least else NOT_MET if whole else UNKNOWN
    return replace(said, state=state, reading=reading)


def _factor_score(criterion: FactorScore, seen: Seen, iso3: str, _: Bar) -> Checked:
    row = seen.factors[iso3, criterion.track, criterion.factor]
    read = f"{row['covered']} of {row['core']} core indicators read"
    if pd.isna(row["score"]):
        return Checked(UNKNOWN, f"no reading: {read}")
    said = Checked(UNKNOWN, f"score {cut(row['score'])}; {read}", row["score"], "score, 0 to 1")
    if row["thin"]:
        return replace(said, reading=f"{said.reading}: too thin to say")
    return replace(said, state=MET if row["score"] >= criterion.at_least else NOT_MET)


def _status(criterion: StatusIs, seen: Seen, iso3: str, _: Bar) -> Checked:
    row = seen.assessments[(iso3,)]
    status, deaths, until = row["status"], row["status_deaths"], row["status_until"]
    said = Checked(UNKNOWN, status, deaths, "civilians killed, 12 months", end=until)
    if status == STATUS_UNKNOWN or pd.isna(deaths):
        return replace(said, reading="unknown: no figure that counts", freshness="missing")
    held = "; held, it can no longer be seen" if row["status_held"] else ""
    known = "" if row["status_known"] >= 12 else f", {row['status_known']} months of 12 known"
    since = f" since {month(row['status_since'])}" if row["status_since"] else ""
    reading = f"{status}{since}: {about(deaths)} civilians killed, 12 months to {month(until)}{known}{held}"
    state = MET if status == criterion.status else NOT_MET
    return replace(said, state=state, reading=reading, freshness="held" if held else "")


def _judgement(criterion: JudgementStands, seen: Seen, iso3: str, bar: Bar) -> Checked:
    row = seen.judgements.get((iso3, criterion.indicator))
    if row is None:
        return Checked(UNKNOWN, NOT_ASSESSED)
    said = Checked(UNKNOWN, "", start=str(row["observed_from"]), end=str(row["observed_to"]), source=f"judgement, {row['role']}")
    if row["state"] != "stands":
        return replace(said, reading=f"the judgement of {day(row['entered'])} has expired; {NOT_ASSESSED}", freshness="expired")
    reading = _judgement_in_words(row)
    if row["rank"] < SIGNS[criterion.at_least]:
        return replace(said, state=NOT_MET, reading=reading)
    if short := _below_bar(row, bar):
        return replace(said, reading=f"{reading}; does not count here: {short}")
    return replace(said, state=MET, reading=reading)


def _judgement_in_words(row: Row) -> str:
    parts = [
        f"{str(row['answer']).replace('_', ' ')}, {row['direction']}, confidence {row['confidence']}",
        "an allegation" if row["allegation"] else "",
        f"observed to {day(row['observed_to'])}",
        sources(row["source_count"]),
        f"second reader: {row['second_reader']}" if row["second_reader"] else "no second reader",
        f"expires {day(row['expires'])}",
    ]
    return "; ".join(p for p in parts if p)


def _below_bar(row: Row, bar: Bar) -> str:
    """Return what an entry lacks of the evidence bar, in words; empty where it lacks nothing."""
    lacks = [f"{sources(bar.sources)} needed"] if row["source_count"] < bar.sources else []
    return " and ".join([*lacks, *(["a second reader needed"] if bar.second_reader and not row["second_reader"] else [])])


def _confirmation(criterion: ConfirmationStands, seen: Seen, iso3: str, bar: Bar) -> Checked:
    """That nobody has confirmed is known, not unknown: a confirmation is an act, and each is on record."""
    row = seen.confirmations.get((iso3, criterion.confirmation))
    how = f"`monitor confirm {iso3} {criterion.confirmation}`"
    if row is None:
        return Checked(NOT_MET, f"nobody has confirmed it; {how}")
    said = Checked(NOT_MET, "", end=str(row["expires"]), source=f"confirmation, {row['role']}")
    if row["state"] != "stands":
        return replace(said, reading=f"that of {day(row['entered'])} has {'been ' if row['state'] == 'withdrawn' else ''}"
                       f"{row['state']}; {how}")  # fmt: skip
    reading = f"by {row['role']}, {day(row['entered'])}; {sources(row['source_count'])}; expires {day(row['expires'])}"
    if row["source_count"] < bar.sources:
        return replace(said, reading=f"{reading}; does not count: {sources(bar.sources)} needed")
    return replace(said, state=MET, reading=f"{reading}; {row['reason']}")


CHECKS: dict[str, Callable[[Any, Seen, str, Bar], Checked]] = {
    "track_level": _track_level,
    "track_index": _track_index,
    "signal": _signal,
    "measure_value": _measure_value,
    "measure_score": _measure_score,
    "factor_score": _factor_score,
    "status": _status,
    "judgement": _judgement,
    "confirmation": _confirmation,
}


def _read(row: Row, seen: Seen, limit: int | None) -> tuple[Checked, str, bool]:
    """Return a reading's origin, its words, and whether it may be used."""
    said = replace(_origin(row, seen), measure=row["measure"], freshness=row["freshness"])
    months = f", {row['known']} of {row['asked']} months known" if row["known"] < row["asked"] else ""
    reading, usable = _figure_in_words(said, seen, f"{row['value']:,.{row['decimals']}f}", limit, months)
    return said, reading, usable


def _origin(row: Row, seen: Seen) -> Checked:
    place = row["place"]
    return Checked(
        UNKNOWN,
        "",
        row["value"],
        row["unit"],
        series=row["series"],
        source=seen.publishers.get(str(row["series"]), str(row["series"])),
        start=row["start"],
        end=row["end"],
        provisional=bool(row["provisional"]),
        document=row["document"],
        place=None if pd.isna(place) else int(place),
    )


def _figure_in_words(said: Checked, seen: Seen, figure: str, limit: int | None, months: str = "") -> tuple[str, bool]:
    """Return value, unit, period, source and freshness in words, and whether the figure is there and young enough to judge by."""
    if pd.isna(said.value) or said.freshness == "missing":
        return "no reading", False
    provisional = ", provisional" if said.provisional else ""
    text = f"{figure} {said.unit}, {period(said.start, said.end)}, {said.source} ({said.freshness}{provisional}{months})"
    if said.freshness == "expired":
        return f"{text}: too old to count", False
    age = (seen.as_of - date.fromisoformat(said.end)).days
    if limit is not None and age > limit:
        return f"{text}: {age} days old, here at most {limit} count", False
    return text, True
