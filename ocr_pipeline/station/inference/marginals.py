"""From the trellis to probabilities: of every number, and of every rule (forward-backward)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.config import PaperSettings
from ocr_pipeline.station.inference.graph import Number
from ocr_pipeline.station.inference.paper import ErrorKind, PaperError, Weights, miswritten
from ocr_pipeline.station.inference.trellis import Step, Trellis, total


@dataclass(frozen=True, slots=True, eq=False)
class Marginals:
    """What the whole says of each number and rule; probabilities are lower bounds by the trellis's error."""

    written: Mapping[str, Weights]
    """By field (n + 1,) probability of each value as written; last: that no number can be read there."""
    meant: Mapping[str, Weights]
    """By field (n,) probability of each value as meant."""
    holds: Mapping[str, float]
    """By rule, probability that it holds on the paper: of a sum, with all its numbers written as meant; of a bound
    between numbers, as they are meant; of a bound of one number, as it is written."""
    errors: Mapping[PaperError, float]
    """Probability of each thing that may have gone wrong on the paper and could matter."""


def marginals(trellis: Trellis, paper: PaperSettings) -> Marginals:
    """Sums over all paths."""
    whole = trellis.mass + trellis.left_out
    behind = _behind(trellis.steps)
    numbers = trellis.problem.numbers
    meant: dict[str, Weights] = {}
    for step, after in zip(trellis.steps, behind[1:], strict=True):
        if step.field is not None:
            paths = step.before[step.start] * step.weight * after[step.end]
            meant[step.field] = total(step.choice, paths, len(numbers[step.field].meant)) / whole
    written = {name: _written(numbers, name, meant[name], paper) for name in meant}
    holds = {}
    for index, group in enumerate(trellis.problem.groups):
        for place, rule in enumerate(group.rules):
            if rule.limit is not None and not rule.right:
                holds[rule.rule_id] = float(written[rule.left][:-1][: rule.limit + 1].sum())
            else:
                holds[rule.rule_id] = _holding(trellis, behind, index, place) / whole
    return Marginals(written, meant, holds, _swapped(trellis, behind) | _copied(trellis, meant))


def _copied(trellis: Trellis, meant: Mapping[str, Weights]) -> dict[PaperError, float]:
    return {
        PaperError(ErrorKind.COPIED, (name, copy.term)): copy.weight * float(_rest(number, meant[name]).sum())
        for name, number in trellis.problem.numbers.items()
        for copy in number.copies
    }


def _swapped(trellis: Trellis, behind: Sequence[Weights]) -> dict[PaperError, float]:
    whole = trellis.mass + trellis.left_out
    errors: dict[PaperError, float] = {}
    for step, after in zip(trellis.steps, behind[1:], strict=True):
        if step.group is not None:
            ways = trellis.problem.groups[step.group].ways
            each = total(step.choice, step.before[step.start] * step.weight * after[step.end], len(ways)) / whole
            errors |= {way.error: p for way, p in zip(ways, each.tolist(), strict=True) if way.error is not None}
    return errors


def _behind(steps: Sequence[Step]) -> list[Weights]:
    """Per step and after the last, the sum over all paths from each state to the end."""
    behind = [np.ones(1)]
    for step in reversed(steps):
        behind.append(total(step.start, step.weight * behind[-1][step.end], len(step.before)))
    return behind[::-1]


def _rest(number: Number, meant: Weights) -> Weights:
    """(n,) what all but the number's own evidence says of each value as meant."""
    return np.divide(meant, number.meant, out=np.zeros_like(meant), where=number.meant > 0)


def _written(numbers: Mapping[str, Number], name: str, meant: Weights, paper: PaperSettings) -> Weights:
    """(n + 1,) probabilities of a number as written, from those of it as meant."""
    number = numbers[name]
    rest = _rest(number, meant)
    written = (1 - paper.miswritten) * rest + paper.miswritten * miswritten(rest, paper)
    for copy in number.copies:
        of_term = numbers[copy.term].seen[: len(written)]
        written[: len(of_term)] += copy.share * float(rest.sum()) * of_term
    written *= number.seen
    both: Weights = np.append(written, number.illegible @ rest)
    return np.minimum(both * (float(meant.sum()) / float(both.sum())), 1.0)


def _holding(trellis: Trellis, behind: Sequence[Weights], index: int, place: int) -> float:
    """Sum over the paths on which a rule is kept and, for a sum, none of its numbers is miswritten.

    Args:
        trellis: all paths.
        behind: from ``_behind``.
        index: of the rule's group.
        place: of the rule in its group.
    """
    group = trellis.problem.groups[index]
    rule = group.rules[place]
    before: Weights | None = None
    for step, after in zip(trellis.steps, behind[1:], strict=True):
        if before is None:
            if step.group != index and step.field not in group.fields:
                continue
            before = step.before
        paths = before[step.start] * step.weight
        if rule.relation != "at_most" and step.field in (rule.left, *rule.right):
            paths *= trellis.problem.numbers[step.field].faithful[step.choice]
        if index in step.completed:
            return float((paths * step.completed[index].keeps[place] * after[step.end]).sum())
        before = total(step.end, paths, step.states)
    raise AssertionError(f"the group of {rule.rule_id} never ends")
