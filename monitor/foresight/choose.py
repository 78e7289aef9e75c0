"""Which model counts in a year: decided by the forecasts of earlier years alone, in the order in which the years came.

For each year: 1. In each family, take the candidate whose closed forecasts of earlier years had the best log score. 2. Bring the
families together: the mean of their log odds. 3. Calibrate that, and the checklist, on closed forecasts. 4. Use the ensemble
where its calibrated forecasts of closed years beat those of the checklist; else the checklist, and say why. No outcome of the
gap, of the year or of any later one is ever looked at: nothing is tuned on the years that it is scored on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from monitor.foresight.annual import Bools, Floats, Ints
from monitor.foresight.calibrate import CHECKLIST, MODEL, Calibration, Prior, calibrate, draws_of_years, unlearnt
from monitor.foresight.models import FINEST, log_odds
from monitor.foresight.policy import Foresight
from monitor.foresight.walk import Risks, closed

ENSEMBLE, BENCHMARK = "ensemble", "checklist"
NOTHING = "no outcome was closed: the checklist, at the base rate that the policy states"
TOO_FEW = "too few onsets to learn from"
UNPROVEN = "too few onsets in earlier forecasts to show that the ensemble is better"
BEATEN = "the ensemble had not beaten the checklist"
BETTER = "the ensemble had beaten the checklist"


@dataclass(frozen=True)
class Choice:
    """What was used in a year, and why. ``picks``: the candidate of each family. ``learnt``, ``past``: onsets in the rows learnt
    from, and in the closed forecasts of earlier years. ``gain``: mean log score of the ensemble less that of the checklist."""

    year: int
    used: str
    why: str
    picks: tuple[str, ...]
    learnt: int
    past: int
    gain: float
    calibration: Calibration


@dataclass
class Track:
    """Forecasts of one track for all rows, NaN where there are none. ``draws``: year -> draws x rows of that year."""

    risk: Floats
    checklist: Floats
    ensemble: Floats
    draws: dict[int, Floats] = field(default_factory=dict)
    checklist_draws: dict[int, Floats] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)


@dataclass(frozen=True)
class Past:
    """The rows of one target and horizon: the last data year, the outcome (1, 0, NaN), and the checklist's score."""

    year: Ints
    outcome: Floats
    score: Floats
    horizon: int


def follow(policy: Foresight, past: Past, risks: Mapping[int, Risks]) -> Track:
    """Return the forecasts of every year in ``risks`` (year -> candidate -> risk of its rows), from the first to the last."""
    blank = np.full(len(past.year), np.nan)
    track = Track(blank.copy(), blank.copy(), blank.copy())
    scores = {c.id: blank.copy() for c in policy.candidates}
    together = blank.copy()
    for at in sorted(risks):
        rows = np.flatnonzero(past.year == at)
        for name, risk in risks[at].items():
            scores[name][rows] = log_odds(risk)
        picks = _picks(policy, past, {n: s for n, s in scores.items() if n in risks[at]}, at)
        members = np.array([scores[name][rows] for name in picks])
        if picks:
            together[rows] = members.mean(axis=0)
        shut = closed(past.year, past.outcome, past.horizon, at, policy.gap_years)
        _one_year(policy, past, track, _Year(at, rows, shut, together, members, picks))
    return track


@dataclass(frozen=True)
class _Year:
    """One year: its rows, the rows that were closed then, the ensemble's scores so far, its members' scores for the year."""

    at: int
    rows: Ints
    shut: Bools
    together: Floats
    members: Floats
    picks: tuple[str, ...]


def _picks(policy: Foresight, past: Past, scores: Mapping[str, Floats], at: int) -> tuple[str, ...]:
    """Return the candidate of each family: the best log score in closed forecasts, the first one where they hold few onsets."""
    if not scores:
        return ()
    known = ~np.isnan(np.array(list(scores.values()))).any(axis=0)
    seen = known & closed(past.year, past.outcome, past.horizon, at, policy.gap_years)
    names = [c for c in policy.candidates if c.id in scores]
    if past.outcome[seen].sum() < policy.fewest_past_onsets:
        return tuple(next(iter(group)).id for _, group in groupby(names, key=lambda c: c.family))
    worth = {n: log_score(s[seen], past.outcome[seen]) for n, s in scores.items()}
    return tuple(max(group, key=lambda c: worth[c.id]).id for _, group in groupby(names, key=lambda c: c.family))


def log_score(score: Floats, outcome: Floats) -> float:
    """Return the mean log score of log odds: 0 is perfect, lower is worse."""
    return float(-np.logaddexp(0, np.where(outcome == 1, -score, score)).mean())


def _one_year(policy: Foresight, past: Past, track: Track, now: _Year) -> None:
    """Calibrate, decide and record one year."""
    at, rows = now.at, now.rows
    calibrated = _calibrator(policy, at)
    plain = calibrated(past, past.score, now.shut, CHECKLIST)
    benchmark = plain.risk(past.score[rows])
    track.checklist[rows], track.checklist_draws[at] = benchmark[0], benchmark
    ours, fitted = plain, benchmark
    if now.picks:
        ours = calibrated(past, now.together, now.shut, MODEL)
        fitted = ours.risk(members_drawn(now.members, len(ours.level), policy.seed + at))
        track.ensemble[rows] = fitted[0]
    seen = now.shut & ~np.isnan(track.ensemble)
    gain, proven = _gain(track, past, seen), int(past.outcome[seen].sum())
    why = _why(policy, now, proven, gain)
    better = why == BETTER
    track.risk[rows], track.draws[at] = (fitted[0], fitted) if better else (benchmark[0], benchmark)
    used, learnt = ENSEMBLE if better else BENCHMARK, int(past.outcome[now.shut].sum())
    track.choices.append(Choice(at, used, why, now.picks, learnt, proven, gain, ours if better else plain))


def _why(policy: Foresight, now: _Year, proven: int, gain: float) -> str:
    if not now.shut.any():
        return NOTHING
    if not now.picks:
        return TOO_FEW
    if proven < policy.fewest_past_onsets:
        return UNPROVEN
    return BETTER if gain > 0 else BEATEN


def _gain(track: Track, past: Past, seen: Bools) -> float:
    seen = seen & ~np.isnan(track.checklist)
    if not seen.any():
        return float("nan")
    ours, plain = (log_odds(r[seen]) for r in (track.ensemble, track.checklist))
    return log_score(ours, past.outcome[seen]) - log_score(plain, past.outcome[seen])


def _calibrator(policy: Foresight, at: int) -> Callable[[Past, Floats, Bools, Prior], Calibration]:
    """Return how to calibrate in a year: on every closed row with a score, or by the prior where there is none."""

    def calibrated(past: Past, score: Floats, shut: Bools, prior: Prior) -> Calibration:
        usable = shut & ~np.isnan(score)
        if not usable.any():
            return unlearnt(prior, policy.base_rate, float(np.nanmean(score[past.year == at])), (policy.draws, policy.seed + at))
        years = len(np.unique(past.year[usable]))
        weights = draws_of_years(years, policy.draws, policy.seed + at)
        return calibrate(score[usable], past.outcome[usable], past.year[usable], prior, weights)

    return calibrated


def members_drawn(members: Floats, draws: int, seed: int) -> Floats:
    """Return draws x rows of the members' mean log odds; from the second draw on each member counts by chance (Dirichlet)."""
    random = np.random.default_rng(seed + 1)
    share = random.dirichlet(np.ones(len(members)), size=draws)
    share[0] = 1 / len(members)
    return np.asarray(share @ members)


def higher(one: Track, other: Track) -> Track:
    """Return the headline: of two tracks the higher risk, row by row and draw by draw, never the mean."""
    both = Track(np.fmax(one.risk, other.risk), one.checklist, np.fmax(one.ensemble, other.ensemble))
    for year in sorted(set(one.draws) & set(other.draws)):
        both.draws[year] = np.maximum(one.draws[year], other.draws[year])
    both.checklist_draws = one.checklist_draws
    both.choices = one.choices
    return both


def span(draws: Floats) -> tuple[Floats, Floats]:
    """Return the 5th and 95th percentile of draws (the first is the forecast itself and lies inside)."""
    low, high = np.quantile(draws[1:], [0.05, 0.95], axis=0) if len(draws) > 1 else (draws[0], draws[0])
    return np.clip(np.minimum(low, draws[0]), FINEST, 1), np.clip(np.maximum(high, draws[0]), FINEST, 1)


def ranks(risk: Floats) -> Ints:
    """Return places from 1 (highest) along the last axis; of equal risks the row that stands first comes first."""
    order = np.argsort(-risk, axis=-1, kind="stable")
    place = np.empty(risk.shape, dtype="int64")
    np.put_along_axis(place, order, np.broadcast_to(np.arange(1, risk.shape[-1] + 1), risk.shape), axis=-1)
    return place
