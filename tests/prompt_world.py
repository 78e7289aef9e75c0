"""Texts from a made-up run: the tables of brief_world, the profile and levers as shipped, and templates of one's own."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from monitor.briefs.actions import actions
from monitor.briefs.brief import TABLES
from monitor.briefs.levers import LeverBook
from monitor.prompts.material import Material, material
from monitor.prompts.profile import Parliament
from monitor.prompts.prompt import Prompt
from monitor.prompts.wording import write
from monitor.settings import Config, load_config
from tests.brief_world import RUN_ID, made_manifest, made_tables
from tests.conftest import CONFIG

SCALES = {
    "made_deaths": {"percentile": False, "higher_is": "worse", "bands": [[0, 0], [25, 0.5], [1000, 0.9], [10000, 1]]},
    "made_freedom": {"percentile": True, "higher_is": "better", "bands": [[0, 0.99], [1, 0.01]]},
    "made_past": {"percentile": False, "higher_is": "worse", "bands": [[0, 0], [1, 1]]},
}
DAY = date(2026, 1, 2)  # of the made-up run


@cache
def shipped() -> Config:
    return load_config(CONFIG)


def profile(**more: Any) -> Parliament:
    """Return the response profile as shipped, with other values for some of its keys."""
    return Parliament.model_validate(shipped().parliament.model_dump() | more)


def tables(*changes: tuple[str, str, dict[str, Any]], hostile: str = "") -> dict[str, pd.DataFrame]:
    """Return the made-up tables with the protocol's actions; each change is (table, query for its rows, new values)."""
    made = {name: frame.copy() for name, frame in made_tables(hostile).items() if name in TABLES}
    for table, query, values in changes:
        for column, value in values.items():
            made[table].loc[made[table].query(query).index, column] = value
    return made | {"protocol_actions": actions(shipped().protocol, shipped().levers)}


def about(
    iso3: str,
    *changes: tuple[str, str, dict[str, Any]],
    book: LeverBook | None = None,
    to: Parliament | None = None,
    hostile: str = "",
) -> Material:
    """Return what is to be said of a country of the made-up run."""
    manifest = made_manifest(RUN_ID, starter=False)
    manifest["framework"]["measures"] = SCALES
    return material(iso3, tables(*changes, hostile=hostile), manifest, book or shipped().levers, to or profile())


def text(iso3: str, kind: str, *changes: tuple[str, str, dict[str, Any]], config: Path = CONFIG, **more: Any) -> Prompt:
    """Return one text about a country of the made-up run."""
    made = about(iso3, *changes, **more)
    return write(made, made.profile.kind(kind), config)
