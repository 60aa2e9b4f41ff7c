"""Every threshold and default, once. A stage takes its group as an argument with the default below.

Scores are made in the stages; the numbers here are what decisions compare them with.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """What is taken in, and how large it is decoded."""

    max_bytes: int = 64 * 1024 * 1024
    """A larger picture is refused; the largest phone photo seen is 3.7 MB."""
    max_pixels: int = 120_000_000
    """A picture of more pixels is refused before it is decoded (decompression bombs)."""
    max_pages: int = 500
    """Pages of one PDF or frames of one TIFF that are looked at."""
    max_members: int = 100_000
    """Members of one zip that are looked at."""
    min_side_px: int = 240
    """A smaller picture cannot show a whole page that a person could read."""
    reading_long_side_px: int = 2000
    """Photos are halved while decoding as long as the long side stays at least this long: 2000 px
    over a sheet of 900 mm are 44 px per 20 mm box, as much as the digit model takes in."""
    pdf_dpi_long_side_px: int = 2400
    """Long side to which a PDF page is drawn."""


@dataclass(frozen=True, slots=True)
class VerdictSettings:
    """When a number may be used unseen."""

    accept_probability: float = 0.99
    """Least calibrated probability of an accepted number."""
    illegible_probability: float = 0.5
    """A box whose best character is less probable is shown as ``?``."""


@dataclass(frozen=True, slots=True)
class StationSettings:
    """How the numbers of one station are weighed against each other."""

    rule_fails_on_paper: float = 0.03
    """Share of papers on which a sum that must hold does not: 24,479 stations, 3 %, in 2019
    (KawalPemilu and Netgrit; none of 496 sheets of 2020)."""
    least_border_score: float = 0.5
    """A box whose printed border is less sure was perhaps not the form's box at all."""


CAPTURE = CaptureSettings()
VERDICT = VerdictSettings()
STATION = StationSettings()
