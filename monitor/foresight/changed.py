"""What moved since the forecast before, split by what changed: the model, figures revised, figures that are new. Pure.

In points of 100 such country-years, of the headline. Three steps lead from the forecast before to the one of today, each a whole
forecast: 1. today's model on the figures known then (*model*: policy, backtest, code, libraries, cards, crosswalk); 2. the same
with today's values of the figures known then, and without those withdrawn since (*revision*); 3. today's figures (*new figures*,
a new data year among them). The steps add up to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monitor.foresight.inputs import OF_FIGURES, Given, figures_hash, figures_of
from monitor.foresight.record import HEADLINE
from monitor.foresight.today import forecasts

AT = ["target", "horizon", "track", "iso3"]
BY = ("by_model", "by_revision", "by_figures")
COLUMNS = ("of_100_before", *BY)
NAMES = {"by_model": "the model", "by_revision": "revised figures", "by_figures": "new figures"}
SMALL = 0.1  # points of 100: what moved less is not said to have moved


@dataclass(frozen=True)
class Then:
    """The forecast before. ``parts``: what it was made of; ``panel``: the figures as known then, by the record."""

    forecasts: pd.DataFrame
    parts: Mapping[str, str]
    panel: pd.DataFrame
    made_at: str


def moved(given: Given, now: pd.DataFrame, then: Then) -> pd.DataFrame:
    """Return ``now`` (rows of ``forecasts``) with :data:`COLUMNS`: of 100 before, and the points that each cause brought.

    NaN where there was no forecast before, and for the split also where the record no longer holds the figures of then or the
    forecast is not the headline.
    """
    before = then.forecasts.set_index(AT)["of_100"]
    at = pd.MultiIndex.from_frame(now[AT])
    was = before.reindex(at).to_numpy(dtype="float64")
    split = _split(given, then)
    found = {"of_100_before": was}
    if split is None:
        return now.assign(**found, **dict.fromkeys(BY, np.nan))
    head = (now["track"] == HEADLINE).to_numpy()
    steps = [was, *(one.reindex(at).to_numpy(dtype="float64") for one in split), now["of_100"].to_numpy(dtype="float64")]
    by = {name: np.where(head, after - start, np.nan) for name, start, after in zip(BY, steps, steps[1:], strict=False)}
    return now.assign(**found, **by)


def _split(given: Given, then: Then) -> tuple[pd.Series, pd.Series] | None:
    """Return the odds of today's model on the figures of then, and on their values of today; None where that cannot be had."""
    known = figures_of(given.world.policy, then.panel)
    if figures_hash(known) != then.parts["figures"]:
        return None
    old = then.forecasts.set_index(AT)["of_100"]
    until = int(then.parts["until"])
    same_model = all(then.parts.get(name) == value for name, value in given.parts.items() if name not in OF_FIGURES)
    model = old if same_model else _odds(given, known, until)
    revised = _as_today(known, figures_of(given.world.policy, given.panel))
    same_figures = figures_hash(revised) == then.parts["figures"]
    return model, model if same_figures else _odds(given, revised, until)


def _as_today(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return today's rows of the series, countries and periods that were known then."""
    key = ["series", "iso3", "end"]
    left, right = (frame.astype({"series": "str", "iso3": "str"}) for frame in (now[[*key, "value"]], then[key]))
    return left.merge(right, on=key, how="inner").reset_index(drop=True)


def _odds(given: Given, panel: pd.DataFrame, until: int) -> pd.Series:
    found = forecasts(given.world, panel, given.kept, until, tracks=(HEADLINE,), explain=False)["forecasts"]
    return found.set_index(AT)["of_100"]


def in_words(row: Mapping[Any, Any], made_at: str) -> str:
    """Return what moved since the forecast before, as a sentence; empty where there is none on record."""
    if not made_at or np.isnan(row["of_100_before"]) or np.isnan(row["of_100"]):
        return ""
    points = row["of_100"] - row["of_100_before"]
    since = f"since the forecast of {made_at[:10]}"
    if abs(points) < SMALL:
        return f"no change of {SMALL} in 100 or more {since}"
    parts = [f"{row[by]:+.1f} by {NAMES[by]}" for by in BY if not np.isnan(row[by]) and abs(row[by]) >= SMALL]
    whole = f"{points:+.1f} in 100 {since}"
    if all(np.isnan(row[by]) for by in BY):
        return whole
    return f"{whole}: {_listed(parts)}" if parts else whole


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
