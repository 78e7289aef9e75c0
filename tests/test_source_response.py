"""Travel advice, the sanctions list and asylum decisions.

Real bytes: three pages of travel advice of 2015 and 2017 (their long parts and links cut out), and the one row of the sanctions
list that is at hand. What is made up lies under ``made`` or stands here.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from indicators.contract import BadValues, Document, Incomplete, NotData, Parsed, SchemaChanged, Source, TooLarge
from monitor.settings import load_response
from tests.conftest import CONFIG, FIXTURES
from tests.publisher import Publisher, collect, collect_replayed

CARDS = {c.id: c for c in load_response(CONFIG, ["baseline", "watch", "elevated", "high"]).profile.sources}
LATER = datetime(2026, 11, 20, tzinfo=UTC)


def rows(parsed: Parsed) -> dict[tuple[str, str, str], float]:
    """Return ``{(column, iso3, first day): value}``."""
    found = parsed.observations
    return {
        (series.split(".")[1], iso3, f"{start:%Y-%m-%d}"): value
        for series, iso3, start, value in zip(found["series"], found["iso3"], found["start"], found["value"], strict=True)
    }


# ----------------------------------------------------------------------------------------------------------- travel advice

ADVICE = FIXTURES / "uk_travel_advice"
INDEX = (ADVICE / "made" / "index.json").read_bytes()
PAGES = {f"/{slug}": (ADVICE / f"{slug}.json").read_bytes() for slug in ("turkey", "albania", "antarctica")}
CONFLICT = json.loads((ADVICE / "made" / "conflict.json").read_text())


class Advice(Publisher):
    """Answers an address that ends in one of these parts."""

    def get(self, source: str, url: str, **more: Any) -> Document:
        return super().get(source, url if any(url.endswith(part) for part in self.answers) else "nowhere", **more)


def advice(folder: Path, pages: dict[str, bytes] | None = None, index: bytes = INDEX) -> Parsed:
    answers = PAGES if pages is None else pages
    return collect(CARDS["uk_travel_advice"], Advice(folder, {**answers, "content/foreign-travel-advice": index}, LATER))


def index_of(*slugs: str) -> bytes:
    return json.dumps({"links": {"children": [{"base_path": f"/foreign-travel-advice/{s}"} for s in slugs]}}).encode()


def only(page: dict[str, Any], folder: Path) -> dict[tuple[str, str, str], float]:
    return rows(advice(folder, {"/unreal": json.dumps(page).encode()}, index_of("unreal")))


def test_the_real_pages_advise_against_nothing_since_the_day_they_say(tmp_path: Path) -> None:
    assert rows(advice(tmp_path)) == {
        ("alert", "TUR", "2017-02-14"): 0,
        ("alert", "ALB", "2017-02-14"): 0,
        ("changes", "TUR", "2017-02-14"): 1,
        ("changes", "ALB", "2017-02-14"): 1,
    }


def test_the_furthest_alert_counts_and_changes_are_counted_by_their_day_in_utc(tmp_path: Path) -> None:
    assert only(CONFLICT, tmp_path) == {
        ("alert", "SDN", "2020-03-09"): 3,
        ("changes", "SDN", "2020-03-09"): 2,
        ("changes", "SDN", "2020-01-01"): 1,  # half past midnight, one hour ahead of UTC
    }


def test_an_alert_that_nobody_has_placed_stops_the_source(tmp_path: Path) -> None:
    page = {**CONFLICT, "details": {**CONFLICT["details"], "alert_status": ["avoid_everything"]}}
    with pytest.raises(SchemaChanged, match="avoid_everything"):
        only(page, tmp_path)


def test_a_place_that_is_unknown_is_set_aside_with_its_name(tmp_path: Path) -> None:
    strange = json.dumps({**CONFLICT, "details": {**CONFLICT["details"], "country": {"slug": "atlantis", "name": "Atlantis"}}})
    many = {f"/p{n}": PAGES["/turkey"] for n in range(40)}
    found = advice(tmp_path, {**many, "/atlantis": strange.encode()}, index_of(*(f"p{n}" for n in range(40)), "atlantis"))
    assert found.rejected["row"].tolist() == ["Atlantis"]


def test_a_page_or_two_may_be_missing_but_not_most(tmp_path: Path) -> None:
    slugs = [f"p{n}" for n in range(10)]
    nine = {f"/{slug}": PAGES["/turkey"] for slug in slugs[:9]}
    assert ("alert", "TUR", "2017-02-14") in rows(advice(tmp_path, nine, index_of(*slugs)))
    with pytest.raises(Incomplete, match="8 of 10 pages came"):
        advice(tmp_path, dict(list(nine.items())[:8]), index_of(*slugs))


@pytest.mark.parametrize(
    ("index", "error"),
    [
        (b"{}", NotData),
        (b"[]", NotData),
        (b'{"links": {"children": [{"base_path": "/elsewhere"}]}}', SchemaChanged),
        (b'{"links"', Incomplete),
    ],
)
def test_an_index_that_is_none_stops_the_source(tmp_path: Path, index: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        advice(tmp_path, index=index)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"details": {}}, NotData),
        ({"details": {"country": {"slug": "x"}, "alert_status": []}}, SchemaChanged),
        ({"details": {"country": {"slug": "x", "name": "Sudan"}}}, SchemaChanged),
        ({"public_updated_at": "yesterday"}, SchemaChanged),
        ({"public_updated_at": None}, SchemaChanged),
        ({"public_updated_at": "2020-03-09T23:30:00"}, SchemaChanged),  # no offset
    ],
)
def test_a_page_that_is_none_stops_the_source(tmp_path: Path, change: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        only({**CONFLICT, **change}, tmp_path)


# ----------------------------------------------------------------------------------------------------------- sanctions list

LIST = (FIXTURES / "uk_sanctions_list" / "one.csv").read_bytes()
SUDAN, RIGHTS = "The Sudan (Sanctions) (EU Exit) Regulations 2020", "The Global Human Rights Sanctions Regulations 2020"


def sanctions(folder: Path, content: bytes = LIST) -> Parsed:
    return collect(CARDS["uk_sanctions_list"], Publisher(folder, {"UK-Sanctions-List.csv": content}, LATER))


def listed(*entries: tuple[str, str, str]) -> bytes:
    """Return a list of made-up designations: unique id, regime, day."""
    head = LIST.split(b"\n")[1]
    names = head.decode().split(",")
    lines = []
    for unique, regime, day in entries:
        cells = dict.fromkeys(names, "")
        cells |= {"Unique ID": unique, "Regime Name": f'"{regime}"', "Date Designated": day, "Name 6": "MADE-UP PERSON"}
        lines.append(",".join(cells[n] for n in names))
    return b"Report Date: 08-Oct-2026\n" + head + b"\n" + "\n".join(lines).encode() + b"\n"


def test_the_real_row_is_one_designation_under_the_russia_regime(tmp_path: Path) -> None:
    found = rows(sanctions(tmp_path))
    assert found["listed", "RUS", "2026-10-08"] == 1
    assert found["designated", "RUS", "2024-07-31"] == 1
    assert found["listed", "SDN", "2026-10-08"] == 0  # the whole list was read
    assert ("listed", "CMR", "2026-10-08") not in found  # there is no regime about it


def test_a_designation_counts_once_however_many_names_it_has(tmp_path: Path) -> None:
    entries = [("S1", SUDAN, "12/07/2023"), ("S1", SUDAN, "12/07/2023"), ("S2", SUDAN, "12/07/2023"), ("S3", SUDAN, "")]
    found = rows(sanctions(tmp_path, listed(*entries, ("G1", RIGHTS, "10/12/2020"))))
    assert found["listed", "SDN", "2026-10-08"] == 3
    assert {k: v for k, v in found.items() if k[0] == "designated"} == {("designated", "SDN", "2023-07-12"): 2}


def test_no_name_of_a_person_reaches_a_row_or_what_was_set_aside(tmp_path: Path) -> None:
    entries = [(f"S{n}", SUDAN, "12/07/2023") for n in range(40)]
    found = sanctions(tmp_path, listed(*entries, ("X1", "The Made-up Regulations 2030", "12/07/2023")))
    assert found.rejected["row"].tolist() == ["X1 The Made-up Regulations 2030"]
    assert "MADE-UP PERSON" not in found.observations.to_csv() + found.rejected.to_csv()


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (LIST.partition(b"\n")[2], NotData),  # without the line before the header
        (LIST.replace(b"08-Oct-2026", b"last week"), SchemaChanged),
        (LIST.replace(b"Regime Name", b"Regime"), SchemaChanged),
        (LIST.replace(b"31/07/2024", b"2024-07-31"), SchemaChanged),
        (LIST[:-40], Incomplete),
        (b"<!doctype html><html></html>\n", NotData),
        (listed(("X1", "The Made-up Regulations 2030", "12/07/2023")), BadValues),
    ],
)
def test_a_list_that_is_none_stops_the_source(tmp_path: Path, content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        sanctions(tmp_path, content)


# -------------------------------------------------------------------------------------------------------- asylum decisions

ITEM = {
    "year": 2024,
    "coo_iso": "CMR",
    "coa_iso": "GBR",
    "procedure_type": "G",
    "dec_level": "FI",
    "dec_pc": "P",
    "dec_recognized": 215,
    "dec_other": "0",
    "dec_rejected": 122,
    "dec_closed": 13,
}


def decisions(folder: Path, *items: dict[str, Any], pages: int = 1, card: Source = CARDS["asylum_decisions"]) -> Parsed:
    content = json.dumps({"page": 1, "maxPages": pages, "items": [{**ITEM, **item} for item in items]}).encode()
    return collect(card, Publisher(folder, {"page=1": content}, LATER))


def test_only_first_decisions_on_persons_count_and_procedures_are_added(tmp_path: Path) -> None:
    found = rows(decisions(tmp_path, {}, {"procedure_type": "U", "dec_recognized": 5}, {"dec_level": "AR"}, {"dec_pc": "C"}))
    assert found["recognized", "CMR", "2024-01-01"] == 220
    assert found["rejected", "CMR", "2024-01-01"] == 244
    assert found["other", "CMR", "2024-01-01"] == 0


def test_a_figure_that_is_not_available_makes_its_sum_unknown(tmp_path: Path) -> None:
    found = rows(decisions(tmp_path, {}, {"procedure_type": "U", "dec_recognized": "-"}))
    assert math.isnan(found["recognized", "CMR", "2024-01-01"])
    assert found["rejected", "CMR", "2024-01-01"] == 244


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ([{}, {}], Incomplete),  # one row twice: another must be missing
        ([{"coa_iso": "FRA"}], SchemaChanged),  # the state that was asked for was ignored
        ([{"year": "2024"}], SchemaChanged),
        ([{"dec_recognized": "many"}], SchemaChanged),
        ([], NotData),
    ],
)
def test_decisions_that_cannot_be_stop_the_source(tmp_path: Path, items: list[dict[str, Any]], error: type[Exception]) -> None:
    with pytest.raises(error):
        decisions(tmp_path, *items)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="51 pages"):
        decisions(tmp_path, {}, pages=51)


@pytest.mark.upstream
def test_the_replay_has_the_uk_decisions_on_cameroonians(tmp_path: Path, upstream: str) -> None:
    found = rows(collect_replayed(CARDS["asylum_decisions"], tmp_path, upstream))
    figures = [found[c, "CMR", "2025-01-01"] for c in ("recognized", "other", "rejected", "closed")]
    assert figures == [564, 26, 528, 40]  # read off the replay's table by hand
    assert found["closed", "CMR", "2023-01-01"] == 36  # 31 and 5, of two procedures
