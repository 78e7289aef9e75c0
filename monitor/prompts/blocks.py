"""A text as blocks: what a template wrote, taken apart, so that every format shows the same words. Pure.

A template writes lines: ``## heading``, ``### heading``, ``- item``, ``1. numbered paragraph`` (numbered through by itself),
``> passage`` (words to be sent just so), ``! notice``; other lines are paragraphs, ended by an empty line. ``[[words]]`` is a
blank for the human. A line ``%% part`` begins a part of the text. A value from outside begins with :data:`VALUE`, so that none
is ever taken for a mark; :func:`inert` sees to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

VALUE, REF, END = "\ue000", "\ue001", "\ue002"  # of the private-use area; inert() lets none of it in
Shape = Literal["title", "heading", "item", "numbered", "passage", "notice", "paragraph"]
PARTS = ("before", "text", "after")
MARKS: tuple[tuple[str, Shape], ...] = (
    ("# ", "title"),
    ("## ", "heading"),
    ("### ", "heading"),
    ("- ", "item"),
    ("1. ", "numbered"),
    ("> ", "passage"),
    ("! ", "notice"),
)
HIDDEN = ("Cc", "Cf", "Co", "Cs", "Cn")
_TOKEN = re.compile(f"{REF}(\\d+){END}")


@dataclass(frozen=True)
class Block:
    """One paragraph, item or heading. ``text`` holds references as ``REF number END`` and blanks as ``[[words]]``.

    ``number``: of a numbered paragraph, from 1 through the part; 0 elsewhere.
    """

    part: str
    shape: Shape
    text: str
    number: int = 0

    @property
    def words(self) -> str:
        """The words as read aloud: no reference, blanks without brackets."""
        return re.sub(r"\s+", " ", _TOKEN.sub("", self.text).replace("[[", "").replace("]]", "")).strip()


def inert(value: str) -> str:
    """Return text from outside on one line, without control, direction and private characters, and never a mark of ours."""
    kept = "".join(c for c in value if unicodedata.category(c) not in HIDDEN or c in "\t\n\r")
    return re.sub(r"\s+", " ", kept).replace("[[", "[ [").replace("]]", "] ]")


def token(number: int) -> str:
    """Return a reference as it stands inside a block."""
    return f"{REF}{number}{END}"


def cited(blocks: Sequence[Block]) -> tuple[int, ...]:
    """Return the references of blocks in the order of their first use."""
    return tuple(dict.fromkeys(int(n) for b in blocks for n in _TOKEN.findall(b.text)))


def renumbered(blocks: Sequence[Block], numbers: Mapping[int, int]) -> tuple[Block, ...]:
    """Return blocks with other numbers for their references; the same reference twice in a row is given once."""
    return tuple(replace(b, text=_once(_TOKEN.sub(lambda m: token(numbers[int(m[1])]), b.text))) for b in blocks)


def _once(text: str) -> str:
    return re.sub(f"({REF}\\d+{END})(?: ?\\1)+", r"\1", text)


def parse(text: str) -> tuple[Block, ...]:
    """Return the blocks of a rendered template; a line before the first part, or a part of another name, is a ValueError."""
    found = list(_blocks(text))
    number = 0
    for n, block in enumerate(found):
        if block.shape == "numbered":
            number += 1
            found[n] = replace(block, number=number)
    return tuple(found)


def _blocks(text: str) -> Iterator[Block]:
    part, block = "", None
    for line in text.split("\n"):
        bare = line.strip()
        fresh = _begun(bare)
        if block is not None and (not bare or bare.startswith("%% ") or fresh):
            yield _tidy(block)
            block = None
        if bare.startswith("%% "):
            part = bare.removeprefix("%% ")
            if part not in PARTS:
                raise ValueError(f"unknown part {part!r}; there are {', '.join(PARTS)}")
        elif bare:
            if not part:
                raise ValueError(f"a line stands before the first part: {bare[:40]!r}")
            shape, words = fresh or ("paragraph", bare)
            block = Block(part, shape, words) if block is None else replace(block, text=f"{block.text} {bare}")
    if block is not None:
        yield _tidy(block)


def _begun(line: str) -> tuple[Shape, str] | None:
    return next(((shape, line.removeprefix(mark)) for mark, shape in MARKS if line.startswith(mark)), None)


def _tidy(block: Block) -> Block:
    text = re.sub(r" +", " ", block.text.replace(VALUE, "")).strip()
    return replace(block, text=_once(re.sub(r" +([.,;:])", r"\1", text)))
