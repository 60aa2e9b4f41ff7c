"""Real photos read as if no form were known: a photo of each of several forms, first by name.

The photos are not part of this repository; without their folder (see ``test_real_photos``) these tests skip.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr_pipeline.benchmark.labels import LabelledPhoto, load_labels
from ocr_pipeline.benchmark.measure import measure
from ocr_pipeline.benchmark.unknown import unknown_tally
from ocr_pipeline.forms import Catalogue
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.photo.deskew import deskew
from ocr_pipeline.photo.rows import find_rows
from ocr_pipeline.pipeline import Tools, load_tools
from ocr_pipeline.records import Failure, PhotoSource

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OCR_PIPELINE_SHARED", ROOT.parent / "shared")) / "forms"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "labels.jsonl").is_file(), reason=f"no real photos: {SHARED} is not there"),
]


def first(form: str, numbers: int) -> LabelledPhoto:
    """The first photo of a form on which that many numbers are labelled."""
    some = [label for label in load_labels(SHARED) if label.form == form and len(label.values) == numbers]
    return min(some, key=lambda label: label.name)


@pytest.mark.parametrize(
    ("form", "numbers"),
    [
        ("c-hasil-kwk-2020", 4),
        ("c1-kwk-2015", 7),
        ("c1-plano-dpr-2019", 12),
        ("c1-plano-ppwp-2019", 5),
        ("c1-ppwp-2014", 4),
    ],
)
def test_every_row_is_found_and_nothing_else(form: str, numbers: int) -> None:
    label = first(form, numbers)
    photo = capture(PhotoSource(str(label.path)))
    assert not isinstance(photo, Failure)
    assert len(find_rows(deskew(photo, Catalogue(())).flat)) == numbers, label.name


def test_numbers_are_read_under_their_names_and_none_is_accepted() -> None:
    tools = Tools(Catalogue(()), load_tools().reader)
    counted = unknown_tally(measure([first("c1-kwk-2015", 7), first("c-hasil-kwk-2020", 4)], lambda _: tools))
    assert (counted.read, counted.numbers, counted.more_rows, counted.accepted) == (2, 11, 0, 0)
    assert counted.found >= 10 and counted.named >= 9 and counted.right_any_name >= 9
