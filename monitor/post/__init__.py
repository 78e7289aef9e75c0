"""The post: who reads, what was frozen for them, and the one way by which it leaves. Who reads is the most precious secret here.

In messages and logs a reader is ``s-17``, never an address. Nothing in this room sees the record or the dashboard.
"""

from __future__ import annotations

from monitor.storage import StorageError


class PostError(StorageError):
    """Subscribers or outbox cannot be used, or what was asked of them must not be done. Never holds an address.

    PostError
    └── MailError           a mail did not go, or may have gone (:mod:`.mail`)
        ├── Broken          nothing can be sent at all: no connection, no encryption, no login, the sender refused
        ├── Later           certainly not sent; the server may take it later
        ├── Refused         certainly not sent; the server will never take it
        └── Unknown         the server fell silent after the end of the message: it may have it
    """
