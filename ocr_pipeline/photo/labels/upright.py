"""Which way is up on a level page, and its rows of boxes when it stands so.

Rows of boxes are level and labels stand to their left; print upside down is not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.config import LABELS, LabelSettings
from ocr_pipeline.photo.rows import BoxRow, find_rows
from ocr_pipeline.photo.text import Word, read_words
from ocr_pipeline.warp import Image, Points


@dataclass(frozen=True, slots=True, eq=False)
class UprightPage:
    """A page that stands upright, in pixels of its own."""

    grey: Image
    to_level: Points
    """(3, 3): its pixels to those of the picture as it was given."""
    rows: tuple[BoxRow, ...]
    words: tuple[Word, ...]
    letters: int
    """Letters of long words that are surely read: next to none on a page that stands otherwise, or has no print."""


def find_upright(grey: Image, settings: LabelSettings = LABELS) -> UprightPage:
    """Turns a page by quarters until its rows of boxes are level and its print is read.

    Args:
        grey: the page, its ruled lines level and upright, in any of four positions.
        settings: how much must be read for a position to be the right one.

    Returns:
        The page upright; as it was given where no boxes are found.

    Raises:
        PartMissing: Tesseract or its Indonesian language is not installed.
    """
    candidates: list[UprightPage] = []
    unlikely: list[int] = []
    for turn in (0, 1):
        rows = find_rows(_turned(grey, turn))
        if not rows:
            continue
        right = _stand_right(rows, _turned(grey, turn))
        page = _read(grey, turn, settings, rows) if right else _read(grey, turn + 2, settings)
        if page.letters >= settings.least_letters:
            return page
        unlikely.append(turn + 2 if right else turn)
        candidates.append(page)
    candidates += [_read(grey, turn, settings) for turn in unlikely]
    # A grid seen sideways gives rows too; of pages on which nothing is read the first is as good as any.
    return max(candidates, key=lambda page: page.letters, default=UprightPage(grey, np.eye(3), (), (), 0))


def _read(grey: Image, turn: int, settings: LabelSettings, rows: tuple[BoxRow, ...] | None = None) -> UprightPage:
    page = _turned(grey, turn)
    words = read_words(page)
    rows = find_rows(page) if rows is None else rows
    return UprightPage(page, _back(grey, turn), rows, words, _letters(words, settings))


def _turned(grey: Image, turn: int) -> Image:
    """By so many quarters to the left."""
    return np.ascontiguousarray(np.rot90(grey, turn))


def _back(grey: Image, turn: int) -> Points:
    """Pixels of the turned picture to those of the picture; pixel centres lie at whole numbers."""
    right, bottom = grey.shape[1] - 1.0, grey.shape[0] - 1.0
    return np.array(
        [
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            [[0, -1, right], [1, 0, 0], [0, 0, 1]],
            [[-1, 0, right], [0, -1, bottom], [0, 0, 1]],
            [[0, 1, 0], [-1, 0, bottom], [0, 0, 1]],
        ][turn % 4],
        float,
    )


def _stand_right(rows: Sequence[BoxRow], grey: Image) -> bool:
    """Whether most boxes stand in the right half of the picture."""
    middles = [np.concatenate(row.boxes)[:, 0].mean() for row in rows]
    return bool(np.median(middles) > grey.shape[1] / 2)


def _letters(words: Sequence[Word], settings: LabelSettings) -> int:
    least = settings.least_word
    sure = [w.text for w in words if w.confidence >= settings.sure_word and len(w.text) >= least and w.text.isalpha()]
    return sum(map(len, sure))
