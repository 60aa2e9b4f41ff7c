"""Turn and perspective taken out by the ruled lines."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import RECTIFY
from ocr_pipeline.forms import FormPage, load_catalogue
from ocr_pipeline.photo.deskew.rectify import rectify
from ocr_pipeline.warp import Image, Points

PAGES = tuple(page for page in load_catalogue().pages if page.marks and not page.provisional)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)


def slopes_deg(page: FormPage, mm_to_flat: Points, apply) -> tuple[Points, Points]:
    """How far the printed lines are from level and upright, in degrees, and a quarter turn set aside."""
    ends = np.array([[[line.x1, line.y1], [line.x2, line.y2]] for line in page.lines], float)
    long = np.hypot(*(ends[:, 1] - ends[:, 0]).T) > 100
    horizontal = np.array([line.horizontal for line in page.lines])[long]
    seen = apply(mm_to_flat, ends[long].reshape(-1, 2)).reshape(-1, 2, 2)
    angle = np.degrees(np.arctan2(*(seen[:, 1] - seen[:, 0]).T[::-1]))
    off = (angle + 45) % 90 - 45
    return off[horizontal], off[~horizontal]


def tilted(grey: Image, tilt: tuple[float, float]) -> tuple[Image, Points]:
    """The picture seen at an angle: ``tilt`` is by how much of its size the far side is nearer, in x and y."""
    height, width = grey.shape
    low = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    x, y = tilt[0] * width / 2, tilt[1] * height / 2
    high = np.array([[y, x], [width - y, 0], [width, height], [0, height - x]], np.float32)
    homography = cv2.getPerspectiveTransform(low, high)
    return cv2.warpPerspective(grey, homography, (width, height), borderValue=90), homography


@EVERY_PAGE
@pytest.mark.parametrize("turn", [-40, -7, 0, 5, 12, 20, 33, 45, 100])
def test_a_turned_sheet_becomes_level(page, turn, lay_flat, turn_picture, apply) -> None:
    shot = lay_flat(page)
    turned, moved = turn_picture(shot.grey, turn)
    result = rectify(turned, RECTIFY)
    level, upright = slopes_deg(page, result.from_photo @ moved @ flat_mm(shot), apply)
    assert np.abs(level).max() < 0.5 and np.abs(upright).max() < 0.5
    assert result.agreement > 0.8


@EVERY_PAGE
@pytest.mark.parametrize("tilt", [(0.15, 0.0), (0.0, 0.15), (0.25, 0.2), (0.1, 0.3)])
@pytest.mark.parametrize("turn", [0, 15])
def test_perspective_is_taken_out(page, tilt, turn, lay_flat, turn_picture, apply) -> None:
    shot = lay_flat(page)
    turned, moved = turn_picture(shot.grey, turn)
    seen, moved_further = tilted(turned, tilt)
    before = slopes_deg(page, moved_further @ moved @ flat_mm(shot), apply)
    result = rectify(seen, RECTIFY)
    level, upright = slopes_deg(page, result.from_photo @ moved_further @ moved @ flat_mm(shot), apply)
    assert max(np.ptp(before[0]), np.ptp(before[1])) > 3.0  # there was something to take out
    assert np.abs(level).max() < 0.6 and np.abs(upright).max() < 0.6


def flat_mm(shot) -> Points:
    """(3, 3): millimetres to pixels of a sheet laid flat."""
    scale = shot.px_per_mm
    return np.array([[scale, 0, -0.5], [0, scale, -0.5], [0, 0, 1]])


@pytest.mark.parametrize("severity", [1, 2, 3])
def test_photos_become_level_as_far_as_they_are_flat(severity, shoot, apply) -> None:
    for page in PAGES[::3]:
        shot = shoot(page, severity=severity, turn=8)
        result = rectify(shot.grey, RECTIFY)
        ends = np.array(
            [[line.x1, line.y1] for line in page.lines] + [[line.x2, line.y2] for line in page.lines], float
        )
        seen = apply(result.from_photo, shot.to_px(ends)).reshape(2, -1, 2)
        length = np.hypot(*(seen[1] - seen[0]).T)
        angle = np.degrees(np.arctan2(*(seen[1] - seen[0]).T[::-1]))
        off = np.abs((angle + 45) % 90 - 45)[length > 200]
        assert np.median(off) < 0.7


def test_the_picture_is_where_the_map_says(lay_flat, turn_picture, apply) -> None:
    shot = lay_flat(PAGES[0])
    turned, moved = turn_picture(shot.grey, 12)
    result = rectify(turned, RECTIFY)
    lines = [line for line in PAGES[0].lines if line.horizontal]
    middles = np.array([[(line.x1 + line.x2) / 2, line.y1] for line in lines])

    def darkest(points: Points) -> float:
        places = np.rint(apply(result.from_photo @ moved @ flat_mm(shot), points)).astype(int)
        return float(np.median([result.grey[y - 1 : y + 2, x - 1 : x + 2].min() for x, y in places]))

    assert darkest(middles) < 150
    assert darkest(middles + np.array([0.0, 3.0])) > 200  # 3 mm beside them is paper


def letters() -> Image:
    grey = np.full((900, 700), 230, np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(250):
        x, y = rng.integers(0, 650), rng.integers(20, 890)
        cv2.putText(grey, chr(int(rng.integers(97, 122))), (int(x), int(y)), cv2.FONT_HERSHEY_COMPLEX, 0.6, 30, 1)
    return grey


@pytest.mark.parametrize("grey", [np.full((900, 700), 128, np.uint8), letters()], ids=["blank", "letters"])
def test_a_picture_without_two_directions_stays_as_it_is(grey: Image) -> None:
    result = rectify(grey, RECTIFY)
    assert np.array_equal(result.from_photo, np.eye(3))
    assert result.grey is grey
    assert result.agreement == 0.0


@pytest.mark.parametrize("size", [(2, 2), (240, 3000), (1500, 300)])
def test_odd_sizes_and_noise_do_no_harm(size: tuple[int, int]) -> None:
    grey = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    result = rectify(grey, RECTIFY)
    assert np.isfinite(result.from_photo).all()
    assert max(result.grey.shape) <= max(RECTIFY.most_side_px + 1, *size)


def test_a_sheet_seen_too_steeply_is_left_alone_or_bounded(lay_flat) -> None:
    shot = lay_flat(PAGES[0])
    height, width = shot.grey.shape
    squeezed = np.array([[0.46 * width, 0.4 * height], [0.54 * width, 0.4 * height], [width, height], [0, height]])
    low = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    steep = cv2.getPerspectiveTransform(low, squeezed.astype(np.float32))
    seen = cv2.warpPerspective(shot.grey, steep, (width, height), borderValue=90)
    result = rectify(seen, RECTIFY)
    assert max(result.grey.shape) <= RECTIFY.most_side_px + 1
    assert math.isfinite(result.agreement)
