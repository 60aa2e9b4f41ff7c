"""Thresholds of a station: verdicts and sums."""

from __future__ import annotations

from dataclasses import dataclass


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
    most_ink: float = 1.45
    """Ink against what the digits read need; more is a sign that a number was altered."""
    least_single_border: float = 0.25
    """Of the weakest box: one that lies beside its row shows edges of one direction at most."""
    least_border_score: float = 0.3
    """Mean over a number's boxes; level edges alone, without an upright one, make 0.25."""


VERDICT = VerdictSettings()
STATION = StationSettings()
