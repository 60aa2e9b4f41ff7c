"""A writer's hand: the shape, size and slant of his characters, his pen, and the ink he leaves.

Shares of writers (fillers, styles) follow what was counted on photos: of 1,259 numbers under 100 on
sheets of 2020, 70 % begin with X, 28 % with 0, 2 % with an empty box.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr_pipeline.forms import Box
from ocr_pipeline.synth.hands import Hand
from ocr_pipeline.synth.strokes import LETTERS, NATURAL_DIGITS, SEGMENT_DIGITS, SIGNS, parse, smooth
from ocr_pipeline.warp import Image, Points

FILLERS = {"X": 0.66, "0": 0.28, "_": 0.03, "-": 0.03}
"""What stands in unused leading boxes, and the share of writers who do so."""
BLUE_INKS = ((150, 55, 25), (165, 75, 50), (120, 45, 35), (185, 60, 40))
BLACK_INKS = ((38, 34, 34), (60, 52, 50), (30, 30, 42))
"""Blue, green, red."""
OVERSAMPLING = 2
"""Ink is drawn at twice the sheet's resolution, so that pen widths need not be whole pixels."""
CELL_ASPECT = 0.6
"""Width of a character's cell over its height, before the writer's own aspect."""


@dataclass(frozen=True, slots=True)
class Writer:
    """One person's hand and habits."""

    segment: bool
    """Writes digits along a seven-segment guide."""
    variants: Mapping[str, int]
    """Which shape of each character; a character not named takes the first."""
    slant: float
    """Rightward lean, width per height."""
    size: float
    """Height of a digit, share of its box."""
    aspect: float
    wobble: float
    """Scatter of the pen's way, share of the character's height."""
    pen_mm: float
    ink: tuple[int, int, int]
    """Blue, green, red."""
    density: float
    """How much of the paper the ink hides, 0..1."""
    filler: str
    """What he puts into unused leading boxes: ``X``, ``0``, ``_`` nothing, ``-``."""
    zero_digit: bool
    """Whether a zero result ends in a written 0 (``XX0``) or is filled through (``XXX``)."""
    cross_size: float
    """Size of an X, share of the box: about 1 from corner to corner."""
    struck_zero: bool
    """Writes a zero into unused boxes and crosses it out, instead of a bare X."""
    place: tuple[float, float]
    """Where in the box he writes: how far right of and below its middle, share of the box."""
    void: str
    """How the empty part of a tally is struck out: ``z``, ``cross`` or ``none``."""
    bubble: str
    """How he marks a bubble: ``filled``, ``half`` or ``ticked``."""
    bundle: int
    """Direction of the stroke through four: 1 falling, -1 rising, 0 level."""
    hand: Hand | None = None
    """Whose pen strokes he writes with, of a collection; None: those drawn for this project."""


def invent_writer(
    rng: np.random.Generator, filler: str | None = None, segment: bool | None = None, guided: bool = True
) -> Writer:
    """A writer drawn from the seed.

    Args:
        rng: where chance comes from.
        filler: what stands in unused leading boxes; None leaves it to the writer.
        segment: whether digits follow a seven-segment shape; None leaves it to the writer.
        guided: whether the form prints a guide for that; hardly anybody does without.
    """
    thick = rng.random() < 0.2
    inks = BLUE_INKS if rng.random() < 0.65 else BLACK_INKS
    shapes = {**LETTERS, **NATURAL_DIGITS, **SIGNS}
    drawn_filler = str(rng.choice(list(FILLERS), p=list(FILLERS.values())))
    drawn_segment = bool(rng.random() < (0.15 if guided else 0.01))
    return Writer(
        segment=drawn_segment if segment is None else segment,
        variants={char: int(rng.integers(len(forms))) for char, forms in shapes.items()},
        slant=float(rng.normal(0.06, 0.09)),
        size=float(rng.triangular(0.36, 0.58, 0.78)),
        aspect=float(rng.uniform(0.85, 1.35)),
        wobble=float(rng.uniform(0.010, 0.036)),
        pen_mm=float(rng.uniform(0.85, 1.4) if thick else rng.uniform(0.4, 0.78)),
        ink=inks[int(rng.integers(len(inks)))],
        density=float(rng.uniform(0.84, 1.0)),
        filler=drawn_filler if filler is None else filler,
        zero_digit=bool(rng.random() < 0.5),
        cross_size=float(rng.uniform(0.85, 1.02) if rng.random() < 0.65 else rng.uniform(0.45, 0.7)),
        struck_zero=bool(rng.random() < 0.12),
        place=(float(rng.normal(-0.03, 0.035)), float(rng.normal(0, 0.025))),
        void=str(rng.choice(["z", "cross", "none"], p=[0.5, 0.25, 0.25])),
        bubble=str(rng.choice(["filled", "half", "ticked"], p=[0.88, 0.08, 0.04])),
        bundle=int(rng.choice([1, -1, 0], p=[0.6, 0.15, 0.25])),
    )


def character(writer: Writer, char: str, rng: np.random.Generator) -> list[Points]:
    """The pen strokes of one character, each (n, 2), in units of its height; (0, 0) is the upper left.

    Raises:
        KeyError: there is no such character; digits, capitals, ``X``, ``-``, ``(``, ``)``, ``.`` are known.
    """
    shapes = SEGMENT_DIGITS if writer.segment and char in SEGMENT_DIGITS else None
    forms = (shapes or NATURAL_DIGITS | LETTERS | SIGNS)[char]
    if writer.hand is not None and not shapes and (samples := writer.hand.samples.get(char)):
        lean = rng.normal(0, 0.03)
        return [
            np.column_stack([stroke[:, 0] * writer.aspect - lean * (stroke[:, 1] - 0.5), stroke[:, 1]])
            for stroke in samples[int(rng.integers(len(samples)))]
        ]
    index = writer.variants.get(char, 0) % len(forms)
    if rng.random() < 0.06:  # nobody writes every letter alike
        index = int(rng.integers(len(forms)))
    strokes: list[Points] = []
    lean = 0.0 if shapes else writer.slant + rng.normal(0, 0.02)
    turn = rng.normal(0, 0.03)
    for pieces in parse(forms[index]):
        last: Points | None = None
        way: list[Points] = []
        for piece in pieces:
            points = piece / 100 + rng.normal(0, writer.wobble, piece.shape)
            if last is not None:
                points[0] = last
            last = points[-1]
            if len(points) == 2:  # a drawn straight line bows a little
                middle = points.mean(axis=0) + rng.normal(0, writer.wobble * 0.8, 2)
                points = np.vstack([points[0], middle, points[1]])
            way.append(smooth(points))
        stroke = np.vstack(way)
        x, y = stroke[:, 0] * writer.aspect, stroke[:, 1] - 0.5
        strokes.append(np.column_stack([x - lean * y - turn * y, y + turn * (x - 0.3) + 0.5]))
    return strokes


class InkLayer:
    """Ink on a sheet of ``width`` by ``height`` mm, drawn before it is laid over the print."""

    def __init__(self, width: float, height: float, px_per_mm: float) -> None:
        self._shape = (round(height * px_per_mm), round(width * px_per_mm))
        self._scale = px_per_mm * OVERSAMPLING
        self._mask = np.zeros((self._shape[0] * OVERSAMPLING, self._shape[1] * OVERSAMPLING), np.uint8)

    def stroke(self, points: Points, width: float) -> None:
        """Draws one pen stroke through points in mm."""
        pixels = np.round((points * self._scale - 0.5) * 16).astype(np.int32)
        thickness = max(1, round(width * self._scale))
        cv2.polylines(self._mask, [pixels], False, 255, thickness, cv2.LINE_AA, shift=4)

    def blot(self, points: Points) -> None:
        """Fills an outline in mm, as a bubble is filled."""
        pixels = np.round((points * self._scale - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(self._mask, [pixels], 255, cv2.LINE_AA, shift=4)

    def finish(self, writer: Writer, rng: np.random.Generator) -> Image:
        """How much of the paper is hidden at each pixel, 0..255: the pen presses unevenly."""
        height, width = self._shape
        mask = cv2.resize(self._mask, (width, height), interpolation=cv2.INTER_AREA)
        pressure = rng.uniform(0.8, 1.0, (height // 12, width // 12)).astype(np.float32) * writer.density
        even = cv2.resize(pressure, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.multiply(mask, even, dtype=cv2.CV_8U), dtype=np.uint8)


def write_character(
    ink: InkLayer, writer: Writer, rng: np.random.Generator, char: str, at: tuple[float, float], height: float
) -> None:
    """Writes one character of ``height`` mm with its upper left at ``at`` mm."""
    width = writer.pen_mm * float(rng.uniform(0.88, 1.12))
    for points in character(writer, char, rng):
        ink.stroke(points * height + np.array(at), width)


def text_width(writer: Writer, text: str, height: float) -> float:
    """How far a line of text of ``height`` mm reaches, in mm."""
    return sum(_advance(writer, char) for char in text) * height


def write_text(
    ink: InkLayer, writer: Writer, rng: np.random.Generator, text: str, at: tuple[float, float], height: float
) -> None:
    """Writes a line of capitals, digits and blanks with the upper left at ``at`` mm; the line drifts a little."""
    x, y = at
    drift = rng.normal(0, 0.015)
    for char in text:
        if char != " ":
            size = height * float(rng.uniform(0.92, 1.06))
            offset = rng.normal(0, 0.03) * height + (x - at[0]) * drift
            write_character(ink, writer, rng, char, (x, y + offset), size)
        x += _advance(writer, char) * height * float(rng.uniform(0.95, 1.05))


def write_in_box(ink: InkLayer, writer: Writer, rng: np.random.Generator, char: str, box: Box, guided: bool) -> None:
    """Writes one of ``0``-``9``, ``X``, ``-``, ``_`` (nothing) into a digit box; ``guided``: along a dotted guide."""
    if char == "_":
        return
    if char == "X":
        if writer.struck_zero:
            write_in_box(ink, writer, rng, "0", box, guided)
        _cross(ink, writer, rng, box)
        return
    height = min(box.h, box.w * 1.25) * writer.size * float(rng.uniform(0.93, 1.07))
    if guided and writer.segment:
        height = 0.68 * box.h
    if char == "-":
        height *= 0.8
    width = height * CELL_ASPECT * writer.aspect
    loose = 0.0 if guided and writer.segment else 0.045
    dx, dy = _scatter(rng, loose, (2,))
    right, below = (0.0, 0.0) if guided and writer.segment else writer.place
    x = box.x + (box.w - width) / 2 + (dx + right) * box.w
    y = box.y + (box.h - height) / 2 + (dy + below) * box.h
    write_character(ink, writer, rng, char, (x, y), height)


def fill_bubble(
    ink: InkLayer, writer: Writer, rng: np.random.Generator, centre: tuple[float, float], radius: float
) -> None:
    """Marks a bubble: filled more or less fully as with a marker, only in its middle, or with a tick."""
    if writer.bubble == "ticked":
        way = np.array([[-0.6, -0.1], [-0.15, 0.55], [0.95, -0.9]]) * radius + rng.normal(0, 0.08 * radius, (3, 2))
        ink.stroke(np.array(centre) + way, writer.pen_mm)
        return
    if writer.bubble == "half":
        radius *= float(rng.uniform(0.45, 0.7))
    angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    reach = radius * (rng.uniform(0.8, 1.02) + rng.normal(0, 0.06, angle.size))
    middle = np.array(centre) + rng.normal(0, 0.06 * radius, 2)
    ink.blot(middle + np.column_stack([np.cos(angle), np.sin(angle)]) * reach[:, None])
    turns = np.linspace(0, 2 * np.pi * 1.3, 20) + rng.uniform(0, 6)
    ring = np.column_stack([np.cos(turns), np.sin(turns)]) * radius * rng.uniform(0.8, 0.98)
    ink.stroke(middle + ring, writer.pen_mm)


def tally_bundle(ink: InkLayer, writer: Writer, rng: np.random.Generator, cell: Box, count: int) -> None:
    """Strokes of one tally cell: one to four upright, a fifth through them."""
    height, width = cell.h * rng.uniform(0.5, 0.68), cell.w * rng.uniform(0.42, 0.6)
    left = cell.x + (cell.w - width) / 2 + rng.normal(0, 0.05) * cell.w
    top = cell.y + (cell.h - height) / 2 + rng.normal(0, 0.06) * cell.h
    for i in range(min(count, 4)):
        x = left + width * (i + 0.5) / 4 + rng.normal(0, 0.25)
        lean = -writer.slant * height + rng.normal(0, 0.3)
        ink.stroke(np.array([[x - lean / 2, top + rng.normal(0, 0.4)], [x + lean / 2, top + height]]), writer.pen_mm)
    if count >= 5:
        rise = writer.bundle * height * 0.35
        y = top + height / 2 + rng.normal(0, 0.3)
        ends = [[left - 0.08 * width, y - rise], [left + 1.08 * width, y + rise]]
        ink.stroke(np.array(ends), writer.pen_mm)


def scribble(ink: InkLayer, writer: Writer, rng: np.random.Generator, box: Box) -> None:
    """A signature: a few loops in the box."""
    turns = float(rng.uniform(2, 6))
    angle = np.linspace(0, 2 * np.pi * turns, int(10 * turns)) + rng.uniform(0, 6)
    along = np.linspace(0.15, float(rng.uniform(0.6, 0.9)), angle.size)
    swing = cv2.resize(rng.uniform(0.05, 0.4, (1, 5)), (angle.size, 1), interpolation=cv2.INTER_LINEAR)[0]
    x = along + 0.6 * swing * np.cos(angle) + rng.normal(0, 0.01, angle.size)
    y = 0.5 + swing * np.sin(angle) + rng.normal(0, 0.02, angle.size)
    points = np.column_stack([box.x + np.clip(x, 0, 1) * box.w, box.y + np.clip(y, 0, 1) * box.h])
    ink.stroke(smooth(points), writer.pen_mm * 0.8)


def polyline(ink: InkLayer, writer: Writer, rng: np.random.Generator, corners: Sequence[tuple[float, float]]) -> None:
    """A line drawn by hand through the corners, as through the empty part of a table."""
    for start, end in itertools.pairwise(corners):
        middle = (np.array(start) + np.array(end)) / 2 + rng.normal(0, 0.8, 2)
        ink.stroke(smooth(np.array([start, middle, end])), writer.pen_mm)


def _advance(writer: Writer, char: str) -> float:
    """How far the next character starts from this one, in units of the height."""
    if char == " ":
        return 0.55
    narrow = "I.()" if writer.segment else "I1.()"  # the 1 of a segment display stands at the right of its cell
    return (0.7 if char in narrow else 0.88) * writer.aspect


def _scatter(rng: np.random.Generator, spread: float, shape: tuple[int, ...]) -> Points:
    """Normal scatter, cut at twice its spread: nobody writes into the box after next."""
    return np.clip(rng.normal(0, spread, shape), -2 * spread, 2 * spread)


def _cross(ink: InkLayer, writer: Writer, rng: np.random.Generator, box: Box) -> None:
    size = writer.cross_size * float(rng.uniform(0.93, 1.05))
    half_w, half_h = box.w * size / 2, box.h * size / 2
    x, y = np.array(box.centre) + _scatter(rng, 0.02, (2,)) * box.w
    for sign in (1, -1):
        ends = np.array([[x - half_w, y - sign * half_h], [x + half_w, y + sign * half_h]])
        ends += _scatter(rng, 0.03, (2, 2)) * box.w
        middle = ends.mean(axis=0) + rng.normal(0, 0.015, 2) * box.w
        ink.stroke(smooth(np.vstack([ends[0], middle, ends[1]])), writer.pen_mm)
