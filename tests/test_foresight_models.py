"""The models, the checklist, and which of them counts."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.foresight import choose, models
from monitor.foresight.annual import Floats
from monitor.foresight.policy import Boosted, Candidate, ExtraTrees, Logit
from monitor.foresight.walk import Job, Rows, forecast
from tests.foresight_world import NAN, policy

EACH: list[Candidate] = [
    Logit(id="logit", family="logit", strength=0.1, mixing=0.5),
    Boosted(id="boosted", family="boosted", rounds=10, leaves=4, rate=0.1, smallest_leaf=10),
    ExtraTrees(id="extra", family="extra_trees", trees=20, smallest_leaf=10, share_of_features=0.5),
]


def rows(n: int = 400) -> tuple[Floats, Floats]:
    """Return rows of which the first column says when an onset comes, the second is noise, and a fifth of each is missing."""
    random = np.random.default_rng(4)
    x = random.normal(size=(n, 2))
    y = (x[:, 0] + random.normal(0, 0.5, n) > 1.2).astype("float64")
    x[random.random((n, 2)) < 0.2] = NAN
    return x, y


@pytest.mark.parametrize("candidate", EACH, ids=lambda c: c.family)
def test_every_model_learns_and_takes_missing_values_as_they_are(candidate: Candidate) -> None:
    x, y = rows()
    low, high, unknown = models.fit(candidate, x, y, 1).risk(np.array([[-2.0, 0.0], [2.0, 0.0], [NAN, NAN]]))
    assert low < unknown < high


@pytest.mark.parametrize("candidate", EACH, ids=lambda c: c.family)
def test_a_constant_column_and_one_that_is_all_missing_change_nothing(candidate: Candidate) -> None:
    x, y = rows()
    dead = np.column_stack([x, np.full(len(x), 3.0), np.full(len(x), NAN)])
    learned = models.fit(candidate, dead, y, 1)
    np.testing.assert_array_equal(learned.use, [True, True, False, False])
    np.testing.assert_array_equal(learned.risk(dead), models.fit(candidate, x, y, 1).risk(x))


@pytest.mark.parametrize("candidate", EACH, ids=lambda c: c.family)
def test_the_same_rows_and_seed_give_the_same_model(candidate: Candidate) -> None:
    x, y = rows()
    np.testing.assert_array_equal(models.fit(candidate, x, y, 9).risk(x), models.fit(candidate, x, y, 9).risk(x))


def test_a_gap_is_the_mean_with_a_mark_and_never_a_zero() -> None:
    x = np.array([[100.0, 1.0], [102.0, NAN], [104.0, 3.0]])
    lens = models.lens_of(x)
    seen = lens(x)
    np.testing.assert_allclose(seen[:, 1], [-1, 0, 1])  # 2 is the mean of what is known
    np.testing.assert_array_equal(seen[:, 2], [0, 1, 0])  # the mark
    assert seen.shape[1] == 3  # no mark for what is never missing


def test_columns_that_are_always_missing_together_share_one_mark() -> None:
    x = np.array([[1.0, 1.0, NAN], [NAN, NAN, 2.0], [3.0, 4.0, 5.0]])
    assert models.lens_of(x)(x).shape[1] == 3 + 2


def test_with_too_few_onsets_nothing_is_fitted() -> None:
    x, _ = rows(60)
    year = np.repeat(np.arange(2000, 2006), 10)
    outcome = np.zeros(60)
    outcome[:3] = 1
    few = Job("t", 1, 2005, True, tuple(EACH), gap=2, fewest=4, seed=1)
    held = Rows(x, np.zeros(2, dtype=bool), year, {("t", 1): outcome})
    assert forecast(held, few) == {}


# ------------------------------------------------------------------------------------------------------------ the choice


def past(years: int = 20, each: int = 50) -> choose.Past:
    """Return years of country-years in which the first two of each have an onset."""
    year = np.repeat(np.arange(2000, 2000 + years), each)
    outcome = np.tile(np.r_[1.0, 1.0, np.zeros(each - 2)], years)
    return choose.Past(year, outcome, np.tile(np.linspace(0.4, 0.2, each), years), 1)


def risk_of(seen: choose.Past, year: int, onset: float, none: float) -> Floats:
    return np.where(seen.outcome[seen.year == year] == 1, onset, none)


def test_the_candidate_with_the_better_closed_forecasts_counts_and_a_later_failure_does_not_yet() -> None:
    """``extra`` sees every onset up to 2010 and none later. With a gap of two years 2010 closes in 2013, 2011 in 2014."""
    two = [EACH[0].model_dump(), EACH[0].model_dump() | {"id": "other"}]
    plan, seen = policy(candidates=two), past()
    risks = {}
    for year in range(2000, 2020):
        good = risk_of(seen, year, 0.5, 0.01)
        bad = risk_of(seen, year, 0.01, 0.04)
        risks[year] = {"logit": bad if year <= 2010 else good, "other": good if year <= 2010 else bad}
    picked = {c.year: c.picks for c in choose.follow(plan, seen, risks).choices}
    assert picked[2003] == ("logit",)  # only one year is closed, with two onsets: the first listed counts
    assert picked[2012] == picked[2013] == ("other",)


def test_the_checklist_is_used_until_the_ensemble_has_beaten_it_and_again_when_it_has_not() -> None:
    plan, seen = policy(candidates=[EACH[0].model_dump()]), past()
    good = {y: {"logit": risk_of(seen, y, 0.6, 0.01)} for y in range(2000, 2020)}
    used = {c.year: (c.used, c.why) for c in choose.follow(plan, seen, good).choices}
    assert used[2003] == ("checklist", choose.UNPROVEN)
    assert used[2019] == ("ensemble", choose.BETTER)
    bad = {y: {"logit": risk_of(seen, y, 0.001, 0.3)} for y in range(2000, 2020)}
    assert {c.why for c in choose.follow(plan, seen, bad).choices if c.year > 2010} == {choose.BEATEN}


def test_where_nothing_could_be_fitted_the_checklist_is_used_and_says_why() -> None:
    plan, seen = policy(candidates=[EACH[0].model_dump()]), past()
    track = choose.follow(plan, seen, {y: {} for y in range(2000, 2020)})
    assert {c.why for c in track.choices if c.year >= 2003} == {choose.TOO_FEW}
    assert {c.why for c in track.choices if c.year < 2003} == {choose.NOTHING}
    assert not np.isnan(track.risk).any()


def test_before_any_outcome_is_known_the_checklist_stands_at_the_stated_base_rate() -> None:
    seen = past()
    track = choose.follow(policy(candidates=[EACH[0].model_dump()]), seen, {2000: {}})
    risk = track.risk[seen.year == 2000]
    assert risk.mean() == pytest.approx(0.017, rel=0.1)
    assert list(choose.ranks(risk)) == list(range(1, 51))  # in the order of its items


def test_the_headline_of_two_tracks_is_the_higher_where_the_policy_says_so() -> None:
    one, other = (choose.Track(np.array(r), np.array(r), np.array(r)) for r in ([0.1, 0.5], [0.3, 0.2]))
    np.testing.assert_array_equal(choose.higher(one, other).risk, [0.3, 0.5])


def test_places_begin_with_the_highest_and_of_equals_the_first_comes_first() -> None:
    np.testing.assert_array_equal(choose.ranks(np.array([0.1, 0.3, 0.3, 0.2])), [4, 1, 2, 3])
