"""A tiny published snapshot of made-up figures (111, 222, ...), for the dashboard's tests. Not a word of it is a finding."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd

from monitor.storage.snapshot import publish

RUN_ID = "20260102-030405000006"
TRACKS = ("conflict", "outside_conflict")
SHA = "a" * 64

# Brazil has insufficient data; Myanmar is under way, and its level is held above what its index says today.
COUNTRIES = """
iso3, name,            short,    region,   level,             status,      conflict, outside, was,               before, held
BRA,  Brazil,          Brazil,   Americas, insufficient data, unknown,     ,         ,        insufficient data, ,       no
TUV,  Tuvalu,          Tuvalu,   Oceania,  insufficient data, unknown,     ,         ,        insufficient data, ,       no
CMR,  Cameroon,        Cameroon, Africa,   high,              onset risk,  88.8,     44.4,    elevated,          66.6,   no
MMR,  Myanmar (Burma), Myanmar,  Asia,     elevated,          under way,   55.5,     33.3,    high,              99.9,   yes
KEN,  Kenya,           Kenya,    Africa,   watch,             recent past, 44.4,     22.2,    watch,             44.4,   no
GBR,  United Kingdom,  UK,       Europe,   baseline,          onset risk,  11.1,     39.9,    baseline,          39.9,   no
"""
# Brazil and Tuvalu have no rank, and may have any.
INTERVALS = """
iso3, index_low, index_high, rank_low, rank_high, in_top_30
BRA,  5.5,       95.5,       1,        133,       0.11
TUV,  5.5,       95.5,       1,        133,       0.11
CMR,  77.7,      99.9,       1,        2,         0.99
MMR,  44.4,      66.6,       1,        3,         0.88
KEN,  33.3,      55.5,       2,        4,         0.66
GBR,  22.2,      44.4,       4,        4,         0.02
"""
# The conflict track of Cameroon rests on four measures; the fourth has no figure.
READINGS = """
measure,      title,                    series,         source, value, unit,                         dec., freshness, year, under
made_deaths,  Made-up deaths 12 months, made_a.deaths,  made_a, 111,   deaths,                       0,    fresh,     2025, 1.1
made_freedom, Made-up freedom,          made_b.freedom, made_b, 0.222, index from 0 to 1,            3,    stale,     2024, 1.2
made_past,    Made-up past,             made_a.past,    made_a, 1,     "1 = yes, 0 = none recorded", 0,    fresh,     1998, 2.1
made_gone,    Made-up gone,             made_b.gone,    made_b, ,      percent a year,               1,    missing,   ,     2.1
"""
FACTORS = """
factor, name,                       group,    crime,    score, covered, core
RF1,    Made-up factor of conflict, common,   ,         0.555, 2,       2
RF2,    Made-up factor of record,   common,   ,         0.333, 0,       2
RF9,    Made-up factor of genocide, specific, genocide, ,      0,       0
"""
INDICATORS = """
factor, indicator, text,                            state,         score, not_connected
RF1,    1.1,       Made-up indicator read,          read,          0.555,
RF1,    1.2,       Made-up indicator missing,       missing,       ,      made_series
RF2,    2.1,       Made-up indicator of context,    context,       ,
RF9,    9.1,       Made-up indicator for a person,  judgement,     ,
RF9,    9.2,       Made-up indicator not connected, not connected, ,      made_series;other_series
"""
DRIVERS = """
direction,  measure,      contribution, score, score_before
raises,     made_deaths,  0.04,         0.9,   0.5
holds down, made_freedom, -0.02,        0.3,   0.3
"""
# Cameroon rose because the made-up surge holds that did not hold a year ago.
CAUSE = {
    "iso3": "CMR", "against": "year", "since": "2025-01-02", "way": "rose", "track": "conflict", "order": 1, "kind": "signal",
    "name": "made_surge", "level": "", "mark": 3.0, "before": float("nan"), "now": 3.33,
}  # fmt: skip
SOURCES = """
source, title,            state,  error_kind,           error,             what_to_do,      newest_period, age_days
made_a, Made-up source A, ok,     ,                     ,                  ,                2025-12-31,    2
made_b, Made-up source B, failed, could not be reached, no answer in 30 s, try again later, 2024-12-31,    367
"""


def publish_made(home: Path, *, hostile: str = "", starter: bool = False, run_id: str = RUN_ID) -> Path:
    """Publish the made-up snapshot. ``hostile``: text put wherever a source or a config file could put its own."""
    return publish(home, made_tables(hostile, starter=starter), made_manifest(run_id, starter=starter), run_id)


def made_tables(hostile: str = "", *, starter: bool = False) -> dict[str, pd.DataFrame]:
    """Return every table of a snapshot, with the columns of ``monitor/risk/frames.py`` and ``monitor/sources.py``."""
    return {
        "assessments": _assessments(),
        "intervals": _intervals(),
        "factors": _factors(hostile),
        "indicators": _indicators(hostile),
        "readings": _readings(hostile),
        "drivers": _each(_each(_rows(DRIVERS), "track", TRACKS), "iso3").assign(order=1),
        "signals": _signals(hostile),
        "causes": pd.DataFrame([CAUSE]),
        "sources": _sources(hostile, starter),
        "series": _series(hostile),
        "documents": pd.DataFrame({"sha256": [SHA], "source": ["made_a"], "url": ["https://example.org/made.csv"], "via": [""]}),
        "observations": _observations(),
    }


def _rows(text: str) -> pd.DataFrame:
    """Return a table as written above: empty text is empty, an empty number is missing."""
    table = pd.read_csv(io.StringIO(text.strip()), skipinitialspace=True, dtype=str, keep_default_na=False)
    table.columns = [c.strip() for c in table.columns]
    table = table.map(str.strip)
    numbers = (
        "value",
        "score",
        "score_before",
        "contribution",
        "conflict",
        "outside",
        "before",
        "index_low",
        "index_high",
        "in_top_30",
    )
    whole = ("dec.", "covered", "core", "age_days", "rank_low", "rank_high")
    return table.assign(
        **{c: pd.to_numeric(table[c].replace("", None)) for c in table if c in numbers},
        **{c: table[c].astype("int64") for c in table if c in whole},
    )


def _each(table: pd.DataFrame, column: str, values: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the table once for each value; for each country unless told otherwise."""
    return table.merge(pd.DataFrame({column: list(values or _rows(COUNTRIES)["iso3"])}), how="cross")


def _assessments() -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for c in _rows(COUNTRIES).to_dict("records"):
        known, held = pd.notna(c["conflict"]), c["held"] == "yes"
        index = {"conflict": c["conflict"], "outside_conflict": c["outside"]}
        top = max(index.values()) if known else float("nan")
        row = {key: c[key] for key in ("iso3", "name", "short", "region", "level", "status")} | {
            "level_before": c["was"],
            "status_deaths": {"under way": 2222.0, "unknown": float("nan")}.get(c["status"], 0.0),
            "status_until": "2025-12-31" if known else "",
            "status_known": 12 if known else 0,
            "status_since": {"under way": "2025-04-30", "recent past": "2022-04-30"}.get(c["status"], ""),
            "status_fresh": known,
            "status_peak": {"under way": 999.0, "unknown": float("nan")}.get(c["status"], 0.0),
            "status_peak_month": "2025-10-31" if known else "",
            "headline": ("conflict" if top == c["conflict"] else "outside_conflict") if known else "",
            "index": top,
            "headline_before": ("conflict" if top == c["conflict"] else "outside_conflict") if known else "",
            "index_before": c["before"],
            "change": top - c["before"],
            "held": held,
        }
        for track in TRACKS:
            on_this = held and track == "conflict"
            row |= {
                f"{track}_level": c["level"] if on_this else _level_at(index[track]),
                f"{track}_base": _level_at(index[track]),
                f"{track}_index": index[track],
                f"{track}_before": index[track] - 11,
                f"{track}_covered": 4 if known else 1,
                f"{track}_core": 5,
                f"{track}_held": on_this,
                f"{track}_until": "2025-12-31",
                f"{track}_seen": _level_at(index[track]),
                f"{track}_stays": "held" if on_this else "",
                **{f"{track}_{count}": 0 for count in ("easing", "rising")},
                **{f"{track}_{rank}": -1 for rank in ("easing_to", "rising_to")},
            }
        rows.append(row | {"level_seen": row[f"{row['headline']}_seen"] if known else "insufficient data"})
    frame = pd.DataFrame(rows)
    return frame.assign(rank=frame["index"].rank(ascending=False, method="min").astype("Int64"))


def _level_at(index: float) -> str:
    if pd.isna(index):
        return "insufficient data"
    return "high" if index >= 80 else "elevated" if index >= 60 else "watch" if index >= 40 else "baseline"


def _intervals() -> pd.DataFrame:
    table = _rows(INTERVALS)
    return table.assign(p_watch=0.22, p_elevated=0.11, p_high=0.33, draws=555).astype({"rank_low": "Int64", "rank_high": "Int64"})


def _factors(hostile: str) -> pd.DataFrame:
    table = _rows(FACTORS)
    table["thin"], table["name"] = table["covered"] * 2 < table["core"].clip(lower=1), _with(table["name"], hostile)
    return _each(_each(table, "track", TRACKS), "iso3")


def _indicators(hostile: str) -> pd.DataFrame:
    table = _rows(INDICATORS).rename(columns={"score": "conflict_score"})
    table["outside_conflict_score"], table["text"] = table["conflict_score"], _with(table["text"], hostile)
    return _each(table, "iso3").assign(scope="both", measurability="proxy", core=True)


def _readings(hostile: str) -> pd.DataFrame:
    table = _rows(READINGS).rename(columns={"dec.": "decimals", "year": "start", "under": "indicators"})
    end = table["start"].map(lambda y: f"{y}-12-31" if y else "")
    start = table["start"].map(lambda y: f"{y}-01-01" if y else "")
    table = table.assign(title=_with(table["title"], hostile), short=table["measure"], start=start, end=end, known=12, asked=12)
    table = table.assign(lasting=table["measure"] == "made_past", provisional=table["measure"] == "made_deaths")
    table = table.assign(peak=float("nan"), peak_end="", between_elections=False)
    score = table["value"].where(table["value"].isna(), 0.555)
    return _each(table.assign(score=score, document=SHA, place=1), "iso3").astype({"place": "Int64"})


def _signals(hostile: str) -> pd.DataFrame:
    one = {"signal": "made_surge", "title": f"Made-up surge {hostile}".strip(), "value": 3.33, "unit": "times", "threshold": 3.0}
    table = _each(pd.DataFrame([one | {"end": "2025-12-31", "seen": True, "fresh": True, "tracks": "conflict"}]), "iso3")
    return table.assign(fired=table["iso3"] == "CMR")


def _sources(hostile: str, starter: bool) -> pd.DataFrame:
    table = _rows(SOURCES)
    failed = table["state"] == "failed"
    return table.assign(
        title=_with(table["title"], hostile),
        error=table["error"].where(~failed, _with(table["error"], hostile)),
        what_to_do=table["what_to_do"].where(~failed, _with(table["what_to_do"], hostile)),
        age_days=table["age_days"].astype("Int64"),
        provider="Made-up provider",
        licence="CC BY 4.0",
        citation=_with(pd.Series(["Made-up (2026)."] * len(table)), hostile),
        enabled=True,
        last_good="2026-01-01T03:04:05Z",
        max_age_days=900,
        rows=111,
        from_starter=starter,
    )


def _series(hostile: str) -> pd.DataFrame:
    table = _rows(READINGS).rename(columns={"dec.": "decimals"})[["series", "source", "title", "unit", "decimals"]]
    return table.assign(title=_with(table["title"], hostile), frequency="year", note=hostile, newest_period="2025-12-31")


def _with(texts: pd.Series, hostile: str) -> pd.Series:
    return (texts + " " + hostile).str.strip()


def _observations() -> pd.DataFrame:
    """Return 2020 to 2025 of two series for each country, without 2022: a gap that must stay a gap; 2025 is provisional."""
    years = pd.DataFrame({"year": [2020, 2021, 2023, 2024, 2025], "value": [111.0, 222.0, 444.0, 555.0, 666.0]})
    table = _each(_each(years, "series", ("made_a.deaths", "made_b.freedom")), "iso3")
    return pd.DataFrame(
        {
            "series": table["series"].astype("category"),
            "iso3": table["iso3"],
            "start": pd.to_datetime(table["year"].map(lambda y: f"{y}-01-01")),
            "end": pd.to_datetime(table["year"].map(lambda y: f"{y}-12-31")),
            "value": table["value"],
            "status": ["provisional" if y == 2025 else "final" for y in table["year"]],
            "document": SHA,
        }
    )


def made_manifest(run_id: str = RUN_ID, *, starter: bool = False) -> dict[str, Any]:
    """Return the manifest of the made-up snapshot."""
    meanings = {"baseline": "Made-up base.", "watch": "Made-up watch.", "elevated": "Made-up elevated.", "high": "Made-up high."}
    return {
        "run_id": run_id,
        "as_of": "2026-01-02",
        "before_as_of": "2025-01-02",
        "made_at": "2026-01-02T03:04:05Z",
        "version": "0.0.0",
        "framework": {
            "hash": "0123456789abcdef",
            "title": "Made-up framework",
            "version": "9.9",
            "source": "Made-up source of the framework",
            "source_url": "https://example.org/framework",
            "reference_period": [2000, 2019],
            "text_policy": "Made-up policy.",
            "share_of_core": 0.5,
            "levels": [{"id": level, "meaning": meaning} for level, meaning in meanings.items()],
            "tracks": {"conflict": {"title": "Conflict-related"}, "outside_conflict": {"title": "Outside conflict"}},
            "steps": {"provisional_updates": 2, "lower_periods": 3},
            "under_way": {"series": "made_a.deaths", "months": 12, "at_least": 1000.0, "recent_years": 5},
            "not_connected": {"made_series": "a made-up series", "other_series": "another made-up series"},
        },
        "index_at_entry": [40.0, 60.0, 80.0],
        "rose_points": 5.0,
        "watchlist": ["CMR", "MMR"],
        "via": "",
        "starter": {"used": starter, "built": "2026-01-01"},
    }
