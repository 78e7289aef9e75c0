"""UNHCR. The fixtures are real items of a few countries in 1999, 2024 and 2025; values were read off by eye."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.contract import Incomplete, NotData, Parsed, SchemaChanged, SourceError, TooLarge, UnknownCountry
from tests.conftest import FIXTURES
from tests.publisher import CARDS, TODAY, Publisher, collect, collect_replayed, figures

ORIGINS = (FIXTURES / "unhcr" / "coo.json").read_bytes()
HOSTS = (FIXTURES / "unhcr" / "coa.json").read_bytes()
CARD = CARDS["unhcr"]


def unhcr(folder: Path, origins: bytes = ORIGINS, hosts: bytes = HOSTS, now: datetime = TODAY) -> Parsed:
    return collect(CARD, Publisher(folder, {"coo_all=true": origins, "coa_all=true": hosts}, now))


def edited(**changes: Any) -> bytes:
    """Return the origins with the first item changed: Austria in 1999."""
    body = json.loads(ORIGINS)
    body["items"][0].update(changes)
    return json.dumps(body).encode()


def test_flight_is_told_by_origin_and_hosting_by_country_of_asylum(tmp_path: Path) -> None:
    found = figures(unhcr(tmp_path))
    assert found["unhcr.refugees_from", "SDN", 2024] == 2094373
    assert found["unhcr.asylum_seekers_from", "SDN", 2024] == 682535
    assert found["unhcr.idps_assisted", "SDN", 2024] == 11559970
    assert found["unhcr.refugees_hosted", "SDN", 2024] == 793395
    assert found["unhcr.refugees_hosted", "TUR", 2024] == 2940735
    assert ("unhcr.refugees_from", "TUR", 2024) not in found


def test_unhcrs_aus_is_austria(tmp_path: Path) -> None:
    found = figures(unhcr(tmp_path))
    assert found["unhcr.refugees_from", "AUT", 1999] == 47
    assert not any(iso3 == "AUS" for _, iso3, _ in found)


def test_stateless_and_unknown_people_are_nobodys_country(tmp_path: Path) -> None:
    countries = set(unhcr(tmp_path).observations["iso3"])
    assert countries == {"AUT", "MMR", "NAM", "SRB", "SDN", "TUR"}


@pytest.mark.parametrize("nothing", ["-", None])
def test_zero_is_zero_and_a_dash_is_missing(tmp_path: Path, nothing: str | None) -> None:
    found = figures(unhcr(tmp_path, edited(refugees=nothing)))
    assert math.isnan(found["unhcr.refugees_from", "AUT", 1999])
    assert ("unhcr.idps_assisted", "NAM", 2024) not in found  # a zero says that UNHCR assists nobody, no more
    assert figures(unhcr(tmp_path, edited(refugees="0")))["unhcr.refugees_from", "AUT", 1999] == 0


def test_a_zero_of_a_year_before_a_group_was_counted_is_no_figure(tmp_path: Path) -> None:
    found = figures(unhcr(tmp_path))
    assert ("unhcr.asylum_seekers_from", "SDN", 1999) not in found
    assert found["unhcr.idps_assisted", "SRB", 1999] == 234900
    assert sum(series == "unhcr.asylum_seekers_from" for series, _, _ in found) == 2 * 5


@pytest.mark.parametrize(
    ("month", "status"),
    [(datetime(2025, 12, 20, tzinfo=UTC), "provisional"), (datetime(2026, 5, 31, tzinfo=UTC), "provisional"), (TODAY, "final")],
)
def test_a_year_is_final_from_june_of_the_next(tmp_path: Path, month: datetime, status: str) -> None:
    rows = unhcr(tmp_path, now=month).observations
    assert set(rows.loc[rows["end"].dt.year == 2025, "status"]) == {status}
    assert set(rows.loc[rows["end"].dt.year == 2024, "status"]) == {"final"}


def test_only_whole_lists_are_asked_for(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path, {"coo_all=true": ORIGINS, "coa_all=true": HOSTS})
    collect(CARD, publisher)
    assert [url.partition("?")[2] for url in publisher.asked] == [
        "coo_all=true&cf_type=ISO&yearFrom=1960&limit=5000&page=1",
        "coa_all=true&cf_type=ISO&yearFrom=1960&limit=5000&page=1",
    ]


class TestPages:
    ITEMS = json.loads(ORIGINS)["items"]  # 21

    def collect(self, folder: Path, *pages: tuple[int, list[dict[str, Any]]], last: int = 3) -> Parsed:
        answers = {
            f"coo_all=true&cf_type=ISO&yearFrom=1960&limit=5000&page={n}": json.dumps(
                {"page": page, "maxPages": last, "items": items}
            ).encode()
            for n, (page, items) in enumerate(pages, 1)
        }
        return collect(CARD, Publisher(folder, {**answers, "coa_all=true": HOSTS}))

    def test_all_pages_together_are_the_whole(self, tmp_path: Path) -> None:
        parsed = self.collect(tmp_path, (1, self.ITEMS[:8]), (2, self.ITEMS[8:16]), (3, self.ITEMS[16:]))
        assert figures(parsed) == figures(unhcr(tmp_path))
        row = parsed.observations.query("series == 'unhcr.refugees_from' and iso3 == 'SDN'").iloc[1]
        assert row["place"] == 5  # Sudan in 2024 is the thirteenth item, the fifth of the second page

    @pytest.mark.parametrize("page", [1, 3, "2"])
    def test_a_page_out_of_order_is_incomplete(self, tmp_path: Path, page: Any) -> None:
        with pytest.raises((Incomplete, SchemaChanged)):
            self.collect(tmp_path, (1, self.ITEMS[:8]), (page, self.ITEMS[8:16]), (3, self.ITEMS[16:]))

    def test_a_short_page_in_the_middle_is_incomplete(self, tmp_path: Path) -> None:
        with pytest.raises(Incomplete, match=r"\[8, 7, 5\] rows"):
            self.collect(tmp_path, (1, self.ITEMS[:8]), (2, self.ITEMS[8:15]), (3, self.ITEMS[16:]))

    def test_a_row_on_two_pages_is_incomplete(self, tmp_path: Path) -> None:
        with pytest.raises(Incomplete, match="SRB 2024 is on two pages"):
            self.collect(tmp_path, (1, self.ITEMS[:11]), (2, self.ITEMS[10:]), last=2)

    def test_an_endless_number_of_pages_is_not_followed(self, tmp_path: Path) -> None:
        with pytest.raises(TooLarge, match="1,000,000 pages"):
            self.collect(tmp_path, (1, self.ITEMS), last=1_000_000)


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"error": "x"}', b'{"page": 1, "maxPages": 0, "items": []}', b"null"])
def test_an_answer_without_items_is_no_data(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(NotData):
        unhcr(tmp_path, body)


@pytest.mark.parametrize("field", ["refugees", "idps", "asylum_seekers", "coo_iso", "year"])
def test_a_renamed_field_stops_the_source(tmp_path: Path, field: str) -> None:
    with pytest.raises(SchemaChanged, match=f"item 1: column '{field}' is missing"):
        unhcr(tmp_path, ORIGINS.replace(f'"{field}":'.encode(), b'"renamed":'))


@pytest.mark.parametrize("value", ["<5", "1,234", "*", True, [5]])
def test_a_figure_that_is_no_number_stops_the_source(tmp_path: Path, value: Any) -> None:
    with pytest.raises(SchemaChanged, match="'refugees'"):
        unhcr(tmp_path, edited(refugees=value))


def test_an_unknown_country_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="UNHCR coo: row 1, iso3 'QQQ'"):
        unhcr(tmp_path, edited(coo_iso="QQQ"))


def test_a_trillion_refugees_are_set_aside(tmp_path: Path) -> None:
    parsed = unhcr(tmp_path, edited(refugees=10**12))
    assert list(parsed.rejected["reason"]) == ["above the highest possible value"]
    assert ("unhcr.refugees_from", "AUT", 1999) not in figures(parsed)


def test_an_answer_cut_anywhere_gives_no_figures(tmp_path: Path) -> None:
    for length in range(0, len(ORIGINS.rstrip()), 7):
        with pytest.raises(SourceError):
            unhcr(tmp_path, ORIGINS[:length])


@pytest.mark.upstream
def test_the_replay_of_unhcr(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARD, tmp_path, upstream)
    found = figures(parsed)
    assert found["unhcr.refugees_hosted", "TUR", 2024] == 2940735
    assert found["unhcr.idps_assisted", "SDN", 2024] == 11559970
    assert len(found) == 20_823  # 26,126 less the zeros of displaced people whom UNHCR does not assist
    assert parsed.rejected.empty
    assert min(year for series, _, year in found if series == "unhcr.asylum_seekers_from") == 2000
