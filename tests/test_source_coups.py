"""Powell and Thyne's coups. No licence is stated, so the fixture is made up: the file's shape, coups that never were."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from indicators.contract import Incomplete, NotData, Parsed, Refused, SchemaChanged, UnknownCountry
from indicators.http import Web
from tests.conftest import FIXTURES
from tests.publisher import CARDS, COUNTRIES, TODAY, Publisher, collect, collect_replayed, figures

TABLE = (FIXTURES / "coups" / "made" / "coups.txt").read_bytes()
CARD = CARDS["coups"]
ATTEMPTS, SUCCESSES = "coups.attempts", "coups.successes"


def coups(folder: Path, table: bytes = TABLE, now: datetime = TODAY) -> Parsed:
    (folder / "home" / "documents").mkdir(parents=True, exist_ok=True)
    publisher = Publisher(folder, {"powell_thyne_coups_final.txt": table}, now)
    publisher.documents = folder / "home" / "documents"  # type: ignore[attr-defined]
    return collect(CARD, publisher)


def test_attempts_and_successes_are_counted_by_country_and_year(tmp_path: Path) -> None:
    found = figures(coups(tmp_path))
    assert (found[ATTEMPTS, "CHE", 1953], found[SUCCESSES, "CHE", 1953]) == (2, 1)
    assert (found[ATTEMPTS, "CHE", 1955], found[SUCCESSES, "CHE", 1955]) == (1, 0)
    assert (found[ATTEMPTS, "LUX", 1954], found[SUCCESSES, "LUX", 1954]) == (1, 1)
    assert (found[ATTEMPTS, "VDR", 1956], found[SUCCESSES, "VDR", 1956]) == (1, 1)  # South Vietnam


def test_no_row_is_a_zero_only_up_to_the_year_before_the_newest_event(tmp_path: Path) -> None:
    found = figures(coups(tmp_path))
    assert {year: found.get((ATTEMPTS, "CHE", year)) for year in range(1949, 1958)} == {
        1949: None,
        1950: 0,
        1951: 0,
        1952: 0,
        1953: 2,
        1954: 0,
        1955: 1,
        1956: None,  # the newest event is of 29 February 1956: of the rest of that year the file knows nothing
        1957: None,
    }


def test_zeros_are_those_of_states_that_there_were(tmp_path: Path) -> None:
    rows = coups(tmp_path).observations
    zeros = rows[(rows["value"] == 0) & rows["place"].isna() & (rows["series"] == ATTEMPTS)]
    states = COUNTRIES.existing(1950, 1955)
    assert len(zeros) == len(states) - 4  # Switzerland 1953 and 1955, Luxembourg 1954, Canada 1950
    assert set(zeros["iso3"]) == set(states["iso3"])
    assert "NAM" not in set(rows["iso3"])  # independent since 1990


def test_the_year_of_the_newest_event_is_provisional(tmp_path: Path) -> None:
    rows = coups(tmp_path).observations
    assert rows.groupby("status")["end"].agg(lambda ends: sorted(set(ends.dt.year))).to_dict() == {
        "final": [1950, 1951, 1952, 1953, 1954, 1955],
        "provisional": [1956],
    }


def test_a_row_names_its_first_event(tmp_path: Path) -> None:
    rows = coups(tmp_path).observations
    assert set(rows.loc[(rows["iso3"] == "CHE") & (rows["value"] > 0), "place"]) == {1, 3}


@pytest.mark.parametrize("value", [b"0", b"3", b"-1", b"", b"1.0", b"yes"])
def test_a_coup_that_is_neither_failed_nor_successful_stops_the_source(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(SchemaChanged, match="row 4: 'coup' is neither 1 nor 2"):
        coups(tmp_path, TABLE.replace(b"1954\t7\t4\t2", b"1954\t7\t4\t" + value))


@pytest.mark.parametrize("day", [b"1954\t13\t4", b"1954\t2\t29", b"1954\t7\t", b"54\t7\t4", b"NA\t7\t4"])
def test_what_is_no_date_stops_the_source(tmp_path: Path, day: bytes) -> None:
    with pytest.raises(SchemaChanged, match="row 4: year, month and day are no date"):
        coups(tmp_path, TABLE.replace(b"1954\t7\t4", day))


def test_an_event_to_come_stops_the_source_or_it_would_prove_years_that_have_not_been(tmp_path: Path) -> None:
    with pytest.raises(SchemaChanged, match="row 4: an event that lies in the future"):
        coups(tmp_path, TABLE.replace(b"1954\t7\t4", b"2054\t7\t4"))
    with pytest.raises(SchemaChanged, match="future"):
        coups(tmp_path, now=datetime(1956, 2, 28, tzinfo=UTC))
    assert (ATTEMPTS, "VDR", 1956) in figures(coups(tmp_path, now=datetime(1956, 2, 29, tzinfo=UTC)))


@pytest.mark.parametrize("column", ["ccode", "year", "month", "day", "coup"])
def test_a_renamed_column_stops_the_source(tmp_path: Path, column: str) -> None:
    head, _, rest = TABLE.partition(b"\n")
    names = [b"renamed" if name == column.encode() else name for name in head.split(b"\t")]
    with pytest.raises(SchemaChanged, match=f"column '{column}' is missing"):
        coups(tmp_path, b"\t".join(names) + b"\n" + rest)


def test_commas_in_the_place_of_tabs_stop_the_source(tmp_path: Path) -> None:
    with pytest.raises((SchemaChanged, NotData)):
        coups(tmp_path, TABLE.replace(b"\t", b","))


def test_an_unknown_number_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="row 4, cow '999'"):
        coups(tmp_path, TABLE.replace(b"\t212\t", b"\t999\t"))


@pytest.mark.parametrize("table", [TABLE[: TABLE.index(b"\n") + 1], TABLE.replace(b"\t19", b"\t18")])
def test_a_file_without_events_is_not_a_world_without_coups(tmp_path: Path, table: bytes) -> None:
    with pytest.raises(SchemaChanged, match="no event since 1950"):
        coups(tmp_path, table)


def test_a_cut_file_or_a_web_page_gives_no_figures(tmp_path: Path) -> None:
    for length in range(1, len(TABLE)):
        if TABLE[length - 1 : length] != b"\n":  # at a line's end only the length that the host declares tells
            with pytest.raises((Incomplete, NotData, SchemaChanged)):
                coups(tmp_path, TABLE[:length])
    with pytest.raises(NotData, match="web page"):
        coups(tmp_path, b"<!DOCTYPE html><html><body>Forbidden</body></html>\n")


def test_a_file_that_was_put_in_by_hand_comes_first(tmp_path: Path) -> None:
    place = tmp_path / "dropin" / "powell_thyne_coups_final.txt"
    place.parent.mkdir()
    place.write_bytes(TABLE)
    web = Web(tmp_path / "documents", offline=True, now=lambda: TODAY)  # any question to the network would fail
    assert figures(collect(CARD, web)) == figures(coups(tmp_path / "other"))


def test_a_host_that_refuses_is_an_error(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path, {"other": b""})
    publisher.documents = tmp_path / "documents"  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        collect(CARD, publisher)


def test_nothing_of_it_is_passed_on_and_it_counts_no_deaths() -> None:
    assert not any(CARD.may_redistribute(s) or s.conflict_derived for s in CARD.series)


@pytest.mark.upstream
def test_the_replay_of_the_coups_ends_in_2010_and_says_nothing_of_the_years_since(tmp_path: Path, upstream: str) -> None:
    rows = collect_replayed(CARD, tmp_path / "documents", upstream).observations
    attempts = rows[rows["series"] == ATTEMPTS]
    assert attempts["value"].sum() == 457
    assert rows.loc[rows["series"] == SUCCESSES, "value"].sum() == 227
    assert rows["end"].max() == pd.Timestamp("2010-12-31")
    assert set(rows.loc[rows["end"].dt.year == 2010, "status"]) == {"provisional"}
    assert rows.loc[rows["value"] == 0, "end"].dt.year.max() in (2009, 2010)
    assert not (attempts["value"] == 0)[attempts["end"].dt.year == 2010].any()
