"""Act: a country and who you write to, the text with its sources, a place to edit it, and the notes to read before and after."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import streamlit as st

from dashboard import act_words, data
from dashboard.data import plain
from dashboard.words import day
from monitor.prompts.blocks import Block
from monitor.prompts.desk import Desk
from monitor.prompts.formats import SOURCES_OF_NOTES, formatted, said, to_edit
from monitor.prompts.profile import Form
from monitor.prompts.prompt import Cited, Prompt
from monitor.prompts.wording import TextError
from monitor.settings import ConfigError
from monitor.storage import SnapshotError

COUNTRY_PAGE = "views/country.py"


def main() -> None:
    """Show the text that the address asks for (``?iso3=CMR&kind=own-mp-letter``), top to bottom."""
    st.title("Act", anchor=False)
    st.markdown("Choose a country and what you want to send. Every text is a draft built on the published figures: edit it.")
    try:
        desk = data.desk(data.current())
        iso3 = country(desk)
        kind = what(desk, iso3)
        prompt = desk.prompt(iso3, kind)
    except (ConfigError, SnapshotError, TextError) as error:
        st.error(f"No text can be made: {plain(str(error))}", icon=":material/error:")
        if advice := getattr(error, "what_to_do", ""):
            st.markdown(f"What to do: {plain(advice)}.")
        return
    form = desk.profile.kind(kind).form
    heading(prompt)
    before(prompt)
    edit(prompt, form)
    after(prompt)


def country(desk: Desk) -> str:
    """Return the country of the address, or the one chosen here, and keep the address in step."""
    names = dict(sorted(desk.countries().items(), key=lambda pair: pair[1]))
    return _chosen("Country", names, "iso3", next(iter(desk.countries())))


def what(desk: Desk, iso3: str) -> str:
    """Return the kind of text of the address, or the one chosen here."""
    titles = act_words.choices(desk.profile, at_home=iso3 == desk.profile.state)
    return _chosen("What to send", titles, "kind", desk.profile.default)


def _chosen(label: str, titles: dict[str, str], name: str, default: str) -> str:
    asked = st.query_params.get(name, "")
    known = asked if asked in titles else default
    options = list(titles)
    chosen = str(st.selectbox(label, options, index=options.index(known), format_func=lambda c: titles[c], width=460))
    if chosen != asked:
        st.query_params[name] = chosen
    return chosen


def heading(prompt: Prompt) -> None:
    """Say what it is and who gets it, with the notice that a person has to edit it."""
    st.header(plain(f"{prompt.title}: {prompt.name}"), anchor=False)
    notice = next(b for b in prompt.part("before") if b.shape == "notice")
    st.warning(plain(said(notice.text)), icon=":material/edit_note:")
    st.page_link(
        COUNTRY_PAGE, label=plain(f"The figures: {prompt.name}"), query_params={"iso3": prompt.iso3}, icon=":material/public:"
    )


def before(prompt: Prompt) -> None:
    """Show what to read before sending: who gets it and by which rules, the risk of harm, what to check."""
    show([b for b in prompt.part("before") if b.shape not in ("title", "notice")])


def edit(prompt: Prompt, form: Form) -> None:
    """Show the text in a field to edit it, how long it is, what is still blank, and downloads of what stands there."""
    st.subheader("The text", anchor=False)
    made = to_edit(prompt)
    key = f"text-{prompt.run_id}-{prompt.iso3}-{prompt.kind}"
    edited = str(st.text_area("Edit it here", made, height="content", key=key))
    st.caption(plain(act_words.length_said(edited, form)))
    if blanks := act_words.blanks_left(edited):
        st.markdown(f"**Still to fill in:** {plain('; '.join(blanks))}.")
    name = f"{prompt.iso3}-{prompt.kind}-{prompt.as_of}"
    with st.container(horizontal=True):
        st.download_button(
            "Download what stands above", edited, f"{name}.txt", "text/plain", on_click="ignore", icon=":material/download:"
        )
        for form_name, title, mime in (
            ("md", "Draft with notes, Markdown", "text/markdown"),
            ("html", "Draft with notes, HTML", "text/html"),
        ):
            whole = formatted(prompt, form_name)
            st.download_button(title, whole, f"{name}.{form_name}", mime, on_click="ignore", icon=":material/download:")
    st.caption(f"Nothing that you type here is kept or sent anywhere. Figures as of {day(prompt.as_of)}.")


def after(prompt: Prompt) -> None:
    """Show why the text asks what it asks, what else fits, and the sources of these notes."""
    show(prompt.part("after"))
    sources(prompt.sources[prompt.sent :])


def show(blocks: Sequence[Block]) -> None:
    """Show notes: headings, lists and paragraphs, letter by letter."""
    for shape, group in groupby(blocks, key=lambda b: b.shape):
        mine = list(group)
        if shape == "heading":
            for block in mine:
                st.subheader(plain(said(block.text)), anchor=False)
        elif shape == "item":
            st.markdown("\n".join(f"- {plain(said(b.text))}" for b in mine))
        else:
            for block in mine:
                st.markdown(plain(said(block.text)))


def sources(cited: Sequence[Cited]) -> None:
    """List sources with their numbers."""
    if cited:
        st.subheader(SOURCES_OF_NOTES, anchor=False)
        lines: list[Any] = [f"- {plain(f'[{x.number}] {x.words}')}" for x in cited]
        st.markdown("\n".join(lines))


main()
