"""Takes turn and perspective out of a photo by the ruled lines of whatever form it shows.

A form is hundreds of parallel lines in two directions. Their two vanishing points give the
homography that makes all of them upright or level, without knowing which form it is: what remains
unknown is a quarter turn, the place, and the ratio of height to width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import RectifySettings
from ocr_pipeline.photo.ridges import OUTSIDE_GREY
from ocr_pipeline.warp import Image, Points

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rectified:
    """A photo with its perspective taken out."""

    grey: Image
    from_photo: Points
    """(3, 3): pixels of the picture given to pixels of ``grey``."""
    agreement: float
    """Length share of the line segments that point to one of the two vanishing points, 0..1."""


def rectify(grey: Image, settings: RectifySettings) -> Rectified:
    """Finds the two directions of ruled lines and makes them level and upright.

    Args:
        grey: the photo, long side about ``settings.side_px``.
        settings: limits; where the lines do not agree on two directions the photo is returned as it is.
    """
    height, width = grey.shape
    same = Rectified(grey, np.eye(3), 0.0)
    segments = _segments(grey, settings)
    if len(segments) < settings.least_segments:
        return same
    middle = np.array([width / 2, height / 2])
    unit = max(width, height) / 2
    ends = (segments.reshape(-1, 2, 2) - middle) / unit
    level, upright, agreement = _vanishing_points(ends, settings)
    if agreement < settings.least_agreement:
        return same
    flat = _flattening(level, upright, settings)
    if flat is None:
        return same
    to_unit = np.array([[1 / unit, 0, -middle[0] / unit], [0, 1 / unit, -middle[1] / unit], [0, 0, 1]])
    homography = flat @ to_unit
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    mapped = np.c_[corners, np.ones(4)] @ homography.T
    if (mapped[:, 2] <= 0.05).any():
        return same
    placed = mapped[:, :2] / mapped[:, 2:]
    low, high = placed.min(0), placed.max(0)
    # Keep the scale at the photo's middle, unless the far side would grow out of bounds.
    scale = min(unit, settings.most_side_px / float((high - low).max()))
    place = np.array([[scale, 0, -low[0] * scale], [0, scale, -low[1] * scale], [0, 0, 1]])
    homography = place @ homography
    size = tuple(int(v) for v in np.ceil((high - low) * scale))
    flat_grey = cv2.warpPerspective(
        grey, homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=OUTSIDE_GREY
    )
    return Rectified(flat_grey.astype(np.uint8, copy=False), homography / homography[2, 2], agreement)


def _segments(grey: Image, settings: RectifySettings) -> Floats:
    """Straight segments (n, 4): x1, y1, x2, y2 in pixels of ``grey``, the longest ones."""
    factor = min(1.0, settings.segment_side_px / max(grey.shape))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, 1.0).detect(small)[0]
    if found is None:
        return np.zeros((0, 4))
    segments = found.reshape(-1, 4).astype(float)
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    long = length > settings.least_segment * max(small.shape)
    order = np.argsort(-length[long], kind="stable")[: settings.most_segments]
    result: Floats = segments[long][order] / factor
    return result


def _vanishing_points(ends: Floats, settings: RectifySettings) -> tuple[Floats, Floats, float]:
    """The vanishing points of the level and the upright family, and how many segments agree.

    Args:
        ends: (n, 2, 2) segment ends in units of half the photo's long side about its middle.
        settings: widths of the families.
    """
    delta = ends[:, 1] - ends[:, 0]
    length = np.hypot(delta[:, 0], delta[:, 1])
    angle = np.arctan2(delta[:, 1], delta[:, 0])
    turn = _main_direction(angle, length)
    points: list[Floats] = []
    agreeing = 0.0
    for direction in (turn, turn + math.pi / 2):
        off = np.angle(np.exp(2j * (angle - direction))) / 2
        family = np.abs(off) < settings.family_rad
        vanishing = np.array([math.cos(direction), math.sin(direction), 0.0])
        if family.sum() >= 6:
            vanishing = _vanishing_point(ends[family], length[family], vanishing)
            error = _pointing_error(ends[family], vanishing)
            agreeing += float(length[family][error < settings.agree_rad].sum())
        points.append(vanishing)
    return points[0], points[1], agreeing / float(length.sum())


def _main_direction(angle: Floats, length: Floats) -> float:
    """The turn, in -45..45 degrees, at which two perpendicular directions hold most length."""
    histogram, edges = np.histogram(np.mod(angle, math.pi / 2), bins=90, range=(0, math.pi / 2), weights=length)
    padded = np.concatenate([histogram[-4:], histogram, histogram[:4]])
    smooth = np.convolve(padded, np.hanning(9), mode="valid")
    turn = float(edges[int(np.argmax(smooth))]) + math.radians(0.5)
    return turn if turn < math.pi / 4 else turn - math.pi / 2


def _vanishing_point(ends: Floats, length: Floats, start: Floats) -> Floats:
    """The point all segments point to, by iteratively reweighted least squares; homogeneous."""
    first = np.c_[ends[:, 0], np.ones(len(ends))]
    second = np.c_[ends[:, 1], np.ones(len(ends))]
    lines = np.cross(first, second)
    lines /= np.maximum(np.hypot(lines[:, 0], lines[:, 1]), 1e-12)[:, None]
    vanishing = start
    for spread in (0.15, 0.08, 0.04, 0.02, 0.01, 0.01):
        error = _pointing_error(ends, vanishing)
        weight = length / (1 + (error / spread) ** 2) ** 2
        # Close to infinity the distance of a line from the point grows with the point's own.
        scatter = (lines * weight[:, None]).T @ lines
        scatter += np.diag([0.0, 0.0, 1e-4 * float(weight.sum())])
        vanishing = np.linalg.eigh(scatter)[1][:, 0]
    if vanishing @ start < 0:
        vanishing = -vanishing
    return vanishing


def _pointing_error(ends: Floats, vanishing: Floats) -> Floats:
    """Angle between each segment and the direction from its middle to the vanishing point, rad."""
    middle = ends.mean(axis=1)
    towards = vanishing[:2] - middle * vanishing[2]
    along = ends[:, 1] - ends[:, 0]
    cross = along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0]
    norm = np.maximum(np.hypot(*along.T) * np.hypot(*towards.T), 1e-12)
    error: Floats = np.arcsin(np.clip(np.abs(cross) / norm, 0, 1))
    return error


def _flattening(level: Floats, upright: Floats, settings: RectifySettings) -> Points | None:
    """The homography that sends the two vanishing points to the x and y axis at infinity.

    The photo's middle keeps its place and, along each axis, its scale.
    """
    horizon = np.cross(level, upright)
    if abs(horizon[2]) < 1e-9:
        return None
    horizon = horizon / horizon[2]
    if np.hypot(horizon[0], horizon[1]) > settings.steepest:
        return None
    projective = np.array([[1.0, 0, 0], [0, 1.0, 0], horizon])
    x_axis, y_axis = (projective @ level)[:2], (projective @ upright)[:2]
    axes = np.stack([x_axis / np.hypot(*x_axis), y_axis / np.hypot(*y_axis)], axis=1)
    if abs(np.linalg.det(axes)) < settings.least_axes_angle:
        return None
    straighten = np.eye(3)
    straighten[:2, :2] = np.linalg.inv(axes)
    if straighten[0, 0] < 0:
        straighten[:2] *= -1
    result: Points = straighten @ projective
    return result
