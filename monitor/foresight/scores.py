"""How good the forecasts were: scores against what happened, with intervals from drawing whole years again.

The rule of evaluation: area under the curve, average precision and Brier score are of the forecast of the
year before. An onset counts as found in the top k when the country stood there in either of the two years before. Precision and
false alarms are of the year before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from monitor.foresight.annual import Bools, Floats, Ints
from monitor.foresight.calibrate import draws_of_years

COLUMNS = ("target", "horizon", "track", "split", "score", "value", "low", "high", "country_years", "onsets")


@dataclass(frozen=True)
class Scored:
    """The rows that are scored, one a country-year. ``year``: the year of the outcome; ``risk``, ``outcome`` (0 or 1): no NaN.

    ``rank``: place in the year before; ``best``: the better of the places in the two years before.
    """

    year: Ints
    risk: Floats
    outcome: Floats
    rank: Ints
    best: Ints

    def only(self, rows: Bools) -> Scored:
        """Return some of the rows; ranks stay those among all countries."""
        return Scored(self.year[rows], self.risk[rows], self.outcome[rows], self.rank[rows], self.best[rows])


def score(scored: Scored, top: Sequence[int], draws: int, seed: int) -> pd.DataFrame:
    """Return columns score, value, low, high (5th and 95th percentile over draws of years), country_years, onsets.

    A score that cannot be had (no onset, or nothing but onsets) is NaN.
    """
    years = np.unique(scored.year)
    weights = draws_of_years(len(years), draws, seed)
    w = weights[:, np.searchsorted(years, scored.year)]
    found = {**_ranking(scored, w), **_brier(scored, w)}
    for k in top:
        found |= _top(scored, w, weights.sum(axis=1), k)
    rows = [
        {"score": name, "value": values[0], "low": _percentile(values, 5), "high": _percentile(values, 95)}
        for name, values in found.items()
    ]
    return pd.DataFrame(rows).assign(country_years=len(scored.year), onsets=int(scored.outcome.sum()))


def _percentile(values: Floats, percent: float) -> float:
    known = values[1:][~np.isnan(values[1:])]
    return float(np.percentile(known, percent)) if len(known) else float("nan")


def _ranking(scored: Scored, w: Floats) -> dict[str, Floats]:
    """Return the area under the curve and the average precision; ties share their place."""
    order = np.argsort(-scored.risk, kind="stable")
    risk, y = scored.risk[order], scored.outcome[order]
    starts = np.flatnonzero(np.r_[True, risk[1:] != risk[:-1]]) if len(risk) else np.empty(0, dtype="int64")
    if not len(starts):
        return {"auc": np.full(len(w), np.nan), "average_precision": np.full(len(w), np.nan)}
    hits = np.add.reduceat(w[:, order] * y, starts, axis=1)
    misses = np.add.reduceat(w[:, order] * (1 - y), starts, axis=1)
    above, below = np.cumsum(hits, axis=1), np.cumsum(misses, axis=1)
    all_hits, all_misses = above[:, -1], below[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (hits * (all_misses[:, None] - below + 0.5 * misses)).sum(axis=1) / (all_hits * all_misses)
        precision = np.where(above + below > 0, above / (above + below), 0.0)
        average = (hits * precision).sum(axis=1) / all_hits
    return {"auc": auc, "average_precision": average}


def _brier(scored: Scored, w: Floats) -> dict[str, Floats]:
    """Return the Brier score, its skill against the base rate of the same rows, and forecast over observed onsets."""
    weight, onsets = w.sum(axis=1), (w * scored.outcome).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = onsets / weight
        brier = (w * (scored.risk - scored.outcome) ** 2).sum(axis=1) / weight
        skill = 1 - brier / (base * (1 - base))
        forecast = (w * scored.risk).sum(axis=1) / onsets
    skill, forecast = (np.where(onsets > 0, v, np.nan) for v in (skill, forecast))
    return {"brier": brier, "brier_skill": skill, "forecast_over_observed": forecast}


def _top(scored: Scored, w: Floats, years: Floats, k: int) -> dict[str, Floats]:
    listed = scored.rank <= k
    found = (w * ((scored.best <= k) & (scored.outcome == 1))).sum(axis=1)
    hits, places = (w * (listed & (scored.outcome == 1))).sum(axis=1), (w * listed).sum(axis=1)
    onsets = (w * scored.outcome).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            f"found_in_top_{k}": found,
            f"recall_at_{k}": np.where(onsets > 0, found / onsets, np.nan),
            f"precision_at_{k}": np.where(places > 0, hits / places, np.nan),
            f"false_alarms_a_year_at_{k}": (places - hits) / years,
        }


BINS = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 1.0)


def calibration(scored: Scored) -> pd.DataFrame:
    """Return one row a bin of risk: from, to, country_years, mean_risk, onsets, observed (share), low and high of it.

    The interval is Wilson's (1927) at 90 %: it takes each country-year for itself, so it is rather too narrow.
    """
    rows = []
    for low, high in pairwise(BINS):
        inside = (scored.risk >= low) & (scored.risk < high)
        n, onsets = int(inside.sum()), int(scored.outcome[inside].sum())
        if n:
            rows.append((low, high, n, float(scored.risk[inside].mean()), onsets, onsets / n, *wilson(onsets, n)))
    return pd.DataFrame(rows, columns=["from", "to", "country_years", "mean_risk", "onsets", "observed", "low", "high"])


def wilson(hits: int, n: int, z: float = 1.6449) -> tuple[float, float]:
    """Return Wilson's score interval of a share (z = 1.6449: 90 %)."""
    share, spread = hits / n, z * z / n
    centre = share + spread / 2
    half = z * float(np.sqrt(share * (1 - share) / n + spread / (4 * n)))
    return max(0.0, (centre - half) / (1 + spread)), min(1.0, (centre + half) / (1 + spread))


@dataclass(frozen=True)
class Mark:
    """What splits rows in two: 1 or 0 for each, NaN unknown (in neither). ``of_onsets``: rows without an onset are in both."""

    values: Floats
    yes: str
    no: str
    of_onsets: bool = False


def splits(scored: Scored, marks: Sequence[Mark], periods: Sequence[int]) -> dict[str, Bools]:
    """Return the rows of each split: all; the two parts of each mark; each period (``periods``: the first year of each)."""
    found = {"all": np.ones(len(scored.year), dtype=bool)}
    for mark in marks:
        both = mark.of_onsets & (scored.outcome == 0)
        found |= {mark.yes: both | (mark.values == 1), mark.no: both | (mark.values == 0)}
    last = int(scored.year.max()) if len(scored.year) else 0
    for first, after in zip(periods, [*periods[1:], last + 1], strict=True):
        if first <= last:
            found[f"{first}-{min(after - 1, last)}"] = (scored.year >= first) & (scored.year < after)
    return found
