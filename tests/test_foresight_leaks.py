"""Nothing that came later, and no outcome of the gap, ever changes a forecast; nor does the order in which things are listed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from monitor.foresight import record
from monitor.foresight.prepare import World, prepare
from monitor.foresight.record import HEADLINE, OUTSIDE, Walked
from monitor.foresight.walk import one_by_one
from tests.foresight_world import BATTLE, KILLED, LAST, LISTED, ONGOING, PEOPLE, RIGHTS, panel, world

AT = 2008  # the year whose forecasts are compared
POISON = 1e6


def forecasts(figures: pd.DataFrame, there: World | None = None) -> pd.DataFrame:
    """Return the forecasts of mass killing made in the year ``AT``."""
    there = there or world()
    ready = prepare(there, figures, LAST)
    walked = next(record.walk(there, ready, (AT, AT), one_by_one, lambda _: None))
    return record.forecasts(walked, there, AT)


@cache
def as_it_was() -> pd.DataFrame:
    return forecasts(panel())


def changed(series: tuple[str, ...], first: int, last: int, to: float) -> pd.DataFrame:
    """Return the panel with other values of some series in the years from ``first`` to ``last``."""
    found = panel().copy()
    hit = found["series"].isin(series) & found["end"].dt.year.between(first, last)
    assert hit.any()
    found.loc[hit, "value"] = np.where(found.loc[hit, "value"] == to, 0.0 if to else POISON, to)
    return found


def test_there_is_something_to_compare() -> None:
    found = as_it_was()
    assert set(found["track"]) == {"headline", "outside_conflict", "checklist"}
    assert found.groupby("track")["risk"].nunique().min() > 20


@pytest.mark.parametrize("series", [(KILLED,), (BATTLE,), (RIGHTS,), (PEOPLE,), (LISTED, ONGOING)])
def test_what_happens_after_the_data_year_never_changes_its_forecasts(series: tuple[str, ...]) -> None:
    to = 1.0 if LISTED in series else POISON
    pd.testing.assert_frame_equal(forecasts(changed(series, AT + 1, LAST, to)), as_it_was())


def test_onsets_in_the_gap_are_neither_learnt_from_nor_chosen_nor_calibrated_by_nor_looked_at() -> None:
    """The two years of the gap are the data year itself and the one before it."""
    pd.testing.assert_frame_equal(forecasts(changed((LISTED, ONGOING), AT - 1, AT, 1.0)), as_it_was())


def test_the_last_year_before_the_gap_does_count() -> None:
    """Otherwise the test above would pass for want of an effect."""
    other = forecasts(changed((LISTED, ONGOING), AT - 2, AT - 2, 1.0))
    assert not np.allclose(other["risk"], as_it_was()["risk"])


def test_figures_of_the_data_year_do_count() -> None:
    other = forecasts(changed((KILLED,), AT, AT, POISON))
    assert not np.allclose(other["risk"], as_it_was()["risk"])


def test_a_figure_that_had_not_been_published_does_not_count() -> None:
    """Population comes 550 days after its year: in mid-July of the year after, that of the data year is not out."""
    pd.testing.assert_frame_equal(forecasts(changed((PEOPLE,), AT, AT, POISON)), as_it_was())


def test_other_death_counts_leave_the_model_outside_conflict_as_it_is() -> None:
    other = forecasts(changed((KILLED, BATTLE), 1990, LAST, 12345.0))
    ours = [frame[frame["track"] == OUTSIDE].reset_index(drop=True) for frame in (other, as_it_was())]
    pd.testing.assert_frame_equal(*ours)
    heads = [frame[frame["track"] == HEADLINE].sort_values("iso3")["risk"].to_numpy() for frame in (other, as_it_was())]
    assert not np.allclose(*heads)


def test_the_order_of_the_rows_of_the_panel_leaves_the_same_bytes() -> None:
    turned = panel().sample(frac=1, random_state=3).reset_index(drop=True)
    assert forecasts(turned).to_csv() == as_it_was().to_csv()


def test_the_order_of_the_countries_leaves_the_same_bytes() -> None:
    there = world()
    mixed = there.countries.spells().sample(frac=1, random_state=5)
    turned = World(there.policy, there.sources, _Held(there.countries, mixed), dict(reversed(list(there.neighbours.items()))))
    assert forecasts(panel(), turned).to_csv() == as_it_was().to_csv()


class _Held:
    """The crosswalk with its spells in another order."""

    def __init__(self, countries: object, spells: pd.DataFrame) -> None:
        self._countries, self._spells = countries, spells

    def spells(self) -> pd.DataFrame:
        return self._spells

    def name(self, iso3: str) -> str:
        return f"Country {iso3}"


def test_the_same_again_is_the_same_bytes() -> None:
    assert forecasts(panel()).to_csv() == as_it_was().to_csv()


def test_several_processes_give_the_same_bytes_as_one() -> None:
    from monitor.foresight import side_by_side

    there = world()
    ready = prepare(there, panel(), LAST)
    walked = next(record.walk(there, ready, (AT, AT), side_by_side.run, lambda _: None))
    assert record.forecasts(walked, there, AT).to_csv() == as_it_was().to_csv()


def test_every_published_year_is_there_and_every_country_has_one_place() -> None:
    there = world()
    walked: Walked = next(record.walk(there, prepare(there, panel(), LAST), (AT - 1, AT), one_by_one, lambda _: None))
    found = record.forecasts(walked, there, AT)
    assert sorted(found["year_from"].unique()) == [AT - 1, AT]
    for _, part in found.groupby(["year_from", "track"]):
        assert sorted(part["rank"]) == list(range(1, len(part) + 1))
        assert (part.sort_values("rank")["risk"].diff().dropna() <= 0).all()
        assert ((part["low"] <= part["risk"]) & (part["risk"] <= part["high"])).all()
