"""One digest for each ISO week: every week of twenty-one years, in twenty zones, whatever the clocks do."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.post.periods import Due, due, week_of
from monitor.schedule import Schedule

ZONES = [
    *("Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Santiago"),
    *("Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Australia/Lord_Howe"),
    *(
        "Africa/Cairo",
        "Africa/Casablanca",
        "Africa/Nairobi",
        "Asia/Kathmandu",
        "Asia/Tehran",
        "Asia/Gaza",
        "America/Havana",
        "UTC",
    ),
]
WEEKS = [f"{y}-W{w:02}" for y in range(2020, 2041) for w in range(1, date(y, 12, 28).isocalendar().week + 1)]
WHEN: dict[str, dict[str, Any]] = {
    "as shipped, Monday at seven": {"day_of_week": "mon", "hour": 7},
    "Monday at midnight, which some clocks skip": {"day_of_week": "mon", "hour": 0},
    "Sunday at half past one, which some clocks skip or repeat": {"day_of_week": "sun", "hour": 1, "minute": 30},
    "Monday from seven to eleven, to try again": {"day_of_week": "mon", "hour": "7-11"},
}


def schedule(zone: str, **times: Any) -> Schedule:
    return Schedule.model_validate({"timezone": zone, "jobs": {"run": {"hour": 5}, "digest": times}})


def test_there_are_1096_iso_weeks_in_these_years_and_four_have_a_week_53() -> None:
    assert len(WEEKS) == 1096
    assert [w for w in WEEKS if w.endswith("W53")] == ["2020-W53", "2026-W53", "2032-W53", "2037-W53"]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("zone", ZONES)
def test_every_iso_week_of_2020_to_2040_has_exactly_one_digest(zone: str, when: str) -> None:
    plan, there = schedule(zone, **WHEN[when]), ZoneInfo(zone)
    first, last = datetime(2019, 12, 30, tzinfo=there), datetime(2040, 12, 31, tzinfo=there)
    slots = takewhile(lambda slot: slot.at < last, plan.slots("digest", first.astimezone(UTC)))
    named = Counter(week_of(slot) for slot in slots)
    assert list(named) == WEEKS
    assert set(named.values()) == ({5} if "eleven" in when else {1})


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Auckland", "America/St_Johns", "Pacific/Apia"])
@pytest.mark.parametrize(
    "around", [datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC), datetime(2026, 12, 24, tzinfo=UTC)]
)
def test_whenever_somebody_looks_the_week_is_the_last_due_one_and_never_goes_back(zone: str, around: datetime) -> None:
    plan, seen = schedule(zone, day_of_week="mon", hour=7), list[Due]()
    for hours in range(0, 14 * 24):
        now = around + timedelta(hours=hours)
        found = due(plan, now, "12:00")
        assert found is not None
        assert found.since <= now < found.since + timedelta(days=7, hours=1)
        seen.append(found)
    periods = [d.period for d in seen]
    assert periods == sorted(periods)
    assert 2 <= len(set(periods)) <= 3


def test_the_week_is_that_of_the_slot_and_not_of_the_clock_when_somebody_gets_to_it() -> None:
    plan = schedule("Pacific/Auckland", day_of_week="mon", hour=7)
    early = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)  # Monday 23 November, seven in Auckland; still Sunday, week 47, in UTC
    for late in (timedelta(0), timedelta(hours=20), timedelta(days=6)):
        found = due(plan, early + late, "12:00")
        assert found is not None
        assert found.period == "2026-W48"


def test_after_three_weeks_off_only_the_last_digest_is_due() -> None:
    plan = schedule("Europe/London", day_of_week="mon", hour=7)
    found = due(plan, datetime(2026, 11, 25, 9, tzinfo=UTC), "12:00")
    assert found == Due("2026-W48", datetime(2026, 11, 23, 7, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC))


def test_noon_is_noon_on_the_wall_and_a_digest_due_after_it_is_late_at_once() -> None:
    summer = due(schedule("Europe/London", day_of_week="mon", hour=7), datetime(2026, 7, 6, 9, tzinfo=UTC), "12:00")
    evening = due(schedule("Europe/London", day_of_week="mon", hour=19), datetime(2026, 11, 23, 20, tzinfo=UTC), "12:00")
    assert summer is not None
    assert summer.out_by == datetime(2026, 7, 6, 11, tzinfo=UTC)
    assert evening is not None
    assert evening.out_by == evening.since


def test_where_no_digest_is_scheduled_none_is_due() -> None:
    plan = Schedule.model_validate({"timezone": "UTC", "jobs": {"run": {"hour": 5}}})
    assert due(plan, datetime(2026, 11, 25, tzinfo=UTC), "12:00") is None
