"""The form's rules: as written, and as evidence, against enumeration of all combinations."""

from __future__ import annotations

import numpy as np
import pytest

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.forms.model import Rule, RuleKind
from ocr_pipeline.records import Evidence, RuleCheck
from ocr_pipeline.station.arithmetic import check_rules, combined, rules_for


def sum_rule(rule_id: str, left: str, *right: str, kind: RuleKind = RuleKind.HARD) -> Rule:
    return Rule(rule_id, "sum", kind, left, right)


def test_rules_are_cut_down_to_the_printed_pairs() -> None:
    form = load_catalogue().form("c-hasil-kwk-2024")
    two = {rule.rule_id: rule for rule in rules_for(form, 2)}
    assert two["R3"].right == ("paslon_1", "paslon_2")
    assert "R13.paslon_2" in two and "R13.paslon_3" not in two
    unknown = {rule.rule_id: rule for rule in rules_for(form, None)}
    assert unknown["R3"].right == ("paslon_1", "paslon_2", "paslon_3")


def test_a_missing_value_is_never_taken_as_zero() -> None:
    rules = [sum_rule("R3", "sah", "p1", "p2")]
    assert check_rules({"sah": 5, "p1": 5}, rules) == (RuleCheck("R3", None, None),)
    assert check_rules({"sah": 5, "p1": 5, "p2": None}, rules) == (RuleCheck("R3", None, None),)
    assert check_rules({"p1": 5, "p2": 0}, rules) == (RuleCheck("R3", None, None),)
    assert check_rules({"sah": 5, "p1": 5, "p2": 0}, rules) == (RuleCheck("R3", True, 0),)


@pytest.mark.parametrize(
    ("rule", "values", "check"),
    [
        (sum_rule("R", "s", "a", "b"), {"s": 249, "a": 120, "b": 120}, (False, 9)),
        (sum_rule("R", "s", "a", "b"), {"s": 231, "a": 120, "b": 120}, (False, -9)),
        (Rule("R", "at_most", RuleKind.SOFT, "a", (), limit=306), {"a": 306}, (True, 0)),
        (Rule("R", "at_most", RuleKind.SOFT, "a", (), limit=306), {"a": 884}, (False, 578)),
        (Rule("R", "at_most", RuleKind.SOFT, "a", ("b",)), {"a": 7, "b": 9}, (True, -2)),
        (Rule("R", "at_most", RuleKind.SOFT, "a", ("b",)), {"a": 9, "b": 7}, (False, 2)),
        (Rule("R", "equal_share", RuleKind.SOFT, "a", ("b",), share=0.02), {"a": 293, "b": 287}, (True, 0)),
        (Rule("R", "equal_share", RuleKind.SOFT, "a", ("b",), share=0.02), {"a": 306, "b": 300}, (True, 0)),
        (Rule("R", "equal_share", RuleKind.SOFT, "a", ("b",), share=0.07), {"a": 107, "b": 100}, (True, 0)),
        (Rule("R", "equal_share", RuleKind.SOFT, "a", ("b",), share=0.025), {"a": 620, "b": 600}, (False, 5)),
    ],
)
def test_each_relation_as_written(rule: Rule, values: dict[str, int | None], check: tuple[bool, int]) -> None:
    assert check_rules(values, [rule]) == (RuleCheck("R", *check),)


def _witness(name: str, *probabilities: float) -> Evidence:
    with np.errstate(divide="ignore"):
        return Evidence(name, np.log(np.array(probabilities)))


def test_witnesses_that_agree_make_a_number_surer() -> None:
    both = combined([_witness("digits", 0.8, 0.15, 0.05), _witness("bubbles", 0.9, 0.05, 0.05)])
    expected = np.array([0.8 * 0.9, 0.15 * 0.05, 0.05 * 0.05])
    assert np.allclose(np.exp(both.log_probabilities), expected / expected.sum())


def test_a_witness_that_sees_no_number_abstains() -> None:
    digits = _witness("digits", 0.8, 0.15, 0.05)
    both = combined([digits, _witness("bubbles", 0.01, 0.01, 0.98)])
    assert np.allclose(both.log_probabilities, digits.log_probabilities)


def test_certain_witnesses_that_contradict_each_other_leave_nothing_known() -> None:
    both = combined([_witness("digits", 1.0, 0.0, 0.0), _witness("bubbles", 0.0, 1.0, 0.0)])
    assert np.allclose(np.exp(both.log_probabilities), 1 / 3)
