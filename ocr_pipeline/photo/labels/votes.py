"""The votes of candidate pairs and their totals, named by their order where no label is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from ocr_pipeline.photo.labels.vocabulary import TOTALS

VALID, INVALID, ALL = TOTALS
_NUMBER = re.compile(r"0?([1-9])[.,)]?")


def name_votes(fields: Sequence[str], alone: Sequence[bool], words: Sequence[Sequence[str]]) -> list[str]:
    """Fields of the rows of a page of votes, in reading order.

    Args:
        fields: what the labels say; empty where they say nothing.
        alone: whether no other row stands beside a row, as beside those of men, women and both.
        words: the words read beside each row.

    Returns:
        The same with ``paslon_1`` ... for the rows above the totals, and totals that can be nothing else.
    """
    named = _totals(fields)
    totals = [row for row, field in enumerate(named) if field in TOTALS]
    rows = [row for row in range(min(totals, default=len(named))) if not named[row] and alone[row]]
    numbers = [{int(found[1]) for word in words[row] if (found := _NUMBER.fullmatch(word))} for row in rows]
    pairs = _counted(numbers)
    agreed = [row for row, pair, seen in zip(rows, pairs, numbers, strict=True) if pair in seen]
    if not totals:
        # Below the last row whose number is read may stand totals whose labels were not.
        rows = [row for row in rows if agreed and row <= agreed[-1]]
        rows = rows if 2 * len(agreed) >= len(rows) else []
    for _ in {VALID, INVALID} - set(named) if totals and VALID not in named else ():
        if rows and pairs[-1] not in numbers[-1]:
            rows, pairs, numbers = rows[:-1], pairs[:-1], numbers[:-1]  # perhaps that total
    for row, pair in zip(rows, pairs, strict=False):
        named[row] = f"paslon_{pair}"
    return named


def _totals(fields: Sequence[str]) -> list[str]:
    """Valid, invalid and all votes stand in three rows, all votes last; without these the invalid ones do."""
    named = list(fields)
    if ALL in named and {VALID, INVALID} & set(named[named.index(ALL) :]):
        named[named.index(ALL)] = ""  # a heading was read for its label
    missing = {VALID, INVALID} - set(named)
    if len(missing) == 1:
        if ALL in named:
            last = named.index(ALL)
            before = range(max(0, last - 2), last)
            free = [row for row in before if not named[row]]
            if len(free) == 1 and len(before) == 2:
                named[free[0]] = missing.pop()
        elif named[-2:] == ["", INVALID]:
            named[-2] = VALID
    return named


def _counted(read: Sequence[set[int]]) -> tuple[int, ...]:
    """Numbers of the pairs in order: 1, 2, 3 ..., with one left out where at least two rows' numbers say so."""
    whole = tuple(range(1, len(read) + 1))
    gapped = combinations(range(1, len(read) + 2), len(read))
    agreement = {numbers: sum(n in seen for n, seen in zip(numbers, read, strict=True)) for numbers in [whole, *gapped]}
    best = max(agreement, key=lambda numbers: agreement[numbers])
    return best if agreement[best] > agreement[whole] + 1 else whole
