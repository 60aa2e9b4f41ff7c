"""The README says what the program does: its commands parse, its codes, files and keys are the real ones."""

from __future__ import annotations

import ast
import dataclasses
import functools
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import ocr_pipeline
from ocr_pipeline import config
from ocr_pipeline.cli import cli
from ocr_pipeline.errors import ExitCode
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.records import FailureCode, FlagCode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
needs_readme = pytest.mark.skipif(not README.strip(), reason="README.md has not been written yet")


def code_blocks(text: str, *languages: str) -> list[str]:
    """The fenced blocks of a Markdown text; of these languages, where any are given."""
    found = re.findall(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [body for language, body in found if not languages or language in languages]


def command_lines(text: str) -> Iterator[list[str]]:
    """The arguments of every ``ocr-pipeline`` in the shell blocks of a text, up to a pipe or redirection."""
    for block in code_blocks(text, "", "bash", "sh", "shell", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.strip().removeprefix("$ "), comments=True)
            while words and re.fullmatch(r"\w+=.*", words[0]):
                words = words[1:]
            if not words or Path(words[0]).name != "ocr-pipeline":
                continue
            ends = [i for i, word in enumerate(words) if re.match(r"(\d?>|\||&|;|<)", word)]
            yield words[1 : min(ends, default=len(words))]


def parse(command: click.Command, name: str, words: list[str], parent: click.Context | None = None) -> None:
    """Parses a command line without running it.

    Raises:
        click.ClickException: no such command or option, or a value that it does not take.
    """
    try:
        context = command.make_context(name, list(words), parent)
    except click.exceptions.Exit:  # --help, --version
        return
    if isinstance(command, click.Group) and (rest := [*context._protected_args, *context.args]):
        _, below, rest = command.resolve_command(context, rest)
        assert below is not None
        parse(below, below.name or "", rest, context)


# ---- the checker itself -----------------------------------------------------------------------------------------


def test_command_lines_are_found() -> None:
    text = """
Text with `ocr-pipeline nonsense` in it.

```bash
# ocr-pipeline in a comment
$ ocr-pipeline read a.jpg --json | jq .fields   # a remark
OMP_NUM_THREADS=1 .venv/bin/ocr-pipeline run FOLDER \\
    --db tps.sqlite > log.txt
pip install ocr-pipeline
```

```python
ocr-pipeline = 1
```
"""
    assert list(command_lines(text)) == [["read", "a.jpg", "--json"], ["run", "FOLDER", "--db", "tps.sqlite"]]


@pytest.mark.parametrize(
    "line", ["read a.jpg --json", "forms", "forms draw x --page 2", "--help", "run --help", "synth -h"]
)
def test_a_right_command_line_parses(line: str) -> None:
    parse(cli, "ocr-pipeline", shlex.split(line))


@pytest.mark.parametrize(
    "line", ["reed a.jpg", "read a.jpg --jason", "run", "forms drow x", "export --what x", "run a --jobs 0"]
)
def test_a_wrong_command_line_does_not(line: str) -> None:
    with pytest.raises(click.ClickException):
        parse(cli, "ocr-pipeline", shlex.split(line))


# ---- the README -------------------------------------------------------------------------------------------------


@needs_readme
@pytest.mark.parametrize("words", list(command_lines(README)), ids=" ".join)
def test_every_command_of_the_readme_parses(words: list[str]) -> None:
    parse(cli, "ocr-pipeline", words)


def paths(group: click.Group, start: tuple[str, ...] = ()) -> Iterator[str]:
    for name, command in group.commands.items():
        yield " ".join((*start, name))
        if isinstance(command, click.Group):
            yield from paths(command, (*start, name))


@needs_readme
@pytest.mark.parametrize("path", list(paths(cli)))
def test_every_command_is_in_the_readme(path: str) -> None:
    assert f"ocr-pipeline {path}" in README


@needs_readme
@pytest.mark.parametrize("code", ExitCode, ids=lambda code: code.name)
def test_every_exit_code_has_a_row_in_the_readme(code: ExitCode) -> None:
    """As ``| 3 | ... |`` or with the number in backticks; and no number that does not exist."""
    assert re.search(rf"^\| *`?{int(code)}`? *\|", README, re.MULTILINE)


@needs_readme
@pytest.mark.parametrize("code", [*FailureCode, *FlagCode])
def test_every_reason_is_explained_in_the_readme(code: str) -> None:
    assert f"`{code}`" in README


@needs_readme
def test_every_form_is_named_in_the_readme() -> None:
    assert [form.form_id for form in load_catalogue().forms if form.form_id not in README] == []


LINE_KEYS = {
    *("photo", "sha256", "status", "form", "page", "pairs", "station", "fields", "flags", "registration", "quality"),
    *("milliseconds", "failure"),
}
PART_KEYS = {
    "fields": {"field", "value", "probability", "verdict", "boxes", "runner_up", "witnesses", "quads_px"},
    "flags": {"code", "severity", "rule", "fields", "message", "message_indonesian", "numbers", "look_first"},
}


def json_examples(text: str) -> list[dict[str, Any]]:
    return [
        data for block in code_blocks(text, "json") if isinstance(data := json.loads(block), dict) and "status" in data
    ]


@needs_readme
def test_the_readme_shows_a_reading_and_a_failure_in_json_with_the_real_keys() -> None:
    examples = json_examples(README)
    assert {example["status"] for example in examples} == {"read", "unreadable"}
    for example in examples:
        assert set(example) <= LINE_KEYS
        for part, keys in PART_KEYS.items():
            for entry in example.get(part, []):
                assert set(entry) <= keys
    assert {key for example in examples for key in example} == LINE_KEYS


@needs_readme
def test_files_that_the_readme_points_to_are_there() -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", README)
    named = re.findall(r"`((?:ocr_pipeline|samples|models|tests)/[\w./-]*)`", README)
    assert links or named
    assert [path for path in (*links, *named) if not (ROOT / path).exists()] == []


@needs_readme
def test_the_readme_holds_the_command_by_which_the_project_is_checked() -> None:
    """``.ci/run`` takes it from there."""
    behind = README.split("<!-- test command -->")
    assert len(behind) == 2
    assert "pytest" in code_blocks(behind[1])[0]


# ---- versions and settings --------------------------------------------------------------------------------------


def test_one_version_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == ocr_pipeline.__version__
    assert re.search(rf"^## {re.escape(ocr_pipeline.__version__)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


@functools.cache
def used_names() -> frozenset[str]:
    """Every attribute that is read somewhere in the package or its training code, outside ``config``."""
    names: set[str] = set()
    for path in [*(ROOT / "ocr_pipeline").rglob("*.py"), *(ROOT / "models").rglob("*.py")]:
        if path.parent.name != "config":
            names |= {
                n.attr for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Attribute)
            }
    return frozenset(names)


GROUPS = [value for value in vars(config).values() if dataclasses.is_dataclass(value) and isinstance(value, type)]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_settings_are_frozen_explained_and_used(group: type) -> None:
    assert group.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert group.__doc__ and not group.__doc__.startswith(group.__name__ + "(")
    instance = group()
    assert hash(instance) == hash(group())
    assert [field.name for field in dataclasses.fields(group) if field.name not in used_names()] == []


def test_every_group_of_settings_has_its_default() -> None:
    defaults = {type(value) for name, value in vars(config).items() if name.isupper()}
    parts = {type(value) for default in defaults for value in vars_of(default)}
    assert set(GROUPS) <= defaults | parts


def vars_of(group: type) -> list[object]:
    return [getattr(group(), field.name) for field in dataclasses.fields(group)]


def test_no_threshold_is_changed_behind_a_default() -> None:
    """Settings are handed on as arguments with the default of ``config``: nothing else makes one."""
    made = []
    names = {group.__name__ for group in GROUPS}
    for path in (ROOT / "ocr_pipeline").rglob("*.py"):
        if path.parent.name == "config":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                made.append(f"{path.name}, line {node.lineno}: {node.func.id}")
    assert made == []
