"""Missing evidence never lowers a level: it is kept at the last one recorded, and marked, until the evidence is back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from monitor.risk.assess import Assessed
from monitor.risk.framework import TRACK_IDS, Framework
from monitor.risk.levels import Held, hold, hold_status, level_name
from monitor.storage.store import Store
from tests.small_world import Row, content, each_month, look, small_framework

DAY = date(2021, 3, 1)
FRAMEWORK = small_framework()
NAN = float("nan")
NOTHING = pd.DataFrame()


def figures(*, rights: float = NAN, income: float = NAN, killed: float = NAN, past: float = NAN, year: int = 2020) -> list[Row]:
    """Return a country's figures of one year; what is not named is missing."""
    yearly = [(f"x.{name}", "AAA", str(year), value) for name, value in (("rights", rights), ("income", income), ("past", past))]
    months = each_month("x.killed", "AAA", f"{year}-01", [killed / 12] * 12)
    return [row for row in (*yearly, *months) if row[3] == row[3]]


def said(seen: Assessed, previous: pd.DataFrame = NOTHING, framework: Framework = FRAMEWORK) -> pd.DataFrame:
    """Return what the record would hold of an assessment: levels, evidence and newest period by track."""
    return recorded(seen, hold(seen, previous, framework), framework)


def recorded(seen: Assessed, held: Held, framework: Framework = FRAMEWORK) -> pd.DataFrame:
    columns = {}
    for n, track in enumerate(TRACK_IDS):
        columns[f"{track}_level"] = [level_name(framework, rank) for rank in held.level[n]]
        columns[f"{track}_evidence"] = held.evidence[n]
        columns[f"{track}_until"] = held.until[n]
        columns[f"{track}_held"] = held.held[n]
        columns[f"{track}_periods"] = held.periods[n]
    return pd.DataFrame(columns, index=pd.Index(seen.countries, name="iso3"))


def chain(*worlds: Sequence[Row], day: date = DAY) -> list[tuple[str, bool]]:
    """Return level and mark of the outside-conflict track through consecutive assessments of changing worlds."""
    previous, story = NOTHING, []
    for world in worlds:
        previous = said(look(world, day), previous)
        story.append((previous["outside_conflict_level"].item(), bool(previous["outside_conflict_held"].item())))
    return story


HIGH = figures(rights=0.0, income=1.0, past=1)  # outside conflict: both factors at 1
LOW = figures(rights=1.0, income=0.0, past=0)


def test_a_first_assessment_holds_nothing_and_says_what_it_rests_on() -> None:
    first = said(look(HIGH, DAY))
    assert first["outside_conflict_level"].item() == "high"
    assert not first["outside_conflict_held"].item()
    assert first["outside_conflict_until"].item() == "2020-12-31"
    # rights, income and past are the measures 0, 1 and 4 of six; their windows are whole: 0b010011_010011
    assert first["outside_conflict_evidence"].item() == f"{0b010011_010011:x}"


def test_a_level_may_fall_when_everything_it_rested_on_is_still_seen() -> None:
    assert chain(HIGH, LOW) == [("high", False), ("baseline", False)]


def test_evidence_lost_keeps_the_level_and_marks_it() -> None:
    assert chain(HIGH, figures(rights=0.0, income=1.0)) == [("high", False), ("high", False)]  # RF1 alone is still at 1
    levels = chain(figures(rights=1.0, income=0.0, past=1), figures(rights=1.0, income=0.0))
    assert levels == [("elevated", False), ("elevated", True)]


def test_a_track_that_would_become_insufficient_is_held_with_the_date_of_its_last_evidence() -> None:
    first = said(look(HIGH, DAY))
    later = said(look([], date(2022, 3, 1)), first)
    assert later["outside_conflict_level"].item() == "high"
    assert later["outside_conflict_held"].item()
    assert later["outside_conflict_until"].item() == "2020-12-31"


def test_evidence_that_expires_is_evidence_lost() -> None:
    worrying = figures(rights=0.0, income=1.0, past=0)
    first = said(look(worrying, DAY))
    later = said(look(worrying, date(2030, 1, 1)), first)
    assert (later["outside_conflict_level"].item(), later["outside_conflict_held"].item()) == ("elevated", True)


def test_evidence_lost_while_the_level_rises_is_not_called_held() -> None:
    watch = figures(rights=0.5, income=0.5, past=0)  # 0.5 and 0: 0.25
    assert chain(watch, figures(rights=0.0, income=1.0)) == [("watch", False), ("high", False)]


def test_held_stays_held_until_the_evidence_is_back() -> None:
    before, without, back = figures(rights=1.0, income=0.0, past=1), figures(rights=1.0, income=0.0), LOW
    assert chain(before, without, without, without) == [("elevated", False)] + [("elevated", True)] * 3
    assert chain(before, without, back) == [("elevated", False), ("elevated", True), ("baseline", False)]


def test_evidence_lost_while_the_level_stays_is_remembered_when_the_rest_falls() -> None:
    """High on three readings; one is lost, the others still say high; then these fall. What the lost one says is unknown."""
    assert chain(HIGH, figures(rights=0.0, income=1.0), figures(rights=1.0, income=0.0)) == [
        ("high", False),
        ("high", False),
        ("high", True),
    ]


def test_evidence_lost_one_after_another_and_returning_one_after_another_never_lowers_the_level() -> None:
    full = figures(rights=0.5, income=1.0, past=0)  # RF1 0.75, RF2 0: 0.375, watch
    story = chain(full, figures(income=1.0), figures(income=1.0, past=0), figures(rights=0.5, past=0), full)
    assert [level for level, _ in story] == ["watch", "high", "high", "high", "watch"]
    assert [held for _, held in story] == [False, False, True, True, False]


def test_insufficient_data_before_is_nothing_to_hold() -> None:
    assert chain([], LOW, []) == [("insufficient data", False), ("baseline", False), ("baseline", True)]


def test_better_evidence_that_replaces_a_stand_in_is_no_loss() -> None:
    """The list of mass killings arrives and says never: UCDP's stand-in is still read, but no longer needed."""
    stand_in = [*figures(rights=0.5, income=0.5), ("x.killed_year", "AAA", "2020", 5000.0)]
    listed = [*stand_in, ("x.past", "AAA", "2020", 0.0)]
    first = said(look(stand_in, DAY))
    second = said(look(listed, DAY), first)
    assert (first["conflict_level"].item(), second["conflict_level"].item()) == ("high", "watch")  # 0.75, then 0.25
    assert not second["conflict_held"].item()
    third = said(look(stand_in, DAY), second)
    assert third["conflict_level"].item() == "high"  # the list is gone again: the stand-in raises, and nothing is held
    assert not third["conflict_held"].item()


def test_months_lost_from_a_sum_are_evidence_lost() -> None:
    """100 were killed in December; when December is withdrawn, eleven quiet months are no reason to say less."""
    quiet = each_month("x.killed", "BBB", "2020-01", [0.0] * 12)
    deadly = [*figures(rights=1.0, income=0.0, past=0), *each_month("x.killed", "AAA", "2020-01", [0.0] * 11 + [100.0]), *quiet]
    gap = [row for row in deadly if row[1:3] != ("AAA", "2020-12")]
    first = said(look(deadly, DAY, countries=("AAA", "BBB")))
    later = said(look(gap, DAY, countries=("AAA", "BBB")), first)
    assert first.loc["AAA", "conflict_level"] == later.loc["AAA", "conflict_level"] == "watch"
    assert later.loc["AAA", "conflict_held"]
    again = said(look(gap, DAY, countries=("AAA", "BBB")), said(look(gap, DAY, countries=("AAA", "BBB"))))
    assert not again.loc["AAA", "conflict_held"]  # never whole: nothing was lost


def fell(then: float) -> list[Row]:
    return [*figures(rights=0.75, income=0.25, past=0), ("x.rights", "AAA", "2017", then)]


def test_a_signal_that_can_no_longer_be_seen_does_not_ease_the_level_it_raised() -> None:
    raised, unseen, steady = fell(1.0), figures(rights=0.75, income=0.25, past=0), fell(0.75)
    assert chain(raised, unseen) == [("watch", False), ("watch", True)]  # the value to compare with is gone
    assert chain(raised, steady) == [("watch", False), ("baseline", False)]  # seen, and it no longer holds
    assert chain(raised, unseen, steady) == [("watch", False), ("watch", True), ("baseline", False)]


def test_a_signal_that_ages_out_does_not_ease_the_level_it_raised() -> None:
    """The signal's limit is 800 days, its measure's six years: a source that has died keeps the level it raised."""
    first = said(look(fell(1.0), DAY))
    later = said(look(fell(1.0), date(2024, 1, 1)), first)
    assert (later["outside_conflict_level"].item(), later["outside_conflict_held"].item()) == ("watch", True)


def test_tracks_are_held_each_on_its_own() -> None:
    rows = figures(rights=1.0, income=0.0, killed=120, past=0)  # 1.2 at 1, so that RF1 is 0.5, RF2 0: 0.25
    without = figures(rights=1.0, income=0.0, past=0)
    first = said(look(rows, DAY))
    later = said(look(without, DAY), first)
    assert (later["conflict_level"].item(), later["conflict_held"].item()) == ("watch", True)
    assert (later["outside_conflict_level"].item(), later["outside_conflict_held"].item()) == ("baseline", False)


def test_a_country_that_is_new_in_the_list_is_assessed_as_it_stands() -> None:
    first = said(look(HIGH, DAY))
    both = [*HIGH, ("x.income", "BBB", "2020", 0.0)]
    later = said(look(both, DAY, countries=("AAA", "BBB")), first)
    assert later.loc["BBB", "outside_conflict_level"] == "baseline"
    assert not later.loc["BBB", "outside_conflict_held"]


def test_what_another_framework_said_is_compared_with_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    noon = datetime(2021, 3, 1, 12, tzinfo=UTC)
    first = said(look(HIGH, DAY)).reset_index()
    with store.writing():
        store.record_assessments(first, run_id="r1", as_of=DAY, basis="recorded", framework_hash="first", seen=noon)
    for framework_hash, expected in (("first", "high"), ("second", "insufficient data")):
        last = store.last_assessments(framework_hash)
        previous = last.set_index("iso3") if len(last) else pd.DataFrame()
        assert said(look([], DAY), previous)["outside_conflict_level"].item() == expected


def test_insufficient_data_is_the_name_of_no_level() -> None:
    assert [level_name(FRAMEWORK, rank) for rank in (-1, 0, 3)] == ["insufficient data", "baseline", "high"]
    changed = content()
    changed["levels"][0]["id"] = "insufficient data"
    with pytest.raises(ValueError, match="levels"):
        small_framework(**changed)


def test_an_older_figure_in_the_place_of_a_newer_one_lowers_nothing() -> None:
    """2020 said the worst; it is withdrawn, and 2019, which said the best, is the newest again: the level stays, marked."""
    older = [("x.rights", "AAA", "2019", 1.0), ("x.income", "AAA", "2020", 1.0), ("x.past", "AAA", "2020", 0.0)]
    levels = chain([*older, ("x.rights", "AAA", "2020", 0.0)], older, [*older, ("x.rights", "AAA", "2020", 0.0)])
    assert levels == [("elevated", False), ("elevated", True), ("elevated", False)]


def test_a_status_that_can_no_longer_be_seen_stays_what_it_was() -> None:
    killing = each_month("x.killed", "AAA", "2020-01", [100.0] * 12)
    seen = look(killing, DAY)
    assert seen.status.tolist() == ["under way"]
    first = hold_status(seen, NOTHING)
    before = first.rename(columns={"deaths": "status_deaths", "until": "status_until", "known": "status_known"})
    later = hold_status(look([], DAY), before)
    assert later.loc["AAA"].tolist() == ["under way", 1200.0, "2020-12-31", 12, True]
    quiet = before.assign(status="onset risk", status_deaths=0.0)
    assert hold_status(look([], DAY), quiet).loc["AAA", "status"] == "unknown"
    assert hold_status(look([], DAY), NOTHING).loc["AAA", "status"] == "unknown"
