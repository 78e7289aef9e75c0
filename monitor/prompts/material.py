"""What a text may say of one country, as values without words: a brief, the asks that fit, the claims that hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd

from monitor.briefs.brief import TABLES as BRIEF_TABLES
from monitor.briefs.brief import build
from monitor.briefs.content import Brief
from monitor.briefs.figures import MIDDLE, Figure
from monitor.briefs.forecast import TABLES as FORECAST
from monitor.briefs.levers import LeverBook, LeverSource
from monitor.briefs.outlook import TABLES as BESIDE
from monitor.briefs.references import Reference
from monitor.prompts.asks import OTHERS, Ask, ranked
from monitor.prompts.claims import FirstTime, among_highest, first_time, one_of_many, rests_on_one_month
from monitor.prompts.profile import MINISTER, Commitment, Kind, Office, Parliament, is_old
from monitor.risk.status import ONSET_RISK

NEEDED = BRIEF_TABLES
WANTED = (*BESIDE, *FORECAST, "protocol_actions", "history")  # a run of an older program has none of them
TOLD = 3  # figures that a text tells; a reader keeps no more
YES_NO = "1 = yes"
WORRYING = 0.75  # a place among country-years is told from here on: the mark of the atrocity-only signs
PLAIN = ("deaths", "deaths a year", "per 1,000 people")  # units that need no explaining
FEW = 25  # deaths in twelve months: below it UCDP counts no actor as one that kills civilians


@dataclass(frozen=True)
class Telling:
    """A figure with the few words that name it to somebody who reads no tables; ``elsewhere``: its value without a month that has
    to be checked, NaN where none has."""

    figure: Figure
    short: str
    elsewhere: float


@dataclass(frozen=True)
class Held:
    """What was claimed and holds: see :mod:`monitor.prompts.claims`."""

    one_of_many: bool
    among: int | None
    first: FirstTime | None
    on_one_month: bool


@dataclass(frozen=True)
class Material:
    """What every kind of text about one country is made from.

    ``brief``: with the references of asks, rules and commitments added; ``rung``: the place of its level among the levels, 0
    where there is none; ``order``: rank of each level; ``refs``: numbers of sources by key. ``here`` and ``there``: the country's
    name in full and short, as the profile writes it; ``counts``: a clause on the counts of deaths under it, mostly empty.
    """

    brief: Brief
    profile: Parliament
    asks: tuple[Ask, ...]
    told: tuple[Telling, ...]
    held: Held
    commitments: tuple[Commitment, ...]
    rung: int
    order: Mapping[str, int]
    phase: str
    refs: Mapping[str, int]
    here: str = ""
    there: str = ""
    counts: str = ""

    @property
    def rungs(self) -> int:
        """How many levels there are."""
        return len(self.order)

    @property
    def unmeasured(self) -> bool:
        """Whether it is the profile's own state with no killing on record: then the scale says little of what is asked."""
        return self.at_home and self.brief.killing.deaths == 0

    @property
    def outside(self) -> bool:
        """Whether the track outside conflict leads, and too few are on record as killed for their number to tell the risk."""
        killing = self.brief.killing
        return self.brief.headline == "outside_conflict" and killing.status == ONSET_RISK and killing.deaths < FEW

    @property
    def at_home(self) -> bool:
        """Whether the country is the profile's own state."""
        return self.brief.iso3 == self.profile.state


@dataclass(frozen=True)
class Order:
    """One text to write: a kind, its asks and who it goes to. ``suited``: levers that the form itself prefers; ``offices``: those
    that answer, the one of the leading ask before the others; ``early``: the country's level is below what the form is for."""

    kind: Kind
    title: str
    to: str
    asks: tuple[Ask, ...]
    suited: frozenset[str]
    others: tuple[Ask, ...]
    offices: tuple[Office, ...]
    unchecked: bool
    old: bool
    early: bool

    @property
    def office(self) -> Office:
        """The office that answers for the first ask."""
        return self.offices[0]


def material(
    iso3: str,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    book: LeverBook,
    profile: Parliament,
    *,
    observed: pd.DataFrame | None = None,
) -> Material:
    """Return what is to be said of a country. Raises :class:`KeyError` when the tables hold no assessment of it.

    ``tables``: :data:`NEEDED`, and of :data:`WANTED` those that the run has; ``observed``: its observations, or None.
    """
    brief = build(iso3, tables, manifest, book, history=observed)
    said: dict[Any, Any] = tables["assessments"].set_index("iso3", drop=False).loc[iso3].to_dict()
    phases = tables["phases"] if "phases" in tables else pd.DataFrame({"iso3": [], "phase": []})
    phase = str(next(iter(phases.loc[phases["iso3"] == iso3, "phase"]), "unknown"))
    drives = [f.id for f in brief.factors if f.drives]
    actions = tables.get("protocol_actions", pd.DataFrame())
    asks = ranked(book, profile, drives, said, actions, phase=phase, as_of=date.fromisoformat(brief.as_of[:10]))
    at_home = iso3 == profile.state
    commitments = tuple(c for c in profile.commitments if c.reach in ("both", "home" if at_home else "abroad"))
    brief, refs = _with_sources(brief, book, profile, asks, commitments)
    order = {level["id"]: n for n, level in enumerate(manifest["framework"]["levels"])}
    return Material(
        brief=brief,
        profile=profile,
        asks=asks,
        told=_told(brief, tables["readings"], profile.never_told),
        held=Held(
            one_of_many(brief.level, brief.at_level, brief.assessed),
            among_highest(brief.place),
            _first(tables.get("history"), brief, order),
            rests_on_one_month(brief.killing.deaths, brief.killing.peak, brief.killing.at_least),
        ),
        commitments=commitments,
        rung=order.get(brief.level, -1) + 1,
        order=order,
        phase=phase,
        refs=refs,
    )


def order_of(made: Material, kind: Kind) -> Order:
    """Return what one text carries, and to whom. Never fewer than two asks where two levers fit."""
    suited = sorted(made.asks, key=lambda a: not suits(a, kind))  # stable: within each half the order stays
    mine, others = tuple(suited[: kind.asks]), tuple(suited[kind.asks : kind.asks + OTHERS])
    profile, at_home = made.profile, made.at_home
    offices = tuple(dict.fromkeys(a.office for a in mine)) or (profile.offices[0],)
    wanted = kind.to_at_home if at_home and kind.to_at_home else kind.to
    recipient = None if wanted == MINISTER else profile.recipient(wanted)
    checks = (kind.checked_on, recipient.checked_on if recipient else offices[0].checked_on)
    day = date.fromisoformat(made.brief.as_of[:10])
    return Order(
        kind=kind,
        title=kind.title_at_home if at_home and kind.title_at_home else kind.title,
        to=recipient.who if recipient else f"{offices[0].title[:1].upper()}{offices[0].title[1:]}",
        asks=mine,
        suited=frozenset(a.lever.id for a in (*mine, *others) if suits(a, kind)),
        others=others,
        offices=offices,
        unchecked=not all(checks) or any(a.unchecked for a in mine),
        old=any(is_old(c, day, profile.checks_last_days) for c in checks) or any(a.old for a in mine),
        early=bool(kind.from_level) and not made.brief.under_way and made.rung < made.order[kind.from_level] + 1,
    )


def suits(ask: Ask, kind: Kind) -> bool:
    """Return whether a kind of text prefers this lever, by its own kind or by its holder."""
    return ask.lever.kind in kind.prefers_kinds or ask.holder.id in kind.prefers_holders


def _told(brief: Brief, readings: pd.DataFrame, never: tuple[str, ...]) -> tuple[Telling, ...]:
    """Return the figures that tell most: counts of people, then signs of atrocity, then other places among country-years.

    The sum behind the status has a sentence of its own, and is not told again; nor is what is not worrying, or in ``never``."""
    short = {}
    if "short" in readings:
        mine = readings[readings["iso3"] == brief.iso3]
        short = dict(zip(mine["measure"], mine["short"], strict=True))
    signs = {s.figure.measure: s for s in brief.beside.signs} if brief.beside else {}
    every = {f.measure: f for f in (*(s.figure for s in signs.values()), *brief.raises, *brief.known)}
    short |= {measure: sign.short for measure, sign in signs.items()}
    able = [
        f
        for f in every.values()
        if f.score >= (MIDDLE if f.unit in PLAIN else WORRYING)
        and f.measure not in never
        and f.ref != brief.killing.ref
        and not f.unit.startswith(YES_NO)
    ]
    able.sort(key=lambda f: (f.unit not in PLAIN, f.measure not in signs, not f.percentile, f.freshness != "fresh"))
    return tuple(
        Telling(f, str(short.get(f.measure) or f.title), f.value - f.peak if f.mostly_one_month else float("nan"))
        for f in able[:TOLD]
    )


def _first(history: pd.DataFrame | None, brief: Brief, order: Mapping[str, int]) -> FirstTime | None:
    """Return the claim of a first time, only where the last month of the history says the level that is said now."""
    if history is None:
        return None
    mine = history[history["iso3"] == brief.iso3].sort_values("as_of")
    levels = mine["level"].tolist()
    if not levels or levels[-1] != brief.level or any(t.stays for t in brief.tracks if t.leads):
        return None
    return first_time(levels, [str(day)[:10] for day in mine["as_of"]], order)


def _with_sources(
    brief: Brief, book: LeverBook, profile: Parliament, asks: tuple[Ask, ...], commitments: tuple[Commitment, ...]
) -> tuple[Brief, dict[str, int]]:
    """Return the brief with the references of levers, commitments and rules of forms added, and their numbers by key."""
    given = {replace(r, number=0): r.number for r in brief.references}

    def number(title: str, publisher: str, url: str, licence: str = "") -> int:
        return given.setdefault(Reference(0, "lever", title, publisher, url, licence=licence), len(given) + 1)

    def of_lever(name: str) -> int:
        source: LeverSource = book.source(name)
        return number(source.title, source.publisher, source.url, source.licence)

    lever_refs = {s: of_lever(s) for a in asks for s in (*a.lever.evidence_sources, *a.lever.sources)}
    refs = {f"commitment:{c.id}": number(c.source.title, c.source.publisher, c.source.url) for c in commitments}
    refs |= {f"source:{s.id}": number(s.title, s.publisher, s.url) for s in profile.sources}
    refs |= {"studies": of_lever(book.studies_source)}
    references = tuple(replace(r, number=n) for r, n in given.items())
    return replace(brief, lever_refs={**brief.lever_refs, **lever_refs}, references=references), refs
