"""Rows of digit boxes found from the picture alone, whatever form it shows.

Not a stage: the tool by which a form nobody described is read, and by which a new one is described.
A number's boxes are equal and stand side by side, and its rows below each other. Closed cells that
stand side by side tell what sizes boxes may have on this page; each size is then looked for over the
whole page by its edges alone, which also finds the rows whose cells are broken by faint print or by
digits. Tally grids are made of boxes too, but theirs go on to the left and right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2

from ocr_pipeline.config import ROWS, RowSettings
from ocr_pipeline.photo.rows.cells import box_sizes, find_cells, find_grids
from ocr_pipeline.photo.rows.columns import Agreed, agreed_rows
from ocr_pipeline.photo.rows.lines import Lines, ruled
from ocr_pipeline.photo.rows.places import Place
from ocr_pipeline.warp import Image, Points


@dataclass(frozen=True, slots=True, eq=False)
class BoxRow:
    """The boxes of one number, left to right."""

    boxes: tuple[Points, ...]
    """Per box (4, 2) pixels: upper left, upper right, lower right, lower left of the border's centre line."""
    score: float
    """How surely printed boxes stand there: share of their edges that is seen, 0..1."""


def find_rows(grey: Image, settings: RowSettings = ROWS) -> tuple[BoxRow, ...]:
    """Finds the rows of digit boxes of a page whose ruled lines are level and upright within a few degrees.

    Args:
        grey: the page, evenly lit, at any size.
        settings: lengths and shares.

    Returns:
        Rows top to bottom, then left to right; none where no rows of equal boxes stand below each other.
    """
    best: tuple[float, Agreed] = (1.0, Agreed((), 0.0))
    for side in settings.sides_px:
        factor = side / max(grey.shape)
        if abs(factor - 1) < settings.same_size:
            factor = 1.0
        found = _rows_at(grey, factor, settings)
        best = max(best, (factor, found), key=lambda one: one[1].weight)
    factor, found = best
    return tuple(
        BoxRow(tuple((corners + 0.5) / factor - 0.5 for corners in row.corners()), row.score)
        for row in _in_reading_order(found.rows)
    )


def _rows_at(grey: Image, factor: float, settings: RowSettings) -> Agreed:
    by = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    page: Image = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=by)  # type: ignore[assignment]
    upright, level = ruled(page, settings)
    if upright.mean() + level.mean() > settings.most_lines:
        return Agreed((), 0.0)  # a texture: boxes would be found in it anywhere
    lines = Lines.of(upright, level, settings.reach_px)
    cells = find_cells(upright, level, settings)
    in_grid, grids = find_grids(cells, settings)
    return agreed_rows(box_sizes(cells[~in_grid], settings), lines, grids, settings)


def _in_reading_order(rows: Iterable[Place]) -> list[Place]:
    """Top to bottom; rows side by side left to right."""
    bands: list[list[Place]] = []
    for row in sorted(rows, key=lambda row: row.y):
        if bands and row.y - bands[-1][0].y < 0.5 * row.size.height:
            bands[-1].append(row)
        else:
            bands.append([row])
    return [row for band in bands for row in sorted(band, key=lambda row: row.x)]
