"""An assessment as tables: what is shown, in which order, with its pedigree, and byte for byte the same each time."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from indicators.contract import Frequency, Series
from monitor.risk import frames
from monitor.risk.assess import Assessed
from monitor.risk.framework import TRACK_IDS, Framework
from monitor.risk.levels import Standing, step
from monitor.risk.path import Look, Stand
from tests.small_world import MONTHLY, Row, content, each_month, look, panel, small_framework
from tests.whole_world import DAY as A_DAY
from tests.whole_world import NOTHING, SOME, invented, shipped

DAY = date(2021, 3, 1)
FRAMEWORK = small_framework()
COUNTRIES = ("AAA", "BBB", "CCC", "DDD")
NAMES = frames.Names(
    {
        s: Series(id=s, title=s, unit="units", column=s, decimals=2, frequency=Frequency.MONTH if m else Frequency.YEAR)
        for s, m in MONTHLY.items()
    },
    dict.fromkeys(MONTHLY, "x"),
    {c: f"Country {c}" for c in COUNTRIES},
    {c: c for c in COUNTRIES},
    dict.fromkeys(COUNTRIES, "Region"),
)


def country(iso3: str, **values: float) -> list[Row]:
    """Return a country's figures of 2020: rights, income, past."""
    return [(f"x.{name}", iso3, "2020", value) for name, value in values.items()]


def stand(seen: Assessed, previous: pd.DataFrame, framework: Framework) -> Stand:
    return Stand(Look(seen, seen), step(seen, Standing.of(previous, framework, seen.countries), framework))


def assessments(
    now: Assessed, before: Assessed | None = None, previous: pd.DataFrame = NOTHING, framework: Framework = FRAMEWORK
) -> pd.DataFrame:
    return frames.assessments(stand(now, previous, framework), stand(before or now, NOTHING, framework), framework, NAMES)


# --------------------------------------------------------------------------------------------------------- assessments

MIXED = [
    *country("AAA", rights=1.0, income=0.0, past=0.0),
    *country("BBB", income=0.9),  # in the outside-conflict track one of two core indicators: enough
    *country("CCC", rights=0.0, income=1.0, past=1.0),
]


def test_countries_stand_by_level_then_index_with_insufficient_data_right_after_high() -> None:
    changed = content()
    changed["share_of_core"] = 0.6
    rows = [*MIXED, *country("DDD", rights=0.0, income=1.0, past=0.0)]
    said = assessments(look(rows, DAY, small_framework(**changed), COUNTRIES), framework=small_framework(**changed))
    assert list(zip(said["iso3"], said["level"], strict=True)) == [
        ("CCC", "high"),
        ("BBB", "insufficient data"),
        ("DDD", "elevated"),
        ("AAA", "baseline"),
    ]


def test_insufficient_data_has_no_index_no_rank_and_no_leading_track() -> None:
    said = assessments(look(MIXED, DAY, countries=COUNTRIES)).set_index("iso3")
    assert said.loc["DDD", "level"] == "insufficient data"
    assert said.loc["DDD", "headline"] == ""
    assert pd.isna(said.loc["DDD", "rank"])
    assert pd.isna(said.loc["DDD", "index"])
    assert pd.isna(said.loc["DDD", "conflict_score"])
    assert said["rank"].drop("DDD").sort_values().tolist() == [1, 2, 3]
    assert said.loc["CCC", "rank"] == 1


def test_a_row_says_both_tracks_with_their_coverage() -> None:
    said = assessments(look(MIXED, DAY, countries=COUNTRIES)).set_index("iso3")
    b = said.loc["BBB"]
    assert (b["conflict_level"], b["conflict_covered"], b["conflict_core"]) == ("insufficient data", 1, 3)
    assert (b["outside_conflict_level"], b["outside_conflict_covered"], b["outside_conflict_core"]) == ("high", 1, 2)
    assert (b["headline"], b["level"]) == ("outside_conflict", "high")
    assert pd.isna(b["conflict_index"])


def test_the_change_in_a_year_is_missing_where_either_year_is_and_never_a_change_from_zero() -> None:
    now, before = (
        look(MIXED, DAY, countries=COUNTRIES),
        look(country("AAA", rights=0.5, income=0.5, past=0.0), DAY, countries=COUNTRIES),
    )
    said = assessments(now, before).set_index("iso3")
    # AAA: 0 now; 0.25 (index 40) a year ago.
    assert said.loc["AAA", ["index", "index_before", "change"]].tolist() == [0, 40, -40]
    assert said.loc["AAA", "level_before"] == "watch"
    assert said.loc["CCC", ["level_before"]].item() == "insufficient data"
    assert said.loc[["BBB", "CCC", "DDD"], "change"].isna().all()
    assert not frames.rose(said, FRAMEWORK.level_order, 5).any()


def test_the_change_is_that_of_the_track_that_leads_now_and_never_between_two_tracks() -> None:
    """A year ago the outside track led with 0.3 (index 44); now 1,200 killings put the conflict track in the lead.

    Conflict now: RF1 is the mean of 0.6 and killings at 1; with a past of 0 that is (0.8 + 0) / 2 = 0.4, index 52. A year
    ago, with killings at 0: (0.3 + 0) / 2 = 0.15, index 24.
    """
    rows = country("AAA", rights=0.4, income=0.6, past=0.0)
    calm = [*rows, *each_month("x.killed", "AAA", "2020-01", [0.0] * 12)]
    said = assessments(look([*rows, *each_month("x.killed", "AAA", "2020-01", [100.0] * 12)], DAY), look(calm, DAY))
    one = said.set_index("iso3").loc["AAA"]
    assert (one["headline"], one["headline_before"]) == ("conflict", "outside_conflict")
    assert [round(one[c], 6) for c in ("index", "index_before", "change")] == [52, 24, 28]
    assert one["conflict_before"] == one["index_before"] != one["outside_conflict_before"]


def test_the_status_tells_its_worst_month_and_whether_it_is_still_fresh() -> None:
    rows = each_month("x.killed", "AAA", "2020-01", [100.0] * 9 + [5000.0, 1.0, 2.0])
    fresh = dataclasses.replace(NAMES, fresh_days={"x.killed": 60})
    for day, is_fresh in ((date(2021, 3, 1), True), (date(2021, 3, 2), False)):  # 60 and 61 days after the end of 2020
        seen = look(rows, day)
        now = stand(seen, NOTHING, FRAMEWORK)
        one = frames.assessments(now, now, FRAMEWORK, fresh).iloc[0]
        assert (one["status"], one["status_peak"], one["status_peak_month"]) == ("under way", 5000.0, "2020-10-31")
        assert bool(one["status_fresh"]) is is_fresh


def test_a_status_of_nothing_is_not_fresh() -> None:
    said = assessments(look(country("AAA", rights=0.4), DAY))
    assert not said["status_fresh"].any()
    assert said["status_peak"].isna().all()


def test_a_series_carried_between_elections_is_marked_and_neither_holds_down_nor_moves() -> None:
    carried = {**NAMES.series, "x.rights": NAMES.series["x.rights"].model_copy(update={"carried_between_elections": True})}
    names = dataclasses.replace(NAMES, series=carried)
    calm = country("AAA", rights=0.9, income=0.9, past=0.0)
    now, before = look(calm, DAY), look(country("AAA", rights=0.2, income=0.1, past=0.0), DAY)
    rows = frames.drivers(now, before, FRAMEWORK, names)
    assert "rights" not in set(rows["measure"])
    assert "rights" in set(frames.drivers(now, before, FRAMEWORK, NAMES)["measure"])
    grim = frames.drivers(look(country("AAA", rights=0.1), DAY), before, FRAMEWORK, names).set_index("measure")
    assert set(grim.loc[["rights"], "direction"]) == {"raises"}
    assert grim.loc[["rights"], "score_before"].isna().all()
    marked = frames.readings(now, FRAMEWORK, panel(calm), names).set_index("measure")["between_elections"]
    assert marked.to_dict() == {m.id: m.id == "rights" for m in FRAMEWORK.measures}


def test_a_sum_tells_its_largest_month_and_other_readings_have_none() -> None:
    rows = [*country("AAA", rights=0.5), *each_month("x.killed", "AAA", "2020-01", [1.0] * 11 + [40.0])]
    table = frames.readings(look(rows, DAY), FRAMEWORK, panel(rows), NAMES).set_index("measure")
    assert table.loc["killings", ["value", "peak", "peak_end"]].tolist() == [51.0, 40.0, "2020-12-31"]
    assert pd.isna(table.loc["rights", "peak"])
    assert table.loc["rights", "peak_end"] == ""


@pytest.mark.parametrize(("points", "expected"), [(10, True), (10.001, False)])
def test_rising_is_a_higher_level_or_enough_points(points: float, expected: bool) -> None:
    said = pd.DataFrame(
        {
            "level": ["watch", "watch", "elevated", "watch", "insufficient data", "high"],
            "level_before": ["watch", "elevated", "watch", "baseline", "baseline", "insufficient data"],
            "change": [10.0, 0.0, -3.0, np.nan, np.nan, np.nan],
        }
    )
    rose = frames.rose(said.assign(level_seen=said["level"]), FRAMEWORK.level_order, points)
    assert rose.tolist() == [expected, False, True, True, False, False]
    # the third stands a level higher, but its figures say what they said: it stays, and did not rise
    stayed = frames.rose(said.assign(level_seen=said["level_before"]), FRAMEWORK.level_order, 99)
    assert not stayed.any()


def test_a_held_level_shows_the_index_of_its_own_track_and_not_that_of_the_other() -> None:
    """The conflict track led with high; its deaths and past are lost and it is held. The other track's index is not its index."""
    alive = [
        ("x.killed_year", "AAA", "2020", 5000.0),
        *country("AAA", income=0.6),
        *each_month("x.killed", "AAA", "2020-01", [10.0] * 12),
    ]
    first = look(alive, DAY)
    record = assessments(first).set_index("iso3")
    assert (record.loc["AAA", "level"], record.loc["AAA", "headline"]) == ("high", "conflict")
    second = look(country("AAA", income=0.6), DAY)
    said = assessments(second, first, record).set_index("iso3").loc["AAA"]
    assert (said["level"], said["headline"], said["conflict_held"]) == ("high", "conflict", True)
    assert said["held"]
    assert pd.isna(said["index"])
    assert pd.isna(said["change"])
    assert said["conflict_until"] == "2020-12-31"


def test_killings_of_the_newest_year_are_missing_and_not_zero_where_nobody_counted() -> None:
    rows = [*MIXED, *each_month("x.killed", "AAA", "2020-01", [0.0] * 12)]
    said = assessments(look(rows, DAY, countries=COUNTRIES)).set_index("iso3")
    assert said.loc["AAA", ["status", "status_deaths", "status_until"]].tolist() == ["onset risk", 0, "2020-12-31"]
    assert said.loc["BBB", "status"] == "unknown"
    assert pd.isna(said.loc["BBB", "status_deaths"])
    assert said.loc["BBB", "status_until"] == ""


# --------------------------------------------------------------------------------------------------- factors, indicators


def test_a_factor_under_half_of_its_core_is_thin_and_keeps_what_it_has() -> None:
    changed = content()
    extra = {**changed["factors"][0]["indicators"][0], "id": "1.3", "evidence": [{"measure": "gossip", "validity": "high"}]}
    changed["factors"][0]["indicators"].append(extra)
    seen = look(country("AAA", income=0.75), DAY, small_framework(**changed))
    table = frames.factors(seen, small_framework(**changed)).set_index(["track", "factor"])
    assert table.loc[("conflict", "RF1"), ["score", "covered", "core", "thin"]].tolist() == [0.75, 1, 3, True]
    assert table.loc[("outside_conflict", "RF1"), ["score", "covered", "core", "thin"]].tolist() == [0.75, 1, 2, False]
    assert table.loc[("conflict", "RF2"), "thin"]
    assert pd.isna(table.loc[("conflict", "RF2"), "score"])


def test_an_indicator_without_a_score_says_why() -> None:
    changed = content()
    plain = {k: v for k, v in changed["factors"][0]["indicators"][0].items() if k != "evidence"} | {"core": False}
    changed["factors"][0]["indicators"] += [
        {**plain, "id": "1.3", "evidence": [{"measure": "gossip", "validity": "low"}]},
        {**plain, "id": "1.4", "measurability": "judgement_only"},
        {**plain, "id": "1.5", "not_connected": ["epr"]},
    ]
    changed["not_connected"] = {"epr": "ethnic power relations"}
    framework = small_framework(**changed)
    rows = [*country("AAA", income=0.5, gossip=0.9), *country("BBB", past=0.0)]
    table = frames.indicators(look(rows, DAY, framework, ("AAA", "BBB")), framework).set_index(["iso3", "indicator"])
    assert {i: table.loc[("AAA", i), "state"] for i in ("1.1", "1.2", "1.3", "1.4", "1.5", "2.1")} == {
        "1.1": "read",
        "1.2": "missing",
        "1.3": "context",
        "1.4": "judgement",
        "1.5": "not connected",
        "2.1": "missing",
    }
    assert table.loc[("BBB", "1.3"), "state"] == "missing"
    assert table.loc[("AAA", "1.5"), "not_connected"] == "epr"
    scores = table[[f"{t}_score" for t in TRACK_IDS]]
    assert scores.loc[("AAA", "1.1")].tolist() == [0.5, 0.5]
    assert scores.drop(index=[("AAA", "1.1"), ("BBB", "2.1")]).isna().all().all()


# --------------------------------------------------------------------------------------------- readings and their pedigree


def test_a_reading_leads_to_the_document_and_place_of_its_newest_figure() -> None:
    rows = [
        ("x.income", "AAA", "2019", 0.4),
        ("x.income", "AAA", "2020", 0.6),
        *each_month("x.killed", "AAA", "2020-01", [1.0] * 12),
    ]
    observations = panel(rows)
    observations.loc[13, "status"] = "provisional"  # the last month of the sum
    table = frames.readings(look(rows, DAY), FRAMEWORK, observations, NAMES).set_index("measure")
    income, killings, past = table.loc["income"], table.loc["killings"], table.loc["past"]
    assert (income["value"], income["document"], income["place"], income["provisional"]) == (0.6, "d1", 2, False)
    assert (killings["value"], killings["document"], killings["place"], killings["provisional"]) == (12, "d13", 14, True)
    assert (killings["start"], killings["end"], killings["known"], killings["asked"]) == ("2020-01-01", "2020-12-31", 12, 12)
    assert (past["document"], past["start"], past["end"], past["freshness"]) == ("", "", "", "missing")
    assert pd.isna(past["value"])
    assert pd.isna(past["score"])
    assert pd.isna(past["place"])
    assert table.loc["rights", "indicators"] == "1.1"


def test_readings_of_an_empty_record_are_missing() -> None:
    table = frames.readings(look([], DAY), FRAMEWORK, panel([]), NAMES)
    assert set(table["freshness"]) == {"missing"}
    assert table[["value", "score"]].isna().all().all()
    assert table["place"].isna().all()
    assert set(table["document"]) == {""}


def test_no_number_is_shown_that_no_figure_stands_behind() -> None:
    rows = [*MIXED, *each_month("x.killed", "CCC", "2020-01", [0.0] * 12)]
    table = frames.readings(look(rows, DAY, countries=COUNTRIES), FRAMEWORK, panel(rows), NAMES)
    assert (table["value"].notna() == (table["document"] != "")).all()
    zeros = table[table["value"] == 0]
    assert zeros.set_index(["iso3", "measure"]).index.tolist() == [
        ("CCC", "rights"),
        ("AAA", "income"),
        ("CCC", "killings"),
        ("AAA", "past"),
    ]


# ----------------------------------------------------------------------------------------------------- drivers, signals


def test_drivers_are_what_moves_a_track_most_away_from_the_middle() -> None:
    rows = [*country("AAA", rights=0.25, income=0.25, past=0.0)]
    before = look(country("AAA", rights=0.5, income=0.25), DAY)
    table = frames.drivers(look(rows, DAY), before, FRAMEWORK)
    outside = table[table["track"] == "outside_conflict"].set_index(["direction", "order"])
    # weights: rights and income 1/4 each (half of RF1, half of the track), past 1/2; scores 0.75, 0.25 and 0.
    assert outside["measure"].to_dict() == {("holds down", 1): "past", ("holds down", 2): "income", ("raises", 1): "rights"}
    assert outside["contribution"].to_dict() == {("holds down", 1): -0.25, ("holds down", 2): -0.0625, ("raises", 1): 0.0625}
    assert outside.loc[("raises", 1), ["score", "score_before"]].tolist() == [0.75, 0.5]
    assert pd.isna(outside.loc[("holds down", 1), "score_before"])


def test_what_drives_the_outside_conflict_track_is_never_a_count_of_deaths() -> None:
    world = shipped()
    seen = world.assess(invented(world))
    table = frames.drivers(seen, seen, world.framework)
    outside = table[table["track"] == "outside_conflict"]
    assert len(outside) > 100
    deaths = {m.id for m in world.framework.measures if any(world.deaths[s] for s in m.all_series())}
    assert not set(outside["measure"]) & deaths
    assert set(table.loc[table["track"] == "conflict", "measure"]) & deaths


def test_a_signal_is_shown_with_its_value_threshold_and_whether_it_holds() -> None:
    rows = [("x.rights", "AAA", "2017", 0.75), ("x.rights", "AAA", "2020", 0.5), *country("AAA", income=0.5, past=0.0)]
    table = frames.signals(look(rows, DAY), FRAMEWORK, panel(rows)).set_index("signal")
    fall, surge = table.loc["rights_fall"], table.loc["killings_surge"]
    assert (fall["value"], fall["threshold"], fall["end"], fall["fired"], fall["fresh"]) == (
        -0.25,
        -0.125,
        "2020-12-31",
        True,
        True,
    )
    assert (fall["document"], fall["tracks"]) == ("d1", "conflict;outside_conflict")
    assert pd.isna(surge["value"])
    assert (surge["end"], surge["fired"], surge["fresh"]) == ("", False, False)


# ---------------------------------------------------------------------------------------------------------- same bytes


def all_tables(observations: pd.DataFrame, countries: Sequence[str]) -> dict[str, pd.DataFrame]:
    world = shipped()
    now, before = world.assess(observations, countries=countries), world.assess(observations, date(2025, 3, 1), countries)
    framework, names = world.framework, world.names(countries)
    return {
        "assessments": frames.assessments(world.stand(now), world.stand(before), framework, names),
        "factors": frames.factors(now, framework),
        "indicators": frames.indicators(now, framework),
        "readings": frames.readings(now, framework, observations, names),
        "drivers": frames.drivers(now, before, framework),
        "signals": frames.signals(now, framework, observations),
    }


def fingerprint(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Return the hash of each table's Parquet and JSON bytes."""
    return {
        name: hashlib.sha256(
            frame.to_parquet(index=False) + frame.to_json(orient="records", double_precision=15).encode()
        ).hexdigest()
        for name, frame in tables.items()
    }


def test_the_order_of_observations_and_countries_leaves_every_byte_the_same() -> None:
    observations = invented(shipped())
    shuffled = observations.sample(frac=1, random_state=5).reset_index(drop=True)
    assert fingerprint(all_tables(observations, SOME)) == fingerprint(all_tables(shuffled, SOME[::-1]))


@pytest.mark.parametrize(("seed", "zone", "locale"), [("0", "Pacific/Kiritimati", "C"), ("12345", "America/Adak", "tr_TR.UTF-8")])
def test_hash_seed_time_zone_and_locale_leave_every_byte_the_same(seed: str, zone: str, locale: str) -> None:
    here = fingerprint(all_tables(invented(shipped()), SOME))
    script = "import json; from tests.test_frames import *; print(json.dumps(fingerprint(all_tables(invented(shipped()), SOME))))"
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONUTF8": "1"}
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == here


def test_every_country_has_every_row_in_every_table() -> None:
    world = shipped()
    tables = all_tables(invented(world), SOME)
    factors, indicators = len(world.framework.factors), sum(1 for _ in world.framework.indicators())
    sizes = {name: len(frame) / len(SOME) for name, frame in tables.items() if name != "drivers"}
    assert sizes == {
        "assessments": 1,
        "factors": 2 * factors,
        "indicators": indicators,
        "readings": len(world.framework.measures),
        "signals": len(world.framework.signals),
    }
    assert A_DAY.isoformat() > tables["readings"]["end"].max()
