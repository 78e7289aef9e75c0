"""A country's brief: what is known, what changed, what cannot be seen, and what can be asked. Pure: no I/O, no clock.

:func:`build` reads the published tables (:mod:`monitor.risk.frames`, ``sources``, ``series``, ``documents``) and says nothing
that is not in them. Every figure carries the number of its reference. The words stand in ``templates/``, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from monitor.briefs.changed import causes, last_run, year
from monitor.briefs.content import HOME, Brief, Factor, Gap, Signal, Track, Unseen
from monitor.briefs.figures import Figure, Figures
from monitor.briefs.forecast import forecast_of
from monitor.briefs.levers import LeverBook, match
from monitor.briefs.outlook import TABLES as BESIDE
from monitor.briefs.outlook import outlook
from monitor.briefs.past import past_of
from monitor.briefs.place import place_of
from monitor.briefs.references import References
from monitor.briefs.standing import killing, tracks_of
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, TrackId

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
    people: Sequence[str] = (),
) -> Brief:
    """Return the brief of a country. Raises :class:`KeyError` when the tables hold no assessment of it.

    ``tables``: at least :data:`TABLES`, of one run, and those of :mod:`.outlook`, :mod:`.forecast` and ``history`` where the
    run has them; ``manifest``: that run's. ``previous``: the assessments of the run before, by the same framework,
    with a column ``as_of`` (ISO day). ``history``: observations (columns series, iso3, end, value), of this country or of all;
    without it no sentence says since when a figure is the highest. ``people``: the series told under who is at risk.
    """
    own = {name: table[table["iso3"] == iso3] for name, table in tables.items() if name in (*OWN, *BESIDE)}
    if own["assessments"].empty:
        raise KeyError(f"no assessment of {iso3}")
    mine = history[history["iso3"] == iso3] if history is not None else None
    case = _Case(own["assessments"].iloc[0].to_dict(), own, tables, manifest, References(tables, manifest), mine)
    standing = _standing(case)
    evidence = _evidence(case, standing["tracks"], people)
    change: dict[str, Any] = {
        "year": year(case.said, manifest, causes(own, "year", manifest, case.figures)),
        "last_run": last_run(case.said, previous, manifest, causes(own, "run", manifest, case.figures)),
    }
    asks = _asks(case, levers, evidence["factors"])
    past = past_of(iso3, tables.get("history"), mine, manifest)
    return Brief(**standing, **evidence, **change, **asks, past=past, references=case.refs.all, manifest=manifest)


def of_each(tables: Mapping[str, pd.DataFrame], countries: Sequence[str]) -> dict[str, dict[str, pd.DataFrame]]:
    """Return, for each of these countries, the tables with its rows alone, where a brief reads no others: faster for many."""
    own = {name for name in (*OWN, *BESIDE, "history") if name != "assessments" and name in tables}
    shared = {name: table for name, table in tables.items() if name not in own}
    groups = {name: dict(iter(_only(tables[name], countries).groupby("iso3", observed=True))) for name in sorted(own)}
    return {c: {**shared, **{name: found.get(c, tables[name].iloc[:0]) for name, found in groups.items()}} for c in countries}


def _only(table: pd.DataFrame, countries: Sequence[str]) -> pd.DataFrame:
    return table[table["iso3"].isin(countries)]


@dataclass(frozen=True)
class _Case:
    """What one country's brief is drawn from: ``said``: its assessment, ``own``: its rows, ``history``: its observations."""

    said: Mapping[Any, Any]
    own: Mapping[str, pd.DataFrame]
    tables: Mapping[str, pd.DataFrame]
    manifest: Mapping[str, Any]
    refs: References
    history: pd.DataFrame | None

    @cached_property
    def figures(self) -> Figures:
        return Figures(self.own, self.manifest, self.refs, self.history)


def _standing(case: _Case) -> dict[str, Any]:
    """Return where the country stands: level, status, tracks, place."""
    said, manifest, every = case.said, case.manifest, case.tables["assessments"]
    judged = case.refs.assessment()  # number 1: what everything else here is worked out by
    return {
        "iso3": said["iso3"],
        "name": said["name"],
        "as_of": manifest["as_of"],
        "level": said["level"],
        "level_seen": said["level_seen"],
        "level_meaning": next((x["meaning"] for x in manifest["framework"]["levels"] if x["id"] == said["level"]), ""),
        "killing": killing(said, manifest, case.figures),
        "headline": said["headline"],
        "tracks": tracks_of(said, manifest),
        "beside": outlook(case.own, case.figures, case.refs),
        "forecast": forecast_of(said["iso3"], case.tables, manifest, case.refs),
        "place": place_of(said, case.own["intervals"], every),
        "at_level": int((every["level"] == said["level"]).sum()),
        "assessed": len(every),
        "judged": judged,
    }


def _evidence(case: _Case, tracks: Sequence[Track], people: Sequence[str]) -> dict[str, Any]:
    """Return the figures: what moved, drives, holds down, is known of people, and what cannot be seen."""
    said, own, figures = case.said, case.own, case.figures
    able = [t.id for t in sorted(tracks, key=lambda t: not t.leads) if t.level != INSUFFICIENT]
    return {
        "factors": _factors(own["factors"], said["headline"]),
        "moved": _moved(own["drivers"], able, figures),
        "signals": _signals(own["signals"], case.refs, case.refs.assessment()),
        "raises": _drivers(own["drivers"], able, "raises", figures),
        "holds_down": _drivers(own["drivers"], able, "holds down", figures),
        "unseen": _unseen(own, case.tables, case.manifest, figures),
        "people": figures.of_series(people),
        "known": figures.most_worrying(8) if said["level"] == INSUFFICIENT else (),
    }


def _asks(case: _Case, book: LeverBook, factors: Sequence[Factor]) -> dict[str, Any]:
    """Return the levers that fit, with the numbers of their sources."""
    said, refs = case.said, case.refs
    matched = match(
        book,
        [f.id for f in factors if f.drives],
        track=said["headline"] or None,
        level=said["level"],
        status=said["status"],
        at_home=said["iso3"] == HOME,
    )
    return {
        "levers": tuple(matched),
        "lever_refs": {s: refs.lever(book.source(s)) for m in matched for s in (*m.lever.evidence_sources, *m.lever.sources)},
        "warned": tuple(book.warned()),
        "warned_ref": refs.lever(book.source(book.studies_source)),
    }


def _drivers(drivers: pd.DataFrame, able: Sequence[TrackId], way: str, figures: Figures) -> tuple[Figure, ...]:
    """Return the figures that push one way: those of the leading track first, then those of the other, each once."""
    mine = drivers[(drivers["direction"] == way) & drivers["track"].isin(able)].to_dict("records")
    in_tracks: dict[str, set[str]] = {}
    before: dict[str, float] = {}
    for row in mine:
        in_tracks.setdefault(row["measure"], set()).add(row["track"])
        before.setdefault(row["measure"], row["score_before"])
    shown: list[str] = []
    for track, most in zip(able, SHOWN[way], strict=False):
        first = sorted((row for row in mine if row["track"] == track), key=lambda row: row["order"])[:most]
        shown += [row["measure"] for row in first]
    found = {m: tuple(t for t in TRACK_IDS if t in in_tracks[m]) for m in shown}
    return tuple(figures.figure(m, before=before[m], tracks=tracks) for m, tracks in found.items())


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
