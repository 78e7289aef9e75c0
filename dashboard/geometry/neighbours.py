"""Make ``config/neighbours.csv`` from ``world.json``: run once, by hand, when the borders or the crosswalk change.

    python dashboard/geometry/neighbours.py dashboard/geometry/world.json config/countries.csv config/neighbours.csv

Two countries are neighbours when they share a line of the map: a border is one line, used by the shapes on both sides of it. A
strait is none, so that islands and countries across a sea gap have no neighbour there. Nothing is added by hand, and each pair
stands in the file both ways round. What the map does not show, the table does not hold: Ceuta, Melilla and Gibraltar are too
small for it.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
from pathlib import Path
from typing import Any

SOURCE = "world-atlas 2.0.2, 50m: shared line"
COUNTED_WITH = {"Somaliland": "SOM"}  # has no code of its own there; UCDP counts what happens in it under Somalia


def main(world: Path, crosswalk: Path, out: Path) -> None:
    """Write the table of neighbours."""
    with crosswalk.open(encoding="utf-8", newline="") as file:
        assessed = {row["iso3"] for row in csv.DictReader(file) if row["assess"] == "yes"}
    pairs = neighbours(json.loads(world.read_text(encoding="utf-8")), assessed)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("iso3", "neighbour", "source"))
        writer.writerows((*pair, source) for pair, source in sorted(pairs.items()))


def neighbours(topology: dict[str, Any], assessed: set[str]) -> dict[tuple[str, str], str]:
    """Return every pair of assessed countries that share a line, both ways round, with where it was read from."""
    users: dict[int, set[str]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        for arc in (arc for polygon in shape["arcs"] for ring in polygon for arc in ring):
            users.setdefault(max(arc, ~arc), set()).add(shape["id"])
    found: dict[tuple[str, str], str] = {}
    for ids in users.values():
        for one, other in itertools.permutations(ids, 2):
            pair = COUNTED_WITH.get(one, one), COUNTED_WITH.get(other, other)
            if pair[0] == pair[1] or not assessed.issuperset(pair):
                continue
            through = {one, other} & set(COUNTED_WITH)
            source = f"{SOURCE}, through {through.pop()}" if through else SOURCE
            found[pair] = min(source, found.get(pair, source), key=len)  # a line of its own is the better reason
    return found


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
