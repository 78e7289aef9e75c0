"""The largest misses and false alarms: which they are, what followed, and what was visible, told the same for every case."""

from __future__ import annotations

import pandas as pd
import pytest

from monitor.foresight.backtest import LISTED, MISSES
from tests.foresight_world import KILLED, LAST, panel
from tests.test_foresight_today import made

TARGET = "one_sided"


def killed(iso3: str, year: int) -> float:
    rows = panel()
    rows = rows[(rows["series"] == KILLED) & (rows["iso3"] == iso3) & (rows["end"].dt.year == year)]
    return float(rows["value"].sum())


def of(name: str) -> pd.DataFrame:
    frame: pd.DataFrame = getattr(made(), name)
    return frame[frame["target"] == TARGET]


def test_false_alarms_are_the_highest_forecasts_that_no_onset_followed() -> None:
    alarms = of("alarms")
    assert 0 < len(alarms) <= MISSES
    assert alarms["risk"].is_monotonic_decreasing
    assert (alarms["rank"] <= LISTED).all()
    for iso3, year in zip(alarms["iso3"], alarms["year"], strict=True):
        assert killed(iso3, int(year)) < 250  # the mark of the target: fewer were killed in the year of the alarm


def test_an_alarm_says_when_the_next_onset_was() -> None:
    for iso3, year, followed in of("alarms")[["iso3", "year", "followed"]].itertuples(index=False):
        after = [
            y
            for y in range(int(year) + 1, LAST + 1)
            if killed(iso3, y) >= 250 and max(killed(iso3, y - 1), killed(iso3, y - 2)) < 250
        ]
        assert pd.isna(followed) if not after else followed == after[0]


def test_misses_stood_outside_the_list_in_both_years_and_had_an_onset() -> None:
    misses = of("misses")
    assert (misses["best"] > LISTED).all()
    assert all(killed(iso3, int(year)) >= 250 for iso3, year in zip(misses["iso3"], misses["year"], strict=True))


@pytest.mark.parametrize("name", ["misses", "alarms"])
def test_what_was_visible_is_of_the_year_before_and_the_same_series_for_every_case(name: str) -> None:
    cases = of(name)
    for iso3, year, seen in cases[["iso3", "year", "visible"]].itertuples(index=False):
        figures = dict(part.rsplit(": ", 1) for part in seen.split("; "))
        assert len(figures) == 4  # the target's own series, and the three items of this world's checklist
        before = killed(iso3, int(year) - 1)
        assert figures["civilians killed in one-sided violence"] == (f"{before:,.0f}" if before >= 1000 else f"{before:.3g}")


def test_a_figure_that_was_not_there_is_said_to_be_missing() -> None:
    """Every seventh country has no rating of its rights."""
    for name in ("misses", "alarms"):
        for iso3, seen in of(name)[["iso3", "visible"]].itertuples(index=False):
            assert ("freedom from political killings: no figure" in seen) == (int(iso3[1:]) % 7 == 0)


def test_both_are_kept_with_the_scores() -> None:
    kept = made().kept
    assert len(kept.alarms) == len(made().alarms)
    assert all("visible" in row for row in (*kept.misses, *kept.alarms))
