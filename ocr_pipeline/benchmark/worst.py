"""The cases one should look at, with their pictures: silent errors first."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ocr_pipeline.benchmark.numbers import MeasuredNumber, measured_numbers
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.config import BENCHMARK, BenchmarkSettings
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.records import Failure, PageReading, PhotoSource, Unreadable
from ocr_pipeline.strips import cut_strip
from ocr_pipeline.warp import Image


@dataclass(frozen=True, slots=True)
class WorstNumber:
    """A number that was misread or not read, and what its boxes look like."""

    number: MeasuredNumber
    picture: str | None
    """Data URI; None where its boxes cannot be cut."""


@dataclass(frozen=True, slots=True)
class WorstPhoto:
    """A photo that was refused or taken for another page."""

    name: str
    is_: str
    said: str
    """The reason of the refusal, or what it was taken for."""
    picture: str | None


def worst_numbers(scored: Sequence[Scored], settings: BenchmarkSettings = BENCHMARK) -> tuple[WorstNumber, ...]:
    """Numbers that are not right on photos that were read: the accepted first, then the surest."""
    wrong = [
        (one, number) for one in scored if not one.failure for number in measured_numbers([one]) if not number.right
    ]
    wrong.sort(key=lambda pair: (not pair[1].accepted, pair[1].value is None, -pair[1].probability, pair[1].photo))
    return tuple(WorstNumber(number, _strip(one, number.field)) for one, number in wrong[: settings.worst_numbers])


def worst_photos(scored: Sequence[Scored], settings: BenchmarkSettings = BENCHMARK) -> tuple[WorstPhoto, ...]:
    """Photos taken for another page first, then those that were refused."""
    lost = sorted((one for one in scored if not one.right_page), key=lambda one: (one.failure is not None, one.failure))
    return tuple(
        WorstPhoto(
            one.label.name, f"{one.label.form} p.{one.label.page}", _said(one), _thumbnail(one.label.path, settings)
        )
        for one in lost[: settings.worst_photos]
    )


def _said(one: Scored) -> str:
    outcome = one.outcome
    if isinstance(outcome, Unreadable):
        return f"{outcome.failure.code}: {outcome.failure.message}"
    return f"read as {outcome.form_id} p.{outcome.page}"


def _strip(one: Scored, field: str) -> str | None:
    if not isinstance(one.outcome, PageReading):
        return None
    quads = next((found.quads_px for found in one.outcome.fields if found.field == field), None)
    if not quads:
        return None
    strip = cut_strip(PhotoSource(str(one.label.path)), quads)
    return None if isinstance(strip, Failure) else _data_uri(strip)


def _thumbnail(path: Path, settings: BenchmarkSettings) -> str | None:
    photo = capture(PhotoSource(str(path)))
    if isinstance(photo, Failure):
        return None
    factor = settings.picture_px / max(photo.grey.shape)
    small = cv2.resize(photo.grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return _data_uri(np.asarray(small, np.uint8))


def _data_uri(picture: Image) -> str:
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
