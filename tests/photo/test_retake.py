"""When an uploader is asked for another photo, and what for."""

from __future__ import annotations

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import LEGIBILITY
from ocr_pipeline.legibility import FieldQuality, PhotoQuality, Quality
from ocr_pipeline.photo.retake import blame_fields, blame_photo
from ocr_pipeline.records import Failure, FailureCode, Photo, Stage
from ocr_pipeline.warp import Image

LOST = Failure(Stage.IDENTIFY, FailureCode.UNKNOWN_FORM, "No form.", {"score": 0.2})


def as_photo(grey: Image) -> Photo:
    return Photo("made.jpg", "0" * 64, grey, 1.0, grey.shape[1], grey.shape[0])


@pytest.fixture(scope="module")
def text() -> Image:
    """A page of printing that is no form."""
    page = np.full((1400, 1000), 220, np.uint8)
    for y in range(60, 1400, 40):
        cv2.putText(page, "DAFTAR HADIR PEMILIH TETAP " * 2, (20, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 40, 2)
    return page


def test_a_good_photo_is_not_blamed(text: Image) -> None:
    assert blame_photo(as_photo(text), LOST) is LOST


@pytest.mark.parametrize("code", [FailureCode.AMBIGUOUS_FORM, FailureCode.INTERNAL, FailureCode.BROKEN_IMAGE])
def test_what_no_other_photo_would_mend_stays_as_it_is(text: Image, code: FailureCode) -> None:
    failure = replace(LOST, code=code)
    assert blame_photo(as_photo((text * 0.02).astype(np.uint8)), failure) is failure


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda page: (page * 0.05).astype(np.uint8), r"too dark.*grey level 11 of 255"),
        (lambda page: cv2.resize(page, (400, 560), interpolation=cv2.INTER_AREA), "too small, 400 x 560 pixels"),
        (lambda page: cv2.GaussianBlur(page, (0, 0), 3), r"blurred, its edges are \d\.\d pixels wide"),
        (
            lambda page: np.clip(page * 0.6 + np.random.default_rng(0).normal(0, 50, page.shape), 0, 255).astype("u1"),
            r"too grainy, its noise is \d\d% of the light",
        ),
    ],
    ids=["dark", "small", "blurred", "grainy"],
)
def test_a_bad_photo_is_told_what_is_wrong_with_it(text: Image, spoil, said: str) -> None:
    failure = blame_photo(as_photo(spoil(text)), LOST)
    assert (failure.code, failure.stage) == (FailureCode.RETAKE, Stage.IDENTIFY)
    assert failure.message.startswith("No form can be found: the photo is ") and failure.message.endswith(".")
    assert set(failure.measured) == {"score", "light", "noise", "edge_px", "gradient"}
    assert re.search(said, failure.message), failure.message


# ---- a page that was found --------------------------------------------------------------------------------------

CLEAR = FieldQuality(1.0, 35.0, 20.0, 0.0)
OUT = replace(CLEAR, shown=0.2)
SMALL = replace(CLEAR, box_px=LEGIBILITY.least_box_px - 2)
DARK = replace(CLEAR, clarity=LEGIBILITY.least_clarity / 2)
GLARE = replace(CLEAR, glare=0.6)


def page(**fields: FieldQuality) -> Quality:
    return Quality(PhotoQuality(190.0, 1.0, 2.8, 30.0), 0.4, 0.77, (0.23, 0.0, 0.01, 0.0), fields)


@pytest.mark.parametrize("other", [OUT, SMALL, DARK, GLARE, CLEAR])
def test_a_page_with_one_field_that_can_be_read_is_read(other: FieldQuality) -> None:
    assert blame_fields(page(paslon_1=other, paslon_2=CLEAR)) is None


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (OUT, "the left edge is cut off, 23% of the sheet is outside the picture"),
        (SMALL, "its digit boxes are 6 pixels wide and 8 are needed"),
        (DARK, "print stands out by 0.8 times the noise and 1.5 are needed"),
        (GLARE, "glare over the boxes of paslon_1, paslon_2"),
    ],
)
def test_a_page_without_any_is_to_be_taken_again(field: FieldQuality, said: str) -> None:
    failure = blame_fields(page(paslon_1=field, paslon_2=field))
    assert isinstance(failure, Failure)
    assert (failure.code, failure.stage) == (FailureCode.RETAKE, Stage.BOXES)
    assert said in failure.message and "ake it again" in failure.message
    assert failure.measured["cut_off_left"] == 0.23


def test_of_several_reasons_the_commonest_is_told() -> None:
    failure = blame_fields(page(a=DARK, b=OUT, c=OUT))
    assert isinstance(failure, Failure) and "left edge" in failure.message
