"""The dashboard's front door: pages, sidebar, and what to show before anything has been published.

Run by ``monitor dashboard``. It reads the published snapshot below ``MONITOR_HOME`` and writes nothing.
"""

from __future__ import annotations

import streamlit as st

from dashboard import data
from dashboard.data import plain
from dashboard.words import day
from monitor.storage import SnapshotError
from monitor.storage.snapshot import Snapshot


def main() -> None:
    """Show the page that is asked for, or say how to make the first assessment."""
    st.set_page_config(page_title="Atrocity Monitor", layout="wide", initial_sidebar_state=250)
    pages = [
        st.Page("views/overview.py", title="Overview", default=True),
        st.Page("views/country.py", title="Country", url_path="country"),
        st.Page("views/act.py", title="Act", url_path="act"),
        st.Page("views/track_record.py", title="Track record", url_path="track-record"),
    ]
    page = st.navigation(pages)
    try:
        snapshot = data.current()
    except SnapshotError as error:
        nothing_yet(error)
        return
    sidebar(snapshot)
    page.run()


def nothing_yet(error: SnapshotError) -> None:
    """Say what to do when there is no snapshot, or none that can be read."""
    st.title("Atrocity Monitor")
    if "nothing has been published" in str(error):
        st.subheader("No assessment yet")
        st.markdown(
            "Run `make run`. It assesses every country from the public figures that come with the program, "
            "and asks the sources for newer ones. Then load this page again."
        )
        st.caption("Until then nothing is shown: an empty map would look like a calm world.")
    else:
        st.error(f"The published figures cannot be read: {plain(str(error))}", icon=":material/error:")
        st.markdown(f"What to do: {plain(error.what_to_do)}.")


def sidebar(snapshot: Snapshot) -> None:
    """Say which assessment is shown, so that a screenshot or printout can be placed."""
    m, framework = snapshot.manifest, snapshot.manifest["framework"]
    with st.sidebar:
        st.markdown("**Atrocity Monitor**")
        st.caption(f"As of **{day(m['as_of'])}**  \nPublished {day(m['made_at'])}, {m['made_at'][11:16]} UTC")
        st.caption(
            f"Run {plain(snapshot.run_id)}  \nFramework {plain(framework['version'])}, {plain(framework['hash'][:8])}  \n"
            f"Program {plain(m['version'])}"
        )
        if m["via"]:
            st.caption("The sources were read via a mirror.")


main()
