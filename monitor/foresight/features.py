"""What models see: one column a view of a series, one row a country-year, as it would have been known.

Nothing is filled in. A figure that had not been published is not there, one that is missing is missing (NaN), and each model says
for itself what it does about that. Every column knows whether it counts deaths, so that the model outside conflict can be kept
from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from monitor.foresight import known
from monitor.foresight.annual import Annual, Bools, Floats, Ints
from monitor.foresight.policy import AGE, PAST, POPULATION, Foresight, Shown

WORDS = {"now": "", "next_door": "highest next door", "lowest_next_door": "lowest next door"}
SPANS = {"change": "change in {} years", "highest": "highest in {} years", "lowest": "lowest in {} years"}
PER = 1000.0  # people


@dataclass(frozen=True)
class Column:
    """One column. ``deaths``: it counts deaths. ``values``: years x countries on its scale, as known; ``raw`` likewise, in the
    series' own unit (for changes, extremes and neighbours: of the value that is meant)."""

    name: str
    title: str
    series: str
    unit: str
    deaths: bool
    values: Floats
    raw: Floats


@dataclass(frozen=True)
class Table:
    """Country-years as rows, by country and year. ``year``: the last data year; ``country``: position in ``countries``.

    ``x``: rows x columns, NaN where missing; ``deaths``: which columns count deaths.
    """

    countries: tuple[str, ...]
    year: Ints
    country: Ints
    x: Floats
    columns: tuple[Column, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(c.name for c in self.columns)

    @cached_property
    def deaths(self) -> Bools:
        """Which columns count deaths."""
        return np.array([c.deaths for c in self.columns], dtype=bool)

    def column(self, name: str) -> Floats:
        """Return one column; ``ValueError`` for an unknown one."""
        return self.x[:, self.names.index(name)]

    def take(self, grid: Floats, first: int) -> Floats:
        """Return the value of each row in a grid of years x countries that begins with the year ``first``."""
        return grid[self.year - first, self.country]


@dataclass(frozen=True)
class Card:
    """What a column needs to know of its series: title, unit, days until a year is published, and whether it counts deaths."""

    title: str
    unit: str
    lag_days: int
    deaths: bool


def table(policy: Foresight, figures: Annual, cards: Mapping[str, Card], past: Column, entered: Ints) -> Table:
    """Return every country-year there was from ``policy.train_from`` on.

    ``past``: past mass killing as the target knows it (:func:`past_column`). ``entered``: the year in which each country became
    an independent state, 0 where that is not known.
    """
    columns = (past, _age(figures, entered), *(c for f in policy.features for c in _columns(f, policy, figures, cards)))
    from_year = figures.years >= policy.train_from
    year_at, country = np.nonzero(figures.exists & from_year[:, None])
    order = np.lexsort((year_at, country))
    year_at, country = year_at[order], country[order]
    x = np.column_stack([c.values[year_at, country] for c in columns])
    return Table(figures.countries, figures.years[year_at], country, x, columns)


def past_column(ever: Floats, series: str, title: str, gap_years: int, *, deaths: bool) -> Column:
    """Return past mass killing as yes (1) or no (0): as it stood ``gap_years`` before, so that no label of the gap is used."""
    values = known.shifted(ever, gap_years)
    return Column(PAST, title, series, "1 yes, 0 no", deaths, values, values)


def _age(figures: Annual, entered: Ints) -> Column:
    age = np.where(entered > 0, figures.years[:, None] - entered, np.nan)
    age = np.where(age >= 0, age, np.nan)
    return Column(AGE, "Years as an independent state", "", "years", False, np.log1p(age), age)


def _columns(feature: Shown, policy: Foresight, figures: Annual, cards: Mapping[str, Card]) -> Sequence[Column]:
    card = cards[feature.series]
    raw = figures.of(feature.series)
    unit = card.unit
    if feature.per:
        people = known.carried(figures.of(POPULATION), 0, policy.structural_years)
        raw, unit = PER * raw / people, "per 1,000 people"
    scaled = _scaled(raw, feature.scale)
    carry = policy.structural_years if feature.carry_years is None else feature.carry_years
    back = known.years_back(card.lag_days, policy.issued)
    return [
        Column(
            f"{feature.id}.{view}",
            f"{card.title}, {words(view)}".removesuffix(", "),
            feature.series,
            unit,
            card.deaths,
            known.carried(_viewed(scaled, view, figures.neighbours), back, carry),
            known.carried(_viewed(raw, view, figures.neighbours), back, carry),
        )
        for view in feature.views
    ]


def words(view: str) -> str:
    """Return a view in words, empty for the value itself."""
    if view in WORDS:
        return WORDS[view]
    kind, _, years = view.partition("_")
    return SPANS[kind].format(years) if years != "1" else f"{kind} in a year"


def _scaled(raw: Floats, scale: str) -> Floats:
    if scale == "plain":
        return raw
    return np.log1p(raw) if scale == "log" else np.sqrt(raw)


def _viewed(values: Floats, view: str, neighbours: Ints) -> Floats:
    if view == "now":
        return values
    if view.endswith("next_door"):
        return known.next_door(values, neighbours, lowest=view.startswith("lowest"))
    kind, _, years = view.partition("_")
    if kind == "change":
        return known.change(values, int(years))
    return known.extreme(values, int(years), lowest=kind == "lowest")
