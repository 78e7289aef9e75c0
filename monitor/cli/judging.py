"""Verbs that judge: what the figures say of a country, on any date."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.door import AsJson, AsOf, Home, app, assembled, today


@app.command()
def assess(
    as_of: AsOf = None,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Show what the ranking owes to each choice instead.")
    ] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Assess every country as of a date without recording it. A past date uses today's vintages with assumed release lags.

    With --sensitivity: the assessment again with one thing changed at a time (another mean, another normalisation, each factor
    and each source left out), and how far the ranking moves.

    Example: monitor assess --as-of 2016-06-30
    Example: monitor assess --sensitivity
    """
    with assembled(home, None, quiet=as_json) as monitor:
        from monitor.terminal.figures import show_assessment
        from monitor.terminal.sensitivity import show_sensitivity

        monitor.load_starter()
        day = as_of.date() if as_of else today()
        show = show_sensitivity if sensitivity else show_assessment
        show(monitor, day, assumed=day < today(), as_json=as_json)
