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
    """What a photo must show to be read.

    Measured on 186 real photos of six forms (776 numbers) and on copies of them made darker, noisier, smaller,
    blurred, cut off and blown out, with the page as it was found on the original; chosen on one half of the
    sheets and checked on the other. Shares are of the numbers that are read right, in the one half / the other.
    """

    least_shown: float = 0.95
    """Share of a box in the picture. Of less 21 % / 63 % are right, by luck of the pixels that are repeated;
    on the originals every box is wholly in the picture."""
    least_box_px: float = 8.0
    """Shorter side of a box. Of smaller ones 28 % / 31 % are right and 4 of 18 accepted numbers are wrong; from
    8 to 9 px 59 % / 65 %, and none of 39. The smallest on an original has 14 px."""
    least_clarity: float = 1.5
    """Print against noise. Of less 32 % / 30 % are right and 1 of 223 accepted numbers is wrong; from 1.5 to 2
    75 % / 70 %, and none of 287. The least on an original has 2.9."""
    most_glare: float = 0.3
    """Share of a box that is blown out. Of more 27 % / 21 % are right, of less 87 % / 90 % as without any.
    The most on an original is 0.01."""
    most_edge_px: float = 4.5
    """Width of the sharpest edges; asked only where nothing was found, as pages that are found read at any
    blur: beyond 6 px 28 % / 56 %, with none of 23 accepted numbers wrong. At 4.1 px three of 24 sheets are not
    found, at 5 eleven. The widest on an original is 3.9."""
    least_side_px: int = 700
    """Longer side of a photo; asked only where nothing was found. At 460 px nine of 24 sheets are not found, at
    540 four, at 900 none."""
    least_light: float = 25.0
    """Grey level of the paper; asked only where nothing was found. At 21 ten of 25 sheets are not found, at 31
    one is. The darkest original has 104."""
    most_noise: float = 0.1
    """In parts of the light; asked only where nothing was found. At 0.13 eleven of 25 sheets are not found, at
    0.07 one of 20. The noisiest original has 0.06 and is read."""
    least_gradient: float = 2.0
    """Slope of the strongest edges; a picture without any shows nothing that could be blurred."""


QUALITY = QualitySettings()
LEGIBILITY = LegibilitySettings()
