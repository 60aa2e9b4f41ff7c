"""Records to table rows and back. Pure; the repository does the talking."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from ocr_pipeline.config import STORE, StoreSettings
from ocr_pipeline.legibility import FieldQuality, PhotoQuality, Quality
from ocr_pipeline.records import (
    Evidence,
    Failure,
    FieldReading,
    FieldResult,
    Flag,
    FlagCode,
    PageReading,
    PhotoOutcome,
    Quad,
    RegistrationEvidence,
    RuleCheck,
    RunnerUp,
    Severity,
    StationResult,
    Verdict,
)
from ocr_pipeline.store.distribution import pack, unpack
from ocr_pipeline.store.schema import WITNESSES

Row = dict[str, Any]
"""To be written."""
Found = Mapping[Any, Any]
"""As read from a table."""
_ROUNDING = 1e-9


def text(value: str) -> str:
    """A string every database takes: file names in no known encoding and NULs are written as escapes."""
    return value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def outcome_row(outcome: PhotoOutcome) -> Row:
    """The columns of ``outcomes``, without id, content and version.

    Raises:
        ValueError: a measured number or time is not finite.
    """
    row: Row = dict.fromkeys(
        ("form", "page", "pairs", "quality", "failure_stage", "failure_code", "failure_message", "failure_measured")
    )
    row |= {f"registration_{name}": None for name in RegistrationEvidence.__slots__}
    row["milliseconds"] = _finite(outcome.milliseconds)
    if isinstance(outcome, PageReading):
        row |= {"status": "read", "form": outcome.form_id, "page": _int(outcome.page), "pairs": _int(outcome.pairs)}
        row |= _registration_columns(outcome.registration)
        row["quality"] = None if outcome.quality is None else _quality_column(outcome.quality)
    else:
        row |= {"status": "unreadable"} | _failure_columns(outcome.failure)
    return row


def _registration_columns(found: RegistrationEvidence) -> Row:
    numbers = {
        "score": found.score,
        "residual_mm": found.residual_mm,
        "runner_up_score": found.runner_up_score,
        "explained": found.explained,
    }
    columns = {"method": found.method, "runner_up": found.runner_up, "tag_id": _int(found.tag_id)} | _finite(numbers)
    return {f"registration_{name}": value for name, value in columns.items()}


def _quality_column(quality: Quality) -> Row:
    numbers = {"contrast": quality.contrast, "cover": quality.cover, "beside": quality.beside}
    return _finite(numbers) | {
        "photo": _finite(asdict(quality.photo)),
        "cut_off": [float(share) for share in quality.cut_off],
        "fields": {name: _finite(asdict(field)) for name, field in quality.fields.items()},
    }


def _quality(column: Found) -> Quality:
    left, upper, right, lower = column["cut_off"]
    return Quality(
        photo=PhotoQuality(**column["photo"]),
        contrast=column["contrast"],
        cover=column["cover"],
        cut_off=(left, upper, right, lower),
        fields={name: FieldQuality(**field) for name, field in column["fields"].items()},
        beside=column.get("beside", 0.0),
    )


def _failure_columns(failure: Failure) -> Row:
    return {
        "failure_stage": failure.stage.value,
        "failure_code": failure.code.value,
        "failure_message": text(failure.message),
        "failure_measured": _finite(failure.measured),
    }


def _int(value: int | None) -> int | None:
    """A plain int: SQLite would store one of numpy's as bytes."""
    return None if value is None else operator.index(value)


def _probability(value: float) -> float:
    """A probability without its rounding error; anything further outside 0..1 is a bug."""
    if not -_ROUNDING <= value <= 1 + _ROUNDING:  # also catches NaN
        raise ValueError(f"{value} is no probability")
    return min(max(float(value), 0.0), 1.0)


def _finite(numbers: Mapping[str, float]) -> dict[str, float]:
    for name, number in numbers.items():
        if not math.isfinite(number):
            raise ValueError(f"{name} is {number}, not a finite number")
    return {name: number if isinstance(number, int) else float(number) for name, number in numbers.items()}


def reading_rows(reading: PageReading) -> list[Row]:
    """The rows of ``readings``, without the outcome's id.

    Raises:
        ValueError: a field's boxes, confidences, quads and scores do not go together.
    """
    return [_reading_row(field, position) for position, field in enumerate(reading.fields)]


def _reading_row(field: FieldReading, position: int) -> Row:
    count = len(field.boxes)
    per_box = (field.box_confidence, field.quads_px, field.border_scores, field.ink_excess)
    if any(len(values) != count for values in per_box):
        raise ValueError(
            f"{field.field} has {count} boxes, {len(field.box_confidence)} confidences, {len(field.quads_px)} quads, "
            f"{len(field.border_scores)} border scores and {len(field.ink_excess)} amounts of ink"
        )
    if not all(excess >= 0 for excess in field.ink_excess):
        raise ValueError(f"{field.field} has a negative or undefined amount of ink: {field.ink_excess}")
    scores = (*field.box_confidence, *field.border_scores)
    if not all(0 <= score <= 1 for score in scores):
        raise ValueError(f"{field.field} has a confidence or border score outside 0..1: {scores}")
    return {
        "field": field.field,
        "position": position,
        "boxes": field.boxes,
        "box_confidence": np.array(field.box_confidence, "<f8").tobytes(),
        "quads_px": np.array(field.quads_px, "<f4").reshape(count, 4, 2).tobytes(),
        "border_scores": np.array(field.border_scores, "<f8").tobytes(),
        "ink_excess": np.array(field.ink_excess, "<f8").tobytes(),
    }


def evidence_rows(reading: PageReading, settings: StoreSettings = STORE) -> list[Row]:
    """The rows of ``evidence``, without the outcome's id.

    Raises:
        ValueError: a witness is unknown, spoke twice, or gave no distribution.
    """
    rows = []
    for field in reading.fields:
        witnesses = [evidence.witness for evidence in field.evidence]
        if len(set(witnesses)) < len(witnesses) or not set(witnesses) <= set(WITNESSES):
            raise ValueError(f"{field.field} has the witnesses {witnesses}; known, once each: {list(WITNESSES)}")
        for position, evidence in enumerate(field.evidence):
            try:
                distribution = pack(evidence.log_probabilities, settings.log_probability_floor)
            except ValueError as error:
                raise ValueError(f"{field.field}, witness {evidence.witness}: {error}") from error
            rows.append(
                {
                    "field": field.field,
                    "witness": evidence.witness,
                    "position": position,
                    "distribution": distribution,
                }
            )
    return rows


def check_outcome(outcome: PhotoOutcome) -> None:
    """Makes sure that an outcome can be stored, so that its worker finds out and not the writer.

    Raises:
        ValueError: see the functions above.
    """
    outcome_row(outcome)
    if isinstance(outcome, PageReading):
        if len({field.field for field in outcome.fields}) < len(outcome.fields):
            raise ValueError(f"{outcome.form_id} p.{outcome.page} has two readings of one field")
        reading_rows(outcome)
        evidence_rows(outcome)


def check_results(results: Iterable[StationResult]) -> None:
    """Makes sure that the results of a station can be stored, so that its worker finds out and not the writer.

    Raises:
        ValueError: two results for one form, two of one field, or a number that is none.
    """
    seen: set[tuple[str, str | None]] = set()
    for result in results:
        for name in (None, *(field.field for field in result.fields)):
            if (result.form_id, name) in seen:
                raise ValueError(f"station {result.station} has two results for {result.form_id} {name or ''}".rstrip())
            seen.add((result.form_id, name))
        result_rows(result)


def result_rows(result: StationResult) -> tuple[list[Row], list[Row], list[Row]]:
    """The rows of ``field_results``, ``rule_checks`` and ``flags``, without the result's id."""
    return (
        [_field_result_row(field, position) for position, field in enumerate(result.fields)],
        [_rule_check_row(check, position) for position, check in enumerate(result.rules)],
        flag_rows(result.flags),
    )


def flag_rows(raised: Iterable[Flag], first: int = 0) -> list[Row]:
    """The rows of ``flags``, without the result's id; ``first`` is the position of the first."""
    return [_flag_row(flag, position) for position, flag in enumerate(raised, first)]


def page_reading(photo: str, outcome: Found, readings: Iterable[Found], evidence: Iterable[Found]) -> PageReading:
    """Puts a page reading together from its rows, each in the order of ``position``."""
    spoken: dict[str, list[Evidence]] = {}
    for row in evidence:
        spoken.setdefault(row["field"], []).append(Evidence(row["witness"], unpack(row["distribution"])))
    return PageReading(
        photo=photo,
        sha256=outcome["content"],
        form_id=outcome["form"],
        page=outcome["page"],
        pairs=outcome["pairs"],
        registration=RegistrationEvidence(
            **{name: outcome[f"registration_{name}"] for name in RegistrationEvidence.__slots__}
        ),
        fields=tuple(_field_reading(row, spoken.get(row["field"], ())) for row in readings),
        milliseconds=outcome["milliseconds"],
        quality=None if outcome["quality"] is None else _quality(outcome["quality"]),
    )


def _field_reading(row: Found, evidence: Iterable[Evidence]) -> FieldReading:
    return FieldReading(
        field=row["field"],
        boxes=row["boxes"],
        box_confidence=tuple(np.frombuffer(row["box_confidence"], "<f8").tolist()),
        quads_px=quads(row["quads_px"]),
        border_scores=tuple(np.frombuffer(row["border_scores"], "<f8").tolist()),
        ink_excess=tuple(np.frombuffer(row["ink_excess"], "<f8").tolist()),
        evidence=tuple(evidence),
    )


def quads(packed: bytes) -> tuple[Quad, ...]:
    """The corners of boxes as stored."""
    return tuple(_quad(corners) for corners in np.frombuffer(packed, "<f4").reshape(-1, 4, 2).tolist())


def _quad(corners: list[list[float]]) -> Quad:
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = corners
    return (x1, y1), (x2, y2), (x3, y3), (x4, y4)


def _field_result_row(result: FieldResult, position: int) -> Row:
    runner_up = result.runner_up
    return {
        "field": result.field,
        "position": position,
        "value": _int(result.value),
        "probability": _probability(result.probability),
        "own_probability": _probability(result.own_probability),
        "verdict": result.verdict.value,
        "boxes": result.boxes,
        "runner_up_value": None if runner_up is None else _int(runner_up.value),
        "runner_up_probability": None if runner_up is None else _probability(runner_up.probability),
        "witnesses": {witness: _int(value) for witness, value in result.witnesses.items()},
        "sha256": result.sha256,
    }


def _rule_check_row(check: RuleCheck, position: int) -> Row:
    holds = None if check.holds is None else bool(check.holds)
    return {
        "position": position,
        "rule": check.rule,
        "holds": holds,
        "difference": _int(check.difference),
        "probability": None if check.probability is None else _probability(check.probability),
    }


def _flag_row(flag: Flag, position: int) -> Row:
    return {
        "position": position,
        "code": flag.code.value,
        "severity": flag.severity.value,
        "fields": list(flag.fields),
        "message": text(flag.message),
        "rule": flag.rule,
        "message_indonesian": text(flag.message_indonesian),
        "numbers": _finite(flag.numbers),
        "look_first": flag.look_first,
    }


def station_result(
    result: Found, fields: Iterable[Found], rules: Iterable[Found], flags: Iterable[Found]
) -> StationResult:
    """Puts a station's result together from its rows, each in the order of ``position``."""
    return StationResult(
        station=result["station"],
        form_id=result["form"],
        photos=tuple(result["photos"]),
        fields=tuple(_field_result(row) for row in fields),
        rules=tuple(RuleCheck(row["rule"], row["holds"], row["difference"], row["probability"]) for row in rules),
        flags=tuple(_flag(row) for row in flags),
    )


def _flag(row: Found) -> Flag:
    return Flag(
        code=FlagCode(row["code"]),
        severity=Severity(row["severity"]),
        fields=tuple(row["fields"]),
        message=row["message"],
        rule=row["rule"],
        message_indonesian=row["message_indonesian"],
        numbers=row["numbers"],
        look_first=row["look_first"],
    )


def _field_result(row: Found) -> FieldResult:
    likelihood = row["runner_up_probability"]
    return FieldResult(
        field=row["field"],
        value=row["value"],
        probability=row["probability"],
        own_probability=row["own_probability"],
        verdict=Verdict(row["verdict"]),
        boxes=row["boxes"],
        runner_up=None if likelihood is None else RunnerUp(row["runner_up_value"], likelihood),
        witnesses=row["witnesses"],
        sha256=row["sha256"],
    )


def to_json(value: Any) -> str:
    """JSON as stored: in the order given, and never with NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
