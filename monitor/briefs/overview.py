"""Several countries on one page: the state of risk, a region, or any list, set against a year or any past month before. Pure.

What moved is told by the predicates of :mod:`monitor.briefs.facts`; a level that cannot be compared is compared with nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor.briefs.changed import order
from monitor.briefs.facts import Move, level_move
from monitor.briefs.house import House
from monitor.briefs.paper import Block, Cell, Item, Items, Paper, Paragraph, Section, Sources, Table, plain
from monitor.briefs.place import Place, place_of
from monitor.briefs.spoken import clean, say
from monitor.risk.framework import INSUFFICIENT
from monitor.risk.status import UNDER_WAY

WIDTHS = (20, 16, 17, 16, 8, 10, 13)
MOST_NAMED = 30


@dataclass(frozen=True)
class Row:
    """One country: what is said of it now, its ``place`` (None where it has none), and its level and index ``then``."""

    iso3: str
    name: str
    level: str
    status: str
    fresh: bool
    until: str
    leads: str
    index: float
    place: Place | None
    then: str
    index_then: float
    moved: Move


@dataclass(frozen=True)
class Overview:
    """Several countries. ``every``: of how many the counts are; ``since``: the day they are set against; ``world``: all
    countries, of which those that stand high are shown; ``troubled``: sources in trouble."""

    title: str
    name: str
    rows: tuple[Row, ...]
    counts: Mapping[str, int]
    every: int
    since: str
    world: bool
    troubled: tuple[str, ...]
    manifest: Mapping[str, Any]

    @property
    def under_way(self) -> tuple[Row, ...]:
        """Those in which killing of civilians on a large scale is under way, as far as the figures reach."""
        return tuple(row for row in self.rows if row.status == UNDER_WAY)

    @property
    def unseen(self) -> tuple[Row, ...]:
        """Those that cannot be assessed."""
        return tuple(row for row in self.rows if row.level == INSUFFICIENT)

    def that(self, moved: Move) -> tuple[Row, ...]:
        """Return those whose level moved one way."""
        return tuple(row for row in self.rows if row.moved == moved)


def overview(
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    countries: Sequence[str],
    *,
    title: str,
    name: str,
    against: str = "",
) -> Overview:
    """Return several countries, the highest index first and those that cannot be assessed last.

    ``tables``: ``assessments``, ``intervals``, ``sources``, and ``history`` where ``against`` (ISO day) asks for another day
    than a year before. ``countries``: empty for all. ``name``: of its files. :class:`ValueError` where nothing is known of
    that day.
    """
    every = tables["assessments"]
    since, then = _then(tables, manifest, against)
    mine = every[every["iso3"].isin(countries)] if countries else every
    ranked = mine.sort_values(["index", "iso3"], ascending=[False, True], na_position="last")
    intervals = dict(iter(tables["intervals"].groupby("iso3")))
    nothing = tables["intervals"].iloc[:0]
    rows = tuple(_row(said, intervals.get(said["iso3"], nothing), every, then, manifest) for said in ranked.to_dict("records"))
    troubled = tables["sources"][tables["sources"]["enabled"] & (tables["sources"]["state"] != "ok")]["title"]
    return Overview(
        title=title,
        name=f"overview-{name}-{manifest['as_of']}",
        rows=rows,
        counts={str(level): int(n) for level, n in mine["level"].value_counts().items()},
        every=len(mine),
        since=since,
        world=not countries,
        troubled=tuple(troubled),
        manifest=manifest,
    )


def _then(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], against: str
) -> tuple[str, dict[str, tuple[str, float]]]:
    """Return the day that is compared with, and each country's level and index on it."""
    if not against:
        said = tables["assessments"]
        return manifest["before_as_of"], {
            c: (x, i) for c, x, i in zip(said["iso3"], said["level_before"], said["index_before"], strict=True)
        }
    path = tables["history"]
    known = path.loc[path["as_of"] <= against, "as_of"]
    if known.empty:
        raise ValueError(f"nothing is known of {against}; the months go back to {path['as_of'].min()}")
    day = str(known.max())
    then = path[path["as_of"] == day]
    return day, {c: (x, i) for c, x, i in zip(then["iso3"], then["level"], then["index"], strict=True)}


def _row(
    said: Mapping[Any, Any],
    interval: pd.DataFrame,
    every: pd.DataFrame,
    then: Mapping[str, tuple[str, float]],
    manifest: Mapping[str, Any],
) -> Row:
    level, index = then.get(said["iso3"], (INSUFFICIENT, float("nan")))
    return Row(
        iso3=said["iso3"],
        name=said["name"],
        level=said["level"],
        status=said["status"],
        fresh=bool(said["status_fresh"]),
        until=said["status_until"],
        leads=manifest["framework"]["tracks"][said["headline"]]["title"] if said["headline"] else "",
        index=float(said["index"]),
        place=place_of(said, interval, every),
        then=level,
        index_then=float(index),
        moved=level_move(said["level"], level, said["level_seen"], order(manifest)),
    )


# ----------------------------------------------------------------------------------------------------------------- the page


def lay_out_overview(of: Overview, house: House) -> Paper:
    """Return the page of an overview: one A4 page for the state of risk, and its source."""
    as_of, run = str(of.manifest["as_of"]), of.manifest["run_id"]
    paper_id = f"OVERVIEW-{run}"
    sections = [_table(of), _changes(of), _unseen(of), _sources(of), _about(of)]
    return Paper(
        id=paper_id,
        name=of.name,
        most_pages=1,
        title=clean(of.title),
        as_of=as_of,
        made_at=str(of.manifest["made_at"]),
        length="short",
        house=house,
        kicker=plain(clean(f"{house.issuer}. ")) + say("overview_dated", of, house.approved),
        badges=(),
        headline=say("overview_headline", of),
        sections=tuple(sections),
        facts={
            "framework": of.manifest["framework"]["hash"],
            "framework_line": f"As of {as_of}; framework {of.manifest['framework']['hash']}.",
            "since": of.since,
            "countries": [
                {"iso3": r.iso3, "level": r.level, "status": r.status, "level_then": r.then, "moved": r.moved} for r in of.rows
            ],
        },
    )


def _table(of: Overview) -> Section:
    shown = [r for r in of.rows if r.level in ("high", "elevated") or r.status == UNDER_WAY] if of.world else of.rows
    head = ("Country", "Status", "Level", "Leading track", "Index", "Rank", "Level then")
    rows = tuple(
        (
            Cell(plain(clean(r.name))),
            Cell(say("overview_status", r)),
            Cell(say("overview_level", r)),
            Cell(plain(r.leads or "–")),
            Cell(say("overview_index", r)),
            Cell(say("overview_place", r)),
            Cell(plain(r.then)),
        )
        for r in shown
    )
    table = Table("Countries by index, the highest first", tuple(plain(h) for h in head), rows, WIDTHS)
    title = "Countries at high or elevated, and those where killing is under way" if of.world else "Country by country"
    return Section("countries", title, (table, Paragraph(say("overview_note", of), small=True)))


def _changes(of: Overview) -> Section:
    blocks: list[Block] = [
        Items(tuple(Item(say("overview_moved", of, way), lead=lead) for way, lead in (("rose", "Rose."), ("fell", "Fell."))))
    ]
    return Section("change", "What changed", (*blocks, Paragraph(say("overview_since", of), small=True)))


def _unseen(of: Overview) -> Section:
    lines = [say("overview_unseen", of, MOST_NAMED)]
    if of.troubled:
        lines.append(say("overview_sources", of))
    return Section("unseen", "What cannot be seen", (Items(tuple(Item(line) for line in [*lines, say("never_lowers")])),))


def _sources(of: Overview) -> Section:
    return Section("references", "Sources", (Sources(((1, say("overview_source", of)),)),))


def _about(of: Overview) -> Section:
    return Section("about", "About this page", (Paragraph(say("overview_about", of), small=True),))
