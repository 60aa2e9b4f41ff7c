"""Synthetic photos and the benchmark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SynthSettings:
    """How synthetic photos are made; tuples have one entry per severity, 0 to 4."""

    severities: int = 5
    long_side_px: int = 1600
    """As sent by chat programs; 214 photos of 2020 are about 1000 x 1500."""
    sheet_oversampling: float = 1.35
    """Resolution of the drawn sheet over that of the photo, so that the warp does not blur."""
    tilt_deg: tuple[float, ...] = (1.0, 4.0, 9.0, 15.0, 22.0)
    roll_deg: tuple[float, ...] = (0.5, 2.0, 4.0, 8.0, 14.0)
    bend_mm: tuple[float, ...] = (0.0, 1.0, 2.0, 3.5, 5.0)
    """Curl; up to 5 mm was measured on photos of 2020 and 2024."""
    margin_share: tuple[tuple[float, float], ...] = (
        (0.01, 0.03),
        (0.0, 0.05),
        (-0.01, 0.08),
        (-0.02, 0.12),
        (-0.03, 0.16),
    )
    """Background around the sheet, share of the photo; below 0 the sheet's own margin is cut."""
    turned_share: tuple[float, ...] = (0.0, 0.0, 0.0, 0.1, 0.2)
    """Photos turned by a quarter, half or three quarters."""
    taped_share: tuple[float, ...] = (0.0, 0.2, 0.35, 0.5, 0.5)
    tape_reach_mm: tuple[float, ...] = (26.0, 26.0, 28.0, 40.0, 60.0)
    """How far tape reaches into the sheet; the corner marks begin at 40 mm and 58 mm."""
    uneven: tuple[float, ...] = (0.01, 0.04, 0.07, 0.1, 0.14)
    shadow_share: tuple[float, ...] = (0.0, 0.25, 0.5, 0.7, 0.9)
    shadow_depth: tuple[float, ...] = (0.2, 0.35, 0.45, 0.6, 0.7)
    exposure: tuple[tuple[float, float], ...] = ((0.92, 1.0), (0.8, 1.02), (0.58, 0.86), (0.52, 1.0), (0.45, 1.06))
    haze: tuple[float, ...] = (8.0, 25.0, 18.0, 35.0, 50.0)
    """Grey levels by which black is lifted: lens flare, cheap cameras."""
    cast: tuple[float, ...] = (0.01, 0.03, 0.06, 0.1, 0.14)
    crease: tuple[float, ...] = (0.01, 0.04, 0.07, 0.1, 0.14)
    blur_px: tuple[tuple[float, float], ...] = ((0.3, 0.5), (0.4, 0.8), (0.4, 1.0), (0.7, 1.4), (0.9, 1.8))
    """Standard deviation of the focus blur."""
    motion_px: tuple[float, ...] = (0.0, 0.0, 1.8, 3.0, 4.0)
    noise: tuple[float, ...] = (0.8, 2.0, 2.4, 5.0, 7.0)
    """Standard deviation, grey levels."""
    sharpen: tuple[float, ...] = (0.0, 0.0, 1.0, 1.2, 1.5)
    """Most that a phone adds to edges; leaves light rims along dark lines."""
    resent_share: tuple[float, ...] = (0.0, 0.0, 0.5, 0.6, 0.7)
    """Photos that a chat program made smaller and compressed once more."""
    moire_share: tuple[float, ...] = (0.0, 0.0, 0.04, 0.08, 0.15)
    """Photos of a screen or a print."""
    moire_depth: float = 0.06
    jpeg_quality: tuple[tuple[int, int], ...] = ((88, 95), (80, 92), (68, 88), (55, 80), (45, 70))
    fluid_share: float = 0.0015
    """Of digits that were changed under correction fluid. On sheets of 2020, 1.5 % of the numbers were changed."""
    overwritten_share: float = 0.003
    struck_share: float = 0.0015
    leaving_share: float = 0.01
    """Of digits that do not keep to their box."""
    forgotten_bubbles: float = 0.01
    """Share of numbers whose bubbles nobody filled."""


@dataclass(frozen=True, slots=True)
class BenchmarkSettings:
    """How a benchmark groups its photos."""

    large_megapixels: float = 8.0
    """Photos from here on count as large in the table of times (phones take 8 to 12)."""
    thresholds: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
    """Of acceptance, for the curves."""
    reliability_edges: tuple[float, ...] = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999, 1.0)
    """Of the bins of the reliability diagram; most numbers are read very surely."""
    worst_numbers: int = 24
    """Numbers shown with a picture: accepted though wrong first, then wrong and surest."""
    worst_photos: int = 12
    """Photos shown that were refused or taken for another page."""
    picture_px: int = 420
    """Long side of a photo shown."""


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """How much room a floor leaves beside the interval of a share."""

    least_n: int = 8
    """A share of fewer says nothing when one of them changes; it gets no floor."""
    calibration_room: float = 0.01
    """Added to the calibration error that was measured."""
    risk_factor: float = 2.0
    risk_room: float = 0.0005
    """The share of accepted numbers that is wrong by the program's own word may grow so many times, and by so much."""


@dataclass(frozen=True, slots=True)
class AgainstSettings:
    """How boxes are cut for other readers."""

    side_px: int = 64
    """Of a box; letters about 40 high are what Tesseract reads best."""
    rim_share: float = 0.1
    """Of the box, cut away at each side: its printed border."""


SYNTH = SynthSettings()
BENCHMARK = BenchmarkSettings()
FLOOR = FloorSettings()
AGAINST = AgainstSettings()
