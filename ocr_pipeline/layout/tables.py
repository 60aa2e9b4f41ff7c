"""Tally grids among the ruled lines, with the cells for the totals of their rows, and the cells of tables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ocr_pipeline.config import TALLY_GRIDS, TallyGridSettings
from ocr_pipeline.forms import Box, Tally
from ocr_pipeline.layout.lines import RuledLine


def find_tallies(
    lines: Sequence[RuledLine], width: float, settings: TallyGridSettings = TALLY_GRIDS
) -> tuple[Tally, ...]:
    """Grids of many equal cells, top to bottom, with the cells beside them that hold each row's total.

    A grid is parted where one of its level lines runs on to the left: there begins the next candidate.

    Args:
        lines: all ruled lines of a sheet.
        width: of the sheet, mm.
        settings: how many cells make a grid, and how equal they must be.
    """
    slack = settings.slack * width
    level = [line for line in lines if line.level]
    upright = [line for line in lines if not line.level and line.length >= settings.least_height * width]
    upright.sort(key=lambda line: line.at)
    grids: list[Tally] = []
    taken: set[RuledLine] = set()
    for first in upright:
        if first in taken:
            continue
        columns = max((_columns(first, second, upright, slack, settings) for second in upright), key=len)
        if len(columns) <= settings.least_columns:
            continue
        x_edges = tuple(line.at for line in columns)
        top, bottom = max(line.start for line in columns), min(line.end for line in columns)
        across = [line for line in level if line.covers(x_edges[0], x_edges[-1], slack)]
        across = [line for line in across if top - slack <= line.at <= bottom + slack]
        for rows in _blocks(_even_run(across, slack, settings), x_edges, slack):
            if len(rows) > settings.least_rows:
                taken.update(columns)
                y_edges = tuple(line.at for line in rows)
                totals = _row_totals(x_edges, y_edges, upright, level, slack, settings)
                grids.append(Tally(x_edges, y_edges, totals, None))
    return tuple(sorted(grids, key=lambda grid: (grid.y_edges[0], grid.x_edges[0])))


def cell_around(x: float, y: float, lines: Sequence[RuledLine]) -> Box | None:
    """The cell of a table that holds a point, mm; None where a side is open."""
    level = [line for line in lines if line.level and line.start <= x <= line.end]
    upright = [line for line in lines if not line.level and line.start <= y <= line.end]
    top = max((line.at for line in level if line.at < y), default=None)
    bottom = min((line.at for line in level if line.at > y), default=None)
    left = max((line.at for line in upright if line.at < x), default=None)
    right = min((line.at for line in upright if line.at > x), default=None)
    if top is None or bottom is None or left is None or right is None:
        return None
    return Box(left, top, right - left, bottom - top)


def _columns(
    first: RuledLine, second: RuledLine, upright: Sequence[RuledLine], slack: float, settings: TallyGridSettings
) -> list[RuledLine]:
    """The uprights that follow ``first`` in the even steps set by ``second``, all beside one another."""
    pitch = second.at - first.at
    chain = [first]
    if not slack < pitch <= settings.most_pitch * first.length:
        return chain
    beside = [line for line in upright if _overlap(first, line) >= settings.least_overlap]
    while True:
        wanted = chain[-1].at + pitch
        following = [line for line in beside if abs(line.at - wanted) <= settings.uneven * pitch]
        if not following:
            return chain
        chain.append(min(following, key=lambda line: abs(line.at - wanted)))
        pitch = (chain[-1].at - chain[0].at) / (len(chain) - 1)


def _overlap(one: RuledLine, other: RuledLine) -> float:
    """Share of the shorter line beside which the other runs."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared / min(one.length, other.length)


def _even_run(across: Sequence[RuledLine], slack: float, settings: TallyGridSettings) -> list[RuledLine]:
    """The most level lines that follow one another in even steps."""
    ordered = sorted(across, key=lambda line: line.at)
    best: list[RuledLine] = []
    for k, first in enumerate(ordered):
        for second in ordered[k + 1 :]:
            pitch = second.at - first.at
            if pitch <= slack:
                continue
            run = [first, second]
            for line in ordered:
                step = (run[-1].at - first.at) / (len(run) - 1)
                if abs(line.at - run[-1].at - step) <= settings.uneven * step:
                    run.append(line)
            best = max(best, run, key=len)
    return best


def _blocks(rows: Sequence[RuledLine], x_edges: Sequence[float], slack: float) -> list[list[RuledLine]]:
    """The rows parted at the lines that run on into the column of names."""
    cell = x_edges[1] - x_edges[0]
    blocks: list[list[RuledLine]] = []
    current: list[RuledLine] = []
    for line in rows:
        current.append(line)
        if line.start < x_edges[0] - cell - slack and len(current) > 1:
            blocks.append(current)
            current = [line]
    return [*blocks, current]


def _row_totals(
    x_edges: Sequence[float],
    y_edges: Sequence[float],
    upright: Sequence[RuledLine],
    level: Sequence[RuledLine],
    slack: float,
    settings: TallyGridSettings,
) -> tuple[tuple[Box, ...], ...]:
    """Per row the cells right of the grid that its level lines part as well; empty where there are none."""
    right, top, bottom = x_edges[-1], y_edges[0], y_edges[-1]
    reach = settings.totals_reach * (right - x_edges[0])
    sides = [line.at for line in upright if line.covers(top, bottom, slack) and 0 <= line.at - right <= reach]
    inner = [line for line in level if any(abs(line.at - y) <= slack for y in y_edges[1:-1])]
    cells = [
        (x1, x2)
        for x1, x2 in pairwise(sides)
        if all(any(line.covers(x1, x2, slack) and abs(line.at - y) <= slack for line in inner) for y in y_edges[1:-1])
    ]
    if not cells:
        return ()
    return tuple(tuple(Box(x1, y1, x2 - x1, y2 - y1) for x1, x2 in cells) for y1, y2 in pairwise(y_edges))
