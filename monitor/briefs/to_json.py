"""A page as data: what machines read, and what the PDF is drawn from. Missing numbers are null. Pure."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from monitor.briefs.paper import Paper


def as_data(paper: Paper) -> dict[str, Any]:
    """Return a page as plain values: its fields, and those of everything in it."""
    fields = {name: value for name, value in asdict(paper).items() if name != "house"}
    found: dict[str, Any] = _finite(
        {**fields, "house": paper.house.model_dump(mode="json"), "language": paper.language, "draft": paper.draft}
    )
    return found


def json_text(paper: Paper) -> str:
    """Return a page as JSON; drawings are left out, their words stay."""
    data = as_data(paper)
    for section in data["sections"]:
        for block in section["blocks"]:
            for chart in block.get("charts", []):
                del chart["body"]
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=1)
    return text.replace("<", "\\u003c") + "\n"  # so that no tag is made of it, wherever it is pasted


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
