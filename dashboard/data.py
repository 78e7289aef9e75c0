"""What the pages may read: the published snapshot, nothing else. And :func:`plain`, through which text from outside passes.

Reads are cached by run id: a published run never changes, so a new run is a new key.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from monitor.prompts.desk import Desk
from monitor.settings import Settings, load_config
from monitor.storage.snapshot import Snapshot

GEOMETRY = Path(__file__).parent / "geometry" / "world.json"
INTERVALS = ("rank_low", "rank_high", "in_top_30", "p_watch", "p_elevated", "p_high", "draws")
JOINER = "\N{WORD JOINER}"


def current() -> Snapshot:
    """Return the current snapshot; :class:`monitor.storage.SnapshotError` when there is none or it is damaged."""
    return Snapshot.open(Settings().home)


def table(snapshot: Snapshot, name: str, iso3: str = "") -> pd.DataFrame:
    """Return a published table, or one country's rows of it."""
    return _table(snapshot, str(snapshot.folder), name, iso3)


def assessments(snapshot: Snapshot) -> pd.DataFrame:
    """Return the table ``assessments`` with the columns of ``intervals``, missing where an older program published none."""
    said = table(snapshot, "assessments")
    if "intervals" not in snapshot.manifest["tables"]:
        return said.assign(**dict.fromkeys(INTERVALS, float("nan")))
    return said.merge(table(snapshot, "intervals"), on="iso3", how="left", validate="one_to_one")


def has(snapshot: Snapshot, *names: str) -> bool:
    """Return whether a snapshot has these tables; one of an older program lacks some."""
    return all(name in snapshot.manifest["tables"] for name in names)


def values_of(snapshot: Snapshot, iso3: str, series: str) -> pd.DataFrame:
    """Return one country's observations of one series, by period: start, end, value (NaN: withdrawn or unknown), status."""
    return _values(snapshot, str(snapshot.folder), iso3, series)


def briefs(snapshot: Snapshot, iso3: str) -> list[Path]:
    """Return the briefs written for a country in this run, Markdown first."""
    folder = snapshot.folder.parent.parent / "briefs" / snapshot.run_id
    found = [p for p in folder.glob(f"{iso3}-*") if p.suffix in (".md", ".html")] if folder.is_dir() else []
    return sorted(found, key=lambda p: (p.suffix == ".html", p.name))


def brief(snapshot: Snapshot, iso3: str, form: str) -> bytes:
    """Return a country's brief in a format, made now from the snapshot; a bad config is a ``ConfigError``."""
    from monitor.briefs.making import Press
    from monitor.settings import load_briefing

    return Press(snapshot, *load_briefing(Settings().config), only=iso3).file(iso3, form)


def desk(snapshot: Snapshot) -> Desk:
    """Return the texts of a snapshot; a mistake in the config is a :class:`monitor.settings.ConfigError`."""
    return _desk(snapshot, str(snapshot.folder), Settings().config)


@st.cache_resource(max_entries=2, ttl="6h", show_spinner="Reading the levers")
def _desk(_snapshot: Snapshot, run: str, config: Path) -> Desk:
    policy = load_config(config)
    return Desk(_snapshot, policy.levers, policy.parliament, config)


@st.cache_resource(show_spinner=False)
def geometry() -> dict[str, Any]:
    """Return the world's shapes as TopoJSON; see ``geometry/README.md``. Shared: never change it."""
    topology: dict[str, Any] = json.loads(GEOMETRY.read_text(encoding="utf-8"))
    return topology


@st.cache_data(max_entries=128, ttl="6h", show_spinner=False)
def _table(_snapshot: Snapshot, run: str, name: str, iso3: str) -> pd.DataFrame:
    return _snapshot.table(name, filters=[("iso3", "==", iso3)] if iso3 else None)


@st.cache_data(max_entries=256, ttl="6h", show_spinner=False)
def _values(_snapshot: Snapshot, run: str, iso3: str, series: str) -> pd.DataFrame:
    wanted = [("series", "==", series), ("iso3", "==", iso3)]
    return _snapshot.table("observations", columns=["start", "end", "value", "status"], filters=wanted).sort_values("end")


def plain(text: str) -> str:
    """Return text from outside so that Streamlit's markdown shows it letter by letter: no link, image, formula, colour or icon.

    Backslashes stop what the parser reads; a word joiner (no width) stops what is looked for after parsing: emoji and icon
    codes, bare addresses, typed arrows. Control and direction characters are dropped, line breaks become spaces.
    """
    kept = "".join(c for c in str(text) if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs") or c in "\t\n\r")
    kept = re.sub(r"\s+", " ", kept).strip()
    kept = re.sub(r"(?<=[:@])(?=[\w/*+-])|(?<=\bwww)(?=\.)|(?<=[<>~-])(?=[=>-])", JOINER, kept, flags=re.IGNORECASE)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", kept)
