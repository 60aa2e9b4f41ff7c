"""What is to be weighed for one station: the numbers, the rules that can speak, and in which order.

A rule speaks where all its numbers were read, or all but one: then it says something of that one, and
through it ties other rules together. With two or more numbers unread it says next to nothing and is left
out, as is a bound with any number unread. Nothing that was not read is taken as zero.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import PaperSettings
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.records import Evidence
from ocr_pipeline.station.inference.paper import Group, Weights, groups_of, likelihood

_LEAST_ALIKE = 1e-6
"""Probability that two numbers read the same, below which a copy is out of the question."""
_UNSEEN_SIZE = 1000
"""Values of a number whose page did not come in."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One way in which a number may be a copy of another."""

    term: str
    """The field it is copied from."""
    share: float
    """How often that happens."""
    weight: float
    """Weight that this gives to every value as meant: the share, and that both are seen to read the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """One number of the station: what was seen of it, and what that says of the number as meant."""

    field: str
    seen: Weights
    """(n,) probability of each value as written, by the witnesses alone."""
    illegible: Weights
    """(n,) weight of each value as meant where no number can be read; adds up to the probability of that."""
    meant: Weights
    """(n,) weight of each value as meant, however it was written; adds up to 1."""
    faithful: Weights
    """(n,) share of that weight that is written as meant."""
    falling: npt.NDArray[np.int32]
    """(n,) the values, the weightiest first."""
    copies: tuple[Copy, ...]
    """Of terms that it is the sum of."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """The numbers that some rule speaks of, in the order in which they are taken, and the groups of rules."""

    numbers: Mapping[str, Number]
    """By field, in that order."""
    groups: tuple[Group, ...]


def pose(evidence: Mapping[str, Evidence], rules: Sequence[Rule], paper: PaperSettings) -> Problem:
    """Puts numbers and rules together.

    Args:
        evidence: by field, all witnesses as one (``arithmetic.combined``); what is missing was not seen.
        rules: of this station's sheet.
        paper: how papers go wrong.
    """
    unread = {name for rule in rules for name in (rule.left, *rule.right) if name not in evidence}
    unread |= {name for name, found in evidence.items() if found.best is None}
    speaking = _speaking(tuple(rules), frozenset(unread), frozenset(evidence))
    groups = groups_of(speaking, paper)
    order = _order(tuple(group.fields for group in groups), frozenset(unread))
    limits = {rule.left: rule.limit for rule in speaking if rule.limit is not None}
    terms: dict[str, list[tuple[str, ...]]] = {}
    for rule in speaking:
        if rule.relation == "sum" and len(rule.right) > 1:
            terms.setdefault(rule.left, []).append(rule.right)
    unseen = np.append(np.zeros(_UNSEEN_SIZE), 1.0)
    found = {name: np.exp(evidence[name].log_probabilities) if name in evidence else unseen for name in order}
    return Problem(_numbers(found, limits, terms, paper), groups)


def _numbers(
    found: Mapping[str, Weights],
    limits: Mapping[str, int],
    terms: Mapping[str, Sequence[tuple[str, ...]]],
    paper: PaperSettings,
) -> Mapping[str, Number]:
    """What the evidence of each field says of it.

    Args:
        found: by field, (n + 1,) probabilities of what is written there.
        limits: by field, what a station can hold; a number that cannot be read is as likely one as another
            within it.
        terms: by field that is a total, the terms of each sum.
        paper: how papers go wrong.
    """
    numbers: dict[str, Number] = {}
    for size in {len(p) for p in found.values()}:  # all of one size at a time: a dozen calls, not hundreds
        names = [name for name, p in found.items() if len(p) == size]
        both = np.array([found[name] for name in names])
        seen, illegible = both[:, :-1], both[:, -1]
        faithful = (1 - paper.miswritten) * seen
        unknown = np.array([np.arange(size - 1) <= limits.get(name, size) for name in names])
        unknown = unknown / unknown.sum(axis=1, keepdims=True)
        copies = [_copies(found, name, terms.get(name, ()), paper) for name in names]
        copied = np.array([sum(copy.weight for copy in own) for own in copies])
        meant = faithful + paper.miswritten * likelihood(seen, paper) + illegible[:, None] * unknown + copied[:, None]
        faithful = np.divide(faithful, meant, out=np.zeros_like(meant), where=meant > 0)
        whole = meant.sum(axis=1)
        meant /= whole[:, None]
        falling = np.argsort(-meant, axis=1).astype(np.int32)
        for row, name in enumerate(names):
            scaled = tuple(replace(copy, weight=copy.weight / float(whole[row])) for copy in copies[row])
            parts = seen[row], illegible[row] * unknown[row], meant[row], faithful[row], falling[row], scaled
            numbers[name] = Number(name, *parts)
    return {name: numbers[name] for name in found}


def _copies(
    found: Mapping[str, Weights], name: str, sums: Sequence[tuple[str, ...]], paper: PaperSettings
) -> list[Copy]:
    """The terms of some sums that a total may be a copy of, where both are seen to read the same."""
    copies = []
    for terms in sums:
        for term in terms:
            size = min(len(found[name]), len(found[term])) - 1
            alike = float(found[name][:size] @ found[term][:size])
            if alike > _LEAST_ALIKE:
                copies.append(Copy(term, paper.copied / len(terms), alike * paper.copied / len(terms)))
    return copies


def _speaking(rules: Sequence[Rule], unread: Collection[str], seen: Collection[str]) -> tuple[Rule, ...]:
    """The rules that have something to say; see the head of this module."""

    def gaps(rule: Rule) -> list[str]:
        return [name for name in (rule.left, *rule.right) if name in unread]

    left = [rule for rule in rules if len(gaps(rule)) <= (1 if rule.relation == "sum" else 0)]
    while True:
        uses = [name for rule in left for name in gaps(rule)]
        kept = [rule for rule in left if all(name in seen or uses.count(name) > 1 for name in gaps(rule))]
        if len(kept) == len(left):
            return tuple(kept)
        left = kept


@functools.lru_cache(maxsize=256)
def _order(fields: tuple[tuple[str, ...], ...], unread: frozenset[str]) -> tuple[str, ...]:
    """The fields of all groups, so ordered that few groups are open at a time (a greedy elimination order).

    A group is open from its first field to its last; an unread field has so many values that it comes late.
    """
    remaining = {name: None for names in fields for name in names}
    order: list[str] = []
    while remaining:
        done = set(order)

        def cost(name: str, done: set[str] = done) -> tuple[int, int]:
            after = done | {name}
            still_open = sum(1 for names in fields if not after.isdisjoint(names) and not after.issuperset(names))
            closed = sum(1 for names in fields if name in names and after.issuperset(names))
            return still_open + 3 * (name in unread), -closed

        best = min(remaining, key=cost)
        order.append(best)
        del remaining[best]
    return tuple(order)
