"""Texts from the published snapshot: what the command line and the dashboard ask for. Reads the snapshot, and writes files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from monitor.briefs.levers import LeverBook
from monitor.prompts.formats import FORMATS, formatted
from monitor.prompts.material import NEEDED, WANTED, Material, material
from monitor.prompts.profile import Parliament
from monitor.prompts.prompt import Prompt
from monitor.prompts.wording import write
from monitor.storage import SnapshotError
from monitor.storage.snapshot import PUBLISH_AGAIN, Snapshot

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")  # of a file: nothing that could lead out of its folder


class Desk:
    """The texts of one published run. ``config``: the folder of the config files, for an installation's own templates."""

    def __init__(self, snapshot: Snapshot, levers: LeverBook, profile: Parliament, config: Path) -> None:
        self.snapshot, self.levers, self.profile, self.config = snapshot, levers, profile, config
        self._made: dict[str, Material] = {}

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        there = [*NEEDED, *(t for t in WANTED if t in self.snapshot.manifest["tables"])]
        return {t: self.snapshot.table(t) for t in there}

    def countries(self) -> dict[str, str]:
        """Return the names of the countries that were assessed, by code."""
        said = self._tables["assessments"]
        return dict(zip(said["iso3"], said["name"], strict=True))

    def prompt(self, iso3: str, kind: str) -> Prompt:
        """Return one text about a country of :meth:`countries`.

        Raises :class:`SnapshotError` where the run is of a program that published less than a text needs, and
        :class:`monitor.prompts.wording.TextError` where the template is at fault.
        """
        made = self._made.get(iso3)
        if made is None:
            observed = self.snapshot.table("observations", ["series", "iso3", "end", "value"], [("iso3", "==", iso3)])
            manifest: dict[str, Any] = dict(self.snapshot.manifest)
            try:
                made = material(iso3, self._tables, manifest, self.levers, self.profile, observed=observed)
            except KeyError as error:
                problem = f"the published run {self.snapshot.run_id} lacks what a text needs ({error})"
                raise SnapshotError(problem, what_to_do=PUBLISH_AGAIN) from error
            self._made = {iso3: made}  # one country: the memory stays flat
        return write(made, self.profile.kind(kind), self.config)


def files(prompts: Sequence[Prompt], out: Path, forms: Sequence[str] = FORMATS[:1]) -> Iterator[Path]:
    """Write each text in each format as ``ISO3-kind-DATE.format`` and yield the files; a reader never meets half of one."""
    out.mkdir(parents=True, exist_ok=True)
    for prompt in prompts:
        for form in forms:
            name = f"{prompt.iso3}-{prompt.kind}-{prompt.as_of}"
            if not NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be a file's name")
            path = out / f"{name}.{form}"
            fresh = out / f".{path.name}.part"
            fresh.write_text(formatted(prompt, form), encoding="utf-8", newline="\n")
            yield fresh.replace(path)
