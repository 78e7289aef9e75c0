"""What came of a batch of briefs, on the terminal and as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from monitor.briefs.batch import Made


def show(done: Sequence[Made], archive: Path | None, *, as_json: bool) -> None:
    """Print how many files were written, left as they were or failed, and name those that failed."""
    counted = Counter(each.state for each in done)
    failed = [each for each in done if each.state == "failed"]
    if as_json:
        files = [{"iso3": m.iso3, "format": m.form, "file": str(m.path), "state": m.state, "error": m.error} for m in done]
        print(json.dumps({"files": files, "zip": str(archive) if archive else None}, ensure_ascii=False))
    else:
        where = f" in {done[0].path.parent}" if done else ""
        print(f"{counted['written']} written, {counted['unchanged']} unchanged, {counted['failed']} failed{where}")
        if archive:
            print(f"all of them in {archive}")
    for each in failed:
        print(f"{each.iso3} {each.form}: {each.error}", file=sys.stderr)
