"""Registration to the printed lines, from poses that are off by known amounts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import LINES
from ocr_pipeline.forms import FormPage, load_catalogue
from ocr_pipeline.landmarks import Ground, Pose
from ocr_pipeline.photo.identify.lines import cut_pieces, fit_lines, judge, rough_score
from ocr_pipeline.warp import Points, Warp

PAGES = tuple(page for page in load_catalogue().pages if page.marks and not page.provisional)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
SHARP_MM = 0.3


def flat_mm(px_per_mm: float) -> Points:
    return np.array([[px_per_mm, 0, -0.5], [0, px_per_mm, -0.5], [0, 0, 1]])


def pose_of(page: FormPage, homography: Points, tolerance_mm: float = 6.0) -> Pose:
    anchors = np.array([[mark.x, mark.y] for mark in page.marks])
    return Pose(page.form_id, page.page, page.pairs, homography, Ground.MARKS, "made", anchors, tolerance_mm, 1.0)


def warp_of(page: FormPage, homography: Points) -> Warp:
    return Warp(homography, np.zeros((15, 2)), (page.width, page.height))


def shifted(dx: float, dy: float, stretch: float = 0.0, shear: float = 0.0) -> Points:
    """Millimetres to millimetres: what a pose is off by, stretch and shear about the sheet's middle."""
    return np.array(
        [[1 + stretch, shear, dx - 300 * stretch - 450 * shear], [0, 1 + stretch, dy - 450 * stretch], [0, 0, 1]]
    )


@EVERY_PAGE
def test_the_pieces_are_all_the_lines_and_box_sides(page: FormPage) -> None:
    pieces = cut_pieces(page, LINES)
    ruled = sum(abs(line.x2 - line.x1) + abs(line.y2 - line.y1) for line in page.lines)
    sides = sum(2 * (box.w + box.h) for field in page.fields for box in field.boxes)
    assert 2 * pieces.half[~pieces.box_edge].sum() == pytest.approx(ruled)
    assert 2 * pieces.half[pieces.box_edge].sum() == pytest.approx(sides)
    assert 2 * pieces.half.max() <= 1.5 * LINES.piece_mm
    assert (pieces.centre >= 0).all() and (pieces.centre <= [page.width, page.height]).all()


@EVERY_PAGE
def test_clearance_is_the_distance_to_the_next_line_that_could_be_mistaken(page: FormPage) -> None:
    pieces = cut_pieces(page, LINES)
    assert (pieces.clearance > 0).all() and (pieces.clearance <= 50).all()
    for field in page.fields:
        box = field.boxes[0]
        mine = pieces.box_edge & pieces.horizontal & (pieces.centre == [box.centre[0], box.y]).all(axis=1)
        assert (pieces.clearance[mine] <= box.h + 1e-9).all()  # the box's own other side


@EVERY_PAGE
def test_at_the_truth_all_lines_are_found_and_10_mm_beside_it_few(page, lay_flat) -> None:
    shot = lay_flat(page, 2.0)
    pieces = cut_pieces(page, LINES)
    right = judge(shot.grey, warp_of(page, flat_mm(2.0)), pieces, LINES)
    # The sides of neighbouring boxes stand 1.9 mm apart on the sheet of 2020: each hides the other.
    assert right.score > 0.95 and right.box_score > (0.7 if page.form_id == "c-hasil-kwk-2020" else 0.95)
    assert right.residual_mm < SHARP_MM
    assert right.length_mm == pytest.approx(2 * pieces.half.sum())
    wrong = judge(shot.grey, warp_of(page, flat_mm(2.0) @ shifted(10, 10)), pieces, LINES)
    assert wrong.score < 0.4


@EVERY_PAGE
@pytest.mark.parametrize("off", [(4, -3, 0, 0), (-5, 5, 0, 0), (1, 2, 0.015, 0), (0, -2, -0.015, 0.01)])
def test_a_pose_that_is_off_within_its_tolerance_is_pulled_right(page, off, lay_flat) -> None:
    shot = lay_flat(page, 1.7)
    fit = fit_lines(shot.grey, page, cut_pieces(page, LINES), pose_of(page, flat_mm(1.7) @ shifted(*off)), LINES)
    assert fit.score > 0.9
    assert np.median(shot.errors_mm(fit.warp)) < SHARP_MM
    assert shot.box_errors_mm(fit.warp).max() < 1.0


def test_a_bent_sheet_is_followed(shoot) -> None:
    """At severity 2 the sheet curls by up to 2 mm, which no homography takes up."""
    page = PAGES[0]
    shot = shoot(page, severity=2, seed=4)
    points = np.array([[mark.x, mark.y] for mark in page.marks])
    pose = pose_of(page, homography_through(points, shot.to_px(points)))
    pieces = cut_pieces(page, LINES)
    straight = shot.errors_mm(warp_of(page, pose.homography))
    bent = shot.errors_mm(fit_lines(shot.grey, page, pieces, pose, LINES).warp)
    assert np.median(straight) > SHARP_MM
    assert np.median(bent) < min(SHARP_MM, np.median(straight) / 2)


def homography_through(mm: Points, px: Points) -> Points:
    """Least squares, linear; good enough for a pose."""
    rows = []
    for (x, y), (u, v) in zip(mm, px, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, -u], [0, 0, 0, x, y, 1, -v * x, -v * y, -v]]
    scaled = np.array(rows) / np.array([300, 450, 1, 300, 450, 1, 3e5, 4.5e5, 1e3])
    solution = np.linalg.svd(scaled)[2][-1] / np.array([300, 450, 1, 300, 450, 1, 3e5, 4.5e5, 1e3])
    return solution.reshape(3, 3) / solution[-1]


@EVERY_PAGE
def test_the_right_page_has_a_better_rough_score_than_a_shifted_one(page, lay_flat) -> None:
    shot = lay_flat(page, 1.6)
    pieces = cut_pieces(page, LINES)
    right = rough_score(shot.grey, page, pieces, pose_of(page, flat_mm(1.6)), LINES)
    upside_down = np.array([[-1, 0, page.width], [0, -1, page.height], [0, 0, 1]])
    wrong = rough_score(shot.grey, page, pieces, pose_of(page, flat_mm(1.6) @ upside_down), LINES)
    assert right > wrong
    assert 0 <= right <= 1


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_on_an_empty_picture_nothing_is_found(grey: int) -> None:
    page = PAGES[0]
    picture = np.full((1500, 1000), grey, np.uint8)
    fit = fit_lines(picture, page, cut_pieces(page, LINES), pose_of(page, flat_mm(1.6)), LINES)
    assert fit.score == 0 and fit.box_score == 0
    assert np.isfinite(fit.warp.to_px(np.array([[300.0, 450.0]]))).all()


@settings(max_examples=15, deadline=None)
@given(
    values=st.lists(st.floats(-3, 3), min_size=4, max_size=4),
    scale=st.floats(0.05, 4),
    seed=st.integers(0, 3),
)
def test_no_pose_and_no_picture_makes_it_fall(values: list[float], scale: float, seed: int) -> None:
    page = PAGES[2]
    picture = np.random.default_rng(seed).integers(0, 256, (400, 300), dtype=np.uint8)
    a, b, c, d = values
    homography = np.array([[a, b, 50 * c], [-b, a, 50 * d], [c / 3000, d / 3000, 1]]) * [[scale], [scale], [1]]
    if abs(np.linalg.det(homography)) < 1e-6:
        return
    fit = fit_lines(picture, page, cut_pieces(page, LINES), pose_of(page, homography), LINES)
    assert 0 <= fit.score <= 1
