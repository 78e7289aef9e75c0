"""The response card put together: the record of the response sources, the last published assessment, and the pure parts between.

The response sources have a record of their own, ``response/`` in the home folder: the main run never opens it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from monitor import starter
from monitor.intake import Intake, Ran
from monitor.response.attention import Period, attention, gap, newest, risk_ranks, together
from monitor.response.card import Contrast, Shown, contrasts, owners, rows
from monitor.response.clock import clock, warnings
from monitor.response.profile import Response
from monitor.response.record import acts, known
from monitor.settings import Config, Settings
from monitor.sources import GOOD
from monitor.storage.snapshot import Snapshot
from monitor.storage.store import Store

FOLDER = "response"
BUNDLED = starter.FOLDER / "response"
NEAR = timedelta(days=45)  # a period that ended so lately is set beside today's ranks of risk


@dataclass(frozen=True)
class Desk:
    """What the verbs of response work with. ``said``: the published assessments, ``history``: the published path."""

    settings: Settings
    config: Config
    response: Response
    store: Store

    @classmethod
    def open(cls, settings: Settings, config: Config, response: Response, now: datetime) -> Desk:
        """Return the desk over the response record; where there is none it is made, with the bundled figures."""
        desk = cls(settings, config, response, Store(settings.home / FOLDER))
        if desk.store.is_empty():
            starter.load(desk.store, response.profile.sources, now, BUNDLED)
        return desk

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

    def last_good(self) -> pd.DataFrame:
        """Return the last run of every source that brought something, by source; the bundled figures are one."""
        runs = self.store.runs()
        return runs[runs["status"].isin(GOOD)].groupby("source").tail(1).set_index("source")

    def collected(self) -> dict[str, date]:
        """Return the day of the last good collection by series; of bundled figures, the day on which they were bundled."""
        last, built = self.last_good(), {card.source: card.built for card in starter.cards(BUNDLED)}
        day = {str(source): run["finished"].date() for source, run in last.iterrows()}
        day |= {source: built[source] for source in self.bundled() if source in built}
        return {s: day[card.id] for s, card in self.response.profile.series.items() if card.id in day}

    def bundled(self) -> list[str]:
        """Return the sources of which only the bundled figures are held, sorted."""
        last = self.last_good()
        return sorted(last.index[last["via"] == starter.VIA])

    def via(self) -> str:
        """Return the mirrors that figures came through, or nothing."""
        return ", ".join(sorted({v for v in self.last_good()["via"] if v not in ("", starter.VIA)}))

    def build_starter(self, today: date, folder: Path = BUNDLED) -> list[starter.StarterCard]:
        """Write the bundled figures of the response sources that the profile bundles, from what the record holds."""
        profile = self.response.profile
        return starter.build(self.store, [c for c in profile.sources if c.id in profile.bundled], today, folder)


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
    bundled: Sequence[str]
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
    status = str(said.get("status", ""))
    who = list(owners(profile))
    return Card(iso3, name, level, status, as_of, shown, held, counted, who, profile.name, desk.via(), desk.bundled())


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
    """The attention gap of one period: :func:`monitor.response.attention.gap`, and Spearman's correlation of the two ranks.

    ``as_of``: the day of the ranks of risk, that of the period where it ended long ago; ``basis`` says what they rest on.
    """

    table: pd.DataFrame
    period: str
    start: str
    end: str
    total: float
    provisional: bool
    together: float
    as_of: str
    basis: str
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
    said = snapshot.table("assessments", ["iso3", "rank", "short"])
    first, as_of, basis = table.iloc[0], str(snapshot.manifest["as_of"]), "as published"
    ranks = {str(i): float(r) for i, r in zip(said["iso3"], said["rank"], strict=True) if pd.notna(r)}
    if first["end"].date() + NEAR < date.fromisoformat(as_of):
        history = snapshot.table("history", ["iso3", "as_of", "index"])
        ranks, as_of = risk_ranks(history, f"{first['end']:%Y-%m-%d}")
        basis = "today's vintages, assumed release lags"
    found = gap(table, ranks).merge(said[["iso3", "short"]], on="iso3", how="left")
    return Gap(
        found,
        period,
        f"{first['start']:%Y-%m-%d}",
        f"{first['end']:%Y-%m-%d}",
        float(first["total"]),
        bool(first["provisional"]),
        together(found),
        as_of,
        basis,
        desk.via(),
    )
