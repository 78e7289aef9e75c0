"""Which flags are worth saying now, and why: a pure function of the flags, what was said, the policy and the time.

1. *First look.* Under a framework that was not the last one looked under, everything is noted and nothing is said: the
   difference may be the framework's. So it is on the very first look.
2. *New* is what was not there when last looked at; *escalated* what is there at a higher grade than was said. What rests on
   provisional figures waits for further updates that say the same, except where its kind counts at once.
3. *Repeated* is what still holds a long time after it was said, where its kind is repeated.
4. *Eased* is what fresh periods in a row have said less of. A period counts once; stale and provisional ones count for nothing,
   and what cannot be seen is no evidence at all.
5. *Held back*, and counted: by a person's silence, and by the cool-down of a country and kind in which as much was said lately.
   No cool-down holds an escalation, and no silence what may not wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.alerts.flags import Flag, Key
from monitor.alerts.policy import Policy
from monitor.alerts.said import LOOK, Alert, Decided, Held, Memory, Reason, Said, Silence

ORDER = {"escalated": 0, "new": 1, "repeated": 2, "eased": 3}


def decide(flags: Iterable[Flag], said: Said, policy: Policy, now: datetime, framework: str) -> Decided:
    """Return what is worth saying now. ``framework``: hash of that under which the flags were found."""
    flags = list(flags)
    last = said.memory.get(LOOK)
    if last is None or last.framework != framework:
        return _first_look(flags, said, now, framework)
    desk = _Desk(said, policy, now, framework)
    outcomes = [desk.judge(flag, _known(said.memory.get(flag.key), framework)) for flag in flags]
    changed = ((f.key, o.memory) for f, o in zip(flags, outcomes, strict=True) if o.memory not in (None, said.memory.get(f.key)))
    memory = {key: each for key, each in changed if each is not None}
    alerts = sorted((o.alert for o in outcomes if o.alert), key=lambda a: (not a.immediate, ORDER[a.reason], a.flag.key))
    return Decided(tuple(alerts), tuple(o.held for o in outcomes if o.held), memory, False)


def severe(flag: Flag, policy: Policy) -> bool:
    """Return whether a new or higher flag may not wait: of a level or of a kind that the policy names as immediate."""
    named = flag.called in policy.immediate.levels if flag.kind == "level" else flag.kind in policy.immediate.kinds
    return flag.grade > 0 and named


def _known(memory: Memory | None, framework: str) -> Memory | None:
    """Return what is remembered, unless it was under another framework: grades of two frameworks are never compared."""
    return memory if memory is not None and memory.framework == framework else None


def _first_look(flags: Iterable[Flag], said: Said, now: datetime, framework: str) -> Decided:
    """Return a decision that notes everything and says nothing."""
    memory: dict[Key, Memory] = {LOOK: Memory(0, framework, now)}
    held = []
    for flag in flags:
        was = said.memory.get(flag.key)
        if flag.grade > 0 or was is not None:
            memory[flag.key] = Memory(flag.grade, framework, now, was.said if was else None)
        if flag.newly:
            held.append(Held(flag, "new", "first look", "nothing was looked at before under this framework"))
    return Decided((), tuple(held), memory, True)


@dataclass(frozen=True)
class _Outcome:
    """What comes of one flag; ``memory``: None where it stays as it is."""

    alert: Alert | None = None
    held: Held | None = None
    memory: Memory | None = None


@dataclass(frozen=True)
class _Desk:
    """What a decision about one flag is made with."""

    said: Said
    policy: Policy
    now: datetime
    framework: str

    def judge(self, flag: Flag, was: Memory | None) -> _Outcome:
        """Return what comes of a flag."""
        grade = was.grade if was else 0
        if flag.grade > grade:
            return self._higher(flag, was, "escalated" if grade else "new")
        if flag.grade < grade and was is not None:
            return self._lower(flag, was)
        if was is None or flag.grade == 0:
            return _Outcome()
        steady = replace(was, lower=0, lower_to=0, updates=0)  # what was counted towards a change begins anew
        if self._is_due_again(flag, was):
            return self._say(flag, steady, "repeated")
        return _Outcome(memory=steady if steady != was else None)

    def _higher(self, flag: Flag, was: Memory | None, reason: Reason) -> _Outcome:
        was = was or Memory(0, self.framework, self.now)
        if flag.provisional and not self.policy.kinds[flag.kind].provisional_at_once:
            counts = flag.period > was.updates_period
            was = replace(was, updates=was.updates + counts, updates_period=max(flag.period, was.updates_period))
            if was.updates < self.policy.provisional_updates:
                words = f"on provisional figures: {was.updates} of {self.policy.provisional_updates} updates"
                return _Outcome(held=Held(flag, reason, "provisional", words), memory=was)
        return self._say(flag, was, reason)

    def _lower(self, flag: Flag, was: Memory) -> _Outcome:
        """Count the fresh lower periods; ease once there are enough, to the most that any of them said."""
        if flag.fresh and not flag.provisional and flag.period > was.lower_period:
            to = max(flag.grade, was.lower_to) if was.lower else flag.grade
            was = replace(was, lower=was.lower + 1, lower_to=to, lower_period=flag.period)
        rule = self.policy.kinds[flag.kind]
        if was.lower < rule.lower_periods:
            return _Outcome(memory=was)
        if rule.says_easing:
            return self._say(flag, was, "eased")
        return _Outcome(memory=replace(was, grade=was.lower_to, noted=self.now, lower=0, lower_to=0, updates=0))

    def _say(self, flag: Flag, was: Memory, reason: Reason) -> _Outcome:
        """Say it, unless it is held back; what is held back stays unsaid, and is judged anew the next time."""
        if held := self._held(flag, reason):
            return _Outcome(held=held, memory=was if was.lower or was.updates else None)
        eased = reason == "eased"
        grade = was.lower_to if eased else flag.grade
        now_said = Memory(grade, self.framework, self.now, self.now, max(grade, was.grade), lower_period=was.lower_period)
        first = was.said.isoformat() if was.said else ""
        name = "|".join((*flag.key, reason, str(grade), self.framework, first))
        rising = reason in ("new", "escalated")
        number = hashlib.sha256(name.encode()).hexdigest()[:16]
        alert = Alert(number, flag, reason, was.grade, rising and severe(flag, self.policy))
        return _Outcome(alert=alert, memory=replace(now_said, updates_period=was.updates_period))

    def _held(self, flag: Flag, reason: Reason) -> Held | None:
        passes = reason in ("new", "escalated") and severe(flag, self.policy)
        silence = next((s for s in self.said.silences if s.covers(flag, self.now)), None)
        if silence is not None and not passes:
            return Held(flag, reason, "silence", _silenced(silence))
        if reason != "escalated" and (until := self._cools_until(flag)):
            return Held(flag, reason, "cool-down", f"as much was said of it lately; the cool-down ends on {until:%Y-%m-%d}")
        return None

    def _cools_until(self, flag: Flag) -> datetime | None:
        """Return when the cool-down ends, None where none is in force: of the key itself, or of the country and kind."""
        last = [
            m.said
            for key, m in self.said.memory.items()
            if m.said is not None and m.framework == self.framework and m.top >= flag.grade
            if key == flag.key or (flag.iso3 and key[:2] == (flag.iso3, flag.kind))
        ]
        until = max(last) + timedelta(days=self.policy.cool_down_days) if last else None
        return until if until is not None and self.now < until else None

    def _is_due_again(self, flag: Flag, was: Memory) -> bool:
        """Return whether what was once said is to be said again; what was only noted is in every table, and is not."""
        rule = self.policy.kinds[flag.kind]
        days = (self.now - was.said).days if was.said else 0
        return 0 < rule.repeat_days <= days and flag.grade >= rule.repeat_from


def _silenced(silence: Silence) -> str:
    return f"silenced by {silence.role} until {silence.ends}: {silence.reason}"


def counts(decided: Decided) -> Mapping[str, object]:
    """Return what a reader is told of a decision: alerts by reason, and how many were held back, by why."""
    reasons = [alert.reason for alert in decided.alerts]
    return {
        "said": {reason: reasons.count(reason) for reason in ORDER if reason in reasons},
        "held_back": decided.held_back(),
        "first_look": decided.first_look,
    }
