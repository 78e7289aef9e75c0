"""Verbs that keep watch over the watch: is everything as it should be, and the pages on which readers confirm and leave."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.door import SOME_FAILED, AsJson, Home, app, now, plain_errors, settings_at
from monitor.cli.posting import mail_settings, office_of

if TYPE_CHECKING:
    from monitor.schedule import Done, Schedule
    from monitor.settings import Settings

LOOPBACK = "127.0.0.1"


@app.command()
def health(
    tell: Annotated[bool, typer.Option("--tell", help="Also queue a mail to the operator about what is new.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the watch is being kept: the last assessment, every source, the mail, the digest of the week.

    Exit code 0 when all is well, 3 when something is wrong or could not be looked at.

    Example: monitor health
    Example: monitor health --tell && monitor send
    """
    with plain_errors():
        from monitor.post.watch import look
        from monitor.post.watch import tell as tell_operator
        from monitor.settings import load_schedule
        from monitor.terminal.health import as_values, show_health

        office, config = office_of(home)
        found = look(office, load_schedule(config))
        well = all(f.state == "ok" for f in found)
        told = tell_operator(office, found) if tell and not well else 0
        print(json.dumps({"ok": well, "findings": as_values(found)}, ensure_ascii=False)) if as_json else show_health(found)
        if told:
            print(f"a mail to the operator about {told} of these waits for the next `monitor send`", file=sys.stderr)
    raise typer.Exit(0 if well else SOME_FAILED)


@app.command()
def serve(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port on this machine.")] = 8502,
    host: Annotated[str, typer.Option(help="Address to answer on.")] = LOOPBACK,
    public: Annotated[bool, typer.Option("--public", help="Answer on an address other than this machine's own.")] = False,
    home: Home = None,
) -> None:
    """Answer the links in our mails, by which readers confirm and leave. Has no key and can read no address.

    Put a web server with https in front of it, and set MONITOR_MAIL_LEAVE_URL to where that is reached. Only a POST changes
    anything. /healthz says whether it works.

    Example: monitor serve --port 8502
    """
    with plain_errors():
        from monitor.post.links import serve as answer
        from monitor.post.settings import is_this_machine

        if not is_this_machine(host) and not public:
            raise typer.BadParameter(f"{host} is not this machine alone; --public answers there all the same")
        print(f"http://{host}:{port}/healthz  (Ctrl-C to stop)", file=sys.stderr, flush=True)
        answer(settings_at(home).home, (host, port), now, lambda line: print(line, file=sys.stderr, flush=True))


def beat() -> None:
    """Send the sign of life after a run, where an address is set; say on stderr when it did not arrive."""
    address = mail_settings().heartbeat.get_secret_value()
    if address:
        from monitor.post.heartbeat import beat as send_beat

        if trouble := send_beat(address):
            print(trouble, file=sys.stderr)


def planned(schedule: Schedule) -> Schedule:
    """Return the schedule as it can be kept here: without the jobs of the post where no mail server is set."""
    return schedule if mail_settings().host else schedule.only("run")


def jobs_of(settings: Settings) -> Mapping[str, Callable[[], Done]]:
    """Return what the scheduler does for each job, each in a process of its own."""
    from monitor.schedule import main_job, verb_job

    environment = settings.environment()
    return {
        "run": lambda: main_job(environment),
        "digest": lambda: verb_job(("send", "--digest", "--yes"), environment),
        "send": lambda: verb_job(("send", "--urgent", "--yes"), environment),
        "watch": lambda: verb_job(("health", "--tell"), environment),
    }
