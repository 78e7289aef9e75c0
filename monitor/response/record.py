"""What the figures of a profile's sources say for the clock: acts by day, and from when to when their record is whole. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from monitor.response.profile import ActKind


def acts(panel: pd.DataFrame, kinds: Sequence[ActKind]) -> pd.DataFrame:
    """Return one row a country, kind and day with at least one act: columns iso3, kind, day (ISO), sorted."""
    kind_of = {k.series: k.id for k in kinds if k.series}
    mine = panel[panel["series"].astype(str).isin(list(kind_of)) & (panel["value"] > 0)]
    found = pd.DataFrame(
        {
            "iso3": mine["iso3"].astype(str),
            "kind": mine["series"].astype(str).map(kind_of),
            "day": mine["end"].dt.strftime("%Y-%m-%d"),
        }
    )
    return found.drop_duplicates().sort_values(["iso3", "kind", "day"], ignore_index=True)


def known(panel: pd.DataFrame, kinds: Sequence[ActKind], collected: Mapping[str, date]) -> pd.DataFrame:
    """Return between which days the record of each kind is whole: columns kind, iso3 (empty: every country), first, last.

    ``collected``: the day of the last good collection by series. ``totals``: the unbroken run of months read whole up to the
    newest; ``list``: from the oldest entry of the list to its collection; ``page``: of each country, from the oldest change that
    its page tells to its collection.
    """
    rows = [row for kind in kinds for row in _known(panel, kind, collected)]
    return pd.DataFrame(rows, columns=["kind", "iso3", "first", "last"])


def _known(panel: pd.DataFrame, kind: ActKind, collected: Mapping[str, date]) -> Iterator[dict[str, str]]:
    until = collected.get(kind.series)
    series = panel["series"].astype(str)
    if until is None:
        return
    if kind.covered == "totals":
        spans = panel.loc[series == kind.of, ["start", "end"]].drop_duplicates().sort_values("start")
        if len(spans):
            first, last = _unbroken(spans)
            whole = first + timedelta(days=kind.after_days)
            yield {"kind": kind.id, "iso3": "", "first": f"{whole}", "last": f"{min(last, until)}"}
        return
    mine = panel[(series == kind.series) & panel["value"].notna()]
    if mine.empty:
        return
    if kind.covered == "list":
        yield {"kind": kind.id, "iso3": "", "first": f"{mine['start'].min():%Y-%m-%d}", "last": f"{until}"}
        return
    for iso3, first in mine.groupby(mine["iso3"].astype(str))["start"].min().items():
        yield {"kind": kind.id, "iso3": str(iso3), "first": f"{first:%Y-%m-%d}", "last": f"{until}"}


def _unbroken(spans: pd.DataFrame) -> tuple[date, date]:
    """Return first and last day of the newest run of periods without a day between them."""
    starts = [s.date() for s in spans["start"]]
    ends = [e.date() for e in spans["end"]]
    n = len(starts) - 1
    while n and starts[n] - ends[n - 1] == timedelta(days=1):
        n -= 1
    return starts[n], ends[-1]
