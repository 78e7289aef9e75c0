"""What a person may write into an entry: every refusal with a sentence, and what must not be refused by mistake."""

from __future__ import annotations

import pytest

from monitor.risk.entered_text import publisher_of, role_fault, shown, text_fault, url_fault

REFUSED_TEXT = [
    ("", "is empty", "nothing is no summary"),
    ("   ", "is empty", "nor are spaces"),
    ("a" * 41, "has 41 characters; at most 40", "a summary is short"),
    ("Two\nlines", "U+000A", "one paragraph, so that no line can pass for one of the page's own"),
    ("Bell \x07", "U+0007", "a terminal would obey it"),
    ("Escape \x1b[31m", "U+001B", "a terminal would obey it"),
    ("Safe \u202eelbigen", "U+202E", "what is read would not be what is written"),
    ("Isolated \u2066text", "U+2066", "the same"),
    ("Zero\u200bwidth", "U+200B", "two words would be one to the eye and another to a search"),
    ("Tag \U000e0041", "U+E0041", "invisible text can carry a message"),
    ("Lone \ud800", "U+D800", "half a character breaks every file that it is written to"),
    ("Line\u2028separator", "U+2028", "a line break to a browser"),
    (" Begins with a space", "must begin", "a cell is what it looks like"),
    ("=HYPERLINK(1)", "must begin", "a spreadsheet would compute it"),
    ("+1 and more", "must begin", "the same"),
    ("@SUM(A1)", "must begin", "the same"),
    ("Bold <b>text</b>", "markup", "plain text"),
    ("See <!-- this", "markup", "plain text"),
    ("A [link](somewhere)", "markup", "Markdown is markup"),
    ("An &lt;entity", "markup", "so are entities"),
    ("See https://example.org/x", "an address", "links belong among the sources, where they are checked"),
    ("See www.example.org", "an address", "the same"),
    ("See javascript:alert", "an address", "the same"),
    ("Write to a.b@example.org", "e-mail", "nobody may be found through an entry"),
    ("Write to a.b (at) example.org", "e-mail", "spelt out, it is one still"),
    ("Write to ab\uff20example.org", "e-mail", "a full-width at sign is an at sign"),
    ("Call +249 912 345 678", "telephone", "nobody may be found through an entry"),
    ("At 12.8628, 30.2176 there", "coordinates", "no place finer than the first administrative level"),
    ("At -3.38/29.36 there", "coordinates", "a kilometre is too fine"),
    ("At 12° 51' N", "coordinates", "degrees and minutes"),
    ("At N12.86 E30.21", "coordinates", "letters before"),
    ("At 12.86N, 30.21E", "coordinates", "letters after"),
    ("lat: 12 is enough", "coordinates", "labelled"),
    ("Grid 36PVS 12345 67890", "coordinates", "the military grid"),
    ("Near 6GJ7VP6Q+2M", "coordinates", "a plus code"),
    ("Camp ///filled.count.soap", "coordinates", "three words are three metres"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fault", "why"), REFUSED_TEXT, ids=[f"{n}: {row[2]}" for n, row in enumerate(REFUSED_TEXT)])
def test_text_that_is_refused(text: str, fault: str, why: str) -> None:
    assert fault in text_fault(text, 40), why


@pytest.mark.parametrize(
    "text",
    [
        "Recruitment by 3 groups rose from 0.25 to 0.50 of the month before (120 to 240 people), reports say.",
        "“Cockroach” speech, described here and not repeated, on two stations; 2.5 million listeners.",
        "Côte d'Ivoire, Türkiye, N'Djamena and Région de l'Extrême-Nord: letters with marks are letters.",
        "Weapons < 12 months old; 5 > 3; AT&T lines cut; 40°C; 2026-10-01/2026-10-20; clause 12.1.",
        "1,200 people (low 900, high 1,500) fled within 12 days: as long as 3 weeks; see the second source.",
    ],
)
def test_text_that_an_analyst_needs_is_taken(text: str) -> None:
    assert text_fault(text, 1000) == ""


REFUSED_URLS = [
    ("http://example.org/a", "https", "a page may be altered on its way"),
    ("ftp://example.org/a", "https", "nor any other way"),
    ("javascript:alert(1)", "https", "a link that acts"),
    ("https:///nowhere", "public site", "it has no host"),
    ("https://localhost/a", "public site", "nobody else can read it"),
    ("https://192.168.1.2/a", "public site", "the same"),
    ("https://[::1]/a", "public site", "the same"),
    ("https://files.internal/a", "public site", "the same"),
    ("https://user:word@example.org/", "no user", "a secret, or a trick"),
    ("https://example.org:8443/a", "no port", "not the public site"),
    ("https://example.org:port/a", "not an address", "no number"),
    ("https://example.org/a b", "space", "no address has one"),
    ("https://example.org/a|b", "character", "it divides title, address and day"),
    ("https://example.org/\u202ea", "character", "ASCII only"),
    ("https://examp\u0142e.org/", "character", "a look-alike letter"),
    ("https://example.org/" + "a" * 500, "characters; at most 500", "short enough to print"),
    ("https://maps.example.org/@12.8628,30.2176,15z", "coordinates", "a map leads to the door"),
    ("https://maps.example.org/?q=12.8628%252C30.2176", "coordinates", "packed twice, it does still"),
    ("https://example.org/?lat=12&lon=30", "coordinates", "labelled"),
    ("https://example.org/?to=a.b%40example.org", "e-mail", "nobody may be found through an entry"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "fault", "why"), REFUSED_URLS, ids=[row[0][:60] for row in REFUSED_URLS])
def test_addresses_that_are_refused(url: str, fault: str, why: str) -> None:
    assert fault in url_fault(url), why


@pytest.mark.parametrize(
    "url",
    [
        "https://www.ohchr.org/en/documents/a-hrc-60-12?x=1#part",
        "https://doi.org/10.1080/14623528.2020.1234567",
        "https://web.archive.org/web/20261001120000/https://www.example.org/a",
        "https://example.org/@handle/page.html",
        "https://example.org:443/a%20b",
    ],
)
def test_addresses_that_an_analyst_needs_are_taken(url: str) -> None:
    assert url_fault(url) == ""


@pytest.mark.parametrize(
    ("one", "two", "same", "why"),
    [
        ("https://example.org/a", "https://example.com/a", False, "two sites"),
        ("https://www.un.org/a", "https://news.un.org/b", True, "two desks of one publisher"),
        ("https://www.bbc.co.uk/a", "https://news.bbc.co.uk/b", True, "also where the country's ending has two parts"),
        ("https://www.bbc.co.uk/a", "https://www.itv.co.uk/b", False, "which does not make one of all its publishers"),
        ("https://EXAMPLE.org/a", "https://example.org./b", True, "capitals and a last dot are no other host"),
        ("https://example.org/a", "https://web.archive.org/web/2026/https://www.example.org/a", True, "a copy adds nothing"),
        ("https://web.archive.org/web/1/https://example.org/a", "https://web.archive.org/web/1/https://example.com/a", False,
         "two publishers, each in its archived copy"),
    ],
)  # fmt: skip
def test_two_sources_are_independent_when_two_publishers_stand_behind_them(one: str, two: str, same: bool, why: str) -> None:
    assert (publisher_of(one) == publisher_of(two)) is same, why


@pytest.mark.parametrize("role", ["analyst", "country lead", "second analyst (east)", "researcher/editor", "reader 2"])
def test_a_role_is_small_letters(role: str) -> None:
    assert role_fault(role) == ""


@pytest.mark.parametrize("role", ["", "a", "Jane Doe", "jane.doe", "jane@example", "analyst\n", " analyst", "x" * 61, "ädmin"])
def test_what_could_be_a_name_is_no_role(role: str) -> None:
    assert "never the name of a person" in role_fault(role)


def test_what_somebody_wrote_is_quoted_in_one_line_of_ascii() -> None:
    assert shown("a\n\u202eb") == r"'a\n\u202eb'"
    assert len(shown("é" * 1000)) == 60 * 4 + 2
    assert shown([["deep"]]) == "a list"
