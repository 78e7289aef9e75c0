"""A brief is one page in every format: the same words, and in Word and PDF what a reader who edits or cannot see needs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from docx import Document

from monitor.briefs import render, to_pdf
from monitor.briefs.brief import build
from monitor.briefs.content import Brief
from monitor.briefs.house import House
from monitor.briefs.layout import lay_out
from monitor.briefs.paper import Item, Items, Paper, Piece, Section, Sources, as_words, refs_in, texts
from monitor.briefs.to_docx import docx
from tests.test_brief import LEVERS, brief, manifest, tables

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
HOSTILE = "<script>alert(1)</script> #eval(\"1\") $x$ =cmd|' /C calc'!A0 \u202e\x07 日本"
SHOWN = ["CMR", "BRA", "MMR", "KEN", "GBR"]


def paper(iso3: str, length: Any = "short", house: House | None = None, made: Brief | None = None) -> Paper:
    """Return the page of a country of the made-up tables."""
    return lay_out(made or brief(iso3), length, house or House())


def sentences(of: Paper) -> set[str]:
    """Return every text of a page without its references."""
    every = [of.kicker, of.headline, *(text for s in of.sections for block in s.blocks for text in texts(block))]
    return {as_words(text) for text in every} - {""}


def part(content: bytes, name: str) -> ElementTree.Element:
    """Return one part of a Word file as XML."""
    return ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(content)).read(name))


def text_of(content: bytes) -> str:
    """Return all text of a Word file, paragraph by paragraph."""
    body = part(content, "word/document.xml")
    lines = ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in body.iter(f"{W}p")]
    return "\n".join(lines)


def squeezed(text: str) -> str:
    """Return text without white space, numbers in brackets and marks of Markdown."""
    return re.sub(r"\s|\[\d+\]|[*\\<>|]", "", text)


# -------------------------------------------------------------------------------------------------- one page, every format


@pytest.mark.parametrize("length", ["short", "full"])
@pytest.mark.parametrize("iso3", SHOWN)
def test_word_html_and_markdown_say_every_sentence_of_the_page(iso3: str, length: Any) -> None:
    page = paper(iso3, length)
    forms = {form: squeezed(render.drawn(page, form).decode()) for form in ("md", "html")}
    forms["html"] = squeezed(re.sub(r"<[^>]+>", "", render.drawn(page, "html").decode()).replace("&#x27;", "'"))
    forms["docx"] = squeezed(text_of(docx(page)))
    notes = {chart.note for chart in page.charts}
    for form, text in forms.items():
        missing = {s for s in sentences(page) - (notes if form == "md" else set()) if squeezed(s) not in text}
        assert not missing, form


@pytest.mark.parametrize("iso3", SHOWN)
def test_the_short_page_names_only_sources_that_it_lists_and_keeps_their_numbers(iso3: str) -> None:
    made = brief(iso3)
    short = paper(iso3, made=made)
    listed = next(b.sources for s in short.sections for b in s.blocks if isinstance(b, Sources))
    body = [short.headline, *(t for s in short.sections for b in s.blocks for t in texts(b))]
    assert {n for n, _ in listed} == {n for text in body for n in refs_in(text)}
    titles = {r.number: r.title for r in made.references}
    assert all(titles[number] in as_words(text) for number, text in listed)


def test_the_same_page_is_the_same_bytes_in_every_format() -> None:
    for form in render.EVERY:
        assert render.drawn(paper("CMR"), form) == render.drawn(paper("CMR"), form), form


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="unknown format 'odt'; there are md, html, json, docx, pdf"):
        render.drawn(paper("CMR"), "odt")


def test_as_json_a_missing_number_is_null_and_a_tag_stays_text() -> None:
    text = render.drawn(paper("BRA"), "json").decode()
    data = json.loads(text)
    assert data["facts"]["tracks"]["conflict"] == {"level": "insufficient data", "index": None}
    assert data["id"] == "BRA-20260102-030405000006"
    assert "<" not in text
    assert all("body" not in chart for s in data["sections"] for b in s["blocks"] for chart in b.get("charts", []))


@pytest.mark.parametrize("form", ["docx", "pdf", "html", "md"])
def test_hostile_text_is_shown_and_never_obeyed(form: str) -> None:
    page = lay_out(build("CMR", tables(hostile=HOSTILE), manifest(), LEVERS), "full", House())
    content = render.drawn(page, form)
    assert content == render.drawn(page, form)
    if form == "docx":
        assert '<script>alert(1)</script> #eval("1") $x$' in text_of(content)
        assert "\u202e" not in text_of(content)
        assert "日本" in text_of(content)


# ------------------------------------------------------------------------------------------------------------------- Word


def test_word_finds_styles_headings_and_header_rows() -> None:
    content = docx(paper("CMR"))
    file = Document(io.BytesIO(content))
    styles = [p.style.name for p in file.paragraphs]
    assert styles.count("Title") == 1
    titles = [p.text for p in file.paragraphs if p.style.name == "Heading 1"]
    assert titles == [s.title for s in paper("CMR").sections]
    assert styles.count("Heading 2") == 3  # the levers
    body = part(content, "word/document.xml")
    for table in body.iter(f"{W}tbl"):
        first, *rest = table.iter(f"{W}tr")
        assert first.find(f"{W}trPr/{W}tblHeader") is not None
        assert all(row.find(f"{W}trPr/{W}tblHeader") is None for row in rest)
        assert table.find(f"{W}tblPr/{W}tblCaption") is not None


def test_word_has_words_for_every_picture_a_language_and_a_title() -> None:
    content = docx(paper("CMR"))
    pictures = [e for e in part(content, "word/document.xml").iter() if e.tag.endswith("}docPr")]
    assert [p.get("title") for p in pictures] == [c.title for c in paper("CMR").charts]
    assert all(c.alt in str(p.get("descr")) for p, c in zip(pictures, paper("CMR").charts, strict=True))
    assert {e.get(f"{W}val") for e in part(content, "word/styles.xml").iter(f"{W}lang")} == {"en-GB"}
    about = Document(io.BytesIO(content)).core_properties
    assert (about.title, about.language) == ("Cameroon: risk of mass atrocities, 2026-01-02", "en-GB")


def test_every_number_in_word_leads_to_its_source() -> None:
    body = part(docx(paper("CMR")), "word/document.xml")
    marks = {b.get(f"{W}name") for b in body.iter(f"{W}bookmarkStart")}
    anchors = {link.get(f"{W}anchor") for link in body.iter(f"{W}hyperlink")} - {None}
    assert anchors
    assert anchors == marks


def test_word_tells_nothing_of_who_made_it_or_on_what() -> None:
    content = docx(paper("CMR"))
    package = zipfile.ZipFile(io.BytesIO(content))
    about = Document(io.BytesIO(content)).core_properties
    assert (about.author, about.last_modified_by, about.comments, about.keywords) == ("", "", "", "")
    assert f"{about.created:%Y-%m-%dT%H:%M:%SZ}" == f"{about.modified:%Y-%m-%dT%H:%M:%SZ}" == manifest()["made_at"]
    assert {entry.date_time for entry in package.infolist()} == {(2026, 1, 2, 3, 4, 4)}  # an archive counts two seconds at a time
    assert not [n for n in package.namelist() if "thumbnail" in n or "customXml" in n]
    every = b"".join(package.read(n) for n in package.namelist() if n.endswith((".xml", ".rels")))
    assert not re.search(rb"python-docx|Macintosh|Normal\.dotm|generated", every)


# -------------------------------------------------------------------------------------------------------------------- PDF


def test_the_pdf_is_tagged_says_its_language_and_title_and_claims_what_its_writer_checked() -> None:
    content = to_pdf.pdf(paper("CMR"))
    assert content.startswith(b"%PDF-1.")
    for said in (rb"/MarkInfo", rb"/StructTreeRoot", rb"/Lang\s*\(en-GB\)", rb"<pdfuaid:part>1</pdfuaid:part>"):
        assert re.search(said, content), said
    assert b"Cameroon: risk of mass atrocities" in content
    assert b"20260102030405" in content.replace(b"-", b"").replace(b":", b"").replace(b"T", b"")


@pytest.mark.parametrize("iso3", SHOWN)
def test_a_short_brief_has_two_pages_and_one_of_sources(iso3: str) -> None:
    assert to_pdf.pages(to_pdf.pdf(paper(iso3))) == 3


def test_a_brief_that_runs_over_is_set_smaller_before_it_takes_a_fourth_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = paper("CMR")
    first, *_ = to_pdf.SIZES["short"]
    for times in range(1, 60):
        more = replace(page.sections[3], blocks=page.sections[3].blocks * times)
        longer = replace(page, sections=(*page.sections[:3], more, *page.sections[4:]))
        monkeypatch.setitem(to_pdf.SIZES, "short", (first,))
        if to_pdf.pages(to_pdf.pdf(longer)) > 3:
            break
    monkeypatch.undo()
    assert times < 59
    assert to_pdf.pages(to_pdf.pdf(longer)) == 3


def test_the_pdf_uses_the_bundled_fonts_and_no_others() -> None:
    house = House(organisation="မြန်မာ عربي አማርኛ", approved=True)
    names = set(re.findall(rb"/BaseFont\s*/[A-Z]{6}\+([A-Za-z0-9-]+)", to_pdf.pdf(paper("CMR", house=house))))
    assert {b"NotoSansMyanmar-Regular", b"NotoSansArabic-Regular", b"NotoSansEthiopic-Regular"} <= names
    assert {name.split(b"-")[0] for name in names} <= {p.stem.split("-")[0].encode() for p in to_pdf.FONTS.glob("*.ttf")}


def test_every_character_said_to_be_covered_can_be_set_and_any_other_is_replaced_not_fatal() -> None:
    every = "".join(chr(c) for c in sorted(to_pdf.covered()) if chr(c).isprintable())
    lines = [every[n : n + 80] for n in range(0, len(every), 80)]
    page = paper("CMR", house=House(footer="漢"))
    shown = Section("all", "All", (Items(tuple(Item((Piece(line),)) for line in lines)),))
    assert to_pdf.pdf(replace(page, sections=(shown, *page.sections))).startswith(b"%PDF")


# ------------------------------------------------------------------------------------------------------- editorial control


def test_until_a_person_approves_every_page_says_draft() -> None:
    for approved in (False, True):
        page = paper("CMR", house=House(approved=approved))
        header = part(docx(page), "word/header1.xml") if not approved else None
        assert page.draft == ("" if approved else "DRAFT")
        assert (header is not None and "DRAFT" in "".join(header.itertext())) is not approved
        for form in ("md", "html"):
            assert ("Draft for a person to check" in render.drawn(page, form).decode()) is not approved


def test_the_house_gives_its_name_and_its_foot() -> None:
    page = paper("CMR", house=House(organisation="Made-up Group <1>", footer="Charity 000"))
    for form in ("md", "html"):
        text = render.drawn(page, form).decode().replace("\\", "").replace("&lt;", "<").replace("&gt;", ">")
        assert "Made-up Group <1>, with Atrocity Monitor." in text
        assert "Charity 000" in text
    assert "Charity 000" in "".join(part(docx(page), "word/footer1.xml").itertext())
