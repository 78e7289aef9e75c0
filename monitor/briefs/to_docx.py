"""A page as a Word file that can be edited: real styles, headings, table headers, links and words for every picture.

It carries no author, no machine and no time but that of the run: the same page gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph as Line

from monitor.briefs.docx_package import sealed
from monitor.briefs.docx_style import dress
from monitor.briefs.paper import Block, Card, Cell, Items, Paper, Paragraph, Pictures, Section, Sources, Table, Text
from monitor.briefs.to_pdf import pixels

ACROSS = Mm(180)  # between the margins
EXTERNAL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


def docx(paper: Paper) -> bytes:
    """Return the page as a Word file; the same page always gives the same bytes."""
    return _Writer(paper).made()


class _Writer:
    """One file while it is written. ``drawings``: the charts as PNG, taken in their order."""

    def __init__(self, paper: Paper) -> None:
        self.paper, self.file, self.numbers = paper, _empty(paper), count(1)
        self.drawings: Iterator[bytes] = iter(pixels(paper))

    def made(self) -> bytes:
        """Return the file as bytes."""
        paper, file = self.paper, self.file
        self.say(self.line("Note"), paper.kicker)
        self.line("Title").add_run(paper.title)
        badges = self.line("Badges")
        badges.add_run("   ".join(f"{badge.pips} {badge.text}".strip() for badge in paper.badges))
        self.say(self.line("Headline"), paper.headline)
        for section in paper.sections:
            self.section(section)
        out = io.BytesIO()
        file.save(out)
        return sealed(out.getvalue(), datetime.fromisoformat(paper.made_at))

    def section(self, section: Section) -> None:
        """Write a section."""
        heading = self.line("Heading 1")
        heading.add_run(section.title)
        if section.new_page:
            heading.paragraph_format.page_break_before = True
        for block in section.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        """Write a block."""
        match block:
            case Paragraph(text=text, small=small):
                self.say(self.line("Note" if small else "Body Text"), text)
            case Items(items=items):
                for item in items:
                    line = self.line("List Bullet")
                    if item.lead:
                        line.add_run(f"{item.lead} ").bold = True
                    self.say(line, item.text)
                    if item.small:
                        line.add_run(" ")
                        self.say(line, item.small, style="Small")
            case Table():
                self.table(block)
            case Pictures():
                self.pictures(block)
            case Card():
                self.card(block)
            case Sources(sources=sources):
                for number, text in sources:
                    line = self.line("Source")
                    self.bookmark(line, f"ref_{number}", f"[{number}]")
                    line.add_run("\t")
                    self.say(line, text)

    def card(self, card: Card) -> None:
        """Write a card: what is to be read with care in its own colour, and in words."""
        self.line("Heading 2").add_run(card.title)
        for said in card.lines:
            line = self.line("Caution" if said.caution else "Body Text")
            line.add_run(f"{said.term}: ").bold = True
            self.say(line, said.text)

    def table(self, block: Table) -> None:
        """Write a table whose first row is repeated on every page and read out as its header."""
        table = self.file.add_table(rows=1, cols=len(block.head), style="Brief Table")
        table.autofit = False
        words = {"tblCaption": block.title, "tblDescription": block.title}
        for name, text in words.items():
            child = OxmlElement(f"w:{name}")
            child.set(qn("w:val"), text)
            table._tbl.tblPr.append(child)
        header = table.rows[0]._tr.get_or_add_trPr()
        header.append(OxmlElement("w:cantSplit"))
        header.append(OxmlElement("w:tblHeader"))
        for column, share in zip(table.columns, block.widths, strict=True):
            column.width = int(ACROSS * share / 100)
        rows = [tuple(Cell(text) for text in block.head), *block.rows]
        for n, row in enumerate(rows):
            cells = (table.rows[0] if n == 0 else table.add_row()).cells
            for cell, said, share in zip(cells, row, block.widths, strict=True):
                cell.width = int(ACROSS * share / 100)
                line = cell.paragraphs[0]
                line._p.style = _id("Table Head" if n == 0 else "Table Text")
                self.say(line, said.text)
        for row in table.rows[1:]:
            for run in row.cells[0].paragraphs[0].runs:
                run.bold = True

    def pictures(self, block: Pictures) -> None:
        """Write charts side by side, each with words for who cannot see it, and their notes below."""
        line = self.line("Pictures")
        each = int(ACROSS / 3) - Mm(3)
        for n, chart in enumerate(block.charts):
            run = line.add_run(" " if n else "")
            shape = run.add_picture(io.BytesIO(next(self.drawings)), width=each)
            for side in ("distT", "distB", "distL", "distR"):  # where nothing is said, some programs leave a margin
                shape._inline.set(side, "0")
            named = shape._inline.docPr
            named.set("id", f"{next(self.numbers)}")
            named.set("name", chart.title)
            named.set("title", chart.title)
            named.set("descr", f"{chart.title}. {chart.alt}")
        for chart, where in zip(block.charts, _where(len(block.charts)), strict=True):
            caption = self.line("Caption")
            caption.add_run(f"{where}{chart.title}. ").bold = True
            caption.add_run(chart.note)

    def line(self, style: str) -> Line:
        """Return a new paragraph of a style. By the style's id: looking each up by name takes longer than all the writing."""
        line = self.file.add_paragraph()
        line._p.style = _id(style)
        return line

    def say(self, line: Line, text: Text, style: str | None = None) -> None:
        """Write a text: references as raised links into the sources, addresses as links out."""
        for piece in text:
            match piece.kind:
                case "ref":
                    self.link(line, f"[{piece.text}]", style="Reference", anchor=f"ref_{piece.text}")
                case "address":
                    self.link(line, piece.text, style="Hyperlink", out=piece.text)
                case _:
                    run = line.add_run(piece.text)
                    if style:
                        run._r.style = _id(style)
                    if piece.kind == "strong":
                        run.bold = True

    def link(self, line: Line, text: str, *, style: str, anchor: str = "", out: str = "") -> None:
        """Write a link inside the file or out of it."""
        link = OxmlElement("w:hyperlink")
        if anchor:
            link.set(qn("w:anchor"), anchor)
        else:
            link.set(qn("r:id"), line.part.relate_to(out, EXTERNAL, is_external=True))
        run = line.add_run(text)
        run._r.style = _id(style)
        link.append(run._r)
        line._p.append(link)

    def bookmark(self, line: Line, name: str, text: str) -> None:
        """Write a text that links lead to."""
        number = f"{next(self.numbers)}"
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (start, end):
            mark.set(qn("w:id"), number)
        start.set(qn("w:name"), name)
        line._p.append(start)
        line.add_run(text)
        line._p.append(end)


def _id(style: str) -> str:
    return style.replace(" ", "")


def _where(pictures: int) -> tuple[str, ...]:
    return {1: ("",), 2: ("Left: ", "Right: ")}.get(pictures, ("Left: ", "Middle: ", "Right: "))


def _empty(paper: Paper) -> Docx:
    """Return an A4 file with our styles, and nothing in it but header, footer and what it is called."""
    file = Document(io.BytesIO(_dressed(paper.language, small=paper.length == "short")))
    about: Any = file.core_properties
    about.title, about.language, about.identifier = f"{paper.title}, {paper.as_of}", paper.language, paper.id
    about.author = about.last_modified_by = about.comments = about.keywords = about.subject = about.category = ""
    about.created = about.modified = datetime.fromisoformat(paper.made_at).replace(tzinfo=None)
    about.revision = 1
    page = file.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(15)
    page.top_margin, page.bottom_margin = Mm(13), Mm(14)
    page.header_distance, page.footer_distance = Mm(6), Mm(7)
    foot = page.footer.paragraphs[0]
    foot._p.style = _id("Note")
    line = " ".join(part for part in (f"{paper.id}.", paper.facts["framework_line"], paper.house.footer) if part)
    foot.add_run(f"{line}\t")
    _field(foot, "PAGE")
    foot.add_run(" / ")
    _field(foot, "NUMPAGES")
    if paper.draft:
        page.header.paragraphs[0]._p.style = _id("Draft")
        page.header.paragraphs[0].add_run(paper.draft)
    return file


@cache
def _dressed(language: str, *, small: bool) -> bytes:
    """Return an empty file in our styles."""
    file = Document()
    dress(file, language, small=small)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def _field(line: Line, code: str) -> None:
    """Write a number that Word works out."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("shown", "1"), ("end", "")):
        run = line.add_run(text if kind == "shown" else "")
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif not kind:
            instruction = OxmlElement("w:instrText")
            instruction.text = text
            run._r.append(instruction)
