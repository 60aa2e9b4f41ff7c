"""Sheets of known geometry: pages of the catalogue, drawn without any handwriting."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.forms import Catalogue, FormPage, load_catalogue
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.photo.deskew import deskew
from ocr_pipeline.records import Photo, PhotoSource
from ocr_pipeline.synth.paper import draw_page

PX_PER_MM = 3.0


@cache
def page_of(form: str, number: int) -> FormPage:
    known = load_catalogue().form(form)
    return known.find_page(number, known.pairs[0] if known.pairs else None)


@pytest.fixture(scope="session")
def drawn() -> Callable[[str, int], Sheet]:
    """The sheet of a form's blank page, as a PDF would give it."""

    @cache
    def sheet(form: str, number: int) -> Sheet:
        page = page_of(form, number)
        grey = draw_page(page, PX_PER_MM)
        seen = deskew(Photo("drawn", "", grey, 1.0, *grey.shape[::-1]), Catalogue(()))
        to_mm = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, PX_PER_MM]]) / PX_PER_MM
        return Sheet(grey, PX_PER_MM, page.width, page.height, seen, to_mm @ seen.flat_to_decoded, "the PDF")

    return sheet


def picture_of(folder: Path, grey: np.ndarray) -> PhotoSource:
    path = folder / "picture.png"
    assert cv2.imwrite(str(path), grey)
    return PhotoSource(str(path))
