"""A made-up run as tables with every column that a brief reads, with visibly unreal figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from monitor.risk.causes import COLUMNS

RUN_ID = "20260102-030405000006"
TRACKS = ("conflict", "outside_conflict")
COUNTRIES = (
    # iso3, name, region, level, status, conflict index, outside index, level and index a year earlier, held
    ("CMR", "Cameroon", "Africa", "high", "onset risk", 88.0, 44.0, "elevated", 66.0, False),
    ("BRA", "Brazil", "Americas", "insufficient data", "unknown", np.nan, np.nan, "insufficient data", np.nan, False),
    ("TUV", "Tuvalu", "Oceania", "insufficient data", "unknown", np.nan, np.nan, "insufficient data", np.nan, False),
    ("MMR", "Myanmar (Burma)", "Asia", "elevated", "under way", 77.0, 66.0, "high", 99.0, True),
    ("KEN", "Kenya", "Africa", "watch", "recent past", 44.0, 22.0, "watch", 44.0, False),
    ("GBR", "United Kingdom", "Europe", "baseline", "onset risk", 11.0, 22.0, "baseline", 22.0, False),
)
MEASURES = (
    # id, title, series, source, unit, decimals, value, freshness, start, end, indicator
    (
        "made_deaths",
        "Made-up deaths, 12 months",
        "made_a.deaths",
        "made_a",
        "deaths",
        0,
        111.0,
        "fresh",
        "2025-01-01",
        "2025-12-31",
        "1.1",
    ),
    (
        "made_freedom",
        "Made-up freedom",
        "made_b.freedom",
        "made_b",
        "index, 0 to 1",
        2,
        0.22,
        "stale",
        "2024-01-01",
        "2024-12-31",
        "1.2",
    ),
    (
        "made_past",
        "Made-up past",
        "made_a.past",
        "made_a",
        "1 = yes, 0 = none recorded",
        0,
        1.0,
        "fresh",
        "2025-01-01",
        "2025-12-31",
        "2.1",
    ),
    ("made_gone", "Made-up gone", "made_b.gone", "made_b", "percent a year", 1, np.nan, "missing", "", "", "2.1"),
)
FACTORS = (
    ("RF1", "Made-up factor of conflict", "common", ""),
    ("RF2", "Made-up factor of record", "common", ""),
    ("RF9", "Made-up factor of genocide", "specific", "genocide"),
)
INDICATORS = (
    ("RF1", "1.1", "Made-up indicator read", "read", ""),
    ("RF1", "1.2", "Made-up indicator missing", "missing", "made_series"),
    ("RF2", "2.1", "Made-up indicator of context", "context", ""),
    ("RF9", "9.1", "Made-up indicator for a person", "judgement", ""),
    ("RF9", "9.2", "Made-up indicator not connected", "not connected", "made_series;other_series"),
)


# Cameroon rose because the made-up surge holds that did not hold a year before.
CAUSES = (
    ("CMR", "year", "2025-01-02", "rose", "conflict", 1, "signal", "made_surge", "", 3.0, np.nan, 3.3),
    ("CMR", "year", "2025-01-02", "rose", "conflict", 2, "measure", "made_deaths", "", np.nan, 0.4, 0.55),
)


def made_tables(hostile: str = "") -> dict[str, pd.DataFrame]:
    """Return every table of a snapshot, with the columns of ``monitor/risk/frames.py`` and ``monitor/sources.py``."""
    return {
        "assessments": _assessments(),
        "factors": _factors(),
        "indicators": _indicators(hostile),
        "readings": _readings(hostile),
        "drivers": _drivers(),
        "signals": _signals(),
        "intervals": _intervals(),
        "causes": pd.DataFrame(CAUSES, columns=list(COLUMNS)),
        "sources": _sources(hostile),
        "series": _series(hostile),
        "documents": pd.DataFrame(
            {
                "sha256": ["a" * 64],
                "source": ["made_a"],
                "name": ["made.csv"],
                "url": ["https://example.org/made.csv"],
                "release": ["1"],
                "via": [""],
                "fetched_at": ["2026-01-01T00:00:00Z"],
            }
        ),
        "observations": _observations(),
    }


def _assessments() -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for iso3, name, region, level, status, conflict, outside, before, index_before, held in COUNTRIES:
        index = np.nan if np.isnan(conflict) else max(conflict, outside)
        row = {
            "iso3": iso3,
            "name": name,
            "short": name.split(" (")[0],
            "region": region,
            "level": level,
            "status": status,
            "status_deaths": 2222.0 if status == "under way" else np.nan if status == "unknown" else 0.0,
            "status_until": "" if status == "unknown" else "2025-12-31",
            "status_known": 0 if status == "unknown" else 12,
            "status_since": {"under way": "2025-04-30", "recent past": "2022-04-30"}.get(status, ""),
            "status_fresh": status != "unknown",
            "status_peak": np.nan if status == "unknown" else 0.0,
            "status_peak_month": "" if status == "unknown" else "2025-10-31",
            "headline": "" if np.isnan(index) else ("conflict" if conflict >= outside else "outside_conflict"),
            "index": index,
            "held": held,
            "level_before": before,
            "headline_before": "" if np.isnan(index_before) else "conflict" if conflict >= outside else "outside_conflict",
            "index_before": index_before,
            "change": index - index_before,
        }
        for track, value in zip(TRACKS, (conflict, outside), strict=True):
            row |= {
                f"{track}_level": _level_at(value) if track != "conflict" or not held else level,
                f"{track}_base": _level_at(value),
                f"{track}_index": value,
                f"{track}_score": value / 100,
                f"{track}_covered": 1 if np.isnan(value) else 4,
                f"{track}_core": 5,
                f"{track}_held": held and track == "conflict",
                f"{track}_evidence": "7",
                f"{track}_until": "2025-12-31",
                f"{track}_before": value - 11,
                f"{track}_seen": _level_at(value),
                f"{track}_stays": "held" if held and track == "conflict" else "",
                f"{track}_fired": "",
                **{f"{track}_{count}": 0 for count in ("easing", "rising")},
                **{f"{track}_{rank}": -1 for rank in ("easing_to", "rising_to")},
            }
        rows.append(row | {"level_seen": row[f"{row['headline']}_seen"] if row["headline"] else "insufficient data"})
    frame = pd.DataFrame(rows)
    frame["rank"] = frame["index"].rank(ascending=False, method="min").astype("Int64")
    return frame


def _level_at(index: float) -> str:
    if np.isnan(index):
        return "insufficient data"
    return "high" if index >= 80 else "elevated" if index >= 60 else "watch" if index >= 40 else "baseline"


def _factors() -> pd.DataFrame:
    rows = [
        {
            "iso3": c[0],
            "track": track,
            "factor": f,
            "name": name,
            "group": group,
            "crime": crime,
            "score": np.nan if f == "RF9" else 0.55,
            "covered": 0 if f == "RF9" else 1,
            "core": 2,
            "thin": f == "RF9",
        }
        for c in COUNTRIES
        for track in TRACKS
        for f, name, group, crime in FACTORS
    ]
    return pd.DataFrame(rows)


def _indicators(hostile: str) -> pd.DataFrame:
    rows = [
        {
            "iso3": c[0],
            "factor": factor,
            "indicator": i,
            "text": f"{text} {hostile}".strip(),
            "scope": "both",
            "measurability": "proxy",
            "core": True,
            "conflict_score": 0.55 if state == "read" else np.nan,
            "outside_conflict_score": 0.44 if state == "read" else np.nan,
            "state": state,
            "not_connected": missing,
        }
        for c in COUNTRIES
        for factor, i, text, state, missing in INDICATORS
    ]
    return pd.DataFrame(rows)


def _readings(hostile: str) -> pd.DataFrame:
    rows = [
        {
            "iso3": c[0],
            "measure": m,
            "title": f"{title} {hostile}".strip(),
            "series": series,
            "source": source,
            "value": value,
            "unit": unit,
            "decimals": decimals,
            "score": np.nan if np.isnan(value) else 0.55,
            "freshness": freshness,
            "start": start,
            "end": end,
            "known": 12,
            "asked": 12,
            "lasting": m == "made_past",
            "peak": np.nan,
            "peak_end": "",
            "between_elections": False,
            "provisional": m == "made_deaths",
            "document": "a" * 64,
            "place": 1,
            "indicators": under,
        }
        for c in COUNTRIES
        for m, title, series, source, unit, decimals, value, freshness, start, end, under in MEASURES
    ]
    return pd.DataFrame(rows).astype({"place": "Int64"})


def _drivers() -> pd.DataFrame:
    rows = [
        {
            "iso3": c[0],
            "track": track,
            "direction": direction,
            "order": 1,
            "measure": measure,
            "contribution": contribution,
            "score": score,
            "score_before": before,
        }
        for c in COUNTRIES
        for track in TRACKS
        for direction, measure, contribution, score, before in (
            ("raises", "made_deaths", 0.04, 0.9, 0.5),
            ("holds down", "made_freedom", -0.02, 0.3, 0.3),
        )
    ]
    return pd.DataFrame(rows)


def _signals() -> pd.DataFrame:
    rows = [
        {
            "iso3": c[0],
            "signal": "made_surge",
            "title": "Made-up surge",
            "value": 3.3,
            "unit": "times",
            "threshold": 3.0,
            "end": "2025-12-31",
            "fresh": True,
            "fired": c[0] == "CMR",
            "tracks": "conflict",
        }
        for c in COUNTRIES
    ]
    return pd.DataFrame(rows)


def _intervals() -> pd.DataFrame:
    """Return intervals two ranks wide, and 111 to 133 where there is no rank."""
    rows = [
        {"iso3": iso3, "index_low": index - 5, "index_high": index + 5, "rank_low": low, "rank_high": low + 2, "in_top_30": 0.66}
        | {"p_watch": 0.22, "p_elevated": 0.11, "p_high": 0.33, "draws": 555}
        for iso3, index, low in (("CMR", 88.0, 1), ("MMR", 77.0, 1), ("KEN", 44.0, 2), ("GBR", 22.0, 3))
    ]
    blind = {"index_low": 5.0, "index_high": 95.0, "rank_low": 111, "rank_high": 133, "in_top_30": 0.05}
    rows += [{"iso3": c} | blind | {"p_watch": 0.1, "p_elevated": 0.1, "p_high": 0.1, "draws": 555} for c in ("BRA", "TUV")]
    return pd.DataFrame(rows).astype({"rank_low": "Int64", "rank_high": "Int64"})


def _sources(hostile: str) -> pd.DataFrame:
    common = {
        "provider": "Made-up provider",
        "licence": "CC BY 4.0",
        "licence_url": "https://example.org/by",
        "citation": "Made-up (2026).",
        "homepage": "https://example.org/",
        "redistribute": True,
        "enabled": True,
        "last_run": "2026-01-02T03:04:05Z",
        "last_good": "2026-01-01T03:04:05Z",
        "release": "1.1",
        "via": "",
        "rows": 111,
        "from_starter": False,
        "note": "",
    }
    states = (
        {
            "source": "made_a",
            "title": f"Made-up source A {hostile}".strip(),
            "state": "ok",
            "last_status": "new",
            "error_kind": "",
            "error": "",
            "what_to_do": "",
            "newest_period": "2025-12-31",
            "age_days": 2,
            "max_age_days": 100,
        },
        {
            "source": "made_b",
            "title": f"Made-up source B {hostile}".strip(),
            "state": "failed",
            "last_status": "failed",
            "error_kind": "could not be reached",
            "error": f"no answer within 30 seconds {hostile}".strip(),
            "what_to_do": "try again later",
            "newest_period": "2024-12-31",
            "age_days": 367,
            "max_age_days": 900,
        },
    )
    return pd.DataFrame([{**common, **s} for s in states]).astype({"age_days": "Int64"})


def _series(hostile: str) -> pd.DataFrame:
    rows = [
        {
            "series": series,
            "source": source,
            "title": f"{title} {hostile}".strip(),
            "unit": unit,
            "frequency": "year",
            "decimals": decimals,
            "blank": "unknown",
            "conflict_derived": False,
            "redistribute": True,
            "note": "",
            "newest_period": end,
            "countries": 6,
            "rows": 11,
            "measures": measure,
        }
        for measure, title, series, source, unit, decimals, _, _, _, end, _ in MEASURES
    ]
    return pd.DataFrame(rows)


def _observations() -> pd.DataFrame:
    """Return 2020-2025 of one series for each country, without 2022: a gap that must stay a gap; 2025 is provisional."""
    years = [2020, 2021, 2023, 2024, 2025]
    rows = [
        {
            "series": "made_a.deaths",
            "iso3": c[0],
            "start": f"{y}-01-01",
            "end": f"{y}-12-31",
            "value": 111.0 * (y - 2019),
            "status": "provisional" if y == 2025 else "final",
            "document": "a" * 64,
            "place": y,
        }
        for c in COUNTRIES
        for y in years
    ]
    frame = pd.DataFrame(rows).astype({"place": "Int64"})
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


def made_manifest(run_id: str, *, starter: bool) -> dict[str, Any]:
    """Return the manifest of the made-up snapshot."""
    meanings = {"baseline": "Made-up base.", "watch": "Made-up watch.", "elevated": "Made-up elevated.", "high": "Made-up high."}
    return {
        "run_id": run_id,
        "as_of": "2026-01-02",
        "before_as_of": "2025-01-02",
        "made_at": "2026-01-02T03:04:05Z",
        "basis": "recorded",
        "version": "0.0.0",
        "framework": {
            "hash": "0" * 16,
            "version": "made-up",
            "title": "Made-up framework",
            "source": "Made-up source",
            "source_url": "https://example.org/framework",
            "text_policy": "Made-up.",
            "reference_period": [2000, 2019],
            "share_of_core": 0.5,
            "levels": [{"id": k, "meaning": v} for k, v in meanings.items()],
            "tracks": {
                track: {"title": title, "entry": [0.5, 0.6, 0.7], "exit": [0.4, 0.5, 0.6], "index_at_exit": [38.5, 56.9, 75.0]}
                for track, title in (("conflict", "Conflict-related"), ("outside_conflict", "Outside conflict"))
            },
            "steps": {"provisional_updates": 2, "lower_periods": 3},
            "under_way": {"series": "made_a.deaths", "months": 12, "at_least": 1000, "recent_years": 5},
            "not_connected": {"made_series": "a made-up series", "other_series": "another made-up series"},
        },
        "index_at_entry": [40, 60, 80],
        "rose_points": 5,
        "watchlist": ["CMR", "MMR"],
        "via": "",
        "starter": {"used": starter, "built": "2026-01-01", "note": "Made-up note."},
    }
