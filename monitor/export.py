"""The published figures as files for others: CSV and Parquet, with licences and citations beside them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from monitor.redistribution import without_barred
from monitor.storage.snapshot import Snapshot

TABLES = (
    *("assessments", "factors", "indicators", "readings", "drivers", "signals", "intervals"),
    *("series", "sources", "observations"),
)
BLANKED = (
    "- Left blank for the same reason, for every country: the indicators and risk factors that rest on them, the exact scores of "
    "their tracks, how much of them was read, and what drives them; the index is rounded to whole points"
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\x00", "＝", "＋", "－", "＠")


def export(snapshot: Snapshot, out: Path) -> list[Path]:
    """Write every table of a snapshot to ``out`` as CSV and Parquet, and ``LICENCES.md`` and ``citations.csv``; return the files.

    Figures of series that may not be redistributed are left out, and named in ``LICENCES.md``. Text cells that a spreadsheet
    would take for a formula are escaped; numbers stay numbers; a missing value is an empty cell.
    """
    out.mkdir(parents=True, exist_ok=True)
    series = snapshot.table("series")
    barred = set(series.loc[~series["redistribute"], "series"])
    tables = without_barred({name: snapshot.table(name) for name in TABLES}, barred)
    paths = [
        path
        for name, frame in tables.items()
        for path in (_csv(frame, out / f"{name}.csv"), _parquet(frame, out / f"{name}.parquet"))
    ]
    sources = snapshot.table("sources")
    paths.append(
        _csv(sources[["source", "title", "provider", "licence", "licence_url", "citation", "homepage"]], out / "citations.csv")
    )
    paths.append(_text(_licences(snapshot, sources, series, barred), out / "LICENCES.md"))
    return paths


def safe_cell(value: object) -> object:
    """Return text that no spreadsheet takes for a formula; anything else unchanged."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _csv(frame: pd.DataFrame, path: Path) -> Path:
    words = frame.select_dtypes(include=["str", "category"]).columns
    safe = frame.assign(**{c: frame[c].astype("str").map(safe_cell) for c in words})
    part = path.with_suffix(".part")
    safe.to_csv(part, index=False, quoting=csv.QUOTE_MINIMAL, date_format="%Y-%m-%d", encoding="utf-8")
    return part.replace(path)


def _parquet(frame: pd.DataFrame, path: Path) -> Path:
    part = path.with_suffix(".part")
    frame.to_parquet(part, compression="zstd", index=False)
    return part.replace(path)


def _text(text: str, path: Path) -> Path:
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    return part.replace(path)


def _licences(snapshot: Snapshot, sources: pd.DataFrame, series: pd.DataFrame, barred: set[str]) -> str:
    made = datetime.fromisoformat(snapshot.manifest["made_at"]).astimezone(UTC)
    lines = [
        "# Licences and citations",
        "",
        f"Atrocity Monitor, run {snapshot.run_id}, as of {snapshot.manifest['as_of']}, made {made:%Y-%m-%d %H:%M} UTC, "
        f"framework {snapshot.manifest['framework']['hash']}.",
        "Each figure stays under the licence of its publisher. "
        "Scores and levels are this program's own; no publisher answers for them.",
        "",
    ]
    for row in sources.astype("str").to_dict("records"):
        release = row["release"] or ("not stated by the publisher" if row["last_good"] else "not collected")
        held = sorted(set(series.loc[series["source"] == row["source"], "series"]) & barred)
        lines += [
            f"## {row['title']}",
            "",
            f"- Publisher: {row['provider']}, {row['homepage']}",
            f"- Licence: {row['licence']} {row['licence_url']}".rstrip(),
        ]
        lines += [
            f"- Cite: {row['citation']}",
            f"- Release: {release}; newest period: {row['newest_period'] or 'none'}",
        ]
        lines += [f"- Left out here, because the licence does not allow redistribution: {', '.join(held)}"] if held else []
        lines += [BLANKED] if held else []
        lines.append("")
    return "\n".join(lines)
