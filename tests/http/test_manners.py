"""N16, the pace and proxies: certificates are always checked, hosts never pressed."""

from __future__ import annotations

import inspect
import shutil
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests.adapters

from indicators import connection
from indicators.contract import (
    Unreachable,
)
from indicators.http import Patience, Web, _Session
from tests.faultserver import Answer, FaultServer
from tests.http.asking import CSV, HOST, NOW, Clock, get, refused, script

# ---------------------------------------------------------------------------------------------------------------- N16: TLS


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a test authority and certificates by it: good, expired, of another host; and one self-signed."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no test certificates")
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*args: str) -> None:
        subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

    def signed(name: str, alternative: str, days: str) -> None:
        (folder / "ext").write_text(f"subjectAltName={alternative}")
        ca = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial")
        openssl("x509", "-req", "-in", "leaf.csr", *ca, "-days", days, "-extfile", "ext", "-out", f"{name}.pem")

    elliptic = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *elliptic, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority")
    openssl("req", *elliptic, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=test")
    signed("good", "IP:127.0.0.1", "2")
    signed("expired", "IP:127.0.0.1", "-1")
    signed("other host", "DNS:other.example", "2")
    openssl("req", "-x509", "-key", "leaf.key", "-out", "self-signed.pem", "-days", "2", "-subj", "/CN=test")
    return folder


def speaking_tls(certificates: Path, name: str) -> FaultServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem", certificates / "leaf.key")
    server = FaultServer(tls=context)
    script(server, Answer(CSV))
    return server


@pytest.fixture
def trusting(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test authority stand in for the authorities that requests trusts."""
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificates / "ca.pem"))


@pytest.mark.usefixtures("trusting")
def test_n16_a_valid_certificate_is_accepted(tmp_path: Path, certificates: Path) -> None:
    with speaking_tls(certificates, "good") as server:
        assert get(Web(tmp_path, mirror=server.url, now=lambda: NOW)).read_bytes() == CSV


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    ("name", "reason"), [("expired", "expired"), ("other host", "not valid for '127.0.0.1'"), ("self-signed", "self-signed")]
)
def test_n16_a_certificate_that_is_not_valid_is_refused_at_once(
    tmp_path: Path, certificates: Path, clock: Clock, name: str, reason: str
) -> None:
    with speaking_tls(certificates, name) as server:
        error = refused(Web(tmp_path, mirror=server.url, now=lambda: NOW, patience=clock.patience()), Unreachable)
        assert "the certificate is not valid" in str(error) and reason in str(error)
        assert (server.asked, clock.waits) == ([], [])


@pytest.mark.parametrize("setting", ["CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PYTHONHTTPSVERIFY", "SSL_CERT_FILE"])
@pytest.mark.parametrize("value", ["", "0", "false"])
def test_n16_no_setting_switches_checking_off(
    certificates: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    """Asked through a session that heeds the environment, as for live hosts."""
    monkeypatch.setenv(setting, value)
    with speaking_tls(certificates, "self-signed") as server, connection.Deadline(5, time.monotonic) as limit:
        session = _Session("test", limit, direct=False, trust_env=True)
        with pytest.raises(OSError, match=r"certificate"):
            session.get(server.url, timeout=5)
        assert server.asked == []


def test_n16_no_argument_switches_checking_off() -> None:
    names = {*inspect.signature(Web).parameters, *inspect.signature(Web.get).parameters, *inspect.signature(Patience).parameters}
    assert not {n for n in names if any(word in n for word in ("verify", "tls", "ssl", "cert", "insecure"))}
    for module in ("http", "connection", "address", "answer", "body"):
        text = Path(connection.__file__).with_name(f"{module}.py").read_text()
        assert "CERT_NONE" not in text and "verify=False" not in text and ".verify =" not in text


# ------------------------------------------------------------------------------------------------------------------ manners


def test_a_host_is_not_asked_more_often_than_we_promise() -> None:
    """Twenty a second over three threads: a burst of twenty, then one every 50 ms, so 30 turns take half a second."""
    started = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        turns = list(pool.map(lambda _: connection.take_turn("polite.example", 20, 5.0), range(30)))
    assert all(turns)
    assert 0.4 < time.monotonic() - started < 2.0


def test_hosts_do_not_wait_for_each_other_and_a_turn_too_late_is_refused() -> None:
    assert connection.take_turn("one.example", 1, 0.0)
    assert not connection.take_turn("one.example", 1, 0.05)
    assert connection.take_turn("another.example", 1, 0.0)


def test_live_hosts_are_asked_at_the_pace_and_a_mirror_on_this_machine_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: FaultServer
) -> None:
    hosts: list[str] = []
    monkeypatch.setattr("indicators.http.take_turn", lambda host, *_: hosts.append(host))
    script(server, Answer(CSV))
    get(Web(tmp_path, mirror=server.url, now=lambda: NOW))
    assert hosts == []
    refused_late = Web(tmp_path / "live", now=lambda: NOW)
    with pytest.raises(Unreachable):
        get(refused_late)
    assert hosts == [HOST]


def test_a_mirror_on_this_machine_is_not_asked_through_a_proxy(
    web: Web, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    script(server, Answer(CSV))
    assert get(web).read_bytes() == CSV


def test_a_password_file_of_the_user_is_not_read(tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login someone password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with connection.Deadline(5, time.monotonic) as limit, _Session("test", limit, direct=False, trust_env=True) as session:
        session.get(server.url, timeout=5)
    assert "authorization" not in server.asked[0].headers


def test_live_hosts_are_asked_through_the_proxy_of_the_environment(
    tmp_path: Path, clock: Clock, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    server.script(f"{HOST}:443", Answer(status=502))
    refused(Web(tmp_path, now=lambda: NOW, patience=clock.patience(tries=1)), Unreachable)
    assert [a.path for a in server.asked] == [f"{HOST}:443"]
