"""One message as its reader will see it: the hand-over between what words it and what posts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rendered:
    """A subject line, a text part that is complete on its own, an HTML part, and its images as PNG bytes by content id."""

    subject: str
    text: str
    html: str
    images: Mapping[str, bytes]
