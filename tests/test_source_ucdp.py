"""UCDP: events by month, and the three yearly files. Sums are worked out by hand from the fixtures' rows."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from urllib.request import urlopen

import pandas as pd
import pytest

from indicators.contract import (
    BadValues,
    Document,
    NotData,
    Parsed,
    Refused,
    Release,
    SchemaChanged,
    UnknownCountry,
    load_module,
)
from indicators.countries import Countries
from indicators.http import Web
from indicators.ucdp import months_of, releases_on, releases_to_merge
from monitor.settings import load_sources
from tests.conftest import CONFIG, FIXTURES

CARDS = {card.id: card for card in load_sources(CONFIG)}
FETCHED = datetime(2026, 11, 20, tzinfo=UTC)
DOWNLOADS = "https://ucdp.uu.se/downloads/"


class SixteenStates:
    """A crosswalk one can check by eye: Gleditsch-Ward number, ISO3, first and last year as a state."""

    STATES: ClassVar = {
        "230": ("ESP", 1816, 9999),
        "345": ("SRB", 1878, 9999),
        "452": ("GHA", 1957, 9999),
        "471": ("CMR", 1960, 9999),
        "475": ("NGA", 1960, 9999),
        "482": ("CAF", 1960, 9999),
        "490": ("COD", 1960, 9999),
        "501": ("KEN", 1963, 9999),
        "516": ("BDI", 1962, 9999),
        "517": ("RWA", 1962, 9999),
        "520": ("SOM", 1960, 9999),
        "625": ("SDN", 1956, 9999),
        "626": ("SSD", 2011, 9999),
        "666": ("ISR", 1948, 9999),
        "678": ("YEM", 1918, 9999),
        "770": ("PAK", 1947, 9999),
        "0": ("", 1, 0),  # stands for a code that is known and is no country
    }

    def resolve(self, codes: pd.Series, scheme: str, *, document: str, years: pd.Series | None = None) -> pd.Series:
        assert scheme == "gw"
        for code in codes:
            if code not in self.STATES:
                raise UnknownCountry(f"{document}: no country has the Gleditsch-Ward number {code!r}")
        return codes.map({code: state[0] for code, state in self.STATES.items()})

    def existing(self, first_year: int, last_year: int, scheme: str = "gw") -> pd.DataFrame:
        assert scheme == "gw"
        return pd.DataFrame(
            [(iso3, y) for iso3, a, b in self.STATES.values() for y in range(first_year, last_year + 1) if a <= y <= b],
            columns=["iso3", "year"],
        )


class Shelf:
    """A network that holds these pages; any other address is answered with 404, or with ``status``."""

    def __init__(self, folder: Path, pages: dict[str, bytes], status: int = 404) -> None:
        self.folder, self.pages, self.status, self.asked = folder, pages, status, list[str]()

    def get(self, source: str, url: str, *, name: str, release: str = "", kind: str) -> Document:
        self.asked.append(f"{kind} {url.removeprefix(DOWNLOADS)}")
        if url not in self.pages:
            raise Refused(f"{url}: status {self.status}", status=self.status)
        return document(self.folder, name, self.pages[url], release, url=url)

    def newest(self, source: str, releases: Sequence[Release], *, kind: str) -> Document:
        for release in releases:
            if release.url in self.pages:
                return self.get(source, release.url, name=release.url.rsplit("/", 1)[-1], release=release.name, kind=kind)
        raise Refused("no release answers", status=404)


def document(folder: Path, name: str, content: bytes, release: str, *, url: str = "") -> Document:
    """Save these bytes, zipped when the name says so, as a document."""
    if name.endswith(".zip") and not content.startswith(b"PK"):
        content = zipped(content)
    path = folder / name
    path.write_bytes(content)
    return Document("ucdp", name, url, hashlib.sha256(content).hexdigest(), len(content), FETCHED, path, release)


def zipped(content: bytes, member: str = "table.csv") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return target.getvalue()


def events(text: str) -> bytes:
    """Return an event file of made-up rows: id, type, country, date, best. Rows of one file stand in one string."""
    lines = [f"{i},{t},{c},{d} 00:00:00.000,{b}" for i, t, c, d, b in (line.split(",") for line in text.split())]
    return ("\ufeffid,type_of_violence,country_id,date_start,best\r\n" + "".join(line + "\r\n" for line in lines)).encode()


def parse_events(folder: Path, **files: str | bytes) -> Parsed:
    """Parse event files given as ``v26_1=...`` (yearly), ``v26_0_2=...`` (monthly), ``v26_01_26_03=...`` (cumulative)."""
    documents = []
    for key, content in files.items():
        release = key.removeprefix("v").replace("_", ".")
        name = f"ged{release.replace('.', '')}-csv.zip" if release.count(".") == 1 else f"GEDEvent_{key}.csv"
        documents.append(document(folder, name, content if isinstance(content, bytes) else events(content), release))
    return parse("ucdp_ged", documents)


def parse(source: str, documents: Sequence[Document]) -> Parsed:
    return load_module(CARDS[source]).parse(CARDS[source], documents, SixteenStates())  # type: ignore[arg-type]


def parse_yearly(source: str, folder: Path, content: bytes, release: str = "25.1") -> Parsed:
    return parse(source, [document(folder, "yearly.zip", content, release)])


def fixture(path: str) -> bytes:
    return (FIXTURES / path).read_bytes()


def cell(parsed: Parsed, series: str, iso3: str, end: str) -> pd.Series:
    """Return the one row of a series and country whose period ends on, or in, ``end``."""
    rows = parsed.observations
    found = rows[(rows["series"] == f"ucdp.{series}") & (rows["iso3"] == iso3) & (rows["end"].astype(str).str.startswith(end))]
    assert len(found) == 1, f"{len(found)} rows"
    return found.iloc[0]


def absent(parsed: Parsed, iso3: str, end: str) -> bool:
    rows = parsed.observations
    return rows[(rows["iso3"] == iso3) & rows["end"].astype(str).str.startswith(end)].empty


# ------------------------------------------------------------------------------------------------ which files are read

INDEX_PAGE = """
<a href="ged/ged261-csv.zip">GED 26.1</a> <a href='/downloads/ged/ged251-csv.zip'>GED 25.1</a>
<a href="ged/ged261-xlsx.zip">Excel</a> <a href="vpp/GEDEvent_v26_1_4_1101_2512.csv">Protest</a>
<a href="candidateged/GEDEvent_v25_0_12.csv">December 2025</a> <a href="candidateged/GEDEvent_v25_01_25_12.csv">2025</a>
<a href="candidateged/GEDEvent_v26_0_1.csv">January</a> <a href="candidateged/GEDEvent_v26_0_6.csv">June</a>
<a href="candidateged/GEDEvent_v26_0_10.csv">October</a> <a href="candidateged/GEDEvent_v26_0_7.csv">July</a>
<a href="candidateged/GEDEvent_v26_01_26_03.csv">Quarter</a> <a href="candidateged/GEDEvent_v26_01_26_06.csv">Half</a>
<a href="candidateged/GEDEvent_v26_0_7.csv">July again</a>
"""


def test_the_index_page_lists_yearly_monthly_and_cumulative_releases_once_each() -> None:
    listed = {r.name: r.url for r in releases_on(INDEX_PAGE)}
    names = "26.1 25.1 25.0.12 25.01.25.12 26.0.1 26.0.6 26.0.10 26.0.7 26.01.26.03 26.01.26.06"
    assert list(listed) == names.split()
    assert listed["26.1"] == "https://ucdp.uu.se/downloads/ged/ged261-csv.zip"
    assert listed["26.01.26.06"] == "https://ucdp.uu.se/downloads/candidateged/GEDEvent_v26_01_26_06.csv"


@pytest.mark.parametrize(
    ("release", "first", "last", "number"),
    [
        ("26.1", "1989-01", "2025-12", 37 * 12),
        ("26.0.2", "2026-02", "2026-02", 1),
        ("26.0.10", "2026-10", "2026-10", 1),
        ("26.01.26.06", "2026-01", "2026-06", 6),
    ],
)
def test_a_release_covers_the_months_of_its_name(release: str, first: str, last: str, number: int) -> None:
    months = months_of(release)
    assert (str(months[0]), str(months[-1]), len(months)) == (first, last, number)


def test_a_name_of_another_form_is_not_guessed() -> None:
    with pytest.raises(SchemaChanged, match="'26' is not the name of a release"):
        months_of("26")


def test_only_files_that_add_something_are_read_oldest_first() -> None:
    assert [r.name for r in releases_to_merge(releases_on(INDEX_PAGE))] == ["26.1", "26.01.26.06", "26.0.7", "26.0.10"]


def test_candidate_files_of_two_years_are_both_read_until_the_yearly_release_comes() -> None:
    page = " ".join(f"candidateged/GEDEvent_v{v}.csv" for v in ("27_0_4", "27_01_27_03", "26_01_26_12", "26_0_12", "27_0_1"))
    merged = releases_to_merge(releases_on(page + " ged/ged261-csv.zip"))
    assert [r.name for r in merged] == ["26.1", "26.01.26.12", "27.01.27.03", "27.0.4"]


def test_what_the_index_page_lists_is_fetched(tmp_path: Path) -> None:
    page = b'<a href="ged/ged231-csv.zip"></a><a href="candidateged/GEDEvent_v26_0_2.csv"></a>'
    web = Shelf(
        tmp_path,
        {
            DOWNLOADS: page,
            f"{DOWNLOADS}ged/ged231-csv.zip": fixture("ucdp_ged/GEDEvent_v23_1.csv"),
            f"{DOWNLOADS}candidateged/GEDEvent_v26_0_2.csv": fixture("ucdp_ged/GEDEvent_v26_0_2.csv"),
        },
    )
    documents = load_module(CARDS["ucdp_ged"]).fetch(CARDS["ucdp_ged"], web)  # type: ignore[arg-type]
    assert [(d.name, d.release) for d in documents] == [("ged231-csv.zip", "23.1"), ("GEDEvent_v26_0_2.csv", "26.0.2")]
    assert web.asked == ["html ", "zip ged/ged231-csv.zip", "csv candidateged/GEDEvent_v26_0_2.csv"]


@pytest.mark.parametrize("index", [{DOWNLOADS: b"<p>We moved</p>"}, {}], ids=["lists nothing", "404"])
def test_without_a_list_the_releases_of_the_card_are_fetched(tmp_path: Path, index: dict[str, bytes]) -> None:
    card = CARDS["ucdp_ged"]
    web = Shelf(tmp_path, index | {r.url: b"x" for r in card.releases})
    documents = load_module(card).fetch(card, web)  # type: ignore[arg-type]
    assert [d.release for d in documents] == ["26.1", "26.01.26.06", "26.0.7", "26.0.8"]


def test_a_failing_index_page_is_a_failure_and_not_an_empty_list(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="status 503"):
        load_module(CARDS["ucdp_ged"]).fetch(CARDS["ucdp_ged"], Shelf(tmp_path, {}, status=503))  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["ucdp_country_year", "ucdp_one_sided", "ucdp_battle_deaths"])
def test_a_yearly_file_is_the_newest_release_that_answers(tmp_path: Path, source: str) -> None:
    _newest, before = CARDS[source].releases
    web = Shelf(tmp_path, {before.url: b"PK"})
    assert [d.release for d in load_module(CARDS[source]).fetch(CARDS[source], web)] == [before.name]  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------- events: genuine rows


@pytest.fixture
def genuine(tmp_path: Path) -> Parsed:
    """Return the rows of a few genuine events of GED 23.1 and of the candidate release of February 2026."""
    return parse_events(tmp_path, v23_1=fixture("ucdp_ged/GEDEvent_v23_1.csv"), v26_0_2=fixture("ucdp_ged/GEDEvent_v26_0_2.csv"))


@pytest.mark.parametrize(
    ("series", "iso3", "month_end", "deaths", "place", "status"),
    [
        ("one_sided_deaths", "RWA", "1994-04-30", 503, 1, "final"),  # 1 + 1 + 1 + 500
        ("state_based_deaths", "SRB", "1991-11-30", 50, 5, "final"),
        ("non_state_deaths", "CAF", "2013-12-31", 70, 6, "final"),
        ("one_sided_deaths", "CAF", "2022-03-31", 4, 7, "final"),
        ("one_sided_deaths", "CAF", "2022-12-31", 1, 8, "final"),
        ("one_sided_deaths", "CMR", "2026-02-28", 6, 4, "provisional"),  # 2 + 3 + 1
        ("non_state_deaths", "CMR", "2026-02-28", 1, 7, "provisional"),
        ("one_sided_deaths", "ISR", "2026-02-28", 1, 8, "provisional"),
        ("state_based_deaths", "ISR", "2026-02-28", 2, 9, "provisional"),  # two events in the Gaza Strip
        ("one_sided_deaths", "NGA", "2026-02-28", 0, 11, "provisional"),  # one event, no deaths confirmed
    ],
)
def test_events_are_summed(
    genuine: Parsed, series: str, iso3: str, month_end: str, deaths: float, place: int, status: str
) -> None:
    row = cell(genuine, series, iso3, month_end)
    assert (row["value"], row["place"], row["status"]) == (deaths, place, status)
    assert row["start"] == row["end"].replace(day=1)


def test_a_covered_month_without_events_is_an_explicit_zero_with_its_proof(genuine: Parsed, tmp_path: Path) -> None:
    row = cell(genuine, "one_sided_deaths", "SDN", "2026-02")
    assert (row["value"], row["status"]) == (0.0, "provisional")
    assert pd.isna(row["place"])
    assert row["document"] == hashlib.sha256(fixture("ucdp_ged/GEDEvent_v26_0_2.csv")).hexdigest()
    assert cell(genuine, "one_sided_deaths", "SDN", "1989-01")["status"] == "final"


def test_events_of_a_month_that_no_release_covers_are_set_aside_and_leave_no_zero(genuine: Parsed) -> None:
    outside = genuine.rejected[genuine.rejected["reason"] == "month not covered by any release held"]
    assert list(outside["place"]) == [1, 2, 3]
    assert outside["row"].iloc[0] == "613366 2 GHA 2026-01-31 3.0"
    assert len(genuine.rejected) == 3
    assert all(absent(genuine, iso3, "2026-01") for iso3 in ("GHA", "SDN", "YEM", "ESP"))
    assert absent(genuine, "RWA", "2024-06")


def test_every_covered_month_of_every_state_has_a_figure(genuine: Parsed) -> None:
    months = 34 * 12 + 1  # 1989 to 2022, and February 2026
    south_sudan = 12 * 12 + 1  # from 2011
    assert len(genuine.observations) == 3 * (15 * months + south_sudan)
    assert not genuine.observations["value"].isna().any()


def test_a_state_has_no_zeros_before_it_existed(genuine: Parsed) -> None:
    assert absent(genuine, "SSD", "2010-12")
    assert cell(genuine, "non_state_deaths", "SSD", "2022-12")["value"] == 0


# ------------------------------------------------------------------------------- events: merging, with made-up figures

YEARLY = "1,3,501,2025-11-01,1 2,3,501,2025-12-30,10"


def test_the_later_release_of_an_event_wins_and_nothing_is_counted_twice(tmp_path: Path) -> None:
    parsed = parse_events(
        tmp_path,
        v26_0_4="12,3,501,2026-03-31,5000 14,3,501,2026-04-01,7",
        v26_1=YEARLY,
        v26_01_26_03="11,3,501,2026-01-01,100 12,3,501,2026-03-31,1000 13,3,501,2026-03-01,40",
    )
    assert cell(parsed, "one_sided_deaths", "KEN", "2026-01")["value"] == 100
    assert cell(parsed, "one_sided_deaths", "KEN", "2026-03")["value"] == 5040  # event 12 as revised in April
    assert cell(parsed, "one_sided_deaths", "KEN", "2026-04")["value"] == 7
    assert cell(parsed, "one_sided_deaths", "KEN", "2026-02")["value"] == 0


def test_an_event_that_moves_to_another_month_leaves_the_first(tmp_path: Path) -> None:
    parsed = parse_events(tmp_path, v26_1=YEARLY, v26_0_1="2,3,501,2026-01-02,10")
    assert cell(parsed, "one_sided_deaths", "KEN", "2025-12")["value"] == 0
    assert cell(parsed, "one_sided_deaths", "KEN", "2026-01")["value"] == 10


def test_an_event_that_turns_out_to_be_a_protest_is_no_longer_counted(tmp_path: Path) -> None:
    parsed = parse_events(tmp_path, v26_1=YEARLY, v26_0_1="2,4,501,2025-12-30,10 3,4,501,2026-01-31,9")
    assert cell(parsed, "one_sided_deaths", "KEN", "2025-12")["value"] == 0
    assert parsed.observations["value"].sum() == 1
    assert parsed.rejected.empty


def test_a_late_candidate_event_makes_its_final_month_provisional(tmp_path: Path) -> None:
    parsed = parse_events(tmp_path, v26_1=YEARLY, v26_0_1="3,3,501,2025-12-31,5 4,3,501,2026-01-31,6")
    row = cell(parsed, "one_sided_deaths", "KEN", "2025-12")
    assert (row["value"], row["status"]) == (15, "provisional")
    assert cell(parsed, "one_sided_deaths", "KEN", "2025-11")["status"] == "final"


@pytest.mark.parametrize("count", ["-3", "2000001", "", "inf"])
def test_a_count_that_cannot_be_is_set_aside_and_its_month_keeps_its_last_good_figure(tmp_path: Path, count: str) -> None:
    many = " ".join(f"{n},3,501,2025-12-01,1" for n in range(100, 130))
    parsed = parse_events(tmp_path, v26_1=f"1,3,517,2025-12-01,{count} 2,3,517,2025-12-02,8 {many}")
    kept = parsed.unusable.iloc[0]
    assert (kept["series"], kept["iso3"], f"{kept['start']:%Y-%m}") == ("ucdp.one_sided_deaths", "RWA", "2025-12")
    rows = parsed.observations
    mine = (rows["series"] == "ucdp.one_sided_deaths") & (rows["iso3"] == "RWA") & (rows["start"] == "2025-12-01")
    assert not mine.any()  # no figure is sent for it, neither a lower sum nor a blank over the last good one
    assert list(parsed.rejected["place"]) == [1]
    assert "keeps the last good figure" in parsed.rejected["reason"].iloc[0]
    assert cell(parsed, "one_sided_deaths", "KEN", "2025-12")["value"] == 30


def test_many_counts_that_cannot_be_refuse_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadValues, match=r"1 of 2 rows are unusable, e.g. place 2"):
        parse_events(tmp_path, v26_1="1,3,501,2025-12-01,1 2,3,501,2025-12-01,-1")


def test_an_event_outside_any_country_is_set_aside(tmp_path: Path) -> None:
    parsed = parse_events(tmp_path, v26_1=f"{YEARLY} 3,3,0,2025-12-31,5")
    assert list(parsed.rejected["reason"]) == ["country_id is not a country"]
    assert parsed.observations["value"].sum() == 11


def test_a_renamed_column_is_named_with_its_nearest(tmp_path: Path) -> None:
    renamed = fixture("ucdp_ged/GEDEvent_v26_0_2.csv").replace(b",best,", b",best_est,", 1)
    with pytest.raises(SchemaChanged, match=r"GEDEvent_v26_0_2.csv: column 'best' is missing; the nearest is 'best_est'"):
        parse_events(tmp_path, v26_0_2=renamed)


def test_an_unknown_country_number_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match=r"GEDEvent_v26_0_1.csv: .*'999'"):
        parse_events(tmp_path, v26_0_1="1,3,999,2026-01-01,1")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (",3,501,2025-12-01,1", "row 2, column 'id': '' is not a whole number"),
        ("2,one-sided,501,2025-12-01,1", "row 2, column 'type_of_violence': 'one-sided' is not a number"),
        ("2,3,501,01/12/2025,1", "row 2, column 'date_start': '01/12/2025 00:00:00.000' is not a date"),
        ("2,3,501,2025-12-01,1'234", "row 2, column 'best': \"1'234\" is not a number"),
    ],
)
def test_an_event_that_cannot_be_read_stops_the_source(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(SchemaChanged) as caught:
        parse_events(tmp_path, v26_1=f"1,3,501,2025-12-31,1 {row}")
    assert problem in str(caught.value)


def test_one_event_with_two_contents_in_one_file_is_a_contradiction(tmp_path: Path) -> None:
    with pytest.raises(BadValues, match="event 2 stands twice"):
        parse_events(tmp_path, v26_1=f"{YEARLY} 2,3,501,2025-12-30,11")
    assert parse_events(tmp_path, v26_1=f"{YEARLY} 2,3,501,2025-12-30,10").observations["value"].sum() == 11


@pytest.mark.parametrize("files", [{"v26_1": "1,3,501,2024-12-31,1"}, {"v26_1": YEARLY, "v26_01_26_03": "3,3,501,2026-02-28,1"}])
def test_a_file_that_ends_before_its_name_says_is_no_proof_of_zeros(tmp_path: Path, files: dict[str, str]) -> None:
    with pytest.raises(BadValues, match=r"should reach 202[56]"):
        parse_events(tmp_path, **files)


def test_a_file_without_events_is_not_a_zero(tmp_path: Path) -> None:
    with pytest.raises(NotData, match="an empty file is not a zero"):
        parse_events(tmp_path, v26_0_1="")


# ---------------------------------------------------------------------------------------------------- the yearly files


def test_country_year_gives_deaths_with_low_and_high(tmp_path: Path) -> None:
    parsed = parse_yearly("ucdp_country_year", tmp_path, fixture("ucdp_country_year/organizedviolencecy_v25_1.csv"))
    expected = {
        "one_sided_deaths_year": 770581,
        "one_sided_deaths_year_low": 345833,
        "one_sided_deaths_year_high": 1610637,
        "one_sided_government_deaths_year": 759638,
        "one_sided_nonstate_deaths_year": 10943,
        "state_based_deaths_year": 1882,
        "non_state_deaths_year": 0,
        "civilian_deaths_year": 771118,
    }
    assert {s: cell(parsed, s, "RWA", "1994-12-31")["value"] for s in expected} == expected
    assert cell(parsed, "one_sided_deaths_year", "ISR", "2023")["value"] == 712
    assert cell(parsed, "one_sided_deaths_year", "ESP", "1994")["value"] == 0
    assert len(parsed.observations) == 5 * 8
    assert str(cell(parsed, "one_sided_deaths_year", "RWA", "1994")["start"].date()) == "1994-01-01"


def test_country_year_keeps_blanks_missing_and_sets_negatives_aside(tmp_path: Path) -> None:
    content = fixture("ucdp_country_year/organizedviolencecy_v25_1.csv")
    blank = content.replace(b",770581,1610637,345833,", b",,1610637,345833,")
    assert pd.isna(cell(parse_yearly("ucdp_country_year", tmp_path, blank), "one_sided_deaths_year", "RWA", "1994")["value"])
    negative = parse_yearly("ucdp_country_year", tmp_path, content.replace(b",770581,", b",-770581,"))
    assert list(negative.rejected["reason"]) == ["below the lowest possible value"]
    assert len(negative.observations) == 5 * 8 - 1


def test_a_file_of_another_version_than_asked_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadValues, match=r"release 26\.1 was asked for, its column 'version' says 25\.1"):
        parse_yearly("ucdp_country_year", tmp_path, fixture("ucdp_country_year/organizedviolencecy_v25_1.csv"), release="26.1")


@pytest.mark.parametrize(
    ("source", "path", "column"),
    [
        ("ucdp_country_year", "organizedviolencecy_v25_1.csv", "os_any_govt_killings_best_cy"),
        ("ucdp_one_sided", "OneSided_v25_1.csv", "gwno_location"),
        ("ucdp_battle_deaths", "BattleDeaths_v25_1.csv", "gwno_battle"),
    ],
)
def test_a_renamed_column_of_a_yearly_file_is_named(tmp_path: Path, source: str, path: str, column: str) -> None:
    content = fixture(f"{source}/{path}").replace(column.encode(), column.encode() + b"s", 1)
    with pytest.raises(SchemaChanged, match=f"column '{column}' is missing; the nearest is '{column}s'"):
        parse_yearly(source, tmp_path, content)


def test_actors_are_counted_in_every_country_they_killed_in(tmp_path: Path) -> None:
    parsed = parse_yearly("ucdp_one_sided", tmp_path, fixture("ucdp_one_sided/OneSided_v25_1.csv"))
    actors = {("RWA", 1994): 3, ("BDI", 1994): 2, ("COD", 1994): 2, ("RWA", 1995): 2, ("COD", 1995): 2, ("BDI", 1995): 0}
    governments = {("RWA", 1994): 1, ("BDI", 1994): 1, ("COD", 1994): 1, ("RWA", 1995): 1, ("COD", 1995): 2, ("BDI", 1995): 0}
    assert {(c, y): cell(parsed, "one_sided_actors_year", c, str(y))["value"] for c, y in actors} == actors
    assert {(c, y): cell(parsed, "one_sided_government_actors_year", c, str(y))["value"] for c, y in governments} == governments
    assert cell(parsed, "one_sided_actors_year", "COD", "1994")["place"] == 2
    assert pd.isna(cell(parsed, "one_sided_actors_year", "ESP", "1994")["place"])
    assert parsed.observations["value"].sum() == 11 + 6
    assert len(parsed.observations) == 2 * 2 * 15  # series, years of the file, states (South Sudan did not exist)


def test_an_actor_neither_government_nor_not_stops_the_source(tmp_path: Path) -> None:
    content = fixture("ucdp_one_sided/OneSided_v25_1.csv").replace(b",25,19,25,0,", b",25,19,25,yes,")
    with pytest.raises(SchemaChanged, match="'is_government_actor' holds 'yes'"):
        parse_yearly("ucdp_one_sided", tmp_path, content)


def test_dyads_are_counted_where_they_fought(tmp_path: Path) -> None:
    parsed = parse_yearly("ucdp_battle_deaths", tmp_path, fixture("ucdp_battle_deaths/BattleDeaths_v25_1.csv"))
    dyads = {("KEN", 2015): 2, ("SOM", 2015): 2, ("KEN", 2012): 1, ("SOM", 2012): 1, ("COD", 2012): 2, ("RWA", 2012): 2}
    assert {(c, y): cell(parsed, "conflict_dyads_year", c, str(y))["value"] for c, y in dyads} == dyads
    assert cell(parsed, "conflict_dyads_year", "PAK", "2012")["value"] == 1
    assert cell(parsed, "conflict_dyads_year", "PAK", "2015")["value"] == 0
    assert absent(parsed, "PAK", "2013")
    assert parsed.observations["value"].sum() == 11


def test_a_dyad_without_a_place_of_battle_is_set_aside(tmp_path: Path) -> None:
    content = fixture("ucdp_battle_deaths/BattleDeaths_v25_1.csv")
    parsed = parse_yearly("ucdp_battle_deaths", tmp_path, content.replace(b",770,770,3,25.1", b",770,,3,25.1"))
    assert list(parsed.rejected["reason"]) == ["gwno_battle names no country"]
    assert list(parsed.rejected["row"]) == [" 2012"]
    assert parsed.observations["value"].sum() == 10


def test_no_series_of_deaths_can_enter_the_outside_conflict_track() -> None:
    ucdp = [s for card in CARDS.values() if card.id.startswith("ucdp_") for s in card.series]
    assert len(ucdp) == 14
    assert all(s.conflict_derived and s.minimum == 0 and s.maximum for s in ucdp)


# ------------------------------------------------------------------------------------- the sources as they are (replay)


@pytest.fixture
def collect(upstream: str, tmp_path: Path) -> Callable[[str], Parsed]:
    """Return what a source gives when it is collected from the replay with the real crosswalk."""
    web = Web(tmp_path / "documents", mirror=upstream, now=lambda: FETCHED)
    countries = Countries.load(CONFIG / "countries.csv")

    def collected(source: str) -> Parsed:
        card = CARDS[source]
        module = load_module(card)
        return module.parse(card, module.fetch(card, web), countries)

    return collected


@pytest.mark.upstream
def test_months_of_the_replayed_events_agree_with_published_totals(collect: Callable[[str], Parsed]) -> None:
    parsed = collect("ucdp_ged")
    rows = parsed.observations
    rwanda = rows[(rows["series"] == "ucdp.one_sided_deaths") & (rows["iso3"] == "RWA") & (rows["end"].dt.year == 1994)]
    assert len(rwanda) == 12
    assert rwanda["value"].sum() == 770581
    assert cell(parsed, "one_sided_deaths", "SDN", "2025-10-31")["value"] == 59961

    february = rows[rows["end"] == "2026-02-28"]
    assert set(february["status"]) == {"provisional"}
    deaths = february.groupby("series")["value"].sum().to_dict()
    # the file's own totals by type, 11,139 / 488 / 894, without its events that began in January
    assert deaths == {
        "ucdp.state_based_deaths": 11139 - 150,
        "ucdp.non_state_deaths": 488 - 10,
        "ucdp.one_sided_deaths": 894 - 2,
    }
    assert rows["end"].max() == pd.Timestamp("2026-02-28")


@pytest.mark.upstream
def test_january_2026_which_no_replayed_release_covers_has_no_figure(collect: Callable[[str], Parsed]) -> None:
    parsed = collect("ucdp_ged")
    assert parsed.observations[parsed.observations["end"] == "2026-01-31"].empty
    assert set(parsed.rejected["reason"]) == {"month not covered by any release held"}
    assert len(parsed.rejected) == 17


@pytest.mark.upstream
def test_the_replayed_country_year_file_is_read_whole(collect: Callable[[str], Parsed]) -> None:
    parsed = collect("ucdp_country_year")
    assert cell(parsed, "one_sided_deaths_year", "RWA", "1994")["value"] == 770581
    assert set(parsed.observations.groupby("series").size()) == {6936}
    assert parsed.observations["end"].max() == pd.Timestamp("2024-12-31")
    assert parsed.rejected.empty


@pytest.mark.upstream
@pytest.mark.parametrize(
    ("source", "series", "codes", "counted"),
    [
        ("ucdp_one_sided", "one_sided_actors_year", "gwno_location", "actor_id"),
        ("ucdp_battle_deaths", "conflict_dyads_year", "gwno_battle", "dyad_id"),
    ],
)
def test_replayed_actors_and_dyads_are_all_counted(
    collect: Callable[[str], Parsed], upstream: str, source: str, series: str, codes: str, counted: str
) -> None:
    parsed = collect(source)
    url = f"{upstream}/{CARDS[source].releases[1].url.removeprefix('https://')}"
    with urlopen(url) as answer, zipfile.ZipFile(io.BytesIO(answer.read())) as archive:
        lines = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    table = list(csv.DictReader(io.StringIO(lines, newline="")))
    pairs = {(row[counted], row["year"], code.strip()) for row in table for code in row[codes].split(",")}
    rows = parsed.observations[parsed.observations["series"] == f"ucdp.{series}"]
    assert rows["value"].sum() == len(pairs)
    assert len(rows) == 6936  # the states and years of the country-year file, found here from the crosswalk
    assert parsed.rejected.empty
