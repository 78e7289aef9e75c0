"""What people entered as tables, with the state of each on a day: published beside the assessment, never part of a score.

The evidence board's ``indicators`` is joined with ``judgements`` on ``iso3, indicator`` where ``state`` is ``stands``: there is
at most one such row. An indicator without one is "not assessed" by a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from monitor.risk.judgements import CitedSource, Confirmation, Entry, Judgement, standing

JUDGEMENTS = {
    "iso3": "str",
    "indicator": "str",
    "answer": "str",
    "rank": "int64",
    "direction": "str",
    "confidence": "str",
    "summary": "str",
    "allegation": "bool",
    "sources": "str",
    "source_count": "int64",
    "observed_from": "str",
    "observed_to": "str",
    "role": "str",
    "second_reader": "str",
    "entered": "str",
    "expires": "str",
    "state": "str",
}
CONFIRMATIONS = {
    "iso3": "str",
    "kind": "str",
    "reason": "str",
    "role": "str",
    "sources": "str",
    "source_count": "int64",
    "entered": "str",
    "expires": "str",
    "state": "str",
}


def tables(entries: Iterable[Entry], as_of: date) -> dict[str, pd.DataFrame]:
    """Return ``judgements`` and ``confirmations``: one row an entry, by country, subject and time; columns as above, none empty.

    ``rank`` 0 (no evidence found) to 3 (strong signs); ``sources`` JSON, a list of ``{title, url, date}``; days ISO, ``expires``
    the last day; ``entered`` ``2026-10-01T12:00:00Z``; ``state`` as of :func:`.judgements.standing`. Without entries the tables
    are empty, and their columns have the same types.
    """
    found = sorted(standing(entries, as_of), key=lambda s: (s[0].iso3, s[0].subject))
    judged = [_judged(e, state) for e, state in found if isinstance(e, Judgement)]
    confirmed = [_confirmed(e, state) for e, state in found if isinstance(e, Confirmation)]
    return {"judgements": _frame(judged, JUDGEMENTS), "confirmations": _frame(confirmed, CONFIRMATIONS)}


def _frame(rows: Sequence[Mapping[str, object]], types: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame([dict(r) for r in rows], columns=list(types)).astype(dict(types))


def _judged(entry: Judgement, state: str) -> dict[str, object]:
    plain = entry.model_dump(mode="json", exclude={"entry", "sources"})
    return plain | {"rank": entry.rank, **_sources(entry.sources), "state": state}


def _confirmed(entry: Confirmation, state: str) -> dict[str, object]:
    plain = entry.model_dump(mode="json", exclude={"entry", "sources"})
    return plain | {**_sources(entry.sources), "state": state}


def _sources(sources: Sequence[CitedSource]) -> dict[str, object]:
    listed = [s.model_dump(mode="json") for s in sources]
    return {"sources": json.dumps(listed, ensure_ascii=False), "source_count": len(listed)}
