from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from ocr_pipeline.benchmark.against import (
    BOX,
    BOX_MODE,
    LINE,
    LINE_MODE,
    OURS,
    Attempt,
    Standing,
    against_table,
    against_tesseract,
    inside,
    standing_of,
)
from ocr_pipeline.benchmark.breakdown import Share
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.config import AGAINST
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.photo.text import read_digits
from ocr_pipeline.records import PageReading, Photo, PhotoSource


@pytest.fixture(scope="module")
def standings(samples: list[Scored]) -> tuple[Standing, ...]:
    page = next(one for one in samples if one.label.name == "6301052001001-p2.jpg")
    return against_tesseract([page, *(one for one in samples if one.failure)])


def test_all_readers_get_the_same_numbers(standings: tuple[Standing, ...]) -> None:
    assert [one.reader for one in standings] == [OURS, LINE, BOX]
    ours, line, box = standings
    assert ours.numbers_right == Share(2, 2)
    assert line.numbers_right.n == box.numbers_right.n == 2
    assert (ours.digits_right.n, line.digits_right.n, box.digits_right.n) == (5, 0, 5)
    assert line.ms_per_number > ours.ms_per_number > 0


def test_a_box_is_cut_within_its_printed_border(samples: list[Scored]) -> None:
    page = next(one for one in samples if one.label.name == "6301052001001-p2.jpg")
    photo = capture(PhotoSource(str(page.label.path)))
    assert isinstance(photo, Photo) and isinstance(page.outcome, PageReading)
    for field in page.outcome.fields:
        for quad in field.quads_px:
            cut = inside(photo, quad).astype(int)
            rim = cut[AGAINST.side_px // 4 :, :].mean(), cut[20:76, 18:22].mean()
            assert cut.shape == (96, 96)
            assert cut[16:80, 16:80].min() < 0.75 * cut.max(), "no ink in it"
            assert min(rim) > 0.8 * cut.max(), "the border is in it"


def test_printed_digits_are_read_so_that_what_is_not_read_is_not_for_want_of_calling() -> None:
    line = Pillow.new("L", (260, 100), 235)
    ImageDraw.Draw(line).text((30, 20), "4728", fill=30, font=ImageFont.load_default(64))
    assert read_digits(np.asarray(line), LINE_MODE) == "4728"
    one = Pillow.new("L", (100, 100), 235)
    ImageDraw.Draw(one).text((30, 15), "7", fill=30, font=ImageFont.load_default(64))
    assert read_digits(np.asarray(one), BOX_MODE) == "7"


def test_the_table_says_who_is_who(standings: tuple[Standing, ...]) -> None:
    head, *rows = against_table(standings).splitlines()
    assert "numbers" in head and [row[:40].strip() for row in rows] == [OURS, LINE, BOX]


def test_a_zero_as_filler_is_no_false_digit_and_unknown_boxes_are_left_out() -> None:
    attempts = [
        (61, "X61", Attempt(61, "061", 1.0)),
        (7, "__7", Attempt(147, "147", 3.0)),
        (5, None, Attempt(5, "__5", 2.0)),
    ]
    counted = standing_of("a", attempts)
    assert counted.numbers_right == Share(2, 3)
    assert counted.digits_right == Share(3, 3)
    assert counted.false_digits == Share(2, 3)
    assert counted.ms_per_number == 2.0


def test_of_no_page_there_is_nothing_to_say(samples: list[Scored]) -> None:
    lost = [replace(samples[0], label=replace(samples[0].label, page=9))]
    assert [one.numbers_right for one in against_tesseract(lost)] == [Share(0, 0)] * 3
