"""Verbs that judge: what the figures say of a country, on any date."""

from __future__ import annotations

from monitor.cli.door import AsJson, AsOf, Home, app, assembled, today


@app.command()
def assess(as_of: AsOf = None, home: Home = None, as_json: AsJson = False) -> None:
    """Assess every country as of a date without recording it. A past date uses today's vintages with assumed release lags.

    Example: monitor assess --as-of 2016-06-30
    """
    with assembled(home, None, quiet=as_json) as monitor:
        from monitor.terminal.figures import show_assessment

        monitor.load_starter()
        day = as_of.date() if as_of else today()
        show_assessment(monitor, day, assumed=day < today(), as_json=as_json)
