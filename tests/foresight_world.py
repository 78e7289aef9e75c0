"""A made world for the forecasts: invented countries and figures, and a policy that is fitted in no time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from monitor.foresight.annual import Annual
from monitor.foresight.features import Card
from monitor.foresight.policy import Foresight
from monitor.foresight.prepare import World
from monitor.settings import load_sources, read_yaml
from tests.conftest import CONFIG

FIRST, LAST = 1990, 2015
KILLED, RIGHTS, PEOPLE = "ucdp.one_sided_deaths", "vdem.v2clkill", "wdi.population"
BATTLE, LISTED, ONGOING = "ucdp.state_based_deaths", "ewp.mass_killing_onset", "ewp.mass_killing_ongoing"

SMALL: dict[str, Any] = {
    "train_from": 1990,
    "walk_from": 2004,
    "horizons": [1],
    "checklist": [
        {"id": "battle", "title": "Battle deaths", "feature": "battle.now", "as": "flag"},
        {"id": "people", "title": "Population", "feature": "people.now", "as": "rank"},
        {"id": "rights", "title": "Rights", "feature": "rights.now", "as": "rank_low"},
    ],
    "features": [
        {"id": "killed", "series": KILLED, "scale": "log", "views": ["now", "change_1"], "carry_years": 0},
        {"id": "battle", "series": BATTLE, "scale": "log", "views": ["now"], "carry_years": 0},
        {"id": "rights", "series": RIGHTS, "scale": "plain", "views": ["now", "change_3"]},
        {"id": "people", "series": PEOPLE, "scale": "log", "views": ["now"]},
    ],
    "candidates": [
        {"id": "logit", "family": "logit", "strength": 0.1, "mixing": 0.5},
        {"id": "boosted", "family": "boosted", "rounds": 8, "leaves": 3, "rate": 0.1, "smallest_leaf": 10},
        {"id": "extra", "family": "extra_trees", "trees": 8, "smallest_leaf": 10, "share_of_features": 0.5},
    ],
    "fewest_onsets": 4,
    "fewest_past_onsets": 3,
    "draws": 20,
    "periods": [1990],
}


def policy(**changes: Any) -> Foresight:
    """Return the shipped policy, cut down to what this world has."""
    content = read_yaml(CONFIG / "foresight.yaml") | SMALL | changes
    return Foresight.model_validate(content)


class Invented:
    """Countries as the crosswalk knows them: C00, C01, ... in the state system from 1960 on."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)

    def spells(self) -> pd.DataFrame:
        numbers = [str(n + 1) for n in range(len(self.names))]
        return pd.DataFrame({"iso3": self.names, "gw": numbers, "first": 1960, "last": 9999})

    def name(self, iso3: str) -> str:
        return f"Country {iso3}"


@cache
def countries(n: int = 30) -> tuple[str, ...]:
    return tuple(f"C{i:02d}" for i in range(n))


@cache
def panel(seed: int = 7) -> pd.DataFrame:
    """Return invented figures: monthly killings and battle deaths, yearly rights, population, and a list of onsets.

    Onsets come where rights are poor. Every seventh country has no rating of its rights.
    """
    random = np.random.default_rng(seed)
    rows: list[tuple[str, str, str, float]] = []
    for n, iso3 in enumerate(countries()):
        rights, people = random.normal(0, 1), float(np.exp(random.normal(16, 1)))
        for year in range(FIRST, LAST + 1):
            rights += random.normal(0, 0.2)
            began = float(random.random() < 0.25 / (1 + np.exp(1 + 2.5 * rights)))
            rows += [(LISTED, iso3, f"{year}-12-31", began), (ONGOING, iso3, f"{year}-12-31", began)]
            rows.append((PEOPLE, iso3, f"{year}-12-31", people))
            if n % 7:
                rows.append((RIGHTS, iso3, f"{year}-12-31", rights))
            level = np.exp(2 - 2 * rights) if random.random() < 0.4 else 0.0
            for month in pd.date_range(f"{year}-01-01", periods=12, freq="ME"):
                rows.append((KILLED, iso3, f"{month:%Y-%m-%d}", float(np.round(level * random.random()))))
                rows.append((BATTLE, iso3, f"{month:%Y-%m-%d}", float(np.round(level * random.random() * 3))))
    frame = pd.DataFrame(rows, columns=["series", "iso3", "end", "value"])
    return frame.assign(end=pd.to_datetime(frame["end"]))


def world(**changes: Any) -> World:
    names = countries()
    beside = {one: (names[(n + 1) % len(names)], names[n - 1]) for n, one in enumerate(names)}
    crosswalk: Any = Invented(names)
    return World(policy(**changes), load_sources(CONFIG), crosswalk, beside)


def figures(values: dict[str, list[list[float]]], first: int = 2000, neighbours: list[list[int]] | None = None) -> Annual:
    """Return figures by year written out by hand: series -> years x countries; every country is there in every year."""
    grids = {s: np.array(v, dtype="float64") for s, v in values.items()}
    years, width = next(iter(grids.values())).shape
    beside = np.array(neighbours if neighbours is not None else [[] for _ in range(width)], dtype="int64").reshape(width, -1)
    return Annual(np.arange(first, first + years), tuple("ABCDEFGH"[:width]), grids, np.ones((years, width), dtype=bool), beside)


CARD = Card("A made series", "units", 0, deaths=False)
NAN = float("nan")
