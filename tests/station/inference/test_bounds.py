"""Bounds never underestimate: against direct sums, with and without wrapping, and Hölder's with two groups a number."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import PAPER
from ocr_pipeline.forms.model import Rule, RuleKind
from ocr_pipeline.records import Evidence
from ocr_pipeline.station.inference.bounds import CIRCLE, ROUNDING, Outlook
from ocr_pipeline.station.inference.graph import Problem, pose

R3 = Rule("R3", "sum", RuleKind.HARD, "sah", ("p1", "p2"))
R4 = Rule("R4", "sum", RuleKind.HARD, "total", ("sah", "bad"))
R8 = Rule("R8", "sum", RuleKind.SEMI_HARD, "total", ("voters",))


def problem(seed: int, *rules: Rule, sharp: float = 0.05) -> Problem:
    """Numbers that are read with more or less doubt, anywhere between 0 and 999."""
    rng = np.random.default_rng(seed)
    names = dict.fromkeys(name for rule in rules for name in (rule.left, *rule.right))
    evidence = {}
    for name in names:
        p = np.zeros(1001)
        p[:1000] = rng.dirichlet(np.full(1000, sharp))
        evidence[name] = Evidence("all", np.log(np.maximum(p / p.sum(), 1e-300)))
    return pose(evidence, rules, PAPER)


def exact(found: Problem, taken: int, value: int, cover: int) -> float:
    """What the only group can still come to, all values of the other numbers summed one by one."""
    (group,) = found.groups
    (part,) = group.ways[0].parts
    left = [number for number in found.numbers.values()][taken:]
    distribution = {value: 1.0}
    for number in left:
        sums: dict[int, float] = {}
        for v in np.flatnonzero(number.meant > 0).tolist():
            for d, weight in distribution.items():
                key = d + part.coefficients[number.field] * v
                sums[key] = sums.get(key, 0.0) + weight * float(number.meant[v])
        distribution = sums
    d = np.array(list(distribution), np.int32)
    weights = np.array(list(distribution.values()))
    return float((weights * part.weigh(d, PAPER) ** cover).sum() ** (1 / cover))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), value=st.integers(-1500, 1500), cover=st.sampled_from([1, 2]))
def test_one_sum_is_bounded_from_above_and_tightly(seed: int, value: int, cover: int) -> None:
    found = problem(seed, R3)
    outlook = Outlook(found, [cover], PAPER)
    found, left_out = outlook.without_the_implausible(0.0)
    assert left_out == 0.0
    for taken in (2, 3):
        rows = np.array([[0], [value]], np.int32)
        bound = float(outlook.at(0, cover, taken, rows)[0])
        true = exact(found, taken, value, cover)
        assert bound >= true
        wraps = abs(value) + 1000 * (3 - taken) > CIRCLE - 1000
        if not wraps:
            assert bound <= true * (1 + 1e-9) + 2 * ROUNDING ** (1 / cover)


def test_the_transform_errs_by_less_than_is_given_back() -> None:
    """Without the margin, FFT makes bounds too small; with it none is."""
    worst = 0.0
    for seed in range(20):
        found = problem(seed, R3, sharp=0.003)
        outlook = Outlook(found, [1], PAPER)
        found, _ = outlook.without_the_implausible(0.0)
        for value in (0, 1, 17, -300, 555):
            bound = float(outlook.at(0, 1, 2, np.array([[0], [value]], np.int32))[0])
            worst = max(worst, exact(found, 2, value, 1) + ROUNDING - bound)
    assert worst < ROUNDING / 10


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), covers=st.sampled_from([(1,), (2,), (1, 2)]))
def test_families_bound_what_all_rules_come_to_together(seed: int, covers: tuple[int, ...]) -> None:
    """Three rules in a chain, a few values for each number: the whole is never more than the bound."""
    rng = np.random.default_rng(seed)
    evidence = {}
    for name in ("sah", "p1", "p2", "total", "bad", "voters"):
        p = np.zeros(1001)
        p[rng.choice(400, 2, replace=False)] = rng.dirichlet([1.0, 1.0])
        with np.errstate(divide="ignore"):
            evidence[name] = Evidence("all", np.log(p))
    found = pose(evidence, [R3, R4, R8], PAPER)
    outlook = Outlook(found, covers, PAPER)
    offers = [[(v, n.meant[v]) for v in np.argsort(-n.meant)[:40].tolist()] for n in found.numbers.values()]
    some = [rng.choice(len(own), 3, replace=False) for own in offers]
    whole = 0.0
    for picked in itertools.product(*([own[k] for k in chosen] for own, chosen in zip(offers, some, strict=True))):
        value = dict(zip(found.numbers, (v for v, _ in picked), strict=True))
        weight = float(np.prod([w for _, w in picked]))
        for group in found.groups:
            for part in group.ways[0].parts:
                d = sum(c * value[name] for name, c in part.coefficients.items())
                weight *= float(part.weigh(np.array([d], np.int32), PAPER)[0])
        whole += weight
    assert outlook.start() >= whole


@pytest.mark.parametrize("cover", [1, 2])
def test_no_number_is_in_more_groups_of_a_family_than_it_covers(cover: int) -> None:
    found = problem(1, R3, R4, R8)
    families = Outlook(found, [cover], PAPER).families
    assert {index for family in families for index in family.groups} == {0, 1, 2}
    for family in families:
        for name in found.numbers:
            assert sum(name in found.groups[index].fields for index in family.groups) <= cover
