"""What leaves as a file: text that a spreadsheet would run is made harmless, numbers stay numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from monitor.export import _csv, safe_cell, without_barred


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


def test_nothing_leaves_from_which_a_closed_figure_could_be_worked_out() -> None:
    """AAA's indicator 1.1 and factor RF1 rest on the closed series alone; BBB's 1.1 also on an open one."""
    readings = pd.DataFrame(
        [
            ("AAA", "shut", "closed.b", 0.5, 0.9, "1.1"),
            ("AAA", "free", "open.a", float("nan"), float("nan"), "1.1"),
            ("BBB", "shut", "closed.b", 0.5, 0.9, "1.1"),
            ("BBB", "free", "open.a", 1.0, 0.3, "1.1"),
        ],
        columns=["iso3", "measure", "series", "value", "score", "indicators"],
    )
    indicators = pd.DataFrame({"iso3": ["AAA", "BBB"], "indicator": "1.1", "factor": "RF1", "conflict_score": [0.9, 0.6]})
    tables = {
        "readings": readings,
        "indicators": indicators.assign(outside_conflict_score=indicators["conflict_score"]),
        "factors": pd.DataFrame({"iso3": ["AAA", "BBB"], "factor": "RF1", "score": [0.9, 0.6]}),
        "drivers": pd.DataFrame({"iso3": ["AAA", "BBB"], "measure": ["shut", "free"], "score": [0.9, 0.3]}),
        "observations": pd.DataFrame({"series": ["open.a", "closed.b"], "value": [1.0, 0.5]}),
    }
    found = without_barred(tables, {"closed.b"})
    assert found["observations"]["series"].tolist() == ["open.a"]
    assert found["readings"]["measure"].tolist() == ["free", "free"]
    assert found["drivers"]["measure"].tolist() == ["free"]
    assert found["indicators"]["conflict_score"].isna().tolist() == [True, False]
    assert found["indicators"]["outside_conflict_score"].isna().tolist() == [True, False]
    assert found["factors"]["score"].isna().tolist() == [True, False]
