"""How the Word file looks: the styles that an editor finds in the list of styles, and changes there once for the whole file."""

from __future__ import annotations

from typing import Any

from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

FONT = "Arial"  # on every machine; a script that it lacks is shown in a font of the reader's machine
BLUE, RED, SOFT = RGBColor(0x1A, 0x3F, 0x7A), RGBColor(0x8F, 0x15, 0x37), RGBColor(0x4A, 0x4A, 0x54)
SCRIPTS = ("w:ascii", "w:hAnsi", "w:cs")


def dress(file: Docx, language: str, *, small: bool) -> None:
    """Give a new file its language and styles. ``small``: for the two-page brief."""
    body = 8.3 if small else 9.5
    styles: Any = file.styles
    _language(styles, language)
    _without_tables(styles)
    _paragraph(styles["Normal"], body)
    _paragraph(styles["Body Text"], body, after=1)
    _paragraph(styles["List Bullet"], body, after=1)
    _paragraph(styles["Title"], 18, bold=True, colour=BLUE, after=2)
    _paragraph(styles["Heading 1"], body + 2, bold=True, colour=BLUE, before=5, after=1)
    _paragraph(styles["Heading 2"], body + 0.5, bold=True, colour=BLUE, before=4, after=1)
    _paragraph(styles["Caption"], body - 1.5, colour=SOFT)
    _border_off(styles["Title"])
    for name, size, more in (
        ("Headline", body + 2, {"bold": True, "after": 3}),
        ("Badges", body + 0.5, {"bold": True, "colour": RED, "after": 2}),
        ("Note", body - 1, {"colour": SOFT}),
        ("Caution", body, {"colour": RED, "after": 1}),
        ("Draft", body, {"bold": True, "colour": RED}),
        ("Pictures", body, {"before": 2, "after": 2}),
        ("Table Head", body - 0.5, {"bold": True, "colour": SOFT}),
        ("Table Text", body - 0.5, {}),
        ("Source", body - 1, {"after": 1}),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.quick_style = styles["Normal"], True
        _paragraph(style, size, **more)
    bullet = styles["List Bullet"].paragraph_format
    bullet.left_indent, bullet.first_line_indent = Mm(4), Mm(-4)
    source = styles["Source"].paragraph_format
    source.left_indent, source.first_line_indent = Mm(8), Mm(-8)
    source.tab_stops.add_tab_stop(Mm(8))
    styles["Note"].paragraph_format.tab_stops.add_tab_stop(Mm(180), alignment=2)
    _characters(styles, body)
    _table(styles)


def _paragraph(
    style: Any, size: float, *, bold: bool = False, colour: RGBColor | None = None, before: float = 0, after: float = 0
) -> None:
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = colour
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in [*fonts.attrib]:
        del fonts.attrib[name]
    for script in SCRIPTS:
        fonts.set(qn(script), FONT)
    layout = style.paragraph_format
    layout.space_before, layout.space_after, layout.line_spacing = Pt(before), Pt(after), 1.05


def _characters(styles: Any, body: float) -> None:
    for name, colour in (("Hyperlink", BLUE), ("Reference", BLUE), ("Small", SOFT)):
        style = styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.font.color.rgb = colour
    styles["Reference"].font.superscript = True
    styles["Small"].font.size = Pt(body - 1)


def _table(styles: Any) -> None:
    """Add a table style with a rule below each row."""
    style = styles.add_style("Brief Table", WD_STYLE_TYPE.TABLE)
    style.base_style = styles["Normal Table"]
    kept = OxmlElement("w:tblPr")
    borders = OxmlElement("w:tblBorders")
    for side in ("w:bottom", "w:insideH"):
        line = OxmlElement(side)
        for name, value in (("w:val", "single"), ("w:sz", "4"), ("w:space", "0"), ("w:color", "C4C4CC")):
            line.set(qn(name), value)
        borders.append(line)
    kept.append(borders)
    style.element.append(kept)


def _without_tables(styles: Any) -> None:
    """Leave out the hundred styles of tables that come with an empty file: a third of a megabyte that nobody chooses from."""
    for style in [s for s in styles if s.type == WD_STYLE_TYPE.TABLE and s.name not in ("Normal Table", "Table Grid")]:
        style.element.getparent().remove(style.element)


def _language(styles: Any, language: str) -> None:
    """Say in which language the whole file is."""
    for mark in styles.element.iter(qn("w:lang")):
        mark.set(qn("w:val"), language)


def _border_off(style: Any) -> None:
    for border in list(style.element.iter(qn("w:pBdr"))):
        border.getparent().remove(border)
