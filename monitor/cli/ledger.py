"""Verbs of the public ledger: prove that nothing was changed, list what was said, score what has come true."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.storage.ledger import Entry

from monitor.cli.door import BAD_CONFIG, BAD_STORE, AsJson, Home, app, assembled, one_of, today

ledger_app = typer.Typer(no_args_is_help=True, help="What was published, sealed entry by entry: nobody can change it unseen.")
app.add_typer(ledger_app, name="ledger")

Root = Annotated[str, typer.Option("--root", help="A root that somebody noted down: it has to be in the ledger.")]
Copy = Annotated[Path | None, typer.Option("--copy", help="Check this copy (the output of `ledger list --json`), not the home.")]


@ledger_app.command()
def verify(root: Root = "", copy: Copy = None, home: Home = None, as_json: AsJson = False) -> None:
    """Prove that the ledger is what was recorded: the chain, the published runs that name its root, and a root noted down.

    Prints the root: note it down, or send it to somebody else, and nobody can change what was said up to now without its being
    seen. Exit code 5, and the first broken entry by name, where it is not whole.

    Example: monitor ledger verify --root 0123abcd...
    """
    from monitor.public_ledger import prove, prove_home
    from monitor.terminal.ledger import show_proof

    if copy is not None:
        proof = prove(_read(copy), root)
    else:
        with assembled(home, None, quiet=True) as monitor:
            proof = prove_home(monitor.settings.home, monitor.store, root)
    print(json.dumps(vars(proof), ensure_ascii=False)) if as_json else show_proof(proof)
    raise typer.Exit(BAD_STORE if proof.problems else 0)


@ledger_app.command("list")
def list_entries(
    kind: Annotated[str, typer.Option("--kind", help="Only assessment, forecast or lost.")] = "",
    last: Annotated[int, typer.Option("--last", min=1, help="So many, the newest last.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List what was entered. With --json the whole ledger, every entry with its body: a copy that anyone can check.

    Example: monitor ledger list --json > ledger.json
    """
    from monitor.storage.ledger import ASSESSMENT, FORECAST, LOST
    from monitor.terminal.ledger import show_entries

    if kind:
        one_of(kind, [ASSESSMENT, FORECAST, LOST], "kind")
    with assembled(home, None, quiet=True) as monitor:
        entries = monitor.store.ledger()
    if as_json:
        whole = {"root": entries[-1].sha256 if entries else "", "entries": [e.as_mapping() for e in entries]}
        print(json.dumps(whole, ensure_ascii=False))
        return
    show_entries([e for e in entries if kind in ("", e.kind)][-last:], entries)


@ledger_app.command()
def score(home: Home = None, as_json: AsJson = False) -> None:
    """Set what was forecast and assessed against what happened since, by the figures known now. What is open is said to be.

    Example: monitor ledger score
    """
    with assembled(home, None, quiet=as_json) as monitor:
        from monitor.resolving import resolved
        from monitor.terminal.ledger import show_scores

        monitor.load_starter()
        found = resolved(monitor, today())
    show_scores(found, as_json=as_json)


def _read(path: Path) -> list[Entry]:
    """Return the entries of a copy; a file that is none ends the program with one line."""
    from monitor.storage.ledger import FIELDS, Entry

    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        rows = content["entries"]
        return [Entry(**{name: row[name] for name in FIELDS}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{path}: not a copy of a ledger ({type(error).__name__}: {error})", file=sys.stderr)
        raise typer.Exit(BAD_CONFIG) from error
