"""Sheets of known geometry: pages of the catalogue, drawn without any handwriting."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.forms import FormPage, load_catalogue
from ocr_pipeline.layout.sheet import Sheet, open_sheet
from ocr_pipeline.records import PhotoSource
from ocr_pipeline.synth.paper import draw_page

PX_PER_MM = 3.0


@cache
def page_of(form: str, number: int) -> FormPage:
    known = load_catalogue().form(form)
    return known.find_page(number, known.pairs[0] if known.pairs else None)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Sheet]:
    """The sheet of a form's blank page."""
    folder = tmp_path_factory.mktemp("blank")

    @cache
    def sheet(form: str, number: int) -> Sheet:
        path = folder / f"{form}-{number}.png"
        assert cv2.imwrite(str(path), draw_page(page_of(form, number), PX_PER_MM))
        return open_sheet(PhotoSource(str(path)), None)

    return sheet


def picture_of(folder: Path, grey: np.ndarray) -> PhotoSource:
    path = folder / "picture.png"
    assert cv2.imwrite(str(path), grey)
    return PhotoSource(str(path))
