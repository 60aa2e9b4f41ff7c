from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ocr_pipeline.config import STORE
from ocr_pipeline.store.distribution import pack, unpack

FLOOR = STORE.log_probability_floor
distributions = (
    st.integers(2, 1100)
    .flatmap(
        lambda n: arrays(np.float64, n, elements=st.floats(-40, 0) | st.just(-np.inf)).filter(
            lambda scores: np.isfinite(scores).any()
        )
    )
    .map(lambda scores: scores - np.logaddexp.reduce(scores))
)


@given(distributions)
def test_values_above_the_floor_come_back_within_a_thousandth(log_probabilities):
    back = unpack(pack(log_probabilities, FLOOR))
    above = log_probabilities >= FLOOR
    assert back.shape == log_probabilities.shape
    assert np.abs(back[above] - log_probabilities[above]).max() < 1e-3
    assert (back[~above] < FLOOR + 1e-3).all()
    assert int(np.argmax(back)) in np.flatnonzero(log_probabilities >= log_probabilities.max() - 1e-3)


@given(distributions)
def test_no_mass_is_lost(log_probabilities):
    assert np.exp(unpack(pack(log_probabilities, FLOOR))).sum() == pytest.approx(1, abs=1e-3)


@given(distributions)
def test_packing_again_changes_little(log_probabilities):
    once = unpack(pack(log_probabilities, FLOOR))
    twice = unpack(pack(once, FLOOR))
    assert np.abs(np.exp(twice) - np.exp(once)).max() < 1e-3


def test_a_sure_number_of_three_boxes_takes_a_tenth_of_its_vector():
    box = np.full(10, 1e-5 / 9)
    box[6] = 1 - 1e-5
    numbers = np.log(np.einsum("i,j,k->ijk", box, box, box).ravel())
    packed = pack(np.append(numbers, -50.0), FLOOR)
    assert len(packed) < 0.1 * 1001 * 4
    assert unpack(packed).argmax() == 666


@pytest.mark.parametrize(
    ("vector", "says"),
    [
        (np.log([0.5, 0.4]), "add up to 0.9"),
        (np.array([np.nan, 0.0]), "add up to nan"),
        (np.array([0.0]), "2 to 65536"),
        (np.zeros((2, 2)), "one axis"),
    ],
)
def test_what_is_no_distribution_is_refused(vector, says):
    with pytest.raises(ValueError, match=says):
        pack(vector, FLOOR)


def test_bytes_of_something_else_are_refused():
    with pytest.raises(ValueError):
        unpack(b"short")
    with pytest.raises(ValueError):
        unpack(pack(np.log([0.5, 0.5]), FLOOR)[:-1])
