"""The policy of the forecasts: ``config/foresight.yaml``, validated once at the door. Pure: the file is read by the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from indicators.contract import Frozen

VIEW = re.compile(r"^(now|next_door|lowest_next_door|(change|highest|lowest)_[1-9]\d?)$")
PAST = "past"  # the feature that every target brings itself
POPULATION = "wdi.population"
AGAINST = ("country", "year_from", "risk", "horizon")
AGE = "state_age"  # years as an independent state

Fault = tuple[str, str, Sequence[str]]  # where, the problem, the valid names


class Target(Frozen):
    """What is forecast. ``listed``: the onsets of a list; ``counted``: a yearly total reaches ``at_least`` after quiet years.

    ``meaning`` says in words what an onset is and which country-years are at risk of one; it stands beside every score.
    """

    id: str
    title: str
    meaning: str
    kind: Literal["listed", "counted"]
    onset: str = ""
    under_way: str = ""
    series: str = ""
    people_at_least: int = Field(default=0, ge=0)
    at_least: float = Field(default=1, gt=0)
    quiet_years: int = Field(default=1, ge=1, le=10)

    @model_validator(mode="after")
    def _names_its_series(self) -> Target:
        wanted = (self.onset, self.under_way) if self.kind == "listed" else (self.series,)
        if not all(wanted):
            raise ValueError("a listed target names the series of its onset and of what is under_way, a counted one its series")
        return self

    def series_used(self) -> tuple[str, ...]:
        """Return the series that say when an onset was."""
        return (self.onset, self.under_way) if self.kind == "listed" else (self.series,)


class Threshold(Frozen):
    """A yearly total of a series, and what it has to reach."""

    series: str
    at_least: float = Field(gt=0)


class Shown(Frozen):
    """One series as models see it: its scale, and the views of it that become columns."""

    id: str = Field(pattern=r"^[a-z_]+$")
    series: str
    scale: Literal["log", "root", "plain"]
    views: tuple[str, ...] = Field(min_length=1)
    per: Literal["", "population"] = ""
    carry_years: int | None = Field(default=None, ge=0, le=20)

    @field_validator("views")
    @classmethod
    def _are_known(cls, views: tuple[str, ...]) -> tuple[str, ...]:
        for view in views:
            if not VIEW.match(view):
                raise ValueError(
                    f"unknown view {view!r}; views are now, next_door, lowest_next_door, change_N, highest_N, lowest_N"
                )
        return views

    def columns(self) -> Iterator[str]:
        """Yield the names of its columns."""
        yield from (f"{self.id}.{view}" for view in self.views)


class Item(Frozen):
    """One item of the checklist, from 0 to 1. ``flag``: above zero or not; ``rank``: place among the countries of that year."""

    id: str
    title: str
    feature: str
    as_: Literal["flag", "rank", "rank_low"] = Field(alias="as")


class Logit(Frozen):
    """Elastic-net logit. ``strength``: inverse of the penalty; ``mixing``: share of its absolute part."""

    id: str
    family: Literal["logit"]
    strength: float = Field(gt=0)
    mixing: float = Field(ge=0, le=1)


class Boosted(Frozen):
    """Gradient-boosted trees."""

    id: str
    family: Literal["boosted"]
    rounds: int = Field(ge=1, le=2000)
    leaves: int = Field(ge=2, le=64)
    rate: float = Field(gt=0, le=1)
    smallest_leaf: int = Field(ge=1)


class ExtraTrees(Frozen):
    """Extremely randomised trees."""

    id: str
    family: Literal["extra_trees"]
    trees: int = Field(ge=1, le=5000)
    smallest_leaf: int = Field(ge=1)
    share_of_features: float = Field(gt=0, le=1)


Candidate = Annotated[Logit | Boosted | ExtraTrees, Field(discriminator="family")]


class Published(Frozen):
    """Scores that another forecast reached, as published or computed from its public files: score -> value."""

    title: str
    target: str
    years: tuple[int, int]
    scores: Mapping[str, float]


class Foresight(Frozen):
    """The whole policy; see the comments in the file."""

    issued: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d)$")
    train_from: int = Field(ge=1900, le=2100)
    walk_from: int = Field(ge=1900, le=2100)
    gap_years: int = Field(ge=1, le=10)
    horizons: tuple[int, ...] = Field(min_length=1)
    structural_years: int = Field(ge=0, le=20)
    targets: tuple[Target, ...] = Field(min_length=1)
    conflict: Threshold
    past: Threshold
    headline: Literal["all_figures", "higher"]
    checklist: tuple[Item, ...] = Field(min_length=2)
    features: tuple[Shown, ...] = Field(min_length=1)
    candidates: tuple[Candidate, ...] = Field(min_length=1)
    fewest_onsets: int = Field(ge=2)
    fewest_past_onsets: int = Field(ge=2)
    base_rate: float = Field(gt=0, lt=1)
    draws: int = Field(ge=20, le=10_000)
    seed: int
    top: tuple[int, ...]
    periods: tuple[int, ...]
    published: Published
    against: Mapping[str, tuple[str, ...]]
    hash: str = ""

    @field_validator("horizons")
    @classmethod
    def _are_years(cls, horizons: tuple[int, ...]) -> tuple[int, ...]:
        if list(horizons) != sorted(set(horizons)) or not all(1 <= h <= 5 for h in horizons):
            raise ValueError("horizons are whole years from 1 to 5, rising")
        return horizons

    @field_validator("against")
    @classmethod
    def _maps_ours(cls, against: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        if set(against) != set(AGAINST):
            raise ValueError(f"the columns of another's forecasts are {', '.join(AGAINST)}")
        return against

    def series_used(self) -> set[str]:
        """Return every series that a forecast reads."""
        others = {self.conflict.series, self.past.series, POPULATION}
        return others | {f.series for f in self.features} | {s for t in self.targets for s in t.series_used()}

    def columns(self) -> list[str]:
        """Return the names of every column that models may see, in the file's order."""
        return [PAST, AGE, *(c for f in self.features for c in f.columns())]


def mistakes(policy: Foresight, series: Sequence[str]) -> Iterator[Fault]:
    """Yield what the policy names and nobody knows: where, the problem, the valid names."""
    for n, feature in enumerate(policy.features):
        if feature.series not in series:
            yield f"features[{n}] ({feature.id}).series", f"unknown series '{feature.series}'", series
    for target in policy.targets:
        for name in (s for s in target.series_used() if s not in series):
            yield f"targets ({target.id})", f"unknown series '{name}'", series
    for key, threshold in (("conflict", policy.conflict), ("past", policy.past)):
        if threshold.series not in series:
            yield f"{key}.series", f"unknown series '{threshold.series}'", series
    if policy.published.target not in (ids := [t.id for t in policy.targets]):
        yield "published.target", f"unknown target '{policy.published.target}'", ids
    for item in policy.checklist:
        if item.feature not in policy.columns():
            yield f"checklist ({item.id}).feature", f"unknown feature '{item.feature}'", policy.columns()
    for noun, ids in (
        ("feature", [f.id for f in policy.features]),
        ("target", [t.id for t in policy.targets]),
        ("candidate", [c.id for c in policy.candidates]),
        ("item", [i.id for i in policy.checklist]),
    ):
        for twice in sorted({i for i in ids if ids.count(i) > 1})[:1]:
            yield f"{noun}s", f"{noun} '{twice}' is listed twice", ()
