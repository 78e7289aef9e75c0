"""A finished text as values: what its template wrote, with numbered sources, its length and its reading ease. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from monitor.briefs.references import Reference
from monitor.prompts.blocks import Block, cited, parse, renumbered
from monitor.prompts.material import Material, Order
from monitor.prompts.measure import breaches, length, reading_ease

PROSE = ("paragraph", "item", "numbered", "passage")


@dataclass(frozen=True)
class Cited:
    """A source as it is listed: its number in this text, the words, and the address (empty where none is on record)."""

    number: int
    words: str
    reference: Reference


@dataclass(frozen=True)
class Prompt:
    """One text about one country. ``sources``: those of the text that is sent come before the rest, ``sent`` of them.

    ``words`` and ``reading_ease`` (Flesch) are those of the part that is sent; ``breaches``: how it breaks its form's rules.
    """

    iso3: str
    name: str
    kind: str
    title: str
    to: str
    as_of: str
    run_id: str
    blocks: tuple[Block, ...]
    sources: tuple[Cited, ...]
    sent: int
    words: int
    reading_ease: float
    breaches: tuple[str, ...]
    asks: tuple[dict[str, Any], ...]

    def part(self, name: str) -> tuple[Block, ...]:
        """Return the blocks of one part: ``before``, ``text`` or ``after``."""
        return tuple(b for b in self.blocks if b.part == name)

    @property
    def blanks(self) -> tuple[str, ...]:
        """The blanks in the text, each once, in order."""
        found = [x for b in self.part("text") for x in re.findall(r"\[\[(.*?)\]\]", b.text)]
        return tuple(dict.fromkeys(found))


def finished(made: Material, order: Order, text: str, name: str, said_of: Callable[[Reference], str]) -> Prompt:
    """Return a prompt from what its template wrote. ``said_of``: the words of a source.

    References are numbered by their use, those of the text that is sent before those of the notes around it.
    """
    blocks = parse(text)
    sent = cited([b for b in blocks if b.part == "text"])
    used = tuple(dict.fromkeys((*sent, *cited(blocks))))
    numbers = {old: new for new, old in enumerate(used, 1)}
    of = {r.number: r for r in made.brief.references}
    prose = [b.words for b in blocks if b.part == "text" and b.shape in PROSE]
    return Prompt(
        iso3=made.brief.iso3,
        name=name,
        kind=order.kind.id,
        title=order.title,
        to=order.to,
        as_of=made.brief.as_of,
        run_id=made.brief.manifest["run_id"],
        blocks=renumbered(blocks, numbers),
        sources=tuple(Cited(numbers[n], said_of(of[n]), of[n]) for n in used),
        sent=len(sent),
        words=length(blocks),
        reading_ease=round(reading_ease(prose), 1),
        breaches=tuple(breaches(order.kind.form, blocks)),
        asks=tuple(
            {
                "lever": a.lever.id,
                "name": a.lever.name,
                "holder": a.holder.office,
                "checked_on": str(a.holder.checked_on),
                "harm": list(a.lever.do_no_harm),
                "fit": a.fit,
                "factors": list(a.factors),
                "strength": a.lever.strength,
                "days": a.days,
            }
            for a in order.asks
        ),
    )
