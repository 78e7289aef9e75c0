"""Verbs of the post: sending what waits, and showing how far everything is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.door import BAD_CONFIG, SOME_FAILED, SOME_REFUSED, AsJson, Home, app, now, plain_errors, settings_at

if TYPE_CHECKING:
    from monitor.post.mailings import Mailed
    from monitor.post.office import Office
    from monitor.post.sending import Sent
    from monitor.post.settings import MailSettings

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before sending.")]


def office_of(home: Path | None) -> tuple[Office, Path]:
    """Return the post of a home and the folder of its config; reads no other config than what it needs."""
    from monitor.post.office import Office
    from monitor.settings import load_mail

    settings = settings_at(home)
    return Office(settings.home, mail_settings(), load_mail(settings.config), now), settings.config


def office_at(home: Path | None) -> Office:
    """Return the post of a home."""
    return office_of(home)[0]


def mail_settings() -> MailSettings:
    """Return what the environment says of mail; a mistake names the variable and never what was in it."""
    from pydantic import ValidationError

    from monitor.post.settings import MailSettings
    from monitor.settings import ConfigError

    try:
        return MailSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "".join(f"MONITOR_MAIL_{str(part).upper()}: " for part in first["loc"][:1])
        raise ConfigError(f"{name}{first['msg'].removeprefix('Value error, ')}") from None


@app.command()
def send(
    digest: Annotated[bool, typer.Option("--digest", help="Freeze the digest that is due first, unless it was.")] = False,
    urgent: Annotated[bool, typer.Option("--urgent", help="Freeze a mail about alerts that may not wait first.")] = False,
    period: Annotated[str, typer.Option("--period", help="Freeze a mailing of this name first: 2026-W48-c1.")] = "",
    source: Annotated[Path | None, typer.Option("--from", help="Its text: a folder (subject.txt, text.txt, page.html).")] = None,
    kind: Annotated[str, typer.Option("--kind", help="digest (weekly readers) or escalation (immediate readers).")] = "digest",
    preview: Annotated[Path | None, typer.Option("--preview", help="Write the mail to this folder and send nothing.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Send one test mail, to the operator only.")] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="Send at most so many messages.")] = 1_000_000,
    yes: Yes = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Send what waits in the outbox, each message once. With --digest, --urgent, or --period and --from: freeze that first.

    A text is frozen once: the same period again changes nothing, a correction needs a name of its own. After a crash it is found
    out first what had gone; what nobody can tell is held and shown by `monitor outbox`. Exit code 3 when sending ended early, 4
    when messages were refused or are held.

    Example: monitor send --digest
    Example: monitor send --period 2026-W48-c1 --from correction --preview look
    """
    with plain_errors():
        office = office_at(home)
        if bool(period) != (source is not None) and preview is None:
            raise typer.BadParameter("--period and --from belong together")
        if preview is not None:
            _preview(office, home, source, preview, digest=digest)
            return
        if source is not None:
            _freeze_ready_made(office, kind, period, source, yes=yes)
        if digest or urgent:
            _freeze_made(office, home, digest=digest, urgent=urgent, yes=yes)
        if test:
            _queue_test(office)
        done = office.post().send(most=most)
        _told(done, as_json=as_json)
    raise typer.Exit(SOME_FAILED if done.stopped else SOME_REFUSED if done.refused or done.held or done.unknown else 0)


def _freeze_made(office: Office, home: Path | None, *, digest: bool, urgent: bool, yes: bool) -> None:
    from monitor.cli.door import door
    from monitor.posting import freeze_digest, freeze_urgent

    _, config = door(home, None)
    for kind, wanted, freeze in (("escalation", urgent, freeze_urgent), ("digest", digest, freeze_digest)):
        if wanted:
            _ask_first(f"the {kind} that is due", office.readers.wanted_by(kind), yes=yes)
            if (done := freeze(office, config)) is not None:
                _say_frozen(done)


def _ask_first(what: str, count: int, *, yes: bool) -> None:
    """End the program unless somebody says yes to sending to so many readers."""
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Send {what} to {count} readers?")):
        print(f"not sent: it would go to {count} readers; --yes sends it", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG)


def _say_frozen(done: Mailed) -> None:
    words = "frozen" if done.new else "was frozen before and stays as it was"
    print(f"{done.kind} {done.period} {words}: {done.readers} readers, {done.texts} texts", file=sys.stderr)


def _preview(office: Office, home: Path | None, source: Path | None, out: Path, *, digest: bool) -> None:
    if source is None and not digest:
        raise typer.BadParameter("--preview needs --digest or --from")
    if source is not None:
        from monitor.post.ready_made import from_folder

        rendered = from_folder(source)
    else:
        from monitor.alerts.render import digest_for
        from monitor.cli.door import door
        from monitor.posting import digest_due

        rendered = digest_for(digest_due(office, door(home, None)[1])[1])
    out.mkdir(parents=True, exist_ok=True)
    files = {"mail.eml": office.preview(rendered), "text.txt": rendered.text.encode(), "page.html": rendered.html.encode()}
    for name, content in files.items():
        (out / name).write_bytes(content)
        print(out / name)


def _freeze_ready_made(office: Office, kind: str, period: str, source: Path, *, yes: bool) -> None:
    from monitor.cli.door import one_of
    from monitor.post.ready_made import from_folder

    rendered = from_folder(source)
    rules = office.policy.kind(one_of(kind, ["digest", "escalation"], "kind"))
    _ask_first(f"'{rendered.subject}'", office.readers.wanted_by(kind), yes=yes)
    _say_frozen(office.mailings.freeze(kind, period, lambda _: rendered, rules, now()))


def _queue_test(office: Office) -> None:
    from monitor.post.letters import notice

    if not office.settings.operator:
        raise typer.BadParameter("set MONITOR_MAIL_OPERATOR: the test mail goes there")
    office.tell_operator(f"test {now():%Y-%m-%dT%H:%M:%S.%f}", notice("a test", ["Mail from this monitor reaches you.", ""]))


def _told(done: Sent, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**done.counts(), "stopped": done.stopped}))
        return
    words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in done.counts().items() if count)
    print(words or ("nothing was sent" if done.stopped else "nothing was due"))
    if done.stopped:
        print(f"ended early: {done.stopped}", file=sys.stderr)


@app.command()
def outbox(
    resolve: Annotated[str, typer.Option("--resolve", help="s-17: you found out about what is held for it.")] = "",
    went: Annotated[bool | None, typer.Option("--went/--did-not-go", help="With --resolve: it went, or it did not.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show every mailing with how far it is, and each message about which there is something to say. Names no address.

    Exit code 4 when messages are held, because a crash left it open whether they went.

    Example: monitor outbox
    Example: monitor outbox --resolve s-17 --went
    """
    with plain_errors():
        from monitor.post.mailings import by_state
        from monitor.terminal.post import outbox_as_json, show_outbox

        office = office_at(home)
        if resolve:
            if went is None:
                raise typer.BadParameter("--resolve needs --went or --did-not-go")
            digits = resolve.removeprefix("s-")
            if not digits.isdigit():
                raise typer.BadParameter("name the reader as the outbox does: s-17 (s-0 is the operator)")
            settled = office.doubts.resolve(int(digits), now(), went=went)
            print(f"{settled} messages settled", file=sys.stderr)
        counts, troubled = office.counts(), office.doubts.troubled()
        print(json.dumps(outbox_as_json(counts, troubled))) if as_json else show_outbox(counts, troubled)
        states = by_state(counts)
    raise typer.Exit(SOME_REFUSED if states["held"] else 0)
