"""The letters that the post itself writes: the question to a new reader, and words to the operator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from monitor.alerts.rendered import Rendered
from monitor.post.envelope import Sender
from monitor.post.readers import Choice

WHEN = {
    "weekly": "once a week",
    "immediate": "only when a country reaches one of the top levels",
    "both": "once a week, and at once when a country reaches one of the top levels",
}


def question(token: str, choice: Choice, sender: Sender, until: date) -> Rendered:
    """Return the letter that asks a new reader to confirm: the only one that goes to who has not."""
    ways = [f"open {sender.leave_url.rstrip('/')}/confirm/{token} and press the button"] if sender.leave_url else []
    ways += [f"write to {sender.leave_mail} with the subject  confirm-{token}"] if sender.leave_mail else []
    chosen = ", ".join(sorted(choice.countries)) or "all countries"
    lines = [
        "Somebody, we hope you, asked for our mail at this address.",
        "",
        f"To get it, {', or '.join(ways)}, by {day_in_words(until, choice.dates)}.",
        "",
        f"What you would get: {WHEN[choice.frequency]}, about {chosen}, from the level '{choice.minimum_level}' on.",
        "",
        "If it was not you, do nothing: nothing more will come, and this address will be forgotten on that day.",
        "We keep the address and these choices, sealed, and nothing else about you. Nobody is told that you read this.",
        "Every mail says how to leave.",
    ]
    return Rendered("Please confirm your subscription", "\n".join(lines) + "\n", "", {})


def day_in_words(day: date, dates: str) -> str:
    """Return a day as a reader wants days written."""
    return f"{day}" if dates == "iso" else f"{day.day} {day:%B %Y}"


def notice(subject: str, lines: Sequence[str]) -> Rendered:
    """Return words to the operator: what is the matter, and what helps. Holds no address of a reader."""
    return Rendered(f"Monitor: {subject}", "\n".join([*lines, "`monitor health` shows everything.", ""]), "", {})
