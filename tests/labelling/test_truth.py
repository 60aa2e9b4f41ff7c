from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.benchmark.labels import load_labels
from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.labelling.truth import Labelling, NotALabel, box_characters, value_of
from ocr_pipeline.pipeline import find_boxes
from ocr_pipeline.records import BOX_CLASSES, Crops, Failure, FailureCode, PhotoSource, Stage

SAMPLES = Path(__file__).parents[2] / "samples"
PHOTO = "6301052001001-p2.jpg"
CATALOGUE = load_catalogue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "desa").mkdir()
    shutil.copy(SAMPLES / PHOTO, tmp_path / "desa")
    shutil.copy(SAMPLES / "3674041001005-p2.jpg", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def found() -> Crops:
    crops = find_boxes(PhotoSource(str(SAMPLES / PHOTO)), CATALOGUE)
    assert isinstance(crops, Crops)
    return crops


@pytest.fixture
def sitting(folder: Path, found: Crops) -> partial[Labelling]:
    def boxes(source: PhotoSource) -> Crops | Failure:
        return found if source.path.endswith(PHOTO) else Failure(Stage.CAPTURE, FailureCode.RETAKE, "too dark")

    return partial(Labelling, folder, CATALOGUE, boxes)


def rows(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]


def test_every_number_is_asked_and_what_is_said_is_what_bench_reads(folder: Path, sitting: partial[Labelling]) -> None:
    labelling = sitting()
    asked = []
    while (question := labelling.question) is not None:
        asked.append(question.field)
        assert len(question.quads_px) == len(question.crops) == 3
        labelling.answer(question.key, "x72" if question.field == "paslon_2" else "221")
    assert asked == ["paslon_1", "paslon_2"]
    (label,) = load_labels(folder)
    assert (label.name, label.form, label.page, label.pairs) == (f"desa/{PHOTO}", "c-hasil-kwk-2024", 2, 2)
    assert label.values == {"paslon_1": 221, "paslon_2": 72}
    assert label.boxes == {"paslon_1": "221", "paslon_2": "X72"}
    assert labelling.standing.passed_over == (("3674041001005-p2.jpg", "too dark"),)


def test_it_goes_on_where_it_was_left_and_keeps_what_else_a_line_says(
    folder: Path, sitting: partial[Labelling]
) -> None:
    first = sitting()
    assert first.question is not None
    first.answer(first.question.key, "221")
    kept = [row | {"source": "own"} for row in rows(folder)]
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in kept))
    second = sitting()
    assert second.question is not None and second.question.field == "paslon_2"
    assert second.standing.numbers == 1
    second.answer(second.question.key, "_72")
    assert [row["source"] for row in rows(folder)] == ["own"]
    assert sitting().question is None


def test_an_answer_is_in_the_file_before_the_next_question(folder: Path, sitting: partial[Labelling]) -> None:
    labelling = sitting()
    assert labelling.question is not None
    labelling.answer(labelling.question.key, "221")
    assert rows(folder)[0]["fields"] == {"paslon_1": {"boxes": "221", "value": 221}}
    assert [path.name for path in folder.iterdir() if path.suffix == ".new"] == []


def test_undo_takes_back_and_asks_again_then_goes_on(folder: Path, sitting: partial[Labelling]) -> None:
    labelling = sitting()
    labelling.undo()  # nothing to take back
    first = labelling.question
    assert first is not None
    labelling.answer(first.key, "999")
    labelling.undo()
    assert labelling.question == first and rows(folder) == []
    labelling.answer(first.key, "221")
    assert labelling.question is not None and labelling.question.field == "paslon_2"
    labelling.answer(labelling.question.key, "X72")
    assert labelling.question is None
    labelling.undo()
    labelling.undo()
    assert labelling.question == first
    labelling.answer(first.key, "221")
    assert labelling.question is not None and labelling.question.field == "paslon_2"


def test_skipped_is_asked_in_another_sitting(folder: Path, sitting: partial[Labelling]) -> None:
    labelling = sitting()
    first = labelling.question
    assert first is not None
    labelling.skip(("other", "field"))
    assert labelling.question == first
    labelling.skip(first.key)
    assert labelling.question is not None and labelling.question.field == "paslon_2"
    assert not (folder / "labels.jsonl").exists()
    assert sitting().question == first


def test_an_answer_sent_twice_counts_once(folder: Path, sitting: partial[Labelling]) -> None:
    labelling = sitting()
    first = labelling.question
    assert first is not None
    labelling.answer(first.key, "221")
    labelling.answer(first.key, "999")
    assert rows(folder)[0]["fields"] == {"paslon_1": {"boxes": "221", "value": 221}}


def test_a_photo_whose_label_names_another_page_is_left_alone(folder: Path, sitting: partial[Labelling]) -> None:
    row = {"photo": f"desa/{PHOTO}", "form": "c-hasil-kwk-2024", "page": 3, "fields": {"suara_sah": {"value": 1}}}
    (folder / "labels.jsonl").write_text(json.dumps(row) + "\n")
    labelling = sitting()
    assert labelling.question is None
    assert labelling.standing.passed_over[-1] == (f"desa/{PHOTO}", "its label says c-hasil-kwk-2024 p.3")


@pytest.mark.parametrize(
    ("typed", "message"), [("22", "3 boxes"), ("2211", "3 boxes"), ("22a", "'a' stands for nothing"), ("", "3 boxes")]
)
def test_what_cannot_stand_there_is_refused(sitting: partial[Labelling], typed: str, message: str) -> None:
    labelling = sitting()
    first = labelling.question
    assert first is not None
    with pytest.raises(NotALabel, match=message):
        labelling.answer(first.key, typed)
    assert labelling.question == first


@pytest.mark.parametrize(
    ("boxes", "value"),
    [("X61", 61), ("061", 61), ("__5", 5), ("XXX", 0), ("---", 0), ("___", None), ("1X5", None), ("6?1", None)],
)
def test_boxes_stand_for_numbers_as_they_do_where_they_are_read(boxes: str, value: int | None) -> None:
    assert value_of(boxes) == value


@given(st.text(st.sampled_from(BOX_CLASSES + "?x "), min_size=3, max_size=3))
def test_what_may_be_typed_is_a_label(typed: str) -> None:
    boxes = box_characters(typed, 3)
    assert set(boxes) <= set(BOX_CLASSES + "?")
    assert box_characters(boxes, 3) == boxes


def test_folders_without_photos_and_files_that_are_no_labels_are_refused(tmp_path: Path) -> None:
    def never(_: PhotoSource) -> Crops | Failure:
        raise AssertionError

    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(InputMissing):
            Labelling(folder, CATALOGUE, never)
    (tmp_path / "labels.jsonl").write_text('{"photo": "a.jpg"}\n')
    with pytest.raises(UsageError, match="no file of labels"):
        Labelling(tmp_path, CATALOGUE, never)
