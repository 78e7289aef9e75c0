"""The risk framework as values: factors, indicators, measures, tracks, levels. Read from ``config/framework.yaml``.

A *measure* is how one series is evidence for indicators: a named transform of :mod:`monitor.risk.transforms`, and fixed bands
that turn its value into a score from 0 (least) to 1 (most worrying). A *signal* is a change against the country's own history,
by a transform of :mod:`monitor.risk.changes`. An *indicator* is the UN Framework's own; a *series* is never called an indicator
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from pydantic import Field, model_validator

from indicators.contract import Frozen
from monitor.risk.changes import CHANGES
from monitor.risk.transforms import LEVELS
from monitor.risk.variation import MeasurementError, Uncertainty
from monitor.risk.views import AtrocitySigns, PhaseRule, View, wrong_names

TrackId = Literal["conflict", "outside_conflict"]
TRACK_IDS: tuple[TrackId, ...] = ("conflict", "outside_conflict")
INSUFFICIENT = "insufficient data"
Bands = tuple[tuple[float, float], ...]
TRANSFORMS = {**LEVELS, **CHANGES}
OVER_MONTHS = ("sum_months", "spillover", "surge", "acceleration", "ewma", "spillover_surge")  # these need a monthly series
OVER_YEARS = ("robust_z",)  # needs a yearly one
FLOORS = {  # transforms that divide by what was before, and why that may not be nothing
    "surge": "one death after quiet years is no surge",
    "acceleration": "one death after quiet months is no acceleration",
    "ewma": "one death after quiet years is no alarm",
    "robust_z": "a small number that never moved is no yardstick",
    "spillover_surge": "one death next door after quiet years is no surge",
}


class Track(Frozen):
    """One way of reading the framework: which indicators it takes, and whether counts of deaths may enter.

    ``entry``: the track score at which each level above baseline begins, lowest first; fixed, the same for every country.
    ``exit``: the score below which each of them ends, lower than where it begins.
    """

    title: str
    scopes: tuple[Literal["conflict_related", "outside_conflict", "both"], ...]
    takes_death_counts: bool
    entry: tuple[float, float, float]
    exit: tuple[float, float, float]

    @model_validator(mode="after")
    def _entry_rises(self) -> Track:
        if list(self.entry) != sorted(set(self.entry)) or not all(0 < e < 1 for e in self.entry):
            raise ValueError("entry thresholds must lie between 0 and 1 and rise from level to level")
        return self

    @model_validator(mode="after")
    def _exit_lies_below_entry(self) -> Track:
        below = (0.0, *self.entry[:-1])
        if not all(low < leave <= enter for low, leave, enter in zip(below, self.exit, self.entry, strict=True)):
            raise ValueError("each exit threshold lies at or below its entry threshold, and above the entry threshold before it")
        return self

    @property
    def thresholds(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Return entry and exit thresholds."""
        return self.entry, self.exit


class Level(Frozen):
    """One level of risk and what it means to a reader."""

    id: str
    meaning: str


class Measure(Frozen):
    """How one series is evidence.

    ``bands`` are (value, score) points, joined by straight lines (on log(1 + value) when ``scale`` is log); ``higher_is`` says
    which way the value points. ``short`` says what a high score means, in a few words. ``percentile``: the bands are those
    of the reference period, so that the score is the share of country-years that were less worrying. ``stands_in_for``: counts
    only where that measure, under the same indicator, has no reading.
    """

    id: str
    title: str
    short: str = Field(max_length=36)
    series: str
    transform: str
    months: int = Field(default=12, gt=0)
    years: int = Field(default=5, gt=0)
    at_least: float = 1.0
    plus: tuple[str, ...] = ()
    per: str | None = None
    higher_is: Literal["worse", "better"]
    bands: Bands = ()
    percentile: bool = False
    scale: Literal["linear", "log"] = "linear"
    stands_in_for: str | None = None
    max_age_days: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _transform_is_known(self) -> Measure:
        if self.transform not in TRANSFORMS:
            raise ValueError(f"unknown transform {self.transform!r}; there are {', '.join(sorted(TRANSFORMS))}")
        if self.transform in CHANGES:
            raise ValueError(f"{self.transform!r} compares a country with its own past: that is a signal, not a measure")
        return self

    @model_validator(mode="after")
    def _bands_are_monotone(self) -> Measure:
        values, scores = [v for v, _ in self.bands], [s for _, s in self.bands]
        if values != sorted(set(values)):
            raise ValueError("band values must rise from point to point")
        if self.scale == "log" and any(v < 0 for v in values):
            raise ValueError("band values on a log scale cannot be below 0")
        if scores not in (sorted(scores), sorted(scores, reverse=True)) or not all(0 <= s <= 1 for s in scores):
            raise ValueError("band scores must lie between 0 and 1 and all rise or all fall")
        if scores and (scores == sorted(scores)) != (self.higher_is == "worse"):
            raise ValueError(f"the bands say otherwise than higher_is: {self.higher_is}")
        return self

    def all_series(self) -> tuple[str, ...]:
        """Return every series that the measure reads."""
        return (self.series, *self.plus, *((self.per,) if self.per else ()))


class Signal(Frozen):
    """A change against the country's own history that raises a track by at most one level. Never a level of its own.

    ``margin``: the error of measurement, in the signal's unit; a change within it is none. ``false_alarms_a_year``: how often
    over all countries the signal newly held where no mass killing followed, as measured; ``measured_on`` says on what. Both or
    neither.
    """

    id: str
    title: str
    tracks: tuple[TrackId, ...]
    series: str
    transform: str
    months: int = Field(default=12, gt=0)
    years: int = Field(default=3, gt=0)
    floor: float = Field(default=0.0, ge=0)
    plus: tuple[str, ...] = ()
    per: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    margin: float = Field(default=0.0, ge=0)
    unit: str
    max_age_days: int = Field(gt=0)
    false_alarms_a_year: float | None = Field(default=None, ge=0)
    measured_on: str = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _one_threshold(self) -> Signal:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a signal has either at_least or at_most")
        if self.transform not in TRANSFORMS:
            raise ValueError(f"unknown transform {self.transform!r}; there are {', '.join(sorted(TRANSFORMS))}")
        if self.transform in FLOORS and not self.floor > 0:
            raise ValueError(f"{self.transform} needs a floor above 0: {FLOORS[self.transform]}")
        return self

    @model_validator(mode="after")
    def _is_beyond_its_error(self) -> Signal:
        if self.margin and abs(self.threshold) <= self.margin:
            raise ValueError(f"a change within the margin of {self.margin} is no change: the threshold must lie beyond it")
        if (self.false_alarms_a_year is None) != (not self.measured_on):
            raise ValueError("false_alarms_a_year and measured_on belong together: a rate says on what it was measured")
        return self

    @property
    def threshold(self) -> float:
        """Return the threshold, whichever way it points."""
        return self.at_least if self.at_least is not None else self.at_most or 0.0

    def all_series(self) -> tuple[str, ...]:
        """Return every series that the signal reads."""
        return (self.series, *self.plus, *((self.per,) if self.per else ()))


class Evidence(Frozen):
    """A measure under an indicator. Only high and medium validity enter a score; low is shown as context."""

    measure: str
    validity: Literal["high", "medium", "low"]

    @property
    def scored(self) -> bool:
        """Return whether the measure enters the indicator's score."""
        return self.validity != "low"


class Indicator(Frozen):
    """One indicator of the UN Framework, in our paraphrase. ``core``: counted for coverage."""

    id: str
    text: str
    scope: Literal["conflict_related", "outside_conflict", "both"]
    dynamics: Literal["structural", "dynamic", "trigger"]
    measurability: Literal["measurable", "proxy", "judgement_only"]
    core: bool = False
    numbering_verified: bool
    evidence: tuple[Evidence, ...] = ()
    not_connected: tuple[str, ...] = ()
    note: str = ""


class RiskFactor(Frozen):
    """One of the 14 risk factors of the UN Framework."""

    id: str
    name: str
    group: Literal["common", "specific"]
    crime: str = ""
    indicators: tuple[Indicator, ...]


class Steps(Frozen):
    """How many updates raise a level on provisional figures alone, and how many fresh lower periods ease it."""

    provisional_updates: int = Field(gt=0)
    lower_periods: int = Field(gt=0)


class UnderWay(Frozen):
    """When one-sided killing is called under way, and how long it stays recent past."""

    series: str
    months: int = Field(gt=0)
    at_least: float = Field(gt=0)
    recent_years: int = Field(ge=0)


class Framework(Frozen):
    """The whole framework. ``hash`` is that of the files it was read from: assessments of different hashes are never compared.

    ``measurement_error``: a series, or how several ids begin -> how wrong the figures may be; the longest that fits counts.
    """

    title: str
    version: str
    source: str
    source_url: str
    text_policy: str
    reference_period: tuple[int, int]
    share_of_core: float = Field(gt=0, le=1)
    max_age_days: Mapping[Literal["month", "year"], int]
    tracks: Mapping[TrackId, Track]
    levels: tuple[Level, ...]
    steps: Steps
    path_from: int = Field(ge=1946)
    under_way: UnderWay
    phase: PhaseRule
    atrocity_signs: AtrocitySigns
    views: tuple[View, ...]
    signals: tuple[Signal, ...] = Field(min_length=1)
    measures: tuple[Measure, ...]
    not_connected: Mapping[str, str]
    factors: tuple[RiskFactor, ...]
    uncertainty: Uncertainty = Uncertainty()
    measurement_error: Mapping[str, MeasurementError] = Field(default_factory=dict)
    hash: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> Framework:
        for key, given, needed in (("max_age_days", self.max_age_days, ("month", "year")), ("tracks", self.tracks, TRACK_IDS)):
            if missing := [name for name in needed if name not in given]:
                raise ValueError(f"{key}: {missing[0]!r} is missing")
        ids = [level.id for level in self.levels]
        thresholds = {t: len(track.entry) for t, track in self.tracks.items()}
        if INSUFFICIENT in ids or any(len(set(ids)) != len(ids) or len(ids) != n + 1 for n in thresholds.values()):
            raise ValueError("levels: there is one level more than entry thresholds, each named once")
        return self

    @cached_property
    def measure(self) -> dict[str, Measure]:
        """Return the measures by id."""
        return {m.id: m for m in self.measures}

    @cached_property
    def level_order(self) -> dict[str, int]:
        """Return the rank of each level, baseline 0; insufficient data is not among them."""
        return {level.id: n for n, level in enumerate(self.levels)}

    def indicators(self) -> Iterator[tuple[RiskFactor, Indicator]]:
        """Yield each factor with each of its indicators, in the framework's order."""
        for factor in self.factors:
            for indicator in factor.indicators:
                yield factor, indicator

    def in_track(self, indicator: Indicator, track: TrackId) -> bool:
        """Return whether a track takes an indicator."""
        return indicator.scope in self.tracks[track].scopes

    def error_of(self, series: str) -> MeasurementError | None:
        """Return how wrong the figures of a series may be; None where nothing is said of it."""
        fits = [start for start in self.measurement_error if series.startswith(start)]
        return self.measurement_error[max(fits, key=len)] if fits else None

    def series_used(self) -> set[str]:
        """Return every series that a measure, a signal, a measurement error, the status or the phase reads."""
        used = {s for m in self.measures for s in m.all_series()} | {s for g in self.signals for s in g.all_series()}
        bounds = {s for e in self.measurement_error.values() for s in (e.low, e.high) if s is not None}
        return used | bounds | {self.under_way.series, self.phase.series}


Mistake = tuple[str, str, Sequence[str]]


def mistakes(framework: Framework, death_counts: Mapping[str, bool], monthly: Mapping[str, bool]) -> Iterator[Mistake]:
    """Yield what is wrong across the framework as (where, problem, valid names); nothing when all is well.

    ``death_counts``: every known series id -> whether it is derived from a count of deaths. ``monthly``: the same -> whether its
    periods are months.
    """
    yield from _named_twice(framework)
    yield from _unknown_series(framework, sorted(death_counts))
    yield from _wrong_periods(framework, monthly)
    yield from _wrong_measures(framework)
    yield from _wrong_indicators(framework)
    yield from _orphans(framework)
    yield from _wrong_errors(framework, sorted(death_counts))
    counts = {g.id: any(death_counts.get(s, False) for s in g.all_series()) for g in framework.signals}
    yield from wrong_names(framework.views, framework.atrocity_signs, [i.id for _, i in framework.indicators()], counts)
    for signal in framework.signals:
        if counts[signal.id] and any(not framework.tracks[t].takes_death_counts for t in signal.tracks):
            yield f"signal {signal.id}.tracks", "a count of deaths may not enter the outside-conflict track", ["conflict"]


def _named_twice(framework: Framework) -> Iterator[Mistake]:
    indicators = [i for _, i in framework.indicators()]
    named = {
        "measures": [m.id for m in framework.measures],
        "signals": [s.id for s in framework.signals],
        "factors": [f.id for f in framework.factors],
        "indicators": [i.id for i in indicators],
        **{f"indicator {i.id}.evidence": [e.measure for e in i.evidence] for i in indicators},
    }
    for where, ids in named.items():
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            yield where, f"{twice!r} is listed twice", []


def _wrong_periods(framework: Framework, monthly: Mapping[str, bool]) -> Iterator[Mistake]:
    months = sorted(s for s, is_monthly in monthly.items() if is_monthly)
    items: tuple[Measure | Signal, ...] = (*framework.measures, *framework.signals)
    used = [(f"{i.id}.series", i.series) for i in items if i.transform in OVER_MONTHS]
    rules = [("under_way.series", framework.under_way.series), ("phase.series", framework.phase.series)]
    for where, series in [*used, *rules]:
        if not monthly.get(series, True):
            yield where, f"a sum over months needs a monthly series, and {series!r} is not one", months
    for item in (i for i in items if i.transform in OVER_YEARS and monthly.get(i.series, False)):
        years = sorted(s for s, is_monthly in monthly.items() if not is_monthly)
        yield f"{item.id}.series", f"{item.transform} needs a yearly series, and {item.series!r} is not one", years


def _unknown_series(framework: Framework, known: Sequence[str]) -> Iterator[Mistake]:
    items: tuple[Measure | Signal, ...] = (*framework.measures, *framework.signals)
    used = [(item.id, series) for item in items for series in item.all_series()]
    for where, series in [*used, ("under_way", framework.under_way.series), ("phase", framework.phase.series)]:
        if series not in known:
            yield f"{where}.series", f"unknown series {series!r}", known


def _wrong_measures(framework: Framework) -> Iterator[Mistake]:
    known = sorted(framework.measure)
    for measure in framework.measures:
        if measure.stands_in_for is not None and measure.stands_in_for not in known:
            yield f"{measure.id}.stands_in_for", f"unknown measure {measure.stands_in_for!r}", known
        if not measure.bands:
            yield f"{measure.id}.bands", "no bands here and none in bands.yaml; run `monitor bands --write`", []


def _orphans(framework: Framework) -> Iterator[Mistake]:
    used = {e.measure for _, i in framework.indicators() for e in i.evidence}
    for orphan in sorted(set(framework.measure) - used):
        yield f"measure {orphan}", "no indicator uses it", []


def _wrong_errors(framework: Framework, known: Sequence[str]) -> Iterator[Mistake]:
    for start, error in framework.measurement_error.items():
        where = f"measurement_error.{start}"
        if not any(s.startswith(start) for s in known):
            yield where, f"no series begins with {start!r}", sorted({*known, *(s.split(".")[0] for s in known)})
        for bound in (error.low, error.high):
            if bound is not None and bound not in known:
                yield where, f"unknown series {bound!r}", known


def _wrong_indicators(framework: Framework) -> Iterator[Mistake]:
    for _, indicator in framework.indicators():
        where = f"indicator {indicator.id}"
        for evidence in indicator.evidence:
            if evidence.measure not in framework.measure:
                yield f"{where}.evidence", f"unknown measure {evidence.measure!r}", sorted(framework.measure)
        for missing in indicator.not_connected:
            if missing not in framework.not_connected:
                yield f"{where}.not_connected", f"unknown series {missing!r}", sorted(framework.not_connected)
        if indicator.core and not any(e.scored for e in indicator.evidence):
            yield f"{where}.core", "a core indicator needs a measure of high or medium validity", []
