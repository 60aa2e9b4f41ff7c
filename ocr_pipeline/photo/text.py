"""Printed words of a page: the one place where Tesseract is called.

Not a stage: the tool by which labels and notes are read. Handwriting is not meant to be read by it; the
benchmark lets it try.
"""

from __future__ import annotations

import functools
import io
import os
from dataclasses import dataclass

import cv2
import numpy as np
import pytesseract
from PIL.Image import open as open_picture

from ocr_pipeline.config import TEXT, TextSettings
from ocr_pipeline.errors import PartMissing
from ocr_pipeline.warp import Image, Points

LANGUAGE = "ind"
_REMEDY = "On Debian and Ubuntu: apt-get install tesseract-ocr tesseract-ocr-ind."


@dataclass(frozen=True, slots=True)
class Word:
    """A printed word and where it stands; pixels of the picture it was read from."""

    text: str
    confidence: float
    """Tesseract's own, 0..1."""
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Of the letters, about."""
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle, x and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def read_words(grey: Image, settings: TextSettings = TEXT) -> tuple[Word, ...]:
    """Reads the printed words of an upright page, wherever on it they stand.

    Args:
        grey: the page; it is brought to a size at which fine print can be read.
        settings: that size, the least confidence of a word, and the time allowed.

    Returns:
        Words in the order Tesseract gives them; none where it takes longer than allowed.

    Raises:
        PartMissing: Tesseract or its Indonesian language is not installed.
    """
    require_tesseract()
    factor = settings.side_px / max(grey.shape)
    by = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    # It is handed over as a file of the picture's own format; packing a PNG takes a quarter of the reading.
    _, bitmap = cv2.imencode(".bmp", cv2.resize(grey, None, fx=factor, fy=factor, interpolation=by))
    page = open_picture(io.BytesIO(bitmap.tobytes()))
    # Its own threads only wait for each other; workers share the cores by processes.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        found = pytesseract.image_to_data(
            page,
            lang=LANGUAGE,
            config=f"--psm {settings.page_segmentation}",
            timeout=settings.most_seconds,
            output_type=pytesseract.Output.DICT,
        )
    except RuntimeError as error:
        if "timeout" in str(error):
            return ()
        raise
    scores = np.array(found["conf"], float) / 100
    boxes: Points = np.array([found[side] for side in ("left", "top", "width", "height")], float).T / factor
    return tuple(
        Word(text.strip(), float(score), x, y, x + w, y + h)
        for text, score, (x, y, w, h) in zip(found["text"], scores, boxes.tolist(), strict=True)
        if text.strip() and score >= settings.least_confidence
    )


def read_digits(grey: Image, page_segmentation: int, settings: TextSettings = TEXT) -> str:
    """The digits that are read in a picture of a few of them; empty for none, or where it takes too long.

    Args:
        grey: digits on paper, without what is around them.
        page_segmentation: Tesseract's mode: 7 a line, 10 a single character.
        settings: the time allowed.

    Raises:
        PartMissing: Tesseract is not installed.
    """
    require_tesseract()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    config = f"--psm {page_segmentation} -c tessedit_char_whitelist=0123456789"
    try:
        text: str = pytesseract.image_to_string(grey, config=config, timeout=settings.most_seconds)
    except RuntimeError as error:
        if "timeout" in str(error):
            return ""
        raise
    return "".join(text.split())


def without_rules(grey: Image, settings: TextSettings = TEXT) -> Image:
    """The page with its ruled lines painted over; letters are too short to be taken for them."""
    length = round(settings.least_rule * max(grey.shape))
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.resize(cv2.medianBlur(small.astype(np.uint8, copy=False), settings.paper_px), grey.shape[::-1])
    dark = (grey < settings.dark * paper).astype(np.uint8)
    clear = grey.copy()
    for along in (np.ones((1, length), np.uint8), np.ones((length, 1), np.uint8)):
        rules = cv2.dilate(cv2.morphologyEx(dark, cv2.MORPH_OPEN, along), np.ones((3, 3), np.uint8)) > 0
        clear[rules] = paper[rules]
    return clear


@functools.cache
def require_tesseract() -> None:
    """Asks once whether Tesseract can be called, so that it is not found missing in the middle of a run.

    Raises:
        PartMissing: Tesseract or its Indonesian language is not installed.
    """
    try:
        languages = pytesseract.get_languages()
    except (pytesseract.TesseractNotFoundError, OSError) as error:
        raise PartMissing(f"Tesseract, which reads the printed labels, is not installed. {_REMEDY}") from error
    if LANGUAGE not in languages:
        raise PartMissing(f"Tesseract is there, but its Indonesian language ({LANGUAGE}) is not. {_REMEDY}")
