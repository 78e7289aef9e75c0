"""The command ``monitor``: thin verbs over the pipeline. Every verb has ``--help`` with an example."""

from monitor.cli import (
    alerting,
    briefing,
    entering,
    explaining,
    foreseeing,
    judging,
    ledger,
    looking,
    posting,
    prompting,
    protocol,
    readers,
    responding,
    watching,
    working,
)
from monitor.cli.door import app

__all__ = [
    "alerting",
    "app",
    "briefing",
    "entering",
    "explaining",
    "foreseeing",
    "judging",
    "ledger",
    "looking",
    "main",
    "posting",
    "prompting",
    "protocol",
    "readers",
    "responding",
    "watching",
    "working",
]


def main() -> None:
    """Run the command line."""
    app()
