"""Settings and config files: read once, at the door, and validated against each other before anything is touched.

The environment is read here and nowhere else. A mistake in a file raises :class:`ConfigError`, which names the file, the key
and the nearest valid value; nothing has been written when it does.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from indicators.contract import Frequency, Frozen, Source, SourceError, source_names

if TYPE_CHECKING:
    from monitor.alerts.policy import Policy
    from monitor.briefs.house import House
    from monitor.briefs.levers import LeverBook
    from monitor.foresight.policy import Foresight
    from monitor.neighbours import Neighbours
    from monitor.post.policy import MailPolicy
    from monitor.prompts.profile import Parliament
    from monitor.response.profile import Response
    from monitor.risk.cases import CaseBook
    from monitor.risk.framework import Framework, Mistake
    from monitor.risk.triggers import Protocol
    from monitor.schedule import Schedule

BANDS_HEAD = """
# Percentile bands of the reference period (framework.yaml: reference_period), all assessed countries: (value, score) points,
# where the score is the share of country-years that were less worrying. Written by `monitor bands --write`, then fixed: part
# of the framework's hash, not of the data.
"""
MEASURED_HEAD = "# Measured by `monitor alerts replay --write`; figures are means a year. A test compares the policy's hash.\n"
ROOT = Path(__file__).resolve().parent.parent

Model = TypeVar("Model", bound=BaseModel)


class ConfigError(Exception):
    """A config file is wrong. The message names file and key, and the nearest valid value where there is one."""


class Settings(BaseSettings):
    """What differs from one installation to the next, from ``MONITOR_*`` environment variables.

    ``home``: where state lives (documents, record, snapshots). ``mirror``: base URL that stands in for ``https://`` of every
    source, so that ``https://HOST/PATH`` becomes ``MIRROR/HOST/PATH``; empty for the live sources. ``contact``: an address
    to put in the User-Agent, empty for none. ``config``: folder of the config files.
    """

    model_config = SettingsConfigDict(env_prefix="MONITOR_", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Path("var")
    mirror: str = Field(default="", pattern=r"^(https?://[^\s]+)?$")
    contact: str = Field(default="", max_length=120, pattern=r"^[\x20-\x7e]*$")
    config: Path = ROOT / "config"
    offline: bool = False

    def environment(self) -> dict[str, str]:
        """Return the environment of another process that is to work with these settings, from whatever folder."""
        given = {"home": self.home.absolute(), "mirror": self.mirror, "contact": self.contact, "config": self.config.absolute()}
        ours = {f"MONITOR_{name.upper()}": str(value) for name, value in given.items()}
        return {**os.environ, **ours, "MONITOR_OFFLINE": str(self.offline).lower()}


def read_yaml(path: Path) -> Any:
    """Return a YAML 1.2 file's content; a doubled key or a syntax error raises :class:`ConfigError` with its line."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: file is missing") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except YAMLError as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())[:400]}") from error


def validated(model: type[Model], content: Any, path: Path, where: str = "") -> Model:
    """Return ``content`` as ``model``; the first mistake raises :class:`ConfigError` naming file, key and nearest valid key."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors()
        first = next((e for e in found if e["type"] == "extra_forbidden"), found[0])  # a key misspelt is also a key missing
        key = _key(content, first["loc"])
        hint = ""
        if first["type"] == "extra_forbidden":
            hint = nearest(str(first["loc"][-1]), _all_keys(model))
        raise ConfigError(f"{path}: {where}{'.' if where and key else ''}{key}: {first['msg']}{hint}") from error


def _key(content: Any, place: tuple[int | str, ...]) -> str:
    """Return where a mistake is, list items with their ids: ``measures[3] (growth).bands``."""
    key, here = "", content
    for part in place:
        here = dict(enumerate(here)) if isinstance(here, list) else here
        here = here.get(part) if isinstance(here, dict) else None
        name = f" ({here['id']})" if isinstance(here, dict) and "id" in here else ""
        key += f"[{part}]{name}" if isinstance(part, int) else f".{part}"
    return key.removeprefix(".")


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return ``'; the nearest valid name is ...'``, or an empty string when nothing is near."""
    found = difflib.get_close_matches(word, sorted(valid), n=1, cutoff=0.5)
    return f"; the nearest valid name is {found[0]!r}" if found else ""


def _all_keys(model: type[BaseModel]) -> set[str]:
    """Return the field names of a model and of the models inside it."""
    names: set[str] = set()
    pending, seen = [model], set[type[BaseModel]]()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        names |= set(current.model_fields)
        for info in current.model_fields.values():
            pending += [a for a in _types_in(info.annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
    return names


def _types_in(annotation: Any) -> list[Any]:
    inner = [t for arg in getattr(annotation, "__args__", ()) for t in _types_in(arg)]
    return [annotation, *inner]


def load_sources(folder: Path) -> tuple[Source, ...]:
    """Return the cards of ``sources.yaml``, in the file's order; ids and series ids are unique."""
    path = folder / "sources.yaml"
    content = read_yaml(path)
    if not isinstance(content, dict) or list(content) != ["sources"] or not isinstance(content["sources"], list):
        raise ConfigError(f"{path}: expected one key, 'sources', holding a list of cards")
    cards = tuple(
        validated(Source, entry, path, f"sources[{n}] ({entry.get('id', '?') if isinstance(entry, dict) else '?'})")
        for n, entry in enumerate(content["sources"])
    )
    _known([c.id for c in cards], source_names(), path, "sources", "source (each is a file in indicators/sources)")
    _once([c.id for c in cards], path, "source")
    _once([s.id for c in cards for s in c.series], path, "series")
    return cards


def _once(ids: list[str], path: Path, noun: str) -> None:
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise ConfigError(f"{path}: {noun} {twice[0]!r} is listed twice")


def file_hash(*paths: Path) -> str:
    """Return the first 16 hex digits of the SHA-256 over these files' bytes, in order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def load_framework(folder: Path, sources: tuple[Source, ...]) -> Framework:
    """Return the framework of ``framework.yaml`` with the bands of ``bands.yaml``, checked against the sources' series."""
    from monitor.risk.framework import Framework, mistakes

    framework = read_framework(folder)
    monthly = {s.id: s.frequency is Frequency.MONTH for c in sources for s in c.series}
    _refuse(folder / "framework.yaml", mistakes(framework, _deaths(sources), monthly))
    return Framework.model_validate(framework)


def load_protocol(folder: Path, framework: Framework, levers: LeverBook, sources: tuple[Source, ...]) -> Protocol:
    """Return the trigger protocol of ``protocol.yaml``, checked against framework and levers; its hash is that of both files."""
    from monitor.risk.triggers import Protocol, mistakes, titled

    path = folder / "protocol.yaml"
    protocol = validated(Protocol, read_yaml(path), path)
    _refuse(path, mistakes(protocol, framework, _deaths(sources), [lever.id for lever in levers.levers]))
    return titled(protocol, framework, file_hash(path, folder / "levers.yaml"))


def _deaths(sources: tuple[Source, ...]) -> dict[str, bool]:
    return {s.id: s.conflict_derived for c in sources for s in c.series}


def _refuse(path: Path, mistakes: Iterable[Mistake]) -> None:
    """Raise :class:`ConfigError` for the first mistake, with the nearest valid name."""
    for where, problem, valid in mistakes:
        word = problem.split("'")[1] if "'" in problem else ""
        raise ConfigError(f"{path}: {where}: {problem}{nearest(word, valid)}")


def read_framework(folder: Path, *, with_bands: bool = True) -> Framework:
    """Return the framework as written, bands filled in, not yet checked against the sources."""
    from monitor.risk.framework import Framework

    path, bands_path, neighbours_path = folder / "framework.yaml", folder / "bands.yaml", folder / "neighbours.csv"
    content = read_yaml(path)
    bands = validated(BandBook, read_yaml(bands_path), bands_path).bands if with_bands and bands_path.exists() else {}
    if not isinstance(content, dict) or not isinstance(content.get("measures"), list):
        raise ConfigError(f"{path}: expected a mapping with a list 'measures'")
    for entry in content["measures"]:
        if isinstance(entry, dict) and "bands" not in entry and str(entry.get("id")) in bands:
            entry |= {"bands": bands[str(entry["id"])], "percentile": True}
    content["hash"] = file_hash(*(p for p in (path, bands_path, neighbours_path) if p.exists()))
    framework = validated(Framework, content, path)
    _known(bands, [m.id for m in framework.measures], bands_path, "bands", "measure")
    return framework


def write_bands(folder: Path, bands: Mapping[str, Any]) -> Path:
    """Write ``bands.yaml`` and return its path."""
    from ruamel.yaml import YAML

    path = folder / "bands.yaml"
    lines = [f"  {name}: [{', '.join(f'[{v!r}, {s!r}]' for v, s in points)}]" for name, points in sorted(bands.items())]
    text = "\n".join([BANDS_HEAD.strip(), "bands:", *lines, ""])
    YAML(typ="safe", pure=True).load(text)
    path.write_text(text, encoding="utf-8")
    return path


def load_schedule(folder: Path) -> Schedule:
    """Return the schedule of ``schedule.yaml``."""
    from monitor.schedule import Schedule

    path = folder / "schedule.yaml"
    return validated(Schedule, read_yaml(path), path)


def load_alerts(folder: Path, framework: Framework) -> Policy:
    """Return the policy of ``alerts.yaml``, checked against the framework's levels."""
    from monitor.alerts.policy import Policy, mistakes

    path = folder / "alerts.yaml"
    policy = validated(Policy, read_yaml(path), path)
    _refuse(path, mistakes(policy, list(framework.level_order)))
    return policy


def write_measured(folder: Path, measured: BaseModel) -> Path:
    """Write what a replay measured to the end of ``alerts.yaml``, in place of what was measured before; return the path."""
    path = folder / "alerts.yaml"
    policy = path.read_text(encoding="utf-8").split(MEASURED_HEAD)[0].rstrip()
    lines = [f"  {name}: {json.dumps(value)}" for name, value in measured.model_dump(mode="json").items()]
    path.write_text("\n".join([policy, "", MEASURED_HEAD + "measured:", *lines, ""]), encoding="utf-8")
    return path


def load_mail(folder: Path) -> MailPolicy:
    """Return how mail is sent: ``mail.yaml``."""
    from monitor.post.policy import MailPolicy

    path = folder / "mail.yaml"
    return validated(MailPolicy, read_yaml(path), path)


def load_house(folder: Path, sources: tuple[Source, ...]) -> House:
    """Return the house style of ``briefs.yaml``, checked against the sources' series."""
    from monitor.briefs.house import House, mistakes

    path = folder / "briefs.yaml"
    house = validated(House, read_yaml(path), path)
    _refuse(path, mistakes(house, [s.id for c in sources for s in c.series]))
    return house


def load_briefing(folder: Path) -> tuple[LeverBook, House]:
    """Return what a brief needs besides the published run: levers and house style; the rest of the config is not read."""
    from monitor.briefs.levers import LeverBook

    levers = validated(LeverBook, read_yaml(folder / "levers.yaml"), folder / "levers.yaml")
    return levers, load_house(folder, load_sources(folder))


def load_foresight(folder: Path, sources: tuple[Source, ...]) -> Foresight:
    """Return the policy of the forecasts in ``foresight.yaml``, checked against the sources' series; its hash is the file's."""
    from monitor.foresight.policy import Foresight, mistakes

    path = folder / "foresight.yaml"
    policy = validated(Foresight, read_yaml(path), path)
    _refuse(path, mistakes(policy, [s.id for c in sources for s in c.series]))
    return policy.model_copy(update={"hash": file_hash(path)})


def load_cases(folder: Path, countries: Sequence[str], monthly: Mapping[str, bool]) -> CaseBook:
    """Return the dated cases of ``cases.yaml``, checked against the countries and the monthly series."""
    from monitor.risk.cases import CaseBook

    path = folder / "cases.yaml"
    book = validated(CaseBook, read_yaml(path), path)
    _once([case.id for case in book.cases], path, "case")
    _known([case.iso3 for case in book.cases], countries, path, "cases", "country")
    _known(
        [book.rule.series], sorted(s for s, is_monthly in monthly.items() if is_monthly), path, "rule.series", "monthly series"
    )
    return book


def load_parliament(folder: Path, levers: LeverBook, framework: Framework, countries: Iterable[str]) -> Parliament:
    """Return the response profile of ``parliament.yaml``, checked against levers, framework, countries and templates."""
    from monitor.prompts.places import kinds_in
    from monitor.prompts.profile import Parliament, mistakes

    path = folder / "parliament.yaml"
    profile = validated(Parliament, read_yaml(path), path)
    _refuse(path, mistakes(profile, levers, framework, sorted(countries), kinds_in(folder)))
    return profile


class BandBook(Frozen):
    """The percentile bands by measure: ``bands.yaml``."""

    bands: Mapping[str, tuple[tuple[float, float], ...]]


class Watch(Frozen):
    """Which countries are followed, and which get a brief: ``watchlist.yaml``."""

    watchlist: tuple[str, ...]
    briefs_for_levels: tuple[str, ...]
    rose_points: float = Field(gt=0)


@dataclass(frozen=True)
class Config:
    """Every config file, validated and checked against the others."""

    sources: tuple[Source, ...]
    framework: Framework
    neighbours: Neighbours
    watch: Watch
    levers: LeverBook
    cases: CaseBook
    schedule: Schedule
    protocol: Protocol
    alerts: Policy
    mail: MailPolicy
    foresight: Foresight
    house: House
    parliament: Parliament


def load_config(folder: Path, *, unbanded: bool = False) -> Config:
    """Return the whole config, or raise :class:`ConfigError` at the first mistake; nothing has been touched when it does.

    ``unbanded``: take the framework as written, before its percentile bands were computed.
    """
    from indicators.countries import Countries
    from monitor.briefs.levers import LeverBook
    from monitor.neighbours import load as load_neighbours

    sources = load_sources(folder)
    framework = read_framework(folder) if unbanded else load_framework(folder, sources)
    watch = validated(Watch, read_yaml(folder / "watchlist.yaml"), folder / "watchlist.yaml")
    levels = [level.id for level in framework.levels]
    try:
        known = Countries.load(folder / "countries.csv").assessed()
    except (ValueError, OSError, SourceError) as error:
        raise ConfigError(f"{folder / 'countries.csv'}: {error}") from error
    neighbours = load_neighbours(folder / "neighbours.csv", known)
    _known(watch.watchlist, known, folder / "watchlist.yaml", "watchlist", "country")
    _known(watch.briefs_for_levels, levels, folder / "watchlist.yaml", "briefs_for_levels", "level")
    levers = validated(LeverBook, read_yaml(folder / "levers.yaml"), folder / "levers.yaml")
    cases = load_cases(folder, known, {s.id: s.frequency is Frequency.MONTH for c in sources for s in c.series})
    protocol = load_protocol(folder, framework, levers, sources)
    return Config(
        sources,
        framework,
        neighbours,
        watch,
        levers,
        cases,
        schedule=load_schedule(folder),
        protocol=protocol,
        alerts=load_alerts(folder, framework),
        mail=load_mail(folder),
        foresight=load_foresight(folder, sources),
        house=load_house(folder, sources),
        parliament=load_parliament(folder, levers, framework, known),
    )


def _known(words: Iterable[str], valid: Sequence[str], path: Path, key: str, noun: str) -> None:
    for word in words:
        if word not in valid:
            raise ConfigError(f"{path}: {key}: unknown {noun} {word!r}{nearest(word, valid)}")


def load_response(folder: Path, levels: Sequence[str]) -> Response:
    """Return the response profile with its facts and gazetteer, checked against the framework's levels.

    Read by the verbs of response and by `monitor check`, never by the main run.
    """
    from indicators.countries import Countries
    from indicators.gazetteer import Gazetteer, Rules
    from monitor.response.profile import Facts, Profile, Response, mistakes

    path, facts_path, rules_path = (folder / name for name in ("response.yaml", "response_facts.yaml", "gazetteer.yaml"))
    names_path = folder / "gazetteer.csv"
    crosswalk = Countries.load(folder / "countries.csv")
    known = set(crosswalk.table["iso3"])
    profile, facts = validated(Profile, read_yaml(path), path), validated(Facts, read_yaml(facts_path), facts_path)
    rules = validated(Rules, read_yaml(rules_path), rules_path)
    for card in profile.sources:
        _known([card.id], source_names(), path, "sources", "source (each is a file in indicators/sources)")
    _refuse(path, mistakes(profile, facts, known, levels))
    for entry in facts.lists:
        _known(sorted(entry.named), sorted(known), facts_path, f"lists ({entry.id})", "country")
    try:
        gazetteer = Gazetteer.build(_named_rows(names_path), rules, known)
    except ValueError as error:
        raise ConfigError(f"{names_path} or {rules_path.name}: {error}") from error
    laid = {"gazetteer": gazetteer, "words": profile.words}
    cards = tuple(c.model_copy(update={"options": {**c.options, **laid}}) for c in profile.sources)
    key = file_hash(path, facts_path, rules_path, names_path)
    return Response(profile.model_copy(update={"sources": cards}), {f.id: f for f in facts.lists}, gazetteer, key)


def _named_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of the gazetteer's names; another header or a row of another length raises :class:`ConfigError`."""
    from indicators.gazetteer import COLUMNS

    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: file is missing") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise ConfigError(f"{path}: expected the columns {', '.join(COLUMNS)}")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(COLUMNS):
            raise ConfigError(f"{path}: row {number} has {len(row)} fields, not {len(COLUMNS)}")
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]
