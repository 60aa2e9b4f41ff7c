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
    found = {turn: find_rows(_turned(grey, turn)) for turn in (0, 1)}
    sides = sorted((turn for turn in found if found[turn]), key=lambda turn: -_sureness(found[turn]))
    if not sides:
        return UprightPage(grey, np.eye(3), (), ())
    likely = [turn if _stand_right(found[turn], _turned(grey, turn)) else turn + 2 for turn in sides]
    best, most, words = likely[0], -1, tuple[Word, ...]()
    for turn in (*likely, *((turn + 2) % 4 for turn in likely)):
        read = read_words(_turned(grey, turn))
        letters = _letters(read, settings)
        if letters > most:
            best, most, words = turn, letters, read
        if letters >= settings.least_letters:
            break
    upright = _turned(grey, best)
    rows = found.get(best) or find_rows(upright)
    return UprightPage(upright, _back(grey, best), rows, words)


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


def _sureness(rows: Sequence[BoxRow]) -> float:
    """A grid seen sideways gives rows too, but hardly any of which every edge is seen."""
    return sum(row.score**8 for row in rows)


def _stand_right(rows: Sequence[BoxRow], grey: Image) -> bool:
    """Whether most boxes stand in the right half of the picture."""
    middles = [np.concatenate(row.boxes)[:, 0].mean() for row in rows]
    return bool(np.median(middles) > grey.shape[1] / 2)


def _letters(words: Sequence[Word], settings: LabelSettings) -> int:
    """How much is surely read: the letters of long words; print turned otherwise than upright gives next to none."""
    least = settings.least_word
    sure = [w.text for w in words if w.confidence >= settings.sure_word and len(w.text) >= least and w.text.isalpha()]
    return sum(map(len, sure))
