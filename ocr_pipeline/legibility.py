"""How well a photo shows its sheet, as numbers, and what it must show to be read.

``photo.quality`` measures the numbers, the functions here decide on them and nothing else does.

The thresholds and what they were measured on stand in ``config.quality``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from ocr_pipeline.config import LEGIBILITY, LegibilitySettings


@dataclass(frozen=True, slots=True)
class PhotoQuality:
    """How good a photo is, whatever it shows; all in the decoded photo."""

    light: float
    """Grey level of the brightest large parts: paper, or what is taken for it."""
    noise: float
    """Standard deviation on even parts, grey levels."""
    edge_px: float
    """Width of the strong edges; 2 to 4 pixels are sharp."""
    gradient: float
    """Slope of the strong edges, grey levels per pixel; next to none where a photo shows nothing."""


@dataclass(frozen=True, slots=True)
class FieldQuality:
    """How well the boxes of one number are to be seen."""

    shown: float
    """Share of the least shown box that lies in the picture, 0..1."""
    box_px: float
    """Shorter side of its boxes in the decoded photo."""
    clarity: float
    """How far print stands out from the paper there, in units of the noise."""
    glare: float
    """Share of the worst box that is blown out, 0..1."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a photo shows a page and its fields."""

    photo: PhotoQuality
    contrast: float
    """How much darker printed lines are than the paper, in parts of the paper's level."""
    cover: float
    """Share of the sheet that lies in the picture."""
    cut_off: tuple[float, float, float, float]
    """Share of the sheet's width or height that is missing at its left, upper, right and lower edge."""
    fields: Mapping[str, FieldQuality]
    beside: float = 0.0
    """Ruled lines seen beside the sheet, in parts of those seen on it; a second sheet shows 0.4 and more."""


class Fault(enum.StrEnum):
    """What is wrong with the picture of a field, or of a whole photo."""

    OUT_OF_FRAME = "out of frame"
    TOO_SMALL = "too small"
    TOO_DARK = "too dark"
    GRAINY = "grainy"
    BLURRED = "blurred"
    GLARE = "glare"


def field_fault(field: FieldQuality, settings: LegibilitySettings = LEGIBILITY) -> Fault | None:
    """Why the number of a field may not be used unseen; None where its picture is good enough."""
    if not field.shown >= settings.least_shown:  # so that NaN counts as a fault
        return Fault.OUT_OF_FRAME
    if not field.box_px >= settings.least_box_px:
        return Fault.TOO_SMALL
    if not field.glare <= settings.most_glare:
        return Fault.GLARE
    if not field.clarity >= settings.least_clarity:
        return Fault.TOO_DARK
    return None


def photo_fault(photo: PhotoQuality, long_side_px: int, settings: LegibilitySettings = LEGIBILITY) -> Fault | None:
    """Why nothing could be found in a photo; None where its quality does not explain it.

    Only for photos that were not read: many a photo beyond these thresholds reads well.
    """
    if photo.light < settings.least_light:
        return Fault.TOO_DARK
    if long_side_px < settings.least_side_px:
        return Fault.TOO_SMALL
    if photo.noise > settings.most_noise * photo.light:
        return Fault.GRAINY
    if photo.gradient >= settings.least_gradient and photo.edge_px > settings.most_edge_px:
        return Fault.BLURRED
    return None
