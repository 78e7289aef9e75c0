"""Looking whether the watch is being kept, and telling the operator once of each trouble."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.post import PostError
from monitor.post.file import FILE, FOLDER
from monitor.post.health import Finding, Mail, findings
from monitor.post.letters import notice
from monitor.post.office import Office
from monitor.post.periods import due
from monitor.schedule import Schedule
from monitor.storage import SnapshotError, StorageError
from monitor.storage.snapshot import Snapshot

JOINED = "+"


def look(office: Office, schedule: Schedule) -> list[Finding]:
    """Return what is found, without changing or making anything."""
    now = office.clock()
    made_at, sources = _published(office.home)
    slot = schedule.latest("run", now)
    mail, trouble = _mail(office)
    return findings(
        now,
        run_due=slot.at if slot else None,
        made_at=made_at,
        overdue=timedelta(hours=office.policy.run_overdue_hours),
        sources=sources,
        digest=due(schedule, now, office.policy.digest_out_by),
        mail=mail,
        mail_trouble=trouble,
    )


def _published(home: Path) -> tuple[datetime | None, Sequence[dict[Any, Any]]]:
    try:
        snapshot = Snapshot.open(home)
        table = snapshot.table("sources")
    except SnapshotError:
        return None, ()
    return datetime.fromisoformat(snapshot.manifest["made_at"]), table[table["enabled"]].to_dict("records")


def _mail(office: Office) -> tuple[Mail | None, str]:
    if not (office.home / FOLDER / FILE).exists():
        return None, ""
    try:
        return Mail(office.counts(), office.readers.wanted_by("digest")), ""
    except StorageError as error:
        return None, f"{error}"


def tell(office: Office, found: Sequence[Finding]) -> int:
    """Queue one mail to the operator about every trouble that they were not told of yet; return how many troubles."""
    if not office.settings.operator:
        raise PostError("no address of the operator is set", what_to_do="set MONITOR_MAIL_OPERATOR")
    told = {name for period in office.mailings.periods("operator") for name in period.split(JOINED)}
    new = {name: f for f in found if f.state != "ok" and (name := f.name) not in told}
    if new:
        lines = [line for f in new.values() for line in (f"{f.matter}: {f.words}.", f"    {f.what_to_do}", "")]
        many = f"{len(new)} things need somebody"
        subject = next(iter(new.values())).matter if len(new) == 1 else many
        office.tell_operator(JOINED.join(sorted(new)), notice(subject, lines))
    return len(new)
