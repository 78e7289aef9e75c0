"""The forecasts as tables of a run: what the snapshot publishes, and every page, brief and mail reads. Pure.

========================  ==============================================================================================
``forecasts``             one row a target, horizon, track and country: risk, interval, place, in words, what moved it
``forecast_reasons``      the headline one horizon ahead: the series that move it most, and all others together
``forecast_scores``       what the same policy scored in the past, by track and split, with intervals
``forecast_calibration``  what was forecast and what came, by bin of risk
``forecast_misses``       the onsets that stood lowest on the lists, with what was visible the year before
``forecast_alarms``       the highest forecasts that no onset followed, likewise
``forecast_beside``       forecast and framework side by side, and where they differ (:mod:`.beside`)
========================  ==============================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from monitor.foresight import changed, words
from monitor.foresight.kept import Kept
from monitor.foresight.reasons import COLUMNS as OF_REASONS
from monitor.foresight.record import HEADLINE
from monitor.foresight.scores import COLUMNS as OF_SCORES
from monitor.foresight.today import COLUMNS

FORECASTS, REASONS = "forecasts", "forecast_reasons"
PAST = ("scores", "calibration", "misses", "alarms")
MADE = (FORECASTS, REASONS, *(f"forecast_{name}" for name in PAST))  # worked out once, then taken from the last snapshot
NAMED = 10  # reasons shown of a country
REST = "rest"
MORE = ("of_100_before", "by_model", "by_revision", "by_figures", "said", "reasons", "changed")
_KINDS = {
    **dict.fromkeys(("target", "track", "iso3", "country", "used", "why", "said", "reasons", "changed"), "str"),
    **dict.fromkeys(("rank", "rank_low", "rank_high"), "Int64"),
    **dict.fromkeys(("horizon", "year_from", "first_year", "last_year"), "int64"),
    **dict.fromkeys(("at_risk", "calibrated"), "bool"),
}


def tables(
    made: Mapping[str, pd.DataFrame], kept: Kept | None, everyone: Mapping[str, str], before: str
) -> dict[str, pd.DataFrame]:
    """Return the tables :data:`MADE`.

    ``made``: of :func:`.today.forecasts`, its ``forecasts`` with the columns of :mod:`.changed` where there was one before;
    ``everyone``: iso3 -> name of the countries that have a page; ``before``: when the forecast before was made, empty for none.

    ``forecasts``: :data:`.today.COLUMNS` and :data:`MORE`, by rank. ``said``, ``reasons``, ``changed``: in words; reasons of the
    headline at the first horizon, empty elsewhere and where nobody is at risk of an onset. A country that no model knows
    anything of has a row without a risk.
    ``forecast_reasons``: iso3, target, horizon, feature, title, value, unit, log_odds, times_odds, typical, total; the last row
    of a country is :data:`REST`. ``forecast_misses``, ``forecast_alarms``: year, iso3, country, rank, best, risk, conflict,
    ever, visible, target, horizon; of alarms also followed.
    """
    whole = _with_the_unknown(made[FORECASTS], everyone)
    for name in changed.COLUMNS:
        whole[name] = whole[name].astype("float64") if name in whole else np.nan
    why = made[REASONS]
    sentences = {(str(t), str(c)): words.because(own) for (t, c), own in why.groupby(["target", "iso3"])}
    rows = whole.to_dict("records")
    first = int(whole["horizon"].min()) if len(whole) else 0
    among = whole.groupby(["target", "horizon", "track"])["at_risk"].transform("sum") if len(whole) else ()
    whole["said"] = [words.odds(row, int(n)) for row, n in zip(rows, among, strict=True)]
    whole["reasons"] = [
        sentences.get((row["target"], row["iso3"]), "")
        if row["at_risk"] and (row["track"], row["horizon"]) == (HEADLINE, first)
        else ""
        for row in rows
    ]
    whole["changed"] = [changed.in_words(row, before) if row["at_risk"] else "" for row in rows]
    return {FORECASTS: _typed(whole[[*COLUMNS, *MORE]]), REASONS: _cut(why), **_past(kept)}


def nothing(kept: Kept | None) -> dict[str, pd.DataFrame]:
    """Return the tables :data:`MADE` of a run that could make no forecast."""
    return {
        FORECASTS: _typed(pd.DataFrame(columns=[*COLUMNS, *MORE])),
        REASONS: _cut(pd.DataFrame(columns=[*OF_REASONS, "target", "horizon"])),
        **_past(kept),
    }


def _with_the_unknown(frame: pd.DataFrame, everyone: Mapping[str, str]) -> pd.DataFrame:
    """Return the forecasts with a row for each country of which there is none."""
    parts = [frame]
    keys = ["target", "horizon", "track"]
    for _, part in frame.groupby(keys, sort=False):
        missing = sorted(set(everyone) - set(part["iso3"]))
        same = part.iloc[0][[*keys, "year_from", "first_year", "last_year", "used", "why", "calibrated"]].to_dict()
        if missing:
            lines = {**same, "iso3": missing, "country": [everyone[c] for c in missing], "at_risk": False}
            parts.append(pd.DataFrame(lines).reindex(columns=frame.columns).astype(frame.dtypes))
    return pd.concat(parts, ignore_index=True).sort_values([*keys[:2], "track", "rank", "iso3"], ignore_index=True)


def _cut(why: pd.DataFrame) -> pd.DataFrame:
    """Return the reasons that move each country's odds most, and one row for all others together."""
    columns = ["iso3", "target", "horizon", *(c for c in OF_REASONS if c != "iso3")]
    place = why.groupby(["target", "iso3"], sort=False).cumcount()
    rest = (
        why[place >= NAMED]
        .groupby(["target", "iso3"], sort=False, as_index=False)
        .agg({"horizon": "first", "log_odds": "sum", "typical": "first", "total": "first"})
    )
    rest = rest.assign(
        feature=REST,
        title="All other series together",
        value=np.nan,
        unit="",
        times_odds=np.exp(rest["log_odds"].astype("float64")),
    )
    both = pd.concat([f for f in (why[place < NAMED], rest) if len(f)] or [why])
    both = both.sort_values(["target", "iso3"], kind="stable", ignore_index=True)
    numbers = dict.fromkeys(("value", "log_odds", "times_odds", "typical", "total"), "float64")
    text = dict.fromkeys(("iso3", "target", "feature", "title", "unit"), "str")
    return both[columns].astype({**numbers, **text, "horizon": "int64"})


def _past(kept: Kept | None) -> dict[str, pd.DataFrame]:
    """Return what the policy scored in the past, with their columns also where no backtest was made."""
    cases = ("year", "iso3", "country", "rank", "best", "risk", "conflict", "ever", "visible", "target", "horizon")
    empty: dict[str, Sequence[str]] = {
        "scores": OF_SCORES,
        "calibration": ("from", "to", "country_years", "mean_risk", "onsets", "observed", "low", "high", "target", "horizon"),
        "misses": cases,
        "alarms": (*cases, "followed"),
    }
    found = {}
    for name, columns in empty.items():
        frame = kept.table(name) if kept is not None else pd.DataFrame()
        found[f"forecast_{name}"] = frame if len(frame) else pd.DataFrame(columns=list(columns)).astype("str")
    return found


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns in their types, the same for an empty table as for any other."""
    return frame.astype({c: _KINDS.get(c, "float64") for c in frame.columns})
