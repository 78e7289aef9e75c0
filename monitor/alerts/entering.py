"""What a person may do about alerts, checked at the door: a silence, its early end, an approval. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from monitor.alerts.policy import KINDS, Kind, Policy
from monitor.alerts.said import Act, Approval, Lifted, Silence, standing
from monitor.risk.entered_text import role_fault, text_fault

LONGEST_REASON = 200


class Refused(ValueError):
    """A rule is broken; the message says which."""


def silenced(iso3: str, kind: str, role: str, reason: str, *, until: str, policy: Policy, now: datetime) -> Silence:
    """Return a silence from now to the end of the day ``until`` (ISO); :class:`Refused` where a rule is broken."""
    _check(role, reason)
    if kind and kind not in KINDS:
        raise Refused(f"--kind: unknown kind {kind!r}; there are {', '.join(KINDS)}")
    try:
        ends = date.fromisoformat(until)
    except ValueError as error:
        raise Refused("--until: write a day as 2026-12-14; a silence without an end is none") from error
    days = (ends - now.date()).days
    if not 0 <= days <= policy.longest_silence_days:
        raise Refused(f"--until: at most {policy.longest_silence_days} days away, and not in the past")
    name = hashlib.sha256(f"{iso3}|{kind}|{role}|{reason}|{ends}|{now.isoformat()}".encode()).hexdigest()[:8]
    return Silence(id=name, iso3=iso3, kind=cast("Kind", kind), role=role, reason=reason, begins=now, ends=ends)


def lifted(silence: str, role: str, reason: str, acts: Sequence[Act], now: datetime) -> Lifted:
    """Return the early end of a silence that stands; :class:`Refused` where there is none of this number."""
    _check(role, reason)
    if silence not in {s.id for s in standing(acts) if s.ends >= now.date()}:
        raise Refused(f"no silence {silence!r} stands")
    return Lifted(silence=silence, role=role, reason=reason, at=now)


def approval(number: str, role: str, said: Sequence[Mapping[str, Any]], now: datetime) -> Approval:
    """Return a person's agreement that an alert goes out at once; :class:`Refused` for one that is unknown or may wait."""
    if fault := role_fault(role):
        raise Refused(f"--role: {fault}")
    alert = next((one for one in said if one["id"] == number), None)
    if alert is None:
        raise Refused(f"no alert has the number {number!r}")
    if not alert["immediate"]:
        raise Refused(f"{number} may wait for the weekly digest; only what may not wait is approved")
    return Approval(alert=number, role=role, at=now)


def _check(role: str, reason: str) -> None:
    if fault := role_fault(role):
        raise Refused(f"--role: {fault}")
    if fault := text_fault(reason, LONGEST_REASON):
        raise Refused(f"--reason: it {fault}")
