"""Who may know whom, and the one door to each thing outside: read from the imports, not from good intentions."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

CODE = sorted(p for folder in ("indicators", "monitor", "dashboard") for p in (ROOT / folder).rglob("*.py"))
PURE = [
    *sorted((ROOT / "monitor" / "risk").glob("*.py")),
    *sorted((ROOT / "monitor" / "foresight").glob("*.py")),
    *sorted((ROOT / "monitor" / "response").glob("*.py")),
    *(ROOT / "indicators" / f"{name}.py" for name in ("gazetteer", "questions")),
    *(ROOT / "monitor" / "briefs" / f"{name}.py" for name in ("actions", "brief", "changed", "content", "facts", "forecast")),
    *(ROOT / "monitor" / "prompts" / f"{name}.py" for name in ("asks", "blocks", "claims", "formats", "material")),
    *(ROOT / "monitor" / "prompts" / f"{name}.py" for name in ("measure", "profile", "prompt")),
    *(ROOT / "monitor" / "post" / f"{name}.py" for name in ("envelope", "health", "letters", "periods", "policy", "readers")),
    *(ROOT / "monitor" / "briefs" / f"{name}.py" for name in ("figures", "levers", "outlook", "place", "references")),
    *(ROOT / "monitor" / "briefs" / f"{name}.py" for name in ("chart", "house", "layout", "overview", "paper", "past")),
    *(
        ROOT / "monitor" / "briefs" / f"{name}.py"
        for name in ("pictures", "sections", "spelling", "standing", "to_json", "to_markdown")
    ),
    *(
        ROOT / "monitor" / "alerts" / f"{name}.py"
        for name in ("asks", "budget", "decide", "digest", "entering", "feed", "flags", "odds")
    ),
    *(
        ROOT / "monitor" / "alerts" / f"{name}.py"
        for name in ("ledger_table", "policy", "rendered", "said", "unseen", "why", "words")
    ),
]
OUTSIDE = {
    "requests",
    "urllib3",
    "sqlalchemy",
    "adbc_driver_sqlite",
    "apscheduler",
    "streamlit",
    "smtplib",
    "socket",
    "os",
    "subprocess",
}

POST_TABLES = ("schema", "file", "subscribers", "mailings", "outbox", "doubts")

# library -> the only files (or folders) that may import it
DOORS = {
    "requests": ("indicators/http.py",),
    "urllib3": ("indicators/http.py", "indicators/connection.py", "indicators/answer.py", "indicators/address.py"),
    "pyrate_limiter": ("indicators/connection.py",),
    "socket": ("indicators/http.py", "indicators/address.py", "indicators/connection.py", "monitor/post/mail.py"),
    "sqlalchemy": (
        "monitor/storage/",
        *(f"monitor/post/{n}.py" for n in POST_TABLES),
    ),
    "adbc_driver_sqlite": ("monitor/storage/",),
    "sqlite3": ("monitor/storage/",),
    "apscheduler": ("monitor/schedule.py",),
    "streamlit": ("dashboard/",),
    "altair": ("dashboard/",),
    "rich": ("monitor/terminal/",),
    "typer": ("monitor/cli/",),
    "smtplib": ("monitor/post/mail.py",),
    "imaplib": ("monitor/post/imap.py",),
    "cryptography": ("monitor/post/keys.py",),
    "starlette": ("monitor/post/links.py",),
    "uvicorn": ("monitor/post/links.py",),
    "typst": ("monitor/briefs/to_pdf.py",),
    "docx": ("monitor/briefs/to_docx.py", "monitor/briefs/docx_style.py"),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def calls(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that a file calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_each_floor_knows_only_the_floors_below(path: Path) -> None:
    floor = name_of(path).split("/")[0]
    above = {"indicators": ("monitor", "dashboard", "tests"), "monitor": ("dashboard", "tests"), "dashboard": ("tests",)}[floor]
    assert not [m for m in imports(path) if m.split(".")[0] in above]


@pytest.mark.parametrize("path", sorted((ROOT / "indicators" / "sources").glob("*.py")), ids=name_of)
def test_sources_never_import_each_other(path: Path) -> None:
    assert not [m for m in imports(path) if m.startswith("indicators.sources")]


@pytest.mark.parametrize("library", DOORS)
def test_each_way_out_has_one_door(library: str) -> None:
    users = {name_of(p) for p in CODE if any(m.split(".")[0] == library for m in imports(p))}
    assert not {u for u in users if not u.startswith(DOORS[library])}


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_what_judges_and_what_words_is_pure(path: Path) -> None:
    assert not {m.split(".")[0] for m in imports(path)} & OUTSIDE
    assert not [m for m in imports(path) if m.startswith(("monitor.storage", "monitor.settings", "indicators.http"))]
    assert not [c for c in calls(path) if c.endswith((".read_text", ".write_text", ".open", ".read_bytes")) or c == "open"]


def test_the_dashboard_reads_the_published_snapshot_and_nothing_else() -> None:
    allowed = (
        "monitor.settings",
        "monitor.storage.snapshot",
        "monitor.storage",
        "monitor.prompts",
        "monitor.briefs.making",
    )  # texts are made when asked for
    for path in (p for p in CODE if name_of(p).startswith("dashboard/")):
        used = [m for m in imports(path) if m.startswith(("monitor", "indicators"))]
        assert not [m for m in used if not m.startswith(allowed)], name_of(path)
        assert not [m for m in used if m.startswith("monitor.storage.") and not m.startswith("monitor.storage.snapshot")
                    and not m.endswith(("SnapshotError", "StorageError"))], name_of(path)  # fmt: skip


def test_the_clock_is_read_in_one_file() -> None:
    clocks = (
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "time.time",
        "pd.Timestamp.now",
        "pd.Timestamp.today",
    )
    readers = {name_of(p) for p in CODE if any(c in clocks for c in calls(p))}
    assert readers <= {"monitor/cli/door.py"}


def test_the_environment_is_read_in_one_file() -> None:
    users = {name_of(p) for p in CODE if re.search(r"os\.(environ|getenv)", p.read_text(encoding="utf-8"))}
    assert users <= {
        "monitor/settings.py",
        "monitor/cli/working.py",
    }  # its own environment, for the dashboard


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bpickle\b", r"\bjoblib\b", r"yaml\.load\(", r"\beval\(", r"\bexec\(", r"verify\s*=\s*False", r"unsafe_allow_html",
        r"st\.html\(", r"components\.v1", r"fillna\(0", r"except Exception: *pass", r"shell\s*=\s*True",
    ],
)  # fmt: skip
def test_what_must_not_stand_in_the_code(pattern: str) -> None:
    assert not [name_of(p) for p in CODE if re.search(pattern, p.read_text(encoding="utf-8"))]


# A sum of nothing is 0.0, in pandas and in numpy: each file that sums says here why no gap becomes a zero in it.
SUMS = {
    "indicators/sources/asylum_decisions.py": "a figure that is not available makes its sum unknown (skipna is off)",
    "indicators/events.py": "a month with an unknown figure has an unknown sum: the counts are compared first",
    "monitor/foresight/annual.py": "a year of a monthly series is summed over twelve months, and unknown where one of them is",
    "monitor/foresight/beside.py": "counts countries",
    "monitor/foresight/resolve.py": "adds up over resolved countries, and rolls over whole windows: open is no zero",
    "monitor/terminal/ledger.py": "counts resolved forecasts",
    "monitor/foresight/known.py": "counts known years and neighbours",
    "monitor/foresight/checklist.py": "a mean divides by the known items; a row without any has no score",
    "monitor/foresight/calibrate.py": "adds up over rows with a forecast and an outcome: no gap among them",
    "monitor/foresight/choose.py": "counts onsets in rows with a known outcome",
    "monitor/foresight/walk.py": "counts onsets in rows with a known outcome",
    "monitor/terminal/forecast.py": "adds up reasons, which are known for every series",
    "monitor/foresight/prepare.py": "counts onsets; unknown years are none that can be learnt from",
    "monitor/foresight/scores.py": "adds up over rows with a forecast and a known outcome: no gap among them",
    "monitor/redistribution.py": "counts rows",
    "monitor/risk/transforms.py": "a window is summed only where three quarters of it are known; known and asked say how many",
    "monitor/risk/structure.py": "means divide by the weight of the known parts, missing where there are none; the rest counts",
    "monitor/risk/borders.py": "neighbours are added only where three quarters of them are known",
    "monitor/risk/changes.py": "a window is summed, and a past taken for a yardstick, only where three quarters of it are known",
    "monitor/risk/assess.py": "counts indicators",
    "monitor/risk/bands.py": "counts the known values",
    "monitor/risk/uncertainty.py": "counts countries and indicators",
    "monitor/risk/sensitivity.py": "counts countries and indicators",
    "monitor/terminal/sensitivity.py": "counts variants",
    "monitor/risk/phase.py": "a sum over months is a lower bound and says how many are known; under three quarters it is unknown",
    "monitor/risk/counterfactual.py": "adds up what known readings raise; one without a score raises nothing and is no lever",
    "monitor/risk/cube.py": "counts filled cells",
    "monitor/risk/memory.py": "bits of a number",
    "monitor/risk/cases.py": "counts countries",
    "monitor/terminal/path.py": "counts cases",
    "monitor/risk/status.py": "the rolling sum is a lower bound, and the newest window says how many months are known",
    "monitor/risk/protocol.py": "counts criteria; those that are unknown are counted apart",
    "monitor/risk/standing.py": "counts criteria and routes; those that are unknown are counted apart",
    "monitor/alerts/budget.py": "a year's killings are unknown below nine known months, and a lower bound above",
    "monitor/alerts/digest.py": "counts countries",
    "monitor/sources.py": "counts rows",
    "monitor/storage/quarantine.py": "counts figures; totals are of figures that both have, or where no row means zero",
    "monitor/storage/misplaced.py": "counts figures that both have; no figure is no rank",
    "monitor/storage/changes.py": "positions of rows, where -1 says that there is none",
    "monitor/terminal/board.py": "counts indicators",
    "monitor/briefs/brief.py": "counts countries",
    "monitor/briefs/place.py": "counts countries",
    "dashboard/track_words.py": "counts what is resolved; what was expected of nothing is missing",
    "dashboard/views/track_record.py": "counts entries",
    "dashboard/views/overview.py": "counts sources",
    "dashboard/views/country.py": "counts countries",
    "dashboard/geometry/build.py": "coordinates, which are never missing",
    "dashboard/charts.py": "numbers the pieces of a broken line",
}


def test_whoever_sums_has_said_why_no_gap_becomes_a_zero() -> None:
    summing = {
        name_of(p)
        for p in CODE
        for node in ast.walk(ast.parse(p.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("sum", "nansum", "cumsum", "nancumsum", "fillna")
        and not any(k.arg == "min_count" for k in node.keywords)
        if node.func.attr != "fillna" or not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == "")
    }
    assert summing - set(SUMS) == set()


def test_modules_are_loaded_by_name_in_one_place_only() -> None:
    users = {name_of(p) for p in CODE if any(c in ("importlib.import_module", "__import__") for c in calls(p))}
    assert users <= {"indicators/contract.py"}


def test_a_blanket_except_stands_only_where_one_source_or_brief_must_not_stop_another() -> None:
    users = {name_of(p) for p in CODE if re.search(r"except Exception\b", p.read_text(encoding="utf-8"))}
    assert users <= {"indicators/collect.py", "monitor/schedule.py", "monitor/briefs/batch.py"}


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_everything_public_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def test_no_tracked_file_names_a_machine_path_or_a_package_index() -> None:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    home, index = "/" + "root/", "py" + "pi"
    pattern = re.compile(rf"{home}|/{'work'}/|\b(files\.)?{index}(thonhosted)?\.(org|python)")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".parquet", ".png", ".zip"} or not path.is_file() or path.name == "test_architecture.py":
            continue
        found = pattern.search(path.read_text(encoding="utf-8", errors="replace"))
        assert not found, f"{name}: {found[0] if found else ''}"
