"""Exact: marginals, rules and best readings against enumeration, on small domains and on tables of the forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import INFERENCE, PAPER, InferenceSettings, PaperSettings
from ocr_pipeline.forms.model import Rule, RuleKind
from ocr_pipeline.records import Evidence
from ocr_pipeline.station.inference import infer
from ocr_pipeline.station.inference.graph import pose
from ocr_pipeline.station.inference.trellis import build

from .oracle import enumerate_all

CLUMSY = replace(
    PAPER, miswritten=0.1, hard_fails=0.2, semi_hard_fails=0.3, bound_fails=0.2, columns_swapped=0.1, copied=0.05
)
"""A paper on which everything goes wrong often, so that every branch of the model weighs something."""
FAITHFUL = replace(CLUMSY, miswritten=0.0, copied=0.0)
Seen = dict[str, np.ndarray]


def total(rule_id: str, left: str, *right: str, kind: RuleKind = RuleKind.HARD, fails: float | None = None) -> Rule:
    return Rule(rule_id, "sum", kind, left, right, fails_on_paper=fails)


SMALL: dict[str, Sequence[Rule]] = {
    "one sum": [total("R3", "s", "a", "b")],
    "three terms": [total("R3", "s", "a", "b", "c", fails=0.4)],
    "a chain": [total("R3", "s", "a", "b"), total("R8", "t", "s", kind=RuleKind.SEMI_HARD)],
    "a bound between numbers": [total("R3", "s", "a", "b"), Rule("R11", "at_most", RuleKind.SOFT, "a", ("t",))],
    "a bound by law": [total("R3", "s", "a", "b"), Rule("R13", "at_most", RuleKind.SOFT, "s", (), limit=6)],
    "a reserve": [
        total("R3", "s", "a", "b"),
        Rule("R10", "equal_share", RuleKind.SOFT, "t", ("s",), share=0.25),
    ],
    "a loop of two": [total("R3", "s", "a", "b"), total("R9", "a", "s", "t")],
    "bounds alone": [Rule("R11", "at_most", RuleKind.SOFT, "a", ("t",))],
}
ROWS = [f"{row}_{column}" for row in ("x", "y", "t") for column in "lpj"]
TABLE = [
    *(total(f"R1.{row}", f"{row}_j", f"{row}_l", f"{row}_p") for row in "xyt"),
    *(total(f"R2.{column}", f"t_{column}", f"x_{column}", f"y_{column}") for column in "lpj"),
]
WHOLE = [
    *TABLE,
    total("R3", "sah", "p1", "p2"),
    total("R4", "all", "sah", "bad"),
    total("R8", "all", "t_j", kind=RuleKind.SEMI_HARD),
    Rule("R11.l", "at_most", RuleKind.SOFT, "x_l", ("p1",)),
    Rule("R13.p1", "at_most", RuleKind.SOFT, "p1", (), limit=300),
]


def evidence_of(seen: Seen) -> dict[str, Evidence]:
    with np.errstate(divide="ignore"):
        return {name: Evidence("all", np.log(p)) for name, p in seen.items()}


def distribution(numbers: Sequence[int]) -> np.ndarray:
    p = np.array(numbers, dtype=np.float64)
    return p / p.sum()


def compare(seen: Seen, rules: Sequence[Rule], paper: PaperSettings, how: InferenceSettings = INFERENCE) -> None:
    """Everything that is asked of an exact inference."""
    found = infer(evidence_of(seen), rules, paper, how, readings=1)
    true = enumerate_all(seen, rules, paper)
    assert found.error < 1e-3
    near = found.error + 1e-9
    for name in seen:
        belief = found.beliefs[name]
        np.testing.assert_allclose(belief.written, true.written[name] / true.total, rtol=0, atol=near)
        assert belief.meant is not None
        np.testing.assert_allclose(belief.meant, true.meant[name] / true.total, rtol=0, atol=near)
    (best,) = found.readings
    assert best.probability == pytest.approx(true.best[0] / true.total, rel=2 * near + 1e-9)


digit = st.lists(st.integers(0, 6), min_size=11, max_size=11).filter(lambda n: max(n[:-1]) > n[-1]).map(distribution)


@settings(max_examples=8, deadline=None)
@pytest.mark.parametrize("name", SMALL)
@given(data=st.data())
def test_numbers_of_one_box_equal_enumeration(name: str, data: st.DataObject) -> None:
    rules = SMALL[name]
    fields = dict.fromkeys(field for rule in rules for field in (rule.left, *rule.right))
    compare({field: data.draw(digit, field) for field in fields}, rules, CLUMSY)


@st.composite
def tables(draw: st.DrawFn, whole: bool) -> Seen:
    """Evidence that hovers around a table that adds up: a few values for each number, the true one among them."""
    some = st.integers(0, 120)
    true = {name: draw(some) for name in ("x_l", "x_p", "y_l", "y_p")}
    for row in "xy":
        true[f"{row}_j"] = true[f"{row}_l"] + true[f"{row}_p"]
    for column in "lpj":
        true[f"t_{column}"] = true[f"x_{column}"] + true[f"y_{column}"]
    if whole:
        true["bad"] = draw(st.integers(0, min(9, true["t_j"])))
        true["all"], true["sah"] = true["t_j"], true["t_j"] - true["bad"]
        true["p1"] = draw(st.integers(0, true["sah"]))
        true["p2"] = true["sah"] - true["p1"]
    if draw(st.booleans()):  # a row with its columns exchanged
        row = draw(st.sampled_from("xyt"))
        true[f"{row}_l"], true[f"{row}_p"] = true[f"{row}_p"], true[f"{row}_l"]
    seen = {}
    doubtful = draw(st.sets(st.sampled_from(sorted(true)), max_size=9))
    for name, value in true.items():
        seen[name] = np.zeros(1001)
        seen[name][value] = draw(st.integers(1, 50))
        if name in doubtful:
            other = draw(st.sampled_from([value + 1, value + 10, value + 100, max(value - 1, 0), 0, true["x_l"]]))
            seen[name][other] += draw(st.integers(1, 50))
        seen[name] /= seen[name].sum()
    return seen


@settings(max_examples=40, deadline=None)
@given(seen=tables(whole=False))
def test_the_table_of_voters_equals_enumeration(seen: Seen) -> None:
    compare(seen, TABLE, FAITHFUL)


@settings(max_examples=30, deadline=None)
@given(seen=tables(whole=True))
def test_a_whole_station_equals_enumeration(seen: Seen) -> None:
    compare(seen, WHOLE, FAITHFUL)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(seen=tables(whole=True))
def test_thousands_of_stations_equal_enumeration(seen: Seen) -> None:
    compare(seen, WHOLE, FAITHFUL)


@settings(max_examples=25, deadline=None)
@given(seen=tables(whole=True), least=st.sampled_from([1e-1, 1e-2, 1e-4]))
def test_what_is_left_out_is_never_more_than_is_said(seen: Seen, least: float) -> None:
    """However much is left out: the whole lies between what was found and what may be missing."""
    rough = replace(INFERENCE, least_share=least, attempts=1)
    trellis = build(pose(evidence_of(seen), WHOLE, FAITHFUL), FAITHFUL, rough)
    true = enumerate_all(seen, WHOLE, FAITHFUL)
    slack = 1e-9 * true.total
    assert trellis.mass <= true.total + slack
    assert true.total <= trellis.mass + trellis.left_out + slack
    found = infer(evidence_of(seen), WHOLE, FAITHFUL, rough)
    for name in seen:
        exact = true.written[name] / true.total
        assert np.all(found.beliefs[name].written <= exact + 1e-9), "a probability is at most too small"
        assert np.all(exact <= found.beliefs[name].written + found.error + 1e-9)


@settings(max_examples=6, deadline=None)
@pytest.mark.parametrize("name", ["a chain", "a loop of two", "a reserve"])
@given(data=st.data(), least=st.sampled_from([0.3, 1e-1, 1e-2]))
def test_the_same_where_every_value_weighs_something(name: str, data: st.DataObject, least: float) -> None:
    rules = SMALL[name]
    seen = {field: data.draw(digit, field) for field in dict.fromkeys(f for r in rules for f in (r.left, *r.right))}
    rough = replace(INFERENCE, least_share=least, attempts=1)
    found = infer(evidence_of(seen), rules, CLUMSY, rough)
    true = enumerate_all(seen, rules, CLUMSY)
    for field in seen:
        exact = true.written[field] / true.total
        assert np.all(found.beliefs[field].written <= exact + 1e-9)
        assert np.all(exact <= found.beliefs[field].written + found.error + 1e-9)
