"""What is to be weighed for one station: the numbers, the rules that can speak, and in which order.

A rule speaks where all its numbers were read, or all but one: then it says something of that one, and
through it ties other rules together. With two or more numbers unread it says next to nothing and is left
out, as is a bound with any number unread. Nothing that was not read is taken as zero.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import PaperSettings
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.records import Evidence
from ocr_pipeline.station.inference.paper import Group, Weights, groups_of, likelihood

_UNSEEN_SIZE = 1000
"""Values of a number whose page did not come in."""


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
    return Problem(_numbers({name: evidence.get(name) for name in order}, limits, paper), groups)


def _numbers(
    evidence: Mapping[str, Evidence | None], limits: Mapping[str, int], paper: PaperSettings
) -> Mapping[str, Number]:
    """What the evidence of each field says of it; None where it was not seen.

    A number that cannot be read is as likely one as another, within what a station can hold.
    """
    unseen = np.append(np.zeros(_UNSEEN_SIZE), 1.0)
    found = {name: unseen if e is None else np.exp(e.log_probabilities) for name, e in evidence.items()}
    numbers: dict[str, Number] = {}
    for size in {len(p) for p in found.values()}:  # all of one size at a time: a dozen calls, not hundreds
        names = [name for name, p in found.items() if len(p) == size]
        both = np.array([found[name] for name in names])
        seen, illegible = both[:, :-1], both[:, -1]
        faithful = (1 - paper.miswritten) * seen
        unknown = np.array([np.arange(size - 1) <= limits.get(name, size) for name in names])
        unknown = unknown / unknown.sum(axis=1, keepdims=True)
        meant = faithful + paper.miswritten * likelihood(seen, paper) + illegible[:, None] * unknown
        faithful = np.divide(faithful, meant, out=np.zeros_like(meant), where=meant > 0)
        meant /= meant.sum(axis=1, keepdims=True)
        falling = np.argsort(-meant, axis=1).astype(np.int32)
        for row, name in enumerate(names):
            parts = seen[row], illegible[row] * unknown[row], meant[row], faithful[row], falling[row]
            numbers[name] = Number(name, *parts)
    return {name: numbers[name] for name in evidence}


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
