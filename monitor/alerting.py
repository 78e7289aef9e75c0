"""The part of a run that decides on alerts: flags from its tables, against what the record says was said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from monitor.alerts import ledger_table
from monitor.alerts.decide import counts, decide
from monitor.alerts.flags import flags
from monitor.alerts.flags import table as flag_table
from monitor.alerts.said import Approval, Decided
from monitor.settings import Config
from monitor.storage.store import Store


def decided_on(
    tables: Mapping[str, pd.DataFrame], config: Config, store: Store, as_of: str, now: datetime
) -> tuple[Decided, dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the decision of a run, its tables ``flags`` and ``alerts``, and what the manifest says of it.

    The decision is to be recorded in one transaction with what the run says (:meth:`.Store.record_assessments`).
    """
    names = dict(zip(tables["assessments"]["iso3"], tables["assessments"]["short"], strict=True))
    found = flags(tables, config.framework, config.alerts, as_of)
    decided = decide(found, store.said(), config.alerts, now, config.framework.hash)
    approved = {act.alert for act in store.acts() if isinstance(act, Approval)}
    said = ledger_table.table(store.alerts(), decided, config.alerts, names, approved, now=now, as_of=as_of)
    measured = config.alerts.measured
    about = {"policy": config.alerts.hash, **counts(decided), "measured": measured.model_dump(mode="json") if measured else None}
    return decided, {"flags": flag_table(found, names), "alerts": said}, about
