"""Thresholds of the search for rows of digit boxes on a form nobody described."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowSettings:
    """How rows of digit boxes are found; lengths in pixels of a picture ``side_px`` long, unless said otherwise."""

    side_px: int = 1500
    """Long side to which every picture is brought, so that the lengths below mean the same everywhere."""
    ridge_px: int = 4
    """How far beside a line the paper is looked at; half the gap between separate boxes."""
    least_ridge: int = 6
    """Grey levels by which a ruled line is darker than the paper on both its sides."""
    solid: int = 90
    least_brink: int = 60
    """Grey level of printed bars, and the step from one to paper: there stands a box's edge, though no thin line."""
    along_px: int = 7
    """Length over which a line is averaged."""
    least_line_px: tuple[int, int] = (11, 15)
    """Shortest line before and after gaps are closed; strokes of pens end sooner or lean."""
    gap_px: int = 9
    """Gaps in a line that are closed: faint print and creases."""
    least_box_px: int = 18
    most_box_px: int = 170
    aspect: tuple[float, float] = (0.4, 1.65)
    """Width of a box over its height, from the cells of 2014 to those under a bar in 2019."""
    least_fill: float = 0.6
    """Part of a cell's rectangle that is paper; the rest are digits that touch its lines."""
    alike: tuple[float, float] = (0.25, 0.2)
    """By how much the boxes of a row may differ in width and height, and, as part of the height, in place."""
    gap: tuple[float, float] = (-0.15, 0.45)
    """Room between two boxes of a row, in parts of a box's width."""
    same_size: float = 0.08
    """Sizes this near are one size."""
    same_slope: float = 0.02
    most_sizes: int = 16
    """Sizes of boxes looked for over the whole page."""
    reach_px: int = 2
    """How far beside its place an edge may lie to be seen there."""
    least_score: float = 0.78
    """Of a row: shares of its edges that are seen."""
    least_edge: float = 0.35
    """Seen share of the row's weakest upright edge; a row with no line between two boxes is none."""
    flank: float = 0.6
    """Seen share of the edges of a further box beside a row, from which the row goes on."""
    grid_reach: float = 2.3
    """Equal cells nearer than this, in cells, belong to one grid, with one cell between them that is not seen."""
    same_column: float = 0.5
    """Rows whose left ends differ by less than this, in widths of a box, stand in one column."""
    least_ending: float = 0.5
    """Share of the rows of one size that end where a number ends; of a tally grid only broken pieces do."""
    most_boxes: int = 9
    """Boxes of the longest run that is rows of digits: three columns of three; tally grids are longer."""


ROWS = RowSettings()
