"""How far box centres are from where they should be, in box widths."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ocr_pipeline.records import Quad


@dataclass(frozen=True, slots=True)
class Centre:
    """Middle of a box and length of its upper edge, photo pixels."""

    x: float
    y: float
    width: float


def centre_of(quad: Sequence[Sequence[float]]) -> Centre:
    """The middle of four corners."""
    (ax, ay), (bx, by) = quad[0], quad[1]
    return Centre(sum(p[0] for p in quad) / 4, sum(p[1] for p in quad) / 4, math.hypot(bx - ax, by - ay))


def centre_errors(
    truth: Mapping[str, Sequence[Centre | None]], found: Mapping[str, Sequence[Quad]]
) -> tuple[float, ...]:
    """Distance of each found box's centre from the truth, in widths of the true box.

    Args:
        truth: per field, where its boxes are; None where that is not known or not asked.
        found: per field, where they were found; further fields and boxes are passed over.
    """
    return tuple(
        math.hypot(seen.x - true.x, seen.y - true.y) / true.width
        for field, boxes in truth.items()
        for true, seen in zip(boxes, map(centre_of, found.get(field, ())), strict=False)
        if true is not None
    )
