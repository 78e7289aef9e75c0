"""One e-mail address, checked to be exactly one, and kept out of every message, log and traceback."""

from __future__ import annotations

import re
import unicodedata

import idna

LONGEST, LONGEST_LOCAL = 254, 64
# A dot-atom that begins with a letter, digit or underscore: no quotes, comments, routes or spaces, and no cell that a
# spreadsheet would take for a formula.
_LOCAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9!#$%&'*+/=?^_`{|}~-]*(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class Address:
    """An address as mail is sent to it. ``text`` holds it; printing or formatting the object does not."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "<an address>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def same(self) -> str:
        """Return what two spellings of one address share: case is ignored, though a server might tell it apart."""
        return self.text.casefold()


class NotAnAddress(ValueError):
    """The text is not exactly one address that plain mail can reach. The message never repeats it."""


def address_of(text: str) -> Address:
    """Return the one address in a text; :class:`NotAnAddress` says why there is none, without saying what was there.

    Spaces around it go, Unicode is normalised (NFC), a domain in another script becomes its ASCII form. Dots and ``+tags`` stay:
    to some servers they make another person.
    """
    plain = unicodedata.normalize("NFC", text.strip())
    local, at, domain = plain.rpartition("@")
    if not at or not local or "@" in local:
        raise NotAnAddress("is not one address of the form name@example.org")
    if not local.isascii():
        raise NotAnAddress("has letters before the @ that plain mail cannot carry")
    try:
        domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise NotAnAddress("has a domain that cannot be") from error
    if not _LOCAL.fullmatch(local) or len(local) > LONGEST_LOCAL:
        raise NotAnAddress("has something before the @ that cannot be there")
    if not _DOMAIN.fullmatch(domain) or len(local) + 1 + len(domain) > LONGEST:
        raise NotAnAddress("has a domain that cannot be")
    return Address(f"{local}@{domain}")


def without_addresses(said: str) -> str:
    """Return one line of what a server or a person said, with nothing in it that looks like an address or cannot be seen."""
    line = "".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFKC", said))
    return " ".join(re.sub(r"\S*@\S*", "<address>", line).split())[:200]
