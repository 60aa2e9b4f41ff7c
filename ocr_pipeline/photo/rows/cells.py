"""The closed cells of a page's tables, and what sizes of boxes they suggest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import RowSettings
from ocr_pipeline.photo.rows.lines import Bits, Floats

Bools = npt.NDArray[np.bool_]

BOXES = 3
"""Boxes of a number: no station has a thousand voters."""

_LINE_PX = 4.0
"""Width of a ruled line in the maps of lines: its ridge and a pixel on both sides."""


@dataclass(frozen=True, slots=True)
class BoxSize:
    """Boxes side by side: how large, how far apart, and by how much their row slopes; pixels."""

    width: float
    height: float
    pitch: float
    slope: float

    def as_wide_as(self, other: BoxSize, settings: RowSettings) -> bool:
        """Whether rows of both sizes can stand in one column."""
        wide = abs(self.width - other.width) <= settings.same_size * other.width
        return wide and abs(self.pitch - other.pitch) <= settings.same_size * other.pitch


def find_cells(upright: Bits, level: Bits, settings: RowSettings) -> Floats:
    """Left, top, width and height of every closed cell, to the middle of its lines; (n, 4), the largest first."""
    paper = ((upright | level) == 0).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    x, y, w, h, area = stats[1:].T.astype(float)
    fill = area / (w * h)
    cells = np.stack([x - _LINE_PX / 2, y - _LINE_PX / 2, w + _LINE_PX, h + _LINE_PX], axis=1)
    sides = cells[:, 2:]
    fits = (sides.min(axis=1) >= settings.least_cell_px) & (sides.max(axis=1) <= settings.most_box_px)
    cells = cells[fits & (fill >= settings.least_fill)]
    largest: Floats = cells[np.argsort(-cells[:, 2] * cells[:, 3], kind="stable")][: settings.most_cells]
    return largest


def find_grids(cells: Floats, settings: RowSettings) -> tuple[Bools, Floats]:
    """Tally grids: blocks of equal cells that are wider than any row of numbers.

    Returns:
        (n,) which cells are part of one, and (m, 4) left, top, right, bottom of each.
    """
    in_grid, grids = np.zeros(len(cells), bool), []
    block = _blocks(cells, settings)
    for name in np.unique(block):
        mine = cells[block == name]
        across, down = _side_by_side(mine), _side_by_side(mine[:, [1, 0, 3, 2]])
        # A grid that lies on its side is longer down; so may a list of numbers be, but three boxes wide.
        if across > settings.most_boxes or (down > settings.most_boxes and across > BOXES and across % BOXES):
            in_grid |= block == name
            grids.append((*mine[:, :2].min(axis=0), *(mine[:, :2] + mine[:, 2:]).max(axis=0)))
    return in_grid, np.array(grids, float).reshape(-1, 4)


def _blocks(cells: Floats, settings: RowSettings) -> npt.NDArray[np.int_]:
    """(n,) the name of each cell's block: equal cells that lie whole steps apart, one between them may be unseen."""
    middle, sides = cells[:, :2] + cells[:, 2:] / 2, cells[:, 2:]
    block = np.arange(len(cells))
    for i in range(len(cells)):
        steps = (middle - middle[i]) / sides[i]
        joined = (np.abs(steps) < settings.grid_reach) & (np.abs(steps - np.rint(steps)) < settings.grid_misfit)
        joined &= np.abs(sides / sides[i] - 1) < settings.grid_misfit
        names = np.unique(block[joined.all(axis=1)])
        if len(names) > 1:
            block[np.isin(block, names)] = names[0]
    return block


def _side_by_side(cells: Floats) -> int:
    """How many cells of a block stand side by side; counted band by band, for a block may slope."""
    width, height = np.median(cells[:, 2:], axis=0)
    column = np.floor((cells[:, 0] - cells[:, 0].min()) / width)
    return max(len(np.unique(column[np.abs(cells[:, 1] - y) < 1.5 * height])) for y in cells[:, 1])


def box_sizes(cells: Floats, settings: RowSettings) -> list[BoxSize]:
    """Sizes that digit boxes may have on this page, of cells that stand side by side; the most frequent first."""
    measured: list[tuple[float, ...]] = []
    for run in _runs(cells, settings):
        width, height = np.median(run[:, 2:], axis=0)
        boxlike = settings.aspect[0] <= width / height <= settings.aspect[1]
        if boxlike and min(width, height) >= settings.least_box_px and 1 < len(run) <= settings.most_boxes:
            along, down = run[-1, :2] - run[0, :2]
            measured.append((width, height, along / (len(run) - 1), down / along))
    seen = np.array(measured).reshape(-1, 4)
    sizes: list[BoxSize] = []
    while len(seen) and len(sizes) < settings.most_sizes:
        apart = np.abs(seen[:, None] - seen[None])
        same = (apart[..., :3] <= settings.same_size * seen[None, :, :3]).all(axis=2)
        same &= apart[..., 3] <= settings.same_slope
        most = same[np.argmax(same.sum(axis=1))]
        sizes.append(BoxSize(*np.median(seen[most], axis=0).tolist()))
        seen = seen[~most]
    return sizes


def _runs(cells: Floats, settings: RowSettings) -> Iterator[Floats]:
    """Cells that stand side by side, left to right, as far as each goes on."""
    cells = cells[np.argsort(cells[:, 0], kind="stable")]
    following: dict[int, int] = {}
    taken: set[int] = set()
    for i, (x, y, w, h) in enumerate(cells):
        room = (cells[:, 0] - x - w) / w
        beside = (room > settings.gap[0]) & (room < settings.gap[1])
        beside &= np.abs(cells[:, 1] + cells[:, 3] / 2 - y - h / 2) < settings.alike[1] * h
        beside &= (np.abs(cells[:, 2] - w) < settings.alike[0] * w) & (np.abs(cells[:, 3] - h) < settings.alike[1] * h)
        beside[i] = False
        if beside.any():
            nearest = int(np.argmin(np.where(beside, room, np.inf)))
            if nearest not in taken:
                following[i] = nearest
                taken.add(nearest)
    for i in sorted(set(range(len(cells))) - taken):
        run = [i]
        while run[-1] in following:
            run.append(following[run[-1]])
        yield cells[run]
