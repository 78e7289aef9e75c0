"""Why a country's level is another than it was: only what the figures of then and now show, never a guess. Pure.

A level belongs to the track that leads: for a rise that is the track that leads now, for a fall the one that led then. What is
asked of that track, in this order (against the run before, ``anew`` comes first: the path was walked anew over a past that was
collected for the first time, and without that the level would stand elsewhere):

1. ``signal``: a sign of change holds that did not hold then (or held then and does not now), and it made a difference of a level.
2. ``threshold``: the index crossed where the level begins (or below where it ends).
3. ``eased``: then the level stood above what its figures said, and they have not come back to it.
4. ``measure``: the measures that moved the track's score most, the way that the level went.

A level that is higher while its figures say no more than it was did not rise now: it stays, and has no cause here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pandas as pd

from monitor.risk.assess import INDEX_AT_ENTRY, index_at_exit
from monitor.risk.framework import TRACK_IDS, Framework, TrackId

MOST = 3
LEAST = 0.0005  # share of a track's score: half a point of its index, or less, is no move to speak of
COLUMNS = ("iso3", "against", "since", "way", "track", "order", "kind", "name", "level", "mark", "before", "now")
Row = Mapping[Any, Any]


def causes(tables: Mapping[str, pd.DataFrame], previous: pd.DataFrame, framework: Framework, since: str) -> pd.DataFrame:
    """Return what moved each level that differs from the one a year before, and from the one of the run before.

    ``tables``: ``assessments``, ``signals`` and ``drivers`` of one assessment; ``previous``: what the run before said (index
    iso3), or empty; ``since``: the day a year before, ISO.

    Columns: iso3, against (``year``, ``run``), since (ISO day), way (``rose``, ``fell``), track, order (1 first), kind, name
    (signal or measure id, else empty), level (the one that begins or ends at ``mark``, or that the figures said before it eased,
    or at which it would stand had the path not been walked anew, else empty), mark, before, now: a signal's threshold and its
    value now, the index, or the measure's score.
    """
    said = tables["assessments"]
    marks = {(r["iso3"], r["signal"]): r for r in tables["signals"].to_dict("records")}
    moved = _moved(tables["drivers"])
    runs = previous.to_dict("index") if len(previous) else {}
    rows: list[dict[str, Any]] = []
    for row in said[(said["level"] != said["level_before"]) | (said["level"] != said["level_run_before"])].to_dict("records"):
        mine = moved[moved["iso3"] == row["iso3"]]
        was = runs.get(row["iso3"])
        found = [("year", since, one) for one in _of(row, a_year_before(row), marks, mine, framework)]
        if was:
            since_run = [*_anew(row, framework.level_order), *_of(row, was, marks, mine[:0], framework)]
            found += [("run", row["run_before"], one) for one in since_run]
        for n, (against, day, one) in enumerate(found, start=1):
            rows.append({"iso3": row["iso3"], "against": against, "since": day, "order": n, **one})
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"order": "int64", "mark": float, "before": float, "now": float})


def a_year_before(row: Row) -> Row:
    """Return what a row of ``assessments`` said a year before, under the names of its columns now."""
    then: dict[str, Any] = {name: row[f"{name}_before"] for name in ("level", "headline")}
    for t in TRACK_IDS:
        then |= {f"{t}_{name}": row[f"{t}_{name}_before"] for name in ("level", "seen", "base", "fired")}
        then[f"{t}_index"] = row[f"{t}_before"]
    return then


def way(row: Row, then: Row, order: Mapping[str, int]) -> str:
    """Return ``rose``, ``fell``, or nothing: a level that stands above what its figures say did not rise by them."""
    now, was = order.get(row["level"], -1), order.get(then["level"], -1)
    if min(now, was) < 0 or now == was:
        return ""
    return "fell" if now < was else "rose" if order.get(row["level_seen"], -1) > was else ""


def _anew(row: Row, rank: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Yield that the path was walked anew, where this makes a difference to the level and the run before said another."""
    now, was = rank.get(row["level"], -1), rank.get(row["level_run_before"], -1)
    if row["anew_from"] and now != was:
        way = "rose" if now > was else "fell"
        one = {"way": way, "track": row["headline"], "name": "", "mark": None, "before": None, "now": None}
        yield {**one, "kind": "anew", "level": row["anew_from"]}


def _of(row: Row, then: Row, marks: Mapping[Any, Row], moved: pd.DataFrame, framework: Framework) -> Iterator[dict[str, Any]]:
    """Yield the causes of one country's move, strongest kind first. ``moved``: its drivers."""
    went = way(row, then, framework.level_order)
    track: TrackId | Literal[""] = row["headline"] if went == "rose" else then["headline"] if went else ""
    if not track or f"{track}_fired" not in then:  # a record of an older version does not say enough
        return
    one = {"way": went, "track": track, "name": "", "level": "", "mark": None, "before": None, "now": None}
    rank = framework.level_order
    for signal in _signals(row, then, track, went, rank):
        mark = marks[(row["iso3"], signal)]
        yield {**one, "kind": "signal", "name": signal, "mark": mark["threshold"], "now": mark["value"]}
    before, now = then[f"{track}_index"], row[f"{track}_index"]
    if crossed := _crossed(row, then, track, framework):
        yield {**one, "kind": "threshold", "level": crossed[0], "mark": crossed[1], "before": before, "now": now}
    if went == "fell" and rank.get(then[f"{track}_seen"], -1) < rank[then[f"{track}_level"]]:
        yield {**one, "kind": "eased", "level": then[f"{track}_seen"]}
    mine = moved[(moved["track"] == track) & ((moved["moved"] > LEAST) if went == "rose" else (moved["moved"] < -LEAST))]
    for part in (mine if went == "rose" else mine[::-1]).head(MOST).to_dict("records"):
        yield {**one, "kind": "measure", "name": part["measure"], "before": part["score_before"], "now": part["score"]}


def _signals(row: Row, then: Row, track: str, went: str, rank: Mapping[str, int]) -> list[str]:
    """Return the signals that hold only where the level is the higher one, if there, and only there, they lift it."""
    with_it, without = (row, then) if went == "rose" else (then, row)
    held, other = (set(filter(None, side[f"{track}_fired"].split(";"))) for side in (with_it, without))
    return sorted(held - other) if _lift(with_it, track, rank) > _lift(without, track, rank) else []


def _lift(row: Row, track: str, rank: Mapping[str, int]) -> int:
    """Return by how many levels signals lift a track above its structure."""
    return max(rank.get(row[f"{track}_seen"], -1) - rank.get(row[f"{track}_base"], -1), 0)


def _crossed(row: Row, then: Row, track: TrackId, framework: Framework) -> tuple[str, float] | None:
    """Return a level that structure gained or lost, and the index at which it begins or ends, where the index crossed that."""
    before, now, rank = then[f"{track}_index"], row[f"{track}_index"], framework.level_order
    if pd.isna(before) or pd.isna(now):
        return None
    was, here = (rank.get(side[f"{track}_level"], -1) - _lift(side, track, rank) for side in (then, row))
    begins, ends = INDEX_AT_ENTRY[1:-1], index_at_exit(framework, track)
    names = [level.id for level in framework.levels]
    gained = [n for n in range(was + 1, here + 1) if n > 0 and before < begins[n - 1] <= now]
    lost = [n for n in range(here + 1, was + 1) if n > 0 and now < ends[n - 1] <= before]
    if gained:
        return names[gained[-1]], begins[gained[-1] - 1]
    return (names[lost[0]], ends[lost[0] - 1]) if lost else None


def _moved(drivers: pd.DataFrame) -> pd.DataFrame:
    """Return the drivers with how much of their track's score they moved in the year, the largest rise first."""
    off = drivers["score"] - 0.5
    weight = (drivers["contribution"] / off).where(off.abs() > 1e-9)
    moved = drivers.assign(moved=weight * (drivers["score"] - drivers["score_before"])).dropna(subset=["moved"])
    return moved.sort_values("moved", ascending=False, kind="stable")
