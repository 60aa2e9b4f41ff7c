"""Thresholds of layout by example: how the parts of a blank form are told from its picture."""

from __future__ import annotations

from dataclasses import dataclass

from ocr_pipeline.config.photo import CaptureSettings
from ocr_pipeline.config.rows import TextSettings


@dataclass(frozen=True, slots=True)
class SheetSettings:
    """How a blank page is taken in, and how large the paper is."""

    level_share: float = 0.004
    """A picture whose corners the flattening moves by less, of its long side, is left as it is."""
    paper_side_px: int = 500
    """Long side at which the paper's edges are looked for, and what of it print may take up:"""
    print_share: float = 0.02
    least_paper: float = 0.25
    """Part of the picture that must be paper, and of its rectangle; else the picture is the sheet."""
    least_fill: float = 0.85
    whole: float = 0.97
    """Paper that takes up this part of both sides is a scan to its edges."""
    usual_sheets: tuple[tuple[str, float, float], ...] = (
        ("A4 (210 x 297 mm)", 210.0, 297.0),
        ("A4 across (297 x 210 mm)", 297.0, 210.0),
        ("a plano of 600 x 900 mm", 600.0, 900.0),
    )
    """Name, width and height in mm."""
    ratio_slack: float = 0.03


@dataclass(frozen=True, slots=True)
class RuledLineSettings:
    """What counts as a ruled line. Lengths are shares of the sheet's width (600 mm on a plano, 210 on A4)."""

    most_thickness: float = 0.004
    """2.4 mm on a plano, where lines are 0.7 to 1.1 mm; 0.8 mm on A4. What is thicker is a bar."""
    least_run: float = 0.01
    """6 mm on a plano: longer than the strokes of most printed letters."""
    least_darkness: float = 0.1
    """Of the paper's level; the grey lines of a tally grid have 0.21, printed black 0.9."""
    same_darkness: float = 0.3
    """A black line that goes on in grey is two lines."""
    same_line: float = 0.0008
    most_gap: float = 0.002
    """As wide as the line that crosses there."""
    least_inked: float = 0.6
    """Share of a run's columns that must be dark between paler sides; the rest are crossings."""


@dataclass(frozen=True, slots=True)
class BubbleColumnSettings:
    """What counts as the bubbles of a number. Lengths are parts of a digit box's width or height."""

    beside: float = 0.1
    reach: float = 8.0
    """How far below the boxes bubbles are looked for; on the plano of 2024 they end at 5.4."""
    diameter: tuple[float, float] = (0.2, 0.75)
    pitch: tuple[float, float] = (0.25, 1.0)
    """Smallest and largest, of the bubbles and of the step from one to the next."""
    out_of_round: float = 0.15
    off_column: float = 0.15
    off_step: float = 0.12
    """How far a bubble may lie from its row, in parts of the step."""
    least_darkness: float = 0.25
    least_found: float = 0.8
    """Of the ten bubbles of each column."""


@dataclass(frozen=True, slots=True)
class LandmarkSettings:
    """When a saddle of black and white is taken for a registration mark."""

    free: float = 1.35
    """Half side, in sides of a square, of the patch in which nothing but the mark may stand."""
    least_likeness: float = 0.85
    """Correlation of the patch with a drawn mark."""
    size_slack: float = 0.4
    corner_reach: float = 0.25
    """How far from the sheet's corner, in parts of its sides, the corner's own mark may stand."""


@dataclass(frozen=True, slots=True)
class BoxEdgeSettings:
    """When ruled lines bear out the boxes of a row."""

    reach: float = 0.15
    """How far an edge may lie from its line, in parts of the box's smaller side."""
    least_edges: float = 0.75
    """Share of the edges that must have a line."""
    alike: float = 0.04
    """The same for a row that was not seen in the picture but is of the size of one that was."""
    other_height: tuple[float, float] = (0.2, 2.0)
    """How much lower or higher a row of the same column may be."""
    boxes: tuple[int, int] = (2, 4)
    """Fewest and most boxes of a row that stands free."""
    aspect: tuple[float, float] = (0.45, 1.6)
    """Width of a box over its height."""
    most_gap: float = 0.5
    """Between two boxes of a row, in parts of a box's width."""


@dataclass(frozen=True, slots=True)
class TallyGridSettings:
    """What counts as a tally grid: bundles of five strokes are drawn into many equal cells."""

    least_columns: int = 8
    least_rows: int = 2
    least_height: float = 0.03
    """Of an upright, in parts of the sheet's width: 18 mm on a plano, more than a printed figure's stroke."""
    uneven: float = 0.06
    """By how much a step may differ from the mean one."""
    most_pitch: float = 1.0
    """Width of a column, in parts of the grid's height."""
    least_overlap: float = 0.8
    slack: float = 0.0025
    """In parts of the sheet's width: 1.5 mm on a plano."""
    totals_reach: float = 0.3
    """How far to the right of a grid, in parts of its width, its rows' totals stand."""


@dataclass(frozen=True, slots=True)
class FieldPartSettings:
    """When a box is said to have a dotted guide. Lengths are parts of the box."""

    inset: float = 0.12
    largest_dot: float = 0.1
    least_dots: int = 10
    """The guide of 2024 has 33."""
    least_darkness: float = 0.1


@dataclass(frozen=True, slots=True)
class WordsAreaSettings:
    """When a cell is said to be where a number is written in words."""

    least_likeness: float = 80.0
    """Of a printed word with one that says so, 0..100."""
    slack: float = 0.2
    """How far edges may be apart that belong together, in parts of a box's height."""
    least_beside: float = 0.7
    """Part of the cell's height that must lie beside the number's own cell."""


@dataclass(frozen=True, slots=True)
class DottedLineSettings:
    """What counts as a dotted line to write on. Lengths are shares of the sheet's width."""

    dot: tuple[float, float] = (0.0008, 0.0035)
    """Smallest and largest: 0.5 to 2.1 mm on a plano."""
    least_darkness: float = 0.4
    most_step: float = 0.012
    """The pair of brackets around the second part of the station's number is stepped over."""
    level: float = 0.0012
    alike: float = 0.35
    """By how much dots may differ in size, and steps from the usual one."""
    least_dots: int = 8
    least_even: float = 0.8
    label_level: float = 0.012
    label_reach: float = 0.2
    """How far above the dots, and how far to their left, the label may stand."""
    least_likeness: float = 0.75
    writing_space: float = 0.018
    """Most height to write in: 10.8 mm on a plano."""


@dataclass(frozen=True, slots=True)
class ProposalSettings:
    """What becomes part of the proposed form. Lengths are shares of the sheet's width."""

    least_darkness: float = 0.35
    """Of a line by which pages are found; paler print is lost on photos."""
    least_length: float = 0.03
    """18 mm on a plano."""
    same_line: float = 0.0025
    sure_name: float = 0.8
    """Score of a name that need not be looked at."""
    most_said: int = 70
    """Letters of what was read beside a row that a person is told."""
    reserve_share: float = 0.025
    """Ballot papers above the voters' number: 2.5 % by law at Pilkada, 2 % at Pemilu."""


BLANK_CAPTURE = CaptureSettings(reading_long_side_px=2700, pdf_dpi_long_side_px=3600)
"""Sharper than for reading: 4 px per mm of a plano drawn from a PDF."""
BLANK_TEXT = TextSettings(side_px=3600, most_seconds=60.0)
"""At that size the small notes are read as well, 13 px high on a plano."""
SHEET = SheetSettings()
RULED_LINES = RuledLineSettings()
BUBBLE_COLUMNS = BubbleColumnSettings()
LANDMARKS = LandmarkSettings()
BOX_EDGES = BoxEdgeSettings()
TALLY_GRIDS = TallyGridSettings()
PROPOSAL = ProposalSettings()
FIELD_PARTS = FieldPartSettings()
WORDS_AREAS = WordsAreaSettings()
DOTTED_LINES = DottedLineSettings()
