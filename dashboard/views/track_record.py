"""Track record: how good the forecasts were, where they failed, and whether what was said still stands as it was said."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import data, track_words
from dashboard.data import plain
from dashboard.reliability import reliability
from monitor.storage.snapshot import Snapshot


def main() -> None:
    """Show the track record, top to bottom."""
    snapshot = data.current()
    st.title("Track record", anchor=False)
    if not data.has(snapshot, *track_words.TABLES):
        st.markdown("This run was published by a program that kept no track record. Run `make run` again.")
        return
    about = snapshot.manifest["forecast"]
    scores = data.table(snapshot, "forecast_scores")
    if scores.empty:
        st.markdown("No backtest was made with this policy, so nothing is scored. `monitor backtest` makes one.")
    else:
        past(snapshot, scores, about)
    since(snapshot)
    ledger(snapshot)


def past(snapshot: Snapshot, scores: pd.DataFrame, about: dict[str, Any]) -> None:
    """Show the scores of the past, the calibration, the misses and the false alarms, for one target and horizon."""
    names = track_words.targets(scores, about)
    target = next(iter(names))
    if len(names) > 1:
        target = str(st.segmented_control("Target", list(names), default=target, format_func=lambda t: names[t], required=True))
    ahead = track_words.horizons(scores, target)
    horizon = int(st.segmented_control("Years ahead", ahead, default=ahead[0], format_func=str, required=True))
    first, last = about["scored"]
    st.markdown(f"**{plain(names[target])}**, outcomes of {first} to {last}")
    st.caption(plain(f"{about['targets'][target]['meaning']} {track_words.BASIS}"))
    mine = track_words.of(scores, target, horizon)
    st.header("How good the forecasts were", anchor=False)
    table(track_words.tracks_table(mine), "Scores of every forecast")
    st.header("Where they are good, and where not", anchor=False)
    table(track_words.splits_table(mine), "Scores of the headline by split")
    st.caption(
        "In brackets the 90 % interval, from drawing whole years again. AUC: 0.5 is chance, 1 is perfect. Brier skill: above 0 "
        "is better than saying the mean everywhere. An onset counts as found where its country stood in the top 30 of either of "
        "the two years before; a false alarm is a place in the top 30 with no onset that year."
    )
    calibrated(track_words.of(data.table(snapshot, "forecast_calibration"), target, horizon))
    cases(snapshot, target, horizon)


def calibrated(rows: pd.DataFrame) -> None:
    """Show what was said against what came, drawn and in figures."""
    st.header("Calibration", anchor=False)
    if rows.empty:
        st.markdown(track_words.NOTHING)
        return
    chart, figures = st.columns(2, gap="medium")
    with chart:
        st.altair_chart(reliability(rows))
        st.caption(
            "Both scales are logarithmic. Dashed: what came is what was said. Beside each point: its number of country-years. A "
            "point at the lower edge: none came."
        )
    with figures:
        table(track_words.calibration_table(rows), "Calibration by bin of risk")


def cases(snapshot: Snapshot, target: str, horizon: int) -> None:
    """Show the largest misses and false alarms, with what was visible the year before each."""
    for title, name, make in (
        ("Ten largest misses", "forecast_misses", track_words.miss_lines),
        ("Ten largest false alarms", "forecast_alarms", track_words.alarm_lines),
    ):
        st.header(title, anchor=False)
        rows = track_words.of(data.table(snapshot, name), target, horizon)
        lines = [f"- {plain(what)}  \n  :gray[:small[{plain(seen)}]]" for what, seen in make(rows)]
        st.markdown("\n".join(lines) or track_words.NOTHING)
    st.caption(
        "Misses: onsets outside the top 30 of both years before, the lowest first. False alarms: the highest forecasts in the "
        "top 30 that no onset followed in their years. What was visible: the figures of the checklist and of the target's own "
        "series, the same for every case, as known the year before."
    )


def since(snapshot: Snapshot) -> None:
    """Show what has come of the forecasts that were published: the record in real time."""
    st.header("Since then: real forecasts and what came of them", anchor=False)
    if not data.has(snapshot, *track_words.LEDGER):
        st.markdown("This run was published by a program that kept no ledger.")
        return
    entries, forecasts, scores = (data.table(snapshot, name) for name in track_words.LEDGER)
    st.markdown(plain(track_words.resolved_said(forecasts, int((entries["kind"] == "forecast").sum()))))
    if len(scores):
        table(track_words.tracks_table(scores[scores["horizon"] == scores["horizon"].min()]), "Scores of published forecasts")
    st.caption("The scores above are of the past as it would have been; these are of what was really said, by the ledger.")


def ledger(snapshot: Snapshot) -> None:
    """Show the check of the ledger, the root, and the newest entries."""
    if not data.has(snapshot, *track_words.LEDGER) or "ledger" not in snapshot.manifest:
        return
    st.header("Ledger", anchor=False)
    before = snapshot.manifest["ledger_before"]
    checked, root = track_words.check_said(before, snapshot.manifest["ledger"])
    if before["broken"]:
        st.error(plain(checked))
    else:
        st.markdown(plain(checked))
    st.markdown(plain(root))
    st.caption(
        "Every run is entered before anyone can see it, and each entry holds the hash of the one before. Note the root down "
        "elsewhere: nobody can then change what was said up to it unseen. To check: `monitor ledger verify --root ROOT`; a copy "
        "for others: `monitor ledger list --json`."
    )
    entries = data.table(snapshot, "ledger")
    if len(entries):
        table(track_words.entry_table(entries), "Newest entries of the ledger before this run")


def table(rows: pd.DataFrame, what: str) -> None:
    """Show a table of texts."""
    st.table(rows.map(plain), border="horizontal", hide_index=True, alt=what)


main()
