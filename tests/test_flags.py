"""What is true now: each kind of flag, what makes it so, and that what cannot be seen is no answer."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from monitor.alerts.flags import Flag, flags, table
from tests.alert_world import AS_OF, UNKNOWN, said, signal, source, tables
from tests.small_world import content, small_framework
from tests.test_decide import POLICY


def found(kind: str, *rows: dict[str, Any], subject: str | None = None, **more: Any) -> list[Flag]:
    every = flags(tables(*rows, **more), small_framework(), POLICY, AS_OF)
    return [f for f in every if f.kind == kind and (subject is None or f.subject == subject)]


# sentence, columns of the conflict track, the grade (None: no flag at all), flagged as new for readers
LEVELS = [
    ("a track at baseline is an answer", {}, 0, False),
    ("one that rose within a year is newly there", {"level": "elevated", "level_before": "watch"}, 2, True),
    ("one that stands as high as a year before is not newly there", {"level": "high", "level_before": "high"}, 3, False),
    ("one that fell is not newly there", {"level": "watch", "level_before": "high"}, 1, False),
    ("without a level a year before nothing rose", {"level": "high", "level_before": "insufficient data"}, 3, False),
    ("with too little data there is no answer", {"level": "insufficient data"}, None, False),
]


@pytest.mark.parametrize(("sentence", "columns", "grade", "newly"), LEVELS, ids=[row[0] for row in LEVELS])
def test_level(sentence: str, columns: dict[str, str], grade: int | None, newly: bool) -> None:
    row = said(level="baseline", **{f"conflict_{name}": value for name, value in columns.items()})
    mine = [f for f in found("level", row) if f.track == "conflict"]
    assert [(f.grade, f.newly) for f in mine] == ([] if grade is None else [(grade, newly)]), sentence


def test_a_level_says_what_it_was_and_a_held_one_is_not_fresh() -> None:
    (one, other) = found("level", said(conflict_level="high", conflict_held=True))
    assert (one.track, one.called, one.fresh, one.period) == ("conflict", "high", False, "2026-09-30")
    assert one.words == "newly high on the conflict track; a year before: watch"
    assert (other.words, other.fresh) == ("watch on the outside-conflict track; a year before: watch", True)


RISES = [
    ("a rise below the first mark is none", 48.9, 44.0, 0),
    ("one that reaches it is", 49.0, 44.0, 1),
    ("a larger one is graded higher", 54.0, 44.0, 2),
    ("a fall is none", 20.0, 44.0, 0),
    ("what is unknown now did not rise, and did not stay either", UNKNOWN, 44.0, None),
    ("nor what was unknown a year before", 99.0, UNKNOWN, None),
]


@pytest.mark.parametrize(("sentence", "now", "before", "grade"), RISES, ids=[row[0] for row in RISES])
def test_rising_fast(sentence: str, now: float, before: float, grade: int | None) -> None:
    mine = [f for f in found("rising_fast", said(conflict_index=now, conflict_before=before)) if f.track == "conflict"]
    assert [f.grade for f in mine] == ([] if grade is None else [grade]), sentence


def test_each_track_rises_by_its_own_index() -> None:
    mine = found("rising_fast", said(outside_conflict_index=54.4, outside_conflict_before=44.0))
    assert [(f.track, f.grade) for f in mine] == [("conflict", 0), ("outside_conflict", 2)]
    assert mine[1].words == "index 54 on the outside-conflict track, +10 points in a year"


KILLINGS = [
    ("killing under way", {"status": "under way"}, (1, True)),
    ("seen, and not so", {}, (0, True)),
    ("under way on old figures is not fresh", {"status": "under way", "status_fresh": False}, (1, False)),
    ("what is held as it was is not fresh", {"status": "under way", "status_held": True}, (1, False)),
    ("what was never counted is no answer", {"status_until": ""}, None),
    ("nor is what can no longer be seen", {"status": "recent past", "status_held": True}, None),
    ("old figures that show none ease nothing", {"status_fresh": False}, (0, False)),
]


@pytest.mark.parametrize(("sentence", "columns", "expected"), KILLINGS, ids=[row[0] for row in KILLINGS])
def test_killing_under_way(sentence: str, columns: dict[str, Any], expected: tuple[int, bool] | None) -> None:
    assert [(f.grade, f.fresh) for f in found("under_way", said(**columns))] == ([expected] if expected else []), sentence


def test_an_unknown_count_is_not_shown_as_none() -> None:
    (one,) = found("under_way", said(status="under way", status_deaths=UNKNOWN))
    assert one.words == "an unknown number of civilians killed in one-sided violence in the 12 months to 31 October 2026"


def test_a_signal_is_a_trigger_and_names_the_risk_factors_that_its_series_is_evidence_for() -> None:
    rows = [signal("AAA", "killings_surge"), signal("AAA", "rights_fall", fired=False, tracks="conflict;outside_conflict")]
    other, one = found("trigger", said(), signals=rows)
    assert (one.subject, one.grade, one.track, one.period, one.factors) == ("killings_surge", 1, "conflict", "2026-09-30", "RF1")
    assert one.words == "Made-up killings_surge: 3.33 times (mark 3)"
    assert (other.grade, other.track, other.newly) == (0, "", False)


def test_a_signal_that_cannot_be_seen_is_no_answer() -> None:
    rows = [signal("AAA", "killings_surge", fired=False, seen=False), signal("AAA", "rights_fall", fresh=False, provisional=True)]
    (one,) = found("trigger", said(), signals=rows)
    assert (one.subject, one.fresh, one.provisional) == ("rights_fall", False, True)


def test_a_signal_that_looks_at_the_neighbours_is_spillover() -> None:
    changed = content()
    spill = {**changed["signals"][0], "id": "next_door", "transform": "spillover_surge", "at_least": 3}
    framework = small_framework(signals=[*changed["signals"], spill])
    every = flags(tables(said(), signals=[signal("AAA", "next_door")]), framework, POLICY, AS_OF)
    assert [f.kind for f in every if f.subject == "next_door"] == ["spillover"]


def protocol(*states: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame([{"iso3": "AAA", "level": lv, "state": s, "words": f"criteria {s}"} for lv, s in states])


CRITERIA = [
    ("criteria above the level are met", (("watch", "met"), ("elevated", "met"), ("high", "not met")), 2),
    ("those of its own level are nothing new", (("watch", "met"), ("elevated", "not met"), ("high", "not met")), 0),
    ("the highest counts", (("elevated", "met"), ("high", "met")), 3),
    ("imminent risk is above all", (("elevated", "met"), ("imminent", "met")), 4),
    ("what is unknown is no answer", (("elevated", "not met"), ("imminent", "unknown")), None),
    ("unless something is met", (("elevated", "met"), ("imminent", "unknown")), 2),
    ("a status is not a level", (("under way", "met"), ("elevated", "not met")), 0),
]


@pytest.mark.parametrize(("sentence", "states", "grade"), CRITERIA, ids=[row[0] for row in CRITERIA])
def test_criteria_met(sentence: str, states: tuple[tuple[str, str], ...], grade: int | None) -> None:
    mine = found("criteria_met", said(level="watch"), protocol_levels=protocol(*states))
    assert [f.grade for f in mine] == ([] if grade is None else [grade]), sentence


def test_silence_in_the_data_of_a_country_names_the_factors_of_which_too_little_is_seen() -> None:
    factors = pd.DataFrame(
        [{"iso3": "AAA", "track": t, "factor": f, "thin": thin} for t, f, thin in
         (("conflict", "RF1", True), ("conflict", "RF2", False), ("outside_conflict", "RF2", True))]
    )  # fmt: skip
    rows = [said(), said("BBB", held=True), said("CCC", "insufficient data", headline="")]
    mine = [f for f in found("silence", *rows, factors=factors) if f.iso3]
    assert [(f.iso3, f.grade, f.newly, f.factors) for f in mine] == [
        ("AAA", 0, False, "RF1"), ("BBB", 1, True, ""), ("CCC", 2, True, ""),
    ]  # fmt: skip
    assert mine[1].words == "held at watch on what can no longer be seen"


def test_a_source_that_is_not_seen_is_silent_and_one_that_is_switched_off_is_not_asked() -> None:
    rows = [source("a"), source("b", "failed"), source("c", "stale"), source("d", "missing", newest_period="")]
    mine = found("silence", said(), sources=[*rows, source("e", "failed", enabled=False)])
    assert [(f.subject, f.grade) for f in mine if not f.iso3] == [("a", 0), ("b", 1), ("c", 1), ("d", 1)]
    assert mine[1].words == "Made-up source b: the last attempt failed; newest period ends 30 September 2026"
    assert mine[3].words == "Made-up source d: never collected"


def test_the_published_flags_are_those_that_readers_see() -> None:
    every = flags(tables(said(conflict_level="high"), said("BBB")), small_framework(), POLICY, AS_OF)
    frame = table(every, {"AAA": "Country AAA"})
    assert frame[["iso3", "kind", "track", "called", "name"]].to_numpy().tolist() == [
        ["AAA", "level", "conflict", "high", "Country AAA"]
    ]
    assert list(table([], {}).columns) == list(frame.columns)


def test_the_same_tables_give_the_same_flags_in_the_same_order() -> None:
    rows = [said(c, conflict_level="high") for c in ("CCC", "AAA", "BBB")]
    one, two = (flags(tables(*order), small_framework(), POLICY, AS_OF) for order in (rows, rows[::-1]))
    assert one == two
    assert len({f.key for f in one}) == len(one)
