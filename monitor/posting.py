"""From what was published to the outbox: the digest of the week, and what may not wait for it, each frozen once.

The digest is that of the last slot of the schedule (:mod:`.post.periods`), whenever somebody gets to it: three weeks off come to
one digest, which looks back to the one before. What may not wait goes out once for each alert, several of one run in one mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from monitor.alerts import digest as week
from monitor.alerts.odds import TABLES as ODDS
from monitor.alerts.render import digest_for, urgent_for
from monitor.post import PostError
from monitor.post.mailings import Mailed
from monitor.post.office import Office
from monitor.post.periods import due
from monitor.settings import Config
from monitor.storage import SnapshotError
from monitor.storage.snapshot import Snapshot

JOINED = "+"


def digest_due(office: Office, config: Config) -> tuple[str, week.Digest]:
    """Return the name of the digest that is due and its content, which looks back to the digest before.

    Raises :class:`PostError` where no digest is scheduled.
    """
    slot = due(config.schedule, office.clock(), office.policy.digest_out_by)
    if slot is None:
        raise PostError("no digest is scheduled", what_to_do="add a job `digest` to schedule.yaml")
    tables, manifest = published(office.home)
    since = office.last_as_of("digest", before=slot.period)
    content = week.content(tables, manifest, config.levers, method=config.alerts.method_url, since=since)
    return slot.period, replace(content, period=slot.period)


def freeze_digest(office: Office, config: Config) -> Mailed:
    """Freeze the digest that is due from the last published run, unless it was frozen before; raises as :func:`digest_due`."""
    period, content = digest_due(office, config)
    rules = office.policy.kinds.digest
    return office.mailings.freeze(
        "digest", period, lambda wish: digest_for(content, wish), rules, office.clock(), as_of=content.as_of
    )


def freeze_urgent(office: Office, config: Config) -> Mailed | None:
    """Freeze a mail about the alerts that may not wait, and were not mailed yet; ``None`` where there is nothing to say.

    An alert that has to be approved first comes when it was.
    """
    content = week.content(*published(office.home), config.levers, method=config.alerts.method_url)
    mailed = {each for period in office.mailings.periods("escalation") for each in period.split(JOINED)}
    countries = tuple(replace(c, items=tuple(i for i in c.urgent() if i.id not in mailed)) for c in content.countries)
    content = replace(content, countries=tuple(c for c in countries if c.items))
    if not content.countries:
        return None
    period = JOINED.join(sorted(item.id for c in content.countries for item in c.items))
    rules = office.policy.kinds.escalation
    return office.mailings.freeze(
        "escalation", period, lambda wish: urgent_for(content, wish), rules, office.clock(), as_of=content.as_of
    )


def published(home: Path) -> tuple[Mapping[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables that a digest is made from, and the manifest, as they were published last."""
    snapshot = Snapshot.open(home)
    if "alerts" not in snapshot.manifest["tables"]:
        raise SnapshotError("the last published run holds no alerts yet", what_to_do="run `monitor run` first")
    there = (*week.TABLES, *(t for t in ODDS if t in snapshot.manifest["tables"]))
    return {name: snapshot.table(name) for name in there}, snapshot.manifest
