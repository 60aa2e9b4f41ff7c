"""The dotted lines of the head, by their labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ocr_pipeline.layout.header import dotted_lines, find_header
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.photo.text import Word, read_words
from tests.layout.conftest import page_of


def test_the_lines_that_are_filled_in_are_found_by_name(drawn: Callable[[str, int], Sheet]) -> None:
    sheet = drawn("c-hasil-ppwp-2024", 2)
    found = {line.name: line.box for line in find_header(sheet, read_words(sheet.grey))}
    printed = {line.name: line.box for line in page_of("c-hasil-ppwp-2024", 2).header}
    assert set(found) <= set(printed) and len(found) >= 4  # one label may be read wrongly
    for name, box in found.items():
        its = printed[name]
        assert (box.x, box.w) == pytest.approx((its.x, its.w), abs=3)
        assert box.y + box.h == pytest.approx(its.y + its.h, abs=1.5)


def with_dots(drawn: Callable[[str, int], Sheet], xs: list[float], y: float) -> Sheet:
    grey = np.full((1200, 2400), 255, np.uint8)
    for x in xs:
        grey[round(4 * y) : round(4 * y) + 4, round(4 * x) : round(4 * x) + 4] = 0
    return Sheet(grey, 4.0, 600, 300, drawn("c-hasil-ppwp-2024", 3).page, np.eye(3), "test")


def test_dots_in_even_steps_make_a_line(drawn: Callable[[str, int], Sheet]) -> None:
    (line,) = dotted_lines(with_dots(drawn, [100.0 + 3 * k for k in range(30)], 120))
    assert (line.start, line.end, line.y) == pytest.approx((100, 188, 121), abs=0.3)


@pytest.mark.parametrize(
    "xs",
    [[100.0, 103.0, 106.0], [100 + 3 * k + 0.9 * (k % 3) ** 2 for k in range(30)], [100.0 + 12 * k for k in range(30)]],
)
def test_few_uneven_or_distant_dots_make_none(drawn: Callable[[str, int], Sheet], xs: list[float]) -> None:
    assert dotted_lines(with_dots(drawn, xs, 120)) == ()


def word(text: str, x: float, y: float) -> Word:
    return Word(text, 0.9, 4 * x, 4 * (y - 5), 4 * (x + 20), 4 * y)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Provinsi :", "provinsi"),
        ("DESA / KELURAHAN *)", "kelurahan_desa"),
        ("TPS Nomor", "nomor_tps"),
        ("Saksi", None),
    ],
)
def test_a_line_is_named_by_what_stands_before_it(
    drawn: Callable[[str, int], Sheet], label: str, name: str | None
) -> None:
    sheet = with_dots(drawn, [100.0 + 3 * k for k in range(30)], 120)
    words = [word(text, 30 + 22 * k, 120) for k, text in enumerate(label.split())]
    assert [line.name for line in find_header(sheet, words)] == ([] if name is None else [name])
    assert find_header(sheet, [word(text, 30 + 22 * k, 80) for k, text in enumerate(label.split())]) == ()
