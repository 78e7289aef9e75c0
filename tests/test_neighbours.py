"""Who borders on whom: read off the map, the same both ways, and nothing added by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from dashboard.geometry import neighbours as builder
from indicators.countries import Countries
from monitor.neighbours import Neighbours, load
from tests.conftest import CONFIG, ROOT

WORLD = ROOT / "dashboard" / "geometry" / "world.json"


@pytest.fixture(scope="module")
def assessed() -> tuple[str, ...]:
    return tuple(Countries.load(CONFIG / "countries.csv").assessed())


@pytest.fixture(scope="module")
def table(assessed: tuple[str, ...]) -> Neighbours:
    return load(CONFIG / "neighbours.csv", assessed)


def test_the_table_is_what_the_builder_makes_of_the_bundled_map(tmp_path: Path) -> None:
    made = tmp_path / "neighbours.csv"
    builder.main(WORLD, CONFIG / "countries.csv", made)
    assert made.read_bytes() == (CONFIG / "neighbours.csv").read_bytes()


@pytest.mark.parametrize(
    ("iso3", "expected"),
    [
        ("COD", "AGO BDI CAF COG RWA SSD TZA UGA ZMB"),
        ("GBR", "IRL"),
        ("PRK", "CHN KOR RUS"),
        ("LSO", "ZAF"),
        ("MMR", "BGD CHN IND LAO THA"),
        ("RWA", "BDI COD TZA UGA"),
        ("SYR", "IRQ ISR JOR LBN TUR"),
        ("SDN", "CAF EGY ERI ETH LBY SSD TCD"),
        ("NGA", "BEN CMR NER TCD"),
        ("VEN", "BRA COL GUY"),
        ("XKX", "ALB MKD MNE SRB"),
        ("PSE", "EGY ISR JOR"),
        ("BRN", "MYS"),
    ],
)
def test_neighbours_that_anybody_can_check_on_a_map(table: Neighbours, iso3: str, expected: str) -> None:
    assert " ".join(table[iso3]) == expected


def test_islands_have_none_and_a_strait_is_no_border(table: Neighbours) -> None:
    assert not {"LKA", "MDG", "CUB", "JPN", "ISL", "PHL", "TUV", "SGP", "BHR", "CYP"} & set(table)
    for one, other in (("ESP", "MAR"), ("GBR", "FRA"), ("DNK", "SWE"), ("YEM", "DJI"), ("RUS", "JPN"), ("TUN", "ITA")):
        assert other not in table.get(one, ())


def test_what_the_map_is_too_coarse_for_is_not_in_the_table(table: Neighbours) -> None:
    """Ceuta and Melilla touch Morocco, Gibraltar touches Spain; the map shows neither, and nobody has added them."""
    assert table["ESP"] == ("AND", "FRA", "PRT")
    assert table["MAR"] == ("DZA",)


def test_a_border_of_an_overseas_part_is_a_border(table: Neighbours) -> None:
    assert {"BRA", "SUR"} < set(table["FRA"])  # French Guiana
    assert {"LTU", "POL"} < set(table["RUS"])  # Kaliningrad
    assert "TUR" in table["AZE"]  # Nakhchivan


def test_somalia_has_the_borders_of_somaliland_whose_figures_are_counted_with_its_own(table: Neighbours) -> None:
    assert table["SOM"] == ("DJI", "ETH", "KEN")
    with (CONFIG / "neighbours.csv").open(encoding="utf-8", newline="") as file:
        sources = {(row["iso3"], row["neighbour"]): row["source"] for row in csv.DictReader(file)}
    through = {pair for pair, source in sources.items() if "through" in source}
    assert through == {("DJI", "SOM"), ("SOM", "DJI")}


def test_every_border_is_there_both_ways_and_only_between_assessed_countries(
    table: Neighbours, assessed: tuple[str, ...]
) -> None:
    assert all(one in table[other] for one, others in table.items() for other in others)
    assert set(table) <= set(assessed)
    assert sum(map(len, table.values())) == 628


def test_shapes_that_share_a_line_are_neighbours_and_shapes_that_touch_at_a_point_are_not() -> None:
    """A and B share arc 1; C lies beside both with lines of its own; the territory T is not assessed."""
    shapes = {"AAA": [[[0, 1]]], "BBB": [[[-2, 2, 4]]], "CCC": [[[3]]], "TTT": [[[-5, 5]]]}
    topology = {"objects": {"countries": {"geometries": [{"id": i, "arcs": arcs} for i, arcs in shapes.items()]}}}
    found = builder.neighbours(topology, {"AAA", "BBB", "CCC"})
    assert set(found) == {("AAA", "BBB"), ("BBB", "AAA")}
