"""Published tables to the tables and sentences on the pages. Pure: frames and the manifest in, frames and plain strings out."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.words import INSUFFICIENT, NO_DATA, SHAPE, age, day, listed, month, number, period, reading, stands, status

NAMED = 8  # up to this many countries are named in the headline
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
EXPORTED = {
    "iso3": "ISO3", "name": "country", "region": "region", "level": "level", "held": "level held", "status": "status",
    "index": "index (0-100)", "rank": "rank", "rank_low": "rank in nine of ten draws, from",
    "rank_high": "rank in nine of ten draws, to", "level_before": "level a year earlier",
    "index_before": "index a year earlier", "change": "change",
    "conflict_level": "conflict-related level", "conflict_index": "conflict-related index",
    "conflict_covered": "conflict-related core indicators read", "conflict_core": "conflict-related core indicators",
    "outside_conflict_level": "outside-conflict level", "outside_conflict_index": "outside-conflict index",
    "outside_conflict_covered": "outside-conflict core indicators read",
    "outside_conflict_core": "outside-conflict core indicators",
}  # fmt: skip


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame as one mapping a row, column name to value."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def leading(row: Mapping[str, Any]) -> str:
    """Return the track that a country's headline comes from; without a level, the one that more could be read of."""
    if row["headline"]:
        return str(row["headline"])
    shares = {t: row[f"{t}_covered"] / max(row[f"{t}_core"], 1) for t in ("conflict", "outside_conflict")}
    return max(shares, key=lambda t: shares[t])


def stood(row: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """Return a country's level with the mark of the track that leads, or with ``held`` where the other one is."""
    mark = stands(row, leading(row), manifest["framework"]["steps"])
    return f"{row['level']}{mark or (', held' if row['held'] else '')}"


def ranking(said: pd.DataFrame, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Return ``assessments`` with intervals as the table on the page, in the order given; numbers stay numbers, to sort by."""
    rows = records(said)
    until = [row[f"{leading(row)}_until"] for row in rows]
    return pd.DataFrame(
        {
            "Country": said["short"].tolist(),
            "Level": [f"{SHAPE.get(row['level'], '')} {stood(row, manifest)}".strip() for row in rows],
            "Status": [status(row) for row in rows],
            "Rank": said["rank"].astype("Int64").tolist(),
            "Lies between": [places(row) for row in rows],
            "Conflict-related": said["conflict_index"].tolist(),
            "Outside conflict": said["outside_conflict_index"].tolist(),
            "Change in a year": said["change"].tolist(),
            "Indicators read": [f"{row[f'{leading(row)}_covered']} of {row[f'{leading(row)}_core']}" for row in rows],
            "Evidence until": pd.to_datetime(pd.Series(until, dtype="str").replace("", None)).dt.date.tolist(),
        }
    )


def places(row: Mapping[str, Any]) -> str:
    """Return between which ranks a country lies in nine draws of ten, or nothing where that is not known or its level is held."""
    if pd.isna(row["rank_low"]) or row["held"]:
        return ""
    low, high = int(row["rank_low"]), int(row["rank_high"])
    return f"{low}" if low == high else f"{low}–{high}"


def found(said: pd.DataFrame, words: str, levels: Sequence[str], regions: Sequence[str]) -> pd.DataFrame:
    """Return the rows whose name or code holds ``words`` (accents and case apart), at these levels, in these regions; no
    level or region asked for means all of them."""
    wanted = _folded(words)
    keep = (said["name"] + " " + said["short"]).map(_folded).str.contains(wanted, regex=False) | (
        said["iso3"].str.lower() == wanted
    )
    if levels:
        keep &= said["level"].isin(levels)
    if regions:
        keep &= said["region"].isin(regions)
    return said[keep].reset_index(drop=True)


def _folded(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text)
    return "".join(c for c in bare if not unicodedata.combining(c)).casefold().strip()


def risen(said: pd.DataFrame, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """Return the countries that rose in a year: a higher level, or an index higher by the configured points. Largest rise first.

    A country without a level in either year did not rise: it could not be compared. A level that stands higher than a year ago
    while its figures say no more than it was then did not rise either: it stays.
    """
    order = {level["id"]: n for n, level in enumerate(manifest["framework"]["levels"])}
    level, before, figures = (said[c].map(order) for c in ("level", "level_before", "level_seen"))
    up = (level > before) & (figures > before)
    rose: pd.DataFrame = said.assign(up=up)[up | (said["change"] >= manifest["rose_points"])]
    return rose.sort_values(["up", "change"], ascending=False, ignore_index=True).drop(columns="up")


def moves(drivers: pd.DataFrame, track: str) -> pd.DataFrame:
    """Return one country's drivers of a track by how much their share of the score moved in a year, the largest rise first.

    ``moved``: share of the track's score, NaN where the score of either year is unknown.
    """
    mine = drivers[drivers["track"] == track].copy()
    off = mine["score"] - 0.5
    weight = (mine["contribution"] / off).where(off.abs() > 1e-9)
    mine["moved"] = weight * (mine["score"] - mine["score_before"])
    return mine.dropna(subset=["moved"]).sort_values("moved", ascending=False, ignore_index=True)


def reason(row: Mapping[str, Any], drivers: pd.DataFrame, readings: pd.DataFrame, signals: pd.DataFrame) -> str:
    """Return why a country rose: the signal that holds, and the measure that moved most with its newest reading."""
    fired = signals[signals["fired"] & signals["tracks"].str.split(";").map(lambda t: leading(row) in t)]
    why = [f"Signal: {title}" for title in fired["title"]]
    top = moves(drivers, leading(row)).query("moved > 0").head(1)
    for measure in top["measure"]:
        one = readings[readings["measure"] == measure].iloc[0]
        says = reading(one["value"], one["unit"], int(one["decimals"]))
        why.append(f"Moved most: {one['title']}, {says} ({period(one['start'], one['end'])})")
    return ". ".join(why) or "Spread over several measures"


def freshness(sources: pd.DataFrame) -> str:
    """Return how old the figures in use are, or nothing when there are none."""
    used = sources[sources["enabled"] & sources["age_days"].notna()]
    if used.empty:
        return ""
    newest = used.sort_values("age_days").iloc[0]
    return (
        f"Newest figures: {newest['title']}, to {day(newest['newest_period'])} ({age(float(newest['age_days']))} before). "
        f"Half of the {len(used)} sources end {age(float(used['age_days'].median()))} or more before this date."
    )


def unseen(sources: pd.DataFrame) -> list[str]:
    """Return what could not be seen, one line for each way of failing: which sources, and what that means for the figures."""
    used = sources[sources["enabled"]]
    lines = []
    failed = used[used["state"] == "failed"]
    for kind, group in failed.groupby(failed["error_kind"].replace("", "failed")):
        lines.append(f"{kind}: {listed(group['title'].tolist())}; earlier figures stay in use")
    stale = used[used["state"] == "stale"]
    if len(stale):
        names = [f"{r['title']} (to {day(r['newest_period'])})" for r in records(stale)]
        lines.append(f"older than expected: {listed(names)}")
    missing = used[used["state"] == "missing"]
    if len(missing):
        names = [f"{r['title']} ({r['error_kind'] or 'not asked yet'})" for r in records(missing)]
        lines.append(f"no figures at all: {listed(names)}; what rests on it is missing, not zero")
    return [f"{line[0].upper()}{line[1:]}." for line in lines]


def _days(value: Any) -> float:
    return float("nan") if pd.isna(value) else float(value)


def source_lines(sources: pd.DataFrame) -> list[tuple[str, str]]:
    """Return each source as two lines: whose it is; until when and how old, in what state, on what terms."""
    return [
        (
            f"{row['title']} ({row['provider']})",
            "; ".join(
                [
                    f"to {day(row['newest_period'])}, {age(_days(row['age_days']))} old" if row["newest_period"] else NO_DATA,
                    _state(row),
                    row["licence"],
                ]
            ),
        )
        for row in records(sources)
    ]


def _state(row: Mapping[str, Any]) -> str:
    """Return how the last attempt went, whose figures are shown, and what to do."""
    if not row["enabled"]:
        return "not in use"
    said = {"ok": "ok", "stale": "older than expected", "missing": "not asked yet", "failed": "failed"}
    parts = [row["error_kind"] or said.get(row["state"], row["state"])]
    if row["newest_period"]:
        parts.append("bundled figures" if row["from_starter"] else f"collected {day(row['last_good'])}")
    return "; ".join([*parts, *([row["what_to_do"]] if row["what_to_do"] else [])])


def exported(said: pd.DataFrame, manifest: Mapping[str, Any], sources: pd.DataFrame) -> str:
    """Return the ranking as CSV: a head of ``#`` lines that say what it is and on what it rests, then one row a country.

    Text that a spreadsheet would run as a formula is disarmed with an apostrophe; missing numbers are empty cells.
    """
    used = sources[sources["enabled"] & (sources["rows"] > 0)]
    framework = manifest["framework"]
    head = [
        f"# Atrocity Monitor: risk of mass atrocities as of {manifest['as_of']}, run {manifest['run_id']}, "
        f"framework {framework['version']} ({framework['hash']}).",
        "# The index is a place on a scale (watch from 40, elevated from 60, high from 80), not a probability. "
        "Empty is no data, never zero.",
        *(f"# Source: {r.title}. {r.licence}. {r.citation}" for r in used.itertuples()),
    ]
    table = said[list(EXPORTED)].rename(columns=EXPORTED)
    texts = table.select_dtypes(include=["object", "str"]).columns
    table[texts] = table[texts].map(disarmed)
    lines = "\n".join(" ".join(line.split()) for line in head)
    return lines + "\n" + table.to_csv(index=False, lineterminator="\n", float_format="%.1f")


def disarmed(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if str(text).startswith(FORMULA) else str(text)


def level_counts(said: pd.DataFrame) -> list[tuple[str, int]]:
    """Return the levels with their number of countries; insufficient data right after high, where it belongs."""
    found_at = said["level"].value_counts()
    return [(level, int(found_at.get(level, 0))) for level in SHAPE]


def headline(said: pd.DataFrame, manifest: Mapping[str, Any]) -> str:
    """Return what the overview shows, in words."""
    at = dict(level_counts(said))
    first = (
        f"{at['high']} of {len(said)} countries {'is' if at['high'] == 1 else 'are'} at high risk, {at['elevated']} at elevated "
        f"risk and {at['watch']} at watch; for {at[INSUFFICIENT]} too little can be seen to say."
    )
    now = said[said["status"] == "under way"]
    if now.empty:
        return first
    way = manifest["framework"]["under_way"]
    where = listed(now["short"].tolist()) if len(now) <= NAMED else f"{len(now)} countries"
    return (
        f"{first} In the {way['months']} months to {month(now['status_until'].max())}, the newest reported, "
        f"{number(way['at_least'])} or more civilians were killed in one-sided violence in {where}."
    )
