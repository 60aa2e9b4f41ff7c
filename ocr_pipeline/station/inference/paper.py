"""How a paper comes about: numbers as they were meant, rules they keep or break, and slips of the pen.

Three things can make the numbers that are read break a rule, and they are told apart:

* *misread*: the witnesses' evidence says so;
* *miswritten*: one number stands on the paper other than it was meant: by a slip of the pen
  (:func:`miswritten`), or as a copy of one of the terms it is the sum of;
* *miscomputed*: the numbers as meant break the rule (:func:`ways`): the total is off, or L and P of a row have
  changed places.

A :class:`Group` is one rule, or two that only a swap of columns ties together. The ways in which it may
have been filled in are a mixture; each is a set of linear forms over the numbers (:class:`Part`).
"""

from __future__ import annotations

import enum
import functools
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import PaperSettings
from ocr_pipeline.forms.model import Rule, RuleKind

Weights = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int32]

_ANY_WIDTH = 1999
"""Differences that a sum of numbers below 1000 may be off by are taken as this many, all alike."""
_POWERS = (1, 10, 100)


class Shape(enum.Enum):
    """What is asked of a linear form's value."""

    SUM = enum.auto()
    """Zero, or off as people's sums are."""
    ZERO = enum.auto()
    """Zero."""
    NONZERO = enum.auto()
    """Anything but zero."""
    AT_MOST = enum.auto()
    """At most zero, or seldom more."""
    NEAR = enum.auto()
    """About zero, or anything."""


class ErrorKind(enum.StrEnum):
    """What people do to whole numbers."""

    COPIED = "copied"
    """A total is a copy of one of its terms."""
    SWAPPED = "swapped"
    """L and P of a row have changed places."""


@dataclass(frozen=True, slots=True)
class PaperError:
    """One thing that went wrong on the paper, and the two numbers it is about."""

    kind: ErrorKind
    fields: tuple[str, str]

    def __str__(self) -> str:
        one, other = self.fields
        return f"{one} copied from {other}" if self.kind is ErrorKind.COPIED else f"{one} and {other} swapped"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A linear form over some fields, and what is asked of its value."""

    shape: Shape
    coefficients: Mapping[str, int]
    fails: float = 0.0
    """Share of papers on which SUM, AT_MOST or NEAR is not kept."""
    constant: int = 0
    share: Fraction = field(default=Fraction(0))
    """Part of a term that is added to it, rounded up (the reserve of ballots)."""

    def contribution(self, name: str, values: Whole) -> Whole:
        """What a field's values add to the form."""
        coefficient = self.coefficients[name]
        if self.share and coefficient < 0:
            reserve = -(-values * self.share.numerator // self.share.denominator)
            return (coefficient * (values + reserve)).astype(np.int32)
        return (coefficient * values).astype(np.int32)

    def weigh(self, value: Whole, paper: PaperSettings) -> Weights:
        """Weight of the form's value, at most 1; over all values of a SUM they add up to about 1."""
        if self.shape in (Shape.ZERO, Shape.NONZERO):
            return np.where((value == 0) == (self.shape is Shape.ZERO), 1.0, 0.0)
        if self.shape is Shape.AT_MOST:
            return np.where(value <= 0, 1 - self.fails, self.fails)
        if self.shape is Shape.NEAR:
            near = (1 - self.fails) / (2 * paper.share_tolerance + 1)
            return np.where(np.abs(value) <= paper.share_tolerance, near, self.fails / _ANY_WIDTH)
        anything = self.fails * (1 - paper.off_by_power_sum) / _ANY_WIDTH
        result = np.full(value.shape, anything)
        size = np.abs(value)
        for power in _POWERS:
            result[size == power] += self.fails * paper.off_by_power_sum / (2 * len(_POWERS))
        result[size == 0] = 1 - self.fails
        return result

    def holds(self, value: Whole) -> npt.NDArray[np.bool_]:
        """Whether the rule behind the form is kept."""
        return value <= 0 if self.shape is Shape.AT_MOST else value == 0


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way in which a group of rules may have been filled in."""

    prior: float
    parts: tuple[Part, ...]
    """In the plain way, which comes first, one per rule of the group."""
    error: PaperError | None = None
    """None for the plain way."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Rules that are weighed together."""

    rules: tuple[Rule, ...]
    fields: tuple[str, ...]
    """All fields of its rules."""
    ways: tuple[Way, ...]


@functools.lru_cache(maxsize=64)
def groups_of(rules: tuple[Rule, ...], paper: PaperSettings) -> tuple[Group, ...]:
    """The rules of a station, each in its group."""
    groups = []
    taken: set[str] = set()
    for rule in rules:
        if rule.rule_id in taken:
            continue
        sister = next((other for other in rules if _are_sisters(rule, other)), None)
        members = (rule,) if sister is None else (rule, sister)
        taken.update(member.rule_id for member in members)
        fields = dict.fromkeys(name for member in members for name in _fields(member))
        groups.append(Group(members, tuple(fields), tuple(ways(members, paper))))
    return tuple(groups)


def ways(rules: Sequence[Rule], paper: PaperSettings) -> Iterable[Way]:
    """How these rules may have been filled in: plainly, or with L and P of one row swapped."""
    plain = tuple(_plain(rule, paper) for rule in rules)
    swaps = [] if len(rules) == 1 else list(zip(_fields(rules[0]), _fields(rules[1]), strict=True))
    yield Way(1 - paper.columns_swapped if swaps else 1.0, plain)
    for one, other in swaps:
        exchanged = {one: other, other: one}
        parts = [Part(Shape.ZERO, {exchanged.get(n, n): c for n, c in part.coefficients.items()}) for part in plain]
        differ = Part(Shape.NONZERO, {one: 1, other: -1})
        yield Way(paper.columns_swapped / len(swaps), (*parts, differ), PaperError(ErrorKind.SWAPPED, (one, other)))


def _plain(rule: Rule, paper: PaperSettings) -> Part:
    coefficients = {rule.left: 1} | {name: -1 for name in rule.right}
    if rule.relation == "at_most":
        fails = rule.fails_on_paper or paper.bound_fails
        return Part(Shape.AT_MOST, coefficients, fails, constant=0 if rule.right else -(rule.limit or 0))
    if rule.relation == "equal_share":
        fails = rule.fails_on_paper or paper.share_fails
        return Part(Shape.NEAR, coefficients, fails, share=Fraction(str(rule.share or 0)))
    usual = paper.hard_fails if rule.kind is RuleKind.HARD else paper.semi_hard_fails
    return Part(Shape.SUM, coefficients, rule.fails_on_paper or usual)


def _fields(rule: Rule) -> tuple[str, ...]:
    return (rule.left, *rule.right)


def _are_sisters(rule: Rule, other: Rule) -> bool:
    """Whether two sums run down the columns L and P of one table: ``x_l`` here is ``x_p`` there, row by row."""
    return (
        rule.relation == other.relation == "sum"
        and len(rule.right) > 1
        and all(name.endswith("_l") for name in _fields(rule))
        and [f"{name[:-2]}_p" for name in _fields(rule)] == list(_fields(other))
    )


def likelihood(seen: Weights, paper: PaperSettings) -> Weights:
    """(..., n) weight of each number as meant that was miswritten, from the weights of the numbers as written."""
    return _slipped(seen, paper) + paper.left_at_zero * seen[..., :1]


def miswritten(meant: Weights, paper: PaperSettings) -> Weights:
    """(..., n) weight of each number as written by a slip, from the weights of the numbers as meant."""
    result = _slipped(meant, paper)
    result[..., 0] += paper.left_at_zero * meant.sum(axis=-1)
    return result


def _slipped(meant: Weights, paper: PaperSettings) -> Weights:
    """Where a number lands by one wrong digit, two exchanged, or by being off by a power of ten.

    These go both ways alike, so this also tells what was meant of what is written. No weight is lost: where
    there is nothing to exchange or no room to be off, the number is written as meant.
    """
    size = meant.shape[-1]
    digits = len(str(size)) - 1
    lead = meant.ndim - 1
    cube = meant.reshape(*meant.shape[:-1], *(10,) * digits)
    result = np.zeros_like(cube)
    for place in range(lead, lead + digits):
        result += (cube.sum(axis=place, keepdims=True) - cube) * (paper.one_digit / (9 * digits))
    for left, right in itertools.pairwise(range(lead, lead + digits)):
        result += cube.swapaxes(left, right) * (paper.neighbours_swapped / (digits - 1))
    flat: Weights = result.reshape(meant.shape)
    if digits == 1:
        flat += meant * paper.neighbours_swapped
    step = paper.off_by_power / (2 * digits)
    for power in range(digits):
        off = 10**power
        flat[..., off:] += meant[..., :-off] * step
        flat[..., :-off] += meant[..., off:] * step
        flat[..., :off] += meant[..., :off] * step
        flat[..., -off:] += meant[..., -off:] * step
    return flat
