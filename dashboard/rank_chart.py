"""A country's rank on a line from the first to the last, with the ranks between which it lies in nine draws of ten. Pure."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard.charts import BLUE, FAINT, INKED, TEXT

TENS = (30, 60, 90, 120, 150)
ROOM = 10  # places: nearer to an end of the line, a number would fall off it


def rank_line(rank: float, low: int, high: int, ranked: int) -> alt.LayerChart:
    """Return the line. ``rank``: NaN where there is none; ``low``/``high``: ends of its interval; ``ranked``: how many have one.

    A country without a rank has an interval as well: where it might stand.
    """
    one = pd.DataFrame([{"first": 1, "last": ranked, "low": low, "high": high, "rank": rank, "says": f"{low} to {high}"}])
    scale = alt.Scale(domain=[1, ranked], nice=False)
    axis = alt.Axis(values=[1, *(n for n in TENS if n < ranked - ROOM), ranked], grid=False, domain=False, format=".0f")
    base = alt.Chart(one, height=96).encode(
        tooltip=[alt.Tooltip("rank:Q", title="Rank"), alt.Tooltip("says:N", title="In nine draws of ten")]
    )
    whole = base.mark_rule(color=FAINT, strokeWidth=4, strokeCap="round")
    whole = whole.encode(x=alt.X("first:Q", scale=scale, axis=axis, title=None), x2="last:Q")
    between = base.mark_rule(color=BLUE, strokeWidth=8, strokeCap="round").encode(x=alt.X("low:Q", scale=scale), x2="high:Q")
    mark = base.transform_filter("isValid(datum.rank)").mark_point(size=150, fill="#ffffff", stroke=INKED, strokeWidth=2.5)
    mark = mark.encode(x=alt.X("rank:Q", scale=scale), opacity=alt.value(1))
    ends = [_number(base, "low", "right" if low > ROOM else "left", scale)]
    if high > low:
        ends.append(_number(base, "high", "left" if high < ranked - ROOM else "right", scale))
    made: Any = alt.layer(whole, between, mark, *ends)
    line: alt.LayerChart = made.properties(
        description="Rank, and the ranks between which it lies; the words below it say the same."
    )
    return line


def _number(base: alt.Chart, field: str, align: Any, scale: alt.Scale) -> alt.Chart:
    """Return the number at an end of the interval, above the line and inside the picture."""
    text: alt.Chart = base.mark_text(align=align, dy=-15, fontSize=13, color=TEXT)
    return text.encode(x=alt.X(f"{field}:Q", scale=scale), text=alt.Text(f"{field}:Q"))
