"""What the inference is for: a misread digit told from a wrong paper, and nothing assumed that was not seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.config import PAPER
from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.forms.model import Rule, RuleKind
from ocr_pipeline.records import Evidence
from ocr_pipeline.station.arithmetic import rules_for
from ocr_pipeline.station.inference import Belief, StationPosterior, infer
from ocr_pipeline.station.inference.paper import likelihood, miswritten

R3 = Rule("R3", "sum", RuleKind.HARD, "sah", ("p1", "p2", "p3"))
R4 = Rule("R4", "sum", RuleKind.HARD, "total", ("sah", "tidak"))
SAID = {"p1": 87, "p2": 120, "p3": 33, "sah": 240, "tidak": 5, "total": 245}


def peaked(value: int | None, others: Mapping[int, float] | None = None, boxes: int = 3) -> Evidence:
    """``value`` for sure but for what the others have; a little is left for every number."""
    p = np.full(10**boxes + 1, 1e-9)
    p[-1 if value is None else value] = 1 - sum((others or {}).values())
    for other, chance in (others or {}).items():
        p[other] = chance
    return Evidence("all", np.log(p / p.sum()))


def clear(**values: int) -> dict[str, Evidence]:
    return {name: peaked(value) for name, value in (SAID | values).items()}


def best(belief: Belief) -> int:
    return int(np.argmax(belief.written))


def chance(found: StationPosterior, field: str, value: int) -> float:
    return float(found.beliefs[field].written[value])


def test_a_doubtful_digit_is_settled_by_the_sum() -> None:
    found = infer(clear() | {"p1": peaked(81, {87: 0.3})}, [R3, R4])
    assert best(found.beliefs["p1"]) == 87
    assert chance(found, "p1", 87) > 0.99
    assert found.holds["R3"] > 0.99
    assert np.argmax(found.beliefs["p1"].seen) == 81, "what the witnesses say by themselves is kept"


def test_clear_digits_on_a_wrong_paper_stay_as_they_are() -> None:
    found = infer(clear(sah=249, total=254), [R3, R4], readings=5)
    for name, value in (SAID | {"sah": 249, "total": 254}).items():
        assert best(found.beliefs[name]) == value
        assert chance(found, name, value) > 0.98
    assert found.holds["R3"] < 0.02
    assert found.holds["R4"] > 0.9
    wrong = {reading.miswritten or reading.errors for reading in found.readings}
    assert ("R3",) in wrong, "miscomputed and carried over into the total is one explanation"


def test_one_number_miswritten_explains_two_broken_rules_better_than_two_miscomputed_ones() -> None:
    found = infer(clear(sah=249), [R3, R4], readings=1)
    assert found.readings[0].miswritten == ("sah",)
    assert found.readings[0].meant["sah"] == 240
    assert chance(found, "sah", 249) > 0.99, "it stands there all the same"
    belief = found.beliefs["sah"]
    assert belief.meant is not None and belief.meant[249] < 0.05


def test_what_a_chain_of_sums_says_reaches_its_other_end() -> None:
    doubtful = {"p1": peaked(81, {87: 0.4}), "sah": peaked(234, {240: 0.45})}
    found = infer(clear() | doubtful, [R3, R4])
    assert (best(found.beliefs["p1"]), best(found.beliefs["sah"])) == (87, 240)
    without_total = infer({n: e for n, e in (clear() | doubtful).items() if n != "total"}, [R3, R4])
    assert best(without_total.beliefs["p1"]) == 81


def test_a_number_that_no_rule_speaks_of_keeps_its_own() -> None:
    tanggal = peaked(27, {21: 0.2}, boxes=2)
    found = infer({"tanggal": tanggal}, [R3])
    assert found.holds == {} and found.beliefs["tanggal"].meant is None
    np.testing.assert_array_equal(found.beliefs["tanggal"].written, np.exp(tanggal.log_probabilities))


def test_two_numbers_not_seen_leave_a_rule_without_a_word() -> None:
    seen = {"p1": peaked(81, {87: 0.4}), "sah": peaked(240), "tidak": peaked(5), "total": peaked(245)}
    found = infer(seen, [R3, R4])
    assert "R3" not in found.holds and found.holds["R4"] > 0.99
    assert chance(found, "p1", 81) == pytest.approx(0.6)


def test_a_number_not_seen_ties_two_rules_together() -> None:
    """87 + 120 + 33 and 5 make 245, whatever stands in the box between them."""
    seen = clear() | {"p1": peaked(81, {87: 0.4})}
    del seen["sah"]
    assert best(infer(seen, [R3, R4]).beliefs["p1"]) == 87
    assert best(infer(seen, [R3]).beliefs["p1"]) == 81, "alone it says nothing, and it is not zero"


def test_a_blank_field_is_given_what_the_sum_says_without_being_said_to_read_so() -> None:
    found = infer(clear() | {"sah": peaked(None)}, [R3, R4])
    belief = found.beliefs["sah"]
    assert belief.written[-1] > 0.999 and belief.written[0] < 1e-3
    assert belief.meant is not None and np.argmax(belief.meant) == 240


def test_columns_of_a_row_exchanged_on_the_paper_are_not_taken_for_misreadings() -> None:
    form = load_catalogue().form("c-hasil-ppwp-2024")
    table = {"pengguna_dpt": (145, 147), "pengguna_dptb": (3, 8), "pengguna_dpk": (0, 2)}
    values = {f"{row}_{c}": v for row, both in table.items() for c, v in zip("lp", both, strict=True)}
    values |= {f"pengguna_total_{c}": sum(values[f"{row}_{c}"] for row in table) for c in "lp"}
    values |= {f"{row}_j": values[f"{row}_l"] + values[f"{row}_p"] for row in (*table, "pengguna_total")}
    values |= {"pengguna_dpt_l": 147, "pengguna_dpt_p": 145}
    evidence = {name: peaked(value) for name, value in values.items()}
    digit = {"pengguna_dpt_l": peaked(147, {145: 1e-3}), "pengguna_dpt_p": peaked(145, {147: 1e-3})}
    found = infer(evidence | digit, rules_for(form, None), readings=1)
    assert found.readings[0].errors == ("pengguna_dpt_l and pengguna_dpt_p swapped",)
    assert chance(found, "pengguna_dpt_l", 147) > 0.99
    assert found.holds["R2.l"] < 0.05 and found.holds["R1.pengguna_dpt"] > 0.99


def test_a_total_that_copies_its_first_term_is_named_as_that() -> None:
    found = infer({"sah": peaked(240), "tidak": peaked(5), "total": peaked(240)}, [R4], readings=1)
    assert found.readings[0].errors == ("total copied from sah",)


def test_a_bound_by_law_doubts_a_filler_read_as_a_digit() -> None:
    cap = Rule("R13", "at_most", RuleKind.SOFT, "p1", (), limit=306)
    found = infer({"p1": peaked(884, {84: 0.4})}, [cap])
    assert best(found.beliefs["p1"]) == 84
    assert best(infer({"p1": peaked(884, {84: 1e-6})}, [cap]).beliefs["p1"]) == 884


def test_what_is_not_found_exactly_is_found_too_small() -> None:
    """Six clear numbers that break everything at once: whatever is left out lowers every probability."""
    evidence = clear(p1=999, sah=1, total=500)
    rough = infer(evidence, [R3, R4])
    for belief in rough.beliefs.values():
        assert 1 - rough.error - 1e-9 <= belief.written.sum() <= 1 + 1e-9


def test_fails_on_paper_of_the_form_counts() -> None:
    evidence = clear() | {"p1": peaked(81, {87: 0.001})}
    seldom = infer(evidence, [replace(R3, fails_on_paper=0.001)])
    often = infer(evidence, [replace(R3, fails_on_paper=0.4)])
    assert chance(seldom, "p1", 87) > chance(often, "p1", 87)


@given(st.integers(1, 4), st.lists(st.floats(0, 1), min_size=10, max_size=10))
def test_a_slip_loses_no_weight_and_is_understood_backwards(digits: int, some: list[float]) -> None:
    """<written, K meant> is the same from both ends: what slips where, and what is meant by what is written."""
    rng = np.random.default_rng(int(1000 * sum(some)))
    size = 10**digits
    meant, written = np.resize(some, size), rng.random(size)
    assert miswritten(meant, PAPER).sum() == pytest.approx(meant.sum())
    assert written @ miswritten(meant, PAPER) == pytest.approx(meant @ likelihood(written, PAPER))
