"""What is worth saying: the whole rule as a table, a sentence a row. Days are counted from the first of January 2026."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.decide import counts, decide
from monitor.alerts.flags import Flag
from monitor.alerts.policy import Policy
from monitor.alerts.said import LOOK, Lifted, Memory, Said, Silence, standing

FRAMEWORK = "f" * 16
START = datetime(2026, 1, 1, 6, tzinfo=UTC)


def rule(**given: Any) -> dict[str, Any]:
    return {"title": "x", "lower_periods": 3, "says_easing": True, **given}


POLICY = Policy.model_validate(
    {
        "version": "1",
        "rising_points": [5, 10],
        "cool_down_days": 28,
        "provisional_updates": 2,
        "longest_silence_days": 30,
        "immediate": {"levels": ["high"], "kinds": ["under_way"], "approval": True},
        "kinds": {
            "level": rule(lower_periods=1, repeat_days=182, repeat_from=3),
            "under_way": rule(repeat_days=91, provisional_at_once=True),
            "rising_fast": rule(lower_periods=1, says_easing=False),
            **dict.fromkeys(("trigger", "spillover", "criteria_met", "silence"), rule()),
        },
        "followed": {"levels": ["high"], "months": 12, "killed": 200},
    }
)
NAMES = ("baseline", "watch", "elevated", "high")


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def flag(kind: str = "trigger", grade: int = 1, period: str = "2026-01", **given: Any) -> Flag:
    """Return a flag of the country AAA; a level is called by its name."""
    called = NAMES[grade] if kind == "level" else ""
    plain = {"iso3": "AAA", "track": "conflict", "subject": "", "fresh": True, "provisional": False, "level": "watch"}
    return Flag(
        **{"kind": kind, "grade": grade, "called": called, "period": period, "newly": grade > 0, "words": "x", **plain, **given}
    )  # type: ignore[arg-type]


def was(grade: int, day: int | None = None, **given: Any) -> Memory:
    """Return a memory: said on a day, or only noted on day 0."""
    said = None if day is None else at(day)
    return Memory(grade, **{"framework": FRAMEWORK, "noted": said or at(0), "said": said, "top": grade if said else 0, **given})


def silence(**given: Any) -> Silence:
    plain = {"id": "s", "iso3": "AAA", "kind": "", "role": "analyst", "reason": "known"}
    return Silence(**{**plain, "begins": at(0), "ends": date(2026, 1, 31), **given})


LEVEL, SIGNAL = flag("level", 2), flag()
TABLE: list[tuple[str, Memory | None, Flag, int, str]] = [
    # sentence, what is remembered, what is seen, on which day, what comes of it
    ("what was not there before is new", None, SIGNAL, 1, "new"),
    ("what is seen and not so is nothing", None, flag(grade=0), 1, ""),
    ("what was noted and never said is not new", was(1), SIGNAL, 1, ""),
    ("what was said is not said again", was(1, 0), SIGNAL, 40, ""),
    ("what had ended and is back after the cool-down is new", was(0, 0, top=1), SIGNAL, 28, "new"),
    ("what had ended and is back within the cool-down is held back", was(0, 0, top=1), SIGNAL, 27, "cool-down"),
    ("what is back within the cool-down at a higher grade is said", was(0, 0, top=1), flag(grade=2), 1, "new"),
    ("a higher level escalates", was(1, 0), LEVEL, 200, "escalated"),
    ("an escalation passes the cool-down", was(1, 0), LEVEL, 1, "escalated"),
    ("an escalation passes the cool-down, even back to where it was", was(1, 0, top=2), LEVEL, 1, "escalated"),
    ("a level that was only noted escalates as well", was(1), LEVEL, 1, "escalated"),
    ("an escalation of a held level is one", was(1, 0), flag("level", 2, fresh=False), 1, "escalated"),
    ("a high level is repeated after half a year", was(3, 0), flag("level", 3), 182, "repeated"),
    ("it is not repeated a day earlier", was(3, 0), flag("level", 3), 181, ""),
    ("a high level that was only noted is not: it was never said", was(3), flag("level", 3), 400, ""),
    ("a level below the one from which it is repeated is not", was(2, 0), LEVEL, 400, ""),
    ("what has no interval is never repeated", was(1, 0), SIGNAL, 4000, ""),
    ("a held level is repeated like any other", was(3, 0), flag("level", 3, fresh=False), 182, "repeated"),
    ("a level that fell eases at one look, having fallen on three fresh periods", was(2, 0), flag("level", 1), 40, "eased"),
    ("one fresh lower period does not ease a signal", was(1, 0), flag(grade=0), 40, "noted"),
    ("nor does a second", was(1, 0, lower=1, lower_period="2025-12"), flag(grade=0), 40, "noted"),
    ("a third does", was(1, 0, lower=2, lower_period="2025-12"), flag(grade=0), 40, "eased"),
    ("the same period looked at again is no further one", was(1, 0, lower=2, lower_period="2026-01"), flag(grade=0), 40, ""),
    ("an older period is none either", was(1, 0, lower=2, lower_period="2026-02"), flag(grade=0), 40, ""),
    ("a stale one eases nothing", was(1, 0, lower=2, lower_period="2025-12"), flag(grade=0, fresh=False), 40, ""),
    ("a provisional one eases nothing", was(1, 0, lower=2, lower_period="2025-12"), flag(grade=0, provisional=True), 40, ""),
    ("a period of no known date eases nothing", was(1, 0, lower=2, lower_period="2025-12"), flag(grade=0, period=""), 40, ""),
    ("easing waits for the cool-down", was(2, 20), flag("level", 1), 40, "cool-down"),
    ("a rise that is over ends without a word", was(1, 0), flag("rising_fast", 0), 40, "noted"),
    ("on provisional figures the first update waits", None, flag(provisional=True), 1, "provisional"),
    ("the second is said", was(0, updates=1, updates_period="2025-12"), flag(provisional=True), 1, "new"),
    ("the same update again is none", was(0, updates=1, updates_period="2026-01"), flag(provisional=True), 1, "provisional"),
    ("final figures do not wait", was(0, updates=1, updates_period="2026-01"), SIGNAL, 1, "new"),
    ("killing under way is said at once on provisional figures", None, flag("under_way", provisional=True), 1, "new"),
]  # fmt: skip


def outcome(memory: dict[Any, Memory], seen: Flag, day: int, silences: tuple[Silence, ...] = ()) -> str:
    """Return the reason of the alert, why it was held back, ``noted`` where only the memory changed, or nothing."""
    before = {LOOK: was(0), **memory}
    found = decide([seen], Said(before, silences), POLICY, at(day), FRAMEWORK)
    assert len(found.alerts) + len(found.held) <= 1
    if found.alerts:
        assert found.memory[seen.key].said == at(day)
    return found.alerts[0].reason if found.alerts else found.held[0].why if found.held else "noted" if found.memory else ""


@pytest.mark.parametrize(("sentence", "memory", "seen", "day", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_one_flag(sentence: str, memory: Memory | None, seen: Flag, day: int, expected: str) -> None:
    assert outcome({seen.key: memory} if memory else {}, seen, day) == expected, sentence


SILENCED: list[tuple[str, Silence, Flag, str]] = [
    ("a silence holds back what is new", silence(), SIGNAL, "silence"),
    ("of its own kind", silence(kind="trigger"), SIGNAL, "silence"),
    ("and of no other", silence(kind="spillover"), SIGNAL, "new"),
    ("nor of another country", silence(iso3="BBB"), SIGNAL, "new"),
    ("it holds back a level below those that may not wait", silence(), LEVEL, "silence"),
    ("no silence holds back a level that may not wait", silence(), flag("level", 3), "new"),
    ("nor killing under way", silence(), flag("under_way"), "new"),
    ("it holds on its last day", silence(ends=date(2026, 1, 11)), SIGNAL, "silence"),
    ("and not on the day after", silence(ends=date(2026, 1, 10)), SIGNAL, "new"),
    ("nor before it begins", silence(begins=at(11)), SIGNAL, "new"),
]


@pytest.mark.parametrize(("sentence", "quiet", "seen", "expected"), SILENCED, ids=[row[0] for row in SILENCED])
def test_silences(sentence: str, quiet: Silence, seen: Flag, expected: str) -> None:
    assert outcome({}, seen, 10, (quiet,)) == expected, sentence


def test_what_was_silenced_is_said_once_the_silence_ends() -> None:
    said = Said({LOOK: was(0)}, (silence(),))
    assert decide([SIGNAL], said, POLICY, at(30), FRAMEWORK).memory == {}
    assert outcome({}, SIGNAL, 31, (silence(),)) == "new"


def test_a_lifted_silence_holds_nothing_back() -> None:
    lifted = Lifted(silence="s", role="analyst", reason="wrong country", at=at(1))
    assert standing([silence(), lifted]) == ()
    assert [s.id for s in standing([silence(), silence(id="t"), lifted])] == ["t"]


# -------------------------------------------------------------------------------------------------- more than one flag, or look


def test_another_alert_of_the_same_country_and_kind_waits_for_the_cool_down() -> None:
    other = replace(SIGNAL, subject="other")
    assert outcome({SIGNAL.key: was(1, 0)}, other, 27) == "cool-down"
    assert outcome({SIGNAL.key: was(1, 0)}, other, 28) == "new"
    assert outcome({SIGNAL.key: was(1, 0)}, replace(other, iso3="BBB"), 1) == "new"
    assert outcome({SIGNAL.key: was(1, 0)}, replace(other, kind="spillover"), 1) == "new"
    assert outcome({SIGNAL.key: was(1)}, other, 1) == "new"  # the first was noted, never said


def test_two_signals_that_fire_together_are_both_said() -> None:
    other = replace(SIGNAL, subject="other")
    found = decide([SIGNAL, other], Said({LOOK: was(0)}), POLICY, at(1), FRAMEWORK)
    assert [a.flag.subject for a in found.alerts] == ["", "other"]


def test_sources_do_not_wait_for_one_another() -> None:
    one, two = (flag("silence", iso3="", subject=s, track="") for s in ("one", "two"))
    assert outcome({one.key: was(1, 0)}, two, 1) == "new"


def test_what_cannot_be_seen_never_eases() -> None:
    memory = {LOOK: was(0), LEVEL.key: was(2, 0), SIGNAL.key: was(1, 0, lower=2)}
    found = decide([], Said(memory), POLICY, at(400), FRAMEWORK)
    assert (found.alerts, found.held, found.memory) == ((), (), {})


def test_the_first_look_notes_everything_and_says_nothing() -> None:
    found = decide([LEVEL, SIGNAL, flag("silence", 0)], Said(), POLICY, at(0), FRAMEWORK)
    assert (found.alerts, found.first_look, found.held_back()) == ((), True, {"first look": 2})
    after = Said(found.memory)
    assert decide([LEVEL, SIGNAL], after, POLICY, at(1), FRAMEWORK).alerts == ()
    assert [a.reason for a in decide([flag("level", 3)], after, POLICY, at(1), FRAMEWORK).alerts] == ["escalated"]


def test_a_change_of_framework_raises_nothing_and_eases_nothing() -> None:
    memory = {LOOK: was(0), LEVEL.key: was(2, 0), SIGNAL.key: was(1, 0)}
    for seen in (flag("level", 3), flag("level", 1)):
        found = decide([seen, flag(grade=0)], Said(memory), POLICY, at(100), "other")
        assert (found.alerts, found.first_look) == ((), True)
        assert found.memory[LEVEL.key].grade == seen.grade
        assert decide([seen], Said({**memory, **found.memory}), POLICY, at(101), "other").alerts == ()


def test_what_was_not_seen_when_the_framework_changed_is_new_when_it_is_seen_again() -> None:
    memory = {LEVEL.key: was(3, 0)}
    found = decide([], Said({LOOK: was(0), **memory}), POLICY, at(100), "other")
    (again,) = decide([LEVEL], Said({**memory, **found.memory}), POLICY, at(101), "other").alerts
    assert again.reason == "new"


def test_three_fresh_periods_ease_and_a_period_that_says_more_begins_the_count_anew() -> None:
    memory: dict[Any, Memory] = {LOOK: was(0), SIGNAL.key: was(1, 0)}
    said = []
    for month, grade in enumerate((0, 0, 1, 0, 0, 0), start=2):
        found = decide([flag(grade=grade, period=f"2026-{month:02}")], Said(memory), POLICY, at(30 * month), FRAMEWORK)
        memory |= found.memory
        said.append([a.reason for a in found.alerts])
    assert said == [[], [], [], [], [], ["eased"]]
    assert memory[SIGNAL.key].grade == 0


def test_it_eases_to_the_most_that_any_of_the_lower_periods_said() -> None:
    memory: dict[Any, Memory] = {LOOK: was(0), ("AAA", "spillover", "conflict", ""): was(3, 0)}
    for month, grade in enumerate((1, 2, 0), start=2):
        found = decide([flag("spillover", grade, f"2026-{month:02}")], Said(memory), POLICY, at(30 * month), FRAMEWORK)
        memory |= found.memory
    (eased,) = found.alerts
    assert (eased.reason, eased.was, memory[eased.flag.key].grade) == ("eased", 3, 2)


def test_what_may_not_wait_comes_first_and_only_when_it_is_new_or_more() -> None:
    high = flag("level", 3, iso3="ZZZ")
    found = decide([SIGNAL, high], Said({LOOK: was(0)}), POLICY, at(1), FRAMEWORK)
    assert [(a.flag.iso3, a.immediate) for a in found.alerts] == [("ZZZ", True), ("AAA", False)]
    (repeated,) = decide([high], Said({LOOK: was(0), high.key: was(3, 0)}), POLICY, at(200), FRAMEWORK).alerts
    assert (repeated.reason, repeated.immediate) == ("repeated", False)


def test_the_same_decision_has_the_same_number_and_a_later_one_another() -> None:
    said = Said({LOOK: was(0)})
    numbers = [decide([SIGNAL], said, POLICY, at(day), FRAMEWORK).alerts[0].id for day in (1, 2)]
    assert numbers[0] == numbers[1]  # whoever was stopped before recording it says it under the same number
    later = decide([SIGNAL], Said({LOOK: was(0), SIGNAL.key: was(0, 0, top=1)}), POLICY, at(100), FRAMEWORK).alerts[0]
    assert later.id != numbers[0]


def test_a_clock_that_was_set_back_repeats_nothing_and_holds_no_escalation_back() -> None:
    memory = {flag("level", 3).key: was(3, 400)}
    assert outcome(memory, flag("level", 3), 1) == ""
    assert outcome({LEVEL.key: was(1, 400)}, LEVEL, 1) == "escalated"


def test_the_order_of_the_flags_makes_no_difference() -> None:
    seen = [flag("level", g, iso3=c) for g, c in ((3, "BBB"), (1, "AAA"), (2, "CCC"))]
    one, two = (decide(order, Said({LOOK: was(0)}), POLICY, at(1), FRAMEWORK) for order in (seen, seen[::-1]))
    assert (one.alerts, one.memory) == (two.alerts, two.memory)


def test_what_was_said_and_held_back_is_counted() -> None:
    seen = [SIGNAL, flag("level", 2, iso3="BBB"), replace(SIGNAL, subject="p", provisional=True, iso3="CCC")]
    found = decide(seen, Said({LOOK: was(0)}, (silence(),)), POLICY, at(1), FRAMEWORK)
    assert counts(found) == {"said": {"new": 1}, "held_back": {"provisional": 1, "silence": 1}, "first_look": False}


# --------------------------------------------------------------------------------------------------------------- whatever comes

SEEN = st.tuples(st.integers(0, 2), st.integers(1, 9), st.booleans(), st.booleans(), st.booleans())


@given(st.lists(SEEN, max_size=14))
def test_whatever_is_seen_easing_rests_on_three_fresh_final_periods_that_each_said_less(looks: list[tuple[Any, ...]]) -> None:
    """Each look: grade, month of the evidence, fresh, provisional, and whether anything was seen at all."""
    memory: dict[Any, Memory] = {LOOK: was(0)}
    lower: list[str] = []
    for n, (grade, month, fresh, provisional, blind) in enumerate(looks):
        seen = flag(grade=grade, period=f"2026-{month:02}", fresh=fresh, provisional=provisional)
        before = memory.get(seen.key)
        found = decide([] if blind else [seen], Said(memory), POLICY, at(60 * n), FRAMEWORK)
        memory |= found.memory
        if blind:
            assert (found.alerts, found.memory) == ((), {})
            continue
        if before is None or grade >= before.grade:
            lower = []
        elif fresh and not provisional and seen.period > max(lower, default=""):
            lower.append(seen.period)
        for alert in found.alerts:
            if alert.reason == "eased":
                assert len(lower) >= 3
                assert fresh or len(lower) > 3 or lower[-1] != seen.period
                lower = []
            else:
                assert grade > (before.grade if before else 0)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 3)), max_size=8), st.data())
def test_looking_at_less_never_says_more(pairs: list[tuple[str, int]], data: st.DataObject) -> None:
    seen = list({f.key: f for f in (flag("level", g, iso3=c * 3) for c, g in pairs)}.values())
    memory: dict[Any, Memory] = {LOOK: was(0), **{f.key: was(data.draw(st.integers(1, 3)), 0) for f in seen[::2]}}
    left = data.draw(st.lists(st.sampled_from(seen), unique=True)) if seen else []
    whole, less = (decide(some, Said(memory), POLICY, at(100), FRAMEWORK) for some in (seen, left))
    assert {a.id for a in less.alerts} <= {a.id for a in whole.alerts}


def test_the_same_look_twice_says_nothing_the_second_time() -> None:
    seen = [flag("level", g, iso3=c) for g, c in ((3, "BBB"), (1, "AAA"))] + [flag("under_way"), flag()]
    first = decide(seen, Said({LOOK: was(0)}), POLICY, at(1), FRAMEWORK)
    second = decide(seen, Said({LOOK: was(0), **first.memory}), POLICY, at(1), FRAMEWORK)
    assert len(first.alerts) == 4
    assert (second.alerts, second.held, second.memory) == ((), (), {})
