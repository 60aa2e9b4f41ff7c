"""Pictures for people: a number's boxes cut out level, and the whole page with them outlined.

Cut from the photo as it lies on the disk, by the boxes as stored; the file may have gone since.
"""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from ocr_pipeline.config import CAPTURE, PICTURES, CaptureSettings, PictureSettings
from ocr_pipeline.files import FileKind, kind_of, open_pdf, read_bytes
from ocr_pipeline.records import Failure, PhotoSource, Quad

_OUTLINE = (217, 119, 6)
_KINDS = {
    FileKind.JPEG: "JPEG",
    FileKind.PNG: "PNG",
    FileKind.WEBP: "WEBP",
    FileKind.TIFF: "TIFF",
    FileKind.BMP: "BMP",
    FileKind.HEIC: "HEIF",
}
"""Pillow's reader for each kind; no other is ever asked."""


class NoPicture(Exception):
    """The photo cannot be shown (any more); the message says why."""


def crop(source: PhotoSource, quads: Sequence[Quad], settings: PictureSettings = PICTURES) -> bytes:
    """The boxes of one number, level and upright, with a little of what is around them: a JPEG.

    Args:
        source: where the photo lies.
        quads: of its boxes, left to right, pixels of the photo after its EXIF turn.
        settings: size and margins.

    Raises:
        NoPicture: the file is gone or cannot be read.
    """
    photo = _photo(source, settings)
    first, last = np.array(quads[0]), np.array(quads[-1])
    level = (last[1] - first[0] + last[2] - first[3]) / 2
    upright = (first[3] - first[0] + last[2] - last[1]) / 2
    height = max(float(np.linalg.norm(upright)), 1.0)
    right, down = level / max(float(np.linalg.norm(level)), 1.0), upright / height
    beside, above = settings.side_margin * height * right, settings.margin * height * down
    corners = [
        first[0] - beside - above,
        first[3] - beside + above,
        last[2] + beside + above,
        last[1] + beside - above,
    ]
    wide = float(np.linalg.norm(level)) + 2 * settings.side_margin * height
    tall = height * (1 + 2 * settings.margin)
    scale = min(settings.crop_width_px / wide, settings.crop_height_px / tall)
    size = max(round(wide * scale), 1), max(round(tall * scale), 1)
    flat = [float(value) for corner in corners for value in corner]
    cut = photo.transform(size, Image.Transform.QUAD, flat, Image.Resampling.BICUBIC, fillcolor=(128, 128, 128))
    # Neighbours are to be seen too, so a frame says which boxes are meant; it keeps off the ink.
    left, top = scale * settings.side_margin * height, scale * settings.margin * height
    off = scale * height * settings.frame_off
    frame = (left - off, top - off, size[0] - left + off, size[1] - top + off)
    ImageDraw.Draw(cut).rounded_rectangle(frame, radius=off, outline=_OUTLINE, width=3)
    return _jpeg(cut, settings)


def page(source: PhotoSource, quads: Sequence[Quad], side_px: int, settings: PictureSettings = PICTURES) -> bytes:
    """The whole photo, turned so that its numbers stand upright, with some boxes outlined: a JPEG.

    Raises:
        NoPicture: the file is gone or cannot be read.
    """
    photo = _photo(source, settings)
    scale = min(side_px / max(photo.size), 1.0)
    size = max(round(photo.width * scale), 1), max(round(photo.height * scale), 1)
    small = photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    pen = ImageDraw.Draw(small)
    for quad in quads:
        around = _grown(quad, settings.margin / 4)
        pen.polygon([(x * scale, y * scale) for x, y in around], outline=_OUTLINE, width=3)
    return _jpeg(small.rotate(90 * _quarters(quads), expand=True), settings)


def size_of(source: PhotoSource, settings: PictureSettings = PICTURES) -> tuple[int, int]:
    """Width and height of a photo in pixels.

    Raises:
        NoPicture: the file is gone or cannot be read.
    """
    return _photo(source, settings).size


def _grown(quad: Quad, share: float) -> list[tuple[float, float]]:
    centre_x, centre_y = (sum(point[axis] for point in quad) / 4 for axis in (0, 1))
    return [(centre_x + (1 + share) * (x - centre_x), centre_y + (1 + share) * (y - centre_y)) for x, y in quad]


def _quarters(quads: Sequence[Quad]) -> int:
    """Quarter turns, counter-clockwise, after which the boxes stand upright."""
    if not quads:
        return 0
    (x1, y1), (x2, y2) = quads[0][0], quads[-1][1]
    return round(math.degrees(math.atan2(y2 - y1, x2 - x1)) / 90) % 4


def _jpeg(picture: Image.Image, settings: PictureSettings) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=settings.quality, optimize=True, progressive=True)
    return out.getvalue()


def _photo(source: PhotoSource, settings: PictureSettings) -> Image.Image:
    try:
        stamp = Path(source.path).stat().st_mtime_ns
    except OSError:
        raise NoPicture("gone") from None
    return _opened(source, stamp, settings)


@functools.lru_cache(maxsize=PICTURES.pages_kept)
def _opened(source: PhotoSource, stamp: int, settings: PictureSettings) -> Image.Image:
    """The decoded photo; the file's time only marks what was opened."""
    data = read_bytes(source)
    if isinstance(data, Failure):
        raise NoPicture("unreadable")
    kind = kind_of(data)
    try:
        if kind is FileKind.PDF:
            return _drawn(data, source.page_number or 1)
        if kind not in _KINDS:
            raise NoPicture("unreadable")
        if kind is FileKind.HEIC:
            _teach_heic()
        with Image.open(io.BytesIO(data), formats=[_KINDS[kind]]) as picture:
            if picture.width * picture.height > CAPTURE.max_pixels:
                raise NoPicture("unreadable")
            picture.seek((source.page_number or 1) - 1)
            return ImageOps.exif_transpose(picture).convert("RGB")
    except NoPicture:
        raise
    except Exception as error:  # decoders meet hostile bytes, and each has errors of its own
        raise NoPicture("unreadable") from error


def _drawn(data: bytes, number: int, settings: CaptureSettings = CAPTURE) -> Image.Image:
    """A page of a PDF, as large as it is drawn for reading: its boxes are in those pixels."""
    with open_pdf(data) as document:
        sheet = document[number - 1]
        drawn = sheet.render(scale=settings.pdf_dpi_long_side_px / max(sheet.get_size()))
        picture: Image.Image = drawn.to_pil()
        return picture.convert("RGB")


def _teach_heic() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
