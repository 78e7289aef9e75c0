"""What was visible before a miss or a false alarm: the checklist's figures and those of the target's own series. Pure.

The same few series for every case, so that none is picked to fit what came; a figure that no release had brought by then is said
to be missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitor.foresight.annual import Floats, Ints
from monitor.foresight.features import Column, Table
from monitor.foresight.policy import PAST, Foresight, Target

MISSING = "no figure"


def shown(policy: Foresight, target: Target, table: Table) -> tuple[Column, ...]:
    """Return the columns whose figures are told: the target's own series as it stands, then the items of the checklist."""
    own = [f"{f.id}.now" for f in policy.features if f.series in target.series_used()]
    names = dict.fromkeys([*own, *(item.feature for item in policy.checklist)])
    return tuple(table.columns[table.names.index(name)] for name in names if name in table.names)


def visible(table: Table, rows: Ints, columns: Sequence[Column]) -> list[str]:
    """Return for each of these rows of the table what its country's figures were in its data year, in words."""
    return ["; ".join(f"{_title(c)}: {_figure(c, table, int(row))}" for c in columns) for row in rows]


def _title(column: Column) -> str:
    title = column.title.removesuffix(", month").removesuffix(", year")
    return f"{title[:1].lower()}{title[1:]}"


def _figure(column: Column, table: Table, row: int) -> str:
    grid: Floats = column.raw
    at = len(grid) - 1 - (int(table.year.max()) - int(table.year[row]))
    value = float(grid[at, table.country[row]])
    if np.isnan(value):
        return MISSING
    if column.name == PAST:
        return "yes" if value > 0 else "no"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
