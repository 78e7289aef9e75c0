"""The honesty rules that no feature may break, on the framework as shipped and a made-up world of figures for every series."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from indicators.contract import Frequency
from monitor.risk import frames
from monitor.risk.assess import Assessed, assess
from monitor.risk.cube import Cube
from monitor.risk.framework import TRACK_IDS
from monitor.risk.levels import hold
from monitor.settings import load_framework, load_sources
from tests.conftest import CONFIG, ROOT

DAY = date(2026, 11, 20)
SOURCES = load_sources(CONFIG)
FRAMEWORK = load_framework(CONFIG, SOURCES)
SERIES = {s.id: s for c in SOURCES for s in c.series}
CARD_OF = {s.id: c for c in SOURCES for s in c.series}
DEATHS = sorted(s for s in FRAMEWORK.series_used() if SERIES[s].conflict_derived)
COUNTRIES = [f"Q{a}{b}" for a in "ABCDEF" for b in "ABCDEFGH"]


def world(seed: int = 7) -> pd.DataFrame:
    """Return made-up figures for every series of the framework: yearly 2015-2025, monthly 2019-2026.

    Countries run from the least to the most worrying on all series at once, with noise, so that every level is reached.
    """
    random = np.random.default_rng(seed)
    severity = np.linspace(0, 1, len(COUNTRIES))
    measure_of = {m.series: m for m in FRAMEWORK.measures}
    parts = []
    for name in sorted(FRAMEWORK.series_used()):
        measure = measure_of.get(name)
        low, high = (measure.bands[0][0], measure.bands[-1][0]) if measure else (0.0, 1e6)
        low, high = (0.0, 1e5) if measure and measure.transform == "per_thousand" else (low, high)
        monthly = SERIES[name].frequency is Frequency.MONTH
        ends = (
            pd.date_range("2019-01-31", "2026-10-31", freq="ME")
            if monthly
            else pd.date_range("2015-12-31", "2025-12-31", freq="YE")
        )
        worse = severity if measure is None or measure.higher_is == "worse" else 1 - severity
        noise = random.normal(0, 0.08, size=(len(ends), len(COUNTRIES)))
        values = low + (high - low) / (12 if monthly else 1) * np.clip(worse + noise, 0, 1)
        columns = {"iso3": np.tile(COUNTRIES, len(ends)), "end": np.repeat(ends, len(COUNTRIES)), "value": values.ravel()}
        parts.append(pd.DataFrame({"series": name, **columns}))
    return pd.concat(parts, ignore_index=True)


WORLD = world()


def judged(panel: pd.DataFrame, day: date = DAY, countries: list[str] | None = None) -> Assessed:
    monthly = {s: SERIES[s].frequency is Frequency.MONTH for s in sorted(FRAMEWORK.series_used())}
    fresh = {s: c.max_age_days for s, c in CARD_OF.items()}
    deaths = {s.id: s.conflict_derived for s in SERIES.values()}
    return assess(Cube.build(panel, countries or COUNTRIES, monthly), FRAMEWORK, day, fresh_days=fresh, deaths=deaths)


def recorded(now: Assessed) -> pd.DataFrame:
    """Return what the record would hold of an assessment."""
    held = hold(now, pd.DataFrame(), FRAMEWORK)
    columns: dict[str, object] = {}
    for n, track in enumerate(TRACK_IDS):
        columns[f"{track}_level"] = [FRAMEWORK.levels[r].id if r >= 0 else "insufficient data" for r in held.level[n]]
        columns[f"{track}_evidence"], columns[f"{track}_until"] = held.evidence[n], held.until[n]
    return pd.DataFrame(columns, index=list(now.countries))


def test_the_made_up_world_reaches_every_level_on_both_tracks() -> None:
    """Else the tests below could not fail."""
    assert {t: set(judged(WORLD).tracks[t].base.tolist()) for t in TRACK_IDS} == {t: {0, 1, 2, 3} for t in TRACK_IDS}


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v * 1000,
        lambda v: v * 0,
        lambda v: v + 1e6,
        lambda v: v.sample(frac=1, random_state=1).to_numpy(),
        lambda v: np.nan,
    ],
    ids=["times 1000", "none", "plus a million", "shuffled", "removed"],
)
def test_no_count_of_deaths_can_move_the_outside_conflict_track(change: Callable[[pd.Series], object]) -> None:
    other = WORLD.copy()
    deaths = other["series"].isin(DEATHS)
    assert deaths.sum() > 1000
    other.loc[deaths, "value"] = change(other.loc[deaths, "value"])
    before, after = judged(WORLD).tracks["outside_conflict"], judged(other).tracks["outside_conflict"]
    np.testing.assert_array_equal(before.score, after.score)
    np.testing.assert_array_equal(before.level, after.level)
    np.testing.assert_array_equal(before.covered, after.covered)


def test_but_it_moves_the_conflict_track() -> None:
    other = WORLD.copy()
    other.loc[other["series"].isin(DEATHS), "value"] *= 1000
    assert (judged(WORLD).tracks["conflict"].score < judged(other).tracks["conflict"].score).all()


@pytest.mark.parametrize("source", [c.id for c in SOURCES])
def test_losing_any_one_source_never_lowers_a_level(source: str) -> None:
    full = judged(WORLD)
    without = judged(WORLD[~WORLD["series"].isin([s for s, c in CARD_OF.items() if c.id == source])])
    held = hold(without, recorded(full), FRAMEWORK)
    for n, track in enumerate(TRACK_IDS):
        assert (held.level[n] >= full.tracks[track].level).all()
        fallen = without.tracks[track].level < full.tracks[track].level
        np.testing.assert_array_equal(held.held[n], fallen)
        assert (held.until[n][fallen] != "").all()


@pytest.mark.parametrize("seed", range(8))
def test_losing_any_part_of_the_figures_never_lowers_a_level(seed: int) -> None:
    random = np.random.default_rng(seed)
    full = judged(WORLD)
    groups = WORLD.groupby(["series", "iso3"]).ngroup().to_numpy()
    gone = random.random(groups.max() + 1) < random.uniform(0.05, 0.9)
    held = hold(judged(WORLD[~gone[groups]]), recorded(full), FRAMEWORK)
    for n, track in enumerate(TRACK_IDS):
        assert (held.level[n] >= full.tracks[track].level).all()


def test_a_missing_figure_never_becomes_a_number() -> None:
    with_gaps = WORLD.copy()
    gaps = np.random.default_rng(3).random(len(with_gaps)) < 0.3
    with_gaps.loc[gaps, "value"] = np.nan
    now = judged(with_gaps)
    nothing = ~np.isfinite(now.readings.value)
    assert not np.isfinite(now.readings.score[nothing]).any()
    only = judged(with_gaps[with_gaps["iso3"] != "QAA"])
    at = now.countries.index("QAA")
    assert np.isnan(only.readings.value[:, at]).all()
    assert np.isnan(only.index[at])
    assert only.level[at] == -1
    assert only.status[at] == "unknown"


def test_nothing_published_after_a_day_changes_what_was_said_as_of_that_day() -> None:
    monthly = {s: SERIES[s].frequency is Frequency.MONTH for s in sorted(FRAMEWORK.series_used())}
    lags = {s: c.release_lag_days for s, c in CARD_OF.items()}
    day = date(2024, 6, 30)
    poisoned = WORLD.copy()
    late = poisoned["end"] + pd.to_timedelta(poisoned["series"].map(lags), unit="D") > pd.Timestamp(day)
    poisoned.loc[late, "value"] = 9e9
    clean, dirty = (Cube.build(p, COUNTRIES, monthly).as_of(day, lags) for p in (WORLD, poisoned))
    for name, block in clean.blocks.items():
        np.testing.assert_array_equal(block.values, dirty.blocks[name].values)
        assert late.any()


def test_the_order_of_rows_and_countries_changes_nothing() -> None:
    shuffled = WORLD.sample(frac=1, random_state=5).reset_index(drop=True)
    first, second = judged(WORLD), judged(shuffled, countries=COUNTRIES[::-1])
    assert first.countries == second.countries
    for track in TRACK_IDS:
        np.testing.assert_array_equal(first.tracks[track].score, second.tracks[track].score)
        np.testing.assert_array_equal(first.tracks[track].level, second.tracks[track].level)


def test_thresholds_are_the_same_for_every_country() -> None:
    """Swap two countries' names: each gets exactly what the other had. There is no exception for anybody, by name."""
    renamed = WORLD.assign(iso3=WORLD["iso3"].replace({"QAA": "QFH", "QFH": "QAA"}))
    first, second = judged(WORLD), judged(renamed)
    a, b = first.countries.index("QAA"), first.countries.index("QFH")
    for track in TRACK_IDS:
        assert first.tracks[track].score[a] == second.tracks[track].score[b]
        assert first.tracks[track].level[b] == second.tracks[track].level[a]


def test_the_headline_is_the_higher_track_and_never_the_mean() -> None:
    now = judged(WORLD)
    levels = np.array([now.tracks[t].level for t in TRACK_IDS])
    np.testing.assert_array_equal(now.level, levels.max(axis=0))
    picked = np.array([now.tracks[t].index for t in TRACK_IDS])[now.headline, np.arange(len(COUNTRIES))]
    np.testing.assert_array_equal(now.index, picked)


def test_signals_raise_by_one_at_most_and_never_out_of_insufficient_data() -> None:
    now = judged(WORLD)
    for track in TRACK_IDS:
        result = now.tracks[track]
        step = result.level - result.base
        assert set(step) <= {0, 1}
        assert (step[~result.fired.any(axis=0)] == 0).all()
        assert (result.level[result.base < 0] == -1).all()
    assert any(now.tracks[t].fired.any() for t in TRACK_IDS)


def test_insufficient_data_stands_next_to_high_and_never_has_a_rank() -> None:
    now = judged(WORLD[(WORLD["iso3"] != "QBB") | WORLD["series"].str.startswith("wgi.")])
    before = judged(WORLD)
    names = frames.Names(SERIES, {s: c.id for s, c in CARD_OF.items()}, *({c: c for c in COUNTRIES} for _ in range(3)))
    table = frames.assessments(now, hold(now, pd.DataFrame(), FRAMEWORK), before, FRAMEWORK, names)
    row = table[table["iso3"] == "QBB"].iloc[0]
    assert row["level"] == "insufficient data"
    assert pd.isna(row["rank"])
    assert pd.isna(row["change"])
    above = table.loc[: table.index[table["iso3"] == "QBB"][0] - 1, "level"]
    assert set(above) <= {"high"}


def test_a_shift_of_the_same_data_in_time_gives_stale_and_then_expired_never_fresh() -> None:
    now, later = judged(WORLD), judged(WORLD, date(2029, 1, 1))
    seen = now.readings.freshness > 0
    assert (later.readings.freshness[seen] <= now.readings.freshness[seen]).all()


def test_hash_seed_time_zone_and_locale_change_no_byte() -> None:
    code = (
        "import hashlib; from tests.test_honesty import *; a = judged(WORLD); "
        "names = frames.Names(SERIES, {s: c.id for s, c in CARD_OF.items()}, *({c: c for c in COUNTRIES} for _ in range(3))); "
        "t = frames.assessments(a, hold(a, pd.DataFrame(), FRAMEWORK), a, FRAMEWORK, names); "
        "print(hashlib.sha256(t.to_json().encode()).hexdigest())"
    )
    settings = ({"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"}, {"PYTHONHASHSEED": "2", "TZ": "America/Adak", "LC_ALL": "C"})
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env={**os.environ, **s}, check=True
        ).stdout
        for s in settings
    }
    assert len(said) == 1


def test_another_frameworks_record_is_never_held_against_this_one(tmp_path: object) -> None:
    from datetime import UTC, datetime
    from pathlib import Path

    from monitor.storage.store import Store

    store = Store(Path(str(tmp_path)))
    said = pd.DataFrame({"iso3": ["QAA"], "level": ["high"], "conflict_level": ["high"]})
    at = datetime(2026, 11, 20, tzinfo=UTC)
    store.record_assessments(said, run_id="one", as_of=DAY, basis="recorded", framework_hash="another", seen=at)
    assert store.last_assessments(FRAMEWORK.hash).empty
    assert len(store.last_assessments("another")) == 1
    assert replace(judged(WORLD)).countries  # an assessment is a value: it can be copied, not changed
