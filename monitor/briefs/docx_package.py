"""The package of a Word file, packed anew: fixed times, no picture of a first page, nothing of the program that made it."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

APP = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
GONE = ("docProps/thumbnail.jpeg", "customXml/", "word/stylesWithEffects.xml")


def sealed(package: bytes, at: datetime) -> bytes:
    """Return the same file with every entry dated ``at``, without thumbnail, custom parts and the name of any program."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new:
        for entry in old.infolist():
            if entry.filename.startswith(GONE):
                continue
            content = old.read(entry)
            if entry.filename == "docProps/app.xml":
                content = APP.encode()
            elif entry.filename.endswith(".rels"):
                content = _without_gone(content)
            elif entry.filename == "[Content_Types].xml":
                content = re.sub(rb"<Override [^>]*(?:customXml|stylesWithEffects)[^>]*/>", b"", content)
            fixed = zipfile.ZipInfo(entry.filename, at.timetuple()[:6])
            fixed.compress_type, fixed.create_system, fixed.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            new.writestr(fixed, content)
    return out.getvalue()


def _without_gone(relations: bytes) -> bytes:
    """Return relations without those to parts that are left out."""
    return re.sub(
        rb'<Relationship [^>]*Target="[^"]*(?:thumbnail\.jpeg|customXml/|stylesWithEffects\.xml)[^"]*"[^>]*/>', b"", relations
    )
