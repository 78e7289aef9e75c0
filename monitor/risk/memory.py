"""The last that was seen of each reading and signal: what is no longer seen is carried, so that losing it lowers nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.risk.assess import Assessed, scored
from monitor.risk.cube import Floats, Ints
from monitor.risk.framework import TRACK_IDS, Framework

Bools = npt.NDArray[np.bool_]
STEP = 10_000  # scores are recorded in ten-thousandths, rounded up: what is carried must not lower anything
NONE = 0xFFFF


@dataclass(frozen=True)
class Memory:
    """Scores of measures and signals that hold, seen or carried; measures (or signals) x countries.

    ``score``: 0 to 1, NaN where the measure was never seen. ``months``: last month of the period behind it, counted from 1900, 0
    for none. ``whole``: nothing was missing in its window. ``fired``: signals that hold, or held when last seen. ``carried`` and
    ``fired_carried``: not seen now, or seen less than before (a sum that lost months, an older figure in the place of a newer).
    """

    score: Floats
    months: Ints
    whole: Bools
    fired: Bools
    carried: Bools
    fired_carried: Bools

    @classmethod
    def of(cls, said: pd.DataFrame, framework: Framework, countries: Sequence[str]) -> Memory:
        """Return the memory that was recorded (:meth:`columns`, index iso3); empty where nothing was."""
        names = ["seen_scores", "seen_months", "seen_whole", "seen_fired"]
        was = said.reindex(index=list(countries), columns=names).astype("object")
        scores, months, whole, fired = (was[name].fillna("").astype(str) for name in names)
        measures, signals = len(framework.measures), len(framework.signals)
        numbers = _read_numbers(scores, measures, NONE)
        return cls(
            np.where(numbers == NONE, np.nan, numbers / STEP),
            _read_numbers(months, measures, 0),
            _read_bits(whole, measures),
            _read_bits(fired, signals),
            np.zeros((measures, len(was)), dtype=bool),
            np.zeros((signals, len(was)), dtype=bool),
        )

    def lacks(self, other: Memory) -> tuple[Bools, Bools]:
        """Return which measures and signals the other carries that this one never saw, or saw only older or in part."""
        whole = (self.months >= other.months) & (self.whole | ~other.whole)
        return other.carried & (np.isnan(self.score) | ~whole), other.fired_carried & ~self.fired

    def keeping(self, other: Memory) -> Memory:
        """Return this memory with what it lacks of the other's (:meth:`lacks`) in its place."""
        lost, lost_signals = self.lacks(other)
        return Memory(
            np.where(lost, np.fmax(self.score, other.score), self.score),
            np.where(lost, other.months, self.months),
            np.where(lost, other.whole, self.whole),
            self.fired | lost_signals,
            self.carried | lost,
            self.fired_carried | lost_signals,
        )

    def columns(self) -> dict[str, list[str]]:
        """Return what is recorded of each country: scores and months, four hex digits a measure, and bits as hex, the first the
        lowest, each in the framework's order."""
        tenths = np.where(np.isnan(self.score), NONE, np.ceil(np.round(np.nan_to_num(self.score) * STEP, 6))).astype("int64")
        return {
            "seen_scores": _write_numbers(tenths),
            "seen_months": _write_numbers(self.months),
            "seen_whole": _write_bits(self.whole),
            "seen_fired": _write_bits(self.fired),
        }


def remember(seen: Assessed, before: Memory) -> Memory:
    """Return what is known after a look: what it shows, and what it no longer shows as it was last.

    A lower bound in the place of a whole sum, or an older figure in that of a newer one, may raise the score and not lower it.
    """
    known = scored(seen.readings)
    whole = known & (seen.readings.known >= seen.readings.asked[:, None])
    months = months_of(seen, known)
    had = ~np.isnan(before.score)
    carried = had & (~known | (before.whole & ~whole) | (months < before.months))
    score = np.where(known, seen.readings.score, np.nan)
    holds = np.any([seen.tracks[t].fired for t in TRACK_IDS], axis=0)
    fired_carried = before.fired & ~seen.signal_seen
    return Memory(
        np.where(carried, np.fmax(score, before.score), score),
        np.where(carried, np.maximum(months, before.months), months),
        np.where(carried, before.whole, whole),
        holds | fired_carried,
        carried,
        fired_carried,
    )


def months_of(seen: Assessed, uses: Bools) -> Ints:
    """Return the last month of each measure in use (measures x countries), counted from 1900; 0 where there is none."""
    end = np.where(uses, seen.readings.end, np.datetime64("NaT", "D"))
    months = end.astype("datetime64[M]").astype("int64") + 840  # 1970 less 1900
    return np.where(np.isnat(end), 0, months)


def _write_numbers(numbers: Ints) -> list[str]:
    return ["".join(f"{n:04x}" for n in column) for column in numbers.T.tolist()]


def _read_numbers(texts: pd.Series, count: int, none: int) -> Ints:
    """Return numbers (measures x countries) as written, ``none`` where nothing was recorded."""
    found = np.full((count, len(texts)), none, dtype="int64")
    for n, text in enumerate(texts):
        if len(text) == 4 * count:
            found[:, n] = [int(text[i : i + 4], 16) for i in range(0, len(text), 4)]
    return found


def _write_bits(facts: Bools) -> list[str]:
    return [f"{sum(1 << n for n in np.flatnonzero(column).tolist()):x}" for column in facts.T]


def _read_bits(texts: pd.Series, count: int) -> Bools:
    numbers = [int(text, 16) if text else 0 for text in texts]
    return np.array([[bool(number >> n & 1) for number in numbers] for n in range(count)], dtype=bool).reshape(count, -1)
