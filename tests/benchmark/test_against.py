from __future__ import annotations

from dataclasses import replace

import pytest

from ocr_pipeline.benchmark.against import (
    BOX,
    LINE,
    OURS,
    Attempt,
    Standing,
    against_table,
    against_tesseract,
    standing_of,
)
from ocr_pipeline.benchmark.breakdown import Share
from ocr_pipeline.benchmark.score import Scored


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
    assert box.digits_right.hits >= 1, "nothing read at all: the boxes are cut wrongly"
    assert line.ms_per_number > ours.ms_per_number > 0


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
