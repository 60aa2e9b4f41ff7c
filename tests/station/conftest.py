"""Page readings made by hand, for the tests of what happens after the reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from ocr_pipeline.legibility import FieldQuality, PhotoQuality, Quality
from ocr_pipeline.records import Evidence, FieldReading, PageReading, Quad, RegistrationEvidence

QUAD: Quad = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def _evidence(witness: str, value: int | None, probability: float, other: int, boxes: int) -> Evidence:
    p = np.zeros(10**boxes + 1)
    p[-1 if value is None else value] += probability
    p[other] += 1 - probability
    with np.errstate(divide="ignore"):
        return Evidence(witness, np.log(p))


def make_field(
    field: str,
    value: int | None,
    probability: float = 1.0,
    *,
    other: int = 999,
    boxes: str | None = None,
    border_scores: tuple[float, ...] = (1.0, 1.0, 1.0),
    ink: tuple[float, ...] = (1.0, 1.0, 1.0),
    witnesses: Mapping[str, int | None] | None = None,
) -> FieldReading:
    """A field read as ``value`` with that probability, the rest lying on ``other``."""
    text = boxes if boxes is not None else "___" if value is None else f"{value:X>3}"
    evidence = [_evidence("digits", value, probability, other, len(text))]
    evidence += [_evidence(name, said, 1.0, other, len(text)) for name, said in (witnesses or {}).items()]
    return FieldReading(field, text, (1.0,) * len(text), (QUAD,) * len(text), border_scores, ink, tuple(evidence))


def make_page(
    *fields: FieldReading,
    photo: str = "a.jpg",
    page: int = 2,
    form_id: str = "c-hasil-kwk-2024",
    pairs: int | None = None,
    sha256: str | None = None,
    quality: Mapping[str, FieldQuality] | None = None,
) -> PageReading:
    """A page with these fields; those that ``quality`` does not name are well to be seen."""
    registration = RegistrationEvidence("test", 1.0, 0.0, None, 0.0, None, 0.9)
    seen = {field.field: FieldQuality(1.0, 35.0, 20.0, 0.0) for field in fields} | dict(quality or {})
    whole = Quality(PhotoQuality(190.0, 1.0, 2.8, 30.0), 0.4, 0.77, (0.23, 0.0, 0.0, 0.0), seen)
    return PageReading(photo, sha256 or f"sha-{photo}", form_id, page, pairs, registration, fields, {}, whole)


@pytest.fixture(name="make_field")
def _make_field() -> Callable[..., FieldReading]:
    return make_field


@pytest.fixture(name="make_page")
def _make_page() -> Callable[..., PageReading]:
    return make_page
