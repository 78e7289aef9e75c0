"""Collect sources side by side: fetch, then parse. One source's failure is its own; it never stops another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime

from indicators.contract import Document, Parsed, Source, SourceError, load_module
from indicators.countries import Countries
from indicators.http import Web


@dataclass(frozen=True)
class Collected:
    """What one attempt brought. ``error`` is set when it brought nothing: with ``documents`` when bytes came but were refused."""

    card: Source
    started: datetime
    documents: Sequence[Document] = ()
    parsed: Parsed | None = None
    error: SourceError | None = None


@dataclass(frozen=True)
class Collector:
    """Fetches and parses sources. ``workers`` at once; ``now`` is the clock; ``started`` is told as each source begins."""

    web: Web
    countries: Countries
    now: Callable[[], datetime]
    workers: int = 8
    started: Callable[[Source], None] = field(default=lambda _: None)

    def collect(self, cards: Sequence[Source]) -> Iterator[Collected]:
        """Yield each source as it ends, in whatever order that is."""
        with ThreadPoolExecutor(max_workers=self.workers, thread_name_prefix="collect") as pool:
            for future in as_completed([pool.submit(self.one, card) for card in cards]):
                yield future.result()

    def one(self, card: Source) -> Collected:
        """Return what one source brought, or why it brought nothing."""
        begun = self.now()
        self.started(card)
        documents: Sequence[Document] = ()
        try:
            module = load_module(card)
            documents = module.fetch(card, self.web)
            return Collected(card, begun, documents, module.parse(card, documents, self.countries))
        except SourceError as error:
            return Collected(card, begun, documents, error=error)
        except Exception as error:  # a parser that trips over bad bytes must not take the other sources with it
            step = "parsing" if documents else "fetching"
            odd = SourceError(
                f"{card.id}: unexpected {type(error).__name__} while {step}: {error}",
                what_to_do="nothing of this run was kept; please report it with the document",
            )
            return Collected(card, begun, documents, error=odd)
