"""What is seen in a level picture before it is known which form it shows, and where a form could lie."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ocr_pipeline.warp import Image, Points


@dataclass(frozen=True, slots=True, eq=False)
class Tag:
    """An AprilTag 36h10 found in the flat picture."""

    tag_id: int
    corners: Points
    """(4, 2) pixels, in the order of the tag's own code, corner 0 first."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A two-square registration mark found in the flat picture."""

    x: float
    y: float
    side: float
    """Side of one of the two squares, pixels."""
    polarity: int
    """+1: black at upper left and lower right as the photo lies; -1: the mirror of it."""
    score: float
    """Contrast of the weaker black square against the weaker white one, 0..1."""


class Ground(enum.StrEnum):
    """What a pose rests on, surest first."""

    TAG = "tag"
    RULING = "ruled lines"
    MARKS = "marks"


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A first guess where a form page lies in the photo, not yet checked on its printed lines."""

    form_id: str
    page: int
    pairs: int | None
    """Number of candidate pairs of this variant; None where the form's rows do not depend on it."""
    homography: Points
    """(3, 3): millimetres on the form to pixels of the flat picture."""
    ground: Ground
    method: str
    """The ground in words: ``tag + 4 marks``, ``ruled lines``, ``2 marks`` ..."""
    anchors_mm: Points
    """(n, 2) the points it rests on; near them it is trusted most."""
    tolerance_mm: float
    """How far the guess may be off; the refinement searches that far."""
    score: float
    """How well founded it is, to compare poses that rest on the same kind of evidence by."""


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """Where ruled lines run in the flat picture, at the size at which they were looked for."""

    level: Image
    """1 on a level line, 0 elsewhere."""
    upright: Image
    """The same for upright lines."""
    factor: float
    """Pixels here per pixel of the flat picture."""
