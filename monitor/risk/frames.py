"""An assessment as tables: what the record keeps, the snapshot publishes, and every page, brief and export reads.

========================  ================================================================================================
``assessments``           one row a country: headline, both tracks, status, coverage, change in a year, what is held
``factors``               one row a country, track and risk factor
``indicators``            one row a country and indicator: score in each track, or why there is none
``readings``              one row a country and measure: value, unit, period, freshness, score, and the way to its bytes
``drivers``               the measures that raise, and those that hold down, each track of each country
``signals``               one row a country and signal: the change against its own history, and whether it raised a level
========================  ================================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from indicators.contract import Series
from monitor.risk.assess import Assessed, ranked_by
from monitor.risk.cube import Ints
from monitor.risk.framework import INSUFFICIENT, TRACK_IDS, Framework, Measure
from monitor.risk.levels import carried, headline, level_name
from monitor.risk.path import Stand
from monitor.risk.readings import FRESHNESS
from monitor.risk.status import UNDER_WAY, hold_status
from monitor.risk.stays import stays
from monitor.risk.structure import rests_on
from monitor.risk.told import fresh, indices, named, seen_of, told, track_ids

DRIVERS_EACH_WAY = 8
DIVIDE = 0.5  # the score of the median country-year: above it a measure raises, below it a measure holds down

OF_STATUS = ("deaths", "until", "since", "known", "gaps", "peak", "peak_month", "held")


@dataclass(frozen=True)
class Names:
    """What the tables need besides the assessment: series by id, source id by series, country names and regions.

    ``fresh_days``: series -> days after its period that a value counts as fresh.
    """

    series: Mapping[str, Series]
    source: Mapping[str, str]
    country: Mapping[str, str]
    short: Mapping[str, str]
    region: Mapping[str, str]
    fresh_days: Mapping[str, int] = field(default_factory=dict)


def assessments(
    now: Stand, before: Stand, framework: Framework, names: Names, *, previous: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return one row a country, in the order of every list.

    Killing under way comes first (it must not fall in rank because it is no longer new), then level and index. Countries with
    insufficient data have no rank (1 = highest index of either track) and stand right after the high ones: what we cannot see
    may be as bad.

    The change in a year is that of one track, the one that leads now: the index of the track that led then would be a figure of
    another kind. Levels are compared as they stood, whichever track led.

    Columns: iso3, name, short, region, level, level_seen (what the figures of the leading track say now), status, status_deaths
    (civilians killed in the newest 12 months), status_until, status_since (ISO day, when the threshold was first reached in
    this spell), status_known (months of these with a figure), status_gaps (months without one in these and in the years of the
    recent past), status_peak, status_peak_month (deaths of the worst month, its last day), status_held (it can no longer be
    seen, and is what it was), status_fresh (no older than its source should be), run_before (as-of day of the last run under
    this framework, empty for none), level_run_before, status_run_before, and ``{track}_index_run_before``; anew_from (the level
    had the path not been walked anew, empty where it was not or that is the same); headline (track id or empty), index, rank,
    held, level_before, headline_before, index_before (of the track that leads now; of the one that led then where none does),
    change (index points of that track in a year, NaN where either is unknown), and for each track
    ``{track}_base`` (the level of its structure), ``_seen`` (the level that its figures say), ``_fired`` (signals that hold,
    ``;`` separated), ``_anew_from`` (as anew_from, of the track), ``_stays`` (why the level is not the one seen:
    :mod:`.stays`), ``_carried`` (where held: measures and signals that can no longer be seen and count as they were last, ``;``
    separated), ``_index, _score, _covered, _core``, of a year before ``_before`` (the index), ``_level_before, _base_before,
    _seen_before, _fired_before``, and what is said of its standing (:meth:`.levels.Standing.columns`), where ``_level`` is the
    level that stands.
    """
    seen, standing = now.look.seen, now.standing
    level, leading, index = headline(seen, standing)
    level_before, led_before, index_before = headline(before.look.seen, before.standing)
    index_before = np.where(leading < 0, index_before, indices(before.look.seen)[np.maximum(leading, 0), np.arange(len(leading))])
    status = hold_status(seen.killing, seen.countries, previous if previous is not None else pd.DataFrame())
    data: dict[str, object] = {
        "iso3": seen.countries,
        "name": [names.country[c] for c in seen.countries],
        "short": [names.short[c] for c in seen.countries],
        "region": [names.region[c] for c in seen.countries],
        "level": [level_name(framework, n) for n in level],
        "level_seen": [level_name(framework, n) for n in seen_of(seen, leading)],
        "status": status["status"].to_numpy(),
        **{f"status_{name}": status[name].to_numpy() for name in OF_STATUS},
        "status_fresh": fresh(status["until"], seen.as_of, names.fresh_days.get(framework.under_way.series)),
        **_run_before(seen, previous),
        "anew_from": _anew_from(now, framework),
        "headline": track_ids(leading),
        "index": index,
        "held": standing.held.any(axis=0),
        "level_before": [level_name(framework, n) for n in level_before],
        "headline_before": track_ids(led_before),
        "index_before": index_before,
        "change": index - index_before,
    }
    for n in range(len(TRACK_IDS)):
        data |= _of_track(now, before, framework, n)
    frame = pd.DataFrame(data)
    higher = ranked_by(index, frame[[f"{t}_index" for t in TRACK_IDS]].to_numpy().T)
    frame["rank"] = pd.Series(higher).rank(ascending=False, method="min").astype("Int64")
    order = {**framework.level_order, INSUFFICIENT: len(framework.levels) - 1.5}
    keys = frame.assign(under_way=frame["status"] == UNDER_WAY, order=frame["level"].map(order))
    by = keys.sort_values(["under_way", "order", "index", "iso3"], ascending=[False, False, False, True])
    return by.drop(columns=["under_way", "order"]).reset_index(drop=True)


def _of_track(now: Stand, before: Stand, framework: Framework, n: int) -> dict[str, object]:
    """Return what is said of one track, as :func:`assessments` names it."""
    seen, track = now.look.seen, TRACK_IDS[n]
    result, old = seen.tracks[track], before.look.seen.tracks[track]
    return {
        **{f"{track}_{name}": column for name, column in now.standing.columns(framework, n).items()},
        f"{track}_carried": carried(seen, now.standing, framework, track),
        **told(framework, track, result, ""),
        **told(framework, track, old, "_before"),
        f"{track}_anew_from": _anew_from(now, framework, n),
        f"{track}_level_before": [level_name(framework, r) for r in before.standing.level[n]],
        f"{track}_stays": stays(now, n),
        f"{track}_index": np.where(result.level < 0, np.nan, result.index),
        f"{track}_score": result.score,
        f"{track}_covered": result.covered,
        f"{track}_core": result.core,
        f"{track}_before": np.where(old.level < 0, np.nan, old.index),
    }


def _anew_from(now: Stand, framework: Framework, track: int | None = None) -> list[str]:
    """Return the level, or that of a track, had the path not been walked anew; empty where it was not or is the same."""
    if now.instead_of is None:
        return [""] * len(now.look.seen.countries)
    ranks = [headline(now.look.seen, s)[0] if track is None else s.level[track] for s in (now.standing, now.instead_of)]
    return ["" if stands == would else level_name(framework, would) for stands, would in zip(*ranks, strict=True)]


def _run_before(now: Assessed, previous: pd.DataFrame | None) -> dict[str, object]:
    """Return what the last run under this framework said: its day, level and status; empty where there was none."""
    if previous is None or previous.empty:
        words = dict.fromkeys(("run_before", "level_run_before", "status_run_before"), "")
        return {**words, **{f"{t}_index_run_before": np.nan for t in TRACK_IDS}}
    was = previous.reindex(now.countries)
    missing = pd.Series(np.nan, index=was.index)
    days = pd.to_datetime(was["as_of"]).dt.strftime("%Y-%m-%d")
    found = {"run_before": days, "level_run_before": was["level"], "status_run_before": was["status"]}
    indices = {f"{t}_index_run_before": was.get(f"{t}_index", missing).astype("float64").to_numpy() for t in TRACK_IDS}
    return {**{name: column.fillna("").astype(str).to_numpy() for name, column in found.items()}, **indices}


def rose(said: pd.DataFrame, order: Mapping[str, int], points: float) -> pd.Series:
    """Return which rows of ``assessments`` rose in a year: a higher level, or an index higher by at least ``points``.

    ``order``: rank of each level. A country without a level in either year did not rise: it could not be compared. A level that
    stands higher than a year ago while its figures say no more than it was then did not rise either: it stays.
    """
    level, before, figures = (said[c].map(order) for c in ("level", "level_before", "level_seen"))
    return ((level > before) & (figures > before)) | (said["change"] >= points)


def factors(now: Assessed, framework: Framework) -> pd.DataFrame:
    """Return columns iso3, track, factor, name, group, crime, score (0-1), covered, core, thin (under half of its core read)."""
    parts = []
    for track in TRACK_IDS:
        result = now.tracks[track]
        for n, factor in enumerate(framework.factors):
            covered, core = result.factor_covered[n], int(result.factor_core[n])
            parts.append(
                pd.DataFrame(
                    {
                        "iso3": now.countries,
                        "track": track,
                        "factor": factor.id,
                        "name": factor.name,
                        "group": factor.group,
                        "crime": factor.crime,
                        "score": result.factor[n],
                        "covered": covered,
                        "core": core,
                        "thin": covered < framework.share_of_core * core if core else np.ones(len(covered), dtype=bool),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def indicators(now: Assessed, framework: Framework) -> pd.DataFrame:
    """Return one row a country and indicator.

    Columns: iso3, factor, indicator, text, scope, measurability, core, conflict_score, outside_conflict_score (NaN: none),
    conflict_measures, outside_conflict_measures (``;`` separated: those that the score is the mean of), state, not_connected
    (series that the framework asks for and nobody brings, ``;`` separated). ``state``: ``read``; ``missing``
    (connected, no usable reading); ``context`` (only low-validity measures); ``judgement`` (only a person can answer);
    ``not connected``.
    """
    at = {m: n for n, m in enumerate(now.readings.measures)}
    rests = {t: rests_on(now.structures[t], now.readings.score) for t in TRACK_IDS}
    parts = []
    for n, (factor, indicator) in enumerate(framework.indicators()):
        scores = {t: now.tracks[t].indicator[n] for t in TRACK_IDS}
        has_score = ~np.isnan(np.array(list(scores.values()))).all(axis=0)
        state = np.where(has_score, "read", _state_without_score(indicator.evidence, indicator.measurability))
        context = [at[e.measure] for e in indicator.evidence if not e.scored]
        if context and not any(e.scored for e in indicator.evidence):
            some = ~np.isnan(now.readings.value[context]).all(axis=0)
            state = np.where(some, "context", state)
        parts.append(
            pd.DataFrame(
                {
                    "iso3": now.countries,
                    "factor": factor.id,
                    "indicator": indicator.id,
                    "text": indicator.text,
                    "scope": indicator.scope,
                    "measurability": indicator.measurability,
                    "core": indicator.core,
                    **{f"{t}_score": s for t, s in scores.items()},
                    **{f"{t}_measures": named(now.readings.measures, rests[t][n]) for t in TRACK_IDS},
                    "state": state,
                    "not_connected": ";".join(indicator.not_connected),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _state_without_score(evidence: tuple[object, ...], measurability: str) -> str:
    if evidence:
        return "missing"
    return "judgement" if measurability == "judgement_only" else "not connected"


def readings(now: Assessed, framework: Framework, observations: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Return one row a country and measure.

    Columns: iso3, measure, title, short (what a high score means), series, source, value, unit, decimals, score (0-1, NaN where
    it does not count), freshness (fresh / stale / expired / missing), start, end (ISO days, empty where missing), known, asked
    (periods), peak, peak_end (largest single period of a sum, NaN and empty elsewhere), lasting (a fact that never expires),
    between_elections (asked about election years only: in any other year carried or filled in), provisional, document (sha256),
    place (Int64), first_document (of the oldest figure behind a sum), indicators (``;`` separated, those it is evidence for, as
    context too).
    """
    under: dict[str, list[str]] = {}
    for _, indicator in framework.indicators():
        for evidence in indicator.evidence:
            under.setdefault(evidence.measure, []).append(indicator.id)
    r, parts = now.readings, []
    for n, measure in enumerate(framework.measures):
        series = names.series[measure.series]
        parts.append(
            pd.DataFrame(
                {
                    "iso3": now.countries,
                    "measure": measure.id,
                    "title": measure.title,
                    "short": measure.short,
                    "series": measure.series,
                    "source": names.source[measure.series],
                    "value": r.value[n],
                    "unit": _unit(measure.transform, series.unit),
                    "decimals": 1 if measure.transform == "per_thousand" else series.decimals,
                    "score": r.score[n],
                    "freshness": np.array(FRESHNESS)[r.freshness[n]],
                    "start": _days(r.start[n]),
                    "end": _days(r.end[n]),
                    "known": r.known[n],
                    "asked": r.asked[n],
                    "peak": r.peak[n],
                    "peak_end": _days(r.peak_end[n]),
                    "lasting": r.lasting[n],
                    "between_elections": _between_elections(measure, names),
                    **pedigree(r.row[n], observations),
                    "first_document": pedigree(r.first_row[n], observations)["document"],
                    "indicators": ";".join(under.get(measure.id, [])),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _between_elections(measure: Measure, names: Names) -> bool:
    return any(names.series[s].carried_between_elections for s in measure.all_series())


def drivers(now: Assessed, before: Assessed, framework: Framework, names: Names | None = None) -> pd.DataFrame:
    """Return the measures that move each track most.

    ``names`` says which are carried between elections: these hold nothing down, and are not compared with the year before.

    Columns: iso3, track, direction (``raises`` / ``holds down``), order (1 first), measure, contribution (share of the track's
    score above or below that of the median country-year), score, score_before (a year earlier, NaN where unknown).
    """
    ids = np.array([m.id for m in framework.measures])
    carried = [m.id for m in framework.measures if names is not None and _between_elections(m, names)]
    parts = []
    for track in TRACK_IDS:
        weight, score, old = now.tracks[track].weight, now.readings.score, before.readings.score
        contribution = np.where(weight > 0, weight * (np.nan_to_num(score, nan=DIVIDE) - DIVIDE), 0.0)
        contribution[np.isin(ids, carried)] = np.maximum(contribution[np.isin(ids, carried)], 0.0)
        for sign, direction in ((-1, "raises"), (1, "holds down")):
            order = np.argsort(sign * contribution, axis=0, kind="stable")[:DRIVERS_EACH_WAY]
            for place in range(min(DRIVERS_EACH_WAY, len(ids))):
                pick = order[place], np.arange(len(now.countries))
                parts.append(
                    pd.DataFrame(
                        {
                            "iso3": now.countries,
                            "track": track,
                            "direction": direction,
                            "order": place + 1,
                            "measure": ids[pick[0]],
                            "contribution": contribution[pick],
                            "score": score[pick],
                            "score_before": np.where(np.isin(ids[pick[0]], carried), np.nan, old[pick]),
                        }
                    )
                )
    frame = pd.concat(parts, ignore_index=True)
    right_way = np.where(frame["direction"] == "raises", frame["contribution"] > 0, frame["contribution"] < 0)
    return frame[right_way].sort_values(["iso3", "track", "direction", "order"], ignore_index=True)


def signals(now: Assessed, framework: Framework, observations: pd.DataFrame) -> pd.DataFrame:
    """Return one row a country and signal.

    Columns: iso3, signal, title, series, value, unit, threshold, start, end (ISO days), seen (there is a value, and it is not
    too old to be judged), fresh, fired, tracks (``;`` separated), false_alarms_a_year (over all countries, as measured; NaN
    where nobody has), measured_on, provisional, document, place (of the newest observation behind the value).
    """
    parts = []
    for n, signal in enumerate(framework.signals):
        value = now.signals[n]
        parts.append(
            pd.DataFrame(
                {
                    "iso3": now.countries,
                    "signal": signal.id,
                    "title": signal.title,
                    "series": signal.series,
                    "value": value.value,
                    "unit": signal.unit,
                    "threshold": signal.threshold,
                    "start": _days(value.start),
                    "end": _days(value.end),
                    "seen": now.signal_seen[n],
                    "fresh": now.signal_fresh[n],
                    "fired": np.any([now.tracks[t].fired[n] for t in TRACK_IDS], axis=0),
                    "tracks": ";".join(signal.tracks),
                    "false_alarms_a_year": np.nan if signal.false_alarms_a_year is None else signal.false_alarms_a_year,
                    "measured_on": signal.measured_on,
                    **pedigree(value.row, observations),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def pedigree(row: Ints, observations: pd.DataFrame) -> dict[str, object]:
    """Return status, document and place of the observations at these positions (-1: none)."""
    found = observations[["document", "place", "status"]].iloc[np.maximum(row, 0)] if len(observations) else None
    if found is None:
        return {"provisional": False, "document": "", "place": pd.array([None] * len(row), dtype="Int64")}
    seen = row >= 0
    return {
        "provisional": np.where(seen, found["status"].astype(str) == "provisional", False).astype(bool),
        "document": np.where(seen, found["document"].astype(str), ""),
        "place": found["place"].astype("Int64").mask(~seen).array,
    }


def _unit(transform: str, unit: str) -> str:
    return {"per_thousand": "per 1,000 people", "ever": "1 = yes, 0 = none recorded"}.get(transform, unit)


def _days(days: np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.str_]]:
    """Return days as ISO text; empty where missing."""
    return np.where(np.isnat(days), "", days.astype("datetime64[D]").astype(str))
