"""The weekly digest: what it says of a week, what it leaves out for whom, and that what could not be seen is never left out."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import date
from typing import Any

import numpy as np
import pytest

from monitor.alerts import digest
from monitor.alerts.digest import Digest, Filter
from monitor.alerts.preview import message
from monitor.alerts.render import LONGEST_SUBJECT, WIDTH, digest_for, urgent_for, view_of
from monitor.alerts.rendered import Rendered
from tests.alert_world import alert, levers, manifest, said, signal, source, week

CALM = said(level="baseline")


def content(*rows: dict[str, Any], about: dict[str, Any] | None = None, method: str = "", **more: Any) -> Digest:
    return digest.content(week(*(rows or (CALM,)), **more), about or manifest(), levers(), method=method)


def rendered(*rows: dict[str, Any], wanted: Filter = digest.EVERYTHING, **more: Any) -> Rendered:
    return digest_for(content(*rows, **more), wanted)


def text(*rows: dict[str, Any], **more: Any) -> str:
    """Return the text part with each paragraph on one line."""
    return re.sub(r"\s+", " ", rendered(*rows, **more).text)


def between(whole: str, first: str, last: str) -> str:
    return whole.split(first)[1].split(last, maxsplit=1)[0]


# ------------------------------------------------------------------------------------------------------------- what it says


def test_a_quiet_week_says_that_nothing_moved_and_still_what_could_not_be_seen() -> None:
    found = rendered(CALM, sources=[source("a"), source("b", "stale")])
    assert found.subject == "Weekly digest 2026-W48: 1 source not seen"
    assert "1. This week nothing rose and nothing eased, as far as could be seen." in found.text
    assert "1. This week nothing rose and nothing eased." in rendered(CALM, sources=[source("a")]).text  # every source was seen
    assert "3. What we could not see: 1 of 2 sources could not be seen as they should" in found.text
    assert "- Made-up source b: older than it should be; newest figures to 30 September" in found.text


def test_with_everything_seen_it_says_so() -> None:
    found = rendered(CALM)
    assert found.subject == "Weekly digest 2026-W48: nothing moved"
    assert "Every source was seen and is as fresh as it should be." in found.text


def test_what_rose_stands_with_its_reason_and_why() -> None:
    causes = [
        {"iso3": "AAA", "against": "run", "since": "2026-11-16", "way": "rose", "track": "conflict", "order": n, "kind": kind,
         "name": name, "level": level, "mark": mark, "before": before, "now": now}
        for n, (kind, name, level, mark, before, now) in enumerate(
            [("signal", "surge", "", 3.0, np.nan, 3.33), ("threshold", "", "elevated", 60.0, 55.5, 61.1)], 1)
    ]  # fmt: skip
    found = text(
        said(level="elevated"),
        alerts=[alert(reason="escalated")],
        causes=digest.pd.DataFrame(causes),
        signals=[signal("AAA", "surge")],
    )
    rose = between(found, "WHAT ROSE, AND WHY", "WHAT EASED")
    assert "◆ AAA: elevated; index 44, 0 in a year; rank 1 (1 to 9)" in rose
    assert "- Level (escalated): newly elevated; a year before: watch" in rose
    assert "- Why: a sign of change that did not hold before: Made-up surge (3.33 times, mark 3)." in rose
    assert "the index of the conflict-related track reached 60.0, where elevated begins (55.5 then, 61.1 now)" in rose


def test_a_cause_that_an_alert_says_already_is_not_said_twice() -> None:
    cause = {"iso3": "AAA", "against": "year", "since": "", "way": "rose", "track": "conflict", "order": 1, "kind": "signal"}
    cause |= {"name": "surge", "level": "", "mark": 3.0, "before": np.nan, "now": 3.33}
    trigger = alert(kind="trigger", words="Made-up surge: 3.33 times (mark 3)")
    more: dict[str, Any] = {"causes": digest.pd.DataFrame([cause]), "signals": [signal("AAA", "surge")]}
    assert text(said(), alerts=[trigger], **more).count("Made-up surge") == 1
    assert text(said(), alerts=[alert()], **more).count("Made-up surge") == 1


def test_what_eased_and_what_is_still_so_have_their_own_places() -> None:
    rows = [alert(reason="eased", words="watch; a year before: high"), alert("BBB", reason="repeated", words="high as before")]
    found = text(said(), said("BBB", "high"), alerts=rows)
    assert "Level (eased): watch; a year before: high" in between(found, "WHAT EASED", "STILL SO")
    assert "▲ BBB: high as before" in between(found, "STILL SO", "WATCH LIST")
    assert "Nothing is new since 16 November 2026." in found


def test_alerts_older_than_a_week_are_no_news_and_a_late_digest_goes_further_back() -> None:
    old = alert(as_of="2026-11-16")
    assert "nothing rose" in rendered(said(), alerts=[old]).text
    later = digest.content(week(said(), alerts=[old]), manifest(), levers(), since="2026-11-09")
    assert "1 rose (AAA)" in digest_for(later).text


def test_a_first_look_calls_nothing_new() -> None:
    about = manifest()
    about["alerts"] = {**about["alerts"], "first_look": True, "held_back": {"first look": 93}}
    found = text(CALM, about=about)
    assert "First digest under this framework: there is no earlier one to set it against." in found
    assert "so nothing is called new" in found
    assert "Alerts held back in the last run: 93 (first look: 93)." in found


def test_a_held_level_is_marked_wherever_it_stands_in_the_text() -> None:
    found = text(said("AAA", "watch", held=True, level_before="baseline", level_seen="watch"))
    assert "AAA: watch, held, baseline a year before" in found


def test_a_record_younger_than_a_week_says_since_when_it_looks() -> None:
    found = text(CALM, about=manifest(record_began="2026-11-21"))
    assert "Since 21 November 2026, when this record began, nothing rose and nothing eased" in found
    assert "Nothing is new since 21 November 2026, when this record began." in found
    old = text(CALM, about=manifest(record_began="2026-11-01"))
    assert "This week nothing rose and nothing eased" in old
    assert "when this record began" not in old


def test_killing_on_old_figures_was_and_on_fresh_ones_is_under_way() -> None:
    now = said(status="under way")
    was = said(status="under way", status_fresh=False)
    assert "killing of civilians is under way in AAA." in text(now)
    assert "killing of civilians was, at the newest figures, under way in AAA." in text(was)
    assert "killing was under way at 31 October 2026" in text(was)
    assert "no killing of civilians on a large scale is on record as under way" in text(CALM)


def test_too_little_data_is_no_low_level_and_has_no_rank_and_no_index() -> None:
    row = said("AAA", "insufficient data", headline="", index=np.nan, change=np.nan, rank=np.nan)
    found = text(row)
    assert "▨ AAA: insufficient data; no index; no rank" in found
    assert "Too little data for a level, which is no low level (1): AAA." in found
    assert "1 country has too little data" in found


def test_what_is_held_is_named() -> None:
    assert "Held at their last level, on what can no longer be seen (1): AAA." in text(said(held=True))


def test_what_is_newly_unseen_is_marked() -> None:
    rows = [alert("", kind="silence", subject="b", name=""), alert("AAA", kind="silence", subject="")]
    found = text(said(held=True), said("BBB", held=True), alerts=rows, sources=[source("b", "failed"), source("c", "failed")])
    assert "(2): AAA (new this week), BBB." in found
    assert found.count("new this week") == 2
    assert "shown as it was; newest figures to 30 September 2026; new this week - Made-up source c" in found
    assert "nothing rose" in found  # that something cannot be seen is no rise


def test_when_very_many_rise_at_once_the_first_are_shown_and_the_others_named() -> None:
    names = [chr(65 + n) * 3 for n in range(20)]
    found = rendered(*(said(c, "high") for c in names), alerts=[alert(c, words="word " * 50) for c in names])
    assert "20 rose" in found.subject
    assert "Rose as well: MMM, NNN, OOO, PPP, QQQ, RRR, SSS, TTT." in found.text
    assert "Rose as well: MMM, NNN" in found.html
    assert len(found.html.encode()) < 100_000


def test_bundled_figures_are_called_so() -> None:
    about = manifest(starter={"used": True, "built": "2026-11-01"})
    assert "bundled with the program, built on 1 November 2026" in text(CALM, about=about)


def test_what_is_not_kept_or_not_collected_is_said_plainly() -> None:
    found = text(CALM)
    assert "No calendar of elections, trials and anniversaries is kept yet" in found
    assert "Not collected yet: questions, statements, sanctions, licences and travel advice" in found
    assert "No odds are given: no calibrated forecast is published." in found


def test_the_harm_stands_before_the_ask_with_an_office_and_a_deadline() -> None:
    asks = between(text(said(level="high")), "WHAT TO ASK FOR", "Edit each ask")
    order = re.search(
        r"AAA, high: .+ Held by: .+, within the protocol's deadline of .+ Risk of harm: .+ A possible ask: .+", asks
    )
    assert order
    assert "(not yet checked)" in asks


def test_no_two_countries_are_given_the_same_action_where_there_are_others() -> None:
    view = view_of(content(*(said(c, "high") for c in ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF"))), digest.EVERYTHING)
    assert len(view.top) == 5
    assert len({ask.name for _, ask in view.top}) == 5


def test_what_studies_find_to_harm_is_asked_for_last() -> None:
    harms = {lever.name for lever in levers().levers if lever.studies is not None and lever.studies.warn}
    (one,) = content(said(level="high")).countries
    names = [ask.name for ask in one.asks]
    assert set(names) & harms
    assert not set(names[: len(names) - len(set(names) & harms)]) & harms


def test_the_week_is_the_iso_week() -> None:
    days = (date(2026, 1, 1), date(2027, 1, 3), date(2027, 1, 4), date(2024, 12, 30))
    assert [digest.week_of(d) for d in days] == ["2026-W01", "2026-W53", "2027-W01", "2025-W01"]


# --------------------------------------------------------------------------------------------------------- for which reader


FILTERS = [
    ("everything", Filter(frozenset(), "baseline"), ["AAA", "BBB", "CCC", "DDD", "EEE"]),
    ("from a level on, never without too little data or killing", Filter(frozenset(), "high"), ["BBB", "CCC", "DDD"]),
    ("one country, whatever its level", Filter(frozenset({"AAA"}), "baseline"), ["AAA"]),
    ("one country below the level", Filter(frozenset({"AAA"}), "elevated"), []),
    ("one country with too little data", Filter(frozenset({"CCC"}), "high"), ["CCC"]),
]


@pytest.mark.parametrize(("sentence", "wanted", "expected"), FILTERS, ids=[row[0] for row in FILTERS])
def test_a_filter(sentence: str, wanted: Filter, expected: list[str]) -> None:
    rows = [said("AAA", "watch"), said("BBB", "high"), said("CCC", "insufficient data", headline="", rank=np.nan, index=np.nan)]
    rows += [said("DDD", "baseline", status="under way"), said("EEE", "elevated")]
    assert [c.iso3 for c in view_of(content(*rows), wanted).chosen] == expected, sentence


def test_what_eased_below_the_level_wanted_is_told_to_whoever_was_told_that_it_rose() -> None:
    eased = alert(reason="eased", grade=1, was=3)
    wanted = Filter(frozenset(), "high")
    assert [c.iso3 for c in view_of(content(said(level="watch"), alerts=[eased]), wanted).chosen] == ["AAA"]


def test_what_could_not_be_seen_is_told_to_every_reader() -> None:
    found = rendered(said(), wanted=Filter(frozenset({"ZZZ"}), "high"), sources=[source("b", "failed")])
    assert "Made-up source b: the last attempt brought nothing; shown as it was" in re.sub(r"\s+", " ", found.text)
    assert "Made-up source b" in found.html


def test_what_may_not_wait_is_told_at_once_only_when_a_person_has_approved_it() -> None:
    loud = alert(reason="escalated", immediate=True, level="high")
    assert urgent_for(content(said(level="high"), alerts=[loud])) is None
    assert "it waits for a person's approval" in text(said(level="high"), alerts=[loud])
    found = urgent_for(content(said(level="high"), alerts=[{**loud, "approved": True}]))
    assert found is not None
    assert found.subject == "Alert of 23 November 2026: 1 country"
    assert "AAA: high" in found.text
    assert found.text.index("Risk of harm") < found.text.index("A possible ask")
    assert "AAA" in found.html
    assert (
        urgent_for(content(said(level="high"), alerts=[{**loud, "approved": True}]), Filter(frozenset({"BBB"}), "watch")) is None
    )


def test_without_the_rule_of_approval_it_does_not_wait() -> None:
    about = manifest()
    about["alerts"] = {**about["alerts"], "approval": False}
    assert urgent_for(content(said(level="high"), about=about, alerts=[alert(immediate=True)])) is not None


# ------------------------------------------------------------------------------------------------------------- as a mail


def test_the_subject_is_short_and_names_no_country() -> None:
    names = [chr(65 + n) * 3 for n in range(26)]
    rows = [said(c, "high", short="A country with a very long name indeed") for c in names]
    found = rendered(*rows, alerts=[alert(c) for c in names], sources=[source(c, "failed") for c in names])
    assert found.subject == "Weekly digest 2026-W48: 26 rose, 26 sources not seen"
    assert len(found.subject) <= LONGEST_SUBJECT


def test_the_text_part_says_what_the_html_part_says() -> None:
    rows = [
        said("AAA", "high", held=True),
        said("BBB", "watch", status="under way"),
        said("CCC", "insufficient data", headline=""),
    ]
    made = content(*rows, alerts=[alert(), alert("BBB", reason="eased")], sources=[source("b", "missing", newest_period="")])
    found = digest_for(made)
    heads = re.findall(r"<h2[^>]*>([^<]+)</h2>", found.html)
    assert len(heads) >= 8
    for head in heads:
        assert head.upper() in found.text
    for name in ("AAA", "BBB", "CCC", "Made-up source b"):
        assert name in found.text
        assert name in found.html


def test_no_line_of_the_text_part_is_long_and_none_is_of_spaces() -> None:
    lines = rendered(said("AAA", "high"), alerts=[alert(words="word " * 60)], sources=[source("b", "failed")]).text.split("\n")
    assert max(map(len, lines)) <= WIDTH
    assert not [line for line in lines if line != line.rstrip()]


def test_nothing_remote_is_in_the_html_and_it_knows_light_and_dark() -> None:
    found = rendered(said("AAA", "high"), alerts=[alert()], method="https://example.org/method")
    assert re.findall(r"https?://[^\s\"'<]+", found.html) == ["https://example.org/method"]
    assert not re.search(r"<(img|link|script|iframe|object|form|input|video|audio)\b|url\(|@import|@font-face", found.html)
    assert '<meta name="color-scheme" content="light dark">' in found.html
    assert "@media (prefers-color-scheme: dark)" in found.html
    assert found.html.startswith("<!DOCTYPE html>") or found.html.startswith("<!doctype html>")
    assert found.images == {}


def test_the_method_is_linked_where_there_is_a_public_page_of_it() -> None:
    assert "Method: https://example.org/method" in rendered(CALM, method="https://example.org/method").text
    assert "Method:" not in rendered(CALM).text
    assert "javascript" not in rendered(CALM, method="javascript:alert(1)").html


def test_it_never_says_that_genocide_takes_place_nor_that_risk_is_imminent() -> None:
    found = rendered(said("AAA", "high", status="under way"), alerts=[alert()])
    for part in (found.text, found.html):
        flat = re.sub(r"\s+", " ", part)
        rest = flat.replace("it never says that genocide is or is not taking place", "").replace("risk of genocide", "")
        rest = rest.replace("’", "'")
        assert "genocide is" not in rest
        assert "imminent" not in rest


def test_the_same_content_gives_the_same_bytes_in_whatever_order_its_filter_was_made() -> None:
    made = content(said("AAA", "high"), said("BBB"), alerts=[alert(), alert("BBB")])
    one, two = (digest_for(made, Filter(frozenset(c), "watch")) for c in (("AAA", "BBB"), ("BBB", "AAA")))
    assert one == two
    assert message(one) == message(two)


def test_the_preview_is_a_message_of_two_parts_addressed_to_nobody() -> None:
    found = rendered(said("AAA", "high", short="São Tomé"), alerts=[alert()])
    mail = email.message_from_bytes(message(found), policy=email.policy.default)
    assert set(mail.keys()) == {"Subject", "From", "To", "MIME-Version", "Content-Type"}
    assert mail["Subject"] == found.subject
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, page = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert plain == found.text
    assert page.strip() == found.html.strip()
