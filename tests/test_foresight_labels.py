"""A list of onsets from outside: every row counts or is named among those set aside, with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from indicators.countries import Countries
from monitor.foresight import labels, theirs
from monitor.foresight.policy import Target
from monitor.foresight.targets import onsets
from tests.conftest import CONFIG
from tests.foresight_world import NAN, figures

LISTED = Target(id="l", title="", meaning="", kind="listed", onset="began", under_way="ongoing", people_at_least=500_000)


@pytest.fixture(scope="module")
def countries() -> Countries:
    return Countries.load(CONFIG / "countries.csv")


def table(text: str) -> pd.DataFrame:
    rows = [line.split(",") for line in text.strip().splitlines()]
    return pd.DataFrame([[cell.strip() for cell in row] for row in rows[1:]], columns=rows[0])


def test_countries_are_known_by_code_number_and_name(countries: Countries) -> None:
    found = labels.read(table("country,year\nSDN,2003\n625,2011\nBurma,2017\nCôte d'Ivoire,2010"), countries)
    assert list(found.rows.itertuples(index=False, name=None)) == [
        ("SDN", 2003, 1.0),
        ("SDN", 2011, 1.0),
        ("MMR", 2017, 1.0),
        ("CIV", 2010, 1.0),
    ]
    assert found.aside.empty
    assert (found.first, found.last, found.complete) == (2003, 2017, True)


def test_what_cannot_be_used_is_listed_with_its_row_and_reason(countries: Countries) -> None:
    found = labels.read(table("name,year\nSudan,2003\nSudan,2003\nAtlantis,2001\nChad,soon\nYugoslavia,1991"), countries)
    assert len(found.rows) == 1
    assert list(found.aside["row"]) == [3, 4, 5, 6]
    assert list(found.aside["reason"]) == [
        "the same country and year stand in an earlier row",
        "no country is called 'Atlantis'",
        "'soon' is not a year",
        "'Yugoslavia' is not one country",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("place,year\nSudan,2003", "no column of country"),
        ("country,when\nSudan,2003", "no column of year"),
        ("country,year\nAtlantis,2003", "no row names an onset"),
        ("country,year,onset\nSudan,2003,0", "no row names an onset"),
    ],
)
def test_a_file_that_is_no_list_of_onsets_is_refused_with_the_reason(text: str, says: str, countries: Countries) -> None:
    with pytest.raises(labels.BadLabels, match=says):
        labels.read(table(text), countries)


def given(rows: list[tuple[str, int, float]], first: int, last: int, complete: bool = True) -> labels.Labels:
    frame = pd.DataFrame(rows, columns=["iso3", "year", "onset"])
    return labels.Labels(frame, labels.EMPTY_ASIDE, first, last, complete)


def test_a_list_is_complete_between_its_years_and_says_nothing_of_others() -> None:
    there = figures({"wdi.population": [[1e6]] * 5})
    found, aside = labels.applied(LISTED, given([("A", 2001, 1), ("A", 2003, 1)], 2001, 2003), there)
    np.testing.assert_array_equal(found.began[:, 0], [NAN, 1, 0, 1, NAN])
    np.testing.assert_array_equal(found.ever[:, 0], [NAN, 1, 1, 1, 1])
    assert aside.empty


def test_with_a_column_of_yes_and_no_only_what_is_listed_is_known() -> None:
    there = figures({"wdi.population": [[1e6]] * 4})
    found, _ = labels.applied(LISTED, given([("A", 2000, 0), ("A", 2002, 1)], 2000, 2002, complete=False), there)
    np.testing.assert_array_equal(found.began[:, 0], [0, NAN, 1, NAN])


def test_small_countries_are_not_at_risk_unless_they_are_listed_and_unknown_sizes_are() -> None:
    there = figures({"wdi.population": [[4e5, 4e5, NAN]] * 2})
    found, _ = labels.applied(LISTED, given([("B", 2000, 1)], 2000, 2001), there)
    np.testing.assert_array_equal(found.began, [[NAN, 1, 0], [NAN, NAN, 0]])


def test_outside_its_years_the_collected_list_still_counts() -> None:
    there = figures({"began": [[1], [0], [0]], "ongoing": [[1], [1], [0]], "wdi.population": [[1e6]] * 3})
    found, _ = labels.applied(LISTED, given([("A", 2002, 1)], 2002, 2002), there, onsets(LISTED, there))
    np.testing.assert_array_equal(found.began[:, 0], [1, 0, 1])


def test_a_country_that_was_not_there_is_set_aside_by_name() -> None:
    there = figures({"wdi.population": [[1e6]] * 3})
    there.exists[0] = False
    found, aside = labels.applied(LISTED, given([("A", 2000, 1), ("Z", 2001, 1), ("A", 2002, 1)], 2000, 2002), there)
    assert list(aside["text"]) == ["A, 2000", "Z, 2001"]
    np.testing.assert_array_equal(found.began[:, 0], [NAN, 0, 1])


COLUMNS = {"country": ("iso3", "name"), "year_from": ("year",), "risk": ("p",), "horizon": ("h",)}


def test_anothers_forecasts_are_read_by_the_columns_of_the_policy(countries: Countries) -> None:
    found, aside = theirs.read(table("name,year,p\nSudan,2001,0.1\nMali,2001,much\nSudan,2001,0.2"), COLUMNS, countries)
    assert found == {1: {(2001, "SDN"): 0.1}}
    assert list(aside["row"]) == [3, 4]


def test_of_a_file_with_tracks_the_headline_counts(countries: Countries) -> None:
    found, _ = theirs.read(table("iso3,year,p,h,track\nSDN,2001,0.1,2,checklist\nSDN,2001,0.3,2,headline"), COLUMNS, countries)
    assert found == {2: {(2001, "SDN"): 0.3}}


def test_anothers_forecasts_without_a_risk_are_refused(countries: Countries) -> None:
    with pytest.raises(theirs.BadForecasts, match="no column of risk"):
        theirs.read(table("iso3,year\nSDN,2001"), COLUMNS, countries)


def test_the_shipped_policy_names_its_columns(tmp_path: Path) -> None:
    from monitor.settings import load_foresight, load_sources

    found = load_foresight(CONFIG, load_sources(CONFIG))
    assert found.columns()[:2] == ["past", "state_age"]
    assert len(found.columns()) == len(set(found.columns()))
    assert {c.family for c in found.candidates} == {"logit", "boosted", "extra_trees"}
