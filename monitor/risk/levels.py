"""What may change a level from one look to the next: up fast, down slowly, and never for want of evidence.

1. *Rising.* A track rises at once on final figures, and on killings of civilians over the threshold for killing under way. What
   rests on provisional figures alone counts after ``provisional_updates`` updates that say so, or when a person has confirmed it.
2. *Staying.* A level ends lower than it begins: between its exit and its entry threshold it stays.
3. *Easing.* Below its exit threshold it still stays, until ``lower_periods`` fresh periods in a row have said so; it then eases
   to the highest level that any of them said. A period counts once: the same figures looked at again are no new evidence, stale
   ones are none, and provisional ones ease nothing that the final ones do not.
4. *Holding.* Where something that the level rested on can no longer be seen, nothing eases it; it is marked held.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed, TrackResult, scored, unseen
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, Framework, Steps
from monitor.risk.readings import FRESH
from monitor.risk.status import UNDER_WAY

Bools = npt.NDArray[np.bool_]
COUNTS = ("rising", "rising_to", "rising_month", "easing", "easing_to", "easing_month")


@dataclass(frozen=True)
class Standing:
    """The level of each track as it stands, and what it rests on. Arrays are tracks x countries unless said otherwise.

    ``level``: rank, -1 for insufficient data. ``held``: kept on evidence that can no longer be seen. ``evidence`` (tracks x facts
    x countries): the measures, the measures whose window is whole, the signals, each in the framework's order. ``months``
    (tracks x measures x countries): last month of each measure, counted from 1900, 0 for none. ``until``: the newest period among
    the measures, ISO date or empty.

    ``easing``: fresh periods in a row that said less; ``easing_to``: the highest level they said; ``easing_month``: the one
    counted last. ``rising``, ``rising_to``, ``rising_month``: the same for provisional updates that say more. Ranks and months
    are -1 and 0 where nothing is counted.
    """

    level: Ints
    held: Bools
    evidence: Bools
    months: Ints
    until: npt.NDArray[np.str_]
    rising: Ints
    rising_to: Ints
    rising_month: Ints
    easing: Ints
    easing_to: Ints
    easing_month: Ints

    @classmethod
    def of(cls, said: pd.DataFrame, framework: Framework, countries: Sequence[str]) -> Standing:
        """Return the standing that an assessment recorded (:meth:`columns`, index iso3); insufficient data for none."""
        names = [f"{t}_{c}" for t in TRACK_IDS for c in ("level", "held", "evidence", "periods", "until", *COUNTS)]
        was = said.reindex(index=list(countries), columns=names).astype("object")
        text = {name: was[name].fillna("").astype(str) for name in names}
        facts, measures = 2 * len(framework.measures) + len(framework.signals), len(framework.measures)

        def each(column: str, read: Any) -> Any:
            return np.array([read(text[f"{t}_{column}"]) for t in TRACK_IDS])

        def whole(none: int) -> Any:
            return lambda texts: [int(float(v)) if v else none for v in texts]

        return cls(
            each("level", lambda texts: [framework.level_order.get(v, -1) for v in texts]),
            each("held", lambda texts: [v == "True" for v in texts]),
            each("evidence", lambda texts: _read_facts(texts, facts)),
            each("periods", lambda texts: _read_months(texts, measures)),
            each("until", lambda texts: texts.to_numpy(dtype=str)),
            *(each(name, whole(-1 if name.endswith("_to") else 0)) for name in COUNTS),
        )

    def columns(self, framework: Framework, track: int) -> dict[str, object]:
        """Return what the record keeps of a track: level, held, evidence (hex, the first fact its lowest bit), until, periods
        (last month of each measure, four hex digits a measure), and what is being counted."""
        return {
            "level": [level_name(framework, rank) for rank in self.level[track]],
            "held": self.held[track],
            "evidence": _write_facts(self.evidence[track]),
            "until": self.until[track],
            "periods": ["".join(f"{m:04x}" for m in column) for column in self.months[track].T.tolist()],
            **{name: getattr(self, name)[track] for name in COUNTS},
        }


def step(
    seen: Assessed,
    before: Standing | None,
    framework: Framework,
    *,
    firm: Assessed | None = None,
    confirmed: Collection[str] = (),
) -> Standing:
    """Return where each track stands after this look, given where it stood (nothing: the levels are those seen now).

    ``firm``: the same look without provisional figures, where there are any. ``confirmed``: countries whose rise a person has
    confirmed. Lost evidence is remembered until it is back, also while the level does not fall: what happens meanwhile may
    raise the level, and cannot lower it.
    """
    start = before if before is not None else Standing.of(pd.DataFrame(), framework, seen.countries)
    at_once = (seen.status == UNDER_WAY) | np.isin(seen.countries, list(confirmed))
    parts = [
        _step(n, seen, start, firm=(firm or seen).tracks[t], at_once=at_once, steps=framework.steps)
        for n, t in enumerate(TRACK_IDS)
    ]
    return Standing(**{name: np.array([part[name] for part in parts]) for name in parts[0]})


def _step(n: int, seen: Assessed, start: Standing, *, firm: TrackResult, at_once: Bools, steps: Steps) -> dict[str, Any]:
    """Return the standing of one track, by the rules of the module in their order."""
    now, was = seen.tracks[TRACK_IDS[n]], start.level[n]
    uses = scored(seen.readings) & (now.weight > 0)
    months, newest = _months(uses, seen), _months(uses & (seen.readings.freshness == FRESH), seen).max(axis=0, initial=0)
    lost = _lost(n, seen, start)
    keep = np.maximum(now.keep, firm.keep)

    sure = np.where(at_once, now.level, np.minimum(now.level, firm.level))
    unsure = (was >= 0) & (now.level > np.maximum(was, sure))
    rising = np.where(unsure, start.rising[n] + (newest > start.rising_month[n]), 0)
    ripe = rising >= steps.provisional_updates
    risen = np.maximum(was, np.where(unsure & ~ripe, sure, now.level))
    waiting = unsure & ~ripe

    below = (was >= 0) & (keep < was)
    counts = below & ~lost & (newest > start.easing_month[n])
    easing = np.where(below, start.easing[n] + counts, 0)
    easing_to = np.where(easing > 0, np.maximum(keep, start.easing_to[n]), -1)
    eased = below & ~lost & ((easing >= steps.lower_periods) | (now.level < 0))

    level = np.where(was < 0, now.level, np.where(eased, np.where(now.level < 0, -1, easing_to), np.where(below, was, risen)))
    still = below & ~eased
    held, facts = below & lost, _facts(uses, seen, now.fired)
    return {
        "level": level,
        "held": held,
        "evidence": np.where(lost, start.evidence[n] | facts, facts),
        "months": np.where(lost, np.maximum(months, start.months[n]), months),
        "until": np.where(held, start.until[n], _last_day(uses, seen)),
        "rising": np.where(waiting, rising, 0),
        "rising_to": np.where(waiting, now.level, -1),
        "rising_month": np.where(waiting, np.maximum(newest, start.rising_month[n]), 0),
        "easing": np.where(still, easing, 0),
        "easing_to": np.where(still, easing_to, -1),
        "easing_month": np.where(still, np.where(counts, newest, start.easing_month[n]), 0),
    }


def _lost(n: int, seen: Assessed, start: Standing) -> Bools:
    """Return where something that the level rested on is out of sight, or an older figure has taken the place of a newer one."""
    known = scored(seen.readings)
    facts, months = _facts(known, seen, seen.signal_seen), _months(known, seen)
    older = (months > 0) & (months < start.months[n])
    lost: Bools = (start.evidence[n] & ~facts).any(axis=0) | older.any(axis=0)
    return lost


def headline(seen: Assessed, standing: Standing) -> tuple[Ints, Ints, Floats]:
    """Return level, track and index of the headline as it stands: the higher level leads, then the higher index.

    The index is that of the leading track, NaN where the track is held on evidence that can no longer be read.
    """
    indices = np.array([np.where(seen.tracks[t].level < 0, np.nan, seen.tracks[t].index) for t in TRACK_IDS])
    order = standing.level + np.nan_to_num(indices, nan=-1.0) / 1000.0
    leading = np.where(unseen(standing.level), -1, np.argmax(order, axis=0))
    index = indices[np.maximum(leading, 0), np.arange(len(leading))]
    return np.where(leading < 0, -1, standing.level.max(axis=0)), leading, np.where(leading < 0, np.nan, index)


def level_name(framework: Framework, rank: int) -> str:
    """Return the name of a level's rank; -1 is insufficient data."""
    return framework.levels[rank].id if rank >= 0 else INSUFFICIENT


def _facts(measures: Bools, seen: Assessed, signals: Bools) -> Bools:
    """Return the facts that evidence is made of (facts x countries): measures, measures whose window is whole, signals."""
    whole = seen.readings.known >= seen.readings.asked[:, None]
    return np.concatenate([measures, measures & whole, signals])


def _write_facts(facts: Bools) -> list[str]:
    return [f"{sum(1 << n for n in np.flatnonzero(column).tolist()):x}" for column in facts.T]


def _read_facts(texts: pd.Series, facts: int) -> Bools:
    numbers = [int(text, 16) if text else 0 for text in texts]
    return np.array([[bool(number >> n & 1) for number in numbers] for n in range(facts)], dtype=bool).reshape(facts, -1)


def _months(uses: Bools, seen: Assessed) -> Ints:
    """Return the last month of each measure in use (measures x countries), counted from 1900; 0 where there is none."""
    end = np.where(uses, seen.readings.end, np.datetime64("NaT", "D"))
    months = end.astype("datetime64[M]").astype("int64") + 840  # 1970 less 1900
    return np.where(np.isnat(end), 0, months)


def _read_months(texts: pd.Series, measures: int) -> Ints:
    """Return months as the record keeps them (measures x countries); 0 where nothing was recorded."""
    found = np.zeros((measures, len(texts)), dtype="int64")
    for n, text in enumerate(texts):
        if len(text) == 4 * measures:
            found[:, n] = [int(text[i : i + 4], 16) for i in range(0, len(text), 4)]
    return found


def _last_day(uses: Bools, seen: Assessed) -> npt.NDArray[np.str_]:
    """Return the newest period among the measures in use, ISO date or empty, for each country."""
    ends = np.where(uses, seen.readings.end, np.datetime64("NaT", "D"))
    newest = np.fmax.reduce(ends, axis=0, initial=np.datetime64("NaT", "D"))
    return np.where(np.isnat(newest), "", newest.astype("datetime64[D]").astype(str))
