"""How far the program's word can be trusted: risk over thresholds, what each step adds, calibration."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from ocr_pipeline.benchmark.breakdown import Share
from ocr_pipeline.benchmark.numbers import MeasuredNumber, Step
from ocr_pipeline.config import BENCHMARK, VERDICT, BenchmarkSettings, VerdictSettings


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold comes to."""

    threshold: float
    accepted: Share
    """Of all numbers."""
    wrong: Share
    """Of the accepted."""
    straight_through: Share
    """Stations of which every number is accepted."""


@dataclass(frozen=True, slots=True)
class Added:
    """What is gained by one more step."""

    step: Step
    point: Point
    """At the default threshold."""
    curve: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Numbers of which the sums make another value more probable than what is written."""

    made: int
    right: int
    """The suggestion is what a person read."""
    spoilt: int
    """The number had been read rightly."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Numbers of which the program is about equally sure."""

    low: float
    high: float
    n: int
    said: float | None
    """Mean probability."""
    right: Share


def point(numbers: Sequence[MeasuredNumber], threshold: float, step: Step = Step.FLAGS) -> Point:
    """What is accepted at a threshold, by what is known at a step."""
    stations: dict[tuple[str, str], bool] = {}
    accepted = wrong = 0
    for number in numbers:
        taken = number.accepted_at(threshold, step)
        accepted += taken
        wrong += taken and not number.right
        stations[number.station] = stations.get(number.station, True) and taken
    return Point(
        threshold, Share(accepted, len(numbers)), Share(wrong, accepted), Share(sum(stations.values()), len(stations))
    )


def ablation(
    numbers: Sequence[MeasuredNumber], settings: BenchmarkSettings = BENCHMARK, verdict: VerdictSettings = VERDICT
) -> tuple[Added, ...]:
    """Digits alone, with the other witnesses, with the sums, with the flags: at the default threshold and over all."""
    return tuple(
        Added(
            step,
            point(numbers, verdict.accept_probability, step),
            tuple(point(numbers, threshold, step) for threshold in settings.thresholds),
        )
        for step in Step
    )


def suggestions(numbers: Sequence[MeasuredNumber]) -> Suggestions:
    """How good the program's suggestions are; it never puts them in the place of what is written."""
    made = [number for number in numbers if number.suggestion is not None and number.value is not None]
    return Suggestions(
        len(made), sum(number.suggestion == number.true for number in made), sum(number.right for number in made)
    )


def reliability(numbers: Sequence[MeasuredNumber], settings: BenchmarkSettings = BENCHMARK) -> tuple[Bin, ...]:
    """What the program says and how often it is right, over numbers that were read."""
    read = [number for number in numbers if number.value is not None]
    bins = []
    for low, high in itertools.pairwise(settings.reliability_edges):
        some = [n for n in read if low <= n.probability < high or (high == 1 and n.probability >= high)]
        said = sum(min(n.probability, 1.0) for n in some) / len(some) if some else None
        bins.append(Bin(low, high, len(some), said, Share(sum(n.right for n in some), len(some))))
    return tuple(bins)


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Expected calibration error: mean distance of what is said from how often it is right, by numbers.

    As Naeini, Cooper and Hauskrecht 2015, with bins that are finer where probabilities are high.
    """
    filled = [(one.n, abs(one.said - (one.right.value or 0.0))) for one in bins if one.said is not None]
    total = sum(n for n, _ in filled)
    return sum(n * distance for n, distance in filled) / total if total else None


def expected_wrong(numbers: Sequence[MeasuredNumber]) -> float | None:
    """Share of the accepted numbers that are wrong by the program's own probabilities."""
    accepted = [number.probability for number in numbers if number.accepted]
    return sum(1 - probability for probability in accepted) / len(accepted) if accepted else None
