"""Digits that were changed: under correction fluid, written over, or struck out with the new one and a paraf beside."""

from __future__ import annotations

import enum
from dataclasses import replace

import numpy as np

from ocr_pipeline.config import SYNTH, SynthSettings
from ocr_pipeline.forms import Box
from ocr_pipeline.synth.handwriting import InkLayer, Writer, polyline, scribble, write_in_box


class Correction(enum.StrEnum):
    """How a digit was changed."""

    FLUID = "fluid"
    OVERWRITTEN = "overwritten"
    STRUCK = "struck"


def invent_correction(rng: np.random.Generator, settings: SynthSettings = SYNTH) -> Correction | None:
    """Whether a digit was changed, and how; None for nearly all."""
    drawn = float(rng.random())
    for correction, share in zip(
        Correction, (settings.fluid_share, settings.overwritten_share, settings.struck_share), strict=True
    ):
        if drawn < share:
            return correction
        drawn -= share
    return None


def write_changed(
    ink: InkLayer, writer: Writer, rng: np.random.Generator, correction: Correction, char: str, box: Box, guided: bool
) -> Box | None:
    """Writes a digit that stood for another one before; returns the patch of fluid under it, if any."""
    if correction is Correction.FLUID:
        write_in_box(ink, writer, rng, char, box, guided)
        return Box(box.x - 1, box.y + 0.1 * box.h, box.w + 1.5, 0.8 * box.h)
    before = str((int(char) + int(rng.integers(1, 10))) % 10)
    write_in_box(ink, writer, rng, before, box, guided)
    if correction is Correction.OVERWRITTEN:
        pressed = replace(
            writer, pen_mm=writer.pen_mm * float(rng.uniform(1.6, 2.3)), size=min(0.85, writer.size * 1.1)
        )
        write_in_box(ink, pressed, rng, char, box, guided)
        return None
    rise = float(rng.uniform(0.2, 0.5)) * box.h
    for shift in (0.0, 0.12 * box.h)[: int(rng.integers(1, 3))]:
        ends = [
            (box.x + 0.1 * box.w, box.centre[1] + rise / 2 + shift),
            (box.x + 0.9 * box.w, box.centre[1] - rise / 2),
        ]
        polyline(ink, writer, rng, [ends[0], (ends[1][0], ends[1][1] + shift)])
    above = Box(box.x + 0.35 * box.w, box.y - 0.5 * box.h, 0.7 * box.w, 0.7 * box.h)
    write_in_box(ink, writer, rng, char, above, False)
    scribble(ink, writer, rng, Box(box.x + 0.3 * box.w, box.y + 0.8 * box.h, 0.8 * box.w, 0.5 * box.h))
    return None


def leaving(box: Box, rng: np.random.Generator) -> Box:
    """Where a digit stands that does not keep to its box: larger, and over one of its sides."""
    grown = float(rng.uniform(1.1, 1.45))
    right, below = rng.uniform(-0.22, 0.22, 2)
    width, height = box.w * grown, box.h * grown
    x, y = box.centre[0] - width / 2 + right * box.w, box.centre[1] - height / 2 + below * box.h
    return Box(float(x), float(y), width, height)
