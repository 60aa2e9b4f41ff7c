import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.benchmark.boxes import centre_errors, centre_of
from ocr_pipeline.records import Quad

SMALL = st.floats(-500, 500)


def square(x: float, y: float, side: float, turn: float = 0.0) -> Quad:
    """Corners in reading order of a square about a point."""
    c, s = math.cos(turn) * side / 2, math.sin(turn) * side / 2
    return (x - c + s, y - s - c), (x + c + s, y + s - c), (x + c - s, y + s + c), (x - c - s, y - s + c)


@given(SMALL, SMALL, st.floats(1, 100), st.floats(-4, 4), st.floats(0, 3), st.floats(-4, 4))
def test_an_error_is_counted_in_box_widths_whatever_the_turn(
    x: float, y: float, side: float, turn: float, away: float, towards: float
) -> None:
    true = {"a": [centre_of(square(x, y, side, turn))]}
    moved = square(x + away * side * math.cos(towards), y + away * side * math.sin(towards), side, turn)
    (error,) = centre_errors(true, {"a": [moved]})
    assert error == pytest.approx(away, abs=1e-6)


def test_boxes_that_are_not_known_not_found_or_not_asked_for_have_no_error() -> None:
    true = {"a": [None, centre_of(square(50, 0, 10))], "b": [centre_of(square(0, 90, 10))]}
    found = {"a": [square(999, 0, 10), square(55, 0, 10), square(60, 0, 10)], "c": [square(0, 0, 10)]}
    assert centre_errors(true, found) == (pytest.approx(0.5),)
