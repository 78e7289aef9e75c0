"""Files that a person puts into ``MONITOR_HOME/dropin``: for data that a publisher hands out by hand, or to no program.

Such a file is filed and proven like any other document. Where it is not there the source is missing, not failed: nothing went
wrong, and the last good data stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from indicators.body import BLOCK, Kind, Part, prove
from indicators.contract import Document, NotPutThere, Source, TooLarge

if TYPE_CHECKING:
    from indicators.http import Web

FOLDER = "dropin"
MOST_BYTES = 64_000_000


def dropped_in(card: Source, web: Web, *, kind: Kind) -> Document:
    """Return the file ``dropin/FILE`` of the home folder as a document; FILE is ``file`` among the options of the card.

    Its address is the publisher's page. Raises :class:`NotPutThere` with the place where it belongs, :class:`NotData` or
    :class:`Incomplete` when it is not what it should be, :class:`TooLarge` beyond 64 MB.
    """
    name = str(card.options["file"])
    place = web.documents.parent / FOLDER / name
    if not place.is_file():
        raise NotPutThere(
            f"{card.id}: no file {FOLDER}/{name} in the home folder (from {card.homepage})",
            what_to_do=f"get the file from {card.homepage} and put it there: {place}",
        )
    with place.open("rb") as file, Part(web.documents) as part:
        while block := file.read(BLOCK):
            part.write(block)
            if part.size > MOST_BYTES:
                raise TooLarge(f"{card.id}: {FOLDER}/{name} has more than the {MOST_BYTES:,} bytes accepted")
        part.close()
        prove(part.path, kind, f"{card.id}: {FOLDER}/{name}", framed=True)
        return Document(
            source=card.id,
            name=name,
            url=card.homepage,
            sha256=part.sha256,
            size=part.size,
            fetched_at=web.now(),
            path=part.keep(),
            release="put in by hand",
        )
