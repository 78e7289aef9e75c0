"""Whatever a source, a config file or a person writes, nothing of it is active in a subject, text, page, message or feed."""

from __future__ import annotations

import email
import email.policy
import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pandas as pd
import pytest

from monitor.alerts import digest
from monitor.alerts.feed import SPACE, atom, json_feed
from monitor.alerts.preview import message
from monitor.alerts.render import digest_for, urgent_for
from monitor.alerts.rendered import Rendered
from monitor.alerts.words import plain
from tests.alert_world import alert, levers, manifest, said, signal, source, week
from tests.hostile import HOSTILE

# What a mail program makes a link or an address of. The words of this program hold none of it.
LIVE = re.compile(r"[a-z]+:(?=\S)|(?<!/ )//|\bwww\.\S|\S@\S|\w\.(example|com|org|net)\b", re.I)


def tables(title: str) -> dict[str, pd.DataFrame]:
    """Return the tables of a week with the title wherever one can stand that is not this program's own."""
    alerts = [alert(words=title, title=title, name=title, immediate=True, approved=True), alert(reason="eased", words=title)]
    alerts += [alert(kind="trigger", reason="repeated", words=title)]
    cause = {"iso3": "AAA", "against": "run", "since": "", "way": "rose", "track": "conflict", "order": 1, "kind": "signal"}
    cause |= {"name": "surge", "level": "", "mark": 3.0, "before": 0.0, "now": 3.33}
    measure = {**cause, "iso3": "BBB", "kind": "measure", "name": "rights", "before": 0.1, "now": 0.9}
    rows = [said("AAA", "high", short=title, name=title), said("BBB", "elevated", short=title, change=9.0, status="under way")]
    rows += [said("CCC", "insufficient data", short=title, headline="", held=True)]
    return week(
        *rows,
        alerts=alerts,
        causes=pd.DataFrame([cause, measure]),
        signals=[signal("AAA", "surge", title=title, unit=title)],
        readings=pd.DataFrame({"iso3": ["BBB"], "measure": ["rights"], "title": [title]}),
        sources=[source("a", "failed", title=title), source("b", "missing", title=title, newest_period="")],
    )


def mails(title: str) -> tuple[Rendered, Rendered]:
    made = digest.content(tables(title), manifest(watchlist=["AAA", "BBB", "CCC"]), levers())
    urgent = urgent_for(made)
    assert urgent is not None
    return digest_for(made), urgent


class Walk(HTMLParser):
    """Counts tags and keeps attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def walked(page: str) -> Walk:
    walk = Walk()
    walk.feed(page)
    return walk


@cache
def harmless() -> tuple[Walk, ...]:
    """Return the pages of the same week with a title that does no harm."""
    return tuple(walked(mail.html) for mail in mails("Title"))


def hidden(text: str) -> list[str]:
    return [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")]


def test_there_are_two_hundred() -> None:
    assert len(set(HOSTILE)) == 200


@pytest.mark.parametrize("number", range(0, 200, 20))
def test_in_the_subject_the_text_the_page_and_the_message(number: int) -> None:
    for title in HOSTILE[number : number + 20]:
        for mail, calm in zip(mails(title), harmless(), strict=True):
            assert not hidden(mail.subject + mail.text), ascii(title)
            assert "\n" not in mail.subject
            assert not LIVE.findall(mail.text), ascii(title)
            page = walked(mail.html)
            assert page.tags == calm.tags, ascii(title)  # not one tag more or less than without it
            assert page.attributes == calm.attributes, ascii(title)
            words = "".join(t for t in page.text if "{" not in t or "prefers-color-scheme" not in t)
            assert not LIVE.findall(words), ascii(title)
            assert not set(hidden(words)) - {"\u200b"}, ascii(title)  # in the cells of the bars
            read = email.message_from_bytes(message(mail), policy=email.policy.default)
            assert set(read.keys()) == {"Subject", "From", "To", "MIME-Version", "Content-Type"}
            assert [p.get_content_type() for p in read.iter_parts()] == ["text/plain", "text/html"], ascii(title)


def feed_texts(title: str) -> Iterator[str]:
    said_of = tables(title)["alerts"]
    tree = ET.fromstring(atom(said_of, manifest()))
    entries = tree.findall(f"{{{SPACE}}}entry")
    assert len(entries) == 3
    assert {e.get("type") for e in tree.iter() if e.tag.endswith(("title", "content"))} == {"text"}
    assert {e.tag.split("}")[1] for e in tree.iter()} <= {"feed", "id", "title", "updated", "author", "name", "entry", "category",
                                                         "content"}  # fmt: skip
    for entry in entries:
        yield from (entry.findtext(f"{{{SPACE}}}{name}", "") for name in ("title", "content"))
    items = json.loads(json_feed(said_of, manifest()))["items"]
    assert len(items) == 3
    assert all(set(item) == {"id", "title", "content_text", "date_published", "tags"} for item in items)
    yield from (item[name] for item in items for name in ("title", "content_text"))


@pytest.mark.parametrize("number", range(0, 200, 50))
def test_in_both_feeds(number: int) -> None:
    for title in HOSTILE[number : number + 50]:
        for text in feed_texts(title):
            assert not hidden(text) and "\n" not in text, ascii(title)
            assert not LIVE.findall(text), ascii(title)
            assert len(text) < 1000


def test_what_waits_for_approval_and_what_is_about_a_source_is_in_no_feed() -> None:
    rows = [alert(immediate=True), alert("BBB"), alert("", kind="silence", subject="made", name="")]
    said_of = week(said(), alerts=rows)["alerts"]
    assert [i["id"].rsplit(":")[-1] for i in json.loads(json_feed(said_of, manifest()))["items"]] == ["BBB-level-new"]
    assert atom(said_of, manifest()).count(b"<entry>") == 1
    about = manifest()
    about["alerts"] = {**about["alerts"], "approval": False}
    assert len(json.loads(json_feed(said_of, about))["items"]) == 2


def test_a_feed_names_its_place_only_where_it_is_public() -> None:
    said_of = week(said(), alerts=[alert()])["alerts"]
    assert b'href="https://example.org/feeds/alerts.atom"' in atom(said_of, manifest(), "https://example.org/feeds/")
    assert json.loads(json_feed(said_of, manifest(), "https://example.org"))["feed_url"] == "https://example.org/alerts.json"
    for address in ("", "http://example.org", "javascript:alert(1)"):
        assert b"href" not in atom(said_of, manifest(), address)


PLAIN = [
    ("a link is set apart", "see https://t.example/x", "see https: / /t .example/x"),
    ("a word without a link stays", "Index: 0.15, v15.1, e.g. U.S. and/or", "Index: 0.15, v15.1, e.g. U.S. and/or"),
    ("an address is set apart", "a@b.org", "a (at) b .org"),
    ("lines become one", "a\r\nb\u2028c\td", "a b c d"),
    ("what cannot be seen goes", "a\u202eb\u200bc\x00d", "abc d"),
    ("a full-width sign is the sign", "\uff48\uff54\uff54\uff50\uff1a\uff0f\uff0fx", "http: / /x"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "given", "expected"), PLAIN, ids=[row[0] for row in PLAIN])
def test_plain_text(sentence: str, given: str, expected: str) -> None:
    assert plain(given) == expected, sentence


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert plain("x" * 301) == "x" * 299 + "…"
    assert plain("x" * 300) == "x" * 300
