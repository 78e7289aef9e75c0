"""A digest as files to look at: the page, the text, and the message as a mail program would open it. Nothing is sent."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import cast

from monitor.alerts.rendered import Rendered

NOBODY = "preview@example.invalid"


def message(rendered: Rendered) -> bytes:
    """Return the message of a preview: addressed to nobody, with no date, the same bytes for the same content."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"], mail["From"], mail["To"] = rendered.subject, NOBODY, NOBODY
    mail.set_content(rendered.text)
    mail.add_alternative(rendered.html, subtype="html")
    mail.set_boundary("=_preview_alternative")
    page = cast("EmailMessage", list(mail.iter_parts())[1])
    for name, content in sorted(rendered.images.items()):
        page.add_related(content, "image", "png", cid=f"<{name}>")
        page.set_boundary("=_preview_related")
    return mail.as_bytes()


def write(rendered: Rendered, out: Path, name: str) -> list[Path]:
    """Write ``name.html``, ``name.txt`` and ``name.eml`` into a folder; return the files."""
    if not re.fullmatch(r"[a-z0-9][A-Za-z0-9-]*", name):
        raise ValueError(f"{name!r} cannot be part of a file's name")
    out.mkdir(parents=True, exist_ok=True)
    contents = {".html": rendered.html.encode(), ".txt": rendered.text.encode(), ".eml": message(rendered)}
    paths = []
    for suffix, content in contents.items():
        path = out / f"{name}{suffix}"
        path.write_bytes(content)
        paths.append(path)
    return paths
