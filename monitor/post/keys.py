"""The key of the post: what a stolen copy of the file does not tell without it.

Addresses, choices and frozen mails are sealed; addresses are found again by a keyed hash, so that nobody can test whether one
is on the list; Message-IDs and the tokens in links are keyed too. The key lies apart from the file, and belongs into another
backup than it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from monitor.post import PostError

FILE = "post.key"
BYTES = 32
TOKEN_BYTES = 16


class Keys:
    """What is derived from one secret of 32 bytes or more. Shows none of it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < BYTES:
            raise PostError(f"the key of the post is shorter than {BYTES} bytes", what_to_do="restore it from its own backup")
        self._secret = secret
        self._fernet = Fernet(base64.urlsafe_b64encode(self._mac("seal")))

    def __repr__(self) -> str:
        return "<the key of the post>"

    def _mac(self, *words: str) -> bytes:
        return hmac.digest(self._secret, b"".join(len(w.encode()).to_bytes(4, "big") + w.encode() for w in words), hashlib.sha256)

    def keyed(self, *words: str) -> str:
        """Return 32 hex digits (128 bits) that stand for these words, and tell nobody without the key what they are."""
        return self._mac(*words).hex()[:32]

    def token(self, *words: str) -> str:
        """Return 22 characters (128 bits) for a link; the same words give the same token."""
        return base64.urlsafe_b64encode(self._mac("token", *words)[:TOKEN_BYTES]).rstrip(b"=").decode()

    def seal(self, plain: bytes) -> bytes:
        """Return these bytes sealed; sealing the same again gives other bytes."""
        return self._fernet.encrypt(plain)

    def unseal(self, sealed: bytes) -> bytes:
        """Return what was sealed; :class:`PostError` for what was changed or sealed under another key."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise PostError("something in the post is damaged", what_to_do="restore the last backup of the post") from error


def hash_of(token: str) -> str:
    """Return what is kept of a token: nobody can make the link of what lies in the file. Needs no key."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """Return a random token (128 bits)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def load_keys(path: Path, *, make: bool) -> Keys:
    """Return the keys in a file that nobody else may read; with ``make``, a file that is not there is made."""
    try:
        if make and not path.exists():
            _make(path)
        mode = path.stat().st_mode
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise PostError(f"{path} may be read by others", what_to_do=f"run `chmod 600 {path}`, and ask who has read it")
        return Keys(path.read_bytes())
    except FileNotFoundError as error:
        raise PostError(
            f"{path}, the key of the post, is missing",
            what_to_do="restore it from its own backup; without it no address can be read",
        ) from error
    except OSError as error:
        raise PostError(f"{path} cannot be read: {error.strerror}", what_to_do="give this user the right to read it") from error


def _make(path: Path) -> None:
    """Write a new key whole, under another name first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, secrets.token_bytes(BYTES))


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file that is whole at every moment, down to the disk, readable by its owner alone."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.replace(path)
