"""What may change a level: up fast, down slowly, and never for want of evidence. The small world eases after one lower period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from monitor.risk.assess import Assessed
from monitor.risk.framework import TRACK_IDS, Framework
from monitor.risk.levels import Standing, carried, level_name, made_of, step
from monitor.risk.status import KEPT, hold_status
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


def said(
    seen: Assessed, previous: pd.DataFrame = NOTHING, framework: Framework = FRAMEWORK, firm: Assessed | None = None
) -> pd.DataFrame:
    """Return what the record would hold of an assessment, after what it held before."""
    standing = step(seen, Standing.of(previous, framework, seen.countries), framework, firm=firm)
    columns = {f"{t}_{name}": c for n, t in enumerate(TRACK_IDS) for name, c in standing.columns(framework, n).items()}
    return pd.DataFrame(columns, index=pd.Index(seen.countries, name="iso3")).join(standing.remembered(seen.countries))


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
    # rights, income and past are the measures 0, 1 and 4 of six: scores of 1, seen in December 2020, month 1,451 from 1900
    assert first["seen_scores"].item() == "2710" * 2 + "ffff" * 2 + "2710" + "ffff"
    assert first["seen_months"].item() == "05ab" * 2 + "0000" * 2 + "05ab" + "0000"


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
    """High on three readings; one is lost, the others still say high; then these fall, and the lost one counts as it was: 0.5."""
    assert chain(HIGH, figures(rights=0.0, income=1.0), figures(rights=1.0, income=0.0)) == [
        ("high", False),
        ("high", False),
        ("elevated", True),
    ]


def test_evidence_lost_one_after_another_and_returning_one_after_another_never_lowers_the_level() -> None:
    full = figures(rights=0.5, income=1.0, past=0)  # RF1 0.75, RF2 0: 0.375, watch
    story = chain(full, figures(income=1.0), figures(income=1.0, past=0), figures(rights=0.5, past=0), full)
    # income alone is 1; with past 0.5 (0.375 with rights as it was last); rights and past are 0.25 (0.375 with income as it was)
    assert [level for level, _ in story] == ["watch", "high", "elevated", "watch", "watch"]
    assert not any(held for _, held in story)


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


def with_memory(of: Standing, score: float, *, month: int, carried: bool) -> Standing:
    """Return a standing that remembers (or carries) this score of every measure."""
    shape = of.memory.score.shape
    memory = replace(of.memory, score=np.full(shape, score), months=np.full(shape, month), carried=np.full(shape, carried))
    return replace(of, memory=memory)


def test_a_path_walked_anew_counts_up_and_down_where_nothing_is_lost() -> None:
    """What the record carries the path saw as well, as new: so it has gone for both, and the path counts."""
    path = with_memory(standing([[2, 1], [1, -1]], easing=1), 0.5, month=1450, carried=True)
    recorded = with_memory(standing([[1, 3], [3, 0]], easing=2), 0.9, month=1450, carried=True)
    anew = path.anew(recorded, *made_of(look([], DAY, countries=("AAA", "BBB")), small_framework()), np.array([False, False]))
    assert anew.level.tolist() == [[2, 1], [1, -1]]
    assert (anew.easing == 1).all()
    assert (anew.memory.score == 0.5).all()


@pytest.mark.parametrize(("score", "month"), [(np.nan, 0), (0.5, 1449)], ids=["never seen", "only older"])
def test_a_path_walked_anew_lowers_nothing_that_rests_on_what_the_record_alone_has_seen(score: float, month: int) -> None:
    path = with_memory(standing([[2, 1], [1, -1]], easing=1), score, month=month, carried=True)
    recorded = with_memory(standing([[1, 3], [3, 0]], easing=2), 0.9, month=1450, carried=True)
    anew = path.anew(recorded, *made_of(look([], DAY, countries=("AAA", "BBB")), small_framework()), np.array([False, False]))
    assert anew.level.tolist() == [[2, 3], [3, 0]]  # the higher of the two, and an easing that was begun goes on
    assert anew.easing.tolist() == [[1, 2], [2, 2]]
    assert (anew.memory.score == 0.9).all()
    assert (anew.memory.months == 1450).all()


def test_a_path_walked_anew_lowers_nothing_of_a_country_that_lost_figures_of_the_past() -> None:
    """All that is seen today is seen in both; the path over what is left says less, or has counted further towards less."""
    path = with_memory(standing([[2, 1], [1, 0]], easing=2), 0.5, month=1450, carried=False)
    recorded = with_memory(standing([[1, 3], [3, 0]], easing=1), 0.5, month=1450, carried=False)
    seen = look([], DAY, countries=("AAA", "BBB"))
    anew = path.anew(recorded, *made_of(seen, small_framework()), np.array([False, True]))
    assert anew.level.tolist() == [[2, 3], [1, 0]]
    assert anew.easing.tolist() == [[2, 1], [2, 1]]


def test_only_the_track_that_rests_on_what_is_lost_keeps_its_level() -> None:
    """Deaths are lost; the track outside conflict takes none of them."""
    seen, framework = look([], DAY), small_framework()
    takes, signals = made_of(seen, framework)
    lost = np.flatnonzero(takes[0] & ~takes[1])[0]
    empty = Standing.of(pd.DataFrame(), framework, seen.countries)
    shape = empty.memory.score.shape
    only = np.zeros(shape, dtype=bool)
    only[lost] = True
    memory = replace(empty.memory, score=np.where(only, 1.0, np.nan), months=np.where(only, 1450, 0), carried=only)
    recorded = replace(empty, memory=memory, level=np.array([[3], [2]]))
    path = replace(empty, level=np.array([[1], [1]]))
    assert path.anew(recorded, takes, signals, np.array([False])).level.tolist() == [[3], [1]]


def standing(levels: list[list[int]], *, easing: int) -> Standing:
    """Return a standing of two countries at these levels, with as many lower periods counted."""
    plain = Standing.of(pd.DataFrame(), small_framework(), ("AAA", "BBB"))
    return replace(plain, level=np.array(levels), easing=np.full((2, 2), easing))


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


def recorded(said: pd.DataFrame) -> pd.DataFrame:
    """Return what the record keeps of a status."""
    return said.rename(columns={c: f"status_{c}" for c in ("deaths", "until", "since", "known", "gaps")})


def test_a_status_that_can_no_longer_be_seen_stays_what_it_was() -> None:
    killing = each_month("x.killed", "AAA", "2020-01", [100.0] * 12)
    seen = look(killing, DAY)
    assert seen.status.tolist() == ["under way"]
    first = hold_status(seen.killing, ["AAA"], NOTHING)
    before = first.rename(columns={c: f"status_{c}" for c in KEPT})
    dark = look([], DAY).killing
    later = hold_status(dark, ["AAA"], before)
    # 1,000 were reached in October: ten months of 100
    kept = ["under way", 1200.0, "2020-12-31", "2020-10-31", 12, 0, 100.0, "2020-01-31", True]
    assert later.loc["AAA"].tolist() == kept
    quiet = before.assign(status="onset risk", status_deaths=0.0)
    assert hold_status(dark, ["AAA"], quiet).loc["AAA", "status"] == "unknown"
    assert hold_status(dark, ["AAA"], NOTHING).loc["AAA", "status"] == "unknown"


BAD_YEAR = [100.0] * 12


@pytest.mark.parametrize(
    ("killed", "day", "status", "held"),
    [
        # 2021 and 2022 follow, all quiet: killing is no longer under way, and that is known
        (BAD_YEAR + [0.0] * 24, date(2023, 1, 31), "recent past", False),
        # two of the newest twelve months have no figure: whether the killing has ended is not known
        (BAD_YEAR + [0.0] * 20 + [NAN] * 2 + [0.0] * 2, date(2023, 1, 31), "under way", True),
        # the bad year itself has lost figures: what is left of it is below the threshold, and says nothing
        ([100.0] * 6 + [NAN] * 6 + [0.0] * 24, date(2023, 1, 31), "under way", True),
        # the bad year was revised: every month is known, and the killing was less than it seemed
        ([10.0] * 12 + [0.0] * 24, date(2023, 1, 31), "onset risk", False),
        # an older window has taken the place of the one that was counted
        ([0.0] * 11, DAY, "under way", True),
        # more than five years later
        (BAD_YEAR + [0.0] * 84, date(2028, 1, 31), "onset risk", False),
    ],
)
def test_killing_under_way_ends_with_figures_and_not_for_want_of_them(
    killed: list[float], day: date, status: str, held: bool
) -> None:
    before = recorded(hold_status(look(each_month("x.killed", "AAA", "2020-01", BAD_YEAR), DAY).killing, ["AAA"], NOTHING))
    assert before.loc["AAA", "status"] == "under way"
    now = hold_status(look(each_month("x.killed", "AAA", "2020-01", killed), day).killing, ["AAA"], before)
    assert (now.loc["AAA", "status"], bool(now.loc["AAA", "held"])) == (status, held)


def test_the_recent_past_is_held_when_its_months_lose_their_figures_and_let_go_when_they_are_back() -> None:
    day, quiet = date(2023, 1, 31), [0.0] * 24
    whole = each_month("x.killed", "AAA", "2020-01", BAD_YEAR + quiet)
    thin = each_month("x.killed", "AAA", "2020-01", [100.0] * 6 + [NAN] * 6 + quiet)
    first = hold_status(look(whole, day).killing, ["AAA"], NOTHING)
    assert first.loc["AAA", "status"] == "recent past"
    held = hold_status(look(thin, day).killing, ["AAA"], recorded(first))
    assert held.loc["AAA", ["status", "held", "gaps"]].tolist() == ["recent past", True, 0]
    again = hold_status(look(thin, day).killing, ["AAA"], recorded(held))
    assert again.loc["AAA", ["status", "held"]].tolist() == ["recent past", True]
    back = hold_status(look(whole, day).killing, ["AAA"], recorded(again))
    assert back.loc["AAA", ["status", "held"]].tolist() == ["recent past", False]


# --------------------------------------------------------------------------------------------------- rising, staying, easing

SLOW = {"provisional_updates": 2, "lower_periods": 3}


def slow_framework(**tracks: object) -> Framework:
    """Return the small framework as shipped levels ease: after three fresh lower periods."""
    changed = content()
    return small_framework(steps=SLOW, tracks={name: track | tracks for name, track in changed["tracks"].items()})


def year_by_year(rights: Sequence[float], framework: Framework, *, first: int = 2020, past: int = 0) -> list[tuple[str, int]]:
    """Return level and lower periods counted, outside conflict, seen each March after a year with this figure (NaN: none came).

    Income is as worrying as rights and both are fresh for 500 days, so that a year without a figure is looked at again while
    still fresh, and counts for nothing.
    """
    previous, story, rows = NOTHING, [], []
    for n, value in enumerate(rights):
        if value == value:
            worst = [("x.rights", "AAA", str(first + n), value), ("x.income", "AAA", str(first + n), 1 - value)]
            rows += [*worst, ("x.past", "AAA", str(first + n), past)]
        previous = said(look(rows, date(first + n + 1, 3, 1), framework), previous, framework)
        story.append((previous["outside_conflict_level"].item(), previous["outside_conflict_easing"].item()))
    return story


def test_a_level_rises_on_the_first_fresh_period_and_eases_after_the_third_lower_one() -> None:
    # rights at 0: RF1 is 1, RF2 is 0, the track 0.5: elevated. At 1 the track is 0: baseline.
    assert year_by_year([1, 0, 1, 1, 1, 1], slow_framework()) == [
        ("baseline", 0),
        ("elevated", 0),
        ("elevated", 1),
        ("elevated", 2),
        ("baseline", 0),
        ("baseline", 0),
    ]


def test_one_worse_period_starts_the_count_again() -> None:
    story = year_by_year([0, 1, 1, 0, 1, 1, 1], slow_framework())
    assert [n for _, n in story] == [0, 1, 2, 0, 1, 2, 0]
    assert [level for level, _ in story] == ["elevated"] * 6 + ["baseline"]


def test_a_level_eases_only_to_the_highest_of_the_lower_periods() -> None:
    # 0.5 is a track of 0.25: watch
    assert year_by_year([0, 1, 0.5, 1, 1], slow_framework())[-2:] == [("watch", 0), ("watch", 1)]


def test_the_same_figures_looked_at_again_are_no_new_evidence() -> None:
    assert year_by_year([0, 1, NAN, 1, 1], slow_framework()) == [
        ("elevated", 0),
        ("elevated", 1),
        ("elevated", 1),
        ("elevated", 2),
        ("baseline", 0),
    ]


def test_stale_periods_ease_nothing() -> None:
    """The figures of 2021 arrive in 2024: they are read, and say less, but they are too old to count."""
    framework = slow_framework()
    first = said(look(figures(rights=0.0, income=1.0, past=0), DAY, framework), framework=framework)
    late = [*figures(rights=0.0, income=1.0, past=0), *figures(rights=1.0, income=0.0, past=0, year=2021)]
    later = said(look(late, date(2024, 3, 1), framework), first, framework)
    assert (later["outside_conflict_level"].item(), later["outside_conflict_easing"].item()) == ("elevated", 0)
    assert not later["outside_conflict_held"].item()


def test_between_exit_and_entry_a_level_stays_without_being_counted_down() -> None:
    framework = slow_framework(exit=[0.25, 0.375, 0.75])
    # rights at 0.25 is a track of 0.375: at the exit threshold, not below it; 0.3 is 0.35: below
    assert year_by_year([0, 0.25, 0.25, 0.25, 0.25], framework)[-1] == ("elevated", 0)
    assert year_by_year([0, 0.3, 0.3, 0.3], framework)[-1] == ("watch", 0)
    assert year_by_year([0.25], framework) == [("watch", 0)]  # it does not begin there


@pytest.mark.parametrize(
    "exits",
    [pytest.param([0.25, 0.5, 0.8], id="above entry"), pytest.param([0.25, 0.2, 0.7], id="below the entry of the level before")],
)
def test_an_exit_threshold_lies_between_the_entry_before_it_and_its_own(exits: list[float]) -> None:
    with pytest.raises(ValueError, match="each exit threshold lies at or below its entry threshold"):
        slow_framework(exit=exits)


def killed_by_month(through: str, monthly: float) -> list[Row]:
    """Return a calm country whose months from January 2021 on are provisional figures of killings."""
    last = pd.Period(through, freq="M")
    later = each_month("x.killed", "AAA", "2021-01", [monthly] * (last - pd.Period("2020-12", freq="M")).n)
    return [*figures(rights=1.0, income=0.0, past=0, killed=0.0), *later]


def provisional_story(monthly: float, looks: Sequence[tuple[str, date]]) -> list[tuple[str, int]]:
    """Return level and updates counted, conflict track, of looks at figures that are provisional from January 2021 on."""
    framework, previous, story = slow_framework(), NOTHING, []
    firm_rows = figures(rights=1.0, income=0.0, past=0, killed=0.0)
    for through, day in looks:
        seen = look(killed_by_month(through, monthly), day, framework)
        firm = look(firm_rows, day, framework)
        previous = said(seen, previous if len(previous) else said(firm, framework=framework), framework, firm=firm)
        story.append((previous["conflict_level"].item(), previous["conflict_rising"].item()))
    return story


def test_provisional_figures_raise_a_level_at_the_second_update_that_says_so() -> None:
    # one month of 120 killed is more than 100 in twelve months, a score of 1; RF1 is (0 + 1) / 2, RF2 0, the track 0.25: watch
    looks = [("2021-01", date(2021, 2, 20)), ("2021-01", date(2021, 2, 27)), ("2021-02", date(2021, 3, 20))]
    assert provisional_story(120, looks) == [("baseline", 1), ("baseline", 1), ("watch", 0)]


def test_killing_under_way_counts_at_once_however_provisional() -> None:
    assert provisional_story(1200, [("2021-01", date(2021, 2, 20))]) == [("watch", 0)]


def test_a_person_may_confirm_a_rise_before_the_second_update() -> None:
    framework = slow_framework()
    firm = look(figures(rights=1.0, income=0.0, past=0, killed=0.0), DAY, framework)
    seen = look(killed_by_month("2021-01", 120), DAY, framework)
    start = step(firm, None, framework)
    waiting = step(seen, start, framework, firm=firm)
    assert (waiting.level[0].item(), waiting.rising_to[0].item()) == (0, 1)
    confirmed = step(seen, start, framework, firm=firm, confirmed=["AAA"])
    assert (confirmed.level[0].item(), confirmed.rising_to[0].item()) == (1, -1)


def test_provisional_figures_ease_nothing_that_final_ones_do_not() -> None:
    """120 were killed in the final year; the provisional months say none: they may be undercounts."""
    framework, day = slow_framework(), date(2021, 8, 1)
    deadly = figures(rights=1.0, income=0.0, past=0, killed=120.0)
    firm = look(deadly, day, framework)
    quiet = look([*deadly, *each_month("x.killed", "AAA", "2021-01", [0.0] * 6)], day, framework)
    standing = step(firm, None, framework)
    for _ in range(4):
        standing = step(quiet, standing, framework, firm=firm)
    assert (firm.tracks["conflict"].level.item(), quiet.tracks["conflict"].level.item()) == (1, 0)
    assert (standing.level[0].item(), standing.easing[0].item()) == (1, 0)


def test_what_was_recorded_is_read_back_as_it_stood() -> None:
    framework = slow_framework()
    seen = look(figures(rights=0.0, income=1.0, killed=60, past=0), DAY, framework)
    calmer = look(figures(rights=1.0, income=0.0, past=0, year=2021), date(2022, 3, 1), framework)
    standing = step(calmer, step(seen, None, framework), framework)
    columns = {f"{t}_{name}": c for n, t in enumerate(TRACK_IDS) for name, c in standing.columns(framework, n).items()}
    record = pd.DataFrame(columns, index=["AAA"]).join(standing.remembered(["AAA"]))
    read = Standing.of(record, framework, ["AAA"])
    for name, value in vars(standing).items():
        if name != "memory":
            assert (getattr(read, name) == value).all(), name
    assert read.memory.score == pytest.approx(standing.memory.score, abs=1e-4, nan_ok=True)
    assert (np.nan_to_num(read.memory.score) >= np.nan_to_num(standing.memory.score)).all()  # rounded up: it lowers nothing
    for name in ("months", "whole", "fired"):
        assert (getattr(read.memory, name) == getattr(standing.memory, name)).all(), name


def test_what_is_lost_counts_as_it_was_last_and_what_is_fresh_may_still_ease_the_level() -> None:
    """Displacement is no longer counted; the rest improves for three years. The level eases, as far as the last count allows."""
    framework = slow_framework()
    previous, story = NOTHING, []
    for year, value in enumerate([0.0, 1.0, 1.0, 1.0], start=2020):
        rows = figures(rights=value, income=1 - value, past=1 if year == 2020 else NAN, year=year)
        previous = said(look(rows, date(year + 1, 3, 1), framework), previous, framework)
        story.append((previous["outside_conflict_level"].item(), bool(previous["outside_conflict_held"].item())))
    # both factors at 1; then RF1 at 0 and RF2 carried at 1: 0.5, elevated
    assert story == [("high", False), ("high", False), ("high", False), ("elevated", True)]


def test_what_is_carried_is_named() -> None:
    first = step(look(figures(rights=1.0, income=0.0, past=1), DAY), None, FRAMEWORK)
    later = look(figures(rights=1.0), DAY)  # baseline by what is seen; elevated with past as it was last
    after = step(later, first, FRAMEWORK)
    assert carried(later, after, FRAMEWORK, "outside_conflict") == ["income;past"]
    assert carried(look(HIGH, DAY), first, FRAMEWORK, "outside_conflict") == [""]
