"""Thresholds of reading a form nobody described: its rows of digit boxes and the labels beside them."""

from __future__ import annotations

from dataclasses import dataclass

from ocr_pipeline.config.photo import BoxSettings


@dataclass(frozen=True, slots=True)
class RowSettings:
    """How rows of digit boxes are found; lengths are pixels of the pictures that are looked at."""

    sides_px: tuple[int, ...] = (1500, 2000)
    """Long sides to which a picture is brought, so that the lengths below mean the same everywhere; fine print of a
    small sheet shows better in the larger, a blurred photo in the smaller. The rows that most agree are taken."""
    ridge_px: tuple[int, ...] = (2, 4)
    """How far beside a line the paper is looked at: between the two lines of separate boxes, and past a thick one."""
    least_ridge: int = 6
    """Grey levels by which a ruled line is darker than the paper on both its sides."""
    most_ruled: float = 0.2
    """Part of a page that may be lines; on paper photographed from a screen only the darkest count."""
    most_lines: float = 0.4
    """Part of a page that upright and level lines take up together; sheets of tallies have 0.27, noise 0.63."""
    solid: int = 90
    least_brink: int = 60
    """Grey level of printed bars, and the step from one to paper: there stands a box's edge, though no thin line."""
    along_px: int = 7
    """Length over which a line is averaged."""
    least_line_px: tuple[int, int] = (11, 15)
    """Shortest line before and after gaps are closed; strokes of pens end sooner or lean."""
    gap_px: int = 9
    """Gaps in a line that are closed: faint print and creases."""
    least_cell_px: int = 8
    most_cells: int = 2000
    """Cells of a page that are looked at; a sheet of tallies has a thousand."""
    least_fill: float = 0.6
    """Part of a cell's rectangle that is paper; the rest are digits that touch its lines."""
    least_box_px: int = 18
    most_box_px: int = 170
    aspect: tuple[float, float] = (0.4, 1.65)
    """Width of a box over its height, from the cells of 2014 to those under a bar in 2019."""
    alike: tuple[float, float] = (0.25, 0.2)
    """By how much boxes side by side may differ in width and height, and, as part of the height, in place."""
    gap: tuple[float, float] = (-0.06, 0.45)
    """Room between two boxes of a row, in parts of a box's width."""
    same_size: float = 0.08
    same_slope: float = 0.02
    """Sizes this near are one size."""
    most_sizes: int = 16
    """Sizes of boxes looked for over the whole page."""
    grid_reach: float = 2.3
    grid_misfit: float = 0.15
    """Equal cells nearer than this, in cells, belong to one grid when they lie whole steps apart; by how much, in
    cells, they may miss that and differ in size."""
    most_boxes: int = 9
    """Boxes of the longest run that is rows of digits: three columns of three; tally grids are longer."""
    reach_px: int = 2
    """How far beside its place an edge may lie to be seen there."""
    least_score: float = 0.78
    """Of a row: shares of its edges that are seen."""
    least_edge: float = 0.35
    """Seen share of the row's weakest upright edge; a row with no line between two boxes is none."""
    flank: float = 0.6
    sure_flank: float = 0.9
    """Seen share of the edges of a further box beside a row, from which the row goes on; and surely so."""
    divided: float = 0.9
    inside: tuple[float, float] = (0.2, 0.8)
    """Seen share of a line that divides what would be a further box, and where in parts of its height."""
    same_column: float = 0.3
    most_lean: float = 0.04
    """Rows whose left ends differ by less than this, in widths of a box and in parts of their distance, stand in
    one column."""
    most_columns: int = 3
    """Columns of rows on a page: men, women and both."""
    column_reach_px: int = 5
    least_score_in_column: float = 0.78
    """Score of a row that stands in a column of surer ones; there it may lack an edge."""
    least_score_otherwise: float = 0.9
    """Score of a row of another height than the others of its column."""
    least_weight: float = 0.6
    """Weight of a size that is believed: a row counts up to 1 by how much of its edges is seen."""
    least_trust: float = 0.6
    least_sure: float = 0.5
    """Share of a further size's rows that stand in columns, and mean weight of these, for it to be believed beside
    the leading size."""


@dataclass(frozen=True, slots=True)
class TextSettings:
    """How printed words are read."""

    side_px: int = 2400
    """Long side to which a page is brought; letters of labels are then 20 px high."""
    page_segmentation: int = 11
    """Tesseract's own number: words wherever they stand, in no order."""
    least_confidence: float = 0.3
    """Of a word; likeness to a label decides later whether it means anything."""
    most_seconds: float = 20.0
    least_rule: float = 0.03
    """Of the long side; shorter dark runs are letters."""
    dark: float = 0.87
    paper_px: int = 31
    """Part of the paper's level below which a pixel is print, and over how many pixels of a quarter-size picture
    that level is taken."""


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """How rows are named by the print beside them."""

    word_gap: float = 1.6
    same_line: float = 0.6
    """Words of one line stand no wider and no more askew than this, in heights of letters."""
    line_pitch: float = 2.5
    """Lines of one cell stand no further below each other than this, in heights of letters."""
    above: float = 0.6
    below: float = 5.0
    """In heights of a box: how far above a row its label may begin, and how far below the last one may end."""
    least_likeness: float = 0.85
    """Of a text to a label, for the row to take its name."""
    sure_word: float = 0.85
    least_word: int = 5
    least_letters: int = 40
    """Confidence and length of words that are surely read, and their letters on a page that stands upright: 50 to
    750 on most photos; upside down at most 24."""
    least_mention: float = 0.8
    """Of a line to a wording, for the page to speak of candidates or parties."""


@dataclass(frozen=True, slots=True)
class UnknownSettings:
    """When rows of boxes are taken for a form that is not in the catalogue."""

    least_rows: int = 2
    least_sureness: float = 0.4
    """Of a row: seen share of its edges on the level page times that of its boxes' borders where they are cut; 99 in
    100 rows that were read right on photos of ten forms have more."""
    least_score: float = 0.85
    """Mean seen share of the rows' edges."""
    least_words: int = 5
    """Words on the page: tiles, keys and windows stand in rows too, but say nothing."""


ROWS = RowSettings()
TEXT = TextSettings()
LABELS = LabelSettings()
UNKNOWN_FORM = UnknownSettings()
FOUND_BOXES = BoxSettings(shift_mm=(3.0, 3.0), own_shift_mm=(1.8, 1.2))
"""Boxes that were found in the picture itself are near where they were found."""
