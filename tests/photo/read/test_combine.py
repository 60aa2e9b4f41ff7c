"""The value of a row of boxes, against a slow reading of every possible string."""

from __future__ import annotations

import itertools
import re
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ocr_pipeline.photo.read.combine import number_evidence, printed_boxes
from ocr_pipeline.records import BOX_CLASSES


def certain(text: str) -> np.ndarray:
    """Boxes that surely hold these characters."""
    logs = np.full((len(text), len(BOX_CLASSES)), -np.inf)
    for i, character in enumerate(text):
        logs[i, BOX_CLASSES.index(character)] = 0.0
    return logs


def value_of(text: str) -> int | None:
    """The rules of the module's docstring, one string at a time, by regular expressions."""
    if re.fullmatch(r"[0X\-_]*[1-9][0-9]*", text):
        return int(re.sub(r"[X\-_]", "0", text))
    if re.fullmatch(r"[0X\-_]*0|[0X\-]+", text):
        return 0
    return None


def box_rows(n_boxes: st.SearchStrategy[int]) -> st.SearchStrategy[np.ndarray]:
    """Boxes with any log-probabilities, a class now and then impossible."""

    def rows(n: int) -> st.SearchStrategy[np.ndarray]:
        element = st.one_of(st.floats(-30, 0), st.just(-np.inf))
        return hnp.arrays(np.float64, (n, len(BOX_CLASSES)), elements=element).filter(
            lambda a: bool(np.isfinite(a).any(axis=1).all())
        )

    return n_boxes.flatmap(rows)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("X61", 61), ("061", 61), ("_61", 61), ("-61", 61), ("161", 161), ("100", 100), ("XX8", 8), ("__8", 8),
        ("_X5", 5), ("X_5", 5), ("X05", 5), ("0X5", 5), ("0_5", 5), ("-X5", 5),
        ("XXX", 0), ("---", 0), ("X-X", 0), ("000", 0), ("XX0", 0), ("__0", 0), ("00X", 0), ("X", 0), ("0", 0),
        ("___", None), ("_", None), ("XX_", None), ("00_", None), ("0__", None), ("__X", None), ("_0-", None),
        ("1X5", None), ("12_", None), ("5__", None), ("12X", None), ("1_5", None),
        ("2024", 2024), ("X024", 24), ("20", 20), ("X7", 7),
    ],
)  # fmt: skip
def test_certain_boxes_give_the_certain_value(text: str, value: int | None) -> None:
    evidence = number_evidence(certain(text))
    assert evidence.witness == "digits"
    assert evidence.best == value
    assert evidence.log_probabilities.max() == pytest.approx(0.0, abs=1e-12)


def test_every_string_of_up_to_three_boxes_is_valued_as_documented() -> None:
    for n in (1, 2, 3):
        for characters in itertools.product(BOX_CLASSES, repeat=n):
            text = "".join(characters)
            assert number_evidence(certain(text)).best == value_of(text), text


@given(box_rows(st.integers(1, 3)))
def test_equals_the_sum_over_all_strings(logs: np.ndarray) -> None:
    n = len(logs)
    p = np.exp(logs - np.logaddexp.reduce(logs, axis=1, keepdims=True))
    expected = np.zeros(10**n + 1)
    joint = p[0]
    for row in p[1:]:
        joint = np.multiply.outer(joint, row)
    for characters, probability in zip(itertools.product(BOX_CLASSES, repeat=n), joint.ravel(), strict=True):
        value = value_of("".join(characters))
        expected[-1 if value is None else value] += probability
    np.testing.assert_allclose(np.exp(number_evidence(logs).log_probabilities), expected, rtol=1e-9, atol=1e-300)


@given(box_rows(st.integers(1, 4)))
def test_probabilities_sum_to_one(logs: np.ndarray) -> None:
    total = np.exp(number_evidence(logs).log_probabilities).sum()
    assert total == pytest.approx(1.0, abs=1e-12)


@given(box_rows(st.integers(1, 4)), st.floats(-5, 5))
def test_a_constant_added_to_a_box_changes_nothing(logs: np.ndarray, shift: float) -> None:
    shifted = logs.copy()
    shifted[0] += shift
    before, after = number_evidence(logs), number_evidence(shifted)
    np.testing.assert_allclose(np.exp(before.log_probabilities), np.exp(after.log_probabilities), atol=1e-12)


@given(box_rows(st.integers(1, 4)))
def test_cross_and_dash_mean_the_same(logs: np.ndarray) -> None:
    swapped = logs.copy()
    swapped[:, [10, 11]] = logs[:, [11, 10]]
    before, after = number_evidence(logs), number_evidence(swapped)
    np.testing.assert_allclose(np.exp(before.log_probabilities), np.exp(after.log_probabilities), atol=1e-12)


def test_doubt_between_two_digits_is_kept() -> None:
    logs = certain("X61")
    logs[2, :] = -np.inf
    logs[2, 1], logs[2, 7] = np.log(0.8), np.log(0.2)
    p = np.exp(number_evidence(logs).log_probabilities)
    assert p[61] == pytest.approx(0.8)
    assert p[67] == pytest.approx(0.2)


def test_doubt_between_cross_and_nine_in_the_first_box_is_kept() -> None:
    logs = certain("X61")
    logs[0, BOX_CLASSES.index("X")], logs[0, 9] = np.log(0.6), np.log(0.4)
    p = np.exp(number_evidence(logs).log_probabilities)
    assert p[61] == pytest.approx(0.6)
    assert p[961] == pytest.approx(0.4)


@pytest.mark.parametrize(
    "logs",
    [np.zeros((3, 12)), np.zeros((0, 13)), np.zeros(13), np.full((1, 13), np.nan), np.full((2, 13), -np.inf)],
)
def test_what_is_no_box_is_a_bug(logs: np.ndarray) -> None:
    with pytest.raises(ValueError, match="box"):
        number_evidence(logs)


@given(st.text(alphabet=BOX_CLASSES, min_size=1, max_size=4))
def test_certain_boxes_are_printed_as_they_are(text: str) -> None:
    assert printed_boxes(certain(text), 0.5) == (text, (1.0,) * len(text))


def test_an_unsure_box_is_printed_as_illegible_with_its_own_probability() -> None:
    logs = certain("X61")
    logs[1, :] = np.log(0.5 / 12)
    logs[1, 6] = np.log(0.5)
    assert printed_boxes(logs, 0.5)[0] == "X61"
    text, confidences = printed_boxes(logs, 0.51)
    assert text == "X?1"
    assert confidences == pytest.approx((1.0, 0.5, 1.0))


def test_three_boxes_take_well_under_a_millisecond() -> None:
    logs = np.log(np.full((3, 13), 1 / 13))
    number_evidence(logs)
    best = np.inf
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(50):
            number_evidence(logs)
        best = min(best, (time.perf_counter() - start) / 50)
    assert best < 0.0005, f"{best * 1e3:.3f} ms a number; 0.1 ms is the aim on an idle machine"
