"""All combinations of a station's numbers as paths through a trellis, those that cannot matter left out.

Numbers are taken one after the other. A *state* is what the rest needs to know of those taken: for every
group of rules that is open, its way of being filled in and the values of its forms so far. Paths that come
to the same state are one from there on, so sums over all combinations cost as much as there are states. This
is exact inference on a path decomposition of the factor graph; the loops of the table of voters close in it
like any other rule.

A state is left out where even its bound (:mod:`bounds`) is a tiny share of the whole. What is left out is
added up, so the result comes with the most it can be off by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import InferenceSettings, PaperSettings
from ocr_pipeline.station.inference.bounds import CIRCLE, Outlook
from ocr_pipeline.station.inference.graph import Number, Problem
from ocr_pipeline.station.inference.paper import Group, Weights

Index = npt.NDArray[np.int64]
Whole = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """What becomes of a group at the step that takes the last of its numbers."""

    plain: npt.NDArray[np.bool_]
    """(edges,) whether the path is in the plain way."""
    keeps: npt.NDArray[np.bool_]
    """(rules, edges) whether it is, and keeps each rule."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One layer of the trellis: edges from the states before it to those after it, ordered by the former."""

    field: str | None
    """The number taken; None where a group chooses its way."""
    group: int | None
    """The group that chooses."""
    before: Weights
    """(states,) sum over all paths to each state before the step."""
    start: Index
    """(edges,) state an edge comes from."""
    end: Index
    """(edges,) state it leads to."""
    states: int
    """After the step."""
    choice: Whole
    """(edges,) value as meant, or place of the way in the group."""
    weight: Weights
    """(edges,) weight of the choice and of the groups that it completes."""
    completed: Mapping[int, Ending]
    """By group that ends here."""


@dataclass(frozen=True, slots=True, eq=False)
class Trellis:
    """All paths that may matter, and how much the others can come to."""

    problem: Problem
    """With the ways that may matter."""
    steps: tuple[Step, ...]
    mass: float
    """Sum over all paths."""
    left_out: float
    """The most that everything left out can come to."""

    @property
    def error(self) -> float:
        """Share of the whole that may be missing."""
        return self.left_out / (self.mass + self.left_out)


def build(problem: Problem, paper: PaperSettings, settings: InferenceSettings) -> Trellis:
    """The trellis of a station; where too much had to be left out, again with sharper bounds."""
    covers: tuple[int, ...] = (1,)
    expected = math.inf
    for _ in range(settings.attempts):
        trellis = _Builder(problem, covers, expected, paper, settings).build()
        if trellis.error <= settings.most_error:
            break
        covers, expected = (1, 2), trellis.mass
    return trellis


class _Builder:
    """Takes the numbers one after the other.

    ``open`` holds what is known of each state: by open group (1 + forms, states), its way and the values of its
    forms so far. ``mass`` is the sum over all paths to each state.
    """

    def __init__(
        self,
        problem: Problem,
        covers: tuple[int, ...],
        expected: float,
        paper: PaperSettings,
        settings: InferenceSettings,
    ) -> None:
        self._outlook = Outlook(problem, covers, paper)
        self._expected, self._paper, self._settings = expected, paper, settings
        self._whole = self._outlook.start()
        self._problem, self._left_out = self._outlook.without_the_implausible(self._least)
        self._sizes = [len(group.fields) for group in problem.groups]
        self._taken = [0] * len(problem.groups)
        self._open: dict[int, Whole] = {}
        self._mass = np.ones(1)
        self._steps: list[Step] = []

    def build(self) -> Trellis:
        for number in self._problem.numbers.values():
            touched = [i for i, group in enumerate(self._problem.groups) if number.field in group.fields]
            prior = math.prod(self._begin(index) for index in touched if self._taken[index] == 0)
            self._take(number, touched, prior)
        return Trellis(self._problem, tuple(self._steps), float(self._mass.sum()), self._left_out)

    @property
    def _least(self) -> float:
        """What a state must be able to come to, to be carried along."""
        return self._settings.least_share * min(self._whole, self._expected)

    def _begin(self, index: int) -> float:
        """Opens a group; where it may have been filled in in several ways, every state goes on in each of them.

        Returns:
            The prior of the only way, still to be multiplied in; 1 where there are several.
        """
        self._outlook.open(index)
        group = self._problem.groups[index]
        states, ways = len(self._mass), len(group.ways)
        choice = np.tile(np.arange(ways, dtype=np.int32), states)
        if ways > 1:
            start = np.repeat(np.arange(states), ways)
            weight = np.array([way.prior for way in group.ways])[choice]
            self._open = {other: rows.take(start, axis=1) for other, rows in self._open.items()}
            end = np.arange(len(start))
            self._steps.append(Step(None, index, self._mass, start, end, len(end), choice, weight, {}))
            self._mass = self._mass[start] * weight
        self._open[index] = np.zeros((1 + max(len(way.parts) for way in group.ways), len(choice)), np.int32)
        self._open[index][0] = choice
        return 1.0 if ways > 1 else group.ways[0].prior

    def _take(self, number: Number, touched: Sequence[int], prior: float) -> None:
        """Adds one number to all states: candidate edges, their weights and bounds, and the states they lead to."""
        elsewhere = self._outlook.elsewhere(touched, self._taken, self._open, len(self._mass))
        start, choice = self._candidates(number, touched, elsewhere)
        weight = number.meant[choice] * prior
        moved: dict[int, Whole] = {}
        endings: dict[int, Ending] = {}
        for index in touched:
            group, rows = self._problem.groups[index], self._open.pop(index).take(start, axis=1)
            _add(group, number.field, choice, rows)
            self._taken[index] += 1
            if self._taken[index] == self._sizes[index]:
                factor, endings[index] = self._complete(group, rows)
                weight *= factor
            else:
                moved[index] = rows
        behind = self._outlook.behind(elsewhere.take(start, axis=1), self._taken, moved)
        bound = self._mass[start] * weight * behind
        kept = bound >= self._least
        if np.count_nonzero(kept) > self._settings.most_states:
            kept = bound >= np.partition(bound, -self._settings.most_states)[-self._settings.most_states]
        kept[np.argmax(bound)] = True
        self._left_out += float(bound[~kept].sum())
        self._whole = float(bound[kept].sum())
        start, choice, weight = start[kept], choice[kept], weight[kept]
        still_open = {index: rows.take(start, axis=1) for index, rows in self._open.items()}
        still_open |= {index: rows.compress(kept, axis=1) for index, rows in moved.items()}
        first, end = _states(still_open, len(start))
        completed = {i: Ending(e.plain[kept], e.keeps.compress(kept, axis=1)) for i, e in endings.items()}
        self._steps.append(Step(number.field, None, self._mass, start, end, len(first), choice, weight, completed))
        self._mass = total(end, self._mass[start] * weight, len(first))
        self._open = {index: rows.take(first, axis=1) for index, rows in still_open.items()}

    def _candidates(self, number: Number, touched: Sequence[int], elsewhere: Weights) -> tuple[Index, Whole]:
        """State and value of every edge that may matter; adds up what the others can come to.

        What an edge can come to is bounded by its value's weight, by how well it fits one sum that the number is
        in (all sums, where it is their last number), and by what is to come elsewhere. States that are alike in
        these sums share the first two.
        """
        summed = [index for index in touched if self._outlook.bounds(index)]
        closing = [index for index in summed if self._taken[index] + 1 == self._sizes[index]]
        pivots = closing or summed[:1]
        families = slice(None) if closing or not summed else self._outlook.families_with(pivots[0])
        reach = self._mass * elsewhere[families].min(axis=0, initial=1.0)
        weights = number.meant[number.falling]
        least = self._least
        while True:
            count = np.searchsorted(-weights, -least / reach, side="right")
            if count.sum() <= self._settings.most_candidates:
                break
            least *= 10
        count[np.argmax(reach)] = max(count[np.argmax(reach)], 1)
        start, place = _spread(count)
        first, kind = _states({index: self._open[index] for index in pivots}, len(reach))
        widest = np.zeros(len(first), np.int64)
        np.maximum.at(widest, kind, count)
        fits = self._fits(number, pivots, first, widest)
        most = reach[start] * weights[place] * fits[(np.cumsum(widest) - widest)[kind[start]] + place]
        kept = most >= self._least
        kept[np.argmax(most)] = True
        dropped = np.bincount(start[~kept], most[~kept], len(reach))
        behind = np.append(weights, 0.0)[count]
        beyond = np.append(np.cumsum(weights[::-1])[::-1], 0.0)[count]
        if summed:
            beyond = np.minimum(beyond, behind * (_MOST_OF_ALL * -(-len(weights) // CIRCLE)))
        left_out = dropped + reach * beyond
        if left_out.sum() > self._least * len(reach):  # more than usual: no state can come to more than its own bound
            now = self._outlook.behind(elsewhere, self._taken, {index: self._open[index] for index in touched})
            left_out = np.minimum(left_out, self._mass * now)
        self._left_out += float(left_out.sum())
        return start[kept], number.falling[place[kept]]

    def _fits(self, number: Number, pivots: Sequence[int], states: Index, counts: Index) -> Weights:
        """How well the weightiest values fit the sums of some groups, so many of them for each of some states."""
        start, place = _spread(counts)
        values, result = number.falling[place], np.ones(len(start))
        for index in pivots:
            group, rows = self._problem.groups[index], self._open[index].take(states[start], axis=1)
            _add(group, number.field, values, rows)
            if self._taken[index] + 1 == self._sizes[index]:
                result *= self._complete(group, rows)[0]
            else:
                result *= self._outlook.at(index, 1, self._taken[index] + 1, rows)
        return result

    def _complete(self, group: Group, rows: Whole) -> tuple[Weights, Ending]:
        """(edges,) weight of a group's forms, all numbers taken, and which rules are kept."""
        weight = np.empty(rows.shape[1])
        plain = np.zeros(rows.shape[1], bool)
        keeps = np.zeros((len(group.rules), rows.shape[1]), bool)
        for w, way in enumerate(group.ways):
            chosen = _choosing(w, group, rows)
            product = np.ones(rows[0, chosen].shape)
            for place, part in enumerate(way.parts):
                value = rows[1 + place, chosen] + np.int32(part.constant)
                product *= part.weigh(value, self._paper)
                if way.error is None:
                    keeps[place, chosen] = part.holds(value)
            weight[chosen] = product
            plain[chosen] = way.error is None
        return weight, Ending(plain, keeps)


_MOST_OF_ALL = 1.1
"""What the bounds of a sum can add up to over all its values: a weight of 1, and rounding on the circle."""


def total(place: npt.NDArray[np.integer], weight: Weights, size: int) -> Weights:
    """(size,) sums of the weights that fall on each place."""
    return np.bincount(place, weight, size).astype(np.float64, copy=False)


def _spread(counts: Index) -> tuple[Index, Index]:
    """For so many items of each of several owners: owner of each item, and its place among the owner's."""
    owner = np.repeat(np.arange(len(counts)), counts)
    return owner, np.arange(len(owner)) - (np.cumsum(counts) - counts)[owner]


def _choosing(way: int, group: Group, rows: Whole) -> npt.NDArray[np.bool_] | slice:
    """The paths that chose a way of the group."""
    return rows[0] == way if len(group.ways) > 1 else slice(None)


def _add(group: Group, field: str, values: Whole, rows: Whole) -> None:
    """Adds a number to the forms it is in, in whatever way each path has chosen."""
    for w, way in enumerate(group.ways):
        chosen = _choosing(w, group, rows)
        for place, part in enumerate(way.parts, 1):
            if field in part.coefficients:
                rows[place, chosen] += part.contribution(field, values[chosen])


def _states(still_open: Mapping[int, Whole], edges: int) -> tuple[Index, Index]:
    """The different states that edges lead to: first edge of each, and for every edge which of them it is."""
    key, size = np.zeros(edges, np.int64), 1
    for rows in still_open.values():
        lowest = rows.min(axis=1)
        spans = (rows.max(axis=1) - lowest + 1).astype(np.int64)
        for row, low, span in zip(rows, lowest, spans.tolist(), strict=True):
            if span == 1:
                continue
            if size > 2**62 // span:
                _, key = np.unique(key, return_inverse=True)
                size = edges
            key = key * span + (row - low)
            size *= span
    _, first, end = np.unique(key, return_index=True, return_inverse=True)
    return first, end
