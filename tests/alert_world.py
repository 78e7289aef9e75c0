"""Tables of one assessment, made by hand for flags and the digest: visibly unreal figures of a few countries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from monitor.risk.framework import TRACK_IDS

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
