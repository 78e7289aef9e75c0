"""Collecting into the record: which sources are due, what each brought, what was refused. The last good figures always stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal

import pandas as pd

from indicators.collect import Collected, Collector
from indicators.contract import Document, NotBelieved, NotPutThere, Parsed, Source, SourceError, Unreachable
from indicators.countries import Countries
from indicators.http import Web
from monitor import starter
from monitor.settings import Config, Settings
from monitor.sources import GOOD, last_good
from monitor.storage import quarantine
from monitor.storage.store import Added, Store


@dataclass(frozen=True)
class Ran:
    """One attempt to collect one source, as the terminal and ``--json`` show it.

    ``newest_period``: of what was sent, or of the last good figures where nothing could be used. ``accepted``: what spoke against
    the payload, where a person has accepted it all the same. ``changed``: what is not as it was, or no longer there.
    """

    source: str
    status: str
    rows_added: int = 0
    rows_revised: int = 0
    rows_withdrawn: int = 0
    rows_rejected: int = 0
    rows_not_believed: int = 0
    set_aside: str = ""
    changed: str = ""
    release: str = ""
    newest_period: str = ""
    via: str = ""
    error_kind: str = ""
    error: str = ""
    what_to_do: str = ""
    accepted: str = ""
    seconds: float = 0.0

    @property
    def odd(self) -> bool:
        """Return whether something answered, and not (only) with usable data; a source that was not
        reached, or waits for a file that a person brings, is not odd."""
        return self.rows_not_believed > 0 or self.error_kind not in ("", Unreachable.kind, NotPutThere.kind)


@dataclass(frozen=True)
class Intake:
    """From sources to the record. ``clock`` returns UTC; ``tell`` shows progress."""

    settings: Settings
    config: Config
    store: Store
    countries: Countries
    clock: Callable[[], datetime]
    tell: Callable[[str], None] = field(default=lambda _: None)

    def due(self) -> list[Source]:
        """Return the enabled sources whose last attempt brought nothing or is ``collect_every_days`` old; the starter is none."""
        runs = self.store.runs()
        tried = runs[runs["via"] != starter.VIA].groupby("source").tail(1).set_index("source")
        now = pd.Timestamp(self.clock())
        return [c for c in self.config.sources if c.enabled and self._is_due(c, tried, now)]

    @staticmethod
    def _is_due(card: Source, tried: pd.DataFrame, now: pd.Timestamp) -> bool:
        if card.id not in tried.index or tried.loc[card.id, "status"] not in GOOD:
            return True
        finished = pd.Timestamp(str(tried.loc[card.id, "finished"]))
        return bool((now - finished).total_seconds() >= 86_400 * card.collect_every_days)

    def collect(self, cards: Sequence[Source], *, accept: bool = False) -> list[Ran]:
        """Collect sources side by side and record each as it ends; return what each brought, in the order of ``cards``.

        ``accept``: a person has looked, so what is unlike the last good payload is recorded all the same, and the doubts with it.
        """
        web = Web(
            self.store.home / "documents",
            mirror=self.settings.mirror,
            contact=self.settings.contact,
            offline=self.settings.offline,
            known=self._known(),
            now=self.clock,
        )
        collector = Collector(web, self.countries, self.clock, started=lambda card: self.tell(f"Collecting {card.title}"))
        ran = {c.card.id: self._record(c, accept=accept) for c in collector.collect(cards)}
        return [ran[c.id] for c in cards]

    def _known(self) -> Callable[[str, str], Document | None]:
        """Return how to find what an address sent last; a source whose last payload was refused is asked for it anew."""
        last = self.store.last_runs()
        refused = set(last.loc[last["status"] == "refused", "source"]) if len(last) else set()

        def known(url: str, via: str) -> Document | None:
            document = self.store.known_document(url, via)
            return None if document is None or document.source in refused else document

        return known

    def _record(self, got: Collected, *, accept: bool) -> Ran:
        try:
            if got.error is None and got.parsed is not None:
                return self._add(got, got.parsed, accept=accept)
        except NotBelieved as error:
            return self._refuse(got, error)
        return self._refuse(got, got.error or SourceError(f"{got.card.id}: nothing was parsed"))

    def _add(self, got: Collected, parsed: Parsed, *, accept: bool) -> Ran:
        before = self._before(got.card, _releases(got.documents))
        judge = partial(quarantine.judge, before=before, parsed=parsed, card=got.card, accept=accept)
        now = self.clock()
        added = self.store.record(got.card, parsed, got.documents, started=got.started, seen=now, judge=judge)
        known = parsed.observations.dropna(subset=["value"])
        return Ran(
            got.card.id,
            "new" if added.rows else "unchanged",
            rows_added=added.new,
            rows_revised=added.revised,
            rows_withdrawn=added.withdrawn,
            rows_rejected=len(parsed.rejected),
            rows_not_believed=len(parsed.unusable),
            set_aside=set_aside_in_words(parsed.rejected),
            changed=_changed_in_words(added, again=before.again),
            release=", ".join(_releases(got.documents)),
            newest_period=f"{known['end'].max():%Y-%m-%d}" if len(known) else "",
            via=got.documents[0].via,
            accepted=added.accepted,
            seconds=round((now - got.started).total_seconds(), 2),
        )

    def _before(self, card: Source, releases: Sequence[str]) -> quarantine.Before:
        good = last_good(self.store.runs(), card.id)
        bundled = good is not None and good["via"] == starter.VIA
        again = good is not None and bool(releases) and set(good["release"].split(", ")) == set(releases)
        return quarantine.Before(again=again and not bundled, bundled=bundled)

    def _refuse(self, got: Collected, error: SourceError) -> Ran:
        now, good = self.clock(), last_good(self.store.runs(), got.card.id)
        status: Literal["failed", "refused"] = "refused" if got.documents else "failed"
        nothing_yet = isinstance(error, NotPutThere)  # nobody was asked and nothing failed: the record is left as it is
        if not nothing_yet:
            self.store.fail(got.card.id, error, started=got.started, seen=now, status=status, documents=got.documents)
        return Ran(
            got.card.id,
            "missing" if nothing_yet else status,
            release=", ".join(_releases(got.documents)),
            newest_period=f"{good['newest_period']:%Y-%m-%d}" if good is not None and pd.notna(good["newest_period"]) else "",
            via=got.documents[0].via if got.documents else self.settings.mirror,
            error_kind=error.kind,
            error=str(error),
            what_to_do=error.what_to_do,
            seconds=round((now - got.started).total_seconds(), 2),
        )


def _changed_in_words(added: Added, *, again: bool) -> str:
    """Return which figures a release that was known already sent otherwise, since a revision has a name of its own; of any other
    release, which figures known before are not in it."""
    count, where = (added.revised + added.withdrawn, added.countries) if again else (added.withdrawn, added.lost)
    if not count:
        return ""
    named = f"{', '.join(where[:8])}{f' and {len(where) - 8} more' if len(where) > 8 else ''}"
    figures = f"{count:,} {'figure' if count == 1 else 'figures'}"
    verb = "is" if count == 1 else "are"
    if again:
        return f"{figures} {verb} not as before in the same release, to be checked with the publisher: {named}"
    return f"{figures} known before {verb} not in what came: {named}"


def set_aside_in_words(rejected: pd.DataFrame) -> str:
    """Return why rows were set aside, the commonest reason first, each with its count and one example."""
    parts = []
    for reason, count in rejected["reason"].value_counts().head(3).items():
        first = rejected[rejected["reason"] == reason].iloc[0]
        place = f", e.g. row {first['place']}" if pd.notna(first["place"]) else f", e.g. {first['row']}" if first["row"] else ""
        parts.append(f"{count} set aside: {reason}{place}")
    return "; ".join(parts)


def _releases(documents: Sequence[Document]) -> list[str]:
    """Return the names of the releases that these documents are of, each once, in their order."""
    return list(dict.fromkeys(d.release for d in documents if d.release))
