"""Ink: how strongly the pen covers each spot of a box, for any class, from public handwriting or drawn.

A mask is (96, 96) float32 in 0..1 on the geometry of ``crops``: the box is the square 9.6 to 86.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from crops import INSET, SIDE

HELD_OUT_SITES = ("tos", "gmd", "imp")
BOX = (1 - 2 * INSET) * SIDE
CENTRE = SIDE / 2 - 0.5
_FINE = 2
"""Strokes are drawn at twice the size and averaged down."""
_SEGMENTS = {  # seven-segment guide, corners numbered row by row from the upper left: 0 1 / 2 3 / 4 5
    "0": [[0, 1, 3, 5, 4, 2, 0]],
    "1": [[1, 3, 5]],
    "2": [[0, 1, 3, 2, 4, 5]],
    "3": [[0, 1, 3, 5, 4], [2, 3]],
    "4": [[0, 2, 3], [1, 3, 5]],
    "5": [[1, 0, 2, 3, 5, 4]],
    "6": [[1, 0, 2, 4, 5, 3, 2]],
    "7": [[0, 1, 3, 5]],
    "8": [[0, 1, 3, 5, 4, 2, 0], [2, 3]],
    "9": [[3, 2, 0, 1, 3, 5, 4]],
}

Mask = npt.NDArray[np.float32]
Strokes = list[npt.NDArray[np.float64]]
"""Pen paths, each (k, 2); a character spans -0.5..0.5 in its longer direction."""
Rng = np.random.Generator


@dataclass(frozen=True)
class Handwriting:
    """All handwriting that may be trained on, by character."""

    strokes: dict[str, list[Strokes]]
    bitmaps: dict[str, list[npt.NDArray[np.uint8]]]
    """Light on dark, cut to the ink."""


def _stroke_files(path: Path) -> list[tuple[str, Strokes]]:
    data = np.load(path, allow_pickle=False)
    points, ends, samples = data["points"], data["stroke_offsets"], data["sample_offsets"]
    found = []
    for index, (label, site) in enumerate(zip(data["labels"], data["source"], strict=True)):
        if str(site) in HELD_OUT_SITES:
            continue
        paths = [points[ends[s] : ends[s + 1]].astype(np.float64) for s in range(samples[index], samples[index + 1])]
        every = np.concatenate(paths)
        low, high = every.min(axis=0), every.max(axis=0)
        size = max(float((high - low).max()), 1.0)
        found.append((str(label), [(path - (low + high) / 2) / size for path in paths]))
    return found


def _cut_to_ink(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    rows, columns = np.flatnonzero(image.max(axis=1) > 64), np.flatnonzero(image.max(axis=0) > 64)
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def load_handwriting(shared: Path) -> Handwriting:
    """MNIST train, optdigits train and cv, UNIPEN without the held-out sites."""
    folder = shared / "digits"
    strokes: dict[str, list[Strokes]] = {}
    for name, wanted in (("unipen_digits", "0123456789"), ("unipen_upper", "X"), ("unipen_symbols", "-_+*")):
        for label, paths in _stroke_files(folder / f"{name}.npz"):
            if label in wanted:
                strokes.setdefault(label, []).append(paths)
    bitmaps: dict[str, list[npt.NDArray[np.uint8]]] = {str(digit): [] for digit in range(10)}
    for name, splits in (("mnist", ("train",)), ("optdigits_orig", ("train", "cv"))):
        data = np.load(folder / f"{name}.npz", allow_pickle=False)
        chosen = np.isin(data["split"], splits)
        images = data["images"][chosen]
        images = images * np.uint8(255 // int(images.max()))
        for image, label in zip(images, data["labels"][chosen], strict=True):
            bitmaps[str(label)].append(_cut_to_ink(image))
    return Handwriting(strokes, bitmaps)


def _shear(rng: Rng) -> npt.NDArray[np.float64]:
    """A mild change of hand: slant, aspect, turn."""
    slant, turn = rng.normal(0, 0.12), np.radians(rng.normal(0, 5))
    aspect = np.exp(rng.normal(0, 0.13))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    result: npt.NDArray[np.float64] = rotation @ np.array([[aspect, slant], [0, 1 / aspect]])
    return result


def pen_width(rng: Rng) -> float:
    """Width of a pen line in pixels of the mask: ball pen to marker in a box of 18 to 20 mm."""
    return float(np.clip(BOX * 0.042 * np.exp(rng.normal(0, 0.5)), 1.0, 11.0))


def halved(fine: npt.NDArray[np.uint8]) -> Mask:
    """A drawing of twice the size as a mask."""
    small = cv2.resize(fine, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32) / np.float32(255)


def draw_paths(paths: Strokes, width: float) -> Mask:
    """Draw pen paths given in pixels of the mask."""
    canvas = np.zeros((SIDE * _FINE, SIDE * _FINE), np.uint8)
    for path in paths:
        fixed = np.round((path + 0.5) * _FINE * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(canvas, [fixed], False, 255, max(1, round(width * _FINE)), cv2.LINE_AA, 4)
    return halved(canvas)


def _place(paths: Strokes, rng: Rng, size: float) -> Strokes:
    """Put a character of ``size`` pixels (longer side) somewhere it fits, at times a little outside."""
    turn = _shear(rng)
    moved = [path @ turn.T * size for path in paths]
    every = np.concatenate(moved)
    low, high = every.min(axis=0), every.max(axis=0)
    slack = np.maximum(BOX - (high - low), 0.12 * BOX) / 2
    at = CENTRE + np.clip(rng.normal(0, 0.45, 2), -1, 1) * slack
    return [path - (low + high) / 2 + at for path in moved]


def _smooth(path: npt.NDArray[np.float64], rng: Rng, wobble: float) -> npt.NDArray[np.float64]:
    """Resample a coarse path and let the hand tremble with long waves."""
    steps = np.linspace(0, len(path) - 1, 12 * (len(path) - 1) + 1)
    fine = np.stack([np.interp(steps, np.arange(len(path)), path[:, axis]) for axis in (0, 1)], axis=1)
    phase = rng.uniform(0, 2 * np.pi, (2, 2))
    waves = sum(np.sin(steps[:, None] * (k + 1) * 1.3 + phase[k]) for k in (0, 1))
    result: npt.NDArray[np.float64] = fine + wobble * np.asarray(waves)
    return result


def _segment_digit(label: str, rng: Rng) -> Strokes:
    """A digit traced on the printed guide of seven segments."""
    width, height = BOX * rng.uniform(0.32, 0.58), BOX * rng.uniform(0.55, 0.85)
    corners = np.array([[x, y] for y in (-0.5, 0, 0.5) for x in (-0.5, 0.5)]) * (width, height)
    corners[2:4, 1] += height * rng.normal(0, 0.04)
    at = CENTRE + rng.normal(0, 0.05 * BOX, 2)
    drawn = []
    for path in _SEGMENTS[label]:
        knots = corners[path] + rng.normal(0, 0.025 * BOX, (len(path), 2))
        drawn.append(
            _smooth(knots, rng, 0.006 * BOX) @ _shear(rng).T if rng.random() < 0.2 else _smooth(knots, rng, 0.4)
        )
    shift = BOX * (0.2 * rng.uniform(-1, 1) if label == "1" else 0)
    return [path + at + (shift, 0) for path in drawn]


def _flagged_one(rng: Rng, size: float) -> Strokes:
    """A 1 with a flag, a foot or both, as many Indonesian writers make it and few public sets show."""
    top, foot = np.array([0.0, -0.5]), np.array([rng.normal(0, 0.03), 0.5])
    flag = np.array([[-rng.uniform(0.12, 0.4), -0.5 + rng.uniform(0.08, 0.4)], top])
    base = foot + np.array([[-rng.uniform(0.12, 0.35), 0.0], [rng.uniform(0.12, 0.35), rng.normal(0, 0.03)]])
    stem = np.stack([top, foot])
    kind = rng.random()
    paths = [np.concatenate([flag, stem[1:]])] if kind < 0.85 else [stem]
    if kind > 0.3:
        paths.append(base)
    return _place([_smooth(path, rng, 0.008) for path in paths], rng, size)


def draw_digit(label: str, hand: Handwriting, rng: Rng) -> Mask:
    """A digit: pen strokes redrawn, a bitmap scaled, or traced on the guide."""
    size = BOX * float(np.clip(rng.normal(0.66, 0.14), 0.28, 1.0))
    kind = rng.random()
    if label == "1" and kind < 0.3:
        return draw_paths(_flagged_one(rng, size), pen_width(rng))
    if kind < 0.2:
        return draw_paths(_segment_digit(label, rng), pen_width(rng))
    if kind < 0.6:
        written = hand.strokes[label]
        return draw_paths(_place(written[rng.integers(len(written))], rng, size), pen_width(rng))
    bitmap = hand.bitmaps[label][rng.integers(len(hand.bitmaps[label]))]
    height, width = bitmap.shape
    if rng.random() < 0.5:
        # a finer or a bolder pen: grow the bitmap first, so that one pixel is a small step
        bitmap = np.asarray(cv2.resize(bitmap, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        change = cv2.dilate if rng.random() < 0.35 else cv2.erode
        bitmap = np.asarray(change(bitmap, kernel, iterations=int(rng.integers(1, 3))), dtype=np.uint8)
        scale = size / max(height, width) / 3
    else:
        scale = size / max(height, width)
    matrix = _shear(rng) * scale
    span = np.abs(matrix) @ (bitmap.shape[1], bitmap.shape[0])
    slack = np.maximum(BOX - span, 0.12 * BOX) / 2
    at = CENTRE + np.clip(rng.normal(0, 0.45, 2), -1, 1) * slack
    offset = at - matrix @ ((bitmap.shape[1] - 1) / 2, (bitmap.shape[0] - 1) / 2)
    affine = np.concatenate([matrix, offset[:, None]], axis=1)
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    mask = cv2.warpAffine(bitmap, affine, (SIDE, SIDE), flags=flags)
    return np.clip(np.asarray(mask, dtype=np.float32) / 230, 0, 1)


def _diagonals(rng: Rng) -> Strokes:
    """A cross as people strike a box out: small to far over the border, curved, doubled."""
    half = BOX / 2 * (rng.uniform(0.3, 1.0) if rng.random() < 0.5 else rng.uniform(0.85, 1.2))
    wide = float(np.clip(rng.normal(1, 0.15), 0.6, 1.3))
    at = CENTRE + rng.normal(0, 0.05 * BOX, 2)
    drawn = []
    for direction in (1, -1):
        for _ in range(1 if rng.random() < 0.85 else 2):
            ends = np.array([[-wide * direction, -1], [wide * direction, 1]]) * half
            ends = ends + rng.normal(0, 0.08 * BOX, (2, 2))
            middle = ends.mean(axis=0, keepdims=True) + rng.normal(0, 0.05 * BOX, (1, 2))
            drawn.append(_smooth(np.concatenate([ends[:1], middle, ends[1:]]), rng, 0.006 * BOX) + at)
    if rng.random() < 0.08:  # one more line through it all
        drawn.append(_smooth(rng.uniform(-half, half, (2, 2)), rng, 0.5) + at)
    if rng.random() < 0.12:  # both diagonals without lifting the pen
        drawn = [np.concatenate(drawn)]
    return drawn


def draw_cross(hand: Handwriting, rng: Rng) -> Mask:
    """A box struck out: drawn diagonals, a written X, a star, or a zero with a cross over it."""
    kind, width = rng.random(), pen_width(rng)
    if kind < 0.55:
        return draw_paths(_diagonals(rng), width)
    if kind < 0.72:
        zero = draw_digit("0", hand, rng)
        return np.maximum(zero, draw_paths(_diagonals(rng), width))
    letter = "X" if kind < 0.92 else "+" if kind < 0.96 else "*"
    written = hand.strokes[letter]
    paths = written[rng.integers(len(written))]
    if letter == "+":
        turn = np.radians(45 + rng.normal(0, 6))
        paths = [path @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) for path in paths]
    return draw_paths(_place(paths, rng, BOX * float(np.clip(rng.normal(0.7, 0.18), 0.3, 1.15))), width)


def draw_dash(hand: Handwriting, rng: Rng) -> Mask:
    """A dash: one line that lies, short or through the whole box."""
    width = pen_width(rng)
    if rng.random() < 0.5:
        written = hand.strokes["-" if rng.random() < 0.75 else "_"]
        size = BOX * rng.uniform(0.15, 0.9)
        turn = _shear(rng)
        at = CENTRE + rng.normal(0, 0.06 * BOX, 2)
        paths = [path @ turn.T * size + at for path in written[rng.integers(len(written))]]
    else:
        half = BOX / 2 * rng.uniform(0.12, 1.1)
        rise = half * np.tan(np.radians(rng.normal(0, 7)))
        knots = np.array([[-half, rise], [0, rng.normal(0, 0.04 * BOX)], [half, -rise]])
        at = CENTRE + rng.normal(0, (0.05 * BOX, 0.1 * BOX))
        paths = [_smooth(knots, rng, 0.006 * BOX) + at]
        if rng.random() < 0.08:
            paths.append(paths[0] + (0, rng.uniform(0.08, 0.25) * BOX))
    return draw_paths(paths, width)


def draw_intruder(rng: Rng) -> Mask:
    """Ends of strokes that belong to a neighbour: they come in over the border and soon stop."""
    drawn = []
    for _ in range(int(rng.integers(1, 4))):
        turn = rng.integers(4) * np.pi / 2
        inward = rng.uniform(-0.1, 0.16 if rng.random() < 0.8 else 0.3) * BOX
        start = np.array([-BOX * 0.75, rng.uniform(-0.6, 0.6) * BOX])
        end = np.array([-BOX / 2 + inward, start[1] + rng.normal(0, 0.2 * BOX)])
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        drawn.append(_smooth(np.stack([start, end]), rng, 0.01 * BOX) @ rotation.T + CENTRE)
    return draw_paths(drawn, pen_width(rng))


def draw_class(label: str, hand: Handwriting, rng: Rng) -> Mask:
    """What a writer of class ``label`` puts into the box; nothing for ``_``."""
    if label == "_":
        return np.zeros((SIDE, SIDE), np.float32)
    if label == "X":
        return draw_cross(hand, rng)
    if label == "-":
        return draw_dash(hand, rng)
    return draw_digit(label, hand, rng)
