"""What happens next door: a series as it stands in the countries that each country borders on."""

from __future__ import annotations

import numpy as np

from monitor.risk.cube import Block, Ints

SHARE_OF_WINDOW = 0.75  # a sum needs this share of its parts, months or neighbours; below it the sum is missing, not small


def next_door(block: Block, neighbours: Ints) -> Block:
    """Return the block of sums over each country's neighbours, period by period.

    ``neighbours``: as in :class:`monitor.risk.cube.Cube`. A period's sum needs :data:`SHARE_OF_WINDOW` of the neighbours; with
    some missing it is a lower bound. Without a land neighbour it is missing, never zero. ``rows``: the observation of the
    neighbour that adds most over all these periods, or of another where that one has none.
    """
    width, there = block.values.shape[1], neighbours >= 0
    asked = there.sum(axis=1)
    some = np.flatnonzero(asked)
    total, rows = np.full(block.values.shape, np.nan), np.full(block.values.shape, -1)
    if not len(block.ends) or not len(some):
        return Block(total, rows, block.ends, block.monthly)
    beside = neighbours[there]  # the neighbours of the first country, then those of the next; one after another
    starts = np.cumsum(asked[some]) - asked[some]
    known = np.add.reduceat(block.known[:, beside].astype("int64"), starts, axis=1)
    values = np.where(block.known, block.values, 0.0)
    enough = known >= SHARE_OF_WINDOW * asked[some]
    total[:, some] = np.where(enough, np.add.reduceat(values[:, beside], starts, axis=1), np.nan)
    adds = np.where(there, values.sum(axis=0)[neighbours], -np.inf)
    most = neighbours[np.arange(width), adds.argmax(axis=1)]
    rows[:, some] = np.where(enough, block.rows[:, most[some]], -1)
    for period, country in np.argwhere(~np.isnan(total) & (rows < 0)):
        rows[period, country] = block.rows[period, neighbours[country][there[country]]].max()
    return Block(total, rows, block.ends, block.monthly)
