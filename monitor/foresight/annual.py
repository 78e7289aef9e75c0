"""Figures by year: every series that a forecast reads as one array, years down and countries across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.cube import Block, Cube

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MONTHS = 12


@dataclass(frozen=True)
class Annual:
    """``values``: series -> years x countries, NaN where there is no figure. ``exists``: whether a country was there in a year.

    ``years`` rise without holes; ``countries`` are sorted ISO3 codes. ``neighbours``: countries x most neighbours, positions in
    ``countries``, -1 where a country has no more.
    """

    years: Ints
    countries: tuple[str, ...]
    values: Mapping[str, Floats]
    exists: Bools
    neighbours: Ints

    def until(self, year: int) -> Annual:
        """Return the figures of the years up to and including ``year``."""
        n = int(np.searchsorted(self.years, year, side="right"))
        values = {s: v[:n] for s, v in self.values.items()}
        return Annual(self.years[:n], self.countries, values, self.exists[:n], self.neighbours)

    def of(self, series: str) -> Floats:
        """Return one series; all missing where nobody brings it."""
        found = self.values.get(series)
        return np.full((len(self.years), len(self.countries)), np.nan) if found is None else found


def annual(
    panel: pd.DataFrame,
    monthly: Mapping[str, bool],
    existing: pd.DataFrame,
    neighbours: Mapping[str, Sequence[str]] | None = None,
) -> Annual:
    """Return the figures by year of the series in ``monthly`` (series -> whether its periods are months).

    ``panel``: columns series, iso3, end, value. ``existing``: iso3, year of every country-year there was; it sets the countries
    and the years. A year of a monthly series is the sum of its twelve months, and missing where one of them is.
    """
    countries = tuple(sorted(existing["iso3"].unique()))
    years = np.arange(existing["year"].min(), existing["year"].max() + 1)
    cube = Cube.build(panel, countries, monthly, neighbours)
    exists = np.zeros((len(years), len(countries)), dtype=bool)
    columns = pd.Index(countries).get_indexer(pd.Index(existing["iso3"]))
    exists[existing["year"].to_numpy() - years[0], columns] = True
    values = {s: _on(years, _by_year(b), len(countries)) for s, b in sorted(cube.blocks.items())}
    return Annual(years, cube.countries, values, exists, cube.neighbours)


def _by_year(block: Block) -> tuple[Ints, Floats]:
    """Return years and their values; a year with a month missing has none."""
    year = block.ends.astype("datetime64[Y]").astype("int64") + 1970
    if not block.monthly or not len(year):
        return year, block.values
    found = np.unique(year)
    totals = np.full((len(found), block.values.shape[1]), np.nan)
    for n, one in enumerate(found):
        months = block.values[year == one]
        if len(months) == MONTHS:
            totals[n] = months.sum(axis=0)  # NaN where a month is
    return found, totals


def _on(years: Ints, found: tuple[Ints, Floats], width: int) -> Floats:
    """Return values on the common years."""
    values = np.full((len(years), width), np.nan)
    inside = (found[0] >= years[0]) & (found[0] <= years[-1])
    values[found[0][inside] - years[0]] = found[1][inside]
    return values
