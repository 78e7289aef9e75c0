"""Percentile bands from a named reference period: how worrying a value is, against what was common in those years.

The bands are computed once, written to ``config/bands.yaml`` and then fixed: they are part of the framework, not of the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from monitor.risk.cube import Cube, Floats
from monitor.risk.framework import Bands, Framework, Measure
from monitor.risk.readings import evaluate

PERCENTILES = (1, 5, 10, 25, 50, 75, 90, 95, 99)


def percentile_bands(cube: Cube, framework: Framework, measures: Iterable[Measure]) -> dict[str, Bands]:
    """Return bands for each measure from all country-years of the reference period; a measure without data is left out.

    A year is taken as it stood at its end: a country without a figure of that year counts with its newest one. The score of a
    value is the share of country-years that were less worrying. Equal values share the middle of their ranks.
    """
    first, last = framework.reference_period
    years = [cube.as_of(date(year, 12, 31), {}) for year in range(first, last + 1)]
    found = {m.id: np.concatenate([evaluate(c, m).value for c in years]) for m in measures}
    return {
        name: _bands(pool[~np.isnan(pool)], name, framework) for name, pool in found.items() if (~np.isnan(pool)).sum() >= 100
    }


def _bands(pool: Floats, name: str, framework: Framework) -> Bands:
    points = np.unique(np.percentile(pool, PERCENTILES))
    below, upto = np.searchsorted(np.sort(pool), points, "left"), np.searchsorted(np.sort(pool), points, "right")
    share = (below + upto) / 2 / len(pool)
    worse = share if framework.measure[name].higher_is == "worse" else 1 - share
    return tuple((float(f"{v:.6g}"), round(float(s), 4)) for v, s in zip(points, worse, strict=True))
