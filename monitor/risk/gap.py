"""The conflict outlook beside atrocity risk, and the signs that are atrocity-only: the difference is the point. Pure.

Published tables in, tables out. A country without figures has no rank; equal figures share one; a zero is what was recorded, not
a place. The outlook today is what has been counted; a published forecast would come in by the same door (:class:`Outlook`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monitor.risk.framework import INSUFFICIENT, Framework
from monitor.risk.saying import count, month, ordinal
from monitor.risk.views import AtrocitySigns

SIGN_COLUMNS = (
    *("iso3", "order", "kind", "indicator", "factor", "measure", "title", "short", "score", "value", "unit", "decimals"),
    *("start", "end", "freshness", "series", "source", "document", "place"),
)
GAP_COLUMNS = (
    *("iso3", "conflict_deaths", "conflict_until", "conflict_rank", "conflict_tied", "conflict_ranked", "atrocity_rank"),
    *("atrocity_ranked", "difference", "signs", "signals", "can_fire", "readable", "line"),
)


@dataclass(frozen=True)
class Outlook:
    """What is said of conflict in each country. ``what``: the figure in words, as "deaths in war".

    ``frame``: columns iso3, deaths (NaN: none known), known, asked (months), until (ISO day, empty for none), usable (enough
    months known and not too old, so that it can be ranked). ``mark``: from so many on, it is called a conflict.
    """

    frame: pd.DataFrame
    mark: float
    what: str = "deaths in war"


def recorded(phases: pd.DataFrame, mark: float) -> Outlook:
    """Return the outlook that rests on deaths recorded in state-based conflict (the table ``phases``)."""
    return Outlook(phases[["iso3", "deaths", "known", "asked", "until", "usable"]], mark)


def signs(readings: pd.DataFrame, signals: pd.DataFrame, framework: Framework, counts_deaths: Mapping[str, bool]) -> pd.DataFrame:
    """Return the atrocity-only signs that fire: columns :data:`SIGN_COLUMNS`, a row a country and reading or signal.

    A reading fires at the configured score, where it is evidence of high or medium validity for a listed indicator and derived
    from no count of deaths. ``kind``: reading or signal; a signal has no indicator, factor or score. ``order``: factors by
    their worst reading, the worst first, then readings within them; signals last.
    """
    rule, under = framework.atrocity_signs, eligible(framework, counts_deaths)
    factor = {i.id: f.id for f, i in framework.indicators()}
    fired = readings[readings["measure"].isin(under) & (readings["score"] >= rule.at_least)]
    fired = fired.assign(kind="reading", indicator=fired["measure"].map(under))
    fired = fired.assign(factor=fired["indicator"].map(factor))
    changes = signals[signals["signal"].isin(rule.signals) & signals["fired"].astype(bool)].rename(columns={"signal": "measure"})
    changes = changes.assign(
        kind="signal", short=changes["title"], indicator="", factor="", score=np.nan, decimals=2,
        freshness=np.where(changes["fresh"], "fresh", "stale"), source="",
    )  # fmt: skip
    both = pd.concat([fired, changes.astype({"indicator": "str", "factor": "str"})], ignore_index=True)
    worst = both.groupby(["iso3", "kind", "factor"])["score"].transform("max")
    both = both.assign(worst=worst).sort_values(
        ["iso3", "kind", "worst", "factor", "score", "measure"],
        ascending=[True, True, False, True, False, True],
        na_position="last",
    )
    return both.assign(order=both.groupby("iso3").cumcount() + 1)[list(SIGN_COLUMNS)].reset_index(drop=True)


def eligible(framework: Framework, counts_deaths: Mapping[str, bool]) -> dict[str, str]:
    """Return the measures that can be an atrocity-only sign -> the first listed indicator that each is evidence for."""
    evidence = {i.id: i.evidence for _, i in framework.indicators()}
    found: dict[str, str] = {}
    for indicator in framework.atrocity_signs.indicators:
        for each in evidence[indicator]:
            deaths = any(counts_deaths.get(s, False) for s in framework.measure[each.measure].all_series())
            if each.scored and not deaths:
                found.setdefault(each.measure, indicator)
    return found


def visible(readings: pd.DataFrame, can_fire: Mapping[str, str]) -> pd.DataFrame:
    """Return columns iso3, can_fire (readings that could be a sign, :func:`eligible`) and readable (those with a score)."""
    mine = readings[readings["measure"].isin(can_fire)]
    readable = mine["score"].notna().groupby(mine["iso3"]).agg(np.count_nonzero)
    return pd.DataFrame({"iso3": readable.index, "can_fire": len(can_fire), "readable": readable.to_numpy()})


def gaps(said: pd.DataFrame, outlook: Outlook, fired: pd.DataFrame, seen: pd.DataFrame, rule: AtrocitySigns) -> pd.DataFrame:
    """Return one row a country: its place in war beside its place in atrocity risk.

    ``said``: the table ``assessments``; ``fired``: :func:`signs`; ``seen``: :func:`visible`, of the same countries.

    Columns: iso3, conflict_deaths, conflict_until, conflict_rank (Int64, 1 = most, equal figures share the best place; missing
    without a usable figure), conflict_tied (countries with that figure), conflict_ranked (countries with a rank),
    atrocity_rank, atrocity_ranked, difference (places by which the atrocity rank is the more worrying, negative where that of war
    is, 0 inside a shared place; missing where either rank is), signs and signals (how many fire), can_fire (readings that could),
    readable (those with a score), line.
    """
    frame = said[["iso3", "level", "rank"]].merge(outlook.frame, on="iso3", how="left", validate="one_to_one")
    ranked = frame["deaths"].where(frame["usable"].eq(True))  # a country that the outlook lacks is not usable either
    frame["conflict_rank"] = ranked.rank(ascending=False, method="min").astype("Int64")
    frame["conflict_tied"] = frame.groupby("conflict_rank", dropna=True)["iso3"].transform("size").astype("Int64")
    frame["conflict_ranked"], frame["atrocity_ranked"] = int(ranked.count()), int(frame["rank"].count())
    frame["difference"] = _difference(frame)
    for column, kind in (("signs", "reading"), ("signals", "signal")):
        counted = fired.loc[fired["kind"] == kind, "iso3"].value_counts()
        frame[column] = [int(counted.get(c, 0)) for c in frame["iso3"]]  # none fires, or none is seen: `readable` tells
    frame = frame.merge(seen, on="iso3", how="left", validate="one_to_one")
    frame["line"] = [in_words(row, outlook, rule) for row in frame.to_dict("records")]
    columns = {"deaths": "conflict_deaths", "until": "conflict_until", "rank": "atrocity_rank"}
    return frame.rename(columns=columns)[list(GAP_COLUMNS)]


def _difference(frame: pd.DataFrame) -> pd.Series:
    """Return the places between both ranks; a shared place reaches from the first to the last of those who share it."""
    first, atrocity = frame["conflict_rank"], frame["rank"].astype("Int64")
    last = first + frame["conflict_tied"] - 1
    return (first - atrocity).clip(lower=0) - (atrocity - last).clip(lower=0)


def in_words(row: Mapping[Any, Any], outlook: Outlook, rule: AtrocitySigns) -> str:
    """Return the gap of one country in words; each part stands only where its figures do."""
    return f"{_ranks(row, outlook, rule)} {_fired(row, rule)}"


def _ranks(row: Mapping[Any, Any], outlook: Outlook, rule: AtrocitySigns) -> str:
    has_war, has_atrocity = not pd.isna(row["conflict_rank"]), not pd.isna(row["rank"])
    risk = f"{ordinal(int(row['rank']))} of {row['atrocity_ranked']} for atrocity risk" if has_atrocity else ""
    war = _war(row, outlook.what)
    if not has_atrocity:
        why = "insufficient data" if row["level"] == INSUFFICIENT else "its level is held"
        return f"No rank for atrocity risk ({why}); {war}."
    if not has_war:
        return f"Ranked {risk}; {war}, so the two cannot be compared."
    return f"Ranked {risk}; {war}: {_apart(row, outlook, rule)}."


def _war(row: Mapping[Any, Any], what: str) -> str:
    """Return the place in war, or what was recorded where there is no place to give."""
    if pd.isna(row["deaths"]):
        return f"no figure on {what}"
    part = row["known"] < row["asked"]
    span = f"in the {row['asked']} months to {month(row['until'])}"
    counted = f"{'at least ' if part else ''}{count(row['deaths'])} {span}"
    if pd.isna(row["conflict_rank"]):
        return f"no usable figure on {what} ({counted}, {row['known']} months known)"
    others = int(row["conflict_tied"]) - 1
    alike = f"{others} other{'s' if others != 1 else ''}"
    if row["deaths"] == 0:
        return f"no {what} recorded {span}, as in {alike} of {row['conflict_ranked']} countries"
    shared = f", a place shared with {alike}" if others else ""
    return f"{ordinal(int(row['conflict_rank']))} of {row['conflict_ranked']} for {what}{shared} ({counted})"


def _apart(row: Mapping[Any, Any], outlook: Outlook, rule: AtrocitySigns) -> str:
    """Return what the two places say of each other: far apart, not at war by the mark, or close."""
    difference = int(row["difference"])
    if difference >= rule.ranks_apart:
        return f"higher for atrocity risk by {difference} places, which {outlook.what} alone would not show"
    if row["deaths"] < outlook.mark:
        part = " in the months that are known" if row["known"] < row["asked"] else ""
        return f"under the mark of {outlook.mark:,.0f} for a conflict{part}"
    if difference <= -rule.ranks_apart:
        return f"higher for {outlook.what} by {-difference} places"
    return f"conflict and atrocity risk meet, less than {rule.ranks_apart} places apart"


def _fired(row: Mapping[Any, Any], rule: AtrocitySigns) -> str:
    """Return how many atrocity-only signs fire, of those that can be seen at all."""
    if not row["readable"]:
        return f"Atrocity-only signs: none of the {row['can_fire']} readings can be seen."
    unseen = row["can_fire"] - row["readable"]
    blind = f"; {unseen} more cannot be seen" if unseen else ""
    changes = f". {row['signals']} signal{'s' if row['signals'] != 1 else ''} of change as well" if row["signals"] else ""
    over = (
        f"{row['signs']} of the {row['readable']} readings that can be seen {'is' if row['signs'] == 1 else 'are'} over the mark"
    )
    if row["readable"] == 1:
        over = f"the one reading that can be seen is {'' if row['signs'] else 'not '}over the mark"
    return f"Atrocity-only signs: {over} (score {rule.at_least:g} or more){blind}{changes}."
