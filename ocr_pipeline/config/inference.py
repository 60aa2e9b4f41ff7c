"""How papers go wrong, and how exactly the numbers of a station are weighed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """How often, and how, people write what is not so.

    Shares without a source of their own are round figures near those of the 11,335 complete stations of
    Jakarta (``forms.md`` 2.4), which hold misreadings too and so are larger than the paper's own.
    """

    miswritten: float = 0.002
    """Share of numbers that are written other than they were meant."""
    one_digit: float = 0.5
    """Of those: one digit is another."""
    neighbours_swapped: float = 0.2
    """Of those: two neighbouring digits have changed places."""
    off_by_power: float = 0.25
    """Of those: off by one, ten or a hundred, carries and all."""
    left_at_zero: float = 0.05
    """Of those: crossed out, or zero, though there is something to count."""

    hard_fails: float = 0.01
    """Share of papers that break a hard sum, where the form's file does not say."""
    semi_hard_fails: float = 0.04
    """The same for a semi-hard sum; 3.7 % for voters against ballots cast."""
    bound_fails: float = 0.01
    """Share of papers that go beyond a bound; 1.1 % for users against voters."""
    share_fails: float = 0.3
    """Share of papers whose reserve of ballots is not the printed share; practice differs by village."""
    share_tolerance: int = 1
    """Ballots by which the reserve may be rounded otherwise."""

    copied: float = 0.001
    """Share of totals that are a copy of one of their terms: 0.3 % of suara_total, 0.8 % of voters by list, as
    published."""
    off_by_power_sum: float = 0.3
    """Of broken sums: off by one, ten or a hundred."""
    columns_swapped: float = 0.002
    """Share of papers on which L and P of one row have changed places (22 of 11,135)."""


@dataclass(frozen=True, slots=True)
class InferenceSettings:
    """How much of the sum over all combinations is carried along."""

    least_share: float = 1e-8
    """Partial combinations that cannot come to more than this share of the whole are left out."""
    most_error: float = 1e-3
    """Share of the whole that may be left out; beyond it everything is weighed again, against the whole found."""
    attempts: int = 2
    most_candidates: int = 150_000
    """Values of one number looked at for all states together; beyond it the least likely are left out, and counted."""
    most_states: int = 10_000
    """Partial combinations carried along at once; likewise."""


@dataclass(frozen=True, slots=True)
class ExplainSettings:
    """How much of the reasoning for a station is told."""

    values: int = 3
    """Most probable values of each witness."""
    least_probability: float = 0.0005
    """Values below it are not told, but for a witness's best."""
    explanations: int = 5
    """Best joint readings."""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """How wrong numbers from elsewhere may be."""

    misread: float = 0.02
    """Share of numbers with one wrong digit; 1.96 % of candidates' numbers of 2024 (Netgrit, 5,000 stations)."""
    boxes: int = 3
    """Digits that a number is read from at least."""
    readings: int = 12
    """Best explanations that are gone through for suggestions."""


PAPER = PaperSettings()
INFERENCE = InferenceSettings()
ROUGH = InferenceSettings(least_share=1e-6, attempts=1, most_candidates=50_000, most_states=5_000)
"""For suggestions on many stations: a tenth of the time where much is broken, good to a few percent there."""
CHECK = CheckSettings()
EXPLAIN = ExplainSettings()
