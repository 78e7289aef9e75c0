"""Jobs of a walk in several processes. Each works with one thread, so that the same rows give the same bytes on any machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from monitor.foresight.walk import Done, Job, Risks, Rows, forecast

_HELD: list[Rows] = []  # of a worker: its rows, sent once


def run(rows: Rows, jobs: Sequence[Job], cores: int = 2) -> Iterator[Done]:
    """Run jobs on so many cores and yield each with its risks, in the order of ``jobs``."""
    if cores < 2 or len(jobs) < 2:
        _take(None)
        for job in jobs:
            yield job, forecast(rows, job)
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=_take, initargs=(rows,)) as pool:
        yield from zip(jobs, pool.map(_work, jobs, chunksize=2), strict=True)


def _take(rows: Rows | None) -> None:
    import sklearn.ensemble  # noqa: F401  (its threads can be limited once they are there)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    if rows is not None:
        _HELD.append(rows)


def _work(job: Job) -> Risks:
    return forecast(_HELD[0], job)
