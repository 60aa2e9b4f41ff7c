"""Cuts the boxes of one number out of its photo, for people to look at."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ocr_pipeline.config import STRIP, StripSettings
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.records import Failure, PhotoSource, Quad
from ocr_pipeline.warp import Image


def file_name(text: str) -> str:
    """A text as part of a file's name: a station that is a photo's path has slashes."""
    return re.sub(r"[^\w.-]+", "_", text)


def cut_strip(source: PhotoSource, quads: Sequence[Quad], settings: StripSettings = STRIP) -> Image | Failure:
    """The boxes of a number side by side, flat, with a little of what is around them.

    Args:
        source: where the photo lies.
        quads: of its boxes, left to right, pixels of the original photo.
        settings: size and margin.

    Returns:
        Grey picture, or why the photo cannot be read (any more).
    """
    photo = capture(source)
    if isinstance(photo, Failure):
        return photo
    first, last = quads[0], quads[-1]
    corners = np.array([first[0], last[1], last[2], first[3]], np.float32) * np.float32(photo.scale)
    level, upright = corners[1] - corners[0], corners[3] - corners[0]
    height = settings.height_px
    width = max(round(height * float(np.linalg.norm(level)) / max(float(np.linalg.norm(upright)), 1.0)), height)
    margin = round(settings.margin * height)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) + np.float32(margin)
    size = (width + 2 * margin, height + 2 * margin)
    return np.asarray(cv2.warpPerspective(photo.grey, cv2.getPerspectiveTransform(corners, target), size), np.uint8)


def save_strip(source: PhotoSource, quads: Sequence[Quad], path: Path) -> bool:
    """Cuts a number out into a file (PNG by its name); whether there was anything to cut."""
    strip = cut_strip(source, quads)
    return not isinstance(strip, Failure) and cv2.imwrite(str(path), strip)
