"""Why a level moved, in sentences: only what :mod:`monitor.risk.causes` found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from monitor.alerts.words import number, plain

MOST = 3


def why(tables: Mapping[str, pd.DataFrame], iso3: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what moved a country's level: against the run before where it differs from that, else against a year before.

    Measures are named only where neither a signal nor a mark of the index accounts for it. ``tables``: ``causes``, ``signals``,
    ``readings``.
    """
    rows = tables["causes"][tables["causes"]["iso3"] == iso3]
    rows = rows[rows["against"] == ("run" if (rows["against"] == "run").any() else "year")].sort_values("order")
    if rows.empty:
        return ()
    signals = tables["signals"][tables["signals"]["iso3"] == iso3].set_index("signal").to_dict("index")
    measures = tables["readings"][tables["readings"]["iso3"] == iso3].set_index("measure")["title"].to_dict()
    found = rows.to_dict("records")
    chosen = [r for r in found if r["kind"] != "measure"] or found
    return tuple(_sentence(row, signals, measures, manifest) for row in chosen[:MOST])


def _sentence(
    row: Mapping[Any, Any], signals: Mapping[Any, Any], measures: Mapping[Any, Any], manifest: Mapping[str, Any]
) -> str:
    rose = row["way"] == "rose"
    track = str(manifest["framework"]["tracks"][row["track"]]["title"]).lower().replace(" ", "-")
    if row["kind"] == "anew":
        first = ", ".join(manifest["anew"]["sources"])
        return f"figures of {first} came for the first time and their past was followed anew; nothing else moved it"
    if row["kind"] == "signal":
        signal = signals.get(row["name"], {})
        title, unit = plain(signal.get("title", row["name"])), plain(signal.get("unit", ""))
        what = "a sign of change that did not hold before" if rose else "a sign of change no longer holds"
        return f"{what}: {title} ({number(row['now'])} {unit}, mark {number(row['mark'])})"
    if row["kind"] == "threshold":
        passed, place = ("reached", "begins") if rose else ("fell below", "ends")
        now = f"{row['before']:.1f} then, {row['now']:.1f} now"
        return f"the index of the {track} track {passed} {row['mark']:.1f}, where {row['level']} {place} ({now})"
    if row["kind"] == "eased":
        return f"the figures had said {row['level']} for a while, and fresh lower periods in a row have confirmed it"
    title = plain(measures.get(row["name"], row["name"]))
    places = f"{_of_100(row['now'])} against {_of_100(row['before'])} of 100"
    return f"{title}: {'more' if rose else 'less'} worrying than before ({places})"


def _of_100(score: float) -> str:
    return "unknown" if pd.isna(score) else f"{min(max(round(score * 100), 1), 99)}"
