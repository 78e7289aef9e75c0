"""What leaves as a file: text that a spreadsheet would run is made harmless, numbers stay numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from indicators.contract import Series
from monitor.export import _csv, safe_cell, without_barred
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


def exported(*rows: Row, closed: str) -> dict[str, pd.DataFrame]:
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
    return without_barred(tables, {closed})


def blank(table: pd.DataFrame, iso3: str, **row: str) -> bool:
    """Return whether the one score of a country's row is blank."""
    mine = table[(table[["iso3", *row]] == [iso3, *row.values()]).all(axis=1)]
    return bool(mine[next(c for c in mine.columns if c.endswith("score"))].isna().item())


PAST = (("x.past", "AAA", "2020", 1.0), ("x.killed_year", "AAA", "2020", 5000.0), ("x.killed_year", "BBB", "2020", 5000.0))


def test_a_list_that_may_not_be_handed_on_is_not_handed_on_as_a_score_in_either_track() -> None:
    """AAA stands on the closed list. Its open stand-in is not counted beside it. BBB has only that one."""
    found = exported(*PAST, closed="x.past")
    for track in TRACK_IDS:
        one = found["indicators"][["iso3", "indicator", f"{track}_score"]]
        assert blank(one, "AAA", indicator="2.1")
        assert blank(found["factors"], "AAA", factor="RF2", track=track)
        assert blank(one, "BBB", indicator="2.1") == (track == "outside_conflict")  # no list, and no count of deaths either
        assert blank(found["factors"], "BBB", factor="RF2", track=track) == (track == "outside_conflict")
    assert not set(found["readings"]["series"]) & {"x.past"}
    assert not set(found["drivers"]["measure"]) & {"past"}
    assert not set(found["observations"]["series"]) & {"x.past"}


def test_a_closed_figure_is_not_given_away_by_a_mean_with_an_open_one() -> None:
    """AAA: rights 0.2 and income 0.6. The mean and the open one would give the closed one. BBB has the open one alone."""
    rows = (("x.rights", "AAA", "2020", 0.2), ("x.income", "AAA", "2020", 0.6), ("x.rights", "BBB", "2020", 0.2))
    found = exported(*rows, closed="x.income")
    one = found["indicators"][["iso3", "indicator", "conflict_score"]]
    assert (blank(one, "AAA", indicator="1.1"), blank(one, "BBB", indicator="1.1")) == (True, False)
    assert blank(found["factors"], "AAA", factor="RF1", track="conflict")
    assert not blank(found["factors"], "BBB", factor="RF1", track="conflict")


def test_a_closed_series_shown_as_context_only_blanks_nothing() -> None:
    rows = (("x.gossip", "AAA", "2020", 0.9), ("x.rights", "AAA", "2020", 0.2))
    found = exported(*rows, closed="x.gossip")
    assert not blank(found["indicators"][["iso3", "indicator", "conflict_score"]], "AAA", indicator="1.1")
    assert not set(found["readings"]["series"]) & {"x.gossip"}


def test_a_signal_of_a_closed_series_stays_here() -> None:
    assert set(exported(*PAST, closed="x.rights")["signals"]["signal"]) == {"killings_surge"}
