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


def test_nothing_is_found_on_blank_paper_and_in_noise() -> None:
    assert find_rows(blank()) == ()
    noise = np.random.default_rng(1).integers(120, 255, (1200, 900), dtype=np.uint8)
    assert find_rows(noise) == ()
