"""Whether a payload may be believed: its rows set against the last good ones of its source. Pure: frames in, words out.

Every row can be right by itself and the whole still wrong: a file cut at the end of a line, a column of zeros, another unit.
Where no row means zero, half a file says that the killing has stopped. How much may change is on the card
(:class:`indicators.contract.Tolerance`); beyond it the payload is refused whole until a person has looked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.contract import Blank, Frequency, NotBelieved, Parsed, Series, Source
from monitor.storage.changes import KEY, as_codes
from monitor.storage.misplaced import misplaced

FEW = 5  # so many figures may change for any reason: a share of a handful means nothing
USUAL = 12  # periods from which the usual number of countries is taken
NAMED = 2  # series named in a refusal; the others are counted
NOUN = {"iso3": "countries", "end": "periods"}
SAME = 1e-9  # relative: the same figure, written with other digits

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Before:
    """What the last good payload of a source was.

    ``again``: of the very release that is judged now. ``bundled``: it came with the program, from copies in which gaps may have
    been filled; so whole countries and periods are looked for in the new one, not every figure.
    """

    again: bool = False
    bundled: bool = False


def judge(last: pd.DataFrame, before: Before, parsed: Parsed, card: Source, *, accept: bool = False) -> str:
    """Raise :class:`NotBelieved` where there are :func:`doubts`; return them in words where a person has accepted it."""
    found = doubts(last, before, parsed, card)
    said = _in_words(found)
    if found and not accept:
        raise NotBelieved(said, what_to_do=f"look at {card.homepage}; if it is right: monitor collect {card.id} --accept")
    return said


def doubts(last: pd.DataFrame, before: Before, parsed: Parsed, card: Source) -> list[str]:
    """Return why the rows of ``parsed`` cannot be believed, a sentence each with counts and an example; empty where they can.

    ``last``: the last row known of every key, columns :data:`KEY` and ``value``. A series that is new, and a column that the card
    calls optional and this release lacks, are not judged.
    """
    now = parsed.observations
    known = last[last["value"].notna()].reset_index(drop=True)
    if known.empty:
        return list(_too_little(now, card))
    left, right = as_codes(now, known)
    after = right.merge(left.assign(after=now["value"].to_numpy()), on=KEY, how="left")["after"]
    pairs = known[["series", "iso3", "end"]].assign(before=known["value"], after=after.to_numpy())
    found = list(_countries_and_periods(pairs, now, card)) if before.bundled and parsed.complete else []
    of = {str(name): group for name, group in now.groupby("series", observed=True)}
    optional = set(card.options.get("optional_columns", ()))
    by_id = {s.id: s for s in card.series}
    doubted = []
    for name, group in pairs.groupby("series", observed=True):
        series = by_id.get(str(name))
        if series is None or (str(name) not in of and series.column in optional):
            continue
        of_series = _OfSeries(series, card, group, of.get(str(name), now.iloc[:0]))
        over_it = list(of_series.doubts(again=before.again, whole=parsed.complete and not before.bundled))
        found += over_it
        doubted += [name] if over_it else []
    rest = pairs[pairs["series"].isin(by_id) & ~pairs["series"].isin(doubted)]
    return [*_too_little(now, card), *found, *misplaced(rest, card, again=before.again)]


def _in_words(found: Sequence[str]) -> str:
    """Return the first doubts in one line, and how many more there are."""
    more = len(found) - NAMED
    return "; ".join(found[:NAMED]) + (f"; and {more} more of this kind" if more > 0 else "")


def _too_little(now: pd.DataFrame, card: Source) -> Iterator[str]:
    """Yield a doubt for each series that adds up to less than a whole file of it always does."""
    totals = now.groupby("series", observed=True)["value"].sum()  # a gap adds nothing to what is there at least
    for series in card.series:
        total = float(totals.get(series.id, 0.0))
        if series.least_total is not None and total < series.least_total:
            yield f"{series.id}: the figures add up to {total:,.0f}, a whole file to {series.least_total:,.0f} or more"


def _countries_and_periods(pairs: pd.DataFrame, now: pd.DataFrame, card: Source) -> Iterator[str]:
    """Yield a doubt where too many countries and periods have no figure of any series any more."""
    keys, here = pairs[["iso3", "end"]].drop_duplicates(), now.loc[now["value"].notna(), ["iso3", "end"]].drop_duplicates()
    there = pd.MultiIndex.from_frame(keys.astype({"iso3": "str"})).isin(pd.MultiIndex.from_frame(here.astype({"iso3": "str"})))
    gone = keys[~there]
    if len(gone) > max(card.tolerance.missing * len(keys), FEW):
        first = gone.sort_values(["end", "iso3"]).iloc[-1]
        yield (
            f"{card.id}: {len(gone):,} of {len(keys):,} countries and periods have no figure any more, "
            f"e.g. {first['iso3']} {first['end']:%Y-%m}"
        )


class _OfSeries:
    """One series: what was known and what is said now, figure by figure (NaN: no figure any more)."""

    def __init__(self, series: Series, card: Source, pairs: pd.DataFrame, now: pd.DataFrame) -> None:
        self.series, self.may, self.pairs, self.now = series, card.tolerance, pairs, now
        self.before: Floats = pairs["before"].to_numpy(dtype="float64")
        self.after: Floats = pairs["after"].to_numpy(dtype="float64")
        self.here: Bools = ~np.isnan(self.after)
        self.some: Bools = self.before != 0
        self.zero_if_absent = series.blank is Blank.ZERO_WHERE_COVERED
        self.zeroed: Bools = self.some & ((self.after == 0) | (~self.here & self.zero_if_absent))
        self.differs: Bools = self.here & (np.abs(self.after - self.before) > SAME * np.abs(self.before))

    def doubts(self, *, again: bool, whole: bool) -> Iterator[str]:
        """Yield the gravest doubt over the whole series; where there is none, those over one country or period."""
        checks = [self._missing] if whole else []
        checks += [self._zeroed, self._zeros, self._scale, self._total]
        checks += [self._changed] if again else []
        over_all = next((said for check in checks if (said := check())), "")
        if over_all:
            yield over_all
        elif self.zero_if_absent or self.series.conflict_derived:
            yield from (said for said in (self._part("iso3"), self._part("end"), self._quiet()) if said)

    def _missing(self) -> str:
        gone = int((~self.here).sum())
        if gone <= max(self.may.missing * len(self.here), FEW):
            return ""
        return f"{self._of(gone, len(self.here))} figures are missing, e.g. {self._example(~self.here)}"

    def _zeroed(self) -> str:
        some, gone = int(self.some.sum()), int(self.zeroed.sum())
        if gone <= max(self.may.zeroed * some, FEW):
            return ""
        return f"{self._of(gone, some)} figures other than zero are zero or gone, e.g. {self._example(self.zeroed)}"

    def _zeros(self) -> str:
        now = self.now["value"].dropna().to_numpy()
        old, new = float((~self.some).mean()), float((now == 0).mean()) if len(now) else 0.0
        if new - old <= self.may.zeros or (now == 0).sum() <= FEW:
            return ""
        return f"{self.series.id}: {100 * new:.0f} % of the figures are zero, {100 * old:.0f} % were"

    def _scale(self) -> str:
        both, moved = self.here & self.some & (self.after != 0), self._moved()
        if moved.sum() <= max(self.may.changed * both.sum(), FEW):
            return ""
        times = float(np.median(self.after[moved] / self.before[moved]))
        if 1 / self.may.scale <= times <= self.may.scale:
            return ""
        said = f"{self._of(int(moved.sum()), int(both.sum()))} figures are another, in the median {_times(times)} times as much"
        return f"{said}, e.g. {self._example(moved)}"

    def _moved(self) -> Bools:
        moved: Bools = self.differs & self.some & (self.after != 0)
        return moved

    def _total(self) -> str:
        if self.series.minimum is None or self.series.minimum < 0 or self.some.sum() < self.may.least or not self.here.any():
            return ""
        old, new = float(self.before[self.here].sum()), float(self.after[self.here].sum())
        if new >= self.may.total * old:
            return ""
        fell = self.here & (self.after < self.before)
        sums = f"{self._number(new)}, {self._number(old)} before"
        return f"{self.series.id}: the same figures sum to {sums}, e.g. {self._example(fell)}"

    def _changed(self) -> str:
        moved, both = int(self.differs.sum()), int(self.here.sum())
        if moved <= max(self.may.changed * both, FEW):
            return ""
        return f"{self._of(moved, both)} figures differ though the release is the same, e.g. {self._example(self.differs)}"

    def _part(self, axis: str) -> str:
        """Return the doubt over the country (``iso3``) or period (``end``) that lost most, and how many others there are."""
        code, labels = pd.factorize(self.pairs[axis])
        some, gone = np.bincount(code, self.some), np.bincount(code, self.zeroed)
        old = np.bincount(code, np.where(self.here | self.zero_if_absent, self.before, 0.0))
        new = np.bincount(code, np.where(self.here, self.after, 0.0))
        fell = (gone > np.maximum(self.may.part * some, FEW)) | (new < (1 - self.may.part) * old)
        bad = (some >= self.may.least) & (fell | self._another_scale(code, len(labels)))
        if not bad.any():
            return ""
        worst = int(np.argmax(np.where(bad, np.abs(old - new), -1.0)))
        where = labels[worst] if axis == "iso3" else self._period(labels[worst])
        moved = (code == worst) & self.some & (self.zeroed | self.differs)
        said = f"{self.series.id}, {where}: {moved.sum()} of {some[worst]:.0f} figures other than zero are another"
        said += f" ({gone[worst]:.0f} zero or gone), their sum {self._number(new[worst])}, {self._number(old[worst])} before"
        more = f" ({bad.sum() - 1} more {NOUN[axis]} like it)" if bad.sum() > 1 else ""
        return f"{said}, e.g. {self._example(moved)}{more}"

    def _another_scale(self, code: npt.NDArray[np.intp], parts: int) -> Bools:
        """Return for which countries or periods the figures that changed are, in the median, on another scale."""
        moved = self._moved()
        times = (
            pd.Series(self.after[moved] / self.before[moved]).groupby(code[moved]).agg(["median", "size"]).reindex(range(parts))
        )
        most = self.may.part_scale
        other = (times["size"] >= self.may.least) & ~times["median"].between(1 / most, most)
        return np.asarray(other, dtype=bool)

    def _quiet(self) -> str:
        """Return the doubt over a new period in which far fewer countries than usual have a figure other than zero."""
        if not self.zero_if_absent:
            return ""
        some = (self.now["value"].notna() & self.now["value"].ne(0)).groupby(self.now["end"]).agg("sum")
        new = ~some.index.isin(self.pairs["end"].unique())
        usual = float(some[~new].tail(USUAL).median()) if (~new).any() else 0.0
        quiet = some[new & (some < self.may.part * usual).to_numpy()]
        if usual < self.may.least or quiet.empty:
            return ""
        where = f"{self.series.id}, {self._period(quiet.index[0])}"
        return f"{where}: other than zero in {quiet.iloc[0]} countries, in {usual:.0f} as a rule"

    def _of(self, part: int, whole: int) -> str:
        return f"{self.series.id}: {part:,} of {whole:,}"

    def _example(self, where: Bools) -> str:
        """Return the largest of these figures with its country and period, and what it is now."""
        at = int(np.argmax(np.where(where, np.abs(self.before), -1.0)))
        row = self.pairs.iloc[at]
        now = self._number(self.after[at]) if self.here[at] else "none"
        return f"{row['iso3']} {self._period(row['end'])}: {self._number(self.before[at])} -> {now}"

    def _number(self, value: float) -> str:
        return f"{value:,.{self.series.decimals}f}"

    def _period(self, end: pd.Timestamp) -> str:
        return f"{end:%Y-%m}" if self.series.frequency is Frequency.MONTH else f"{end:%Y}"


def _times(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= FEW else f"{value:.3g}"
