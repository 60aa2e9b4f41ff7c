"""Rows of digit boxes, each edge laid on the middle of its printed line.

The search in the picture says what a row of boxes looks like on this form, to a few pixels; the ruled
lines say where exactly it stands, and where else rows of that kind stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import BOX_EDGES, BoxEdgeSettings
from ocr_pipeline.forms import Box
from ocr_pipeline.layout.lines import RuledLine
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.photo.rows import find_rows
from ocr_pipeline.warp import Points

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

Row = tuple[Box, ...]
"""The boxes of one number, left to right, mm; all of one size."""


def bounds(row: Row) -> Box:
    """The rectangle around a row of boxes."""
    first, last = row[0], row[-1]
    return Box(first.x, first.y, last.x + last.w - first.x, first.h)


def find_box_rows(sheet: Sheet, lines: Sequence[RuledLine], settings: BoxEdgeSettings = BOX_EDGES) -> tuple[Row, ...]:
    """All rows of digit boxes, top to bottom and then left to right.

    Args:
        sheet: the level sheet.
        lines: all ruled lines of the sheet.
        settings: how far an edge may lie from its line, and how many edges must have one.
    """
    ruling = _Ruling.of(lines)
    rows: list[Row] = []
    for seen in find_rows(sheet.grey):
        rough = [_edges(sheet, quad) for quad in seen.boxes]
        reach = settings.reach * min(min(right - left, bottom - top) for left, top, right, bottom in rough)
        row = _borne_out(rough, ruling, reach, settings.least_edges)
        if row is not None and not _goes_on(row, ruling, settings) and not _overlaps(row, rows):
            rows.append(row)
    rows += [row for row in _standing_alone(lines, settings) if not _overlaps(row, rows)]
    patterns: list[Row] = []
    for row in rows:
        if not any(_same_kind(row, pattern, settings) for pattern in patterns):
            patterns.append(row)
    for pattern in patterns:
        for row in (*_alike(pattern, ruling, settings), *_in_column(pattern, ruling, settings)):
            if not _overlaps(row, rows):
                rows.append(row)
    return _in_reading_order(rows)


_Edges = tuple[float, float, float, float]
"""Left, top, right and bottom of a box, mm."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ruling:
    """Ruled lines by direction, (3, n): place, start and end of each."""

    level: Floats
    upright: Floats

    @staticmethod
    def of(lines: Sequence[RuledLine]) -> _Ruling:
        level, upright = (
            np.array([(line.at, line.start, line.end) for line in lines if line.level is wanted]).reshape(-1, 3).T
            for wanted in (True, False)
        )
        return _Ruling(level, upright)


def _edges(sheet: Sheet, quad: Points) -> _Edges:
    left, right = (sheet.mm(float(quad[corners, 0].mean())) for corners in ([0, 3], [1, 2]))
    top, bottom = (sheet.mm(float(quad[corners, 1].mean())) for corners in ([0, 1], [2, 3]))
    return left, top, right, bottom


def _borne_out(boxes: Sequence[_Edges], ruling: _Ruling, reach: float, least: float) -> Row | None:
    """The boxes with their edges on ruled lines; None where too few edges have one within reach."""
    placed: list[list[float]] = []
    found = 0
    for left, top, right, bottom in boxes:
        places = [
            _nearest(ruling.upright, left, top, bottom, reach),
            _nearest(ruling.level, top, left, right, reach),
            _nearest(ruling.upright, right, top, bottom, reach),
            _nearest(ruling.level, bottom, left, right, reach),
        ]
        found += sum(place is not None for place in places)
        rough = (left, top, right, bottom)
        placed.append([edge if place is None else place for edge, place in zip(rough, places, strict=True)])
    if found < least * 4 * len(boxes):
        return None
    left_edges, tops, right_edges, bottoms = np.array(placed).T
    width, height = float(np.mean(right_edges - left_edges)), float(np.mean(bottoms - tops))
    y = float(np.mean(tops + bottoms)) / 2 - height / 2
    return tuple(Box(float(x) - width / 2, y, width, height) for x in (left_edges + right_edges) / 2)


def _nearest(lines: Floats, at: float, start: float, end: float, reach: float) -> float | None:
    """Place of the line nearest to an edge, among those that run along it."""
    place, first, last = lines
    off = np.abs(place - at)
    off[(first > start + reach) | (last < end - reach)] = np.inf
    return float(place[off.argmin()]) if len(off) and off.min() <= reach else None


def _standing_alone(lines: Sequence[RuledLine], settings: BoxEdgeSettings) -> Iterator[Row]:
    """Rows of equal boxes that touch nothing: their lines end at the corners, as those of no table do."""
    boxes = sorted(_lone_boxes(lines, settings), key=lambda box: box.x)
    while boxes:
        row = [boxes.pop(0)]
        for box in list(boxes):
            first, last = row[0], row[-1]
            reach = settings.alike * first.w
            level = abs(box.y - first.y) <= reach and abs(box.w - first.w) <= reach and abs(box.h - first.h) <= reach
            gap = box.x - last.x - last.w
            if level and 0 < gap <= settings.most_gap * first.w:
                row.append(box)
                boxes.remove(box)
        if settings.boxes[0] <= len(row) <= settings.boxes[1]:
            yield tuple(row)


def _lone_boxes(lines: Sequence[RuledLine], settings: BoxEdgeSettings) -> Iterator[Box]:
    level, upright = ([line for line in lines if line.level is wanted] for wanted in (True, False))
    for top in level:
        reach = settings.reach * top.length
        left = _spanning(upright, top.start, top.at, None, reach)
        right = _spanning(upright, top.end, top.at, None if left is None else left.end, reach)
        if left is None or right is None or right is left:
            continue
        width, height = right.at - left.at, left.end - top.at
        shape = settings.aspect[0] <= width / max(height, 1e-9) <= settings.aspect[1]
        bottom = _spanning(level, left.end, top.start, top.end, reach)
        if shape and bottom is not None and bottom is not top:
            yield Box(left.at, top.at, width, bottom.at - top.at)


def _spanning(lines: Sequence[RuledLine], at: float, start: float, end: float | None, reach: float) -> RuledLine | None:
    """The line nearest to a place that begins at ``start`` and, if given, stops at ``end``."""
    fitting = (
        line
        for line in lines
        if max(abs(line.at - at), abs(line.start - start), 0.0 if end is None else abs(line.end - end)) <= reach
    )
    return min(fitting, key=lambda line: abs(line.at - at), default=None)


def _pitch(row: Row) -> float:
    return (row[-1].x - row[0].x) / max(1, len(row) - 1)


def _same_kind(row: Row, other: Row, settings: BoxEdgeSettings) -> bool:
    reach = settings.alike * min(row[0].w, row[0].h)
    measures = ((row[0].w, other[0].w), (row[0].h, other[0].h), (_pitch(row), _pitch(other)))
    return len(row) == len(other) and all(abs(mine - its) <= reach for mine, its in measures)


def _alike(pattern: Row, ruling: _Ruling, settings: BoxEdgeSettings) -> Iterator[Row]:
    """Rows of the pattern's size and pitch wherever ruled lines bear out every edge."""
    width, height = pattern[0].w, pattern[0].h
    pitch = _pitch(pattern)
    reach = settings.alike * min(width, height)
    lefts, tops = np.sort(ruling.upright[0]), np.sort(ruling.level[0])
    offsets = [k * pitch + edge for k in range(len(pattern)) for edge in (0.0, width)]
    for left in lefts[_has_all(lefts, offsets, reach)]:
        for top in tops[_has_all(tops, [0.0, height], reach)]:
            boxes = [(x, top, x + width, top + height) for x in left + pitch * np.arange(len(pattern))]
            row = _borne_out(boxes, ruling, reach, 1.0)
            if row is not None:
                yield row


def _in_column(pattern: Row, ruling: _Ruling, settings: BoxEdgeSettings) -> Iterator[Row]:
    """Rows of another height above or below the pattern: cells of one column, as high as the line between two."""
    width, height, pitch = pattern[0].w, pattern[0].h, _pitch(pattern)
    reach = settings.alike * min(width, height)
    place, first, last = ruling.upright
    between = np.abs(place - pattern[0].x - width) <= reach
    low, high = (share * height for share in settings.other_height)
    for top, bottom in zip(first[between], last[between], strict=True):
        if not low <= bottom - top <= high:
            continue
        boxes = [(x, top, x + width, bottom) for x in pattern[0].x + pitch * np.arange(len(pattern))]
        slack = max(reach, settings.reach * (bottom - top))
        row = _borne_out(boxes, ruling, slack, 1.0)
        if row is not None and not _goes_on(row, ruling, settings):
            yield row


def _goes_on(row: Row, ruling: _Ruling, settings: BoxEdgeSettings) -> bool:
    """Whether equal boxes stand beside a row that do not make up further rows: those of a year, or of a grid."""
    first, pitch, count = row[0], _pitch(row), len(row)
    reach = settings.alike * min(first.w, first.h)
    for step in (-pitch, pitch):
        x = first.x if step < 0 else row[-1].x
        while _borne_out([(x + step, first.y, x + step + first.w, first.y + first.h)], ruling, reach, 1.0):
            x += step
            count += 1
    return count % len(row) != 0


def _has_all(places: Floats, offsets: Sequence[float], reach: float) -> Bools:
    """Of each place, whether there is another at every offset from it."""
    off = np.abs(places[:, None, None] + np.array(offsets)[None, :, None] - places[None, None, :])
    near: Bools = (off.min(axis=2) <= reach).all(axis=1)
    return near


def _overlaps(row: Row, others: Sequence[Row]) -> bool:
    """Whether a row lies over another by more than a shared line."""
    slack = 0.1 * row[0].w
    left, right, top, bottom = row[0].x + slack, row[-1].x + row[-1].w - slack, row[0].y + slack, row[0].y + row[0].h
    return any(
        left < other[-1].x + other[-1].w
        and other[0].x < right
        and top < other[0].y + other[0].h
        and other[0].y < bottom - slack
        for other in others
    )


def _in_reading_order(rows: Sequence[Row]) -> tuple[Row, ...]:
    bands: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: row[0].y):
        if bands and row[0].y - bands[-1][0][0].y < 0.5 * row[0].h:
            bands[-1].append(row)
        else:
            bands.append([row])
    return tuple(row for band in bands for row in sorted(band, key=lambda row: row[0].x))
