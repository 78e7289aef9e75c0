"""The state of every source and series: freshness judged from the data's own period, never from the time of fetching."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from indicators.contract import Series, Source
from monitor import starter

GOOD = ("new", "unchanged")


def source_states(sources: Sequence[Source], runs: pd.DataFrame, panel: pd.DataFrame, as_of: date) -> dict[str, pd.DataFrame]:
    """Return the tables ``sources`` and ``series``.

    ``state`` of a source: ``missing`` (never had data), ``failed`` (the last run brought nothing), ``stale`` (newest period older
    than its maximum age) or ``ok``. ``age_days``: from the end of the newest period to ``as_of``.
    """
    known = panel[panel["value"].notna()]
    by = known.groupby("series", observed=True)
    newest, rows, countries = by["end"].max(), by.size(), by["iso3"].nunique()
    series = pd.DataFrame([_series_row(s, c, newest, rows, countries) for c in sources for s in c.series])
    return {"sources": pd.DataFrame([_source_row(c, series, runs, as_of) for c in sources]), "series": series}


def first_collected_since(runs: pd.DataFrame, moment: pd.Timestamp) -> list[str]:
    """Return the sources whose first good collection, the starter's no collection, ended after a moment, sorted."""
    good = runs[runs["status"].isin(GOOD) & (runs["via"] != starter.VIA)]
    first = good.groupby("source")["finished"].min()
    return sorted(first.index[first > moment])


def last_good(runs: pd.DataFrame, source: str) -> pd.Series | None:
    """Return the last run of a source that brought something usable, the bundled figures included."""
    return _last(runs[(runs["source"] == source) & runs["status"].isin(GOOD)])


def _series_row(series: Series, card: Source, newest: pd.Series, rows: pd.Series, countries: pd.Series) -> dict[str, object]:
    end = newest.get(series.id)
    return {
        "series": series.id,
        "source": card.id,
        "title": series.title,
        "unit": series.unit,
        "frequency": str(series.frequency),
        "decimals": series.decimals,
        "blank": str(series.blank),
        "conflict_derived": series.conflict_derived,
        "carried_between_elections": series.carried_between_elections,
        "redistribute": card.may_redistribute(series),
        "note": series.note,
        "newest_period": f"{end:%Y-%m-%d}" if end is not None else "",
        "countries": int(countries.get(series.id, 0)),
        "rows": int(rows.get(series.id, 0)),
    }


def _source_row(card: Source, series: pd.DataFrame, runs: pd.DataFrame, as_of: date) -> dict[str, object]:
    mine = runs[runs["source"] == card.id]
    tried = mine[mine["via"] != starter.VIA]
    good = mine[mine["status"].isin(GOOD)]
    last, last_good = _last(tried), _last(good)
    own = series[series["source"] == card.id]
    newest = max(own["newest_period"], default="")
    age = (as_of - date.fromisoformat(newest)).days if newest else None
    failed = last is not None and last["status"] not in GOOD
    state = "missing" if not newest else "failed" if failed else "stale" if (age or 0) > card.max_age_days else "ok"
    return {
        "source": card.id,
        "title": card.title,
        "provider": card.provider,
        "licence": card.licence,
        "licence_url": card.licence_url,
        "citation": card.cite(last_good["release"]) if last_good is not None else card.citation,
        "homepage": card.homepage,
        "redistribute": card.redistribute,
        "enabled": card.enabled,
        "state": state,
        "last_status": last["status"] if last is not None else "",
        "last_run": _instant(last),
        "last_good": _instant(last_good),
        "error_kind": last["error_kind"] if failed and last is not None else "",
        "error": last["error"] if failed and last is not None else "",
        "what_to_do": last["what_to_do"] if failed and last is not None else "",
        "release": last_good["release"] if last_good is not None else "",
        "via": last_good["via"] if last_good is not None else "",
        "newest_period": newest,
        "age_days": pd.NA if age is None else age,
        "max_age_days": card.max_age_days,
        "rows": int(own["rows"].sum()),
        "from_starter": last_good is not None and last_good["via"] == starter.VIA,
        "note": card.note,
    }


def _last(runs: pd.DataFrame) -> pd.Series | None:
    return None if runs.empty else runs.iloc[-1]


def _instant(run: pd.Series | None) -> str:
    return "" if run is None else f"{run['finished']:%Y-%m-%dT%H:%M:%SZ}"
