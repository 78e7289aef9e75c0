"""When the monitor works by itself: ``config/schedule.yaml``, and the process that keeps to it (``monitor schedule``).

A *slot* is one time at which a job is due, named by the wall clock of the schedule's zone. Whatever wakes a job (its time, a
start, an hour that comes twice, a clock that was set back) only asks it to look whether its last slot was done; the ledger in the
record answers. So a machine that was off for three weeks makes up one run, and a slot that was done is never done again.
"""

from __future__ import annotations

import heapq
import json
import logging
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.events import EVENT_JOB_MAX_INSTANCES
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from pydantic import ValidationInfo, field_validator, model_validator

from indicators.contract import Frozen
from monitor.settings import ROOT, nearest
from monitor.storage import StorageError, StoreError
from monitor.storage.lock import WriterLock, make_home

LOCK = "schedule.lock"
MADE = (0, 4)  # exit codes of `monitor run` with which an assessment was made
LONGEST = timedelta(hours=6)  # a run that hangs must not keep every later one from starting
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PULSE = 1.0  # seconds between two looks at the clock and at what signals came
LONGEST_GAP = timedelta(hours=2)  # the most that clocks are set forward by at a time
LOOK_BACK = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=4_000))


# ------------------------------------------------------------------------------------------------------------- the schedule


class Times(Frozen):
    """When a job is due, field by field as in cron; all fields must match. Numbers may stand as numbers."""

    hour: str
    minute: str = "0"
    second: str = "0"
    day: str = "*"
    day_of_week: str = "*"

    @field_validator("*", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if type(value) is int else value

    @field_validator("*")
    @classmethod
    def _can_be_read(cls, text: str, field: ValidationInfo) -> str:
        name = str(field.field_name)
        if name == "day_of_week" and any(c.isdigit() for c in text):
            raise ValueError("name the days, mon to sun: numbers mean other days in other programs")
        try:
            CronTrigger(**{name: text}, timezone=UTC)
        except ValueError as error:
            wrong = next((word for word in re.split(r"[,\s-]+", text) if word not in DAYS), text)
            raise ValueError(f"{error}{nearest(wrong, DAYS) if name == 'day_of_week' else ''}") from error
        return text

    @model_validator(mode="after")
    def _comes(self) -> Times:
        if next(self.walls(datetime(2026, 1, 1)), None) is None:  # noqa: DTZ001
            raise ValueError("no day matches all of these fields")
        return self

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Yield the times a wall clock shows (without a zone) when the job is due, from ``start`` on.

        Found as if no clock ever changed: APScheduler 3.11.3 loses midnight where one does.
        """
        trigger = CronTrigger(**dict(self), timezone=UTC)
        found = trigger.get_next_fire_time(None, start.replace(tzinfo=UTC))
        while found is not None:
            yield found.replace(tzinfo=None)
            found = trigger.get_next_fire_time(None, found + timedelta(microseconds=1))


class Jobs(Frozen):
    """The jobs that can be scheduled: the main job, freezing and sending the digest, sending what waits, keeping watch."""

    run: Times
    digest: Times | None = None
    send: Times | None = None
    watch: Times | None = None


@dataclass(frozen=True)
class Slot:
    """One time at which a job is due. ``at`` is in the zone of the schedule."""

    job: str
    at: datetime

    @property
    def due(self) -> str:
        """Return the name of the slot: the wall clock and its zone, the same both times an hour comes."""
        return f"{self.at:%Y-%m-%dT%H:%M:%S} {self.at.tzinfo}"


class Schedule(Frozen):
    """The jobs and their times, all in one zone: ``schedule.yaml``."""

    timezone: str
    jobs: Jobs

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in (zones := available_timezones()):
            raise ValueError(f"unknown time zone {name!r}{nearest(name, zones)}")
        return name

    def only(self, *jobs: str) -> Schedule:
        """Return this schedule with these jobs alone; the main job always stays."""
        kept = {job: times for job, times in self.jobs if job in ("run", *jobs)}
        return self.model_copy(update={"jobs": Jobs(**kept)})

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are meant."""
        return ZoneInfo(self.timezone)

    def times(self) -> dict[str, Times]:
        """Return the times of every job by its name."""
        return {job: times for job, times in self.jobs if times is not None}

    def slots(self, job: str, start: datetime) -> Iterator[Slot]:
        """Yield the slots of a job from ``start`` (UTC, inclusive) on.

        A wall time that the clocks skip comes an hour later, one that they repeat comes the first time only.
        """
        last = start.astimezone(UTC) - timedelta(microseconds=1)
        here, before = (at.astimezone(self.zone).replace(tzinfo=None) for at in (start, start - LONGEST_GAP))
        skipped = max(here - before - LONGEST_GAP, timedelta(0))
        for wall in self.times()[job].walls(here - skipped):
            at = wall.replace(tzinfo=self.zone).astimezone(UTC)
            if at > last:  # what was skipped may meet what comes an hour later by itself
                yield Slot(job, at.astimezone(self.zone))
                last = at

    def latest(self, job: str, now: datetime) -> Slot | None:
        """Return the last slot at or before now (UTC)."""
        for back in LOOK_BACK:
            if past := list(takewhile(lambda slot: slot.at <= now, self.slots(job, now - back))):
                return past[-1]
        return None

    def upcoming(self, now: datetime, count: int) -> list[Slot]:
        """Return the next slots of all jobs, soonest first."""
        every = (self.slots(job, now) for job in self.times())
        return list(islice(heapq.merge(*every, key=lambda slot: slot.at.astimezone(UTC)), count))


class _Slots(BaseTrigger):  # type: ignore[misc]
    """The slots of a job, for APScheduler; those that passed while nobody looked are left to :meth:`Scheduler.attend`."""

    def __init__(self, schedule: Schedule, job: str) -> None:
        self.schedule, self.job = schedule, job

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the first slot after now, and after the one before."""
        return next(self.schedule.slots(self.job, max(previous or now, now) + timedelta(microseconds=1))).at


# -------------------------------------------------------------------------------------------------------------- the process


@dataclass(frozen=True)
class Done:
    """What came of a job: its exit code, and what to say of it on one line."""

    exit_code: int
    words: str


@dataclass(frozen=True)
class Scheduler:
    """The process that keeps to a schedule over ``home``. ``clock`` returns UTC; ``say`` shows one line."""

    schedule: Schedule
    home: Path
    jobs: Mapping[str, Callable[[], Done]]
    clock: Callable[[], datetime]
    say: Callable[[str], None]

    def run(self) -> None:
        """Do every job when it is due, until SIGTERM or SIGINT; then end what is in progress. Do nothing if another one runs."""
        make_home(self.home)
        with ExitStack() as held:
            try:
                held.enter_context(WriterLock(self.home / LOCK).held())
            except StoreError as error:
                self.say(f"{error}")
                return
            self._until_stopped()

    def attend(self, job: str) -> None:
        """Do a job unless its last slot was done, and say in a line what came of it. Nothing that goes wrong gets out."""
        from monitor.storage.store import Store

        slot = self.schedule.latest(job, self.clock())
        if slot is None:
            return
        said = [f"{job} due {_clock(slot.at)}"]
        try:
            ledger, started = Store(self.home), self.clock()
            if ledger.slot_done(job, slot.due):
                return
            done = self.jobs[job]()
            said += [done.words, f"exit code {done.exit_code}"]
            if done.exit_code in MADE:
                ledger.record_slot(job, slot.due, started=started, finished=self.clock(), exit_code=done.exit_code)
        except StorageError as error:
            said.append(f"{error}. {error.what_to_do}".rstrip())
        except Exception as error:  # the next slot must come whatever became of this one
            said.append(f"failed: {type(error).__name__}: {error}")
        self._tell("; ".join(said))

    def _until_stopped(self) -> None:
        """Fire at every job's times, and once now: what came due while nobody was here is made up.

        APScheduler waits in a thread of its own, so that a signal only sets a mark here and never meets a lock half taken.
        """
        signals: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _: signals.append(received))
        waiting = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # what it warns of is said here, in plain words
        waiting.add_listener(
            lambda event: self._tell(f"{event.job_id} passed over: the one before is still in progress"), EVENT_JOB_MAX_INSTANCES
        )
        for job in self.schedule.times():
            waiting.add_job(
                self.attend, _Slots(self.schedule, job), args=[job], id=job, next_run_time=self.clock(),
                coalesce=True, max_instances=1, misfire_grace_time=None,
            )  # fmt: skip
        first = self.schedule.upcoming(self.clock(), 1)[0]
        self._tell(f"keeping the schedule; next is {first.job}, due {_clock(first.at)}")
        waiting.start()
        while not signals:
            time.sleep(PULSE)
            self.look_at_the_clock(waiting)
            if not any(thread.name == "APScheduler" for thread in threading.enumerate()):
                raise RuntimeError("the thread that waits for the next time has died; start `monitor schedule` again")
        self._tell("stopping; what is in progress is finished first")
        waiting.shutdown()
        self._tell("stopped")

    def look_at_the_clock(self, waiting: Any) -> None:
        """Follow the wall clock where it jumps: APScheduler counts seconds awake, and never comes back to an earlier time."""
        for job in waiting.get_jobs():
            following = next(self.schedule.slots(job.id, self.clock()))
            if job.next_run_time > following.at:  # the clock was set back
                job.modify(next_run_time=following.at)
        waiting.wakeup()  # the machine slept, or the clock was set forward

    def _tell(self, words: str) -> None:
        self.say(f"{_clock(self.clock().astimezone(self.schedule.zone))}  {words}")


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S %Z}"


def main_job(environment: Mapping[str, str]) -> Done:
    """Do the main job, as ``monitor run`` in a process of its own, and say what it came to."""
    ended = _ended(("run", "--json"), environment, otherwise="no assessment: ")
    return ended if ended.exit_code not in MADE else Done(ended.exit_code, _collected(json.loads(ended.words)["runs"]))


def verb_job(words: Sequence[str], environment: Mapping[str, str]) -> Done:
    """Do another verb in a process of its own, and say its last line."""
    ended = _ended(words, environment)
    return Done(ended.exit_code, (ended.words.strip().splitlines() or ["done"])[-1])


def _ended(words: Sequence[str], environment: Mapping[str, str], otherwise: str = "") -> Done:
    """Run a verb in a process of its own: one that dies or hangs takes nothing with it, and its memory.

    Out of reach of the terminal's Ctrl-C, so that what is in progress is finished. Return what it printed where its exit code is
    one of :data:`MADE`; else the last line that it said, after ``otherwise``.
    """
    command: Sequence[str] = (sys.executable, "-m", "monitor", *words)
    try:
        ended = subprocess.run(  # noqa: S603  (our own interpreter)
            command, capture_output=True, encoding="utf-8", errors="replace", env={**environment, "PYTHONUTF8": "1"}, cwd=ROOT,
            timeout=LONGEST.total_seconds(), start_new_session=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Done(-signal.SIGKILL, f"{otherwise}ended because it took longer than {LONGEST}")
    if ended.returncode in MADE:
        return Done(ended.returncode, ended.stdout)
    if ended.returncode < 0:
        return Done(ended.returncode, f"{otherwise}ended by {signal.Signals(-ended.returncode).name}")
    *before, last = ended.stderr.strip().splitlines() or ["it did not say why"]
    sys.stderr.writelines(f"{line}\n" for line in before)  # a traceback, for who has to mend it
    return Done(ended.returncode, f"{otherwise}{last}")


def _collected(runs: Sequence[Mapping[str, Any]]) -> str:
    by = {status: [r["source"] for r in runs if r["status"] == status] for status in ("failed", "refused")}
    waiting = sum(r["status"] == "missing" for r in runs)  # for a file that is put in by hand: neither collected nor failed
    good = len(runs) - waiting - sum(map(len, by.values()))
    named = "; ".join(f"{status}: {', '.join(sources) or 'none'}" for status, sources in by.items())
    return f"assessment made; {good} of {len(runs)} sources collected; {named}"
