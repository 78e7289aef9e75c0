"""The evidence board on the terminal: one country from its level down to every indicator and its readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from monitor.terminal.words import NO_DATA, SHAPE, STYLE, day_in_words, month_in_words, open_console

Row = Mapping[str, Any]
SHOWN = 4  # drivers named in a line
DIM, STRONG = "dim", "bold"


def show_board(found: Row) -> None:
    """Print a board; ``found``: the value of :func:`monitor.risk.board.board`."""
    console = open_console()
    head(console, found)
    for crime in found["crimes"]:
        mine = [f for f in found["factors"] if f["factor"] in crime["factors"]]
        if mine:
            console.print(f"\n[bold]{escape(crime['title'].upper())}[/bold]")
        for factor in mine:
            show_factor(console, factor, found["tracks"])
    if len(found["factors"]) > 1:
        show_views(console, found["views"])
        console.print()
        _say(console, _counted(found["counts"]), 0, STRONG)
    _say(
        console,
        "A reading rests on proxies and never says that a crime is or is not taking place. Missing is missing, never low.",
        0,
        DIM,
    )


def head(console: Console, found: Row) -> None:
    """Print what the country comes to, before the evidence."""
    console.print(
        f"[bold]{escape(found['name'])}[/bold], evidence board as of {day_in_words(found['as_of'])} ({escape(found['basis'])})"
    )
    _say(console, _level(found), 0, STYLE[found["level"]])
    for track in found["tracks"].values():
        _say(console, _track(track), 2)
    _say(console, found["phase"]["line"], 0)
    _say(console, found["phase"]["note"], 2, DIM)
    _say(console, found["gap"]["line"], 0)
    for line in _signs(found["gap"]["fired"]):
        _say(console, line, 2, DIM)
    if found["headline"]:
        drivers = found["drivers"][found["headline"]]
        _say(console, f"Raised by: {'; '.join(map(_short, drivers['raises'][:SHOWN])) or 'no reading'}.", 0)
        _say(console, f"Held down by: {'; '.join(map(_titled, drivers['holds_down'][:SHOWN])) or 'no reading'}.", 0)
    if found["would_lower"].get("line"):
        _say(console, found["would_lower"]["line"], 0)
    for line in found.get("forecast", ()):
        _say(console, line, 0)


def _level(found: Row) -> str:
    held = " (held)" if found["held"] else ""
    place = f", rank {found['rank']} of {found['ranked']}" if found["rank"] else ""
    leads = f"; the {found['tracks'][found['headline']]['title'].lower()} track leads" if found["headline"] else ""
    status, until = found["status"], found["status"]["until"]
    killed = f" ({status['deaths']:,.0f} civilians recorded killed, {status['known']} months known to {month_in_words(until)})"
    said = {"onset risk": "risk of onset"}.get(status["status"], status["status"])
    return f"{SHAPE[found['level']]} {found['level']}{held}{place}{leads}. Status: {said}{killed if until else ''}"


def _track(track: Row) -> str:
    index = NO_DATA if track["index"] is None else f"index {int(track['index'])} of 100"  # cut: 39.7 is not yet watch
    says = "" if track["seen"] == track["level"] else f" (today's figures say {track['seen']})"
    return f"{track['title']}: {track['level']}{says}, {index}; {track['covered']} of {track['core']} core indicators read"


def _signs(fired: list[Row]) -> Iterator[str]:
    """Yield the atrocity-only signs, a line a factor, the worst first."""
    factors: dict[str, list[str]] = {}
    for sign in fired:
        where = sign["factor"] or "Signals of change"
        factors.setdefault(where, []).append(_short(sign))
    for factor, lines in factors.items():
        yield f"{factor}  {'; '.join(lines)}"


def show_factor(console: Console, factor: Row, tracks: Row) -> None:
    """Print one factor: score, coverage and thinness by track, then its indicators."""
    scores = [
        f"{tracks[t]['title'].lower()} {NO_DATA if s['score'] is None else format(s['score'], '.2f')}"
        f" ({s['covered']} of {s['core']} core read{', thin' if s['thin'] else ''})"
        for t, s in factor["tracks"].items()
        if s["core"] or s["score"] is not None  # else the factor is no part of the track
    ]
    _say(console, f"{factor['factor']} {factor['name']}   {'; '.join(scores)}", 0, STRONG)
    for one in factor["indicators"]:
        show_indicator(console, one)


def show_indicator(console: Console, one: Row) -> None:
    """Print one indicator: its state and score, its readings, its judgement, and the series that nobody brings yet."""
    scores = dict.fromkeys(f"{s:.2f}" for s in one["scores"].values() if s is not None)
    score = f", score {' / '.join(scores)}" if scores else ""
    style = "" if one["state"] in ("read", "judged") else DIM
    why = " (only a person can answer)" if one["state"] == "not assessed" else ""
    _say(console, f"{one['indicator']} {one['text']}: {one['state']}{why}{score}{', core' if one['core'] else ''}", 2, style)
    for reading in one["readings"]:
        _say(console, _reading(reading), 6, "" if reading["counts"] else DIM)
    if one["judgement"]:
        _say(console, _judgement(one["judgement"]), 6)
    if one["not_connected"]:
        _say(console, f"not connected: {'; '.join(n['what'] for n in one['not_connected'])}", 6, DIM)


def _reading(r: Row) -> str:
    """Return a reading with value, unit, period, source, validity, freshness and score."""
    if r["value"] is None:
        return f"{r['title']}: missing ({r['validity']} validity; {_source(r)})"
    notes = [r["freshness"], f"{r['validity']} validity{'' if r['validity'] != 'low' else ': context'}", _source(r)]
    notes += ["provisional"] if r["provisional"] else []
    notes += [f"{r['known']} of {r['asked']} months known"] if r["known"] < r["asked"] else []
    return f"{r['title']}: {_value(r)}, {_period(r)}{_score(r['score'])} ({'; '.join(notes)})"


def _source(r: Row) -> str:
    return str(r["source"]).split(",")[0]


def _value(r: Row) -> str:
    if r["unit"].startswith("1 = yes"):
        return "yes" if r["value"] else "none recorded"
    number = f"{r['value']:,.{int(r['decimals'])}f}"
    return f"{number} ({r['unit']})" if ", " in r["unit"] else f"{number} {r['unit']}"


def _short(r: Row) -> str:
    """Return a reading in a few words: what a high score means, and how high; a count as it is."""
    if r["score"] is None or r["unit"].startswith("1 = yes") or ", " not in r["unit"]:
        return f"{r['short']}: {_value(r)} ({_period(r)})"
    return f"{r['short']}: score {r['score']:.2f} ({_period(r)})"


def _titled(r: Row) -> str:
    """Return a reading that holds a score down: by its title, which names what is well."""
    said = f"score {r['score']:.2f}" if ", " in r["unit"] and not r["unit"].startswith("1 = yes") else _value(r)
    return f"{r['title']}: {said} ({_period(r)})"


def _period(r: Row) -> str:
    first, last = r["start"], r["end"]
    if first[5:] == "01-01" and last[5:] == "12-31":
        return last[:4] if first[:4] == last[:4] else f"{first[:4]} to {last[:4]}"
    return month_in_words(last) if first[:7] == last[:7] else f"{month_in_words(first)} to {month_in_words(last)}"


def _score(score: float | None) -> str:
    return "" if score is None else f", score {score:.2f}"


def _judgement(j: Row) -> str:
    """Return a judgement apart from the data: what a person found, how sure, on how many sources, until when."""
    if j["state"] != "stands":
        return f"judgement {j['state']} on {day_in_words(j['expires'])}: not assessed"
    claim = " (an allegation)" if j["allegation"] else ""
    answer, sources = str(j["answer"]).replace("_", " "), len(j["sources"])
    return (
        f"judgement: {answer}{claim}, {j['direction']}, {j['confidence']} confidence. {j['summary']} ({j['role']}; {sources} "
        f"source{'' if sources == 1 else 's'}; entered {day_in_words(j['entered'])}, until {day_in_words(j['expires'])})"
    )


def show_views(console: Console, views: list[Row]) -> None:
    """Print the questions that run across the factors."""
    for view in views:
        console.print(f"\n[bold]ACROSS THE FACTORS: {escape(view['title'].upper())}[/bold]")
        _say(console, view["meaning"], 0, DIM)
        for one in view["indicators"]:
            scores = dict.fromkeys(f"{s:.2f}" for s in one["scores"].values() if s is not None)
            _say(
                console, f"{one['indicator']} {one['text']}: {one['state']}{', score ' + ' / '.join(scores) if scores else ''}", 2
            )


def _counted(counts: Mapping[str, int]) -> str:
    order = ("read", "judged", "context only", "missing", "not assessed", "no connected series")
    return f"Of {sum(counts.values())} indicators: " + ", ".join(f"{counts[s]} {s}" for s in order if s in counts)


def _say(console: Console, text: str, indent: int, style: str = "") -> None:
    """Print external text as it stands, wrapped under its own indent."""
    console.print(Padding(escape(text), (0, 0, 0, indent)), style=style, highlight=False)
