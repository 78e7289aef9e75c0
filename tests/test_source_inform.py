"""INFORM Risk. The fixture holds real items of three countries, editions of 2015 and 2024; values were read off by eye."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.contract import BadValues, NotData, Parsed, Refused, SchemaChanged, SourceError, UnknownCountry
from tests.conftest import FIXTURES
from tests.publisher import CARDS, TODAY, Publisher, collect, collect_replayed, figures

TRENDS = (FIXTURES / "inform" / "trends.json").read_bytes()
CARD = CARDS["inform"]


def inform(folder: Path, body: bytes = TRENDS, now: datetime = TODAY) -> Parsed:
    return collect(CARD, Publisher(folder, {"countries/trends/?WorkflowId=0": body}, now))


def edited(place: int = 1, **changes: Any) -> bytes:
    """Return the items with one of them changed; the first is the index of Namibia in 2024."""
    items = json.loads(TRENDS)
    items[place - 1].update(changes)
    return json.dumps(items).encode()


def padded(place: int = 1, **changes: Any) -> bytes:
    """Return the items of :func:`edited` and 24 others of France, so that one bad item is not too large a share."""
    items = json.loads(edited(place, **changes))
    more = [{**item, "Iso3": "FRA", "GNAYear": 1990 + n} for n, item in enumerate(json.loads(TRENDS))]
    return json.dumps([*items, *more]).encode()


def test_index_and_dimensions_of_each_country_and_edition_are_rows(tmp_path: Path) -> None:
    parsed = inform(tmp_path)
    found = figures(parsed)
    names = ("inform.risk", "inform.hazard", "inform.vulnerability", "inform.lack_of_coping_capacity")
    assert [found[name, "SDN", 2024] for name in names] == [7.8, 8.3, 7.4, 7.7]
    assert [found[name, "PSE", 2015] for name in names] == [4.0, 2.1, 6.3, 4.8]
    assert found["inform.vulnerability", "NAM", 2024] == 5.8
    assert len(found) == 24
    rows = parsed.observations
    assert rows.loc[(rows["series"] == "inform.risk") & (rows["iso3"] == "SDN"), "place"].to_list() == [4, 3]


def test_the_release_is_the_newest_edition_in_the_answer(tmp_path: Path) -> None:
    from indicators.sources.inform import fetch

    (document,) = fetch(CARD, Publisher(tmp_path, {"trends": TRENDS}))  # type: ignore[arg-type]
    assert document.release == "2024"


def test_an_edition_is_taken_from_the_first_day_of_its_year_and_not_before(tmp_path: Path) -> None:
    autumn, new_year = (inform(tmp_path, now=datetime(*day, 12, tzinfo=UTC)) for day in ((2023, 12, 31), (2024, 1, 1)))
    assert {year for *_, year in figures(autumn)} == {2015}
    assert list(autumn.rejected["reason"]) == ["edition of a year that has not begun"]
    assert list(autumn.rejected["row"]) == ["2024: 12 figures"]
    assert {year for *_, year in figures(new_year)} == {2015, 2024}
    assert new_year.rejected.empty


@pytest.mark.parametrize("year", [0, None])
def test_an_item_of_no_year_is_set_aside(tmp_path: Path, year: int | None) -> None:
    parsed = inform(tmp_path, edited(GNAYear=year))
    assert list(parsed.rejected["reason"]) == ["no year"]
    assert len(parsed.observations) == 23


def test_a_year_that_leaves_the_window_of_ten_was_not_withdrawn(tmp_path: Path) -> None:
    assert not inform(tmp_path).complete


def test_no_score_is_missing_and_never_zero(tmp_path: Path) -> None:
    rows = inform(tmp_path, edited(IndicatorScore=None)).observations
    assert rows.loc[(rows["series"] == "inform.risk") & (rows["iso3"] == "NAM"), "value"].isna().to_list() == [False, True]
    assert figures(inform(tmp_path, edited(IndicatorScore=0)))["inform.risk", "NAM", 2024] == 0


def test_an_indicator_that_nobody_asked_for_is_left_out(tmp_path: Path) -> None:
    items = json.loads(TRENDS)
    more = [{**items[0], "IndicatorId": "HA.HUM", "IndicatorScore": 9.9}]
    assert figures(inform(tmp_path, json.dumps([*items, *more]).encode())) == figures(inform(tmp_path))


@pytest.mark.parametrize("wanted", ["INFORM", "HA", "VU", "CC"])
def test_an_index_that_is_renamed_stops_the_source(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(SchemaChanged, match=f"no item of '{wanted}'; there are "):
        inform(tmp_path, TRENDS.replace(f'"IndicatorId": "{wanted}"'.encode(), b'"IndicatorId": "NEW"'))


@pytest.mark.parametrize("field", ["IndicatorId", "Iso3", "GNAYear", "IndicatorScore"])
def test_a_field_that_is_renamed_stops_the_source(tmp_path: Path, field: str) -> None:
    with pytest.raises(SchemaChanged, match=f"trends, item 1: column '{field}' is missing"):
        inform(tmp_path, TRENDS.replace(f'"{field}":'.encode(), b'"renamed":'))


@pytest.mark.parametrize("value", ["7.8", "7,8", True, [7.8], {}])
def test_a_score_of_another_type_stops_the_source(tmp_path: Path, value: Any) -> None:
    with pytest.raises(SchemaChanged, match="item 2: IndicatorScore"):
        inform(tmp_path, edited(2, IndicatorScore=value))


@pytest.mark.parametrize("value", ["2024", 2024.5, True, [2024]])
def test_a_year_of_another_type_stops_the_source(tmp_path: Path, value: Any) -> None:
    with pytest.raises(SchemaChanged, match="item 2: GNAYear"):
        inform(tmp_path, edited(2, GNAYear=value))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (-99, "below the lowest possible value"),
        (-0.1, "below the lowest possible value"),
        (10.1, "above the highest possible value"),
        (78.0, "above the highest possible value"),
        (1e300, "above the highest possible value"),
    ],
)
def test_a_score_beyond_the_scale_is_set_aside_and_the_last_good_one_stays(tmp_path: Path, value: float, reason: str) -> None:
    parsed = inform(tmp_path, padded(IndicatorScore=value))
    assert list(parsed.rejected["reason"]) == [reason]
    assert ("inform.risk", "NAM", 2024) not in figures(parsed)
    assert parsed.unusable["iso3"].to_list() == ["NAM"]


def test_a_scale_that_became_a_hundred_refuses_the_whole(tmp_path: Path) -> None:
    items = [{**item, "IndicatorScore": item["IndicatorScore"] * 10} for item in json.loads(TRENDS)]
    with pytest.raises(BadValues, match="24 of 24 rows are unusable"):
        inform(tmp_path, json.dumps(items).encode())


def test_the_same_country_and_edition_with_two_scores_refuses_the_whole(tmp_path: Path) -> None:
    items = json.loads(TRENDS)
    with pytest.raises(BadValues, match="stands twice"):
        inform(tmp_path, json.dumps([*items, {**items[0], "IndicatorScore": 1.0}]).encode())


def test_an_unknown_country_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(UnknownCountry, match="row 1, iso3 'QQQ'"):
        inform(tmp_path, edited(Iso3="QQQ"))


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"Message": "An error has occurred."}', b"null", b'"x"'])
def test_an_empty_answer_is_asked_for_three_times_and_is_no_zero(tmp_path: Path, body: bytes) -> None:
    publisher = Publisher(tmp_path, {"trends": body})
    with pytest.raises(NotData, match="not a zero"):
        collect(CARD, publisher)
    assert len(publisher.asked) == 3


def test_an_answer_that_comes_when_asked_again_is_taken(tmp_path: Path) -> None:
    class Moody(Publisher):
        def get(self, *words: Any, **more: Any) -> Any:
            self.answers = {"trends": TRENDS if self.asked else b"[]"}
            return super().get(*words, **more)

    publisher = Moody(tmp_path, {})
    assert len(collect(CARD, publisher).observations) == 24
    assert len(publisher.asked) == 2


@pytest.mark.parametrize("body", [b"[1, 2]", b"[null]", b'["a"]', b"[[]]"])
def test_items_that_are_no_objects_stop_the_source(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(SchemaChanged, match="item 1 is "):
        inform(tmp_path, body)


def test_an_answer_cut_anywhere_gives_no_figures(tmp_path: Path) -> None:
    for length in range(0, len(TRENDS.rstrip()), 7):
        with pytest.raises(SourceError):
            inform(tmp_path, TRENDS[:length])


def test_no_answer_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        collect(CARD, Publisher(tmp_path, {"other": b""}))


def test_what_is_made_of_deaths_in_conflict_is_marked() -> None:
    assert {s.id: s.conflict_derived for s in CARD.series} == {
        "inform.risk": True,
        "inform.hazard": True,
        "inform.vulnerability": False,
        "inform.lack_of_coping_capacity": False,
    }


@pytest.mark.upstream
def test_the_replay_of_inform(tmp_path: Path, upstream: str) -> None:
    parsed = collect_replayed(CARD, tmp_path, upstream)
    found = figures(parsed)
    assert len(found) == 7_640  # 191 countries, 4 indices, 10 editions
    assert found["inform.risk", "SSD", 2024] == 8.5
    assert parsed.rejected.empty
    assert {year for *_, year in found} == set(range(2015, 2025))
