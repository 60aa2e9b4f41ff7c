"""deskew: from a photo to a level, flat page with its landmarks and the poses they allow."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ocr_pipeline.config import DESKEW, MARKS, PATIENT_RULING, POSES, RECTIFY, RULING, DeskewSettings
from ocr_pipeline.forms import Catalogue, FormPage
from ocr_pipeline.landmarks import Ground, Pose, Ruled, Tag
from ocr_pipeline.photo.deskew.marks import find_marks
from ocr_pipeline.photo.deskew.poses import find_poses
from ocr_pipeline.photo.deskew.rectify import rectify
from ocr_pipeline.photo.deskew.ruling import ruling_poses
from ocr_pipeline.photo.ruled import find_ruled
from ocr_pipeline.records import Page, Photo
from ocr_pipeline.warp import Image, Points


def deskew(photo: Photo, catalogue: Catalogue, settings: DeskewSettings = DESKEW) -> Page:
    """Levels the photo by its ruled lines and finds where form pages could lie.

    Args:
        photo: the decoded picture, at any turn.
        catalogue: the forms whose marks and tags are looked for.
        settings: sizes of the search pictures.

    Returns:
        A page with every pose that its tag and marks or, without a tag, its ruled lines allow; with none where
        nothing is seen.
    """
    factor = min(1.0, settings.side_px / max(photo.grey.shape))
    search = photo.grey
    if factor < 1:
        search = cv2.resize(photo.grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    flat = rectify(evenly_lit(search, settings), RECTIFY)
    tags = _find_tags(flat.grey, settings)
    ruled = find_ruled(flat.grey, RULING)
    marks = find_marks(flat.grey, MARKS) if tags else ()
    pages = catalogue.pages_for(tag.tag_id for tag in tags)
    poses = find_poses(pages, marks, tags, POSES)
    if not any(pose.ground is Ground.TAG and len(pose.anchors_mm) >= settings.founded_points for pose in poses):
        poses = _by_ruling(ruled, pages) + poses
    to_decoded = _resized(1 / factor) @ np.linalg.inv(flat.from_photo)
    return Page(photo, flat.grey, to_decoded, tags, marks, ruled, poses)


def by_marks(page: Page, catalogue: Catalogue) -> Page:
    """The same page with its two best poses and those its marks allow without a tag, for a second look."""
    marks = find_marks(page.flat, MARKS)
    pages = catalogue.pages_for(tag.tag_id for tag in page.tags)
    return replace(page, marks=marks, poses=page.poses[:2] + find_poses(pages, marks, (), POSES))


def _by_ruling(ruled: Ruled, pages: Sequence[FormPage]) -> tuple[Pose, ...]:
    """A quick search first; where it finds nothing clear, a patient one."""
    poses = ruling_poses(ruled, pages, RULING)
    if poses and poses[0].score >= RULING.clear_score:
        return poses
    return ruling_poses(ruled, pages, PATIENT_RULING)


def evenly_lit(grey: Image, settings: DeskewSettings = DESKEW) -> Image:
    """The picture divided by the paper's own brightness: shadows and darkness taken out.

    Thresholds of tag and mark detectors are absolute; a photo in the dark passes none of them.
    """
    cell = max(1, max(grey.shape) // settings.light_cells)
    small = cv2.resize(grey, None, fx=1 / cell, fy=1 / cell, interpolation=cv2.INTER_AREA)
    # Print darkens a cell's mean by less than writing does: take the brightest neighbour.
    light = cv2.GaussianBlur(cv2.dilate(small, np.ones((3, 3), np.uint8)), (0, 0), 1.5)
    light = np.maximum(light, max(settings.least_light * float(light.max()), 8.0))
    gain = cv2.resize((200.0 / light).astype(np.float32), grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.multiply(grey, gain, dtype=cv2.CV_8U).astype(np.uint8, copy=False)


def _resized(factor: float) -> Points:
    """The homography of a resize by ``factor``; pixel centres lie at whole numbers."""
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1]])


@functools.cache
def _tag_detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    # Windows of 13 and 23 px cover tags from 30 to 120 px; more windows cost time and find no more.
    parameters.adaptiveThreshWinSizeMin, parameters.adaptiveThreshWinSizeStep = 13, 10
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    return cv2.aruco.ArucoDetector(dictionary, parameters)


def _find_tags(grey: Image, settings: DeskewSettings) -> tuple[Tag, ...]:
    factor = min(1.0, settings.tag_side_px / max(grey.shape))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else grey
    corners, ids, _ = _tag_detector().detectMarkers(small)
    if ids is None:
        return ()
    to_flat = 1 / factor
    shift = (to_flat - 1) / 2
    return tuple(
        Tag(int(tag_id), quad.reshape(4, 2).astype(float) * to_flat + shift)
        for quad, tag_id in zip(corners, ids.ravel(), strict=True)
    )
