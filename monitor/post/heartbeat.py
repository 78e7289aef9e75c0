"""A sign of life after each run, to an address that somebody else watches: when it falls silent, they notice.

Plain http.client, for one request that brings nothing back and must never be taken for a source.
"""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

SECONDS = 10


def beat(address: str) -> str:
    """Ask for an address once and return an empty string, or why it did not answer well; the address stands in no message.

    Follows no redirect, sends nothing, reads nothing of the answer but its status.
    """
    parts = urlsplit(address)
    try:
        if parts.scheme == "https":
            line: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=SECONDS, context=ssl.create_default_context()
            )
        else:
            line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
        try:
            line.request("GET", f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")
            status = line.getresponse().status
        finally:
            line.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"the heartbeat address cannot be reached ({type(error).__name__})"
    return "" if 200 <= status < 300 else f"the heartbeat address answers {status}"
