"""What is said of one country: its level, status, drivers and indicators in sentences and lines. Pure; plain text out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.tables import leading, moves, places, records
from dashboard.words import (
    INSUFFICIENT,
    NO_DATA,
    TRACKS,
    day,
    in_words,
    index,
    listed,
    month,
    number,
    period,
    plural,
    reading,
    signed,
    stands,
)

Row = Mapping[str, Any]
STATES = {
    "read": "read",
    "missing": "connected, but no usable figure",
    "context": "context only: shown, never scored",
    "judgement": "only a person can answer",
    "not connected": "no series connected yet",
}


def level_said(row: Row, manifest: Row, ranked: int) -> str:
    """Return the headline sentence. ``ranked``: how many countries have a rank."""
    titles = {t: track["title"].lower() for t, track in manifest["framework"]["tracks"].items()}
    if row["level"] == INSUFFICIENT:
        read = listed([f"{row[f'{t}_covered']} of {row[f'{t}_core']} ({titles[t]})" for t in TRACKS])
        need = number(100 * manifest["framework"]["share_of_core"])
        return (
            f"Too little can be seen to give {row['name']} a level: of the core indicators, {read} could be read, and {need}% "
            "are needed. This is not a low level: what cannot be seen may be as bad."
        )
    where = "on the conflict-related track" if row["headline"] == "conflict" else "outside conflict"
    said = f"{row['name']} is at {_risk(row['level'])} of mass atrocities, {where}"
    if row["held"] or pd.isna(row["index"]):
        return f"{said}."
    entry = dict(zip(("watch", "elevated", "high"), manifest["index_at_entry"], strict=True))
    step = row["level"] if row["level"] in entry else "watch"
    raised = row["level"] == row[f"{row['headline']}_seen"] != row[f"{row['headline']}_base"]
    why = (
        f", raised by one level to {row['level']} by a signal of change"
        if raised
        else f"; {step} begins at {number(entry[step])}"
    )
    return f"{said}: index {index(row['index'])} of 100{why}. Rank {row['rank']} of {ranked}."


def sure_said(row: Row, ranked: int) -> str:
    """Return how sure the rank is, or nothing where that is not known or the level is held. ``ranked``: how many have a rank."""
    if not (place := places(row)):
        return ""
    varied = "when weights, means, gaps and measurement error are varied"
    if pd.isna(row["rank"]):
        return (
            f"It has no rank. With what is missing taken from other countries by lot, it would rank {_between(place)} "
            f"among {ranked} in nine of ten draws {varied}."
        )
    above = {level: row[f"p_{level}"] for level in ("watch", "elevated", "high")}
    share = above.get(row["level"], 1 - sum(above.values()))
    return (
        f"In nine of ten draws {varied}, the rank is {_between(place)}; in {_percent(share)} of them the level is "
        f"{row['level']}, in {_percent(row['in_top_30'])} the country is among the 30 highest."
    )


def _between(place: str) -> str:
    low, _, high = place.partition("–")
    return f"between {low} and {high}" if high else low


def _percent(share: float) -> str:
    """Return a share as a percentage; only all of them are 100%, and only none is 0%."""
    return f"{number(min(max(100 * share, 1), 99) if 0 < share < 1 else 100 * share)}%"


def _risk(level: str) -> str:
    return {"watch": "watch level for the risk", "baseline": "baseline level for the risk"}.get(level, f"{level} risk")


def status_said(row: Row, manifest: Row) -> str:
    """Return what is known of killings of civilians now: a status of its own, apart from the level."""
    way = manifest["framework"]["under_way"]
    window = f"in one-sided violence in the {way['months']} months to {month(row['status_until'])}"
    if row["status_known"] < way["months"]:
        window += f", of which {row['status_known']} are known"
    least = "at least " if row["status_known"] < way["months"] else ""
    worst = one_month(row["status_peak"], row["status_deaths"], row["status_peak_month"])
    counted = f"{least}{number(row['status_deaths'])} civilians reported killed{worst}{',' if worst else ''} {window}"
    line = number(way["at_least"])
    if row["status"] == "under way":
        now = (
            "is under way"
            if row["status_fresh"]
            else f"was under way at {month(row['status_until'])}, and no figures came since,"
        )
        return (
            f"Killing of civilians on a large scale {now} by that measure: {counted} (from {line} on it counts as such)."
            f"{_spell(row, way['months'])}"
        )
    if row["status"] == "recent past":
        return (
            f"Killing of civilians on a large scale lies in the recent past, within {way['recent_years']} years: {counted}."
            f"{_spell(row, way['months'])}"
        )
    if row["status"] == "unknown" or pd.isna(row["status_deaths"]):
        return "No figures on killings of civilians: nothing can be said of what is under way."
    if row["status_deaths"] == 0:
        return f"No killing of civilians is on record {window}. A zero says that none was recorded, not that none took place."
    return f"{counted[0].upper()}{counted[1:]}, below the {line} from which it counts as under way on a large scale."


def _spell(row: Row, months: int) -> str:
    """Return when the present spell of killing on a large scale began, or the last one."""
    if not row["status_since"]:
        return ""
    which = "The last spell" if row["status"] == "recent past" else "This spell"
    return f" {which} began in {month(row['status_since'])}, when the sum over {months} months first reached that mark."


def one_month(part: float, whole: float, end: str) -> str:
    """Return how many of a sum fell in its worst month, where that is more than half of them; else nothing."""
    if not part > whole / 2:  # a missing number is not more than anything
        return ""
    share = "all" if part == whole else number(part)
    return f", {share} of them in {month(end)}, a month to check with the publisher before it is quoted"


def stays_said(row: Row, manifest: Row) -> list[str]:
    """Return why the level of a track is not the one that its figures say now, a sentence a track; held levels are said apart."""
    framework = manifest["framework"]
    parts = [(framework["tracks"][t]["title"], _stays(row, t, framework)) for t in TRACKS]
    return [f"{title}: {said}" for title, said in parts if said]


def _stays(row: Row, track: str, framework: Row) -> str:
    level, seen, steps = row[f"{track}_level"], row[f"{track}_seen"], framework["steps"]
    said = {
        "easing": f"the figures now say {seen}; the level stays at {level} until {in_words(steps['lower_periods'])} fresh lower "
        f"periods in a row have said so ({in_words(int(row[f'{track}_easing']))} so far).",
        "between": f"the figures now say {seen}, but not less than the mark below which {level} ends; the level stays.",
        "final": f"all figures together say {seen}, the final ones alone keep {level}; provisional figures ease nothing, so the "
        "level stays.",
        "rising": _rising(row, track, framework),
    }
    return said.get(row[f"{track}_stays"], "")


def _rising(row: Row, track: str, framework: Row) -> str:
    if row[f"{track}_stays"] != "rising":
        return ""
    more = framework["steps"]["provisional_updates"] - int(row[f"{track}_rising"])
    level = framework["levels"][int(row[f"{track}_rising_to"])]["id"]
    return f"provisional figures say {level}; {in_words(more)} more {'update is' if more == 1 else 'updates are'} needed."


def held_said(row: Row, manifest: Row) -> str:
    """Return the notice for a level that is held, or nothing."""
    tracks = [t for t in TRACKS if row[f"{t}_held"]]
    if not tracks:
        return ""
    parts = [
        f"{manifest['framework']['tracks'][t]['title']}: {row[f'{t}_level']}, last evidence {day(row[f'{t}_until'])}"
        + (f", what can be read now says {row[f'{t}_seen']}" if row[f"{t}_seen"] != INSUFFICIENT else "")
        for t in tracks
    ]
    why = "Evidence that it rested on has since been lost, and missing evidence never lowers a level."
    return f"Level held. {why} {'; '.join(parts)}."


def tracks_of(row: Row, manifest: Row) -> pd.DataFrame:
    """Return both tracks of a country: title, index, before, level, held, mark (why the level is not the one seen), raised
    (by a signal), read (core indicators), until."""
    return pd.DataFrame(
        [
            {
                "title": manifest["framework"]["tracks"][t]["title"],
                "index": row[f"{t}_index"],
                "before": row[f"{t}_before"],
                "level": row[f"{t}_level"],
                "held": row[f"{t}_held"],
                "mark": stands(row, t, manifest["framework"]["steps"]),
                "raised": row[f"{t}_level"] == row[f"{t}_seen"] != row[f"{t}_base"],
                "read": f"{row[f'{t}_covered']} of {row[f'{t}_core']}",
                "until": row[f"{t}_until"],
            }
            for t in TRACKS
        ]
    )


def change_said(row: Row, manifest: Row) -> str:
    """Return how the index moved in a year."""
    since = day(manifest["before_as_of"])
    if INSUFFICIENT in (row["level"], row["level_before"]):
        return "No comparison with a year earlier: there was no level then, or there is none now."
    if pd.isna(row["change"]):
        return (
            f"On {since} the level was {row['level_before']}; the index cannot be compared with today's.{_above(row, manifest)}"
        )
    was = f"{row['level_before']}, index {index(row['index_before'])}"
    moved = f"moved by {signed(row['change'])}" if round(row["change"]) else "has not moved"
    track = manifest["framework"]["tracks"][row["headline"]]["title"].lower()
    led = f"index of the track that leads now ({track})" if row["headline_before"] not in ("", row["headline"]) else "index"
    return f"Against {since} ({was}) the {led} {moved}: today's vintages, assumed release lags.{_above(row, manifest)}"


def _above(row: Row, manifest: Row) -> str:
    """Return that a level stands higher than a year before without a rise of its figures, where it does."""
    rank = {level["id"]: n for n, level in enumerate(manifest["framework"]["levels"])}
    was, now, figures = (rank.get(row[c], -1) for c in ("level_before", "level", "level_seen"))
    if not now > was >= figures:
        return ""
    return f" The level, {row['level']}, stands above what its figures say ({row['level_seen']}): it is not called a rise."


def causes_said(causes: pd.DataFrame, signals: pd.DataFrame, manifest: Row) -> list[str]:
    """Return why the level is another than a year before, a line a cause; the measures that moved most stand apart."""
    rows = [one for one in records(causes) if one["against"] == "year" and one["kind"] != "measure"]
    title = dict(zip(signals["signal"], signals["title"], strict=True))
    return [f"{_way(one)}: {_cause(one, title, manifest)}" for one in sorted(rows, key=lambda one: int(one["order"]))]


def _way(one: Row) -> str:
    return "raised the level" if one["way"] == "rose" else "lowered the level"


def _cause(one: Row, title: Row, manifest: Row) -> str:
    up = one["way"] == "rose"
    if one["kind"] == "signal":
        then = "did not hold a year earlier" if up else "held a year earlier, and no longer does"
        return f"a sign of change {then}: {title[one['name']]} ({number(one['now'], 2)}, mark {number(one['mark'], 2)})"
    if one["kind"] == "threshold":
        track = manifest["framework"]["tracks"][one["track"]]["title"].lower()
        place = (
            f"reached {number(one['mark'])}, where {one['level']} begins"
            if up
            else (f"fell below {number(one['mark'], 1)}, where {one['level']} ends")
        )
        return f"the {track} index {place} ({number(one['before'], 1)} → {number(one['now'], 1)})"
    return (
        f"a year earlier it stood above what its figures said ({one['level']}), and "
        f"{in_words(manifest['framework']['steps']['lower_periods'])} fresh lower periods in a row have eased it since"
    )


def change_lines(row: Row, drivers: pd.DataFrame, readings: pd.DataFrame, most: int = 3) -> list[str]:
    """Return the measures that moved the leading track most in a year, up and down, as lines."""
    if pd.isna(row["change"]):
        return []
    moved = moves(drivers, leading(row))
    up, down = moved[moved["moved"] > MOVED].head(most), moved[moved["moved"] < -MOVED].tail(most)[::-1]
    title = dict(zip(readings["measure"], readings["title"], strict=True))
    return [
        f"{way}: {title[r['measure']]} (score {number(r['score_before'], 2)} → {number(r['score'], 2)})"
        for way, rows in (("raised it", up), ("lowered it", down))
        for r in records(rows)
    ]


MOVED = 0.0005  # share of a track's score: half a point of its index, or less, is no move to speak of


def driver_lines(
    drivers: pd.DataFrame, readings: pd.DataFrame, sources: Row, track: str, direction: str
) -> list[tuple[str, str]]:
    """Return (what and how much, of when and from whom) for each measure that moves a track one way, the strongest first.

    ``sources``: source id -> title.
    """
    chosen = drivers[(drivers["track"] == track) & (drivers["direction"] == direction)].sort_values("order")
    by = {r["measure"]: r for r in records(readings)}
    return [reading_said(by[m], sources) for m in chosen["measure"] if m in by]


def reading_said(one: Row, sources: Row) -> tuple[str, str]:
    """Return a reading as (title, value) and (period, freshness, source)."""
    value = reading(one["value"], one["unit"], int(one["decimals"]))
    if pd.isna(one["value"]):
        return f"{one['title']}: {NO_DATA}", str(sources.get(one["source"], one["source"]))
    when = period(one["start"], one["end"])
    about = [f"last in {when}" if one["lasting"] else f"{when}, {AGES[one['freshness']]}"]
    if one["provisional"]:
        about.append("provisional")
    if one["between_elections"]:
        about.append("between elections: asked about election years only, carried or filled in for the others")
    if one["known"] < one["asked"]:
        about.append(f"{one['known']} of {one['asked']} periods known, so at least this much")
    value += one_month(one["peak"], one["value"], one["peak_end"])
    return f"{one['title']}: {value}", "; ".join([*about, str(sources.get(one["source"], one["source"]))])


AGES = {"fresh": "fresh", "stale": "stale", "expired": "too old to count"}


def factor_said(rows: pd.DataFrame) -> str:
    """Return a factor's heading: number, name, and whether it is thin. ``rows``: its two tracks."""
    first = rows.iloc[0]
    flag = " (no reading)" if rows["score"].isna().all() else " (thin)" if rows["thin"].any() else ""
    return f"{first['factor'].removeprefix('RF')}. {first['name']}{flag}"


def factor_scored(rows: pd.DataFrame, manifest: Row) -> str:
    """Return a factor's score and coverage in each track, in words."""
    titles = {t: track["title"] for t, track in manifest["framework"]["tracks"].items()}
    first = rows.iloc[0]
    parts = [f"{titles[r['track']]}: {number(r['score'], 2)}, {_covered(r['covered'], r['core'])}" for r in records(rows)]
    crime = first["crime"].replace("_", " ")
    return f"{f'Specific to {crime}. ' if crime else ''}Score from 0 to 1. {'; '.join(parts)}."


def _covered(covered: int, core: int) -> str:
    return f"{covered} of {core} core indicators read" if core else "no core indicators"


def indicator_said(one: Row) -> str:
    """Return an indicator's state, and its score in each track where it has one."""
    scores = [number(one[f"{t}_score"], 2) for t in TRACKS if not pd.isna(one[f"{t}_score"])]
    core = "core, " if one["core"] else ""
    return f"{core}{STATES.get(one['state'], one['state'])}" + (f", score {' / '.join(dict.fromkeys(scores))}" if scores else "")


def not_connected_said(one: Row, names: Row) -> str:
    """Return the series that an indicator asks for and nobody brings yet, or nothing."""
    asked = [names.get(n, n) for n in one["not_connected"].split(";") if n]
    return f"Not connected yet: {'; '.join(asked)}" if asked else ""


def signal_said(one: Row) -> tuple[str, bool]:
    """Return a signal as a line, and whether it holds."""
    value = reading(one["value"], one["unit"], 2)
    state = "holds" if one["fired"] else "does not hold" if one["seen"] else "too old to count"
    if pd.isna(one["value"]):
        state = "cannot be judged"
    when = f" ({month(one['end'])})" if one["end"] else ""
    return f"{one['title']}: {value}{when}. Threshold {number(one['threshold'], 2).rstrip('0').rstrip('.')}: {state}.", bool(
        one["fired"]
    )


def series_noted(one: Row, source: Row, known: pd.DataFrame) -> str:
    """Return the caption of a series: how many periods, whose, on what terms."""
    span = f"{plural(len(known), 'value')} from {known['start'].min():%Y} to {known['end'].max():%Y}"
    unit, note = f"{one['unit'][0].upper()}{one['unit'][1:]}", f" {one['note']}" if one["note"] else ""
    return f"{unit}; {span}. Source: {source['citation'].rstrip('.')}. Licence: {source['licence']}.{note}"
