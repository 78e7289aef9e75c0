"""What is worth saying, and how often: ``config/alerts.yaml`` as values. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal, get_args

from pydantic import Field, model_validator

from indicators.contract import Frozen

Kind = Literal["level", "under_way", "rising_fast", "trigger", "spillover", "criteria_met", "silence"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Rule(Frozen):
    """What holds for one kind of flag.

    ``lower_periods``: fresh periods in a row that have to say less before it eases. ``says_easing``: that is worth an alert;
    else it ends without a word. ``repeat_days``: how long after it was last said it is said again (0: never), from the grade
    ``repeat_from`` on. ``provisional_at_once``: provisional figures count like final ones, and are marked.
    """

    title: str = Field(min_length=1)
    lower_periods: int = Field(ge=1)
    says_easing: bool
    repeat_days: int = Field(default=0, ge=0)
    repeat_from: int = Field(default=1, ge=1)
    provisional_at_once: bool = False


class Immediate(Frozen):
    """Which new alerts and escalations do not wait for the week. ``approval``: nothing goes out before a person has agreed."""

    levels: tuple[str, ...]
    kinds: tuple[Kind, ...]
    approval: bool


class Followed(Frozen):
    """When an alert at one of ``levels`` counts as followed, and so as no false alarm, in a replay of past years.

    Followed within ``months`` by at least ``killed`` civilians killed in one-sided violence in twelve months, or by a rise that
    lasted: the figures of the same track, and not only what is held or kept, still say that level ``months`` later.
    """

    levels: tuple[str, ...] = Field(min_length=1)
    months: int = Field(gt=0, le=36)
    killed: int = Field(gt=0)


class Measured(Frozen):
    """What this policy would have said in past years, as measured; ``policy`` and ``framework``: hashes of what was replayed.

    Alerts are new ones and escalations of all kinds but silence in the data. Figures are means a year, unless they say a week.
    """

    policy: str
    framework: str
    measured_on: date
    first: int
    last: int
    alerts_a_week: float = Field(ge=0)
    alerts_a_year: Mapping[str, float]
    severe_a_year: float = Field(ge=0)
    already_a_year: float = Field(ge=0)
    followed_a_year: float = Field(ge=0)
    lasted_a_year: float = Field(ge=0)
    false_alarms_a_year: float = Field(ge=0)
    held_back_a_year: float = Field(ge=0)


class Policy(Frozen):
    """All of ``config/alerts.yaml``. ``rising_points``: rises of the index in a year, each one a grade."""

    version: str
    rising_points: tuple[float, ...] = Field(min_length=1)
    cool_down_days: int = Field(ge=0)
    provisional_updates: int = Field(ge=1)
    longest_silence_days: int = Field(gt=0, le=30)
    immediate: Immediate
    kinds: Mapping[Kind, Rule]
    followed: Followed
    measured: Measured | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Policy:
        if missing := [k for k in KINDS if k not in self.kinds]:
            raise ValueError(f"kinds: {missing[0]!r} is missing")
        if list(self.rising_points) != sorted(set(self.rising_points)) or self.rising_points[0] <= 0:
            raise ValueError("rising_points must rise, from above 0")
        for kind, rule in self.kinds.items():
            if 0 < rule.repeat_days <= self.cool_down_days:
                raise ValueError(f"kinds.{kind}.repeat_days must be longer than cool_down_days, or 0 for never")
        return self

    @property
    def hash(self) -> str:
        """Return the first 16 hex digits of the SHA-256 over what decides; what was measured is no part of it."""
        content = self.model_dump(mode="json", exclude={"measured"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def mistakes(policy: Policy, levels: Sequence[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield where the policy names a level that the framework has not: place, problem, valid names."""
    named: dict[str, tuple[Any, ...]] = {"immediate.levels": policy.immediate.levels, "followed.levels": policy.followed.levels}
    for where, words in named.items():
        yield from ((where, f"unknown level {word!r}", list(levels)) for word in words if word not in levels)
