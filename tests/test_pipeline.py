"""The way of one photo end to end, and what becomes of it when a stage fails: parts that fail are handed in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

import ocr_pipeline
from ocr_pipeline.answer import as_json, as_text
from ocr_pipeline.debug import DebugSink
from ocr_pipeline.errors import PartMissing
from ocr_pipeline.forms import Catalogue, load_catalogue
from ocr_pipeline.photo.boxes import boxes
from ocr_pipeline.photo.read import read
from ocr_pipeline.pipeline import Tools, find_boxes, load_tools, read_photo, resolve, resolve_page, versions
from ocr_pipeline.records import (
    BOX_CLASSES,
    Crops,
    Failure,
    FailureCode,
    FlagCode,
    PageReading,
    PhotoOutcome,
    PhotoSource,
    Stage,
    Unreadable,
    Verdict,
)
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import StationReadings
from ocr_pipeline.synth.generate import SyntheticPhoto, generate
from ocr_pipeline.warp import Image, Warp

SAMPLES = Path(__file__).parents[1] / "samples"
STAGES = [Stage.CAPTURE, Stage.DESKEW, Stage.IDENTIFY, Stage.BOXES, Stage.READ]


class Reader:
    """Reads a 7 in every box, or does what it is told instead."""

    version = "sevens"
    temperature = 1.0

    def __init__(self, error: Exception | None = None, classes: int = len(BOX_CLASSES)) -> None:
        self.error, self.classes = error, classes

    def log_probabilities(self, images: Sequence[Image]) -> np.ndarray:
        if self.error:
            raise self.error
        rows = np.full((len(images), self.classes), 1e-6)
        rows[:, 7] = 1.0
        return np.log(rows / rows.sum(axis=1, keepdims=True))


def tools(reader: Reader | None = None, catalogue: Catalogue | None = None) -> Tools:
    return Tools(catalogue or load_catalogue(), reader or Reader())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made() -> SyntheticPhoto:
    return generate("c-hasil-ppwp-2024", 2, seed=31, severity=1, filler="X")


@pytest.fixture
def photo(made: SyntheticPhoto, tmp_path: Path) -> PhotoSource:
    path = tmp_path / made.name
    path.write_bytes(made.jpeg)
    return PhotoSource(str(path))


def unreadable(outcome: PhotoOutcome, stage: Stage, code: FailureCode) -> Unreadable:
    assert isinstance(outcome, Unreadable), outcome
    assert (outcome.failure.stage, outcome.failure.code) == (stage, code)
    assert outcome.failure.message.endswith(".")
    assert list(outcome.milliseconds) == STAGES[: STAGES.index(stage) + 1]
    return outcome


# ---- the whole way ----------------------------------------------------------------------------------------------


def test_a_photo_is_read_end_to_end(photo: PhotoSource, made: SyntheticPhoto) -> None:
    outcome = read_photo(photo, load_tools())
    assert isinstance(outcome, PageReading), outcome
    assert (outcome.form_id, outcome.page, outcome.pairs) == ("c-hasil-ppwp-2024", 2, None)
    assert outcome.photo == photo.name and len(outcome.sha256) == 64
    assert outcome.registration.tag_id == 102
    assert list(outcome.milliseconds) == STAGES and min(outcome.milliseconds.values()) >= 0
    assert [field.field for field in outcome.fields] == list(made.label["fields"])
    for field in outcome.fields:
        for quad, true in zip(field.quads_px, made.quads_px[field.field], strict=True):
            assert np.abs(np.array(quad) - np.array(true)).max() < 4
        assert len(field.boxes) == len(field.box_confidence) == len(field.border_scores) == 3


def test_the_same_photo_gives_the_same_outcome(photo: PhotoSource) -> None:
    one, two = (read_photo(photo, load_tools()) for _ in range(2))
    assert isinstance(one, PageReading) and isinstance(two, PageReading)
    for a, b in zip(one.fields, two.fields, strict=True):
        assert (a.boxes, a.quads_px, a.border_scores) == (b.boxes, b.quads_px, b.border_scores)
        assert np.array_equal(a.evidence[0].log_probabilities, b.evidence[0].log_probabilities)


def test_the_boxes_alone(photo: PhotoSource) -> None:
    crops = find_boxes(photo, load_catalogue())
    assert isinstance(crops, Crops) and len(crops.boxes) == 9
    gone = find_boxes(PhotoSource(photo.path + "x"), load_catalogue())
    assert isinstance(gone, Failure) and gone.stage is Stage.CAPTURE


def test_a_reading_can_be_sent_and_resolved(photo: PhotoSource) -> None:
    handed_in = tools()
    outcome = read_photo(photo, handed_in)
    assert isinstance(outcome, PageReading)
    key = StationKey("3273011001001", 2, KeySource.MANIFEST)
    (result,) = resolve(StationReadings(key.station, ((outcome, key),), {}), handed_in)
    assert [field.value for field in result.fields] == [777, 777, 777]
    assert {field.verdict for field in result.fields} == {"review"}  # no station holds 777
    line = json.loads(json.dumps(as_json(outcome, result, key)))
    assert line["station"] == {"code": "3273011001001", "nomor_tps": "001"}
    assert "777" in as_text(outcome, result)


def test_no_probability_is_rounded_up_to_certainty(photo: PhotoSource) -> None:
    handed_in = tools()
    outcome = read_photo(photo, handed_in)
    assert isinstance(outcome, PageReading)
    key = StationKey("a", None, KeySource.PHOTO_ALONE)
    (result,) = resolve(StationReadings("a", ((outcome, key),), {}), handed_in)
    for exact, printed in ((0.99996, 0.9999), (0.5, 0.5), (1.0, 1.0)):
        fields = tuple(dataclasses.replace(field, probability=exact) for field in result.fields)
        line = as_json(outcome, dataclasses.replace(result, fields=fields), key)
        assert {field["probability"] for field in line["fields"]} == {printed}


def test_versions_say_what_an_outcome_depends_on() -> None:
    first, again = versions(tools()), versions(tools())
    assert first == again
    assert first.model == "sevens"
    assert first.code.startswith(ocr_pipeline.__version__)
    assert first.forms


# ---- every stage failing ----------------------------------------------------------------------------------------


def test_capture_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"")
    outcome = unreadable(read_photo(PhotoSource(str(path)), tools()), Stage.CAPTURE, FailureCode.EMPTY_FILE)
    assert outcome.sha256 is None and outcome.photo == str(path)


def test_identify_fails_where_there_is_no_form(tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((900, 700), 190, np.uint8))
    outcome = unreadable(read_photo(PhotoSource(str(path)), tools()), Stage.IDENTIFY, FailureCode.NO_FORM_FOUND)
    assert outcome.sha256 is not None


@pytest.mark.parametrize("forms", [(), ("c-hasil-kwk-2020",)])
def test_a_form_that_is_not_in_the_catalogue_is_read_for_a_person(forms: tuple[str, ...], photo: PhotoSource) -> None:
    """Its boxes are found by themselves; whatever the reader is sure of, nothing is used unseen."""
    handed_in = tools(catalogue=Catalogue(tuple(load_catalogue().form(form) for form in forms)))
    outcome = read_photo(photo, handed_in)
    assert isinstance(outcome, PageReading)
    assert (outcome.form_id, outcome.page, outcome.pairs) == ("unknown", 0, None)
    assert [field.boxes for field in outcome.fields] == ["777"] * 3
    key = StationKey("3273011001001", 2, KeySource.MANIFEST)
    result = resolve_page(outcome, key, handed_in)
    assert result == resolve(StationReadings(key.station, ((outcome, key),), {}), handed_in)[0]
    assert {field.verdict for field in result.fields} == {"review"}
    (flag,) = [flag for flag in result.flags if flag.code is FlagCode.FORM_NOT_KNOWN]
    assert set(flag.fields) == {field.field for field in result.fields} and len(set(flag.fields)) == 3
    assert "katalog" in flag.message_indonesian and result.rules == ()
    line = json.loads(json.dumps(as_json(outcome, result, key)))
    assert (line["form"], line["page"], line["pairs"], line["status"]) == ("unknown", 0, None, "read")
    assert "unknown page 0" in as_text(outcome, result)


def test_boxes_fail_where_the_form_says_they_are_elsewhere(photo: PhotoSource) -> None:
    """A form file with the right lines and every box somewhere else."""
    form = load_catalogue().form("c-hasil-ppwp-2024")
    (page,) = [page for page in form.pages if page.page == 2]
    fields = tuple(
        dataclasses.replace(
            field,
            boxes=tuple(dataclasses.replace(box, x=box.x - 330, y=box.y + 9.5, w=11.0, h=11.0) for box in field.boxes),
        )
        for field in page.fields
    )
    moved = dataclasses.replace(form, pages=(dataclasses.replace(page, fields=fields),))
    catalogue = Catalogue((moved,))
    outcome = read_photo(photo, tools(catalogue=catalogue))
    if isinstance(outcome, PageReading):  # its lines were not enough, and its boxes were found by themselves
        assert outcome.form_id == "unknown"
    else:
        assert outcome.failure.code is FailureCode.BOXES_NOT_CONFIRMED
    assert isinstance(find_boxes(photo, catalogue), Failure)


def test_a_reader_that_raises_is_a_bug_with_its_stage(photo: PhotoSource) -> None:
    outcome = unreadable(
        read_photo(photo, tools(Reader(ZeroDivisionError("by nought")))), Stage.READ, FailureCode.INTERNAL
    )
    assert "ZeroDivisionError: by nought" in outcome.failure.message
    assert "report" in outcome.failure.message
    assert outcome.sha256 is not None


def test_a_reader_of_other_classes_is_a_bug(photo: PhotoSource) -> None:
    unreadable(read_photo(photo, tools(Reader(classes=10))), Stage.READ, FailureCode.INTERNAL)


def test_a_catalogue_that_breaks_is_a_bug_of_the_stage_that_used_it(photo: PhotoSource) -> None:
    class Broken:
        forms = ()

        def pages_for(self, tag_ids: object) -> tuple[()]:
            raise RuntimeError("no pages today")

    outcome = unreadable(
        read_photo(photo, Tools(Broken(), Reader())),  # type: ignore[arg-type]
        Stage.DESKEW,
        FailureCode.INTERNAL,
    )
    assert "no pages today" in outcome.failure.message


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_is_meant_to_stop_the_program_stops_it(photo: PhotoSource, error: type[BaseException]) -> None:
    with pytest.raises(error):
        read_photo(photo, tools(Reader(error())))  # type: ignore[arg-type]


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    with pytest.raises(PartMissing, match=r"nowhere\.onnx"):
        load_tools(tmp_path / "nowhere.onnx")


def test_one_bad_photo_does_not_touch_the_next(photo: PhotoSource, tmp_path: Path) -> None:
    handed_in = tools()
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(Path(photo.path).read_bytes()[:5000])
    before = read_photo(photo, handed_in)
    unreadable(read_photo(PhotoSource(str(bad)), handed_in), Stage.CAPTURE, FailureCode.BROKEN_IMAGE)
    after = read_photo(photo, handed_in)
    assert isinstance(before, PageReading) and isinstance(after, PageReading)
    assert [f.quads_px for f in before.fields] == [f.quads_px for f in after.fields]


# ---- what a photo shows beside the page --------------------------------------------------------------------------


def accepted(image: Image, folder: Path, handed_in: Tools) -> list[str]:
    """What would be used unseen of a photo."""
    path = folder / "photo.png"
    cv2.imwrite(str(path), image)
    outcome = read_photo(PhotoSource(str(path)), handed_in)
    if isinstance(outcome, Unreadable):
        return []
    key = StationKey("photo", None, KeySource.PHOTO_ALONE)
    (result,) = resolve(StationReadings("photo", ((outcome, key),), {}), handed_in)
    return [f"{field.field} = {field.value}" for field in result.fields if field.verdict is Verdict.ACCEPT]


@pytest.mark.parametrize("cut", [0.45, 0.6, 0.75])
def test_numbers_of_a_page_cut_off_are_right_or_not_accepted(cut: float, tmp_path: Path) -> None:
    photo = generate("c-hasil-kwk-2020", 2, seed=5, severity=0, filler="X")
    height, width = photo.image.shape[:2]
    true = {f"{name} = {entry['value']}" for name, entry in photo.label["fields"].items()}
    for part in (
        photo.image[: int(cut * height)],
        photo.image[:, : int(cut * width)],
        photo.image[int((1 - cut) * height) :],
    ):
        assert set(accepted(part, tmp_path, load_tools())) <= true


@pytest.mark.parametrize(
    "change", [lambda p: p[:, ::-1], lambda p: p[::-1], lambda p: 255 - p], ids=["left right", "up down", "negative"]
)
def test_a_mirrored_or_inverted_photo_is_not_read(change: Callable[[Image], Image], tmp_path: Path) -> None:
    for form in ("c-hasil-kwk-2020", "c-hasil-ppwp-2024"):
        assert (
            accepted(np.ascontiguousarray(change(generate(form, 2, seed=6, severity=0).image)), tmp_path, load_tools())
            == []
        )


@pytest.mark.xfail(strict=True, reason="a sheet with a block more than the catalogue knows fits the smaller layout")
def test_a_sheet_for_more_pairs_than_are_known_is_not_used_unseen(tmp_path: Path) -> None:
    """Four and more pairs of 2024 are such sheets: their further pairs would be lost without a word."""
    form = load_catalogue().form("c-hasil-kwk-2024")
    two = dataclasses.replace(form, pages=tuple(page for page in form.pages if page.pairs != 3))
    handed_in = Tools(Catalogue((two,)), load_tools().reader)
    assert accepted(generate(form.form_id, 2, 3, seed=1, severity=1).image, tmp_path, handed_in) == []


@pytest.mark.xfail(strict=True, reason="one of the two is read and nothing says that there is another")
def test_two_sheets_in_one_photo_are_not_used_unseen(tmp_path: Path) -> None:
    one, two = (generate("c-hasil-kwk-2024", 3, seed=seed, severity=0, filler="X").image for seed in (3, 4))
    height = min(one.shape[0], two.shape[0])
    assert accepted(np.hstack([one[:height], two[:height]]), tmp_path, load_tools()) == []


BESIDE_THE_ROW = pytest.mark.xfail(
    strict=True,
    reason="some boxes beside the row still show edges of both directions: table lines and neighbours stand there",
)


@pytest.mark.parametrize(
    ("form", "number", "steps"),
    [
        pytest.param("c-hasil-kwk-2020", 2, -1, marks=BESIDE_THE_ROW),
        ("c-hasil-kwk-2020", 2, 1),
        pytest.param("c-hasil-ppwp-2024", 1, -1, marks=BESIDE_THE_ROW),
        pytest.param("c-hasil-ppwp-2024", 1, 1, marks=BESIDE_THE_ROW),
    ],
)
def test_a_registration_off_by_a_whole_box_never_passes(form: str, number: int, steps: int, tmp_path: Path) -> None:
    """186 would be read as _18: the most dangerous of errors, as every box holds a clear digit."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(generate(form, number, seed=3, severity=1).jpeg)
    catalogue = load_catalogue()
    crops = find_boxes(PhotoSource(str(path)), catalogue)
    assert isinstance(crops, Crops)
    page = crops.page
    first, second = catalogue.page(form, number, page.pairs).fields[0].boxes[:2]
    aside = np.array([[1, 0, steps * (second.x - first.x)], [0, 1, 0], [0, 0, 1]])
    off = dataclasses.replace(page, warp=Warp(page.warp.homography @ aside, page.warp.bend_mm, page.warp.size_mm))
    moved = boxes(off, catalogue)
    if isinstance(moved, Failure):
        return
    fields = read(moved, Reader())  # type: ignore[arg-type]
    reading = PageReading("a.jpg", "0" * 64, form, number, page.pairs, page.evidence, fields, {})
    key = StationKey("a", None, KeySource.PHOTO_ALONE)
    (result,) = resolve(StationReadings("a", ((reading, key),), {}), tools())
    flagged = {name for flag in result.flags if flag.code == "BOX_NOT_CONFIRMED" for name in flag.fields}
    assert flagged == {field.field for field in result.fields}


# ---- pictures of what was seen ----------------------------------------------------------------------------------


def test_debug_writes_a_picture_per_stage(photo: PhotoSource, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "debug"
    outcome = read_photo(photo, tools(), folder)
    assert isinstance(outcome, PageReading)
    stem = f"{Path(photo.path).name}-{outcome.sha256[:8]}"
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"{stem}-1-deskew.jpg", f"{stem}-2-identify.jpg", f"{stem}-3-read.jpg"]
    for name in names:
        picture = cv2.imread(str(folder / name))
        assert picture is not None and min(picture.shape[:2]) > 100
        assert picture.std() > 5
        assert np.abs(picture[..., 0].astype(int) - picture[..., 2]).max() > 20  # something is drawn, in colour


def test_debug_of_a_photo_that_fails_shows_how_far_it_came(photo: PhotoSource, tmp_path: Path) -> None:
    folder = tmp_path / "debug"
    outcome = read_photo(photo, tools(Reader(RuntimeError("stop"))), folder)
    assert isinstance(outcome, Unreadable)
    assert [path.name.split("-", 3)[-1] for path in sorted(folder.iterdir())] == ["1-deskew.jpg", "2-identify.jpg"]


def test_debug_does_not_change_the_reading(photo: PhotoSource, tmp_path: Path) -> None:
    with_pictures, without = read_photo(photo, tools(), tmp_path / "debug"), read_photo(photo, tools())
    assert isinstance(with_pictures, PageReading) and isinstance(without, PageReading)
    assert [f.quads_px for f in with_pictures.fields] == [f.quads_px for f in without.fields]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "ü ñ/ß.jpg", "a" * 300 + ".jpg", "県" * 80, "-rf", "set.zip!../x.jpg"]
)
def test_debug_pictures_stay_in_their_folder(name: str, made: SyntheticPhoto, tmp_path: Path) -> None:
    folder = tmp_path / "debug"
    photo = tmp_path / "a.jpg"
    photo.write_bytes(made.jpeg)
    crops = find_boxes(PhotoSource(str(photo)), load_catalogue())
    assert isinstance(crops, Crops)
    sink = DebugSink(folder, dataclasses.replace(crops.page.photo, name=name))
    sink.identify(crops.page, load_catalogue())
    assert len(list(folder.iterdir())) == 1
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {photo, *folder.iterdir()}


# ---- photos that cut the sheet off ------------------------------------------------------------------------------

CUT = "3674041001001-p2.jpg"


def cut_sample(folder: Path, share_of: Callable[[np.ndarray], tuple[float, float]]) -> PhotoSource:
    """A sample cut at the right and below where ``share_of`` says, from the corners of all its boxes."""
    rows = map(json.loads, (SAMPLES / "box_quads.jsonl").read_text().splitlines())
    quads = next(row["boxes_px"] for row in rows if row["photo"] == CUT)
    picture = cv2.imread(str(SAMPLES / CUT))
    right, lower = share_of(np.array([quad for boxes in quads.values() for quad in boxes]))
    path = folder / "cut.jpg"
    cv2.imwrite(str(path), picture[: int(lower), : int(right)])
    return PhotoSource(str(path))


def test_a_number_that_is_half_outside_the_picture_is_not_read_and_the_others_are(tmp_path: Path) -> None:
    its_tools = load_tools()
    reading = read_photo(cut_sample(tmp_path, lambda quads: (9999, quads[-1].mean(axis=0)[1])), its_tools)
    assert isinstance(reading, PageReading) and reading.quality is not None
    assert reading.quality.cut_off[3] == pytest.approx(0.28, abs=0.02)
    result = resolve_page(reading, StationKey("S", None, KeySource.PHOTO_ALONE), its_tools)
    *candidates, cut = result.fields
    true = {row["photo"]: row["fields"] for row in map(json.loads, (SAMPLES / "labels.jsonl").read_text().splitlines())}
    assert [field.value for field in candidates] == [true[CUT][field.field]["value"] for field in candidates]
    assert (cut.field, cut.value, cut.verdict, cut.boxes) == ("suara_sah", None, "review", "???")
    assert [flag.code for flag in result.flags if "suara_sah" in flag.fields] == [FlagCode.FIELD_OUT_OF_FRAME]


def test_a_photo_without_one_whole_number_is_to_be_taken_again(tmp_path: Path) -> None:
    source = cut_sample(tmp_path, lambda quads: (np.median(quads[2::3, :, 0]), 9999))
    outcome = unreadable(read_photo(source, load_tools()), Stage.BOXES, FailureCode.RETAKE)
    assert "the right edge is cut off" in outcome.failure.message
    assert outcome.failure.measured["cut_off_right"] == pytest.approx(0.11, abs=0.02)
