"""What is read out of the framework beside its scores: phase, atrocity-only signs, cross-cutting views. Nothing here is scored.

Config is policy: the values stand in ``config/framework.yaml`` under ``phase``, ``atrocity_signs`` and ``views``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import Field

from indicators.contract import Frozen


class PhaseRule(Frozen):
    """When a country counts as in conflict, and how long after it: deaths of ``series`` (monthly) in ``months``, in years."""

    series: str
    months: int = Field(gt=0)
    at_least: float = Field(gt=0)
    after_years: int = Field(gt=0)


class AtrocitySigns(Frozen):
    """Signs of atrocity rather than of conflict: a reading under one of ``indicators`` fires at a score of ``at_least``.

    A reading is shown under the first of ``indicators`` that it is evidence for. ``signals``: signals of change that belong to
    them. ``ranks_apart``: from so many places on, the ranks for atrocity risk and for deaths in war are called apart.
    """

    at_least: float = Field(gt=0, le=1)
    ranks_apart: int = Field(gt=0)
    indicators: tuple[str, ...] = Field(min_length=1)
    signals: tuple[str, ...] = ()


class View(Frozen):
    """A question that runs across the risk factors, as a list of indicators; ``meaning``: what it is in law, and what is seen."""

    id: str
    title: str
    meaning: str
    indicators: tuple[str, ...] = Field(min_length=1)


def wrong_names(
    views: Sequence[View], signs: AtrocitySigns, indicators: Collection[str], signals: Mapping[str, bool]
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield (where, problem, valid names) for each name that is unknown, listed twice, or may not stand where it does.

    ``signals``: every signal of the framework -> whether it is derived from a count of deaths.
    """
    ids = [view.id for view in views]
    for twice in sorted({i for i in ids if ids.count(i) > 1}):
        yield "views", f"{twice!r} is listed twice", []
    lists = {"atrocity_signs.indicators": signs.indicators, **{f"view {v.id}.indicators": v.indicators for v in views}}
    for where, names in lists.items():
        yield from _wrong_in(where, names, "indicator", sorted(indicators))
    yield from _wrong_in("atrocity_signs.signals", signs.signals, "signal", sorted(signals))
    for name in signs.signals:
        if signals.get(name, False):
            yield (
                "atrocity_signs.signals",
                f"{name!r} counts deaths: a sign of conflict",
                sorted(s for s in signals if not signals[s]),
            )


def _wrong_in(where: str, names: Sequence[str], noun: str, known: Sequence[str]) -> Iterator[tuple[str, str, Sequence[str]]]:
    for name in names:
        if name not in known:
            yield where, f"unknown {noun} {name!r}", known
    for twice in sorted({n for n in names if names.count(n) > 1}):
        yield where, f"{twice!r} is listed twice", []
