"""World Bank: WDI and WGI. The fixtures are real answers, cut down to a few economies; values were read off by eye."""

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
from tests.publisher import CARDS, Publisher, card_of, collect, collect_replayed, figures

POPULATION = (FIXTURES / "wdi" / "SP.POP.TOTL.json").read_bytes()
INFLATION = (FIXTURES / "wdi" / "FP.CPI.TOTL.ZG.json").read_bytes()
STABILITY = (FIXTURES / "wgi" / "GOV_WGI_PV.EST.json").read_bytes()


def wdi(folder: Path, population: bytes = POPULATION) -> Parsed:
    return collect(card_of("wdi", "wdi.population"), Publisher(folder, {"SP.POP.TOTL": population}))


def wgi(folder: Path, stability: bytes) -> Parsed:
    return collect(card_of("wgi", "wgi.political_stability"), Publisher(folder, {"GOV_WGI_PV.EST": stability}))


def answer(items: list[dict[str, Any]], **head: Any) -> bytes:
    whole = {"page": 1, "pages": 1, "per_page": 20000, "total": len(items), "sourceid": "2", "lastupdated": "2025-07-01"}
    return json.dumps([{**whole, **head}, items]).encode()


def item(value: Any = 1, year: int = 2020, code: str = "NAM") -> dict[str, Any]:
    return {
        "indicator": {"id": "SP.POP.TOTL", "value": "Population, total"},
        "country": {"id": "NA", "value": "Namibia"},
        "countryiso3code": code,
        "date": str(year),
        "value": value,
    }


def test_every_country_year_with_a_figure_is_one_row_and_regions_and_nulls_are_none(tmp_path: Path) -> None:
    assert figures(wdi(tmp_path)) == {
        ("wdi.population", "NAM", 2023): 2963095,
        ("wdi.population", "NAM", 2024): 3030131,
        ("wdi.population", "SDN", 2023): 50042791,
        ("wdi.population", "SDN", 2024): 50448963,
        ("wdi.population", "XKX", 2023): 1682668,
        ("wdi.population", "XKX", 2024): 1527324,
    }


def test_a_row_names_its_place_in_the_answer_and_its_period(tmp_path: Path) -> None:
    row = wdi(tmp_path).observations.query("iso3 == 'SDN' and value == 50448963").iloc[0]
    assert (row["place"], str(row["start"].date()), str(row["end"].date()), row["status"]) == (
        14,
        "2024-01-01",
        "2024-12-31",
        "final",
    )


def test_the_release_is_the_day_the_bank_last_updated_the_code(tmp_path: Path) -> None:
    card = card_of("wdi", "wdi.population", "wdi.inflation")
    publisher = Publisher(tmp_path, {"SP.POP.TOTL": POPULATION, "FP.CPI.TOTL.ZG": INFLATION})
    from indicators.sources.wdi import fetch

    documents = fetch(card, publisher)  # type: ignore[arg-type]
    assert [(d.name, d.release) for d in documents] == [
        ("SP.POP.TOTL page 1", "2025-07-01"),
        ("FP.CPI.TOTL.ZG page 1", "2026-07-13"),
    ]
    parsed = figures(collect(card, publisher))
    assert parsed["wdi.inflation", "NAM", 2025] == 3.511
    assert not any(iso3 == "SDN" for series, iso3, _ in parsed if series == "wdi.inflation")  # all three years are null


def test_a_row_without_a_three_letter_code_is_known_by_its_two_letters(tmp_path: Path) -> None:
    stability = STABILITY.replace(b'"countryiso3code": "NAM"', b'"countryiso3code": ""')
    assert figures(wgi(tmp_path, stability)) == {
        ("wgi.political_stability", "MMR", 2022): pytest.approx(-2.195713997),
        ("wgi.political_stability", "MMR", 2023): pytest.approx(-2.125270128),
        ("wgi.political_stability", "NAM", 2022): pytest.approx(0.559885740),
        ("wgi.political_stability", "NAM", 2023): pytest.approx(0.544777215),
        ("wgi.political_stability", "SDN", 2022): pytest.approx(-2.076920271),
        ("wgi.political_stability", "SDN", 2023): pytest.approx(-2.466938972),
        ("wgi.political_stability", "XKX", 2022): pytest.approx(-0.198845237),
        ("wgi.political_stability", "XKX", 2023): pytest.approx(-0.322511613),
    }


def test_wgi_asks_the_governance_database_and_wdi_its_own(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path, {"GOV_WGI_PV.EST?source=3&": STABILITY, "SP.POP.TOTL?source=2&": POPULATION})
    collect(card_of("wgi", "wgi.political_stability"), publisher)
    collect(card_of("wdi", "wdi.population"), publisher)
    assert all("/country/all/" in url for url in publisher.asked)


class TestPages:
    ITEMS = json.loads(POPULATION)[1]

    def pages(self, folder: Path, **second: Any) -> Publisher:
        one = answer(self.ITEMS[:10], pages=2, total=15)
        two = answer(self.ITEMS[10:], **{"page": 2, "pages": 2, "total": 15, **second})
        return Publisher(folder, {"page=1": one, "page=2": two})

    def test_all_pages_together_are_the_whole(self, tmp_path: Path) -> None:
        parsed = collect(card_of("wdi", "wdi.population"), self.pages(tmp_path))
        assert figures(parsed) == figures(wdi(tmp_path))
        assert parsed.observations["document"].nunique() == 2

    def test_a_page_that_does_not_come_fails_the_source(self, tmp_path: Path) -> None:
        publisher = self.pages(tmp_path)
        del publisher.answers["page=2"]
        with pytest.raises(Refused):
            collect(card_of("wdi", "wdi.population"), publisher)

    @pytest.mark.parametrize("wrong", [{"page": 1}, {"total": 16}, {"lastupdated": "2025-09-01"}])
    def test_pages_that_do_not_fit_together_are_incomplete(self, tmp_path: Path, wrong: dict[str, Any]) -> None:
        with pytest.raises(Incomplete, match=r"SP\.POP\.TOTL: 15 rows in pages"):
            collect(card_of("wdi", "wdi.population"), self.pages(tmp_path, **wrong))

    def test_fewer_rows_than_announced_are_incomplete(self, tmp_path: Path) -> None:
        with pytest.raises(Incomplete):
            wdi(tmp_path, answer(self.ITEMS[:-1], total=15))

    def test_a_code_that_nobody_answered_is_incomplete(self, tmp_path: Path) -> None:
        publisher = Publisher(tmp_path, {"indicator": POPULATION})  # answers every code with the same one
        with pytest.raises(Incomplete, match=r"SP\.POP\.TOTL: 30 rows"):
            collect(card_of("wdi", "wdi.population", "wdi.inflation"), publisher)

    def test_an_endless_number_of_pages_is_not_followed(self, tmp_path: Path) -> None:
        with pytest.raises(TooLarge, match="1,000,000 pages"):
            wdi(tmp_path, answer(self.ITEMS, pages=1_000_000))


def test_an_archived_code_says_which_and_what_to_do(tmp_path: Path) -> None:
    gone = [{"id": "175", "key": "Invalid format", "value": "The indicator was not found. It may have been deleted or archived."}]
    with pytest.raises(
        NotData, match=r"GOV_WGI_PV\.EST page 1: the World Bank answers 175: The indicator was not found"
    ) as caught:
        wgi(tmp_path, json.dumps([{"message": gone}]).encode())
    assert "change the code on the card" in caught.value.what_to_do


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"error": "x"}', b'[{"page": 0, "pages": 0, "total": 0, "lastupdated": null}, null]', b"[1, 2]", b"null"],
)
def test_an_answer_without_rows_is_no_data(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(NotData):
        wdi(tmp_path, body)


def test_a_web_page_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        wdi(tmp_path, b"<html><body>maintenance</body></html>")


@pytest.mark.parametrize("key", ["value", "date", "countryiso3code", "indicator"])
def test_a_renamed_field_stops_the_source(tmp_path: Path, key: str) -> None:
    with pytest.raises(SchemaChanged, match=f"item 1 lacks '{key}'"):
        wdi(tmp_path, POPULATION.replace(f'"{key}":'.encode(), b'"renamed":'))


@pytest.mark.parametrize("value", ["1,234", "12", True, {"v": 1}])
def test_a_value_that_is_not_a_number_stops_the_source(tmp_path: Path, value: Any) -> None:
    with pytest.raises(SchemaChanged, match=r"item 1: .* is not a number"):
        wdi(tmp_path, answer([item(value)]))


@pytest.mark.parametrize("year", ["2020M01", "203", "٢٠٢٠"])
def test_a_date_that_is_not_a_year_stops_the_source(tmp_path: Path, year: str) -> None:
    with pytest.raises(SchemaChanged, match="is not a year"):
        wdi(tmp_path, answer([{**item(), "date": year}]))


def test_an_unknown_economy_stops_the_source_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match=r"SP\.POP\.TOTL page 1: row 2, worldbank 'QQQ'"):
        wdi(tmp_path, answer([item(), item(code="QQQ")]))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (-5, "below the lowest possible value"),
        (1e12, "above the highest possible value"),
        (float("inf"), "above the highest possible value"),
    ],
)
def test_an_absurd_value_is_set_aside_and_said(tmp_path: Path, value: float, reason: str) -> None:
    items = [item(100 + year, year) for year in range(1960, 2024)] + [item(value, 2024)]
    parsed = wdi(tmp_path, answer(items).replace(b"Infinity", b"1e999"))
    assert len(parsed.observations) == 64
    assert list(parsed.rejected["reason"]) == [reason]
    assert list(parsed.rejected["place"]) == [65]


def test_nan_is_not_json(tmp_path: Path) -> None:
    with pytest.raises(NotData, match="NaN is not JSON"):
        wdi(tmp_path, answer([item(float("nan"))]))


def test_a_figure_of_the_future_is_set_aside(tmp_path: Path) -> None:
    parsed = wdi(tmp_path, answer([item(100 + year, year) for year in range(1960, 2028)]))
    assert list(parsed.rejected["row"].str[:30]) == ["wdi.population NAM 2027-12-31 "]


def test_two_values_for_one_country_and_year_stop_the_source(tmp_path: Path) -> None:
    with pytest.raises(BadValues, match="NAM 2020-12-31 stands twice"):
        wdi(tmp_path, answer([item(1), item(2)]))


def test_an_answer_cut_anywhere_gives_no_figures(tmp_path: Path) -> None:
    for length in range(len(POPULATION.rstrip())):
        with pytest.raises(SourceError):
            wdi(tmp_path, POPULATION[:length])


def test_what_belongs_to_sipri_is_not_passed_on() -> None:
    card = CARDS["wdi"]
    assert [s.id for s in card.series if not card.may_redistribute(s)] == ["wdi.military_spending_share"]


@pytest.mark.upstream
def test_the_replay_of_wdi(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARDS["wdi"], tmp_path, upstream)
    assert figures(parsed)["wdi.population", "SDN", 2024] == 50448963
    assert len(parsed.observations) == 84_967
    assert parsed.rejected.empty
    assert parsed.observations.groupby("series")["iso3"].nunique().to_dict() == {
        "wdi.gdp_per_capita": 212,
        "wdi.gdp_per_capita_growth": 212,
        "wdi.infant_mortality": 196,
        "wdi.inflation": 167,
        "wdi.military_spending_share": 164,
        "wdi.population": 216,
        "wdi.share_under_15": 175,
        "wdi.trade_share": 194,
    }


@pytest.mark.upstream
def test_the_replay_of_wgi(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARDS["wgi"], tmp_path, upstream)
    assert figures(parsed)["wgi.political_stability", "MMR", 2023] == pytest.approx(-2.12527, abs=5e-7)
    assert set(parsed.observations.groupby("series")["iso3"].nunique()) == {214}
    assert parsed.rejected.empty


@pytest.mark.upstream
def test_an_archived_code_of_the_replay_is_named(tmp_path: Path, upstream: str) -> None:
    card = card_of("wgi", "wgi.political_stability")
    old = card.model_copy(update={"series": (card.series[0].model_copy(update={"column": "PV.EST"}),)})
    with pytest.raises(NotData, match=r"PV\.EST page 1: the World Bank answers 175"):
        collect_replayed(old, tmp_path, upstream)
