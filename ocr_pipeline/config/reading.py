"""Thresholds of the witnesses that read a box."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DigitSettings:
    """How a digit box is brought to one brightness before the net sees it."""

    side_px: int = 48
    """Side of a crop, printed border and 10 % margin included."""
    paper_percentile: float = 75.0
    """Grey level taken as paper: border and a heavy X darken at most about half of a crop."""
    ink_percentile: float = 3.0
    """Grey level taken as full ink: the printed border alone covers more of a crop."""
    min_contrast: float = 12.0
    """Least grey levels between paper and ink; below, there is only noise."""
    overshoot: float = 0.5
    """How far beyond paper and ink a pixel may go before it is clipped."""


@dataclass(frozen=True, slots=True)
class BubbleSettings:
    """When a bubble counts as filled."""

    inner: float = 0.7
    """Part of the radius that is looked at: within the printed ring."""
    samples: int = 7
    """Samples across a bubble."""
    least_filled: float = 0.18
    """How much darker than its column's median a filled bubble is at least; the digits printed in
    empty ones differ by less than 0.08."""
    most_second: float = 0.5
    """How dark the second darkest may be, in parts of the darkest."""
    trust: float = 0.98
    """Probability of a clear column of bubbles being what was meant; a form in 50 has one mistaken."""


@dataclass(frozen=True, slots=True)
class InkSettings:
    """What ink digits take, measured on 2,154 digits of photos of 2020."""

    inner_from: float = 1 / 6
    """Where the box's inside begins, in parts of the crop: within the printed border."""
    usual_ink: tuple[float, ...] = (0.182, 0.130, 0.188, 0.187, 0.176, 0.190, 0.192, 0.171, 0.225, 0.203)
    """Mean darkness of the inside for 0..9, in parts of the darkest ink. A 1 is a bare stroke of 0.108 or has flag and
    foot: its figure is such that, as with the other digits, one in twenty holds 1.2 times as much."""
    least_digits: int = 4
    """Digits a page must have for its own pen to be judged by."""


DIGITS = DigitSettings()
BUBBLES = BubbleSettings()
INK = InkSettings()
