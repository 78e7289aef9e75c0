"""The house style of briefs: who gives them out, what stands at their foot, whether they are approved (``briefs.yaml``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field, field_validator

from indicators.contract import Frozen

PRODUCT = "Atrocity Monitor"
LINE = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$"  # one line, without control and direction characters


class House(Frozen):
    """House style. ``organisation`` and ``footer``: one line each, may be empty; ``approved``: a person has released the briefs,
    until then each is marked as a draft. ``people``: series told under who is at risk."""

    organisation: str = Field(default="", max_length=80, pattern=LINE)
    footer: str = Field(default="", max_length=200, pattern=LINE)
    approved: bool = False
    people: tuple[str, ...] = ()

    @field_validator("organisation", "footer")
    @classmethod
    def _stripped(cls, text: str) -> str:
        return text.strip()

    @property
    def issuer(self) -> str:
        """Who gives the brief out."""
        return f"{self.organisation}, with {PRODUCT}" if self.organisation else PRODUCT


def mistakes(house: House, series: Sequence[str]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield what is wrong beyond the shape of the file: where, what, and the valid names."""
    for name in house.people:
        if name not in series:
            yield "people", f"unknown series {name!r}", series
    for name in sorted({n for n in house.people if house.people.count(n) > 1}):
        yield "people", f"series {name!r} is listed twice", ()
