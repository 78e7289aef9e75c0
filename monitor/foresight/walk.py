"""Year by year through the past: each forecast from models that had seen nothing later, and no outcome of the gap.

For a forecast of ``year`` and ``horizon``, a model learns from country-years whose outcome was closed ``gap`` years before:
``row.year + horizon <= year - gap``. So with a gap of two years, the outcomes of ``year`` and of the year before it are never
learnt from, whatever they say; nor is anything chosen or calibrated on them (:mod:`.choose`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.foresight.annual import Bools, Floats, Ints
from monitor.foresight.models import fit
from monitor.foresight.policy import Candidate


@dataclass(frozen=True)
class Rows:
    """What a walk learns from. ``x``: rows x columns; ``deaths``: which columns count deaths; ``year``: the last data year.

    ``outcome``: (target, horizon) -> 1, 0 or NaN for each row.
    """

    x: Floats
    deaths: Bools
    year: Ints
    outcome: Mapping[tuple[str, int], Floats]


@dataclass(frozen=True)
class Job:
    """One fit of every candidate. ``deaths``: whether the models may see columns that count deaths."""

    target: str
    horizon: int
    year: int
    deaths: bool
    candidates: tuple[Candidate, ...]
    gap: int
    fewest: int
    seed: int


Risks = dict[str, Floats]  # candidate -> risk of each row of the year
Done = tuple[Job, Risks]
Run = Callable[[Rows, Sequence[Job]], Iterable[Done]]


def closed(year: Ints, outcome: Floats, horizon: int, at: int, gap: int) -> Bools:
    """Return the rows whose outcome is known and was closed ``gap`` years before ``at``."""
    return np.asarray((year + horizon <= at - gap) & ~np.isnan(outcome))


def forecast(rows: Rows, job: Job) -> Risks:
    """Return each candidate's risk for the rows of the job's year; nothing where there are too few onsets to learn from."""
    outcome = rows.outcome[job.target, job.horizon]
    learn = closed(rows.year, outcome, job.horizon, job.year, job.gap)
    if outcome[learn].sum() < job.fewest:
        return {}
    columns = np.ones(len(rows.deaths), dtype=bool) if job.deaths else ~rows.deaths
    x, seen = rows.x[:, columns], rows.year == job.year
    return {c.id: fit(c, x[learn], outcome[learn], job.seed).risk(x[seen]) for c in job.candidates}


def one_by_one(rows: Rows, jobs: Sequence[Job]) -> Iterator[Done]:
    """Run jobs in their order, in this process."""
    for job in jobs:
        yield job, forecast(rows, job)
