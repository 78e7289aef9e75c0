"""Public alerts as feeds: Atom (RFC 4287) and JSON Feed 1.1. Pure; nothing about readers is in them.

Titles and texts are plain text in both, so that a reader's program shows them as they stand. Alerts about a source are not news
of a country and are left out, and so is what waits for a person's approval.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from monitor.alerts.words import plain

TITLE = "Atrocity Monitor: public alerts"
SPACE = "http://www.w3.org/2005/Atom"
MOST = 50


def atom(said: pd.DataFrame, manifest: Mapping[str, Any], address: str = "") -> bytes:
    """Return an Atom feed. ``said``: the table ``alerts``; ``address``: https folder where it will lie, empty for none."""
    ET.register_namespace("", SPACE)
    feed = ET.Element(f"{{{SPACE}}}feed")
    _tell(feed, "id", "urn:atrocity-monitor:alerts")
    _tell(feed, "title", TITLE, type="text")
    _tell(feed, "updated", str(manifest["made_at"]))
    _tell(_tell(feed, "author", None), "name", "Atrocity Monitor")
    if place := _folder(address):
        _tell(feed, "link", None, rel="self", href=f"{place}/alerts.atom")
    for row in _public(said, manifest):
        entry = _tell(feed, "entry", None)
        _tell(entry, "id", f"urn:atrocity-monitor:alert:{row['id']}")
        _tell(entry, "title", _title(row), type="text")
        _tell(entry, "updated", row["said"])
        _tell(entry, "category", None, term=row["reason"])
        _tell(entry, "content", _text(row), type="text")
    body: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def json_feed(said: pd.DataFrame, manifest: Mapping[str, Any], address: str = "") -> bytes:
    """Return a JSON Feed; arguments as of :func:`atom`."""
    items = [
        {
            "id": f"urn:atrocity-monitor:alert:{row['id']}",
            "title": _title(row),
            "content_text": _text(row),
            "date_published": row["said"],
            "tags": [row["reason"], row["kind"]],
        }
        for row in _public(said, manifest)
    ]
    place = _folder(address)
    head = {"version": "https://jsonfeed.org/version/1.1", "title": TITLE, "language": "en-GB"}
    head |= {"feed_url": f"{place}/alerts.json"} if place else {}
    return json.dumps({**head, "items": items}, ensure_ascii=False, indent=1).encode() + b"\n"


def _public(said: pd.DataFrame, manifest: Mapping[str, Any]) -> Iterator[Mapping[Any, Any]]:
    waits = said["immediate"] & ~said["approved"] if manifest["alerts"]["approval"] else pd.Series(data=False, index=said.index)
    yield from said[(said["iso3"] != "") & ~waits].head(MOST).to_dict("records")


def _title(row: Mapping[Any, Any]) -> str:
    return f"{plain(row['name'])}: {plain(row['title'])} ({row['reason']})"


def _text(row: Mapping[Any, Any]) -> str:
    marks = ("; provisional figures" if row["provisional"] else "") + (
        "" if row["fresh"] else "; figures older than they should be"
    )
    level = f" The country's level: {row['level']}." if row["level"] else ""
    return f"{plain(row['words'])}{marks}. As of {row['as_of']}.{level} A level is a place on a scale, not a finding of a crime."


def _folder(address: str) -> str:
    parts = urlsplit(address)
    return f"https://{parts.netloc}{parts.path}".rstrip("/") if parts.scheme == "https" and parts.netloc else ""


def _tell(parent: ET.Element, name: str, text: str | None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, f"{{{SPACE}}}{name}", attributes)
    child.text = text
    return child
