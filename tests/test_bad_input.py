"""What an operator may hand in by mistake or malice, through the command line itself.

Every photo ends as a reading or as a typed failure with a sentence; the rest of the run is unharmed;
the exit code says what happened.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import SYNTH
from ocr_pipeline.errors import ExitCode
from ocr_pipeline.forms import FormPage, load_catalogue
from ocr_pipeline.records import BOX_CLASSES
from ocr_pipeline.synth.camera import encode, frame, take_photo
from ocr_pipeline.synth.generate import generate
from ocr_pipeline.synth.paper import draw_page
from ocr_pipeline.synth.shot import invent_shot

SAMPLES = Path(__file__).parents[1] / "samples"
GOOD = SAMPLES / "6301052001001-p3.jpg"
PAGES = tuple(page for page in load_catalogue().pages if not page.provisional)


def ocr_pipeline(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ocr_pipeline", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# ---- the inputs -------------------------------------------------------------------------------------------------


def huge_png(side: int = 30_000) -> bytes:
    """A whole, valid, all-white picture of 900 million pixels, in 110 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(1)
    row = b"\x00" + b"\xff" * ((side + 7) // 8)
    pixels = b"".join(packer.compress(row * 1000) for _ in range(side // 1000)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def locked_pdf() -> bytes:
    """A PDF of one page that asks for a password; its key is made up, so none fits."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    lock = "<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{0}> /U <{0}> >>".format("5a" * 32)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = f"trailer << /Size 4 /Root 1 0 R /Encrypt {lock} /ID [<00><00>] >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + b"xref\n0 4\n0000000000 65535 f \n" + table + trailer.encode()


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def cat() -> bytes:
    """An animal with fur, whiskers and two sharp ears on a sofa; as like a form as most photos are."""
    rng = np.random.default_rng(9)
    picture = np.full((1200, 1600, 3), (60, 90, 120), np.uint8)
    for x in range(0, 1600, 40):  # the sofa's ribs
        cv2.line(picture, (x, 0), (x + 60, 1200), (50, 75, 105), 9)
    fur = (70, 140, 210)
    cv2.ellipse(picture, (800, 800), (420, 330), 0, 0, 360, fur, -1)
    cv2.circle(picture, (800, 420), 230, fur, -1)
    for sign in (-1, 1):
        ear = [[800 + sign * 60, 240], [800 + sign * 210, 90], [800 + sign * 220, 330]]
        cv2.fillPoly(picture, [np.array(ear)], fur)
        cv2.ellipse(picture, (800 + sign * 85, 400), (38, 52), 0, 0, 360, (120, 220, 190), -1)
        cv2.ellipse(picture, (800 + sign * 85, 400), (9, 46), 0, 0, 360, (10, 10, 10), -1)
        for n in range(4):
            cv2.line(picture, (800 + sign * 60, 500), (800 + sign * 380, 450 + 35 * n), (230, 230, 230), 3, cv2.LINE_AA)
    for _ in range(9000):
        x, y = rng.normal(800, 260), rng.normal(680, 260)
        shade = int(rng.integers(-50, 50))
        end = (int(x + rng.normal(0, 14)), int(y + abs(rng.normal(0, 22))))
        colour = tuple(int(np.clip(c + shade, 0, 255)) for c in fur)
        cv2.line(picture, (int(x), int(y)), end, colour, 2, cv2.LINE_AA)
    return encode(picture, 90)


def blank(page: FormPage, severity: int = 0) -> bytes:
    """The photo of a sheet on which nobody has written."""
    rng = np.random.default_rng(page.page)
    shot = invent_shot(severity, rng)
    view = frame(shot, (page.width, page.height), SYNTH.long_side_px)
    printed = draw_page(page, 2.5)
    return encode(take_photo(printed, np.zeros_like(printed), (0, 0, 0), view, 2.5, shot, rng), 90)


def animation() -> bytes:
    return b"GIF89a" + struct.pack("<HH", 800, 600) + bytes(40)


@dataclass(frozen=True)
class Bad:
    """One input, and the ends it may come to, by the photo's name behind the file's."""

    data: bytes
    ends: dict[str, tuple[str, ...]]


def bad_inputs() -> dict[str, Bad]:
    photo = GOOD.read_bytes()
    no_form = ("NO_FORM_FOUND", "UNKNOWN_FORM")
    return {
        "truncated.jpg": Bad(photo[: len(photo) // 2], {"": ("BROKEN_IMAGE",)}),
        "zero.jpg": Bad(b"", {"": ("EMPTY_FILE",)}),
        "text.jpg": Bad(b"Suara sah: 123\n" * 50, {"": ("NOT_A_PHOTO",)}),
        "page.jpg": Bad(b"<html><body>404 Not Found</body></html>", {"": ("NOT_A_PHOTO",)}),
        "huge.png": Bad(huge_png(), {"": ("TOO_MANY_PIXELS",)}),
        "small.png": Bad(cv2.imencode(".png", np.full((60, 80), 200, np.uint8))[1].tobytes(), {"": ("TOO_SMALL",)}),
        "locked.pdf": Bad(locked_pdf(), {"": ("ENCRYPTED",)}),
        "moving.gif": Bad(animation(), {"": ("UNSUPPORTED_TYPE",)}),
        "nested.zip": Bad(
            zipped({"inner.zip": zipped({"a.jpg": photo}), "outer.jpg": photo}),
            {"!inner.zip": ("NESTED_ARCHIVE",), "!outer.jpg": ("read",)},
        ),
        "paths.zip": Bad(
            zipped({"../../escape.jpg": photo, "/root.jpg": photo, "in/good.jpg": photo}),
            {
                "!../../escape.jpg": ("UNSAFE_MEMBER_NAME",),
                "!/root.jpg": ("UNSAFE_MEMBER_NAME",),
                "!in/good.jpg": ("read",),
            },
        ),
        "torn.zip": Bad(zipped({"a.jpg": photo})[:4000], {"": ("BROKEN_ARCHIVE",)}),
        "cat.jpg": Bad(cat(), {"": no_form}),
        "wall.png": Bad(cv2.imencode(".png", np.full((900, 700), 170, np.uint8))[1].tobytes(), {"": no_form}),
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All bad inputs in one folder, two good photos among them."""
    path = tmp_path_factory.mktemp("bad")
    for name, bad in bad_inputs().items():
        (path / name).write_bytes(bad.data)
    shutil.copy(GOOD, path / "a-good.jpg")
    shutil.copy(GOOD, path / "z-good.jpg")
    return path


@pytest.fixture(scope="module")
def lines(folder: Path) -> dict[str, dict[str, Any]]:
    """What ``read --json`` says of each photo, by its name below the folder."""
    done = ocr_pipeline("read", "--json", folder)
    assert done.returncode == ExitCode.OK, done.stderr
    assert done.stderr == ""
    found = json_lines(done.stdout)
    named = {line["photo"].removeprefix(f"{folder}/"): line for line in found}
    assert len(named) == len(found)
    return named


# ---- each ends as it should -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", bad_inputs())
def test_each_ends_in_a_typed_failure_with_a_sentence(name: str, lines: dict[str, dict[str, Any]]) -> None:
    for behind, ends in bad_inputs()[name].ends.items():
        line = lines[name + behind]
        if line["status"] == "read":
            assert "read" in ends
            continue
        assert line["failure"]["code"] in ends
        message = line["failure"]["message"]
        assert message[0].isupper() and message.endswith(".") and 30 < len(message) < 400
        assert "Traceback" not in message and "Error" not in message
        assert set(line) == {"photo", "sha256", "status", "failure", "milliseconds"}


def test_nothing_else_is_found_and_the_good_photos_are_read(lines: dict[str, dict[str, Any]]) -> None:
    expected = {name + behind for name, bad in bad_inputs().items() for behind in bad.ends}
    assert set(lines) == expected | {"a-good.jpg", "z-good.jpg"}
    alone = json_lines(ocr_pipeline("read", "--json", GOOD).stdout)[0]
    for name in ("a-good.jpg", "z-good.jpg", "paths.zip!in/good.jpg", "nested.zip!outer.jpg"):
        assert lines[name]["status"] == "read"
        assert lines[name]["fields"] == alone["fields"]


def test_the_numbers_are_in_the_sentence(lines: dict[str, dict[str, Any]]) -> None:
    assert "30000 x 30000" in lines["huge.png"]["failure"]["message"]
    assert "80 x 60" in lines["small.png"]["failure"]["message"]
    assert "0 bytes" in lines["zero.jpg"]["failure"]["message"]
    assert re.search(r"ends after [345]\d % of the picture", lines["truncated.jpg"]["failure"]["message"])
    assert "password" in lines["locked.pdf"]["failure"]["message"]


def test_a_run_over_all_of_it_ends_well_and_lists_what_failed(folder: Path, tmp_path: Path) -> None:
    db = tmp_path / "tps.sqlite"
    done = ocr_pipeline("run", folder, "--db", db, "--jobs", "2", "--quiet")
    assert done.returncode == ExitCode.OK, done.stderr
    failures = json_lines(ocr_pipeline("export", "--db", db, "--what", "failures", "--format", "json").stdout)
    codes = {row["photo"].removeprefix(f"{folder}/"): row["code"] for row in failures}
    for name, bad in bad_inputs().items():
        for behind, ends in bad.ends.items():
            assert codes.get(name + behind, "read") in ends
    readings = json_lines(ocr_pipeline("export", "--db", db, "--format", "json").stdout)
    assert {row["field"] for row in readings} >= {"suara_sah", "suara_total"}
    flags = json_lines(ocr_pipeline("export", "--db", db, "--what", "flags", "--format", "json").stdout)
    assert "DUPLICATE_PHOTO" in {row["code"] for row in flags}  # one photo under four names


@pytest.fixture(scope="module")
def blanks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What is read on each blank sheet, by the page's title."""
    folder = tmp_path_factory.mktemp("blank")
    for number, page in enumerate(PAGES):
        (folder / f"{number:02}.jpg").write_bytes(blank(page))
    done = ocr_pipeline("read", "--json", folder)
    assert done.returncode == ExitCode.OK
    return {page.title: line for page, line in zip(PAGES, json_lines(done.stdout), strict=True)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
def test_a_blank_sheet_has_no_numbers(page: FormPage, blanks: dict[str, dict[str, Any]]) -> None:
    line = blanks[page.title]
    assert (line["status"], line["form"], line["page"], line["pairs"]) == ("read", page.form_id, page.page, page.pairs)
    assert [field["field"] for field in line["fields"]] == [field.name for field in page.fields]
    for field in line["fields"]:
        assert (field["value"], field["verdict"], set(field["boxes"])) == (None, "review", {"_"})
    flagged = {name for flag in line["flags"] if flag["code"] == "NOTHING_WRITTEN" for name in flag["fields"]}
    assert flagged == {field["field"] for field in line["fields"]}


def test_page_1_handed_in_as_page_2(tmp_path: Path) -> None:
    named, listed = tmp_path / "3273011001001-p2.jpg", tmp_path / "IMG_0001.jpg"
    for path in (named, listed):
        shutil.copy(SAMPLES / "3273011001001-p1.jpg", path)
    manifest = tmp_path / "stations.csv"
    manifest.write_text("photo,station,page\nIMG_0001.jpg,3273011001001,2\n")
    done = ocr_pipeline("read", "--json", named, listed, "--manifest", manifest)
    assert done.returncode == ExitCode.OK
    for line in json_lines(done.stdout):
        assert line["page"] == 1
        (flag,) = [flag for flag in line["flags"] if flag["code"] == "WRONG_PAGE"]
        assert "is said to be page 2 but shows page 1" in flag["message"]
        assert line["station"]["code"] == "3273011001001"


# ---- exit codes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["read"], ExitCode.USAGE, "Missing argument"),
        (["reed", "a.jpg"], ExitCode.USAGE, "No such command"),
        (["read", "--jason", GOOD], ExitCode.USAGE, "No such option"),
        (["read", GOOD, "--debug", GOOD], ExitCode.USAGE, "is a file"),
        (["run", GOOD, "--jobs", "0"], ExitCode.USAGE, "0"),
        (["read", GOOD, "--manifest", SAMPLES / "README.md"], ExitCode.USAGE, "line 1"),
        (["forms", "draw", "c-hasil-kwk-2024", "--page", "9"], ExitCode.USAGE, "no page 9"),
        (["forms", "draw", "c-hasil-kwk-2024", "--page", "2", "--out", "a.txt"], ExitCode.USAGE, ".png"),
        (["synth", "--form", "c1", "--count", "1", "--out", "x"], ExitCode.USAGE, "known: c-hasil"),
        (["bench", SAMPLES, "--kind", "real"], ExitCode.USAGE, "synthetic"),
        (["read", "nowhere.jpg", GOOD, "neither.jpg"], ExitCode.INPUT_MISSING, "'nowhere.jpg', 'neither.jpg'"),
        (["run", "nowhere", "--db", "x.sqlite"], ExitCode.INPUT_MISSING, "'nowhere'"),
        (["read", GOOD, "--manifest", "nowhere.csv"], ExitCode.INPUT_MISSING, "nowhere.csv"),
        (["bench", "nowhere"], ExitCode.INPUT_MISSING, "labels.jsonl"),
        (["read", GOOD, "--model", "nowhere.onnx"], ExitCode.PART_MISSING, "nowhere.onnx"),
        (["read", GOOD, "--model", GOOD], ExitCode.PART_MISSING, "damaged"),
        (["run", GOOD, "--db", "x.sqlite", "--model", "nowhere.onnx"], ExitCode.PART_MISSING, "nowhere.onnx"),
        (["run", GOOD, "--db", SAMPLES / "README.md"], ExitCode.DATABASE, "not a database"),
        (["export", "--db", SAMPLES / "README.md"], ExitCode.DATABASE, "not a database"),
        (["export", "--db", "nowhere.sqlite"], ExitCode.DATABASE, "nowhere.sqlite"),
        (["run", GOOD, "--db", "no/such/folder/x.sqlite"], ExitCode.DATABASE, "no/such/folder"),
    ],
    ids=lambda value: " ".join(Path(str(v)).name for v in value) if isinstance(value, list) else None,
)
def test_an_operators_mistake_has_its_code_and_a_sentence(
    arguments: list[str | Path], code: ExitCode, said: str, tmp_path: Path
) -> None:
    done = ocr_pipeline(*arguments, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(SAMPLES.parent)})
    assert done.returncode == code
    assert done.stdout == ""
    assert said in done.stderr
    assert "Error: " in done.stderr and "Traceback" not in done.stderr


def test_the_readme_given_as_database_is_not_touched() -> None:
    before = (SAMPLES / "README.md").read_bytes()
    ocr_pipeline("run", GOOD, "--db", SAMPLES / "README.md")
    assert (SAMPLES / "README.md").read_bytes() == before
    assert not list(SAMPLES.glob("README.md-*"))


def protobuf(*fields: tuple[int, int | bytes | str]) -> bytes:
    """A message of ONNX's format, by field number; numbers below 128 only."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += bytes([number << 3, value])
            continue
        data = value.encode() if isinstance(value, str) else value
        size = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 127 | 128, len(data) >> 7])
        out += bytes([number << 3 | 2]) + size + data
    return out


def model_that_lies() -> bytes:
    """Says that it knows the 13 classes, and answers with the pixels themselves."""

    def tensor(name: str, *sides: int) -> bytes:
        shape = protobuf((1, protobuf((2, "n"))), *((1, protobuf((1, side))) for side in sides))
        return protobuf((1, name), (2, protobuf((1, protobuf((1, 1), (2, shape))))))

    node = protobuf((1, "x"), (2, "y"), (4, "Flatten"))
    output = protobuf((1, "y"), (2, protobuf((1, protobuf((1, 1))))))
    graph = protobuf((1, node), (2, "g"), (11, tensor("x", 1, 48, 48)), (12, output))
    properties = [protobuf((1, key), (2, value)) for key, value in (("temperature", "1"), ("classes", BOX_CLASSES))]
    return protobuf((1, 8), (7, graph), (8, protobuf((2, 13))), *((14, entry) for entry in properties))


@pytest.mark.parametrize("command", ["read", "run"])
def test_a_bug_costs_its_photo_and_is_code_6(command: str, tmp_path: Path) -> None:
    model = tmp_path / "lies.onnx"
    model.write_bytes(model_that_lies())
    unread = tmp_path / "zero.jpg"
    unread.write_bytes(b"")
    more = ["--json"] if command == "read" else ["--db", tmp_path / "x.sqlite", "--quiet", "--jobs", "1"]
    done = ocr_pipeline(command, GOOD, unread, "--model", model, *more)
    assert done.returncode == ExitCode.BUG, done.stderr
    if command == "read":
        bug, empty = json_lines(done.stdout)
        assert (bug["failure"]["code"], bug["failure"]["stage"]) == ("INTERNAL", "read")
        assert bug["sha256"] and "report" in bug["failure"]["message"]
        assert empty["failure"]["code"] == "EMPTY_FILE"
    else:
        assert "bugs                      1" in done.stdout


def test_a_run_that_is_interrupted_says_how_to_go_on(tmp_path: Path) -> None:
    """SIGINT in the middle: 130, what was read is kept, and the same command finishes the rest."""
    photos = tmp_path / "photos"
    photos.mkdir()
    made = generate("c-hasil-kwk-2020", 2, seed=3, severity=0, long_side_px=1100).jpeg
    count = 32
    for n in range(count):  # bytes behind the end mark make each a photo of its own
        (photos / f"{n:03d}.jpg").write_bytes(made + b"%d" % n)
    db = tmp_path / "tps.sqlite"
    command = [sys.executable, "-m", "ocr_pipeline", "run", str(photos), "--db", str(db), "--jobs", "1"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    first = running.stderr.readline()  # the progress after the first chunk
    assert "photos" in first
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == ExitCode.INTERRUPTED
    assert "Stopped after" in err and "the same command goes on from here" in err
    assert "Traceback" not in err and out == ""
    again = ocr_pipeline("run", photos, "--db", db, "--jobs", "2", "--quiet")
    assert again.returncode == ExitCode.OK
    told = next(line for line in again.stdout.splitlines() if line.startswith("Photos"))
    assert f" {count} " in told
    known = int(told.split("(")[1].split()[0])
    assert 0 < known < count


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_and_a_folder_without_photos(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    began = time.monotonic()
    done = ocr_pipeline("read", "--json", tmp_path)
    assert time.monotonic() - began < 60
    assert done.returncode == ExitCode.OK
    assert [line["failure"]["code"] for line in json_lines(done.stdout)] == ["UNSUPPORTED_TYPE"]
    (tmp_path / "empty").mkdir()
    done = ocr_pipeline("read", "--json", tmp_path / "empty")
    assert (done.returncode, done.stdout) == (ExitCode.OK, "")
    assert "No photos" in done.stderr
