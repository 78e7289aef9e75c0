"""Forecast and framework side by side, and where they differ. Pure. Neither enters the other.

They answer different questions: the forecast how often an onset of counted violence followed country-years like this one, the
framework how strong the conditions for atrocity crimes are. So a difference is a reason to look, not an error of either.

The rule, the same for every country: they *differ* where one puts a country among its :data:`TOP` highest and the other leaves it
outside its own :data:`TOP` highest at every place that it holds in nine of ten draws. There is nothing to compare where violence
on that scale is under way (an onset is then not what is to be expected), where there is no forecast, or no rank.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from monitor.foresight import words
from monitor.foresight.record import HEADLINE

TOP = 30
COLUMNS = ("iso3", "target", "state", "level", "framework_rank", "forecast_rank", "line")
FORECAST, FRAMEWORK, ALIKE, NOT_AT_RISK, NO_FORECAST, NO_RANK = (
    "forecast higher",
    "framework higher",
    "no clear difference",
    "not at risk of an onset",
    "no forecast",
    "no rank",
)
LOOK = "They answer different questions; a difference is a reason to look, not an error of either."

Row = Mapping[Any, Any]


def side_by_side(forecasts: pd.DataFrame, assessments: pd.DataFrame, intervals: pd.DataFrame) -> pd.DataFrame:
    """Return one row a country and target: :data:`COLUMNS`, in the order of ``assessments``.

    ``forecasts``: as published, of which the headline at the first horizon is compared; ``assessments``: iso3, level, rank;
    ``intervals``: iso3, rank_low, rank_high. ``state``: one of the words above; ``line``: the whole in words.
    """
    said = assessments[["iso3", "level", "rank"]].merge(intervals[["iso3", "rank_low", "rank_high"]], on="iso3", how="left")
    head = forecasts[forecasts["track"] == HEADLINE]
    head = head[head["horizon"] == head["horizon"].min()]
    ranked = int(said["rank"].notna().sum())
    rows = []
    for target, mine in head.groupby("target", sort=False):
        among, by_country = int(mine["at_risk"].sum()), mine.set_index("iso3").to_dict("index")
        each = ((by_country.get(one["iso3"]), one) for one in said.to_dict("records"))
        rows += [{"target": target, **_one(forecast, one, among, ranked)} for forecast, one in each]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    text = dict.fromkeys(("iso3", "target", "state", "level", "line"), "str")
    return frame.astype({**text, "framework_rank": "Int64", "forecast_rank": "Int64"})


def state_of(forecast: Row | None, framework: Row) -> str:
    """Return how they stand to each other. ``forecast``: risk, at_risk, rank, rank_low; ``framework``: rank, rank_low."""
    if forecast is None or pd.isna(forecast["risk"]):
        return NO_FORECAST
    if not forecast["at_risk"]:
        return NOT_AT_RISK
    if pd.isna(framework["rank"]) or pd.isna(framework["rank_low"]):
        return NO_RANK
    if forecast["rank"] <= TOP < framework["rank_low"]:
        return FORECAST
    if framework["rank"] <= TOP < forecast["rank_low"]:
        return FRAMEWORK
    return ALIKE


def _one(forecast: Row | None, framework: Row, among: int, ranked: int) -> dict[str, Any]:
    state = state_of(forecast, framework)
    rank = forecast["rank"] if forecast is not None else pd.NA
    line = _line(state, forecast, framework, among, ranked)
    return {
        **{"iso3": framework["iso3"], "state": state, "level": framework["level"]},
        **{"framework_rank": framework["rank"], "forecast_rank": rank, "line": line},
    }


def _line(state: str, forecast: Row | None, framework: Row, among: int, ranked: int) -> str:
    if forecast is None or state == NO_FORECAST:
        return "There is no forecast to set beside the framework: nothing is known of this country that the models see."
    if state == NOT_AT_RISK:
        return (
            "There is no forecast of an onset to set beside the framework: violence on that scale was under way in the last "
            "years, or no figure says that it was not."
        )
    here = words.place(forecast, among)
    if state == NO_RANK:
        return f"Forecast: {here}. The framework gives no rank, because too little is read; that is no low level."
    there = f"{framework['level']}, {_rank(framework)} of {ranked}"
    if state == ALIKE:
        return f"Forecast: {here}; framework: {there}. By the rule of the {TOP} highest they do not differ."
    one, other = ("forecast", "framework") if state == FORECAST else ("framework", "forecast")
    return (
        f"Forecast: {here}; framework: {there}. The {one} puts it among its {TOP} highest, the {other} outside its {TOP} highest "
        f"in nine of ten draws. {LOOK}"
    )


def _rank(framework: Row) -> str:
    low, high = int(framework["rank_low"]), int(framework["rank_high"])
    return f"rank {int(framework['rank'])}" + ("" if low == high else f" ({low} to {high})")
