"""IDMC's database. Its licence forbids commercial use, so the fixtures are made up: displacement that never was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from indicators.contract import (
    BadValues,
    Incomplete,
    NotData,
    Parsed,
    Refused,
    SchemaChanged,
    SourceError,
    TooLarge,
    UnknownCountry,
)
from tests.conftest import FIXTURES
from tests.publisher import CARDS, Publisher, collect, collect_replayed, figures

MADE = FIXTURES / "idmc" / "made"
TABLE, RECORD = (MADE / "gidd.csv").read_bytes(), (MADE / "record.json").read_bytes()
CARD = CARDS["idmc"]
NEW, STOCK = "idmc.new_displacement", "idmc.displaced"


def idmc(folder: Path, table: bytes = TABLE, record: bytes = RECORD) -> Parsed:
    return collect(CARD, Publisher(folder, {"package_show": record, "made-up.csv": table}))


def long(table: bytes = TABLE) -> bytes:
    """Return a table with 40 more rows which are in order, so that one bad row is not too large a share."""
    return table + b"".join(b"FRA,made up,%d,999,,999,\n" % year for year in range(1960, 2000))


def test_movements_in_the_year_and_people_at_its_end_are_two_series(tmp_path: Path) -> None:
    assert figures(idmc(tmp_path)) == {
        (STOCK, "CHE", 2014): 111,
        (NEW, "CHE", 2023): 222,
        (STOCK, "CHE", 2023): 333,
        (STOCK, "NAM", 2023): 444,
        (NEW, "LUX", 2023): 555,
        (STOCK, "LUX", 2023): 0,
        (NEW, "AB9", 2023): 666,
        (STOCK, "AB9", 2023): 777,
        (NEW, "NZL", 2024): 888,
    }


def test_a_blank_is_unknown_and_so_is_a_zero_of_movements(tmp_path: Path) -> None:
    found = figures(idmc(tmp_path))
    assert (NEW, "NAM", 2023) not in found  # a blank
    assert (NEW, "CHE", 2014) not in found  # a zero that stands for a blank
    assert found[STOCK, "LUX", 2023] == 0  # a zero beside blanks in the same column


def test_a_country_that_is_not_listed_has_no_figure(tmp_path: Path) -> None:
    assert {iso3 for _, iso3, _ in figures(idmc(tmp_path))} == {"CHE", "NAM", "LUX", "AB9", "NZL"}


def test_a_row_names_its_place_and_the_tags_of_hdx_are_no_country(tmp_path: Path) -> None:
    rows = idmc(tmp_path).observations
    assert set(rows.loc[rows["iso3"] == "NZL", "place"]) == {7}
    without = b"\n".join(line for line in TABLE.split(b"\n") if not line.startswith(b"#"))
    assert figures(idmc(tmp_path, without)) == figures(idmc(tmp_path))


@pytest.mark.parametrize("column", ["iso3", "year", "new_displacement", "total_displacement"])
def test_a_renamed_column_stops_the_source(tmp_path: Path, column: str) -> None:
    with pytest.raises(SchemaChanged, match=f"column '{column}' is missing"):
        idmc(tmp_path, TABLE.replace(f"{column},".encode(), b"renamed,", 1))


@pytest.mark.parametrize("value", [b"n/a", b"1 000", b"<5", b"'111"])
def test_a_figure_that_is_no_number_stops_the_source(tmp_path: Path, value: bytes) -> None:
    with pytest.raises(SchemaChanged, match="'total_displacement'"):
        idmc(tmp_path, TABLE.replace(b",111,", b"," + value + b","))


@pytest.mark.parametrize(
    ("value", "reason"), [(b"-333", "below the lowest possible value"), (b"333000000000", "above the highest possible value")]
)
def test_people_below_zero_or_beyond_reason_are_set_aside(tmp_path: Path, value: bytes, reason: str) -> None:
    parsed = idmc(tmp_path, long(TABLE.replace(b",333,", b"," + value + b",")))
    assert list(parsed.rejected["reason"]) == [reason]
    assert (STOCK, "CHE", 2023) not in figures(parsed)


def test_a_country_that_stands_twice_with_two_figures_refuses_the_whole(tmp_path: Path) -> None:
    with pytest.raises(BadValues, match=r"idmc\.displaced NZL 2024-12-31 stands twice|idmc\.new_displacement NZL"):
        idmc(tmp_path, TABLE + b"NZL,made up,2024,1,,2,\n" + b"NZL,made up,2024,1,,3,\n")


def test_an_unknown_country_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="row 7, iso3 'QQQ'"):
        idmc(tmp_path, TABLE.replace(b"NZL", b"QQQ"))


def test_a_year_to_come_is_set_aside(tmp_path: Path) -> None:
    parsed = idmc(tmp_path, long(TABLE.replace(b",2024,888", b",2030,888")))
    assert list(parsed.rejected["reason"]) == ["period lies in the future"]


def test_a_cut_table_or_a_web_page_gives_no_figures(tmp_path: Path) -> None:
    for length in range(1, len(TABLE)):
        if TABLE[length - 1 : length] != b"\n":  # at a line's end only the length that the host declares tells
            with pytest.raises((Incomplete, NotData, SchemaChanged)):
                idmc(tmp_path, TABLE[:length])
    with pytest.raises(NotData, match="web page"):
        idmc(tmp_path, b"<!DOCTYPE html><html><body>Just a moment...</body></html>\n")


@pytest.mark.parametrize("record", [b"{}", b"[]", b'{"success": false}', b'{"result": {"resources": [{"name": "x"}]}}'])
def test_a_record_without_addresses_stops_the_source(tmp_path: Path, record: bytes) -> None:
    with pytest.raises(SchemaChanged, match="HDX record"):
        idmc(tmp_path, record=record)


@pytest.mark.parametrize("urls", [[], ["https://a.org/1.csv", "https://a.org/2.csv"], ["https://a.org/1.xlsx"]])
def test_a_record_must_name_one_table(tmp_path: Path, urls: list[str]) -> None:
    record = {"result": {"resources": [{"url": url} for url in urls]}}
    with pytest.raises(SchemaChanged, match="expected one CSV"):
        idmc(tmp_path, record=json.dumps(record).encode())


# ------------------------------------------------------------------------------------------------- IDMC's own API


def items() -> list[dict[str, Any]]:
    """Return the rows of the made table as the API writes them."""
    lines = [line.split(",") for line in TABLE.decode().replace('"MADE UP, NOT A FACT"', "made up").split("\n")[2:-1]]
    return [
        {
            "iso3": iso3,
            "country_name": name,
            "year": int(year),
            "new_displacement": int(new) if new else None,
            "total_displacement": int(stock) if stock else None,
        }
        for iso3, name, year, new, _, stock, _ in lines
    ]


def api(folder: Path, *pages: list[dict[str, Any]], count: Any = None) -> Parsed:
    """Collect with HDX gone and these pages in its place."""
    whole = sum(len(page) for page in pages) if count is None else count
    at, answers = 0, {}
    for page in pages:
        answers[f"gidd/conflicts/?client_id=atrocity-monitor&format=json&limit=100&offset={at}"] = json.dumps(
            {"count": whole, "next": None, "results": page}
        ).encode()
        at += len(page)
    longest_first = dict(sorted(answers.items(), key=lambda answer: -len(answer[0])))
    return collect(CARD, Publisher(folder, longest_first))


def test_the_api_gives_the_same_figures_where_hdx_has_the_table_no_longer(tmp_path: Path) -> None:
    assert figures(api(tmp_path, items()[:4], items()[4:])) == figures(idmc(tmp_path))


@pytest.mark.parametrize("count", [5, 7])
def test_pages_that_do_not_add_up_are_incomplete(tmp_path: Path, count: int) -> None:
    with pytest.raises((Incomplete, Refused)):
        api(tmp_path, items()[:4], items()[4:], count=count)


def test_a_row_on_two_pages_is_incomplete(tmp_path: Path) -> None:
    with pytest.raises(Incomplete, match="6 rows in 2 pages"):
        api(tmp_path, items()[:4], [items()[3], items()[4]])


def test_an_endless_number_of_rows_is_not_followed(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="1,000,000 rows"):
        api(tmp_path, items(), count=1_000_000)


@pytest.mark.parametrize("field", ["iso3", "year", "new_displacement", "total_displacement"])
def test_a_renamed_field_stops_the_source(tmp_path: Path, field: str) -> None:
    renamed = [{("renamed" if key == field else key): value for key, value in item.items()} for item in items()]
    with pytest.raises(SchemaChanged, match=f"page 1, item 1: column '{field}' is missing"):
        api(tmp_path, renamed)


@pytest.mark.parametrize("value", ["n/a", True, [1], {}])
def test_a_figure_of_another_type_stops_the_source(tmp_path: Path, value: Any) -> None:
    with pytest.raises(SchemaChanged, match="'new_displacement'"):
        api(tmp_path, [{**items()[0], "new_displacement": value}, *items()[1:]])


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"count": 0, "results": []}', b'{"detail": "x"}', b"null"])
def test_an_answer_without_rows_is_no_data(tmp_path: Path, body: bytes) -> None:
    with pytest.raises((NotData, SourceError)):
        collect(CARD, Publisher(tmp_path, {"gidd/conflicts": body}))


def test_a_refusal_by_hdx_is_not_passed_over(tmp_path: Path) -> None:
    class Busy(Publisher):
        def get(self, *words: Any, **more: Any) -> Any:
            self.asked.append(words[1])
            raise Refused("HDX: status 503", status=503)

    publisher = Busy(tmp_path, {})
    with pytest.raises(Refused, match="503"):
        collect(CARD, publisher)
    assert len(publisher.asked) == 1


def test_nothing_of_it_is_passed_on_and_it_counts_no_deaths() -> None:
    assert not any(CARD.may_redistribute(s) for s in CARD.series)
    assert not any(s.conflict_derived for s in CARD.series)


@pytest.mark.upstream
def test_the_replay_of_idmc_has_the_api_and_not_the_record_of_hdx(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARD, tmp_path, upstream)
    found = figures(parsed)
    assert len(found) == 1_464
    assert found[STOCK, "SDN", 2024] == 11_559_970
    assert parsed.rejected.empty
    assert (min(year for *_, year in found), max(year for *_, year in found)) == (2009, 2024)
