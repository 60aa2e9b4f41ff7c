"""``check`` and ``compare``: numbers from elsewhere under the rules, and beside our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ocr_pipeline.cli import cli
from ocr_pipeline.errors import InputMissing, UsageError

FORM = "c-hasil-ppwp-2024"
SAMPLE = Path(__file__).parents[2] / "samples" / "3674041001004-p2.jpg"
ADDS_UP = {"paslon_1": 87, "paslon_2": 120, "paslon_3": 33, "suara_sah": 240}


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def numbers(tmp_path: Path, *stations: dict[str, int]) -> str:
    path = tmp_path / "numbers.jsonl"
    rows = [{"station": f"S{place}", "fields": fields} for place, fields in enumerate(stations, 1)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_check_says_what_is_broken_and_counts(tmp_path: Path) -> None:
    path = numbers(tmp_path, ADDS_UP, ADDS_UP | {"suara_sah": 249}, {"paslon_1": 87})
    done = run("check", path, "--form", FORM)
    assert done.exit_code == 0
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert first == {"station": "S1", "form": FORM, "decided": 5, "broken": [], "suggestions": []}
    (broken,) = second["broken"]
    assert broken["message"] == "87 + 120 + 33 = 240, the form says 249: 9 too many"
    assert broken["numbers"] == {"found": 249, "expected": 240, "difference": 9}
    assert {"suara_sah": 240} in [one["changes"] for one in second["suggestions"]]
    assert third["decided"] == 1 and third["broken"] == []
    assert [line.split() for line in done.stderr.splitlines() if line.startswith("R3")] == [["R3", "1", "2"]]
    assert done.stderr.splitlines()[-1] == "3 stations; 1 of 2 with all of these numbers break a rule"


def test_check_of_some_rules(tmp_path: Path) -> None:
    path = numbers(tmp_path, {**ADDS_UP, "suara_sah": 249, "paslon_1": 884})
    done = run("check", path, "--form", FORM, "--rule", "R13.paslon_1", "--suggestions", "0")
    (line,) = map(json.loads, done.stdout.splitlines())
    assert [flag["rule"] for flag in line["broken"]] == ["R13.paslon_1"]
    assert line["suggestions"] == []


@pytest.mark.parametrize(
    ("words", "error", "part"),
    [
        (("--form", "c1"), UsageError, "ocr-pipeline forms"),
        (("--form", FORM, "--rule", "R99"), UsageError, "has no rule R99"),
    ],
)
def test_check_says_what_is_wrong_with_the_command(
    tmp_path: Path, words: tuple[str, ...], error: type[Exception], part: str
) -> None:
    done = run("check", numbers(tmp_path, ADDS_UP), *words)
    assert isinstance(done.exception, error) and part in str(done.exception)


def test_check_of_a_file_that_is_not_there() -> None:
    assert isinstance(run("check", "nowhere.jsonl", "--form", FORM).exception, InputMissing)


def test_compare_lists_differences_cuts_them_out_and_flags_them(tmp_path: Path) -> None:
    db, crops = str(tmp_path / "tps.sqlite"), tmp_path / "strips"
    assert run("run", str(SAMPLE), "--db", db, "--jobs", "1", "--quiet").exit_code == 0
    theirs = tmp_path / "theirs.csv"
    theirs.write_text("station,paslon_1,paslon_2\n3674041001004,95,156\n")
    words = ("compare", "--with", str(theirs), "--db", db, "--crops", str(crops), "--flag", "--format", "json")
    done = run(*words)
    (row,) = map(json.loads, done.stdout.splitlines())
    assert (row["field"], row["value"], row["published"]) == ("paslon_2", 158, 156)
    assert Path(row["crop"]).stat().st_size > 1000 and Path(row["crop"]).parent == crops
    assert "1 numbers equal, 1 different" in done.stderr
    flags = run("export", "--db", db, "--what", "flags", "--format", "json").stdout
    assert "paslon_2 reads 158, published is 156" in flags
    table = run("compare", "--with", str(theirs), "--db", db).stdout
    assert table.startswith("\ufeffstation,form,page,field") and len(table.splitlines()) == 2
