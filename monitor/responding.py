"""The response card put together: the record of the response sources, the last published assessment, and the pure parts between.

The response sources have a record of their own, ``response/`` in the home folder: the main run never opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd

from monitor.intake import Intake, Ran
from monitor.response.attention import Period, attention, gap, newest, together
from monitor.response.card import Contrast, Shown, contrasts, owners, rows
from monitor.response.clock import clock, warnings
from monitor.response.profile import Response
from monitor.response.record import acts, known
from monitor.settings import Config, Settings
from monitor.sources import GOOD
from monitor.storage.snapshot import Snapshot
from monitor.storage.store import Store

FOLDER = "response"


@dataclass(frozen=True)
class Desk:
    """What the verbs of response work with. ``said``: the published assessments, ``history``: the published path."""

    settings: Settings
    config: Config
    response: Response
    store: Store

    @classmethod
    def open(cls, settings: Settings, config: Config, response: Response) -> Desk:
        """Return the desk over the response record, which is made where there is none."""
        return cls(settings, config, response, Store(settings.home / FOLDER))

    @property
    def levels(self) -> list[str]:
        """The levels of the framework, from the lowest to the highest."""
        return [level.id for level in self.config.framework.levels]

    def collect(self, clock: Callable[[], datetime], tell: Callable[[str], None], *, month: str = "") -> list[Ran]:
        """Collect every response source into the record; ``month`` (YYYY-MM): the questions of that month alone."""
        from indicators.countries import Countries

        of_month = {"month": month}
        cards = [c.model_copy(update={"options": {**c.options, **of_month}}) for c in self.response.profile.sources]
        config = replace(self.config, sources=tuple(cards))
        crosswalk = Countries.load(self.settings.config / "countries.csv")
        with self.store.writing():
            return Intake(self.settings, config, self.store, crosswalk, clock, tell).collect([c for c in cards if c.enabled])

    def collected(self) -> dict[str, date]:
        """Return the day of the last good collection by series."""
        runs = self.store.runs()
        last = runs[runs["status"].isin(GOOD)].groupby("source")["finished"].max()
        return {s: last[card.id].date() for s, card in self.response.profile.series.items() if card.id in last.index}


@dataclass(frozen=True)
class Card:
    """A country's card. ``level``: as published, empty where nothing was; ``basis``: what the days of warnings rest on."""

    iso3: str
    name: str
    level: str
    status: str
    as_of: str
    rows: Sequence[Shown]
    contrasts: Sequence[Contrast]
    clock: pd.DataFrame
    owners: Sequence[tuple[str, str, str]]
    profile: str
    via: str
    basis: str = "warnings dated by the published path: today's vintages, not what was said at the time"


def card(desk: Desk, iso3: str, name: str, today: date) -> Card:
    """Return the response card of a country as of a day."""
    profile, panel, collected = desk.response.profile, desk.store.panel(), desk.collected()
    shown = rows(iso3, profile, desk.response.facts, panel, collected)
    said, history, as_of = published(desk, iso3)
    level = str(said.get("level", ""))
    warned = warnings(history, desk.levels)
    counted = clock(
        warned[warned["ended"] == ""], acts(panel, profile.acts), known(panel, profile.acts, collected), profile.acts, today
    )
    held = contrasts(profile, shown, level, desk.levels)
    via = ", ".join(sorted({v for v in desk.store.runs()["via"] if v}))
    status = str(said.get("status", ""))
    return Card(iso3, name, level, status, as_of, shown, held, counted, list(owners(profile)), profile.name, via)


def published(desk: Desk, iso3: str) -> tuple[Mapping[Any, Any], pd.DataFrame, str]:
    """Return what was last published of a country: its row, its path, and the day; empty where nothing was published."""
    from monitor.storage import SnapshotError

    nothing = pd.DataFrame(columns=["iso3", "as_of", "level"])
    try:
        snapshot = Snapshot.open(desk.settings.home)
    except SnapshotError:
        return {}, nothing, ""
    said = snapshot.table("assessments", ["iso3", "level", "status"])
    mine = said[said["iso3"] == iso3].to_dict("records")
    history = snapshot.table("history", ["iso3", "as_of", "level"], [("iso3", "==", iso3)])
    return (mine[0] if mine else {}), history, str(snapshot.manifest["as_of"])


@dataclass(frozen=True)
class Gap:
    """The attention gap of one period: :func:`monitor.response.attention.gap`, and Spearman's correlation of the two ranks."""

    table: pd.DataFrame
    period: str
    start: str
    end: str
    total: float
    provisional: bool
    together: float
    as_of: str
    via: str


def attention_gap(desk: Desk, period: Period) -> Gap | None:
    """Return the gap of the newest period held, ``None`` where no question was collected or nothing was published."""
    from monitor.storage import SnapshotError

    about = desk.response.profile.attention
    try:
        snapshot = Snapshot.open(desk.settings.home)
    except SnapshotError:
        return None
    table = newest(attention(desk.store.panel(), about, period)) if about else pd.DataFrame()
    if table.empty:
        return None
    said = snapshot.table("assessments", ["iso3", "rank", "level", "short"])
    ranks = {str(i): float(r) for i, r in zip(said["iso3"], said["rank"], strict=True) if pd.notna(r)}
    found = gap(table, ranks).merge(said[["iso3", "short", "level"]], on="iso3", how="left")
    first = table.iloc[0]
    via = ", ".join(sorted({v for v in desk.store.runs()["via"] if v}))
    start, end = f"{first['start']:%Y-%m-%d}", f"{first['end']:%Y-%m-%d}"
    return Gap(
        found,
        period,
        start,
        end,
        float(first["total"]),
        bool(first["provisional"]),
        together(found),
        str(snapshot.manifest["as_of"]),
        via,
    )
