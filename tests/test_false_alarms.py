"""What is counted as a false alarm, on a few months that one can check by eye; and that the config says what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from tests import false_alarms
from tests.false_alarms import QUIET, comes, followed, history, newly, onsets, recalled, record, record_of
from tests.whole_world import shipped


def marks(text: str) -> np.ndarray:
    """Return one country's month ends: ``x`` where something holds."""
    return np.array([[c == "x"] for c in text])


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ("....xxxx.....", "....x........"),  # once, when it begins
        ("....x..x.....", "....x........"),  # a gap shorter than it takes to ease a level
        ("....x...x....", "....x...x...."),  # after three month ends without
        ("xxxx.........", "............."),  # held before the time that is looked at
        ("..xx....x....", "........x...."),
    ],
)
def test_a_firing_is_new_after_three_month_ends_without(held: str, expected: str) -> None:
    assert newly(marks(held)).tolist() == marks(expected).tolist()


def test_what_comes_within_two_month_ends_is_not_what_is() -> None:
    assert comes(marks("....xx..x"), 2).tolist() == marks("..xxx.xx.").tolist()
    assert comes(marks("x....."), 2).tolist() == marks("......").tolist()


def test_an_onset_is_under_way_after_twelve_month_ends_that_were_not() -> None:
    quiet = "." * 12
    assert onsets(marks(quiet + "xx" + "." * 11 + "x")) == [(12, 0)]  # eleven quiet ones are the same killing
    assert onsets(marks(quiet + "xx" + quiet + "x")) == [(12, 0), (26, 0)]
    assert onsets(marks("x" + quiet)) == []  # when it began is not known


def test_a_firing_is_followed_where_killing_was_not_under_way_and_comes() -> None:
    new = marks("...x")
    assert followed(new, marks(".....x...."), 2) == (1, 1)
    assert followed(new, marks("......x..."), 2) == (0, 1)
    assert followed(new, marks("...x.x...."), 2) == (0, 0)  # under way already: neither a hit nor a false alarm
    assert followed(new, marks("....."), 2) == (0, 0)  # the second month after is not known yet
    assert followed(new, marks("......"), 2) == (0, 1)


def test_an_onset_is_recalled_where_the_signal_held_at_one_of_the_twelve_month_ends_before() -> None:
    looked = QUIET + 12
    under_way = marks("." * looked + "x")
    at = {n: marks("." * n + "x" + "." * (looked - n)) for n in (QUIET, QUIET + 11, looked)}
    assert recalled(at[QUIET], under_way) == (1, 1)
    assert recalled(at[QUIET + 11], under_way) == (1, 1)
    assert recalled(at[looked], under_way) == (0, 1)  # together with the onset is too late
    assert recalled(at[QUIET], under_way[1:]) == (0, 0)  # not all twelve month ends before were looked at


def test_the_record_of_a_signal_that_fired_four_times_in_three_countries() -> None:
    """Five years. One firing is followed by 2,000 killed, one by 300, one by none, one comes where 2,000 are killed already."""
    months = 60 + QUIET
    held, killed = np.zeros((months, 3), dtype=bool), np.zeros((months + 24, 3))
    held[10, 0] = held[20, 1] = held[30, 2] = held[50, 0] = True
    killed[15:80, 0], killed[28:40, 1] = 2000, 300
    found = record_of("x", held, killed)
    assert (found.held, found.firings_a_year, found.false_alarms_a_year) == (4, 0.8, 0.4)
    assert found.precision == {"1000_in_12": (1, 3), "1000_in_24": (1, 3), "200_in_12": (2, 3), "200_in_24": (2, 3)}
    assert found.recall == {"1000": (1, 1), "200": (2, 2)}


# ------------------------------------------------------------------------------------------------- what the config says


@pytest.mark.parametrize("signal", [s.id for s in shipped().framework.signals])
def test_the_config_says_the_rate_that_was_measured(signal: str) -> None:
    said = next(s for s in shipped().framework.signals if s.id == signal)
    measured = record(signal, history())
    assert said.false_alarms_a_year == pytest.approx(measured.false_alarms_a_year, abs=0.05)
    assert f"{false_alarms.FIRST}-{false_alarms.LAST}" in said.measured_on
    assert measured.false_alarms_a_year <= 15  # the budget


def test_levels_keep_the_size_that_groups_can_read() -> None:
    """What figures alone say at a year end; more countries stand at a level, since levels ease slowly (34.8, 16.0 and 8.5)."""
    mean = false_alarms.levels_at_year_ends(history()).mean()
    assert mean["watch"] == pytest.approx(29, abs=3)
    assert mean["elevated"] == pytest.approx(12, abs=2)
    assert mean["high"] == pytest.approx(6, abs=1)
