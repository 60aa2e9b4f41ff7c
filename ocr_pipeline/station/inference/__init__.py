"""All numbers of a station weighed together under the rules of its form.

    evidence of each field, rules -pose-> Problem -build-> Trellis -marginals-> StationPosterior

What comes out is probabilities, no decisions, and no value is replaced: what stands on the paper and what
should stand there are two different outputs. Nothing but the paper and its rules is asked: no result of another
station, no place and no party has a say in any number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ocr_pipeline.config import INFERENCE, PAPER, InferenceSettings, PaperSettings
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.records import Evidence
from ocr_pipeline.station.inference.graph import pose
from ocr_pipeline.station.inference.marginals import marginals
from ocr_pipeline.station.inference.paper import ErrorKind, PaperError, Weights
from ocr_pipeline.station.inference.readings import JointReading, joint_readings
from ocr_pipeline.station.inference.trellis import build

__all__ = ["Belief", "ErrorKind", "JointReading", "PaperError", "StationPosterior", "infer"]


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is thought of one number."""

    seen: Weights
    """(n + 1,) probability of each value as written, by its witnesses alone; last: no number can be read."""
    written: Weights
    """The same with the rules known. What the inference left out is missing from its sum, so that each
    probability is at most too small."""
    meant: Weights | None
    """(n,) probability of each value as meant; None where no rule speaks of the number."""


@dataclass(frozen=True, slots=True, eq=False)
class StationPosterior:
    """What is thought of all numbers and rules of a station."""

    beliefs: Mapping[str, Belief]
    """By field that was seen."""
    holds: Mapping[str, float]
    """By rule that could speak, the probability that it holds on the paper."""
    errors: Mapping[PaperError, float]
    """Probability of each error on the paper that is about whole numbers, where it could matter."""
    readings: tuple[JointReading, ...]
    """The best explanations, where they were asked for."""
    error: float
    """Share of all combinations, by weight, that may have been left out."""


def infer(
    evidence: Mapping[str, Evidence],
    rules: Sequence[Rule],
    paper: PaperSettings = PAPER,
    settings: InferenceSettings = INFERENCE,
    readings: int = 0,
) -> StationPosterior:
    """Weighs all numbers of a station together.

    Args:
        evidence: by field, all witnesses as one (``arithmetic.combined``); a field that is missing was not seen.
        rules: of this station's sheet (``arithmetic.rules_for``).
        paper: how papers go wrong.
        settings: how exactly.
        readings: how many of the best explanations are wanted.
    """
    problem = pose(evidence, rules, paper)
    seen = {name: np.exp(found.log_probabilities) for name, found in evidence.items()}
    if not problem.groups:
        return StationPosterior({name: Belief(p, p, None) for name, p in seen.items()}, {}, {}, (), 0.0)
    trellis = build(problem, paper, settings)
    found = marginals(trellis, paper)
    return StationPosterior(
        beliefs={name: Belief(p, found.written.get(name, p), found.meant.get(name)) for name, p in seen.items()},
        holds=found.holds,
        errors=found.errors,
        readings=joint_readings(trellis, readings) if readings else (),
        error=trellis.error,
    )
