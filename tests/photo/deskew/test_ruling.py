"""Poses by ruled lines alone, on drawn photos whose truth is known."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import PATIENT_RULING, RULING
from ocr_pipeline.forms import FormPage, load_catalogue
from ocr_pipeline.landmarks import Ground, Ruled
from ocr_pipeline.photo.deskew import deskew
from ocr_pipeline.photo.deskew.ruling import ruling_poses
from ocr_pipeline.photo.ruled import explained, find_ruled
from ocr_pipeline.warp import Image, Points, Warp

CATALOGUE = load_catalogue()
SHEETS = {(page.form_id, page.page): page for page in CATALOGUE.pages if not page.provisional}
ONE_OF_EACH = pytest.mark.parametrize("page", SHEETS.values(), ids=lambda page: page.title)


def flat_mm(page: FormPage, px_per_mm: float) -> Points:
    return np.array([[px_per_mm, 0, -0.5], [0, px_per_mm, -0.5], [0, 0, 1]])


def scale_of(page: FormPage) -> float:
    """A sheet about 960 px wide, whatever its size in mm."""
    return 960 / page.width


def turned(picture: Image, quarters: int) -> Image:
    return np.ascontiguousarray(np.rot90(picture, -quarters))


def project(homography: Points, points: Points) -> Points:
    mapped = np.c_[points, np.ones(len(points))] @ homography.T
    return mapped[:, :2] / mapped[:, 2:]


@ONE_OF_EACH
def test_the_sheet_is_found_among_all_forms(page: FormPage, lay_flat) -> None:
    shot = lay_flat(page, scale_of(page))
    poses = ruling_poses(find_ruled(shot.grey, RULING), CATALOGUE.pages, PATIENT_RULING)
    best = next(pose for pose in poses if (pose.form_id, pose.page) == (page.form_id, page.page))
    corners = np.array([[0, 0], [page.width, 0], [page.width, page.height], [0, page.height]], float)
    off = project(best.homography, corners) - project(flat_mm(page, scale_of(page)), corners)
    assert np.abs(off).max() < 0.01 * page.width * scale_of(page)
    assert best.ground is Ground.RULING and best.score > 0.8 * poses[0].score


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("sheet", [("c-hasil-kwk-2020", 2), ("c1-ppwp-2019", 2)])
def test_it_may_lie_at_any_quarter_turn(sheet: tuple[str, int], quarters: int, lay_flat) -> None:
    page = SHEETS[sheet]
    shot = lay_flat(page, scale_of(page))
    best = ruling_poses(find_ruled(turned(shot.grey, quarters), RULING), [page], PATIENT_RULING)[0]
    x_axis = best.homography[:2, 0] / np.hypot(*best.homography[:2, 0])
    expected = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarters]
    assert np.allclose(x_axis, expected, atol=1e-6)


def test_what_is_cut_off_is_not_missed(lay_flat) -> None:
    page = SHEETS["c-hasil-ppwp-2024", 2]
    scale = scale_of(page)
    upper = lay_flat(page, scale).grey[: round(0.6 * page.height * scale)]
    best = ruling_poses(find_ruled(np.ascontiguousarray(upper), RULING), [page], PATIENT_RULING)[0]
    assert abs(best.homography[0, 0] / scale - 1) < 0.02 and abs(best.homography[1, 1] / scale - 1) < 0.02


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_empty_picture_has_no_pose(grey: int) -> None:
    ruled = find_ruled(np.full((1200, 900), grey, np.uint8), RULING)
    assert not ruled.level.any() and not ruled.upright.any()
    assert ruling_poses(ruled, CATALOGUE.pages, RULING) == ()


def test_letters_are_no_ruled_lines() -> None:
    grey = np.full((1400, 1000), 210, np.uint8)
    for row in range(40):
        cv2.putText(grey, "jumlah seluruh suara sah pasangan calon", (60, 60 + 32 * row), 0, 0.7, 30, 1, cv2.LINE_AA)
    words = find_ruled(grey, RULING)
    cv2.line(grey, (60, 700), (940, 700), 30, 2)
    line = find_ruled(grey, RULING)
    assert words.level.mean() < 0.01
    assert line.level[495:505].any(axis=0).mean() > 0.8  # the picture is looked at with a long side of 1000


def test_a_page_with_lines_left_over_explains_less(lay_flat) -> None:
    page = SHEETS["c-hasil-kwk-2020", 2]
    shot = lay_flat(page, 1.6)
    ruled = find_ruled(shot.grey, RULING)
    lines = np.array([((li.x1, li.y1), (li.x2, li.y2)) for li in (*page.lines, *page.box_lines, *page.grid_lines)])
    warp = Warp(flat_mm(page, 1.6), np.zeros((15, 2)), (page.width, page.height))
    whole, half = explained(ruled, lines, warp, RULING), explained(ruled, lines[::2], warp, RULING)
    assert whole > 0.85 and half < whole - 0.15
    moved = dataclasses.replace(warp, homography=warp.homography @ np.array([[1, 0, 7.0], [0, 1, 7.0], [0, 0, 1]]))
    assert explained(ruled, lines, moved, RULING) < 0.5


def test_nothing_seen_explains_nothing() -> None:
    page = SHEETS["c1-ppwp-2014", 4]
    nothing = Ruled(np.zeros((900, 700), np.uint8), np.zeros((900, 700), np.uint8), 1.0)
    lines = np.array([((li.x1, li.y1), (li.x2, li.y2)) for li in page.lines])
    warp = Warp(flat_mm(page, 3.0), np.zeros((15, 2)), (page.width, page.height))
    assert explained(nothing, lines, warp, RULING) == 0.0


@pytest.mark.parametrize("sheet", [("c1-ppwp-2014", 4), ("c1-plano-ppwp-2019", 2), ("c-hasil-kwk-2020", 2)])
def test_a_photo_without_a_tag_gets_poses_by_ruling(sheet: tuple[str, int], shoot) -> None:
    page = deskew(shoot(SHEETS[sheet], severity=1).photo, CATALOGUE)
    assert {pose.ground for pose in page.poses} == {Ground.RULING}
    assert (page.poses[0].form_id, page.poses[0].page) == sheet
