"""V-Dem. The fixture holds seven country-years of the table in the replay (release v12); values were read off by eye."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from indicators.contract import Incomplete, NotData, Parsed, Refused, SchemaChanged, SourceError, UnknownCountry
from tests.conftest import FIXTURES
from tests.publisher import CARDS, Publisher, collect, collect_replayed, figures, zipped

TABLE = (FIXTURES / "vdem" / "V-Dem-CY-Full+Others-v12.csv").read_bytes()
CARD = CARDS["vdem"]
OPTIONAL = CARD.options["optional_columns"]


def vdem(folder: Path, table: bytes = TABLE, address: str = "v16") -> Parsed:
    return collect(CARD, Publisher(folder, {address: zipped(table, "V-Dem-CY-Full+Others-v16.csv")}))


def test_every_variable_of_every_country_year_is_one_row(tmp_path: Path) -> None:
    parsed = vdem(tmp_path)
    found = figures(parsed)
    assert found["vdem.v2clkill", "MMR", 2020] == 0.901
    assert found["vdem.v2clkill", "MMR", 2021] == -1.859
    assert found["vdem.v2x_clphy", "MMR", 2021] == 0.066
    assert found["vdem.v2svstterr", "SDN", 2021] == 76.5
    assert found["vdem.v2xlg_legcon", "SDN", 2021] == 0
    assert found["vdem.v2x_corr", "XKX", 2021] == 0.309
    assert found["vdem.v2x_polyarchy", "NAM", 1990] == 0.539
    assert found["vdem.v2x_rule", "DDR", 1989] == 0.415
    assert len(found) == 7 * 35


def test_a_row_names_its_place_in_the_table(tmp_path: Path) -> None:
    rows = vdem(tmp_path).observations
    assert set(rows.loc[rows["iso3"] == "SDN", "place"]) == {7}


def test_a_variable_that_this_release_lacks_is_listed_and_the_rest_is_kept(tmp_path: Path) -> None:
    parsed = vdem(tmp_path)
    assert list(parsed.rejected["row"]) == OPTIONAL
    assert set(parsed.rejected["reason"]) == {"column not in this release (v16)"}
    assert parsed.rejected["place"].isna().all()


def test_an_optional_variable_is_taken_where_it_is_held(tmp_path: Path) -> None:
    table = pd.read_csv(FIXTURES / "vdem" / "V-Dem-CY-Full+Others-v12.csv", dtype=str, keep_default_na=False)
    table["v2smpolhate"] = ["", "-2.5", "", "1.5", "", "0.25", "-3"]
    parsed = vdem(tmp_path, table.to_csv(index=False).encode())
    hate = {key[1:]: value for key, value in figures(parsed).items() if key[0] == "vdem.v2smpolhate"}
    assert hate == {("MMR", 2021): -2.5, ("XKX", 2021): 1.5, ("NAM", 2021): 0.25, ("SDN", 2021): -3}
    assert "v2smpolhate" not in set(parsed.rejected["row"])


def test_a_required_variable_that_is_renamed_stops_the_source_and_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SchemaChanged, match="column 'v2clkill' is missing; the nearest is 'v2clkill_new'"):
        vdem(tmp_path, TABLE.replace(b"v2clkill", b"v2clkill_new"))


@pytest.mark.parametrize("key", [b"country_text_id", b"year"])
def test_a_renamed_key_stops_the_source(tmp_path: Path, key: bytes) -> None:
    with pytest.raises(SchemaChanged, match=key.decode()):
        vdem(tmp_path, TABLE.replace(key, b"renamed"))


def test_a_blank_makes_no_row_and_never_a_zero(tmp_path: Path) -> None:
    found = figures(vdem(tmp_path, TABLE.replace(b"Sudan,SDN,33,2021,625,-1.041,", b"Sudan,SDN,33,2021,625,,")))
    assert ("vdem.v2cldmovem", "SDN", 2021) not in found
    assert len(found) == 7 * 35 - 1


def test_years_before_1960_are_left_out(tmp_path: Path) -> None:
    found = figures(vdem(tmp_path, TABLE.replace(b"MMR,10,2020", b"MMR,10,1959")))
    assert {year for _, iso3, year in found if iso3 == "MMR"} == {2021}


def test_a_rating_beyond_the_scale_is_set_aside(tmp_path: Path) -> None:
    parsed = vdem(tmp_path, TABLE.replace(b"0.616\n", b"61.6\n"))
    aside = parsed.rejected[parsed.rejected["place"].notna()]
    assert list(aside["reason"]) == ["above the highest possible value"]
    assert list(aside["row"]) == ["vdem.v2xlg_legcon MMR 2020-12-31 61.6"]


@pytest.mark.parametrize("value", [b"n/a", b"0,616", b"nan", b"inf"])
def test_a_rating_that_is_no_plain_number_never_becomes_a_figure(tmp_path: Path, value: bytes) -> None:
    try:
        found = figures(vdem(tmp_path, TABLE.replace(b"0.616\n", value + b"\n")))
    except (SchemaChanged, NotData):
        return
    assert ("vdem.v2xlg_legcon", "MMR", 2020) not in found


def test_an_unknown_country_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="row 7, vdem 'QQQ'"):
        vdem(tmp_path, TABLE.replace(b"Sudan,SDN", b"Sudan,QQQ"))


def test_the_newest_release_that_is_there_is_used_alone(tmp_path: Path) -> None:
    archive = zipped(TABLE, "table.csv")
    publisher = Publisher(tmp_path, {"v15_csv.zip": archive, "v12_csv.zip": archive})
    assert set(collect(CARD, publisher).rejected["reason"]) == {"column not in this release (v15)"}
    assert len(publisher.asked) == 1


def test_no_release_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        collect(CARD, Publisher(tmp_path, {"other": b""}))


def test_a_cut_archive_or_table_gives_no_figures(tmp_path: Path) -> None:
    archive = zipped(TABLE, "table.csv")
    for length in range(0, len(archive), 97):
        with pytest.raises(SourceError):
            collect(CARD, Publisher(tmp_path, {"v16": archive[:length]}))
    with pytest.raises(Incomplete, match="the file was cut"):
        vdem(tmp_path, TABLE[:-1])


def test_coups_of_another_publisher_are_not_passed_on() -> None:
    assert [s.id for s in CARD.series if not CARD.may_redistribute(s)] == ["vdem.e_pt_coup", "vdem.e_pt_coup_attempts"]


def test_every_rating_says_which_way_it_points() -> None:
    assert [s.id for s in CARD.series if "v2" in s.column and not s.note.startswith("Higher is ")] == []


@pytest.mark.upstream
def test_the_replay_of_vdem_holds_release_v12_behind_an_encoded_plus(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARD, tmp_path, upstream)
    found = figures(parsed)
    assert found["vdem.v2clkill", "MMR", 2021] == -1.859
    assert len(found) == 35 * 8_187
    assert parsed.rejected["row"].to_list() == OPTIONAL
    assert set(parsed.rejected["reason"]) == {"column not in this release (v12)"}
    assert (min(year for *_, year in found), max(year for *_, year in found)) == (1970, 2021)
