"""The post from the command line, as an operator uses it: the real program against a real SMTP server."""

from __future__ import annotations

import email
import email.policy
import json
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import run_monitor
from tests.smtp_sink import DROP, Sink, certificate, logins, smtp
from tests.test_post_outbox import only
from tests.test_post_subscribers import CANARY, everything_in

VERBS = [
    *(("subscribers", verb) for verb in ("add", "confirm", "list", "import", "export", "erase", "leave", "suppress", "resume")),
    ("send",),
    ("outbox",),
]
ENVIRONMENT = {
    "MONITOR_MAIL_HOST": "127.0.0.1",
    "MONITOR_MAIL_SECURITY": "none",
    "MONITOR_MAIL_SENDER": "digest@monitor.example",
    "MONITOR_MAIL_LEAVE_MAIL": "leave@monitor.example",
    "MONITOR_MAIL_LEAVE_URL": "https://leave.monitor.example",
    "MONITOR_MAIL_OPERATOR": "operator@monitor.example",
}


def monitor(home: Path, *words: str, port: int = 1, **more: str) -> subprocess.CompletedProcess[str]:
    return run_monitor(*words, home=home, **{**ENVIRONMENT, "MONITOR_MAIL_PORT": str(port), **more})


def text_of(content: bytes) -> str:
    message: Any = email.message_from_bytes(content, policy=email.policy.default)
    return str(message.get_body(("plain",)).get_content())


@pytest.fixture
def ready_made(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    folder.mkdir()
    (folder / "subject.txt").write_text("Weekly digest 2026-W48\n")
    (folder / "text.txt").write_text("What rose, and why.\n")
    (folder / "page.html").write_text("<p>What rose</p><img src='cid:strip' alt=''>")
    (folder / "strip.png").write_bytes(b"\x89PNG")
    return folder


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_has_help_with_an_example(verb: tuple[str, ...], tmp_path: Path) -> None:
    done = run_monitor(*verb, "--help", home=tmp_path)
    assert done.returncode == 0
    assert f"Example: monitor {' '.join(verb)}" in " ".join(done.stdout.split())


def test_from_the_question_to_the_last_mail(tmp_path: Path, ready_made: Path) -> None:
    """The whole way of one reader, and nowhere on it is the address said, but to the server and to who asks for it."""
    home, sink = tmp_path / "home", Sink()
    said: list[subprocess.CompletedProcess[str]] = []

    def do(*words: str) -> str:
        said.append(monitor(home, *words, port=sink.port))
        assert said[-1].returncode == 0, said[-1].stderr
        return said[-1].stdout

    with smtp(sink):
        asked = run_with(home, f"{CANARY}\n", "subscribers", "add", "--country", "Sudan", "--minimum-level", "high")
        assert (asked.returncode, asked.stdout[:17]) == (0, "s-1 will be asked"), asked.stderr
        assert do("send") == "1 sent\n"
        (to, question) = sink.taken.pop()
        assert to == CANARY
        assert "Nobody is told that you read this" in text_of(question)
        token = re.search(r"confirm/(\S{22}) ", text_of(question))
        assert token
        assert do("subscribers", "confirm", f"confirm-{token[1]}") == "s-1 is on the list\n"
        send = ("send", "--period", "2026-W48", "--from", str(ready_made), "--yes")
        assert do(*send) == "1 sent\n"
        assert said[-1].stderr == "digest 2026-W48 frozen: 1 readers, 1 texts\n"
        assert do(*send) == "nothing was due\n"
        assert "was frozen before and stays as it was" in said[-1].stderr
        ((_, digest),) = sink.taken
        assert "What rose, and why." in text_of(digest)
        leave = re.search(rb"subject=leave-(\S{22})>", digest)
        assert leave
        assert "weekly  high" in do("subscribers", "list")
        assert CANARY in do("subscribers", "list", "--addresses")
        about = json.loads(do("subscribers", "export", "--of", "s-1", "--reason", "they asked"))
        assert (about["address"], about["countries"], about["minimum_level"]) == (CANARY, ["SDN"], "high")
        out = tmp_path / "list.csv"
        do("subscribers", "export", "--reason", "moving", "--out", str(out))
        assert CANARY in out.read_text()
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        assert do("subscribers", "leave", f"leave-{leave[1].decode()}") == "s-1 has left\n"
        assert do("send", "--period", "2026-W49", "--from", str(ready_made), "--yes") == "nothing was due\n"
        taken = monitor(home, "subscribers", "import", str(out), port=sink.port)
        assert (taken.returncode, taken.stdout) == (
            4, "row 2: the address must not be written to (unsubscribed)\n0 of 1 rows taken\n",
        )  # fmt: skip
    spoken = [d.stdout + d.stderr for d in said if "--addresses" not in d.args and "--of" not in d.args]
    assert not [text for text in [*spoken, taken.stdout, asked.stdout, asked.stderr] if "canary" in text]
    assert b"canary" not in everything_in(home)


def run_with(home: Path, given: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command with something on its standard input."""
    import os
    import sys

    from tests.conftest import ROOT

    environment = {"MONITOR_HOME": str(home), "PATH": os.environ["PATH"], "HOME": str(home), **ENVIRONMENT}
    command = [sys.executable, "-m", "monitor", *words]
    return subprocess.run(command, input=given, capture_output=True, text=True, env=environment, cwd=ROOT, check=False)


def test_nothing_goes_to_the_list_unless_somebody_said_yes(tmp_path: Path, ready_made: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "l.csv").write_text("address,confirmed_on\na@x.example,2026-01-01\nb@x.example,2026-01-01\n")
    assert monitor(home, "subscribers", "import", str(tmp_path / "l.csv"), "--json").stdout == '{"taken": 2, "left_out": []}\n'
    with smtp(Sink()) as sink:
        done = monitor(home, "send", "--period", "2026-W48", "--from", str(ready_made), port=sink.port)
        assert (done.returncode, done.stderr) == (2, "not sent: it would go to 2 readers; --yes sends it\n")
        assert sink.taken == []
    assert json.loads(monitor(home, "outbox", "--json").stdout) == {"mailings": [], "messages": []}


def test_what_is_held_is_shown_with_what_to_do_and_settled_by_a_person(tmp_path: Path, ready_made: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "l.csv").write_text("address,confirmed_on\na@x.example,2026-01-01\n")
    monitor(home, "subscribers", "import", str(tmp_path / "l.csv"))
    with smtp(Sink(script=only("DOT", DROP))) as sink:
        done = monitor(home, "send", "--period", "2026-W48", "--from", str(ready_made), "--yes", port=sink.port)
        assert (done.returncode, done.stdout) == (4, "1 unknown\n")
        again = monitor(home, "send", "--json", port=sink.port)
    assert (again.returncode, json.loads(again.stdout)["held"]) == (4, 1)
    shown = monitor(home, "outbox")
    assert shown.returncode == 4
    assert re.search(r"Mailing +Frozen +Held\ndigest 2026-W48 +\S+ \S+ +1\n", shown.stdout)
    assert "digest 2026-W48 to s-1: held, 1 try: may have gone before the crash, and nobody can tell" in shown.stdout
    assert "monitor outbox --resolve s-N --went" in shown.stdout
    settled = monitor(home, "outbox", "--resolve", "s-1", "--went", "--json")
    assert settled.returncode == 0
    assert json.loads(settled.stdout)["mailings"][0]["sent"] == 1


def test_a_preview_is_the_mail_itself_and_sends_nothing(tmp_path: Path, ready_made: Path) -> None:
    out = tmp_path / "look"
    done = run_monitor("send", "--from", str(ready_made), "--preview", str(out), home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    message: Any = email.message_from_bytes((out / "mail.eml").read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "Weekly digest 2026-W48"
    assert message["To"] == "reader@example.org"
    assert text_of((out / "mail.eml").read_bytes()) == "What rose, and why.\r\n"
    assert (out / "page.html").read_text().startswith("<p>What rose")
    assert not (tmp_path / "home").exists()


def test_a_test_mail_goes_to_the_operator_alone(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    secret = tmp_path / "password"
    secret.write_text("Kanarienvogel-7\n")
    secret.chmod(0o600)
    given = {"MONITOR_MAIL_HOST": "localhost", "MONITOR_MAIL_SECURITY": "starttls", "MONITOR_MAIL_USER": "us"}
    given |= {"MONITOR_MAIL_PASSWORD_FILE": str(secret), "MONITOR_MAIL_CA_FILE": str(trusted)}
    options = {"tls_context": context, "auth_required": True, "authenticator": logins("us", "Kanarienvogel-7")}
    with smtp(Sink(), **options) as sink:
        done = monitor(tmp_path / "home", "send", "--test", port=sink.port, **given)
        assert (done.returncode, done.stdout) == (0, "1 sent\n"), done.stderr
        assert [to for to, _ in sink.taken] == ["operator@monitor.example"]
        secret.chmod(0o644)
        refused = monitor(tmp_path / "home", "send", port=sink.port, **given)
    assert refused.returncode == 5
    assert "may be read by others" in refused.stderr
    assert "Kanarienvogel" not in done.stderr + refused.stderr


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"MONITOR_MAIL_SENDER": "digest"}, ["MONITOR_MAIL_SENDER", "not one address"]),
        ({"MONITOR_MAIL_SENDER": ""}, ["MONITOR_MAIL_SENDER is missing"]),
        ({"MONITOR_MAIL_HOST": "mail.example.org"}, ["on this very machine"]),
        ({"MONITOR_MAIL_LEAVE_URL": "http://leave.monitor.example"}, ["MONITOR_MAIL_LEAVE_URL"]),
        ({"MONITOR_MAIL_LEAVE_URL": "", "MONITOR_MAIL_LEAVE_MAIL": ""}, ["readers need a way to leave"]),
        ({"MONITOR_MAIL_HEARTBEAT": "http://Kanarienvogel-7.example"}, ["MONITOR_MAIL_HEARTBEAT", "https"]),
        ({"MONITOR_MAIL_HOST": "us:Kanarienvogel-7@mail"}, ["MONITOR_MAIL_HOST"]),
        ({"MONITOR_MAIL_PORT": "Kanarienvogel-7"}, ["MONITOR_MAIL_PORT"]),
    ],
)
def test_a_wrong_setting_is_named_on_one_line_and_not_repeated(tmp_path: Path, given: dict[str, str], named: list[str]) -> None:
    done = monitor(tmp_path / "home", "send", **given)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert [words for words in named if words not in done.stderr] == [], done.stderr
    assert "Kanarienvogel" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_without_a_server_the_program_says_what_to_set(tmp_path: Path) -> None:
    done = run_monitor("send", home=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (5, 1)
    assert "no mail server is set. set MONITOR_MAIL_HOST" in done.stderr
