"""The part of an oblong box that is cut out: around the writing, never squeezed more than it needs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import BOXES
from ocr_pipeline.forms import Box
from ocr_pipeline.photo.window import flatten, writing_window
from ocr_pipeline.warp import Image, Warp

SETTINGS = BOXES.window
PX_PER_MM = 5.0
TALL = Box(20.0, 10.0, 8.6, 17.2)
WIDE = Box(20.0, 10.0, 26.0, 13.0)


def plane() -> Warp:
    return Warp(np.diag([PX_PER_MM, PX_PER_MM, 1.0]), np.zeros((15, 2)), (80.0, 60.0))


def sheet(box: Box, stroke: tuple[float, float, float, float] | None = None, grain: float = 2.0) -> Image:
    """A box with its border and, where wanted, a stroke from one point to another (mm within the box)."""
    page = np.full((300, 400), 200, np.uint8)
    corners = [round(PX_PER_MM * place) for place in (box.x, box.y, box.x + box.w, box.y + box.h)]
    cv2.rectangle(page, corners[:2], corners[2:], 60, 2)
    if stroke is not None:
        x1, y1, x2, y2 = (round(PX_PER_MM * place) for place in stroke)
        cv2.line(page, (corners[0] + x1, corners[1] + y1), (corners[0] + x2, corners[1] + y2), 40, 3)
    noisy = page + np.random.default_rng(1).normal(0, grain, page.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("box", [Box(20, 10, 18, 18), Box(20, 10, 18, 16)])
def test_a_box_about_square_is_taken_whole(box: Box) -> None:
    assert writing_window(sheet(box, (4, 4, 12, 12)), plane(), box, SETTINGS) == box


@pytest.mark.parametrize("box", [TALL, WIDE])
def test_an_empty_box_gives_its_middle_unsqueezed(box: Box) -> None:
    window = writing_window(sheet(box), plane(), box, SETTINGS)
    assert window.w == window.h == min(box.w, box.h)
    assert window.x + window.w / 2 == pytest.approx(box.x + box.w / 2)
    assert window.y + window.h / 2 == pytest.approx(box.y + box.h / 2)


@settings(max_examples=40, deadline=None)
@given(
    tall=st.booleans(),
    at=st.tuples(st.floats(0.2, 0.8), st.floats(0.2, 0.8)),
    size=st.tuples(st.floats(0.1, 0.5), st.floats(0.1, 0.5)),
)
def test_the_writing_lies_in_the_window_and_the_window_in_the_box(
    tall: bool, at: tuple[float, float], size: tuple[float, float]
) -> None:
    box = TALL if tall else WIDE
    left, right = (float(np.clip(at[0] + side * size[0] / 2, 0.15, 0.85)) * box.w for side in (-1, 1))
    top, bottom = (float(np.clip(at[1] + side * size[1] / 2, 0.15, 0.85)) * box.h for side in (-1, 1))
    window = writing_window(sheet(box, (left, top, right, bottom)), plane(), box, SETTINGS)
    shorter = min(box.w, box.h)
    assert window.w >= shorter - 1e-9 and window.h >= shorter - 1e-9
    assert box.x - 1e-9 <= window.x and window.x + window.w <= box.x + box.w + 1e-9
    assert box.y - 1e-9 <= window.y and window.y + window.h <= box.y + box.h + 1e-9
    assert window.x <= box.x + left and box.x + right <= window.x + window.w
    assert window.y <= box.y + top and box.y + bottom <= window.y + window.h


def test_an_area_is_drawn_at_the_size_asked_for() -> None:
    picture = flatten(sheet(TALL, (4.3, 2, 4.3, 15)), plane(), TALL, (48, 96))
    assert picture.shape == (96, 48)
    assert picture[48, 24] < 100 < picture[48, 10]
