"""The response card of a country: what the record holds, row by row, and what it does not. Pure.

A row reads one of three things, and never a fourth: what was found, "no public record found", or "not collected yet".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from indicators.contract import Frozen, Source
from monitor.response.profile import Condition, FactList, Profile, Row

FOUND, NONE_FOUND, NOT_COLLECTED = "found", "no public record found", "not collected yet"
UNKNOWN = "unknown: the public record read so far does not say"


class Shown(Frozen):
    """A row as shown. ``before``: the sentence of the period before, where there is one. ``share``: where the row has one."""

    id: str
    title: str
    state: str
    text: str
    period: str = ""
    before: str = ""
    share: float | None = None
    office: str
    office_checked: str
    source: str = ""
    url: str = ""
    reads_as: str = ""


class Contrast(Frozen):
    """A contrast that holds, with its rows' sources and the reading against it."""

    id: str
    says: str
    counter: str
    rests_on: tuple[str, ...]


def rows(
    iso3: str, profile: Profile, facts: Mapping[str, FactList], panel: pd.DataFrame, collected: Mapping[str, date]
) -> tuple[Shown, ...]:
    """Return every row of the profile for one country, in its order.

    ``panel``: columns series, iso3, start, end, value, of this country at least. ``collected``: the day of the last good
    collection by series; a series without one was not collected yet.
    """
    own = panel[panel["iso3"].astype(str) == iso3]
    own = own.assign(series=own["series"].astype(str))
    return tuple(_shown(row, profile, _said(iso3, row, facts) or _figures(row, profile, own, collected)) for row in profile.rows)


def _shown(row: Row, profile: Profile, said: Mapping[str, Any]) -> Shown:
    office = profile.offices[row.office]
    about = {"office": office.office, "office_checked": f"{office.checked_on}", "reads_as": row.reads_as}
    return Shown(id=row.id, title=row.title, **about, **said)


def _said(iso3: str, row: Row, facts: Mapping[str, FactList]) -> dict[str, Any]:
    return _facts(iso3, facts[row.facts]) if row.facts else {}


def _facts(iso3: str, held: FactList) -> dict[str, Any]:
    text, day = held.of(iso3), f" of {_day(held.published)}" if held.published else ""
    source = f"{held.publisher}: {held.title} ({held.licence}; {_checked(held.checked_on)})"
    about = {"period": f"{held.published}", "source": source, "url": held.url}
    if text:
        return {"state": FOUND, "text": text, **about}
    why = f"not named on the list{day}" if held.whole else f"the list{day} is not complete"
    return {"state": NONE_FOUND, "text": f"{NONE_FOUND}: {why}", **about}


def _figures(row: Row, profile: Profile, own: pd.DataFrame, collected: Mapping[str, date]) -> dict[str, Any]:
    names = [figure.series for figure in row.figures]
    if not set(names) & set(collected):
        return {"state": NOT_COLLECTED, "text": NOT_COLLECTED}
    card = profile.series[names[0]]
    looked = max(collected[name] for name in names if name in collected)
    about = {"source": f"{card.citation} ({card.licence}; collected {_day(looked)})", "url": card.homepage}
    known = own[own["series"].isin(names) & own["value"].notna()]
    if known.empty:
        return {"state": NONE_FOUND, "text": NONE_FOUND, **about}
    ends = sorted(known["end"].unique())
    told = [_sentence(row, known[known["end"] == end], card) for end in ends[-2:]]
    newest = known[known["end"] == ends[-1]]
    share = _share(row, newest)
    return {
        "state": FOUND,
        "text": told[-1],
        "before": told[0] if len(told) > 1 else "",
        "period": _period(newest, card),
        "share": None if share is None else round(share[0], 4),
        **about,
    }


def _sentence(row: Row, rows_of: pd.DataFrame, card: Source) -> str:
    values = dict(zip(rows_of["series"], rows_of["value"], strict=True))
    parts = []
    for figure in row.figures:
        value = values.get(figure.series)
        said = "no figure" if value is None else figure.words.get(int(value), f"{value:,.0f}")
        parts.append(f"{said} {figure.label}".strip())
    share = _share(row, rows_of)
    tail = f"; {row.share.title} {100 * share[0]:.0f} % (of {share[1]:,.0f})" if row.share and share else ""
    return f"{_period(rows_of, card)}: {', '.join(parts)}{tail}"


def _share(row: Row, rows_of: pd.DataFrame) -> tuple[float, float] | None:
    """Return a row's share and what it is a share of; ``None`` where a part is unknown or there is nothing to share."""
    if row.share is None:
        return None
    values = dict(zip(rows_of["series"], rows_of["value"], strict=True))
    if not {*row.share.of, *row.share.among} <= set(values):
        return None
    part, whole = (_total(values, names) for names in (row.share.of, row.share.among))
    return (part / whole, whole) if whole > 0 else None


def _total(values: Mapping[str, float], names: Sequence[str]) -> float:
    total = 0.0
    for name in names:
        total += values[name]
    return total


def _period(rows_of: pd.DataFrame, card: Source) -> str:
    frequency = next(str(s.frequency) for s in card.series if s.id == rows_of["series"].iloc[0])
    end = rows_of["end"].iloc[0]
    return {"year": f"{end:%Y}", "month": f"{end:%b %Y}"}.get(frequency, _day(end.date()))


def contrasts(profile: Profile, shown: Sequence[Shown], level: str, levels: Sequence[str]) -> tuple[Contrast, ...]:
    """Return the profile's contrasts that hold. A row that was not collected, or a level that is not one, meets no condition."""
    by_id = {row.id: row for row in shown}
    found = []
    for rule in profile.mirror:
        if all(_holds(condition, by_id, level, levels) for condition in rule.when):
            named = [by_id[c.row] for c in rule.when if c.row]
            rests_on = tuple(f"{row.title}: {row.text} [{row.source}]" for row in named)
            found.append(Contrast(id=rule.id, says=rule.says, counter=rule.counter, rests_on=rests_on))
    return tuple(found)


def _holds(condition: Condition, shown: Mapping[str, Shown], level: str, levels: Sequence[str]) -> bool:
    if condition.level_at_least:
        return level in levels and levels.index(level) >= levels.index(condition.level_at_least)
    row = shown[condition.row]
    if condition.share_below is not None:
        return row.share is not None and row.share < condition.share_below
    return row.state != NOT_COLLECTED and (row.state == FOUND) == condition.found


def owners(profile: Profile) -> Iterator[tuple[str, str, str]]:
    """Yield who answers for what: the question, the office or that it is unknown, and when it was checked with its note."""
    for owner in profile.ownership:
        note = f"{owner.note} {owner.url}".strip()
        yield owner.asks, owner.office or UNKNOWN, f"{_checked(owner.checked_on)}{'. ' if note else ''}{note}"


def _checked(day: date | str) -> str:
    return f"checked {_day(day)}" if day else "not yet checked"


def _day(day: date | str) -> str:
    return f"{day.day} {day:%B %Y}" if isinstance(day, date) else day
