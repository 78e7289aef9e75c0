"""Verbs about the readers: added, confirmed by themselves, gone. None of them shows an address unless it is asked to."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.door import SOME_FAILED, SOME_REFUSED, AsJson, Home, app, find_country, now, plain_errors, settings_at
from monitor.cli.posting import office_at

if TYPE_CHECKING:
    from monitor.post.lists import Known
    from monitor.post.office import Office

subscribers_app = typer.Typer(no_args_is_help=True, help="The readers of the digest: added, confirmed by themselves, gone.")
app.add_typer(subscribers_app, name="subscribers")

Who = Annotated[str, typer.Argument(help="s-17, or an address; - reads it from a prompt or the standard input.")]
Countries = Annotated[list[str] | None, typer.Option("--country", help="Only about these (ISO3 or a name); default: all.")]


def _known(home: Path | None) -> Known:
    from indicators.countries import Countries as Crosswalk
    from monitor.post.lists import Known
    from monitor.settings import read_framework

    settings = settings_at(home)
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
        office = office_at(home)
        codes = " ".join(find_country(settings_at(home), c) for c in country or [])
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
        number = office_at(home).readers.confirm(token.removeprefix("confirm-"), now())
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

        office = office_at(home)
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

        office = office_at(home)
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
        office = office_at(home)
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
        office = office_at(home)
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
        number = office_at(home).readers.leave(token.removeprefix("leave-"), now())
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
        number = office_at(home).readers.suppress(_address(address), now(), reason)
        gone = f"; s-{number} is forgotten" if number is not None else ""
        _say({"suppressed": True, "erased": f"s-{number}" if number else None}, f"will not be written to{gone}", as_json=as_json)


@subscribers_app.command("resume")
def resume(who: Who = "-", home: Home = None, as_json: AsJson = False) -> None:
    """Write again to somebody who was suspended because mail came back.

    Example: monitor subscribers resume s-17
    """
    with plain_errors():
        office = office_at(home)
        number = _number(office, who)
        done = office.readers.resume(number, now())
        _say({"resumed": done}, f"s-{number} {'is written to again' if done else 'is not suspended'}", as_json=as_json)


@subscribers_app.command("returns")
def returns(
    folder: Annotated[Path, typer.Argument(help="A Maildir, or a folder of .eml files.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Read mail that came to us: addresses that are gone suspend their reader; who wrote to confirm or to leave does.

    What was understood is moved to the folder's own `done`; the rest stays for you to read.

    Example: monitor subscribers returns ~/Maildir
    """
    with plain_errors():
        from monitor.post.returns import Desk, read_returns

        office = office_at(home)
        most_soft = office.policy.suspend_after_soft
        came = list(read_returns(folder, Desk(office.readers, office.doubts, now(), most_soft)))
        done = [each for each in came if each.said]
        if as_json:
            print(json.dumps({"done": [each.said for each in done], "left": len(came) - len(done)}))
        else:
            print(*(each.said for each in done), f"{len(done)} of {len(came)} messages understood", sep="\n")
