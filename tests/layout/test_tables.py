"""Tally grids with their row totals, and the cells of tables."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ocr_pipeline.forms import Box
from ocr_pipeline.layout.lines import RuledLine, find_lines
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.layout.tables import cell_around, find_tallies
from tests.layout.conftest import page_of


@pytest.mark.parametrize(
    ("form", "number"), [("c-hasil-ppwp-2024", 2), ("c-hasil-ppwp-2024", 3), ("c-hasil-kwk-2024", 3)]
)
def test_tally_grids_are_measured(drawn: Callable[[str, int], Sheet], form: str, number: int) -> None:
    sheet = drawn(form, number)
    printed = [field.tally for field in page_of(form, number).fields if field.tally]
    found = find_tallies(find_lines(sheet), sheet.width)
    assert len(found) == len(printed)
    for mine, its in zip(found, printed, strict=True):
        assert mine.x_edges == pytest.approx(its.x_edges, abs=0.2)
        assert mine.y_edges == pytest.approx(its.y_edges, abs=0.2)
        assert [len(row) for row in mine.row_totals] == [len(row) for row in its.row_totals]
        for one, other in zip(mine.row_totals, its.row_totals, strict=True):
            assert [box.centre for box in one] == [pytest.approx(box.centre, abs=0.3) for box in other]


def test_a_page_of_tables_has_no_tally(drawn: Callable[[str, int], Sheet]) -> None:
    sheet = drawn("c-hasil-ppwp-2024", 1)
    assert find_tallies(find_lines(sheet), sheet.width) == ()


def grid(x_edges: list[float], y_edges: list[float]) -> list[RuledLine]:
    across = [RuledLine(True, y, x_edges[0], x_edges[-1], 0.9) for y in y_edges]
    return across + [RuledLine(False, x, y_edges[0], y_edges[-1], 0.9) for x in x_edges]


COLUMNS = [100.0 + 20 * k for k in range(13)]
ROWS = [100.0 + 12 * k for k in range(11)]


def test_a_grid_is_parted_where_a_line_runs_on_to_the_names() -> None:
    lines = grid(COLUMNS, ROWS)
    lines[5] = RuledLine(True, ROWS[5], 20.0, COLUMNS[-1], 0.9)
    upper, lower = find_tallies(lines, 600.0)
    assert upper.y_edges == tuple(ROWS[:6]) and lower.y_edges == tuple(ROWS[5:])


def test_few_or_uneven_columns_are_no_tally() -> None:
    assert find_tallies(grid(COLUMNS[:8], ROWS), 600.0) == ()
    assert find_tallies(grid([x + 5 * (k % 2) for k, x in enumerate(COLUMNS)], ROWS), 600.0) == ()


def test_the_cell_that_holds_a_point() -> None:
    lines = grid([10.0, 50.0, 90.0], [10.0, 30.0])
    assert cell_around(60.0, 20.0, lines) == Box(50.0, 10.0, 40.0, 20.0)
    assert cell_around(5.0, 20.0, lines) is None
