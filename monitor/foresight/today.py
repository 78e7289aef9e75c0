"""The forecast of today: every country's risk with its interval and place, and what makes it what it is.

The models are fitted anew on the same terms as in the backtest: the same gap, the same candidates, calibrated as the forecasts of
the past say (:mod:`.kept`). The years that a forecast is about are those after its last data year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from monitor.foresight import choose
from monitor.foresight.annual import Bools, Floats
from monitor.foresight.checklist import score as checklist_score
from monitor.foresight.features import Table
from monitor.foresight.kept import Kept, Line, unkept
from monitor.foresight.models import Learned, fit, log_odds
from monitor.foresight.policy import Foresight, Target
from monitor.foresight.prepare import Prepared, World, prepare, rows_of
from monitor.foresight.reasons import COLUMNS as OF_REASONS
from monitor.foresight.reasons import Model, reasons
from monitor.foresight.record import HEADLINE, OUTSIDE
from monitor.foresight.side_by_side import one_thread
from monitor.foresight.walk import closed

COLUMNS = (
    *("target", "horizon", "track", "year_from", "first_year", "last_year", "iso3", "country"),
    *("risk", "low", "high", "rank", "rank_low", "rank_high", "of_100", "times_average", "at_risk", "conflict"),
    *("used", "why", "calibrated"),
)


@dataclass(frozen=True)
class Fitted:
    """One track: what was learnt from which rows, the columns it sees, and the line that says how its scores are read."""

    target: Target
    table: Table
    line: Line
    members: Sequence[Learned]
    columns: Bools


def forecasts(
    world: World,
    panel: pd.DataFrame,
    kept: Kept | None,
    until: int,
    *,
    tracks: Sequence[str] = (HEADLINE, OUTSIDE),
    explain: bool = True,
) -> dict[str, pd.DataFrame]:
    """Return the forecasts from the newest data year of a panel, ready to be published.

    ``panel``: series, iso3, end, value, as known today; ``until``: the last year that may have figures (the one before today's).
    Only of these ``tracks``, and without reasons where nobody is to ``explain``.

    ``forecasts``: :data:`COLUMNS`, one row a target, horizon, track and country, by rank. ``risk``, ``low``, ``high``: the
    probability of an onset from ``first_year`` to ``last_year``, with the 5th and 95th percentile; ``rank_low``,
    ``rank_high``: of the place among the countries at risk; ``of_100``: onsets in 100 such country-years; ``times_average``:
    against the mean of all countries; ``at_risk``: False where it is under way or was a short while ago, so that an onset is
    not what is to be expected; ``conflict``: 1 in, 0 outside, NaN unknown. ``forecast_reasons``: :func:`.reasons.reasons` of
    the headline at the first horizon. ``forecast_scores``, ``forecast_calibration``: what the same policy scored in the past;
    empty where no backtest was made.
    """
    with one_thread():
        return _forecasts(world, prepare(world, panel, until), kept, tracks, explain=explain)


def _forecasts(
    world: World, ready: Prepared, kept: Kept | None, tracks: Sequence[str], *, explain: bool
) -> dict[str, pd.DataFrame]:
    policy = world.policy
    parts, whys = [], [pd.DataFrame(columns=[*OF_REASONS, "target", "horizon"])]
    for target in (t for t in policy.targets if t.id in ready.onsets):
        table = rows_of(world, ready, target)
        for horizon in policy.horizons:
            for track in tracks:
                one = _fitted(policy, ready, table, (target, horizon, track), kept)
                parts.append(_frame(world, ready, one))
                if explain and track == HEADLINE and horizon == policy.horizons[0]:
                    why = reasons(table, ready.last_year, Model(one.members, one.columns, one.line))
                    whys.append(why.assign(target=target.id, horizon=horizon))
    past = {n: kept.table(n) if kept is not None else pd.DataFrame() for n in ("scores", "calibration")}
    return {
        "forecasts": pd.concat(parts, ignore_index=True)[list(COLUMNS)],
        "forecast_reasons": pd.concat(whys[1:] or whys, ignore_index=True),
        **{f"forecast_{name}": frame for name, frame in past.items()},
    }


def _fitted(policy: Foresight, ready: Prepared, table: Table, which: tuple[Target, int, str], kept: Kept | None) -> Fitted:
    """Return the models of a track for the newest data year, learnt from outcomes closed before the gap."""
    target, horizon, track = which
    year = ready.last_year
    outcome = table.take(ready.onsets[target.id].within(horizon), int(ready.figures.years[0]))
    learn = closed(table.year, outcome, horizon, year, policy.gap_years)
    columns = np.ones(len(table.deaths), dtype=bool) if track == HEADLINE else ~table.deaths
    enough = bool(np.count_nonzero(outcome[learn] == 1) >= policy.fewest_onsets)
    line = kept.line(target.id, horizon, track) if kept is not None else None
    if line is None or (line.used == choose.ENSEMBLE and not enough):
        plain = checklist_score(table, policy.checklist, deaths=track == HEADLINE)
        centre = float(np.nanmean(plain[table.year == year]))
        line = unkept(policy, target.id, horizon, track, enough=enough, centre=centre)
    if line.used == choose.BENCHMARK:
        return Fitted(target, table, line, (), columns)
    picked = [c for c in policy.candidates if c.id in line.picks]
    x = table.x[:, columns]
    members = [fit(c, x[learn], outcome[learn], policy.seed) for c in picked]
    return Fitted(target, table, line, members, columns)


def _drawn(policy: Foresight, one: Fitted, year: int) -> Floats:
    """Return draws x countries of the year; the first is the forecast."""
    rows = one.table.year == year
    calibration = one.line.calibration
    if not one.members:
        plain = checklist_score(one.table, policy.checklist, deaths=one.line.track == HEADLINE)
        return calibration.risk(plain[rows])
    x = one.table.x[rows][:, one.columns]
    scores = np.array([log_odds(member.risk(x)) for member in one.members])
    return calibration.risk(choose.members_drawn(scores, len(calibration.level), policy.seed + year))


def _frame(world: World, ready: Prepared, one: Fitted) -> pd.DataFrame:
    year, line, target, table = ready.last_year, one.line, one.target, one.table
    rows = np.flatnonzero(table.year == year)
    drawn = _drawn(world.policy, one, year)
    known = ~np.isnan(drawn[0])
    rows, drawn = rows[known], drawn[:, known]
    low, high = choose.span(drawn)
    first = int(ready.figures.years[0])
    iso3 = [table.countries[c] for c in table.country[rows]]
    at_risk = table.take(ready.onsets[target.id].at_risk().astype("float64"), first)[rows] == 1
    frame = pd.DataFrame(
        {
            **{"target": target.id, "horizon": line.horizon, "track": line.track, "year_from": year},
            **{"first_year": year + 1, "last_year": year + line.horizon},
            **{"iso3": iso3, "country": [world.countries.name(c) for c in iso3]},
            **{"risk": drawn[0], "low": low, "high": high},
            **_places(drawn, at_risk),
            **{"of_100": 100 * drawn[0], "times_average": drawn[0] / drawn[0][at_risk].mean()},
            "at_risk": at_risk,
            "conflict": table.take(ready.conflict, first)[rows],
            **{"used": line.used, "why": line.why, "calibrated": line.year > 0},
        }
    )
    return frame.sort_values(["rank", "iso3"]).reset_index(drop=True)


def _places(drawn: Floats, at_risk: Bools) -> dict[str, pd.Series]:
    """Return the place of each country among those at risk, and the 5th and 95th percentile of it; missing for the others."""
    places = choose.ranks(drawn[:, at_risk])
    low = np.minimum(np.floor(np.quantile(places[1:], 0.05, axis=0)), places[0])
    high = np.maximum(np.ceil(np.quantile(places[1:], 0.95, axis=0)), places[0])
    found = {}
    for name, values in (("rank", places[0]), ("rank_low", low), ("rank_high", high)):
        whole = pd.Series(pd.NA, index=range(len(at_risk)), dtype="Int64")
        whole[at_risk] = values.astype("int64")
        found[name] = whole
    return found
