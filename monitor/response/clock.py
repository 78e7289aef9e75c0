"""The clock: from each warning to the first act of each kind, in days, and what has not come. Pure; the day is an argument.

What was not collected is never counted as not done. An act can only be called the first, or be said not to have come, over days
for which the record is whole; before those, the clock says from which day on it knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from monitor.response.profile import ActKind

DONE, BY, NOT_YET, NOT_KNOWN, NOT_COLLECTED = "came", "came, maybe earlier", "not yet", "not known", "not collected yet"
WARNING_COLUMNS = ("iso3", "level", "warned", "dated", "ended")
COLUMNS = ("iso3", "level", "warned", "dated", "kind", "title", "office", "state", "days", "act", "counted_to", "known_from")


def warnings(history: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Return every time a country came to stand at or above a level, each level above the lowest for itself.

    ``history``: one row a country and look, columns iso3, as_of (ISO day), level. ``levels``: from the lowest to the highest;
    another word (insufficient data) neither begins nor ends a spell: what cannot be seen is no change.
    Columns :data:`WARNING_COLUMNS`: ``warned`` and ``ended`` ISO days (ended empty while it lasts), ``dated`` False where the
    first look of all already stood there, so that the day is only the latest on which it can have begun.
    """
    rank = {name: n for n, name in enumerate(levels)}
    rows = []
    for iso3, looks in history[history["level"].isin(list(rank))].sort_values("as_of").groupby("iso3"):
        at = looks["level"].map(rank)
        for n, level in enumerate(levels[1:], 1):
            rows += [{"iso3": iso3, "level": level, **spell} for spell in _spells(looks["as_of"].tolist(), (at >= n).tolist())]
    found = pd.DataFrame(rows, columns=list(WARNING_COLUMNS))  # of each country from the lowest level up
    return found.sort_values(["iso3", "warned"], kind="stable", ignore_index=True)


def _spells(days: Sequence[str], above: Sequence[bool]) -> Iterator[dict[str, object]]:
    began, dated = "", True
    for n, (day, is_above) in enumerate(zip(days, above, strict=True)):
        if is_above and not began:
            began, dated = day, n > 0
        elif not is_above and began:
            yield {"warned": began, "dated": dated, "ended": day}
            began = ""
    if began:
        yield {"warned": began, "dated": dated, "ended": ""}


def clock(warned: pd.DataFrame, acts: pd.DataFrame, known: pd.DataFrame, kinds: Sequence[ActKind], as_of: date) -> pd.DataFrame:
    """Return one row a warning and kind of act, in the order of both.

    ``warned``: as :func:`warnings` returns it. ``acts``: columns iso3, kind, day (ISO), in any order. ``known``: columns kind,
    iso3 (empty: every country), first, last (ISO days between which the record of that kind is whole). An act on the day of the
    warning counts, with 0 days; one before it does not; one after ``as_of`` has not come yet.

    Columns :data:`COLUMNS`. ``state`` and ``days`` (Int64, missing where nothing can be said):

    - came: days from the warning to the first act.
    - came, maybe earlier: the same, where the record begins only after the warning: no more than so many days.
    - not yet: days from the warning to ``counted_to``, the last day of the record or ``as_of``, without an act.
    - not known: no act is in the record, which begins only after the warning (``known_from``) or ends before it.
    - not collected yet: nobody collects this kind.
    """
    rows = [
        {**{c: w[c] for c in ("iso3", "level", "warned", "dated")}, "kind": k.id, "title": k.title, "office": k.office}
        | _found(str(w["warned"]), _of(acts, k.id, str(w["iso3"])), _of(known, k.id, "", str(w["iso3"])), f"{as_of}")
        for w in warned.to_dict("records")
        for k in kinds
        if w["warned"] <= f"{as_of}"
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS))
    return found.astype({"days": "Int64"})


def _of(table: pd.DataFrame, kind: str, *iso3: str) -> pd.DataFrame:
    return table[(table["kind"] == kind) & table["iso3"].isin(iso3)]


def _found(warned: str, mine: pd.DataFrame, held: pd.DataFrame, today: str) -> dict[str, object]:
    """Return what the acts and the days known of one kind and country say of one warning."""
    blank: dict[str, object] = {"days": pd.NA, "act": "", "counted_to": "", "known_from": ""}
    if held.empty:
        return blank | {"state": NOT_COLLECTED}
    first, last = held["first"].min(), min(held["last"].max(), today)
    after = mine.loc[(mine["day"] >= warned) & (mine["day"] <= today), "day"]
    span = {"known_from": first, "counted_to": last}
    if len(after):
        act = str(after.min())
        return span | {"state": DONE if first <= warned else BY, "days": _days(warned, act), "act": act}
    if first > warned or last < warned:
        return blank | span | {"state": NOT_KNOWN}
    return span | {"state": NOT_YET, "days": _days(warned, last), "act": ""}


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
