"""Hands of real people: pen strokes from a folder of handwriting, by writer.

A collection is an ``.npz`` with the pen's ways of single characters: ``points`` (n, 2), x right and y down;
``stroke_offsets`` and ``sample_offsets``, where each stroke and each character begins; ``labels``, ``writers``
and ``source`` of each character. UNIPEN and Chars74K were brought into this shape.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ocr_pipeline.errors import InputMissing
from ocr_pipeline.warp import Points

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LEAST_DIGITS = 8
"""A writer of fewer different digits is left out."""
HELD_OUT_SOURCES = ("tos", "gmd", "imp", "chars74k")
"""Sites of UNIPEN, and Chars74K: no digit model was trained on them (``models/digits/README.md``)."""
WIDEST = 0.72
"""Of a character, in units of its height: wider ones are pressed together, as a box makes one write."""
CELL_WIDTH = 0.6
"""A character stands in the middle of a cell of this width, in units of its height, as the drawn ones do."""


class Part(enum.StrEnum):
    """Which writers of a collection."""

    TRAIN = "train"
    HELD_OUT = "held-out"


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """How one person writes."""

    name: str
    samples: Mapping[str, tuple[tuple[Points, ...], ...]]
    """By character, his samples of it; each a tuple of strokes (n, 2) in units of its height."""


@functools.lru_cache(maxsize=4)
def load_hands(folder: Path, part: Part) -> tuple[Hand, ...]:
    """The writers of all collections in a folder, by name.

    Args:
        folder: with ``.npz`` files; those of another shape (pictures) are passed over.
        part: writers that models were trained on, or those held apart.

    Raises:
        InputMissing: there is no such writer.
    """
    writers: dict[str, dict[str, list[tuple[Points, ...]]]] = {}
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as data:
            if not {"points", "stroke_offsets", "sample_offsets", "labels", "writers", "source"} <= set(data.files):
                continue
            points, strokes, samples = data["points"].astype(float), data["stroke_offsets"], data["sample_offsets"]
            for index, (label, writer, source) in enumerate(
                zip(data["labels"].tolist(), data["writers"].tolist(), data["source"].tolist(), strict=True)
            ):
                if (source in HELD_OUT_SOURCES) is not (part is Part.HELD_OUT) or label not in CHARACTERS:
                    continue
                first, last = samples[index], samples[index + 1]
                ways = [points[strokes[i] : strokes[i + 1]] for i in range(first, last)]
                if label == "0" and len(ways) > 1:
                    continue  # slashed, as programmers write it; on these forms that is a zero crossed out
                writers.setdefault(writer, {}).setdefault(label, []).append(_in_cell(ways))
    hands = tuple(
        Hand(name, {label: tuple(some) for label, some in sorted(found.items())})
        for name, found in sorted(writers.items())
        if sum(label.isdigit() for label in found) >= LEAST_DIGITS
    )
    if not hands:
        raise InputMissing(f"{folder} holds no pen strokes of {part} writers (.npz with points, strokes and writers).")
    return hands


def _in_cell(ways: list[Points]) -> tuple[Points, ...]:
    """Strokes of height 1 in the middle of a cell; what is flat stands half way down."""
    every = np.vstack(ways)
    low, high = every.min(axis=0), every.max(axis=0)
    width, height = high - low
    scale = np.array([min(1 / max(height, 1e-9), WIDEST / max(width, 1e-9)), 1 / max(height, width / WIDEST, 1e-9)])
    shift = np.array([CELL_WIDTH / 2, 0.5])
    return tuple((way - (low + high) / 2) * scale + shift for way in ways)
