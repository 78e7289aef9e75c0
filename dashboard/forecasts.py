"""The forecast on the pages: beside the framework on a country's page, the highest on the overview. Never part of a level."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard import forecast_words as words
from dashboard.data import plain
from dashboard.tables import records
from monitor.storage.snapshot import Snapshot

RULE = (
    "They differ where one puts a country among its 30 highest and the other leaves it outside its own in nine of ten draws. "
    "They answer different questions: the forecast how often an onset of counted violence followed years like the last one, the "
    "framework how strong the conditions for atrocity crimes are. A difference is a reason to look, not an error of either."
)
NO_SCALE = (
    "Of 100 such: of 100 such country-years, how many saw an onset. Even of the highest, most see none. Interval and places: "
    "from drawing the past years again and weighing the models by chance (90 %)."
)


def of_country(snapshot: Snapshot, iso3: str) -> None:
    """Show a country's odds with their intervals, what moves them, and how they stand beside the framework."""
    if not data.has(snapshot, *words.TABLES):
        return
    about = snapshot.manifest["forecast"]
    st.header("Forecast, beside the framework", anchor=False)
    rows, why, beside = (data.table(snapshot, name, iso3) for name in words.TABLES)
    if rows.empty:
        st.markdown(plain(words.none_said(about) or "No forecast: nothing is known of this country that the models see."))
        return
    for target, mine in rows.groupby("target", sort=False):
        _target(mine, about, why[why["target"] == target], beside[beside["target"] == target])
    st.caption(plain(NO_SCALE))


def _target(mine: pd.DataFrame, about: dict[str, Any], why: pd.DataFrame, beside: pd.DataFrame) -> None:
    first = records(words.headline(mine, str(mine["target"].iloc[0])))[0]
    target = about["targets"][first["target"]]
    st.markdown(f"**{plain(target['title'])} in {words.span(first)}**: {plain(first['said'])}.")
    st.caption(plain(f"{target['meaning']} {words.made_said(mine, about)}"))
    for line in beside["line"] if first["at_risk"] else ():
        differs = str(beside["state"].iloc[0]) in words.HIGHER
        st.info(plain(line), icon=":material/compare_arrows:") if differs else st.markdown(plain(line))
    if not first["at_risk"]:
        return
    if first["changed"]:
        st.markdown(plain(first["changed"][:1].upper() + first["changed"][1:]) + ".")
    st.table(words.odds_table(mine).map(plain), border="horizontal", hide_index=True, alt="Odds by horizon and model")
    if len(why):
        with st.expander("Why: what moves the odds"):
            st.table(words.reason_table(why).map(plain), border="horizontal", hide_index=True, alt="What moves the odds")
            st.caption("Factors on the odds, against a typical country (the median of each series).")


def highest(snapshot: Snapshot, said: pd.DataFrame) -> None:
    """Show the highest odds on the overview, and where forecast and framework differ."""
    if not data.has(snapshot, *words.TABLES):
        return
    about = snapshot.manifest["forecast"]
    st.header("Highest forecast odds", anchor=False)
    rows, beside = data.table(snapshot, "forecasts"), data.table(snapshot, "forecast_beside")
    if rows.empty:
        st.markdown(plain(words.none_said(about)))
        return
    for target in dict.fromkeys(rows["target"]):
        mine, own = rows[rows["target"] == target], beside[beside["target"] == target]
        first = records(words.headline(rows, target))[0]
        st.markdown(f"**{plain(about['targets'][target]['title'])} in {words.span(first)}**")
        st.caption(plain(f"{about['targets'][target]['meaning']} {words.made_said(mine, about)}"))
        shown = words.highest(rows, own, said, target)
        st.table(shown.map(plain), border="horizontal", hide_index=True, alt="Highest forecast odds")
        if lines := words.differ_lines(own, said):
            st.markdown("**Where forecast and framework differ**\n\n" + "\n".join(f"- {plain(line)}" for line in lines))
        st.caption(plain(f"{NO_SCALE} {RULE}"))
