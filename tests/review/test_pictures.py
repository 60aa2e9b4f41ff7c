"""What is cut for people: the right place, level and upright, whichever way the photo lies and whatever it is in."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from ocr_pipeline.config import PICTURES
from ocr_pipeline.records import PhotoSource, Quad
from ocr_pipeline.review.pictures import NoPicture, crop, page, size_of

SIZE = (1200, 800)
BOXES: tuple[Quad, ...] = tuple(
    ((x, 300.0), (x + 60, 300.0), (x + 60, 370.0), (x, 370.0)) for x in (500.0, 564.0, 628.0)
)
COLOURS = ("red", "lime", "blue")


def sheet() -> Image.Image:
    """Three boxes, each of its own colour."""
    picture = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(picture)
    for quad, colour in zip(BOXES, COLOURS, strict=True):
        pen.rectangle((quad[0], quad[2]), fill=colour)
    return picture


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def is_like(pixel: tuple[int, int, int], colour: str) -> bool:
    wanted = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255)}[colour]
    return all(abs(a - b) < 60 for a, b in zip(pixel, wanted, strict=True))


def shows_the_boxes(data: bytes) -> bool:
    """Whether the three colours stand side by side, left to right, in the middle."""
    picture = opened(data)
    wide, tall = picture.size
    whole = 188 + 2 * PICTURES.side_margin * 70
    places = [(PICTURES.side_margin * 70 + 30 + 64 * number) / whole * wide for number in range(3)]
    return all(
        is_like(picture.getpixel((round(x), tall // 2)), colour) for x, colour in zip(places, COLOURS, strict=True)
    )


def test_a_crop_shows_its_boxes(tmp_path: Path) -> None:
    sheet().save(tmp_path / "a.png")
    data = crop(PhotoSource(str(tmp_path / "a.png")), BOXES)
    assert shows_the_boxes(data)
    wide, tall = opened(data).size
    assert wide <= PICTURES.crop_width_px and tall <= PICTURES.crop_height_px + 1
    assert len(data) < 60_000


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_that_lies_on_its_side_is_cut_and_shown_upright(tmp_path: Path, quarters: int) -> None:
    """Boxes are stored where they lie in the photo; the photo is turned clockwise here."""
    sheet().rotate(-90 * quarters, expand=True).save(tmp_path / "a.png")

    def turned(x: float, y: float) -> tuple[float, float]:
        width, height = SIZE
        return {1: (height - y, x), 2: (width - x, height - y), 3: (y, width - x)}[quarters]

    quads = [tuple(turned(x, y) for x, y in quad) for quad in BOXES]
    source = PhotoSource(str(tmp_path / "a.png"))
    assert shows_the_boxes(crop(source, quads))
    whole = opened(page(source, quads, 1600))
    assert whole.size == SIZE
    assert is_like(whole.getpixel((530, 335)), "red")


def test_exif_turns_are_taken_first(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned a quarter clockwise
    sheet().rotate(90, expand=True).save(tmp_path / "a.jpg", exif=exif, quality=95)
    assert size_of(PhotoSource(str(tmp_path / "a.jpg"))) == SIZE
    assert shows_the_boxes(crop(PhotoSource(str(tmp_path / "a.jpg")), BOXES))


def test_members_of_zips_frames_of_tiffs_and_pages_of_pdfs_are_shown(tmp_path: Path) -> None:
    sheet().save(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "a.png", "x/a.png")
    assert shows_the_boxes(crop(PhotoSource(str(tmp_path / "a.zip"), "x/a.png"), BOXES))
    blank = Image.new("RGB", SIZE, "white")
    blank.save(tmp_path / "a.tiff", save_all=True, append_images=[sheet()])
    assert shows_the_boxes(crop(PhotoSource(str(tmp_path / "a.tiff"), page_number=2), BOXES))
    blank.save(tmp_path / "a.pdf", save_all=True, append_images=[sheet()], resolution=72)
    width, _ = size_of(PhotoSource(str(tmp_path / "a.pdf"), page_number=2))
    scaled = [tuple((x * width / SIZE[0], y * width / SIZE[0]) for x, y in quad) for quad in BOXES]
    assert shows_the_boxes(crop(PhotoSource(str(tmp_path / "a.pdf"), page_number=2), scaled))


def test_the_page_shows_where_its_boxes_are(tmp_path: Path) -> None:
    Image.new("RGB", SIZE, "white").save(tmp_path / "a.png")
    whole = opened(page(PhotoSource(str(tmp_path / "a.png")), BOXES, 600))
    assert whole.size == (600, 400)
    coloured = [
        (x, y) for x in range(600) for y in range(400) if max(whole.getpixel((x, y))) - min(whole.getpixel((x, y))) > 60
    ]
    assert coloured and all(235 < x < 360 and 140 < y < 195 for x, y in coloured)


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"<svg onload=alert(1)>", b"\xff\xd8\xff broken"])
def test_what_is_no_picture_is_not_shown(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(NoPicture, match="unreadable"):
        crop(PhotoSource(str(tmp_path / "a.jpg")), BOXES)
    with pytest.raises(NoPicture, match="gone"):
        crop(PhotoSource(str(tmp_path / "b.jpg")), BOXES)
