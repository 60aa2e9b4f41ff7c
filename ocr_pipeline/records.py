"""The frozen records that pass between stages.

A record's name says what is already known about the paper:

    PhotoSource -> Photo -> Page -> IdentifiedPage -> Crops -> PageReading -> StationResult

Coordinates ending in ``_px`` are pixels of the *original* photo after its EXIF turn, unless the
name says ``decoded``; coordinates ending in ``_mm`` are millimetres on the printed form, origin at
the sheet's upper left, y down.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ocr_pipeline.landmarks import Mark, Pose, Ruled, Tag
from ocr_pipeline.legibility import Quality
from ocr_pipeline.warp import Image, Points, Warp

Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four corners in reading order: upper left, upper right, lower right, lower left."""

BOX_CLASSES = "0123456789X-_"
"""What one digit box can hold, in the order of the model's outputs.

``0``-``9`` digits, ``X`` crossed out (also a zero struck through), ``-`` dash, ``_`` blank.
"""
ILLEGIBLE = "?"
"""Shown in place of a class when the best one is too unsure to be printed."""


class Stage(enum.StrEnum):
    """Where a photo's way can end."""

    CAPTURE = "capture"
    DESKEW = "deskew"
    IDENTIFY = "identify"
    BOXES = "boxes"
    READ = "read"
    STATION = "station"


class FailureCode(enum.StrEnum):
    """Why a photo could not be read; a closed list."""

    EMPTY_FILE = "EMPTY_FILE"
    NOT_A_PHOTO = "NOT_A_PHOTO"
    BROKEN_IMAGE = "BROKEN_IMAGE"
    TOO_MANY_BYTES = "TOO_MANY_BYTES"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    TOO_SMALL = "TOO_SMALL"
    ENCRYPTED = "ENCRYPTED"
    NESTED_ARCHIVE = "NESTED_ARCHIVE"
    UNSAFE_MEMBER_NAME = "UNSAFE_MEMBER_NAME"
    BROKEN_ARCHIVE = "BROKEN_ARCHIVE"
    UNSUPPORTED_TYPE = "UNSUPPORTED_TYPE"
    NO_FORM_FOUND = "NO_FORM_FOUND"
    UNKNOWN_FORM = "UNKNOWN_FORM"
    AMBIGUOUS_FORM = "AMBIGUOUS_FORM"
    BOXES_NOT_CONFIRMED = "BOXES_NOT_CONFIRMED"
    RETAKE = "RETAKE"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be read: a result, not an exception."""

    stage: Stage
    code: FailureCode
    message: str
    """One sentence a person understands, with the numbers and, where there is one, the remedy."""
    measured: Mapping[str, float] = field(default_factory=dict)
    """The numbers behind the decision."""


@dataclass(frozen=True, slots=True)
class PhotoSource:
    """Where the bytes of one photo lie: a file, a member of a zip, a page of a PDF or TIFF."""

    path: str
    """The path as the operator gave it (or as found below the folder he gave)."""
    member: str | None = None
    """Name inside the zip at ``path``."""
    page_number: int | None = None
    """Page of a PDF or frame of a TIFF, from 1; None for a single picture."""

    @property
    def name(self) -> str:
        """The photo's public name: ``a.jpg``, ``set.zip!a.jpg``, ``b.pdf#2``."""
        name = self.path if self.member is None else f"{self.path}!{self.member}"
        return name if self.page_number is None else f"{name}#{self.page_number}"


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded picture, turned by its EXIF orientation."""

    name: str
    sha256: str
    """Of the bytes of the picture; for a page of a PDF or TIFF, of the bytes plus ``#page``."""
    grey: Image
    scale: float
    """Decoded pixels per original pixel, at most 1: large photos are decoded no larger than needed."""
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A photo made level and flat, with its landmarks and the poses they allow, best founded first.

    Marks, tags and poses are in pixels of ``flat``.
    """

    photo: Photo
    flat: Image
    flat_to_decoded: Points
    """(3, 3): pixels of ``flat`` to pixels of ``photo.grey``."""
    tags: tuple[Tag, ...]
    marks: tuple[Mark, ...]
    """Looked for only beside a tag, or where ruled lines are not enough."""
    ruled: Ruled
    poses: tuple[Pose, ...]


@dataclass(frozen=True, slots=True)
class RegistrationEvidence:
    """The numbers by which a registration was accepted."""

    method: str
    score: float
    """Share of the form's printed lines found where they should be, 0..1."""
    residual_mm: float
    """Median distance of the found lines from the fitted warp."""
    runner_up: str | None
    """Name of the second-best form page, e.g. ``c-hasil-ppwp-2024 p.3``."""
    runner_up_score: float
    tag_id: int | None
    explained: float
    """Share of the ruled lines seen on the sheet that the form prints, 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class IdentifiedPage:
    """A photo known to show one page of one form, registered to its millimetres."""

    photo: Photo
    form_id: str
    page: int
    pairs: int | None
    warp: Warp
    """Millimetres to pixels of ``photo.grey``."""
    evidence: RegistrationEvidence
    beside: float = 0.0
    """Ruled lines seen beside the sheet, in parts of those seen on it."""


@dataclass(frozen=True, slots=True, eq=False)
class BoxCrop:
    """One digit box, cut out flat."""

    field: str
    index: int
    """Position in the number, 0 = leftmost."""
    quad_px: Quad
    """The printed border's centre-line in the original photo."""
    image: Image
    """(48, 48) grey; the border's centre-line is the square from 4.8 to 43.2."""
    border_score: float
    """How surely a printed box of the right size stands there, 0..1."""


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """All digit boxes of an identified page, and how well they are to be seen."""

    page: IdentifiedPage
    boxes: tuple[BoxCrop, ...]
    quality: Quality


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What one witness says of one number: a distribution over values."""

    witness: str
    """``digits``, ``bubbles``, ``words`` or ``tally``."""
    log_probabilities: npt.NDArray[np.float64]
    """(n + 1,): log P(value = 0..n-1), last: log P(no number can be read here)."""

    @property
    def best(self) -> int | None:
        """The witness's own best value; None where it sees no number."""
        index = int(np.argmax(self.log_probabilities))
        return None if index == len(self.log_probabilities) - 1 else index


@dataclass(frozen=True, slots=True, eq=False)
class FieldReading:
    """What was read in one field of one photo."""

    field: str
    boxes: str
    """One character per box: ``0``-``9``, ``X``, ``-``, ``_`` blank, ``?`` illegible."""
    box_confidence: tuple[float, ...]
    """Calibrated probability of each printed character."""
    quads_px: tuple[Quad, ...]
    border_scores: tuple[float, ...]
    ink_excess: tuple[float, ...]
    """Ink in each box against what its digit takes with the page's pen; 1 is usual."""
    evidence: tuple[Evidence, ...]
    """One per witness that spoke; at least ``digits``."""


@dataclass(frozen=True, slots=True, eq=False)
class PageReading:
    """All that one photo yields; holds no picture and can be stored and sent between processes."""

    photo: str
    sha256: str
    form_id: str
    page: int
    pairs: int | None
    registration: RegistrationEvidence
    fields: tuple[FieldReading, ...]
    milliseconds: Mapping[str, float]
    quality: Quality | None = None
    """None where it was not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Unreadable:
    """A photo that ended in a failure, with what it cost."""

    photo: str
    sha256: str | None
    """None where the bytes themselves could not be had."""
    failure: Failure
    milliseconds: Mapping[str, float]


PhotoOutcome = PageReading | Unreadable


@dataclass(frozen=True, slots=True)
class Versions:
    """What an outcome depends on besides the photo's bytes; the same three give the same outcome."""

    code: str
    forms: str
    """Digest of the form files."""
    model: str
    """Digest of the digit model's file."""


class Verdict(enum.StrEnum):
    """Whether a number may be used unseen."""

    ACCEPT = "accept"
    REVIEW = "review"


class Severity(enum.StrEnum):
    """How much a flag weighs: ``error`` sends its fields to review, ``note`` informs."""

    ERROR = "error"
    NOTE = "note"


class FlagCode(enum.StrEnum):
    """Why a person should look; a closed list."""

    SUM_MISMATCH = "SUM_MISMATCH"
    BOUND_EXCEEDED = "BOUND_EXCEEDED"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    NOTHING_WRITTEN = "NOTHING_WRITTEN"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    FIELD_OUT_OF_FRAME = "FIELD_OUT_OF_FRAME"
    POOR_PICTURE = "POOR_PICTURE"
    BOX_NOT_CONFIRMED = "BOX_NOT_CONFIRMED"
    ALTERED = "ALTERED"
    WITNESSES_DISAGREE = "WITNESSES_DISAGREE"
    READINGS_DISAGREE = "READINGS_DISAGREE"
    DUPLICATE_PHOTO = "DUPLICATE_PHOTO"
    WRONG_PAGE = "WRONG_PAGE"
    MIXED_FORMS = "MIXED_FORMS"
    MIXED_STATIONS = "MIXED_STATIONS"
    FIRST_BOX = "FIRST_BOX"
    VALUES_COPIED = "VALUES_COPIED"
    COLUMNS_SWAPPED = "COLUMNS_SWAPPED"
    PUBLISHED_DIFFERS = "PUBLISHED_DIFFERS"
    PROVISIONAL_LAYOUT = "PROVISIONAL_LAYOUT"
    FORM_NOT_KNOWN = "FORM_NOT_KNOWN"
    OTHER_SHEET = "OTHER_SHEET"


@dataclass(frozen=True, slots=True)
class Flag:
    """One reason for human attention."""

    code: FlagCode
    severity: Severity
    fields: tuple[str, ...]
    message: str
    """One sentence with the numbers: ``87 + 120 + 33 = 240, the form says 249: 9 too many``."""
    rule: str | None = None
    """Id of the form's rule, for sums and bounds."""
    message_indonesian: str = ""
    """The same sentence in Indonesian."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Numbers of the sentence, by name: what was found, what was expected, the difference ..."""
    look_first: str | None = None
    """The field whose change would mend most, where one stands out."""


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """One rule of the form checked on the values as written."""

    rule: str
    holds: bool | None
    """None where a value it needs is missing."""
    difference: int | None
    """Left side minus right side, as written."""
    probability: float | None = None
    """That it holds on the paper, all numbers of the station weighed together; None where it cannot be said."""


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The second most probable value of a field."""

    value: int | None
    probability: float


@dataclass(frozen=True, slots=True)
class FieldResult:
    """The answer for one field of one station."""

    field: str
    value: int | None
    """As written on the paper; None when nothing is written or nothing can be read."""
    probability: float
    """Calibrated: of the values given 0.99, 99 in 100 are right. All numbers of the station weighed together."""
    verdict: Verdict
    boxes: str
    runner_up: RunnerUp | None
    witnesses: Mapping[str, int | None]
    sha256: str
    """Of the photo the value was read from."""
    own_probability: float
    """Of the value by its own witnesses alone, before the form's rules had a say."""

    @property
    def suggestion(self) -> int | None:
        """What the rules make more probable than the value; None where that is the value itself, or no number."""
        other = self.runner_up
        return other.value if other is not None and other.probability > self.probability else None


@dataclass(frozen=True, slots=True)
class StationResult:
    """All numbers of one station and contest, with the reasons for review."""

    station: str
    """13-digit code, a manifest's own key, or the photo's name where it stands alone."""
    form_id: str
    photos: tuple[str, ...]
    """sha256 of the photos it was made from, in the order of pages."""
    fields: tuple[FieldResult, ...]
    rules: tuple[RuleCheck, ...]
    flags: tuple[Flag, ...]
