"""What the look of a sheet is made of: the records that ``wording`` and ``wording_before_2020`` fill."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Caption:
    """A printed line of text."""

    x: float
    y: float
    """The middle of the line."""
    height: float
    """Of the type (em), mm."""
    text: str
    anchor: str = "m"
    """``l``: x is the left end, ``m``: the middle, ``r``: the right end."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the sheet of one form looks."""

    model: tuple[str, ...]
    """Lines of the box with the model's name."""
    model_box: tuple[float, float, float, float]
    """x, y, width, height."""
    name_cell: tuple[float, float]
    """Left and right edge of the column with the pairs' names."""
    grid_grey: int
    """Tone of the tally grid, 255 = paper."""
    box_stroke_mm: float
    columns_on_every_block: bool
    header_indent: tuple[float, float]
    """How far the labels of the left and right header column stand before their line."""
    row_bars: bool = False
    """Black bars beside the bubble rows and triangles over the columns (2024, regional)."""
    bars: dict[int, tuple[tuple[float, float, float, float], ...]] = field(default_factory=dict)
    """Per page: other black bars, x, y, width, height."""
    captions: dict[int, tuple[Caption, ...]] = field(default_factory=dict)
    """Per page."""
    minor_lines: dict[int, tuple[tuple[float, float, float, float], ...]] = field(default_factory=dict)
    """Per page: printed lines that the catalogue does not name, x1, y1, x2, y2."""


def three_columns(y: float, centres: tuple[float, float, float]) -> tuple[Caption, ...]:
    """Headings of a table that counts men, women and both."""
    texts = ("LAKI-LAKI (L)", "PEREMPUAN (P)", "JUMLAH (L+P)")
    return (
        Caption(180.0, y, 5.6, "URAIAN"),
        *(Caption(x, y, 5.4, text) for x, text in zip(centres, texts, strict=True)),
    )
