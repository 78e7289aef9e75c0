"""The alerts of late as a published table: what pages, the digest and the feeds read. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from monitor.alerts.policy import Policy
from monitor.alerts.said import Decided

DAYS = 400  # so that a year can be looked back on
COLUMNS = (
    *("id", "said", "as_of", "iso3", "name", "kind", "title", "track", "subject", "reason", "grade", "was", "called", "level"),
    *("period", "fresh", "provisional", "immediate", "approved", "words", "factors"),
)
SHOWN_AS = {"grade": "int64", "was": "int64", **dict.fromkeys(("fresh", "provisional", "immediate", "approved"), "bool")}


def table(
    past: Sequence[Mapping[str, Any]],
    decided: Decided,
    policy: Policy,
    names: Mapping[str, str],
    approved: Collection[str],
    *,
    now: datetime,
    as_of: str,
) -> pd.DataFrame:
    """Return the alerts of the last :data:`DAYS` days, newest first, those of this decision with them.

    ``past``: of :func:`monitor.storage.alerts.alerts_said`; ``approved``: numbers of the alerts that a person agreed to. Columns:
    id, said (instant, ISO, UTC), as_of (ISO day), iso3 and name (empty for a source), kind, title (of the kind), track, subject,
    reason, grade, was (grades), called, level (of the country then), period (ISO day), fresh, provisional, immediate, approved,
    words, factors.
    """
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fresh = [{"said": stamp, "as_of": as_of, **asdict(alert)} for alert in decided.alerts]
    since = (now - timedelta(days=DAYS)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    rows = []
    for one in [*past, *fresh]:
        if one["said"] >= since:
            flag = one["flag"]
            more = {"name": names.get(flag["iso3"], ""), "title": policy.kinds[flag["kind"]].title}
            rows.append({**one, **flag, **more, "approved": one["id"] in approved})
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(SHOWN_AS)
    frame = frame.drop_duplicates("id").assign(order=-frame.index)  # the order of a decision is that of its importance
    return frame.sort_values(["said", "order"], ascending=[False, False], kind="stable", ignore_index=True).drop(columns="order")
