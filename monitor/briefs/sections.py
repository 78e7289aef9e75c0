"""The sections of a brief, one function each: which sentences, tables and pictures stand in it, short or in full. Pure.

The sentences are in ``templates/``; here are titles and order. A function returns None where a country has nothing to say there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.briefs.content import Brief, Factor
from monitor.briefs.figures import Figure
from monitor.briefs.levers import Matched
from monitor.briefs.paper import Block, Card, Cell, Item, Items, Line, Paragraph, Pictures, Section, Table, Text, plain
from monitor.briefs.pictures import index_over_time, killing, the_strip
from monitor.briefs.spoken import clean, has_term, say, term

MOST = {"moved": 2, "raises": 5, "holds down": 2, "levers": 3, "people": 4, "signs": 3}  # shown in the short brief


def status_and_level(b: Brief, *, full: bool) -> Section:
    """Return what is going on, what the level is and means, and why it stays where it does."""
    lines = [
        Item(say("status", b), lead=f"Status: {_said('status_word', b.killing)}."),
        Item(say("level", b), lead=f"Level: {b.level}."),
        *(Item(say("stays", t), lead=f"{term('STAYS', t.stays)}.") for t in b.tracks if t.stays),
    ]
    if has_term("NAMES", b.iso3):
        lines.append(Item(plain(term("NAMES", b.iso3)), lead="Name."))
    return Section("level", "Status and level", (Items(tuple(lines)),))


def two_tracks(b: Brief, *, full: bool) -> Section:
    """Return both tracks beside each other, and why one leads."""
    edges = b.manifest["index_at_entry"]
    rows = tuple(
        (
            Cell(say("track_named", t)),
            Cell(say("track_level", t)),
            Cell(say("position", t, edges), bar=t.index),
            Cell(say("before", t)),
            Cell(say("core_read", t)),
        )
        for t in b.tracks
    )
    head = (plain("Track"), plain("Level"), say("position_head", b), plain("A year earlier"), plain("Core indicators read"))
    table = Table("Level and position of both tracks", head, rows, (20, 21, 35, 11, 13))
    return Section("tracks", "The two tracks", (table, Paragraph(say("leads_on_scale", b))))


def pictures(b: Brief, *, full: bool) -> Section | None:
    """Return up to three charts side by side."""
    charts = [index_over_time(b), the_strip(b), killing(b)]
    shown = tuple(chart for chart in charts if chart is not None)
    names = () if full else (Paragraph(say("factors_listed", b), small=True),)
    return Section("pictures", "In pictures", (Pictures(shown), *names)) if shown else None


def war_beside(b: Brief, *, full: bool) -> Section | None:
    """Return the phase, and war set beside the risk of atrocities."""
    if b.beside is None:
        return None
    lines = [Item(say("phase", b), lead="Phase."), Item(say("gap", b), lead="War beside atrocity risk.")]
    if b.beside.signs:
        most = 99 if full else MOST["signs"]
        lines.append(Item(say("signs_said", b, most), lead="Atrocity-only signs, the worst factor first."))
    return Section("beside", "War beside atrocity risk", (Items(tuple(lines)),))


def what_changed(b: Brief, *, full: bool) -> Section:
    """Return what is another since a year and since the last run, and why."""
    blocks: list[Block] = [Paragraph(say("change", b, b.year))]
    if b.last_run:
        blocks.append(Paragraph(say("change", b, b.last_run)))
    moved = b.moved if full else b.moved[: MOST["moved"]]
    fired = [s for s in b.signals if s.fired]
    if moved:
        blocks += [Paragraph(plain("Measures among the drivers that moved most:")), _list(say("moved_said", f) for f in moved)]
    if fired:
        intro = plain("Signs of change against the country's own history, over their mark:")
        blocks += [Paragraph(intro), _list(say("signal_said", s) for s in fired)]
    return Section("change", "What changed", tuple(blocks))


def known(b: Brief, *, full: bool) -> Section | None:
    """Return what is known of a country that could not be assessed."""
    return _figures("known", "What is known", b.known, b, full=full)


def raises(b: Brief, *, full: bool) -> Section | None:
    """Return the figures that raise the risk."""
    return _figures("raises", "What raises the risk", b.raises if full else b.raises[: MOST["raises"]], b, full=full)


def holds_down(b: Brief, *, full: bool) -> Section | None:
    """Return the figures that hold it down."""
    shown = b.holds_down if full else b.holds_down[: MOST["holds down"]]
    return _figures("holds", "What holds it down", shown, b, full=full)


def lowering(b: Brief, *, full: bool) -> Section | None:
    """Return what would lower the level."""
    if b.beside is None or not b.beside.lowering:
        return None
    return Section("lowering", "What would lower it", (Paragraph(say("lowering", b)),))


def people(b: Brief, *, full: bool) -> Section:
    """Return who is at risk, as public sources count them."""
    shown = b.people if full else b.people[: MOST["people"]]
    items = tuple(_figure(f, b, full=full) for f in shown)
    blocks: tuple[Block, ...] = (Paragraph(say("people_intro", b)), *((Items(items),) if items else ()))
    return Section("people", "Who is at risk", blocks)


def forecast(b: Brief, *, full: bool) -> Section | None:
    """Return the forecast in the run's own sentences, where the run has one; the short brief tells the first target."""
    if b.forecast is None:
        return None
    lines: list[Item] = []
    for said, ref in b.forecast.targets if full else b.forecast.targets[:1]:
        lines.append(Item(say("forecast", said, ref)))
        lines += [Item(say("forecast_why", said, ref), lead="Why.")] if said.reasons else []
        lines += [Item(say("forecast_changed", said, ref), lead="Since the forecast before.")] if said.changed and full else []
        lines += [Item(say("forecast_beside", said, b, ref), lead="Beside the framework.")] if said.beside else []
        lines += [Item(say("forecast_of_what", said))] if full else []
    if not lines:
        lines.append(Item(say("forecast_none", b)))
    return Section("forecast", "Forecast", (Items(tuple(lines)), Paragraph(say("forecast_note", b), small=True)))


def factors(b: Brief, *, full: bool) -> Section | None:
    """Return the 14 risk factors in words; the short brief has them as a picture only."""
    if not full:
        return None
    head = (plain("Factor"), *(plain(t.title) for t in b.tracks))
    rows = tuple(_factor(f, b) for f in b.factors)
    table = Table("The 14 risk factors in both tracks", head, rows, (46, 27, 27))
    return Section("factors", "The 14 risk factors", (table, Paragraph(say("factor_noted", b), small=True)))


def unseen(b: Brief, *, full: bool) -> Section:
    """Return what cannot be seen."""
    lines = [say("indicators_seen", b), say("measures_seen", b)]
    if full:
        lines += [say("gaps_said", group, b) for group in b.unseen.gaps]
        lines += [say("expired", b)] if b.unseen.expired else []
        lines += [say("missing", b)] if b.unseen.missing else []
    elif b.unseen.missing:
        lines.append(say("missing_counted", b))
    if b.manifest["starter"]["used"] or b.manifest["via"]:
        lines.append(say("bundled", b))
    return Section("unseen", "What cannot be seen", (_list([*lines, say("never_lowers")]),))


def levers(b: Brief, *, full: bool) -> Section:
    """Return what can be asked of the United Kingdom: the risk of harm before the ask."""
    shown = b.levers if full else b.levers[: MOST["levers"]]
    blocks: list[Block] = [Paragraph(say("levers_intro", b))]
    blocks += [_lever(n, m, b, full=full) for n, m in enumerate(shown, 1)]
    if full:
        blocks += [Paragraph(say("warned", b)), _list(say("findings_said", s) for s in b.warned)]
    return Section("levers", _said("levers_title", b), tuple(blocks))


def _lever(n: int, m: Matched, b: Brief, *, full: bool) -> Card:
    lines = [Line("Why it is shown", say("lever_why_said", m, b)), Line("Held by", say("office_said", m))]
    if full:
        lines += [Line("Evidence", say("evidence", m, b)), Line("UK basis", say("basis", m, b))]
        if m.lever.works_better_when:
            lines.append(Line("Works better with", say("listed", m.lever.works_better_when)))
    else:
        lines.append(Line("Evidence", say("evidence_in_short", m, b)))
    lines += [
        Line("First, do no harm", say("listed", m.lever.do_no_harm), caution=True),
        Line("A possible ask", plain(clean(m.ask))),
    ]
    return Card(f"{n}. {clean(m.lever.name)}", tuple(lines))


def _figures(name: str, title: str, figures: Sequence[Figure], b: Brief, *, full: bool) -> Section | None:
    items = tuple(_figure(f, b, full=full) for f in figures)
    return Section(name, title, (Items(items),)) if items else None


def _figure(f: Figure, b: Brief, *, full: bool) -> Item:
    return Item(say("figure_said", f, b), lead=f"{clean(f.title)}:", small=say("figure_source", f, b) if full else ())


def _factor(f: Factor, b: Brief) -> tuple[Cell, ...]:
    return (Cell(say("factor_named", f)), *(Cell(say("factor_words", f, t.id), bar=f.score[t.id] * 100) for t in b.tracks))


def _list(lines: Iterable[Text]) -> Items:
    return Items(tuple(Item(line) for line in lines))


def _said(name: str, *values: object) -> str:
    """Return a sentence without references, where a title or a lead takes no other."""
    return "".join(piece.text for piece in say(name, *values))
