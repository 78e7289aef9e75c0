"""The command ``monitor``: thin verbs over the pipeline. Every verb has ``--help`` with an example."""

from monitor.cli import entering, explaining, foreseeing, judging, looking, protocol, working
from monitor.cli.door import app

__all__ = ["app", "entering", "explaining", "foreseeing", "judging", "looking", "main", "protocol", "working"]


def main() -> None:
    """Run the command line."""
    app()
