from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from ocr_pipeline.config import SYNTH
from ocr_pipeline.forms import Box
from ocr_pipeline.synth.corrections import Correction, invent_correction, leaving, write_changed
from ocr_pipeline.synth.handwriting import InkLayer, invent_writer, write_in_box

BOX = Box(30, 30, 20, 20)


def ink_of(correction: Correction | None, seed: int = 3) -> tuple[float, float, Box | None]:
    """Ink within the box, ink around it, and the patch of fluid."""
    rng = np.random.default_rng(seed)
    writer = replace(invent_writer(rng, segment=False), size=0.5, place=(0.0, 0.0))
    ink, patch = InkLayer(80, 80, 4), None
    if correction is None:
        write_in_box(ink, writer, rng, "5", BOX, False)
    else:
        patch = write_changed(ink, writer, rng, correction, "5", BOX, False)
    picture = ink.finish(writer, rng).astype(float)
    inside = float(picture[120:200, 120:200].sum())
    return inside, float(picture.sum()) - inside, patch


@pytest.mark.parametrize("seed", range(4))
def test_a_digit_written_over_another_takes_more_ink(seed: int) -> None:
    assert ink_of(Correction.OVERWRITTEN, seed)[0] > 1.3 * ink_of(None, seed)[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_struck_digit_has_its_successor_and_a_paraf_outside_the_box(seed: int) -> None:
    assert ink_of(None, seed)[1] == 0
    assert ink_of(Correction.STRUCK, seed)[1] > 0


def test_fluid_lies_over_the_middle_of_the_box_and_under_nothing_else() -> None:
    *_, patch = ink_of(Correction.FLUID)
    assert patch is not None and patch.x < BOX.x and patch.y > BOX.y and patch.h < BOX.h
    assert ink_of(Correction.OVERWRITTEN)[2] is None


def test_shares_are_those_that_were_asked_for() -> None:
    often = replace(SYNTH, fluid_share=0.1, overwritten_share=0.2, struck_share=0.3)
    rng = np.random.default_rng(1)
    counted = Counter(invent_correction(rng, often) for _ in range(4000))
    expected = {Correction.FLUID: 0.1, Correction.OVERWRITTEN: 0.2, Correction.STRUCK: 0.3, None: 0.4}
    for correction, share in expected.items():
        assert counted[correction] / 4000 == pytest.approx(share, abs=0.03)


def test_a_digit_that_leaves_its_box_still_stands_over_it() -> None:
    for seed in range(40):
        place = leaving(BOX, np.random.default_rng(seed))
        assert place.w > BOX.w and place.h > BOX.h
        assert BOX.x < place.centre[0] < BOX.x + BOX.w and BOX.y < place.centre[1] < BOX.y + BOX.h
