"""The three charts of a brief, from its values: words, alternative texts and what is drawn. Pure."""

from __future__ import annotations

import math

from monitor.briefs.chart import Bar, Chart, columns, strip, two_lines
from monitor.briefs.content import Brief
from monitor.briefs.paper import as_words
from monitor.briefs.spoken import say

MARKS = ("watch", "elevated", "high")


def index_over_time(b: Brief) -> Chart | None:
    """Return the index of both tracks over ten years; None where neither could ever be worked out."""
    first, second = (b.past.index.get(t.id, ()) for t in b.tracks)
    if not first and not second:
        return None
    titles = (b.tracks[0].title, b.tracks[1].title)
    marks = dict(zip(MARKS, b.manifest["index_at_entry"], strict=True))
    body = two_lines(first, second, titles, marks)
    return Chart("index", "Index of both tracks", as_words(say("tracks_alt", b)), as_words(say("tracks_note", b)), body)


def the_strip(b: Brief) -> Chart:
    """Return the scores of the 14 risk factors in both tracks."""
    rows = [(t.title, [Bar(f.id.removeprefix("RF"), f.score[t.id], f.thin[t.id]) for f in b.factors]) for t in b.tracks]
    return Chart("strip", "The 14 risk factors", as_words(say("strip_alt", b)), as_words(say("strip_note")), strip(rows))


def killing(b: Brief) -> Chart | None:
    """Return civilians reported killed by month; None where no month is known, or none since the first was counted."""
    known = [p for p in b.past.killed if not math.isnan(p.value)]
    if not known or max(p.value for p in known) == 0:
        return None
    worst = max(known, key=lambda p: (p.value, p.end))
    alt = as_words(say("killed_alt", b, worst, len(b.past.killed) - len(known)))
    body = columns(b.past.killed)
    return Chart("killed", "Civilians reported killed, by month", alt, as_words(say("killed_note", b)), body)
