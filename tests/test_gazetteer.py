"""The gazetteer: which countries a text is about. Its errors are counted on texts labelled by hand (tests/fixtures/gazetteer).

``pytest tests/test_gazetteer.py -s`` prints precision and recall of each set with n and a 95 % Wilson interval.
"""

from __future__ import annotations

import csv
import hashlib
import math
from functools import cache
from typing import Any, NamedTuple

import pytest

from indicators.gazetteer import COLUMNS, Gazetteer, Rules, folded
from monitor.settings import load_response
from tests.conftest import CONFIG, FIXTURES

LEVELS = ["baseline", "watch", "elevated", "high"]
FOLDER = FIXTURES / "gazetteer"


@cache
def shipped() -> Gazetteer:
    return load_response(CONFIG, LEVELS).gazetteer


def about(text: str) -> str:
    return " ".join(shipped().countries(text))


# ------------------------------------------------------------------------------------------------------------ how often it errs


class Counted(NamedTuple):
    texts: int
    right: int
    too_many: int
    missed: int


def held_out(name: str) -> bool:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 1


def counted(file: str, *, half: bool | None = None) -> Counted:
    """Return how many countries were found rightly, found too many and missed, over the texts of a set or of a half of it."""
    texts = right = too_many = missed = 0
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if half is not None and held_out(row["id"]) != half:
                continue
            said, found = set(row["countries"].split()), set(shipped().countries(row["text"]))
            texts, right = texts + 1, right + len(said & found)
            too_many, missed = too_many + len(found - said), missed + len(said - found)
    return Counted(texts, right, too_many, missed)


def wilson(part: int, whole: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share."""
    share, square = part / whole, z * z
    middle = (share + square / (2 * whole)) / (1 + square / whole)
    half = z * math.sqrt(share * (1 - share) / whole + square / (4 * whole * whole)) / (1 + square / whole)
    return middle - half, middle + half


@pytest.mark.parametrize(
    ("file", "half", "expected"),
    [
        ("genuine.csv", False, Counted(68, 57, 0, 0)),
        ("genuine.csv", True, Counted(56, 52, 0, 0)),
        ("made.csv", False, Counted(56, 48, 1, 0)),
        ("made.csv", True, Counted(64, 57, 0, 0)),
        ("made_after.csv", None, Counted(70, 70, 10, 3)),
    ],
)
def test_its_errors_are_those_that_were_measured(file: str, half: bool | None, expected: Counted) -> None:
    found = counted(file, half=half)
    assert found == expected
    name = f"{file}, {'all held out' if half is None else 'held out' if half else 'open'}"
    for what, of in (("precision", found.right + found.too_many), ("recall", found.right + found.missed)):
        low, high = wilson(found.right, of)
        print(f"{name}: {found.texts} texts, {what} {found.right} of {of} ({low:.2f} to {high:.2f})")


def test_wilson_by_hand() -> None:
    low, high = wilson(10, 10)
    assert (round(low, 3), round(high, 3)) == (0.722, 1.0)  # 1 / (1 + z^2/10) = 1 / 1.38415
    low, high = wilson(5, 10)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)


# --------------------------------------------------------------------------------------------------------------- what misleads


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Darfur", "SDN"),
        ("Tigray", "ETH"),
        ("Rakhine", "MMR"),
        ("the Anglophone regions", "CMR"),
        ("South Kivu", "COD"),
        ("Xinjiang", "CHN"),
        ("Kachin", "MMR"),
        ("South Kordofan", "SDN"),
        ("Cabo Delgado", "MOZ"),
        ("Georgia: elections", "GEO"),
        ("South Georgia", "SGS"),
        ("the US State of Georgia", "USA"),
        ("Georgia Made-Up of Leeds", ""),
        ("Chad: refugees", "TCD"),
        ("Mr Chad", ""),
        ("Chad Made-Up", ""),
        ("Jordan and Lebanon", "JOR LBN"),
        ("Baroness Jordan", ""),
        ("Guinea", "GIN"),
        ("Equatorial Guinea", "GNQ"),
        ("Papua New Guinea", "PNG"),
        ("Guinea-Bissau", "GNB"),
        ("the Gulf of Guinea", ""),
        ("the Democratic Republic of the Congo", "COD"),
        ("the Republic of the Congo", "COG"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("the Niger Delta", "NGA"),
        ("Sudan", "SDN"),
        ("South Sudan", "SSD"),
        ("North Korea", "PRK"),
        ("Korean War veterans", ""),
        ("Dominica", "DMA"),
        ("the Dominican Republic", "DOM"),
        ("Turkey: journalists", "TUR"),
        ("turkeys", ""),
        ("Mali", "MLI"),
        ("Malicious", ""),
        ("Oman", "OMN"),
        ("Roman", ""),
        ("Cuba Street", ""),
        ("Northern Ireland", ""),
        ("Ireland", "IRL"),
        ("the Gulf states", ""),
        ("Israel, Palestine and Gaza", "ISR PSE"),
        ("Türkiye and Côte d’Ivoire", "CIV TUR"),
        ("Swaziland, Burma, Ceylon and Zaire", "COD LKA MMR SWZ"),
        ("the United Kingdom, England and Wales", ""),
        ("", ""),
    ],
)
def test_names_that_mislead(text: str, countries: str) -> None:
    assert about(text) == countries


def test_a_mention_says_where_it_stands_and_none_overlap() -> None:
    found = shipped().mentions("South Sudan and Sudan's Darfuris")
    assert [(m.name, m.start, m.end, m.iso3) for m in found] == [
        ("South Sudan", 0, 11, ("SSD",)),
        ("Sudan", 16, 21, ("SDN",)),
        ("Darfuri", 24, 32, ("SDN",)),
    ]


def test_folding_keeps_capitals_and_drops_accents() -> None:
    assert folded("Türkiye’s St. Lucia – Côte") == "Turkiye's St Lucia - Cote"


# ------------------------------------------------------------------------------------------------------------- rules are data

RULES: dict[str, Any] = {
    "home": "HOM",
    "no_country": ["Lesser Unreal"],
    "not_before": [{"names": [], "words": ["Street"]}],
    "not_after": [{"names": ["Unreal"], "words": ["Dr"]}],
    "also_people": {"names": ["Unreal"], "beside": ["Government"]},
    "otherwise": [{"names": ["Unreal"], "words": ["overseas"], "iso3": "BBB"}],
}
ROWS = [dict(zip(COLUMNS, ("AAA", "Unreal", "Unrealian", "Far Province"), strict=True))]
KNOWN = ("AAA", "BBB", "HOM")


def made(rows: list[dict[str, str]] = ROWS, **changes: Any) -> Gazetteer:
    return Gazetteer.build(rows, Rules.model_validate(RULES | changes), KNOWN)


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Unreal", ("AAA",)),
        ("two Unrealians in the Far Province", ("AAA",)),
        ("Lesser Unreal", ()),
        ("Unreal Street", ()),
        ("Far Province Street", ()),
        ("Dr Unreal", ()),
        ("Dr. Unreal", ()),
        ("Unreal Jones", ()),
        ("Unreal Government", ("AAA",)),
        ("we asked Jane Unreal", ()),
        ("Unreal overseas", ("BBB",)),
        ("Unreality", ()),
        ("unreal", ()),
    ],
)
def test_each_rule_does_what_it_says_for_a_country_that_is_none(text: str, countries: tuple[str, ...]) -> None:
    assert made().countries(text) == countries


@pytest.mark.parametrize(
    ("rows", "changes", "says"),
    [
        ([{**ROWS[0], "iso3": "XXX"}], {}, "unknown country 'XXX'"),
        ([*ROWS, ROWS[0]], {}, "is listed twice"),
        ([{**ROWS[0], "iso3": "HOM"}], {}, "is home"),
        ([{**ROWS[0], "places": "Unreal"}], {}, "'Unreal' stands twice"),
        (ROWS, {"also_people": {"names": ["Nowhere"], "beside": []}}, "no country is called 'Nowhere'"),
        (ROWS, {"otherwise": [{"names": ["Unreal"], "words": ["x"], "iso3": "XXX"}]}, "unknown country 'XXX'"),
        (ROWS, {"home": "XXX"}, "unknown country 'XXX'"),
    ],
)
def test_a_mistake_in_names_or_rules_is_refused_with_its_place(rows: Any, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        made(rows, **changes)


def test_every_assessed_country_but_home_has_its_names() -> None:
    from tests.publisher import COUNTRIES

    with (CONFIG / "gazetteer.csv").open(encoding="utf-8", newline="") as lines:
        named = {row["iso3"] for row in csv.DictReader(lines)}
    assert set(COUNTRIES.assessed()) - named == {"GBR"}
    assert all(iso3 in shipped().countries(COUNTRIES.name(iso3)) for iso3 in set(COUNTRIES.assessed()) - {"GBR"})
