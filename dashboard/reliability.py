"""The reliability plot: what was said against what came, with the number of country-years of each bin. Pure: frame to chart."""

from __future__ import annotations

from typing import Any, cast

import altair as alt
import pandas as pd

from dashboard.charts import BLUE, FAINT, OCHRE, TEXT

SMALLEST = 0.0002  # where a share of nothing is drawn: the scale is logarithmic, and has no zero
TICKS = [0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]


def reliability(rows: pd.DataFrame) -> alt.LayerChart:
    """Return the plot of ``forecast_calibration``: points with their 90 % interval, the diagonal, n beside each point."""
    told = pd.DataFrame(
        {
            "said": rows["mean_risk"].astype("float64").clip(lower=SMALLEST),
            "came": rows["observed"].astype("float64").clip(lower=SMALLEST),
            "low": rows["low"].astype("float64").clip(lower=SMALLEST),
            "high": rows["high"].astype("float64").clip(lower=SMALLEST),
            "n": [f"{int(n):,}" for n in rows["country_years"]],
            "told": [f"{int(n):,}, {int(k):,} with an onset" for n, k in zip(rows["country_years"], rows["onsets"], strict=True)],
        }
    )
    scale = alt.Scale(type="log", domain=[SMALLEST, 1.0], nice=False)
    axis: dict[str, Any] = {"values": TICKS, "format": "~%", "labelColor": TEXT, "titleColor": TEXT, "gridColor": FAINT}
    x = alt.X("said:Q", scale=scale, title="Risk said (mean of the bin)", axis=alt.Axis(**axis))
    y = alt.Y("came:Q", scale=scale, title="Share with an onset", axis=alt.Axis(**axis))
    tip = [
        alt.Tooltip("said:Q", title="Said", format=".2%"),
        alt.Tooltip("came:Q", title="Came", format=".2%"),
        alt.Tooltip("told:N", title="Country-years"),
    ]
    ends = pd.DataFrame({"said": [SMALLEST, 1.0], "came": [SMALLEST, 1.0]})
    line = alt.Chart(ends).mark_line(color=OCHRE, strokeDash=[5, 4], strokeWidth=1.5).encode(x=x, y=y)
    base = alt.Chart(told).encode(x=x)
    bars = base.mark_rule(color=BLUE, strokeWidth=2, opacity=0.7).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    points = base.mark_point(filled=True, size=70, color=BLUE, opacity=1).encode(y=y, tooltip=tip)
    words = base.mark_text(align="left", dx=9, dy=4, fontSize=11, color=TEXT).encode(y=y, text="n:N")
    chart = alt.layer(line, bars, points, words).properties(
        width="container",
        height=420,
        description="The share of country-years with an onset against the risk that was said. The table says the same.",
    )
    return cast("alt.LayerChart", chart)
