"""Columns of ten bubbles, 0 at the top, under the digit boxes of a number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import BUBBLE_COLUMNS, BubbleColumnSettings
from ocr_pipeline.forms import Box, Bubbles
from ocr_pipeline.layout.sheet import Sheet

Floats = npt.NDArray[np.float64]

DIGITS = 10


def find_bubbles(sheet: Sheet, boxes: Sequence[Box], settings: BubbleColumnSettings = BUBBLE_COLUMNS) -> Bubbles | None:
    """The bubbles under one number's boxes, or None where not enough circles stand there in even steps.

    Args:
        sheet: the level sheet.
        boxes: the number's boxes, left to right, mm.
        settings: lengths are parts of a box.

    Returns:
        Column centres, first row and pitch in mm, fitted to all circles found; the radius is that of the
        stroke's centre-line.
    """
    columns = [_circles(sheet, box, settings) for box in boxes]
    ys = np.sort(np.concatenate([circles[:, 1] for circles in columns]))
    if len(ys) < settings.least_found * DIGITS * len(boxes):
        return None
    first_y, pitch = max(
        _guesses(ys, boxes[0], settings), key=lambda guess: _support(ys, guess, settings), default=(0, 0)
    )
    if not pitch or _support(ys, (first_y, pitch), settings) < settings.least_found * DIGITS * len(boxes):
        return None
    rows = np.rint((ys - first_y) / pitch)
    fits = (rows >= 0) & (rows < DIGITS) & (np.abs(ys - first_y - rows * pitch) <= settings.off_step * pitch)
    fitted_pitch, fitted_first = np.polyfit(rows[fits], ys[fits], 1)
    last_y = fitted_first + (DIGITS - 0.5) * fitted_pitch
    of_rows = [c[(c[:, 1] > fitted_first - 0.5 * fitted_pitch) & (c[:, 1] < last_y)] for c in columns]
    if any(len(column) < settings.least_found * DIGITS for column in of_rows):
        return None
    radius = float(np.median(np.concatenate(of_rows)[:, 2]))
    return Bubbles(tuple(float(np.median(c[:, 0])) for c in of_rows), float(fitted_first), float(fitted_pitch), radius)


def _circles(sheet: Sheet, box: Box, settings: BubbleColumnSettings) -> Floats:
    """(n, 3) x, y and radius in mm of all round marks of a bubble's size below a box."""
    slack = settings.beside * box.w
    left, top = box.x - slack, box.y + box.h
    patch = sheet.cut(left, top, box.x + box.w + slack, top + settings.reach * box.h)
    if not patch.size:
        return np.zeros((0, 3))
    paper = float(np.percentile(patch, 90))
    dark = (patch < (1 - settings.least_darkness) * paper).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    x, y, w, h, area = stats[1:].T.astype(float)
    side = (w + h) / 2
    small, large = (share * box.w * sheet.px_per_mm for share in settings.diameter)
    round_ = (np.abs(w - h) <= settings.out_of_round * side) & (side >= small) & (side <= large)
    x, y, w, h, area, side = (values[round_] for values in (x, y, w, h, area, side))
    # A ring's stroke is its area over its length; a filled bubble has none to take off.
    stroke = np.where(area < 0.5 * side**2, area / (np.pi * side), 0.0)
    origin = np.round(np.array([left, top]) * sheet.px_per_mm)
    centres = np.stack([origin[0] + x + w / 2, origin[1] + y + h / 2]) / sheet.px_per_mm
    near = np.abs(centres[0] - box.centre[0]) <= settings.off_column * box.w
    circles: Floats = np.stack([*centres, (side - stroke) / 2 / sheet.px_per_mm], axis=1)[near]
    return circles


def _guesses(ys: Floats, box: Box, settings: BubbleColumnSettings) -> list[tuple[float, float]]:
    """First row and pitch by every two circles taken for the first row's and the last one's: both must be seen."""
    rows = np.unique(np.round(ys, 1))
    low, high = (share * box.w for share in settings.pitch)
    spans = [(float(first), float(last - first) / (DIGITS - 1)) for first, last in combinations(rows, 2)]
    return [(first, pitch) for first, pitch in spans if low <= pitch <= high]


def _support(ys: Floats, guess: tuple[float, float], settings: BubbleColumnSettings) -> int:
    """Circles that stand on the ten rows of a guess."""
    first_y, pitch = guess
    rows = np.rint((ys - first_y) / pitch)
    on_row = np.abs(ys - first_y - rows * pitch) <= settings.off_step * pitch
    return int(np.count_nonzero(on_row & (rows >= 0) & (rows < DIGITS)))
