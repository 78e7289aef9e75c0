"""What a backtest leaves for the forecast of today: which candidates count, how they are calibrated, and what they have scored.

Parameters only, as JSON: the models themselves are fitted anew each time, from the same rows to the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from indicators.contract import Frozen
from monitor.foresight.calibrate import CHECKLIST, MODEL, Calibration, Prior, unlearnt
from monitor.foresight.choose import BENCHMARK, ENSEMBLE, Track
from monitor.foresight.policy import Foresight
from monitor.foresight.record import HEADLINE, OUTSIDE, Walked

NEVER_SCORED = "no backtest has been made with these figures and this policy: the models' own word, not calibrated"
DIGITS = 6


class Line(Frozen):
    """One target, horizon and track. ``level`` and ``slope``: of what is used; the first is the fit, the others are draws."""

    target: str
    horizon: int
    track: str
    year: int
    used: str
    why: str
    picks: tuple[str, ...]
    learnt: int
    past: int
    level: tuple[float, ...]
    slope: tuple[float, ...]

    @property
    def calibration(self) -> Calibration:
        """Return level and slope as arrays."""
        return Calibration(np.array(self.level), np.array(self.slope))


class Kept(Frozen):
    """``policy``: the hash of the policy it was made with. ``scores``, ``calibration``: rows of the tables of the backtest."""

    policy: str
    first: int
    last: int
    lines: tuple[Line, ...]
    scores: tuple[Mapping[str, Any], ...]
    calibration: tuple[Mapping[str, Any], ...]
    misses: tuple[Mapping[str, Any], ...] = ()
    alarms: tuple[Mapping[str, Any], ...] = ()

    def line(self, target: str, horizon: int, track: str) -> Line | None:
        """Return the line of a forecast, if there was one."""
        return next((x for x in self.lines if (x.target, x.horizon, x.track) == (target, horizon, track)), None)

    def table(self, name: str) -> pd.DataFrame:
        """Return ``scores``, ``calibration``, ``misses`` or ``alarms`` as a table."""
        rows = [dict(row) for row in getattr(self, name)]
        return pd.DataFrame(rows, columns=None if rows else ["target", "horizon"])


def lines_of(walked: Walked) -> Iterator[Line]:
    """Yield the last choice of the headline and of the model outside conflict."""
    for track in (HEADLINE, OUTSIDE):
        yield from _line(walked, track, walked.tracks[track])


def _line(walked: Walked, name: str, track: Track) -> Iterator[Line]:
    if not track.choices:
        return
    last = track.choices[-1]
    level, slope = (tuple(round(float(v), DIGITS) for v in found) for found in (last.calibration.level, last.calibration.slope))
    yield Line(
        target=walked.target.id,
        horizon=walked.horizon,
        track=name,
        year=last.year,
        used=last.used,
        why=last.why,
        picks=last.picks,
        learnt=last.learnt,
        past=last.past,
        level=level,
        slope=slope,
    )


def rows_of(frame: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return a table as rows for JSON: rounded, and a missing value is null."""
    rounded = frame.apply(lambda c: c.round(DIGITS) if c.dtype.kind == "f" else c)
    return tuple({k: None if pd.isna(v) else v for k, v in row.items()} for row in rounded.astype(object).to_dict("records"))


def unkept(policy: Foresight, target: str, horizon: int, track: str, *, enough: bool, centre: float) -> Line:
    """Return the line of a forecast that was never scored. ``enough``: there are onsets to learn from, else the checklist."""
    prior: Prior = MODEL if enough else CHECKLIST
    found = unlearnt(prior, policy.base_rate, centre, (policy.draws, policy.seed))
    picks: dict[str, str] = {}
    for candidate in policy.candidates:
        picks.setdefault(candidate.family, candidate.id)
    return Line(
        target=target,
        horizon=horizon,
        track=track,
        year=0,
        used=ENSEMBLE if enough else BENCHMARK,
        why=NEVER_SCORED,
        picks=tuple(picks.values()),
        learnt=0,
        past=0,
        level=tuple(found.level.tolist()),
        slope=tuple(found.slope.tolist()),
    )
