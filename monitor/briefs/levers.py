"""What the United Kingdom can do, matched to a country by the risk factors that drive it, its track and its stage. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from pydantic import Field, model_validator

from indicators.contract import Frozen
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, TrackId
from monitor.risk.status import RECENT_PAST, UNDER_WAY

Stage = Literal["upstream", "escalation", "acute", "aftermath", "unseen"]
Strength = Literal[
    "strongest", "moderate", "legal", "mixed", "judgement", "limited", "weak", "negative_if_broad", "negative"
]  # from the best evidence to the worst: the order in which levers are ranked
STRENGTHS: tuple[str, ...] = get_args(Strength)
FEWEST, MOST = 2, 5  # a brief never prescribes one thing, and never lists everything


class Holder(Frozen):
    """The office that holds a lever, never a person. ``checked_on``: empty where nobody has checked it yet."""

    id: str
    office: str
    checked_on: date | Literal[""] = ""


class LeverSource(Frozen):
    """Where a statement about a lever comes from."""

    id: str
    title: str
    publisher: str
    url: str
    licence: str = ""


class Studies(Frozen):
    """Findings on a tool: how many of a decrease in atrocities, of neither, and of an increase. Votes, not effect sizes."""

    tool: str
    decrease: int = Field(ge=0)
    mixed_or_none: int = Field(ge=0)
    increase: int = Field(ge=0)

    @property
    def warn(self) -> bool:
        """Return whether more findings are of an increase than of a decrease."""
        return self.increase > self.decrease


class NotOffered(Frozen):
    """A tool that no brief offers, and why."""

    tool: str
    reason: str
    studies: Studies | None = None


class AtHome(Frozen):
    """The same lever where the country is the United Kingdom itself."""

    holder: str
    ask: str


class Lever(Frozen):
    """One thing that the United Kingdom can do, with its evidence, its risk of harm, and a question to start from.

    ``sources`` stand behind ``basis``, ``evidence_sources`` behind ``evidence`` and ``studies``.
    """

    id: str
    name: str
    kind: Literal["preventive", "mitigating", "protective"]
    holder: str
    addresses: tuple[str, ...] = Field(min_length=1)
    tracks: tuple[TrackId, ...] = Field(min_length=1)
    stages: tuple[Stage, ...] = Field(min_length=1)
    reach: Literal["abroad", "home"] = "abroad"
    basis: str
    strength: Strength
    evidence: str = ""
    studies: Studies | None = None
    works_better_when: tuple[str, ...] = ()
    do_no_harm: tuple[str, ...] = Field(min_length=1)
    ask: str
    at_home: AtHome | None = None
    evidence_sources: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    verification: Literal["verified", "partly_verified", "tool_verified", "unverified_detail"]

    @property
    def home(self) -> bool:
        """Return whether the lever can be used in the United Kingdom's own case."""
        return self.reach == "home" or self.at_home is not None


class LeverBook(Frozen):
    """All of ``config/levers.yaml``."""

    holders: tuple[Holder, ...]
    sources: tuple[LeverSource, ...]
    studies_source: str
    not_offered: tuple[NotOffered, ...] = ()
    levers: tuple[Lever, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> LeverBook:
        for mistake in _mistakes(self):
            raise ValueError(mistake)
        return self

    def office(self, lever: Lever, *, at_home: bool) -> Holder:
        """Return the office that holds a lever, abroad or in the United Kingdom's own case."""
        wanted = lever.at_home.holder if at_home and lever.at_home else lever.holder
        return next(h for h in self.holders if h.id == wanted)

    def source(self, name: str) -> LeverSource:
        """Return a source by its id."""
        return next(s for s in self.sources if s.id == name)

    def warned(self) -> list[Studies]:
        """Return the tools, offered or not, with more findings of harm than of benefit, worst first; each once."""
        studies = [x.studies for x in self.levers] + [x.studies for x in self.not_offered]
        return sorted({s.tool: s for s in studies if s and s.warn}.values(), key=lambda s: s.decrease - s.increase)


@dataclass(frozen=True)
class Matched:
    """A lever that fits a country, and why: ``factors`` are the driving risk factors it addresses, ``stages`` those it fits."""

    lever: Lever
    office: Holder
    ask: str
    factors: tuple[str, ...]
    stages: tuple[Stage, ...]


def stages_of(level: str, status: str) -> tuple[Stage, ...]:
    """Return the stages that a country is in, by its level and status."""
    by_level: Stage = "unseen" if level == INSUFFICIENT else "escalation" if level in ("elevated", "high") else "upstream"
    if status == UNDER_WAY:
        return ("acute",) if by_level != "unseen" else ("acute", "unseen")
    return ("aftermath", by_level) if status == RECENT_PAST else (by_level,)


def match(
    book: LeverBook, drives: Collection[str], *, track: TrackId | None, level: str, status: str, at_home: bool = False
) -> list[Matched]:
    """Return two to five levers for a country, best first.

    1. Levers of the country's leading track (any, when there is none) and stage; in the United Kingdom's own case those that
    work at home. Where no factor is known to drive the risk, the stage is ``unseen``: no other lever could be reasoned.
    2. Those that address most of the risk factors that drive the country come first; then those with better evidence; then in
    the order of the file. 3. A lever that addresses none of them only fills up the list to two.
    """
    stages = stages_of(level if drives else INSUFFICIENT, status)
    found = list(fitting(book, drives, stages, track=track, at_home=at_home))
    found.sort(key=lambda m: (-len(m.factors), STRENGTHS.index(m.lever.strength)))
    return found[: min(max(sum(bool(m.factors) for m in found), FEWEST), MOST)]


def fitting(
    book: LeverBook, drives: Collection[str], stages: Collection[Stage], *, track: TrackId | None, at_home: bool
) -> Iterator[Matched]:
    """Yield the levers of a track (any, when there is none) and of these stages, in the order of the file."""
    for lever in book.levers:
        fits = tuple(s for s in stages if s in lever.stages)
        reaches = lever.home and (fits or drives) if at_home else lever.reach == "abroad" and fits
        if reaches and (track is None or track in lever.tracks):
            ask = lever.at_home.ask if at_home and lever.at_home else lever.ask
            factors = tuple(f for f in lever.addresses if f in drives)
            yield Matched(lever, book.office(lever, at_home=at_home), ask, factors, fits)


def _mistakes(book: LeverBook) -> Iterator[str]:
    for noun, ids in (
        ("holder", [h.id for h in book.holders]),
        ("source", [s.id for s in book.sources]),
        ("lever", [x.id for x in book.levers]),
    ):
        yield from (f"{noun} {i!r} is listed twice" for i in sorted({i for i in ids if ids.count(i) > 1}))
    holders, sources = {h.id for h in book.holders}, {s.id for s in book.sources}
    if book.studies_source not in sources:
        yield f"studies_source: unknown source {book.studies_source!r}"
    for lever in book.levers:
        named = {lever.holder, *([lever.at_home.holder] if lever.at_home else [])}
        yield from (f"lever {lever.id}: unknown holder {h!r}" for h in sorted(named - holders))
        yield from (
            f"lever {lever.id}: unknown source {s!r}" for s in sorted({*lever.sources, *lever.evidence_sources} - sources)
        )
        if lever.studies and not lever.evidence_sources:
            yield f"lever {lever.id}: findings of studies without a source"
    yield from _too_few(book)


def _too_few(book: LeverBook) -> Iterator[str]:
    """Yield each track and stage for which a brief would have to prescribe one thing, or nothing."""
    for track in TRACK_IDS:
        mine = [x for x in book.levers if track in x.tracks]
        for stage in get_args(Stage):
            if sum(stage in x.stages and x.reach == "abroad" for x in mine) < FEWEST:
                yield f"fewer than {FEWEST} levers for track {track!r}, stage {stage!r}"
        if sum(x.home and "unseen" in x.stages for x in mine) < FEWEST:
            yield f"fewer than {FEWEST} levers at home for track {track!r}, stage 'unseen'"
