"""Rows of digit boxes found from the picture alone, whatever form it shows.

Not a stage: the tool by which a form nobody described is read, and by which a new one is described.
A number's boxes are equal and stand side by side. Closed cells that do so, with nothing like them to
the left and right, tell the sizes of boxes on this page; each size is then looked for over the whole
page by its edges alone, which finds the rows whose cells are broken by faint print or by digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import ROWS, RowSettings
from ocr_pipeline.records import Image
from ocr_pipeline.warp import Points

Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint8]

BOXES = 3
"""Boxes of a number: no station has a thousand voters."""


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
        Rows top to bottom, then left to right; none where no boxes recur side by side.
    """
    factor = settings.side_px / max(grey.shape)
    shrink = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    page: Image = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=shrink)  # type: ignore[assignment]
    upright, level = _ruled(page, settings)
    lines = _Lines.of(upright, level, settings.reach_px)
    cells = _cells(upright, level, settings)
    in_grid, grids = _grids(cells, settings)
    found: list[tuple[float, _Place]] = []
    for size in _sizes(cells[~in_grid], lines, settings):
        placed = [row for row in _placed(size, lines, settings) if not _within(row[1], grids)]
        found.extend(_standing_alone(_apart(placed), lines, settings))
    rows = _in_columns(_apart(found), settings)
    back = 1 / factor
    return tuple(
        BoxRow(tuple(back * (corners + 0.5) - 0.5 for corners in place.corners()), score)
        for score, place in _in_reading_order(rows)
    )


@dataclass(frozen=True, slots=True)
class _Size:
    """Boxes side by side: how large, how far apart, and by how much their row slopes."""

    width: float
    height: float
    pitch: float
    slope: float

    def like(self, other: _Size, settings: RowSettings) -> bool:
        sides = ((self.width, other.width), (self.height, other.height), (self.pitch, other.pitch))
        near = all(abs(mine - its) <= settings.same_size * its for mine, its in sides)
        return near and abs(self.slope - other.slope) <= settings.same_slope


@dataclass(frozen=True, slots=True)
class _Place:
    """A row of boxes of one size, by the upper left corner of its first."""

    x: float
    y: float
    size: _Size

    def corners(self) -> tuple[Points, ...]:
        s = self.size
        box = np.array([[0, 0], [s.width, 0], [s.width, s.height], [0, s.height]])
        box[:, 1] += s.slope * box[:, 0]
        step = np.array([s.pitch, s.slope * s.pitch])
        return tuple(box + step * k + (self.x, self.y) for k in range(BOXES))


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Where ruled lines are seen, summed along their way so that the seen share of any edge is one subtraction."""

    upright: npt.NDArray[np.int32]
    level: npt.NDArray[np.int32]

    @staticmethod
    def of(upright: Bits, level: Bits, reach: int) -> _Lines:
        across, down = np.ones((1, 2 * reach + 1), np.uint8), np.ones((2 * reach + 1, 1), np.uint8)
        seen_upright, seen_level = cv2.dilate(upright, across), cv2.dilate(level, down)
        return _Lines(
            np.pad(np.cumsum(seen_upright, axis=0, dtype=np.int32), ((1, 0), (0, 0))),
            np.pad(np.cumsum(seen_level, axis=1, dtype=np.int32), ((0, 0), (1, 0))),
        )

    def upright_share(self, x: Floats, y: Floats, height: float) -> Floats:
        """Seen share of upright edges that begin at (x, y); nothing is seen outside the picture."""
        rows, columns = self.upright.shape
        column = np.clip(np.rint(x).astype(int), 0, columns - 1)
        first = np.clip(np.rint(y).astype(int), 0, rows - 1)
        last = np.clip(np.rint(y + height).astype(int), 0, rows - 1)
        share: Floats = (self.upright[last, column] - self.upright[first, column]) / height
        return np.where((x >= 0) & (x < columns), share, 0.0)

    def level_share(self, x: Floats, y: Floats, width: float) -> Floats:
        """Seen share of level edges that begin at (x, y)."""
        rows, columns = self.level.shape
        row = np.clip(np.rint(y).astype(int), 0, rows - 1)
        first = np.clip(np.rint(x).astype(int), 0, columns - 1)
        last = np.clip(np.rint(x + width).astype(int), 0, columns - 1)
        share: Floats = (self.level[row, last] - self.level[row, first]) / width
        return np.where((y >= 0) & (y < rows), share, 0.0)


def _ruled(page: Image, settings: RowSettings) -> tuple[Bits, Bits]:
    """Where upright and where level ruled lines run: dark on both sides' paper, straight and long enough."""
    return _ruled_level(np.ascontiguousarray(page.T), settings).T, _ruled_level(page, settings)


def _ruled_level(page: Image, settings: RowSettings) -> Bits:
    reach = settings.ridge_px
    run = cv2.blur(page, (settings.along_px, 1)).astype(np.int16)
    padded = np.pad(run, ((reach, reach), (0, 0)), mode="edge")
    before, after = padded[: -2 * reach], padded[2 * reach :]
    line = np.minimum(before, after) - run > settings.least_ridge
    brink = (np.maximum(before, after) - run > settings.least_brink) & (run < settings.solid)
    dark = (line | brink).astype(np.uint8)
    shortest, least = settings.least_line_px
    steps = ((cv2.MORPH_OPEN, shortest), (cv2.MORPH_CLOSE, settings.gap_px), (cv2.MORPH_OPEN, least))
    lines = cv2.dilate(dark, np.ones((3, 1), np.uint8))  # a line that leans steps from row to row
    for step, length in steps:
        lines = cv2.morphologyEx(lines, step, np.ones((1, length), np.uint8))
    return lines.astype(np.uint8, copy=False)


def _cells(upright: Bits, level: Bits, settings: RowSettings) -> Floats:
    """(n, 4) x, y, width and height of the closed cells that may be boxes, to the middle of their lines."""
    paper = ((upright | level) == 0).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    x, y, w, h, area = stats[1:].T.astype(float)
    fill = area / (w * h)
    x, y, w, h = x - _LINE_PX / 2, y - _LINE_PX / 2, w + _LINE_PX, h + _LINE_PX
    sides = (np.minimum(w, h) >= settings.least_box_px) & (np.maximum(w, h) <= settings.most_box_px)
    shape = (w / h >= settings.aspect[0]) & (w / h <= settings.aspect[1]) & (fill >= settings.least_fill)
    cells: Floats = np.stack([x, y, w, h], axis=1)[sides & shape]
    return cells


def _grids(cells: Floats, settings: RowSettings) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which cells are part of a tally grid, a block of equal cells wider than any row of numbers, and the blocks.

    Returns:
        (n,) bool per cell and (m, 4) left, top, right, bottom per grid.
    """
    x, y = cells[:, 0] + cells[:, 2] / 2, cells[:, 1] + cells[:, 3] / 2
    block = np.arange(len(cells))
    for i, (w, h) in enumerate(cells[:, 2:]):
        near = (np.abs(x - x[i]) < settings.grid_reach * w) & (np.abs(y - y[i]) < settings.grid_reach * h)
        near &= (np.abs(cells[:, 2] - w) < settings.alike[0] * w) & (np.abs(cells[:, 3] - h) < settings.alike[1] * h)
        block[np.isin(block, block[near])] = block[i]
    in_grid = np.zeros(len(cells), bool)
    grids: list[tuple[float, ...]] = []
    for name in np.unique(block):
        mine = block == name
        if _columns(cells[mine]) > settings.most_boxes:
            in_grid |= mine
            left_top, right_bottom = cells[mine, :2].min(axis=0), (cells[mine, :2] + cells[mine, 2:]).max(axis=0)
            grids.append((*left_top, *right_bottom))
    return in_grid, np.array(grids).reshape(-1, 4)


def _columns(cells: Floats) -> int:
    """How many cells stand side by side at most; a sloping grid is counted band by band."""
    width, height = np.median(cells[:, 2:], axis=0)
    column = np.floor((cells[:, 0] - cells[:, 0].min()) / width)
    return max(len(np.unique(column[np.abs(cells[:, 1] - y) < 1.5 * height])) for y in cells[:, 1])


def _within(place: _Place, grids: Floats) -> bool:
    x = place.x + (BOXES - 1) / 2 * place.size.pitch + place.size.width / 2
    y = place.y + place.size.height / 2
    left, top, right, bottom = grids.T
    return bool(((left < x) & (x < right) & (top < y) & (y < bottom)).any())


_LINE_PX = 4.0
"""Width of a ruled line in the maps: the ridge and a pixel on both sides."""


def _sizes(cells: Floats, lines: _Lines, settings: RowSettings) -> list[_Size]:
    """Sizes of boxes on this page, the most frequent first: of runs of cells that end after a number's boxes."""
    seen: list[_Size] = []
    for run in _runs(cells, settings):
        if len(run) % BOXES == 0 and len(run) <= settings.most_boxes:
            (x0, y0), (x1, y1) = run[0, :2], run[-1, :2]
            width, height = np.median(run[:, 2]), np.median(run[:, 3])
            place = _Place(x0, y0, _Size(width, height, (x1 - x0) / (len(run) - 1), (y1 - y0) / (x1 - x0)))
            if _ends(place, lines, settings):
                seen.append(place.size)
    sizes: list[_Size] = []
    while seen and len(sizes) < settings.most_sizes:
        followers = [[other for other in seen if other.like(size, settings)] for size in seen]
        best = max(followers, key=len)
        sizes.append(_Size(*np.median([(s.width, s.height, s.pitch, s.slope) for s in best], axis=0).tolist()))
        seen = [size for size in seen if size not in best]
    return sizes


def _runs(cells: Floats, settings: RowSettings) -> Iterator[Floats]:
    """Cells that stand side by side, left to right, as far as each goes on."""
    cells = cells[np.argsort(cells[:, 0], kind="stable")]
    following: dict[int, int] = {}
    for i, (x, y, w, h) in enumerate(cells):
        room = (cells[:, 0] - x - w) / w
        level = np.abs(cells[:, 1] + cells[:, 3] / 2 - y - h / 2) < settings.alike[1] * h
        equal = (np.abs(cells[:, 2] - w) < settings.alike[0] * w) & (np.abs(cells[:, 3] - h) < settings.alike[1] * h)
        beside = level & equal & (room > settings.gap[0]) & (room < settings.gap[1])
        beside[i] = False
        nearest = np.where(beside, room, np.inf)
        if beside.any() and int(np.argmin(nearest)) not in following.values():
            following[i] = int(np.argmin(nearest))
    for i in sorted(set(range(len(cells))) - set(following.values())):
        run = [i]
        while run[-1] in following:
            run.append(following[run[-1]])
        yield cells[run]


def _ends(place: _Place, lines: _Lines, settings: RowSettings) -> bool:
    """Whether the boxes end with this row, or go on by whole numbers: no part of a tally grid."""
    left, right = (_further(place, lines, step, settings) for step in (-1, 1))
    return left % BOXES == 0 and right % BOXES == 0 and left + BOXES + right <= settings.most_boxes


def _standing_alone(
    rows: list[tuple[float, _Place]], lines: _Lines, settings: RowSettings
) -> list[tuple[float, _Place]]:
    """The rows that end where a number ends; none where most do not, for then this is the size of another grid."""
    ending = [row for row in rows if _ends(row[1], lines, settings)]
    return ending if len(ending) >= settings.least_ending * len(rows) else []


def _further(place: _Place, lines: _Lines, step: int, settings: RowSettings) -> int:
    s, count = place.size, 0
    while count <= settings.most_boxes:
        k = (BOXES + count) if step > 0 else -1 - count
        x, y = np.array([place.x + k * s.pitch]), np.array([place.y + k * s.pitch * s.slope])
        far = x + s.width if step > 0 else x
        upright = lines.upright_share(far, y, s.height)
        level = (lines.level_share(x, y, s.width) + lines.level_share(x, y + s.height, s.width)) / 2
        if min(upright[0], level[0]) < settings.flank:
            return count
        count += 1
    return count


def _placed(size: _Size, lines: _Lines, settings: RowSettings) -> Iterator[tuple[float, _Place]]:
    """Every row of boxes of this size, by its edges alone."""
    rows, columns = np.array(lines.level.shape) - (int(size.height), int(size.pitch))
    if min(rows, columns) <= 0:
        return
    y, x = (part.ravel().astype(float) for part in np.mgrid[0:rows:2, 0:columns:2])
    uprights: list[Floats] = []
    for k in range(BOXES):
        for edge in (0.0, size.width):
            across = k * size.pitch + edge
            share = lines.upright_share(x + across, y + across * size.slope, size.height)
            keep = share >= settings.least_edge
            x, y, share = x[keep], y[keep], share[keep]
            uprights = [*(earlier[keep] for earlier in uprights), share]
    levels = [
        lines.level_share(x + k * size.pitch, y + k * size.pitch * size.slope + down, size.width)
        for k in range(BOXES)
        for down in (0.0, size.height)
    ]
    upright, level = np.mean(uprights, axis=0), np.mean(levels, axis=0)
    # Level edges alone may be a table's lines, upright ones alone a column's: both must show.
    score = (upright + level) / 4 + np.minimum(upright, level) / 2
    for i in np.flatnonzero(score >= settings.least_score):
        place = _Place(float(x[i]), float(y[i]), size)
        yield float(score[i]), place


def _apart(found: Iterable[tuple[float, _Place]]) -> list[tuple[float, _Place]]:
    """The best of each place."""
    kept: list[tuple[float, _Place]] = []
    for score, place in sorted(found, key=lambda row: -row[0]):
        if not any(_overlap(place, other) for _, other in kept):
            kept.append((score, place))
    return kept


def _in_columns(rows: list[tuple[float, _Place]], settings: RowSettings) -> list[tuple[float, _Place]]:
    """Without the rows that have no other above or below them: chance arrangements of letters."""
    return [row for row in rows if any(other is not row and _in_column(row[1], other[1], settings) for other in rows)]


def _in_column(one: _Place, other: _Place, settings: RowSettings) -> bool:
    near = settings.same_column * one.size.width
    return abs(one.x - other.x) < near and abs(one.size.pitch - other.size.pitch) < settings.same_size * one.size.pitch


def _overlap(one: _Place, other: _Place) -> bool:
    width = min(one.size.pitch, other.size.pitch) * (BOXES - 0.5)
    height = min(one.size.height, other.size.height) * 0.6
    return abs(one.x - other.x) < width and abs(one.y - other.y) < height


def _in_reading_order(rows: list[tuple[float, _Place]]) -> list[tuple[float, _Place]]:
    """Top to bottom; rows side by side left to right."""
    ordered = sorted(rows, key=lambda row: row[1].y)
    lines: list[list[tuple[float, _Place]]] = []
    for row in ordered:
        if lines and row[1].y - lines[-1][0][1].y < 0.5 * row[1].size.height:
            lines[-1].append(row)
        else:
            lines.append([row])
    return [row for line in lines for row in sorted(line, key=lambda row: row[1].x)]
