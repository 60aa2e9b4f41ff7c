"""Boxes that hold more ink than their digit needs."""

import cv2
import numpy as np

from ocr_pipeline.photo.read.ink import ink_excess
from ocr_pipeline.warp import Image


def _box(*strokes: tuple[tuple[int, int], tuple[int, int]]) -> Image:
    image = np.full((48, 48), 210, np.uint8)
    cv2.rectangle(image, (5, 5), (43, 43), 60, 1)
    for start, end in strokes:
        cv2.line(image, start, end, 50, 2, cv2.LINE_AA)
    return image


ONE = ((24, 12), (24, 36))
STRUCK = [ONE, ((12, 20), (38, 20)), ((12, 24), (38, 24)), ((30, 12), (30, 36)), ((34, 12), (38, 36))]


def test_plain_digits_have_usual_ink() -> None:
    excess = ink_excess([_box(ONE)] * 5, "11111")
    assert np.allclose(excess, 1.0, atol=0.01)


def test_a_struck_and_rewritten_digit_stands_out() -> None:
    excess = ink_excess([_box(ONE)] * 5 + [_box(*STRUCK)], "111111")
    assert (excess[:5] < 1.2).all()
    assert excess[5] > 2


def test_fillers_are_not_judged() -> None:
    excess = ink_excess([_box(*STRUCK), _box(), _box(ONE)] + [_box(ONE)] * 4, "X_11111")
    assert excess[0] == excess[1] == 1.0


def test_a_thick_pen_is_no_alteration() -> None:
    thick = np.full((48, 48), 210, np.uint8)
    cv2.rectangle(thick, (5, 5), (43, 43), 60, 1)
    cv2.line(thick, *ONE, 50, 5, cv2.LINE_AA)
    assert np.allclose(ink_excess([thick] * 6, "111111"), 1.0, atol=0.05)


def test_no_boxes() -> None:
    assert len(ink_excess([], "")) == 0
