"""A publisher whose answers a test writes itself, and the cards and crosswalk as shipped."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from indicators.contract import Document, Parsed, Refused, Release, Source, load_module
from indicators.countries import Countries
from indicators.http import Web
from monitor.settings import load_sources
from tests.conftest import CONFIG

CARDS = {card.id: card for card in load_sources(CONFIG)}
COUNTRIES = Countries.load(CONFIG / "countries.csv")
TODAY = datetime(2026, 11, 20, tzinfo=UTC)


class Publisher:
    """Stands in for :class:`indicators.http.Web`: answers an address that holds one of these parts, else says 404."""

    def __init__(self, folder: Path, answers: dict[str, bytes], now: datetime = TODAY) -> None:
        self.folder, self.answers, self.now, self.asked = folder, answers, now, list[str]()

    def get(
        self, source: str, url: str, *, name: str, release: str = "", kind: str, hosts: frozenset[str] = frozenset()
    ) -> Document:
        self.asked.append(url)
        for part, content in self.answers.items():
            if part in url:
                sha256 = hashlib.sha256(content).hexdigest()
                path = self.folder / sha256
                path.write_bytes(content)
                return Document(source, name, url, sha256, len(content), self.now, path, release)
        raise Refused(f"{url}: status 404", status=404)

    def newest(self, source: str, releases: Sequence[Release], *, kind: str) -> Document:
        for release in releases:
            if any(part in release.url for part in self.answers):
                return self.get(source, release.url, name=release.url.rpartition("/")[2], release=release.name, kind=kind)
        raise Refused("no release is there", status=404)


def card_of(source: str, *series: str) -> Source:
    """Return the card as shipped, with these series only, or with all when none are named."""
    card = CARDS[source]
    return card.model_copy(update={"series": tuple(s for s in card.series if not series or s.id in series)})


def collect(card: Source, publisher: Publisher | Web) -> Parsed:
    """Fetch and parse a source."""
    module = load_module(card)
    return module.parse(card, module.fetch(card, publisher), COUNTRIES)  # type: ignore[arg-type]


def collect_replayed(card: Source, folder: Path, upstream: str) -> Parsed:
    """Fetch and parse a source from the replay, through the real door to the network."""
    return collect(card, Web(folder, mirror=upstream, now=lambda: TODAY))


def figures(parsed: Parsed) -> dict[tuple[str, str, int], float]:
    """Return ``{(series, iso3, year): value}``."""
    rows = parsed.observations
    return {
        (series, iso3, end.year): value
        for series, iso3, end, value in zip(rows["series"], rows["iso3"], rows["end"], rows["value"], strict=True)
    }


def zipped(content: bytes, member: str) -> bytes:
    """Return a zip archive of one member."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, content)
    return target.getvalue()
