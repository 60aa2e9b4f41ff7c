"""Ruled lines: all that are printed are found on their middle, and nothing else that is long is made one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import RULED_LINES
from ocr_pipeline.layout.lines import find_lines
from ocr_pipeline.layout.sheet import Sheet
from tests.layout.conftest import page_of

PAGES = pytest.mark.parametrize("number", [1, 2, 3])


@PAGES
def test_every_printed_line_is_found_on_its_middle(drawn: Callable[[str, int], Sheet], number: int) -> None:
    found = find_lines(drawn("c-hasil-ppwp-2024", number))
    for line in page_of("c-hasil-ppwp-2024", number).lines:
        at, start, end = (line.y1, line.x1, line.x2) if line.horizontal else (line.x1, line.y1, line.y2)
        off = [abs(f.at - at) for f in found if f.level is line.horizontal and f.covers(start, end, 1.5)]
        assert min(off, default=99) < 0.25, line


@PAGES
def test_what_is_found_is_dark_from_end_to_end(drawn: Callable[[str, int], Sheet], number: int) -> None:
    sheet = drawn("c-hasil-ppwp-2024", number)
    long = [line for line in find_lines(sheet) if line.length > 20]
    assert len(long) > 40
    for line in long:
        places = np.arange(line.start + 0.5, line.end - 0.5, 0.25)
        along, across = np.rint(sheet.px(places)).astype(int), round(sheet.px(line.at))
        values = sheet.grey[across, along] if line.level else sheet.grey[along, across]
        assert np.mean(values < 235) > 0.98, line


def sheet_with(grey: np.ndarray, sheet: Sheet) -> Sheet:
    height, width = grey.shape
    return Sheet(grey, 4.0, width / 4, height / 4, sheet.page, sheet.from_flat, "test")


@settings(max_examples=25, deadline=None)
@given(
    at=st.floats(40, 160),
    start=st.floats(10, 60),
    length=st.floats(30, 180),
    stroke=st.floats(0.3, 0.8),
    tone=st.integers(20, 200),
    level=st.booleans(),
)
def test_a_line_anywhere_is_measured(
    drawn: Callable[[str, int], Sheet], at: float, start: float, length: float, stroke: float, tone: int, level: bool
) -> None:
    end = start + length
    edges = np.arange(0, 250, 0.25)
    share = np.clip((np.minimum(edges + 0.25, at + stroke / 2) - np.maximum(edges, at - stroke / 2)) / 0.25, 0, 1)
    inside = np.clip((np.minimum(edges + 0.25, end) - np.maximum(edges, start)) / 0.25, 0, 1)
    grey = np.rint(255 - (255 - tone) * share[:, None] * inside[None, :]).astype(np.uint8)
    (line,) = find_lines(sheet_with(np.ascontiguousarray(grey if level else grey.T), drawn("c-hasil-ppwp-2024", 3)))
    assert line.level is level
    assert line.at == pytest.approx(at, abs=0.08)
    assert (line.start, line.end) == pytest.approx((start, end), abs=0.5)


def test_bars_letters_and_dots_are_no_lines(drawn: Callable[[str, int], Sheet]) -> None:
    grey = np.full((1000, 1000), 255, np.uint8)
    grey[100:140, 100:900] = 60  # a bar, 10 mm thick
    grey[300:304, 100:900:12] = 0  # dots
    for x in range(100, 900, 24):  # strokes of letters, as long as a line must not be
        grey[500 : 500 + round(0.8 * RULED_LINES.least_run * 1000), x : x + 4] = 0
    assert find_lines(sheet_with(grey, drawn("c-hasil-ppwp-2024", 3))) == ()


def test_a_black_line_that_goes_on_in_grey_is_two(drawn: Callable[[str, int], Sheet]) -> None:
    grey = np.full((1000, 1000), 255, np.uint8)
    grey[400:404, 100:500] = 0
    grey[400:404, 504:900] = 200
    one, other = find_lines(sheet_with(grey, drawn("c-hasil-ppwp-2024", 3)))
    assert one.darkness > 0.9 and other.darkness < 0.3
