"""How often each signal cries wolf, and how often it was there before killing began: ``python -m tests.false_alarms``.

Looked at on every month end of :data:`FIRST`-:data:`LAST` over the bundled figures, as they would have been published by then
(today's vintages, assumed release lags): revised figures flatter a signal that would have had to do with first estimates.
Terms:

- *new firing*: a signal holds in a country, and did not on the three month ends before: as long as it takes to ease a level.
- *under way*: at least N civilians were killed in one-sided violence (UCDP, best estimate) in the 12 months up to then. N is
  1,000, a mass killing, or 200. *Onset*: a month that is under way after twelve that were not.
- *followed*: N are under way at a month end within 12 or 24 months, and were not when the signal newly held. *Precision* is the
  share of new firings that were followed; those where N were under way already, or where nobody counted, are left out. *By
  chance* is the same share of all months of all countries.
- *false alarm*: a new firing where 1,000 were neither under way nor so within 24 months.
- *recall*: the share of onsets before which the signal held at one of the twelve month ends before, from the first of them on
  that :data:`FIRST` has; what has begun but not yet reached N counts, since nobody knows then what it will come to.

What the killings signals see is often the beginning of what they are tested against: they tell early, not ahead. ``--json``
prints figures for machines.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed
from monitor.risk.framework import TRACK_IDS
from tests.whole_world import World, bundled, shipped

Bools = npt.NDArray[np.bool_]
FIRST, LAST = 2005, 2024
QUIET = 3  # month ends without the signal, before a firing is new
FOLLOWED = (12, 24)
MASS, LARGE = 1000, 200


@dataclass(frozen=True)
class Record:
    """What a signal did: country-months that it held, new firings and false alarms a year, and pairs of counts (of how many)."""

    signal: str
    held: int
    firings_a_year: float
    false_alarms_a_year: float
    precision: dict[str, tuple[int, int]]
    recall: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class History:
    """Month ends x countries: ``held`` by signal, from ``QUIET`` months before :data:`FIRST`; ``killed`` in 12 months, of
    the same month ends and on to the newest known; NaN where unknown."""

    months: pd.PeriodIndex
    held: dict[str, Bools]
    killed: npt.NDArray[np.float64]
    levels: npt.NDArray[np.int64]


@cache
def history() -> History:
    """Look at every month end."""
    world, panel = shipped(), bundled()
    countries = world.countries.assessed()
    cube = world.cube(panel, countries)
    lags = {s: card.release_lag_days for s, card in world.card.items()}
    months = pd.period_range(pd.Period(f"{FIRST}-01") - QUIET, f"{LAST}-12", freq="M")
    seen = [world.assess(cube.as_of(day, lags), day) for day in (m.end_time.date() for m in months)]
    killed = cube.blocks[world.framework.under_way.series]
    ends = pd.PeriodIndex(killed.ends, freq="M")
    rolled = pd.DataFrame(killed.values, index=ends).rolling(12, min_periods=9).sum()
    return History(
        months,
        {s.id: np.array([_held(one, n) for one in seen]) for n, s in enumerate(world.framework.signals)},
        rolled.loc[months[0] :].to_numpy(),
        np.array([one.level for one in seen]),
    )


def _held(seen: Assessed, signal: int) -> Bools:
    held: Bools = np.any([seen.tracks[t].fired[signal] for t in TRACK_IDS], axis=0)
    return held


def newly(held: Bools) -> Bools:
    """Return where a signal newly holds (month ends x countries); False for the first :data:`QUIET` month ends."""
    new = held.copy()
    new[:QUIET] = False
    for n in range(QUIET, len(held)):
        new[n] &= ~held[n - QUIET : n].any(axis=0)
    return new


def comes(under_way: Bools, months: int) -> Bools:
    """Return where N are under way at one of the next ``months`` month ends."""
    found = np.zeros_like(under_way)
    for n in range(1, months + 1):
        found[:-n] |= under_way[n:]
    return found


def onsets(under_way: Bools) -> list[tuple[int, int]]:
    """Return the (month, country) of each onset: under way, after twelve month ends that were not."""
    return [(t, c) for t, c in np.argwhere(under_way).tolist() if t >= 12 and not under_way[t - 12 : t, c].any()]


def followed(new: Bools, under_way: Bools, months: int) -> tuple[int, int]:
    """Return how many new firings were followed within ``months``, of those that can be told: the months after are known."""
    told = new & ~under_way[: len(new)]
    told[max(len(under_way) - months, 0) :] = False
    return int((told & comes(under_way, months)[: len(new)]).sum()), int(told.sum())


def recalled(held: Bools, under_way: Bools) -> tuple[int, int]:
    """Return before how many onsets the signal held, of those that twelve looked-at month ends precede."""
    looked = [(t, c) for t, c in onsets(under_way) if QUIET + 12 <= t <= len(held)]
    return sum(bool(held[t - 12 : t, c].any()) for t, c in looked), len(looked)


def record(signal: str, past: History) -> Record:
    """Return what one signal did."""
    return record_of(signal, past.held[signal], past.killed)


def record_of(signal: str, held: Bools, killed: npt.NDArray[np.float64]) -> Record:
    """Return what a signal did that held there (month ends x countries); ``killed`` as in :class:`History`."""
    new = newly(held)
    at_least = {n: np.nan_to_num(killed, nan=-1.0) >= n for n in (MASS, LARGE)}
    known = new & ~np.isnan(killed[: len(new)])
    precision = {f"{n}_in_{m}": followed(known, under_way, m) for n, under_way in at_least.items() for m in FOLLOWED}
    hits, told = precision[f"{MASS}_in_24"]
    years_told = min(len(killed) - 24, len(held)) - QUIET
    return Record(
        signal,
        int(held[QUIET:].sum()),
        round(12 * float(new.sum()) / (len(held) - QUIET), 1),
        round(12 * (told - hits) / years_told, 1),
        precision,
        {f"{n}": recalled(held, under_way) for n, under_way in at_least.items()},
    )


def by_chance(past: History) -> Record:
    """Return the record of a signal that always holds as if newly: what a country-month is followed by."""
    months, width = len(past.months), past.killed.shape[1]
    always = np.zeros((months, width), dtype=bool)
    always[QUIET:] = ~np.isnan(past.killed[QUIET:months])
    at_least = {n: np.nan_to_num(past.killed, nan=-1.0) >= n for n in (MASS, LARGE)}
    precision = {f"{n}_in_{m}": followed(always, under_way, m) for n, under_way in at_least.items() for m in FOLLOWED}
    return Record("by chance", int(always.sum()), 0.0, 0.0, precision, {f"{n}": recalled(always, u) for n, u in at_least.items()})


def levels_at_year_ends(past: History) -> pd.DataFrame:
    """Return how many countries were at each level or above at each year end: columns watch, elevated, high, insufficient."""
    years = {m.year: past.levels[n] for n, m in enumerate(past.months) if m.month == 12 and m.year >= FIRST}
    names = ("watch", "elevated", "high")
    rows = {y: {name: int((found >= n).sum()) for n, name in enumerate(names, 1)} for y, found in years.items()}
    unseen = {y: int((found < 0).sum()) for y, found in years.items()}
    return pd.DataFrame(rows).T.assign(insufficient=pd.Series(unseen))


def main(world: World) -> None:
    """Print the table, or JSON."""
    past = history()
    records = [record(s.id, past) for s in world.framework.signals]
    if "--json" in sys.argv:
        print(json.dumps([asdict(r) for r in [*records, by_chance(past)]]))
        return
    columns = [*(f"{n}_in_{m}" for n in (MASS, LARGE) for m in FOLLOWED), f"{MASS}", f"{LARGE}"]
    heads = [*(f"{n}+ in {m}m" for n in (MASS, LARGE) for m in FOLLOWED), f"recall {MASS}", f"recall {LARGE}"]
    print(f"{'signal':22s}{'held':>6s}{'new/y':>7s}{'false/y':>8s}" + "".join(f"{head:>15s}" for head in heads))
    for one in [*records, by_chance(past)]:
        shares = {**one.precision, **one.recall}
        cells = [f"{_share(*shares[c])} {f'{shares[c][0]}/{shares[c][1]}':>9s}" for c in columns]
        print(
            f"{one.signal:22s}{one.held:6d}{one.firings_a_year:7.1f}{one.false_alarms_a_year:8.1f}"
            + "".join(f"{cell:>15s}" for cell in cells)
        )
    at = levels_at_year_ends(past)
    print(f"\ncountries at or above, year ends {FIRST}-{LAST}: mean {at.mean().round(1).to_dict()}")
    print(at.to_string())


def _share(hits: int, told: int) -> str:
    return f"{100 * hits / told:3.0f}%" if told else "   -"


if __name__ == "__main__":
    main(shipped())
