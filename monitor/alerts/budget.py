"""What a policy would have said in past years, and how much of it came to nothing: counted over a replay. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from monitor.alerts.policy import Measured, Policy
from monitor.alerts.said import Alert, Decided

BASIS = "today's vintages, assumed release lags, a look at each month end; no judgement, silence or failed source in it"
FEWEST_MONTHS = 9  # of twelve with a figure, for their sum to be known at all
Outcome = Literal["already", "followed", "lasted", "false alarm", "not yet told"]
RISING = ("new", "escalated")
OUTCOMES: tuple[Outcome, ...] = ("already", "followed", "lasted", "false alarm")


@dataclass(frozen=True)
class Look:
    """One look of a replay. ``seen``: rank of the level that the figures of each track say (iso3, track)."""

    day: date
    decided: Decided
    seen: Mapping[tuple[str, str], int]


def killed_in_a_year(values: npt.NDArray[np.float64], ends: npt.NDArray[np.datetime64], countries: Sequence[str]) -> pd.DataFrame:
    """Return civilians killed in the twelve months up to each month: index month (period), columns iso3, NaN where unknown.

    ``values``: months x countries, NaN where unknown. A sum of fewer than :data:`FEWEST_MONTHS` known months is unknown; of
    more it is a lower bound.
    """
    frame = pd.DataFrame(values, index=pd.PeriodIndex(pd.to_datetime(ends), freq="M"), columns=list(countries))
    return frame.rolling(12, min_periods=FEWEST_MONTHS).sum()


def alerts_table(looks: Sequence[Look], policy: Policy, killed: pd.DataFrame, order: Mapping[str, int]) -> pd.DataFrame:
    """Return one row an alert: columns as_of (ISO day), iso3, kind, track, subject, reason, called, words, severe, outcome.

    ``severe``: new at one of the levels of ``followed``, or up to it; of two such of one country on one day the higher, which
    alone has an ``outcome``. ``order``: rank of each level.
    """
    at = {pd.Period(look.day, freq="M"): look for look in looks}
    rows = []
    for look in looks:
        firsts = _firsts(look, policy, order)
        for alert in look.decided.alerts:
            flag, severe = alert.flag, firsts.get(alert.flag.iso3) is alert
            outcome = outcome_of(alert, pd.Period(look.day, freq="M"), at, killed, policy) if severe else ""
            row = {"as_of": f"{look.day}", "iso3": flag.iso3, "kind": flag.kind, "track": flag.track, "subject": flag.subject}
            rows.append(
                {**row, "reason": alert.reason, "called": flag.called, "words": flag.words, "severe": severe, "outcome": outcome}
            )
    columns = ("as_of", "iso3", "kind", "track", "subject", "reason", "called", "words", "severe", "outcome")
    return pd.DataFrame(rows, columns=list(columns)).astype({"severe": bool})


def _firsts(look: Look, policy: Policy, order: Mapping[str, int]) -> dict[str, Alert]:
    """Return the severe alert of each country: the higher of its two tracks."""
    found: dict[str, Alert] = {}
    for alert in look.decided.alerts:
        flag = alert.flag
        if flag.kind == "level" and alert.reason in RISING and flag.called in policy.followed.levels:
            other = found.get(flag.iso3)
            if other is None or order[other.flag.called] < order[flag.called]:
                found[flag.iso3] = alert
    return found


def outcome_of(alert: Alert, month: pd.Period, looks: Mapping[pd.Period, Look], killed: pd.DataFrame, policy: Policy) -> Outcome:
    """Return what followed an alert that was said at the end of a month, by the definition in the policy."""
    rule, flag = policy.followed, alert.flag
    mine = killed[flag.iso3] if flag.iso3 in killed else pd.Series(dtype=float)
    if (mine.reindex([month]) >= rule.killed).any():
        return "already"
    after = mine.reindex(pd.period_range(month + 1, month + rule.months))
    if (after >= rule.killed).any():
        return "followed"
    last = looks.get(month + rule.months)
    if last is None or after.isna().any():
        return "not yet told"
    return "lasted" if last.seen.get((flag.iso3, flag.track), -1) >= flag.grade else "false alarm"


def measured(
    alerts: pd.DataFrame, looks: Sequence[Look], policy: Policy, killed: pd.DataFrame, *, framework: str, on: date
) -> Measured:
    """Return what a replay comes to, as means a year; outcomes over the looks of which the months after are known."""
    years = len(looks) / 12
    last = killed.dropna(how="all").index.max()
    told = [look for look in looks if pd.Period(look.day, freq="M") + policy.followed.months <= last]
    loud = alerts[alerts["kind"] != "silence"]
    outcomes = alerts.loc[alerts["as_of"].isin([f"{look.day}" for look in told]), "outcome"]
    a_year = {name: round(len(outcomes[outcomes == name]) * 12 / max(len(told), 1), 1) for name in OUTCOMES}
    return Measured(
        policy=policy.hash,
        framework=framework,
        measured_on=on,
        first=looks[0].day.year,
        last=looks[-1].day.year,
        alerts_a_week=round(len(loud) / (years * 365.25 / 7), 2),
        alerts_a_year={name: round(count / years, 1) for name, count in _by_name(alerts).items()},
        severe_a_year=round(len(alerts[alerts["severe"]]) / years, 1),
        already_a_year=a_year["already"],
        followed_a_year=a_year["followed"],
        lasted_a_year=a_year["lasted"],
        false_alarms_a_year=a_year["false alarm"],
        held_back_a_year=round(len([held for look in looks for held in look.decided.held]) / years, 1),
    )


def _by_name(alerts: pd.DataFrame) -> dict[str, int]:
    """Return the number of new and higher alerts by level or kind, and of all that were repeated or eased."""
    up = alerts["reason"].isin(RISING)
    names = alerts["called"].where((alerts["kind"] == "level") & up, alerts["kind"].where(up, alerts["reason"]))
    return {str(name): int(count) for name, count in names.value_counts().sort_index().items()}


def by_year(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return one row a year and name of :func:`_by_name`: columns year, name, alerts."""
    parts = [(int(year), _by_name(mine)) for year, mine in alerts.groupby(alerts["as_of"].str[:4])]
    return pd.DataFrame([{"year": y, "name": n, "alerts": c} for y, names in parts for n, c in names.items()])
