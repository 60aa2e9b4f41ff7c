from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ocr_pipeline.config import LEGIBILITY
from ocr_pipeline.legibility import Fault, FieldQuality, PhotoQuality, field_fault, photo_fault

CLEAR = FieldQuality(shown=1.0, box_px=35.0, clarity=20.0, glare=0.0)
GOOD = PhotoQuality(light=190.0, noise=1.0, edge_px=2.8, gradient=30.0)


@pytest.mark.parametrize(
    ("part", "limit", "worse", "fault"),
    [
        ("shown", LEGIBILITY.least_shown, -0.01, Fault.OUT_OF_FRAME),
        ("box_px", LEGIBILITY.least_box_px, -0.1, Fault.TOO_SMALL),
        ("clarity", LEGIBILITY.least_clarity, -0.1, Fault.TOO_DARK),
        ("glare", LEGIBILITY.most_glare, 0.01, Fault.GLARE),
    ],
)
def test_a_field_is_refused_from_its_limit_on(part: str, limit: float, worse: float, fault: Fault) -> None:
    assert field_fault(CLEAR) is None
    assert field_fault(replace(CLEAR, **{part: limit})) is None
    assert field_fault(replace(CLEAR, **{part: limit + worse})) is fault
    assert field_fault(replace(CLEAR, **{part: math.nan})) is fault


def test_what_is_not_in_the_picture_has_no_other_fault() -> None:
    assert field_fault(FieldQuality(0.0, 0.0, 0.0, 1.0)) is Fault.OUT_OF_FRAME


@pytest.mark.parametrize(
    ("quality", "side", "fault"),
    [
        (GOOD, 1600, None),
        (replace(GOOD, light=LEGIBILITY.least_light - 1), 1600, Fault.TOO_DARK),
        (GOOD, LEGIBILITY.least_side_px - 1, Fault.TOO_SMALL),
        (replace(GOOD, noise=GOOD.light * LEGIBILITY.most_noise + 1), 1600, Fault.GRAINY),
        (replace(GOOD, edge_px=LEGIBILITY.most_edge_px + 0.1), 1600, Fault.BLURRED),
        (replace(GOOD, edge_px=9.0, gradient=0.0), 1600, None),
    ],
)
def test_what_is_wrong_with_a_photo(quality: PhotoQuality, side: int, fault: Fault | None) -> None:
    """The last is an empty wall: it has no edges that could be sharp."""
    assert photo_fault(quality, side) is fault
