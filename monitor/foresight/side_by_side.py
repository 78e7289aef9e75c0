"""Jobs of a walk in several processes. Each works with one thread, so that the same rows give the same bytes on any machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from monitor.foresight.walk import Done, Job, Risks, Rows, forecast

_HELD: list[Rows] = []  # of a worker: its rows, sent once


def run(rows: Rows, jobs: Sequence[Job], cores: int = 2) -> Iterator[Done]:
    """Run jobs on so many cores and yield each with its risks, in the order of ``jobs``."""
    if cores < 2 or len(jobs) < 2:
        for job in jobs:
            with one_thread():
                done = forecast(rows, job)
            yield job, done
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=_take, initargs=(rows,)) as pool:
        yield from zip(jobs, pool.map(_work, jobs, chunksize=2), strict=True)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the libraries to one thread: fits are small, and threads that wait for each other cost more than they bring."""
    import sklearn.ensemble  # noqa: F401  (its threads can be limited once they are there)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def _take(rows: Rows) -> None:
    _HELD.append(rows)


def _work(job: Job) -> Risks:
    with one_thread():
        return forecast(_HELD[0], job)
