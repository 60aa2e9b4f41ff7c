from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Box
from ocr_pipeline.synth.filling import box_characters
from ocr_pipeline.synth.handwriting import InkLayer, character, fill_bubble, invent_writer, tally_bundle, write_in_box
from ocr_pipeline.synth.strokes import NATURAL_DIGITS, SEGMENT_DIGITS, smooth
from ocr_pipeline.warp import Image

BOX = Box(10, 10, 20, 20)


def written(char: str, seed: int, segment: bool | None = None) -> Image:
    rng = np.random.default_rng(seed)
    writer = invent_writer(rng, segment=segment)
    ink = InkLayer(40, 40, 4)
    write_in_box(ink, writer, rng, char, BOX, guided=bool(segment))
    return ink.finish(writer, rng)


@given(value=st.integers(0, 999), filler=st.sampled_from("X0_-"), zero_digit=st.booleans())
def test_box_characters_say_the_number(value: int, filler: str, zero_digit: bool) -> None:
    boxes = box_characters(value, 3, filler, zero_digit)
    assert len(boxes) == 3
    digits = boxes.lstrip(filler if filler != "0" else "")
    assert int(digits or 0) == value


def test_a_zero_is_never_left_wholly_blank() -> None:
    assert box_characters(0, 3, "_", zero_digit=False) == "__0"
    assert box_characters(0, 3, "X", zero_digit=False) == "XXX"
    assert box_characters(0, 3, "X", zero_digit=True) == "XX0"


@pytest.mark.parametrize("value", [1000, -1])
def test_a_number_that_does_not_fit_is_refused(value: int) -> None:
    with pytest.raises(UsageError, match="3 boxes"):
        box_characters(value, 3, "X")


@settings(max_examples=60, deadline=None)
@given(char=st.sampled_from("0123456789X-"), seed=st.integers(0, 10_000))
def test_what_is_written_stays_at_its_box(char: str, seed: int) -> None:
    rows, columns = np.nonzero(written(char, seed) > 60)
    assert rows.size > 20
    assert rows.min() / 4 > BOX.y - 4 and rows.max() / 4 < BOX.y + BOX.h + 4
    assert columns.min() / 4 > BOX.x - 4 and columns.max() / 4 < BOX.x + BOX.w + 4


def test_a_blank_box_gets_no_ink() -> None:
    assert not written("_", 1).any()


def test_the_same_seed_writes_the_same_and_another_seed_otherwise() -> None:
    assert np.array_equal(written("5", 3), written("5", 3))
    assert not np.array_equal(written("5", 3), written("5", 4))


def test_every_digit_has_several_shapes_in_both_styles() -> None:
    for digit in "0123456789":
        assert len(NATURAL_DIGITS[digit]) >= 3
        assert len(SEGMENT_DIGITS[digit]) >= 2


def test_digits_differ_more_between_each_other_than_within_one() -> None:
    """A nearest-mean classifier on fresh hands: shapes must be told apart, or the labels mean nothing."""

    def blurred(char: str, seed: int) -> Image:
        rows, columns = np.nonzero((picture := written(char, seed, segment=False)) > 60)
        tight = picture[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        return cv2.GaussianBlur(cv2.resize(tight, (20, 28)), (0, 0), 1.6).astype(np.float64)

    digits = "023456789"  # the upright 1 loses its shape when it is stretched to the frame
    means = np.stack([np.mean([blurred(c, s) for s in range(30)], axis=0) for c in digits])
    hits = [
        digits[int(np.argmin(np.abs(means - blurred(c, s)).sum(axis=(1, 2))))] == c
        for c in digits
        for s in range(100, 112)
    ]
    assert np.mean(hits) > 0.85


def test_letters_and_digits_are_all_known() -> None:
    rng = np.random.default_rng(0)
    writer = invent_writer(rng)
    for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-().":
        strokes = character(writer, char, rng)
        assert strokes and all(stroke.shape[1] == 2 for stroke in strokes)


def test_smooth_passes_through_its_points() -> None:
    points = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0], [4.0, 4.0]])
    curve = smooth(points)
    for point in points:
        assert np.abs(curve - point).sum(axis=1).min() < 1e-9


def test_a_filled_bubble_is_dark_and_its_neighbours_are_not() -> None:
    rng = np.random.default_rng(5)
    writer = replace(invent_writer(rng), bubble="filled")
    ink = InkLayer(40, 40, 4)
    fill_bubble(ink, writer, rng, (20, 20), 4)
    picture = ink.finish(writer, rng)
    assert picture[72:88, 72:88].mean() > 120
    assert not picture[:, 4 * 31 :].any() and not picture[4 * 31 :].any()


def test_a_tick_and_a_half_filled_bubble_leave_less_ink_than_a_filled_one() -> None:
    def ink_of(way: str) -> float:
        rng = np.random.default_rng(5)
        writer = replace(invent_writer(rng), bubble=way, pen_mm=0.6)
        ink = InkLayer(40, 40, 4)
        fill_bubble(ink, writer, rng, (20, 20), 4)
        return float(ink.finish(writer, rng).astype(float).sum())

    assert ink_of("filled") > 1.3 * ink_of("half") > 1.3 * ink_of("ticked") > 0


def test_hardly_anybody_writes_along_a_guide_that_is_not_there() -> None:
    guided, free = (
        sum(invent_writer(np.random.default_rng(seed), guided=guided).segment for seed in range(300))
        for guided in (True, False)
    )
    assert guided > 25 and free < 12


def test_a_struck_zero_has_more_ink_than_a_bare_cross() -> None:
    def ink_of(struck: bool) -> float:
        rng = np.random.default_rng(2)
        writer = replace(invent_writer(rng), struck_zero=struck)
        ink = InkLayer(40, 40, 4)
        write_in_box(ink, writer, rng, "X", BOX, guided=False)
        return float(ink.finish(writer, rng).astype(float).sum())

    assert ink_of(True) > 1.15 * ink_of(False)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_tally_strokes_can_be_counted(count: int) -> None:
    rng = np.random.default_rng(7)
    writer = invent_writer(rng)
    ink = InkLayer(40, 40, 6)
    tally_bundle(ink, writer, rng, Box(5, 5, 30, 30), count)
    parts, _ = cv2.connectedComponents((ink.finish(writer, rng) > 100).astype(np.uint8))
    assert parts - 1 == count
