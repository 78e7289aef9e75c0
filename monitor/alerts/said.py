"""What was said, and what a person wants held back: the memory that a decision is made against. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from indicators.contract import Frozen
from monitor.alerts.flags import Flag, Key
from monitor.alerts.policy import Kind

Reason = Literal["new", "escalated", "repeated", "eased"]
Why = Literal["cool-down", "silence", "provisional", "first look"]
LOOK: Key = ("", "look", "", "")  # under this key stands the framework of the last look


@dataclass(frozen=True)
class Memory:
    """What is remembered of one key.

    ``grade``: as it was said or noted last. ``said``: when an alert last spoke of it; None for never. ``noted``: when this grade
    was taken. ``top``: the highest grade of its last alerts up to then. ``lower``: fresh periods in a row that said less,
    ``lower_to``: the most that any of them said; ``updates``: provisional ones that said more; each with the last period counted.
    """

    grade: int
    framework: str
    noted: datetime
    said: datetime | None = None
    top: int = 0
    lower: int = 0
    lower_to: int = 0
    lower_period: str = ""
    updates: int = 0
    updates_period: str = ""


class Silence(Frozen):
    """A person wants nothing said of a country, or of one kind of flag of it, until the end of a day. ``role``: never a name."""

    act: Literal["silence"] = "silence"
    id: str
    iso3: str
    kind: Kind | Literal[""]
    role: str
    reason: str
    begins: datetime
    ends: date

    def covers(self, flag: Flag, now: datetime) -> bool:
        """Return whether this silence covers a flag at this time."""
        return flag.iso3 == self.iso3 and self.kind in ("", flag.kind) and self.begins <= now and now.date() <= self.ends


class Lifted(Frozen):
    """A person ends a silence early."""

    act: Literal["lifted"] = "lifted"
    silence: str
    role: str
    reason: str
    at: datetime


class Approval(Frozen):
    """A person has looked at an alert that may not wait, and agrees that it goes out at once."""

    act: Literal["approval"] = "approval"
    alert: str
    role: str
    at: datetime


Act = Annotated[Silence | Lifted | Approval, Field(discriminator="act")]


def standing(acts: Iterable[Act]) -> tuple[Silence, ...]:
    """Return the silences that nobody has lifted, oldest first; which of them cover a flag says :meth:`Silence.covers`."""
    acts = list(acts)
    lifted = {act.silence for act in acts if isinstance(act, Lifted)}
    return tuple(act for act in acts if isinstance(act, Silence) and act.id not in lifted)


@dataclass(frozen=True)
class Said:
    """All that is remembered. A record in which nothing was said yet is an empty one."""

    memory: Mapping[Key, Memory] = field(default_factory=dict)
    silences: tuple[Silence, ...] = ()


@dataclass(frozen=True)
class Alert:
    """What is worth saying now. ``was``: the grade last said. ``immediate``: not to wait for the week."""

    id: str
    flag: Flag
    reason: Reason
    was: int
    immediate: bool


@dataclass(frozen=True)
class Held:
    """What would be worth saying, and why it is not said now. ``words``: the reason in full."""

    flag: Flag
    reason: Reason
    why: Why
    words: str


@dataclass(frozen=True)
class Decided:
    """The decision: what is said, what is held back, and what to remember (the keys whose memory changed)."""

    alerts: tuple[Alert, ...]
    held: tuple[Held, ...]
    memory: Mapping[Key, Memory]
    first_look: bool

    def held_back(self) -> dict[str, int]:
        """Return how many were held back, by why."""
        whys = [held.why for held in self.held]
        return {why: whys.count(why) for why in sorted(set(whys))}
