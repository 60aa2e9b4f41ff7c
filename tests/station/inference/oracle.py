"""The model of ``station.inference`` once more, written down as it reads and gone through by enumeration."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ocr_pipeline.config import PaperSettings
from ocr_pipeline.forms.model import Rule, RuleKind


def slip(meant: int, written: int, digits: int, paper: PaperSettings) -> float:
    """Probability that a number that is miswritten lands there."""
    ways: list[tuple[int, float]] = []
    text = f"{meant:0{digits}d}"
    for place, digit in itertools.product(range(digits), "0123456789"):
        if digit != text[place]:
            ways.append((int(text[:place] + digit + text[place + 1 :]), paper.one_digit / (9 * digits)))
    for place in range(digits - 1):
        swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        ways.append((int(swapped), paper.neighbours_swapped / (digits - 1)))
    if digits == 1:
        ways.append((meant, paper.neighbours_swapped))
    for step in [sign * 10**power for power in range(digits) for sign in (1, -1)]:
        inside = 0 <= meant + step < 10**digits
        ways.append((meant + step if inside else meant, paper.off_by_power / (2 * digits)))
    ways.append((0, paper.left_at_zero))
    return sum(share for landed, share in ways if landed == written)


@functools.cache
def kernel(size: int, paper: PaperSettings) -> np.ndarray:
    """(size, size) probability of each number as written, by the number as meant."""
    if paper.miswritten == 0:
        return np.eye(size)
    digits = len(str(size)) - 1
    slips = np.array([[slip(t, w, digits, paper) for w in range(size)] for t in range(size)])
    return (1 - paper.miswritten) * np.eye(size) + paper.miswritten * slips


def prior_of(rule: Rule, paper: PaperSettings) -> float:
    if rule.fails_on_paper is not None:
        return rule.fails_on_paper
    if rule.relation == "at_most":
        return paper.bound_fails
    if rule.relation == "equal_share":
        return paper.share_fails
    return paper.hard_fails if rule.kind is RuleKind.HARD else paper.semi_hard_fails


def miscomputed(difference: int, fails: float, paper: PaperSettings) -> float:
    """What a difference between a total and its terms weighs."""
    if difference == 0:
        return 1 - fails
    power = paper.off_by_power_sum / 6 if abs(difference) in (1, 10, 100) else 0.0
    return fails * (power + (1 - paper.off_by_power_sum) / 1999)


def plain(rule: Rule, value: Mapping[str, int], paper: PaperSettings) -> float:
    fails = prior_of(rule, paper)
    if rule.relation == "at_most":
        most = sum(value[name] for name in rule.right) if rule.right else rule.limit
        assert most is not None
        return 1 - fails if value[rule.left] <= most else fails
    if rule.relation == "equal_share":
        base = value[rule.right[0]]
        off = value[rule.left] - base - math.ceil(Fraction(str(rule.share)) * base)
        near = paper.share_tolerance
        return (1 - fails) / (2 * near + 1) if abs(off) <= near else fails / 1999
    return miscomputed(value[rule.left] - sum(value[name] for name in rule.right), fails, paper)


def columns(l_rule: Rule, p_rule: Rule, value: Mapping[str, int], paper: PaperSettings) -> list[float]:
    """The two columns of a table: as they are, or one row with its columns exchanged."""
    both = (1 - paper.columns_swapped) * plain(l_rule, value, paper) * plain(p_rule, value, paper)
    rows = list(zip((l_rule.left, *l_rule.right), (p_rule.left, *p_rule.right), strict=True))
    swapped = []
    for l_name, p_name in rows:
        if value[l_name] != value[p_name]:
            back = {**value, l_name: value[p_name], p_name: value[l_name]}
            sums = [back[rule.left] - sum(back[name] for name in rule.right) for rule in (l_rule, p_rule)]
            swapped.append(paper.columns_swapped / len(rows) * (sums == [0, 0]))
    return [both, *swapped]


@dataclass
class Enumerated:
    """Sums over all combinations, not normalised."""

    total: float
    written: dict[str, np.ndarray]
    meant: dict[str, np.ndarray]
    best: tuple[float, dict[str, int]]
    """The best combination of numbers as meant, whether each is written so, and how the rules were filled in."""


def ways(rules: Sequence[Rule], value: Mapping[str, int], paper: PaperSettings) -> Iterator[list[float]]:
    """For each rule, or pair of columns, the weights of all the ways in which it may have been filled in."""
    done: set[str] = set()
    for rule in rules:
        twin = [r for r in rules if _columns_of_one_table(rule, r)]
        if rule.rule_id in done:
            continue
        if twin:
            done.add(twin[0].rule_id)
            yield columns(rule, twin[0], value, paper)
        else:
            yield [plain(rule, value, paper)]


def _columns_of_one_table(rule: Rule, other: Rule) -> bool:
    names = (rule.left, *rule.right)
    return (
        rule.relation == other.relation == "sum"
        and len(names) > 2
        and all(name.endswith("_l") for name in names)
        and tuple(name[:-1] + "p" for name in names) == (other.left, *other.right)
    )


def enumerate_all(seen: Mapping[str, np.ndarray], rules: Sequence[Rule], paper: PaperSettings) -> Enumerated:
    """Goes through every combination of numbers as meant.

    Args:
        seen: by field, (10**digits + 1,) probabilities of the values as written, last: illegible.
        rules: all of them.
        paper: how papers go wrong.
    """
    names = list(seen)
    kernels, likelihoods, unknown = {}, {}, {}
    for name, p in seen.items():
        kernels[name] = kernel(len(p) - 1, paper).copy()
        for rule in rules:
            if rule.left == name and rule.relation == "sum" and len(rule.right) > 1:
                for term in rule.right:  # whatever was meant, what the term is read as may stand there
                    kernels[name] += paper.copied / len(rule.right) * seen[term][:-1]
        limit = min((rule.limit for rule in rules if rule.left == name and rule.limit is not None), default=len(p))
        unknown[name] = p[-1] * (np.arange(len(p) - 1) <= limit) / min(limit + 1, len(p) - 1)
        likelihoods[name] = kernels[name] @ p[:-1] + unknown[name]
    possible = [np.flatnonzero(likelihoods[name]) for name in names]
    result = Enumerated(
        0.0,
        {name: np.zeros(len(p)) for name, p in seen.items()},
        {name: np.zeros(len(p) - 1) for name, p in seen.items()},
        (0.0, {}),
    )
    for values in itertools.product(*possible):
        value = dict(zip(names, map(int, values), strict=True))
        each = list(ways(rules, value, paper))
        weight = math.prod(map(sum, each)) * math.prod(likelihoods[name][value[name]] for name in names)
        result.total += weight
        for name in names:
            result.meant[name][value[name]] += weight
        best = math.prod(map(max, each))
        for name, t in value.items():
            faithful = (1 - paper.miswritten) * seen[name][t]
            best *= max(faithful, likelihoods[name][t] - faithful)
        if best > result.best[0]:
            result.best = best, value
    for name, p in seen.items():
        cavity = np.divide(result.meant[name], likelihoods[name], out=np.zeros(len(p) - 1), where=likelihoods[name] > 0)
        result.written[name][:-1] = p[:-1] * (cavity @ kernels[name])
        result.written[name][-1] = unknown[name] @ cavity
    return result
