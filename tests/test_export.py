"""What leaves as a file: text that a spreadsheet would run is made harmless, numbers stay numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from indicators.contract import Series
from monitor.export import _csv, safe_cell
from monitor.redistribution import without_barred
from monitor.risk import frames
from monitor.risk.framework import TRACK_IDS
from tests.small_world import MONTHLY, Row, look, panel, small_framework


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "\rx", "\x00x", "＝1", "＋1", "－1", "＠x"])
def test_text_that_looks_like_a_formula_is_quoted(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Sudan", "", "a=b", -2.5, 0, None])
def test_anything_else_is_left_as_it_is(value: object) -> None:
    assert safe_cell(value) == value


def test_a_negative_number_stays_a_number_and_a_missing_one_an_empty_cell(tmp_path: Path) -> None:
    frame = pd.DataFrame({"series": ["=x", "b"], "value": [-2.5, float("nan")]})
    path = _csv(frame, tmp_path / "t.csv")
    assert path.read_text().splitlines() == ["series,value", "'=x,-2.5", "b,"]


def exported(*rows: Row, closed: str, assessments: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    """Return what leaves of the small world's tables when one series is closed."""
    observations, countries = panel(rows), ("AAA", "BBB")
    series = {s: Series(id=s, title=s, unit="units", column=s) for s in MONTHLY}
    same = {c: c for c in countries}
    names, framework = frames.Names(series, dict.fromkeys(MONTHLY, "x"), same, same, same), small_framework()
    seen = look(rows, date(2021, 3, 1), framework, countries)
    tables = {
        "readings": frames.readings(seen, framework, observations, names),
        "indicators": frames.indicators(seen, framework),
        "factors": frames.factors(seen, framework),
        "drivers": frames.drivers(seen, seen, framework),
        "signals": frames.signals(seen, framework, observations),
        "observations": observations,
    }
    if assessments is not None:
        tables["assessments"] = assessments
    return without_barred(tables, {closed})


def blank(table: pd.DataFrame, iso3: str, **row: str) -> bool:
    """Return whether the one score of a country's row is blank."""
    mine = table[(table[["iso3", *row]] == [iso3, *row.values()]).all(axis=1)]
    return bool(mine[next(c for c in mine.columns if c.endswith("score"))].isna().item())


PAST = (("x.past", "AAA", "2020", 1.0), ("x.killed_year", "AAA", "2020", 5000.0), ("x.killed_year", "BBB", "2020", 5000.0))


def test_a_list_that_may_not_be_handed_on_is_not_handed_on_as_a_score_or_as_a_pattern_of_blanks() -> None:
    """AAA stands on the closed list. Its open stand-in is not counted beside it. BBB has only that one: both look alike."""
    found = exported(*PAST, closed="x.past")
    for track in TRACK_IDS:
        one = found["indicators"][["iso3", "indicator", f"{track}_score"]]
        for country in ("AAA", "BBB"):
            assert blank(one, country, indicator="2.1")
            assert blank(found["factors"], country, factor="RF2", track=track)
    indicator = found["indicators"].query("indicator == '2.1'").drop(columns="iso3")
    assert len(indicator.drop_duplicates()) == 1  # nothing tells one country from the other: no measure, no state
    factor = found["factors"].query("factor == 'RF2'").drop(columns="iso3")
    assert len(factor.drop_duplicates()) == len(TRACK_IDS)
    assert not set(found["readings"]["series"]) & {"x.past"}
    assert not set(found["drivers"]["measure"]) & {"past", "past_killed"}
    assert not set(found["observations"]["series"]) & {"x.past"}


def test_a_closed_figure_is_not_given_away_by_a_mean_with_an_open_one() -> None:
    """AAA: rights 0.2 and income 0.6. The mean and the open one would give the closed one. BBB has the open one alone."""
    rows = (("x.rights", "AAA", "2020", 0.2), ("x.income", "AAA", "2020", 0.6), ("x.rights", "BBB", "2020", 0.2))
    found = exported(*rows, closed="x.income")
    one = found["indicators"][["iso3", "indicator", "conflict_score"]]
    assert (blank(one, "AAA", indicator="1.1"), blank(one, "BBB", indicator="1.1")) == (True, True)
    assert blank(found["factors"], "AAA", factor="RF1", track="conflict")
    assert blank(found["factors"], "BBB", factor="RF1", track="conflict")


def test_what_is_said_keeps_its_levels_and_whole_indices_and_no_exact_score_of_a_track_that_rests_on_a_closed_series() -> None:
    said = pd.DataFrame(
        {"iso3": ["AAA", "BBB"], "level": ["high", "watch"], "index": [81.4, 40.6], "index_before": [80.2, float("nan")],
         "change": [1.2, float("nan")]}
        | {f"{t}_{c}": v for t in TRACK_IDS for c, v in {
            "index": [81.4, 40.6], "before": [80.2, 1.5], "score": [0.71, 0.5], "covered": [9, 8], "carried": ["past;rights", ""],
        }.items()}
    )  # fmt: skip
    found = exported(*PAST, closed="x.past", assessments=said)["assessments"]
    assert found["level"].tolist() == ["high", "watch"]
    assert found["index"].tolist() == [81, 41]
    assert found["conflict_carried"].tolist() == ["rights", ""]
    assert (
        found[["conflict_score", "conflict_covered", "outside_conflict_score", "outside_conflict_covered"]].isna().all(axis=None)
    )


def test_no_driver_of_a_track_that_rests_on_a_closed_series_leaves() -> None:
    """A driver's share depends on how many measures were read: the shares of open ones would tell where the closed one was."""
    rows = (("x.rights", "AAA", "2020", 0.2), ("x.income", "AAA", "2020", 0.6), ("x.rights", "BBB", "2020", 0.2))
    assert len(exported(*rows, closed="x.killed")["drivers"])
    assert exported(*rows, closed="x.income")["drivers"].empty


def test_a_closed_series_shown_as_context_only_blanks_nothing() -> None:
    rows = (("x.gossip", "AAA", "2020", 0.9), ("x.rights", "AAA", "2020", 0.2))
    found = exported(*rows, closed="x.gossip")
    assert not blank(found["indicators"][["iso3", "indicator", "conflict_score"]], "AAA", indicator="1.1")
    assert not set(found["readings"]["series"]) & {"x.gossip"}


def test_a_signal_of_a_closed_series_stays_here() -> None:
    assert set(exported(*PAST, closed="x.rights")["signals"]["signal"]) == {"killings_surge"}
