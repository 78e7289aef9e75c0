"""The trigger protocol as values: for each level its criteria, evidence bar, review, actions, and who confirms. Pure.

Read from ``config/protocol.yaml``. A level's criteria are met when one of its *routes* is; a route when each of its *groups* is;
a group when enough of its criteria are. What is missing is unknown throughout (:mod:`monitor.risk.protocol`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from indicators.contract import Frozen
from monitor.risk.criteria import (
    ConfirmationStands,
    Criterion,
    FactorScore,
    JudgementStands,
    MeasureScore,
    MeasureValue,
    SignalHolds,
    TrackLevel,
    rests_on_deaths,
    title_of,
)
from monitor.risk.framework import TRACK_IDS, Framework, Mistake
from monitor.risk.status import UNDER_WAY

IMMINENT = "imminent"
Confirms = Literal["program", "analyst", "two people"]


class Source(Frozen):
    """Where a statement of the protocol comes from."""

    title: str
    publisher: str
    url: str = Field(pattern=r"^(https://\S+)?$")


class AtHome(Frozen):
    """The same mechanism where the country is the United Kingdom itself."""

    holder: str
    ask: str


class Tool(Frozen):
    """A mechanism that ``levers.yaml`` does not hold, such as a written question. ``holder``: an office, never a person.

    ``checked_on``: the day somebody read that this office exists under this name; empty: not yet checked. ``at_home``: without it
    the tool is for other countries only.
    """

    id: str
    name: str
    holder: str
    checked_on: date | Literal[""] = ""
    instrument: str
    do_no_harm: tuple[str, ...] = Field(min_length=1)
    ask: str
    at_home: AtHome | None = None
    sources: tuple[Source, ...] = Field(min_length=1)


class Action(Frozen):
    """What a level should trigger: a lever of ``levers.yaml`` or a tool, what is to be done with it, and in how many days."""

    lever: str | None = None
    tool: str | None = None
    do: str
    days: int = Field(ge=0)

    @model_validator(mode="after")
    def _one_mechanism(self) -> Action:
        if (self.lever is None) == (self.tool is None):
            raise ValueError("an action names either a lever or a tool: without one it has no holder")
        return self


class Group(Frozen):
    """``at_least`` of these criteria; ``title`` says in words what they show together."""

    title: str
    at_least: int = Field(default=1, gt=0)
    of: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_met(self) -> Group:
        if self.at_least > len(self.of):
            raise ValueError(f"at_least {self.at_least} of {len(self.of)} criteria can never be met")
        if len(set(self.of)) != len(self.of):
            raise ValueError("a criterion is listed twice")
        return self


class Route(Frozen):
    """One way to a level: all of its groups. ``confirms``: who turns "criteria met" into the level.

    ``track``: the track whose evidence it takes. An outside-conflict route takes no count of deaths; ``either`` looks at both.
    """

    id: str
    title: str
    track: Literal["conflict", "outside_conflict", "either"]
    confirms: Confirms
    groups: tuple[Group, ...] = Field(min_length=1)


class EvidenceBar(Frozen):
    """What a judgement or a confirmation must bring to count at a level, and the same in words."""

    sources: int = Field(gt=0)
    second_reader: bool
    words: str


class Response(Frozen):
    """What is done about a country: how often it is looked at again, what should be triggered, and with what reason."""

    meaning: str = ""
    review_days: int = Field(gt=0)
    actions: tuple[Action, ...] = Field(min_length=1)


class Rung(Response):
    """One level of the protocol. ``confirmation``: the criterion of kind confirmation that puts a country there."""

    id: str
    evidence_bar: EvidenceBar
    routes: tuple[Route, ...] = Field(min_length=1)
    confirmation: str | None = None


class Protocol(Frozen):
    """The whole protocol. ``unseen``: what follows where too little can be seen for a level. ``hash``: that of its files."""

    title: str
    version: str
    note: str
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    levels: tuple[Rung, ...]
    unseen: Response
    tools: tuple[Tool, ...] = ()
    hash: str = ""

    @cached_property
    def criterion(self) -> dict[str, Criterion]:
        """Return the criteria by id."""
        return {c.id: c for c in self.criteria}

    @cached_property
    def level(self) -> dict[str, Rung]:
        """Return the levels by id."""
        return {rung.id: rung for rung in self.levels}

    @property
    def order(self) -> tuple[str, ...]:
        """Return the ids of the levels, lowest first, without the status."""
        return tuple(rung.id for rung in self.levels if rung.id != UNDER_WAY)


def titled(protocol: Protocol, framework: Framework, of_files: str = "") -> Protocol:
    """Return the protocol with a title for each criterion, and a meaning for each level, from the framework where it has none.

    ``of_files``: the hash of the files that it was read from.
    """
    meanings = {level.id: level.meaning for level in framework.levels}
    named = tuple(c if c.title else c.model_copy(update={"title": title_of(c, framework)}) for c in protocol.criteria)
    meant = tuple(r if r.meaning else r.model_copy(update={"meaning": meanings[r.id]}) for r in protocol.levels)
    as_read = {name: getattr(protocol, name) for name in Protocol.model_fields}
    return Protocol.model_validate({**as_read, "criteria": named, "levels": meant, "hash": of_files})


def mistakes(protocol: Protocol, framework: Framework, deaths: Mapping[str, bool], levers: Collection[str]) -> Iterator[Mistake]:
    """Yield what is wrong between the protocol, the framework and the levers, as (where, problem, valid names)."""
    yield from _wrong_names(protocol, framework)
    yield from _wrong_levels(protocol, framework)
    yield from _wrong_actions(protocol, levers)
    known = {c.id for c in protocol.criteria if not list(_unknown(c, framework))}
    for rung in protocol.levels:
        for route in rung.routes:
            yield from _wrong_route(protocol, rung, route, known)
            if route.track == "outside_conflict":
                yield from _leans_on_war(protocol, rung, route, framework, deaths)
    used = {c for rung in protocol.levels for r in rung.routes for g in r.groups for c in g.of}
    used |= {rung.confirmation for rung in protocol.levels if rung.confirmation}
    for orphan in [c.id for c in protocol.criteria if c.id not in used]:
        yield f"criterion {orphan}", "no level uses it", []


def _wrong_names(protocol: Protocol, framework: Framework) -> Iterator[Mistake]:
    named = {
        "criteria": [c.id for c in protocol.criteria],
        "levels": [rung.id for rung in protocol.levels],
        "tools": [t.id for t in protocol.tools],
        **{f"level {rung.id}.routes": [r.id for r in rung.routes] for rung in protocol.levels},
    }
    for where, ids in named.items():
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            yield where, f"{twice!r} is listed twice", []
    for criterion in protocol.criteria:
        for key, word, valid in _unknown(criterion, framework):
            yield f"criterion {criterion.id}.{key}", f"unknown {key if key != 'at_least' else 'level'} {word!r}", valid
        if isinstance(criterion, FactorScore):
            yield from _never_read(criterion, framework)


def _unknown(criterion: Criterion, framework: Framework) -> Iterator[tuple[str, str, list[str]]]:
    """Yield the key, the word and the valid words of a name that the framework does not have."""
    match criterion:
        case TrackLevel():
            named = ("at_least", criterion.at_least, list(framework.level_order))
        case SignalHolds():
            named = ("signal", criterion.signal, [s.id for s in framework.signals])
        case MeasureValue() | MeasureScore():
            named = ("measure", criterion.measure, sorted(framework.measure))
        case FactorScore():
            named = ("factor", criterion.factor, [f.id for f in framework.factors])
        case JudgementStands():
            named = ("indicator", criterion.indicator, [i.id for _, i in framework.indicators()])
        case _:
            return
    if named[1] not in named[2]:
        yield named


def _never_read(criterion: FactorScore, framework: Framework) -> Iterator[Mistake]:
    mine = [i for f, i in framework.indicators() if f.id == criterion.factor and framework.in_track(i, criterion.track)]
    if any(f.id == criterion.factor for f in framework.factors) and not any(i.core for i in mine):
        yield f"criterion {criterion.id}.factor", f"{criterion.factor!r} has no core indicator in this track: always unknown", []


def _wrong_levels(protocol: Protocol, framework: Framework) -> Iterator[Mistake]:
    wanted = [*framework.level_order, IMMINENT, UNDER_WAY]
    ids = [rung.id for rung in protocol.levels]
    for rung in protocol.levels:
        if rung.id not in wanted:
            yield "levels", f"unknown level {rung.id!r}", wanted
    for missing in [w for w in wanted if w not in ids]:
        yield "levels", f"{missing!r} is missing", []
    if ids != wanted:
        yield "levels", f"their order is {', '.join(wanted)}", []
    for rung in protocol.levels:
        if not rung.meaning and rung.id not in framework.level_order:
            yield f"level {rung.id}.meaning", "is missing; only the framework's own levels take its meaning", []
        if rung.id != wanted[0] and not any(r.track == "outside_conflict" for r in rung.routes):
            yield f"level {rung.id}.routes", "a country with no armed conflict has no way there: none is outside_conflict", []
        if rung.confirmation is not None and rung.confirmation not in protocol.criterion:
            yield f"level {rung.id}.confirmation", f"unknown criterion {rung.confirmation!r}", sorted(protocol.criterion)
        elif rung.confirmation and not isinstance(protocol.criterion[rung.confirmation], ConfirmationStands):
            yield f"level {rung.id}.confirmation", f"{rung.confirmation!r} is not a criterion of kind confirmation", []
        yield from _wrong_confirmers(rung)


def _wrong_confirmers(rung: Rung) -> Iterator[Mistake]:
    where = f"level {rung.id}"
    if rung.id == IMMINENT and (rung.evidence_bar.sources < 2 or any(r.confirms == "program" for r in rung.routes)):
        yield where, "imminent is a person's decision with two sources, never the program's", []
    for route in rung.routes:
        if route.confirms != "program" and rung.confirmation is None and rung.id != UNDER_WAY:
            yield f"{where}.confirmation", f"route {route.id!r} is confirmed by a person, and no confirmation is named", []
        if route.confirms == "two people" and not rung.evidence_bar.second_reader:
            yield f"{where}.evidence_bar", f"route {route.id!r} asks for two people, and the bar for no second reader", []


def _wrong_actions(protocol: Protocol, levers: Collection[str]) -> Iterator[Mistake]:
    tools = [t.id for t in protocol.tools]
    for where, response in [(f"level {r.id}", r) for r in protocol.levels] + [("unseen", protocol.unseen)]:
        for n, action in enumerate(response.actions):
            if action.lever is not None and action.lever not in levers:
                yield f"{where}.actions[{n}].lever", f"unknown lever {action.lever!r}", sorted(levers)
            if action.tool is not None and action.tool not in tools:
                yield f"{where}.actions[{n}].tool", f"unknown tool {action.tool!r}", tools


def _wrong_route(protocol: Protocol, rung: Rung, route: Route, known: Collection[str]) -> Iterator[Mistake]:
    for n, group in enumerate(route.groups):
        where = f"level {rung.id}.routes.{route.id}.groups[{n}].of"
        for name in group.of:
            if name not in protocol.criterion:
                yield where, f"unknown criterion {name!r}", sorted(protocol.criterion)
            elif name in known and isinstance(protocol.criterion[name], ConfirmationStands):
                yield where, f"{name!r} is a confirmation: it stands apart from the criteria, under `confirmation`", []


def _leans_on_war(
    protocol: Protocol, rung: Rung, route: Route, framework: Framework, deaths: Mapping[str, bool]
) -> Iterator[Mistake]:
    where = f"level {rung.id}.routes.{route.id}"
    indicators = {i.id: i for _, i in framework.indicators()}
    for criterion in [protocol.criterion[c] for g in route.groups for c in g.of if c in protocol.criterion]:
        if list(_unknown(criterion, framework)):
            continue
        if rests_on_deaths(criterion, framework, deaths):
            yield where, f"{criterion.id!r} can be moved by a count of deaths, which may not enter an outside-conflict route", []
        if isinstance(criterion, JudgementStands) and not framework.in_track(indicators[criterion.indicator], TRACK_IDS[1]):
            yield where, f"{criterion.id!r} asks for an indicator of armed conflict in an outside-conflict route", []
