"""Where level and upright ruled lines run on a page, and how much of any box's edges is seen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import RowSettings
from ocr_pipeline.warp import Image

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]


def ruled(page: Image, settings: RowSettings) -> tuple[Bits, Bits]:
    """Pixels of upright and of level lines: darker than the paper on both sides, straight and long enough.

    Returns:
        Two pictures of 0 and 1, each line a few pixels wider than it is printed.
    """
    return _level(np.ascontiguousarray(page.T), settings).T, _level(page, settings)


def _level(page: Image, settings: RowSettings) -> Bits:
    run = cv2.blur(page, (settings.along_px, 1)).astype(np.int16)
    height, most = len(run), max(settings.ridge_px)
    padded = np.pad(run, ((most, most), (0, 0)), mode="edge")
    dark = np.zeros(run.shape, bool)
    for reach in settings.ridge_px:
        above, below = padded[most - reach :][:height], padded[most + reach :][:height]
        ridge = np.minimum(above, below) - run
        dark |= ridge > max(settings.least_ridge, np.percentile(ridge, 100 * (1 - settings.most_ruled)))
        dark |= (np.maximum(above, below) - run > settings.least_brink) & (run < settings.solid)
    shortest, least = settings.least_line_px
    steps = ((cv2.MORPH_OPEN, shortest), (cv2.MORPH_CLOSE, settings.gap_px), (cv2.MORPH_OPEN, least))
    lines = cv2.dilate(dark.astype(np.uint8), np.ones((3, 1), np.uint8))  # a line that leans steps from row to row
    for step, length in steps:
        lines = cv2.morphologyEx(lines, step, np.ones((1, length), np.uint8))
    return lines.astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Ruled lines summed along their way, so that the seen share of any edge is one subtraction."""

    upright: npt.NDArray[np.int32]
    """(height + 1, width)."""
    level: npt.NDArray[np.int32]
    """(height, width + 1)."""

    @staticmethod
    def of(upright: Bits, level: Bits, reach: int) -> Lines:
        """Lines that are also seen ``reach`` pixels beside themselves."""
        across, down = np.ones((1, 2 * reach + 1), np.uint8), np.ones((2 * reach + 1, 1), np.uint8)
        seen_upright, seen_level = cv2.dilate(upright, across), cv2.dilate(level, down)
        return Lines(
            np.pad(np.cumsum(seen_upright, axis=0, dtype=np.int32), ((1, 0), (0, 0))),
            np.pad(np.cumsum(seen_level, axis=1, dtype=np.int32), ((0, 0), (1, 0))),
        )

    def upright_share(self, x: Floats, y: Floats, height: float) -> Floats:
        """Seen share of upright edges that begin at (x, y); nothing is seen outside the picture."""
        return _share(self.upright.T, x, y, height)

    def level_share(self, x: Floats, y: Floats, width: float) -> Floats:
        """Seen share of level edges that begin at (x, y); nothing is seen outside the picture."""
        return _share(self.level, y, x, width)


def _share(sums: npt.NDArray[np.int32], across: Floats, along: Floats, length: float) -> Floats:
    lines, run = sums.shape
    line = np.clip(np.rint(across).astype(int), 0, lines - 1)
    first = np.clip(np.rint(along).astype(int), 0, run - 1)
    last = np.clip(first + round(length), 0, run - 1)
    share = (sums[line, last] - sums[line, first]) / round(length)
    inside: Floats = np.where((across >= 0) & (across < lines), share, 0.0)
    return inside
