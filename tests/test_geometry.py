"""The shapes of the map: every assessed country is there under its ISO3 code, and the hatch lies inside its borders."""

from __future__ import annotations

import csv
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.geometry import build

ROOT = Path(__file__).resolve().parents[1]
WORLD = ROOT / "dashboard" / "geometry" / "world.json"
WITHOUT_SHAPE = {"TUV"}  # Tuvalu is too small for the file; the table beside the map covers it


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    return json.loads(WORLD.read_text(encoding="utf-8"))


def shapes(world: dict[str, Any], name: str = "countries") -> dict[str, dict[str, Any]]:
    return {g["id"]: g for g in world["objects"][name]["geometries"]}


def points(world: dict[str, Any], arc: int) -> np.ndarray:
    step = world["transform"]["scale"][0]
    line = np.cumsum(np.array(world["arcs"][arc if arc >= 0 else ~arc]), axis=0) * step
    return line if arc >= 0 else line[::-1]


def rings(world: dict[str, Any], iso3: str) -> list[np.ndarray]:
    polygons = shapes(world)[iso3]["arcs"]
    return [np.concatenate([points(world, arc) for arc in ring]) for polygon in polygons for ring in polygon]


def inside(x: float, y: float, borders: list[np.ndarray]) -> bool:
    """Count how often a ray to the east crosses the borders: not the way the hatch was made."""
    crossings = 0
    for ring in borders:
        for (x1, y1), (x2, y2) in itertools.pairwise(ring):
            if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
                crossings += 1
    return crossings % 2 == 1


@pytest.fixture(scope="module")
def assessed() -> set[str]:
    with (ROOT / "config" / "countries.csv").open(encoding="utf-8", newline="") as file:
        return {row["iso3"] for row in csv.DictReader(file) if row["assess"] == "yes"}


def test_every_assessed_country_has_a_shape_under_its_own_code(world: dict[str, Any], assessed: set[str]) -> None:
    assert assessed - set(shapes(world)) == WITHOUT_SHAPE


def test_every_assessed_country_can_be_hatched(world: dict[str, Any], assessed: set[str]) -> None:
    assert assessed - set(shapes(world, "hatch")) == WITHOUT_SHAPE


def test_no_code_occurs_twice_and_antarctica_is_left_out(world: dict[str, Any]) -> None:
    ids = [g["id"] for g in world["objects"]["countries"]["geometries"]]
    assert len(ids) == len(set(ids))
    assert "ATA" not in ids


def test_kosovo_has_its_code_and_the_disputed_areas_have_none(world: dict[str, Any]) -> None:
    found = shapes(world)
    assert found["XKX"]["properties"]["name"] == "Kosovo"
    disputed = {g["properties"]["name"] for g in found.values() if g["properties"].get("disputed")}
    assert disputed == {"Somaliland", "Northern Cyprus", "Siachen Glacier"}
    assert not any(len(i) == 3 and i.isupper() for i, g in found.items() if g["properties"].get("disputed"))


def test_names_come_from_the_crosswalk_not_from_the_package(world: dict[str, Any]) -> None:
    names = {i: g["properties"]["name"] for i, g in shapes(world).items()}
    assert (names["TUR"], names["MKD"], names["CZE"]) == ("Türkiye", "North Macedonia", "Czechia")


def test_every_ring_is_closed(world: dict[str, Any]) -> None:
    for iso3 in shapes(world):
        for ring in rings(world, iso3):
            assert len(ring) >= 4, iso3
            assert np.allclose(ring[0], ring[-1]), iso3


@pytest.mark.parametrize(
    ("iso3", "place"),
    [("CMR", (11.5, 3.9)), ("MMR", (96.1, 19.8)), ("AUS", (149.1, -35.3)), ("PSE", (35.2, 31.9)), ("XKX", (21.1, 42.6))],
)  # fmt: skip
def test_a_capital_lies_in_its_country(world: dict[str, Any], iso3: str, place: tuple[float, float]) -> None:
    assert inside(*place, rings(world, iso3))


def test_a_border_between_two_countries_is_one_line(world: dict[str, Any]) -> None:
    def used(iso3: str) -> set[int]:
        return {a if a >= 0 else ~a for polygon in shapes(world)[iso3]["arcs"] for ring in polygon for a in ring}

    assert used("TCD") & used("SDN")


@pytest.mark.parametrize("iso3", ["BRA", "CMR", "NRU", "IDN", "ZAF"])
def test_the_hatch_lies_inside_the_country(world: dict[str, Any], iso3: str) -> None:
    lines = [points(world, arc) for line in shapes(world, "hatch")[iso3]["arcs"] for arc in line]
    middles = [(a + b) / 2 for line in lines for a, b in itertools.pairwise(line) if np.hypot(*(b - a)) > 0.3]
    borders = rings(world, iso3)
    outside = [tuple(m) for m in middles if not inside(*m, borders)]
    assert len(lines) >= 1
    assert not outside


def test_building_gives_codes_and_drops_what_no_screen_shows(tmp_path: Path) -> None:
    # Two squares, ten degrees wide, that share the line x = 10 (arc 1), with one needless point on the outer line of the first.
    atlas = {
        "type": "Topology",
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "objects": {
            "countries": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "id": "001", "properties": {"name": "West"}, "arcs": [[0, 1]]},
                    {"type": "Polygon", "properties": {"name": "Somaliland"}, "arcs": [[2, -2]]},
                    {"type": "Polygon", "id": "009", "properties": {"name": "Australia"}, "arcs": [[3]]},
                    {"type": "Polygon", "id": "009", "properties": {"name": "Ashmore and Cartier Is."}, "arcs": [[4]]},
                    {"type": "Polygon", "id": "010", "properties": {"name": "Antarctica"}, "arcs": [[3]]},
                ],
            }
        },
        "arcs": [
            [[10, 10], [-5, 0], [-5, 0], [0, -10], [10, 0]],
            [[10, 0], [0, 10]],
            [[10, 0], [10, 0], [0, 10], [-10, 0]],
            [[30, 0], [10, 0], [0, 10], [-10, 0], [0, -10]],
            [[50, 0], [2, 0], [0, 2], [-2, 0], [0, -2]],
        ],
    }
    (tmp_path / "atlas.json").write_text(json.dumps(atlas))
    (tmp_path / "countries.csv").write_text("iso3,m49,name\nWES,001,The West\nAUS,009,Australia\n")
    build.main(tmp_path / "atlas.json", tmp_path / "countries.csv", tmp_path / "world.json")
    made = json.loads((tmp_path / "world.json").read_text())
    found = shapes(made)
    assert list(found) == ["WES", "Somaliland", "AUS"]
    assert found["WES"]["properties"] == {"name": "The West"}
    assert found["Somaliland"]["properties"] == {"name": "Somaliland", "disputed": True}
    assert len(found["AUS"]["arcs"]) == 2  # both islands, one country
    west = np.concatenate(rings(made, "WES"))
    assert west.round(6).tolist() == [[10, 10], [0, 10], [0, 0], [10, 0], [10, 0], [10, 10]]  # (5, 10) is gone
    assert found["WES"]["arcs"][0][0][1] == ~found["Somaliland"]["arcs"][0][0][1]  # the shared line, there and back


def test_a_shape_that_nobody_knows_stops_the_build(tmp_path: Path) -> None:
    square = [[0, 0], [2, 0], [0, 2], [-2, 0], [0, -2]]
    geometry = {"type": "Polygon", "id": "777", "properties": {"name": "Atlantis"}, "arcs": [[0]]}
    known = [{**geometry, "id": "009", "properties": {"name": n}} for n in ("Australia", "Ashmore and Cartier Is.")]
    atlas = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "objects": {"countries": {"geometries": [geometry, *known]}},
        "arcs": [square],
    }
    (tmp_path / "atlas.json").write_text(json.dumps(atlas))
    (tmp_path / "countries.csv").write_text("iso3,m49,name\nAUS,009,Australia\n")
    with pytest.raises(SystemExit, match="Atlantis"):
        build.main(tmp_path / "atlas.json", tmp_path / "countries.csv", tmp_path / "world.json")
    assert not (tmp_path / "world.json").exists()
