"""Where a country stands, as its brief says it: what is going on, and both tracks with their levels. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.briefs.changed import order
from monitor.briefs.content import Killing, Track
from monitor.briefs.facts import move
from monitor.briefs.figures import Figures
from monitor.risk.framework import TRACK_IDS, TrackId
from monitor.risk.stays import RISING


def killing(said: Mapping[Any, Any], manifest: Mapping[str, Any], figures: Figures) -> Killing:
    """Return the status with the sum it rests on; the same sum among the readings gives its row."""
    rule = manifest["framework"]["under_way"]
    sums = [r for r in figures.rows.values() if r["series"] == rule["series"] and r["end"] == said["status_until"]]
    row = next((r for r in sums if r["value"] == said["status_deaths"]), None)
    return Killing(
        status=said["status"],
        deaths=float(said["status_deaths"]),
        start=row["start"] if row else "",
        until=said["status_until"],
        provisional=bool(row and row["provisional"]),
        known=int(said.get("status_known", row["known"] if row else rule["months"])),
        ref=figures.reference(row) if row else figures.refs.assessment(),
        at_least=rule["at_least"],
        months=rule["months"],
        recent_years=rule["recent_years"],
        held=bool(said.get("status_held", False)),
        since=said["status_since"],
        fresh=bool(said["status_fresh"]),
        peak=float(said["status_peak"]),
        peak_month=said["status_peak_month"],
    )


def tracks_of(said: Mapping[Any, Any], manifest: Mapping[str, Any]) -> tuple[Track, ...]:
    """Return both tracks. ``said``: a row of the table ``assessments``."""
    steps, names = manifest["framework"]["steps"], [level["id"] for level in manifest["framework"]["levels"]]
    return tuple(
        Track(
            id=t,
            title=manifest["framework"]["tracks"][t]["title"],
            level=said[f"{t}_level"],
            base=said[f"{t}_base"],
            index=said[f"{t}_index"],
            index_before=said[f"{t}_before"],
            moved=move(said[f"{t}_index"], said[f"{t}_before"], manifest["rose_points"]),
            covered=int(said[f"{t}_covered"]),
            core=int(said[f"{t}_core"]),
            until=said[f"{t}_until"],
            held=bool(said[f"{t}_held"]),
            raised=said[f"{t}_level"] == said[f"{t}_seen"] != said[f"{t}_base"],
            leads=said["headline"] == t,
            seen=said[f"{t}_seen"],
            stays=said[f"{t}_stays"],
            easing=int(said[f"{t}_easing"]),
            lower_periods=steps["lower_periods"],
            more_updates=steps["provisional_updates"] - int(said[f"{t}_rising"]),
            rising_to=names[int(said[f"{t}_rising_to"])] if said[f"{t}_stays"] == RISING else "",
            ends_below=_ends_below(said, t, manifest),
        )
        for t in TRACK_IDS
    )


def _ends_below(said: Mapping[Any, Any], track: TrackId, manifest: Mapping[str, Any]) -> float:
    """Return the index below which a track's level ends; NaN where there is none, or a signal lifts the level."""
    rank = order(manifest).get(said[f"{track}_level"], 0)
    if rank == 0 or said[f"{track}_fired"]:
        return float("nan")
    return float(manifest["framework"]["tracks"][track]["index_at_exit"][rank - 1])
