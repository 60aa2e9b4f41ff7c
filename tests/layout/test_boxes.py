"""Rows of digit boxes: all of them, on the middle of their lines, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ocr_pipeline.layout.boxes import bounds, find_box_rows
from ocr_pipeline.layout.lines import RuledLine, find_lines
from ocr_pipeline.layout.sheet import Sheet
from tests.layout.conftest import page_of

PAGES = pytest.mark.parametrize(
    ("form", "number"),
    [("c-hasil-ppwp-2024", 1), ("c-hasil-ppwp-2024", 2), ("c-hasil-ppwp-2024", 3), ("c-hasil-kwk-2024", 2)],
)


@PAGES
def test_every_row_is_found_in_reading_order(drawn: Callable[[str, int], Sheet], form: str, number: int) -> None:
    sheet = drawn(form, number)
    rows = find_box_rows(sheet, find_lines(sheet))
    printed = [field for field in page_of(form, number).fields if field.section != "penutup"]
    assert len(rows) == len(printed)
    for row, field in zip(rows, printed, strict=True):
        for mine, its in zip(row, field.boxes, strict=True):
            assert mine.centre == pytest.approx(its.centre, abs=0.2), field.name
            assert (mine.w, mine.h) == pytest.approx((its.w, its.h), abs=0.3)


def square(x: float, y: float, side: float = 20.0) -> list[RuledLine]:
    level = [RuledLine(True, at, x - 0.5, x + side + 0.5, 0.9) for at in (y, y + side)]
    return level + [RuledLine(False, at, y - 0.5, y + side + 0.5, 0.9) for at in (x, x + side)]


@pytest.fixture
def paper(drawn: Callable[[str, int], Sheet]) -> Sheet:
    """A sheet with nothing on it: rows can only come from the lines that are handed in."""
    page = drawn("c-hasil-ppwp-2024", 3).page
    return Sheet(np.full((3600, 2400), 255, np.uint8), 4.0, 600, 900, page, np.eye(3), "test")


def test_equal_boxes_that_stand_free_make_a_row(paper: Sheet) -> None:
    lines = [line for x in (100, 124, 148) for line in square(x, 200)]
    (row,) = find_box_rows(paper, lines)
    assert [box.x for box in row] == [100, 124, 148]
    assert bounds(row).w == 68


@pytest.mark.parametrize(
    "lines",
    [
        square(100, 200),  # alone
        [*square(100, 200), *square(124, 230)],  # not level
        [*square(100, 200), *square(160, 200)],  # too far apart
        [line for x in range(100, 340, 24) for line in square(x, 200)],  # ten are no number
        [line for x in (100, 124, 148) for line in square(x, 200)[:3]],  # open to the right
    ],
)
def test_what_is_no_row_of_boxes(paper: Sheet, lines: list[RuledLine]) -> None:
    assert find_box_rows(paper, lines) == ()


def test_boxes_within_a_table_are_not_taken_for_free_ones(paper: Sheet) -> None:
    table = [RuledLine(True, y, 50, 500, 0.9) for y in (200, 220)]
    table += [RuledLine(False, x, 200, 220, 0.9) for x in (50, 100, 120, 140, 500)]
    assert find_box_rows(paper, table) == ()


def table(heights: list[float], cells: int = 3) -> np.ndarray:
    """A picture of rows of cells, each 24 mm wide, below each other and of given heights."""
    grey = np.full((2700, 1800), 255, np.uint8)
    y = 200.0
    for height in heights:
        top, bottom = round(3 * y), round(3 * (y + height))
        for edge in (top, bottom):
            grey[edge - 1 : edge + 2, 300:1500] = 20
        for x in (100, *(400 + 24 * k - 24 * (cells - 3) for k in range(cells + 1))):
            grey[top : bottom + 1, 3 * x - 1 : 3 * x + 2] = 20
        y += height + 40
    return grey


@pytest.mark.parametrize(("cells", "rows"), [(3, 5), (4, 4)])
def test_a_flat_row_of_the_same_column_is_found_but_no_date(paper: Sheet, cells: int, rows: int) -> None:
    """Four rows of usual cells; the fifth is flat and has three cells, or four as a year has."""
    grey = table([26, 26, 26, 26])
    grey[1300:] = table([26, 26, 26, 26, 8], cells)[1300:]
    sheet = Sheet(grey, 3.0, 600, 900, paper.page, np.eye(3), "test")
    found = find_box_rows(sheet, find_lines(sheet))
    assert len(found) == rows
    assert {round(row[0].x) for row in found} == {400}
    if rows == 5:
        assert found[-1][0].h == pytest.approx(8, abs=0.2)
