"""How sure a rank is: intervals from draws, in the small world by hand and in the whole one by what must hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.risk.assess import Assessed, ranked_by
from monitor.risk.chance import Lots, choices
from monitor.risk.framework import TRACK_IDS, Framework
from monitor.risk.structure import geometric_mean, mean
from monitor.risk.uncertainty import draw, intervals, matched, on_a_line, ranks
from monitor.risk.variation import Uncertainty
from tests.small_world import Row, content, each_month, look, small_framework
from tests.test_honesty import is_a_death_count
from tests.whole_world import SOME, World, bundled, invented, shipped

DAY = date(2021, 3, 1)
NAN = float("nan")
STILL: dict[str, Any] = {"draws": 7, "weights": 0, "linear": 0, "geometric": 0, "gaps": False, "errors": False}


def varied(**changes: Any) -> Framework:
    """Return the small framework with nothing to vary but ``changes``."""
    return small_framework(uncertainty=Uncertainty(**{**STILL, **changes}))


def of_world(world: World, **changes: Any) -> Framework:
    """Return the shipped framework with its policy changed."""
    return world.framework.model_copy(update={"uncertainty": world.framework.uncertainty.model_copy(update=changes)})


def drawn(rows: Sequence[Row], framework: Framework, countries: Sequence[str] = ("AAA",)) -> np.ndarray:
    """Return the index of every draw (draws x countries) for figures of the small world."""
    return draw(look(rows, DAY, framework, countries), framework).index


def figures(iso3: str, rights: float, income: float, killed: float = 0.0, past: float = 0.0) -> list[Row]:
    """Return figures of a country of which everything is known."""
    yearly = (("x.rights", rights), ("x.income", income), ("x.past", past))
    return [*((s, iso3, "2020", v) for s, v in yearly), *each_month("x.killed", iso3, "2020-01", [0.0] * 11 + [killed])]


@pytest.fixture(scope="module")
def world() -> World:
    return shipped()


@pytest.fixture(scope="module")
def today(world: World) -> Assessed:
    """Return the assessment of every country on the bundled figures."""
    return world.assess(bundled(), date(2026, 11, 20), world.countries.assessed())


@pytest.fixture(scope="module")
def published(world: World, today: Assessed) -> pd.DataFrame:
    return intervals(today, world.framework)


# ------------------------------------------------------------------------------------------------- nothing to vary, no interval


@pytest.mark.parametrize("figures_of", ["invented", "bundled", "half"])
def test_with_nothing_to_vary_every_draw_is_the_assessment_bit_by_bit(figures_of: str, world: World) -> None:
    still = of_world(world, **STILL)
    panel, countries = (bundled(), world.countries.assessed()) if figures_of == "bundled" else (invented(world), SOME)
    if figures_of == "half":
        panel = panel.sample(frac=0.5, random_state=2).reset_index(drop=True)
    now = world.assess(panel, countries=countries)
    found = draw(now, still)
    np.testing.assert_array_equal(found.index, np.broadcast_to(now.index, found.index.shape))
    np.testing.assert_array_equal(found.level, np.broadcast_to(now.level, found.level.shape))


def rank_of(seen: Assessed) -> pd.Series:
    """Return the rank of each country by the higher of its two tracks, those without a headline left out."""
    tracks = pd.DataFrame({t: pd.Series(r.index).where(r.level >= 0) for t, r in seen.tracks.items()})
    return tracks.max(axis=1).where(seen.headline >= 0).rank(ascending=False, method="min")


def test_a_sign_of_change_that_lets_the_lower_track_lead_lowers_no_rank() -> None:
    """The first country leads with 20, raised to watch; its other track stands at 31. The second has no headline."""
    leading, tracks = np.array([20.0, NAN, 50.0]), np.array([[20.0, 10.0, 50.0], [31.0, 80.0, NAN]])
    np.testing.assert_array_equal(ranked_by(leading, tracks), [31.0, NAN, 50.0])


def test_with_nothing_to_vary_an_interval_has_no_width_and_a_level_is_certain(world: World, today: Assessed) -> None:
    table = intervals(today, of_world(world, **STILL))
    rank = rank_of(today)
    np.testing.assert_array_equal(table["index_low"], today.index)
    np.testing.assert_array_equal(table["index_high"], today.index)
    for end in ("rank_low", "rank_high"):
        np.testing.assert_array_equal(table[end].astype("Float64").to_numpy(na_value=NAN), rank)
    np.testing.assert_array_equal(table["in_top_30"], (rank <= 30).astype(float))
    for n, name in enumerate(("watch", "elevated", "high"), 1):
        np.testing.assert_array_equal(table[f"p_{name}"], (today.level == n).astype(float))


# --------------------------------------------------------------------------------------------------------- each thing by hand


def test_weights_move_an_index_between_the_ends_that_they_allow() -> None:
    """One indicator in each factor: 1.1 with rights 0 and income 1, 2.1 with a past.

    The outside-conflict track is the mean of RF1 and RF2. RF1 is a weighted mean of 0 and 1: from 0.75 / (0.75 + 1.25) = 0.375 to
    0.625. RF2 is 1 and weighs from 0.375 to 0.625: the track lies between 0.375 * 0.625 + 0.375 = 0.609 and 0.625 * 0.375 + 0.625
    = 0.859, which are the indices 68.75 and 88.75. Conflict: RF1 is the mean with 1.2, no killings, of 0: lower.
    """
    rows = figures("AAA", 1.0, 1.0, past=1.0)
    index = drawn(rows, varied(weights=0.25, draws=400))[:, 0]
    assert index.min() >= 68.75
    assert index.max() <= 88.75
    assert index.std() > 1
    assert index.mean() == pytest.approx(80.0, abs=0.5)  # 0.75, the assessment's own


def test_the_weights_of_a_draw_are_those_of_its_three_steps() -> None:
    framework = varied(weights=0.25, draws=3)
    w = choices(framework).weights
    assert (w.evidence.shape, w.indicator.shape, w.factor.shape) == ((6, 3, 1), (3, 3, 1), (2, 3, 1))
    rights, income, past = w.evidence[0], w.evidence[1], w.factor[1]
    first = income / (rights + income)  # rights scores 0, income 1
    score = (w.factor[0] * first + past) / (w.factor[0] + past)
    index = np.interp(score[:, 0], (0, 0.25, 0.5, 0.75, 1), (0, 40, 60, 80, 100))
    np.testing.assert_allclose(drawn(figures("AAA", 1.0, 1.0, past=1.0), framework)[:, 0], index)


def test_a_measure_read_on_a_line_runs_straight_between_the_ends_of_its_bands() -> None:
    changed = content()
    changed["measures"][1] |= {"bands": [[0, 0], [0.25, 0.75], [1, 1]], "percentile": True}
    measures = small_framework(**changed).measures
    assert on_a_line(measures[1]).bands == ((0, 0), (1, 1))
    changed["uncertainty"] = {**STILL, "draws": 200, "linear": 0.5}
    # income 0.25 scores 0.75 as a percentile and 0.25 on the line; it is all that the outside-conflict track knows.
    index = drawn([("x.income", "AAA", "2020", 0.25)], small_framework(**changed))[:, 0]
    assert set(index.tolist()) == {80.0, 40.0}
    assert 70 < (index == 40).sum() < 130


def test_bands_that_are_no_percentiles_are_read_as_they_are_in_every_draw() -> None:
    assert set(drawn(figures("AAA", 0.5, 0.25), varied(linear=1.0))[:, 0]) == set(
        drawn(figures("AAA", 0.5, 0.25), varied())[:, 0]
    )


def test_the_mean_inside_a_factor_is_arithmetic_or_geometric() -> None:
    """1.1 scores 0.25 and 1.2 scores 1: RF1 is 0.625 or the root of 0.25, which is 0.5; RF2 is 1. Conflict: 0.8125 or 0.75."""
    index = drawn(figures("AAA", 0.75, 0.25, killed=100, past=1.0), varied(geometric=0.5, draws=200))[:, 0]
    assert sorted(set(np.round(index, 9))) == [80.0, 85.0]
    assert 70 < (index < 82).sum() < 130


def test_a_geometric_mean_leaves_out_what_is_missing_and_knows_no_zero() -> None:
    parts, weights = np.array([[0.0, 0.25, NAN], [1.0, NAN, NAN], [1.0, 0.25, NAN]]), np.ones((3, 1))
    found = geometric_mean(parts, weights)
    np.testing.assert_allclose(found, [0.01 ** (1 / 3), 0.25, NAN])
    np.testing.assert_allclose(mean(parts, weights), [2 / 3, 0.25, NAN])


def test_a_figure_is_off_by_its_measurement_error_in_its_own_unit() -> None:
    error = {"x.income": {"plus_minus": 0.1, "basis": "assumed", "why": "made for this test"}}
    framework = varied(errors=True, draws=2000, shared=0.5).model_copy(
        update={"measurement_error": small_framework(measurement_error=error).measurement_error}
    )
    now = look(figures("AAA", 0.5, 0.5), DAY, framework)
    values = Lots(framework, now.countries).values(now.readings, 2000)[:, :, 0]
    income = values[1]
    assert income.mean() == pytest.approx(0.5, abs=0.01)
    assert income.std() == pytest.approx(0.1, abs=0.01)
    assert np.unique(values[0]).tolist() == [0.5]  # of rights nothing is said


def test_a_percentage_multiplies_so_that_no_count_falls_below_zero_and_a_zero_stays_zero() -> None:
    error = {"x.killed": {"percent": 25, "basis": "assumed", "why": "made for this test"}}
    framework = varied(errors=True).model_copy(
        update={"measurement_error": small_framework(measurement_error=error).measurement_error}
    )
    now = look([*figures("AAA", 0.5, 0.5), *figures("BBB", 0.5, 0.5, killed=80)], DAY, framework, ("AAA", "BBB"))
    killed = Lots(framework, now.countries).values(now.readings, 2000)[3]
    assert set(killed[:, 0]) == {0.0}
    assert killed[:, 1].min() > 0
    inside = (killed[:, 1] > 80 / 1.25) & (killed[:, 1] < 80 * 1.25)
    assert inside.mean() == pytest.approx(0.683, abs=0.04)  # one standard error, about two in three


def test_published_bounds_come_before_what_is_assumed_where_there_are_any() -> None:
    error = {
        "x.income": {"plus_minus": 0.2, "low": "x.gossip", "high": "x.rights", "basis": "published", "why": "made for this test"}
    }
    framework = varied(errors=True).model_copy(
        update={"measurement_error": small_framework(measurement_error=error).measurement_error}
    )
    bounds = [("x.gossip", "AAA", "2020", 0.5), ("x.rights", "AAA", "2020", 0.75)]  # around an income of 0.5: 0 below, 0.25 above
    elsewhen = [("x.gossip", "BBB", "2019", 0.5), ("x.rights", "BBB", "2019", 0.75)]  # of another year: they bound nothing
    incomes: list[Row] = [("x.income", "AAA", "2020", 0.5), ("x.income", "BBB", "2020", 0.5)]
    now = look([*bounds, *elsewhen, *incomes], DAY, framework, ("AAA", "BBB"))
    assert (now.readings.low[1, 0], now.readings.high[1, 0]) == (0.5, 0.75)
    assert np.isnan(now.readings.low[1, 1])
    income = Lots(framework, now.countries).values(now.readings, 2000)[1]
    assert income[:, 0].min() == 0.5
    assert (income[:, 0] > 0.5).mean() == pytest.approx(0.5, abs=0.05)
    assert income[:, 1].std() == pytest.approx(0.2, abs=0.02)


def test_errors_of_one_source_go_together_in_the_direction_of_worry() -> None:
    error = {"x.": {"plus_minus": 0.1, "basis": "assumed", "why": "made for this test"}}
    found = {}
    for shared in (0.0, 0.5, 1.0):
        framework = varied(errors=True, shared=shared).model_copy(
            update={"measurement_error": small_framework(measurement_error=error).measurement_error}
        )
        now = look(figures("AAA", 0.5, 0.5), DAY, framework)
        values = Lots(framework, now.countries).values(now.readings, 2000)[:, :, 0]
        found[shared] = np.corrcoef(values[0], values[1])[0, 1]  # rights are better when higher, income is worse
    assert found[0.0] == pytest.approx(0, abs=0.05)
    assert found[0.5] == pytest.approx(-0.5, abs=0.05)
    assert found[1.0] == pytest.approx(-1, abs=1e-6)


# -------------------------------------------------------------------------------------------------------------- what is missing


def test_an_indicator_without_a_reading_takes_the_scores_of_others_and_not_their_middle() -> None:
    """DDD has no past. Its RF2 is missing, or, in a draw, that of AAA (0), BBB (0) or CCC (1): outside conflict 0.25 or 0.75."""
    rows = [r for c, past in (("AAA", 0.0), ("BBB", 0.0), ("CCC", 1.0)) for r in figures(c, 0.5, 0.5, past=past)]
    alone = [r for r in figures("DDD", 0.5, 0.5) if r[0] != "x.past"]
    countries = ("AAA", "BBB", "CCC", "DDD")
    index = drawn([*rows, *alone], varied(gaps=True, draws=400), countries)[:, 3]
    assert set(index.tolist()) == {40.0, 80.0}
    assert (index == 80).mean() == pytest.approx(0.25, abs=0.06)  # AAA is next in order when DDD itself is drawn: 2 of 4, 1, 1
    assert set(drawn([*rows, *alone], varied(), countries)[:, 3].tolist()) == {60.0}  # left out: RF1 alone, 0.5


def test_one_donor_gives_all_that_a_country_lacks() -> None:
    """AAA is calm and BBB grim throughout; CCC is unknown: it may be as the one or as the other, never half of each."""
    rows = [*figures("AAA", 1.0, 0.0), *figures("BBB", 0.0, 1.0, killed=100, past=1.0)]
    index = drawn(rows, varied(gaps=True, draws=100), ("AAA", "BBB", "CCC"))[:, 2]
    assert set(index.tolist()) == {0.0, 100.0}


def test_what_no_country_has_stays_missing() -> None:
    rows = [("x.income", c, "2020", 0.5) for c in ("AAA", "BBB")]
    assert set(drawn(rows, varied(gaps=True), ("AAA", "BBB")).ravel().tolist()) == {60.0}


def test_a_country_of_which_nothing_is_known_has_an_interval_as_wide_as_the_world(
    today: Assessed, published: pd.DataFrame
) -> None:
    seen = today.level >= 0
    assert published.loc[~seen, "index_low"].notna().all()
    width = published["rank_high"] - published["rank_low"]
    assert width[~seen].min() > 100
    assert width[~seen].median() > 3 * width[seen].median()
    assert (published.loc[~seen, "rank_low"] <= 60).all()


def test_more_missing_values_never_narrow_a_countrys_interval_on_average(world: World) -> None:
    """Each country loses more and more of its series, each at random and none that it lost comes back."""
    panel = invented(world)
    pairs = panel[["series", "iso3"]].drop_duplicates()
    fate = pairs.assign(lot=np.random.default_rng(5).random(len(pairs)))
    lot = panel.merge(fate, on=["series", "iso3"])["lot"].to_numpy()
    widths = []
    for share in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5):
        now = world.assess(panel[lot >= share].reset_index(drop=True))
        table = intervals(now, of_world(world, draws=200))
        widths.append(float((table["index_high"] - table["index_low"]).mean()))
    assert widths == sorted(widths)
    assert widths[-1] > 1.5 * widths[0]


def test_only_countries_with_a_headline_take_a_place_in_the_ranks() -> None:
    index = np.array([[90.0, 80.0, 70.0, 80.0], [90.0, NAN, 95.0, 10.0]])
    found = ranks(index, np.array([True, True, False, True]))
    np.testing.assert_array_equal(found, [[1, 2, 4, 2], [1, NAN, 1, 2]])


# ------------------------------------------------------------------------------------------------------------------ the scale


def test_a_longer_ruler_is_put_back_on_the_assessments_scale() -> None:
    own = np.linspace(0.2, 0.8, 60)
    stretched = np.array([own * 0.5 + 0.4, own])
    back = matched(stretched, own, np.ones(60, dtype=bool))
    np.testing.assert_array_equal(back[1], own)
    middle = slice(8, 52)
    np.testing.assert_allclose(back[0, middle], own[middle], atol=1e-9)  # between the means of the outer stretches: exactly
    assert (np.diff(back[0]) > 0).all()


def test_with_few_countries_a_scale_says_more_of_them_than_of_the_ruler_and_is_left_alone() -> None:
    own = np.linspace(0.2, 0.8, 29)
    np.testing.assert_array_equal(matched(own[None] * 0.5, own, np.ones(29, dtype=bool)), own[None] * 0.5)


def test_every_rank_and_index_that_is_published_lies_inside_its_interval(today: Assessed, published: pd.DataFrame) -> None:
    rank = rank_of(today)
    seen = rank.notna()
    assert (rank.between(published["rank_low"].astype(float), published["rank_high"].astype(float)))[seen].all()
    inside = pd.Series(today.index).between(published["index_low"], published["index_high"])[seen]
    assert inside.mean() > 0.95


# ------------------------------------------------------------------------------------------------------------------- structure


@pytest.mark.parametrize("change", ["ten times", "zero", "removed", "swapped"])
@pytest.mark.parametrize("figures_of", ["invented", "bundled"])
def test_no_count_of_deaths_moves_a_draw_of_the_outside_conflict_track(change: str, figures_of: str, world: World) -> None:
    panel, countries = (invented(world), SOME) if figures_of == "invented" else (bundled(), world.countries.assessed())
    deaths = panel["series"].map(is_a_death_count).to_numpy()
    changed = panel.copy()
    if change == "removed":
        changed = panel[~deaths].reset_index(drop=True)
    elif change == "swapped":
        changed.loc[deaths, "value"] = panel.loc[deaths, "value"].to_numpy()[::-1]
    else:
        changed.loc[deaths, "value"] = panel.loc[deaths, "value"] * {"ten times": 10, "zero": 0}[change]
    one, two = (draw(world.assess(p, countries=countries), of_world(world, draws=40)) for p in (panel, changed))
    outside = TRACK_IDS.index("outside_conflict")
    np.testing.assert_array_equal(one.track_index[outside], two.track_index[outside])
    np.testing.assert_array_equal(one.track_level[outside], two.track_level[outside])
    assert one.track_index[outside].std(axis=0).max() > 0  # the draws differ from each other
    assert not np.array_equal(one.track_index[0], two.track_index[0])  # the change was real


def test_a_signal_raises_each_draw_by_one_level_at_most() -> None:
    fell = [("x.rights", "AAA", "2017", 0.9), ("x.rights", "AAA", "2020", 0.7), ("x.income", "AAA", "2020", 0.3)]
    framework = varied(weights=0.25, draws=50)
    now = look(fell, DAY, framework)
    assert now.tracks["outside_conflict"].fired.any()
    found = draw(now, framework)
    by_structure = np.searchsorted((40.0, 60.0, 80.0), found.index[:, 0], side="right")
    np.testing.assert_array_equal(found.level[:, 0], by_structure + 1)


def test_the_headline_of_a_draw_is_the_higher_track() -> None:
    """Rights and income 0.5, no killings, a past: conflict 0.625, outside conflict 0.75 (``test_assess``)."""
    index = drawn(figures("AAA", 0.5, 0.5, past=1.0), varied())[:, 0]
    assert set(index.tolist()) == {80.0}


# ---------------------------------------------------------------------------------------------------------- the same again


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    world: World, today: Assessed, published: pd.DataFrame
) -> None:
    again = intervals(today, world.framework)
    assert published.to_csv(index=False) == again.to_csv(index=False)
    other = intervals(today, of_world(world, seed=7))
    assert not published.equals(other)
    assert (other["index_low"] - published["index_low"]).abs().median() < 1  # the method, not the luck of the draw


def test_the_order_of_countries_and_rows_does_not_matter(world: World) -> None:
    panel, framework = invented(world), of_world(world, draws=60)
    shuffled = panel.sample(frac=1, random_state=3).reset_index(drop=True)
    one, two = intervals(world.assess(panel), framework), intervals(world.assess(shuffled, countries=SOME[::-1]), framework)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_how_many_draws_are_worked_out_at_once_changes_nothing(
    world: World, today: Assessed, published: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.risk.uncertainty.CHUNK", 37)
    pd.testing.assert_frame_equal(published, intervals(today, world.framework), check_exact=True)


def test_a_countrys_errors_do_not_depend_on_which_others_there_are(world: World) -> None:
    framework, panel = of_world(world, gaps=False, draws=40), invented(world)
    many, few = world.assess(panel), world.assess(panel, countries=SOME[:5])
    one = Lots(framework, many.countries).values(many.readings, 40)[:, :, :5]
    np.testing.assert_array_equal(one, Lots(framework, few.countries).values(few.readings, 40))


# --------------------------------------------------------------------------------------------------------------- as it is shipped


def test_every_measure_but_the_yes_or_no_list_has_a_stated_measurement_error(world: World) -> None:
    without = [m.id for m in world.framework.measures if world.framework.error_of(m.series) is None]
    assert without == ["past_mass_killing"]


def test_the_longest_key_that_fits_a_series_counts(world: World) -> None:
    of = world.framework.error_of
    assert [of(s).plus_minus for s in ("vdem.v2clkill", "vdem.v2x_clphy", "vdem.v2x_accountability")] == [0.3, 0.045, 0.15]  # type: ignore[union-attr]
