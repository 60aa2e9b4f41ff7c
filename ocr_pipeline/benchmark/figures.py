"""The figures of a benchmark as JSON: everything its page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ocr_pipeline.benchmark.against import Standing
from ocr_pipeline.benchmark.breakdown import Row, Share, breakdown
from ocr_pipeline.benchmark.flagged import blank_fields, broken_rules, changed_numbers, confusion, reasons
from ocr_pipeline.benchmark.numbers import measured_numbers
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.benchmark.trust import (
    Bin,
    Point,
    ablation,
    calibration_error,
    expected_wrong,
    reliability,
    suggestions,
)
from ocr_pipeline.config import VERDICT


def trust_figures(scored: Sequence[Scored]) -> dict[str, Any]:
    """What the counts of ``score`` do not say: shares with intervals, risk, calibration, flags, confusions."""
    numbers = measured_numbers(scored)
    bins = reliability(numbers)
    return {
        "breakdown": [_row(row) for row in breakdown(scored)],
        "threshold": VERDICT.accept_probability,
        "ablation": [
            {"step": added.step, "default": _point(added.point), "curve": [_point(one) for one in added.curve]}
            for added in ablation(numbers)
        ],
        "suggestions": asdict(suggestions(numbers)),
        "reliability": [_bin(one) for one in bins],
        "calibration_error": _rounded(calibration_error(bins)),
        "expected_wrong": _rounded(expected_wrong(numbers)),
        "flags": {
            "broken_rules": asdict(broken_rules(scored)),
            "blank_fields": asdict(blank_fields(scored)),
            "changed_numbers": asdict(changed_numbers(scored)),
            "reasons": {code: asdict(count) for code, count in reasons(numbers).items()},
        },
        "confusion": confusion(scored),
    }


def share_figures(share: Share) -> dict[str, Any]:
    """A share with its interval."""
    low, high = share.interval
    value = None if share.value is None else round(share.value, 5)
    return {"hits": share.hits, "n": share.n, "share": value, "low": round(low, 5), "high": round(high, 5)}


def against_figures(standings: Sequence[Standing]) -> list[dict[str, Any]]:
    """How other readers did on the same boxes."""
    return [
        {
            "reader": one.reader,
            "numbers_right": share_figures(one.numbers_right),
            "digits_right": share_figures(one.digits_right),
            "false_digits": share_figures(one.false_digits),
            "ms_per_number": round(one.ms_per_number, 1),
        }
        for one in standings
    ]


def _row(row: Row) -> dict[str, Any]:
    head = {"title": row.title, "form": row.form, "kind": row.kind, "group": row.group, "photos": row.photos}
    return head | {name: share_figures(share) for name, share in row.shares.items()}


def _point(point: Point) -> dict[str, Any]:
    return {
        "threshold": point.threshold,
        "accepted": share_figures(point.accepted),
        "wrong": share_figures(point.wrong),
        "straight_through": share_figures(point.straight_through),
    }


def _bin(one: Bin) -> dict[str, Any]:
    return {"from": one.low, "to": one.high, "said": _rounded(one.said), "right": share_figures(one.right)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
