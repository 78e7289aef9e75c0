"""The scheduler: when jobs are due whatever the clocks do, each slot done once, and a process that starts and stops cleanly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from monitor import schedule as scheduling
from monitor import starter
from monitor.schedule import Done, Schedule, Scheduler, main_job
from monitor.settings import ConfigError, Settings, load_config, load_schedule, load_sources
from monitor.storage.lock import WriterLock
from monitor.storage.snapshot import Snapshot
from monitor.storage.store import Store
from tests.conftest import CONFIG, ROOT, run_monitor
from tests.publisher import CARDS

MADE = Done(0, "assessment made")


def schedule(zone: str = "Europe/London", **times: Any) -> Schedule:
    return Schedule.model_validate({"timezone": zone, "jobs": {"run": times}})


def due(plan: Schedule, start: datetime, end: datetime) -> list[datetime]:
    """Return the slots from start to before end."""
    return [slot.at for slot in takewhile(lambda slot: slot.at < end, plan.slots("run", start))]


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]


# ------------------------------------------------------------------------------------------------------- when a job is due

# Local days on which the clocks change, from the published rules of each zone; Kathmandu (+05:45) never changes them.
CHANGES = {
    "Europe/London": ["2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31", "2028-03-26", "2028-10-29"],
    "America/New_York": ["2026-03-08", "2026-11-01", "2027-03-14", "2027-11-07", "2028-03-12", "2028-11-05"],
    "Australia/Lord_Howe": ["2026-04-05", "2026-10-04", "2027-04-04", "2027-10-03", "2028-04-02", "2028-10-01"],
    "Africa/Cairo": ["2026-04-24", "2026-10-29", "2027-04-30", "2027-10-28", "2028-04-28", "2028-10-26"],
    "Asia/Kathmandu": [],
}
HOURS = {"05:30": (5, 30), "01:30": (1, 30), "midnight": (0, 0), "02:00": (2, 0), "23:30": (23, 30)}


@pytest.mark.parametrize("hour", HOURS)
@pytest.mark.parametrize("zone", CHANGES)
def test_a_daily_job_is_due_once_on_every_local_day_of_three_years(zone: str, hour: str) -> None:
    there = ZoneInfo(zone)
    first, last = datetime(2026, 1, 1, tzinfo=there), datetime(2029, 1, 1, tzinfo=there)
    slots = due(schedule(zone, hour=HOURS[hour][0], minute=HOURS[hour][1]), first.astimezone(UTC), last.astimezone(UTC))
    assert [at.date() for at in slots] == [date(2026, 1, 1) + timedelta(days=n) for n in range(365 + 365 + 366)]
    changing = {date.fromisoformat(day) for day in CHANGES[zone]}
    assert {(at.hour, at.minute) for at in slots if at.date() not in changing} == {HOURS[hour]}


@pytest.mark.parametrize("zone", CHANGES)
def test_the_days_named_above_are_those_on_which_the_clocks_change(zone: str) -> None:
    there, days = ZoneInfo(zone), [date(2026, 1, 1) + timedelta(days=n) for n in range(1096)]
    midnights = [datetime(d.year, d.month, d.day, tzinfo=there).astimezone(UTC) for d in [*days, date(2029, 1, 1)]]
    lengths = [after - before for before, after in pairwise(midnights)]
    found = [f"{d}" for d, length in zip(days, lengths, strict=True) if length != timedelta(days=1)]
    assert found == CHANGES[zone]


@pytest.mark.parametrize(
    ("hour", "day", "expected"),
    [
        (5, (2026, 3, 28), utc(2026, 3, 28, 5, 30)),  # winter time
        (5, (2026, 3, 29), utc(2026, 3, 29, 4, 30)),  # clocks went forward at 01:00 UTC
        (5, (2026, 10, 24), utc(2026, 10, 24, 4, 30)),
        (5, (2026, 10, 25), utc(2026, 10, 25, 5, 30)),  # clocks went back at 01:00 UTC
        (1, (2026, 3, 29), utc(2026, 3, 29, 1, 30)),  # 01:30 does not exist: 02:30 summer time
        (1, (2026, 10, 25), utc(2026, 10, 25, 0, 30)),  # 01:30 comes twice: the first
        (1, (2026, 10, 26), utc(2026, 10, 26, 1, 30)),
    ],
)
def test_in_london_a_job_is_due_at_the_local_hour(hour: int, day: tuple[int, int, int], expected: datetime) -> None:
    midnight = datetime(*day, tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
    assert next(schedule(hour=hour, minute=30).slots("run", midnight)).at.astimezone(UTC) == expected


@pytest.mark.parametrize(
    ("times", "now", "expected"),
    [
        ({"hour": 5, "minute": 30}, utc(2026, 11, 20, 5, 30), "2026-11-20T05:30:00 Europe/London"),  # due this very second
        ({"hour": 5, "minute": 30}, utc(2026, 11, 20, 5, 29, 59), "2026-11-19T05:30:00 Europe/London"),
        ({"hour": 1, "minute": 30}, utc(2026, 10, 25, 0, 31), "2026-10-25T01:30:00 Europe/London"),
        ({"hour": 1, "minute": 30}, utc(2026, 10, 25, 1, 30), "2026-10-25T01:30:00 Europe/London"),  # the same once more
        ({"hour": "*", "minute": "*", "second": "*"}, utc(2026, 11, 20, 5, 0, 7), "2026-11-20T05:00:07 Europe/London"),
        ({"hour": 6, "day_of_week": "mon"}, utc(2026, 11, 20), "2026-11-16T06:00:00 Europe/London"),
        ({"hour": 6, "day": 1}, utc(2026, 11, 20), "2026-11-01T06:00:00 Europe/London"),
        ({"hour": 6, "day": 13, "day_of_week": "fri"}, utc(2026, 11, 12), "2026-03-13T06:00:00 Europe/London"),
    ],
)
def test_the_last_slot_is_named_by_the_wall_clock(times: dict[str, Any], now: datetime, expected: str) -> None:
    slot = schedule(**times).latest("run", now)
    assert slot is not None
    assert slot.due == expected


@pytest.mark.parametrize(
    ("times", "first", "last", "expected"),
    [  # London, 29 March 2026: 01:00 to 02:00 does not exist, and both half hours that follow are 02:00 and 02:30
        ({"hour": "*", "minute": "0,30"}, utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 2), ["00:30", "02:00", "02:30"]),
        ({"hour": "1,2", "minute": 30}, utc(2026, 3, 29), utc(2026, 3, 30), ["02:30"]),
        ({"hour": 1, "minute": 30}, utc(2026, 3, 29, 1, 10), utc(2026, 3, 29, 2), ["02:30"]),  # asked after the clocks changed
        # 25 October 2026: 01:00 to 02:00 comes twice and counts once
        ({"hour": "*", "minute": "0,30"}, utc(2026, 10, 24, 23, 30), utc(2026, 10, 25, 2, 30),
         ["00:30", "01:00", "01:30", "02:00"]),
        ({"hour": "*", "minute": "0,30"}, utc(2026, 10, 25, 1, 10), utc(2026, 10, 25, 2, 30), ["02:00"]),
    ],
)  # fmt: skip
def test_more_than_one_slot_a_day_where_the_clocks_change(
    times: dict[str, Any], first: datetime, last: datetime, expected: list[str]
) -> None:
    assert [f"{at:%H:%M}" for at in due(schedule(**times), first, last)] == expected


@pytest.mark.parametrize("zone", CHANGES)
def test_the_library_is_woken_at_the_slots_and_never_for_what_is_past(zone: str) -> None:
    plan, trigger = schedule(zone, hour=0), scheduling._Slots(schedule(zone, hour=0), "run")
    start = utc(2026, 1, 1, 0, 1)
    slots, at = due(plan, start, utc(2027, 1, 1)), trigger.get_next_fire_time(None, start)
    woken = []
    while at < utc(2027, 1, 1):
        woken.append(at)
        at = trigger.get_next_fire_time(at, at)
    assert woken == slots
    assert trigger.get_next_fire_time(utc(2026, 1, 1), utc(2026, 11, 20, 12)) > utc(2026, 11, 20, 12)


def test_as_shipped_the_main_job_is_due_every_day_at_half_past_five_in_london() -> None:
    slots = load_config(CONFIG).schedule.only("run").upcoming(utc(2026, 10, 24, 4, 31), 3)
    assert [(s.job, s.at.isoformat()) for s in slots] == [
        ("run", "2026-10-25T05:30:00+00:00"),
        ("run", "2026-10-26T05:30:00+00:00"),
        ("run", "2026-10-27T05:30:00+00:00"),
    ]


def test_as_shipped_the_digest_is_due_on_mondays_at_seven_in_london_and_tried_again_until_eleven() -> None:
    plan = load_config(CONFIG).schedule
    slots = due_of(plan, "digest", utc(2026, 10, 19), utc(2026, 11, 1))
    assert [f"{at:%a %d %H:%M}" for at in slots] == [
        *(f"Mon 19 {hour:02}:00" for hour in range(7, 12)), *(f"Mon 26 {hour:02}:00" for hour in range(7, 12)),
    ]  # fmt: skip
    assert (slots[0].astimezone(UTC).hour, slots[5].astimezone(UTC).hour) == (6, 7)  # summer time ends on the 25th
    assert [f"{at:%H:%M}" for at in due_of(plan, "watch", utc(2026, 11, 23), utc(2026, 11, 24))] == ["08:05", "12:05", "18:05"]
    assert len(due_of(plan, "send", utc(2026, 11, 23), utc(2026, 11, 24))) == 24


def due_of(plan: Schedule, job: str, start: datetime, end: datetime) -> list[datetime]:
    return [slot.at for slot in takewhile(lambda slot: slot.at < end, plan.slots(job, start))]


# ------------------------------------------------------------------------------------------------------ mistakes in the file


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("timezone: Europe/Lodnon\njobs: {run: {hour: 5}}", ["timezone", "'Europe/Lodnon'", "'Europe/London'"]),
        ("timezone: London\njobs: {run: {hour: 5}}", ["'Europe/London'"]),
        ("timezone: ../../etc/passwd\njobs: {run: {hour: 5}}", ["unknown time zone"]),
        ("timezone: UTC\njobs: {rnu: {hour: 5}}", ["jobs.rnu", "'run'"]),
        ("timezone: UTC\njobs: {run: {huor: 5}}", ["jobs.run.huor", "'hour'"]),
        ("timezone: UTC\njobs: {run: {hour: 25}}", ["jobs.run.hour", "25", "23"]),
        ("timezone: UTC\njobs: {run: {hour: five}}", ["jobs.run.hour", "five"]),
        ("timezone: UTC\njobs: {run: {hour: 5, minute: 60}}", ["jobs.run.minute", "60", "59"]),
        ("timezone: UTC\njobs: {run: {hour: 5, minute: '*/0'}}", ["jobs.run.minute"]),
        ("timezone: UTC\njobs: {run: {hour: 5, day_of_week: mno-fri}}", ["jobs.run.day_of_week", "'mon'"]),
        ("timezone: UTC\njobs: {run: {hour: 5, day_of_week: '1'}}", ["jobs.run.day_of_week", "mon to sun"]),
        ("timezone: UTC\njobs: {run: {minute: 30}}", ["jobs.run.hour", "required"]),
        ("timezone: UTC\njobs: {run: {hour: true}}", ["jobs.run.hour"]),
        ("timezone: UTC\njobs: {run: {hour: 5, day: 1st tue, day_of_week: mon}}", ["no day matches"]),
        ("timezone: UTC\njobs: {}", ["jobs.run", "required"]),
        ("timezone: UTC\ntimezone: UTC\njobs: {run: {hour: 5}}", ["timezone"]),
        ("", ["schedule.yaml"]),
    ],
)
def test_a_mistake_in_the_schedule_is_named_with_what_would_be_right(tmp_path: Path, text: str, named: list[str]) -> None:
    (tmp_path / "schedule.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_schedule(tmp_path)
    for words in ["schedule.yaml", *named]:
        assert words in str(caught.value), str(caught.value)


def test_the_schedule_is_part_of_the_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"schedule\.yaml: timezone: .*'Europe/London'"):
        load_config(config(tmp_path, "timezone: Europe/Lodnon\njobs: {run: {hour: 5}}"))


def config(folder: Path, text: str) -> Path:
    """Return a copy of the config with another schedule."""
    copy = folder / "config"
    shutil.copytree(CONFIG, copy)
    (copy / "schedule.yaml").write_text(text, encoding="utf-8")
    return copy


# ------------------------------------------------------------------------------------------------------- each slot only once


class World:
    """A home, a clock that stands where it is put, and a job that counts its calls and ends as it is told."""

    def __init__(self, home: Path, now: datetime, plan: Schedule | None = None) -> None:
        self.home, self.now, self.calls = home, now, 0
        self.plan = plan or schedule(hour=5, minute=30)
        self.lines: list[str] = []
        self.outcome: Callable[[], Done] = lambda: MADE
        self.clock: Callable[[], datetime] = lambda: self.now

    def job(self) -> Done:
        self.calls += 1
        return self.outcome()

    def scheduler(self) -> Scheduler:
        return Scheduler(self.plan, self.home, {"run": self.job}, self.clock, self.lines.append)

    def attend_at(self, now: datetime) -> int:
        """Wake the job at this time, in a new process as it were; return how often it has been done so far."""
        self.now = now
        self.scheduler().attend("run")
        return self.calls

    def ledger(self) -> list[str]:
        return list(Store(self.home).slots()["due"])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, utc(2026, 11, 20, 5, 30))


def test_a_slot_that_was_done_is_not_done_again(world: World) -> None:
    assert world.attend_at(utc(2026, 11, 20, 5, 30)) == 1
    assert world.attend_at(utc(2026, 11, 20, 5, 30, 1)) == 1
    assert world.attend_at(utc(2026, 11, 21, 5, 29, 59)) == 1
    assert world.attend_at(utc(2026, 11, 21, 5, 30)) == 2
    assert world.ledger() == ["2026-11-20T05:30:00 Europe/London", "2026-11-21T05:30:00 Europe/London"]
    assert len(world.lines) == 2  # a fire that does nothing says nothing


def test_three_weeks_off_are_made_up_by_one_run(world: World) -> None:
    assert world.attend_at(utc(2026, 10, 30, 5, 30)) == 1
    assert world.attend_at(utc(2026, 11, 20, 14, 0)) == 2
    assert world.attend_at(utc(2026, 11, 20, 14, 5)) == 2
    assert world.ledger() == ["2026-10-30T05:30:00 Europe/London", "2026-11-20T05:30:00 Europe/London"]
    assert world.lines[-1] == "2026-11-20 14:00:00 GMT  run due 2026-11-20 05:30:00 GMT; assessment made; exit code 0"


def test_a_clock_that_went_wrong_by_ten_years_neither_repeats_nor_silences(world: World) -> None:
    assert world.attend_at(utc(2036, 11, 20, 6)) == 1
    assert world.attend_at(utc(2026, 11, 20, 6)) == 2  # not held back by the slot of 2036
    assert world.attend_at(utc(2026, 11, 19, 6)) == 3
    assert world.attend_at(utc(2026, 11, 20, 6)) == 3


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
def test_at_half_past_one_every_fire_of_the_library_comes_to_one_run_a_local_day(tmp_path: Path, zone: str) -> None:
    """APScheduler's own trigger fires twice where the hour comes twice; whoever wakes the job, the ledger lets one through."""
    world = World(tmp_path, utc(2026, 1, 1), schedule(zone, hour=1, minute=30))
    trigger, twice = CronTrigger(hour="1", minute="30", timezone=zone), 0
    for change in (date.fromisoformat(day) for day in CHANGES[zone]):
        days: list[date] = []
        at = trigger.get_next_fire_time(None, datetime(change.year, change.month, change.day, tzinfo=UTC) - timedelta(days=1))
        end = at + timedelta(days=4)
        while at.astimezone(UTC) < end.astimezone(UTC):
            before, now = world.calls, at.astimezone(UTC)
            if world.attend_at(now) > before:
                days.append(now.astimezone(ZoneInfo(zone)).date())
            else:
                twice += 1
            at = trigger.get_next_fire_time(at, at)
        assert days == [days[0] + timedelta(days=n) for n in range(4)]
    assert twice == 3  # once each autumn


def test_a_run_that_failed_is_said_and_tried_again_when_next_woken(world: World) -> None:
    world.outcome = lambda: Done(5, "no assessment: the disk is full")
    assert world.attend_at(utc(2026, 11, 20, 5, 30)) == 1
    assert world.lines[-1].endswith("run due 2026-11-20 05:30:00 GMT; no assessment: the disk is full; exit code 5")
    assert world.ledger() == []
    world.outcome = lambda: Done(4, "assessment made")  # a source was refused: made all the same
    assert world.attend_at(utc(2026, 11, 20, 8)) == 2
    assert world.attend_at(utc(2026, 11, 20, 9)) == 2
    assert Store(world.home).slots()[["job", "exit_code"]].to_dict("records") == [{"job": "run", "exit_code": 4}]


def test_whatever_a_job_raises_becomes_one_line(world: World) -> None:
    def fall() -> Done:
        raise KeyError("surprise")

    world.outcome = fall
    world.attend_at(utc(2026, 11, 20, 5, 30))
    assert world.lines[-1].endswith("failed: KeyError: 'surprise'")


def test_a_damaged_record_is_said_and_nothing_is_run_over_it(world: World) -> None:
    (world.home / "record.sqlite").write_bytes(b"")
    assert world.attend_at(utc(2026, 11, 20, 5, 30)) == 0
    assert "is damaged" in world.lines[-1]
    assert "restore the last backup" in world.lines[-1]


def test_the_ledger_takes_a_slot_once_and_keeps_it(tmp_path: Path) -> None:
    store, at = Store(tmp_path), utc(2026, 11, 20, 5, 30)
    due_at = "2026-11-20T05:30:00 Europe/London"
    assert not store.slot_done("run", due_at)
    assert store.record_slot("run", due_at, started=at, finished=at, exit_code=0)
    assert not store.record_slot("run", due_at, started=at, finished=at, exit_code=4)
    assert store.record_slot("other", due_at, started=at, finished=at, exit_code=0)
    assert store.slot_done("run", due_at)
    with closing(sqlite3.connect(store.path)) as connection:
        with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
            connection.execute("INSERT INTO slot SELECT * FROM slot")
        for change in ("UPDATE slot SET exit_code = 1", "DELETE FROM slot"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(change)
    assert store.verify() == []


# -------------------------------------------------------------------------------------------------- the process, made-up jobs


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look at the clock more often, and give the signals back as they were."""
    monkeypatch.setattr(scheduling, "PULSE", 0.1)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def stop(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


def run(world: World, seconds: float = 30) -> None:
    """Run the scheduler on the real clock, in this process; stop it after a while when nothing else does."""
    world.clock = lambda: datetime.now(UTC)
    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        world.scheduler().run()
    finally:
        timer.cancel()


@pytest.mark.usefixtures("handlers")
def test_on_start_what_was_missed_is_done_once_and_a_second_start_does_nothing(world: World) -> None:
    now = datetime.now(UTC)
    world.plan = schedule("UTC", hour=(now - timedelta(hours=2)).hour)
    assert world.attend_at(now - timedelta(days=21)) == 1

    def made() -> Done:
        stop(signal.SIGINT)
        return MADE

    world.outcome = made
    run(world)
    assert world.calls == 2
    run(world, 1)
    assert world.calls == 2
    assert len(world.ledger()) == 2
    assert world.lines[-1].endswith("stopped")


@pytest.mark.usefixtures("handlers")
def test_a_run_in_progress_is_finished_before_the_process_stops(world: World) -> None:
    world.plan = schedule("UTC", hour=(datetime.now(UTC) - timedelta(hours=2)).hour)

    def slow() -> Done:
        stop()
        time.sleep(1)
        return MADE

    world.outcome = slow
    run(world)
    assert len(world.ledger()) == 1
    assert [line.split("  ")[1].split(";")[0].split(" due")[0] for line in world.lines] == [
        "keeping the schedule", "stopping", "run", "stopped",
    ]  # fmt: skip


@pytest.mark.usefixtures("handlers")
def test_a_job_that_always_fails_does_not_end_the_scheduler(world: World) -> None:
    world.plan = schedule(hour="*", minute="*", second="*")

    def fall() -> Done:
        if world.calls == 3:
            stop()
        raise MemoryError("no room")

    world.outcome = fall
    run(world)
    assert world.calls == sum("failed: MemoryError: no room" in line for line in world.lines) >= 3
    assert world.ledger() == []


@pytest.mark.usefixtures("handlers")
def test_when_the_waiting_thread_dies_the_process_ends_with_an_error(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BackgroundScheduler, "_main_loop", lambda _: None)
    world.clock = lambda: datetime.now(UTC)
    with pytest.raises(RuntimeError, match="has died"):
        world.scheduler().run()


def test_a_clock_set_back_does_not_make_a_job_wait_for_the_time_it_had_before(world: World) -> None:
    waiting = BackgroundScheduler(timezone=UTC)
    waiting.start(paused=True)
    try:
        waiting.add_job(print, CronTrigger(hour=5), id="run", next_run_time=utc(2036, 1, 1, 5, 30))
        world.scheduler().look_at_the_clock(waiting)
        assert waiting.get_job("run").next_run_time == utc(2026, 11, 20, 5, 30)
        world.now = utc(2026, 11, 20, 5, 31)
        world.scheduler().look_at_the_clock(waiting)
        assert waiting.get_job("run").next_run_time == utc(2026, 11, 20, 5, 30)  # due, and not yet looked at: left alone
    finally:
        waiting.shutdown()


# ------------------------------------------------------------------------------------------- the main job in its own process


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("""echo '{"runs": [{"source": "a", "status": "new"}, {"source": "b", "status": "failed"}]}'""",
         Done(0, "assessment made; 1 of 2 sources collected; failed: b; refused: none")),
        ("""echo '{"runs": [{"source": "a", "status": "refused"}]}'; exit 4""",
         Done(4, "assessment made; 0 of 1 sources collected; failed: none; refused: a")),
        ("""echo '{"runs": [{"source": "a", "status": "new"}, {"source": "b", "status": "missing"}]}'""",
         Done(0, "assessment made; 1 of 2 sources collected; failed: none; refused: none")),
        ("""echo '{"runs": []}'""", Done(0, "assessment made; 0 of 0 sources collected; failed: none; refused: none")),
        ("echo 'already running (process 7)' >&2; exit 5", Done(5, "no assessment: already running (process 7)")),
        ("exit 1", Done(1, "no assessment: it did not say why")),
        ("kill -9 $$", Done(-9, "no assessment: ended by SIGKILL")),
        ("exec sleep 60", Done(-9, "no assessment: ended because it took longer than 0:00:00.200000")),
    ],
)  # fmt: skip
def test_what_a_run_came_to_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: Done
) -> None:
    stand_in(tmp_path, monkeypatch, script)
    monkeypatch.setattr(scheduling, "LONGEST", timedelta(seconds=0.2))
    assert main_job(dict(os.environ)) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo 'frozen' >&2; echo 'a'; echo '3 sent'", Done(0, "3 sent")),
        ("exit 0", Done(0, "done")),
        ("echo 'ended early: nobody listens' >&2; exit 3", Done(3, "ended early: nobody listens")),
    ],
)
def test_what_another_verb_came_to_is_its_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, expected: Done
) -> None:
    stand_in(tmp_path, monkeypatch, script)
    assert scheduling.verb_job(("send",), dict(os.environ)) == expected


def test_a_traceback_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in(tmp_path, monkeypatch, "printf 'Traceback\\n  File x\\nKeyError: 1\\n' >&2; exit 1")
    assert main_job(dict(os.environ)) == Done(1, "no assessment: KeyError: 1")
    assert capsys.readouterr().err == "Traceback\n  File x\n"


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a shell script in the place of the interpreter."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_the_other_process_works_with_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_HOME", "/elsewhere")
    monkeypatch.setenv("PATH_KEPT", "yes")
    monkeypatch.chdir(tmp_path)
    settings = Settings(home=Path("state"), mirror="http://127.0.0.1:9", contact="a@example.org", offline=True, config=CONFIG)
    environment = settings.environment()
    assert environment["PATH_KEPT"] == "yes"
    for name in ("HOME", "MIRROR", "CONTACT", "OFFLINE", "CONFIG"):
        monkeypatch.setenv(f"MONITOR_{name}", environment[f"MONITOR_{name}"])
    assert Settings() == settings.model_copy(update={"home": tmp_path / "state"})


# ------------------------------------------------------------------------------------------------------------- the real thing


def start(home: Path, folder: Path) -> subprocess.Popen[str]:
    given = {"PATH": os.environ["PATH"], "HOME": f"{home}", "MONITOR_HOME": f"{home}", "MONITOR_CONFIG": f"{folder}"}
    command = [sys.executable, "-m", "monitor", "schedule"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**given, "MONITOR_OFFLINE": "1"})


def line_of(process: subprocess.Popen[str], words: str) -> str:
    """Return the next line on stderr that holds these words."""
    assert process.stderr is not None
    read = []
    for line in process.stderr:
        read.append(line)
        if words in line:
            return line
    raise AssertionError(f"{words!r} was not said: {''.join(read)}")


def test_the_real_process_runs_the_main_job_and_stops_on_sigterm_with_a_whole_record(tmp_path: Path) -> None:
    home = tmp_path / "home"
    one = [card for card in load_sources(CONFIG) if card.id == "ucdp_ged"]  # the figures of one source: a short run
    starter.load(Store(home), one, datetime.now(UTC))
    process = start(home, config(tmp_path, "timezone: Africa/Nairobi\njobs: {run: {hour: '*', minute: '*', second: '*'}}"))
    try:
        line_of(process, "keeping the schedule")
        while (home / "record.lock").read_text() in ("", f"{os.getpid()}"):  # until the run has the record, after us
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        line_of(process, "stopping; what is in progress is finished first")
        made = line_of(process, "assessment made")
        line_of(process, "stopped")
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
    assert " EAT  run due " in made
    assert f"0 of {len(CARDS)} sources collected; failed: ucdp_ged, " in made
    assert made.endswith("; refused: none; exit code 0\n")
    store = Store(home)
    slots = store.slots()
    assert len(slots) == 1
    assert slots["due"].item().endswith(" Africa/Nairobi")
    assert store.verify() == []
    assert len(Snapshot.open(home).table("assessments")) == 196


def test_a_second_scheduler_leaves_with_exit_code_0_and_a_killed_one_leaves_no_lock_behind(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", config(tmp_path, "timezone: UTC\njobs: {run: {hour: 5, day: 13, day_of_week: fri}}")
    last, now = load_config(folder).schedule.latest("run", datetime.now(UTC)), datetime.now(UTC)
    assert last is not None
    Store(home).record_slot("run", last.due, started=now, finished=now, exit_code=0)  # so that nothing is due
    first = third = start(home, folder)
    try:
        line_of(first, "keeping the schedule")
        second = run_monitor("schedule", home=home, MONITOR_CONFIG=str(folder))
        assert second.returncode == 0
        assert second.stderr.startswith(f"already running (process {first.pid}, since 20")
        assert second.stderr.count("\n") == 1
        first.kill()
        first.wait()
        third = start(home, folder)
        line_of(third, "keeping the schedule")
        third.send_signal(signal.SIGINT)
        assert third.wait(timeout=60) == 0
    finally:
        first.kill()
        third.kill()
    assert len(Store(home).slots()) == 1


EIGHT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from monitor.schedule import Done, Schedule, Scheduler
home = Path(sys.argv[1])
def job():
    with (home / "runs").open("a") as file:
        file.write("run\\n")
    return Done(0, "assessment made")
hour = int(sys.argv[2])
plan = Schedule.model_validate({"timezone": "UTC", "jobs": {"run": {"hour": hour}}})
Scheduler(plan, home, {"run": job}, lambda: datetime.now(UTC), lambda line: print(line, file=sys.stderr, flush=True)).run()
"""


def test_of_eight_schedulers_started_at_once_one_works_and_after_its_death_the_next_does_not_repeat_it(tmp_path: Path) -> None:
    Store(tmp_path)
    hour = f"{(datetime.now(UTC) - timedelta(hours=2)).hour}"
    for _ in range(2):
        command = [sys.executable, "-c", EIGHT, f"{tmp_path}", hour]
        running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(8)]
        try:
            for _ in range(600):
                left = [p for p in running if p.poll() is None]
                if len(left) == 1:
                    break
                time.sleep(0.1)
            (holder,) = left
            assert [p.returncode for p in running if p is not holder] == [0] * 7
            line_of(holder, "keeping the schedule")
            time.sleep(2)
            holder.kill()
            holder.wait()
        finally:
            for process in running:
                process.kill()
                process.wait()
    assert (tmp_path / "runs").read_text() == "run\n"
    assert len(Store(tmp_path).slots()) == 1


def test_the_next_times_are_printed_and_nothing_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with WriterLock(home / "schedule.lock").held():  # another one may be running
        (home / "schedule.lock").unlink()
        as_text, as_json = (run_monitor("schedule", "--next", *more, home=home) for more in ((), ("--json",)))
    assert as_text.returncode == as_json.returncode == 0
    said = json.loads(as_json.stdout)["next"]
    assert len(said) == 10
    assert {(s["job"], s["zone"], s["at"][11:16]) for s in said} == {("run", "Europe/London", "05:30")}
    days = [date.fromisoformat(s["at"][:10]) for s in said]
    assert days == [days[0] + timedelta(days=n) for n in range(10)]
    lines = as_text.stdout.splitlines()
    assert len(lines) == 10
    assert lines[0].startswith(f"{days[0]} 05:30:00 ")
    assert lines[0].endswith(" (Europe/London)  run")
    assert list(home.iterdir()) == []


def test_with_a_mail_server_set_the_jobs_of_the_post_are_kept_too(tmp_path: Path) -> None:
    given = {
        "MONITOR_MAIL_HOST": "mail.example.org",
        "MONITOR_MAIL_SENDER": "a@example.org",
        "MONITOR_MAIL_LEAVE_MAIL": "b@example.org",
    }
    done = run_monitor("schedule", "--next", "--json", home=tmp_path, **given)
    assert done.returncode == 0, done.stderr
    assert {s["job"] for s in json.loads(done.stdout)["next"]} >= {"send"}


def test_a_bad_schedule_ends_the_command_before_anything_is_touched(tmp_path: Path) -> None:
    folder = config(tmp_path, "timezone: Europe/Lodnon\njobs: {run: {hour: 5}}")
    done = run_monitor("schedule", home=tmp_path / "home", MONITOR_CONFIG=str(folder))
    assert done.returncode == 2
    assert "'Europe/London'" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_the_verb_has_help_with_an_example(tmp_path: Path) -> None:
    done = run_monitor("schedule", "--help", home=tmp_path)
    assert done.returncode == 0
    assert "Example: monitor schedule --next" in " ".join(done.stdout.split())
