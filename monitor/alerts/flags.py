"""What is true now: flags from the tables of one assessment. Pure; whether one is worth saying is :mod:`.decide`'s business.

=================  ==================================================================================  ====================
kind               true where                                                                          grade
=================  ==================================================================================  ====================
``level``          a track stands at watch or above; *newly high* where that is more than a year ago   the level's rank
``under_way``      killing of civilians is under way                                                   1
``rising_fast``    the index of a track rose in a year                                                 thresholds passed
``trigger``        a signal of change holds                                                            1
``spillover``      a signal that looks at the neighbours holds                                         1
``criteria_met``   the protocol's criteria for imminent risk, or for more than the country stands at   the protocol's rank
``silence``        a track is held or has too little data; a source failed, is stale or has nothing    1; 2 for too little
=================  ==================================================================================  ====================

Grade 0 is an answer as well: seen, and not so. Where nothing can be seen there is no flag at all, which is no answer.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas as pd

from monitor.alerts.policy import Kind, Policy
from monitor.alerts.words import day, number, signed
from monitor.risk.checks import MET, UNKNOWN
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, Framework
from monitor.risk.status import UNDER_WAY
from monitor.risk.triggers import IMMINENT

Row = Mapping[Hashable, Any]
Key = tuple[str, str, str, str]
UNSEEN = {"failed": "the last attempt failed", "stale": "older than it should be", "missing": "never collected"}


@dataclass(frozen=True)
class Flag:
    """One answer. ``iso3``: empty for a source. ``subject``: id of a signal or source, else empty. ``called``: what a grade is
    called, where it is a level.

    ``period``: last day that the evidence is about, ISO, empty where unknown. ``fresh``: recent and seen now, so that it may ease
    what was said. ``level``: of the country, now. ``newly``: flagged for readers. ``words``: the answer, without the country's
    name. ``factors``: ids of the risk factors that it bears on, ``;`` separated.
    """

    iso3: str
    kind: Kind
    track: str
    subject: str
    grade: int
    called: str
    period: str
    fresh: bool
    provisional: bool
    level: str
    newly: bool
    words: str
    factors: str = ""

    @property
    def key(self) -> Key:
        """What the flag is about; never its value."""
        return self.iso3, self.kind, self.track, self.subject


def flags(tables: Mapping[str, pd.DataFrame], framework: Framework, policy: Policy, as_of: str) -> list[Flag]:
    """Return every answer of one assessment, by country, kind, track and subject.

    ``tables``: ``assessments`` and ``signals``; ``factors``, ``protocol_levels`` and ``sources`` where they are there.
    ``as_of``: ISO day.
    """
    said: dict[object, Row] = {row["iso3"]: row for row in tables["assessments"].to_dict("records")}
    thin = _thin(tables)
    found = [
        *(flag for row in said.values() for flag in _of_country(row, framework, policy, as_of, thin)),
        *_signals(tables["signals"], said, framework),
        *_criteria(tables, said, framework, as_of),
        *_sources(tables, as_of),
    ]
    return sorted(found, key=lambda flag: flag.key)


def table(found: list[Flag], names: Mapping[str, str]) -> pd.DataFrame:
    """Return the flags that readers see, one row each: columns of :class:`Flag`, and name."""
    columns = [f.name for f in fields(Flag)]
    rows = [asdict(flag) for flag in found if flag.newly]
    frame = pd.DataFrame(rows, columns=columns).astype({"grade": "int64", "fresh": bool, "provisional": bool, "newly": bool})
    return frame.drop(columns="newly").assign(name=[names.get(iso3, "") for iso3 in frame["iso3"]])


# ------------------------------------------------------------------------------------------------------------- by country


def _of_country(row: Row, framework: Framework, policy: Policy, as_of: str, thin: Mapping[object, str]) -> Iterator[Flag]:
    for track in TRACK_IDS:
        yield from _level(row, track, framework)
        yield from _rising(row, track, policy)
    yield from _under_way(row)
    level, held = str(row["level"]), bool(row["held"])
    grade = 2 if level == INSUFFICIENT else int(held)
    held_at = f"held at {level} on what can no longer be seen"
    words = ("evidence can be seen", held_at, "too little can be seen for a level")[grade]
    yield _flag(row, "silence", grade=grade, period=as_of, words=words, factors=thin.get((row["iso3"], row["headline"]), ""))


def _flag(row: Row, kind: Kind, **given: Any) -> Flag:
    """Return a flag of a country (a row of ``assessments``); for readers where its grade is not 0, unless ``newly`` is given."""
    plain = {"track": "", "subject": "", "called": "", "fresh": True, "provisional": False, "level": str(row["level"])}
    return Flag(**{"iso3": str(row["iso3"]), "kind": kind, "newly": given["grade"] > 0, **plain, **given})


def _level(row: Row, track: str, framework: Framework) -> Iterator[Flag]:
    """Yield the level of a track; a level itself falls only after fresh lower periods, so that what is lower here is so."""
    level, before, order = str(row[f"{track}_level"]), str(row[f"{track}_level_before"]), framework.level_order
    if level not in order:
        return
    grade, was = order[level], order.get(before, -1)
    newly = 0 <= was < grade
    stood = "a year before there was too little data to say" if was < 0 else f"a year before: {before}"
    words = f"{'newly ' if newly else ''}{level} {_on(track)}; {stood}"
    fresh, until = not bool(row[f"{track}_held"]), str(row[f"{track}_until"])
    yield _flag(row, "level", track=track, grade=grade, called=level, period=until, fresh=fresh, newly=newly, words=words)


def _rising(row: Row, track: str, policy: Policy) -> Iterator[Flag]:
    now, before = (float(row[f"{track}_{when}"]) for when in ("index", "before"))
    if math.isnan(now) or math.isnan(before):
        return
    rise = round(now - before, 6)
    grade = len([p for p in policy.rising_points if rise >= p])
    words = f"index {now:.0f} {_on(track)}, {signed(rise)} points in a year"
    fresh, until = not bool(row[f"{track}_held"]), str(row[f"{track}_until"])
    yield _flag(row, "rising_fast", track=track, grade=grade, period=until, fresh=fresh, words=words)


def _under_way(row: Row) -> Iterator[Flag]:
    until, on = str(row["status_until"]), row["status"] == UNDER_WAY
    if not until or (row["status_held"] and not on):
        return
    counted: str = "an unknown number of" if pd.isna(row["status_deaths"]) else f"at least {row['status_deaths']:,.0f}"
    words = f"{counted} civilians killed in one-sided violence in the 12 months to {day(until)}"
    fresh = bool(row["status_fresh"]) and not bool(row["status_held"])
    yield _flag(row, "under_way", grade=int(on), period=until, fresh=fresh, words=words)


# ---------------------------------------------------------------------------------------------------------------- by table


def _signals(signals: pd.DataFrame, said: Mapping[object, Row], framework: Framework) -> Iterator[Flag]:
    spills = {s.id for s in framework.signals if s.transform.startswith("spillover")}
    bears = {s.id: _factors_of(s.all_series(), framework) for s in framework.signals}
    for row in signals[signals["seen"] & signals["iso3"].isin(list(said))].to_dict("records"):
        words = f"{row['title']}: {number(row['value'])} {row['unit']} (mark {number(row['threshold'])})"
        yield _flag(
            said[row["iso3"]],
            "spillover" if row["signal"] in spills else "trigger",
            subject=str(row["signal"]),
            track=str(row["tracks"]) if row["tracks"] in TRACK_IDS else "",
            grade=int(row["fired"]),
            period=str(row["end"]),
            fresh=bool(row["fresh"]),
            provisional=bool(row["provisional"]),
            words=words,
            factors=bears[row["signal"]],
        )


def _criteria(tables: Mapping[str, pd.DataFrame], said: Mapping[object, Row], framework: Framework, as_of: str) -> Iterator[Flag]:
    """Yield the highest level above the country's own whose criteria are met; grade 0 only where each is known not to be."""
    if "protocol_levels" not in tables:
        return
    order = {**framework.level_order, IMMINENT: len(framework.levels)}
    rows = tables["protocol_levels"]
    for iso3, mine in rows[rows["level"].isin(list(order))].groupby("iso3", sort=False):
        stands = order.get(str(said[iso3]["level"]), -1)
        above = [r for r in mine.to_dict("records") if order[r["level"]] > stands]
        met = [r for r in above if r["state"] == MET]
        if not met and any(r["state"] == UNKNOWN for r in above):
            continue
        top = max(met, key=lambda r: order[r["level"]]) if met else None
        words = f"{top['level']}: {top['words']}" if top else "no criteria met above where it stands"
        grade, called = (order[top["level"]], str(top["level"])) if top else (0, "")
        yield _flag(said[iso3], "criteria_met", grade=grade, called=called, period=as_of, words=words)


def _sources(tables: Mapping[str, pd.DataFrame], as_of: str) -> Iterator[Flag]:
    if "sources" not in tables:
        return
    for row in tables["sources"].to_dict("records"):
        if row["enabled"]:
            silent = row["state"] != "ok"
            words = f"{row['title']}: {UNSEEN[row['state']] if silent else 'seen'}"
            words += f"; newest period ends {day(row['newest_period'])}" if row["newest_period"] else ""
            nowhere: Row = {"iso3": "", "level": ""}
            yield _flag(nowhere, "silence", subject=str(row["source"]), grade=int(silent), period=as_of, words=words)


# ---------------------------------------------------------------------------------------------------------------- factors


def _factors_of(series: tuple[str, ...], framework: Framework) -> str:
    """Return the risk factors for which any of these series is evidence."""
    measures = {m.id for m in framework.measures if set(m.all_series()) & set(series)}
    hit = {f.id for f, i in framework.indicators() if any(e.scored and e.measure in measures for e in i.evidence)}
    return ";".join(f.id for f in framework.factors if f.id in hit)


def _thin(tables: Mapping[str, pd.DataFrame]) -> dict[object, str]:
    """Return by country and track the risk factors of which less than half can be seen."""
    if "factors" not in tables:
        return {}
    rows = tables["factors"]
    return {key: ";".join(mine["factor"]) for key, mine in rows[rows["thin"]].groupby(["iso3", "track"], sort=False)}


def _on(track: str) -> str:
    return {"conflict": "on the conflict track", "outside_conflict": "on the outside-conflict track"}[track]
