"""The form's rules: as written, and as evidence, against enumeration of all combinations."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.forms.model import Rule, RuleKind
from ocr_pipeline.records import Evidence, RuleCheck
from ocr_pipeline.station.arithmetic import check_rules, combined, posterior, rules_for

PRIOR = 0.03


def sum_rule(rule_id: str, left: str, *right: str, kind: RuleKind = RuleKind.HARD) -> Rule:
    return Rule(rule_id, "sum", kind, left, right)


def evidence(probabilities: Sequence[float]) -> Evidence:
    p = np.array(probabilities, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return Evidence("digits", np.log(p / p.sum()))


def peaked(value: int, probability: float = 1.0, other: int = 0, size: int = 1000) -> Evidence:
    """``value`` with that probability, the rest on ``other``."""
    p = np.zeros(size + 1)
    p[value] = probability
    p[other] += 1 - probability
    return evidence(p.tolist())


def enumerated(evidence_of: Mapping[str, Evidence], rules: Sequence[Rule], target: str) -> np.ndarray:
    """The posterior of one field by going through every combination of it and of its rules' fields."""
    own = [rule for rule in rules if target in (rule.left, *rule.right)]
    names = list(dict.fromkeys([target, *(name for rule in own for name in (rule.left, *rule.right))]))
    sizes = [len(evidence_of[name].log_probabilities) for name in names]
    result = np.zeros(sizes[0])
    for indices in itertools.product(*(range(size) for size in sizes)):
        value = {n: i if i < size - 1 else None for n, i, size in zip(names, indices, sizes, strict=True)}
        weight = 1.0
        for name, index in zip(names, indices, strict=True):
            weight *= np.exp(evidence_of[name].log_probabilities[index])
        for rule in own:
            terms = [value[name] for name in rule.right]
            whole = value[rule.left] is not None and None not in terms
            holds = whole and value[rule.left] == sum(t for t in terms if t is not None)
            weight *= 1 - PRIOR if holds else PRIOR
        result[indices[0]] += weight
    return result / result.sum()


# Numbers only as far as 'a + b = s' goes; the last entry ("no number") never the largest.
distributions = st.integers(2, 4).flatmap(
    lambda size: st.lists(st.integers(1, 50), min_size=size, max_size=size).flatmap(
        lambda numbers: st.integers(0, min(numbers)).map(lambda none: evidence([*numbers, none]))
    )
)


@given(distributions, distributions, distributions)
def test_one_sum_equals_enumeration(s: Evidence, a: Evidence, b: Evidence) -> None:
    given_evidence = {"s": s, "a": a, "b": b}
    rules = [sum_rule("R", "s", "a", "b")]
    result = posterior(given_evidence, rules, PRIOR)
    for name in given_evidence:
        np.testing.assert_allclose(result[name], enumerated(given_evidence, rules, name), atol=1e-12)


@given(st.lists(distributions, min_size=6, max_size=6))
def test_two_sums_with_a_common_field_equal_enumeration(six: list[Evidence]) -> None:
    given_evidence = dict(zip(["sah", "p1", "p2", "tidak", "total", "tanggal"], six, strict=True))
    rules = [sum_rule("R3", "sah", "p1", "p2"), sum_rule("R4", "total", "sah", "tidak")]
    result = posterior(given_evidence, rules, PRIOR)
    for name in given_evidence:
        np.testing.assert_allclose(result[name], enumerated(given_evidence, rules, name), atol=1e-12)


@given(st.lists(distributions, min_size=4, max_size=4), st.permutations(["a", "b", "c"]))
def test_the_order_of_terms_has_no_effect(four: list[Evidence], order: list[str]) -> None:
    given_evidence = dict(zip("sabc", four, strict=True))
    before = posterior(given_evidence, [sum_rule("R", "s", "a", "b", "c")], PRIOR)
    after = posterior(given_evidence, [sum_rule("R", "s", *order)], PRIOR)
    for name in given_evidence:
        np.testing.assert_allclose(before[name], after[name], atol=1e-12)
        assert before[name].sum() == pytest.approx(1.0)


def test_a_sum_that_holds_makes_its_fields_surer_and_one_that_fails_less_sure() -> None:
    rules = [sum_rule("R3", "sah", "p1", "p2", "p3")]
    fields = {"p1": peaked(87, 0.9, 81), "p2": peaked(120), "p3": peaked(33)}
    holds = posterior({**fields, "sah": peaked(240)}, rules, PRIOR)
    assert holds["p1"][87] == pytest.approx(0.9 * 0.97 / (0.9 * 0.97 + 0.1 * 0.03))
    fails = posterior({**fields, "sah": peaked(234)}, rules, PRIOR)
    assert fails["p1"][87] == pytest.approx(0.9 * 0.03 / (0.9 * 0.03 + 0.1 * 0.97))
    assert fails["sah"][234] == pytest.approx(1.0), "certain boxes stay certain: the paper may be wrong"


def test_a_value_doubtful_by_itself_does_not_become_sure_by_fitting() -> None:
    rules = [sum_rule("R3", "sah", "p1", "p2")]
    result = posterior({"sah": peaked(181), "p1": peaked(61, 0.7, 67), "p2": peaked(120)}, rules, PRIOR)
    assert result["p1"][61] < 0.99


@pytest.mark.parametrize("kind", [RuleKind.SEMI_HARD, RuleKind.SOFT])
def test_only_hard_sums_count(kind: RuleKind) -> None:
    given_evidence = {"a": peaked(5, 0.8, 6), "b": peaked(5)}
    assert posterior(given_evidence, [sum_rule("R8", "a", "b", kind=kind)], PRIOR)["a"][5] == pytest.approx(0.8)


def test_a_sum_counts_only_where_all_its_fields_were_read() -> None:
    rules = [sum_rule("R3", "sah", "p1", "p2")]
    absent = posterior({"sah": peaked(181), "p1": peaked(61, 0.7, 67)}, rules, PRIOR)
    assert absent["p1"][61] == pytest.approx(0.7)
    blank = evidence([0.0] * 1000 + [1.0])
    unread = posterior({"sah": peaked(181), "p1": peaked(61, 0.7, 67), "p2": blank}, rules, PRIOR)
    assert unread["p1"][61] == pytest.approx(0.7)
    assert unread["p2"][-1] == pytest.approx(1.0)


def test_numbers_of_different_length_and_six_pairs() -> None:
    pairs = [f"paslon_{n}" for n in range(1, 7)]
    given_evidence = {name: peaked(10 * n, 0.9, 10 * n + 1) for n, name in enumerate(pairs, 1)}
    given_evidence["suara_sah"] = peaked(210, 1.0, size=10_000)
    result = posterior(given_evidence, [sum_rule("R3", "suara_sah", *pairs)], PRIOR)
    assert result["paslon_6"][60] > 0.98


@pytest.mark.parametrize("prior", [0.0, 0.5, 1.0])
def test_the_prior_has_a_range(prior: float) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 0\.5"):
        posterior({}, [], prior)


def test_two_hard_sums_of_a_form_share_one_field_at_most() -> None:
    for form in load_catalogue().forms:
        sums = [r for r in form.rules if r.relation == "sum" and r.kind is RuleKind.HARD]
        for one, other in itertools.combinations(sums, 2):
            common = {one.left, *one.right} & {other.left, *other.right}
            assert len(common) <= 1, f"{form.form_id}: {one.rule_id} and {other.rule_id} share {common}"


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
