"""Marks and tags: each with its place, size and sense; letters and the tag's own squares are no marks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ocr_pipeline.layout.landmarks import printed_marks, printed_tag
from ocr_pipeline.layout.sheet import Sheet
from tests.layout.conftest import page_of

PAGES = pytest.mark.parametrize(
    ("form", "number"), [("c-hasil-ppwp-2024", 1), ("c-hasil-kwk-2024", 3), ("c-hasil-kwk-2020", 2)]
)


@PAGES
def test_the_marks_are_those_that_are_printed(drawn: Callable[[str, int], Sheet], form: str, number: int) -> None:
    found = {mark.name: mark for mark in printed_marks(drawn(form, number))}
    printed = page_of(form, number).marks
    assert len(found) == len(printed)
    assert {"tl", "tr", "bl", "br"} <= set(found)
    for mark in printed:
        near = [f for f in found.values() if abs(f.x - mark.x) < 0.3 and abs(f.y - mark.y) < 0.3]
        assert [f.polarity for f in near] == [mark.polarity], mark.name
        assert near[0].side == pytest.approx(mark.side, abs=0.5)
        if mark.name in found:
            assert near == [found[mark.name]]


@PAGES
def test_the_tag_has_its_id_box_and_corner(drawn: Callable[[str, int], Sheet], form: str, number: int) -> None:
    found, printed = printed_tag(drawn(form, number)), page_of(form, number).tag
    if printed is None:
        assert found is None
        return
    assert found is not None and found.ids == printed.ids[:1] and found.corner_0 == printed.corner_0
    for mine, its in zip(found.box.corners, printed.box.corners, strict=True):
        assert mine == pytest.approx(its, abs=0.3)
