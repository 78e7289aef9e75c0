"""N15: redirects and addresses that we must not follow."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indicators import address
from indicators.contract import (
    UnsafeAddress,
)
from indicators.http import Web
from tests.faultserver import Answer, FaultServer
from tests.http.asking import CSV, HOST, NOW, Clock, get, refused, script

# ---------------------------------------------------------------------------------------------------------- N15: redirects


def to(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": location})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "location", ["/y", "y", f"https://{HOST}/y", f"//{HOST}/y", f"/{HOST}/y", "MIRROR/y", f"https://{HOST.upper()}:443/y#part"]
)
def test_n15_a_redirect_within_the_host_is_followed(web: Web, server: FaultServer, location: str, status: int) -> None:
    script(server, to(location.replace("MIRROR", f"{server.url}/{HOST}"), status))
    script(server, Answer(CSV), path="/y")
    assert get(web).url == f"https://{HOST}/x"
    assert [a.path for a in server.asked] == [f"/{HOST}/x", f"/{HOST}/y"]


def test_n15_a_redirect_to_the_www_form_of_the_host_is_followed(web: Web, server: FaultServer) -> None:
    script(server, to(f"https://www.{HOST}/y"))
    script(server, Answer(CSV), path="/y", host=f"www.{HOST}")
    assert get(web).read_bytes() == CSV


OTHER_HOSTS = [
    "https://other.example/y",
    "https://data.example.org.evil.example/y",
    "https://evildata.example.org/y",
    "https://example.org/y",
    "//other.example/y",
    "https://evil.example\\@data.example.org/y",
    "https://localhost/y",
]
NEVER = [
    f"http://{HOST}/y",
    f"ftp://{HOST}/y",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/csv,a",
    f"https://user:pass@{HOST}/y",
    f"https://{HOST}@evil.example/y",
    f"https://{HOST}:8443/y",
    "https://[x/y",
    "https://127.0.0.1/y",
    "http://127.0.0.1/y",
    "https://127.1/y",
    "https://2130706433/y",
    "https://0x7f000001/y",
    "https://0x7f.1/y",
    "https://0177.0.0.1/y",
    "https://169.254.169.254/latest/meta-data",
    "https://10.1.2.3/y",
    "https://192.168.0.1/y",
    "https://172.16.0.1/y",
    "https://100.64.0.1/y",
    "https://0.0.0.0/y",
    "https://[::1]/y",
    "https://[::ffff:127.0.0.1]/y",
    "https://[fe80::1]/y",
    "https://[fc00::1]/y",
    "https://[64:ff9b::7f00:1]/y",
]


@pytest.mark.parametrize("location", OTHER_HOSTS + NEVER)
def test_n15_a_redirect_we_must_not_follow_is_an_unsafe_address(web: Web, server: FaultServer, location: str) -> None:
    script(server, to(location))
    refused(web, UnsafeAddress)
    assert len(server.asked) == 1


def test_n15_a_redirect_to_another_port_of_this_machine_is_refused(web: Web, server: FaultServer) -> None:
    with FaultServer() as inner:
        script(server, to(f"{inner.url}/{HOST}/y"))
        refused(web, UnsafeAddress)
        assert inner.asked == []


def test_n15_a_host_that_the_source_names_is_followed_and_no_other(web: Web, server: FaultServer) -> None:
    script(server, to("https://files.example.net/y"))
    script(server, Answer(CSV), path="/y", host="files.example.net")
    refused(web, UnsafeAddress)
    document = get(web, hosts=frozenset({"files.example.net"}))
    assert (document.url, document.read_bytes()) == (f"https://{HOST}/x", CSV)


def test_n15_naming_a_private_address_does_not_make_it_public(web: Web, server: FaultServer) -> None:
    script(server, to("https://10.1.2.3/y"))
    refused(web, UnsafeAddress, hosts=frozenset({"10.1.2.3"}))


def test_n15_a_loop_ends_after_five_redirects(web: Web, server: FaultServer) -> None:
    script(server, to("/y"))
    script(server, to("/x"), path="/y")
    assert "more than 5 redirects" in str(refused(web, UnsafeAddress))
    assert len(server.asked) == 6


def test_n15_redirects_and_failures_together_stay_bounded(web: Web, server: FaultServer) -> None:
    script(server, Answer(status=503), to("/y"))
    script(server, Answer(status=503), to("/x"), path="/y")
    refused(web, UnsafeAddress)
    assert len(server.asked) == 8


@pytest.mark.parametrize("url", [*NEVER, "https://", "", f"//{HOST}/y", "x.csv"])
def test_n15_an_unsafe_address_is_not_asked_in_the_first_place(web: Web, server: FaultServer, url: str) -> None:
    with pytest.raises(UnsafeAddress):
        web.get("made", url, name="x", kind="csv")
    assert server.asked == []


def test_n15_a_name_that_resolves_to_this_machine_is_refused_before_connecting(tmp_path: Path, clock: Clock) -> None:
    web = Web(tmp_path, now=lambda: NOW, patience=clock.patience())
    with pytest.raises(UnsafeAddress, match="not a public address"):
        web.get("made", "https://localhost/x", name="x", kind="csv")
    assert clock.waits == []


def resolving_to(*addresses: str) -> Callable[..., Any]:
    def fake(host: str, port: int, **_: Any) -> Any:
        return [(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    return fake


@pytest.mark.parametrize("inner", ["10.0.0.5", "169.254.169.254", "::1", "fd00::1", "224.0.0.1", "2002:7f00:1::1"])
def test_n15_one_private_address_among_public_ones_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inner: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolving_to("93.184.216.34", inner))
    refused(Web(tmp_path, now=lambda: NOW), UnsafeAddress)


def test_n15_the_address_that_was_checked_is_the_one_connected_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that would resolve to another address the next time (DNS rebinding) is not resolved a second time."""
    answers = iter(["93.184.216.34", "127.0.0.1"])
    asked: list[str] = []

    def rebinding(host: str, port: int, *args: Any, **more: Any) -> Any:
        asked.append(host)
        target = next(answers) if host == HOST else host
        return resolving_to(target)(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.warns(UserWarning), pytest.raises(RuntimeError, match=r"93\.184\.216\.34"):  # the test guard stops it there
        get(Web(tmp_path, now=lambda: NOW))
    assert asked.count(HOST) == 1


@pytest.mark.parametrize(
    ("text", "public"),
    [
        *((a, True) for a in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808")),
        *((a, False) for a in ("64:ff9b::a00:1", "fec0::1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "2001:db8::1", "::")),
    ],
)
def test_which_addresses_are_public(text: str, public: bool) -> None:
    assert address.is_public(ipaddress.ip_address(text)) is public
