"""Finds registration marks: two black squares that touch at one corner.

A mark is seen as a saddle: two opposite quadrants are black, the other two white. The response is
the contrast between the *lighter* black and the *darker* white quadrant, so that lines, text and
shadow edges, which fill one or three quadrants, answer with nothing. It holds for turns up to about
25 degrees; the caller repeats it on a picture turned by 45 degrees where that is not enough.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import MarkSettings
from ocr_pipeline.landmarks import Mark
from ocr_pipeline.warp import Image

_SADDLE_WINDOW = 0.72
"""Side of the averaged window, in sides of a square: leaves out the blurred seams."""


def find_marks(grey: Image, settings: MarkSettings) -> tuple[Mark, ...]:
    """All marks of both polarities, strongest first.

    Args:
        grey: (height, width) picture of the whole photo.
        settings: range of square sides to look for, and the least contrast.

    Returns:
        Marks in pixels of ``grey``; at most ``settings.most``.
    """
    # A photo in the dark has little absolute contrast: compare with the paper's own level.
    paper = max(float(np.percentile(grey[::8, ::8], 90)), 1.0)
    found: list[Mark] = []
    level, scale = grey, 1.0
    for side in settings.sides_px:
        while side * scale > settings.halve_above_px:
            level = cv2.resize(level, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
            scale /= 2
        found.extend(_saddles(level, side * scale, scale, paper, settings))
    return _strongest(found, settings)


def _saddles(level: Image, side: float, scale: float, paper: float, settings: MarkSettings) -> list[Mark]:
    window = max(3, round(side * _SADDLE_WINDOW))
    mean = cv2.blur(level, (window, window))
    reach = max(2, round(side / 2))
    upper_left, upper_right = mean[: -2 * reach, : -2 * reach], mean[: -2 * reach, 2 * reach :]
    lower_left, lower_right = mean[2 * reach :, : -2 * reach], mean[2 * reach :, 2 * reach :]
    if not upper_left.size:
        return []
    diagonal_min, diagonal_max = cv2.min(upper_left, lower_right), cv2.max(upper_left, lower_right)
    other_min, other_max = cv2.min(upper_right, lower_left), cv2.max(upper_right, lower_left)
    marks: list[Mark] = []
    for polarity, response in ((1, cv2.subtract(other_min, diagonal_max)), (-1, cv2.subtract(diagonal_min, other_max))):
        for y, x in _peaks(
            response.astype(np.uint8, copy=False), settings.least_contrast * paper, reach, settings.most_per_size
        ):
            contrast = float(response[y, x])
            dx, dy = _sub_pixel(response.astype(np.uint8, copy=False), y, x)
            marks.append(
                Mark(
                    x=(x + reach + 0.5 + dx) / scale - 0.5,
                    y=(y + reach + 0.5 + dy) / scale - 0.5,
                    side=side / scale,
                    polarity=polarity,
                    score=contrast / paper,
                )
            )
    return marks


def _peaks(response: npt.NDArray[np.uint8], least: float, reach: int, most: int) -> list[tuple[int, int]]:
    """Local maxima above ``least``, strongest first."""
    strong = cv2.findNonZero(cv2.threshold(response, max(least, 4.0), 255, cv2.THRESH_BINARY)[1])
    if strong is None:
        return []
    xs, ys = strong.reshape(-1, 2).T
    order = np.argsort(-response[ys, xs].astype(int), kind="stable")[:4000]
    xs, ys = xs[order], ys[order]
    peaks: list[tuple[int, int]] = []
    while len(xs) and len(peaks) < most:
        x, y = int(xs[0]), int(ys[0])
        peaks.append((y, x))
        apart = (np.abs(xs - x) > reach) | (np.abs(ys - y) > reach)
        xs, ys = xs[apart], ys[apart]
    return peaks


def _sub_pixel(response: npt.NDArray[np.uint8], y: int, x: int) -> tuple[float, float]:
    """Centre of mass of the response around its peak; the peak of a saddle is a flat roof."""
    y0, y1, x0, x1 = max(y - 3, 0), y + 4, max(x - 3, 0), x + 4
    patch = response[y0:y1, x0:x1].astype(float)
    patch = np.maximum(patch - 0.6 * float(response[y, x]), 0.0)
    total = float(patch.sum())
    ys, xs = np.mgrid[y0 : y0 + patch.shape[0], x0 : x0 + patch.shape[1]]
    return float((xs * patch).sum() / total) - x, float((ys * patch).sum() / total) - y


def _strongest(marks: list[Mark], settings: MarkSettings) -> tuple[Mark, ...]:
    """Joins the answers of all sizes at one place.

    Windows smaller than the squares answer as strongly as fitting ones, so the side is that of the
    *largest* window that still answers nearly as strongly as the best.
    """
    groups: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda m: -m.score):
        for group in groups:
            top = group[0]
            reach = 0.8 * max(mark.side, top.side)
            if mark.polarity == top.polarity and (mark.x - top.x) ** 2 + (mark.y - top.y) ** 2 < reach**2:
                group.append(mark)
                break
        else:
            groups.append([mark])
    return tuple(_joined(group, settings) for group in groups[: settings.most])


def _joined(group: list[Mark], settings: MarkSettings) -> Mark:
    """The largest window's place and side, with the best one's score."""
    best = group[0]
    largest = max((m for m in group if m.score >= settings.same_answer * best.score), key=lambda m: m.side)
    return Mark(largest.x, largest.y, largest.side, best.polarity, best.score)
