"""Words and addresses that a person enters: plain, short, public, and nothing in them by which someone could be found.

A rule sees addresses, numbers and hidden characters; it cannot see a name in running text. That stays with who enters it and the
second reader.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

LONGEST_URL = 500
# Control, format (which holds the bidirectional overrides and zero-width marks), lone surrogates, private use, unassigned, and
# the two line separators: none of them can be seen, and each can make a page say something else than was read by its writer.
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
OPENING = "'\"‘“«("
MAIL = "holds an e-mail address; nobody may be found through an entry"
PHONE = "holds a telephone number; nobody may be found through an entry"
PLACE = "holds coordinates; name no place finer than the first administrative level"

_LINK = re.compile(r"://|\bwww\.|\b(javascript|data|mailto|file):\S", re.I)
_MARKUP = re.compile(r"<[A-Za-z/!?]|\]\(|&#?\w+;")
_MAIL = re.compile(r"[^\s@<>()]+\s*(@|[(\[{]\s*at\s*[)\]}])\s*[^\s@]+\.\w+", re.I)
_MAIL_IN_URL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")  # not the handle after a slash
_PHONE = re.compile(r"\+\d[\d\s().-]{6,}\d")
# 0.01 degree is a kilometre; what may be said is the first-level division, and that has a name
_POINT = re.compile(r"\d{1,3}\.\d{2,}\s*°?\s*[NS]?\s*[,;/|\s]\s*[+-]?\d{1,3}\.\d{2,}", re.I)  # 12.8628, 30.2176
_LABELLED = re.compile(r"\b(lat|latitude|lon|lng|longitude)\b\W{0,3}\d|\blong\s*[=:]\s*[+-]?\d", re.I)
_PLACES = (
    _POINT,
    _LABELLED,
    re.compile(r"\d{1,3}(\.\d+)?\s*°\s*(\d|[NSEW]\b)", re.I),  # 12° 51' N, 30.2° E
    re.compile(r"\b[NS]\s?\d{1,2}\.\d+.{1,4}[EW]\s?\d{1,3}\.\d+", re.I),  # N12.86 E30.21
    re.compile(r"\b\d{1,2}\.\d+\s?[NS]\b.{1,4}\b\d{1,3}\.\d+\s?[EW]\b", re.I),  # 12.86N 30.21E
    re.compile(r"\b\d{1,2}[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{3,5}\s?\d{3,5}\b"),  # the military grid: 36PVS 12345 67890
    re.compile(r"\b[23456789CFGHJMPQRVWX]{4,8}\+[23456789CFGHJMPQRVWX]{2,3}\b"),  # a plus code: 6GJ7VP6Q+2M
    re.compile(r"///\w+\.\w+\.\w+"),  # three words for three metres
)
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_NOT_PUBLIC = (".local", ".internal", ".localhost", ".onion", ".test", ".invalid")
_ROLE = re.compile(r"[a-z][a-z0-9 ,/&()-]{0,58}[a-z0-9)]")
_SHARED_SECOND_LEVEL = ("ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "net", "or", "org")
_ARCHIVED = re.compile(r"/web/[^/]+/https?:/+([^/]+)")


def shown(value: object) -> str:
    """Return what somebody wrote as it may stand in a message: one line of plain ASCII, at most 60 characters of text."""
    return ascii(value[:60]) if isinstance(value, str) else f"a {type(value).__name__}"


def text_fault(text: str, longest: int) -> str:
    """Return why this text may not be entered, an empty string where it may. ``longest``: characters."""
    if not text.strip():
        return "is empty"
    if len(text) > longest:
        return f"has {len(text)} characters; at most {longest}"
    if hidden := next((c for c in text if unicodedata.category(c) in HIDDEN), ""):
        return f"holds a control or invisible character (U+{ord(hidden):04X}); write one paragraph of plain text"
    plain = unicodedata.normalize("NFKC", text)  # a full-width @ is an @
    faults = {
        "must begin with a letter, a digit or a quotation mark, and end without a space": text != text.strip()
        or not (text[0].isalnum() or text[0] in OPENING),
        "holds markup; write plain text": _MARKUP.search(plain),
        "holds an address; links belong among the sources": _LINK.search(plain),
        MAIL: _MAIL.search(plain),
        PHONE: _PHONE.search(plain),
        PLACE: any(pattern.search(plain) for pattern in _PLACES),
    }
    return next((fault for fault, found in faults.items() if found), "")


def role_fault(role: str) -> str:
    """Return why this is no role, an empty string where it may be one. Capitals are refused, because names have them."""
    if _ROLE.fullmatch(role):
        return ""
    return f"{shown(role)} is not a role: small letters, such as 'analyst' or 'country lead'; never the name of a person"


def url_fault(url: str) -> str:
    """Return why this address cannot be a public source, an empty string where it can."""
    if len(url) > LONGEST_URL:
        return f"has {len(url)} characters; at most {LONGEST_URL}"
    if not re.fullmatch(r"[!-~]+", url) or re.search(r"[\"'<>\\^`{|}]", url):
        return "holds a space or a character that no address has"
    try:
        parts = urlsplit(url)
        other_port = parts.port not in (None, 443)
    except ValueError:
        return "is not an address"
    host, said = (parts.hostname or "").rstrip("."), unquote(unquote(url))
    faults = {
        "must begin with https://": parts.scheme != "https",
        "must name no user and no port": parts.username is not None or other_port,
        "must name a public site": not _HOST.fullmatch(host) or f".{host}".endswith(_NOT_PUBLIC),
        MAIL: _MAIL_IN_URL.search(said),
        PLACE: _POINT.search(said) or _LABELLED.search(said),
    }
    return next((fault for fault, found in faults.items() if found), "")


def publisher_of(url: str) -> str:
    """Return the site that stands behind an address, so that two pages of one publisher count once.

    Sub-domains are one site (``news.un.org``, ``www.un.org``), and a copy in the Internet Archive is the page that it copies.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if host == "web.archive.org" and (copied := _ARCHIVED.match(parts.path)):
        host = copied[1].lower().split(":")[0].rstrip(".")
    labels = host.split(".")
    two_letters = len(labels[-1]) == 2 and len(labels) > 2 and labels[-2] in _SHARED_SECOND_LEVEL
    return ".".join(labels[-3:] if two_letters else labels[-2:])
