"""Whether the watch is being kept: what was published, what each source sent, and whether the mail went out. Pure.

A finding is ``ok``, ``bad``, or ``unknown`` where it could not be looked at; none of them is left out for being good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from monitor.post.periods import Due

State = Literal["ok", "bad", "unknown"]
LONG_WAIT = timedelta(hours=24)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``since`` tells a new trouble from one already told of; empty where it has no beginning."""

    matter: str
    state: State
    words: str
    what_to_do: str = ""
    since: str = ""

    @property
    def name(self) -> str:
        """Return what names this trouble, the same for as long as it lasts and another when it comes again."""
        return hashlib.sha256(f"{self.matter} {self.state} {self.since}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Mail:
    """How the mail stands. ``counts``: the rows of :meth:`.mailings.Mailings.counts`; ``readers``: who wants the digest."""

    counts: Sequence[Any]
    readers: int


def findings(
    now: datetime,
    *,
    run_due: datetime | None,
    made_at: datetime | None,
    overdue: timedelta,
    sources: Sequence[Mapping[str, Any]],
    digest: Due | None,
    mail: Mail | None,
    mail_trouble: str = "",
) -> list[Finding]:
    """Return everything that was looked at, in a fixed order.

    ``run_due``: when the main job was last due; ``made_at``: of the published assessment, ``None`` where there is none.
    ``sources``: rows of the published table ``sources``. ``mail``: ``None`` where the post could not be opened
    (``mail_trouble`` says why) or nobody has begun one.
    """
    found = [_run(now, run_due, made_at, overdue), *map(_source, sources)]
    if mail is None:
        state: State = "unknown" if mail_trouble else "ok"
        return [*found, Finding("mail", state, mail_trouble or "no reader has been added yet")]
    return [*found, _held(mail), _waiting(now, mail), _refused(mail), _digest(now, digest, mail)]


def _run(now: datetime, due: datetime | None, made_at: datetime | None, overdue: timedelta) -> Finding:
    what = "run `monitor run` and read what it says; look whether `monitor schedule` is running"
    if made_at is None:
        return Finding("run", "bad", "no assessment has been published", what, "ever")
    words = f"the last assessment was made on {_clock(made_at)}"
    if due is not None and made_at < due and now >= due + overdue:
        return Finding("run", "bad", f"{words}; one was due on {_clock(due)}", what, f"{made_at:%Y-%m-%dT%H:%M}")
    if made_at > now + timedelta(minutes=5):
        return Finding("run", "bad", f"{words}, which has not come yet", "set this machine's clock", f"{made_at:%Y-%m-%dT%H:%M}")
    return Finding("run", "ok", words)


def _source(row: Mapping[str, Any]) -> Finding:
    name, state = f"source {row['source']}", str(row["state"])
    if state == "ok":
        return Finding(name, "ok", f"figures to {row['newest_period']}")
    words = {
        "stale": f"stale: its newest figures are of {row['newest_period']}, and may be {row['max_age_days']} days old at most",
        "failed": f"failed: {row['error']}; its last good figures, to {row['newest_period']}, stay in use",
        "missing": "never collected",
    }[state]
    return Finding(name, "bad", words, str(row["what_to_do"]) or "run `monitor collect`", str(row["last_good"]))


def _held(mail: Mail) -> Finding:
    held = [row for row in mail.counts if row.held]
    if not held:
        return Finding("held mail", "ok", "none")
    words = "; ".join(f"{row.held} of {row.kind} {row.period}" for row in held)
    what = "look for them in the server's log, then `monitor outbox --resolve s-N --went` or `--did-not-go`"
    return Finding("held mail", "bad", f"nobody can tell whether these went: {words}", what, held[-1].period)


def _waiting(now: datetime, mail: Mail) -> Finding:
    waiting = [row for row in mail.counts if row.oldest]
    count = sum(row.queued + row.claimed for row in waiting)
    if not waiting:
        return Finding("waiting mail", "ok", "none")
    oldest = min(row.oldest for row in waiting)
    long = now - datetime.fromisoformat(oldest) > LONG_WAIT
    words = f"{count} waiting, the first since {oldest[:16].replace('T', ' ')} UTC"
    return Finding(
        "waiting mail", "bad" if long else "ok", words, "`monitor send` says what stands in the way" if long else "", oldest[:10]
    )


def _refused(mail: Mail) -> Finding:
    """Say how the last mailing fared; refusals of one reader's address are their server's affair and no trouble of ours."""
    last = next((row for row in reversed(mail.counts) if row.kind == "digest"), None)
    if last is None:
        return Finding("refused mail", "ok", "no digest has been sent yet")
    failed = last.refused + last.expired
    told = f"{failed} of {failed + last.sent} of the digest {last.period} refused or given up"
    many = failed > max(1, 0.1 * (failed + last.sent))
    return Finding("refused mail", "bad" if many else "ok", told, "`monitor outbox` names them" if many else "", last.period)


def _digest(now: datetime, due: Due | None, mail: Mail) -> Finding:
    if due is None:
        return Finding("digest", "ok", "none is scheduled")
    row = next((r for r in mail.counts if (r.kind, r.period) == ("digest", due.period)), None)
    left = "" if row is None else f"{row.queued + row.claimed + row.committing} of its messages have not gone"
    out = row is not None and not (row.queued + row.claimed + row.committing)
    if out:
        return Finding("digest", "ok", f"{due.period} is out")
    if row is None and mail.readers == 0:
        return Finding("digest", "ok", f"nobody wants {due.period}")
    late = now >= due.out_by
    words = f"{due.period} was due on {_clock(due.since)} and is not out{f': {left}' if left else ''}"
    return Finding(
        "digest", "bad" if late else "ok", words, "`monitor send` says what stands in the way" if late else "", due.period
    )


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"
