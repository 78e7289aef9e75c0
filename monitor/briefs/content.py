"""What a brief consists of, as values without words or layout: :mod:`monitor.briefs.brief` fills it, ``templates/`` word it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.briefs.facts import Move, more_than_half
from monitor.briefs.figures import Figure
from monitor.briefs.forecast import Forecast
from monitor.briefs.levers import Matched, Studies
from monitor.briefs.outlook import Outlook
from monitor.briefs.past import Past
from monitor.briefs.place import Place
from monitor.briefs.references import Reference
from monitor.risk.framework import INSUFFICIENT, TrackId
from monitor.risk.status import RECENT_PAST, UNDER_WAY

HOME = "GBR"  # where the levers are those at home


@dataclass(frozen=True)
class Killing:
    """Civilians killed in one-sided violence: the figure behind the status. ``deaths`` NaN where nothing recent is known, a lower
    bound where only ``known`` of ``months`` months are; ``peak`` of them in the month that ends on ``peak_month``.

    ``since``: when the sum first reached the mark in this spell, or the last one. ``fresh``: no older than its source should be;
    beyond that nothing is said of now.
    """

    status: str
    deaths: float
    start: str
    until: str
    provisional: bool
    known: int
    ref: int
    at_least: float
    months: int
    recent_years: int
    since: str
    fresh: bool
    peak: float
    peak_month: str
    held: bool = False  # it can no longer be seen, and is what it was

    @property
    def mostly_one_month(self) -> bool:
        """Whether one month makes up more than half of the deaths."""
        return more_than_half(self.peak, self.deaths)


@dataclass(frozen=True)
class Track:
    """One track. ``index`` NaN where the track has insufficient data; ``raised``: a signal lifted the level above ``base``.

    ``seen``: the level that the figures say now; ``stays``: why ``level`` is another (:mod:`monitor.risk.stays`). ``easing``:
    fresh lower periods so far, ``lower_periods`` asked; ``more_updates``: provisional ones still needed for ``rising_to``.
    ``ends_below``: the index below which the level ends, where structure alone carries it (NaN elsewhere).
    """

    id: TrackId
    title: str
    level: str
    base: str
    index: float
    index_before: float
    moved: Move
    covered: int
    core: int
    until: str
    held: bool
    raised: bool
    leads: bool
    seen: str
    stays: str
    easing: int
    lower_periods: int
    more_updates: int
    rising_to: str
    ends_below: float


@dataclass(frozen=True)
class Cause:
    """One cause of a level's move (:mod:`monitor.risk.causes`). ``title``: that of the signal or measure; ``now`` and ``before``:
    the signal's value, the index or the measure's score; ``percentile``: the score is a share of country-years."""

    kind: str
    way: str
    track: str
    title: str
    level: str
    mark: float
    before: float
    now: float
    unit: str
    percentile: bool
    ref: int


@dataclass(frozen=True)
class Change:
    """The assessment set against an earlier one. ``assumed``: the earlier one was worked out from today's vintages.

    The index is that of the track that leads now, in both. ``led_before``: the track that led then.
    """

    since: str
    assumed: bool
    level_before: str
    index_before: float
    level: Move
    index: Move
    led_before: TrackId | None
    causes: tuple[Cause, ...]
    status_before: str = ""


@dataclass(frozen=True)
class Factor:
    """One of the 14 risk factors: score (NaN where none), coverage and thinness by track."""

    id: str
    name: str
    crime: str
    score: Mapping[TrackId, float]
    covered: Mapping[TrackId, int]
    core: Mapping[TrackId, int]
    thin: Mapping[TrackId, bool]
    drives: bool


@dataclass(frozen=True)
class Signal:
    """A change against the country's own history. ``value`` NaN where it could not be read; ``ref``: its figure."""

    id: str
    title: str
    value: float
    unit: str
    threshold: float
    end: str
    fresh: bool
    fired: bool
    tracks: tuple[str, ...]
    ref: int


@dataclass(frozen=True)
class Gap:
    """A source that brought nothing new, or never did, and how many measures rest on it."""

    title: str
    state: str
    enabled: bool
    newest: str
    error_kind: str
    measures: int


@dataclass(frozen=True)
class Unseen:
    """What the brief cannot see. ``indicators``: state -> how many of ``total``; ``freshness``: state -> how many measures;
    ``gaps``: sources in the same trouble stand together."""

    indicators: Mapping[str, int]
    total: int
    not_connected: tuple[str, ...]
    freshness: Mapping[str, int]
    expired: tuple[Figure, ...]
    missing: tuple[str, ...]
    newest: str
    oldest: str
    gaps: tuple[tuple[Gap, ...], ...]


@dataclass(frozen=True)
class Brief:
    """Everything that a brief says of one country; see the module's docstring. ``judged``: the reference of the assessment;
    ``lever_refs``: those of the levers' sources, by id; ``at_level``: how many of ``assessed`` countries are at this level;
    ``place``: its rank and how sure that is, None where that cannot be said. ``beside``: phase, war beside atrocity risk and what
    would lower it, where the run has them; ``forecast`` too, which is beside the framework and no part of it. ``people``: figures
    of who is at risk; ``past``: what charts show.
    """

    iso3: str
    name: str
    as_of: str
    level: str
    level_meaning: str
    level_seen: str
    killing: Killing
    headline: str
    tracks: tuple[Track, ...]
    beside: Outlook | None
    forecast: Forecast | None
    year: Change
    last_run: Change | None
    moved: tuple[Figure, ...]
    signals: tuple[Signal, ...]
    raises: tuple[Figure, ...]
    holds_down: tuple[Figure, ...]
    people: tuple[Figure, ...]
    past: Past
    known: tuple[Figure, ...]
    factors: tuple[Factor, ...]
    unseen: Unseen
    place: Place | None
    levers: tuple[Matched, ...]
    lever_refs: Mapping[str, int]
    warned: tuple[Studies, ...]
    warned_ref: int
    at_level: int
    assessed: int
    judged: int
    references: tuple[Reference, ...]
    manifest: Mapping[str, Any]

    @property
    def insufficient(self) -> bool:
        """Whether neither track could be assessed."""
        return self.level == INSUFFICIENT

    @property
    def at_home(self) -> bool:
        """Whether the country is the United Kingdom itself."""
        return self.iso3 == HOME

    @property
    def under_way(self) -> bool:
        """Whether killing of civilians on a large scale is under way."""
        return self.killing.status == UNDER_WAY

    @property
    def recent_past(self) -> bool:
        """Whether it was under way in the last few years."""
        return self.killing.status == RECENT_PAST

    @property
    def leading(self) -> Track | None:
        """The track that leads; None where neither could be assessed."""
        return next((t for t in self.tracks if t.leads), None)
