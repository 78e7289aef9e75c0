"""Verbs of the post: who reads, what waits to be sent, sending it, and the pages on which readers confirm and leave."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.door import BAD_CONFIG, SOME_FAILED, SOME_REFUSED, AsJson, Home, app, find_country, now, plain_errors

if TYPE_CHECKING:
    from monitor.post.lists import Known
    from monitor.post.office import Office
    from monitor.post.sending import Sent
    from monitor.post.settings import MailSettings

subscribers_app = typer.Typer(no_args_is_help=True, help="The readers of the digest: added, confirmed by themselves, gone.")
app.add_typer(subscribers_app, name="subscribers")

Who = Annotated[str, typer.Argument(help="s-17, or an address; - reads it from a prompt or the standard input.")]
Countries = Annotated[list[str] | None, typer.Option("--country", help="Only about these (ISO3 or a name); default: all.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before sending.")]


def office_of(home: Path | None) -> tuple[Office, Path]:
    """Return the post of a home and the folder of its config; reads no other config than what it needs."""
    from monitor.cli.door import _settings
    from monitor.post.office import Office
    from monitor.settings import load_mail

    settings = _settings(home, None)
    return Office(settings.home, mail_settings(), load_mail(settings.config), now), settings.config


def _office(home: Path | None) -> Office:
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


def _known(home: Path | None) -> Known:
    from indicators.countries import Countries as Crosswalk
    from monitor.cli.door import _settings
    from monitor.post.lists import Known
    from monitor.settings import read_framework

    settings = _settings(home, None)
    framework = read_framework(settings.config)
    levels = tuple(level.id for level in framework.levels)
    return Known(frozenset(Crosswalk.load(settings.config / "countries.csv").assessed()), levels)


def _address(text: str) -> Any:
    """Return the one address in a text; - takes it from a prompt, so that it stands in no process list and no shell history."""
    from monitor.post.addresses import NotAnAddress, address_of

    if text == "-":
        text = typer.prompt("Address") if sys.stdin.isatty() else sys.stdin.readline()
    try:
        return address_of(text)
    except NotAnAddress as error:
        raise typer.BadParameter(f"the address {error}") from None


def _number(office: Office, who: str) -> int:
    """Return the number of a reader named by number or address; else end the program."""
    digits = who.removeprefix("s-")
    found = int(digits) if who.startswith("s-") and digits.isdigit() else office.readers.find(_address(who))
    if found is None or office.readers.get(found) is None:
        raise typer.BadParameter("nobody on the list has this number or address")
    return found


def _say(said: dict[str, Any], words: str, *, as_json: bool) -> None:
    print(json.dumps(said) if as_json else words)


@subscribers_app.command("add")
def add(
    address: Who = "-",
    country: Countries = None,
    minimum_level: Annotated[str, typer.Option(help="From which level on: baseline, watch, elevated or high.")] = "watch",
    frequency: Annotated[str, typer.Option(help="weekly, immediate (only top levels) or both.")] = "weekly",
    dates: Annotated[str, typer.Option(help="How days are written: en (20 November 2026) or iso.")] = "en",
    again: Annotated[bool, typer.Option("--again", help="They left before, and have asked to be back themselves.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put somebody on the list who asked for it. They get one letter, and nothing else before they confirm.

    Example: monitor subscribers add --country Sudan --minimum-level elevated
    """
    with plain_errors():
        from monitor.cli.door import _settings

        office = _office(home)
        codes = " ".join(find_country(_settings(home, None), c) for c in country or [])
        choice = _known(home).choice(codes, minimum_level, frequency, dates)
        number = office.ask(_address(address), choice, again=again)
        until = f"{office.policy.confirm_within_days} days to confirm"
        _say({"asked": f"s-{number}"}, f"s-{number} will be asked by the next `monitor send`, and has {until}", as_json=as_json)


@subscribers_app.command("confirm")
def confirm(
    token: Annotated[str, typer.Argument(help="What stands behind confirm- in their answer, or in their link.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Confirm somebody who answered the letter by mail. Who opens the link in it needs no help.

    Example: monitor subscribers confirm 2p3GQ0kTgkR1mZ5o3lqz9A
    """
    with plain_errors():
        number = _office(home).readers.confirm(token.removeprefix("confirm-"), now())
        if number is None:
            print("this token is not known, was used, or is too old; `monitor subscribers add` asks them again", file=sys.stderr)
            raise typer.Exit(SOME_FAILED)
        _say({"confirmed": f"s-{number}"}, f"s-{number} is on the list", as_json=as_json)


@subscribers_app.command("list")
def show_list(
    addresses: Annotated[bool, typer.Option("--addresses", help="Show addresses too. Look over your shoulder first.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Show who is on the list, by number, and what was done with it last.

    Example: monitor subscribers list
    """
    with plain_errors():
        from monitor.post.lists import all_about
        from monitor.terminal.post import show_readers

        office = _office(home)
        readers = list(office.readers.every())
        acts = office.readers.acts()
        if as_json:
            told = [all_about(r) for r in readers]
            hidden = () if addresses else ("address", "countries")
            rows = [{k: v for k, v in row.items() if k not in hidden} for row in told]
            print(json.dumps({"readers": rows, "suppressed": office.readers.barred()}, ensure_ascii=False))
        else:
            show_readers(readers, acts, office.readers.barred(), addresses=addresses)


@subscribers_app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(help="CSV: address, countries, minimum_level, frequency, dates, confirmed_on.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put a whole list on the list: each bad row is named by number and reason and left out, the good ones are kept.

    Who has a date in confirmed_on (when they confirmed to you elsewhere) is on the list at once; everybody else is asked first.
    Exit code 4 when rows were left out.

    Example: monitor subscribers import readers.csv
    """
    with plain_errors():
        from monitor.post.lists import BadRow, Row, read

        office = _office(home)
        taken = [office.take(row) if isinstance(row, Row) else row for row in read(file, _known(home), now().date())]
        bad = [each for each in taken if isinstance(each, BadRow)]
        if as_json:
            print(json.dumps({"taken": len(taken) - len(bad), "left_out": [vars(b) for b in bad]}))
        else:
            print(*(f"row {b.number}: {b.reason}" for b in bad), f"{len(taken) - len(bad)} of {len(taken)} rows taken", sep="\n")
        raise typer.Exit(SOME_REFUSED if bad else 0)


@subscribers_app.command("export")
def export_list(
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the day.")],
    who: Annotated[str, typer.Option("--of", help="Only what is kept of this reader (s-17 or an address), as JSON.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="A new file that only you can read; default: print.")] = None,
    home: Home = None,
) -> None:
    """Write out the list as CSV, addresses included, or everything that is kept of one reader. The reason is kept.

    Example: monitor subscribers export --reason "moving to another server" --out readers.csv
    """
    with plain_errors():
        from monitor.post.lists import all_about, written

        if not reason.strip():
            raise typer.BadParameter("give a --reason")
        office = _office(home)
        number = _number(office, who) if who else None
        one = office.readers.get(number) if number is not None else None
        text = f"{json.dumps(all_about(one), ensure_ascii=False)}\n" if one else written(list(office.readers.every()))
        office.readers.note(now(), "exported", reason, number)
        if out is None:
            print(text, end="")
        else:
            _write_private(out, text)
            print(f"written to {out}; only you can read it. Delete it when you are done.")


def _write_private(path: Path, text: str) -> None:
    from monitor.post.keys import write_whole

    if path.exists():
        raise typer.BadParameter(f"{path} is there already")
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be written ({error.strerror})") from error


@subscribers_app.command("erase")
def erase(who: Who = "-", home: Home = None, as_json: AsJson = False) -> None:
    """Forget somebody at once: address, choices, and what waits for them. A keyed hash stays, so that no list brings them back.

    Example: monitor subscribers erase s-17
    """
    with plain_errors():
        office = _office(home)
        number = _number(office, who)
        done = office.readers.end(number, now(), "erased")
        _say(
            {"erased": f"s-{number}", "new": done},
            f"s-{number} is forgotten" if done else f"s-{number} had left already",
            as_json=as_json,
        )


@subscribers_app.command("leave")
def leave(
    token: Annotated[str, typer.Argument(help="What stands behind leave- in their mail.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody leave who wrote to the address for it. Who presses the button of their mail program needs no help.

    Example: monitor subscribers leave 8bjfIFi1vXzrGncd8Y50qw
    """
    with plain_errors():
        number = _office(home).readers.leave(token.removeprefix("leave-"), now())
        if number is None:
            print("this token is not known; erase them by address: monitor subscribers erase", file=sys.stderr)
            raise typer.Exit(SOME_FAILED)
        _say({"left": f"s-{number}"}, f"s-{number} has left", as_json=as_json)


@subscribers_app.command("suppress")
def suppress(
    address: Annotated[str, typer.Argument(help="The address; - reads it from a prompt or the standard input.")] = "-",
    reason: Annotated[str, typer.Option(help="Why: complained, asked never to be written to.")] = "asked never to be written to",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Keep an address from ever being written to, on the list or not. Only a keyed hash of it is kept.

    Example: monitor subscribers suppress --reason complained
    """
    with plain_errors():
        number = _office(home).readers.suppress(_address(address), now(), reason)
        gone = f"; s-{number} is forgotten" if number is not None else ""
        _say({"suppressed": True, "erased": f"s-{number}" if number else None}, f"will not be written to{gone}", as_json=as_json)


@subscribers_app.command("resume")
def resume(who: Who = "-", home: Home = None, as_json: AsJson = False) -> None:
    """Write again to somebody who was suspended because mail came back.

    Example: monitor subscribers resume s-17
    """
    with plain_errors():
        office = _office(home)
        number = _number(office, who)
        done = office.readers.resume(number, now())
        _say({"resumed": done}, f"s-{number} {'is written to again' if done else 'is not suspended'}", as_json=as_json)


@app.command()
def send(
    period: Annotated[str, typer.Option("--period", help="Freeze and send a mailing of this name: 2026-W48, 2026-W48-c1.")] = "",
    source: Annotated[Path | None, typer.Option("--from", help="Its text: a folder (subject.txt, text.txt, page.html).")] = None,
    kind: Annotated[str, typer.Option("--kind", help="digest (weekly readers) or escalation (immediate readers).")] = "digest",
    preview: Annotated[Path | None, typer.Option("--preview", help="Write the mail to this folder and send nothing.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Send one test mail, to the operator only.")] = False,
    most: Annotated[int, typer.Option("--most", min=1, help="Send at most so many messages.")] = 1_000_000,
    yes: Yes = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Send what waits in the outbox, each message once. With --period and --from: freeze a mailing first, and send it.

    The same period again changes nothing. After a crash it is found out first what had gone; what nobody can tell is held and
    shown by `monitor outbox`. Exit code 3 when sending ended early, 4 when messages were refused or are held.

    Example: monitor send
    Example: monitor send --period 2026-W48-c1 --from correction --preview look
    """
    with plain_errors():
        office = _office(home)
        if bool(period) != (source is not None) and preview is None:
            raise typer.BadParameter("--period and --from belong together")
        if preview is not None:
            _preview(office, source, preview)
            return
        if source is not None:
            _freeze(office, kind, period, source, yes=yes)
        if test:
            _queue_test(office)
        done = office.post().send(most=most)
        _told(done, as_json=as_json)
    raise typer.Exit(SOME_FAILED if done.stopped else SOME_REFUSED if done.refused or done.held or done.unknown else 0)


def _preview(office: Office, source: Path | None, out: Path) -> None:
    from monitor.post.ready_made import from_folder

    if source is None:
        raise typer.BadParameter("--preview needs --from")
    rendered = from_folder(source)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("mail.eml", office.preview(rendered)),
        ("text.txt", rendered.text.encode()),
        ("page.html", rendered.html.encode()),
    ):
        (out / name).write_bytes(content)
        print(out / name)


def _freeze(office: Office, kind: str, period: str, source: Path, *, yes: bool) -> None:
    from monitor.cli.door import one_of
    from monitor.post.ready_made import from_folder

    rendered = from_folder(source)
    rules = office.policy.kind(one_of(kind, ["digest", "escalation"], "kind"))
    count = office.readers.wanted_by(kind)
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"Send '{rendered.subject}' to {count} readers?")):
        print(f"not sent: it would go to {count} readers; --yes sends it", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG)
    done = office.mailings.freeze(kind, period, lambda _: rendered, rules, now())
    words = "frozen" if done.new else "was frozen before and stays as it was"
    print(f"{kind} {period} {words}: {done.readers} readers, {done.texts} texts", file=sys.stderr)


def _queue_test(office: Office) -> None:
    from monitor.post.letters import notice

    if not office.settings.operator:
        raise typer.BadParameter("set MONITOR_MAIL_OPERATOR: the test mail goes there")
    office.tell_operator(f"test {now():%Y-%m-%dT%H:%M:%S.%f}", notice("a test", ["Mail from this monitor reaches you."], ""))


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

        office = _office(home)
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
