"""What the head of a sheet says it is: its printed model name and year, read where a registration puts them.

Lines alone do not always tell sister forms apart. The head is read only where they leave a doubt, as it
takes longer than all the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np
from rapidfuzz import fuzz

from ocr_pipeline.config import HeadingSettings
from ocr_pipeline.forms import Form
from ocr_pipeline.photo.text import read_words
from ocr_pipeline.warp import Image, Warp


@dataclass(frozen=True, slots=True)
class Heading:
    """The printed words at the head of a sheet."""

    letters: str
    """All of them in capitals, without anything but letters and digits."""
    years: frozenset[int]

    def speaks_for(self, form: Form, settings: HeadingSettings) -> float:
        """How much the head speaks for a form: below 0 against it, 0 says nothing.

        A longer name counts more than a shorter one it contains: C1-KWK PLANO is not C1-KWK.
        """
        name = _letters(form.model)
        alike = fuzz.partial_ratio(name, self.letters) / 100 if len(self.letters) >= len(name) else 0.0
        score = len(name) if alike >= settings.least_alike else 0.0
        if self.years:
            score += settings.year_letters if form.year in self.years else -settings.year_letters
        return score


def read_heading(grey: Image, warp: Warp, settings: HeadingSettings) -> Heading:
    """Reads the head of a registered page.

    Args:
        grey: the photo.
        warp: the page's millimetres to its pixels.
        settings: how much of the sheet is its head, and how large it is drawn.
    """
    width, height = warp.size_mm
    head = settings.share * height
    corners = warp.to_px(np.array([[0, 0], [width, 0], [width, head], [0, head]], float)).astype(np.float32)
    size = (settings.width_px, round(settings.width_px * head / width))
    target = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    strip = cv2.warpPerspective(grey, cv2.getPerspectiveTransform(corners, target), size, flags=cv2.INTER_CUBIC)
    words = [word.text for word in read_words(strip.astype(np.uint8, copy=False))]
    years = {int(year) for word in words for year in re.findall(r"20[0-3]\d", word)}
    return Heading(_letters("".join(words)), frozenset(years))


def _letters(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())
