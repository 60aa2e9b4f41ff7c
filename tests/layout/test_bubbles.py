"""Bubbles: ten in every column, in even steps, under the boxes they belong to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ocr_pipeline.forms import Box
from ocr_pipeline.layout.bubbles import find_bubbles
from ocr_pipeline.layout.sheet import Sheet
from tests.layout.conftest import page_of


def test_bubbles_are_measured(drawn: Callable[[str, int], Sheet]) -> None:
    sheet = drawn("c-hasil-ppwp-2024", 2)
    for field in page_of("c-hasil-ppwp-2024", 2).fields:
        found, printed = find_bubbles(sheet, field.boxes), field.bubbles
        assert found is not None and printed is not None
        assert found.column_x == pytest.approx(printed.column_x, abs=0.15)
        assert (found.first_y, found.pitch) == pytest.approx((printed.first_y, printed.pitch), abs=0.15)
        assert found.radius == pytest.approx(printed.radius, abs=0.3)


@pytest.mark.parametrize("number", [1, 3])
def test_where_none_are_printed_none_are_found(drawn: Callable[[str, int], Sheet], number: int) -> None:
    sheet = drawn("c-hasil-ppwp-2024", number)
    assert [field for field in page_of("c-hasil-ppwp-2024", number).fields if find_bubbles(sheet, field.boxes)] == []


def filled(sheet: Sheet, x: float, y: float, tone: int) -> Sheet:
    """The sheet with a disc of 3.8 mm at a place."""
    grey = sheet.grey.copy()
    rows, columns = np.ogrid[: grey.shape[0], : grey.shape[1]]
    grey[np.hypot(columns - sheet.px(x), rows - sheet.px(y)) < 3.8 * sheet.px_per_mm] = tone
    return Sheet(grey, sheet.px_per_mm, sheet.width, sheet.height, sheet.page, sheet.from_flat, "test")


def test_a_filled_or_missing_bubble_does_no_harm(drawn: Callable[[str, int], Sheet]) -> None:
    field = page_of("c-hasil-ppwp-2024", 2).fields[0]
    assert field.bubbles is not None
    sheet = filled(drawn("c-hasil-ppwp-2024", 2), field.bubbles.column_x[1], field.bubbles.first_y, 30)
    found = find_bubbles(sheet, field.boxes)
    assert found is not None and found.first_y == pytest.approx(field.bubbles.first_y, abs=0.15)


def test_under_the_wrong_boxes_there_are_none(drawn: Callable[[str, int], Sheet]) -> None:
    field = page_of("c-hasil-ppwp-2024", 2).fields[0]
    beside = [Box(box.x - 9, box.y, box.w, box.h) for box in field.boxes]
    assert find_bubbles(drawn("c-hasil-ppwp-2024", 2), beside) is None
