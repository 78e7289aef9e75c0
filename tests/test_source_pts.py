"""Political Terror Scale. Its licence forbids commercial use, so the fixture is made up: the file's shape, ratings of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.contract import Incomplete, NotData, Parsed, Refused, SchemaChanged, UnknownCountry
from tests.conftest import FIXTURES
from tests.publisher import CARDS, Publisher, collect, collect_replayed, figures

TABLE = (FIXTURES / "pts" / "made" / "pts.csv").read_bytes()
CARD = CARDS["pts"]
A, H, S = "pts.amnesty", "pts.human_rights_watch", "pts.state_department"


def pts(folder: Path, table: bytes = TABLE) -> Parsed:
    return collect(CARD, Publisher(folder, {"PTS-2025.csv": table}))


def test_the_three_readings_of_a_country_and_year_stay_three_series(tmp_path: Path) -> None:
    found = figures(pts(tmp_path))
    assert [found[series, "CHE", 2022] for series in (A, H, S)] == [5, 4, 3]
    assert [found[series, "CIV", 2023] for series in (A, H, S)] == [1, 1, 1]
    assert [found[series, "NAM", 2023] for series in (A, H, S)] == [4, 5, 5]


def test_a_report_that_did_not_rate_a_country_makes_no_row_and_never_a_one(tmp_path: Path) -> None:
    found = figures(pts(tmp_path))
    assert (A, "CHE", 2023) not in found
    assert found[S, "CHE", 2023] == 4
    assert not any(iso3 == "NZL" for _, iso3, _ in found)
    blank = figures(pts(tmp_path, TABLE.replace(b"made up,NA,NA,4", b"made up,,,4")))
    assert blank == found


def test_names_stand_for_the_state_of_their_year(tmp_path: Path) -> None:
    found = figures(pts(tmp_path))
    assert found[A, "RUS", 1980] == 2
    assert found[A, "DEU", 1980] == 3
    assert found[A, "DEU", 2023] == 5


def test_what_is_rated_beside_its_country_is_no_country(tmp_path: Path) -> None:
    assert {iso3 for _, iso3, _ in figures(pts(tmp_path))} == {"CHE", "LUX", "NAM", "CIV", "RUS", "DEU", "SRB"}


def test_two_entities_of_one_country_and_year_are_taken_only_where_they_agree(tmp_path: Path) -> None:
    parsed = pts(tmp_path)
    found = figures(parsed)
    assert found[S, "SRB", 2006] == 4
    assert (A, "SRB", 2006) not in found
    assert list(parsed.rejected["row"]) == ["pts.amnesty SRB 2006 2.0", "pts.amnesty SRB 2006 3.0"]
    assert list(parsed.rejected["place"]) == [9, 10]


def test_a_row_names_its_place(tmp_path: Path) -> None:
    rows = pts(tmp_path).observations
    assert set(rows.loc[rows["iso3"] == "LUX", "place"]) == {3}


@pytest.mark.parametrize("value", [b"0", b"6", b"-1", b"2.5", b"50", b"1e9"])
def test_a_rating_off_the_scale_stops_the_source(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(SchemaChanged, match="row 4, column 'PTS_A'"):
        pts(tmp_path, TABLE.replace(b"made up,4,5,5", b"made up," + value + b",5,5"))


@pytest.mark.parametrize("value", [b"n/a", b"four", b"4*"])
def test_a_rating_that_is_no_number_stops_the_source(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(SchemaChanged, match="row 4, column 'PTS_A'"):
        pts(tmp_path, TABLE.replace(b"made up,4,5,5", b"made up," + value + b",5,5"))


@pytest.mark.parametrize("column", ["Country", "Year", "PTS_A", "PTS_H", "PTS_S"])
def test_a_renamed_column_stops_the_source(tmp_path: Path, column: str) -> None:
    head, _, rest = TABLE.partition(b"\r\n")
    names = [b"renamed" if name == column.encode() else name for name in head.split(b",")]
    with pytest.raises(SchemaChanged, match=f"column '{column}' is missing"):
        pts(tmp_path, b",".join(names) + b"\r\n" + rest)


def test_an_unknown_name_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="row 3, name:pts 'Ruritania'"):
        pts(tmp_path, TABLE.replace(b"Luxembourg", b"Ruritania"))


def test_a_year_that_is_none_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(SchemaChanged, match="'Year': '23' is not a year"):
        pts(tmp_path, TABLE.replace(b'"Luxembourg",MADE UP,2023', b'"Luxembourg",MADE UP,23'))


def test_a_cut_file_or_a_web_page_gives_no_figures(tmp_path: Path) -> None:
    for length in range(1, len(TABLE)):
        if TABLE[length - 1 : length] not in (b"\r", b"\n"):  # at a line's end only the length that the host declares tells
            with pytest.raises((Incomplete, NotData, SchemaChanged)):
                pts(tmp_path, TABLE[:length])
    with pytest.raises(NotData, match="web page"):
        pts(tmp_path, b"<!DOCTYPE html><html><body>404</body></html>\n")


def test_the_newest_release_that_is_there_is_used(tmp_path: Path) -> None:
    assert figures(collect(CARD, Publisher(tmp_path, {"PTS-2024.csv": TABLE}))) == figures(pts(tmp_path))
    with pytest.raises(Refused):
        collect(CARD, Publisher(tmp_path, {"PTS-1999.csv": TABLE}))


def test_nothing_of_it_is_passed_on_and_it_counts_no_deaths() -> None:
    assert not any(CARD.may_redistribute(s) or s.conflict_derived for s in CARD.series)


@pytest.mark.upstream
def test_the_replay_of_the_political_terror_scale(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARD, tmp_path, upstream)
    rows = parsed.observations
    assert len(rows) == 15_901
    assert sorted(rows["value"].unique()) == [1, 2, 3, 4, 5]
    assert (rows["end"].dt.year.min(), rows["end"].dt.year.max()) == (1976, 2023)
    assert set(parsed.rejected["reason"]) == {"two entities of one country and year, rated apart"}
