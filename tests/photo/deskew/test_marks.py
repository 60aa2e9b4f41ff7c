"""Registration marks: found where they are drawn, with the right polarity and size, and where nothing is drawn not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import MARKS
from ocr_pipeline.forms import PrintedMark, load_catalogue
from ocr_pipeline.landmarks import Mark
from ocr_pipeline.photo.deskew.marks import find_marks
from ocr_pipeline.warp import Image

PAGES = tuple(page for page in load_catalogue().pages if not page.provisional)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)


def nearest(marks: tuple[Mark, ...], at: tuple[float, float], polarity: int) -> tuple[Mark, float]:
    """The mark of that polarity that lies nearest, and how far away."""
    of_kind = [mark for mark in marks if mark.polarity == polarity]
    assert of_kind, "no mark of that polarity at all"
    away = [float(np.hypot(mark.x - at[0], mark.y - at[1])) for mark in of_kind]
    return of_kind[int(np.argmin(away))], min(away)


def place(mark: PrintedMark) -> np.ndarray:
    return np.array([[mark.x, mark.y]])


@EVERY_PAGE
@pytest.mark.parametrize("px_per_mm", [1.0, 1.6, 2.3])
def test_every_printed_mark_is_found_on_the_flat_sheet(page, px_per_mm, lay_flat) -> None:
    shot = lay_flat(page, px_per_mm)
    marks = find_marks(shot.grey, MARKS)
    assert len(marks) <= MARKS.most
    for printed in page.marks:
        ((x, y),) = shot.to_px(place(printed))
        found, away = nearest(marks, (x, y), printed.polarity)
        assert away < 2.0
        assert 0.6 < found.side / (printed.side * px_per_mm) < 1.6


@EVERY_PAGE
@pytest.mark.parametrize("severity", [0, 1, 2])
def test_marks_are_found_on_photos(page, severity, shoot) -> None:
    shot = shoot(page, severity=severity)
    marks = find_marks(shot.grey, MARKS)
    hidden = 0  # tape may cover one
    for printed in page.marks:
        ((x, y),) = shot.to_px(place(printed))
        hidden += nearest(marks, (x, y), printed.polarity)[1] > 2.0
    assert hidden <= (0 if severity < 2 else 1)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_quarter_turn_changes_polarity_and_half_a_turn_does_not(quarters, lay_flat, turn_picture, apply) -> None:
    page = PAGES[0]
    shot = lay_flat(page)
    turned, moved = turn_picture(shot.grey, 90 * quarters)
    marks = find_marks(turned, MARKS)
    sense = -1 if quarters % 2 else 1
    for printed in page.marks:
        ((x, y),) = apply(moved, shot.to_px(place(printed)))
        assert nearest(marks, (x, y), sense * printed.polarity)[1] < 2.0


@pytest.mark.parametrize("degrees", [-20, -10, 10, 20])
def test_marks_are_found_at_moderate_turns(degrees, lay_flat, turn_picture, apply) -> None:
    page = PAGES[0]
    shot = lay_flat(page)
    turned, moved = turn_picture(shot.grey, degrees)
    marks = find_marks(turned, MARKS)
    for printed in page.marks:
        ((x, y),) = apply(moved, shot.to_px(place(printed)))
        assert nearest(marks, (x, y), printed.polarity)[1] < 2.0


@pytest.mark.parametrize(("gain", "lift"), [(0.25, 0), (0.5, 0), (0.4, 90), (1.0, 0)])
def test_darkness_and_haze_do_not_hide_marks(gain, lift, lay_flat) -> None:
    page = PAGES[-1]
    shot = lay_flat(page)
    grey = (shot.grey * gain + lift).astype(np.uint8)
    marks = find_marks(grey, MARKS)
    for printed in page.marks:
        ((x, y),) = shot.to_px(place(printed))
        found, away = nearest(marks, (x, y), printed.polarity)
        assert away < 2.0
        assert found.score > MARKS.least_contrast


def test_the_strongest_come_first_and_no_more_than_asked_for(lay_flat) -> None:
    shot = lay_flat(PAGES[0])
    marks = find_marks(shot.grey, replace(MARKS, most=5))
    assert len(marks) == 5
    scores = [mark.score for mark in marks]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) > 0.7


def lines() -> Image:
    grey = np.full((800, 600), 220, np.uint8)
    grey[::40] = 20
    grey[:, ::60] = 20
    return grey


def edge() -> Image:
    grey = np.full((800, 600), 220, np.uint8)
    cv2.fillPoly(grey, [np.array([[0, 0], [600, 0], [200, 800], [0, 800]])], 30)
    return grey


@pytest.mark.parametrize(
    "grey",
    [
        np.full((800, 600), 140, np.uint8),
        np.zeros((800, 600), np.uint8),
        lines(),
        edge(),
        np.full((3, 3), 140, np.uint8),
        np.full((8, 900), 140, np.uint8),
    ],
    ids=["grey", "black", "ruled", "shadow edge", "speck", "sliver"],
)
def test_nothing_that_is_no_mark_is_one(grey) -> None:
    assert find_marks(grey, MARKS) == ()


def test_a_thin_line_through_a_mark_does_not_hide_it(lay_flat) -> None:
    page = PAGES[0]
    shot = lay_flat(page)
    printed = page.marks[0]
    ((x, y),) = shot.to_px(place(printed))
    cv2.line(shot.grey, (round(x) - 30, round(y) - 40), (round(x) + 40, round(y) + 30), 60, 2)
    _, away = nearest(find_marks(shot.grey, MARKS), (x, y), printed.polarity)
    assert away < 0.4 * printed.side * shot.px_per_mm
