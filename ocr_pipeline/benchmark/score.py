"""Scores readings against labels: counts only; ``report`` turns them into tables.

A label is what is on the paper. A number counts as accepted wrongly when it would have been used
unseen and differs from it; that is the figure this program is judged by.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ocr_pipeline.benchmark.boxes import centre_errors
from ocr_pipeline.benchmark.labels import LabelledPhoto
from ocr_pipeline.forms import UNKNOWN
from ocr_pipeline.records import PageReading, PhotoOutcome, StationResult, Unreadable, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One labelled photo with what the program made of it; all that scores are made of."""

    label: LabelledPhoto
    outcome: PhotoOutcome
    """Without the evidence of its fields."""
    result: StationResult | None
    """Of all pages of its station; None where the photo could not be read."""
    decode_ms: float
    """Full decoding of the same file with OpenCV, in grey; nan where it cannot be decoded."""
    digits: Mapping[str, float]
    """By field, how sure the digits are by themselves of what they say."""
    paper: Mapping[str, bool]
    """By rule, whether the station's paper keeps it; only rules whose numbers a person read."""

    @property
    def kind(self) -> str:
        """``real``, ``mock``, or ``synthetic`` with its severity."""
        return self.label.kind if self.label.severity is None else f"{self.label.kind} {self.label.severity}"

    @property
    def station(self) -> tuple[str, str]:
        """The station it belongs to, or the photo itself, and the form."""
        return self.label.station or str(self.label.path), self.label.form

    @property
    def failure(self) -> str | None:
        """The code of the failure, where it was not read."""
        return self.outcome.failure.code if isinstance(self.outcome, Unreadable) else None

    @property
    def right_page(self) -> bool:
        """Whether it was read, as the form and page of its label."""
        said = self.outcome
        return isinstance(said, PageReading) and (said.form_id, said.page) == (self.label.form, self.label.page)

    @property
    def of_unknown_form(self) -> bool:
        """Whether it was read as a form that is not in the catalogue."""
        return isinstance(self.outcome, PageReading) and self.outcome.form_id == UNKNOWN.form_id


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over some photos."""

    photos: int
    page_right: int
    page_wrong: int
    page_unknown: int
    """Read as a form that is not in the catalogue: neither right nor wrong, and no number of it is accepted."""
    rejected: int
    numbers: int
    right: int
    wrong_accepted: int
    wrong_flagged: int
    not_read: int
    accepted: int
    pages_all_right: int
    pages_straight_through: int
    """Every labelled number accepted."""
    boxes: int
    boxes_right: int
    digits: int
    """Boxes that hold a digit."""
    digits_right: int
    fillers: int
    false_first_digits: int
    """An ``X``, ``-`` or blank box that was read as a digit other than 0."""


def tally(scored: Iterable[Scored]) -> Tally:
    """Counts a group of photos."""
    n: Counter[str] = Counter()
    for one in scored:
        n["photos"] += 1
        n["numbers"] += len(one.label.values)
        if isinstance(one.outcome, Unreadable) or one.result is None:
            n["rejected"] += 1
            n["not_read"] += len(one.label.values)
            continue
        n["page_right" if one.right_page else "page_unknown" if one.of_unknown_form else "page_wrong"] += 1
        n.update(_numbers(one.label, one.result))
        n.update(_boxes(one.label, one.outcome))
    return Tally(**{name: n[name] for name in Tally.__dataclass_fields__})


def _numbers(label: LabelledPhoto, result: StationResult) -> Counter[str]:
    n: Counter[str] = Counter()
    fields = {field.field: field for field in result.fields}
    for name, value in label.values.items():
        field = fields.get(name)
        accepted = field is not None and field.verdict is Verdict.ACCEPT
        n["accepted"] += accepted
        if field is None or field.value is None:
            n["not_read"] += 1
        elif field.value == value:
            n["right"] += 1
        else:
            n["wrong_accepted" if accepted else "wrong_flagged"] += 1
    n["pages_all_right"] = int(bool(label.values) and n["right"] == len(label.values))
    n["pages_straight_through"] = int(bool(label.values) and n["accepted"] == len(label.values))
    return n


def _boxes(label: LabelledPhoto, reading: PageReading) -> Counter[str]:
    n: Counter[str] = Counter()
    for field in reading.fields:
        truth = label.boxes.get(field.field, "")
        if len(truth) != len(field.boxes):
            continue
        for true, read in zip(truth, field.boxes, strict=True):
            if true == "?":
                continue
            n["boxes"] += 1
            n["boxes_right"] += true == read
            n["digits"] += true.isdigit()
            n["digits_right"] += true.isdigit() and true == read
            n["fillers"] += true in "X-_"
            n["false_first_digits"] += true in "X-_" and read in "123456789"
    return n


def wrong_numbers(scored: Sequence[Scored]) -> list[tuple[str, str, int, str]]:
    """Photo, field, true value and what was made of it, for every number that is not right."""
    rows: list[tuple[str, str, int, str]] = []
    for one in scored:
        if one.result is None or isinstance(one.outcome, Unreadable):
            message = one.outcome.failure.code if isinstance(one.outcome, Unreadable) else "no result"
            rows.extend((one.label.name, name, value, message) for name, value in one.label.values.items())
            continue
        fields = {field.field: field for field in one.result.fields}
        for name, value in one.label.values.items():
            field = fields.get(name)
            if field is None:
                rows.append((one.label.name, name, value, "no such field"))
            elif field.value != value:
                said = f"{field.value} ({field.boxes}) {field.probability:.3f} {field.verdict}"
                rows.append((one.label.name, name, value, said))
    return rows


def box_errors(scored: Iterable[Scored]) -> list[tuple[float, ...]]:
    """Per photo with known boxes, the distance of each box's centre from the truth, in box widths."""
    return [
        centre_errors(one.label.box_centres, {field.field: field.quads_px for field in one.outcome.fields})
        for one in scored
        if one.label.box_centres and isinstance(one.outcome, PageReading)
    ]


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % Wilson interval of a share (Wilson 1927); (0, 1) for no observation."""
    if n == 0:
        return 0.0, 1.0
    p = successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie (nearest rank); nan for none."""
    if not values:
        return math.nan
    return sorted(values)[min(len(values) - 1, max(0, math.ceil(share * len(values)) - 1))]
