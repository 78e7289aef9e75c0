"""Why this number: what each series adds to a forecast, against a typical country.

Shapley values by sampled orders (Štrumbelj and Kononenko 2014, Explaining prediction models and individual predictions with
feature contributions): beginning from a typical country (the median of each column in the rows of that year), one series after
another takes the country's own values, and the change of the forecast is that series'. In each order the changes add up to the
whole difference, so their means do too, exactly; for the logit, which is additive, every order gives the same. All columns of
a series count as one reason. In log odds: they add up, and ``exp`` of one is the factor on the odds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from monitor.foresight.annual import Bools, Floats, Ints
from monitor.foresight.choose import ENSEMBLE
from monitor.foresight.features import Table
from monitor.foresight.kept import Line
from monitor.foresight.models import Learned, log_odds

ORDERS = 6
COLUMNS = ("iso3", "feature", "title", "value", "unit", "log_odds", "times_odds", "typical", "total")


@dataclass(frozen=True)
class Model:
    """What is explained: the members' mean log odds, calibrated by ``line``. ``columns``: those that it sees."""

    members: Sequence[Learned]
    columns: Bools
    line: Line

    def score(self, x: Floats) -> Floats:
        """Return the calibrated log odds of rows."""
        mean = np.mean([log_odds(member.risk(x)) for member in self.members], axis=0)
        return np.asarray(self.line.level[0] + self.line.slope[0] * mean)


def reasons(table: Table, year: int, model: Model, seed: int = 1) -> pd.DataFrame:
    """Return :data:`COLUMNS`: one row a country and series, largest first within a country.

    ``value``, ``unit``: the newest figure known, of the first column of the series (NaN: missing, which is a reason of its own).
    ``typical``: log odds of the typical country; ``total``: of this one; the reasons of a country add up to their difference.
    Empty where the checklist is used: its items say why by themselves.
    """
    if model.line.used != ENSEMBLE or not model.members:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = np.flatnonzero(table.year == year)
    x = table.x[rows][:, model.columns]
    columns = [c for c, seen in zip(table.columns, model.columns, strict=True) if seen]
    names = [c.name.split(".")[0] for c in columns]
    groups = list(dict.fromkeys(names))
    member = np.array([groups.index(n) for n in names])
    with np.errstate(invalid="ignore"):
        middle = np.array([np.nanmedian(v) if not np.isnan(v).all() else np.nan for v in x.T])
    added = _added(x, middle, member, model, np.random.default_rng(seed))
    typical, total = float(model.score(middle[None])[0]), model.score(x)
    parts = []
    for n, group in enumerate(groups):
        column = columns[names.index(group)]
        raw = column.raw[_year_index(table, column.raw, year), table.country[rows]]
        title = column.title
        part = {"iso3": [table.countries[c] for c in table.country[rows]], "feature": group, "title": title, "value": raw}
        parts.append(pd.DataFrame({**part, "unit": column.unit, "log_odds": added[:, n], "total": total}))
    frame = pd.concat(parts, ignore_index=True).assign(typical=typical)
    frame["times_odds"] = np.exp(frame["log_odds"])
    order = frame.assign(size=-frame["log_odds"].abs()).sort_values(["iso3", "size", "feature"], kind="stable")
    return order[list(COLUMNS)].reset_index(drop=True)


def _year_index(table: Table, grid: Floats, year: int) -> int:
    """Return the row of a grid that belongs to a year: the last year of the table is the grid's last row."""
    return len(grid) - 1 - (int(table.year.max()) - year)


def _added(x: Floats, middle: Floats, member: Ints, model: Model, random: np.random.Generator) -> Floats:
    """Return rows x groups: the mean change over orders when a group (``member``: of each column) takes the row's own values."""
    groups = int(member.max()) + 1
    added = np.zeros((len(x), groups))
    for _ in range(ORDERS):
        order = random.permutation(groups)
        steps = np.empty((groups + 1, *x.shape))
        steps[0] = middle
        for n, group in enumerate(order):
            steps[n + 1] = np.where(member == group, x, steps[n])
        scores = model.score(steps.reshape(-1, x.shape[1])).reshape(groups + 1, len(x))
        added[:, order] += np.diff(scores, axis=0).T
    return added / ORDERS
