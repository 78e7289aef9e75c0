"""Overview: what stands out, on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pandas as pd
import streamlit as st

from dashboard import charts, data, forecasts, tables
from dashboard.data import plain
from dashboard.words import (
    INSUFFICIENT,
    NO_DATA,
    SHAPE,
    chip,
    day,
    in_words,
    index,
    mark,
    month,
    number,
    plural,
    shaped,
    signed,
    status,
)
from monitor.storage.snapshot import Snapshot

COUNTRY_PAGE = "views/country.py"


def main() -> None:
    """Show the overview, top to bottom."""
    snapshot = data.current()
    manifest = snapshot.manifest
    said, sources = data.assessments(snapshot), data.table(snapshot, "sources")
    st.title(f"Risk of mass atrocities, {day(manifest['as_of'])}", anchor=False)
    st.markdown(plain(tables.headline(said, manifest)))
    notices(manifest, sources)
    world(snapshot, said)
    meanings(manifest)
    watchlist(said, manifest)
    rose(snapshot, said)
    forecasts.highest(snapshot, said)
    every_country(said, sources, manifest)
    where_from(sources)


def notices(manifest: dict[str, Any], sources: pd.DataFrame) -> None:
    """Say how old the figures are, whether they are the bundled ones, and what could not be seen."""
    if line := tables.freshness(sources):
        st.caption(plain(line))
    if manifest["starter"]["used"]:
        bundled = int(sources["from_starter"].sum())
        st.info(
            f"{plural(bundled, 'source is', 'sources are')} shown with the figures bundled with the program on "
            f"{day(manifest['starter']['built'])}. `make run` with a network connection fetches newer ones.",
            icon=":material/inventory_2:",
        )
    if anew := manifest.get("anew", {}).get("said"):  # an older program did not publish it
        st.info(plain(anew), icon=":material/history:")
    if lines := tables.unseen(sources):
        listed = "\n".join(f"- {plain(line)}" for line in lines)
        st.warning(
            f"**Not everything could be seen.** Levels that rest on lost figures are held, never lowered.\n\n{listed}",
            icon=":material/visibility_off:",
        )


def world(snapshot: Snapshot, said: pd.DataFrame) -> None:
    """Show the key with the number of countries at each level, and the map; a click opens the country."""
    st.markdown("  ".join(chip(level, f"{count} {level}") for level, count in tables.level_counts(said)))
    spec = map_of(str(snapshot.folder), said)
    event = st.vega_lite_chart(spec, on_select="rerun", selection_mode="pick", key="map")
    picked = [p["id"] for p in event.selection.get("pick", [])]
    if picked and picked[0] in set(said["iso3"]):
        st.switch_page(COUNTRY_PAGE, query_params={"iso3": picked[0]})
    st.caption(
        "Point at a country to read it, click to open it. Pale: not assessed by itself. Borders and names are those of Natural "
        "Earth and imply no opinion on the status of any place; disputed areas are left pale."
    )


@st.cache_data(max_entries=4, ttl="6h", show_spinner=False)
def map_of(run: str, _said: pd.DataFrame) -> dict[str, Any]:
    """Return the map's specification, made once a run."""
    return charts.world_map(_said, data.geometry()).to_dict(validate=False)


def watchlist(said: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Show the countries that the groups follow most closely, in the order of the ranking."""
    st.header("Watch list", anchor=False)
    with st.container(horizontal=True, gap="small"):
        for row in tables.records(said[said["iso3"].isin(manifest["watchlist"])]):
            with st.container(border=True, width=171, gap="xxsmall"):
                _named(row)
                st.caption(f"{tables.stood(row, manifest)}  \n{plain(status(row))}  \n{_since(row)}")


def _named(row: dict[str, Any], after: str = "") -> None:
    """Show a country's mark, its name as a link to its page, and what follows on the line."""
    with st.container(horizontal=True, vertical_alignment="center", gap=None):
        st.markdown(mark(row["level"]), width="content")
        _link(row)
        if after:
            st.markdown(after, width="content")


def _link(row: dict[str, Any]) -> None:
    st.page_link(COUNTRY_PAGE, label=f"**{plain(row['short'])}**", query_params={"iso3": row["iso3"]}, icon="")


def _since(row: dict[str, Any]) -> str:
    if pd.isna(row["change"]):
        return "no comparison"
    return f"{signed(row['change'])} in a year" if round(row["change"]) else "same as a year ago"


def rose(snapshot: Snapshot, said: pd.DataFrame) -> None:
    """Show what rose in a year, and why."""
    manifest = snapshot.manifest
    up = tables.risen(said, manifest)
    st.header("What rose in a year", anchor=False)
    st.caption(
        f"A higher level, or an index higher by {number(manifest['rose_points'])} points or more, against "
        f"{day(manifest['before_as_of'])}: the same date a year earlier, by today's vintages and assumed release lags."
    )
    if up.empty:
        st.markdown("No country rose. Countries with insufficient data in either year could not be compared.")
    drivers, readings, signals = (data.table(snapshot, name) for name in ("drivers", "readings", "signals"))
    for row in tables.records(up):
        own = [frame[frame["iso3"] == row["iso3"]] for frame in (drivers, readings, signals)]
        with st.container(border=True, gap="xxsmall"):
            was = "" if row["level"] == row["level_before"] else f"{row['level_before']} → "
            _named(row, f"{was}{tables.stood(row, manifest)}, index {signed(row['change'])}")
            st.caption(plain(tables.reason(row, *own)))


def every_country(said: pd.DataFrame, sources: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Show the ranked table with its filters; a click on a name opens the country."""
    st.header("Every country", anchor=False)
    search, regions = st.columns(2)
    words = search.text_input("Search", placeholder="Name or code", icon=":material/search:")
    parts = regions.multiselect("Region", sorted(said["region"].unique()), placeholder="All regions")
    at = st.pills("Level", list(SHAPE), selection_mode="multi", format_func=shaped, wrap=True)
    shown = tables.found(said, words or "", at, parts)
    if shown.empty:
        st.markdown("No country fits these filters.")
    else:
        ranked(shown, manifest)
    st.caption(
        f"{plural(len(shown), 'country', 'countries')}. Click a name to open it. Both tracks are on an index from 0 to 100: "
        "watch begins at 40, elevated at 60, high at 80; it is not a probability. Rank 1 is the highest index of either track; "
        "beside it, where it lies in nine of ten draws when weights, means, gaps and measurement error are varied. "
        "Killing under way comes first, then the level. "
        "Countries with insufficient data stand next to the high ones: what cannot be seen may be as bad."
    )
    st.download_button(
        "Download this table (CSV)",
        tables.exported(shown, manifest, sources),
        f"atrocity-risk-{manifest['as_of']}.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )


def ranked(shown: pd.DataFrame, manifest: dict[str, Any]) -> None:
    """Show rows of the ranking; open the country whose name is clicked."""
    table, config = tables.ranking(shown, manifest), st.column_config
    words: dict[Any, Callable[[Any], str]] = {
        "Conflict-related": index,
        "Outside conflict": index,
        "Change in a year": signed,
        "Evidence until": lambda end: month(f"{end:%Y-%m-%d}"),
    }
    st.dataframe(
        table.style.format(cast("Any", words), na_rep=NO_DATA),
        hide_index=True,
        height="content" if len(table) < 15 else 562,
        placeholder=NO_DATA,
        alt="Countries by level of risk",
        column_config={
            "Country": config.ButtonColumn(type="tertiary", alignment="left", pinned=True, width=135, key="open"),
            "Level": config.Column(width=140),
            "Status": config.Column(width=130),
            "Rank": config.NumberColumn(width=52),
            "Lies between": config.Column(width=86, help="Nine of ten draws, with weights, means, gaps and errors varied"),
            "Conflict-related": config.Column(width=104),
            "Outside conflict": config.Column(width=106),
            "Change in a year": config.Column(width=110),
            "Indicators read": config.Column(width=100),
            "Evidence until": config.Column(width=104),
        },
    )
    if click := st.session_state.get("open"):
        st.switch_page(COUNTRY_PAGE, query_params={"iso3": shown["iso3"][click["row"]]})


def meanings(manifest: dict[str, Any]) -> None:
    """Say what the levels and statuses mean."""
    with st.expander("What the levels mean"):
        for level in reversed(manifest["framework"]["levels"]):
            st.markdown(f"{chip(level['id'])}  {plain(level['meaning'])}")
        st.markdown(
            f"{chip(INSUFFICIENT)}  Fewer than half of the core indicators could be read, on both tracks or on one while the "
            "other says baseline. Not a low level: nothing can be said."
        )
        way = manifest["framework"]["under_way"]
        st.markdown(
            f"Status stands apart from the level. **Under way**: {way['at_least']:,.0f} or more civilians killed in one-sided "
            f"violence within {way['months']} months, since the month when they first were; *at* a month: then, and no figures "
            f"since. **Recent past**: so within the last {way['recent_years']} years. "
            "**Onset risk**: neither. **Unknown**: no figures."
        )
        steps = manifest["framework"]["steps"]
        st.markdown(
            "A level is not always what the newest figures say. **Easing**: they say less, and the level stays until "
            f"{in_words(steps['lower_periods'])} fresh lower periods in a row have said so; the count so far is shown. "
            "**Kept**: they say less, but not less than the mark where the level ends, or only with provisional figures. "
            "**Held**: evidence that it rested on can no longer be seen. **Rising**: provisional figures say more; "
            f"{in_words(steps['provisional_updates'])} updates have to say so."
        )
        st.markdown(
            "Two tracks are scored apart: *conflict-related*, and *outside conflict*, which takes no count of deaths. The "
            "headline is the higher of the two, never their mean. A level says how strong the conditions are, never that a crime "
            "is or is not taking place."
        )


def where_from(sources: pd.DataFrame) -> None:
    """Show the sources, their state and their terms."""
    with st.expander("Where the figures come from"):
        st.markdown(
            "\n".join(f"- {plain(what)}  \n  :gray[:small[{plain(terms)}]]" for what, terms in tables.source_lines(sources))
        )


main()
