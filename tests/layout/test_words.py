"""Where numbers are written in words: in the cell with the note, beside, under or around the boxes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ocr_pipeline.forms import Box
from ocr_pipeline.layout.lines import RuledLine
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.layout.words import words_areas
from ocr_pipeline.photo.text import Word


def cell(x: float, y: float, w: float, h: float) -> list[RuledLine]:
    return [RuledLine(True, at, x, x + w, 0.9) for at in (y, y + h)] + [
        RuledLine(False, at, y, y + h, 0.9) for at in (x, x + w)
    ]


def note(x: float, y: float, text: str = "huruf") -> Word:
    """A word whose middle lies at a place in mm of a sheet with 3 px per mm."""
    return Word(text, 0.9, 3 * x - 20.5, 3 * y - 5.5, 3 * x + 19.5, 3 * y + 4.5)


ROW = tuple(Box(455 + 23.5 * k, 166, 20, 20) for k in range(3))
OTHER = tuple(Box(455 + 23.5 * k, 312, 20, 20) for k in range(3))
BESIDE = [*cell(181, 158, 269, 36), *cell(450, 158, 77, 36)]


@pytest.fixture
def sheet(drawn: Callable[[str, int], Sheet]) -> Sheet:
    return drawn("c-hasil-ppwp-2024", 3)


def test_the_cell_to_the_left(sheet: Sheet) -> None:
    areas = words_areas(sheet, [ROW, OTHER], [note(420, 185)], BESIDE)
    assert areas == {ROW: Box(181, 158, 269, 36)}


def test_what_is_left_of_the_boxes_own_cell(sheet: Sheet) -> None:
    areas = words_areas(sheet, [ROW], [note(480, 240)], cell(450, 160, 77, 90))
    assert areas == {ROW: Box(450, 186, 77, 64)}


def test_the_cell_under_the_boxes(sheet: Sheet) -> None:
    areas = words_areas(sheet, [ROW], [note(300, 200)], [*cell(181, 186, 346, 30), *cell(455, 166, 67, 20)])
    assert areas == {ROW: Box(181, 186, 346, 30)}


@pytest.mark.parametrize("text", ["( huruf )", "Terbilang", "hurut"])
def test_the_note_may_be_read_badly(sheet: Sheet, text: str) -> None:
    assert list(words_areas(sheet, [ROW], [note(420, 185, text)], BESIDE)) == [ROW]


@pytest.mark.parametrize("words", [[], [note(420, 185, "JUMLAH")], [note(100, 600)], [note(300, 400)]])
def test_nothing_is_proposed_where_nothing_says_so(sheet: Sheet, words: list[Word]) -> None:
    assert words_areas(sheet, [ROW], words, [*BESIDE, *cell(181, 380, 269, 36)]) == {}
