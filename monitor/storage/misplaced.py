"""Whether figures still stand where they stood: by country, by period. Pure: pairs of figures in, words out.

Figures moved to the next country, or by a year, are each in range and sum to the same; so each country's place among the others
is compared, and whether its figures are those of its neighbour in time or of another country. No release name is needed for that.
Limits: :class:`indicators.contract.Tolerance`; what genuine revisions measured is in ``config/sources.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.contract import Frequency, Series, Source

ROUNDING = 1e-3  # relative: a smaller change is another rounding
ON = 0.01  # of the step between two neighbouring periods: so near is that period's figure
NEAR = {"prev": (1, "before"), "next": (-1, "after")}  # the step there, and the word for it

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


def misplaced(pairs: pd.DataFrame, card: Source, *, again: bool) -> list[str]:
    """Return which series, and where all of them are in place which countries, have figures that belong elsewhere, in words.

    ``pairs``: a row for each figure known, columns ``series``, ``iso3``, ``end``, ``before`` and ``after`` (NaN: no figure).
    ``again``: of the very release known. Fewer than ``judged`` figures that changed, or countries in a period, are not judged.
    """
    figures = _Figures(pairs, card)
    if not figures.moved.any():
        return []
    return list(figures.of_series()) or list(figures.of_countries(again=again))


class _Figures:
    """The figures that both payloads have, of the series in which one changed.

    ``table``: a row for each figure, columns of the pairs and ``code`` (of the series), ``land`` (of the country), ``cell``
    (of series and period), ``moved``; ``rank`` and ``rank_now`` among the countries, -0.5 to 0.5 (NaN in periods of too few);
    ``on_prev`` and ``on_next``, whether it is what was known of the period before or after (NaN where that was the same figure).
    """

    def __init__(self, pairs: pd.DataFrame, card: Source) -> None:
        self.card, self.may = card, card.tolerance
        code, names = pd.factorize(pairs["series"], sort=True)
        land, lands = pd.factorize(pairs["iso3"], sort=True)
        self.lands, by_id = [str(c) for c in lands], {s.id: s for s in card.series}
        self.series = [by_id[str(name)] for name in names]
        known = pairs[["end", "before", "after"]].assign(code=code, land=land, moved=_differ(pairs["after"], pairs["before"]))
        known = known[known["moved"].groupby(code).transform("any")].sort_values(["code", "land", "end"], ignore_index=True)
        for axis, (step, _) in NEAR.items():
            own = (known["code"] == known["code"].shift(step)) & (known["land"] == known["land"].shift(step))
            known[f"on_{axis}"] = _is_of(known["before"].shift(step).where(own), known)
        self.known = known
        self.table = _ranked(known[known["after"].notna()].reset_index(drop=True), self.may.judged)
        self.moved: Bools = self.table["moved"].to_numpy()

    def of_series(self) -> Iterator[str]:
        """Yield a doubt for each series whose periods moved by one, or whose countries stand in another order, in all or one."""
        whole, part = self._sums("code"), self._sums("cell")
        first = self.table.drop_duplicates("cell").set_index("cell")
        part["code"] = first["code"].reindex(part.index)
        part = part[part["order"] < self.may.order_part].sort_values("order", kind="stable").drop_duplicates("code")
        worst = dict(zip(part["code"], part.index, strict=True))
        for code, (_, sums) in zip(whole.index.astype(int), whole.iterrows(), strict=True):
            rows, series = self.table["code"] == code, self.series[code]
            if shift := self._shift(sums, rows, series, named=False):
                yield f"{series.id}: {shift}"
            elif sums["order"] < self.may.order:
                yield f"{series.id}: {self._order(sums, rows)}"
            elif code in worst:
                cell = worst[code]
                when = _period(first["end"][cell], series)
                yield f"{series.id}, {when}: {self._order(part[part.index == cell].iloc[0], self.table['cell'] == cell)}"

    def of_countries(self, *, again: bool) -> Iterator[str]:
        """Yield the doubt over the country most of whose figures are another's, of another period, or in another place."""
        found, twins, usual = dict[int, str](), self._twins(), self.table.groupby("land")["away"].mean().median()
        alone = again and self.moved.mean() <= self.may.changed
        sums = self._sums("land").sort_values("moved", ascending=False, kind="stable")
        for land, (_, own) in zip(sums.index.astype(int), sums.iterrows(), strict=True):
            rows = self.table["land"] == land
            other, same = twins.get(land, (0, 0))
            said = f"{own['moved']:,.0f} of {own['count']:,.0f} figures are another"
            if same > self.may.echo * own["moved"]:
                said += f", {same:,} of them what {self.lands[other]} had"
            elif shift := self._shift(own, rows, self.series[self.table.loc[rows, "code"].iloc[0]], named=True):
                found[land] = shift
                continue
            elif own["away"] > self.may.place:
                said += f", its rank among the countries moved by {100 * own['away']:.0f} % of them"
                said += f", {100 * usual:.0f} % in the median"
            elif alone and own["moved"] > self.may.part * own["count"]:
                said += f" though the release is the same, {100 * self.moved.mean():.1f} % in the world"
            else:
                continue
            found[land] = f"{said}, e.g. {self._example(rows, named=True)}"
        more = f" ({len(found) - 1} more countries like it)" if len(found) > 1 else ""
        yield from (f"{self.card.id}, {self.lands[land]}: {said}{more}" for land, said in list(found.items())[:1])

    def _sums(self, by: str) -> pd.DataFrame:
        """Return for each series, cell or country that is judged: counts of figures, ``order`` (Spearman), ``away`` (mean)."""
        groups = self.table.groupby(by)
        sums = groups[["moved", "xy", "xx", "yy", "on_prev", "on_next"]].sum()
        sums = sums.assign(count=groups.size(), away=groups["away"].mean())
        sums[["of_prev", "of_next"]] = groups[["on_prev", "on_next"]].count().to_numpy()
        both = np.sqrt(sums["xx"] * sums["yy"])
        sums["order"] = (sums["xy"] / both).where(both > 0)
        return sums[sums["moved"] >= self.may.judged]

    def _order(self, sums: pd.Series, rows: pd.Series) -> str:
        said = f"the countries stand in another order, rank correlation {sums['order']:.2f} with the last good figures"
        return f"{said}, {sums['moved']:,.0f} figures changed, e.g. {self._example(rows)}"

    def _shift(self, sums: pd.Series, rows: pd.Series, series: Series, *, named: bool) -> str:
        """Return the doubt where the figures are those of the period before or after, of those in which the two differ."""
        unit = "month" if series.frequency is Frequency.MONTH else "year"
        for axis, (_, word) in NEAR.items():
            on, of = sums[f"on_{axis}"], sums[f"of_{axis}"]
            if of >= self.may.judged and on > self.may.echo * of:
                example = self._example(rows & (self.table[f"on_{axis}"] == 1), named=named)
                return f"{on:,.0f} of {of:,.0f} figures are those known of the {unit} {word}, e.g. {example}"
        return ""

    def _twins(self) -> dict[int, tuple[int, int]]:
        """Return for each country the one whose last good figures most of its changed ones are, and how many are.

        Only a figure that one country alone had in the period tells whose it is.
        """
        key = ["code", "end", "value"]
        alone = self.known.rename(columns={"before": "value", "land": "other"})[[*key, "other"]].drop_duplicates(key, keep=False)
        now = self.table.loc[self.moved, ["code", "end", "after", "land"]].rename(columns={"after": "value"})
        same = now.merge(alone, on=key).groupby(["land", "other"]).size().sort_values(kind="stable")
        lands, others = (same.index.get_level_values(level) for level in ("land", "other"))
        return {
            int(land): (int(other), int(n)) for land, other, n in zip(lands, others, same, strict=True)
        }  # the commonest is last

    def _example(self, rows: pd.Series, *, named: bool = False) -> str:
        """Return the newest figure that changed, of those the one that moved furthest among the countries, and what it is now."""
        changed = self.table[rows & self.moved]
        newest = changed[changed["end"] == changed["end"].max()]
        row = newest.iloc[int(np.argmax(np.nan_to_num(newest["away"].to_numpy(), nan=-1.0)))]
        series = self.series[int(row["code"])]
        was, now = (f"{row[column]:,.{series.decimals}f}" for column in ("before", "after"))
        name = f"{series.id} " if named else ""
        return f"{name}{self.lands[int(row['land'])]} {_period(row['end'], series)}: {was} -> {now}"


def _differ(a: pd.Series, b: pd.Series) -> Bools:
    """Return where both are known and differ by more than a rounding."""
    x, y = a.to_numpy(dtype="float64"), b.to_numpy(dtype="float64")
    return np.asarray(np.abs(x - y) > ROUNDING * np.fmax(np.abs(x), np.abs(y)))


def _is_of(near: pd.Series, known: pd.DataFrame) -> Floats:
    """Return 1 where the figure that changed is that of the period near it, 0 where not, NaN where nothing tells them apart."""
    step = (near - known["before"]).abs()
    on = known["moved"] & ((known["after"] - near).abs() <= ON * step)
    tells = _differ(near, known["before"]) & known["after"].notna().to_numpy()
    return np.where(tells, on.to_numpy(dtype="float64"), np.nan)


def _ranked(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Add ``cell``, the ranks within it, their products, and ``away``: how far they are apart (NaN where both are zero)."""
    cells = table.groupby(["code", "end"], sort=False)
    table["cell"], count = cells.ngroup(), cells["before"].transform("size")
    for name, column in (("rank", "before"), ("rank_now", "after")):
        table[name] = ((cells[column].rank() - 0.5) / count - 0.5).where(count >= least)
    table["xy"], table["xx"], table["yy"] = table["rank"] * table["rank_now"], table["rank"] ** 2, table["rank_now"] ** 2
    table["away"] = (table["rank_now"] - table["rank"]).abs().where((table["before"] != 0) | (table["after"] != 0))
    return table


def _period(end: pd.Timestamp, series: Series) -> str:
    return f"{end:%Y-%m}" if series.frequency is Frequency.MONTH else f"{end:%Y}"
