"""The crosswalk: which country a code or name means, when, and what happens to those that mean none."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from indicators.contract import UnknownCountry
from indicators.countries import CODES, COLUMNS, Countries
from tests.conftest import CONFIG

FILE = CONFIG / "countries.csv"


@pytest.fixture(scope="module")
def countries() -> Countries:
    return Countries.load(FILE)


def one(countries: Countries, scheme: str, code: str, year: int | None = None) -> str:
    years = None if year is None else pd.Series([year])
    return str(countries.resolve(pd.Series([code], dtype="str"), scheme, document="a file", years=years).iloc[0])


# ------------------------------------------------------------------------------------------- what a code or name means


@pytest.mark.parametrize(
    ("scheme", "code", "iso3"),
    [
        ("iso2", "NA", "NAM"),
        ("iso3", "NAM", "NAM"),
        ("owid", "OWID_KOS", "XKX"),
        ("vdem", "XKX", "XKX"),
        ("iso3", "PSE", "PSE"),
        ("unhcr", "GAZ", "PSE"),
        ("worldbank", "PS", "PSE"),
        ("worldbank", "WBG", "PSE"),
        ("name:ucdp", "DR Congo (Zaire)", "COD"),
        ("name:ucdp", "Congo", "COG"),
        ("name:worldbank", "Congo, Dem. Rep.", "COD"),
        ("name:worldbank", "Congo, Rep.", "COG"),
        ("name:ucdp", "Yemen (North Yemen)", "YEM"),
        ("name:ucdp", "Yemen (South Yemen)", "YMD"),
        ("name:ewp", "People's Republic of Yemen", "YMD"),
        ("name:ewp", "Burma/Myanmar", "MMR"),
        ("name:ucdp", "Myanmar (Burma)", "MMR"),
        ("name:ucdp", "Russia (Soviet Union)", "RUS"),
        ("name:ucdp", "Serbia (Yugoslavia)", "SRB"),
        ("name:ucdp", "Federated States of Micronesia", "FSM"),
        ("name:owid", "Micronesia", "FSM"),
        ("name", "Viet Nam", "VNM"),
        ("name:ewp", "Democratic Republic of Vietnam", "VNM"),
        ("name:ewp", "Republic of Vietnam", "VDR"),
        ("name", "South Sudan", "SSD"),
        ("name:fcdo", "Occupied Palestinian Territories (OPTs)", "PSE"),
        ("name:fcdo", "Turkey", "TUR"),
        ("name", "CÔTE D’IVOIRE", "CIV"),
        ("name", "st. vincent & the grenadines", "VCT"),
        ("vdem", "SML", "SML"),
        ("vdem", "ZZB", "ZZB"),
        ("vdem", "YMD", "YMD"),
        ("fips", "OD", "SSD"),
        ("fips", "GZ", "PSE"),
        ("fips", "WE", "PSE"),
        ("m49", "4", "AFG"),
        ("m49", "004", "AFG"),
        ("gw", "347", "XKX"),
    ],
)
def test_a_code_or_name_means_its_country(countries: Countries, scheme: str, code: str, iso3: str) -> None:
    assert one(countries, scheme, code) == iso3


@pytest.mark.parametrize(
    ("scheme", "code", "year", "iso3"),
    [
        ("vdem", "CZE", 1992, "CSK"),
        ("vdem", "CZE", 1993, "CZE"),
        ("gw", "315", 1992, "CSK"),
        ("gw", "316", 1993, "CZE"),
        ("gw", "678", 1989, "YEM"),
        ("gw", "678", 1991, "YEM"),
        ("gw", "680", 1990, "YMD"),
        ("cow", "678", 1985, "YEM"),
        ("cow", "679", 2020, "YEM"),
        ("gw", "260", 1985, "DEU"),
        ("gw", "260", 2020, "DEU"),
        ("gw", "265", 1990, "DDR"),
        ("cow", "255", 1934, "DEU"),
        ("cow", "255", 2020, "DEU"),
        ("cow", "260", 1985, "DEU"),
        ("gw", "345", 1995, "SRB"),
        ("gw", "340", 2010, "SRB"),
        ("gw", "345", 2024, "SRB"),  # UCDP keeps Yugoslavia's number for Serbia
        ("gw", "816", 1970, "VNM"),
        ("gw", "817", 1970, "VDR"),
        ("gw", "970", 2000, "KIR"),
        ("cow", "970", 2000, "NRU"),
        ("cow", "946", 2000, "KIR"),
        ("owid", "PSE", 1930, "PSB"),
        ("owid", "PSE", 2000, "PSE"),
        ("name:owid", "Vatican", 1860, "PPS"),
        ("name:owid", "Vatican", 2000, "VAT"),
    ],
)
def test_a_number_that_changed_its_meaning_is_read_by_year(
    countries: Countries, scheme: str, code: str, year: int, iso3: str
) -> None:
    assert one(countries, scheme, code, year) == iso3


def test_without_a_year_a_shared_code_means_what_it_means_today(countries: Countries) -> None:
    assert one(countries, "vdem", "CZE") == "CZE"
    assert one(countries, "name", "Palestine") == "PSE"


def test_gaza_and_the_west_bank_of_v_dem_stay_two_entities_and_only_palestine_is_assessed(countries: Countries) -> None:
    found = countries.resolve(pd.Series(["PSE", "PSG"]), "vdem", document="V-Dem", years=pd.Series([2023, 2023]))
    assert found.tolist() == ["PSE", "PSG"]
    assert "PSE" in countries.assessed()
    assert "PSG" not in countries.assessed()


def test_unhcr_codes_are_not_iso_codes(countries: Countries) -> None:
    as_unhcr = countries.resolve(pd.Series(["AUS", "ARE", "MAR", "CHI"]), "unhcr", document="UNHCR")
    as_iso = countries.resolve(pd.Series(["AUS", "ARE", "MAR", "CHL"]), "iso3", document="UNHCR")
    assert as_unhcr.tolist() == ["AUT", "EGY", "MTQ", "CHN"]
    assert as_iso.tolist() == ["AUS", "ARE", "MAR", "CHL"]


@pytest.mark.parametrize(
    ("scheme", "code"),
    [
        ("worldbank", "WLD"),
        ("worldbank", "1W"),
        ("worldbank", "AFE"),
        ("worldbank", "XM"),
        ("owid", "OWID_WRL"),
        ("owid", "OWID_NAM"),  # North America, not Namibia
        ("name", "Africa"),  # fuzzy matchers say South Africa
        ("name", "Serbia and Montenegro"),  # fuzzy matchers say Serbia
        ("name", "Abkhazia"),  # fuzzy matchers say Georgia
        ("name:owid", "World (population-weighted)"),
        ("iso3", "XXA"),
        ("iso3", "UNK"),
        ("unhcr", "STA"),
        ("owid", "OWID_YGS"),
    ],
)
def test_a_known_non_country_is_told_apart_from_an_unknown_name(countries: Countries, scheme: str, code: str) -> None:
    assert one(countries, scheme, code) == ""


@pytest.mark.parametrize(
    ("name", "iso3"),
    [("Niger", "NER"), ("Kosovo", "XKX"), ("Zanzibar", "ZZB"), ("Somaliland", "SML"), ("East Germany", "DDR")],
)
def test_names_that_fuzzy_matchers_get_wrong_are_right(countries: Countries, name: str, iso3: str) -> None:
    assert one(countries, "name", name) == iso3


# ------------------------------------------------------------------------------------------------- what nobody knows


def test_an_unknown_name_names_document_row_value_the_nearest_name_and_what_to_do(countries: Countries) -> None:
    table = pd.Series(["Sudan", "Syria", "Rwandaa", "Atlantis"], dtype="str")
    with pytest.raises(UnknownCountry) as caught:
        countries.resolve(table, "name:ucdp", document="OneSided_v26_1.csv")
    assert str(caught.value) == (
        "OneSided_v26_1.csv: row 3, name:ucdp 'Rwandaa' is not in the crosswalk; the nearest is 'rwanda' (RWA); "
        "1 more value in this column"
    )
    assert caught.value.what_to_do == "add it to config/countries.csv"


def test_the_row_of_an_unknown_code_is_the_row_of_the_file_also_after_filtering(countries: Countries) -> None:
    codes = pd.Series(["AFG", "AFG", "AFG", "QQQ"], dtype="str")[2:]
    with pytest.raises(UnknownCountry, match="row 4, iso3 'QQQ'"):
        countries.resolve(codes, "iso3", document="a file")


def test_a_code_used_outside_its_years_is_an_error_where_it_is_shared(countries: Countries) -> None:
    with pytest.raises(UnknownCountry, match="stands for no entity of the year 1900"):
        one(countries, "name:owid", "Vatican", 1900)


@pytest.mark.parametrize("blank", ["", "  ", np.nan, None])
def test_a_blank_is_never_a_country(countries: Countries, blank: object) -> None:
    with pytest.raises(UnknownCountry, match="row 2"):
        countries.resolve(pd.Series(["AFG", blank]), "iso3", document="a file")


def test_an_unknown_scheme_is_named_with_the_valid_ones(countries: Countries) -> None:
    for scheme in ("gwno", "name:unicef", "gw:ucdp"):
        with pytest.raises(ValueError, match=f"unknown scheme '{scheme}'; the schemes are iso3, iso2, gw"):
            one(countries, scheme, "2")


def test_resolving_keeps_the_index_and_many_rows_are_quick(countries: Countries) -> None:
    codes = pd.Series(["CZE", "AFG"] * 100_000, index=range(5, 200_005), dtype="str")
    years = pd.Series([1980, 1980] * 100_000, index=codes.index)
    iso3 = countries.resolve(codes, "vdem", document="V-Dem", years=years)
    assert iso3.index.equals(codes.index)
    assert iso3.dtype == "str"
    assert iso3.value_counts().to_dict() == {"CSK": 100_000, "AFG": 100_000}


def test_text_as_the_sources_are_read_resolves_too(countries: Countries) -> None:
    arrow = pd.Series(["NA", "GB"], dtype=pd.StringDtype("pyarrow", na_value=np.nan))
    assert countries.resolve(arrow, "iso2", document="a file").tolist() == ["NAM", "GBR"]


def test_no_rows_give_no_rows(countries: Countries) -> None:
    empty = countries.resolve(pd.Series([], dtype="str"), "gw", document="a file", years=pd.Series([], dtype="int64"))
    assert empty.tolist() == []


# ---------------------------------------------------------------------------------------------------- who is there


def test_196_countries_are_assessed_all_with_names_regions_and_codes(countries: Countries) -> None:
    assessed = countries.assessed()
    assert len(assessed) == len(set(assessed)) == 196
    assert assessed == sorted(assessed)
    assert {"PSE", "XKX", "TWN", "GBR", "NAM", "SSD"} < set(assessed)
    assert not {"VAT", "ESH", "HKG", "SML", "PSG", "DDR", "COK"} & set(assessed)
    rows = countries.table.set_index("iso3").loc[assessed]
    assert (rows[["name", "short", "region", "subregion", "iso2", "m49"]] != "").all(axis=None)
    assert set(rows.index[rows["unhcr"] == ""]) == {"XKX", "TWN"}  # UNHCR counts Kosovo within Serbia and lists no Taiwan
    assert set(rows["region"]) == {"Africa", "Americas", "Asia", "Europe", "Oceania"}
    assert set(rows.index[rows["gw"] == ""]) == {"PSE"}


def test_names_follow_the_house_style(countries: Countries) -> None:
    assert countries.name("COD") == "Democratic Republic of the Congo"
    assert countries.short("COD") == "DR Congo"
    assert countries.name("MMR") == "Myanmar (Burma)"
    assert countries.name("TUR") == "Türkiye"
    assert countries.name("CIV") == "Côte d'Ivoire"
    assert countries.name("PRK") == "North Korea"
    assert countries.name("PSE") == "Palestine"
    assert countries.name("GBR") == "United Kingdom"
    assert countries.short("SDN") == "Sudan"
    assert countries.region("TWN") == "Asia"


def test_states_exist_in_their_years(countries: Countries) -> None:
    there = set(countries.existing(1989, 2012).itertuples(index=False, name=None))
    assert ("SSD", 2010) not in there
    assert ("SSD", 2011) in there
    assert ("YMD", 1990) in there
    assert ("YMD", 1991) not in there
    assert ("DDR", 1990) in there
    assert ("DEU", 1990) in there
    assert ("CSK", 1992) in there
    assert ("CZE", 1992) not in there
    assert ("CZE", 1993) in there
    assert ("SRB", 1989) in there
    assert ("ERI", 1992) not in there
    assert ("PSE", 2000) not in there  # no Gleditsch-Ward number


def test_existing_states_stand_once_a_year(countries: Countries) -> None:
    there = countries.existing(1946, 2026)
    assert list(there.columns) == ["iso3", "year"]
    assert not there.duplicated().any()
    assert there["year"].min() == 1946
    assert there["year"].max() == 2026
    assert (there["year"] == 2026).sum() == 196  # 193 UN members, Kosovo, Taiwan, the Vatican


# --------------------------------------------------------------------------------------------- what a person types


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("burma", "MMR"),
        ("DRC", "COD"),
        ("drc", "COD"),
        ("uk", "GBR"),
        ("sdn", "SDN"),
        ("NA", "NAM"),
        ("ivory coast", "CIV"),
        ("Turkiye", "TUR"),
        (" Gaza ", "PSE"),
        ("the gambia", "GMB"),
        ("zaire", "COD"),
        ("CAR", "CAF"),
    ],
)
def test_a_person_finds_the_country_by_any_usual_name(countries: Countries, text: str, iso3: str) -> None:
    assert countries.find(text) == iso3


def test_an_unknown_input_names_the_nearest_three(countries: Countries) -> None:
    with pytest.raises(ValueError, match=r"no country is called 'Nigera'; the nearest are .*Niger \(NER\)") as caught:
        countries.find("Nigera")
    assert str(caught.value).count("(") == 3
    assert "Nigeria (NGA)" in str(caught.value)


def test_a_group_of_countries_is_no_country_to_find(countries: Countries) -> None:
    with pytest.raises(ValueError, match="'EU' is known, but is not one country"):
        countries.find("EU")


# ------------------------------------------------------------------------------------------------ the file is checked

MADE = {"iso3": "AAA", "kind": "state", "name": "Firstland", "gw": "1", "valid_from": "1950", "assess": "yes"}


def load_made(tmp_path: Path, *rows: dict[str, str]) -> Countries:
    path = tmp_path / "countries.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return Countries.load(path)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "province"}, r"row 2 \(AAA\): kind 'province' is not one of state"),
        ({"iso3": "aaa"}, "iso3 'aaa' is not three capitals"),
        ({"name": ""}, "the first row of an entity needs a name"),
        ({"kind": "territory"}, "only a state is assessed"),
        ({"assess": "maybe"}, "assess is yes or blank"),
        ({"valid_from": "50"}, "valid_from and valid_to are years or blank"),
        ({"valid_to": "1949"}, "valid_from is after valid_to"),
        ({"names": "First Land"}, "every alias is written source:name"),
    ],
)
def test_a_malformed_row_is_named(tmp_path: Path, change: dict[str, str], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        load_made(tmp_path, MADE | change)


def test_one_code_for_two_entities_in_one_year_is_refused(tmp_path: Path) -> None:
    second = {"iso3": "BBB", "kind": "state", "name": "Secondland", "gw": "1", "valid_from": "1990"}
    with pytest.raises(ValueError, match=r"gw '1' means AAA \(row 2\) and BBB \(row 3\) from 1990 to today"):
        load_made(tmp_path, MADE, second)
    assert one(load_made(tmp_path, MADE | {"valid_to": "1989"}, second), "gw", "1", 1989) == "AAA"


def test_one_name_for_two_entities_is_refused_also_when_spelled_differently(tmp_path: Path) -> None:
    second = {"iso3": "BBB", "kind": "state", "name": "Secondland", "names": "ucdp:The FIRSTLÀND"}
    with pytest.raises(ValueError, match="name 'firstland' means AAA"):
        load_made(tmp_path, MADE, second)


def test_an_entity_described_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"row 3 \(AAA\): an entity is described once"):
        load_made(tmp_path, MADE, MADE | {"valid_from": "1900", "valid_to": "1949"})


def read_by_hand() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_code_and_alias_of_the_file_means_one_entity_in_every_year(countries: Countries) -> None:
    """Written out year by year, apart from the check in ``load``, and compared with what ``resolve`` says."""
    for scheme in (*CODES, "name"):
        holders: dict[str, dict[int, set[str]]] = {}
        for row in read_by_hand():
            iso3 = row["iso3"] if row["kind"] in ("state", "territory", "former") else ""
            aliases = [alias.partition(":")[2] for alias in row["names"].split("|")]
            cells = row[scheme].split("|") if scheme != "name" else [row["name"], row["short"], *aliases]
            years = range(int(row["valid_from"] or 1789), int(row["valid_to"] or 2030) + 1)
            for code in {cell.casefold() for cell in cells if cell}:
                for year in years:
                    holders.setdefault(code, {}).setdefault(year, set()).add(iso3)
        pairs = [(code, year, found) for code, by_year in holders.items() for year, found in by_year.items()]
        assert [pair for pair in pairs if len(pair[2]) > 1] == []
        codes, years_, expected = zip(*pairs, strict=True)
        resolved = countries.resolve(pd.Series(codes), scheme, document="the file", years=pd.Series(years_))
        assert resolved.tolist() == [next(iter(found)) for found in expected]


def test_iso_codes_agree_with_pycountry(countries: Countries) -> None:
    pycountry = pytest.importorskip("pycountry", reason="pycountry, the second opinion on ISO 3166, is not installed")
    ours = countries.table.query("kind in ('state', 'territory')").set_index("iso3")[["iso2", "m49"]]
    theirs = {c.alpha_3: (c.alpha_2, c.numeric) for c in pycountry.countries}
    assert {iso3: tuple(ours.loc[iso3]) for iso3 in ours.index if iso3 in theirs} == theirs
    assert set(ours.index) - set(theirs) == {"XKX", "AB9", "PSG", "SML"}


def test_no_country_of_pycountry_is_called_something_else_here(countries: Countries) -> None:
    pycountry = pytest.importorskip("pycountry", reason="pycountry, the second opinion on ISO 3166, is not installed")
    for country in pycountry.countries:
        for name in {country.name, getattr(country, "common_name", country.name)}:
            assert one(countries, "name", name) == country.alpha_3
