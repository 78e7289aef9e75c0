"""What must hold whatever the figures say: the shipped framework is turned, thinned and poisoned, and may not be fooled."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import starter
from monitor.risk.cube import Cube
from monitor.risk.framework import TRACK_IDS
from monitor.risk.status import UNKNOWN
from tests.whole_world import DAY, SOME, World, arrays, bundled, invented, shipped

FEW = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


def is_a_death_count(series: str) -> bool:
    """Return whether a series counts deaths or is made of such counts, told from its name and not from its card."""
    return series.startswith(("ucdp.", "owid.armed_conflict_deaths")) or series in ("inform.risk", "inform.hazard")


@pytest.fixture(scope="module")
def world() -> World:
    return shipped()


@pytest.fixture(scope="module")
def full(world: World) -> pd.DataFrame:
    return invented(world)


@pytest.fixture(scope="module")
def first(world: World, full: pd.DataFrame) -> pd.DataFrame:
    """Return what was said while every source was alive."""
    return world.say(full)


def used_sources(world: World) -> list[str]:
    return sorted({world.card[s].id for s in world.framework.series_used()})


def without_source(world: World, panel: pd.DataFrame, *sources: str) -> pd.DataFrame:
    gone = [s for s, card in world.card.items() if card.id in sources]
    return panel[~panel["series"].isin(gone)].reset_index(drop=True)


def no_lower(now: pd.DataFrame, before: pd.DataFrame) -> bool:
    return all((now[f"{t}_rank"] >= before[f"{t}_rank"]).all() for t in TRACK_IDS)


def test_the_invented_world_holds_every_level_and_signal_so_that_what_follows_means_something(
    world: World, full: pd.DataFrame, first: pd.DataFrame
) -> None:
    assert set(first["conflict_rank"]) == set(first["outside_conflict_rank"]) == {0, 1, 2, 3}
    seen = world.assess(full)
    assert {"under way", "onset risk"} <= set(seen.status.tolist())
    assert seen.tracks["conflict"].fired.any(axis=1).all()
    assert (seen.readings.freshness == 3).all()
    assert not first[[f"{t}_held" for t in TRACK_IDS]].any().any()


# ---------------------------------------------------------------------------- the outside-conflict track takes no deaths


def test_every_count_of_deaths_is_marked_as_one_on_its_card(world: World) -> None:
    assert {s for s, deaths in world.deaths.items() if deaths} == {s for s in world.series if is_a_death_count(s)}


@pytest.mark.parametrize("change", ["ten times", "a thousandth", "absurd", "zero", "removed", "only the last month", "swapped"])
@pytest.mark.parametrize("figures", ["invented", "bundled"])
def test_outside_conflict_nothing_moves_whatever_becomes_of_the_dead(
    change: str, figures: str, world: World, full: pd.DataFrame
) -> None:
    panel, countries = (full, SOME) if figures == "invented" else (bundled(), world.countries.assessed())
    deaths = panel["series"].map(is_a_death_count).to_numpy()
    changed = panel.copy()
    if change == "removed":
        changed = panel[~deaths].reset_index(drop=True)
    elif change == "only the last month":
        changed = panel[~deaths | (panel["end"] == panel.loc[deaths, "end"].max())].reset_index(drop=True)
    elif change == "swapped":
        changed.loc[deaths, "value"] = panel.loc[deaths, "value"].to_numpy()[::-1]
    else:
        factor = {"ten times": 10, "a thousandth": 0.001, "absurd": 1e300, "zero": 0}[change]
        changed.loc[deaths, "value"] = panel.loc[deaths, "value"] * factor
    one, two = (arrays(world.assess(p, countries=countries)) for p in (panel, changed))
    mine = [name for name in one if name.startswith("outside_conflict.")]
    assert len(mine) > 10
    assert {name for name in mine if one[name] != two[name]} == set()
    if figures == "invented":
        assert one["conflict.score"] != two["conflict.score"]  # the change was real


def test_no_measure_in_the_outside_conflict_score_reads_a_count_of_deaths(world: World, full: pd.DataFrame) -> None:
    weight = world.assess(full).tracks["outside_conflict"].weight
    used = [m for n, m in enumerate(world.framework.measures) if weight[n].any()]
    assert len(used) > 30
    assert not [m.id for m in used if any(is_a_death_count(s) for s in m.all_series())]
    signals = [s for s in world.framework.signals if "outside_conflict" in s.tracks]
    assert not [s.id for s in signals if any(is_a_death_count(name) for name in s.all_series())]


# ------------------------------------------------------------------------------------ a lost source never lowers a level


@pytest.mark.parametrize("source", used_sources(shipped()))
def test_losing_a_source_lowers_no_level(source: str, world: World, full: pd.DataFrame, first: pd.DataFrame) -> None:
    now = world.say(without_source(world, full, source), first)
    assert no_lower(now, first)
    for track in TRACK_IDS:
        held = now[now[f"{track}_held"]]
        assert (held[f"{track}_rank"] == first.loc[held.index, f"{track}_rank"]).all()
        assert (held[f"{track}_until"] == first.loc[held.index, f"{track}_until"]).all()


@pytest.mark.parametrize("source", sorted(path.stem for path in starter.FOLDER.glob("*.parquet")))
def test_losing_a_source_lowers_no_level_of_the_bundled_figures(source: str, world: World) -> None:
    countries = world.countries.assessed()
    alive, dead = (world.assess(p, countries=countries) for p in (bundled(), without_source(world, bundled(), source)))
    said = world.recorded(alive, world.step(alive))
    assert no_lower(world.recorded(dead, world.step(dead, said)), said)


def test_losing_every_source_holds_every_level(world: World, full: pd.DataFrame, first: pd.DataFrame) -> None:
    now = world.say(full.iloc[:0], first)
    for track in TRACK_IDS:
        assert now[f"{track}_rank"].tolist() == first[f"{track}_rank"].tolist()
        assert now[f"{track}_held"].all()


def test_a_first_run_on_nothing_is_insufficient_data_everywhere(world: World, full: pd.DataFrame) -> None:
    seen = world.assess(full.iloc[:0])
    assert set(seen.level.tolist()) == {-1}
    assert set(seen.status.tolist()) == {UNKNOWN}
    assert np.isnan(seen.index).all()


@FEW
@given(story=st.lists(st.sets(st.sampled_from(used_sources(shipped())), max_size=6), min_size=2, max_size=7))
def test_sources_may_come_and_go_in_any_order_and_no_level_falls_below_what_all_of_them_said(story: list[set[str]]) -> None:
    world = shipped()
    panel = invented(world)
    start = said = world.say(panel)
    for lost in story:
        said = world.say(without_source(world, panel, *sorted(lost)), said)
        assert no_lower(said, start)
    back = world.say(panel, said)
    assert no_lower(back, start)
    for t in TRACK_IDS:  # a level that rose while calming figures were out of sight is not let go in one look
        risen = said[f"{t}_rank"] > start[f"{t}_rank"]
        assert (back[f"{t}_rank"] == start[f"{t}_rank"])[~risen].all()
    assert not any(back[f"{t}_held"].any() for t in TRACK_IDS)  # all is seen again: nothing is held any longer


def test_as_the_world_goes_dark_every_level_is_kept_for_as_long_as_it_takes(
    world: World, full: pd.DataFrame, first: pd.DataFrame
) -> None:
    """No source answers for ten years: signals end, readings expire one after another, and not a single level falls."""
    cube, said = world.cube(full), first
    for days in range(0, 3650, 50):
        said = world.say(cube, said, DAY + timedelta(days=days))
        assert no_lower(said, first), f"after {days} days"
    assert said["conflict_held"].all()


@pytest.mark.parametrize("hole", [["2025-11"], ["2025-06"], ["2025-01", "2025-02", "2025-03"]])
def test_months_that_go_missing_lower_no_level(hole: list[str], world: World, full: pd.DataFrame, first: pd.DataFrame) -> None:
    """Months are withdrawn and those that are left turn quiet: who knows what happened in the missing ones?"""
    monthly = full["series"].map(world.monthly).to_numpy(dtype=bool)
    gone = monthly & full["end"].dt.strftime("%Y-%m").isin(hole).to_numpy()
    quiet = full.assign(value=full["value"].mask(monthly, 0.0))
    now = world.say(quiet[~gone].reset_index(drop=True), first)
    assert no_lower(now, first)
    assert now["conflict_held"].any()
    assert not now.loc[now["conflict_held"], "conflict_easing"].any()  # and a quiet that cannot be seen whole counts for nothing
    known = world.say(quiet, first)
    assert (known.loc[now["conflict_held"], "conflict_easing"] == 1).all()  # with every month known, quiet is quiet


# ---------------------------------------------------------------------------------------------------- no silent zero


@FEW
@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.02, 0.2, 0.5, 0.9, 0.99]))
def test_whatever_goes_missing_no_zero_appears_and_nothing_is_read_that_is_not_there(seed: int, share: float) -> None:
    world = shipped()
    panel = invented(world)
    panel = panel[panel["value"] != 0].reset_index(drop=True)  # a world without a single zero
    lost = np.random.default_rng(seed).random(len(panel)) < share
    thin = panel.copy()
    thin.loc[lost, "value"] = np.nan
    whole, seen = world.assess(panel), world.assess(thin)
    left = {(s, c) for s, c in zip(thin.loc[~lost, "series"], thin.loc[~lost, "iso3"], strict=True)}
    for n, measure in enumerate(world.framework.measures):
        value, score = seen.readings.value[n], seen.readings.score[n]
        if measure.transform != "ever":  # where 0 says that none is recorded
            assert not (value == 0).any(), measure.id
        for c, country in enumerate(seen.countries):
            if any((series, country) not in left for series in measure.all_series()):
                assert np.isnan(value[c]), (measure.id, country)
                assert np.isnan(score[c]), (measure.id, country)
    for track in TRACK_IDS:
        assert (seen.tracks[track].covered <= whole.tracks[track].covered).all()
        assert ((seen.tracks[track].level >= 0) <= (seen.tracks[track].covered >= 0.5 * seen.tracks[track].core)).all()


def test_dropping_the_rows_and_blanking_their_values_are_the_same(world: World, full: pd.DataFrame) -> None:
    lost = np.random.default_rng(7).random(len(full)) < 0.4
    blanked = full.assign(value=full["value"].mask(lost))
    dropped = full[~lost].reset_index(drop=True)
    assert arrays(world.assess(blanked)) == arrays(world.assess(dropped))


def test_a_worse_figure_never_makes_a_country_look_better(world: World, full: pd.DataFrame) -> None:
    """Each series in turn a little worse in every year: no track's score falls, in any country."""
    before = world.assess(full)
    for measure in world.framework.measures:
        bounds, mine = world.series[measure.series], full["series"] == measure.series
        values = np.array([v for v, _ in measure.bands])
        step = 0.05 * (values.max() - values.min()) * (1 if measure.higher_is == "worse" else -1)
        step *= {"per_thousand": 1000, "sum_months": 1 / 12}.get(measure.transform, 1)
        worse = full.assign(value=full["value"].mask(mine, (full["value"] + step).clip(bounds.minimum, bounds.maximum)))
        after = world.assess(worse)
        for track in TRACK_IDS:
            assert (after.tracks[track].score >= before.tracks[track].score - 1e-12).all(), (measure.id, track)


# ------------------------------------------------------------------------------------------ what comes later, and elsewhere


@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2024, 7, 14), date(2022, 1, 1)])
def test_poison_published_after_a_day_changes_nothing_as_of_that_day(day: date, world: World, full: pd.DataFrame) -> None:
    lags = {s: card.release_lag_days for s, card in world.card.items()}
    lag = pd.to_timedelta(full["series"].map(lags), unit="D")
    later = full["end"] + lag > pd.Timestamp(day)
    assert later.any()
    poisoned = full.assign(value=full["value"].mask(later, 1e300))
    beyond = full[later].assign(
        value=-1e300, end=lambda f: f["end"] + pd.DateOffset(years=40), start=lambda f: f["start"] + pd.DateOffset(years=40)
    )
    worst = pd.concat([poisoned, beyond], ignore_index=True)
    said = [arrays(world.assess(world.cube(p).as_of(day, lags), day)) for p in (full, worst, full[~later].reset_index(drop=True))]
    assert said[0] == said[1] == said[2]


def test_a_country_falling_silent_moves_no_other_country(world: World, full: pd.DataFrame) -> None:
    silent = full[full["iso3"] != "SYR"].reset_index(drop=True)
    others = tuple(c for c in SOME if c != "SYR")
    assert arrays(world.assess(full[full["iso3"] != "SYR"].reset_index(drop=True), countries=others)) == arrays(
        world.assess(full, countries=others)
    )
    seen = world.assess(silent)
    assert seen.level[seen.countries.index("SYR")] == -1


def test_the_order_of_rows_and_of_countries_does_not_matter(world: World, full: pd.DataFrame) -> None:
    shuffled = full.sample(frac=1, random_state=3).reset_index(drop=True)
    assert arrays(world.assess(full)) == arrays(world.assess(shuffled, countries=SOME[::-1]))


def test_every_country_is_measured_by_the_same_rule(world: World, full: pd.DataFrame) -> None:
    """Give each country the figures and neighbours of another: each then gets exactly the other's result, and so does the UK."""
    order = np.random.default_rng(11).permutation(len(SOME))
    gets = {old: SOME[n] for old, n in zip(SOME, order, strict=True)}
    swapped = full.assign(iso3=full["iso3"].map(gets))
    borders = {gets[c]: tuple(gets[n] for n in world.neighbours.get(c, ()) if n in gets) for c in SOME}
    one, two = world.assess(full), world.assess(world.cube(swapped, neighbours=borders))
    at = [two.countries.index(gets[c]) for c in one.countries]
    for track in TRACK_IDS:
        for name in ("score", "index", "base", "level", "covered", "indicator", "factor", "weight", "fired"):
            np.testing.assert_array_equal(getattr(one.tracks[track], name), getattr(two.tracks[track], name)[..., at])
    np.testing.assert_array_equal(one.status, two.status[at])
    np.testing.assert_array_equal(one.level, two.level[at])


def test_the_headline_is_never_below_either_track_nor_between_them(world: World, full: pd.DataFrame) -> None:
    for panel in (full, without_source(world, full, "vdem"), without_source(world, full, "ucdp_ged", "wdi")):
        seen = world.assess(panel)
        levels = np.array([seen.tracks[t].level for t in TRACK_IDS])
        indices = np.array([np.where(seen.tracks[t].level < 0, -1, seen.tracks[t].index) for t in TRACK_IDS])
        half_a_look = (levels.min(axis=0) == -1) & (levels.max(axis=0) <= 0)
        np.testing.assert_array_equal(seen.level, np.where(half_a_look, -1, levels.max(axis=0)))
        led = seen.headline >= 0
        np.testing.assert_array_equal(seen.index[led], indices[seen.headline[led], np.flatnonzero(led)])


def test_half_a_look_never_makes_a_country_low(world: World, full: pd.DataFrame) -> None:
    """Without what is said of repression one track has too little: where the other says baseline there is no headline, above
    it there is."""
    seen = world.assess(without_source(world, full, "vdem", "pts", "epr", "coups"))
    levels = np.array([seen.tracks[t].level for t in TRACK_IDS])
    blind = (levels == -1).any(axis=0)
    assert blind.any()
    assert not (seen.level[blind] == 0).any()
    assert (seen.headline[seen.level == -1] == -1).all()
    assert np.isnan(seen.index[seen.level == -1]).all()


def test_signals_raise_by_one_at_most_and_lower_nothing(world: World, full: pd.DataFrame) -> None:
    for track in TRACK_IDS:
        result = world.assess(full).tracks[track]
        assert set((result.level - result.base).tolist()) == {0, 1}
        assert result.level.max() == 3


def test_the_same_panel_gives_the_same_bits_again(world: World, full: pd.DataFrame) -> None:
    cube: Cube = world.cube(full)
    assert arrays(world.assess(cube)) == arrays(world.assess(cube)) == arrays(world.assess(invented(world)))
