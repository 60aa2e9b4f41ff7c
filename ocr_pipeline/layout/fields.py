"""Puts together what belongs to one number: its boxes, bubbles, tally grid, words area and dotted guide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from ocr_pipeline.config import FIELD_PARTS, FieldPartSettings
from ocr_pipeline.forms import Box, DigitField, Tally
from ocr_pipeline.layout.boxes import Row, bounds
from ocr_pipeline.layout.bubbles import find_bubbles
from ocr_pipeline.layout.sheet import Sheet


def field_of(
    row: Row,
    name: str,
    label: str,
    sheet: Sheet,
    tallies: Sequence[Tally],
    words: Mapping[Row, Box],
    settings: FieldPartSettings = FIELD_PARTS,
) -> DigitField:
    """One number with everything printed for it.

    Args:
        row: its boxes, mm.
        name: its proposed name.
        label: its printed label as it was read.
        sheet: the level sheet.
        tallies: all tally grids of the sheet.
        words: where numbers are written in words.
        settings: what counts as a guide.
    """
    return DigitField(
        name=name,
        label=label,
        section="",
        boxes=row,
        guide_dots=all(_has_guide(sheet, box, settings) for box in row),
        bubbles=find_bubbles(sheet, row),
        words=words.get(row),
        tally=next((tally for tally in tallies if _stands_beside(tally, row)), None),
    )


def _stands_beside(tally: Tally, row: Row) -> bool:
    """Whether the boxes stand to the right of the grid, within its height."""
    boxes = bounds(row)
    return tally.x_edges[-1] <= boxes.x and tally.y_edges[0] <= boxes.centre[1] <= tally.y_edges[-1]


def _has_guide(sheet: Sheet, box: Box, settings: FieldPartSettings) -> bool:
    """Whether small dots are printed inside a box, for the writer to follow."""
    inset = settings.inset * box.w
    inside = sheet.cut(box.x + inset, box.y + inset, box.x + box.w - inset, box.y + box.h - inset)
    paper = float(np.percentile(sheet.grey, 90))
    dark = (inside < (1 - settings.least_darkness) * paper).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    dots = (stats[1:, 2:4] <= settings.largest_dot * box.w * sheet.px_per_mm).all(axis=1)
    return int(np.count_nonzero(dots)) >= settings.least_dots
