"""Bubbles on drawn sheets: filled, forgotten, doubled."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr_pipeline.forms import Bubbles, load_catalogue
from ocr_pipeline.photo.read.bubbles import read_bubbles
from ocr_pipeline.records import IdentifiedPage, Photo, RegistrationEvidence
from ocr_pipeline.synth.paper import draw_page
from ocr_pipeline.warp import Image, Warp

SCALE = 2.0
PAGE = load_catalogue().page("c-hasil-kwk-2024", 2, 2)


def _printed() -> Bubbles:
    bubbles = PAGE.fields[0].bubbles
    assert bubbles is not None
    return bubbles


def _page(filled: dict[int, list[int]], ink: int = 40) -> IdentifiedPage:
    """The blank sheet with bubbles filled: column to digits."""
    sheet: Image = draw_page(PAGE, SCALE).copy()
    bubbles = _printed()
    for column, digits in filled.items():
        for digit in digits:
            x, y = bubbles.column_x[column], bubbles.first_y + digit * bubbles.pitch
            cv2.circle(sheet, (round(x * SCALE), round(y * SCALE)), round(bubbles.radius * SCALE * 0.9), ink, -1)
    photo = Photo("sheet.png", "0" * 64, sheet, 1.0, sheet.shape[1], sheet.shape[0])
    to_pixels = np.array([[SCALE, 0, -0.5], [0, SCALE, -0.5], [0, 0, 1.0]])
    warp = Warp(to_pixels, np.zeros((15, 2)), (PAGE.width, PAGE.height))
    evidence = RegistrationEvidence("drawn", 1.0, 0.0, None, 0.0, None, 0.9)
    return IdentifiedPage(photo, PAGE.form_id, PAGE.page, PAGE.pairs, warp, evidence)


@pytest.mark.parametrize("ink", [40, 140])
@pytest.mark.parametrize("value", [0, 7, 61, 265, 999])
def test_filled_bubbles_are_the_number(value: int, ink: int) -> None:
    filled = {column: [int(digit)] for column, digit in enumerate(f"{value:03d}")}
    evidence = read_bubbles(_page(filled, ink), _printed())
    assert evidence is not None
    assert (evidence.witness, evidence.best) == ("bubbles", value)
    assert np.exp(evidence.log_probabilities).sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    "filled",
    [{}, {0: [0], 1: [6]}, {0: [0], 1: [6], 2: [1, 7]}],
    ids=["none", "a column forgotten", "two in a column"],
)
def test_anything_unclear_is_silence(filled: dict[int, list[int]]) -> None:
    assert read_bubbles(_page(filled), _printed()) is None


def test_bubbles_outside_the_picture_are_silent() -> None:
    """What is repeated at the edge of a photo may look like a filled bubble."""
    whole = _page({0: [0], 1: [6], 2: [1]})
    assert read_bubbles(whole, _printed()) is not None
    last_row = round((_printed().first_y + 9 * _printed().pitch) * SCALE)
    cut = np.ascontiguousarray(whole.photo.grey[:last_row])
    photo = Photo("cut.png", "0" * 64, cut, 1.0, cut.shape[1], cut.shape[0])
    assert read_bubbles(replace(whole, photo=photo), _printed()) is None
