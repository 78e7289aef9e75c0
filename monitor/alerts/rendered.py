"""A mail's content, ready to be put into envelopes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rendered:
    """One content of a mail. ``text`` is complete on its own; ``html`` refers to ``images`` (PNG) by ``cid:`` and their key."""

    subject: str
    text: str
    html: str
    images: Mapping[str, bytes]
