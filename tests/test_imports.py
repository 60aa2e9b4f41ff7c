"""Who may import whom, and how long a module may be: the rules of the house, read from the source itself.

A name counts as imported wherever the import stands, also inside a function or under ``TYPE_CHECKING``.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "ocr_pipeline"
MOST_LINES = 400


@dataclass(frozen=True)
class Rule:
    """Modules in or below ``who`` import nothing in or below ``never``, save what ``except_for`` names."""

    who: tuple[str, ...]
    never: tuple[str, ...]
    except_for: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    """Modules below ``who`` that may."""


STAGES = ("capture", "deskew", "identify", "unknown", "boxes", "read")

RULES: dict[str, Rule] = {
    "records, errors and config stand at the bottom": Rule(
        who=("records", "errors", "config", "warp", "legibility", "landmarks"),
        never=("",),
        except_for=("config", "records", "warp", "legibility", "landmarks"),
    ),
    "forms know only these": Rule(
        who=("forms",), never=("",), except_for=("forms", "records", "errors", "config", "landmarks", "warp")
    ),
    **{
        f"the stage {stage} knows no other stage and nothing behind it": Rule(
            who=(f"photo.{stage}",),
            never=(*(f"photo.{other}" for other in STAGES if other != stage), "store", "station", "review"),
        )
        for stage in STAGES
    },
    "nothing in photo knows what comes behind it": Rule(
        who=("photo",), never=("store", "station", "review", "tabulate", "pipeline", "run", "synth", "benchmark")
    ),
    "a station is numbers, not pictures": Rule(who=("station",), never=("photo", "store", "/cv2", "/PIL")),
    "tables know no pictures": Rule(who=("tabulate",), never=("photo", "/cv2", "/PIL")),
    "the review knows no pictures' reading": Rule(who=("review",), never=("photo", "/cv2")),
    "the run is handed what it does": Rule(
        who=("run", "intake", "workers", "progress", "attempt"),
        never=("photo", "forms", "pipeline", "tabulate", "synth", "station.resolve", "/cv2"),
    ),
    "only the store knows its database": Rule(who=("",), never=("/sqlalchemy", "/alembic"), spared=("store",)),
    "only read knows its engine": Rule(who=("",), never=("/onnxruntime",), spared=("photo.read",)),
    "Tesseract reads print for many and is called in one place": Rule(
        who=("",), never=("/pytesseract",), spared=("photo.text",)
    ),
    "only the command line knows click": Rule(who=("",), never=("/click",), spared=("cli",)),
    "only these know the web": Rule(who=("",), never=("/starlette", "/uvicorn"), spared=("review", "labelling", "cli")),
    "these draw pages": Rule(who=("",), never=("/jinja2",), spared=("review", "labelling", "benchmark")),
    "torch is for training": Rule(who=("",), never=("/torch", "/onnx", "/matplotlib")),
    "a layout is proposed before anything is read": Rule(
        who=("layout",), never=("store", "station", "review", "tabulate", "pipeline", "run", "synth", "benchmark")
    ),
    "only the command line asks for a layout": Rule(who=("",), never=("layout",), spared=("layout", "cli")),
    "nothing imports the command line": Rule(who=("",), never=("cli",), spared=("__main__", "cli")),
}
"""Names are of ours, below the package (``""`` is all of it); a slash in front makes them others'."""


def full_name(name: str) -> str:
    """``photo.read`` is ours, ``/cv2`` is not."""
    if name.startswith("/"):
        return name[1:]
    return f"{PACKAGE}.{name}" if name else PACKAGE


def lies_in(module: str, names: tuple[str, ...]) -> bool:
    return any(module == full_name(name) or module.startswith(f"{full_name(name)}.") for name in names)


def module_name(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports; ``from a import b`` may mean the module ``a.b``."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


@functools.cache
def imports_of(root: Path) -> dict[str, tuple[tuple[int, str], ...]]:
    """Per module of the package below ``root``, what it imports."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        name = module_name(root, path)
        found[name] = tuple(imported(path, name))
    return found


def broken(root: Path, rule: Rule) -> list[str]:
    """``module, line n: imports name`` for every import that breaks the rule."""
    return [
        f"{module}, line {line}: imports {name}"
        for module, names in imports_of(root).items()
        if lies_in(module, rule.who) and not lies_in(module, rule.spared)
        for line, name in names
        if lies_in(name, rule.never) and not lies_in(name, rule.except_for)
    ]


def lengths(root: Path) -> dict[str, int]:
    return {
        module_name(root, path): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted((root / PACKAGE).rglob("*.py"))
    }


@pytest.mark.parametrize("name", RULES)
def test_the_package_keeps_the_rule(name: str) -> None:
    assert broken(ROOT, RULES[name]) == []


def test_every_module_is_looked_at_and_the_stages_are_there() -> None:
    modules = imports_of(ROOT)
    assert len(modules) > 50
    assert {f"{PACKAGE}.photo.{stage}" for stage in STAGES} <= set(modules)
    assert any(name == "ocr_pipeline.records.Crops" for _, name in modules[f"{PACKAGE}.photo.read"])


def test_no_module_is_longer_than_a_person_reads() -> None:
    assert {module: lines for module, lines in lengths(ROOT).items() if lines > MOST_LINES} == {}


# ---- the checker itself, on trees made to break the rules -----------------------------------------------------


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


BREAKING = [
    ("records.py", "import ocr_pipeline.files", "records, errors and config stand at the bottom"),
    ("config/photo.py", "from ocr_pipeline import files", "records, errors and config stand at the bottom"),
    ("config/photo.py", "from .. import files", "records, errors and config stand at the bottom"),
    ("forms/catalogue.py", "from ..photo import boxes", "forms know only these"),
    ("photo/deskew/marks.py", "from ocr_pipeline.photo.boxes import boxes", "the stage deskew knows no other"),
    ("photo/deskew/__init__.py", "from ..identify.lines import judge", "the stage deskew knows no other"),
    ("photo/identify/__init__.py", "def f():\n    from ocr_pipeline.store import x\n", "the stage identify knows no"),
    ("photo/ridges.py", "import ocr_pipeline.station.flags as f", "nothing in photo knows what comes behind it"),
    ("station/flags.py", "import numpy, cv2", "a station is numbers, not pictures"),
    ("station/flags.py", "from cv2.aruco import ArucoDetector", "a station is numbers, not pictures"),
    ("tabulate/export.py", "from ocr_pipeline.photo.capture import capture", "tables know no pictures"),
    ("run.py", "from ocr_pipeline.pipeline import read_photo", "the run is handed what it does"),
    ("review/queue.py", "from sqlalchemy import select", "only the store knows its database"),
    ("photo/boxes.py", "import onnxruntime", "only read knows its engine"),
    ("photo/read/digits.py", "import pytesseract", "Tesseract reads print for many"),
    ("photo/labels/__init__.py", "from pytesseract import image_to_data", "Tesseract reads print for many"),
    ("run.py", "if True:\n    import click\n", "only the command line knows click"),
    ("station/a.py", "import torch.nn", "torch is for training"),
    ("pipeline.py", "from ocr_pipeline.cli import main", "nothing imports the command line"),
]


@pytest.mark.parametrize(("file", "text", "name"), BREAKING)
def test_a_broken_rule_is_found(tmp_path: Path, file: str, text: str, name: str) -> None:
    (rule,) = [rule for title, rule in RULES.items() if title.startswith(name)]
    (found,) = broken(write(tmp_path, {file: text}), rule)
    assert found.startswith(module_name(tmp_path, tmp_path / PACKAGE / file) + ", line ")


ALLOWED = {
    "records.py": "import numpy\n",
    "config/photo.py": "from ocr_pipeline.records import Stage\n",
    "__main__.py": "from ocr_pipeline.cli import main\n",
    "cli.py": "import click\nimport cv2\n",
    "store/schema.py": "import sqlalchemy\nfrom ocr_pipeline.records import Stage\n",
    "photo/read/digits.py": "import onnxruntime\nfrom ocr_pipeline.photo.read.combine import x\n",
    "photo/identify/lines.py": "from ocr_pipeline.photo.ridges import Pieces\nfrom ..ridges import Pieces\n",
    "photo/boxes.py": "import torchvision_is_not_torch\nimport clicker\n",
}


def test_what_is_allowed_is_not_found(tmp_path: Path) -> None:
    write(tmp_path, ALLOWED)
    assert [found for rule in RULES.values() for found in broken(tmp_path, rule)] == []


def test_lines_are_counted(tmp_path: Path) -> None:
    write(tmp_path, {"photo/long.py": "x = 1\n" * (MOST_LINES + 1), "short.py": "x = 1\n"})
    assert lengths(tmp_path) == {"ocr_pipeline.photo.long": MOST_LINES + 1, "ocr_pipeline.short": 1}
