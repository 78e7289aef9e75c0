"""Where each country stands on the protocol: each level's criteria taken together, and the confirmations. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from monitor.risk.checks import MET, NOT_MET, UNKNOWN
from monitor.risk.criteria import BY_A_PERSON
from monitor.risk.protocol import CONFIRMATION, enough
from monitor.risk.status import UNDER_WAY
from monitor.risk.triggers import IMMINENT, Protocol

LEVEL = ["iso3", "level"]
ROUTE = [*LEVEL, "route"]


def summary(protocol: Protocol, rows: pd.DataFrame, assessments: pd.DataFrame) -> pd.DataFrame:
    """Return one row a country and level, in the order of ``rows`` (as of :func:`monitor.risk.protocol.evaluate`).

    Columns: iso3, level, state (met / not met / unknown: of its criteria), by_figures (the same with every judgement counted as
    not met: what published figures show alone), figures_part (the state of what figures can show in routes that also need
    judgements; empty where there is no such route), met, not_met, unknown (criteria, each once), route (the first that is met,
    empty for none), confirms (who has to confirm that route, empty for none), confirmed (a confirmation stands), stands (the
    country stands at this level, or has this status), words.

    A country stands at the level published; at a higher one where a raise is confirmed and the criteria of that level are met;
    at imminent only where a person's confirmation stands.
    """
    criteria = rows[rows["route"] != CONFIRMATION]
    routes = criteria.drop_duplicates(ROUTE)
    found = _states(routes, "route_state").to_frame("state")
    figures = _by_figures(criteria)
    found["by_figures"] = _states(figures, "by_figures")
    found["figures_part"] = _states(figures[figures["part"] != ""], "part").reindex(found.index, fill_value="")
    once = criteria.drop_duplicates([*LEVEL, "criterion"])
    for column, state in (("met", MET), ("not_met", NOT_MET), ("unknown", UNKNOWN)):
        found[column] = (once["state"] == state).groupby([once[k] for k in LEVEL], sort=False).sum()
    first = routes[routes["route_state"] == MET].drop_duplicates(LEVEL).set_index(LEVEL)[["route", "confirms"]]
    found = found.join(first).astype({"route": "object", "confirms": "object"})
    found[["route", "confirms"]] = found[["route", "confirms"]].where(found[["route", "confirms"]].notna(), "")
    standing = set(rows.loc[(rows["route"] == CONFIRMATION) & (rows["state"] == MET), LEVEL].itertuples(index=False, name=None))
    found["confirmed"] = [key in standing for key in found.index]
    found = found.reset_index()
    found["stands"] = _stands(protocol, found, assessments)
    return found.assign(words=[_words(r) for r in found.to_dict("records")])


def _states(parts: pd.DataFrame, column: str) -> pd.Series:
    """Return the state of each country and level, of which one part (a row) is enough."""
    by = [parts[k] for k in LEVEL]
    met, unknown = ((parts[column] == s).groupby(by, sort=False).sum() for s in (MET, UNKNOWN))
    return pd.Series(enough(1, met.to_numpy(), unknown.to_numpy()).tolist(), index=met.index)


def _by_figures(criteria: pd.DataFrame) -> pd.DataFrame:
    """Return one row a country, level and route: ``by_figures``, its state were no judgement met, and ``part``, the state of its
    groups that hold a figure; empty where all of them do, or none."""
    person = criteria["kind"].isin(BY_A_PERSON)
    counts = criteria.assign(
        met=(criteria["state"] == MET) & ~person, unknown=(criteria["state"] == UNKNOWN) & ~person, figures=~person
    )
    groups = counts.groupby([*ROUTE, "group_order", "needed"], sort=False)[["met", "unknown", "figures"]].sum().reset_index()
    state = enough(groups["needed"].to_numpy(), groups["met"].to_numpy(), groups["unknown"].to_numpy())
    groups = groups.assign(met=state == MET, unknown=state == UNKNOWN, groups=1, some=groups["figures"] > 0)
    routes = groups.groupby(ROUTE, sort=False)[["met", "unknown", "groups", "some"]].sum().reset_index()
    met, unknown = routes["met"].to_numpy(), routes["unknown"].to_numpy()  # groups of judgements alone are never either
    part = enough(routes["some"].to_numpy(), met, unknown)
    mixed = (routes["some"] > 0) & (routes["some"] < routes["groups"])
    return routes.assign(by_figures=enough(routes["groups"].to_numpy(), met, unknown), part=np.where(mixed, part, ""))


def _stands(protocol: Protocol, found: pd.DataFrame, assessments: pd.DataFrame) -> np.ndarray:
    order = {level: n for n, level in enumerate(protocol.order)}
    published = assessments.set_index("iso3")
    rank = found["level"].map(order)
    shown = found["iso3"].map(published["level"].map(order))  # NaN: insufficient data, which is no level
    person = found["confirmed"] & ((found["level"] == IMMINENT) | (found["state"] == MET))
    raised = rank.where(person).groupby(found["iso3"]).transform("max")
    at = np.fmax(shown.to_numpy(dtype=float), raised.to_numpy(dtype=float))
    under_way = (found["level"] == UNDER_WAY) & (found["iso3"].map(published["status"]) == UNDER_WAY)
    stands: np.ndarray = (rank.to_numpy(dtype=float) == at) | under_way.to_numpy()
    return stands


def _words(row: Mapping[Hashable, Any]) -> str:
    """Return what a level comes to, in words; the program itself never says more of imminent risk than that criteria are met."""
    imminent = row["level"] == IMMINENT
    what = "criteria for imminent risk" if imminent else "criteria"
    if imminent and row["confirmed"]:
        return f"imminent risk, confirmed by a person; {what} {row['state']}"
    if row["state"] == MET:
        waits = "" if row["confirms"] == "program" or row["confirmed"] else f"; not confirmed (by {_who(row['confirms'])})"
        return f"{what} met{waits}"
    return f"{what} not met" if row["state"] == NOT_MET else f"{what}: unknown; {_open(row)}"


def _open(row: Mapping[Hashable, Any]) -> str:
    if row["figures_part"] == MET:
        return "all that figures can show is met; judgements decide it"
    if UNKNOWN in (row["by_figures"], row["figures_part"]):
        return "figures are missing or too old to count"
    return "not met by figures; judgements could decide it"


def _who(confirms: object) -> str:
    return "an analyst" if confirms == "analyst" else str(confirms)
