"""Where a number is written in words: the cell that holds the printed note saying so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from ocr_pipeline.config import WORDS_AREAS, WordsAreaSettings
from ocr_pipeline.forms import Box
from ocr_pipeline.layout.boxes import Row, bounds
from ocr_pipeline.layout.lines import RuledLine
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.layout.tables import cell_around
from ocr_pipeline.photo.text import Word

_NOTES = ("huruf", "terbilang")
"""As in "(ditulis dengan huruf kapital)" and "Total terbilang"."""


def words_areas(
    sheet: Sheet,
    rows: Sequence[Row],
    words: Sequence[Word],
    table: Sequence[RuledLine],
    settings: WordsAreaSettings = WORDS_AREAS,
) -> Mapping[Row, Box]:
    """The words area of every number that clearly has one, mm.

    Args:
        sheet: the level sheet.
        rows: its digit boxes.
        words: its printed words, in pixels of its picture.
        table: ruled lines without the edges of separate boxes.
        settings: how well a note must be read, and how cells must lie.
    """
    areas: dict[Row, Box] = {}
    for word in words:
        likeness = max(fuzz.ratio(word.text.lower().strip("().:"), note) for note in _NOTES)
        x, y = (sheet.mm(px) for px in word.middle)
        cell = cell_around(x, y, table)
        if likeness < settings.least_likeness or cell is None:
            continue
        fitting = {row: area for row in rows if (area := _area_for(row, cell, table, settings))}
        if fitting:
            nearest = min(fitting, key=lambda row: abs(bounds(row).centre[1] - y))
            areas.setdefault(nearest, fitting[nearest])
    return areas


def _area_for(row: Row, cell: Box, table: Sequence[RuledLine], settings: WordsAreaSettings) -> Box | None:
    """The part of a cell in which the number of these boxes could be written; None where it lies elsewhere."""
    boxes = bounds(row)
    below, slack = boxes.y + boxes.h, settings.slack * boxes.h
    inside = cell.x <= boxes.x + slack and boxes.x + boxes.w <= cell.x + cell.w + slack
    if inside and cell.y <= boxes.y + slack and cell.y + cell.h > below + slack:
        return Box(cell.x, below, cell.w, cell.y + cell.h - below)
    if abs(cell.y - below) <= slack and cell.x <= boxes.centre[0] <= cell.x + cell.w:
        return cell
    around = cell_around(*boxes.centre, table)
    if around is None or cell.x + cell.w > boxes.x + slack:
        return None
    shared = min(around.y + around.h, cell.y + cell.h) - max(around.y, cell.y)
    return cell if shared >= settings.least_beside * cell.h else None
