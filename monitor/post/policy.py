"""How mail is sent: ``config/mail.yaml``. What differs from one installation to the next is in :mod:`.settings`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


class _Frozen(BaseModel):
    # as indicators.contract.Frozen, without loading pandas into the small process that answers links
    model_config = ConfigDict(extra="forbid", frozen=True)


class Retry(_Frozen):
    """When a mail that the server did not take now is tried again: after ``first_minutes``, then twice that, and so on."""

    first_minutes: float = Field(gt=0)
    longest_minutes: float = Field(gt=0)
    tries: int = Field(ge=1)

    def wait(self, tries: int) -> timedelta:
        """Return how long to wait after so many tries."""
        return timedelta(minutes=min(self.first_minutes * 2 ** min(tries - 1, 20), self.longest_minutes))


class Kind(_Frozen):
    """What holds for mail of one kind.

    ``after_crash``: what to do with a mail that may or may not have gone, where nobody can tell: ``hold`` and show it, or
    ``repeat`` it under the same Message-ID, marked as a possible repeat.
    """

    after_crash: Literal["hold", "repeat"]
    expires_hours: float = Field(gt=0)


class Kinds(_Frozen):
    """The kinds of mail."""

    digest: Kind
    escalation: Kind
    confirmation: Kind
    operator: Kind


class MailPolicy(_Frozen):
    """How fast, how often, how long, and when the operator is told: ``mail.yaml``."""

    mails_per_minute: float = Field(gt=0)
    batch: int = Field(ge=1, le=1000)
    lease_minutes: float = Field(gt=0)
    reply_minutes: float = Field(ge=10)
    settle_minutes: float = Field(ge=0)
    stop_after_refusals: int = Field(ge=1)
    retry: Retry
    kinds: Kinds
    confirm_within_days: int = Field(ge=1)
    suspend_after_soft: int = Field(ge=1)
    keep_months: int = Field(ge=1)
    digest_out_by: str
    run_overdue_hours: float = Field(gt=0)

    @field_validator("digest_out_by")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        hour, _, minute = text.partition(":")
        if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60 and len(minute) == 2):
            raise ValueError("expected an hour of the day, such as '12:00'")
        return text

    def kind(self, name: str) -> Kind:
        """Return what holds for a kind of mail."""
        found: Kind = getattr(self.kinds, name)
        return found
