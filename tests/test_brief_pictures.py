"""The charts of a brief show what the tables hold: a gap stays a gap."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from monitor.briefs import render
from monitor.briefs.brief import build
from monitor.briefs.chart import PRINT, Bar, Chart, columns, strip, two_lines
from monitor.briefs.layout import lay_out
from monitor.briefs.past import Point, past_of
from tests.test_brief import LEVERS, brief, manifest, tables

NAN = float("nan")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(body: str) -> ElementTree.Element:
    """Return a chart's picture as XML."""
    return ElementTree.fromstring(Chart("made", "Made", "Made up.", "Note.", body).svg())


def months(*values: float) -> tuple[Point, ...]:
    """Return values of 2025, month by month from January."""
    return tuple(Point(f"2025-{n:02}-28", v) for n, v in enumerate(values, 1))


def test_a_month_without_an_index_breaks_the_line() -> None:
    whole, broken = (drawn(two_lines(months(*v), (), ("A", "B"), {"watch": 40})) for v in ((10, 20, 30, 40), (10, NAN, 30, 40)))
    assert [len(str(p.get("points")).split()) for p in whole.iter(f"{SVG}polyline")] == [4]
    assert [len(str(p.get("points")).split()) for p in broken.iter(f"{SVG}polyline")] == [1, 2]


def test_a_month_that_is_unknown_is_hatched_and_one_with_nothing_reported_is_empty() -> None:
    bars = list(drawn(columns(months(0, 1, NAN, 100))).iter(f"{SVG}rect"))
    assert [r.get("fill") for r in bars] == [PRINT["second"], "url(#gap)", PRINT["second"]]
    one, hundred = float(str(bars[0].get("height"))), float(str(bars[2].get("height")))
    assert hundred == pytest.approx(3 * one, abs=0.2)  # two steps of ten above 1, on a scale of equal steps


def test_a_factor_without_a_score_is_hatched_and_a_thin_one_is_pale() -> None:
    picture = drawn(strip([("Track", [Bar("1", 0.5, False), Bar("2", NAN, True), Bar("3", 0.9, True)])]))
    assert [r.get("fill") for r in picture.iter(f"{SVG}rect")] == [PRINT["first"], "url(#gap)", PRINT["pale"]]


def test_text_in_a_picture_is_shown_as_it_stands() -> None:
    picture = drawn(strip([("<b> & $ink", [Bar("1", 0.5, False)])]))
    assert "<b> & $ink" in [t.text for t in picture.iter(f"{SVG}text")]


def test_the_past_is_ten_years_and_a_month_without_a_row_stays_unknown() -> None:
    path = pd.DataFrame(
        {"iso3": "CMR", "as_of": ["2015-06-30", "2016-06-30", "2026-01-02", "2026-01-31"], "conflict_index": [1.0, 2, np.nan, 4]}
    ).assign(outside_conflict_index=np.nan)
    ends = pd.to_datetime(["2015-01-31", "2025-09-30", "2025-12-31"])
    history = pd.DataFrame({"series": "made_a.deaths", "iso3": "CMR", "end": ends, "value": [9.0, 1.0, 3.0]})
    past = past_of("CMR", path, history, manifest())
    assert [p.end for p in past.index["conflict"]] == ["2016-06-30", "2026-01-02"]
    assert "outside_conflict" not in past.index  # never known
    assert [p.end for p in past.killed] == ["2025-09-30", "2025-10-31", "2025-11-30", "2025-12-31"]
    np.testing.assert_array_equal([p.value for p in past.killed], [1, NAN, NAN, 3])


def test_without_a_past_there_is_no_picture_of_it() -> None:
    assert past_of("CMR", None, None, manifest()).index == {}
    assert [c.id for c in lay_out(brief("CMR")).charts] == ["strip"]


# -------------------------------------------------------------------------------------------------------- who is at risk


def test_who_is_at_risk_is_told_by_the_series_of_the_house_style_or_said_to_be_unknown() -> None:
    made = build("CMR", tables(), manifest(), LEVERS, people=("made_b.freedom", "made_b.gone"))
    text = render.render(made, "md", "short").split("## Who is at risk")[1].split("\n## ")[0]
    assert "**Made-up freedom:** 0.22 (index, 0 to 1), 2024" in text
    assert "Made-up gone" not in text  # it has no figure
    assert "they can mark people" in text
    assert "That is a gap in what can be seen." in render.render(brief("CMR"), "md")
