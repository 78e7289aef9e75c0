"""Charts: frame in, Altair chart out. Pure: no reading, no Streamlit, no remote asset; text in them is drawn, never parsed."""

from __future__ import annotations

import textwrap
from typing import Any, cast

import altair as alt
import pandas as pd
from altair.utils.schemapi import debug_mode

from dashboard.tables import records
from dashboard.words import COLOUR, INSUFFICIENT, TRACKS, index, number, period, reading, shaped, status

BORDER, HATCH, UNSEEN = "rgba(120, 130, 140, 0.55)", "rgba(125, 133, 141, 0.95)", "rgba(128, 128, 128, 0.1)"
INKED, FAINT, BLUE, OCHRE = "#1d2733", "rgba(128, 138, 148, 0.3)", "#3f84b5", "#c67d28"
TEXT = alt.ExprRef("luminance(background) > 0.5 ? '#1d2733' : '#e6ebf0'")  # the page's ground, light or dark, is known only there
LEVELS = ("baseline", "watch", "elevated", "high")
TOLD = {
    "name": "Country",
    "level": "Level",
    "status": "Status",
    "conflict": "Conflict-related",
    "outside": "Outside conflict",
    "coverage": "Core indicators read",
}


# ------------------------------------------------------------------------------------------------------------------- the map


def world_map(assessments: pd.DataFrame, topojson: dict[str, Any]) -> alt.Chart:
    """Return the world by level. A click on a country selects ``pick``: its ISO3 code as ``id``.

    ``assessments``: the published table. ``topojson``: objects ``countries`` and ``hatch``, with ISO3 codes as ids. Insufficient
    data is hatched; places that are not assessed, disputed ones among them, stay pale.
    """
    said = {row["iso3"]: row for row in records(assessments)}
    shapes = [_painted(g, said.get(g["id"])) for g in topojson["objects"]["countries"]["geometries"]]
    hatched = {iso3 for iso3, row in said.items() if row["level"] == INSUFFICIENT}
    shapes += [_lines(h, said[h["id"]]) for h in topojson["objects"]["hatch"]["geometries"] if h["id"] in hatched]
    world = {**topojson, "objects": {"world": {"type": "GeometryCollection", "geometries": shapes}}}
    with debug_mode(False):  # checking a third of a megabyte of borders at each step takes 0.3 s; the tests check the result
        return _map(alt.InlineData(values=world, format=alt.TopoDataFormat(type="topojson", feature="world")))


def _map(shapes: alt.InlineData) -> alt.Chart:
    """Return the map of shapes that bring their own colours."""
    made: alt.Chart = (
        alt.Chart(shapes)
        .mark_geoshape(strokeJoin="round", cursor="pointer")
        .encode(
            fill=alt.Fill("properties.fill:N", scale=None),
            stroke=alt.Stroke("properties.stroke:N", scale=None),
            strokeWidth=alt.StrokeWidth("properties.width:Q", scale=None),
            tooltip=[alt.Tooltip(f"properties.{key}:N", title=title) for key, title in TOLD.items()],
        )
        .project("naturalEarth1")
        .add_params(
            alt.selection_point(name="pick", fields=["id"], on="click", empty=False),
            alt.param(name="height", expr="width * 0.47"),  # a fixed height would leave empty bands on a phone
        )
        .properties(description="World map of the level of risk, country by country. The table on this page says the same.")
    )
    return made


def _painted(shape: dict[str, Any], row: dict[str, Any] | None) -> dict[str, Any]:
    """Return a shape with its colours and what it says when pointed at."""
    if row is None:
        disputed = shape["properties"].get("disputed")
        told = {
            "name": shape["properties"]["name"],
            "level": "not assessed" + ("; status disputed" if disputed else " by itself"),
        }
        return {**shape, "properties": {**dict.fromkeys(TOLD, "–"), **told, "fill": UNSEEN, "stroke": BORDER, "width": 0.4}}
    return {**shape, "properties": {**_told(row), "fill": COLOUR[row["level"]], "stroke": BORDER, "width": 0.5}}


def _lines(hatch: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    return {**hatch, "properties": {**_told(row), "fill": "transparent", "stroke": HATCH, "width": 0.8}}


def _told(row: dict[str, Any]) -> dict[str, str]:
    return {
        "name": row["name"],
        "level": shaped(row["level"]) + (" (held)" if row["held"] else ""),
        "status": status(row),
        "conflict": _level(row, "conflict"),
        "outside": _level(row, "outside_conflict"),
        "coverage": "; ".join(f"{row[f'{t}_covered']} of {row[f'{t}_core']}" for t in TRACKS),
    }


def _level(row: dict[str, Any], track: str) -> str:
    level, at = row[f"{track}_level"], row[f"{track}_index"]
    mark = STAYS[row[f"{track}_stays"]]
    if row[f"{track}_held"]:
        return f"{level}{mark}"
    raised = ", raised by a signal" if level == row[f"{track}_seen"] != row[f"{track}_base"] else ""
    return str(level) if pd.isna(at) else f"{level}{mark}, index {index(at)}{raised}"


STAYS = {"": "", "held": ", held", "between": ", kept", "final": ", kept", "easing": ", easing", "rising": ", rising"}


# ------------------------------------------------------------------------------------------------------- tracks and factors


def track_bars(tracks: pd.DataFrame, entry: list[float]) -> alt.LayerChart:
    """Return each track's place on the index scale, on the levels' colours; a small dot marks the place a year earlier.

    ``tracks``: title, level, held, raised (by a signal), index and before (0-100; NaN where there is no level). ``entry``: where
    watch, elevated and high begin. A held or raised level stands in words: today's index does not carry it.
    """
    edges, order = [0.0, *entry, 100.0], tracks["title"].tolist()
    bands = pd.DataFrame([band for row in records(tracks) for band in _bands(row, edges)])
    told = tracks[["title", "index", "before"]].assign(says=[_place(r) for r in records(tracks)])
    told["was"] = [index(b) for b in tracks["before"]]
    scale, y = alt.Scale(domain=[0, 100]), alt.Y("title:N", sort=order, axis=None)
    axis = alt.Axis(values=edges, grid=False, domain=False, labelFlush=True)
    paint = alt.Scale(domain=list(COLOUR), range=list(COLOUR.values()))
    ground = alt.Chart(bands, height=alt.Step(62)).mark_bar(height=14, tooltip=False)
    ground = ground.encode(
        x=alt.X("from:Q", title=None, scale=scale, axis=axis),
        x2="to:Q",
        y=y,
        color=alt.Color("level:N", scale=paint, legend=None),
    )
    base = alt.Chart(told).encode(
        y=y,
        tooltip=[
            alt.Tooltip("title:N", title="Track"),
            alt.Tooltip("says:N", title="Index"),
            alt.Tooltip("was:N", title="A year earlier"),
        ],
    )
    before = base.transform_filter("isValid(datum.before)").mark_point(size=36, filled=True, color=INKED, opacity=0.75)
    now = base.transform_filter("isValid(datum.index)").mark_point(
        size=190, fill="#ffffff", stroke=INKED, strokeWidth=2.5, opacity=1
    )
    name = base.mark_text(align="left", dy=-22, fontSize=14, color=TEXT).encode(x=alt.datum(0, scale=scale), text="title:N")
    value = base.mark_text(align="right", dy=-22, fontSize=14, fontWeight=600, color=TEXT).encode(
        x=alt.datum(100, scale=scale), text="says:N"
    )
    layers = (ground, now.encode(x="index:Q"), before.encode(x="before:Q"), name, value)
    return _layered(*layers).properties(description="Both tracks on the index scale; the words beside it say the same.")


def _bands(track: dict[str, Any], edges: list[float]) -> list[dict[str, Any]]:
    """Return the ground of one track: a stretch for each level, or one grey stretch where there is no index."""
    if pd.isna(track["index"]):
        return [{"title": track["title"], "from": 0.0, "to": 100.0, "level": INSUFFICIENT}]
    return [{"title": track["title"], "from": edges[n], "to": edges[n + 1], "level": level} for n, level in enumerate(LEVELS)]


def _place(track: dict[str, Any]) -> str:
    if track["held"]:
        return f"{track['level']}, held"
    if track["mark"]:
        return f"{index(track['index'])} {track['level']}{track['mark']}"
    if track["raised"]:
        return f"{index(track['index'])}, raised to {track['level']}"
    return str(track["level"]) if pd.isna(track["index"]) else f"{index(track['index'])} {track['level']}"


def factor_strip(factors: pd.DataFrame, titles: dict[str, str]) -> alt.LayerChart:
    """Return the risk factors, one row each, with the score of each track on a line from 0 to 1.

    ``factors``: one country's rows of the published table. ``titles``: track -> title. A thin score (fewer than half of its core
    indicators read) is an open mark; a factor without any score says so.
    """
    names = factors["factor"].drop_duplicates().tolist()
    y, scale = alt.Y("factor:N", sort=names, axis=None), alt.Scale(domain=[0, 1])
    axis = alt.Axis(values=[0, 0.5, 1], format=".1f", grid=False, domain=False, labelFlush=True)
    rows = pd.DataFrame([_label(factors[factors["factor"] == f]) for f in names])
    line = alt.Chart(rows, height=alt.Step(62)).mark_rule(color=FAINT, strokeWidth=4, strokeCap="round")
    line = line.encode(y=y, x=alt.X("from:Q", scale=scale, axis=axis, title=None), x2="to:Q")
    labels = [
        alt.Chart(rows)
        .transform_filter(f"datum.lines === {n}")
        .mark_text(align="left", baseline="bottom", dy=4 - 15 * n, lineHeight=15, lineBreak="\n", fontSize=13, color=TEXT)
        .encode(y=y, x=alt.datum(0, scale=scale), text="says:N")
        for n in sorted(set(rows["lines"]))
    ]
    return _layered(line, *labels, *_scores(factors, titles, y, scale)).properties(
        description="Scores of the 14 risk factors; the list beside it says the same."
    )


def _label(factor: pd.DataFrame) -> dict[str, Any]:
    """Return a factor's name, folded to what a phone can show."""
    first = factor.iloc[0]
    unread = " (no reading)" if factor["score"].isna().all() else ""
    says = textwrap.wrap(f"{first['factor'].removeprefix('RF')}. {first['name']}{unread}", 54)
    return {"factor": first["factor"], "says": "\n".join(says), "lines": len(says), "from": 0, "to": 1}


def _scores(factors: pd.DataFrame, titles: dict[str, str], y: alt.Y, scale: alt.Scale) -> list[alt.Chart]:
    """Return the marks of the scores: filled, or open where thin."""
    known = factors[factors["score"].notna()]
    marks = pd.DataFrame(
        {
            "factor": known["factor"],
            "name": known["name"],
            "score": known["score"],
            "thin": known["thin"],
            "track": known["track"].map(titles),
            "says": [number(s, 2) for s in known["score"]],
            "read": [f"{c} of {k}" for c, k in zip(known["covered"], known["core"], strict=True)],
        }
    )
    told = {"name": "Factor", "track": "Track", "says": "Score, 0 to 1", "read": "Core indicators read"}
    domain = list(titles.values())
    base = alt.Chart(marks).encode(
        y=y,
        x=alt.X("score:Q", scale=scale),
        color=alt.Color("track:N", scale=alt.Scale(domain=domain, range=[BLUE, OCHRE]), legend=None),
        shape=alt.Shape("track:N", scale=alt.Scale(domain=domain, range=["circle", "diamond"]), legend=None),
        tooltip=[alt.Tooltip(f"{key}:N", title=title) for key, title in told.items()],
    )
    return [
        base.transform_filter("!datum.thin").mark_point(size=120, filled=True, opacity=1),
        base.transform_filter("datum.thin").mark_point(size=100, strokeWidth=2, opacity=1),
    ]


def _layered(*layers: alt.Chart) -> alt.LayerChart:
    made: Any = alt.layer(*layers)
    return cast("alt.LayerChart", made)


# ------------------------------------------------------------------------------------------------------------------- series


def series_chart(observations: pd.DataFrame, unit: str, decimals: int, *, monthly: bool) -> alt.LayerChart:
    """Return a series over time. No line crosses a period without a value; provisional values are open points.

    ``observations``: start, end, value (NaN is a gap), status; any order.
    """
    known = observations[observations["value"].notna()].sort_values("end")
    step = pd.Timedelta(days=32 if monthly else 367)
    days = [(f"{s:%Y-%m-%d}", f"{e:%Y-%m-%d}") for s, e in zip(known["start"], known["end"], strict=True)]
    frame = pd.DataFrame(
        {
            "end": known["end"],
            "value": known["value"],
            "status": known["status"].astype(str),
            "piece": (known["end"].diff() > step).cumsum(),
            "period": [period(*d) for d in days],
            "says": [reading(v, unit, decimals) for v in known["value"]],
        }
    )
    frame["alone"] = frame.groupby("piece")["end"].transform("size") == 1
    told = {"period": "Period", "says": "Value", "status": "Status"}
    base = alt.Chart(frame, height=280).encode(
        x=alt.X("end:T", title=None, axis=alt.Axis(format="%Y", grid=False, labelFlush=True, tickCount=6)),
        y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=bool((frame["value"] >= 0).all())), axis=alt.Axis(tickCount=5)),
        tooltip=[alt.Tooltip(f"{key}:N", title=title) for key, title in told.items()],
    )
    line = base.mark_line(color=BLUE, strokeWidth=1.8).encode(detail="piece:N")
    final = base.transform_filter("datum.status !== 'provisional'")
    dots = final.transform_filter("datum.alone") if monthly else final  # a lone month would be no line, and so invisible
    closed = dots.mark_point(filled=True, size=34, color=BLUE, opacity=1)
    hover = final.mark_point(filled=True, size=60, opacity=0)  # something to point at along the line
    opened = base.transform_filter("datum.status === 'provisional'").mark_point(size=46, strokeWidth=2, color=BLUE, opacity=1)
    return _layered(line, hover, closed, opened).properties(description="Line chart of the series named above it.")
