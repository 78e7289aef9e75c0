"""Early Warning Project. No licence is stated, so the fixture is made up: the file's shape, mass killings that never were."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from indicators.contract import Incomplete, NotData, Parsed, Refused, SchemaChanged, UnknownCountry
from tests.conftest import FIXTURES
from tests.publisher import CARDS, Publisher, collect, collect_replayed, figures

TABLE = (FIXTURES / "ewp" / "made" / "basedata.csv").read_bytes()
CARD = CARDS["ewp"]


def ewp(folder: Path, table: bytes = TABLE) -> Parsed:
    return collect(CARD, Publisher(folder, {"basedata2025": table}))


def test_each_country_year_says_whether_one_began_and_whether_one_was_under_way(tmp_path: Path) -> None:
    found = figures(ewp(tmp_path))
    onset = {key[1:]: value for key, value in found.items() if key[0] == "ewp.mass_killing_onset" and key[1] == "CHE"}
    ongoing = {key[1:]: value for key, value in found.items() if key[0] == "ewp.mass_killing_ongoing" and key[1] == "CHE"}
    assert onset == {("CHE", 1950): 1, ("CHE", 1951): 0, ("CHE", 1952): 0}
    assert ongoing == {("CHE", 1950): 1, ("CHE", 1951): 1, ("CHE", 1952): 0}


def test_years_before_1945_are_left_out(tmp_path: Path) -> None:
    assert min(year for *_, year in figures(ewp(tmp_path))) == 1950


def test_names_stand_for_the_state_of_their_year(tmp_path: Path) -> None:
    found = {(iso3, year) for _, iso3, year in figures(ewp(tmp_path))}
    assert {("DDR", 1988), ("CSK", 1989), ("CZE", 1993), ("NAM", 2002), ("MMR", 2004)} <= found


def test_not_available_and_blank_are_missing_never_no(tmp_path: Path) -> None:
    found = figures(ewp(tmp_path))
    assert math.isnan(found["ewp.mass_killing_onset", "LUX", 2000])
    assert math.isnan(found["ewp.mass_killing_ongoing", "LUX", 2000])
    assert math.isnan(found["ewp.mass_killing_ongoing", "LUX", 2001])
    assert found["ewp.mass_killing_onset", "LUX", 2001] == 0


def test_a_row_names_its_place(tmp_path: Path) -> None:
    rows = ewp(tmp_path).observations
    assert set(rows.loc[rows["iso3"] == "NZL", "place"]) == {11}


@pytest.mark.parametrize("value", [b"2", b"0.5", b"-1", b"yes"])
def test_more_than_yes_and_no_stops_the_source(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(SchemaChanged, match="'mk_ongoing'"):
        ewp(tmp_path, TABLE.replace(b',6,0,0,0,"Namibia"', b",6," + value + b',0,0,"Namibia"'))


@pytest.mark.parametrize("column", ["mk_onset", "mk_ongoing", "ewp_name", "year"])
def test_a_renamed_column_stops_the_source(tmp_path: Path, column: str) -> None:
    with pytest.raises(SchemaChanged, match=f"column '{column}' is missing"):
        ewp(tmp_path, TABLE.replace(f'"{column}"'.encode(), b'"renamed"', 1))


def test_an_unknown_name_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="row 11, name:ewp 'Ruritania'"):
        ewp(tmp_path, TABLE.replace(b"New Zealand", b"Ruritania"))


def test_a_cut_file_or_a_web_page_gives_no_figures(tmp_path: Path) -> None:
    for length in range(1, len(TABLE)):
        if (
            TABLE[length - 1 : length] != b"\n"
        ):  # at a line's end only the length that the host declares tells: see indicators.body
            with pytest.raises((Incomplete, NotData, SchemaChanged)):
                ewp(tmp_path, TABLE[:length])
    with pytest.raises(NotData, match="web page"):
        ewp(tmp_path, b"<!DOCTYPE html><html><body>404</body></html>\n")


def test_an_edition_that_moved_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        collect(CARD, Publisher(tmp_path, {"basedata2026": TABLE}))


def test_nothing_of_it_is_passed_on_and_yes_or_no_may_speak_outside_conflict() -> None:
    assert not any(CARD.may_redistribute(s) for s in CARD.series)
    assert not any(s.conflict_derived for s in CARD.series)


@pytest.mark.upstream
def test_the_replay_of_the_early_warning_project(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARD, tmp_path, upstream)
    found = figures(parsed)
    assert len(found) == 2 * 8_626
    assert parsed.rejected.empty
    assert max(year for *_, year in found) == 2012  # the replay ends there; the publisher's file goes on
    assert found["ewp.mass_killing_onset", "RWA", 1994] == 1
