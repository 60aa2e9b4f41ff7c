"""Thresholds of layout by example: how the parts of a blank form are told from its picture."""

from __future__ import annotations

from dataclasses import dataclass

from ocr_pipeline.config.photo import CaptureSettings


@dataclass(frozen=True, slots=True)
class SheetSettings:
    """How a blank page is taken in, and how large the paper is."""

    most_side_px: int = 3600
    """Long side of a picture that had to be flattened."""
    level_share: float = 0.004
    """A picture whose corners the flattening moves by less, of its long side, is left as it is."""
    paper_side_px: int = 500
    """Long side at which the paper's edges are looked for, and what of it print may take up:"""
    print_share: float = 0.02
    least_paper: float = 0.25
    """Part of the picture that must be paper, and of its rectangle; else the picture is the sheet."""
    least_fill: float = 0.85
    usual_sheets: tuple[tuple[str, float, float], ...] = (
        ("A4 (210 x 297 mm)", 210.0, 297.0),
        ("A4 across (297 x 210 mm)", 297.0, 210.0),
        ("a plano of 600 x 900 mm", 600.0, 900.0),
    )
    """Name, width and height in mm."""
    ratio_slack: float = 0.02


@dataclass(frozen=True, slots=True)
class RuledLineSettings:
    """What counts as a ruled line. Lengths are shares of the sheet's width (600 mm on a plano, 210 on A4)."""

    most_thickness: float = 0.004
    """2.4 mm on a plano, where lines are 0.7 to 1.1 mm; 0.8 mm on A4. What is thicker is a bar."""
    least_run: float = 0.012
    """7.2 mm on a plano: longer than the strokes of printed letters."""
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
class ProposalSettings:
    """What becomes part of the proposed form."""

    reserve_share: float = 0.025
    """Ballot papers above the voters' number: 2.5 % by law at Pilkada, 2 % at Pemilu."""


BLANK_CAPTURE = CaptureSettings(reading_long_side_px=2700, pdf_dpi_long_side_px=3600)
"""Sharper than for reading: 4 px per mm of a plano drawn from a PDF."""
SHEET = SheetSettings()
RULED_LINES = RuledLineSettings()
BUBBLE_COLUMNS = BubbleColumnSettings()
LANDMARKS = LandmarkSettings()
BOX_EDGES = BoxEdgeSettings()
TALLY_GRIDS = TallyGridSettings()
PROPOSAL = ProposalSettings()
