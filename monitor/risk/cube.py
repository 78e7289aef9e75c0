"""Observations as dense arrays, one block a series, so that a date for all countries is a matter of milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
T = TypeVar("T")


@dataclass(frozen=True)
class Block:
    """One series. ``values`` and ``rows`` are periods x countries; missing is NaN, and -1 in ``rows``.

    ``ends``: last day of each period, ``datetime64[D]``, ascending, without holes (a period nobody reported is a row of NaN).
    ``rows``: position of each value in the observations that the cube was built from, so that a value leads to its document.
    ``monthly``: whether periods are months (else calendar years).
    """

    values: Floats
    rows: Ints
    ends: npt.NDArray[np.datetime64]
    monthly: bool

    def until(self, last_end: np.datetime64) -> Block:
        """Return the periods that end on or before ``last_end``; a view, nothing is copied."""
        n = int(np.searchsorted(self.ends, last_end, side="right"))
        earlier = Block(self.values[:n], self.rows[:n], self.ends[:n], self.monthly)
        vars(earlier)["known"] = self.known[:n]  # a view as well: a path looks at the same block hundreds of times
        return earlier

    def without(self, positions: npt.NDArray[np.bool_]) -> Block:
        """Return the block without the observations at these positions; itself where it holds none of them."""
        gone = (self.rows >= 0) & positions[np.maximum(self.rows, 0)] if len(positions) else np.zeros(self.rows.shape, dtype=bool)
        if not gone.any():
            return self
        return Block(np.where(gone, np.nan, self.values), np.where(gone, -1, self.rows), self.ends, self.monthly)

    def recent(self, periods: int) -> Block:
        """Return at most that many periods, the last of them the newest in which any country has a value; a view."""
        n = self.newest() + 1
        window = slice(max(n - periods, 0), n)
        return Block(self.values[window], self.rows[window], self.ends[window], self.monthly)

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Return where there is a value."""
        return ~np.isnan(self.values)

    def newest(self) -> int:
        """Return the index of the newest period in which any country has a value; -1 when there is none."""
        some = np.flatnonzero(self.known.any(axis=1))
        return int(some[-1]) if len(some) else -1


@dataclass(frozen=True)
class Cube:
    """All series of the framework for a fixed list of countries (``iso3``, sorted).

    ``neighbours``: countries x most neighbours, positions in ``countries``, -1 where a country has no more. ``last``: what
    :meth:`once` worked out last; views of a cube share it.
    """

    countries: tuple[str, ...]
    blocks: Mapping[str, Block]
    neighbours: Ints = field(default_factory=lambda: np.empty((0, 0), dtype="int64"))
    last: dict[Hashable, tuple[tuple[int, ...], Any]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def build(
        cls,
        observations: pd.DataFrame,
        countries: Sequence[str],
        monthly: Mapping[str, bool],
        neighbours: Mapping[str, Sequence[str]] | None = None,
    ) -> Cube:
        """Return the cube of ``observations`` (columns series, iso3, end, value), for the series named in ``monthly``.

        A series without any observation has a block of no periods. Countries that are not listed are left out, also among
        ``neighbours`` (a country -> those that it borders on). Two values for one series, country and period are a
        ``ValueError``: which of them counts is not ours to choose.
        """
        names = tuple(sorted(countries))
        column_of = pd.Index(names).get_indexer(pd.Index(observations["iso3"].astype(str)))
        series = observations["series"].astype("category")
        codes, labels = series.cat.codes.to_numpy(), list(series.cat.categories)
        period_ends = observations["end"].to_numpy().astype("datetime64[D]")
        values = observations["value"].to_numpy(dtype="float64", na_value=np.nan)
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(labels) + 1))
        found = {label: order[edges[n] : edges[n + 1]] for n, label in enumerate(labels) if label in monthly}
        nothing = np.empty(0, dtype="int64")
        table = _Table(column_of, period_ends, values, len(names))
        blocks = {s: _block(s, found.get(s, nothing), table, is_monthly) for s, is_monthly in monthly.items()}
        return cls(names, blocks, _positions(names, neighbours or {}))

    def without(self, positions: npt.NDArray[np.bool_]) -> Cube:
        """Return the cube without some of the observations that it was built from (a mask over their positions)."""
        return Cube(self.countries, {s: block.without(positions) for s, block in self.blocks.items()}, self.neighbours)

    def as_of(self, day: date, lags: Mapping[str, int]) -> Cube:
        """Return what had been published by ``day``, assuming that each series appears ``lags`` days after its period."""
        today = np.datetime64(day, "D")
        blocks = {s: b.until(today - np.timedelta64(lags.get(s, 0), "D")) for s, b in self.blocks.items()}
        return Cube(self.countries, blocks, self.neighbours, self.last)

    def once(self, what: Hashable, series: Sequence[str], work: Callable[[], T]) -> T:
        """Return what ``work`` makes of the blocks of ``series``, not worked out again until one of them has grown.

        A path looks each month at figures of which most appear once a year. Views of a cube differ in the length of their
        blocks alone, so that the lengths say whether anything is new.
        """
        lengths = tuple(len(self.blocks[s].ends) for s in series)
        done = self.last.get(what)
        if done is None or done[0] != lengths:
            self.last[what] = done = lengths, work()
        found: T = done[1]
        return found


def _positions(names: tuple[str, ...], neighbours: Mapping[str, Sequence[str]]) -> Ints:
    """Return the positions of each country's neighbours, -1 where it has no more (see :class:`Cube`)."""
    at = {name: n for n, name in enumerate(names)}
    found = [sorted(at[other] for other in neighbours.get(name, ()) if other in at) for name in names]
    padded = np.full((len(names), max((len(f) for f in found), default=0)), -1, dtype="int64")
    for n, positions in enumerate(found):
        padded[n, : len(positions)] = positions
    return padded


@dataclass(frozen=True)
class _Table:
    """The observations' columns as arrays: position of the country (-1: not listed), last day, value."""

    column: Ints
    ends: npt.NDArray[np.datetime64]
    values: Floats
    width: int


def _block(series: str, at: Ints, table: _Table, monthly: bool) -> Block:
    at = at[(table.column[at] >= 0) & ~np.isnan(table.values[at])]
    unit = "M" if monthly else "Y"
    if not len(at):
        return Block(
            np.empty((0, table.width)), np.empty((0, table.width), dtype="int64"), np.empty(0, dtype="datetime64[D]"), monthly
        )
    period = table.ends[at].astype(f"datetime64[{unit}]").astype("int64")
    first, last = int(period.min()), int(period.max())
    grid = np.full((last - first + 1, table.width), np.nan)
    rows = np.full(grid.shape, -1, dtype="int64")
    grid[period - first, table.column[at]] = table.values[at]
    rows[period - first, table.column[at]] = at
    if (rows >= 0).sum() != len(at):
        raise ValueError(f"{series}: two values for one country and {'month' if monthly else 'year'}")
    after = np.arange(first + 1, last + 2).astype(f"datetime64[{unit}]").astype("datetime64[D]")
    last_days: npt.NDArray[np.datetime64] = (after.astype("int64") - 1).astype("datetime64[D]")
    return Block(grid, rows, last_days, monthly)
