"""The ladder of synthetic pages by which registration is measured, and the peers it is measured against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """One fault at a time rises over an ordinary photo, which has the other faults of ``base_severity``."""

    base_severity: int = 1
    view_deg: tuple[float, ...] = (0.0, 15.0, 25.0, 35.0, 45.0)
    """Angle between the line of sight and the upright on the sheet, towards any side."""
    turn_deg: tuple[float, ...] = (0.0, 15.0, 30.0, 45.0, 90.0, 135.0, 180.0, 270.0)
    """Turn in the plane of the photo."""
    curl_share: tuple[float, ...] = (0.0, 0.004, 0.008, 0.0125, 0.017)
    """As ``SynthSettings.bend_mm``, in parts of the sheet's width; 0.008 was measured on photos of 2020 and 2024."""
    exposure: tuple[float, ...] = (1.0, 0.5, 0.25, 0.12, 0.06)
    """Light on the sensor; 1 is a bright photo."""
    dark_noise: float = 4.0
    """Noise of the sensor in grey levels, however little light falls on it."""
    blur_px: tuple[float, ...] = (0.5, 1.0, 2.0, 3.0, 4.0)
    """Standard deviation of the blur on a photo ``long_side_px`` long."""
    cut_share: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4)
    """Share of the sheet outside the picture, at one side."""
    width_px: tuple[int, ...] = (1200, 960, 720, 600, 480)
    """Short side of the photo."""
    width_aspect: float = 0.75
    """Short over long side of the photos that are made smaller."""
    long_side_px: int = 1600
    off_widths: float = 0.25
    """Box centres further off than this, in box widths, count as inexact ..."""
    wrong_widths: float = 0.5
    """... and further than this as wrong: the crop then shows the neighbour, or the gap."""
    chunk_pages: int = 4
    """Pages handed to a worker, and written, at a time."""


@dataclass(frozen=True, slots=True)
class PeerSettings:
    """Registration by local features as comparable programs do it."""

    reference_side_px: int = 1600
    """Long side of the drawn blank sheet the photo is matched with."""
    ratio: float = 0.75
    """Of the distances of the nearest and the second feature (Lowe 2004)."""
    ransac_px: float = 5.0
    least_inliers: int = 15
    """A homography of fewer matches is refused; four matches, the fewest, always make one."""


LADDER = LadderSettings()
PEERS = PeerSettings()
