"""Phase: before, during or after conflict, from deaths in state-based conflict placed in the country. Pure; enters no score.

The mark is UCDP's own for an active conflict (25 battle-related deaths in a year), here over any 12 months and all conflicts in
the country together. Windows are anchored on the series' newest month, never on today: later months are unknown, not peaceful.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.borders import SHARE_OF_WINDOW
from monitor.risk.cube import Block, Floats, Ints
from monitor.risk.saying import count, month
from monitor.risk.views import PhaseRule

DURING, AFTER, BEFORE, UNKNOWN = "during", "after", "before", "unknown"
Days = npt.NDArray[np.datetime64]
NO_DAY = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class Phases:
    """The phase of every country, all arrays as long as the list of countries.

    ``phase``: one of the four words. ``deaths``: of the newest window, summed over its ``known`` months, NaN where none is known.
    ``start`` and ``until``: first and last day of that window. ``since``: during conflict, the last day of the first window of
    the present run that reached the mark; else the last day of the last window that did (NaT: none on record). ``record_from``:
    first day of the series. ``row``: position of the newest observation behind the sum, -1 for none. ``too_old``: the window
    ended too long ago to count.
    """

    phase: npt.NDArray[np.str_]
    deaths: Floats
    known: Ints
    start: Days
    until: Days
    since: Days
    record_from: np.datetime64
    row: Ints
    too_old: bool


def phases(block: Block, rule: PhaseRule, as_of: date, max_age_days: int) -> Phases:
    """Return the phase of each country, from the block of ``rule.series`` as of a date.

    A window counts where :data:`~monitor.risk.transforms.SHARE_OF_WINDOW` of its months are known, the rule of every sum over
    months here; its sum is a lower bound then. During: the newest window reaches the mark. After: it does not, and another one
    that ended in the ``after_years`` up to it did. Before: none did, and the same share of all these months is known: before
    conflict, or outside it. Unknown: anything else, and a newest window that ended over ``max_age_days`` before ``as_of``.
    """
    last, width = block.newest(), block.values.shape[1]
    if last < 0:
        nothing, no_days = np.full(width, np.nan), np.full(width, NO_DAY)
        unknown = np.full(width, UNKNOWN)
        none = np.full(width, -1)
        return Phases(unknown, nothing, np.zeros(width, "int64"), no_days, no_days, no_days, NO_DAY, none, too_old=False)
    ends, known = block.ends[: last + 1], block.known[: last + 1]
    sums, seen = (
        _rolling(np.where(known, block.values[: last + 1], 0.0), rule.months),
        _rolling(known.astype("float64"), rule.months),
    )
    reached = (sums >= rule.at_least) & (seen > 0)
    span = 12 * rule.after_years
    recent = reached[-span:].any(axis=0)
    looked_back = span + rule.months - 1  # the months that the windows of these years are made of
    looked = known[-looked_back:].sum(axis=0) >= SHARE_OF_WINDOW * looked_back
    now, enough = reached[-1], seen[-1] >= SHARE_OF_WINDOW * rule.months
    too_old = bool((np.datetime64(as_of, "D") - ends[-1]).astype("int64") > max_age_days)
    phase = np.where(now, DURING, np.where(enough & recent, AFTER, np.where(enough & looked, BEFORE, UNKNOWN)))
    any_known = seen[-1] > 0
    return Phases(
        np.where(too_old, UNKNOWN, phase),
        np.where(any_known, sums[-1], np.nan),
        seen[-1].astype("int64"),
        np.where(any_known, _first_day(ends[max(last - rule.months + 1, 0)]), NO_DAY),
        np.where(any_known, ends[-1], NO_DAY),
        _since(reached, ends),
        _first_day(block.ends[0]),
        _newest_row(block, last, rule.months),
        too_old,
    )


def table(found: Phases, rule: PhaseRule, countries: tuple[str, ...], pedigree: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row a country.

    ``pedigree``: columns of the newest observation behind each sum: provisional, document (sha256), place. Columns: iso3, phase
    (before / during / after / unknown), deaths (NaN: none known), known and asked (months of the window), usable (enough of them,
    and not too old), at_least, start, until, since (ISO days, empty where there is none), series, those of ``pedigree``, line.
    """
    frame = pd.DataFrame(
        {
            "iso3": countries,
            "phase": found.phase,
            "deaths": found.deaths,
            "known": found.known,
            "asked": rule.months,
            "usable": (found.known >= SHARE_OF_WINDOW * rule.months) & (not found.too_old),
            "at_least": rule.at_least,
            "start": _iso(found.start),
            "until": _iso(found.until),
            "since": _iso(found.since),
            "series": rule.series,
            **pedigree,
        }
    )
    began = "" if np.isnat(found.record_from) else str(found.record_from)
    lines = [in_words(row, rule, record_from=began, too_old=found.too_old) for row in frame.to_dict("records")]
    return frame.assign(line=lines)


def in_words(row: Mapping[Any, Any], rule: PhaseRule, *, record_from: str, too_old: bool) -> str:
    """Return a phase with its reading and dates. ``record_from``: first day (ISO) of the series."""
    if not row["until"]:
        return "Phase unknown: no figure on deaths in state-based conflict."
    since, newest = row["since"], _newest(row)
    mark = f"{rule.at_least:,.0f} or more deaths in state-based conflict"
    if too_old:
        return f"Phase unknown: the newest figures are too old. {newest}"
    if row["phase"] == DURING:
        return f"During conflict: {mark} in {rule.months} months, {_began(since, record_from, rule)}. {newest}"
    if row["phase"] == AFTER:
        return f"After conflict: the last {rule.months} months with {mark} ended in {month(since)}. {newest}"
    if row["phase"] == BEFORE:
        last = f"the last ended in {month(since)}" if since else f"none is on record since {month(record_from)}"
        none = f"no {rule.months} months with {mark} ended in the {rule.after_years} years to {month(row['until'])}"
        return f"Before conflict, or outside it: {none}; {last}. {newest}"
    return f"Phase unknown: too few months are known. {newest}"


def _newest(row: Mapping[Any, Any]) -> str:
    """Return what the newest months hold; a zero is what was recorded, not what took place, and a part is a lower bound."""
    part = row["known"] < row["asked"]
    notes = [*([f"{row['known']} known"] if part else []), *(["the newest provisional"] if row["provisional"] else [])]
    said = f" ({', '.join(notes)})" if notes else ""
    deaths = f"{'at least ' if part else ''}{count(row['deaths'])} {'was' if row['deaths'] == 1 else 'were'}"
    when = f"In the {row['asked']} months to {month(row['until'])}{said}"
    return f"{when}, {deaths if row['deaths'] else 'none was'} recorded under this country."


def _began(since: str, record_from: str, rule: PhaseRule) -> str:
    """Return since when; a run that began in the first window of the record may be older than the record."""
    if np.datetime64(since, "M") - np.datetime64(record_from, "M") < np.timedelta64(rule.months, "M"):
        return f"since the record begins in {record_from[:4]}"
    return f"since the {rule.months} months to {month(since)}"


def _rolling(values: Floats, months: int) -> Floats:
    """Return sums over the ``months`` up to each month; the first ones hold fewer."""
    total = np.cumsum(values, axis=0)
    total[months:] = total[months:] - total[:-months].copy()
    return total


def _since(reached: npt.NDArray[np.bool_], ends: Days) -> Days:
    """Return where the present run of windows at the mark began, or where the last run ended."""
    column = np.arange(reached.shape[1])
    run = np.argmax(~reached[::-1], axis=0)  # windows in the present run, newest first; 0 where it does not reach the mark
    run = np.where(reached.all(axis=0), len(reached), run)
    began = ends[np.minimum(len(reached) - run, len(reached) - 1)]
    ended = ends[len(reached) - 1 - np.argmax(reached[::-1], axis=0)]
    ever = reached.any(axis=0)
    return np.where(reached[-1, column], began, np.where(ever, ended, NO_DAY))


def _newest_row(block: Block, last: int, months: int) -> Ints:
    """Return the position of the newest observation of the last window, -1 where it has none."""
    window = slice(max(last - months + 1, 0), last + 1)
    known, rows = block.known[window], block.rows[window]
    newest = len(known) - 1 - np.argmax(known[::-1], axis=0)
    return np.where(known.any(axis=0), rows[newest, np.arange(rows.shape[1])], -1)


def _first_day(end: np.datetime64) -> np.datetime64:
    """Return the first day of a month."""
    first: np.datetime64 = end.astype("datetime64[M]").astype("datetime64[D]")
    return first


def _iso(days: Days) -> npt.NDArray[np.str_]:
    return np.where(np.isnat(days), "", days.astype("datetime64[D]").astype(str))
