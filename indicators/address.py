"""Which addresses may be asked: https, no user names, public hosts only; and how a mirror stands in for them.

Addresses are read with urllib3's own parser, the one that will send them, so that no two readings of one address can differ.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
from urllib.parse import unquote, urljoin

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from indicators.contract import UnsafeAddress

SECRET_KEYS = re.compile(r"key(?!word)|token|secret|password|client_id|signature|credential", re.IGNORECASE)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


def checked(url: str, source: str) -> str:
    """Return ``url`` as it will be sent, without fragment; raise :class:`UnsafeAddress` unless it is a plain public https one.

    Names are not resolved here: :func:`public_addresses` does that where the connection is made, so that the address that was
    checked is the address that is asked.
    """
    try:
        parts = parse_url(url)
    except LocationParseError:
        raise UnsafeAddress(f"{source}: an address that cannot be read") from None
    if parts.scheme != "https":
        raise UnsafeAddress(f"{source}: {parts.host} is asked for over {parts.scheme or 'no scheme'}; only https is followed")
    if parts.auth is not None or not parts.host:
        raise UnsafeAddress(f"{source}: an address with a user name, or without a host")
    if parts.port not in (None, 443):
        raise UnsafeAddress(f"{source}: {parts.host} is asked for on port {parts.port}; only 443 is")
    if (literal := _literal(parts.host)) and not is_public(literal):
        raise UnsafeAddress(f"{source}: {parts.host} is not a public address")
    return Url("https", host=parts.host, path=parts.path, query=parts.query).url


def host_of(url: str) -> str:
    """Return the host of an address in lower case; an empty string where there is none."""
    return (parse_url(url).host or "").rstrip(".").lower()


def through(mirror: str, url: str) -> str:
    """Return the address to ask: the publisher's own, or ``MIRROR/HOST/PATH?Q`` for ``https://HOST/PATH?Q``."""
    return f"{mirror}/{url.removeprefix('https://')}" if mirror else url


def next_hop(location: str, at: str, *, mirror: str, hosts: frozenset[str], source: str) -> str:
    """Return the publisher's address that a redirect from ``at`` leads to; raise :class:`UnsafeAddress` if we must not follow.

    We follow to the same host (with or without ``www.``) and to ``hosts``. A mirror may answer with the publisher's
    ``Location`` or with its own form of it, which begins with a host.
    """
    near = host_of(at).removeprefix("www.")
    allowed = {near, f"www.{near}", *hosts}
    try:
        target = urljoin(at, location)
        seen = urljoin(through(mirror, at), location)
        own_form = seen.removeprefix(f"{mirror}/").partition("/")[0] if mirror and seen.startswith(f"{mirror}/") else ""
        if own_form.lower() in allowed:
            target = f"https://{seen.removeprefix(f'{mirror}/')}"
        target = checked(target, f"{source}: redirect from {host_of(at)}")
    except ValueError:  # urljoin's own refusal, e.g. of "https://[x"
        raise UnsafeAddress(f"{source}: redirect from {host_of(at)} to an address that cannot be read") from None
    if host_of(target) not in allowed:
        raise UnsafeAddress(
            f"{source}: redirect from {host_of(at)} to {host_of(target)}, which the source does not name",
            what_to_do="if the publisher has moved, check the new host and add it to the source module's list of hosts",
        )
    return target


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether this is an address of the open Internet, and not one that hides another (mapped, 6to4, Teredo)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    if address in NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in GLOBAL_UNICAST and address.is_global and not (address.sixtofour or address.teredo)


def public_addresses(host: str, port: int, seconds: float) -> list[str]:
    """Return the IP addresses of ``host``; raise :class:`UnsafeAddress` if one of them is not public.

    Raises :class:`socket.gaierror` when the name does not resolve, or not within ``seconds``: the system's resolver has no
    time limit of its own, so it is asked in a thread that may be left behind.
    """
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(seconds, 0))
    if not found:
        raise socket.gaierror(socket.EAI_NONAME if failed else socket.EAI_AGAIN, "the name does not resolve")
    for text in found:
        if not is_public(ipaddress.ip_address(text)):
            raise UnsafeAddress(f"{host} resolves to {text}, which is not a public address")
    return found


def is_loopback(url: str) -> bool:
    """Return whether an address lies on this machine."""
    literal = _literal(host_of(url))
    return host_of(url) == "localhost" or (literal is not None and literal.is_loopback)


def without_secrets(url: str) -> str:
    """Return ``url`` with the value of every query key that names a secret replaced by ``***``."""
    start, mark, query = url.partition("?")
    pairs = (part.partition("=") for part in query.split("&"))
    return start + mark + "&".join(k + eq + ("***" if eq and SECRET_KEYS.search(unquote(k)) else v) for k, eq, v in pairs)


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address that ``host`` spells, in any way a resolver would read it (``2130706433``, ``0x7f.1``), or None."""
    bare = host.strip("[]").rstrip(".")
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(bare)
    with contextlib.suppress(OSError, UnicodeError, ValueError):
        return ipaddress.IPv4Address(socket.inet_aton(bare))
    return None
