"""A text that a person has written, from a folder: ``subject.txt``, ``text.txt``; ``page.html`` with its images as ``*.png``."""

from __future__ import annotations

from pathlib import Path

from monitor.alerts.rendered import Rendered
from monitor.post import PostError


def from_folder(folder: Path) -> Rendered:
    """Return the text; an image is shown where the page says ``cid:NAME`` for ``NAME.png``."""
    try:
        subject, text = ((folder / name).read_text(encoding="utf-8") for name in ("subject.txt", "text.txt"))
        page = folder / "page.html"
        html = page.read_text(encoding="utf-8") if page.exists() else ""
        images = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.png"))} if html else {}
    except (OSError, UnicodeDecodeError) as error:
        raise PostError(f"{folder}: {error}", what_to_do="put subject.txt and text.txt there, as UTF-8") from error
    if not subject.strip() or not text.strip():
        raise PostError(f"{folder}: subject and text must not be empty; the text has to be complete without the page")
    return Rendered(subject.strip(), text, html, images)
