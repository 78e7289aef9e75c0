"""Ethnic Power Relations, put in by hand. No licence is stated, so the fixture is made up: shares of nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from indicators.contract import Incomplete, NotData, NotPutThere, Parsed, SchemaChanged, UnknownCountry
from indicators.http import Web
from tests.conftest import FIXTURES, REPLAY
from tests.publisher import CARDS, TODAY, collect, figures

TABLE = (FIXTURES / "epr" / "made" / "growup.csv").read_bytes()
CARD = CARDS["epr"]
OUT, DISCRIMINATED = "epr.excluded_share", "epr.discriminated_share"


def epr(home: Path, table: bytes = TABLE) -> Parsed:
    """Put a table in by hand and collect it; no network is asked."""
    (home / "dropin").mkdir(exist_ok=True)
    (home / "dropin" / "growup-country-year.csv").write_bytes(table)
    return collect(CARD, Web(home / "documents", offline=True, now=lambda: TODAY))


def long(table: bytes = TABLE) -> bytes:
    """Return a table with 40 more rows which are in order, so that one bad row is not too large a share."""
    return table + b"".join(b'220,%d,"MADE UP",1,4,0.9,0.5,0.5,"R",\n' % year for year in range(1960, 2000))


def test_excluded_and_discriminated_are_two_shares(tmp_path: Path) -> None:
    found = figures(epr(tmp_path))
    assert (found[OUT, "CHE", 2020], found[DISCRIMINATED, "CHE", 2020]) == (0.999, 0.888)
    assert found[OUT, "CHE", 2019] == 0.111
    assert found[DISCRIMINATED, "YEM", 2020] == 0.044


def test_a_zero_where_groups_count_is_a_zero_and_where_none_does_it_is_no_figure(tmp_path: Path) -> None:
    found = figures(epr(tmp_path))
    assert (found[OUT, "NAM", 2020], found[DISCRIMINATED, "NAM", 2020]) == (0, 0)
    assert not any(iso3 == "LUX" for _, iso3, _ in found)


def test_a_blank_is_missing_and_never_zero(tmp_path: Path) -> None:
    assert (OUT, "YEM", 2020) not in figures(epr(tmp_path))


def test_two_entities_of_one_country_and_year_are_taken_only_where_they_agree(tmp_path: Path) -> None:
    parsed = epr(tmp_path)
    found = figures(parsed)
    assert found[DISCRIMINATED, "SRB", 2006] == 0.022
    assert (OUT, "SRB", 2006) not in found
    assert list(parsed.rejected["row"]) == ["epr.excluded_share SRB 2006 0.222", "epr.excluded_share SRB 2006 0.333"]


def test_a_row_names_its_place(tmp_path: Path) -> None:
    rows = epr(tmp_path).observations
    assert set(rows.loc[rows["iso3"] == "CAN", "place"]) == {8}


@pytest.mark.parametrize(
    ("value", "reason"),
    [(b"-0.1", "below the lowest possible value"), (b"1.1", "above the highest"), (b"55.5", "above the highest")],
)
def test_a_share_below_nothing_or_above_all_is_set_aside(tmp_path: Path, value: bytes, reason: str) -> None:
    parsed = epr(tmp_path, long(TABLE.replace(b"0.555", value)))
    (said,) = parsed.rejected.loc[parsed.rejected["place"] == 8, "reason"]
    assert said.startswith(reason)
    assert (OUT, "CAN", 2020) not in figures(parsed)


@pytest.mark.parametrize("value", [b"n/a", b"NA", b"0;5", b"55%"])
def test_a_share_that_is_no_number_stops_the_source(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(SchemaChanged, match="row 8, column 'exclpop'"):
        epr(tmp_path, TABLE.replace(b"0.555", value))


@pytest.mark.parametrize("column", ["countries_gwid", "year", "rlvt_groups_count", "exclpop", "discrimpop"])
def test_a_renamed_column_stops_the_source(tmp_path: Path, column: str) -> None:
    with pytest.raises(SchemaChanged, match=f"column '{column}' is missing"):
        epr(tmp_path, TABLE.replace(f'"{column}"'.encode(), b'"renamed"', 1))


def test_an_unknown_number_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="row 8, gw '999'"):
        epr(tmp_path, TABLE.replace(b"\n20,", b"\n999,"))


def test_a_cut_file_or_a_web_page_gives_no_figures(tmp_path: Path) -> None:
    for length in range(1, len(TABLE)):
        if TABLE[length - 1 : length] != b"\n":  # a file cut at a line's end cannot be told from a shorter one
            with pytest.raises((Incomplete, NotData, SchemaChanged)):
                epr(tmp_path, TABLE[:length])
    with pytest.raises(NotData, match="web page"):
        epr(tmp_path, b"<!DOCTYPE html><html><body>Log in</body></html>\n")


def test_without_the_file_the_source_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotPutThere, match=r"no file dropin/growup-country-year\.csv"):
        collect(CARD, Web(tmp_path / "documents", offline=True, now=lambda: TODAY))


def test_nothing_of_it_is_passed_on_and_it_counts_no_deaths() -> None:
    assert not any(CARD.may_redistribute(s) or s.conflict_derived for s in CARD.series)


@pytest.mark.upstream
def test_the_replay_of_the_growup_export_put_in_by_hand(tmp_path: Path, upstream: str) -> None:
    table = (REPLAY / "test-only" / "growup.ethz.ch" / "growup-country-year.csv").read_bytes()
    parsed = epr(tmp_path, table)
    rows = parsed.observations
    assert (rows["end"].dt.year.min(), rows["end"].dt.year.max()) == (1946, 2020)
    wide = rows.pivot_table(index=["iso3", "end"], columns="series", values="value")
    assert (wide[DISCRIMINATED] <= wide[OUT] + 1e-9).all()  # the excluded contain the discriminated
    assert set(parsed.rejected["reason"]) == {"two entities of one country and year"}
