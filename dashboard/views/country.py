"""One country: its level and why, factor by factor, down to the series and their sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import beside_words, charts, country_words, data, forecasts, tables
from dashboard.data import plain
from dashboard.rank_chart import rank_line
from dashboard.words import chip, day, stands, status
from monitor.storage.snapshot import Snapshot

Row = dict[str, Any]
ACT_PAGE = "views/act.py"
MIME = {
    "docx": ("Word", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "pdf": ("PDF", "application/pdf"),
    "html": ("HTML", "text/html"),
    "md": ("Markdown", "text/markdown"),
}


def main() -> None:
    """Show the country that the address names, top to bottom."""
    snapshot = data.current()
    said, sources = data.assessments(snapshot), data.table(snapshot, "sources")
    iso3 = asked_for(said)
    row = tables.records(said[said["iso3"] == iso3])[0]
    drivers, readings = data.table(snapshot, "drivers", iso3), data.table(snapshot, "readings", iso3)
    titles = {s: title.split(",")[0] for s, title in zip(sources["source"], sources["title"], strict=True)}
    headline(row, snapshot.manifest, int(said["rank"].notna().sum()))
    st.page_link(
        ACT_PAGE,
        label=plain(f"Act on {row['name']}: write to an MP, a minister, a committee"),
        query_params={"iso3": iso3},
        icon=":material/edit_note:",
    )
    both_tracks(row, snapshot.manifest)
    beside(snapshot, iso3)
    forecasts.of_country(snapshot, iso3)
    changed(snapshot, row, drivers, readings)
    driven_by(row, snapshot.manifest, drivers, readings, titles)
    lowered_by(snapshot, iso3, readings)
    board(snapshot, iso3, readings, titles)
    signals(data.table(snapshot, "signals", iso3))
    over_time(snapshot, row, drivers, readings, sources)
    terms(readings, sources)
    downloads(snapshot, row)
    notes(snapshot.manifest)


def asked_for(said: pd.DataFrame) -> str:
    """Return the country of the address (``?iso3=CMR``), or the one chosen here, and keep the address in step."""
    names = dict(sorted(zip(said["iso3"], said["name"], strict=True), key=lambda pair: pair[1]))
    codes, asked = list(names), st.query_params.get("iso3", "")
    known = asked if asked in names else str(said["iso3"].iloc[0])
    chosen = str(st.selectbox("Country", codes, index=codes.index(known), format_func=lambda c: names[c], width=380))
    if chosen != asked:
        st.query_params["iso3"] = chosen
    return chosen


def headline(row: Row, manifest: Row, ranked: int) -> None:
    """Say the level, how sure the rank is, the status, and whether the level is held."""
    st.title(plain(row["name"]), anchor=False)
    mark = stands(row, tables.leading(row), manifest["framework"]["steps"]) or (", held" if row["held"] else "")
    st.markdown(f"{chip(row['level'])}  status: {plain(status(row))}{f'; level {mark[2:]}' if mark else ''}")
    st.markdown(plain(country_words.level_said(row, manifest, ranked)))
    if sure := country_words.sure_said(row, ranked):
        low, high = int(row["rank_low"]), int(row["rank_high"])
        st.altair_chart(rank_line(float(row["rank"]) if pd.notna(row["rank"]) else float("nan"), low, high, ranked))
        st.caption(plain(sure))
    st.markdown(plain(country_words.status_said(row, manifest)))
    for line in country_words.stays_said(row, manifest):
        st.markdown(plain(line))
    if held := country_words.held_said(row, manifest):
        st.warning(plain(held), icon=":material/pan_tool:")


def both_tracks(row: Row, manifest: Row) -> None:
    """Show where both tracks stand on the index scale, and on how much they rest."""
    tracks = country_words.tracks_of(row, manifest)
    st.header("Two tracks, scored apart", anchor=False)
    st.altair_chart(charts.track_bars(tracks, manifest["index_at_entry"]))
    covered = ". ".join(f"{t.title}: {t.read} core indicators read, evidence to {day(str(t.until))}" for t in tracks.itertuples())
    st.caption(plain(f"White: now; small dot: a year earlier. {covered}. The headline is the higher track, never the mean."))


def beside(snapshot: Snapshot, iso3: str) -> None:
    """Say the phase, and where war and atrocity risk stand beside each other, with the signs that are atrocity-only."""
    if not data.has(snapshot, *beside_words.TABLES):
        return
    st.header("War beside atrocity risk", anchor=False)
    for name in ("phases", "gaps"):
        st.markdown(plain(beside_words.first_line(data.table(snapshot, name, iso3))))
    factors = data.table(snapshot, "factors", iso3)
    names = dict(zip(factors["factor"], factors["name"], strict=True))
    shares = {m: scale["percentile"] for m, scale in snapshot.manifest["framework"].get("measures", {}).items()}
    lines = beside_words.sign_lines(data.table(snapshot, "signs", iso3), names, shares)
    if lines:
        st.subheader("Signs of atrocity rather than of conflict", anchor=False)
        st.markdown("\n".join(_line(where, said) for where, said in lines))
        st.caption(
            "Readings of how a population is treated, with no count of deaths in them; the worst factor first. Under a factor "
            "named after a crime they are a reason to look closer, never a finding that the crime takes place."
        )


def lowered_by(snapshot: Snapshot, iso3: str, readings: pd.DataFrame) -> None:
    """Say what would lower the level, measure by measure and together."""
    if not data.has(snapshot, *beside_words.TABLES):
        return
    said = beside_words.first_line(data.table(snapshot, "lowering", iso3))
    if not said:
        return
    st.header("What would lower it", anchor=False)
    st.markdown(plain(said))
    rows = beside_words.lever_rows(data.table(snapshot, "levers_of_change", iso3), readings)
    if len(rows):
        st.table(rows.map(plain), border="horizontal", hide_index=True, alt="What would lower the index")
    st.caption("Arithmetic on the framework, not a forecast: typical is the middle of a measure's scale.")


def changed(snapshot: Snapshot, row: Row, drivers: pd.DataFrame, readings: pd.DataFrame) -> None:
    """Say what moved in a year, and why the level is another one."""
    st.header("What changed in a year", anchor=False)
    st.markdown(plain(country_words.change_said(row, snapshot.manifest)))
    if anew := snapshot.manifest.get("anew", {}).get("countries", {}).get(row["iso3"]):  # an older program did not publish it
        st.markdown(plain(f"Since the last run: {anew}"))
    causes, signals = (data.table(snapshot, name, row["iso3"]) for name in ("causes", "signals"))
    lines = country_words.causes_said(causes, signals, snapshot.manifest)
    if lines := lines + country_words.change_lines(row, drivers, readings):
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def driven_by(row: Row, manifest: Row, drivers: pd.DataFrame, readings: pd.DataFrame, titles: dict[str, str]) -> None:
    """Show the measures that raise a track and those that hold it down, each with its reading."""
    st.header("What drives it", anchor=False)
    names = {t: track["title"] for t, track in manifest["framework"]["tracks"].items()}
    track = st.segmented_control("Track", list(names), default=tables.leading(row), format_func=lambda t: names[t], required=True)
    for column, direction, title in zip(
        st.columns(2, gap="medium"), ("raises", "holds down"), ("Raises the score", "Holds it down"), strict=True
    ):
        lines = country_words.driver_lines(drivers, readings, titles, str(track), direction)
        with column:
            st.subheader(title, anchor=False)
            st.markdown("\n".join(_line(*line) for line in lines) or "No measure does.")


def _line(what: str, whence: str) -> str:
    """Return one item of a list: a statement, and below it in small print what it rests on."""
    return f"- {plain(what)}  \n  :gray[:small[{plain(whence)}]]"


def board(snapshot: Snapshot, iso3: str, readings: pd.DataFrame, titles: dict[str, str]) -> None:
    """Show the 14 risk factors, each open to its indicators and their readings."""
    factors, indicators = data.table(snapshot, "factors", iso3), data.table(snapshot, "indicators", iso3)
    mine, under = defaultdict(list), defaultdict(list)
    for one in tables.records(indicators):
        mine[one["factor"]].append(one)
    for reading in tables.records(readings):
        for indicator in reading["indicators"].split(";"):
            under[indicator].append(reading)
    names = snapshot.manifest["framework"]["not_connected"]
    tracks = {t: track["title"] for t, track in snapshot.manifest["framework"]["tracks"].items()}
    st.header("The 14 risk factors of the UN Framework", anchor=False)
    chart, inside = st.columns(2, gap="medium")
    with chart:
        st.altair_chart(charts.factor_strip(factors, tracks))
        st.caption(
            f"{_dot('●', charts.BLUE)} {tracks['conflict']}  {_dot('◆', charts.OCHRE)} {tracks['outside_conflict']}. "
            "0.5 is the typical country-year. Open marks are thin: fewer than half of their core indicators could be read."
        )
    with inside:
        for factor, rows in factors.groupby("factor", sort=False):
            with st.expander(plain(country_words.factor_said(rows))):
                st.caption(plain(country_words.factor_scored(rows, snapshot.manifest)))
                st.markdown("\n".join(_indicator(one, under[one["indicator"]], names, titles) for one in mine[str(factor)]))


def _dot(shape: str, colour: str) -> str:
    return f':color[{shape}]{{foreground="{colour}"}}'


def _indicator(one: Row, readings: list[Row], names: dict[str, str], titles: dict[str, str]) -> str:
    """Return an indicator with its state, its readings, and what it still waits for, as a list."""
    lines = ["  " + _line(*country_words.reading_said(r, titles)).replace("\n", "\n  ") for r in readings]
    if missing := country_words.not_connected_said(one, names):
        lines.append(f"  - :gray[:small[{plain(missing)}]]")
    head = f"- **{plain(one['indicator'])}** {plain(one['text'])}  \n  :gray[:small[{plain(country_words.indicator_said(one))}]]"
    return "\n".join([head, *lines])


def signals(rows: pd.DataFrame) -> None:
    """Show the changes against the country's own history that can raise a level by one step."""
    st.header("Signals of change", anchor=False)
    said = [country_words.signal_said(one) for one in tables.records(rows)]
    st.markdown("\n".join(f"- {'**' if holds else ''}{plain(line)}{'**' if holds else ''}" for line, holds in said))
    st.caption("Against the country's own history. One or several raise a track by one level, never more.")


def over_time(snapshot: Snapshot, row: Row, drivers: pd.DataFrame, readings: pd.DataFrame, sources: pd.DataFrame) -> None:
    """Show one series over time; first the one behind the strongest driver."""
    st.header("Series over time", anchor=False)
    table = data.table(snapshot, "series").set_index("series", drop=False)
    mine = drivers[drivers["track"] == tables.leading(row)].sort_values(["direction", "order"], ascending=[False, True])
    first = mine.merge(readings, on="measure")["series"].drop_duplicates()
    known = readings.loc[readings["end"] != "", "series"].drop_duplicates()
    options = list(dict.fromkeys([*first, *known]))
    if not options:
        st.markdown("No series of the framework has a figure for this country.")
        return
    chosen = st.selectbox("Series", options, format_func=lambda s: str(table.loc[s, "title"]), key=f"series {row['iso3']}")
    one = table.loc[chosen].to_dict()
    values = data.values_of(snapshot, row["iso3"], chosen)
    st.altair_chart(charts.series_chart(values, one["unit"], int(one["decimals"]), monthly=one["frequency"] == "month"))
    source = sources[sources["source"] == one["source"]].iloc[0].to_dict()
    st.caption("A break in the line is a period without a figure; open points are provisional.")
    st.caption(plain(country_words.series_noted(one, source, values.dropna(subset=["value"]))))


def terms(readings: pd.DataFrame, sources: pd.DataFrame) -> None:
    """Show the sources behind this page, their state and their terms."""
    st.header("Sources", anchor=False)
    used = sources[sources["source"].isin(readings["source"])]
    st.markdown("\n".join(_line(*line) for line in tables.source_lines(used)))


def downloads(snapshot: Snapshot, row: Row) -> None:
    """Offer the country's brief in every format, made only when one is asked for; and the full one where the run drew it up."""
    st.header("Brief", anchor=False)
    st.markdown("Two pages and one of sources, for a person to check and edit.")
    iso3, as_of = row["iso3"], snapshot.manifest["as_of"]
    with st.container(horizontal=True):
        for form, (name, mime) in MIME.items():
            made = partial(data.brief, snapshot, iso3, form)
            _download(f"Download as {name}", made, f"{iso3}-{as_of}.{form}", mime)
    files = data.briefs(snapshot, iso3)
    if files:
        st.markdown("In full, with every reading and lever, as drawn up in this run:")
    with st.container(horizontal=True):
        for path in files:
            name, mime = MIME[path.suffix.removeprefix(".")]
            _download(f"In full as {name}", path.read_bytes(), f"{path.stem}-full{path.suffix}", mime)


def _download(label: str, content: bytes | Callable[[], bytes], name: str, mime: str) -> None:
    st.download_button(label, content, name, mime, on_click="ignore", icon=":material/download:")


def notes(manifest: Row) -> None:
    """Say what this page is, and what it is not."""
    framework = manifest["framework"]
    st.caption(
        plain(
            "The index is a place on a scale, not a probability. A level says how strong the conditions are; it never says that "
            "a crime is or is not taking place, nor that a country is safe. Names and borders imply no opinion on the status of "
            "any place. "
            f"After: {framework['source']}. {framework['text_policy']}"
        )
    )


main()
