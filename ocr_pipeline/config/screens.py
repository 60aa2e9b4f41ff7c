"""The review on the web: pictures, accounts and limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """Pictures of the pages sent to people."""

    crop_width_px: int = 900
    crop_height_px: int = 240
    margin: float = 0.5
    """Above and below a number's boxes, in heights of a box; what was struck out often stands beside."""
    side_margin: float = 0.9
    """Left and right of them."""
    frame_off: float = 0.12
    """How far the frame keeps from the boxes it goes round, in heights of a box."""
    page_side_px: int = 1600
    """Longer side of the picture of a whole page."""
    photo_side_px: int = 6000
    """Of what is shown as the original."""
    quality: int = 70
    """Of JPEGs: 30 kB for a number, 300 kB for a page."""
    kept: int = 256
    """Cut pictures kept in memory."""
    pages_kept: int = 4
    """Decoded photos kept in memory, 36 MB each: the next question is often on the same one."""


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Accounts, sessions and limits."""

    idle_s: float = 1800.0
    """Log-out after so long without a request."""
    longest_s: float = 43_200.0
    """Log-out in any case: a working day."""
    code_s: float = 604_800.0
    """How long a one-time code may lie unused."""
    most_failures: int = 5
    """Wrong passwords, by account and by address, before both must wait."""
    failure_wait_s: float = 60.0
    most_body_bytes: int = 65_536
    least_password: int = 10
    """Characters."""
    list_length: int = 50
    """Items or lines on one page."""
    ahead: int = 2
    """Pictures of further questions fetched while one is worked on."""


PICTURES = PictureSettings()
ACCESS = AccessSettings()
