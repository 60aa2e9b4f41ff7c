"""What ``read`` prints of a photo: the JSON contract, and a few lines for people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ocr_pipeline.legibility import Quality
from ocr_pipeline.records import FieldResult, Flag, PageReading, PhotoOutcome, StationResult, Unreadable, Verdict
from ocr_pipeline.station.assemble import KeySource, StationKey

_DECIMALS = 4


def as_json(outcome: PhotoOutcome, result: StationResult | None, key: StationKey) -> dict[str, Any]:
    """One object per photo: see the README's section on JSON.

    Args:
        outcome: what the pipeline made of the photo.
        result: the page by itself, checked; None where the photo could not be read.
        key: the station its name or the manifest tells.
    """
    head: dict[str, Any] = {"photo": outcome.photo, "sha256": outcome.sha256}
    if isinstance(outcome, Unreadable) or result is None:
        assert isinstance(outcome, Unreadable)
        failure = outcome.failure
        return head | {
            "status": "unreadable",
            "failure": {
                "stage": failure.stage,
                "code": failure.code,
                "message": failure.message,
                "measured": dict(failure.measured),
            },
            "milliseconds": dict(outcome.milliseconds),
        }
    return head | {
        "status": "read",
        "form": outcome.form_id,
        "page": outcome.page,
        "pairs": outcome.pairs,
        "station": _station(key),
        "fields": [_field(field, outcome) for field in result.fields],
        "flags": [flag_as_json(flag) for flag in result.flags],
        "registration": {
            "method": outcome.registration.method,
            "score": round(outcome.registration.score, 3),
            "explained": round(outcome.registration.explained, 3),
            "residual_mm": round(outcome.registration.residual_mm, 2),
            "runner_up": outcome.registration.runner_up,
            "runner_up_score": round(outcome.registration.runner_up_score, 3),
            "tag_id": outcome.registration.tag_id,
        },
        "quality": None if outcome.quality is None else _quality(outcome.quality),
        "milliseconds": dict(outcome.milliseconds),
    }


def _quality(quality: Quality) -> dict[str, Any]:
    rounded = {name: round(value, 2) for name, value in asdict(quality.photo).items()}
    return rounded | {
        "contrast": round(quality.contrast, 3),
        "cover": round(quality.cover, 3),
        "cut_off": [round(share, 3) for share in quality.cut_off],
        "beside": round(quality.beside, 3),
        "fields": {
            name: {part: round(value, 2) for part, value in asdict(field).items()}
            for name, field in quality.fields.items()
        },
    }


def _station(key: StationKey) -> dict[str, str]:
    if key.source is KeySource.PHOTO_ALONE:
        return {}
    is_code = len(key.station) == 13 and key.station.isdigit()
    return {"code": key.station} | ({"nomor_tps": key.station[-3:]} if is_code else {})


def _field(field: FieldResult, page: PageReading) -> dict[str, Any]:
    (reading,) = (r for r in page.fields if r.field == field.field)
    runner_up = field.runner_up
    return {
        "field": field.field,
        "value": field.value,
        "probability": _rounded(field.probability),
        "verdict": field.verdict,
        "boxes": field.boxes,
        "runner_up": None
        if runner_up is None
        else {"value": runner_up.value, "probability": _rounded(runner_up.probability)},
        "witnesses": dict(field.witnesses),
        "quads_px": [[[round(x, 1), round(y, 1)] for x, y in quad] for quad in reading.quads_px],
    }


def _rounded(probability: float) -> float:
    """As in the tables: never up to a certainty that was not there."""
    rounded = round(probability, _DECIMALS)
    return 1 - 10**-_DECIMALS if rounded == 1 > probability else rounded


def flag_as_json(flag: Flag) -> dict[str, Any]:
    """One reason to look, as the contract has it."""
    return {
        "code": flag.code,
        "severity": flag.severity,
        "rule": flag.rule,
        "fields": list(flag.fields),
        "message": flag.message,
        "message_indonesian": flag.message_indonesian,
        "numbers": dict(flag.numbers),
        "look_first": flag.look_first,
    }


def as_text(outcome: PhotoOutcome, result: StationResult | None) -> str:
    """The same for people: a line per number, then the reasons to look."""
    if isinstance(outcome, Unreadable) or result is None:
        assert isinstance(outcome, Unreadable)
        return f"{outcome.photo}: not read, {outcome.failure.code}\n  {outcome.failure.message}"
    pairs = "" if outcome.pairs is None else f", {outcome.pairs} pairs"
    lines = [f"{outcome.photo}: {outcome.form_id} page {outcome.page}{pairs}"]
    for field in result.fields:
        value = "-" if field.value is None else str(field.value)
        mark = "" if field.verdict is Verdict.ACCEPT else "  <- review"
        lines.append(f"  {field.field:20s} {value:>5s}  [{field.boxes}]  {field.probability:.3f}{mark}")
    lines.extend(f"  ! {flag.message}" for flag in result.flags if flag.message)
    return "\n".join(lines)
