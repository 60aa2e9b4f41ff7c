"""A form nobody described, drawn here: its rows are found at any turn, named, and cut as the reader wants them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.forms import Catalogue, load_catalogue
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.photo.deskew import deskew
from ocr_pipeline.photo.labels import find_upright, vocabulary_of
from ocr_pipeline.photo.unknown import unknown
from ocr_pipeline.records import Crops, Failure, Page, PhotoSource, Stage
from ocr_pipeline.warp import Image

VOCABULARY = vocabulary_of(load_catalogue())
SIDE = 56
LEFT, TOPS = 900, (420, 620, 820, 1020)
LABELS = ("JUMLAH SELURUH PENGGUNA HAK PILIH", "JUMLAH SURAT SUARA YANG DIGUNAKAN", "JUMLAH SELURUH SUARA SAH")
FIELDS = ["row_1", "ss_digunakan", "suara_sah", "suara_tidak_sah"]


def sheet(rows: int = 4) -> Image:
    """A table with a label and three boxes per line; each box holds a bar as high as its place tells."""
    page = np.full((1700, 1200), 215, np.uint8)
    for text, y in ((LABELS[0], 420), (LABELS[1], 620), (LABELS[2], 820), ("JUMLAH SUARA TIDAK SAH", 1020))[:rows]:
        cv2.putText(page, text, (90, y + 38), cv2.FONT_HERSHEY_DUPLEX, 0.85, 30, 2, cv2.LINE_AA)
        cv2.rectangle(page, (70, y - 30), (1100, y + SIDE + 30), 60, 2)
        for k in range(3):
            left = LEFT + k * SIDE
            cv2.rectangle(page, (left, y), (left + SIDE, y + SIDE), 60, 2)
            cv2.line(page, (left + 28, y + 12), (left + 28, y + 24 + 8 * k), 20, 5)
    heading = ("FORMULIR PEMILIHAN KEPALA DESA", "BERITA ACARA PENGHITUNGAN PEROLEHAN")
    for text, y in zip(heading, (160, 240), strict=True):
        cv2.putText(page, text, (200, y), cv2.FONT_HERSHEY_DUPLEX, 1.2, 30, 2, cv2.LINE_AA)
    return page


def level(picture: Image, tmp_path: Path) -> Page:
    path = tmp_path / "page.png"
    cv2.imwrite(str(path), picture)
    photo = capture(PhotoSource(str(path)))
    assert not isinstance(photo, Failure)
    return deskew(photo, Catalogue(()))


@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_rows_are_found_named_and_cut_at_any_turn(turn: int, tmp_path: Path) -> None:
    picture = np.ascontiguousarray(np.rot90(sheet(), turn))
    crops = unknown(level(picture, tmp_path), VOCABULARY)
    assert isinstance(crops, Crops)
    assert (crops.page.form_id, crops.page.page, crops.page.pairs) == ("unknown", 0, None)
    assert list(dict.fromkeys(box.field for box in crops.boxes))[1:] == FIELDS[1:]
    assert [box.index for box in crops.boxes] == [0, 1, 2] * 4
    assert min(box.border_score for box in crops.boxes) > 0.8
    # The bars stand upright in the crops and grow from left to right, whichever way the photo lay.
    lengths = [int((box.image[6:42, 22:26] < 110).any(axis=1).sum()) for box in crops.boxes]
    assert all(a < b < c for a, b, c in zip(lengths[::3], lengths[1::3], lengths[2::3], strict=True))
    assert set(crops.quality.fields) == {box.field for box in crops.boxes}


def test_boxes_lie_where_they_are_printed(tmp_path: Path) -> None:
    crops = unknown(level(sheet(), tmp_path), VOCABULARY)
    assert isinstance(crops, Crops)
    corners = np.array([box.quad_px[0] for box in crops.boxes])
    printed = np.array([(LEFT + k * SIDE, y) for y in TOPS for k in range(3)])
    assert np.abs(corners - printed).max() < 0.06 * SIDE


@pytest.mark.parametrize("rows", [0, 1])
def test_one_row_makes_no_form(rows: int, tmp_path: Path) -> None:
    failure = unknown(level(sheet(rows), tmp_path), VOCABULARY)
    assert isinstance(failure, Failure)
    assert failure.stage is Stage.IDENTIFY and failure.measured["rows_confirmed"] < 2


def test_a_page_without_boxes_stays_as_it_lies() -> None:
    page = find_upright(sheet(0))
    assert (page.rows, page.words) == ((), ())
    assert np.array_equal(page.to_level, np.eye(3))
