"""The figures of a brief: one reading of one country, with all that a sentence about it needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.briefs.facts import MOVED, Move, Since, extreme_since, marks, more_than_half, move
from monitor.briefs.references import References

MIDDLE = 0.5  # of the scale: above it a value is on the worrying side
AS_READ = ("measure", "title", "value", "unit", "decimals", "score", "freshness", "start", "end", "known", "asked")


@dataclass(frozen=True)
class Figure:
    """One reading. ``score`` 0 to 1, NaN where it does not count; ``before``: a year earlier, NaN where unknown.

    ``percentile``: the score is the share of country-years of the reference period that were less worrying; otherwise it is a
    place between stated marks: ``reached`` is the last one reached, ``next_mark`` the one above. ``since``: the value has had no
    equal for years. ``to_the_end``: its period is the newest of the series for any country, so nothing after it can be known.
    ``tracks``: those in which it is among the drivers. ``factors``: risk factors it is scored under. ``peak``: the largest single
    period of a sum, which ends on ``peak_end``. ``between_elections``: asked about election years only.
    """

    measure: str
    title: str
    value: float
    unit: str
    decimals: int
    score: float
    freshness: str
    start: str
    end: str
    known: int
    asked: int
    provisional: bool
    source: str
    ref: int
    percentile: bool
    reached: float | None
    next_mark: float | None
    before: float
    moved: Move
    since: Since | None
    to_the_end: bool
    tracks: tuple[str, ...]
    factors: tuple[str, ...]
    peak: float
    peak_end: str
    between_elections: bool

    @property
    def mostly_one_month(self) -> bool:
        """Whether one period makes up more than half of a sum."""
        return more_than_half(self.peak, self.value)


class Figures:
    """The readings of one country. ``rows``: those of the table ``readings``, by measure."""

    def __init__(
        self, own: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], refs: References, history: pd.DataFrame | None
    ) -> None:
        self.rows: dict[str, dict[Any, Any]] = {r["measure"]: r for r in own["readings"].to_dict("records")}
        self.refs = refs
        self._factor = dict(zip(own["indicators"]["indicator"], own["indicators"]["factor"], strict=True))
        self._scales = manifest["framework"].get("measures", {})
        self._history = history

    @cached_property
    def _seen(self) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.float64], pd.DatetimeIndex]:
        """Series, value and end of every observation, taken out of the frame once: it is asked for many series."""
        history = self._history if self._history is not None else pd.DataFrame(columns=["series", "value", "end"])
        names, values = history["series"].to_numpy(dtype=object), history["value"].to_numpy(dtype="float64")
        return names, values, pd.DatetimeIndex(history["end"])

    def reference(self, row: Mapping[Any, Any]) -> int:
        """Return the number of a reading's reference."""
        return self.refs.figure(row, computed=row["asked"] > 1 or row["unit"] != self.refs.unit(row["series"]))

    def figure(self, measure: str, *, before: float = float("nan"), tracks: tuple[str, ...] = ()) -> Figure:
        """Return one measure's figure; its reference is numbered at the first call."""
        row = self.rows[measure]
        scale = self._scales.get(measure, {})
        reached, next_mark = marks(row["value"], () if scale.get("percentile", True) else scale["bands"])
        return Figure(
            **{c: row[c] for c in AS_READ},
            provisional=bool(row["provisional"]),
            source=self.refs.source_title(row["series"]),
            ref=self.reference(row),
            percentile=bool(scale.get("percentile", False)),
            reached=reached,
            next_mark=next_mark,
            before=before,
            moved=self.moved(measure, before),
            since=self._since(row),
            to_the_end=bool(row["end"]) and row["end"] == self.refs.newest(row["series"]),
            tracks=tracks,
            factors=tuple(dict.fromkeys(self._factor[i] for i in row["indicators"].split(";") if i)),
            peak=float(row["peak"]),
            peak_end=row["peak_end"],
            between_elections=bool(row["between_elections"]),
        )

    def moved(self, measure: str, before: float) -> Move:
        """Return which way a score moved since ``before``. A sum with months missing did not fall: it cannot be compared."""
        row = self.rows[measure]
        way = move(row["score"], before, MOVED)
        return "not compared" if way == "fell" and row["known"] < row["asked"] else way

    def most_worrying(self, most: int) -> tuple[Figure, ...]:
        """Return the figures with the highest scores."""
        scored = sorted((r for r in self.rows.values() if not pd.isna(r["score"])), key=lambda r: -r["score"])
        return tuple(self.figure(r["measure"]) for r in scored[:most])

    def of_series(self, series: Sequence[str]) -> tuple[Figure, ...]:
        """Return the figures of these series that are known, in their order."""
        known = [(m, r["series"]) for m, r in self.rows.items() if not pd.isna(r["value"]) and r["freshness"] != "expired"]
        return tuple(self.figure(m) for wanted in series for m, s in known if s == wanted)

    def with_freshness(self, freshness: str) -> tuple[Figure, ...]:
        """Return the figures of this freshness, in the framework's order."""
        return tuple(self.figure(m) for m, r in self.rows.items() if r["freshness"] == freshness)

    def _since(self, row: Mapping[Any, Any]) -> Since | None:
        """Return since when a yearly value, as published, has had no equal; only where it stands on the worrying side."""
        as_published = row["asked"] == 1 and row["unit"] == self.refs.unit(row["series"]) and row["end"].endswith("-12-31")
        if self._history is None or not as_published or row["between_elections"] or not row["score"] > MIDDLE:
            return None
        names, values, ends = self._seen
        mine = names == row["series"]
        by_year = pd.Series(values[mine], index=ends[mine].year).sort_index()
        if by_year.empty or by_year.index.has_duplicates or by_year.dropna().empty or by_year.dropna().iloc[-1] != row["value"]:
            return None
        higher_is = self._scales.get(row["measure"], {}).get("higher_is")
        return extreme_since(by_year, highest=higher_is == "worse") if higher_is else None
