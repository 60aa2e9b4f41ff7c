"""A number is cut out of its photo."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import STRIP
from ocr_pipeline.records import Failure, PhotoSource, Quad
from ocr_pipeline.sources import source_of
from ocr_pipeline.strips import cut_strip, file_name, save_strip


def picture(path: Path) -> Path:
    """Grey paper with a black box and a white one side by side, turned by a quarter."""
    sheet = np.full((800, 1000), 128, np.uint8)
    sheet[300:400, 200:300] = 0
    sheet[300:400, 310:410] = 255
    assert cv2.imwrite(str(path), np.ascontiguousarray(np.rot90(sheet)))
    return path


def turned(x: float, y: float) -> tuple[float, float]:
    return y, 999 - x


BOXES: list[Quad] = [(turned(x, 300), turned(x + 99, 300), turned(x + 99, 399), turned(x, 399)) for x in (200.0, 310.0)]


def test_the_boxes_are_upright_and_in_order(tmp_path: Path) -> None:
    strip = cut_strip(PhotoSource(str(picture(tmp_path / "a.png"))), BOXES)
    assert not isinstance(strip, Failure)
    margin = round(STRIP.margin * STRIP.height_px)
    assert strip.shape[0] == STRIP.height_px + 2 * margin
    assert strip.shape[1] == pytest.approx(STRIP.height_px * 209 / 99 + 2 * margin, abs=2)
    middle = strip[strip.shape[0] // 2]
    assert middle[margin + 20] < 20 and middle[-margin - 20] > 235
    assert abs(int(middle[4]) - 128) < 8, "some of the paper around is there"


def test_a_photo_that_is_gone_gives_no_file(tmp_path: Path) -> None:
    out = tmp_path / "strip.png"
    assert not save_strip(PhotoSource(str(tmp_path / "gone.png")), BOXES, out)
    assert not out.exists()
    assert save_strip(PhotoSource(str(picture(tmp_path / "a.png"))), BOXES, out)
    assert out.exists()


def test_the_photo_of_a_name_in_a_container(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(picture(tmp_path / "a.png"), "folder/a.png")
    source = source_of(f"{path}!folder/a.png", str(path))
    assert source == PhotoSource(str(path), "folder/a.png")
    assert not isinstance(cut_strip(source, BOXES), Failure)


@pytest.mark.parametrize(
    "source",
    [PhotoSource("a#1.jpg"), PhotoSource("b.pdf", None, 2), PhotoSource("x/s.zip", "c#b.pdf", 3), PhotoSource("é.png")],
    ids=lambda source: source.name,
)
def test_a_name_says_where_the_photo_lies(source: PhotoSource) -> None:
    assert source_of(source.name, source.path) == source


def test_a_station_that_is_a_path_makes_one_file_name() -> None:
    assert file_name("photos/TPS 1/a.jpg") == "photos_TPS_1_a.jpg"
