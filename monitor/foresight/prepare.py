"""From a panel to what a backtest and a forecast work on: figures by year, onsets of every target, and rows for the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from indicators.contract import Frequency, Source
from indicators.countries import Countries
from monitor.foresight import labels as brought
from monitor.foresight.annual import Annual, Floats, Ints, annual
from monitor.foresight.features import Card, Column, Table, past_column, table
from monitor.foresight.policy import Foresight, Target
from monitor.foresight.targets import Onsets, in_conflict, onsets, stand_in

FIRST_YEAR, LAST_YEAR = 1945, 2100
SMALL_LIST = 1  # an onset list with fewer onsets than this says nothing


class NothingToForecast(ValueError):
    """No target has an onset in the figures at hand; the message says what is missing."""


@dataclass(frozen=True)
class World:
    """What does not come with the figures: policy, cards of the sources, the crosswalk, and who borders on whom."""

    policy: Foresight
    sources: tuple[Source, ...]
    countries: Countries
    neighbours: Mapping[str, Sequence[str]]

    @cached_property
    def cards(self) -> dict[str, Card]:
        """Series -> what a column needs to know of it."""
        used = self.policy.series_used()
        return {
            s.id: Card(s.title, s.unit, c.release_lag_days, s.conflict_derived)
            for c in self.sources
            for s in c.series
            if s.id in used
        }

    @cached_property
    def monthly(self) -> dict[str, bool]:
        """Series -> whether its periods are months."""
        used = self.policy.series_used()
        return {s.id: s.frequency is Frequency.MONTH for c in self.sources for s in c.series if s.id in used}

    @cached_property
    def spans(self) -> pd.DataFrame:
        """Columns iso3, year, gw: every country-year of the state system, and what is assessed without being in it (gw empty)."""
        return _spans(self.countries)


@dataclass(frozen=True)
class Prepared:
    """``onsets``: by target, those with any onset. ``conflict``: years x countries, 1 in conflict, 0 outside, NaN unknown.

    ``aside``: labels set aside (row, text, reason). ``labels``: what was brought, if anything.
    """

    figures: Annual
    onsets: Mapping[str, Onsets]
    conflict: Floats
    entered: Ints
    aside: pd.DataFrame
    labels: brought.Labels | None = None

    @property
    def last_year(self) -> int:
        """The last year with a figure for conflict: the newest year that a forecast can be named after."""
        known = ~np.isnan(self.conflict)
        some = self.figures.years[known.any(axis=1)]
        if not len(some):
            raise NothingToForecast("no figure says which countries were in conflict")
        return int(some[-1])


def prepare(world: World, panel: pd.DataFrame, until: int, labels: brought.Labels | None = None) -> Prepared:
    """Return figures and onsets of the years up to ``until``; ``panel`` has the columns series, iso3, end, value."""
    spans = world.spans
    existing = spans[spans["year"].between(FIRST_YEAR, until)]
    used = panel[panel["series"].isin(world.cards)]
    figures = annual(used, world.monthly, existing[["iso3", "year"]], world.neighbours)
    found, aside = {}, brought.EMPTY_ASIDE
    for target in world.policy.targets:
        one = onsets(target, figures)
        if labels is not None and target.kind == "listed":
            one, gone = brought.applied(target, labels, figures, one)
            aside = pd.concat([labels.aside, gone], ignore_index=True)
        if np.nansum(one.began) >= SMALL_LIST:
            found[target.id] = one
    if not found:
        raise NothingToForecast("no target has an onset in these figures: " + ", ".join(sorted(world.policy.series_used())))
    first = world.countries.spells().groupby("iso3")["first"].min()
    entered = np.array([int(first.get(c, 0)) for c in figures.countries], dtype="int64")
    return Prepared(figures, found, in_conflict(world.policy.conflict, figures), entered, aside, labels)


def rows_of(world: World, ready: Prepared, target: Target) -> Table:
    """Return the rows that models see for a target; past mass killing is by its own list, or by what stands in for one."""
    own = ready.onsets[target.id]
    return table(world.policy, ready.figures, world.cards, _past(world.policy, ready, own), ready.entered)


def _past(policy: Foresight, ready: Prepared, own: Onsets) -> Column:
    """Return past mass killing: of a list where any target has one, else years with as many killed as stand in for one."""
    listed = own if own.target.kind == "listed" else next((o for o in ready.onsets.values() if o.target.kind == "listed"), None)
    if listed is not None:
        return past_column(listed.ever, listed.target.onset, "Past mass killing", policy.gap_years, deaths=False)
    title = f"A year with {policy.past.at_least:,.0f} civilians killed, standing in for past mass killing"
    return past_column(stand_in(policy.past, ready.figures), policy.past.series, title, policy.gap_years, deaths=True)


def _spans(countries: Countries) -> pd.DataFrame:
    held = countries.spells()
    rows = [
        (iso3, year, gw)
        for iso3, gw, first, last in zip(held["iso3"], held["gw"], held["first"], held["last"], strict=True)
        for year in range(max(int(first), FIRST_YEAR), min(int(last), LAST_YEAR) + 1)
    ]
    return pd.DataFrame(rows, columns=["iso3", "year", "gw"]).drop_duplicates(["iso3", "year"], ignore_index=True)
