"""Looks for thin dark lines across the places where printed lines should be.

Not a stage: the tool by which pages are registered and boxes confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import RidgeSettings
from ocr_pipeline.warp import Image, Points, Warp

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Pieces of the page's printed lines: centre, half length (mm), and which way they run."""

    centre: Points
    half: Floats
    horizontal: Bools
    box_edge: Bools
    """True where the piece is an edge of a digit box."""
    clearance: Floats
    """Distance across the piece to the next printed line that runs along it, mm, at most 50.

    Nearer than half of it a ridge can only be this line; in a tally grid that is a few mm.
    """

    def only(self, rows: Bools) -> Pieces:
        """The chosen pieces."""
        return Pieces(
            self.centre[rows], self.half[rows], self.horizontal[rows], self.box_edge[rows], self.clearance[rows]
        )


def ridge_profiles(
    grey: Image, warp: Warp, pieces: Pieces, offsets: Floats, settings: RidgeSettings
) -> tuple[Floats, Floats]:
    """Darkness of a thin line against both sides, per piece and offset.

    Returns:
        (pieces, offsets) ridge strength in units of the profile's own noise, and the same in parts
        of the paper's level.
    """
    step = float(offsets[1] - offsets[0])
    reach = max(1, round(settings.ridge_mm / step))
    wide = offsets[0] + step * np.arange(-reach, len(offsets) + reach)
    along = np.linspace(-0.85, 0.85, settings.samples, dtype=np.float32)
    # A piece is short: within it the warp is as good as affine.
    origin, along_px, across_px = _local_axes(warp, pieces)
    n, m, k = len(origin), len(wide), len(along)
    across = wide.astype(np.float32)
    # x and y by themselves: one array of pairs would be written with a stride.
    x, y = (
        (
            origin[:, i, None, None]
            + along_px[:, i, None, None] * along
            + across_px[:, i, None, None] * across[:, None]
        ).reshape(n, m * k)
        for i in (0, 1)
    )
    values = cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    profile = cv2.reduce(values.reshape(n * m, k), 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F).reshape(n, m)
    centre = profile[:, reach:-reach]
    # The darker of the two sides is compared: an edge has one dark side and is no ridge.
    sides = np.minimum(profile[:, : -2 * reach], profile[:, 2 * reach :])
    ridge = np.maximum(sides - centre, 0.0)
    paper = np.maximum(np.median(profile, axis=1, keepdims=True), 8.0)
    noise = np.maximum(np.median(np.abs(np.diff(profile, axis=1)), axis=1, keepdims=True), 0.004 * paper)
    return ridge / noise, ridge / paper


OUTSIDE_GREY = 128
"""Fills a flat picture where the photo shows nothing; no surface is ever so even."""


def shown(grey: Image, warp: Warp, points_mm: Points) -> Bools:
    """Whether the photo shows these points of the page: not past its edge, nor in the fill of a flat picture."""
    x, y = np.rint(warp.to_px(points_mm)).astype(np.int64).T
    height, width = grey.shape
    within = (x >= 1) & (y >= 1) & (x < width - 1) & (y < height - 1)
    x, y = np.clip(x, 1, width - 2), np.clip(y, 1, height - 2)
    around = np.stack([grey[y + dy, x + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    result: Bools = within & (around != OUTSIDE_GREY).any(axis=0)
    return result


def offsets_mm(reach: float, step: float) -> Floats:
    """Offsets from -reach to reach, symmetric about 0."""
    count = round(reach / step)
    offsets: Floats = np.arange(-count, count + 1).astype(np.float64) * step
    return offsets


def _local_axes(warp: Warp, pieces: Pieces) -> tuple[npt.NDArray[np.float32], ...]:
    """Pixel position of each piece's middle, its half length along, and one millimetre across it."""
    unit = np.where(pieces.horizontal[:, None], [[1.0, 0.0]], [[0.0, 1.0]])
    across = unit[:, ::-1]
    n = len(unit)
    points = np.concatenate([pieces.centre, pieces.centre + unit * pieces.half[:, None], pieces.centre + across])
    pixels = warp.to_px(points).astype(np.float32)
    return pixels[:n], pixels[n : 2 * n] - pixels[:n], pixels[2 * n :] - pixels[:n]


def is_line(ridges: Floats, relative: Floats, best: npt.NDArray[np.int_], settings: RidgeSettings) -> Bools:
    """Whether the ridge at ``best`` of each piece is dark enough to be a printed line."""
    rows = np.arange(len(best))
    found: Bools = (relative[rows, best] > settings.least_contrast) & (ridges[rows, best] > settings.least_ridge)
    return found


def top_of_ridge(ridges: Floats, best: npt.NDArray[np.int_], offsets: Floats) -> Floats:
    """Offset of the ridge's top, by a parabola through the three highest samples."""
    inner = np.clip(best, 1, len(offsets) - 2)
    rows = np.arange(len(best))
    left, mid, right = ridges[rows, inner - 1], ridges[rows, inner], ridges[rows, inner + 1]
    curve = left - 2 * mid + right
    delta = np.where(np.abs(curve) > 1e-9, (left - right) / np.where(curve == 0, 1, 2 * curve), 0.0)
    shift: Floats = offsets[inner] + np.clip(delta, -1, 1) * (offsets[1] - offsets[0])
    return shift
