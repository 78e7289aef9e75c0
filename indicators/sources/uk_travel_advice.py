"""FCDO travel advice: what the UK government advises Britons on each country, and on which days the advice changed.

It measures the risk to British travellers, not to the people who live there: context for what the government sees, never a
measure of atrocity risk. Quirks (GOV.UK Content API):

- The index lists every page; the advice itself stands on the page: ``details.alert_status``, a list of words, empty where the
  government advises against no travel. ``options.scale`` says how far each word goes; the furthest counts.
- ``public_updated_at`` is the day from which the advice stands as it is; ``details.change_history`` tells the changes before it,
  and is not on every page. Without it only the last change is known.
- Names are the FCDO's own and there is no code: ``options.places`` gives those that the crosswalk does not know by name, empty
  for what is no country. Any other name that is unknown is set aside.
- A page that the index lists and the host does not have is left out; fewer than ``options.least_share`` of them is no collection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from indicators.contract import Document, Incomplete, NotData, Parsed, Refused, SchemaChanged, Source, refuse_if_too_many, tidy

if TYPE_CHECKING:
    from indicators.countries import Countries
    from indicators.http import Web

INDEX = "https://www.gov.uk/api/content/foreign-travel-advice"
GONE = (404, 410)
INDEX_NAME = "index"


def fetch(card: Source, web: Web) -> list[Document]:
    """Return the index and every page that it lists, in its order."""
    index = web.get(card.id, INDEX, name=INDEX_NAME, kind="json")
    pages = []
    for slug in _slugs(index):
        try:
            pages.append(web.get(card.id, f"{INDEX}/{slug}", name=slug, kind="json"))
        except Refused as refused:
            if refused.status not in GONE:
                raise
    return [index, *pages]


def parse(card: Source, documents: Sequence[Document], countries: Countries) -> Parsed:
    """Return the alert of each country on the day since when it stands, and the number of changes by day."""
    (index,) = [d for d in documents if d.name == INDEX_NAME]
    pages = [d for d in documents if d.name != INDEX_NAME]
    listed = _slugs(index)
    if len(pages) < card.options["least_share"] * len(listed):
        raise Incomplete(f"{card.id}: {len(pages)} of {len(listed)} pages came; nothing can be said of the world from these")
    rows, aside = [], []
    for document in pages:
        page = _page(document)
        name = str(page["details"]["country"]["name"])
        iso3 = _country(card, str(page["details"]["country"]["slug"]), name, countries)
        if iso3 is None:
            reason = "a place that neither the crosswalk nor the card knows"
            aside.append({"document": document.sha256, "place": pd.NA, "reason": reason, "row": name})
        elif iso3:
            rows += [{**row, "iso3": iso3, "document": document.sha256} for row in _of_page(card, page, document.name)]
    rejected = pd.DataFrame(aside, columns=["document", "place", "reason", "row"])
    refuse_if_too_many(card, len(pages), rejected)
    if not rows:
        raise NotData(f"{card.id}: none of {len(pages)} pages is about a country that is known")
    frame = pd.DataFrame(rows).assign(status="final", place=np.nan)
    fetched_at = max(d.fetched_at for d in documents)
    return tidy(card, frame, fetched_at=fetched_at, rejected=rejected, complete=False)


def _slugs(index: Document) -> list[str]:
    """Return the last part of the address of every page that the index lists."""
    body = index.read_json()
    children = body.get("links", {}).get("children") if isinstance(body, dict) else None
    if not isinstance(children, list) or not children:
        raise NotData(f"{index.name}: no list of pages: {str(body)[:160]}")
    paths = [str(c.get("base_path", "")) if isinstance(c, dict) else "" for c in children]
    if odd := [p for p in paths if not p.startswith("/foreign-travel-advice/")]:
        raise SchemaChanged(f"{index.name}: {odd[0]!r} is no address of a page of travel advice")
    return [path.rpartition("/")[2] for path in paths]


def _page(document: Document) -> dict[str, Any]:
    body = document.read_json()
    details = body.get("details") if isinstance(body, dict) else None
    if not isinstance(details, dict) or not isinstance(details.get("country"), dict):
        raise NotData(f"{document.name}: no page of travel advice: {str(body)[:160]}")
    for key in ("name", "slug"):
        if key not in details["country"]:
            raise SchemaChanged(f"{document.name}: details.country has no {key!r}")
    if not isinstance(details.get("alert_status"), list):
        raise SchemaChanged(f"{document.name}: details.alert_status is not a list")
    return dict(body)


def _country(card: Source, slug: str, name: str, countries: Countries) -> str | None:
    """Return the ISO3 code of a page, an empty text for what is no country, ``None`` for what nobody knows."""
    if slug in card.options["places"]:
        return str(card.options["places"][slug])
    try:
        return countries.find(name)
    except ValueError:
        return None


def _of_page(card: Source, page: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """Yield a page's alert and the days on which it changed."""
    scale: dict[str, int] = card.options["scale"]
    words = [str(word) for word in page["details"]["alert_status"]]
    if strange := sorted(set(words) - set(scale)):
        raise SchemaChanged(
            f"{name}: unknown alert {strange[0]!r}",
            what_to_do="say on the card how far it goes (options.scale), then collect again",
        )
    series, since = card.by_column(), _day(page.get("public_updated_at"), name)
    alert = float(max((scale[word] for word in words), default=0))
    yield {"series": series["alert"].id, "start": since, "end": since, "value": alert}
    told = page["details"].get("change_history") or [{"public_timestamp": page.get("public_updated_at")}]
    days = pd.Series([_day(change.get("public_timestamp"), name) for change in told]).value_counts()
    for day, count in days.items():
        yield {"series": series["changes"].id, "start": day, "end": day, "value": float(count)}


def _day(value: Any, name: str) -> pd.Timestamp:
    """Return the day, UTC, of a time with its offset."""
    try:
        return pd.Timestamp(datetime.fromisoformat(str(value))).tz_convert("UTC").tz_localize(None).normalize()
    except (ValueError, TypeError) as error:
        raise SchemaChanged(f"{name}: {str(value)[:40]!r} is not a time with its offset") from error
