"""A page as Markdown. Text from outside is shown as it stands: no emphasis, link, table cell, tag or line of its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.briefs.paper import Block, Card, Cell, Items, Paper, Paragraph, Pictures, Section, Sources, Table, Text
from monitor.briefs.spelling import bar


def markdown(paper: Paper) -> str:
    """Return the page as Markdown; pictures are left out, their words are in tables and lists."""
    head = [f"# {escaped(paper.title)}", text_of(paper.kicker), f"**{text_of(paper.headline)}**"]
    parts = [*head, *(part for section in paper.sections for part in _section(section))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(section: Section) -> Iterator[str]:
    blocks = [text for block in section.blocks if (text := _block(block))]
    if blocks:
        yield f"## {escaped(section.title)}"
        yield from blocks


def _block(block: Block) -> str:
    match block:
        case Paragraph(text=text):
            return text_of(text)
        case Items(items=items):
            return "\n".join(f"- {_line(item.lead, item.text, item.small)}" for item in items)
        case Table():
            return _table(block)
        case Card(title=title, lines=lines):
            return "\n".join([f"### {escaped(title)}", "", *(f"- {_line(f'{line.term}:', line.text)}" for line in lines)])
        case Sources(sources=sources):
            return "\n".join(f"- [{number}] {text_of(text)}" for number, text in sources)
        case Pictures():
            return ""


def _line(lead: str, text: Text, small: Text = ()) -> str:
    parts = (f"**{escaped(lead)}**" if lead else "", text_of(text), text_of(small))
    return " ".join(part for part in parts if part)


def _table(table: Table) -> str:
    rows = [[text_of(cell) for cell in table.head], *([_cell(cell) for cell in row] for row in table.rows)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(table.head), *lines[1:]])


def _cell(cell: Cell) -> str:
    return f"{bar(cell.bar)} {text_of(cell.text)}" if cell.bar is not None else text_of(cell.text)


def text_of(text: Text) -> str:
    """Return a text as Markdown on one line."""
    marks = {"plain": "{}", "strong": "**{}**", "ref": " [{}]", "address": "<{}>"}
    return "".join(
        marks[piece.kind].format(escaped(piece.text) if piece.kind in ("plain", "strong") else piece.text) for piece in text
    )


def escaped(text: str) -> str:
    """Return text so that Markdown shows it as it stands."""
    text = re.sub(r"([\\`*\[\]<>|])", r"\\\1", text)
    return re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)
