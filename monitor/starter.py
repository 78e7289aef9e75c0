"""The starter figures: bundled public observations, so that the first run works with no network, and says how old they are.

One Parquet file and one card a source in ``indicators/starter/``, made by :func:`build` from collected observations. Only series
whose licence allows redistribution are in it. ``notes.yaml`` says how the figures reached us where they did not come from the
publisher's own host; nothing else is said there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from indicators.contract import COLUMNS, Document, Frozen, Parsed, Source
from monitor.settings import ROOT, ConfigError, read_yaml, validated
from monitor.storage.documents import path_of
from monitor.storage.store import Store

FOLDER = ROOT / "indicators" / "starter"
VIA = "starter"


class StarterDocument(Frozen):
    """Where bytes behind starter figures came from. The bytes themselves are not bundled."""

    name: str
    url: str
    release: str
    sha256: str
    size: int
    fetched_at: datetime


class StarterCard(Frozen):
    """What the starter holds of one source, on whose terms, and how it was obtained."""

    source: str
    title: str
    provider: str
    licence: str
    citation: str
    built: date
    obtained: str
    rows: int
    series: tuple[str, ...]
    countries: int
    first_period: date
    newest_period: date
    documents: tuple[StarterDocument, ...]


def cards(folder: Path = FOLDER) -> list[StarterCard]:
    """Return the cards of the bundled figures, sorted by source; an unreadable card raises :class:`ConfigError`."""
    paths = [p for p in sorted(folder.glob("*.yaml")) if p.name != "notes.yaml"]
    return [validated(StarterCard, read_yaml(p), p) for p in paths]


def bundled(folder: Path = FOLDER) -> set[str]:
    """Return the sources of which figures are bundled."""
    return {path.stem for path in folder.glob("*.parquet")}


def load(store: Store, sources: Sequence[Source], now: datetime, folder: Path = FOLDER) -> list[StarterCard]:
    """Record the bundled figures of these sources, as seen now; return their cards.

    They are history loaded late: what was known in the past is never read from them but as an assumption.
    """
    known = {s.id: s for s in sources}
    found = [c for c in cards(folder) if c.source in known]
    for card in found:
        source = known[card.source]
        frame = pd.read_parquet(folder / f"{card.source}.parquet")
        frame = frame[frame["series"].isin([s.id for s in source.series])]
        documents = [
            Document(card.source, d.name, d.url, d.sha256, d.size, d.fetched_at, path_of(store.home, d.sha256), d.release, VIA)
            for d in card.documents
        ]
        store.record(source, Parsed(frame.reset_index(drop=True)), documents, started=now, seen=now)
    return found


def build(store: Store, sources: Sequence[Source], today: date, folder: Path = FOLDER) -> list[StarterCard]:
    """Write the starter from what the store now holds; return the cards. Sources that may not be redistributed are left out.

    ``notes.yaml`` of ``folder`` counts, or that of the bundled figures where it has none.
    """
    path = next((p for p in (folder / "notes.yaml", FOLDER / "notes.yaml") if p.exists()), None)
    notes: Mapping[str, str] = read_yaml(path) if path else {}
    documents = store.documents()
    built = []
    for source in sources:
        allowed = [s.id for s in source.series if source.may_redistribute(s)]
        frame = store.panel(series=allowed) if allowed else pd.DataFrame()
        if not len(frame):
            continue
        mine = documents[documents["sha256"].isin(frame["document"].unique())].drop_duplicates("sha256", keep="last")
        _write(frame, folder / f"{source.id}.parquet")
        card = _card(source, frame, mine, today, notes)
        _write_card(card, folder / f"{source.id}.yaml")
        built.append(card)
    return built


def _card(source: Source, frame: pd.DataFrame, documents: pd.DataFrame, today: date, notes: Mapping[str, str]) -> StarterCard:
    copied = bool((documents["via"] != "").any())
    if copied and source.id not in notes:
        raise ConfigError(
            f"{FOLDER / 'notes.yaml'}: {source.id}: collected through a mirror; say here how the figures were obtained"
        )
    known = frame[frame["value"].notna()]
    releases = sorted(set(documents["release"]))
    return StarterCard(
        source=source.id,
        title=source.title,
        provider=source.provider,
        licence=source.licence,
        citation=source.cite(releases[0] if len(releases) == 1 else ""),
        built=today,
        obtained=notes[source.id].strip() if copied else "from the publisher's own address",
        rows=len(frame),
        series=tuple(sorted(frame["series"].astype(str).unique())),
        countries=known["iso3"].nunique(),
        first_period=known["start"].min().date(),
        newest_period=known["end"].max().date(),
        documents=tuple(
            StarterDocument(name=d.name, url=d.url, release=d.release, sha256=d.sha256, size=d.size, fetched_at=d.fetched_at)
            for d in documents.sort_values(["name", "sha256"]).itertuples()
        ),
    )


def _write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.loc[:, list(COLUMNS)].to_parquet(path, compression="zstd", compression_level=19, index=False)


def _write_card(card: StarterCard, path: Path) -> None:
    from ruamel.yaml import YAML

    content: dict[str, Any] = card.model_dump(mode="json")
    writer = YAML()
    writer.width, writer.default_flow_style = 120, False
    with path.open("w", encoding="utf-8") as file:
        writer.dump(content, file)
