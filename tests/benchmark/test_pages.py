from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ocr_pipeline.benchmark.labels import load_labels
from ocr_pipeline.benchmark.measure import measure
from ocr_pipeline.benchmark.pages import by_page, page_table, page_tally
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.errors import InputMissing
from ocr_pipeline.pipeline import load_tools
from ocr_pipeline.records import Failure, FailureCode, PageReading, Stage, Unreadable

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def scored() -> list[Scored]:
    tools = load_tools()
    some = [label for label in load_labels(SAMPLES) if label.form == "c-hasil-ppwp-2024"]
    return list(measure(some, lambda _: tools))


def test_each_page_is_counted_with_the_errors_of_its_boxes(scored: list[Scored]) -> None:
    groups = by_page(scored)
    assert list(groups) == [f"c-hasil-ppwp-2024 p.{page}" for page in (1, 2, 3)]
    counted = page_tally(scored)
    assert (counted.photos, counted.right, counted.rejected, counted.wrong) == (3, 3, 0, 0)
    assert counted.boxes == counted.known_boxes == sum(len(b) for one in scored for b in one.label.box_centres.values())
    assert counted.confirmed > 0.9 * counted.boxes
    assert counted.median_widths is not None and counted.median_widths < 0.05
    assert (counted.inexact_photos, counted.off_photos) == (0, 0)
    assert page_table(scored).count("\n") == 4


def test_another_page_and_a_refusal_have_no_boxes(scored: list[Scored]) -> None:
    first, second, third = scored
    assert isinstance(first.outcome, PageReading)
    failure = Failure(Stage.IDENTIFY, FailureCode.UNKNOWN_FORM, "no")
    refused = replace(first, outcome=Unreadable("a", None, failure, {}), result=None)
    taken = replace(second, outcome=replace(first.outcome, page=3))
    counted = page_tally([refused, taken])
    assert (counted.photos, counted.right, counted.rejected, counted.wrong) == (2, 0, 1, 1)
    assert (counted.boxes, counted.known_boxes, counted.median_widths) == (0, 0, None)
    assert "-" in page_table([refused, taken, third])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.jpg").write_bytes(b"x")
    label = {"photo": "a.jpg", "form": "f", "page": 1, "fields": {"n": {"value": 1}}}
    (tmp_path / "labels.jsonl").write_text(json.dumps(label) + "\n")
    return tmp_path


QUAD = [[0, 0], [10, 0], [10, 10], [0, 10]]


@pytest.mark.parametrize("key", ["boxes", "boxes_px"])
def test_box_positions_come_from_a_file_of_their_own(folder: Path, key: str) -> None:
    (folder / "box_quads.jsonl").write_text(json.dumps({"photo": "a.jpg", "boxes_px": {"n": [QUAD, QUAD]}}) + "\n")
    marks = folder / "marks.jsonl"
    marks.write_text(json.dumps({"photo": "a.jpg", "form": "f", "page": 1, key: {"n": [None, QUAD]}}) + "\n")
    unknown, centre = load_labels(folder, marks)[0].box_centres["n"]
    assert unknown is None
    assert centre is not None and (centre.x, centre.y, centre.width) == (5, 5, 10)


def test_a_file_of_box_positions_that_is_not_there_is_an_input_missing(folder: Path) -> None:
    with pytest.raises(InputMissing, match=r"marks\.jsonl"):
        load_labels(folder, folder / "marks.jsonl")
