"""A page as one self-contained HTML file: no script, font, picture or style from outside."""

from __future__ import annotations

from functools import cache
from html import escape

from monitor.briefs.chart import HATCH, HEIGHT, PAGE, WIDTH, Chart
from monitor.briefs.paper import Block, Card, Cell, Item, Items, Line, Paper, Paragraph, Pictures, Section, Sources, Table, Text
from monitor.briefs.spelling import day
from monitor.briefs.spoken import TEMPLATES

HEAD = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}, {day}</title>
<style>
{css}
</style>
</head>
<body>
"""
HATCHED = HATCH.replace("$gap", PAGE["gap"])


def html(paper: Paper) -> str:
    """Return the page as HTML."""
    head = HEAD.format(language=paper.language, title=escape(paper.title), day=day(paper.as_of), css=_css())
    badges = "\n".join(
        f'<li class="{" ".join(["badge", b.tone]).strip()}">'
        + (f'<span aria-hidden="true">{b.pips}</span> ' if b.pips else "")
        + f"{escape(b.text)}</li>"
        for b in paper.badges
    )
    *body, about = paper.sections
    parts = [
        f'{head}<header>\n<p class="small">{text_of(paper.kicker)}</p>\n<h1>{escape(paper.title)}</h1>',
        f'<ul class="badges">\n{badges}\n</ul>\n<p class="headline">{text_of(paper.headline)}</p>\n</header>\n<main>',
        *(_section(section) for section in body),
        f'</main>\n<footer class="small">\n{_section(about)}\n</footer>\n</body>\n</html>\n',
    ]
    return "\n".join(parts)


def _section(section: Section) -> str:
    blocks = "\n".join(_block(block) for block in section.blocks)
    title = f'<h2 id="{section.id}">{escape(section.title)}</h2>'
    return f'<section aria-labelledby="{section.id}">\n{title}\n{blocks}\n</section>'


def _block(block: Block) -> str:
    match block:
        case Paragraph(text=text, small=small):
            return f'<p class="small">{text_of(text)}</p>' if small else f"<p>{text_of(text)}</p>"
        case Items(items=items):
            return '<ul class="figures">\n' + "\n".join(_item(item) for item in items) + "\n</ul>"
        case Table():
            return _table(block)
        case Pictures(charts=charts):
            pictures = "\n".join(_picture(chart, first=n == 0) for n, chart in enumerate(charts))
            return f'<div class="pictures">\n{pictures}\n</div>'
        case Card(title=title, lines=lines):
            said = "\n".join(_line(line) for line in lines)
            return f'<article class="lever">\n<h3>{escape(title)}</h3>\n<dl>\n{said}\n</dl>\n</article>'
        case Sources(sources=sources):
            listed = "\n".join(f'<li id="ref-{number}">[{number}] {text_of(text)}</li>' for number, text in sources)
            return f'<ol class="references">\n{listed}\n</ol>'


def _item(item: Item) -> str:
    lead = f"<b>{escape(item.lead)}</b> " if item.lead else ""
    small = f'\n<div class="small">{text_of(item.small)}</div>' if item.small else ""
    return f"<li>{lead}{text_of(item.text)}{small}</li>"


def _line(line: Line) -> str:
    said = f"<dt>{escape(line.term)}</dt><dd>{text_of(line.text)}</dd>"
    return f'<div class="harm">{said}</div>' if line.caution else f"<div>{said}</div>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{text_of(cell)}</th>' for cell in table.head)
    labels = [escape("".join(p.text for p in cell if p.kind != "ref"), quote=True) for cell in table.head]
    rows = "\n".join(_row(row, labels) for row in table.rows)
    caption = f"<caption>{escape(table.title)}</caption>"
    return f'<table class="stack">\n{caption}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>'


def _row(row: tuple[Cell, ...], labels: list[str]) -> str:
    first, *rest = (text_of(cell.text) for cell in row)
    cells = "".join(f'<td data-label="{label}">{text}</td>' for label, text in zip(labels[1:], rest, strict=True))
    return f'<tr><th scope="row">{first}</th>{cells}</tr>'


def _picture(chart: Chart, *, first: bool) -> str:
    title = f'<title id="{chart.id}-title">{escape(chart.title)}. {escape(chart.alt)}</title>'
    opening = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{chart.id}-title">'
    drawing = f"{opening}{title}{HATCHED if first else ''}{chart.inner(PAGE)}</svg>"
    return f"<figure>\n<p><b>{escape(chart.title)}</b></p>\n{drawing}\n<figcaption>{escape(chart.note)}</figcaption>\n</figure>"


def text_of(text: Text) -> str:
    """Return a text as HTML."""
    parts = []
    for piece in text:
        said = escape(piece.text)
        match piece.kind:
            case "ref":
                parts.append(f'<sup><a href="#ref-{said}">[{said}]</a></sup>')
            case "address":
                parts.append(f'<a href="{said}" rel="noreferrer">{said}</a>')
            case "strong":
                parts.append(f"<b>{said}</b>")
            case "plain":
                parts.append(said)
    return "".join(parts)


@cache
def _css() -> str:
    return (TEMPLATES / "brief.css").read_text(encoding="utf-8").strip()
