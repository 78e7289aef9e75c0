"""A brief as a page: sections of paragraphs, lists, tables, pictures and cards, in words and without a format. Pure.

:mod:`monitor.briefs.sections` fills it from a :class:`monitor.briefs.content.Brief`; each format is drawn from it and adds no
word of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from monitor.briefs.chart import Chart
from monitor.briefs.house import House

LANGUAGE = "en-GB"
Length = Literal["short", "full"]


@dataclass(frozen=True)
class Piece:
    """A piece of text: plain, strong, ``ref`` (``text`` is the number of a source) or ``address`` (of the web, quoted)."""

    text: str
    kind: Literal["plain", "strong", "ref", "address"] = "plain"


Text = tuple[Piece, ...]


def plain(text: str) -> Text:
    """Return text as it stands."""
    return (Piece(text),) if text else ()


def refs_in(text: Text) -> Iterator[int]:
    """Yield the numbers of the sources that a text names."""
    yield from (int(piece.text) for piece in text if piece.kind == "ref")


def as_words(text: Text) -> str:
    """Return a text without its references: what a screen reader or a title would say."""
    return "".join(piece.text for piece in text if piece.kind != "ref").strip()


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``small``: a note."""

    text: Text
    small: bool = False
    kind: str = "paragraph"


@dataclass(frozen=True)
class Item:
    """One item of a list: ``lead`` in bold before the text, ``small`` after it."""

    text: Text
    lead: str = ""
    small: Text = ()


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Item, ...]
    kind: str = "items"


@dataclass(frozen=True)
class Cell:
    """A cell of a table. ``bar``: a number from 0 to 100 that may be shown as a bar, NaN where it is missing."""

    text: Text
    bar: float | None = None


@dataclass(frozen=True)
class Table:
    """A table. The first cell of a row is its header; ``widths``: share of the width of each column, percent."""

    title: str
    head: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    kind: str = "table"


@dataclass(frozen=True)
class Pictures:
    """Charts side by side; each has words that say what it shows, and a note below it."""

    charts: tuple[Chart, ...]
    kind: str = "pictures"


@dataclass(frozen=True)
class Line:
    """A term and what is said of it; ``caution``: it has to be read before what follows."""

    term: str
    text: Text
    caution: bool = False


@dataclass(frozen=True)
class Card:
    """Something to be read as one: a title and lines."""

    title: str
    lines: tuple[Line, ...]
    kind: str = "card"


@dataclass(frozen=True)
class Sources:
    """The numbered sources: number and text of each."""

    sources: tuple[tuple[int, Text], ...]
    kind: str = "sources"


Block = Paragraph | Items | Table | Pictures | Card | Sources


@dataclass(frozen=True)
class Section:
    """A section with its title; ``new_page``: it begins a page where there are pages."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True)
class Badge:
    """Status or level in a few words. ``tone``: the level, ``alarm`` or empty; ``pips``: the level as four signs."""

    text: str
    tone: str
    pips: str = ""


@dataclass(frozen=True)
class Paper:
    """A brief ready for any format. ``id``: under which its numbers can be traced; ``name``: of its files, without a suffix.

    ``made_at``: when the run was made, ISO text: the only time that a file carries. ``most_pages``: what a short page should take
    on paper. ``facts``: values for machines.
    """

    id: str
    name: str
    title: str
    as_of: str
    made_at: str
    length: Length
    house: House
    kicker: Text
    badges: tuple[Badge, ...]
    headline: Text
    sections: tuple[Section, ...]
    most_pages: int = 3
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The language that it is written in."""
        return LANGUAGE

    @property
    def draft(self) -> str:
        """The word across an unreleased page; empty once a person has approved the briefs."""
        return "" if self.house.approved else "DRAFT"

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in order."""
        blocks = (block for section in self.sections for block in section.blocks)
        return tuple(chart for block in blocks if isinstance(block, Pictures) for chart in block.charts)


def texts(block: Block) -> Iterator[Text]:
    """Yield every text of a block."""
    match block:
        case Paragraph(text=text):
            yield text
        case Items(items=items):
            yield from (text for item in items for text in (item.text, item.small))
        case Table(head=head, rows=rows):
            yield from head
            yield from (cell.text for row in rows for cell in row)
        case Pictures(charts=charts):
            yield from (plain(chart.note) for chart in charts)
        case Card(lines=lines):
            yield from (line.text for line in lines)
        case Sources(sources=sources):
            yield from (text for _, text in sources)
