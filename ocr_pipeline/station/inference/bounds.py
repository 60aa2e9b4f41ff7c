"""How much a partial combination can still come to: bounds that never underestimate, as in A* search.

For a sum with some of its numbers taken, the total over all values of the others, of their weights and of what
the sum then weighs, is one convolution. All are done by FFT on a circle: numbers that wrap around only add to a
bound, and what rounding may take from it is given back (:data:`ROUNDING`).

Bounds of several groups are multiplied in *families*. Where no number is in two groups of a family the product
is a bound at once. Where every number is in at most c groups, it is one by Hölder's inequality (Finner 1992) when
each group's convolution is done with the c-th power of its weights and the c-th root taken. The least over all
families counts.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import PaperSettings
from ocr_pipeline.station.inference.graph import Number, Problem
from ocr_pipeline.station.inference.paper import Group, Part, Shape, Way, Weights, Whole

CIRCLE = 2048
"""Length of the convolutions; a power of two above the largest number of three boxes."""
ROUNDING = 1e-14
"""More than the FFT's rounding of weights that add up to at most 1."""

Spectrum = npt.NDArray[np.complex128]
_SUMS = (Shape.SUM, Shape.ZERO)


@dataclass(frozen=True, slots=True)
class Family:
    """Groups, by their places, of which at most ``cover`` share a number."""

    groups: tuple[int, ...]
    cover: int


class Outlook:
    """What is still to come, for any partial combination of one problem."""

    def __init__(self, problem: Problem, covers: Iterable[int], paper: PaperSettings) -> None:
        """Deals the groups into families.

        Args:
            problem: numbers in the order in which they are taken, and groups.
            covers: for which families are made; each may make bounds tighter, and costs time.
            paper: how papers go wrong.
        """
        self._paper = paper
        self._spectra = _spectra(list(problem.numbers.values()))
        self._problem = problem
        self._ways = {
            (index, cover): [way.prior * self._start(way, cover) for way in group.ways]
            for cover in covers
            for index, group in enumerate(problem.groups)
            if any(part.shape in _SUMS for part in group.ways[0].parts)
        }
        self._starts = {key: sum(each) for key, each in self._ways.items()}
        self.families = tuple(family for cover in covers for family in _families(problem, self._starts, cover))
        self._unopened = [math.prod(self._starts[i, f.cover] for i in f.groups) for f in self.families]
        self._tables: dict[tuple[int, int], tuple[Weights, ...]] = {}

    def start(self) -> float:
        """The bound before any number is taken."""
        return min(self._unopened, default=1.0)

    def without_the_implausible(self, least: float) -> tuple[Problem, float]:
        """The problem without the ways of filling in that cannot come to ``least``, and what is left out so.

        From here on the outlook is that of the problem returned.
        """
        groups, left_out = list(self._problem.groups), 0.0
        for index, group in enumerate(groups):
            others = [
                (product / self._starts[index, family.cover], family.cover)
                for family, product in zip(self.families, self._unopened, strict=True)
                if index in family.groups
            ]
            if others:
                product, cover = min(others)
                most = [found * product for found in self._ways[index, cover]]
                kept = [found >= least for found in most]
                left_out += sum(found for found, keep in zip(most, kept, strict=True) if not keep)
                groups[index] = replace(group, ways=tuple(itertools.compress(group.ways, kept)))
        self._problem = replace(self._problem, groups=tuple(groups))
        order = list(self._problem.numbers)
        for index, cover in self._starts:
            self._tables[index, cover] = tuple(self._table(groups[index], order, cover))
        return self._problem, left_out

    def open(self, index: int) -> None:
        """A number of the group is about to be taken for the first time."""
        for place, family in enumerate(self.families):
            if index in family.groups:
                self._unopened[place] /= self._starts[index, family.cover]

    def elsewhere(
        self, touched: Sequence[int], taken: Sequence[int], still_open: Mapping[int, Whole], states: int
    ) -> Weights:
        """(families, states) bound of all groups but those touched.

        Args:
            touched: groups that the next number is in, opened before.
            taken: by group, how many of its numbers were taken.
            still_open: by open group (1 + forms, states) the way of each state and the values of its forms.
            states: how many there are.
        """
        bounds = np.empty((len(self.families), states))
        for row, family, product in zip(bounds, self.families, self._unopened, strict=True):
            row[:] = product
            for index in family.groups:
                if index in still_open and index not in touched:
                    row *= self.at(index, family.cover, taken[index], still_open[index])
        return bounds

    def behind(self, elsewhere: Weights, taken: Sequence[int], moved: Mapping[int, Whole]) -> Weights:
        """(edges,) bound of all that is still to come.

        Args:
            elsewhere: (families, edges) from :meth:`elsewhere`.
            taken: by group, how many of its numbers were taken, the new one included.
            moved: by touched group that is still open, as ``still_open`` with the new number.
        """
        least = np.ones(elsewhere.shape[1])
        for row, family in zip(elsewhere, self.families, strict=True):
            product = row
            for index in family.groups:
                if index in moved:
                    product = product * self.at(index, family.cover, taken[index], moved[index])
            np.minimum(least, product, out=least)
        return least

    def families_with(self, index: int) -> list[int]:
        """Places of the families in which the plain bound of a group is one factor."""
        return [f for f, family in enumerate(self.families) if family.cover == 1 and index in family.groups]

    def bounds(self, index: int) -> bool:
        """Whether a group has sums, and so bounds."""
        return any(index in family.groups for family in self.families)

    def at(self, index: int, cover: int, taken: int, rows: Whole) -> Weights:
        """(m,) bounds of one group for m combinations, some of its numbers taken; ``rows`` as in ``still_open``."""
        table = self._tables[index, cover][taken]
        result: Weights = table[rows[0], 0, rows[1] % CIRCLE]
        for part in range(1, table.shape[1]):
            result = result * table[rows[0], part, rows[1 + part] % CIRCLE]
        return result

    def _start(self, way: Way, cover: int) -> float:
        """The bound of a way before any number is taken, where all its forms are zero so far."""
        result = 1.0
        for part in way.parts:
            if part.shape in _SUMS:
                factors = (_factor(part, name, self._spectra) for name in part.coefficients)
                at_zero = np.real(math.prod(factors, start=_spectrum_of(part.shape, part.fails, cover, self._paper)))
                total = (2 * at_zero.sum() - at_zero[0] - at_zero[-1]) / CIRCLE
                result *= (max(float(total), 0.0) + ROUNDING) ** (1 / cover)
        return result

    def _table(self, group: Group, order: Sequence[str], cover: int) -> Weights:
        """(fields + 1, ways, parts, CIRCLE) bounds of a group, by how many of its numbers were taken."""
        order = [name for name in order if name in group.fields]
        parts = max(len(way.parts) for way in group.ways)
        table = np.ones((len(order) + 1, len(group.ways), parts, CIRCLE))
        for w, way in enumerate(group.ways):
            for p, part in enumerate(way.parts):
                if part.shape in _SUMS:
                    table[:, w, p] = self._part_bounds(part, order, cover)
        return table

    def _part_bounds(self, part: Part, order: Sequence[str], cover: int) -> Weights:
        """(fields + 1, CIRCLE) bounds of a sum, by how many of the group's numbers were taken."""
        ahead = _spectrum_of(part.shape, part.fails, cover, self._paper)
        rows = [ahead]
        for name in reversed(order):
            if name in part.coefficients:
                ahead = ahead * _factor(part, name, self._spectra)
            rows.append(ahead)
        bounds = np.maximum(np.fft.irfft(np.array(rows[::-1]), n=CIRCLE, axis=1), 0.0) + ROUNDING
        return bounds if cover == 1 else bounds ** (1 / cover)


def _families(problem: Problem, starts: Mapping[tuple[int, int], float], cover: int) -> list[Family]:
    """Families of one cover; every group with a sum is in one at least.

    The least probable groups come first: where several things do not go together, one bound should know of all.
    """
    falling = sorted((index for index, its in starts if its == cover), key=lambda index: starts[index, cover])
    result: list[Family] = []
    for seed in falling:
        if any(seed in family.groups for family in result):
            continue
        family = []
        uses: Counter[str] = Counter()
        for index in (seed, *falling):
            fields = problem.groups[index].fields
            if index not in family and all(uses[name] < cover for name in fields):
                family.append(index)
                uses.update(fields)
        result.append(Family(tuple(family), cover))
    return result


def _spectra(numbers: Sequence[Number]) -> Mapping[str, Spectrum]:
    """The transform of every number's weights, wrapped around the circle."""
    folded = np.zeros((len(numbers), CIRCLE))
    for row, number in zip(folded, numbers, strict=True):
        for start in range(0, len(number.meant), CIRCLE):
            piece = number.meant[start : start + CIRCLE]
            row[: len(piece)] += piece
    return {number.field: row for number, row in zip(numbers, np.fft.rfft(folded, axis=1), strict=True)}


def _factor(part: Part, name: str, spectra: Mapping[str, Spectrum]) -> Spectrum:
    """Of a number that is still to be added: a correlation where it is added, a convolution where taken off."""
    return np.conj(spectra[name]) if part.coefficients[name] > 0 else spectra[name]


@functools.lru_cache(maxsize=64)
def _spectrum_of(shape: Shape, fails: float, cover: int, paper: PaperSettings) -> Spectrum:
    """The transform of what a sum weighs; values that wrap around weigh no more than the small ones."""
    around = np.arange(CIRCLE, dtype=np.int32)
    near = np.where(around < CIRCLE // 2, around, around - CIRCLE).astype(np.int32)
    return np.fft.rfft(Part(shape, {}, fails).weigh(near, paper) ** cover)
