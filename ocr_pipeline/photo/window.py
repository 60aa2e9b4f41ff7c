"""Where in a box that is not square its writing stands, so that a digit is cut out without being squeezed.

The digit model takes in square crops. On C1-PPWP 2014 a box is twice as high as wide; squeezed into a square
its digits were read right in 81 of 100 boxes, cut out around the writing in 96.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr_pipeline.config import WindowSettings
from ocr_pipeline.forms import Box
from ocr_pipeline.warp import Image, Warp


def writing_window(grey: Image, warp: Warp, box: Box, settings: WindowSettings) -> Box:
    """The part of a box to be cut out: the box itself where it is about square.

    Args:
        grey: the photo.
        warp: the page's millimetres to its pixels.
        box: the printed box, mm.
        settings: how oblong a box must be, and how much paper is kept around the writing.

    Returns:
        A window within the box, as wide as its shorter side or, where the writing needs it, up to all of it.
    """
    shorter = min(box.w, box.h)
    if max(box.w, box.h) < settings.least_aspect * shorter:
        return box
    scale = settings.side_px / shorter
    size = (round(box.w * scale), round(box.h * scale))
    inset = round(settings.border * settings.side_px)
    extent = _writing(flatten(grey, warp, box, size)[inset:-inset, inset:-inset], settings)
    if extent is None:
        left, top, right, bottom = 0.0, 0.0, box.w, box.h
    else:
        left, top, right, bottom = ((place + inset) / scale for place in extent)
    width, height = (
        float(np.clip(settings.room * (high - low), shorter, whole))
        for low, high, whole in ((left, right, box.w), (top, bottom, box.h))
    )
    if extent is None:
        width = height = shorter
    x = float(np.clip((left + right - width) / 2, 0.0, box.w - width))
    y = float(np.clip((top + bottom - height) / 2, 0.0, box.h - height))
    return Box(box.x + x, box.y + y, width, height)


def flatten(grey: Image, warp: Warp, area: Box, size: tuple[int, int]) -> Image:
    """An area of the page as a picture of that many pixels; drawn larger first where the photo has more detail."""
    corners = warp.to_px(np.array(area.corners)).astype(np.float32)
    seen = float(np.hypot(*(corners[1] - corners[0])))
    factor = int(np.clip(np.ceil(seen / size[0]), 1, 4))
    width, height = size[0] * factor, size[1] * factor
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    homography = cv2.getPerspectiveTransform(corners, square)
    flat = cv2.warpPerspective(
        grey, homography, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if factor > 1:
        flat = cv2.resize(flat, size, interpolation=cv2.INTER_AREA)
    return flat.astype(np.uint8, copy=False)


def _writing(inside: Image, settings: WindowSettings) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what is written, in pixels; None where nothing is."""
    paper = float(np.percentile(inside, settings.paper_percentile))
    dark = paper - inside.astype(np.float32)
    noise = float(np.median(np.abs(dark - np.median(dark))))
    least = max(
        settings.least_ink * float(np.percentile(dark, settings.ink_percentile)),
        settings.least_contrast,
        settings.noise * noise,
    )
    count, _, parts, _ = cv2.connectedComponentsWithStats((dark > least).astype(np.uint8))
    strokes = parts[1:count][parts[1:count, cv2.CC_STAT_AREA] >= settings.least_stroke_px]
    if not len(strokes):
        return None
    left, top = strokes[:, cv2.CC_STAT_LEFT], strokes[:, cv2.CC_STAT_TOP]
    right, bottom = left + strokes[:, cv2.CC_STAT_WIDTH], top + strokes[:, cv2.CC_STAT_HEIGHT]
    return int(left.min()), int(top.min()), int(right.max()), int(bottom.max())
