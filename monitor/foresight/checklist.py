"""The transparent benchmark: a checklist that nobody has to fit, and that every model has to beat.

Each item is a number from 0 to 1: yes or no, or a place among the countries of the same year. The score is the mean of the items
that are known; an item without a figure counts neither for nor against.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from monitor.foresight.annual import Floats
from monitor.foresight.features import Table
from monitor.foresight.policy import Item


def items(table: Table, checklist: Sequence[Item], *, deaths: bool) -> Floats:
    """Return rows x items, NaN where unknown. Without ``deaths`` items that count deaths are unknown for every row."""
    found = np.full((len(table.year), len(checklist)), np.nan)
    for n, item in enumerate(checklist):
        if deaths or not table.deaths[table.names.index(item.feature)]:
            found[:, n] = _scored(item, table.column(item.feature), table)
    return found


def score(table: Table, checklist: Sequence[Item], *, deaths: bool) -> Floats:
    """Return the score of each row: the mean of its known items, NaN where none is known."""
    found = items(table, checklist, deaths=deaths)
    known = ~np.isnan(found)
    count = known.sum(axis=1)
    total = np.where(known, found, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _scored(item: Item, values: Floats, table: Table) -> Floats:
    if item.as_ == "flag":
        return np.where(np.isnan(values), np.nan, (values > 0).astype("float64"))
    place = np.asarray(pd.Series(values).groupby(table.year).rank(pct=True), dtype="float64")
    return 1 - place if item.as_ == "rank_low" else place
