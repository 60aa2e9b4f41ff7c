"""What belongs to a number: guide, bubbles, tally grid and words area go to the boxes they are printed for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ocr_pipeline.forms import Box
from ocr_pipeline.layout.fields import field_of
from ocr_pipeline.layout.lines import find_lines
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.layout.tables import find_tallies
from tests.layout.conftest import page_of


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_part_is_where_it_is_printed(drawn: Callable[[str, int], Sheet], number: int) -> None:
    sheet = drawn("c-hasil-ppwp-2024", number)
    tallies = find_tallies(find_lines(sheet), sheet.width)
    for field in page_of("c-hasil-ppwp-2024", number).fields:
        found = field_of(field.boxes, field.name, field.label, sheet, tallies, {})
        assert (found.name, found.label, found.boxes, found.words) == (field.name, field.label, field.boxes, None)
        assert found.guide_dots is field.guide_dots
        assert (found.bubbles is None) is (field.bubbles is None)
        assert (found.tally is None) is (field.tally is None)
        if found.tally is not None and field.tally is not None:
            assert found.tally.y_edges == pytest.approx(field.tally.y_edges, abs=0.2)


def test_the_words_area_goes_to_its_own_boxes(drawn: Callable[[str, int], Sheet]) -> None:
    sheet, area = drawn("c-hasil-ppwp-2024", 3), Box(181, 158, 269, 36)
    first, second, *_ = page_of("c-hasil-ppwp-2024", 3).fields
    areas = {first.boxes: area}
    assert field_of(first.boxes, "a", "", sheet, (), areas).words == area
    assert field_of(second.boxes, "b", "", sheet, (), areas).words is None
