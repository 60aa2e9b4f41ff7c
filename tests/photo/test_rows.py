"""Rows of digit boxes found from the picture alone, on pages drawn here."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr_pipeline.photo.rows import find_rows
from ocr_pipeline.warp import Image, Points

SIDE = 44


def blank(height: int = 1500, width: int = 1060) -> Image:
    return np.full((height, width), 200, np.uint8)


def ruled(page: Image, x: float, y: float, columns: int, rows: int = 1, w: int = SIDE, h: int = SIDE) -> None:
    """A table of cells that share their borders."""
    for c in range(columns + 1):
        cv2.line(page, (int(x + c * w), int(y)), (int(x + c * w), int(y + rows * h)), 60, 2)
    for r in range(rows + 1):
        cv2.line(page, (int(x), int(y + r * h)), (int(x + columns * w), int(y + r * h)), 60, 2)


def separate(page: Image, x: int, y: int, gap: int = 8) -> Points:
    """Three squares with room between them; their upper left corners."""
    for k in range(3):
        left = x + k * (SIDE + gap)
        cv2.rectangle(page, (left, y), (left + SIDE, y + SIDE), 60, 2)
    return np.array([[x + k * (SIDE + gap), y] for k in range(3)], float)


def corners(page: Image) -> list[list[tuple[int, int]]]:
    """Upper left corner of every box, row by row."""
    return [[(round(box[0, 0]), round(box[0, 1])) for box in row.boxes] for row in find_rows(page)]


def test_separate_squares_and_shared_cells_are_found_where_they_are() -> None:
    page = blank()
    places = [separate(page, 800, y) for y in (300, 620, 900)]
    found = find_rows(page)
    assert [len(row.boxes) for row in found] == [3, 3, 3]
    for row, place in zip(found, places, strict=True):
        assert np.abs(np.array([box[0] for box in row.boxes]) - place).max() < 3
        assert row.score > 0.9


def test_three_columns_side_by_side_are_three_rows_each() -> None:
    page = blank()
    ruled(page, 600, 400, columns=9, rows=4)
    assert [len(row) for row in corners(page)] == [3] * 12
    assert [row[0][0] for row in corners(page)[:3]] == pytest.approx([600, 600 + 3 * SIDE, 600 + 6 * SIDE], abs=3)


def test_a_tally_grid_and_signature_cells_are_no_rows() -> None:
    page = blank()
    ruled(page, 200, 300, columns=12, rows=5)
    ruled(page, 100, 1200, columns=7, w=120, h=80)
    assert find_rows(page) == ()


def form(rows: int = 4) -> Image:
    """Rows of three separate squares below each other, in a cell each."""
    page = blank()
    for k in range(rows):
        cv2.rectangle(page, (60, 250 + 200 * k), (1000, 430 + 200 * k), 60, 2)
        separate(page, 800, 270 + 200 * k)
    return page


@pytest.mark.parametrize("degrees", [-2.0, 2.0])
def test_a_page_a_little_askew_is_no_obstacle(degrees: float) -> None:
    turn = cv2.getRotationMatrix2D((530, 750), degrees, 1)
    page = cv2.warpAffine(form(), turn, (1060, 1500), borderValue=200)
    found = find_rows(page)
    assert len(found) == 4
    for k, row in enumerate(found):
        expected = turn @ (800, 270 + 200 * k, 1)
        assert np.hypot(*(row.boxes[0][0] - expected)) < 6


def test_boxes_of_twelve_pixels_and_of_a_large_print_are_found() -> None:
    for side in (430, 3000):
        by = cv2.INTER_AREA if side < 1500 else cv2.INTER_CUBIC
        page = cv2.resize(form(), None, fx=side / 1500, fy=side / 1500, interpolation=by)
        found = find_rows(page)
        assert len(found) == 4
        assert found[0].boxes[0][0] == pytest.approx(np.array([800, 270]) * side / 1500, abs=3 * side / 1500)


def test_writing_across_the_borders_and_a_lost_edge_hide_no_row() -> None:
    page = form()
    cv2.line(page, (790, 265), (860, 325), 30, 5)  # a cross larger than its box
    cv2.line(page, (860, 265), (790, 325), 30, 5)
    for k in range(3):
        cv2.line(page, (822 + 52 * k, 462), (822 + 52 * k, 522), 30, 5)  # ones that cut their boxes in two
    page[660:725, 940:970] = 200  # the outer edge of the third row
    assert len(corners(page)) == 4


def test_a_row_of_another_height_stands_in_the_column_of_the_others() -> None:
    page = blank()
    for top, height in ((300, 60), (500, 60), (700, 60), (900, 34), (934, 34)):
        ruled(page, 800, top, columns=3, h=height)
    assert [row[0][1] for row in corners(page)] == pytest.approx([300, 500, 700, 900, 934], abs=3)


def test_of_a_date_no_three_boxes_are_a_number() -> None:
    page = form()
    for x, count in ((400, 2), (560, 2), (756, 4)):
        ruled(page, x, 1200, columns=count)
    assert len(corners(page)) == 4


def test_a_tally_grid_on_its_side_is_no_form() -> None:
    page = blank()
    ruled(page, 300, 200, columns=5, rows=15)
    assert find_rows(page) == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lines_broken_by_chance_do_not_move_the_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    page = blank()
    ruled(page, 600, 400, columns=9, rows=4)
    for x, y in zip(rng.integers(580, 1010, 60), rng.integers(390, 590, 60), strict=True):
        page[y : y + 6, x : x + 6] = 200
    found = corners(page)
    assert len(found) >= 11
    assert {round((row[0][0] - 600) / (3 * SIDE), 1) for row in found} <= {0.0, 1.0, 2.0}


def test_nothing_is_found_on_blank_paper_and_in_noise() -> None:
    assert find_rows(blank()) == ()
    noise = np.random.default_rng(1).integers(120, 255, (1200, 900), dtype=np.uint8)
    assert find_rows(noise) == ()
