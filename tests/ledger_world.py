"""A home whose runs are entered into the ledger: made-up countries, an assessment and a forecast of two of them.

``python -m tests.ledger_world HOME RUN STEP`` publishes one run and is killed (SIGKILL) at a step of it.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from monitor import public_ledger
from monitor.public_ledger import Sealing
from monitor.storage import ledger, snapshot
from monitor.storage.store import Store
from tests.conftest import CONFIG

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def tables(level: str = "watch", risk: float = 0.125) -> dict[str, pd.DataFrame]:
    """Return the tables of a run that the ledger reads."""
    one = {"level": level, "status": "onset risk", "rank": 1, "conflict_level": level, "conflict_index": 41.9}
    said = [
        {"iso3": c, **one, "outside_conflict_level": "baseline", "outside_conflict_index": float("nan")} for c in ("AAA", "BBB")
    ]
    block = {"target": "t", "horizon": 1, "track": "headline", "year_from": 2025, "first_year": 2026, "last_year": 2026}
    odds = {
        "used": "ensemble",
        "calibrated": True,
        "low": 0.0625,
        "high": 0.25,
        "rank": 1,
        "rank_low": 1,
        "rank_high": 2,
        "at_risk": True,
    }
    rows = [{**block, **odds, "iso3": "AAA", "risk": risk}, {**block, **odds, "iso3": "BBB", "risk": float("nan")}]
    return {"assessments": pd.DataFrame(said), "forecasts": pd.DataFrame(rows)}


def manifest(run_id: str, key: str = "k") -> dict[str, Any]:
    """Return what a manifest says, as far as the ledger reads it."""
    forecast = {"key": key, "parts": {"figures": "f"}, "made_at": "2026-11-20T12:00:00.000000Z"}
    return {
        **{"run_id": run_id, "as_of": "2026-11-20", "made_at": "2026-11-20T12:00:00Z"},
        **{"framework": {"hash": "0123456789abcdef"}, "forecast": forecast},
    }


def publish(home: Path, run_id: str, key: str = "k", **changes: Any) -> Store:
    """Do what the last step of a run does: under the lock, agree, then enter and publish."""
    store, made = Store(home), tables(**changes)
    with store.writing():
        public_ledger.agree(home, store, NOW)
        snapshot.publish(home, made, manifest(run_id, key), run_id, Sealing(store, made, CONFIG, NOW))
    return store


# ---------------------------------------------------------------------------------------------------- where it is killed

STEPS = {
    "before anything is written": (snapshot, "_write", False),
    "before the manifest": (snapshot, "_write_text", False),
    "after it is in its place": (snapshot, "_remove", False),
    "before it is entered": (Sealing, "append", False),
    "while it is entered": (ledger, "add_moment", True),
    "after it is entered": (snapshot, "_point", False),
    "after the pointer moved": (snapshot, "_prune", False),
    "after all of it": (snapshot, "_prune", True),
}


def kill_at(step: str) -> None:
    """Have this process killed when it comes to a step: before the function named there, or after it."""
    owner, name, after = STEPS[step]
    real = getattr(owner, name)

    def fatal(*given: Any, **more: Any) -> Any:
        if after:
            real(*given, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, fatal)


if __name__ == "__main__":
    kill_at(sys.argv[3])
    publish(Path(sys.argv[1]), sys.argv[2], level="high")
