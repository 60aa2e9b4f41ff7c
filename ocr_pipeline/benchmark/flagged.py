"""Reasons to look: which were rightly given, which were missed, and which were given for nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ocr_pipeline.benchmark.numbers import MeasuredNumber
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.records import FlagCode, PageReading


@dataclass(frozen=True, slots=True)
class FaultCount:
    """A fault of the paper that labels know of."""

    found: int
    missed: int
    false: int
    """Said of a paper that does not have it: something was misread."""
    clean: int
    """Papers without it, of which nothing was said."""


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Numbers that a flag sends to a person."""

    wrong: int
    """Misread or not read: a person is needed."""
    right: int
    """Read as they are written: a person looks in vain, or finds the paper at fault."""


def broken_rules(scored: Sequence[Scored]) -> FaultCount:
    """Rules that the paper breaks, by its labels, against the rules that were flagged; once per station."""
    stations = {one.station: one for one in sorted(scored, key=lambda one: one.result is not None)}
    n: Counter[tuple[bool, bool]] = Counter()
    for one in stations.values():
        flagged = {flag.rule for flag in one.result.flags if flag.rule} if one.result else set()
        n.update((holds, rule in flagged) for rule, holds in one.paper.items())
    return FaultCount(found=n[False, True], missed=n[False, False], false=n[True, True], clean=n[True, False])


def blank_fields(scored: Sequence[Scored]) -> FaultCount:
    """Fields in which nothing is written, on photos that were read."""
    return _fields(scored, FlagCode.NOTHING_WRITTEN, lambda one, name: set(one.label.boxes[name]) == {"_"})


def changed_numbers(scored: Sequence[Scored]) -> FaultCount:
    """Numbers with a digit that was changed, on photos that were read; only synthetic labels know of them."""
    known = [one for one in scored if one.label.severity is not None]
    return _fields(known, FlagCode.ALTERED, lambda one, name: name in one.label.changed)


def _fields(scored: Sequence[Scored], code: FlagCode, has_fault: Callable[[Scored, str], bool]) -> FaultCount:
    n: Counter[tuple[bool, bool]] = Counter()
    for one in scored:
        if one.result is not None:
            flagged = {name for flag in one.result.flags if flag.code is code for name in flag.fields}
            n.update((has_fault(one, name), name in flagged) for name in one.label.boxes)
    return FaultCount(found=n[True, True], missed=n[True, False], false=n[False, True], clean=n[False, False])


def reasons(numbers: Sequence[MeasuredNumber]) -> dict[FlagCode, ReasonCount]:
    """By flag, the numbers it sends to a person."""
    n: Counter[tuple[FlagCode, bool]] = Counter()
    for number in numbers:
        n.update((code, number.right) for code in set(number.reasons))
    return {code: ReasonCount(n[code, False], n[code, True]) for code in FlagCode if n[code, False] + n[code, True]}


def confusion(scored: Sequence[Scored]) -> dict[str, dict[str, int]]:
    """What stands in the boxes, and what it was read as; boxes a person could not read are left out."""
    n: dict[str, Counter[str]] = {}
    for one in scored:
        read = (
            {found.field: found.boxes for found in one.outcome.fields} if isinstance(one.outcome, PageReading) else {}
        )
        for name, boxes in one.label.boxes.items():
            if len(boxes) == len(read.get(name, "")):
                for true, said in zip(boxes, read[name], strict=True):
                    if true != "?":
                        n.setdefault(true, Counter())[said] += 1
    return {true: dict(counts) for true, counts in n.items()}
