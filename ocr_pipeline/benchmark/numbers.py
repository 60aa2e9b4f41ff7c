"""What was made of each labelled number: the record from which curves, calibration and flags are counted."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.config import VERDICT, VerdictSettings
from ocr_pipeline.records import FieldResult, FlagCode, RunnerUp, Severity, Verdict


class FieldGroup(enum.StrEnum):
    """Kinds of numbers, by the name of their field."""

    CANDIDATES = "candidates"
    TOTALS = "vote totals"
    VOTERS = "voters"
    BALLOTS = "ballot papers"
    DATE = "date"
    OTHER = "other"


_PREFIXES = {
    FieldGroup.CANDIDATES: ("paslon_", "caleg_", "partai"),
    FieldGroup.TOTALS: ("suara_", "ringkasan_"),
    FieldGroup.VOTERS: ("dpt_", "dptb_", "dpk_", "pengguna_", "pemilih_", "disab"),
    FieldGroup.BALLOTS: ("ss_",),
    FieldGroup.DATE: ("tanggal", "bulan", "tahun"),
}


class Step(enum.StrEnum):
    """What has a say in whether a number is accepted; each step knows what the one before knew."""

    DIGITS = "digits alone"
    WITNESSES = "and bubbles"
    SUMS = "and sums"
    FLAGS = "and flags"


@dataclass(frozen=True, slots=True)
class MeasuredNumber:
    """One labelled number and what the program says of it."""

    photo: str
    station: tuple[str, str]
    field: str
    true: int
    true_boxes: str | None
    value: int | None
    """As read; None where there is nothing or the photo was refused."""
    boxes: str
    digits_probability: float
    """By the digits alone."""
    own_probability: float
    """By all witnesses of the number."""
    probability: float
    """With the sums; what the verdict goes by."""
    accepted: bool
    runner_up: RunnerUp | None
    suggestion: int | None
    """What the sums make more probable than the value."""
    witnesses: Mapping[str, int | None]
    reasons: tuple[FlagCode, ...]
    """Flags that send it to a person."""
    refused: str | None
    """Why its photo was not read."""

    @property
    def right(self) -> bool:
        """Whether it is read as it is written."""
        return self.value == self.true

    def accepted_at(self, threshold: float, step: Step = Step.FLAGS, settings: VerdictSettings = VERDICT) -> bool:
        """Whether it would be used unseen with another threshold, with what is known at a step."""
        if self.value is None:
            return False
        if step is Step.DIGITS:
            return self.digits_probability >= threshold
        if step is Step.WITNESSES:
            return self.own_probability >= threshold
        sure = self.probability >= threshold and self.own_probability >= settings.least_own_probability
        # That a number is not sure enough is the threshold itself.
        return sure and (step is Step.SUMS or set(self.reasons) <= {FlagCode.LOW_CONFIDENCE})


def group_of(field: str) -> FieldGroup:
    """The kind of number that a field holds."""
    return next((group for group, prefixes in _PREFIXES.items() if field.startswith(prefixes)), FieldGroup.OTHER)


def only_group(one: Scored, group: FieldGroup) -> Scored:
    """The same photo as if only the numbers of that group were labelled."""
    label = one.label
    values = {name: value for name, value in label.values.items() if group_of(name) is group}
    boxes = {name: text for name, text in label.boxes.items() if group_of(name) is group}
    return replace(one, label=replace(label, values=values, boxes=boxes))


def measured_numbers(scored: Iterable[Scored]) -> list[MeasuredNumber]:
    """Every labelled number of the photos."""
    return [_number(one, name, true) for one in scored for name, true in one.label.values.items()]


def _number(one: Scored, name: str, true: int) -> MeasuredNumber:
    said = next((found for found in one.result.fields if found.field == name), None) if one.result else None
    read = said or FieldResult(name, None, 0.0, Verdict.REVIEW, "", None, {}, "", 0.0)
    flags = one.result.flags if one.result else ()
    return MeasuredNumber(
        photo=one.label.name,
        station=one.station,
        field=name,
        true=true,
        true_boxes=one.label.boxes.get(name),
        value=read.value,
        boxes=read.boxes,
        digits_probability=one.digits.get(name, 0.0),
        own_probability=read.own_probability,
        probability=read.probability,
        accepted=read.verdict is Verdict.ACCEPT,
        runner_up=read.runner_up,
        suggestion=read.suggestion,
        witnesses=read.witnesses,
        reasons=tuple(flag.code for flag in flags if flag.severity is Severity.ERROR and name in flag.fields),
        refused=one.failure,
    )
