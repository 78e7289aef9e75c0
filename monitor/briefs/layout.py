"""From a brief's values to its page, short (two A4 pages and one of sources) or in full. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from monitor.briefs import sections
from monitor.briefs.content import Brief
from monitor.briefs.house import House
from monitor.briefs.paper import Badge, Item, Items, Length, Paper, Paragraph, Section, Sources, plain, refs_in, texts
from monitor.briefs.references import Reference
from monitor.briefs.spoken import clean, say, term

Part = Callable[..., Section | None]
FULL: tuple[Part, ...] = (
    sections.status_and_level,
    sections.two_tracks,
    sections.pictures,
    sections.war_beside,
    sections.forecast,
    sections.what_changed,
    sections.known,
    sections.raises,
    sections.holds_down,
    sections.lowering,
    sections.people,
    sections.factors,
    sections.unseen,
    sections.levers,
)
SHORT: tuple[Part, ...] = (
    sections.status_and_level,
    sections.two_tracks,
    sections.pictures,
    sections.what_changed,
    sections.war_beside,
    sections.forecast,
    sections.known,
    sections.raises,
    sections.holds_down,
    sections.lowering,
    sections.people,
    sections.unseen,
    sections.levers,
)
PLAIN = House()


def lay_out(b: Brief, length: Length = "full", house: House = PLAIN) -> Paper:
    """Return the page of a brief; the same brief always gives the same page."""
    full = length == "full"
    body = [part(b, full=full) for part in (FULL if full else SHORT)]
    shown = [section for section in body if section is not None]
    alarm = "alarm" if b.under_way else ""
    headline = say("headline", b)
    paper_id = f"{b.iso3}-{b.manifest['run_id']}"
    return Paper(
        id=paper_id,
        name=f"{b.iso3}-{b.as_of}",
        title=f"{clean(b.name)}: risk of mass atrocities",
        as_of=b.as_of,
        made_at=str(b.manifest["made_at"]),
        length=length,
        house=house,
        kicker=plain(clean(f"{house.issuer}. ")) + say("dated", b, house.approved),
        badges=(
            Badge(f"Status: {''.join(p.text for p in say('status_word', b.killing))}", alarm),
            Badge(f"Level: {b.level}", "insufficient" if b.insufficient else b.level, term("PIPS", b.level)),
        ),
        headline=headline,
        sections=(*shown, _references(b, [headline, *_all(shown)], full=full), _about(b, paper_id, house)),
        facts=_facts(b),
    )


def _all(shown: Iterable[Section]) -> Iterable[Any]:
    return (text for section in shown for block in section.blocks for text in texts(block))


def _references(b: Brief, said: Iterable[Any], *, full: bool) -> Section:
    """Return the numbered sources; the short brief leaves out those that it does not use, and keeps the numbers."""
    used = {number for text in said for number in refs_in(text)}
    listed = [r for r in b.references if full or r.number in used]
    macro = "reference_said" if full else "reference_in_short"
    numbered = Sources(tuple((r.number, say(macro, r, b)) for r in listed))
    if not full:
        note = (Paragraph(say("numbers_kept"), small=True),) if len(listed) < len(b.references) else ()
        return Section("references", "Sources", (numbered, *note), new_page=True)
    cited = Items(tuple(Item(say("citation_said", r, b)) for r in _once_a_source(listed)))
    how = Paragraph(plain("Sources of the figures, as their publishers ask to be cited:"), small=True)
    return Section("references", "References", (numbered, how, cited), new_page=True)


def _once_a_source(listed: Iterable[Reference]) -> list[Reference]:
    first: dict[str, Reference] = {}
    for reference in listed:
        if reference.kind == "figure":
            first.setdefault(reference.source, reference)
    return list(first.values())


def _about(b: Brief, paper_id: str, house: House) -> Section:
    blocks = [Paragraph(say("about_said", b, paper_id), small=True)]
    if house.footer:
        blocks.append(Paragraph(plain(house.footer), small=True))
    return Section("about", "About this brief", tuple(blocks))


def _facts(b: Brief) -> dict[str, Any]:
    """Return what a machine would ask first; a missing number is None."""
    return {
        "iso3": b.iso3,
        "name": b.name,
        "level": b.level,
        "status": b.killing.status,
        "leading_track": b.headline,
        "tracks": {t.id: {"level": t.level, "index": None if t.index != t.index else round(t.index, 1)} for t in b.tracks},
        "framework": b.manifest["framework"]["hash"],
        "framework_line": f"As of {b.as_of}; framework {b.manifest['framework']['hash']}.",
        "run": b.manifest["run_id"],
        "program": b.manifest["version"],
    }
