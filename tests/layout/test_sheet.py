"""From PDFs and pictures to level sheets with a size, or a sentence that says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from ocr_pipeline.errors import UsageError
from ocr_pipeline.layout.landmarks import printed_marks, printed_tag
from ocr_pipeline.layout.sheet import Sheet, open_sheet
from ocr_pipeline.records import PhotoSource
from ocr_pipeline.synth.paper import draw_page
from tests.layout.conftest import page_of, picture_of


def test_a_pdf_says_its_size(tmp_path: Path) -> None:
    path = tmp_path / "blank.pdf"
    Pillow.fromarray(draw_page(page_of("c-hasil-ppwp-2024", 3), 2.0)).save(path, resolution=2.0 * 25.4)
    sheet = open_sheet(PhotoSource(str(path), page_number=1), None)
    assert (sheet.width, sheet.height) == pytest.approx((600, 900), abs=0.5)
    assert sheet.size_source == "the PDF" and max(sheet.grey.shape) == 3600
    given = open_sheet(PhotoSource(str(path), page_number=1), 300.0)
    assert (given.width, given.height) == pytest.approx((300, 450), abs=0.5)


@pytest.mark.parametrize(("size", "width", "name"), [((900, 600), 600, "plano"), ((630, 891), 297, "A4 across")])
def test_a_picture_has_the_size_of_the_sheet_of_its_ratio(
    tmp_path: Path, size: tuple[int, int], width: int, name: str
) -> None:
    sheet = open_sheet(picture_of(tmp_path, np.full(size, 255, np.uint8)), None)
    assert sheet.width == width and name in sheet.size_source
    assert sheet.height == pytest.approx(width * size[0] / size[1])


def test_another_ratio_needs_a_width(tmp_path: Path) -> None:
    source = picture_of(tmp_path, np.full((600, 600), 255, np.uint8))
    with pytest.raises(UsageError, match=r"1\.00 : 1, .*--width-mm"):
        open_sheet(source, None)


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("no picture")
    with pytest.raises(UsageError, match=r"a\.txt: The file is no picture"):
        open_sheet(PhotoSource(str(path)), None)


def test_a_photo_is_made_level_and_cut_to_the_paper(tmp_path: Path) -> None:
    page = page_of("c-hasil-ppwp-2024", 1)
    flat = draw_page(page, 2.0)
    height, width = flat.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array([[300, 180], [1330, 240], [1380, 1900], [240, 1850]], np.float32)
    homography = cv2.getPerspectiveTransform(corners, seen)
    photo = cv2.warpPerspective(flat, homography, (1600, 2100), flags=cv2.INTER_AREA, borderValue=(70,))
    sheet = open_sheet(picture_of(tmp_path, np.asarray(photo)), 600.0)
    found = {mark.name: mark for mark in printed_marks(sheet)}
    assert set(found) == {"tl", "tr", "bl", "br"}
    for mark in page.marks:
        x, y = mark.x / page.width, mark.y / page.height
        assert found[mark.name].x / sheet.width == pytest.approx(x, abs=0.012)
        assert found[mark.name].y / sheet.height == pytest.approx(y, abs=0.012)
    for one, other in (("tl", "tr"), ("bl", "br")):  # level again
        assert abs(found[one].y - found[other].y) < 0.004 * sheet.height


def test_a_picture_is_turned_until_its_print_is_upright(tmp_path: Path) -> None:
    page = page_of("c-hasil-ppwp-2024", 3)
    sheet = open_sheet(picture_of(tmp_path, np.rot90(draw_page(page, 2.0))), None)
    assert (sheet.width, sheet.height) == pytest.approx((600, 900))
    tag = printed_tag(sheet)
    assert tag is not None and page.tag is not None and tag.corner_0 == page.tag.corner_0
    assert (tag.box.x, tag.box.y) == pytest.approx((page.tag.box.x, page.tag.box.y), abs=1)


def test_pixels_and_millimetres_go_together(drawn: Callable[[str, int], Sheet]) -> None:
    sheet = drawn("c-hasil-ppwp-2024", 3)
    assert sheet.mm(sheet.px(123.4)) == pytest.approx(123.4)
    assert sheet.cut(10, 20, 30, 25).shape == (15, 60)
    assert sheet.cut(-5, -5, 5, 5).shape == (15, 15)
