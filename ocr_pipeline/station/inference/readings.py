"""The best explanations of a station: whole combinations of numbers, most probable first.

A* search over the trellis: how well each state can end is known exactly (the backward pass of max-product), so
every path that is taken from the queue is the best of those left.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.station.inference.graph import Number
from ocr_pipeline.station.inference.paper import ErrorKind, PaperError, Weights
from ocr_pipeline.station.inference.trellis import Step, Trellis


@dataclass(frozen=True, slots=True)
class JointReading:
    """One combination of all numbers that some rule speaks of."""

    probability: float
    """Of this very combination, slightly underestimated where the trellis left something out."""
    meant: Mapping[str, int]
    """By field, the number as meant."""
    miswritten: tuple[str, ...]
    """Fields in which something else stands than was meant, or nothing that can be read."""
    errors: tuple[str, ...]
    """Rules that the numbers as meant do not keep, by their ids; or what happened: a total copied, a row swapped."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """One edge of a path, and whether its number is written other than meant."""

    edge: int
    miswritten: bool


def joint_readings(trellis: Trellis, most: int) -> tuple[JointReading, ...]:
    """The most probable combinations, best first.

    Args:
        trellis: all paths that may matter.
        most: how many are wanted.
    """
    layers = [_Layer(step, trellis) for step in trellis.steps]
    ahead = [np.ones(1)]
    for layer in reversed(layers):
        ahead.append(layer.best_from(ahead[-1]))
    ahead.reverse()
    total = trellis.mass + trellis.left_out
    found = itertools.islice(_paths(layers, ahead, most), most)
    return tuple(_reading(weight / total, path, trellis) for weight, path in found)


class _Layer:
    """The edges of one step, each once for a number written as meant and once for one that is not."""

    def __init__(self, step: Step, trellis: Trellis) -> None:
        self.step = step
        self._first = np.searchsorted(step.start, np.arange(len(step.before) + 1))
        if step.field is None:
            self._weights = step.weight[None]
        else:
            faithful = trellis.problem.numbers[step.field].faithful[step.choice]
            self._weights = np.array([step.weight * faithful, step.weight * (1 - faithful)])

    def best_from(self, after: Weights) -> Weights:
        """(states,) weight of the best path from each state to the end, from that of the states after the step."""
        best = np.zeros(len(self.step.before))
        np.maximum.at(best, self.step.start, self._weights.max(axis=0) * after[self.step.end])
        return best

    def onward(self, state: int, after: Weights, most: int) -> Iterator[tuple[float, _Choice]]:
        """The best edges from a state, and what each weighs."""
        first, last = self._first[state], self._first[state + 1]
        weights = self._weights[:, first:last]
        score = (weights * after[self.step.end[first:last]]).ravel()
        for place in np.argsort(-score)[:most].tolist():
            if score[place] > 0:
                miswritten, edge = divmod(place, last - first)
                yield float(weights[miswritten, edge]), _Choice(int(first + edge), miswritten == 1)


def _paths(
    layers: Sequence[_Layer], ahead: Sequence[Weights], most: int
) -> Iterator[tuple[float, tuple[_Choice, ...]]]:
    """All paths with their weights, best first; right for the first ``most`` of them."""
    order = itertools.count()
    start: tuple[_Choice, ...] = ()
    queue = [(-float(ahead[0][0]), next(order), 1.0, 0, start)]
    while queue:
        _, _, weight, state, path = heapq.heappop(queue)
        if len(path) == len(layers):
            yield weight, path
            continue
        layer, after = layers[len(path)], ahead[len(path) + 1]
        for gained, choice in layer.onward(state, after, most):
            end = int(layer.step.end[choice.edge])
            best = weight * gained * float(after[end])
            heapq.heappush(queue, (-best, next(order), weight * gained, end, (*path, choice)))


def _copies(number: Number, value: int) -> list[str]:
    """What a number that is not written as meant was copied from, where that is what most likely happened."""
    otherwise = float(number.meant[value] * (1 - number.faithful[value]))
    likely = [copy for copy in number.copies if copy.weight > otherwise / 2]
    return [str(PaperError(ErrorKind.COPIED, (number.field, copy.term))) for copy in likely]


def _reading(probability: float, path: Sequence[_Choice], trellis: Trellis) -> JointReading:
    meant: dict[str, int] = {}
    miswritten: list[str] = []
    errors: list[str] = []
    for step, choice in zip(trellis.steps, path, strict=True):
        value = int(step.choice[choice.edge])
        if step.group is not None:
            error = trellis.problem.groups[step.group].ways[value].error
            errors += [str(error)] if error is not None else []
        elif step.field is not None:
            meant[step.field] = value
            if choice.miswritten:
                miswritten.append(step.field)
                errors += _copies(trellis.problem.numbers[step.field], value)
        for index, ended in step.completed.items():
            if ended.plain[choice.edge]:
                rules = zip(trellis.problem.groups[index].rules, ended.keeps[:, choice.edge], strict=True)
                errors += [rule.rule_id for rule, kept in rules if not kept]
    return JointReading(probability, meant, tuple(miswritten), tuple(errors))
