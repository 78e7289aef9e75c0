"""The ledger scored: its forecasts and assessments set against what the record knows now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from monitor.forecasting import KEPT, world_of
from monitor.foresight.prepare import NothingToForecast, prepare
from monitor.foresight.resolve import COLUMNS, Entered, began_after, by_level, outcomes, pooled, summary
from monitor.risk.framework import INSUFFICIENT
from monitor.storage import SnapshotError
from monitor.storage.ledger import ASSESSMENT, FORECAST, LOST, Entry, broken
from monitor.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from monitor.pipeline import Monitor


@dataclass(frozen=True)
class Resolved:
    """``forecasts``: of each entry how many are resolved; ``scores``: of the first of each data year; ``assessments``: by entry
    and level what followed in twelve months (the first of each month). ``why``: why nothing can be resolved, where nothing can.
    """

    forecasts: pd.DataFrame
    scores: pd.DataFrame
    assessments: pd.DataFrame
    why: str = ""


def resolved(monitor: Monitor, today: date, panel: pd.DataFrame | None = None) -> Resolved:
    """Return the ledger scored by today's figures. Runs whose snapshot was lost were never shown, and are left out."""
    store, policy = monitor.store, monitor.config.foresight
    lost = {e.run_id for e in store.ledger(LOST)}
    forecasts = [e for e in store.ledger(FORECAST) if e.run_id not in lost]
    figures = monitor.store.panel() if panel is None else panel
    assessments = _assessments(monitor, [e for e in store.ledger(ASSESSMENT) if e.run_id not in lost], figures)
    entered = [Entered(e.number, e.run_id, e.said, e.content) for e in forecasts]
    try:
        ready = prepare(world_of(monitor), figures, today.year - 1)
    except NothingToForecast as error:
        nothing = pd.DataFrame(columns=list(COLUMNS))
        return Resolved(summary(nothing), pooled(nothing, policy), assessments, str(error))
    found = outcomes(entered, ready)
    return Resolved(summary(found), pooled(found, policy), assessments)


LISTED = ["number", "kind", "run_id", "as_of", "said", "sha256"]
SCORED = ("ledger_forecasts", "ledger_scores", "ledger_assessments")


def added(
    monitor: Monitor, panel: pd.DataFrame, as_of: date, forecast: Mapping[str, Any]
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return what a run publishes of the ledger as it stood before that run, and what the manifest says of its check.

    ``ledger``: number, kind, run_id, as_of, said, sha256 of every entry. ``ledger_forecasts``, ``ledger_scores``,
    ``ledger_assessments``: those of :class:`Resolved`, worked out when the forecast was: they rest on the same figures.
    """
    entries = monitor.store.ledger()
    listed = pd.DataFrame([[getattr(e, name) for name in LISTED] for e in entries], columns=LISTED)
    kinds = dict.fromkeys(LISTED[1:], "str") | {"number": "int64"}
    about = {"entries": len(entries), "root": entries[-1].sha256 if entries else "", "broken": broken(entries)}
    scored = _kept(monitor) if forecast["state"] == KEPT else None
    return {"ledger": listed.astype(kinds), **(scored or _scored(resolved(monitor, as_of, panel)))}, about


def _scored(found: Resolved) -> dict[str, pd.DataFrame]:
    return dict(zip(SCORED, (found.forecasts, found.scores, found.assessments), strict=True))


def _kept(monitor: Monitor) -> dict[str, pd.DataFrame] | None:
    """Return the scores of the last published run; None where it has none that can be read."""
    try:
        snapshot = Snapshot.open(monitor.settings.home)
        return {name: snapshot.table(name) for name in SCORED}
    except SnapshotError:
        return None


def _assessments(monitor: Monitor, entries: list[Entry], panel: pd.DataFrame) -> pd.DataFrame:
    """Return entry, as_of, level, countries, resolved, onsets, of the first assessment of each month."""
    rule = monitor.config.framework.under_way
    rows = panel[panel["series"] == rule.series]
    wide = rows.astype({"iso3": "str"}).pivot_table(index="end", columns="iso3", values="value", aggfunc="last")
    deaths = wide.set_axis(pd.PeriodIndex(wide.index, freq="M"))
    if len(deaths):
        deaths = deaths.reindex(pd.period_range(deaths.index.min(), deaths.index.max(), freq="M"))
    levels = [*reversed(monitor.config.framework.level_order), INSUFFICIENT]
    parts = []
    for entry in _first_of_months(entries):
        content = entry.content
        began = began_after(deaths, pd.Period(entry.as_of, freq="M"), rule.at_least, rule.months) if len(deaths) else {}
        frame = by_level(content["countries"], content["columns"], began, levels)
        parts.append(frame.assign(entry=entry.number, as_of=entry.as_of))
    columns = ["entry", "as_of", "level", "countries", "resolved", "onsets"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _first_of_months(entries: list[Entry]) -> Iterator[Entry]:
    """Yield the first assessment of each month: those of a month say nearly the same, and would count many times."""
    seen = set()
    for entry in entries:
        if entry.as_of[:7] not in seen:
            seen.add(entry.as_of[:7])
            yield entry
