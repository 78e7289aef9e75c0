"""The story, in order, and the only place it is written.

:func:`run`: 1. load the bundled figures of sources that never brought any, and take in what people entered. 2. Collect every
source that is due. 3. Read the panel and follow every country month by month to today. 4. Set today's look against where each
stood: up fast, down slowly, never for want of evidence; forecast beside it. 5. Decide what is worth an alert, and record it with
what is said. 6. Draw up the briefs. 7. Publish the snapshot. The time comes in as an argument; config was validated before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from indicators.contract import Frequency, Series, Source
from indicators.countries import Countries
from monitor import __version__, alerting, forecasting, inbox, resolving, starter
from monitor.alerts.said import Decided
from monitor.intake import Intake, Ran
from monitor.public_ledger import Sealing, agree
from monitor.risk import beside, frames, judgement_tables
from monitor.risk.anew import First, followed_anew
from monitor.risk.assess import INDEX_AT_ENTRY, Assessed, assess, index_at_exit
from monitor.risk.causes import causes
from monitor.risk.cube import Cube
from monitor.risk.entry_rules import Desk
from monitor.risk.framework import Framework, TrackId
from monitor.risk.levels import Standing, made_of, step
from monitor.risk.path import Look, Stand, Walk, follow, month_ends, walk
from monitor.risk.structure import Structure, structures_of
from monitor.risk.uncertainty import intervals
from monitor.settings import Config, Settings
from monitor.sources import GOOD, first_collected_since, source_states
from monitor.storage.store import Store

Tell = Callable[[str], None]
NOTHING_FIRST = First()


@dataclass(frozen=True)
class Result:
    """What a run came to: the collections, and the tables and manifest as published."""

    run_id: str
    runs: Sequence[Ran]
    tables: dict[str, pd.DataFrame]
    manifest: dict[str, Any]
    briefs: Sequence[Path]
    snapshot: Path
    inbox: Sequence[inbox.Taken] = ()


@dataclass(frozen=True)
class Told:
    """What briefs are drawn from: tables and manifest as published, the panel, what was said before (empty on a first run)."""

    tables: dict[str, pd.DataFrame]
    manifest: dict[str, Any]
    panel: pd.DataFrame
    previous: pd.DataFrame


@dataclass(frozen=True)
class Monitor:
    """The parts, put together once: settings, validated config, the record. ``clock`` returns UTC; ``tell`` shows progress."""

    settings: Settings
    config: Config
    store: Store
    clock: Callable[[], datetime]
    tell: Tell = field(default=lambda _: None)

    @cached_property
    def countries(self) -> Countries:
        """The crosswalk."""
        return Countries.load(self.settings.config / "countries.csv")

    @cached_property
    def series(self) -> dict[str, Series]:
        """Every series by id."""
        return {s.id: s for c in self.config.sources for s in c.series}

    @cached_property
    def structures(self) -> dict[TrackId, Structure]:
        """How measures come together in each track."""
        return structures_of(self.config.framework, {s.id: s.conflict_derived for s in self.series.values()})

    @cached_property
    def card_of(self) -> dict[str, Source]:
        """The card of every series."""
        return {s.id: c for c in self.config.sources for s in c.series}

    def desk(self) -> Desk:
        """Return what entries of people are checked against, now."""
        return Desk(self.config.framework, self.countries, self.clock())

    # ------------------------------------------------------------------------------------------------------- collecting

    def load_starter(self) -> bool:
        """Record the bundled figures of every source that never brought any; return whether there were some."""
        runs = self.store.runs()
        brought = set(runs.loc[runs["status"].isin(GOOD), "source"])
        lacking = [card for card in self.config.sources if card.id in starter.bundled() - brought]
        if lacking:
            self.tell("Loading the bundled starter figures")
            starter.load(self.store, lacking, self.clock())
        return bool(lacking)

    @cached_property
    def intake(self) -> Intake:
        """How sources are collected into the record."""
        return Intake(self.settings, self.config, self.store, self.countries, self.clock, self.tell)

    def collect(self, cards: Sequence[Source], *, accept: bool = False) -> list[Ran]:
        """Collect sources side by side; return what each brought (:meth:`monitor.intake.Intake.collect`)."""
        return self.intake.collect(cards, accept=accept)

    # -------------------------------------------------------------------------------------------------------- assessing

    def cube(self, panel: pd.DataFrame) -> Cube:
        """Return the panel as dense arrays, for the countries that are assessed and the series that the framework reads."""
        used = self.config.framework.series_used()
        monthly = {s: self.series[s].frequency is Frequency.MONTH for s in sorted(used)}
        return Cube.build(panel, self.countries.assessed(), monthly, self.config.neighbours)

    def assess(self, cube: Cube, as_of: date) -> Assessed:
        """Return the assessment of a cube as of a date."""
        return assess(cube, self.config.framework, as_of, fresh_days=self._fresh_days(), structures=self.structures)

    def look(self, cube: Cube, panel: pd.DataFrame, as_of: date) -> Look:
        """Return what can be seen as of a date, with and without provisional figures."""
        seen = self.assess(cube, as_of)
        provisional = _provisional(panel)
        return Look(seen, self.assess(cube.without(provisional), as_of) if provisional.any() else seen)

    def assess_assumed(self, cube: Cube, as_of: date) -> Assessed:
        """Return the assessment as it would have been: today's vintages, each published its release lag after its period."""
        return self.assess(cube.as_of(as_of, self._lags()), as_of)

    def path(self, cube: Cube, panel: pd.DataFrame, days: Sequence[date], start: Standing | None = None) -> Iterator[Stand]:
        """Yield where every track stood on each of these days, as it would have been: :meth:`assess_assumed`."""
        provisional = _provisional(panel)
        final = cube.without(provisional)
        first = panel.loc[provisional, "end"].min().date() if provisional.any() else date.max

        def look(day: date) -> Look:
            seen = self.assess_assumed(cube, day)
            return Look(seen, self.assess_assumed(final, day) if day > first else seen)

        return follow(look, days, self.config.framework, start)

    def _fresh_days(self) -> dict[str, int]:
        return {s: c.max_age_days for s, c in self.card_of.items()}

    def _lags(self) -> dict[str, int]:
        return {s: c.release_lag_days for s, c in self.card_of.items()}

    def tables(
        self, panel: pd.DataFrame, now: Stand, before: Stand, previous: pd.DataFrame | None = None
    ) -> dict[str, pd.DataFrame]:
        """Return every table of one date that is published, except the observations themselves."""
        framework, seen, names = self.config.framework, now.look.seen, self.names()
        states = source_states(self.config.sources, self.store.runs(), panel, seen.as_of)
        tables = {
            "assessments": frames.assessments(now, before, framework, names, previous=previous),
            "factors": frames.factors(seen, framework),
            "indicators": frames.indicators(seen, framework),
            "readings": frames.readings(seen, framework, panel, names),
            "drivers": frames.drivers(seen, before.look.seen, framework, names),
            "signals": frames.signals(seen, framework, panel),
            "intervals": intervals(seen, framework),
            **states,
            "documents": self._documents(panel),
            **self.entered(seen.as_of),
        }
        was = pd.DataFrame() if previous is None else previous
        moved = causes(tables, was, framework, f"{before.look.seen.as_of}")
        told = beside.tables(seen, tables, framework, panel, self.series)
        return {**tables, **told, "causes": moved, **protocol_tables(self.config, tables, seen.as_of)}

    def tables_assumed(self, as_of: date) -> dict[str, pd.DataFrame]:
        """Return the tables as they would have been: today's vintages, assumed release lags, levels as the path led to them."""
        panel = self.store.panel()
        cube = self.cube(panel)
        walked = self.walk(cube, panel, as_of)
        return self.tables(panel, next(self.path(cube, panel, [as_of], walked.last.standing)), walked.before)

    def names(self) -> frames.Names:
        """Return what the tables need besides an assessment: series, their sources, and the names of countries."""
        every = self.countries.assessed()
        return frames.Names(
            self.series,
            {s: c.id for s, c in self.card_of.items()},
            {c: self.countries.name(c) for c in every},
            {c: self.countries.short(c) for c in every},
            {c: self.countries.region(c) for c in every},
            self._fresh_days(),
        )

    def entered(self, as_of: date) -> dict[str, pd.DataFrame]:
        """Return what people entered as tables: ``judgements`` and ``confirmations``, with the state of each on a day."""
        return judgement_tables.tables(self.store.entries(as_of), as_of)

    def _documents(self, panel: pd.DataFrame) -> pd.DataFrame:
        used = self.store.documents().drop_duplicates("sha256", keep="last")
        used = used[used["sha256"].isin(panel["document"].unique())]
        frame = used[["sha256", "source", "name", "url", "release", "via", "fetched_at"]].reset_index(drop=True)
        obtained = {d.sha256: card.obtained for card in starter.cards() for d in card.documents}
        return frame.assign(
            fetched_at=frame["fetched_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
            obtained=frame["sha256"].map(obtained).fillna(""),  # the same bytes, however they came this time,
        )

    def _previous(self) -> pd.DataFrame:
        last = self.store.last_assessments(self.config.framework.hash)
        return last.set_index("iso3") if len(last) else pd.DataFrame()

    def walk(self, cube: Cube, panel: pd.DataFrame, as_of: date) -> Walk:
        """Return the path month by month up to the day before a day, and where every track stood a year before it."""
        year_before = a_year_before(as_of)
        days = {day for day in month_ends(date(self.config.framework.path_from, 1, 1), as_of) if day < as_of} | {year_before}
        return walk(self.path(cube, panel, sorted(days)), self.config.framework, year_before)

    def stand(
        self,
        cube: Cube,
        panel: pd.DataFrame,
        as_of: date,
        start: Standing,
        previous: pd.DataFrame,
        *,
        first: First = NOTHING_FIRST,
    ) -> Stand:
        """Return where every track stands on a day, from what was recorded last or, where nothing was, from the path.

        A source's first collection brings a past that this record has not walked. Then the path over it counts, up and down, so
        that two records of the same figures say the same whichever came first; what rests on lost figures is lowered nowhere.
        """
        framework, look = self.config.framework, self.look(cube, panel, as_of)
        entered = self.entered(as_of)["confirmations"]
        confirmed = list(entered.loc[(entered["kind"] == "raise") & (entered["state"] == "stands"), "iso3"])

        def after(standing: Standing) -> Standing:
            return step(look.seen, standing, framework, firm=look.firm, confirmed=confirmed)

        if previous.empty:
            return Stand(look, after(start))
        recorded = after(Standing.of(previous, framework, cube.countries))
        if not first.sources:
            return Stand(look, recorded)
        lost = np.isin(cube.countries, first.lost)
        return Stand(look, after(start).anew(recorded, *made_of(look.seen, framework), lost), recorded)

    def first_collected(self, previous: pd.DataFrame) -> First:
        """Return what was first collected after ``previous`` was said; nothing where nothing was said."""
        if previous.empty:
            return NOTHING_FIRST
        sources = first_collected_since(self.store.runs(), previous["seen"].max())
        return First(tuple(sources), tuple(self.store.lost())) if sources else NOTHING_FIRST

    # ------------------------------------------------------------------------------------------------------ the whole run

    def run(self, as_of: date, *, collect: bool = True) -> Result:
        """Do the main job, from figures to briefs and the published snapshot; see the module's seven steps."""
        started = self.clock()
        run_id = f"{as_of:%Y%m%d}-{started:%H%M%S%f}"
        with self.store.writing():
            if done := agree(self.settings.home, self.store, started):
                self.tell(done)
            self.load_starter()
            taken = inbox.take(self.store, self.desk())
            runs = self.collect(self.intake.due()) if collect else []
            self.tell("Assessing every country")
            panel = self.store.panel()
            cube = self.cube(panel)
            walked = self.walk(cube, panel, as_of)
            previous = self._previous()
            first = self.first_collected(previous)
            now = self.stand(cube, panel, as_of, walked.last.standing, previous, first=first)
            tables = self.tables(panel, now, walked.before, previous) | {"history": walked.history}
            tables, forecast = forecasting.added(self, tables, panel, as_of)
            manifest = self._manifest(run_id, as_of, walked.before.look.seen.as_of, started, tables)
            began = self.store.began(self.config.framework.hash) or f"{as_of}"
            ledger, manifest["ledger_before"] = resolving.added(self, panel, as_of, forecast)
            tables |= ledger
            said = tables["assessments"]
            anew = followed_anew(said, first, self.config.framework)
            manifest |= {"anew": anew, "record_began": began, "forecast": forecast}
            decided, more, about = alerting.decided_on(tables, self.config, self.store, f"{as_of}", self.clock())
            tables, manifest = {**tables, **more}, {**manifest, "alerts": about}
            self._record_said(said.merge(now.standing.remembered(cube.countries), on="iso3"), run_id, as_of, decided)
            self.tell("Drawing up briefs")
            told = Told(tables, manifest, panel, previous.reset_index())
            briefs = self.write_briefs(flagged(said, self.config), told, self.settings.home / "briefs" / run_id)
            self.tell("Publishing the snapshot")
            snapshot = self._publish(run_id, tables, panel, manifest)
        return Result(run_id, runs, tables, manifest, briefs, snapshot, taken)

    def _record_said(self, said: pd.DataFrame, run_id: str, as_of: date, decided: Decided) -> None:
        key, seen = self.config.framework.hash, self.clock()
        self.store.record_assessments(
            said, run_id=run_id, as_of=as_of, basis="recorded", framework_hash=key, seen=seen, decided=decided
        )

    def write_briefs(self, iso3: Sequence[str], told: Told, out: Path) -> list[Path]:
        """Write the briefs of these countries as Markdown and HTML; return the files."""
        from monitor.briefs import brief, render

        history, house = told.panel[told.panel["iso3"].isin(iso3)], self.config.house
        tables, given = brief.of_each(told.tables, iso3), (told.manifest, self.config.levers)
        made = [brief.build(c, tables[c], *given, previous=told.previous, history=history, people=house.people) for c in iso3]
        return render.write(made, out, ("md", "html"), house=house)

    def _publish(self, run_id: str, tables: dict[str, pd.DataFrame], panel: pd.DataFrame, manifest: dict[str, Any]) -> Path:
        from monitor.storage.snapshot import publish

        observations = panel.drop(columns="seen")
        sealing = Sealing(self.store, tables, self.settings.config, self.clock())
        return publish(self.settings.home, {**tables, "observations": observations}, manifest, run_id, sealing)

    def _manifest(
        self, run_id: str, as_of: date, before: date, made_at: datetime, tables: dict[str, pd.DataFrame]
    ) -> dict[str, Any]:
        framework: Framework = self.config.framework
        bundled = starter.cards()
        sources = tables["sources"]
        return {
            "run_id": run_id,
            "as_of": f"{as_of}",
            "before_as_of": f"{before}",
            "made_at": f"{made_at:%Y-%m-%dT%H:%M:%SZ}",
            "basis": "recorded",
            "version": __version__,
            "framework": {
                "hash": framework.hash,
                "version": framework.version,
                "title": framework.title,
                "source": framework.source,
                "source_url": framework.source_url,
                "text_policy": framework.text_policy,
                "reference_period": list(framework.reference_period),
                "share_of_core": framework.share_of_core,
                "levels": [level.model_dump() for level in framework.levels],
                "tracks": {t: self._track_said(t) for t in framework.tracks},
                "steps": framework.steps.model_dump(),
                "under_way": framework.under_way.model_dump(),
                "not_connected": dict(framework.not_connected),
                "measures": {
                    m.id: {"percentile": m.percentile, "higher_is": m.higher_is, "bands": [list(p) for p in m.bands]}
                    for m in framework.measures
                },
            },
            "protocol": {"hash": self.config.protocol.hash, "version": self.config.protocol.version},
            "index_at_entry": list(INDEX_AT_ENTRY[1:4]),
            "rose_points": self.config.watch.rose_points,
            "watchlist": list(self.config.watch.watchlist),
            "via": self.settings.mirror,
            "starter": {
                "used": bool(sources["from_starter"].any()),
                "built": f"{max(c.built for c in bundled)}" if bundled else "",
                "note": "Bundled public figures, used where a source has not been collected yet.",
            },
        }

    def _track_said(self, track: TrackId) -> dict[str, Any]:
        one = self.config.framework.tracks[track]
        at = [round(i, 1) for i in index_at_exit(self.config.framework, track)]
        return {"title": one.title, "entry": list(one.entry), "exit": list(one.exit), "index_at_exit": at}


def protocol_tables(config: Config, tables: Mapping[str, pd.DataFrame], as_of: date) -> dict[str, pd.DataFrame]:
    """Return the trigger protocol against these tables: every criterion, every level, and what each level triggers."""
    from monitor.briefs.actions import actions
    from monitor.risk.protocol import evaluate
    from monitor.risk.standing import summary

    rows = evaluate(config.protocol, tables, as_of=as_of)
    levels = summary(config.protocol, rows, tables["assessments"])
    return {"protocol": rows, "protocol_levels": levels, "protocol_actions": actions(config.protocol, config.levers)}


def flagged(said: pd.DataFrame, config: Config) -> list[str]:
    """Return the countries that get a brief: the watch list, the configured levels, killing under way, and those that rose."""
    chosen = (
        said["iso3"].isin(config.watch.watchlist)
        | said["level"].isin(config.watch.briefs_for_levels)
        | (said["status"] == "under way")
        | frames.rose(said, config.framework.level_order, config.watch.rose_points)
    )
    return sorted(said.loc[chosen, "iso3"])


def a_year_before(day: date) -> date:
    """Return the same day a year earlier (28 February for a leap day)."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _provisional(panel: pd.DataFrame) -> npt.NDArray[np.bool_]:
    return np.asarray(panel["status"] == "provisional", dtype=bool)
