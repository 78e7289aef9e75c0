"""What a run enters into the public ledger, and how ledger and published snapshot are kept in agreement.

Every run appends its assessment, and its forecast where that is another than the last one entered. An entry names the snapshot
and the hash of its manifest (which holds the hash of every table), the root of the record that it was worked out from, program
and code, framework and config, and says in few words what was said of each country, so that it can be scored later.

What holds, whenever the power fails:

1. *Nobody sees what was not entered.* The entry is on the disk before the pointer moves, so that the current run stands in the
   ledger from the first run on that this program published.
2. *Nothing entered stays unseen without a word.* Before a run begins, under the writer's lock, the newest run entered is the
   current one: a run whose pointer did not move is made current where its snapshot lies there whole, and else an entry ``lost``
   says that it is not to be had.
3. *What is seen is what was entered.* The manifest names the root that it stands under, and the entry the hash of the manifest.
4. *A ledger that was cut, or restored from an older copy, says so for good.* Where the current run names a root that the ledger
   does not hold, an entry ``lost`` names that run and root before anything else is entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from monitor import __version__
from monitor.forecasting import code_hash
from monitor.settings import ROOT, file_hash
from monitor.storage import SnapshotError
from monitor.storage.ledger import ASSESSMENT, FORECAST, LOST, Draft, Entry, broken, missing, one_line, sealed
from monitor.storage.snapshot import Snapshot, kept_runs, point
from monitor.storage.store import Store

CODE = ("monitor/**/*.py", "indicators/**/*.py")
OF_COUNTRY = ("level", "status", "rank", "conflict_level", "conflict_index", "outside_conflict_level", "outside_conflict_index")
OF_FORECAST = ("risk", "low", "high", "rank", "rank_low", "rank_high", "at_risk")
OF_BLOCK = ("target", "horizon", "track", "year_from", "first_year", "last_year", "used", "calibrated")
DIGITS = 6


@dataclass
class Sealing:
    """Enters one run (:class:`monitor.storage.snapshot.Sealing`). ``tables``: as published; ``config``: folder of the config."""

    store: Store
    tables: Mapping[str, pd.DataFrame]
    config: Path
    now: datetime
    drafts: list[Draft] = field(default_factory=list)

    def prepared(self, manifest: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return ``entries`` and ``root``: how many the ledger will hold, and its last hash, once this run stands in it."""
        there = self.store.ledger(run_id=manifest["run_id"])
        if not there:
            self.drafts = self._drafts(manifest)
            there = sealed(self.drafts, self.store.last_in_ledger())
        return {"entries": there[-1].number, "root": there[-1].sha256}

    def append(self) -> None:
        """Append the run, down to the disk."""
        self.store.append_to_ledger(self.drafts, seen=self.now)

    def _drafts(self, manifest: Mapping[str, Any]) -> list[Draft]:
        at = (manifest["run_id"], manifest["as_of"], f"{self.now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}")
        made_by = _made_by(manifest, self.store, self.config)
        last = self.store.last_in_ledger(FORECAST)
        content = forecast_of(self.tables["forecasts"], manifest["forecast"])
        fresh = content["blocks"] and not _same(content, last)
        drafts = [Draft(FORECAST, *at, one_line({**content, **made_by}))] if fresh else []
        entered = sealed(drafts, self.store.last_in_ledger())[-1] if drafts else last if content["blocks"] else None
        body = assessment_of(self.tables["assessments"]) | made_by
        body |= {"manifest": manifest_hash(manifest), "forecast": entered.sha256 if entered else ""}
        return [*drafts, Draft(ASSESSMENT, *at, one_line(body))]


def _made_by(manifest: Mapping[str, Any], store: Store, config: Path) -> dict[str, Any]:
    """Return what stands behind an entry: program, code, framework, config, and the root of the record."""
    files = sorted(p for p in config.iterdir() if p.suffix in (".yaml", ".csv"))
    return {
        "snapshot": manifest["run_id"],
        "record": store.root(),
        "program": __version__,
        "code": code_hash(CODE, ROOT),
        "framework": manifest["framework"]["hash"],
        "config": file_hash(*files),
    }


def assessment_of(said: pd.DataFrame) -> dict[str, Any]:
    """Return what an entry says of each country: :data:`OF_COUNTRY`, an index cut to whole points, null where there is none."""
    rows = said[["iso3", *OF_COUNTRY]].to_dict("records")
    return {"columns": list(OF_COUNTRY), "countries": {r["iso3"]: [_short(r[c]) for c in OF_COUNTRY] for r in rows}}


def forecast_of(forecasts: pd.DataFrame, about: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry says of a forecast: for each target, horizon and track every country's :data:`OF_FORECAST`."""
    blocks = []
    for _, part in forecasts.groupby(["target", "horizon", "track"], sort=True):
        head = {name: _short(part[name].iloc[0]) for name in OF_BLOCK}
        known = part[part["risk"].notna()].sort_values("iso3")
        rows = {r["iso3"]: [_exact(r[c]) for c in OF_FORECAST] for r in known.to_dict("records")}
        blocks.append({**head, "columns": list(OF_FORECAST), "countries": rows})
    parts = about.get("parts", {})
    return {"key": about.get("key", ""), "made_of": dict(parts), "made_at": about.get("made_at", ""), "blocks": blocks}


def _same(content: Mapping[str, Any], last: Entry | None) -> bool:
    """Return whether the last forecast entered is this one."""
    if last is None:
        return False
    entered = last.content
    return bool(entered["key"] == content["key"] and entered["blocks"] == content["blocks"])


def _short(value: Any) -> Any:
    if pd.isna(value):
        return None
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else _plain(value)


def _exact(value: Any) -> Any:
    if pd.isna(value):
        return None
    return round(float(value), DIGITS) if isinstance(value, float) else _plain(value)


def _plain(value: Any) -> Any:
    """Return a scalar of numpy as Python's own."""
    return value.item() if hasattr(value, "item") else value


def manifest_hash(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest but for what it says of the ledger; it holds the hash of every table."""
    return hashlib.sha256(one_line({k: v for k, v in manifest.items() if k != "ledger"}).encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------ in agreement


def agree(home: Path, store: Store, now: datetime) -> str:
    """Bring ledger and published snapshot to agree after a crash; return what was done in a sentence, empty for nothing.

    Called under the writer's lock, before anything is entered. See the module's second rule.
    """
    newest, lost, current = store.last_in_ledger(ASSESSMENT), {e.run_id for e in store.ledger(LOST)}, _current(home)
    if current is not None and "ledger" in current.manifest and not store.ledger(ASSESSMENT, current.run_id):
        return "" if current.run_id in lost else _cut(store, current, now)
    if newest is None or newest.run_id in lost:
        return ""
    if current is not None and (current.run_id == newest.run_id or _later(current, newest)):
        return ""
    if is_whole(home, newest):
        point(home, newest.run_id)
        return f"Run {newest.run_id} was entered and not shown, because the program was stopped: it is the current one now."
    why = f"entry {newest.number} was never shown: its snapshot is not there, or not whole"
    _append_lost(store, newest.run_id, newest.as_of, now, {"why": why})
    return f"Run {newest.run_id} was entered, and its snapshot is not to be had: the ledger says so now."


def _cut(store: Store, current: Snapshot, now: datetime) -> str:
    named = current.manifest["ledger"]
    why = "it was shown, and is not in this ledger, which was cut or restored from an older copy"
    _append_lost(store, current.run_id, current.manifest["as_of"], now, {"why": why, **named})
    return f"The ledger lacks run {current.run_id}, which was shown: it says so now. `monitor ledger verify` tells more."


def _append_lost(store: Store, run_id: str, as_of: str, now: datetime, content: Mapping[str, Any]) -> None:
    stamp = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    store.append_to_ledger([Draft(LOST, run_id, as_of, stamp, one_line(content))], seen=now)


def is_whole(home: Path, entry: Entry) -> bool:
    """Return whether the snapshot of an entry lies there, and is what was entered, file by file."""
    found = next((s for s in kept_runs(home) if s.run_id == entry.run_id), None)
    return found is not None and not found.verify() and manifest_hash(found.manifest) == entry.content["manifest"]


def _current(home: Path) -> Snapshot | None:
    try:
        return Snapshot.open(home)
    except SnapshotError:
        return None


def _later(current: Snapshot, entry: Entry) -> bool:
    """Return whether the current run was published after this entry: by a program that knew no ledger."""
    return "ledger" not in current.manifest and str(current.manifest.get("made_at", "")) > entry.said[:19]


# ---------------------------------------------------------------------------------------------------------- proving


@dataclass(frozen=True)
class Proof:
    """What came of checking a ledger. ``problems``: an empty list where it is whole; ``notes``: what is no fault of it."""

    entries: int
    root: str
    problems: Sequence[str]
    notes: Sequence[str]


def prove(entries: Sequence[Entry], root: str = "") -> Proof:
    """Check a ledger, or a copy of one, by itself: the chain, and that a ``root`` noted down earlier is in it."""
    problems = [p for p in (broken(entries), missing(entries, root) if root else "") if p]
    return Proof(len(entries), entries[-1].sha256 if entries else "", problems, ())


def prove_home(home: Path, store: Store, root: str = "") -> Proof:
    """Check the ledger of a home: the chain, a root noted down, the published runs that lie there, and the record's roots."""
    entries = store.ledger()
    proof = prove(entries, root)
    runs, current = list(kept_runs(home)), _current(home)
    by_run = {e.run_id: e for e in entries if e.kind == ASSESSMENT}
    lost = [e for e in entries if e.kind == LOST]
    told = {e.run_id for e in lost}
    shown = [r for r in runs if r.run_id in by_run or (current is not None and r.run_id == current.run_id not in told)]
    problems = [*proof.problems, *_against_runs(shown, entries, by_run)]
    known = store.roots() | {""}
    strange = (e for e in entries if e.kind != LOST and e.content["record"] not in known)
    problems += [f"{e.name}: the record never had the root that it names" for e in strange]
    notes = [
        f"run {r.run_id} was written and neither entered nor shown, because the program was stopped"
        for r in runs
        if r not in shown and "ledger" in r.manifest and r.run_id not in told
    ]
    notes += [f"{e.name}: {e.content['why']}" for e in lost]
    return Proof(proof.entries, proof.root, list(dict.fromkeys(problems)), [*_notes(current, entries, by_run), *notes])


def _against_runs(runs: Sequence[Snapshot], entries: Sequence[Entry], by_run: Mapping[str, Entry]) -> list[str]:
    """Return what the published runs say against a ledger: each names how many entries it stands under, and their root."""
    found = []
    for run in (r for r in runs if "ledger" in r.manifest):  # a program that knew no ledger named none
        named, entry = run.manifest["ledger"], by_run.get(run.run_id)
        at = entries[named["entries"] - 1] if len(entries) >= named["entries"] else None
        if at is None:
            held = f"the ledger holds {len(entries)} entries, so that some were cut off its end"
            found.append(f"the published run {run.run_id} stands under entry {named['entries']}: {held}")
        elif at.sha256 != named["root"]:
            found.append(f"the published run {run.run_id} stands under another root than that of {at.name}")
        elif entry is not None and (run.verify() or manifest_hash(run.manifest) != entry.content["manifest"]):
            found.append(f"the published run {run.run_id} is not what {entry.name} says was published")
    return found


def _notes(current: Snapshot | None, entries: Sequence[Entry], by_run: Mapping[str, Entry]) -> list[str]:
    if not entries:
        return ["the ledger is empty: it begins with the next `monitor run`"]
    notes, shown = [], "" if current is None else current.run_id
    newest = next((e for e in reversed(entries) if e.kind == ASSESSMENT), None)
    lost = {e.run_id for e in entries if e.kind == LOST}
    if newest is not None and newest.run_id not in {shown, *lost}:
        notes.append(f"run {newest.run_id} was entered and is not shown yet: the next `monitor run` brings them to agree")
    if current is not None and "ledger" not in current.manifest:
        notes.append(f"the current run {shown} was published by a program that knew no ledger")
    return notes
