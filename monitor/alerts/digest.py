"""The week on one page: what the weekly e-mail says, as values, from the published tables alone. Pure.

:func:`content` is made once for everybody; :func:`monitor.alerts.render.digest_for` cuts it to what one reader asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple, Protocol

import pandas as pd

from monitor.alerts.asks import Ask, asks
from monitor.alerts.odds import Odds, odds
from monitor.alerts.unseen import Unseen, unseen
from monitor.alerts.why import why
from monitor.alerts.words import day, plain, signed
from monitor.briefs.levers import LeverBook
from monitor.risk import frames
from monitor.risk.framework import INSUFFICIENT
from monitor.risk.status import UNDER_WAY

DAYS = 7
MONTHS = 12
NOW = "killing of civilians under way"
TABLES = (
    *("assessments", "alerts", "causes", "signals", "readings", "factors", "history", "intervals", "protocol_actions"),
    *("sources", "flags"),
)
Row = Mapping[Any, Any]


class Filter(NamedTuple):
    """What one reader asked for. ``countries``: ISO3 codes, empty for all; ``minimum_level``: what stands lower is left out.

    Too little data, and killing under way, are never left out for their level.
    """

    countries: frozenset[str]
    minimum_level: str


class Wanted(Protocol):
    """Anything that says what one reader asked for: :class:`Filter`, or the choice in a reader's row."""

    @property
    def countries(self) -> frozenset[str]:
        """ISO3 codes, empty for all."""

    @property
    def minimum_level(self) -> str:
        """The lowest level wanted."""


EVERYTHING = Filter(frozenset(), "baseline")


@dataclass(frozen=True)
class Item:
    """One alert of the week. ``grade`` and ``was``: now, and as it was said last. ``urgent``: it may not wait for the week;
    ``waits``: for a person's approval, all the same."""

    id: str
    reason: str
    kind: str
    title: str
    words: str
    grade: int
    was: int
    provisional: bool
    fresh: bool
    urgent: bool
    waits: bool


@dataclass(frozen=True)
class Country:
    """One country. ``rank``: of its level, -1 for insufficient data. ``index`` and ``change`` (in a year): NaN where unknown.

    ``months``: the level's rank at the last month ends, oldest first, -1 unknown. ``moved``: against a year before, in words,
    empty where it did not. ``odds``: the rank with its interval, and the forecast, in words. ``status``: in words, empty for
    onset risk.
    """

    iso3: str
    name: str
    level: str
    rank: int
    status: str
    under_way: bool
    index: float
    change: float
    held: bool
    watched: bool
    rose_in_a_year: bool
    moved: str
    odds: str
    why: tuple[str, ...]
    items: tuple[Item, ...]
    months: tuple[int, ...]
    asks: tuple[Ask, ...]

    def of(self, *reasons: str) -> tuple[Item, ...]:
        """Return its alerts of these reasons; silence in the data stands elsewhere."""
        return tuple(item for item in self.items if item.reason in reasons and item.kind != "silence")

    @property
    def lost(self) -> bool:
        """Return whether it is new this week that its evidence cannot be seen, or less of it."""
        return any(item.kind == "silence" and item.reason in ("new", "escalated") for item in self.items)

    def urgent(self) -> tuple[Item, ...]:
        """Return its alerts that go out at once: they may not wait, and nobody has to approve them any more."""
        return tuple(item for item in self.items if item.urgent and not item.waits)


@dataclass(frozen=True)
class Digest:
    """The week. ``period``: ISO week of the day it looks from, ``2026-W48``. ``countries``: in the order of every list.

    ``since``: ISO day after which its alerts were said, or on which the record began (``young``) where that is later.
    ``levels``: from the lowest, without insufficient data; ``edges``: of the index, where each above the lowest begins.
    ``held_back``: alerts, by why. ``first_look``: nothing was looked at before under this framework. ``method``: where the method
    stands. ``starter``: the day when the bundled figures in use were built. ``odds``: the forecast by country, and what it is of.
    """

    period: str
    since: str
    young: bool
    as_of: str
    levels: tuple[str, ...]
    edges: tuple[float, ...]
    countries: tuple[Country, ...]
    counts: Mapping[str, int]
    unseen: Unseen
    held_back: Mapping[str, int]
    first_look: bool
    method: str
    framework: str
    starter: str
    odds: Odds


def content(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], levers: LeverBook, *, method: str = "", since: str = ""
) -> Digest:
    """Return the week up to the day of a published run.

    ``tables``: :data:`TABLES`, and :data:`.odds.TABLES` where the run has them, as published; ``method``: address of the page
    that explains the method, empty where there is none; ``since``: the day of the last digest (ISO), empty for a week before.
    """
    as_of = date.fromisoformat(manifest["as_of"])
    began = manifest.get("record_began", "")  # an older program did not publish it
    since = since or (as_of - timedelta(days=DAYS)).isoformat()
    said = tables["assessments"]
    levels = tuple(level["id"] for level in manifest["framework"]["levels"])
    week = tables["alerts"][tables["alerts"]["as_of"] > since]
    everyone = tuple(_countries(tables, manifest, levers, week, levels))
    return Digest(
        period=week_of(as_of),
        since=max(since, began),
        young=began > since,
        as_of=manifest["as_of"],
        levels=levels,
        edges=tuple(manifest["index_at_entry"]),
        countries=everyone,
        counts={level: int((said["level"] == level).sum()) for level in (*reversed(levels), INSUFFICIENT)},
        unseen=unseen(tables, since),
        held_back=manifest["alerts"]["held_back"],
        first_look=manifest["alerts"]["first_look"],
        method=method,
        framework=manifest["framework"]["hash"],
        starter=manifest["starter"]["built"] if manifest["starter"]["used"] else "",
        odds=odds(tables, manifest),
    )


def week_of(day: date) -> str:
    """Return the ISO week of a day: ``2026-W48``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _countries(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], levers: LeverBook, week: pd.DataFrame, levels: Sequence[str]
) -> Iterator[Country]:
    said = tables["assessments"]
    order = {level: n for n, level in enumerate(levels)}
    rose = frames.rose(said, order, manifest["rose_points"])
    watched = set(manifest["watchlist"])
    items = {str(iso3): mine for iso3, mine in week.groupby("iso3")}
    months = _months(tables["history"], order)
    between = tables["intervals"].set_index("iso3").to_dict("index")
    wanted = asks(tables, levers, manifest["as_of"])
    forecast = odds(tables, manifest).of
    for row, up in zip(said.to_dict("records"), rose, strict=True):
        iso3, level = row["iso3"], row["level"]
        mine = tuple(_items(items[iso3], approval=manifest["alerts"]["approval"])) if iso3 in items else ()
        yield Country(
            iso3=iso3,
            name=plain(row["short"]),
            level=level,
            rank=order.get(level, -1),
            status=_status(row),
            under_way=row["status"] == UNDER_WAY,
            index=row["index"],
            change=row["change"],
            held=bool(row["held"]),
            watched=iso3 in watched,
            rose_in_a_year=bool(up),
            moved=_moved(row, bool(up)),
            odds=_odds(row, between.get(iso3), forecast.get(iso3, "")),
            why=tuple(text for text in why(tables, iso3, manifest) if not _said_already(text, mine)),
            items=mine,
            months=(*months.get(iso3, ()), order.get(level, -1)),
            asks=wanted.get(iso3, ()),
        )


def _items(rows: pd.DataFrame, *, approval: bool) -> Iterator[Item]:
    for row in rows.to_dict("records"):
        yield Item(
            id=row["id"],
            reason=row["reason"],
            kind=row["kind"],
            title=plain(row["title"]),
            words=plain(row["words"]),
            grade=int(row["grade"]),
            was=int(row["was"]),
            provisional=bool(row["provisional"]),
            fresh=bool(row["fresh"]),
            urgent=bool(row["immediate"]),
            waits=approval and bool(row["immediate"]) and not bool(row["approved"]),
        )


def _said_already(text: str, items: Sequence[Item]) -> bool:
    """Return whether an alert of the week says what a cause says: the same signal."""
    titles = [item.words.split(": ")[0] for item in items if item.kind in ("trigger", "spillover") and item.reason != "eased"]
    return any(title in text for title in titles)


def _status(row: Row) -> str:
    if row["status"] != UNDER_WAY:
        return "" if row["status"] in ("onset risk", "unknown") else str(row["status"])
    return NOW if row["status_fresh"] else f"killing was under way at {day(row['status_until'])}"


def _moved(row: Row, up: bool) -> str:
    """Return how the country stands against a year before."""
    if row["level_before"] != row["level"] and INSUFFICIENT not in (row["level"], row["level_before"]):
        return f"{row['level_before']} a year before"
    return f"index {signed(row['change'])} points in a year" if up else ""


def _odds(row: Row, interval: Row | None, forecast: str) -> str:
    """Return the rank and, in brackets, its interval; then the forecast, where a calibrated one is published."""
    more = f"; {forecast}" if forecast else ""
    if pd.isna(row["rank"]):
        return f"no rank{more}"
    if interval is None or math.isnan(interval["rank_low"]):
        return f"rank {int(row['rank'])}{more}"
    return f"rank {int(row['rank'])} ({int(interval['rank_low'])} to {int(interval['rank_high'])}){more}"


def _months(history: pd.DataFrame, order: Mapping[str, int]) -> dict[str, tuple[int, ...]]:
    """Return the level's rank at each month end, oldest first, of every country."""
    lately = history[history["as_of"] >= _first_day(history, MONTHS)]
    ranks = lately["level"].map(order).astype("Int64").astype("object").where(lately["level"].isin(list(order)), -1)
    return {str(iso3): tuple(int(r) for r in mine) for iso3, mine in ranks.groupby(lately["iso3"])}


def _first_day(history: pd.DataFrame, months: int) -> str:
    days = sorted(set(history["as_of"]))
    return days[-months] if len(days) >= months else ""
