"""The path of every country through time: where each track stood at the end of each month, as it would have been.

A level depends on the levels before it (:mod:`monitor.risk.levels`), so a past day is reached month by month, never by a jump.
The same step is taken by a run on the day: a first run starts from the end of this path, later ones from what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, Framework
from monitor.risk.levels import Standing, headline, step


@dataclass(frozen=True)
class Look:
    """What can be seen on a day: with every figure, and without the provisional ones (the same where there are none)."""

    seen: Assessed
    firm: Assessed


@dataclass(frozen=True)
class Stand:
    """A look, and where each track stands after it. ``instead_of``: where it would stand had the path not been walked anew."""

    look: Look
    standing: Standing
    instead_of: Standing | None = None


@dataclass(frozen=True)
class Walk:
    """A path walked to its end. ``history``: the rows of each day (:func:`rows`), sorted by country and day."""

    history: pd.DataFrame
    before: Stand
    last: Stand


def follow(
    look: Callable[[date], Look], days: Iterable[date], framework: Framework, start: Standing | None = None
) -> Iterator[Stand]:
    """Yield where every track stands on each of these days, in their order, each from the one before."""
    standing = start
    for day in days:
        found = look(day)
        standing = step(found.seen, standing, framework, firm=found.firm)
        yield Stand(found, standing)


def month_ends(first: date, last: date) -> list[date]:
    """Return the last days of the months from that of ``first`` on, up to and including ``last``."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + 1)
    days = [date.fromisoformat(str(day)) - timedelta(days=1) for day in (months + 1).astype("datetime64[D]")]
    return [day for day in days if day <= last]


def rows(stand: Stand, framework: Framework) -> pd.DataFrame:
    """Return one row a country: where it stood.

    Columns: iso3, as_of (ISO day), level, status, headline (track id or empty), index, and for each track ``{track}_level``,
    ``{track}_index`` (NaN: insufficient data), ``{track}_held`` (bool).
    """
    return pd.DataFrame(_columns(stand, framework))


def _columns(stand: Stand, framework: Framework) -> dict[str, npt.NDArray[Any]]:
    seen, standing = stand.look.seen, stand.standing
    rank, leading, index = headline(seen, standing)
    names = np.array([*(level.id for level in framework.levels), INSUFFICIENT], dtype=object)  # -1 takes the last
    data: dict[str, npt.NDArray[Any]] = {
        "iso3": np.array(seen.countries, dtype=object),
        "as_of": np.full(len(seen.countries), f"{seen.as_of}", dtype=object),
        "level": names[rank],
        "status": seen.status.astype(object),
        "headline": np.array([*TRACK_IDS, ""], dtype=object)[leading],
        "index": index,
    }
    for n, track in enumerate(TRACK_IDS):
        result = seen.tracks[track]
        data |= {
            f"{track}_level": names[standing.level[n]],
            f"{track}_index": np.where(result.level < 0, np.nan, result.index),
            f"{track}_held": standing.held[n],
        }
    return data


def walk(stands: Iterable[Stand], framework: Framework, keep: date) -> Walk:
    """Return the path as a table, its end, and where every track stood on the day ``keep``, which is one of its days."""
    parts, kept, last = [], None, None
    for last in stands:
        parts.append(_columns(last, framework))
        kept = last if last.look.seen.as_of == keep else kept
    if last is None or kept is None:
        raise ValueError(f"the path does not come by {keep}")
    whole = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    return Walk(whole.sort_values(["iso3", "as_of"], kind="stable", ignore_index=True), kept, last)


def thinned(rows: pd.DataFrame, first: date | None, last: date | None, months: int = 1) -> pd.DataFrame:
    """Return the month ends of a path, from the month of ``first`` to that of ``last``: each, or each third or twelfth."""
    month = pd.to_datetime(rows["as_of"]).dt.to_period("M")
    whole = (pd.to_datetime(rows["as_of"]) == month.dt.end_time.dt.normalize()) & (month.dt.month % months == 0)
    after = month >= pd.Period(first, freq="M") if first else True
    before = month <= pd.Period(last, freq="M") if last else True
    return rows[whole & after & before].reset_index(drop=True)


def first_reached(rows: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Return columns level, as_of (ISO day of the first look at or above it, empty for none), for each level above the lowest."""
    rank = rows["level"].map({name: n for n, name in enumerate(levels)})
    found = {level: rows.loc[rank >= n, "as_of"] for n, level in enumerate(levels) if n}
    return pd.DataFrame({"level": list(found), "as_of": [str(days.iloc[0]) if len(days) else "" for days in found.values()]})
