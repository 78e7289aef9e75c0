"""From readings to levels, in a world small enough to work out by hand (see ``small_world``)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from monitor.risk.assess import Assessed
from monitor.risk.framework import TRACK_IDS, TrackId
from monitor.risk.structure import allowed
from tests.small_world import DEATHS, Row, content, each_month, each_year, look, small_framework

DAY = date(2021, 3, 1)
NAN = float("nan")


def rights(value: float, year: int = 2020) -> Row:
    return ("x.rights", "AAA", str(year), value)


def income(value: float) -> Row:
    return ("x.income", "AAA", "2020", value)


def killed(total: float, first: str = "2020-01") -> list[Row]:
    """Return twelve months with this many killed, all in the last one."""
    return each_month("x.killed", "AAA", first, [0.0] * 11 + [total])


def past(value: float) -> Row:
    return ("x.past", "AAA", "2020", value)


def killed_year(value: float) -> Row:
    return ("x.killed_year", "AAA", "2020", value)


def score(seen: Assessed, track: TrackId = "conflict") -> float:
    return float(seen.tracks[track].score[0])


def level(seen: Assessed, track: TrackId = "conflict") -> int:
    return int(seen.tracks[track].level[0])


def all_alike(value: float) -> list[Row]:
    """Return figures for which every indicator of the conflict track scores ``value``, but for the past: unknown."""
    return [rights(1 - value), income(value), *killed(100 * value)]


# ------------------------------------------------------------------------------------------------------- equal weights


def test_equal_weights_at_each_step_from_measure_to_indicator_to_factor_to_track() -> None:
    seen = look([rights(0.5), income(1.0), *killed(25), past(1)], DAY)
    conflict, outside = (seen.tracks[t] for t in TRACK_IDS)
    # 1.1: rights 0.5 scores 0.5, income 1.0 scores 1: mean 0.75. 1.2: 25 killed of 100: 0.25. 2.1: a past: 1.
    np.testing.assert_array_equal(conflict.indicator[:, 0], [0.75, 0.25, 1.0])
    np.testing.assert_array_equal(conflict.factor[:, 0], [0.5, 1.0])  # RF1 is the mean of 1.1 and 1.2, RF2 is 2.1
    assert score(seen) == 0.75
    # Outside conflict there is no 1.2: RF1 is 0.75, RF2 is 1.
    np.testing.assert_array_equal(outside.indicator[:, 0], [0.75, NAN, 1.0])
    assert score(seen, "outside_conflict") == 0.875


def test_the_weight_of_each_measure_is_its_share_of_the_tracks_score() -> None:
    seen = look([rights(0.5), income(1.0), *killed(25), past(1)], DAY)
    order = seen.readings.measures
    weight = dict(zip(order, seen.tracks["conflict"].weight[:, 0].tolist(), strict=True))
    assert weight == {"rights": 0.125, "income": 0.125, "gossip": 0, "killings": 0.25, "past": 0.5, "past_killed": 0}
    scores = np.nan_to_num(seen.readings.score[:, 0])
    assert (seen.tracks["conflict"].weight[:, 0] * scores).sum() == score(seen)


def test_what_is_missing_is_left_out_and_never_read_as_low() -> None:
    with_income, without = look([rights(0.5), income(1.0), past(1)], DAY), look([rights(0.5), past(1)], DAY)
    assert with_income.tracks["conflict"].indicator[0, 0] == 0.75
    assert without.tracks["conflict"].indicator[0, 0] == 0.5  # the mean of what is known, not of 0.5 and 0
    assert np.isnan(without.tracks["conflict"].indicator[1, 0])
    assert score(without) == 0.75  # RF1 is 0.5 alone, RF2 is 1


def test_low_validity_is_context_and_enters_no_score() -> None:
    rows = [rights(0.5), income(0.5), past(0)]
    assert score(look([*rows, ("x.gossip", "AAA", "2020", 1.0)], DAY)) == score(look(rows, DAY)) == 0.25


def test_an_expired_reading_enters_no_score() -> None:
    seen = look([rights(0.5, 2010), income(1.0), past(1)], DAY)
    assert seen.tracks["conflict"].indicator[0, 0] == 1.0


# ----------------------------------------------------------------------------------------------------------- stand-ins


def test_a_stand_in_counts_only_where_the_other_has_no_reading() -> None:
    rows = [rights(0.5), income(0.5)]
    both = look([*rows, past(0), killed_year(5000)], DAY)
    only = look([*rows, killed_year(5000)], DAY)
    assert both.tracks["conflict"].indicator[2, 0] == 0
    assert only.tracks["conflict"].indicator[2, 0] == 1
    at = both.readings.measures.index("past_killed")
    assert both.tracks["conflict"].weight[at, 0] == 0
    assert only.tracks["conflict"].weight[at, 0] == 0.5


def test_outside_conflict_no_count_of_deaths_stands_in_for_anything() -> None:
    seen = look([rights(0.5), income(0.5), killed_year(5000), *killed(100_000)], DAY)
    outside = seen.tracks["outside_conflict"]
    assert np.isnan(outside.indicator[2, 0])
    assert score(seen, "outside_conflict") == 0.5
    framework = small_framework()
    past_indicator = framework.factors[1].indicators[0]
    assert allowed(framework, "outside_conflict", past_indicator, DEATHS) == ["past"]
    assert allowed(framework, "conflict", past_indicator, DEATHS) == ["past", "past_killed"]


# ------------------------------------------------------------------------------------------- coverage and insufficient data


def test_a_track_needs_half_of_its_core_indicators_else_it_has_insufficient_data() -> None:
    one_of_three = look([income(1.0)], DAY)
    assert (one_of_three.tracks["conflict"].covered[0], one_of_three.tracks["conflict"].core) == (1, 3)
    assert level(one_of_three) == -1
    assert (one_of_three.tracks["outside_conflict"].covered[0], one_of_three.tracks["outside_conflict"].core) == (1, 2)
    assert level(one_of_three, "outside_conflict") == 3  # exactly half is enough
    two_of_three = look([income(1.0), *killed(100)], DAY)
    assert level(two_of_three) == 3


def test_a_country_of_which_nothing_is_known_is_insufficient_in_both_tracks_with_no_index_and_status_unknown() -> None:
    seen = look([("x.income", "BBB", "2020", 1.0)], DAY, countries=("AAA", "BBB"))
    assert [level(seen, t) for t in TRACK_IDS] == [-1, -1]
    assert (seen.headline[0], seen.level[0], str(seen.status[0])) == (-1, -1, "unknown")
    assert np.isnan(seen.index[0])
    assert np.isnan(score(seen))


def test_an_indicator_that_is_not_core_does_not_count_for_coverage() -> None:
    changed = content()
    changed["factors"][0]["indicators"][0]["core"] = False
    seen = look([income(1.0), *killed(100)], DAY, small_framework(**changed))
    assert (seen.tracks["conflict"].covered[0], seen.tracks["conflict"].core) == (1, 2)
    assert seen.tracks["conflict"].factor_core.tolist() == [1, 1]
    assert seen.tracks["conflict"].factor_covered[:, 0].tolist() == [1, 0]


# ---------------------------------------------------------------------------------------------------------- thresholds

THRESHOLDS = [
    (0.0, 0, 0.0),
    (0.125, 0, 20.0),  # halfway to watch
    (0.2499, 0, 39.984),
    (0.25, 1, 40.0),  # exactly at the entry threshold: watch
    (0.5, 2, 60.0),
    (0.625, 2, 70.0),
    (0.75, 3, 80.0),
    (1.0, 3, 100.0),
]


@pytest.mark.parametrize(("value", "expected", "index"), THRESHOLDS)
def test_a_level_begins_exactly_at_its_entry_threshold(value: float, expected: int, index: float) -> None:
    seen = look(all_alike(value), DAY)
    assert score(seen) == value
    assert level(seen) == expected
    assert seen.tracks["conflict"].index[0] == pytest.approx(index)


# ------------------------------------------------------------------------------------------------------------- signals


def rights_that_fell(now: float, before: float) -> list[Row]:
    return [rights(before, 2017), rights(now, 2020)]


def test_a_signal_raises_a_level_by_one_and_leaves_the_score_alone() -> None:
    steady, fell = (look([*rights_that_fell(0.75, b), past(0), income(0.25)], DAY) for b in (0.75, 0.875))
    for track in TRACK_IDS:
        assert score(steady, track) == score(fell, track) == 0.125
        assert (level(steady, track), level(fell, track)) == (0, 1)
        assert fell.tracks[track].base[0] == 0


def test_two_signals_raise_by_no_more_than_one() -> None:
    surge = each_month("x.killed", "AAA", "2017-01", [0.0] * 36 + [10.0] * 12)
    seen = look([*rights_that_fell(0.875, 1.0), income(0.125), past(0), *surge], DAY)
    assert seen.tracks["conflict"].fired[:, 0].tolist() == [True, True]
    assert seen.tracks["outside_conflict"].fired[:, 0].tolist() == [False, True]  # deaths raise no level outside conflict
    assert (seen.tracks["conflict"].base[0], level(seen)) == (1, 2)  # RF1: (0.125 + 1) / 2; RF2: 0; mean 0.28


def test_no_signal_raises_above_the_top_level() -> None:
    seen = look([*rights_that_fell(0.0, 1.0), income(1.0), *killed(100), past(1)], DAY)
    assert seen.tracks["conflict"].fired[:, 0].any()
    assert (seen.tracks["conflict"].base[0], level(seen)) == (3, 3)


def test_no_signal_lifts_a_country_out_of_insufficient_data() -> None:
    seen = look(rights_that_fell(0.0, 1.0), DAY)
    assert seen.tracks["conflict"].fired[:, 0].tolist() == [False, True]
    assert level(seen) == -1


@pytest.mark.parametrize(("before", "fires"), [(0.625, True), (0.624, False)])
def test_a_signal_holds_exactly_at_its_threshold(before: float, fires: bool) -> None:
    assert look(rights_that_fell(0.5, before), DAY).tracks["conflict"].fired[1, 0] == fires


@pytest.mark.parametrize(("day", "fires"), [(date(2023, 3, 11), True), (date(2023, 3, 12), False)])
def test_a_signal_counts_until_its_own_age_limit_and_says_whether_it_is_fresh(day: date, fires: bool) -> None:
    """The figures end on 31 December 2020; the limit is 800 days, the source should be no older than 500."""
    seen = look(rights_that_fell(0.0, 1.0), day)
    assert seen.tracks["conflict"].fired[1, 0] == seen.signal_seen[1, 0] == fires
    assert not seen.signal_fresh[1, 0]
    assert look(rights_that_fell(0.0, 1.0), DAY).signal_fresh[1, 0]


def test_a_signal_without_a_value_does_not_hold_and_is_not_seen() -> None:
    seen = look([rights(0.0)], DAY)
    assert not seen.tracks["conflict"].fired.any()
    assert not seen.signal_seen.any()


# ------------------------------------------------------------------------------------------------------------ headline


def test_the_headline_is_the_higher_of_the_two_tracks_never_their_mean() -> None:
    seen = look([rights(0.5), income(0.5), *killed(0), past(1)], DAY)
    # conflict: RF1 (0.5 + 0) / 2 = 0.25, RF2 1: 0.625. outside: RF1 0.5, RF2 1: 0.75.
    assert [score(seen, t) for t in TRACK_IDS] == [0.625, 0.75]
    assert [level(seen, t) for t in TRACK_IDS] == [2, 3]
    assert (seen.level[0], seen.headline[0], seen.index[0]) == (3, 1, 80.0)


def test_a_conflict_that_is_worse_leads_and_a_better_track_does_not_dilute_it() -> None:
    seen = look([rights(1.0), income(0.0), *killed(100), past(0)], DAY)
    assert [score(seen, t) for t in TRACK_IDS] == [0.25, 0.0]
    assert (seen.level[0], seen.headline[0], seen.index[0]) == (1, 0, 40.0)


def test_at_the_same_level_the_higher_index_leads_and_a_tie_goes_to_conflict() -> None:
    assert look([rights(0.5), income(0.5), *killed(60)], DAY).headline[0] == 0  # 0.55 against 0.5
    assert look([rights(0.5), income(0.5), *killed(40)], DAY).headline[0] == 1  # 0.45 is watch, 0.5 elevated
    assert look([rights(0.5), income(0.5), *killed(50)], DAY).headline[0] == 0


def test_a_level_that_a_signal_raised_leads_over_a_higher_index() -> None:
    surge = each_month("x.killed", "AAA", "2017-01", [0.0] * 36 + [100 / 12] * 12)
    changed = content()
    changed["measures"][3]["bands"] = [[0, 0], [1000, 1]]
    seen = look([rights(0.75), income(0.25), past(0), *surge], DAY, small_framework(**changed))
    assert seen.tracks["conflict"].index[0] < seen.tracks["outside_conflict"].index[0] == 20.0
    assert [level(seen, t) for t in TRACK_IDS] == [1, 0]
    assert seen.headline[0] == 0


def test_one_track_with_data_leads_alone() -> None:
    seen = look([income(0.5)], DAY)
    assert [level(seen, t) for t in TRACK_IDS] == [-1, 2]
    assert (seen.headline[0], seen.level[0], seen.index[0]) == (1, 2, 60.0)


# -------------------------------------------------------------------------------------------------------------- status

STATUS = [
    ([0.0] * 12, "onset risk"),
    ([0.0] * 11 + [999.0], "onset risk"),
    ([0.0] * 11 + [1000.0], "under way"),  # exactly at the threshold
    ([1000.0] + [0.0] * 11, "under way"),
    ([1000.0] + [0.0] * 12, "recent past"),  # thirteen months ago
    ([84.0] * 12 + [0.0] * 12, "recent past"),  # 1,008 in twelve months, spread out
    ([83.0] * 12 + [0.0] * 12, "onset risk"),  # 996
    ([1000.0] + [0.0] * 11 + [1000.0], "under way"),
    ([NAN] * 4 + [1000.0] * 8, "unknown"),  # eight of twelve months known
]


@pytest.mark.parametrize(("months", "expected"), STATUS)
def test_status_is_told_from_the_killings_and_apart_from_the_level(months: list[float], expected: str) -> None:
    first = f"{2021 - len(months) // 12 - bool(len(months) % 12)}-{1 + -len(months) % 12:02d}"
    rows = [*each_month("x.killed", "AAA", first, months), *each_month("x.killed", "BBB", "2020-01", [0.0] * 12)]
    seen = look(rows, DAY, countries=("AAA", "BBB"))
    assert str(seen.status[0]) == expected
    assert str(seen.status[1]) == "onset risk"


@pytest.mark.parametrize(
    ("year", "expected"),
    [(2016, "recent past"), (2015, "recent past"), (2014, "onset risk")],
)
def test_recent_past_is_the_calendar_year_and_the_five_before_it(year: int, expected: str) -> None:
    """Windows that end from 1 January 2016 on: one with killings in December 2015 ends as late as November 2016."""
    deaths = [5000.0 if 2013 + n // 12 == year and n % 12 == 11 else 0.0 for n in range(96)]
    rows = each_month("x.killed", "AAA", "2013-01", deaths)
    assert str(look(rows, DAY).status[0]) == expected


def test_a_gap_in_the_past_hides_no_killings_that_are_known() -> None:
    rows = each_month("x.killed", "AAA", "2018-01", [NAN] * 6 + [2000.0] + [NAN] * 5 + [0.0] * 24)
    assert str(look(rows, DAY).status[0]) == "recent past"


def test_status_becomes_unknown_when_the_figures_are_too_old_and_not_peaceful() -> None:
    assert str(look(killed(5000), date(2022, 12, 31)).status[0]) == "under way"  # 730 days
    assert str(look(killed(5000), date(2023, 1, 1)).status[0]) == "unknown"
    assert str(look(killed(0), date(2023, 1, 1)).status[0]) == "unknown"


def test_killing_under_way_does_not_need_a_high_level_to_be_said() -> None:
    changed = content()
    changed["measures"][3]["bands"] = [[0, 0], [1_000_000, 1]]
    seen = look([rights(1.0), income(0.0), past(0), *killed(1000)], DAY, small_framework(**changed))
    assert (seen.level[0], str(seen.status[0])) == (0, "under way")
    assert seen.killing.killed.value[0] == 1000


# -------------------------------------------------------------------------------------------------------------- the rest


def test_countries_are_assessed_each_on_its_own() -> None:
    alone = look([rights(0.5), income(1.0), past(1), *killed(0)], DAY)
    elsewhere = each_month("x.killed", "BBB", "2020-01", [9e5] * 12)
    others = [("x.rights", "BBB", "2020", 0.0), ("x.income", "BBB", "2020", 1.0), *elsewhere]
    together = look([rights(0.5), income(1.0), past(1), *killed(0), *others], DAY, countries=("AAA", "BBB"))
    for track in TRACK_IDS:
        assert together.tracks[track].score[0] == alone.tracks[track].score[0]
        assert together.tracks[track].level[0] == alone.tracks[track].level[0]


def test_an_empty_record_gives_insufficient_data_everywhere() -> None:
    seen = look([], DAY, countries=("AAA", "BBB"))
    assert seen.level.tolist() == [-1, -1]
    assert set(seen.status.tolist()) == {"unknown"}


def test_more_years_of_an_unchanged_world_change_nothing_but_the_age() -> None:
    steady = [*each_year("x.rights", "AAA", 2015, [0.5] * 6), *each_year("x.income", "AAA", 2015, [0.5] * 6)]
    assert score(look(steady, DAY), "outside_conflict") == 0.5
    assert level(look(steady, DAY), "outside_conflict") == 2
