"""Why a level is another than it was: only what then and now show.

In the small world levels begin and end at 0.25, 0.50 and 0.75. Where no killing is on record both tracks score the same, and the
conflict track leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from indicators.contract import Series
from monitor.risk import frames
from monitor.risk.causes import causes
from monitor.risk.framework import Framework
from monitor.risk.levels import Standing, step
from monitor.risk.path import Look, Stand
from tests.small_world import MONTHLY, Row, each_year, look, panel, small_framework

DAY, YEAR_AGO = date(2021, 3, 1), "2020-03-01"
NOTHING = pd.DataFrame()
SOME_ROWS = panel(each_year("x.rights", "AAA", 1990, [0.0] * 20))  # positions to point at; the causes do not read them
NAMES = frames.Names(
    {s: Series(id=s, title=s, unit="units", column=s) for s in MONTHLY}, dict.fromkeys(MONTHLY, "x"), *({"AAA": "A"},) * 3
)


def stand(rows: Sequence[Row], framework: Framework, **standing: int) -> Stand:
    """Return where these figures leave the country; ``standing``: what its outside-conflict track counts instead."""
    seen = look(rows, DAY, framework)
    stood = step(seen, None, framework)
    for name, value in standing.items():
        changed = getattr(stood, name).copy()
        changed[1] = value
        stood = Standing(**{**vars(stood), name: changed})
    return Stand(Look(seen, seen), stood)


def why(now: Stand, before: Stand, previous: pd.DataFrame = NOTHING, framework: Framework | None = None) -> list[dict[str, Any]]:
    """Return the causes as published, without the country and the order."""
    framework = framework or small_framework()
    tables = {
        "assessments": frames.assessments(now, before, framework, NAMES, previous=previous),
        "signals": frames.signals(now.look.seen, framework, SOME_ROWS),
        "drivers": frames.drivers(now.look.seen, before.look.seen, framework, NAMES),
    }
    found = causes(tables, previous, framework, YEAR_AGO)
    return [row for row in found.drop(columns=["iso3", "order"]).to_dict("records") if row["kind"] != "measure"]


def figures(rights: Sequence[float], *, past: float, first: int = 2020) -> list[Row]:
    """Return rights year by year, as bad a figure of income, and the past. The outside track is the mean of the two factors."""
    years = each_year("x.rights", "AAA", first, rights)
    return [*years, *(("x.income", iso3, year, 1 - value) for _, iso3, year, value in years), ("x.past", "AAA", "2020", past)]


def said(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["way"], one["track"], one["kind"], one["name"] or one["level"], one["mark"]


def test_a_rise_over_a_threshold_names_the_level_that_begins_there_with_both_indices() -> None:
    """Rights at 0.4 score 0.6; with no past the track is at 0.3, index 44. At 0.0 they score 1.0: 0.5, index 60."""
    framework = small_framework()
    (one,) = why(stand(figures([0.0], past=0), framework), stand(figures([0.4], past=0), framework))
    assert said(one) == ("rose", "conflict", "threshold", "elevated", 60.0)
    assert (one["before"], one["now"]) == (pytest.approx(44.0), pytest.approx(60.0))


def test_a_fall_below_a_threshold_names_the_level_that_ends_there() -> None:
    framework = small_framework()
    (one,) = why(stand(figures([0.4], past=0), framework), stand(figures([0.0], past=0), framework))
    assert said(one) == ("fell", "conflict", "threshold", "elevated", 60.0)
    assert one["since"] == YEAR_AGO


def test_a_signal_that_fires_now_and_did_not_then_is_the_cause_though_no_threshold_was_crossed() -> None:
    """Rights fell by 0.2 in three years, over the mark of 0.125; a year ago they stood where they stand now, with no history."""
    framework = small_framework()
    now = stand(figures([0.8, 0.7, 0.7, 0.6], past=0, first=2017), framework)
    before = stand(figures([0.6], past=0), framework)
    (one,) = why(now, before)
    assert said(one) == ("rose", "conflict", "signal", "rights_fall", -0.125)
    assert one["now"] == pytest.approx(-0.2)


def test_a_signal_that_fired_then_and_does_not_now_is_why_a_level_fell() -> None:
    framework = small_framework()
    before = stand(figures([0.8, 0.7, 0.7, 0.6], past=0, first=2017), framework)
    now = stand(figures([0.6, 0.6, 0.6, 0.6], past=0, first=2017), framework)
    (one,) = why(now, before)
    assert said(one) == ("fell", "conflict", "signal", "rights_fall", -0.125)
    assert one["now"] == pytest.approx(0.0)


def test_a_level_that_stood_above_its_figures_and_has_eased_says_so() -> None:
    framework = small_framework()
    before = stand(figures([0.6], past=0), framework, level=2)  # it stood at elevated; its figures said baseline
    (one,) = why(stand(figures([0.6], past=0), framework), before)
    assert said(one)[:4] == ("fell", "outside_conflict", "eased", "baseline")


def test_a_level_that_is_kept_above_its_figures_did_not_rise_and_has_no_cause() -> None:
    framework = small_framework()
    now = stand(figures([0.6], past=0), framework, level=2)  # kept at elevated; the figures say what they said a year ago
    assert why(now, stand(figures([0.6], past=0), framework)) == []


def test_the_same_level_has_no_cause() -> None:
    framework = small_framework()
    assert why(stand(figures([0.2], past=0), framework), stand(figures([0.4], past=0), framework)) == []


def test_insufficient_data_is_compared_with_nothing() -> None:
    framework = small_framework()
    assert why(stand(figures([0.0], past=1), framework), stand([], framework)) == []
    assert why(stand([], framework), stand(figures([0.0], past=1), framework)) == []


def test_the_run_before_is_compared_by_what_it_recorded() -> None:
    framework = small_framework()
    low = stand(figures([0.4], past=0), framework)
    record = frames.assessments(low, low, framework, NAMES).set_index("iso3").assign(as_of="2021-02-22")
    high = stand(figures([0.0], past=0), framework)
    (one,) = why(high, high, record)
    assert (one["against"], one["since"], *said(one)) == (
        *("run", "2021-02-22"),
        *("rose", "conflict", "threshold", "elevated", 60.0),
    )


def test_a_record_of_an_older_version_that_says_too_little_gives_no_cause() -> None:
    framework = small_framework()
    low = stand(figures([0.4], past=0), framework)
    record = frames.assessments(low, low, framework, NAMES).set_index("iso3").assign(as_of="2021-02-22")
    older = record.drop(columns=[c for c in record.columns if c.endswith("_fired")])
    high = stand(figures([0.0], past=0), framework)
    assert why(high, high, older) == []


def test_the_measures_that_moved_most_stand_last_and_go_the_way_of_the_level() -> None:
    framework = small_framework()
    now, before = stand(figures([0.0], past=0), framework), stand(figures([0.4], past=0), framework)
    tables = {
        "assessments": frames.assessments(now, before, framework, NAMES),
        "signals": frames.signals(now.look.seen, framework, SOME_ROWS),
        "drivers": frames.drivers(now.look.seen, before.look.seen, framework, NAMES),
    }
    found = causes(tables, NOTHING, framework, YEAR_AGO)
    moved = found[found["kind"] == "measure"]
    assert sorted(moved["name"]) == ["income", "rights"]
    assert moved["order"].min() > found.loc[found["kind"] != "measure", "order"].max()
    assert np.all(moved["now"] > moved["before"])
