"""Rows of digit boxes, each edge laid on the middle of its printed line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ocr_pipeline.config import BOX_EDGES, BoxEdgeSettings
from ocr_pipeline.forms import Box
from ocr_pipeline.layout.lines import RuledLine
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.photo.rows import BoxRow

BoxesMm = tuple[Box, ...]


def placed_boxes(
    sheet: Sheet, row: BoxRow, lines: Sequence[RuledLine], settings: BoxEdgeSettings = BOX_EDGES
) -> BoxesMm | None:
    """The boxes of a row in mm, all of one size and height; None where ruled lines do not bear them out.

    Args:
        sheet: the level sheet.
        row: boxes to within a few pixels of the picture they were looked for in.
        lines: all ruled lines of the sheet.
        settings: how far an edge may lie from its line, and how many edges must have one.
    """
    edges: list[tuple[float, float, float, float]] = []
    borne_out = 0
    for quad in row.boxes:
        left, right = (sheet.mm(float(quad[ids, 0].mean())) for ids in ([0, 3], [1, 2]))
        top, bottom = (sheet.mm(float(quad[ids, 1].mean())) for ids in ([0, 1], [2, 3]))
        reach = settings.reach * min(right - left, bottom - top)
        found = [
            _nearest(lines, level, at, start, end, reach)
            for level, at, start, end in (
                (False, left, top, bottom),
                (True, top, left, right),
                (False, right, top, bottom),
                (True, bottom, left, right),
            )
        ]
        borne_out += sum(place is not None for place in found)
        rough = (left, top, right, bottom)
        edges.append(tuple(r if place is None else place for place, r in zip(found, rough, strict=True)))  # type: ignore[arg-type]
    if borne_out < settings.least_edges * 4 * len(edges):
        return None
    left, top, right, bottom = np.array(edges).T
    width, height = float(np.mean(right - left)), float(np.mean(bottom - top))
    y = float(np.mean(top + bottom)) / 2 - height / 2
    return tuple(Box(float(x) - width / 2, y, width, height) for x in (left + right) / 2)


def _nearest(
    lines: Sequence[RuledLine], level: bool, at: float, start: float, end: float, reach: float
) -> float | None:
    """Place of the line nearest to an edge, among those that run along it."""
    places = [line.at for line in lines if line.level is level and line.covers(start, end, reach)]
    nearest = min(places, key=lambda place: abs(place - at), default=None)
    return nearest if nearest is not None and abs(nearest - at) <= reach else None
