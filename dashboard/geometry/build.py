"""Make ``world.json`` from world-atlas' ``countries-50m.json``: run once, by hand, when the borders or the crosswalk change.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python dashboard/geometry/build.py package/countries-50m.json config/countries.csv

1. Give every shape its ISO3 code through the crosswalk's M49 numbers; Kosovo, which carries none, by name. 2. Mark the shapes
that stay without a code as disputed. 3. Drop Antarctica and give Ashmore and Cartier, which carries Australia's number, to
Australia. 4. Thin the lines to what a screen can show; a border shared by two countries stays one line. 5. Draw the hatch that
stands for "insufficient data" as diagonal lines clipped to each shape, because Vega knows no hatched fill.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Line = npt.NDArray[np.float64]  # points x (longitude, latitude)
Topology = dict[str, Any]

TOLERANCE = 0.07  # degrees: a third of a pixel on a map 1,400 pixels wide
SMALLEST_RING = 0.02  # square degrees: a smaller island is dropped where its country has larger ones
SPACING = 1.6  # degrees between the lines of the hatch
LONGEST = 4.0  # degrees: a longer line would bend away from the hatch's direction on a curved projection
STEP = 0.01  # degrees between the whole numbers that positions are stored as
BY_NAME = {"Kosovo": "XKX"}
DISPUTED = {"Somaliland": "Somaliland", "N. Cyprus": "Northern Cyprus", "Siachen Glacier": "Siachen Glacier"}
DROPPED = ("Antarctica", "Indian Ocean Ter.")
MERGED = {"Ashmore and Cartier Is.": "Australia"}


def main(atlas: Path, crosswalk: Path, out: Path) -> None:
    """Write the geometry file."""
    topology = json.loads(atlas.read_text(encoding="utf-8"))
    codes, names = _codes(crosswalk)
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    lines = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    shapes = [g for g in topology["objects"]["countries"]["geometries"] if g["properties"]["name"] not in DROPPED]
    shapes = _merged(shapes)
    thin = [np.rint(_thinned(line) / STEP) * STEP for line in lines]
    countries = [_shape(g, thin, codes, names) for g in shapes]
    hatch = [_hatched(g, thin) for g in countries]
    out.write_text(
        json.dumps(_packed(countries, hatch, thin), separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8"
    )


def _codes(crosswalk: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return M49 number -> ISO3, and ISO3 -> name."""
    with crosswalk.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {r["m49"]: r["iso3"] for r in rows if r["m49"]}, {r["iso3"]: r["name"] for r in rows if r["name"]}


def _merged(shapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the shapes with those of :data:`MERGED` added to the shape that they belong to."""
    at = {g["properties"]["name"]: g for g in shapes}
    for part, whole in MERGED.items():
        at[whole]["arcs"] = _polygons(at[whole]) + _polygons(at[part])
        at[whole]["type"] = "MultiPolygon"
    return [g for g in shapes if g["properties"]["name"] not in MERGED]


def _polygons(shape: dict[str, Any]) -> list[list[list[int]]]:
    return list(shape["arcs"]) if shape["type"] == "MultiPolygon" else [shape["arcs"]]


def _shape(shape: dict[str, Any], lines: list[Line], codes: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    """Return one country: ISO3 as id, its name, and the polygons that are large enough to see."""
    name = shape["properties"]["name"]
    iso3 = BY_NAME.get(name) or codes.get(shape.get("id", ""), "")
    if not iso3 and name not in DISPUTED:
        raise SystemExit(f"{name}: neither in the crosswalk nor in DISPUTED")
    polygons = [(_area(_ring(p[0], lines)), p) for p in _polygons(shape)]
    largest = max(area for area, _ in polygons)
    kept = [p for area, p in polygons if area >= min(SMALLEST_RING, largest)]
    about = {"name": names[iso3]} if iso3 else {"name": DISPUTED[name], "disputed": True}
    return {"type": "MultiPolygon", "id": iso3 or name, "properties": about, "arcs": kept}


def _ring(arcs: list[int], lines: list[Line]) -> Line:
    """Return a closed ring; an arc ``~n`` is arc n backwards."""
    return np.concatenate([lines[n] if n >= 0 else lines[~n][::-1] for n in arcs])


def _area(ring: Line) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _thinned(line: Line) -> Line:
    """Return the line without the points that lie within :data:`TOLERANCE` of it (Douglas and Peucker); ends stay."""
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    if np.array_equal(line[0], line[-1]):  # a ring: hold on to its farthest corners, or it folds into a line
        far = int(np.argmax(np.hypot(*(line - line[0]).T)))
        across = _distances(line, line[0], line[far])
        keep[[far, int(np.argmax(across))]] = True
    pending = list(itertools.pairwise(np.flatnonzero(keep).tolist()))
    while pending:
        first, last = pending.pop()
        if last - first < 2:
            continue
        distance = _distances(line[first + 1 : last], line[first], line[last])
        at = first + 1 + int(np.argmax(distance))
        if distance.max() > TOLERANCE:
            keep[at] = True
            pending += [(first, at), (at, last)]
    return line[keep]


def _distances(points: Line, start: Line, end: Line) -> Line:
    """Return how far points lie from the line through start and end (from start where the two are one)."""
    along, offset = end - start, points - start
    length = float(np.hypot(*along))
    if length == 0:
        return np.asarray(np.hypot(offset[:, 0], offset[:, 1]))
    return np.asarray(np.abs(along[0] * offset[:, 1] - along[1] * offset[:, 0]) / length)


def _hatched(country: dict[str, Any], lines: list[Line]) -> dict[str, Any]:
    """Return the diagonal lines inside a country; the smallest countries have them closer."""
    rings = [_ring(ring, lines) for polygon in country["arcs"] for ring in polygon]
    spacing, pieces = SPACING, _diagonals(rings, SPACING)
    while not pieces and spacing > STEP:
        spacing /= 2
        pieces = _diagonals(rings, spacing)
    return {"type": "MultiLineString", "id": country["id"], "properties": country["properties"], "lines": pieces}


def _diagonals(rings: list[Line], spacing: float) -> list[Line]:
    """Return where each line y - x = c, at whole multiples of ``spacing``, enters and leaves the rings (even-odd rule)."""
    starts, ends = np.concatenate(rings), np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    before, after = starts[:, 1] - starts[:, 0], ends[:, 1] - ends[:, 0]
    pieces = []
    for n in range(int(np.ceil(before.min() / spacing)), int(np.floor(before.max() / spacing)) + 1):
        c = n * spacing + 1e-6  # beside the corners, which lie on a grid
        cut = (before < c) != (after < c)
        share = (c - before[cut]) / (after[cut] - before[cut])
        xs = np.sort(starts[cut, 0] + share * (ends[cut, 0] - starts[cut, 0]))
        for left, right in zip(xs[::2].tolist(), xs[1::2].tolist(), strict=True):
            stops = np.linspace(left, right, int((right - left) / LONGEST) + 2)
            pieces.append(np.column_stack([stops, stops + c]))
    return pieces


def _packed(countries: list[dict[str, Any]], hatch: list[dict[str, Any]], lines: list[Line]) -> Topology:
    """Return the topology, with the arcs still in use renumbered and stored as whole steps from point to point."""
    arcs: list[list[list[int]]] = []
    place: dict[int, int] = {}

    def stored(line: Line) -> int:
        whole = np.rint(line / STEP).astype(int)
        arcs.append(np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=int)).tolist())
        return len(arcs) - 1

    def renumbered(n: int) -> int:
        known = n if n >= 0 else ~n
        if known not in place:
            place[known] = stored(lines[known])
        return place[known] if n >= 0 else ~place[known]

    for country in countries:
        country["arcs"] = [[[renumbered(n) for n in ring] for ring in polygon] for polygon in country["arcs"]]
    for shape in hatch:
        shape["arcs"] = [[stored(line)] for line in shape.pop("lines")]
    objects = {"countries": countries, "hatch": [h for h in hatch if h["arcs"]]}
    return {
        "type": "Topology",
        "transform": {"scale": [STEP, STEP], "translate": [0, 0]},
        "objects": {name: {"type": "GeometryCollection", "geometries": g} for name, g in objects.items()},
        "arcs": arcs,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(__file__).with_name("world.json"))
