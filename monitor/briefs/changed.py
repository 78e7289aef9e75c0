"""What changed, and what moved the level: the assessment set against that of a year and of a run before. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from monitor.briefs.content import Cause, Change
from monitor.briefs.facts import level_move, move
from monitor.briefs.figures import Figures


def year(said: Mapping[Any, Any], manifest: Mapping[str, Any], why: tuple[Cause, ...]) -> Change:
    """Return the assessment set against that of a year before."""
    return Change(
        since=manifest["before_as_of"],
        assumed=True,
        level_before=said["level_before"],
        index_before=said["index_before"],
        level=level_move(said["level"], said["level_before"], said["level_seen"], order(manifest)),
        index=move(said["index"], said["index_before"], manifest["rose_points"]),
        led_before=said["headline_before"] or None,
        causes=why,
    )


def last_run(
    said: Mapping[Any, Any], previous: pd.DataFrame | None, manifest: Mapping[str, Any], why: tuple[Cause, ...]
) -> Change | None:
    """Return the assessment set against that of the run before; None where there was none."""
    rows = previous[previous["iso3"] == said["iso3"]] if previous is not None and len(previous) else pd.DataFrame()
    if rows.empty:
        return None
    before = rows.iloc[0].to_dict()
    was = before.get(f"{said['headline'] or before['headline']}_index")
    index_before = float("nan") if was is None else float(was)
    return Change(
        since=str(before["as_of"])[:10],
        assumed=False,
        level_before=before["level"],
        index_before=index_before,
        level=level_move(said["level"], before["level"], said["level_seen"], order(manifest)),
        index=move(said["index"], index_before, manifest["rose_points"]),
        led_before=before["headline"] or None,
        causes=why,
        status_before=before["status"],
    )


def causes(own: Mapping[str, pd.DataFrame], against: str, manifest: Mapping[str, Any], figures: Figures) -> tuple[Cause, ...]:
    """Return what moved the level; the measures that moved most only where nothing else did."""
    rows = own["causes"][own["causes"]["against"] == against].sort_values("order").to_dict("records")
    signals = {r["signal"]: r for r in own["signals"].to_dict("records")}
    plain = [r for r in rows if r["kind"] != "measure"]
    return tuple(_cause(row, signals, manifest, figures) for row in plain or rows)


def _cause(row: Mapping[Any, Any], signals: Mapping[str, Any], manifest: Mapping[str, Any], figures: Figures) -> Cause:
    refs, title, unit, percentile = figures.refs, "", "", False
    ref = refs.assessment()
    if row["kind"] == "signal":
        signal = signals[row["name"]]
        title, unit = signal["title"], signal["unit"]
        ref = refs.figure(signal, computed=True) if signal.get("document") else ref
    elif row["kind"] == "measure":
        figure = figures.figure(row["name"])
        title, ref, percentile = figure.title, figure.ref, figure.percentile
    return Cause(
        kind=row["kind"],
        way=row["way"],
        track=manifest["framework"]["tracks"][row["track"]]["title"],
        title=title,
        level=row["level"],
        mark=row["mark"],
        before=row["before"],
        now=row["now"],
        unit=unit,
        percentile=percentile,
        ref=ref,
    )


def order(manifest: Mapping[str, Any]) -> dict[str, int]:
    """Return the rank of each level, baseline 0."""
    return {level["id"]: n for n, level in enumerate(manifest["framework"]["levels"])}
