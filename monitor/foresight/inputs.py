"""What a forecast depends on, as hashes by name: the key under which it is made once and not again. Pure.

The key covers the figures of every series that the policy reads (series, country, last day, value: nothing else of a row is
read), the last year that may have figures, the policy, the backtest that calibrates it, what the cards say of these series, the
crosswalk's spells and names, who borders on whom, the code and the libraries that fit. It does not cover the day: the same
inputs give the same forecast on any day of a year.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.foresight.kept import Kept
from monitor.foresight.policy import Foresight
from monitor.foresight.prepare import World

PARTS = ("figures", "until", "policy", "backtest", "cards", "countries", "neighbours", "code", "libraries")
OF_FIGURES = ("figures", "until")  # the parts that are figures; a change of any other is one of the model


@dataclass(frozen=True)
class Given:
    """What a forecast is made from, and the hashes of it (:func:`parts`)."""

    world: World
    panel: pd.DataFrame
    kept: Kept | None
    until: int
    parts: Mapping[str, str]


def parts(world: World, panel: pd.DataFrame, kept: Kept | None, until: int, program: Mapping[str, str]) -> dict[str, str]:
    """Return :data:`PARTS`, each as text.

    ``panel``: series, iso3, end, value; ``program``: hashes of ``code`` and ``libraries``.
    """
    countries = world.countries
    spells = countries.spells()
    names = {str(c): countries.name(str(c)) for c in sorted(spells["iso3"].unique())}
    return {
        "figures": figures_hash(figures_of(world.policy, panel)),
        "until": str(until),
        "policy": world.policy.hash,
        "backtest": _hash(kept.model_dump(mode="json") if kept is not None else None),
        "cards": _hash([sorted((s, repr(c)) for s, c in world.cards.items()), sorted(world.monthly.items())]),
        "countries": _hash([spells.astype(str).to_dict("list"), names]),
        "neighbours": _hash({c: sorted(others) for c, others in world.neighbours.items()}),
        "code": program["code"],
        "libraries": program["libraries"],
    }


def key_of(found: Mapping[str, str]) -> str:
    """Return the key of these parts: 16 hex digits."""
    return _hash([found[name] for name in PARTS])[:16]


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return the names of the parts that are not what they were, in the order of :data:`PARTS`."""
    return [name for name in PARTS if before.get(name) != now.get(name)]


def figures_of(policy: Foresight, panel: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a panel that a forecast reads."""
    return panel[panel["series"].isin(sorted(policy.series_used()))]


def figures_hash(rows: pd.DataFrame) -> str:
    """Return the SHA-256 of series, country, last day and value of each row, whatever the order of rows and of categories."""
    digest = hashlib.sha256()
    codes = []
    for column in ("series", "iso3"):
        held = pd.Categorical(rows[column].astype("category"))
        names = sorted(str(held.categories[c]) for c in np.unique(held.codes))
        digest.update(("\n".join(names) + "\n\n").encode())
        place = {name: n for n, name in enumerate(names)}
        codes.append(np.array([place.get(str(c), -1) for c in held.categories], dtype="int64")[held.codes])
    ends = rows["end"].to_numpy().astype("datetime64[D]").astype("int64")
    value = rows["value"].to_numpy(dtype="float64", na_value=np.nan)
    columns = (*codes, ends, np.where(np.isnan(value), np.nan, value + 0.0))  # one NaN, one zero
    order = _order(codes[0], codes[1], ends)
    for each in columns:
        ordered = each if order is None else each[order]
        digest.update(ordered.astype("<i8" if each.dtype.kind == "i" else "<f8").tobytes())
    return digest.hexdigest()


def _order(*keys: npt.NDArray[np.int64]) -> npt.NDArray[np.intp] | None:
    """Return the order by these keys; None where the rows lie in it already, as those of the record do."""
    joined = np.zeros(len(keys[0]), dtype="int64")
    for each in keys:
        lowest = int(each.min()) if len(each) else 0
        joined = joined * (int(each.max()) - lowest + 1 if len(each) else 1) + (each - lowest)
    return None if bool((np.diff(joined) >= 0).all()) else np.argsort(joined, kind="stable")


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
