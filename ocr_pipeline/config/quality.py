"""How the quality of a photo is measured, and what reading needs of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QualitySettings:
    """Where a photo's quality is measured, in pixels of the decoded photo."""

    tile_px: int = 96
    tiles: int = 4
    """Light, noise and sharpness are taken from so many tiles along each side."""
    block_px: int = 16
    """Noise is measured in blocks of a tile: the quietest quarter of the lit ones is plain paper."""
    lit: float = 0.6
    """Of the brightest blocks; darker ones are background or shadow."""
    light_percentile: float = 90.0
    edge_percentile: float = 98.0
    """Pixels whose gradient is stronger are edges."""
    edge_window_px: int = 9
    edge_samples: int = 9
    """Samples along the level edges of a box."""
    edge_reach: float = 0.22
    """How far beside an edge it is compared with the paper, in parts of the box's height."""
    edge_inner: float = 0.1
    """Within this the printed line is looked for, beyond it the paper."""
    edge_step: float = 0.02
    sheet_step_mm: float = 10.0
    """Pitch of the points at which the sheet is looked for in the picture."""
    blown: int = 250
    """Grey level at which a pixel shows light and no print."""
    glare_light: float = 235.0
    """Where the paper itself is brighter than this (scans, pictures cleaned by an app) white is no glare."""
    rounding: float = 1.5
    """Noise in grey levels that rounding and JPEG add, or hide: dark photos are too coarse to show their own."""


@dataclass(frozen=True, slots=True)
class LegibilitySettings:
    """What a photo must show to be read."""

    least_shown: float = 0.95
    least_box_px: float = 8.0
    least_clarity: float = 2.0
    most_glare: float = 0.1
    least_side_px: int = 700
    least_light: float = 25.0
    most_edge_px: float = 5.0
    most_noise: float = 0.2
    least_gradient: float = 2.0


QUALITY = QualitySettings()
LEGIBILITY = LegibilitySettings()
