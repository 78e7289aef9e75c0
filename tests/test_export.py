"""What leaves as a file: text that a spreadsheet would run is made harmless, numbers stay numbers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from monitor.export import _allowed, _csv, safe_cell


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


def test_closed_series_lose_their_rows_in_observations_and_their_values_in_readings() -> None:
    observations = pd.DataFrame({"series": ["open.a", "closed.b"], "value": [1.0, 2.0]})
    readings = observations.assign(measure=["a", "b"])
    assert _allowed(observations, {"closed.b"})["series"].tolist() == ["open.a"]
    kept = _allowed(readings, {"closed.b"})
    assert kept["value"].isna().tolist() == [False, True]
    assert len(kept) == 2
