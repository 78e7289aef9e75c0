"""The criteria that the trigger protocol may use: a small, closed set of values, and what each asks of a country in words. Pure.

A criterion only names what was published (a track, a signal, a measure, a factor, a status, a judgement, a confirmation) and
the mark that it has to reach. How it is checked stands in :mod:`monitor.risk.checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from indicators.contract import Frozen
from monitor.risk.framework import Framework, TrackId

Signs = Literal["weak", "clear", "strong"]
SIGNS: dict[str, int] = {"weak": 1, "clear": 2, "strong": 3}  # the rank of an answer in the table of judgements


class Named(Frozen):
    """What every criterion has: an id, and a title for readers, taken from the framework where none is given."""

    id: str
    title: str = ""


class TrackLevel(Named):
    """A track's level, as published, is at least this one."""

    kind: Literal["track_level"]
    track: TrackId
    at_least: str


class TrackIndex(Named):
    """A track's index (0 to 100; watch begins at 40, elevated at 60, high at 80) is at least this."""

    kind: Literal["track_index"]
    track: TrackId
    at_least: float = Field(ge=0, le=100)


class SignalHolds(Named):
    """A signal of change against the country's own history holds. ``max_age_days``: after its period; older is unknown."""

    kind: Literal["signal"]
    signal: str
    max_age_days: int | None = Field(default=None, gt=0)


class MeasureValue(Named):
    """A measure's value, in its own unit, is at least, or at most, this."""

    kind: Literal["measure_value"]
    measure: str
    at_least: float | None = None
    at_most: float | None = None
    max_age_days: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_mark(self) -> MeasureValue:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a measure's value has either at_least or at_most")
        return self


class MeasureScore(Named):
    """A measure's score (0 least, 1 most worrying) is at least this."""

    kind: Literal["measure_score"]
    measure: str
    at_least: float = Field(ge=0, le=1)
    max_age_days: int | None = Field(default=None, gt=0)


class FactorScore(Named):
    """A risk factor's score in a track (0 least, 1 most worrying) is at least this."""

    kind: Literal["factor_score"]
    factor: str
    track: TrackId
    at_least: float = Field(ge=0, le=1)


class StatusIs(Named):
    """The country's status is this one."""

    kind: Literal["status"]
    status: Literal["under way", "recent past", "onset risk"]


class JudgementStands(Named):
    """An analyst's judgement of an indicator stands (has not expired) and is at least of this strength."""

    kind: Literal["judgement"]
    indicator: str
    at_least: Signs


class ConfirmationStands(Named):
    """A person's confirmation stands, with as many sources as the level's evidence bar asks."""

    kind: Literal["confirmation"]
    confirmation: Literal["imminent", "raise"]


Criterion = Annotated[
    TrackLevel
    | TrackIndex
    | SignalHolds
    | MeasureValue
    | MeasureScore
    | FactorScore
    | StatusIs
    | JudgementStands
    | ConfirmationStands,
    Field(discriminator="kind"),
]
BY_A_PERSON = ("judgement", "confirmation")  # kinds that no published figure can answer


def rests_on_deaths(criterion: Criterion, framework: Framework, deaths: Mapping[str, bool]) -> bool:
    """Return whether a count of deaths can move a criterion. ``deaths``: series -> derived from a count of deaths."""
    match criterion:
        case TrackLevel() | TrackIndex() | FactorScore():
            return framework.tracks[criterion.track].takes_death_counts
        case SignalHolds():
            signal = next(s for s in framework.signals if s.id == criterion.signal)
            return any(deaths.get(s, False) for s in signal.all_series())
        case MeasureValue() | MeasureScore():
            return any(deaths.get(s, False) for s in framework.measure[criterion.measure].all_series())
        case StatusIs():
            return deaths.get(framework.under_way.series, False)
    return False


def title_of(criterion: Criterion, framework: Framework) -> str:
    """Return what a criterion asks, in the framework's own words, so that a title never says another mark than the rule."""
    title: Callable[[Any, Framework], str] = TITLES[criterion.kind]
    return title(criterion, framework)


def _of_track(criterion: TrackLevel, framework: Framework) -> str:
    return f"{framework.tracks[criterion.track].title} track: at {criterion.at_least} or above"


def _of_index(criterion: TrackIndex, framework: Framework) -> str:
    return f"{framework.tracks[criterion.track].title} track: index at least {criterion.at_least:g} of 100"


def _of_signal(criterion: SignalHolds, framework: Framework) -> str:
    signal = next(s for s in framework.signals if s.id == criterion.signal)
    mark = f"{signal.at_least:g} or more" if signal.at_least is not None else f"{signal.at_most:g} or lower"
    return f"{signal.title}: {mark} ({signal.unit})"


def _of_value(criterion: MeasureValue, framework: Framework) -> str:
    mark = f"at least {criterion.at_least:,g}" if criterion.at_least is not None else f"at most {criterion.at_most:,g}"
    return f"{framework.measure[criterion.measure].title}: {mark}"


def _of_score(criterion: MeasureScore, framework: Framework) -> str:
    measure = framework.measure[criterion.measure]
    if not measure.percentile:
        return f"{measure.title}: score at least {criterion.at_least:g} of 1"
    first, last = framework.reference_period
    return f"{measure.title}: worse than {100 * criterion.at_least:g} of 100 country-years, {first} to {last}"


def _of_factor(criterion: FactorScore, framework: Framework) -> str:
    name = next(f.name for f in framework.factors if f.id == criterion.factor)
    track = framework.tracks[criterion.track].title.lower()
    return f"{criterion.factor} {name} ({track}): score at least {criterion.at_least:g} of 1"


def _of_status(criterion: StatusIs, framework: Framework) -> str:
    rule = framework.under_way
    mark = f": {rule.at_least:,.0f} or more civilians killed in one-sided violence in {rule.months} months"
    return f"Status {criterion.status}{mark if criterion.status == 'under way' else ''}"


def _of_judgement(criterion: JudgementStands, framework: Framework) -> str:
    text = next(i.text for _, i in framework.indicators() if i.id == criterion.indicator)
    return f"{criterion.indicator} {text}: {criterion.at_least} signs (judgement)"


def _of_confirmation(criterion: ConfirmationStands, _: Framework) -> str:
    return "Confirmed by a person" if criterion.confirmation == "imminent" else "Raised by a person"


TITLES: dict[str, Callable[[Any, Framework], str]] = {
    "track_level": _of_track,
    "track_index": _of_index,
    "signal": _of_signal,
    "measure_value": _of_value,
    "measure_score": _of_score,
    "factor_score": _of_factor,
    "status": _of_status,
    "judgement": _of_judgement,
    "confirmation": _of_confirmation,
}
