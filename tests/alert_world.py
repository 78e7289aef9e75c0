"""Tables of one assessment, made by hand for flags and the digest: visibly unreal figures of a few countries."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from monitor.alerts import ledger_table
from monitor.briefs.actions import actions
from monitor.briefs.levers import LeverBook
from monitor.risk.causes import COLUMNS
from monitor.risk.framework import TRACK_IDS
from monitor.settings import load_config
from tests.conftest import CONFIG

AS_OF = "2026-11-23"


def said(iso3: str = "AAA", level: str = "watch", **given: Any) -> dict[str, Any]:
    """Return a row of ``assessments``: fresh, the same on both tracks as a year before, nothing held, nobody killed."""
    row: dict[str, Any] = {"iso3": iso3, "name": f"Country {iso3}", "short": iso3, "region": "Made-up", "level": level}
    row |= {"level_seen": level, "headline": "conflict", "index": 44.0, "held": False, "rank": 1}
    row |= {"level_before": level, "headline_before": "conflict", "index_before": 44.0, "change": 0.0}
    row |= {"run_before": "2026-11-16", "level_run_before": level, "status_run_before": "onset risk"}
    row |= {"status": "onset risk", "status_deaths": 11.0, "status_until": "2026-10-31", "status_since": "", "status_known": 12}
    row |= {"status_gaps": 0, "status_peak": 11.0, "status_peak_month": "2026-05-31", "status_held": False, "status_fresh": True}
    for track in TRACK_IDS:
        row |= {f"{track}_level": level, f"{track}_level_before": level, f"{track}_index": 44.0, f"{track}_before": 44.0}
        row |= {f"{track}_held": False, f"{track}_until": "2026-09-30", f"{track}_stays": "", f"{track}_seen": level}
        row |= {f"{track}_easing": 0, f"{track}_rising": 0, f"{track}_rising_to": "", f"{track}_covered": 30, f"{track}_core": 40}
        row |= {f"{track}_base": level, f"{track}_fired": "", f"{track}_carried": ""}
    return row | given


def signal(iso3: str, name: str, *, fired: bool = True, **given: Any) -> dict[str, Any]:
    """Return a row of ``signals``."""
    row = {"iso3": iso3, "signal": name, "title": f"Made-up {name}", "series": "x.killed", "value": 3.33 if fired else 0.0}
    row |= {"unit": "times", "threshold": 3.0, "start": "2025-10-01", "end": "2026-09-30", "seen": True, "fresh": True}
    row |= {"fired": fired, "tracks": "conflict", "provisional": False, "document": "", "place": 1, "false_alarms_a_year": 1.0}
    return row | given


def source(name: str = "made", state: str = "ok", **given: Any) -> dict[str, Any]:
    """Return a row of ``sources``."""
    row = {"source": name, "title": f"Made-up source {name}", "provider": "Nobody", "enabled": True, "state": state}
    row |= {"newest_period": "2026-09-30", "age_days": 54, "error": "", "error_kind": "", "what_to_do": "", "from_starter": False}
    return row | {"licence": "none", "homepage": "https://example.org/"} | given


def tables(*rows: dict[str, Any], signals: Any = (), sources: Any = (), **more: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables that hold these rows."""
    signal_rows = list(signals) or [signal("NONE", "killings_surge", fired=False, seen=False)]
    found = {"assessments": pd.DataFrame(list(rows)), "signals": pd.DataFrame(signal_rows)}
    return found | {"sources": pd.DataFrame(list(sources) or [source()])} | more


UNKNOWN = np.nan


def alert(iso3: str = "AAA", kind: str = "level", reason: str = "new", **given: Any) -> dict[str, Any]:
    """Return a row of the published table ``alerts``, said on the day of the assessment."""
    row = {"id": f"{iso3}-{kind}-{reason}", "said": f"{AS_OF}T06:00:00.000000Z", "as_of": AS_OF, "iso3": iso3, "name": iso3}
    row |= {"kind": kind, "title": "Level", "track": "conflict", "subject": "", "reason": reason, "grade": 2, "was": 1}
    row |= {"called": "elevated", "level": "elevated", "period": "2026-09-30", "fresh": True, "provisional": False}
    return row | {"immediate": False, "approved": False, "words": "newly elevated; a year before: watch", "factors": ""} | given


def week(*rows: dict[str, Any], alerts: Any = (), **more: Any) -> dict[str, pd.DataFrame]:
    """Return the tables that a digest reads; ``more``: tables, or rows of ``sources`` and ``signals``."""
    bare = tables(*rows, **{k: v for k, v in more.items() if k in ("signals", "sources")})
    months = [f"2026-{month:02}-28" for month in range(1, 11)]
    history = [{"iso3": r["iso3"], "as_of": day, "level": r["level"]} for r in rows for day in months]
    between = [{"iso3": r["iso3"], "rank_low": 1.0, "rank_high": 9.0} for r in rows]
    plain = {
        "alerts": pd.DataFrame(list(alerts), columns=list(ledger_table.COLUMNS)).astype({"immediate": bool, "approved": bool}),
        "causes": pd.DataFrame(columns=list(COLUMNS)),
        "readings": pd.DataFrame({"iso3": ["AAA"], "measure": ["rights"], "title": ["Made-up rights"]}),
        "factors": pd.DataFrame(
            [{"iso3": r["iso3"], "track": t, "factor": "RF7", "score": 0.9, "thin": False} for r in rows for t in TRACK_IDS]
        ),
        "history": pd.DataFrame(history),
        "intervals": pd.DataFrame(between),
        "protocol_actions": called_for(),
        "flags": pd.DataFrame(),
    }
    return bare | plain | {k: v for k, v in more.items() if k not in ("signals", "sources")}


@cache
def called_for() -> pd.DataFrame:
    """Return what the shipped protocol calls for at each level."""
    config = load_config(CONFIG)
    return actions(config.protocol, config.levers)


@cache
def levers() -> LeverBook:
    """Return the shipped levers."""
    return load_config(CONFIG).levers


def manifest(**given: Any) -> dict[str, Any]:
    """Return what a manifest says of a run, as far as a digest reads it."""
    levels = [{"id": name, "meaning": name} for name in ("baseline", "watch", "elevated", "high")]
    tracks = {"conflict": {"title": "Conflict-related"}, "outside_conflict": {"title": "Outside conflict"}}
    alerts = {"policy": "p" * 16, "approval": True, "said": {}, "held_back": {}, "first_look": False}
    plain = {"as_of": AS_OF, "made_at": f"{AS_OF}T06:00:00Z", "watchlist": ["AAA"], "rose_points": 5, "alerts": alerts}
    plain |= {"framework": {"hash": "f" * 16, "levels": levels, "tracks": tracks}, "index_at_entry": [40.0, 60.0, 80.0]}
    return plain | {"starter": {"used": False, "built": ""}, "run_id": "made"} | given
