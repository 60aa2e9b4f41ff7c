"""Rows of boxes of a given size, looked for by their edges alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.config import RowSettings
from ocr_pipeline.photo.rows.cells import BOXES, Bools, BoxSize
from ocr_pipeline.photo.rows.lines import Floats, Lines
from ocr_pipeline.warp import Points


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row of boxes may stand: the upper left corner of its first."""

    x: float
    y: float
    size: BoxSize
    score: float
    """Share of its edges that is seen, 0..1."""

    def corners(self) -> tuple[Points, ...]:
        """Per box (4, 2): upper left, upper right, lower right, lower left."""
        s = self.size
        box = np.array([[0, 0], [s.width, 0], [s.width, s.height], [0, s.height]])
        box[:, 1] += s.slope * box[:, 0]
        step = np.array([s.pitch, s.slope * s.pitch])
        return tuple(box + step * k + (self.x, self.y) for k in range(BOXES))

    def overlaps(self, other: Place) -> bool:
        """Whether the two cannot both be rows."""
        width = min(self.size.pitch, other.size.pitch) * (BOXES - 0.5)
        shared = min(self.y + self.size.height, other.y + other.size.height) - max(self.y, other.y)
        height = min(self.size.height, other.size.height) * 0.4
        return abs(self.x - other.x) < width and shared > height

    def within(self, areas: Floats) -> bool:
        """Whether its middle lies in one of the areas, (n, 4) left, top, right, bottom."""
        x = self.x + (BOXES - 1) / 2 * self.size.pitch + self.size.width / 2
        y = self.y + self.size.height / 2
        left, top, right, bottom = areas.T
        return bool(((left < x) & (x < right) & (top < y) & (y < bottom)).any())


def places_on_page(size: BoxSize, lines: Lines, settings: RowSettings) -> list[Place]:
    """Every place on the page where a row of boxes of this size shows its edges."""
    rows, columns = np.array(lines.level.shape) - (round(size.height), round(size.pitch))
    if min(rows, columns) <= 0:
        return []
    y, x = (part.ravel().astype(float) for part in np.mgrid[0:rows:2, 0:columns:2])
    first, *inner, last = _upright_edges(size)
    for edge in inner:
        # Most places fall with their first edge.
        seen = lines.upright_share(x + edge, y + edge * size.slope, size.height) >= settings.least_edge
        x, y = x[seen], y[seen]
    outer = [lines.upright_share(x + edge, y + edge * size.slope, size.height) for edge in (first, last)]
    # A table's own edge may lie beyond the picture's, or be lost in its fold.
    seen = np.maximum(*outer) >= settings.least_edge
    x, y = x[seen], y[seen]
    places = places_at(x, y, size, lines, settings.least_score)
    x, y = np.array([place.x for place in places]), np.array([place.y for place in places])
    whole = np.ones(len(places), bool)
    for k in range(BOXES):
        whole &= ~_divided(x + k * size.pitch, y + k * size.pitch * size.slope, size, lines, settings)
    return [place for place, one in zip(places, whole, strict=True) if one]


def _divided(x: Floats, y: Floats, size: BoxSize, lines: Lines, settings: RowSettings) -> Bools:
    """Whether a ruled line runs through boxes with these upper left corners: then they are several cells."""
    most = np.zeros(len(x))
    for down in np.arange(settings.inside[0] * size.height, settings.inside[1] * size.height):
        most = np.maximum(most, lines.level_share(x, y + down, size.width))
    return most > settings.divided


def places_at(x: Floats, y: Floats, size: BoxSize, lines: Lines, least_score: float) -> list[Place]:
    """The places among these upper left corners where the edges of a row of boxes are seen."""
    uprights = [lines.upright_share(x + edge, y + edge * size.slope, size.height) for edge in _upright_edges(size)]
    levels = [
        lines.level_share(x + k * size.pitch, y + k * size.pitch * size.slope + down, size.width)
        for k in range(BOXES)
        for down in (0.0, size.height)
    ]
    upright, level = np.mean(uprights, axis=0), np.mean(levels, axis=0)
    # Level edges alone may be a table's lines, upright ones alone a column's: both must show.
    score = (upright + level) / 4 + np.minimum(upright, level) / 2
    return [Place(float(x[i]), float(y[i]), size, float(score[i])) for i in np.flatnonzero(score >= least_score)]


def _upright_edges(size: BoxSize) -> list[float]:
    return [k * size.pitch + edge for k in range(BOXES) for edge in (0.0, size.width)]


def apart(places: Iterable[Place]) -> list[Place]:
    """The best place of each row."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda place: -place.score):
        if not any(place.overlaps(other) for other in kept):
            kept.append(place)
    return kept


def ends(place: Place, lines: Lines, settings: RowSettings) -> bool:
    """Whether the boxes end with this row, or go on by whole numbers: no part of a tally grid."""
    left, right = (_further(place, lines, step, settings.flank, settings) for step in (-1, 1))
    return left % BOXES == 0 and right % BOXES == 0 and left + BOXES + right <= settings.most_boxes


def goes_on(place: Place, lines: Lines, lefts: Sequence[float], settings: RowSettings) -> bool:
    """Whether further boxes surely stand beside a row and make no number with it, as those of a year.

    Args:
        place: the row, in a column of others.
        lines: the page's ruled lines.
        lefts: left ends of all columns of rows; on the side of another column boxes may well go on.
        settings: what counts as a further box.
    """
    width = BOXES * place.size.pitch
    beside = {1 if left > place.x else -1 for left in lefts if 0.5 * width < abs(left - place.x) < 2 * width}
    sides = {-1, 1} - beside
    return any(_further(place, lines, step, settings.sure_flank, settings) % BOXES for step in sides)


def _further(place: Place, lines: Lines, step: int, least: float, settings: RowSettings) -> int:
    """How many boxes like those of the row go on beside it, to the left (step -1) or right (+1)."""
    s, count = place.size, 0
    while count <= settings.most_boxes:
        k = (BOXES + count) if step > 0 else -1 - count
        x, y = np.array([place.x + k * s.pitch]), np.array([place.y + k * s.pitch * s.slope])
        far = x + s.width if step > 0 else x
        upright = lines.upright_share(far, y, s.height)
        level = (lines.level_share(x, y, s.width) + lines.level_share(x, y + s.height, s.width)) / 2
        if min(upright[0], level[0]) < least or _divided(x, y, s, lines, settings)[0]:
            return count
        count += 1
    return count
