"""A text as Markdown, as one self-contained HTML page, or as plain text: the same blocks, each escaped for its format. Pure."""

from __future__ import annotations

import html
import math
import re
import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any
from urllib.parse import quote, urlsplit

from monitor.prompts.blocks import END, REF, Block
from monitor.prompts.prompt import Cited, Prompt

FORMATS = ("md", "html", "txt")
RULE = {"before": "", "text": "The text", "after": "Notes for you, not to be sent"}
SOURCES, SOURCES_OF_NOTES = "Sources", "Sources of the notes"
WIDTH = 100
CSS = """
:root { color-scheme: light dark; --ink: #1b1f24; --ground: #fff; --line: #c9d0d8; --quiet: #4a5460; --mark: #fff3bf;
  --edge: #8a6d00 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --ground: #14171a; --line: #3c444d; --quiet: #b4bcc6; --mark: #4a3d00; --edge: #e0bd3c } }
body { background: var(--ground); color: var(--ink); font: 17px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 44rem;
  padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25 } h2 { font-size: 1.2rem; margin-top: 1.8rem }
.notice { background: var(--mark); border-left: 4px solid var(--edge); padding: .7rem 1rem; font-weight: 600 }
.notes, .sources { color: var(--quiet); font-size: .95rem }
.text { border: 1px solid var(--line); border-radius: 6px; padding: .3rem 1.2rem 1rem; margin: 1.5rem 0 }
blockquote { border-left: 4px solid var(--line); margin: 1rem 0; padding: .2rem 1rem }
mark { background: var(--mark); color: inherit; padding: 0 .15em } a { color: inherit }
@media print { .notes { display: none } .text { border: 0; padding: 0 } }
"""


def formatted(prompt: Prompt, form: str) -> str:
    """Return a text in one of :data:`FORMATS`; another is a :class:`ValueError`."""
    if form not in FORMATS:
        raise ValueError(f"unknown format {form!r}; there are {', '.join(FORMATS)}")
    return {"md": _markdown, "html": _page, "txt": _text}[form](prompt)


def to_edit(prompt: Prompt) -> str:
    """Return the part that is sent with its sources as plain text, unwrapped, for a person to edit."""
    lines = [*_lines(prompt.part("text"), wrap=None), "", f"{SOURCES}", *_source_lines(prompt.sources[: prompt.sent], wrap=None)]
    return "\n".join(lines).strip() + "\n"


def as_values(prompt: Prompt, form: str) -> dict[str, Any]:
    """Return a text as JSON values, with every source down to its document and row; ``text``: in one of :data:`FORMATS`."""
    named = ("iso3", "name", "kind", "title", "to", "as_of", "run_id", "words", "breaches", "blanks", "asks")
    return {
        **{name: getattr(prompt, name) for name in named},
        "reading_ease": None if math.isnan(prompt.reading_ease) else prompt.reading_ease,
        "text": formatted(prompt, form),
        "to_send": to_edit(prompt),
        "sources": [
            {**asdict(x.reference), "number": x.number, "words": x.words, "sent": n < prompt.sent}
            for n, x in enumerate(prompt.sources)
        ],
    }


def said(text: str) -> str:
    """Return a block's text as it is read: references and blanks in square brackets."""
    return re.sub(f"{REF}(\\d+){END}", r"[\1]", text).replace("[[", "[").replace("]]", "]")


def _parts(prompt: Prompt) -> Iterator[tuple[str, tuple[Block, ...], tuple[Cited, ...], str]]:
    """Yield each part with the sources that follow it and their heading."""
    yield "before", prompt.part("before"), (), ""
    yield "text", prompt.part("text"), prompt.sources[: prompt.sent], SOURCES
    yield "after", prompt.part("after"), prompt.sources[prompt.sent :], SOURCES_OF_NOTES


def measured(prompt: Prompt) -> str:
    """Return how long the text is and how it reads, and what it breaks."""
    ease = "" if math.isnan(prompt.reading_ease) else f"; reading ease {prompt.reading_ease:.0f} (Flesch)"
    broken = f" Breaks its form: {' '.join(prompt.breaches)}" if prompt.breaches else ""
    return f"Length: {prompt.words:,} words{ease}.{broken}"


# --------------------------------------------------------------------------------------------------------------- Markdown


def _markdown(prompt: Prompt) -> str:
    lines: list[str] = []
    for part, blocks, sources, heading in _parts(prompt):
        if RULE[part]:
            lines += ["---", "", f"*{RULE[part]}. {_md(measured(prompt))}*" if part == "text" else f"*{RULE[part]}.*", ""]
        for loose, group in groupby(blocks, key=lambda b: b.shape not in ("item",)):
            lines += [x for b in group for x in ([_md_block(b), ""] if loose else [_md_block(b)])] + ([] if loose else [""])
        if sources:
            lines += [f"## {heading}", "", *(f"- [{x.number}] {_md(x.words)}{_md_url(x)}" for x in sources), ""]
    return "\n".join(lines).strip() + "\n"


def _md_block(block: Block) -> str:
    mark = {"title": "# ", "heading": "## ", "item": "- ", "passage": "> ", "notice": "> **", "numbered": f"{block.number}. "}
    return f"{mark.get(block.shape, '')}{_md(block.text)}{'**' if block.shape == 'notice' else ''}"


def _md(text: str) -> str:
    """Return text that Markdown shows as it stands: no emphasis, link, cell, tag, heading or list of its own."""
    text = re.sub(r"([\\`*<>|~]|(?<!\[)\[(?!\[)|(?<!\])\](?!\]))", r"\\\1", text)
    text = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)
    text = re.sub(r"^([#+=-]|\d+(?=[.)]))", lambda m: m[1] + "\\" if m[1].isdigit() else "\\" + m[1], text)
    return said(text)


def _md_url(source: Cited) -> str:
    return f" <{_address(source.reference.url)}>" if _address(source.reference.url) else ""


# ------------------------------------------------------------------------------------------------------------------- HTML


def _page(prompt: Prompt) -> str:
    body = ""
    for part, blocks, sources, heading in _parts(prompt):
        inner = "".join(_html_lists(blocks)) + _html_sources(sources, heading)
        if part == "text":
            inner = f'<p class="sources">{html.escape(measured(prompt))}</p><div class="text">{inner}</div>'
        elif part == "after":
            inner = f'<div class="notes"><h2>{html.escape(RULE[part])}</h2>{inner}</div>'
        body += inner
    title = html.escape(said(prompt.blocks[0].text))
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{CSS}</style>"
    )
    return f'<!DOCTYPE html>\n<html lang="en-GB"><head>{head}</head>\n<body><main>{body}</main></body></html>\n'


def _html_lists(blocks: tuple[Block, ...]) -> Iterator[str]:
    for shape, group in groupby(blocks, key=lambda b: b.shape):
        mine = list(group)
        if shape == "item":
            yield f"<ul>{''.join(f'<li>{_html(b.text)}</li>' for b in mine)}</ul>"
        elif shape == "numbered":
            yield f'<ol start="{mine[0].number}">{"".join(f"<li>{_html(b.text)}</li>" for b in mine)}</ol>'
        else:
            tag = {"title": "h1", "heading": "h2", "passage": "blockquote"}.get(shape, "p")
            attribute = ' class="notice"' if shape == "notice" else ""
            yield from (f"<{tag}{attribute}>{_html(b.text)}</{tag}>" for b in mine)


def _html(text: str) -> str:
    text = html.escape(text)
    text = re.sub(f"{REF}(\\d+){END}", r'<a href="#source-\1">[\1]</a>', text)
    return re.sub(r"\[\[(.*?)\]\]", r"<mark>[\1]</mark>", text)


def _html_sources(sources: tuple[Cited, ...], heading: str) -> str:
    if not sources:
        return ""
    items = "".join(f'<p id="source-{x.number}">[{x.number}] {_html(x.words)}{_html_url(x)}</p>' for x in sources)
    return f'<div class="sources"><h2>{html.escape(heading)}</h2>{items}</div>'


def _html_url(source: Cited) -> str:
    address = html.escape(_address(source.reference.url))
    return f' <a href="{address}" rel="noreferrer">{address}</a>' if address else ""


# ------------------------------------------------------------------------------------------------------------------- text


def _text(prompt: Prompt) -> str:
    lines: list[str] = []
    for part, blocks, sources, heading in _parts(prompt):
        if RULE[part]:
            lines += ["", "-" * 72, f"{RULE[part]}. {measured(prompt) if part == 'text' else ''}".strip(), "-" * 72]
        lines += _lines(blocks, wrap=WIDTH)
        if sources:
            lines += ["", heading.upper(), "", *_source_lines(sources, wrap=WIDTH)]
    return "\n".join(lines).strip() + "\n"


def _lines(blocks: tuple[Block, ...], *, wrap: int | None) -> list[str]:
    out: list[str] = []
    before = ""
    for block in blocks:
        if not (block.shape == before == "item"):
            out.append("")
        out += _text_block(block, wrap)
        before = block.shape
    return out


def _text_block(block: Block, wrap: int | None) -> list[str]:
    text = said(block.text)
    mark = {"item": "- ", "passage": "    ", "numbered": f"{block.number}. ", "notice": "*** "}.get(block.shape, "")
    if block.shape in ("title", "heading", "notice"):
        text = text.upper() if block.shape != "notice" else f"{text} ***"
    return _wrapped(text, mark, wrap)


def _wrapped(text: str, mark: str, wrap: int | None) -> list[str]:
    if wrap is None:
        return [f"{mark}{text}"]
    rest = mark if not mark.strip() else " " * len(mark)
    return textwrap.wrap(
        text, wrap, initial_indent=mark, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    ) or [mark.rstrip()]


def _source_lines(sources: tuple[Cited, ...], *, wrap: int | None) -> list[str]:
    return [
        line for x in sources for line in _wrapped(f"{said(x.words)} {_address(x.reference.url)}".strip(), f"[{x.number}] ", wrap)
    ]


def _address(url: str) -> str:
    """Return an http(s) address with everything quoted that could end it early; empty for anything else."""
    return quote(url, safe=":/?#@!$&'()*+,;=%~-._[]") if urlsplit(url).scheme in ("https", "http") else ""
