"""What would lower a country's level, in one sentence: how few of the measures that raise it would together be enough. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from monitor.risk.assess import Assessed
from monitor.risk.counterfactual import TYPICAL
from monitor.risk.framework import Framework
from monitor.risk.saying import listed, plural

Row = Mapping[Any, Any]
FEW = 5  # measures named in a sentence


def lowering(said: pd.DataFrame, levers: pd.DataFrame, now: Assessed, framework: Framework) -> pd.DataFrame:
    """Return one row a country.

    ``said``: the table ``assessments``; ``levers``: :func:`monitor.risk.counterfactual.levers`. Columns: iso3, track (empty: none
    leads), level (at which that track stands) and index, needed (Int64: how few of the strongest raising measures would together
    give a lower level; missing where no number is enough, or nothing is lower), of (raising measures), index_if and level_if
    (with those needed, else with all; NaN and empty where there is nothing to lower), line (in words; may be empty).
    """
    by: dict[str, list[Row]] = {}
    for lever in levers.to_dict("records"):
        by.setdefault(lever["iso3"], []).append(lever)
    place = {c: n for n, c in enumerate(now.countries)}
    rows = [_one(one, by.get(one["iso3"], []), now, place[one["iso3"]], framework) for one in said.to_dict("records")]
    columns = ["iso3", "track", "level", "index", "needed", "of", "index_if", "level_if", "line"]
    return pd.DataFrame(rows, columns=columns).astype({"needed": "Int64", "index": "float64", "index_if": "float64"})


def _one(one: Row, mine: list[Row], now: Assessed, at: int, framework: Framework) -> dict[str, Any]:
    track, nan, order = one["headline"], float("nan"), framework.level_order
    level = one[f"{track}_level"] if track else ""
    row = {"iso3": one["iso3"], "track": track, "level": level, "index": one["index"]}
    nothing = row | {"needed": None, "of": 0, "index_if": nan, "level_if": "", "line": ""}
    if track and one[f"{track}_held"]:
        line = f"Held at {level} on evidence that has since been lost: what would lower it cannot be seen."
        return nothing | {"line": line}
    if not mine or order.get(level, -1) < 1:
        return nothing
    periods = framework.steps.lower_periods
    if _kept(now, track, at) < order[level]:
        line = (
            f"Today's figures already say less than {level}, which ends after {plural(periods, 'fresh period')} in a row that do."
        )
        return nothing | {"line": line}
    enough = next((lever for lever in mine if order[lever["level_if_cumulative"]] < order[level]), None)
    last = enough or mine[-1]
    row |= {"needed": enough["order"] if enough else None, "of": len(mine)}
    row |= {"index_if": last["cumulative_index"], "level_if": last["level_if_cumulative"]}
    past = [m for n, m in enumerate(framework.measures) if _is_past(now, track, n, at)]
    return row | {"line": in_words(row, mine, framework, [m.short for m in past], bool(now.tracks[track].fired[:, at].any()))}


def _kept(now: Assessed, track: str, at: int) -> int:
    """Return the rank of the level that today's figures of a track keep."""
    return {str(t): int(result.keep[at]) for t, result in now.tracks.items()}[track]


def _is_past(now: Assessed, track: str, measure: int, at: int) -> bool:
    """Return whether a fact of the past raises the track."""
    counts = {str(t): result.weight[measure, at] > 0 for t, result in now.tracks.items()}[track]
    return bool(counts and now.readings.lasting[measure, at] and now.readings.score[measure, at] > TYPICAL)


def in_words(row: Row, mine: list[Row], framework: Framework, past: list[str], signal: bool) -> str:
    """Return the sentence. ``past``: facts that raise the track and cannot change; ``signal``: a signal of change holds."""
    needed, of, level = row["needed"], row["of"], row["level"]
    shown = min(needed or of, of, FEW)
    names = listed([framework.measure[lever["measure"]].short for lever in mine[:shown]])
    said = f"Less of this would lower it: {names}."
    these = "With it at the middle of its scale" if shown == 1 else f"With these {shown} at the middle of their scales"
    if needed == shown:
        wait = plural(framework.steps.lower_periods, "fresh period")
        said += f" {these} the index would be {_cut(row['index_if'])} of 100: {row['level_if']} instead of {level}, after {wait}"
        said += " in a row that say so." if framework.steps.lower_periods > 1 else " that says so."
    else:
        index = _cut(mine[shown - 1]["cumulative_index"])
        said += f" {these.replace('With', 'Even with', 1)} it would stay {level} (index {index} of 100)"
        rest = f"; with all {of} that raise it as well (index {_cut(row['index_if'])})" if of > shown else ""
        said += f"; it would take the {needed} that raise it most." if needed else f"{rest}."
    if signal:
        said += " A signal of change that holds is counted throughout: it raises a level by one."
    return f"{said} What lies in the past stays as it is: {listed(past)}." if past else said


def _cut(index: float) -> str:
    """Return an index to one decimal, cut, not rounded: 79.96 is not yet the 80 at which high begins."""
    return f"{math.floor(index * 10 + 1e-9) / 10:.1f}"
