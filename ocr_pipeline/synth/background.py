"""What a sheet hangs on or lies on: a wall, a tarpaulin, wood, a banner with large letters."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ocr_pipeline.warp import Image

COARSE = 4
"""Backgrounds are drawn at a quarter of the photo's size: they are out of focus anyway."""


def draw_background(rng: np.random.Generator, height: int, width: int) -> Image:
    """One of several backgrounds as a colour picture, shape (height, width, 3), blue, green, red."""
    rows, columns = -(-height // COARSE), -(-width // COARSE)
    kinds: tuple[Callable[[np.random.Generator, int, int], Image], ...] = (_wall, _tarpaulin, _wood, _banner)
    picture = kinds[int(rng.choice(len(kinds), p=[0.4, 0.2, 0.2, 0.2]))](rng, rows, columns)
    grain = rng.normal(0, 3, (rows, columns, 1))
    rough = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(rough, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _plain(rng: np.random.Generator, rows: int, columns: int, colour: tuple[float, ...], spread: float) -> Image:
    cloud = cv2.resize(rng.normal(0, spread, (5, 4)), (columns, rows), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.array(colour) + cloud[:, :, None], 0, 255).astype(np.uint8)


def _wall(rng: np.random.Generator, rows: int, columns: int) -> Image:
    tone = float(rng.uniform(90, 215))
    return _plain(rng, rows, columns, (tone * rng.uniform(0.8, 1.02), tone * rng.uniform(0.94, 1.02), tone), 7)


def _tarpaulin(rng: np.random.Generator, rows: int, columns: int) -> Image:
    colour = ((150, 70, 20), (60, 110, 30), (40, 40, 160), (30, 130, 200))[int(rng.integers(4))]
    picture = _plain(rng, rows, columns, colour, 14).astype(np.float32)
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    folds = np.sin(x * rng.uniform(0.02, 0.08) + y * rng.uniform(-0.03, 0.03) + rng.uniform(0, 6))
    return np.clip(picture * (1 + 0.15 * folds[:, :, None]), 0, 255).astype(np.uint8)


def _wood(rng: np.random.Generator, rows: int, columns: int) -> Image:
    tone = rng.normal(0, 12, (1, columns)) + rng.normal(0, 3, (rows, columns))
    grain = cv2.GaussianBlur(tone, (0, 0), sigmaX=1.5, sigmaY=9)
    return np.clip(np.array([55, 85, 135]) * rng.uniform(0.6, 1.3) + grain[:, :, None] * 3, 0, 255).astype(np.uint8)


def _banner(rng: np.random.Generator, rows: int, columns: int) -> Image:
    """Large dark letters behind the sheet, which must not pass for marks or rules."""
    picture = _plain(rng, rows, columns, (205, 208, 212), 6)
    size = columns / 90
    for i in range(4):
        text = "".join(rng.choice(list("AEMNPTKUS2024"), 6))
        y = int(rows * (i + 0.6) / 4 + rng.normal(0, 8))
        cv2.putText(picture, text, (int(rng.integers(-40, 10)), y), cv2.FONT_HERSHEY_DUPLEX, size, (40, 40, 45), 9)
    return picture
