"""The command line's contracts: what is printed, in which order, and that every command explains itself."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

import ocr_pipeline
from ocr_pipeline.cli import cli
from ocr_pipeline.errors import ExitCode
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.records import BOX_CLASSES, ILLEGIBLE, FailureCode, FlagCode, Severity, Stage
from ocr_pipeline.station.resolve import WITNESSES
from ocr_pipeline.synth.generate import generate
from ocr_pipeline.tabulate.export import COLUMNS, What

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
LABELS = {row["photo"]: row for row in map(json.loads, (SAMPLES / "labels.jsonl").read_text().splitlines())}
BROKEN_SUM = "3674041001004-p2.jpg"
UNREADABLE = "3674041001005-p2.jpg"


def call(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ocr_pipeline", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=cwd, env=environment)


def done(*arguments: str | Path, cwd: Path | None = None) -> str:
    """The standard output of a command that ends well."""
    result = call(*arguments, cwd=cwd)
    assert result.returncode == ExitCode.OK, result.stderr
    return result.stdout


# ---- read --json ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Photos in an order that is not that of their names, two of them in containers."""
    folder = tmp_path_factory.mktemp("given")
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        archive.write(SAMPLES / "3674041001002-p2.jpg", "desa/b.jpg")
    pages = [Pillow.open(SAMPLES / f"6301052001001-p{n}.jpg") for n in (2, 3)]
    pages[0].save(folder / "scan.pdf", save_all=True, append_images=pages[1:], resolution=60)
    names = ["6301052001001-p3.jpg", UNREADABLE, BROKEN_SUM, "3273011001001-p1.jpg"]
    return [
        str(SAMPLES / names[0]),
        str(folder / "set.zip"),
        *(str(SAMPLES / n) for n in names[1:]),
        str(folder / "scan.pdf"),
    ]


@pytest.fixture(scope="module")
def lines(given: list[str]) -> list[dict[str, Any]]:
    """What ``read --json`` prints of them."""
    result = call("read", "--json", *given)
    assert result.returncode == ExitCode.OK, result.stderr
    assert result.stderr == ""
    assert result.stdout.endswith("}\n")
    return [json.loads(line) for line in result.stdout.splitlines()]  # one object a line, and nothing else


def read_ones(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line["status"] == "read"]


def test_photos_come_in_the_order_of_the_arguments(given: list[str], lines: list[dict[str, Any]]) -> None:
    first, zipped, second, third, fourth, pdf = given
    expected = [first, f"{zipped}!desa/b.jpg", second, third, fourth, f"{pdf}#1", f"{pdf}#2"]
    assert [line["photo"] for line in lines] == expected
    assert [line["status"] for line in lines] == ["read", "read", "unreadable", "read", "read", "read", "read"]


def test_a_line_has_these_keys_and_no_others(lines: list[dict[str, Any]]) -> None:
    start = ["photo", "sha256", "status"]
    for line in lines:
        if line["status"] == "read":
            body = ["form", "page", "pairs", "station", "fields", "flags", "registration", "quality", "milliseconds"]
        else:
            assert line["status"] == "unreadable"
            body = ["failure", "milliseconds"]
        assert list(line) == start + body


def test_the_head_says_what_was_found(lines: list[dict[str, Any]]) -> None:
    pages = {(page.form_id, page.page, page.pairs) for page in load_catalogue().pages}
    for line in read_ones(lines):
        assert (line["form"], line["page"], line["pairs"]) in pages
        assert re.fullmatch("[0-9a-f]{64}", line["sha256"])
        assert isinstance(line["station"], dict)
        assert list(line["milliseconds"]) == ["capture", "deskew", "identify", "boxes", "read"]
        assert all(isinstance(value, float | int) and value >= 0 for value in line["milliseconds"].values())
        assert list(line["registration"]) == [
            "method",
            "score",
            "explained",
            "residual_mm",
            "runner_up",
            "runner_up_score",
            "tag_id",
        ]
    for line in lines:
        if "!" not in line["photo"] and "#" not in line["photo"]:
            assert line["sha256"] == hashlib.sha256(Path(line["photo"]).read_bytes()).hexdigest()


def test_the_right_page_of_the_right_form(lines: list[dict[str, Any]]) -> None:
    found = [(line["form"], line["page"], line["pairs"]) for line in read_ones(lines)]
    assert found == [
        ("c-hasil-kwk-2024", 3, None),
        ("c-hasil-kwk-2020", 2, None),
        ("c-hasil-kwk-2020", 2, None),
        ("c-hasil-ppwp-2024", 1, None),
        ("c-hasil-kwk-2024", 2, 2),
        ("c-hasil-kwk-2024", 3, None),
    ]


def test_fields_keep_the_contract(lines: list[dict[str, Any]]) -> None:
    catalogue = load_catalogue()
    for line in read_ones(lines):
        page = catalogue.page(line["form"], line["page"], line["pairs"])
        assert [field["field"] for field in line["fields"]] == [field.name for field in page.fields]
        for field, printed in zip(line["fields"], page.fields, strict=True):
            keys = ["field", "value", "probability", "verdict", "boxes", "runner_up", "witnesses", "quads_px"]
            assert list(field) == keys
            assert field["value"] is None or type(field["value"]) is int
            assert 0 <= field["probability"] <= 1
            assert field["verdict"] in ("accept", "review")
            assert len(field["boxes"]) == len(printed.boxes)
            assert set(field["boxes"]) <= set(BOX_CLASSES + ILLEGIBLE)
            if field["runner_up"] is not None:
                assert list(field["runner_up"]) == ["value", "probability"]
                assert field["runner_up"]["value"] is None or type(field["runner_up"]["value"]) is int
                assert field["runner_up"]["value"] != field["value"]
            assert tuple(field["witnesses"]) == WITNESSES == ("digits", "bubbles", "words", "tally")
            assert all(said is None or type(said) is int for said in field["witnesses"].values())
            assert field["witnesses"]["digits"] == field["value"]
            assert [len(quad) for quad in field["quads_px"]] == [4] * len(printed.boxes)
            if field["verdict"] == "accept":
                assert field["value"] is not None and field["probability"] >= 0.99


def test_quads_lie_where_the_boxes_are(lines: list[dict[str, Any]]) -> None:
    rows = (SAMPLES / "box_quads.jsonl").read_text().splitlines()
    truth = {row["photo"]: row["boxes_px"] for row in map(json.loads, rows)}
    (line,) = [line for line in lines if line["photo"] == str(SAMPLES / "3273011001001-p1.jpg")]
    for field in line["fields"]:
        off = np.array(field["quads_px"]) - np.array(truth["3273011001001-p1.jpg"][field["field"]])
        assert np.abs(off).max() < 5


def test_flags_keep_the_contract(lines: list[dict[str, Any]]) -> None:
    (wrong,) = [line for line in lines if Path(line["photo"]).name == BROKEN_SUM]
    for line in read_ones(lines):
        names = {field["field"] for field in line["fields"]}
        for flag in line["flags"]:
            keys = ["code", "severity", "rule", "fields", "message", "message_indonesian", "numbers", "look_first"]
            assert list(flag) == keys
            assert flag["code"] in set(FlagCode) and flag["severity"] in set(Severity)
            assert set(flag["fields"]) <= names
            assert len(flag["message"]) > 10 and len(flag["message_indonesian"]) > 10
            assert flag["look_first"] is None or flag["look_first"] in flag["fields"]
            if flag["severity"] == "error":
                stopped = {field["field"] for field in line["fields"] if field["verdict"] == "review"}
                assert set(flag["fields"]) <= stopped
    (flag,) = [flag for flag in wrong["flags"] if flag["code"] == "SUM_MISMATCH"]
    assert flag["rule"] == "R3"
    assert flag["fields"] == ["suara_sah", "paslon_1", "paslon_2", "paslon_3"]
    assert re.fullmatch(r"\d+ \+ \d+ \+ \d+ = \d+, the form says \d+: \d+ too (many|few)", flag["message"])


def test_a_failure_keeps_the_contract(lines: list[dict[str, Any]]) -> None:
    (line,) = [line for line in lines if line["status"] == "unreadable"]
    failure = line["failure"]
    assert list(failure) == ["stage", "code", "message", "measured"]
    assert failure["stage"] in set(Stage) and failure["code"] in set(FailureCode)
    assert failure["message"].endswith(".")
    assert all(isinstance(value, int | float) for value in failure["measured"].values())


def test_the_station_comes_from_the_name_or_is_not_known(lines: list[dict[str, Any]]) -> None:
    stations = [line["station"] for line in read_ones(lines)]
    assert stations[0] == {"code": "6301052001001", "nomor_tps": "001"}
    assert stations[1] == {}  # desa/b.jpg


def test_reading_again_gives_the_same_but_for_the_time(given: list[str], lines: list[dict[str, Any]]) -> None:
    again = [json.loads(line) for line in done("read", "--json", *given[:3]).splitlines()]
    for line, before in zip(again, lines, strict=False):
        assert line | {"milliseconds": None} == before | {"milliseconds": None}


def test_for_people_a_line_per_number_and_the_reasons() -> None:
    text = done("read", SAMPLES / BROKEN_SUM, SAMPLES / UNREADABLE)
    assert re.search(r"c-hasil-kwk-2020 page 2\n  paslon_1 +\d+ +\[[0-9X_-]{3}\] +[01]\.\d{3}", text)
    assert "<- review" in text and "the form says" in text
    assert f"{UNREADABLE}: not read, RETAKE\n  No form can be found: the photo is too dark" in text


def test_debug_pictures_are_written_beside_the_reading(tmp_path: Path) -> None:
    printed = done("read", "--json", SAMPLES / BROKEN_SUM, "--debug", tmp_path / "seen")
    assert len(printed.splitlines()) == 1
    assert len(list((tmp_path / "seen").glob("*.jpg"))) == 3


# ---- run and export ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a run over the samples."""
    path = tmp_path_factory.mktemp("db") / "tps.sqlite"
    text = done("run", SAMPLES, "--db", path, "--jobs", "2", "--quiet")
    assert re.search(rf"Photos +{len(LABELS)} ", text)
    assert re.search(r"RETAKE +1\b", text)
    assert f"ocr-pipeline export --db {path} --what flags" in text
    return path


def test_the_same_run_again_reads_nothing(db: Path) -> None:
    result = call("run", SAMPLES, "--db", db, "--jobs", "1")
    assert result.returncode == ExitCode.OK
    assert f"({len(LABELS)} known from before" in result.stdout
    assert f"photos {len(LABELS)}/{len(LABELS)}" in result.stderr


@pytest.mark.parametrize("what", [what for what in What if what is not What.DECISIONS])
def test_a_table_as_csv_and_as_json(db: Path, what: What, tmp_path: Path) -> None:
    text = done("export", "--db", db, "--what", what)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    objects = [json.loads(line) for line in done("export", "--db", db, "--what", what, "--format", "json").splitlines()]
    assert text.startswith("\ufeff") and tuple(rows[0]) == COLUMNS[what]
    assert len(rows) == len(objects) > 0
    assert all(tuple(row) == COLUMNS[what] for row in objects)
    for suffix, printed in ((".csv", text), (".jsonl", "")):
        out = tmp_path / f"table{suffix}"
        assert done("export", "--db", db, "--what", what, "--out", out) == ""
        saved = out.read_bytes().decode()
        assert saved.replace("\r\n", "\n") == printed if printed else len(saved.splitlines()) == len(objects)


def test_a_run_nobody_has_reviewed_has_no_decisions(db: Path) -> None:
    (head,) = csv.reader(io.StringIO(done("export", "--db", db, "--what", "decisions").removeprefix("\ufeff")))
    assert tuple(head) == COLUMNS[What.DECISIONS]
    assert done("export", "--db", db, "--what", "decisions", "--format", "json") == ""


def test_readings_of_a_run_are_those_of_its_stations(db: Path) -> None:
    rows = [json.loads(line) for line in done("export", "--db", db, "--format", "json").splitlines()]
    stations = {row["station"] for row in rows}
    read = {name for name, label in LABELS.items() if not label.get("unreadable")}
    assert stations == {name.split("-")[0] for name in read}
    assert len(rows) == sum(len(LABELS[name]["fields"]) for name in read)


def test_sums_are_checked_over_all_pages_of_a_station(tmp_path: Path) -> None:
    """Page 2 of another station under this one's code: each page by itself is fine, together they do not add up."""
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(SAMPLES / "6301052001001-p3.jpg", photos)
    other = generate("c-hasil-kwk-2024", 2, 2, seed=77, severity=0, filler="X", long_side_px=1800)
    (photos / "6301052001001-p2.jpg").write_bytes(other.jpeg)
    alone = [json.loads(line) for line in done("read", "--json", photos).splitlines()]
    assert "SUM_MISMATCH" not in {flag["code"] for line in alone for flag in line["flags"]}
    db = tmp_path / "tps.sqlite"
    assert re.search(r"Stations +1\b", done("run", photos, "--db", db, "--jobs", "1", "--quiet"))
    rows = [json.loads(line) for line in done("export", "--db", db, "--what", "flags", "--format", "json").splitlines()]
    (flag,) = [row for row in rows if row["code"] == "SUM_MISMATCH"]
    assert set(flag["fields"]) == {"paslon_1", "paslon_2", "suara_sah"}
    assert f"the form says {LABELS['6301052001001-p3.jpg']['fields']['suara_sah']['value']}" in flag["message"]


# ---- forms, synth, bench ----------------------------------------------------------------------------------------


def test_forms_lists_every_page_and_what_is_not_known() -> None:
    text = done("forms")
    for form in load_catalogue().forms:
        assert f"{form.form_id}: {form.title}, {form.election}" in text
        for sentence in form.not_known:
            assert f"not known: {sentence}" in text
    assert text.count("\n  page ") == len(load_catalogue().pages)


@pytest.mark.parametrize(("page", "pairs"), [(2, None), (2, 3), (3, None)])
def test_a_form_is_drawn(page: int, pairs: int | None, tmp_path: Path) -> None:
    more = [] if pairs is None else ["--pairs", str(pairs)]
    text = done("forms", "draw", "c-hasil-kwk-2024", "--page", str(page), *more, cwd=tmp_path)
    assert "drawn to c-hasil-kwk-2024-p" in text
    picture = cv2.imread(str(tmp_path / f"c-hasil-kwk-2024-p{page}.png"))
    assert picture is not None and picture.shape[0] > picture.shape[1] > 1000


def test_synth_makes_what_bench_scores(tmp_path: Path) -> None:
    made = tmp_path / "made"
    done("synth", "--form", "c-hasil-kwk-2024", "--count", "2", "--seed", "5", "--severity", "0", "--out", made)
    again = tmp_path / "again"
    done("synth", "--form", "c-hasil-kwk-2024", "--count", "2", "--seed", "5", "--severity", "0", "--out", again)
    for path in sorted(made.iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes()
    text = done("bench", made)
    assert re.search(r"c-hasil-kwk-2024 synthetic +2 +2 +0 +0 ", text)


def test_bench_registration_writes_its_tables(tmp_path: Path) -> None:
    out = tmp_path / "ladder"
    arguments = ("bench-registration", "--count", "1", "--form", "c-hasil-kwk-2020", "--no-peers", "--out", out)
    text = done(*arguments, "--photos", "--jobs", "1", "--quiet")
    assert (out / "registration.txt").read_text() == text
    figures = json.loads((out / "registration.json").read_text())
    assert figures["groups"]["all"]["ocr-pipeline"]["pages"] == 1
    assert list((out / "photos").iterdir()) == []
    refused = call(*arguments, "--form", "c-hasil-kwk-2099")
    assert refused.returncode == ExitCode.USAGE and "c-hasil-kwk-2099" in refused.stderr


def test_bench_on_the_samples(tmp_path: Path) -> None:
    out = tmp_path / "made" / "bench"
    text = done("bench", SAMPLES, "--out", out, "--show-wrong", "--floor", ROOT / "floors/samples.json")
    figures = json.loads((out / "figures.json").read_text())
    every = figures["all"]
    assert every["photos"] == len(LABELS)
    assert (every["page_right"], every["page_wrong"], every["rejected"]) == (len(LABELS) - 1, 0, 1)
    assert every["numbers"] == sum(len(label["fields"]) for label in LABELS.values())
    assert every["wrong_accepted"] == 0
    assert every["right"] / every["numbers"] > 0.9
    boxes = figures["pages"]["all"]
    assert (boxes["known_photos"], boxes["inexact_photos"]) == (len(LABELS) - 1, 0)
    assert set(figures["groups"]) == {f"{label['form']} synthetic" for label in LABELS.values()}
    for name in (*figures["groups"], "all"):
        assert f"\n{name} " in text
    assert "95 % interval" in text and "wrong acc." in text
    assert (out / "index.html").read_text().startswith("<!DOCTYPE html>")


def test_bench_of_one_form_is_below_the_floor_of_all(tmp_path: Path) -> None:
    one_form = ("bench", SAMPLES, "--form", "c-hasil-kwk-2024", "--kind", "synthetic")
    result = call(*one_form, "--floor", ROOT / "floors/samples.json", "--write-floor", tmp_path / "new" / "floor.json")
    assert "c-hasil-kwk-2024 synthetic" in result.stdout and "c-hasil-kwk-2020" not in result.stdout
    assert result.returncode == ExitCode.BELOW_FLOOR
    assert "all: 2 photos measured, the floor was written from 10" in result.stderr
    done(*one_form, "--floor", tmp_path / "new" / "floor.json")


# ---- help -------------------------------------------------------------------------------------------------------


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands(cli))


def test_the_commands_there_are() -> None:
    assert {path[0] for path in ALL if path} >= {"read", "run", "export", "forms", "synth", "bench"}


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "(all)")
def test_every_command_and_option_has_help(path: tuple[str, ...]) -> None:
    command = ALL[path]
    assert command.help and len(command.help) > 20
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in ("what", "kind"):
            assert parameter.help, f"{' '.join(path)} {parameter.opts}"


def test_help_and_version_are_printed() -> None:
    for flag in ("-h", "--help"):
        text = done(flag)
        assert "read" in text and "Exit codes: 0" in text
    assert ocr_pipeline.__version__ in done("--version")


def test_the_exit_codes_in_the_help_are_those_there_are() -> None:
    assert cli.help is not None
    text = " ".join(cli.help.split())
    said = {int(number) for number in re.findall(r"(?:^|[ ,:])(\d+) [a-z]", text[text.index("Exit codes") :])}
    assert said == {int(code) for code in ExitCode}
