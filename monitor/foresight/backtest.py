"""The track record as tables: forecasts, scores in every split beside the benchmarks, calibration, misses, what was used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from monitor.foresight import record, scores
from monitor.foresight.annual import Bools, Floats, Ints
from monitor.foresight.kept import Kept, Line, lines_of, rows_of
from monitor.foresight.policy import Foresight
from monitor.foresight.prepare import Prepared, World
from monitor.foresight.record import CHECKLIST, FORECASTS, HEADLINE, Walked
from monitor.foresight.visible import shown, visible
from monitor.foresight.walk import Run

LISTED = 30  # the list that a miss is not on, and that a lead time is counted on
MISSES = 10

Theirs = Mapping[tuple[int, str], float]  # (data year, iso3) -> risk, of another's forecasts


@dataclass(frozen=True)
class Backtest:
    """``forecasts``: target -> :func:`.record.forecasts`. The other tables have a column for the target and the horizon.

    ``kept``: what the forecast of today needs of it.
    ``scores``: :data:`.scores.COLUMNS`. ``calibration``: :func:`.scores.calibration`. ``misses``: :func:`misses`. ``alarms``:
    :func:`alarms`. ``choices``: what was used in each year, and why.
    """

    forecasts: dict[str, pd.DataFrame]
    scores: pd.DataFrame
    calibration: pd.DataFrame
    misses: pd.DataFrame
    alarms: pd.DataFrame
    choices: pd.DataFrame
    kept: Kept


def backtest(
    world: World,
    ready: Prepared,
    years: tuple[int, int],
    *,
    run: Run,
    tell: Callable[[str], None],
    theirs: Mapping[tuple[str, int], Theirs] | None = None,
) -> Backtest:
    """Return the backtest of outcomes in the years from ``years[0]`` to ``years[1]``, and forecasts up to ``years[1]``.

    Forecasts begin two data years before, so that the first outcome has both of its lists. ``theirs``: name of another's
    forecasts and horizon -> their risks; they are scored on the rows that both have.
    """
    policy = world.policy
    lines: list[Line] = []
    forecasts: dict[str, list[pd.DataFrame]] = {}
    parts: dict[str, list[pd.DataFrame]] = {"scores": [], "calibration": [], "misses": [], "alarms": [], "choices": []}
    for walked in record.walk(world, ready, (years[0] - 2, ready.last_year), run, tell):
        target, horizon = walked.target.id, walked.horizon
        forecasts.setdefault(walked.target.id, []).append(record.forecasts(walked, world, years[1]))
        lines += lines_of(walked)
        against = {name: risk for (name, h), risk in (theirs or {}).items() if h == walked.horizon}
        parts["scores"].append(score_table(policy, walked, ready, years, against).assign(target=target, horizon=horizon))
        sample, _ = record.scored(walked, walked.tracks[HEADLINE].risk, years)
        parts["calibration"].append(scores.calibration(sample).assign(target=target, horizon=horizon))
        parts["misses"].append(misses(walked, world, ready, years).assign(target=target, horizon=horizon))
        parts["alarms"].append(alarms(walked, world, ready, years).assign(target=target, horizon=horizon))
        parts["choices"].append(choices(walked, years[1]).assign(target=target, horizon=horizon))
    joined = {name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}
    found = {t: pd.concat(frames, ignore_index=True)[list(FORECASTS)] for t, frames in forecasts.items()}
    table = joined.pop("scores")[list(scores.COLUMNS)]
    tables = {"scores": rows_of(table)} | {name: rows_of(joined[name]) for name in ("calibration", "misses", "alarms")}
    kept = Kept(policy=policy.hash, first=years[0], last=years[1], lines=tuple(lines), **tables)
    return Backtest(found, table, **joined, kept=kept)


def score_table(
    policy: Foresight, walked: Walked, ready: Prepared, years: tuple[int, int], theirs: Mapping[str, Theirs]
) -> pd.DataFrame:
    """Return the scores of every track, in every split, and those of the benchmarks."""
    risks: dict[str, Floats] = {name: track.risk for name, track in walked.tracks.items()}
    risks |= {name: _theirs(walked, risk) for name, risk in theirs.items()}
    parts = []
    for name, risk in risks.items():
        sample, rows = record.scored(walked, risk, years)
        for split, inside in scores.splits(sample, record.marks(walked, ready, rows), policy.periods).items():
            found = scores.score(sample.only(inside), policy.top, policy.draws, policy.seed)
            parts.append(found.assign(track=name, split=split))
    ours, rows = record.scored(walked, walked.tracks[HEADLINE].risk, years)
    parts.append(_lead(walked, ours, rows).assign(track=HEADLINE, split="all"))
    published = policy.published
    if published.target == walked.target.id and walked.horizon == 1:
        known = pd.DataFrame({"score": list(published.scores), "value": list(published.scores.values())})
        parts.append(known.assign(low=np.nan, high=np.nan, track=published.title, split="all"))
    return pd.concat(parts, ignore_index=True)


def _theirs(walked: Walked, risk: Theirs) -> Floats:
    keys = zip(walked.table.year, walked.table.country, strict=True)
    return np.array([risk.get((int(y), walked.table.countries[c]), np.nan) for y, c in keys])


def _lead(walked: Walked, sample: scores.Scored, rows: Bools) -> pd.DataFrame:
    """Return the median number of years in a row, up to the onset, that its country had been on the list of the highest 30."""
    rank, _ = record.places(walked.table, record.listed(walked, walked.tracks[HEADLINE].risk))
    listed = {(int(y), int(c)) for y, c, r in zip(walked.table.year, walked.table.country, rank, strict=True) if r <= LISTED}
    leads = []
    began = sample.outcome == 1
    for year, country in zip(walked.table.year[rows][began], walked.table.country[rows][began], strict=True):
        n = 0
        while (int(year) - n, int(country)) in listed:
            n += 1
        leads.append(n)
    value = float(np.median(leads)) if leads else float("nan")
    row = {"score": f"median_years_listed_in_top_{LISTED}", "value": [value], "low": np.nan, "high": np.nan}
    return pd.DataFrame(row).assign(country_years=len(sample.year), onsets=int(np.count_nonzero(began)))


def misses(walked: Walked, world: World, ready: Prepared, years: tuple[int, int]) -> pd.DataFrame:
    """Return the onsets that stood lowest on the better of the lists of the two years before, worst first, ten at most.

    Columns: year (of the onset, the first it can be), iso3, country, rank, best, risk, conflict (1 in, 0 outside in the year
    before), ever (1 it had happened before), visible (the figures of the year before, in words).
    """
    frame, sample = _cases(walked, world, ready, years)
    missed = frame[(sample.outcome == 1) & (frame["best"] > LISTED)]
    worst: pd.DataFrame = missed.sort_values(["best", "year", "iso3"], ascending=[False, True, True]).head(MISSES)
    return _with_visible(worst, world, walked)


def alarms(walked: Walked, world: World, ready: Prepared, years: tuple[int, int]) -> pd.DataFrame:
    """Return the highest forecasts on the list that no onset followed, the highest first, ten at most.

    Columns: those of :func:`misses`, and followed (the year of the country's next onset after it, NaN where none is known).
    """
    frame, sample = _cases(walked, world, ready, years)
    loud = frame[(sample.outcome == 0) & (frame["rank"] <= LISTED)]
    worst = loud.sort_values(["risk", "year", "iso3"], ascending=[False, True, True]).head(MISSES)
    began = ready.onsets[walked.target.id].began
    after = [
        _next(began, ready.figures.years, int(y) + walked.horizon, walked, int(r))
        for y, r in zip(worst["year"], worst["row"], strict=True)
    ]
    return _with_visible(worst.assign(followed=np.array(after, dtype="float64")), world, walked)


def _next(began: Floats, years: Ints, first: int, walked: Walked, row: int) -> float:
    """Return the first year from ``first`` on with an onset in a row's country; NaN where none is known."""
    later = years[(began[:, walked.table.country[row]] == 1) & (years >= first)]
    return float(later[0]) if len(later) else float("nan")


def _with_visible(frame: pd.DataFrame, world: World, walked: Walked) -> pd.DataFrame:
    told = visible(walked.table, frame["row"].to_numpy(), shown(world.policy, walked.target, walked.table))
    return frame.drop(columns="row").assign(visible=told).reset_index(drop=True)


def _cases(walked: Walked, world: World, ready: Prepared, years: tuple[int, int]) -> tuple[pd.DataFrame, scores.Scored]:
    """Return the scored rows of the headline as a table, ``row`` their place in the walk's, and as they are scored."""
    sample, rows = record.scored(walked, walked.tracks[HEADLINE].risk, years)
    first = int(ready.figures.years[0])
    own = ready.onsets[walked.target.id]
    iso3 = [walked.table.countries[c] for c in walked.table.country[rows]]
    frame = pd.DataFrame(
        {
            "year": sample.year,
            "iso3": iso3,
            "country": [world.countries.name(c) for c in iso3],
            "rank": sample.rank,
            "best": sample.best,
            "risk": sample.risk,
            "conflict": walked.table.take(ready.conflict, first)[rows],
            "ever": walked.table.take(own.ever, first)[rows],
            "row": np.flatnonzero(rows),
        }
    )
    return frame, sample


def choices(walked: Walked, last: int) -> pd.DataFrame:
    """Return what was used in each year: track, year_from, used, why, picks, learnt, past_onsets, gain, level, slope."""
    rows = [
        (name, c.year, c.used, c.why, ";".join(c.picks), c.learnt, c.past, c.gain, c.calibration.level[0], c.calibration.slope[0])
        for name, track in walked.tracks.items()
        if name != CHECKLIST
        for c in track.choices
        if walked.first <= c.year <= last
    ]
    columns = ["track", "year_from", "used", "why", "picks", "learnt", "past_onsets", "gain", "level", "slope"]
    return pd.DataFrame(rows, columns=columns)
