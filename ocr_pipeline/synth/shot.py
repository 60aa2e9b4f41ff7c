"""How a photo is taken: the viewpoint and every fault as numbers, drawn for a severity or set one by one.

Severity 0 is a sheet laid flat in good light, 4 a photo that a person reads with effort. How far each fault
goes at each step stands in ``config.SynthSettings``; ``dataclasses.replace`` sets a single one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr_pipeline.config import SYNTH, SynthSettings
from ocr_pipeline.warp import Points


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One way to take a photo. The viewpoint is fixed; of light and lens, chance draws within these bounds."""

    pitch_deg: float
    yaw_deg: float
    roll_deg: float
    """In the plane of the photo, clockwise."""
    bend_mm: Points
    """(6, 2): coefficients of the curl, see ``camera.View``."""
    aspect: float
    """Short side of the photo over its long one."""
    margin_share: float
    """Background around the sheet, share of the photo; below 0 the sheet's own margin is cut."""
    offset: tuple[float, float]
    """Where in the room that is left the sheet lies: -1 leftmost or topmost, 1 the opposite."""
    cut_share: tuple[float, float, float, float]
    """Share of the sheet that lies outside the picture at left, top, right, bottom, before quarter turns."""
    quarter_turns: int
    """Clockwise, of the finished photo."""
    most_folds: int
    """In each direction."""
    crease: float
    taped_share: float
    tape_reach_mm: float
    uneven: float
    shadow_share: float
    shadow_depth: float
    exposure: tuple[float, float]
    haze: float
    cast: float
    blur_px: tuple[float, float]
    motion_px: float
    noise: float
    sharpen: float
    resent_share: float
    moire_share: float
    moire_depth: float
    jpeg_quality: tuple[int, int]


def invent_shot(severity: int, rng: np.random.Generator, settings: SynthSettings = SYNTH) -> Shot:
    """A way to take a photo: viewpoint and framing are drawn, the other faults may go as far as the severity says.

    Args:
        severity: 0..4.
        rng: where chance comes from.
        settings: how far each fault goes at each severity.
    """
    tilt = settings.tilt_deg[severity]
    pitch, yaw, roll = rng.uniform(-1, 1, 3) * (tilt, tilt, settings.roll_deg[severity])
    bend_mm = rng.uniform(-1, 1, (6, 2)) * settings.bend_mm[severity] / 2
    aspect = float(rng.choice([3 / 4, 2 / 3, 9 / 16], p=[0.5, 0.3, 0.2]))
    margin = rng.uniform(settings.margin_share[severity][0], settings.margin_share[severity][1])
    offset = rng.uniform(-0.7, 0.7, 2)
    turned = rng.random() < settings.turned_share[severity]
    return Shot(
        pitch_deg=pitch,
        yaw_deg=yaw,
        roll_deg=roll,
        bend_mm=bend_mm,
        aspect=aspect,
        margin_share=margin,
        offset=(offset[0], offset[1]),
        cut_share=(0.0, 0.0, 0.0, 0.0),
        quarter_turns=int(rng.integers(1, 4)) if turned else 0,
        most_folds=1 + severity // 2,
        crease=settings.crease[severity],
        taped_share=settings.taped_share[severity],
        tape_reach_mm=settings.tape_reach_mm[severity],
        uneven=settings.uneven[severity],
        shadow_share=settings.shadow_share[severity],
        shadow_depth=settings.shadow_depth[severity],
        exposure=settings.exposure[severity],
        haze=settings.haze[severity],
        cast=settings.cast[severity],
        blur_px=settings.blur_px[severity],
        motion_px=settings.motion_px[severity],
        noise=settings.noise[severity],
        sharpen=settings.sharpen[severity],
        resent_share=settings.resent_share[severity],
        moire_share=settings.moire_share[severity],
        moire_depth=settings.moire_depth,
        jpeg_quality=settings.jpeg_quality[severity],
    )
