"""Every forecast of the past as it would have been made, in the tracks that are published, and the rows that are scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from monitor.foresight import choose, scores
from monitor.foresight.annual import Bools, Floats, Ints
from monitor.foresight.checklist import score as checklist_score
from monitor.foresight.features import Table
from monitor.foresight.policy import Foresight, Target
from monitor.foresight.prepare import Prepared, World, rows_of
from monitor.foresight.walk import Job, Risks, Rows, Run

HEADLINE, OUTSIDE, CHECKLIST = "headline", "outside_conflict", "checklist"
TRACKS = (HEADLINE, OUTSIDE, CHECKLIST)
FORECASTS = ("year_from", "iso3", "gwcode", "country", "horizon", "track", "risk", "rank", "low", "high")
GOVERNMENTS, GROUPS = "ucdp.one_sided_government_deaths_year", "ucdp.one_sided_nonstate_deaths_year"
NOT_LISTED = 10_000  # the place of a country of which there was no forecast


@dataclass(frozen=True)
class Walked:
    """One target and horizon, walked through. ``first``: the first data year whose forecasts are published.

    ``at_risk``: the rows that can see an onset in the year after.
    """

    target: Target
    horizon: int
    table: Table
    outcome: Floats
    at_risk: Bools
    tracks: Mapping[str, choose.Track]
    first: int


Tell = Callable[[str], None]


def jobs_of(policy: Foresight, target: Target, horizon: int, years: Sequence[int]) -> list[Job]:
    """Return the fits of a target and horizon: with and without the columns that count deaths."""
    return [
        Job(target.id, horizon, year, deaths, policy.candidates, policy.gap_years, policy.fewest_onsets, policy.seed)
        for deaths in (True, False)
        for year in years
    ]


def walk(world: World, ready: Prepared, years: tuple[int, int], run: Run, tell: Tell) -> Iterator[Walked]:
    """Yield every target and horizon, with forecasts of the data years from ``years[0]`` to ``years[1]``."""
    policy = world.policy
    first_year = int(ready.figures.years[0])
    for target in (t for t in policy.targets if t.id in ready.onsets):
        table = rows_of(world, ready, target)
        own = ready.onsets[target.id]
        outcome = {(target.id, h): table.take(own.within(h), first_year) for h in policy.horizons}
        at_risk = table.take(own.at_risk().astype("float64"), first_year) == 1
        rows = Rows(table.x, table.deaths, table.year, outcome)
        walked_years = range(min(policy.walk_from, years[0]), years[1] + 1)
        jobs = [job for h in policy.horizons for job in jobs_of(policy, target, h, walked_years)]
        done: dict[tuple[int, bool], dict[int, Risks]] = {}
        for n, (job, risks) in enumerate(run(rows, jobs), 1):
            done.setdefault((job.horizon, job.deaths), {})[job.year] = risks
            tell(f"{target.title}: fitted {n} of {len(jobs)} years and model sets")
        for horizon in policy.horizons:
            tell(f"{target.title}, {_years(horizon)}: choosing and calibrating")
            by_sight = {deaths: done[horizon, deaths] for deaths in (True, False)}
            tracks = _tracks(policy, table, outcome[target.id, horizon], horizon, by_sight)
            yield Walked(target, horizon, table, outcome[target.id, horizon], at_risk, tracks, years[0])


def _years(horizon: int) -> str:
    return "one year ahead" if horizon == 1 else f"{horizon} years ahead"


def _tracks(
    policy: Foresight, table: Table, outcome: Floats, horizon: int, risks: Mapping[bool, Mapping[int, Risks]]
) -> dict[str, choose.Track]:
    """Return the tracks that are published, from the candidates' risks with and without death counts."""
    found = {}
    for deaths in (True, False):
        plain = checklist_score(table, policy.checklist, deaths=deaths)
        found[deaths] = choose.follow(policy, choose.Past(table.year, outcome, plain, horizon), risks[deaths])
    full, outside = found[True], found[False]
    headline = full if policy.headline == "all_figures" else choose.higher(full, outside)
    benchmark = choose.Track(full.checklist, full.checklist, full.ensemble, full.checklist_draws)
    return {HEADLINE: headline, OUTSIDE: outside, CHECKLIST: benchmark}


def forecasts(walked: Walked, world: World, last: int) -> pd.DataFrame:
    """Return the forecasts of every track and published year up to ``last``, in the columns :data:`FORECASTS`.

    ``risk``: probability of an onset in the years after ``year_from`` up to the horizon; ``low``, ``high``: 5th and 95th
    percentile; ``rank``: 1 is the highest. Countries of which nothing is known have no row. Sorted by year, track and rank.
    """
    parts = []
    gw = world.spans.set_index(["iso3", "year"])["gw"]
    for name, track in walked.tracks.items():
        for year in (y for y in sorted(track.draws) if walked.first <= y <= last):
            rows = np.flatnonzero(walked.table.year == year)
            low, high = choose.span(track.draws[year])
            known = ~np.isnan(track.risk[rows])
            rows, low, high = rows[known], low[known], high[known]
            iso3 = [walked.table.countries[c] for c in walked.table.country[rows]]
            part = {"year_from": year, "iso3": iso3, "gwcode": [gw.get((c, year), "") for c in iso3]}
            part |= {"country": [world.countries.name(c) for c in iso3], "horizon": walked.horizon, "track": name}
            part |= {"risk": track.risk[rows], "rank": choose.ranks(track.risk[rows]), "low": low, "high": high}
            parts.append(pd.DataFrame(part))
    if not parts:
        return pd.DataFrame(columns=list(FORECASTS))
    frame = pd.concat(parts, ignore_index=True)[list(FORECASTS)]
    order = frame["track"].map({t: n for n, t in enumerate(TRACKS)})
    return (
        frame.assign(order=order)
        .sort_values(["horizon", "year_from", "order", "rank"])
        .drop(columns="order")
        .reset_index(drop=True)
    )


def places(table: Table, risk: Floats) -> tuple[Ints, Ints]:
    """Return each row's place among the countries of its year, and the better of it and that of the year before."""
    rank = np.full(len(risk), NOT_LISTED)
    at: dict[tuple[int, int], int] = {}
    for year in np.unique(table.year):
        rows = np.flatnonzero((table.year == year) & ~np.isnan(risk))
        rank[rows] = choose.ranks(risk[rows])
        at |= {(int(year), int(c)): int(r) for c, r in zip(table.country[rows], rank[rows], strict=True)}
    before = np.array([at.get((int(y) - 1, int(c)), NOT_LISTED) for y, c in zip(table.year, table.country, strict=True)])
    return rank, np.minimum(rank, before)


def listed(walked: Walked, risk: Floats) -> Floats:
    """Return the risks that make the lists which are scored: of published years and of countries at risk, else NaN."""
    return np.where((walked.table.year >= walked.first) & walked.at_risk, risk, np.nan)


def scored(walked: Walked, risk: Floats, years: tuple[int, int]) -> tuple[scores.Scored, Bools]:
    """Return what is scored of some forecasts: outcomes in the years from ``years[0]`` to ``years[1]``; and which rows they are.

    A row is a country-year of which there is a forecast and whose outcome is known. Places are those among countries at risk.
    """
    rank, best = places(walked.table, listed(walked, risk))
    ends = walked.table.year + walked.horizon
    rows = ~np.isnan(risk) & ~np.isnan(walked.outcome) & (walked.table.year + 1 >= years[0]) & (ends <= years[1])
    picked = scores.Scored(walked.table.year[rows] + 1, risk[rows], walked.outcome[rows], rank[rows], best[rows])
    return picked, rows


def marks(walked: Walked, ready: Prepared, rows: Bools) -> list[scores.Mark]:
    """Return what splits the scored rows: conflict in the last data year, whether it had ever happened before, and by whom."""
    first = int(ready.figures.years[0])
    own = ready.onsets[walked.target.id]
    conflict, ever = (walked.table.take(grid, first)[rows] for grid in (ready.conflict, own.ever))
    found = [scores.Mark(conflict, "inside conflict", "outside conflict"), scores.Mark(ever, "repeat", "first-ever")]
    if walked.target.kind == "counted":
        led = walked.table.take(_led_by_governments(ready), first)[rows]
        found.append(scores.Mark(led, "by governments", "by groups", of_onsets=True))
    return found


def _led_by_governments(ready: Prepared) -> Floats:
    """Return 1 where governments killed more civilians in the year after than groups, 0 where groups did; NaN unknown."""
    more = ready.figures.of(GOVERNMENTS) - ready.figures.of(GROUPS)
    ahead = np.full(more.shape, np.nan)
    ahead[:-1] = np.where(np.isnan(more), np.nan, more > 0)[1:]
    return ahead
