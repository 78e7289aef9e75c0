"""The part of a run that forecasts: made where its inputs have changed, else taken from the last published run.

The key (:mod:`monitor.foresight.inputs`) is worked out in every run, the forecast only where no current snapshot holds one under
that key. What the snapshot says of it, and where it came from, stands in the manifest under ``forecast``. Beside the framework:
nothing here is read by an assessment, a level or an alert.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from monitor import track_record
from monitor.foresight import inputs
from monitor.foresight.beside import side_by_side
from monitor.foresight.prepare import World
from monitor.settings import ROOT
from monitor.storage import SnapshotError
from monitor.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from monitor.pipeline import Monitor

# what the forecast is worked out by; a test compares it with what :mod:`monitor.foresight.today` imports
CODE = (
    *("monitor/foresight/*.py", "monitor/forecasting.py", "monitor/risk/cube.py"),
    *(f"indicators/{name}.py" for name in ("body", "contract", "countries", "table")),
)
LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy")
MADE, KEPT, NONE = "made", "kept", "none"
BESIDE = "forecast_beside"

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Forecast:
    """The tables of a forecast (:mod:`monitor.foresight.shown`), and what the manifest says of it."""

    tables: Tables
    about: dict[str, Any]

    @property
    def whole(self) -> bool:
        """Whether every table is there; a run of an older program published fewer."""
        from monitor.foresight.shown import MADE as NAMES

        return set(NAMES) <= set(self.tables)


def world_of(monitor: Monitor) -> World:
    """Return what a forecast needs besides figures."""
    config = monitor.config
    return World(config.foresight, config.sources, monitor.countries, config.neighbours)


def added(monitor: Monitor, tables: Tables, panel: pd.DataFrame, as_of: date) -> tuple[Tables, dict[str, Any]]:
    """Return a run's tables with those of the forecast, and what the manifest says of it."""
    found = current(monitor, panel, as_of)
    beside = side_by_side(found.tables["forecasts"], tables["assessments"], tables["intervals"])
    return {**tables, **found.tables, BESIDE: beside}, found.about


def current(monitor: Monitor, panel: pd.DataFrame, as_of: date) -> Forecast:
    """Return the forecast of these figures: that of the last published run where nothing that it depends on has changed."""
    world, until = world_of(monitor), as_of.year - 1
    kept = track_record.load(monitor.settings.home, world.policy.hash)
    parts = inputs.parts(world, panel, kept, until, program())
    last = published(monitor.settings.home)
    if last is not None and last.whole and last.about["parts"] == parts:
        return Forecast(last.tables, {**last.about, "state": KEPT if last.about["state"] != NONE else NONE})
    monitor.tell("Forecasting")
    return _made(monitor, inputs.Given(world, panel, kept, until, parts), last)


def _made(monitor: Monitor, given: inputs.Given, last: Forecast | None) -> Forecast:
    from monitor.foresight import changed, shown
    from monitor.foresight.today import forecasts

    made_at = _stamp(monitor.clock())
    about = {"state": MADE, "why": "", "key": inputs.key_of(given.parts), "parts": dict(given.parts), "made_at": made_at}
    about |= _said_of(given, last)
    try:
        made = forecasts(given.world, given.panel, given.kept, given.until)
    except (
        ValueError
    ) as error:  # no onset, no figure, a figure that stands twice: the run goes on, and says so wherever odds stand
        return Forecast(shown.nothing(given.kept), {**about, "state": NONE, "why": str(error), "before": {}})
    then = _then(monitor, last)
    if then is not None:
        made["forecasts"] = changed.moved(given, made["forecasts"], then)
    everyone = {c: monitor.countries.name(c) for c in monitor.countries.assessed()}
    return Forecast(shown.tables(made, given.kept, everyone, then.made_at if then else ""), about)


def _said_of(given: inputs.Given, last: Forecast | None) -> dict[str, Any]:
    """Return what the manifest says of any forecast: policy, targets, what its scores rest on, and the forecast before."""
    policy, kept = given.world.policy, given.kept
    before: dict[str, Any] = {}
    if last is not None and last.about["state"] != NONE:
        differs = inputs.differing(last.about["parts"], given.parts)
        before = {"key": last.about["key"], "made_at": last.about["made_at"], "differs": differs}
    return {
        "policy": policy.hash,
        "issued": policy.issued,
        "horizons": list(policy.horizons),
        "gap_years": policy.gap_years,
        "targets": {t.id: {"title": t.title, "meaning": " ".join(t.meaning.split())} for t in policy.targets},
        "scored": [kept.first, kept.last] if kept is not None else [],
        "before": before,
    }


def _then(monitor: Monitor, last: Forecast | None) -> Any:
    """Return the forecast before with the figures as this record knew them then; None where there is none."""
    from monitor.foresight.changed import Then

    if last is None or last.about["state"] == NONE:
        return None
    about = last.about
    seen = datetime.fromisoformat(about["made_at"])
    panel = monitor.store.panel(seen, series=monitor.config.foresight.series_used() & set(monitor.series))
    return Then(last.tables["forecasts"], about["parts"], panel, about["made_at"])


def published(home: Path) -> Forecast | None:
    """Return the forecast of the current snapshot; None where there is none, or it cannot be read whole."""
    from monitor.foresight.shown import MADE as NAMES

    try:
        snapshot = Snapshot.open(home)
        about = snapshot.manifest.get("forecast")
        if not isinstance(about, dict) or not {"state", "parts", "key", "made_at"} <= set(about):
            return None
        there = [name for name in NAMES if name in snapshot.manifest["tables"]]
        return Forecast({name: snapshot.table(name) for name in there}, about) if "forecasts" in there else None
    except SnapshotError:
        return None  # it is made anew


@cache
def program() -> dict[str, str]:
    """Return hashes of ``code`` (:data:`CODE`) and ``libraries`` (:data:`LIBRARIES` with their versions)."""
    return {"code": code_hash(CODE), "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES)}


def code_hash(patterns: tuple[str, ...], root: Path = ROOT) -> str:
    """Return the SHA-256 over the names and bytes of the files that fit, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted({p for pattern in patterns for p in root.glob(pattern)}):
        digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
