"""Where the templates of prompts lie: those that come with the program, and those of an installation, beside its config."""

from __future__ import annotations

from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
OWN = "prompts"  # a folder in the config's folder; a template there stands in for the program's own of the same name


def folders(config: Path) -> tuple[Path, ...]:
    """Return the folders of the kinds' templates, the installation's own before the program's."""
    return (config / OWN, TEMPLATES / "kinds")


def kinds_in(config: Path) -> list[str]:
    """Return the names of the kinds for which there is a template, sorted."""
    return sorted({path.stem for folder in folders(config) if folder.is_dir() for path in folder.glob("*.j2")})
