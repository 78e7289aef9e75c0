"""Every country code and name in every file that the replay of the real sources holds resolves: proof by counting.

``pytest tests/test_countries_upstream.py -s`` prints a line a column: values tried, countries, known non-countries.
"""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from typing import Any, NamedTuple

import pandas as pd
import pytest

from indicators.countries import Countries
from tests.conftest import CONFIG

pytestmark = pytest.mark.upstream


@pytest.fixture(scope="module")
def countries() -> Countries:
    return Countries.load(CONFIG / "countries.csv")


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read())


def table(url: str, encoding: str = "utf-8-sig", sep: str = ",") -> pd.DataFrame:
    body = fetched(url)
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = archive.read(next(name for name in archive.namelist() if name.endswith(".csv")))
    return pd.read_csv(io.BytesIO(body), dtype=str, keep_default_na=False, encoding=encoding, sep=sep)


def pairs_of(frame: pd.DataFrame, column: str, years: str, *, listed: bool) -> pd.DataFrame:
    """Return each ``code`` and ``year`` of a column once; a cell may list several codes; blank and R's NA cells are left out."""
    codes = frame[column].str.split(", ") if listed else frame[column]
    pairs = pd.DataFrame({"code": codes, "year": frame[years].str[:4]}).explode("code").drop_duplicates(ignore_index=True)
    return pairs[~pairs["code"].isin(["", "NA"])].astype({"year": int})


def print_counts(title: str, scheme: str, codes: pd.Series, iso3: pd.Series) -> None:
    apart = codes[iso3 == ""].nunique()
    print(f"\n| {title} | {scheme} | {codes.nunique()} | {codes.nunique() - apart} | {apart} |", end="")


# ------------------------------------------------------------------------------------------------------------ tables


class File(NamedTuple):
    """A table of the replay: its columns of countries with their schemes, and all that is no country in them."""

    title: str
    path: str
    years: str
    columns: dict[str, str]
    apart: frozenset[str] = frozenset()
    encoding: str = "utf-8-sig"
    sep: str = ","


UCDP, SAMPLES = "/ucdp.uu.se/downloads", "/ucdp.uu.se/samples"
GED = {"country_id": "gw", "country": "name:ucdp", "gwnoa": "gw", "gwnob": "gw"}
LISTS = {"gwno_location", "location", "gwno_a", "gwno_loc", "location_inc", "gwno_battle", "battle_location", "gwnoa", "gwnob"}
VDEM = "/v-dem.net/media/datasets"
VDEM_COLUMNS = {"country_text_id": "vdem", "country_name": "name:vdem", "COWcode": "cow"}
OWID = "/ourworldindata.org/grapher"
CONTINENTS = {"Africa", "Asia", "Europe", "North America", "Oceania", "South America", "World"}
CONTINENT_CODES = {"OWID_AFR", "OWID_ASI", "OWID_EUR", "OWID_NAM", "OWID_OCE", "OWID_SAM", "OWID_WRL"}
WEIGHTED = {f"{name} (population-weighted)" for name in CONTINENTS}
WEST_GERMANY = {"West Germany", "OWID_GFR"}
CHARTS = ("human-rights-index-vdem", "rule-of-law-index", "freedom-of-expression-index", "electoral-democracy-index")
EWP = "/raw.githubusercontent.com/EarlyWarningProject/2025-Statistical-Risk-Assessment/main/1.Buildcountryyears_and_mk_data"
HDX = "/data.humdata.org/recorded"

FILES = [
    File("UCDP country-year 25.1", f"{UCDP}/organizedviolencecy/organizedviolencecy-251-csv.zip", "year_cy",
         {"country_id_cy": "gw", "country_cy": "name:ucdp"}),
    File("UCDP one-sided 25.1", f"{UCDP}/nsos/ucdp-onesided-251-csv.zip", "year",
         {"gwno_location": "gw", "location": "name:ucdp", "gwnoa": "gw"}),
    File("UCDP battle deaths 25.1", f"{UCDP}/brd/ucdp-brd-dyadic-251-csv.zip", "year",
         {"gwno_battle": "gw", "battle_location": "name:ucdp", "gwno_loc": "gw", "location_inc": "name:ucdp", "gwno_a": "gw"}),
    File("UCDP GED 26.1 stand-in", f"{UCDP}/ged/ged261-csv.zip", "year", {"country_id": "gw", "country": "name:ucdp"}),
    File("UCDP candidate 26.0.2", f"{UCDP}/candidateged/GEDEvent_v26_0_2.csv", "year", GED),
    File("UCDP GED 23.1, country 482", f"{SAMPLES}/GEDEvent_v23_1_country482.csv", "year", GED),
    File("UCDP GED 23.1, sample", f"{SAMPLES}/GEDEvent_v23_1_sample1000.csv", "year", GED),
    File("UCDP GED 19.1, subset", f"{SAMPLES}/ged191_subset.csv", "year", GED),
    File("V-Dem 12", f"{VDEM}/V-Dem-CY-Full+Others-v12_csv.zip", "year", VDEM_COLUMNS),
    File("V-Dem 15", f"{VDEM}/V-Dem-CY-Core-v15_csv.zip", "year", VDEM_COLUMNS),
    *(File(f"OWID {chart}", f"{OWID}/{chart}.csv", "Year", {"Entity": "name:owid", "Code": "owid"},
           frozenset(CONTINENTS | CONTINENT_CODES | WEIGHTED | WEST_GERMANY))
      for chart in (*CHARTS, "liberal-democracy-index")),
    File("OWID political-regime", f"{OWID}/political-regime.csv", "Year", {"Entity": "name:owid", "Code": "owid"},
         frozenset(WEST_GERMANY)),
    File("OWID deaths-in-armed-conflicts", f"{OWID}/deaths-in-armed-conflicts.csv", "Year",
         {"Entity": "name:owid", "Code": "owid"},
         frozenset(WEST_GERMANY | {"Africa", "Americas", "Asia and Oceania", "Europe", "Middle East", "World", "Yugoslavia",
                   "Abkhazia", "South Ossetia", "OWID_AFR", "OWID_EUR", "OWID_WRL", "OWID_YGS", "OWID_ABK", "OWID_SOS"})),
    File("Early Warning Project 2025", f"{EWP}/basedata2025_4august2025.csv", "year",
         {"ewp_name": "name:ewp", "country": "name:ewp", "ccode": "cow"}),
    File("Political Terror Scale 2024", "/www.politicalterrorscale.org/Data/Files/PTS-2024.csv", "Year",
         {"COW_Code_N": "cow", "UN_Code_N": "m49", "Country": "name:pts"},
         frozenset({"Crimea", "European Union", "Israel in Occupied Territories", "Israel in pre-1967 borders",
                   "Russia-Occupied Areas (Ukraine)"}), encoding="latin1"),
    File("EPR / GROWup", "/growup.ethz.ch/growup-country-year.csv", "year", {"countries_gwid": "gw"}, frozenset({"711"})),
    File("Powell-Thyne coups", "/www.uky.edu/~clthyn2/coup_data/powell_thyne_coups_final.txt", "year",
         {"ccode": "cow"}, sep="\t"),
    File("IDMC conflict", f"{HDX}/idmc_gidd_conflict_idps.csv", "year", {"iso3": "iso3", "country_name": "name:idmc"}),
    File("IDMC disasters", f"{HDX}/idmc_gidd_disasters.csv", "year", {"iso3": "iso3", "country_name": "name:idmc"}),
]  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.title)
def test_every_code_and_name_of_a_table_resolves(countries: Countries, upstream: str, file: File) -> None:
    frame = table(upstream + file.path, file.encoding, file.sep)
    apart: set[str] = set()
    for column, scheme in file.columns.items():
        pairs = pairs_of(frame, column, file.years, listed=column in LISTS)
        iso3 = countries.resolve(pairs["code"], scheme, document=file.title, years=pairs["year"])
        print_counts(f"{file.title}, {column}", scheme, pairs["code"], iso3)
        apart |= set(pairs.loc[iso3 == "", "code"])
    assert apart == file.apart


@pytest.mark.parametrize("file", [file for file in FILES if len(set(file.columns) - LISTS) > 1], ids=lambda file: file.title)
def test_codes_and_names_of_one_row_mean_the_same_country(countries: Countries, upstream: str, file: File) -> None:
    frame = table(upstream + file.path, file.encoding, file.sep)
    columns = [column for column in file.columns if column not in LISTS]
    rows = frame[[*columns, file.years]].drop_duplicates(ignore_index=True)
    found = {}
    for column in columns:
        said = rows[~rows[column].isin(["", "NA"])]
        years = said[file.years].str[:4].astype(int)
        found[column] = countries.resolve(said[column], file.columns[column], document=file.title, years=years)
    meanings = {frozenset(iso3 for iso3 in row if isinstance(iso3, str)) for row in pd.DataFrame(found).itertuples(index=False)}
    different = {meaning for meaning in meanings if len(meaning) > 1}
    assert different <= {frozenset({"CZE", "CSK"})}  # V-Dem calls Czechoslovakia Czechia
    assert bool(different) == file.title.startswith("V-Dem")


# --------------------------------------------------------------------------------------------------------------- JSON


def answers(url: str) -> list[dict[str, Any]]:
    body = json.loads(fetched(url))
    return list(body["items"] if isinstance(body, dict) else body[1] if isinstance(body[1], list) else body)


@pytest.mark.parametrize("axis", ["coo", "coa"])
def test_every_place_of_unhcr_resolves_and_its_three_columns_agree(countries: Countries, upstream: str, axis: str) -> None:
    rows = pd.DataFrame(answers(f"{upstream}/api.unhcr.org/population/v1/population/?{axis}_all=true&cf_type=ISO&limit=100000"))
    columns = {f"{axis}_iso": "iso3", axis: "unhcr", f"{axis}_name": "name:unhcr"}
    found = {c: countries.resolve(rows[c], scheme, document="UNHCR", years=rows["year"]) for c, scheme in columns.items()}
    for column, scheme in columns.items():
        print_counts(f"UNHCR {column}", scheme, rows[column], found[column])
        assert (found[column] == found[axis]).all()
    assert set(rows.loc[found[axis] == "", axis]) == ({"UKN", "STA", "TIB"} if axis == "coo" else {"UKN"})


def test_every_entry_of_unhcrs_list_of_countries_resolves(countries: Countries, upstream: str) -> None:
    rows = pd.DataFrame(answers(f"{upstream}/api.unhcr.org/population/v1/countries/?limit=1000")).query("code.notna()")
    iso3 = countries.resolve(rows["code"], "unhcr", document="UNHCR countries")
    print_counts("UNHCR list of countries", "unhcr", rows["code"], iso3)
    assert set(rows.loc[iso3 == "", "code"]) == {"UKN", "STA", "TIB", "CRB", "CUR"}
    assert (iso3 == rows["iso"])[iso3 != ""].all()


def test_every_economy_of_the_world_bank_resolves_and_its_aggregates_are_no_countries(
    countries: Countries, upstream: str
) -> None:
    listed = answers(f"{upstream}/api.worldbank.org/v2/country?format=json&per_page=400")
    apart = {row["id"] for row in listed if row["region"]["value"] == "Aggregates"} | {"CHI"}  # Channel Islands: two territories
    expected = ["" if row["id"] in apart else row["id"] for row in listed]
    for key, scheme in {"id": "worldbank", "iso2Code": "worldbank", "name": "name:worldbank"}.items():
        codes = pd.Series([row[key] for row in listed])
        iso3 = countries.resolve(codes, scheme, document="World Bank")
        print_counts(f"World Bank countries, {key}", scheme, codes, iso3)
        assert iso3.tolist() == expected


@pytest.mark.parametrize("code", ["SP.POP.TOTL", "SP.DYN.IMRT.IN", "NY.GDP.PCAP.KD", "NE.TRD.GNFS.ZS", "GOV_WGI_PV.EST"])
def test_every_economy_of_a_world_bank_series_resolves_by_either_code(countries: Countries, upstream: str, code: str) -> None:
    source = 3 if code.startswith("GOV_WGI") else 2
    items = answers(f"{upstream}/api.worldbank.org/v2/country/all/indicator/{code}?format=json&per_page=40000&source={source}")
    rows = pd.DataFrame([(item["countryiso3code"], item["country"]["id"]) for item in items], columns=["iso3", "id"])
    rows = rows.drop_duplicates(ignore_index=True)
    by_id = countries.resolve(rows["id"], "worldbank", document=code)
    by_iso3 = countries.resolve(rows.loc[rows["iso3"] != "", "iso3"], "worldbank", document=code)
    print_counts(f"World Bank {code}", "worldbank", rows["id"], by_id)
    assert (by_id[by_iso3.index] == by_iso3).all()
    assert by_id[by_id != ""].is_unique


def test_every_country_of_inform_resolves(countries: Countries, upstream: str) -> None:
    rows = json.loads(fetched(f"{upstream}/drmkc.jrc.ec.europa.eu/inform-index/API/InformAPI/countries/trends/"))
    codes = pd.Series([row["Iso3"] for row in rows])
    iso3 = countries.resolve(codes, "iso3", document="INFORM", years=pd.Series([row["GNAYear"] for row in rows]))
    print_counts("INFORM trends", "iso3", codes, iso3)
    assert (iso3 == codes).all()


def test_every_country_of_a_views_answer_has_one_meaning_in_both_its_codes(countries: Countries, upstream: str) -> None:
    rows = [
        row
        for iso3 in ("AFG", "ALB", "DZA")
        for row in json.loads(fetched(f"{upstream}/api.viewsforecasting.org/fatalities002_2025_06_t01/cm/sb?iso={iso3}"))["data"]
    ]
    by_iso = countries.resolve(pd.Series([row["isoab"] for row in rows]), "iso3", document="VIEWS")
    by_gw = countries.resolve(pd.Series([str(row["gwcode"]) for row in rows]), "gw", document="VIEWS")
    print_counts("VIEWS", "iso3, gw", pd.Series([row["isoab"] for row in rows]), by_iso)
    assert (by_iso == by_gw).all()


def test_names_and_codes_of_the_uk_facts_agree(countries: Countries, upstream: str) -> None:
    listed = table(f"{upstream}/uk-facts/fcdo_human_rights_priority_countries.csv")
    alone = listed[~listed["iso3"].str.contains(";")]  # one entry names Israel and Palestine together
    by_name = countries.resolve(alone["name_as_published"], "name:fcdo", document="FCDO")
    print_counts("FCDO priority countries", "name:fcdo", alone["name_as_published"], by_name)
    assert (by_name == alone["iso3"]).all()
    regimes = table(f"{upstream}/uk-facts/uk_sanctions_regimes.csv")
    lands = regimes.loc[~regimes["territory_iso2"].isin(["", "ZZ", "IP"]), "territory_iso2"]  # ZZ, IP: no territory
    print_counts("UK sanctions regimes", "iso2", lands, countries.resolve(lands, "iso2", document="UK sanctions"))
    travel = json.loads(fetched(f"{upstream}/www.gov.uk/api/content/foreign-travel-advice"))["links"]["children"]
    names = pd.Series([child["details"]["country"]["name"] for child in travel])
    slugs = pd.Series([child["details"]["country"]["slug"] for child in travel])
    by_slug = countries.resolve(slugs, "name:fcdo", document="travel advice")
    print_counts("FCDO travel advice", "name:fcdo", slugs, by_slug)
    assert (countries.resolve(names, "name:fcdo", document="travel advice") == by_slug).all()
    for register in ("countries", "territories"):
        rows = table(f"{upstream}/reference/uk_country_register/{register}.tsv", sep="\t")
        rows = rows[rows.iloc[:, 0].str.fullmatch("[A-Z]{2}") & ~rows["name"].isin(["West Germany", "Yugoslavia"])]
        print_counts(f"GOV.UK {register}", "name", rows["name"], countries.resolve(rows["name"], "name:uk", document=register))


# ------------------------------------------------------------------------------------------------ lists of states


def test_proven_coverage_is_ucdps_own_list_of_states_year_by_year(countries: Countries, upstream: str) -> None:
    listed = table(f"{upstream}{UCDP}/organizedviolencecy/organizedviolencecy-251-csv.zip").astype({"year_cy": int})
    iso3 = countries.resolve(listed["country_id_cy"], "gw", document="country-year", years=listed["year_cy"])
    theirs = set(zip(iso3, listed["year_cy"], strict=True))
    assert len(listed) == len(theirs) == 6_936
    assert set(countries.existing(1989, 2024).itertuples(index=False, name=None)) == theirs


def test_membership_of_states_since_1946_agrees_with_the_list_of_epr(countries: Countries, upstream: str) -> None:
    listed = table(f"{upstream}/growup.ethz.ch/growup-country-year.csv").astype({"year": int})
    iso3 = countries.resolve(listed["countries_gwid"], "gw", document="EPR", years=listed["year"])
    theirs = set(zip(iso3[iso3 != ""], listed.loc[iso3 != "", "year"], strict=True))
    ours = countries.existing(1946, 2020)
    assert len(theirs) > 10_000
    assert set(ours[ours["iso3"].isin(iso3)].itertuples(index=False, name=None)) == theirs  # EPR leaves out the smallest states


@pytest.mark.parametrize("version", ["Full+Others-v12", "Core-v15"])
def test_no_country_and_year_of_v_dem_stands_twice(countries: Countries, upstream: str, version: str) -> None:
    rows = table(f"{upstream}{VDEM}/V-Dem-CY-{version}_csv.zip").astype({"year": int})
    iso3 = countries.resolve(rows["country_text_id"], "vdem", document="V-Dem", years=rows["year"])
    assert not pd.DataFrame({"iso3": iso3, "year": rows["year"]}).duplicated().any()


def test_the_assessed_countries_are_the_independent_ones_of_the_reference_table(countries: Countries, upstream: str) -> None:
    listed = table(f"{upstream}/reference/country-codes.csv").set_index("ISO3166-1-Alpha-3")
    independent = set(listed.index[listed["is_independent"] == "Yes"])
    assert set(countries.assessed()) - {"XKX", "PSE", "TWN"} == independent - {"VAT", "PSE", "TWN"}


def test_fips_codes_and_regions_are_those_of_the_reference_table(countries: Countries, upstream: str) -> None:
    rows = table(f"{upstream}/reference/country-codes.csv").rename(columns={"ISO3166-1-Alpha-3": "iso3"})
    both = countries.table.merge(rows, on="iso3", suffixes=("", "_theirs"))
    assert len(both) == 249
    assert both.loc[both["region"] != both["Region Name"], "iso3"].tolist() == []
    fips = both[both["FIPS"].str.fullmatch("[A-Z]{2}")]
    missing = [
        iso3 for iso3, ours, theirs in zip(fips["iso3"], fips["fips"], fips["FIPS"], strict=True) if theirs not in ours.split("|")
    ]
    assert missing == ["BES"]  # the table repeats the Netherlands' code there
