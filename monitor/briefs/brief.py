"""A country's brief: what is known, what changed, what cannot be seen, and what can be asked. Pure: no I/O, no clock.

:func:`build` reads the published tables (:mod:`monitor.risk.frames`, ``sources``, ``series``, ``documents``) and says nothing
that is not in them. Every figure carries the number of its reference. The words stand in ``templates/``, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from monitor.briefs.changed import causes, last_run, order, year
from monitor.briefs.content import HOME, Brief, Factor, Gap, Killing, Signal, Track, Unseen
from monitor.briefs.facts import move
from monitor.briefs.figures import Figure, Figures
from monitor.briefs.forecast import forecast_of
from monitor.briefs.levers import LeverBook, match
from monitor.briefs.outlook import TABLES as BESIDE
from monitor.briefs.outlook import outlook
from monitor.briefs.place import place_of
from monitor.briefs.references import References
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, TrackId
from monitor.risk.stays import RISING

OWN = ("assessments", "factors", "indicators", "readings", "drivers", "signals", "causes", "intervals")  # rows of one country
TABLES = (*OWN, "sources", "series", "documents")
DRIVES = 0.5  # a factor above the middle of the scale drives; the strongest few are matched with levers
DRIVING_FACTORS = 5
SHOWN = {"raises": (6, 3), "holds down": (4, 2)}  # drivers shown: of the leading track, of the other
MOST_MOVED = 5


def build(
    iso3: str,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    levers: LeverBook,
    *,
    previous: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
) -> Brief:
    """Return the brief of a country. Raises :class:`KeyError` when the tables hold no assessment of it.

    ``tables``: at least :data:`TABLES`, of one run, and those of :mod:`.outlook` and :mod:`.forecast` where the run has them;
    ``manifest``: that run's. ``previous``: the assessments of the run before, by the same framework, with a column ``as_of``
    (ISO day). ``history``: observations (columns series, iso3, end, value), of this country or of all; without it no sentence
    says since when a figure is the highest.
    """
    own = {name: table[table["iso3"] == iso3] for name, table in tables.items() if name in (*OWN, *BESIDE)}
    if own["assessments"].empty:
        raise KeyError(f"no assessment of {iso3}")
    said: dict[Any, Any] = own["assessments"].iloc[0].to_dict()
    refs = References(tables, manifest)
    judged = refs.assessment()
    tracks = _tracks(said, manifest)
    figures = Figures(own, manifest, refs, history[history["iso3"] == iso3] if history is not None else None)
    killing = _killing(said, manifest, figures)
    beside = outlook(own, figures, refs)
    forecast = forecast_of(iso3, tables, manifest, refs)
    factors = _factors(own["factors"], said["headline"])
    able = [t.id for t in sorted(tracks, key=lambda t: not t.leads) if t.level != INSUFFICIENT]
    moved = _moved(own["drivers"], able, figures)
    signals = _signals(own["signals"], refs, judged)
    raises, holds_down = (_drivers(own["drivers"], able, way, figures) for way in ("raises", "holds down"))
    matched = match(
        levers,
        [f.id for f in factors if f.drives],
        track=said["headline"] or None,
        level=said["level"],
        status=said["status"],
        at_home=iso3 == HOME,
    )
    unseen = _unseen(own, tables, manifest, figures)
    why = {against: causes(own, against, manifest, figures) for against in ("year", "run")}
    every = tables["assessments"]
    return Brief(
        iso3=iso3,
        name=said["name"],
        as_of=manifest["as_of"],
        level=said["level"],
        level_seen=said["level_seen"],
        level_meaning=next((x["meaning"] for x in manifest["framework"]["levels"] if x["id"] == said["level"]), ""),
        killing=killing,
        headline=said["headline"],
        tracks=tracks,
        beside=beside,
        forecast=forecast,
        year=year(said, manifest, why["year"]),
        last_run=last_run(said, previous, manifest, why["run"]),
        moved=moved,
        signals=signals,
        raises=raises,
        holds_down=holds_down,
        known=figures.most_worrying(8) if said["level"] == INSUFFICIENT else (),
        factors=factors,
        unseen=unseen,
        place=place_of(said, own["intervals"], every),
        levers=tuple(matched),
        lever_refs={s: refs.lever(levers.source(s)) for m in matched for s in (*m.lever.evidence_sources, *m.lever.sources)},
        warned=tuple(levers.warned()),
        warned_ref=refs.lever(levers.source(levers.studies_source)),
        at_level=int((every["level"] == said["level"]).sum()),
        assessed=len(every),
        judged=judged,
        references=refs.all,
        manifest=manifest,
    )


def _killing(said: Mapping[Any, Any], manifest: Mapping[str, Any], figures: Figures) -> Killing:
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


def _tracks(said: Mapping[Any, Any], manifest: Mapping[str, Any]) -> tuple[Track, ...]:
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


def _drivers(drivers: pd.DataFrame, able: Sequence[TrackId], way: str, figures: Figures) -> tuple[Figure, ...]:
    """Return the figures that push one way: those of the leading track first, then those of the other, each once."""
    mine = drivers[(drivers["direction"] == way) & drivers["track"].isin(able)]
    in_tracks = {str(m): tuple(t for t in TRACK_IDS if t in set(rows)) for m, rows in mine.groupby("measure")["track"]}
    shown: list[str] = []
    for track, most in zip(able, SHOWN[way], strict=False):
        shown += mine.loc[mine["track"] == track].nsmallest(most, "order")["measure"].tolist()
    before = mine.drop_duplicates("measure").set_index("measure")["score_before"].to_dict()
    return tuple(figures.figure(m, before=before[m], tracks=in_tracks[m]) for m in dict.fromkeys(shown))


def _moved(drivers: pd.DataFrame, able: Sequence[TrackId], figures: Figures) -> tuple[Figure, ...]:
    """Return the drivers whose score moved in the year, most first."""
    mine = drivers[drivers["track"].isin(able)].drop_duplicates("measure")
    moved = [r for r in mine.to_dict("records") if figures.moved(r["measure"], r["score_before"]) in ("rose", "fell")]
    moved.sort(key=lambda r: -abs(r["score"] - r["score_before"]))
    return tuple(figures.figure(r["measure"], before=r["score_before"]) for r in moved[:MOST_MOVED])


def _factors(table: pd.DataFrame, headline: str) -> tuple[Factor, ...]:
    by = {(r["track"], r["factor"]): r for r in table.to_dict("records")}
    lead = table[(table["track"] == headline) & (table["score"] > DRIVES) & ~table["thin"]]
    drive = set(lead.nlargest(DRIVING_FACTORS, "score")["factor"])
    return tuple(
        Factor(
            id=factor,
            name=by[TRACK_IDS[0], factor]["name"],
            crime=by[TRACK_IDS[0], factor]["crime"],
            score={t: by[t, factor]["score"] for t in TRACK_IDS},
            covered={t: int(by[t, factor]["covered"]) for t in TRACK_IDS},
            core={t: int(by[t, factor]["core"]) for t in TRACK_IDS},
            thin={t: bool(by[t, factor]["thin"]) for t in TRACK_IDS},
            drives=factor in drive,
        )
        for factor in dict.fromkeys(table["factor"])
    )


def _signals(table: pd.DataFrame, refs: References, judged: int) -> tuple[Signal, ...]:
    return tuple(
        Signal(
            id=row["signal"],
            title=row["title"],
            value=row["value"],
            unit=row["unit"],
            threshold=row["threshold"],
            end=row["end"],
            fresh=bool(row["fresh"]),
            fired=bool(row["fired"]),
            tracks=tuple(row["tracks"].split(";")),
            ref=refs.figure(row, computed=True) if row.get("document") else judged,
        )
        for row in table.to_dict("records")
    )


def _unseen(
    own: Mapping[str, pd.DataFrame], tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], figures: Figures
) -> Unseen:
    states, freshness = own["indicators"]["state"].value_counts(), own["readings"]["freshness"].value_counts()
    series = {s for text in own["indicators"]["not_connected"] for s in text.split(";") if s}
    counted = own["readings"][own["readings"]["score"].notna()]
    troubled = tables["sources"][(tables["sources"]["state"] != "ok") | ~tables["sources"]["enabled"]]
    return Unseen(
        indicators={str(k): int(v) for k, v in states.items()},
        total=len(own["indicators"]),
        not_connected=tuple(manifest["framework"]["not_connected"].get(s, s) for s in sorted(series)),
        freshness={str(k): int(v) for k, v in freshness.items()},
        expired=figures.with_freshness("expired"),
        missing=tuple(own["readings"].loc[own["readings"]["freshness"] == "missing", "title"]),
        newest=max(counted["end"], default=""),
        oldest=min(counted["end"], default=""),
        gaps=_gaps(troubled, own["readings"]["source"].value_counts().to_dict()),
    )


def _gaps(sources: pd.DataFrame, measures: Mapping[Any, int]) -> tuple[tuple[Gap, ...], ...]:
    """Return the sources in trouble, those in the same trouble together."""
    groups: dict[tuple[bool, str, str], list[Gap]] = {}
    for row in sources.to_dict("records"):
        gap = Gap(
            title=row["title"],
            state=row["state"],
            enabled=bool(row["enabled"]),
            newest=row["newest_period"],
            error_kind=row["error_kind"],
            measures=measures.get(row["source"], 0),
        )
        groups.setdefault((gap.enabled, gap.state, gap.error_kind), []).append(gap)
    return tuple(tuple(group) for group in groups.values())
