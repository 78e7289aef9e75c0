"""The place of a figure is found again in the publisher's own bytes, in every kind of document that a source sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from indicators.contract import Parsed
from monitor.briefs.locate import NotFound, locate
from tests import (
    test_source_inform,
    test_source_owid,
    test_source_pts,
    test_source_unhcr,
    test_source_vdem,
    test_source_worldbank,
)
from tests.publisher import CARDS, zipped


def written(folder: Path, content: bytes) -> Path:
    """Return a file of these bytes."""
    path = folder / "document"
    path.write_bytes(content)
    return path


TABLE = b'\xef\xbb\xbf"Country","Year",Killed\r\n"Made, up",2020,1\r\n"Two\nlines",2021,22\r\n\xc3\x85land,2022,333\r\n'


@pytest.mark.parametrize(
    ("place", "raw", "column"),
    [
        (1, b'"Made, up",2020,1', (3, "1")),
        (2, b'"Two\nlines",2021,22', (3, "22")),
        (3, b"\xc3\x85land,2022,333", (3, "333")),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_row_of_a_table_is_found_with_its_bytes(tmp_path: Path, place: int, raw: bytes, column: object, packed: bool) -> None:
    spot = locate(written(tmp_path, zipped(TABLE, "made.csv") if packed else TABLE), place)
    assert (spot.kind, spot.place, spot.raw, spot.member) == ("row", place, raw, "made.csv" if packed else "")
    assert TABLE[spot.first_byte :].startswith(raw)
    assert spot.column("made:killed") == column
    assert spot.column("wounded") is None
    assert spot.fields[0] == ("Country", {1: "Made, up", 2: "Two\nlines", 3: "Åland"}[place])


def test_a_table_may_be_divided_by_tabs(tmp_path: Path) -> None:
    spot = locate(written(tmp_path, b"country\tcoup\nMade, up\t2\n"), 1)
    assert spot.fields == (("country", "Made, up"), ("coup", "2"))


@pytest.mark.parametrize(
    "body",
    [
        '[{"page": 1}, [{"v": 1, "in": {"id": "a"}}, {"v": 22, "in": {"id": "é"}}]]',
        '{"total": 2, "items": [{"v": 1, "in": {"id": "a"}}, {"v": 22, "in": {"id": "é"}}]}',
        '{"meta": {"items": 1}, "results" : [ {"v": 1, "in": {"id": "a"}} , {"v": 22, "in": {"id": "é"}} ], "next": null}',
        '[{"v": 1, "in": {"id": "a"}}, {"v": 22, "in": {"id": "é"}}]',
    ],
)
def test_an_item_of_a_list_is_found_with_its_bytes(tmp_path: Path, body: str) -> None:
    spot = locate(written(tmp_path, body.encode()), 2)
    assert (spot.kind, spot.raw.decode()) == ("item", '{"v": 22, "in": {"id": "é"}}')
    assert body.encode()[spot.first_byte :].startswith(spot.raw)
    assert spot.fields == (("v", "22"), ("in.id", "é"))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (TABLE, 4),
        (b"[1]", 2),
        (b'{"other": [1]}', 1),
        (zipped(TABLE, "made.txt"), 1),
    ],
    ids=["no such row", "no such item", "no list", "no table in the archive"],
)
def test_a_place_that_is_not_there_is_said_so(tmp_path: Path, content: bytes, place: int) -> None:
    with pytest.raises(NotFound):
        locate(written(tmp_path, content), place)


def of_sources(folder: Path) -> Iterator[tuple[str, Parsed]]:
    """Yield what the fixtures of every kind of source give, with the documents in a folder of their own, named by their hash."""
    for name, collect in {
        "inform": test_source_inform.inform,
        "owid": test_source_owid.rule,
        "pts": test_source_pts.pts,
        "unhcr": test_source_unhcr.unhcr,
        "vdem": test_source_vdem.vdem,
        "wdi": test_source_worldbank.wdi,
    }.items():
        (folder / name).mkdir()
        yield name, collect(folder / name)


def test_what_every_source_read_stands_at_the_place_that_it_recorded(tmp_path: Path) -> None:
    columns = {s.id: s.column for card in CARDS.values() for s in card.series}
    for name, parsed in of_sources(tmp_path):
        rows = parsed.observations.dropna(subset=["value", "place"])
        assert len(rows), name
        for row in rows.to_dict("records"):
            spot = locate(tmp_path / name / str(row["document"]), int(row["place"]))
            column = spot.column(columns[row["series"]])
            texts = [column[1]] if column else [text for _, text in spot.fields]
            assert any(same(text, row["value"]) for text in texts), (name, row["series"], spot.fields)


def same(text: str, value: float) -> bool:
    """Return whether a text is a number, and this one."""
    try:
        return float(text) == value
    except ValueError:
        return False
