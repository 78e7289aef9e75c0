"""Which countries border on each other: ``config/neighbours.csv``, made from the map by ``dashboard/geometry/neighbours.py``."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path

from monitor.settings import ConfigError, nearest

COLUMNS = ["iso3", "neighbour", "source"]

Neighbours = Mapping[str, tuple[str, ...]]


def load(path: Path, known: Collection[str]) -> Neighbours:
    """Return each country's neighbours, sorted; a country without any is left out.

    Raises :class:`ConfigError` naming the line: an unknown code, a country beside itself, a pair that is there twice or one way
    only.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: file is missing") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    if reader.fieldnames != COLUMNS:
        raise ConfigError(f"{path}: expected the columns {', '.join(COLUMNS)}")
    pairs: dict[tuple[str, str], int] = {}
    for line, row in enumerate(rows, 2):
        one, other = str(row["iso3"]), str(row["neighbour"])
        for code in (one, other):
            if code not in known:
                raise ConfigError(f"{path}: line {line}: unknown country {code!r}{nearest(code, known)}")
        if one == other:
            raise ConfigError(f"{path}: line {line}: {one} is no neighbour of itself")
        if (one, other) in pairs:
            raise ConfigError(f"{path}: line {line}: {one} and {other} stand in line {pairs[one, other]} already")
        pairs[one, other] = line
    for (one, other), line in pairs.items():
        if (other, one) not in pairs:
            raise ConfigError(f"{path}: line {line}: {one} borders on {other}, but {other} not on {one}")
    found: dict[str, list[str]] = {}
    for one, other in sorted(pairs):
        found.setdefault(one, []).append(other)
    return {one: tuple(others) for one, others in found.items()}
