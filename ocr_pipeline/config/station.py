"""Thresholds of a station: verdicts and reasons to look."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VerdictSettings:
    """When a number may be used unseen."""

    accept_probability: float = 0.99
    """Least calibrated probability of an accepted number."""
    least_own_probability: float = 0.75
    """Of an accepted number by its witnesses alone; fitting the sums makes nothing sure that is not read. One
    writer's digits can be misread alike in a number and in its total."""
    illegible_probability: float = 0.5
    """A box whose best character is less probable is shown as ``?``."""


@dataclass(frozen=True, slots=True)
class StationSettings:
    """What makes a person look at a number beside its probability."""

    least_doubt: float = 0.05
    """Probability that another number should stand in a field, for it to be named as the one to look at first."""
    doubt_lead: float = 1.5
    """And how many times as probable that must be as of the next."""
    small_difference: int = 10
    """A sum broken by no more than this between two pages is a slip, not a page of another station."""
    least_paper_error: float = 0.5
    """Probability of a copied or swapped number on the paper, for it to be named."""
    most_ink: float = 1.45
    """Ink against what the digits read need; more is a sign that a number was altered."""
    least_single_border: float = 0.25
    """Of the weakest box: one that lies beside its row shows edges of one direction at most."""
    most_beside: float = 0.12
    """Ruled lines beside the sheet, in parts of those on it: at most 0.05 on 78 photos of one sheet, 0.42 and more on
    photos of two."""
    wrong_decisions: float = 0.0001
    """Share of numbers that people decide wrongly; 0.046 per 1,000 were measured after keying by two, blind."""
    least_border_score: float = 0.3
    """Mean over a number's boxes; level edges alone, without an upright one, make 0.25."""


VERDICT = VerdictSettings()
STATION = StationSettings()
