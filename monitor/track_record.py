"""The newest backtest on disk: what the forecast of today is calibrated by. A home's own, or the one bundled with the program.

The bundled one was made by ``monitor backtest`` from the bundled figures; it counts only for the policy that it was made with.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from monitor.foresight.kept import Kept
from monitor.settings import ROOT

FILE = Path("foresight") / "kept.json"
BUNDLED = ROOT / "monitor" / "foresight" / "bundled.json"


def load(home: Path, policy: str) -> Kept | None:
    """Return the newest backtest that was made with this policy (its hash); none where there is none or it cannot be read."""
    for path in (home / FILE, BUNDLED):
        if path.exists():
            try:
                kept = Kept.model_validate(json.loads(path.read_text(encoding="utf-8")))
            except (ValidationError, ValueError):
                continue  # a backtest makes it anew; until then the forecast says that it is not calibrated
            if kept.policy == policy:
                return kept
    return None


def save(home: Path, kept: Kept) -> Path:
    """Write a backtest as the newest of a home, whole or not at all; return the file."""
    path = home / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(kept.model_dump(mode="json"), ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    part.replace(path)
    return path
