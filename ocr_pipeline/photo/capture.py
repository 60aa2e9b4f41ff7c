"""From the bytes of one photo to a grey picture, turned as the camera was held and no larger than reading needs.

JPEGs are decoded by Pillow and not by OpenCV, although both sit on libjpeg-turbo and give the same
pixels in nearly the same time: OpenCV fills up a file that breaks off and says nothing, and lets
the library write its warnings to standard error.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import pypdfium2
from PIL import ExifTags
from PIL.BmpImagePlugin import BmpImageFile
from PIL.Image import DecompressionBombError
from PIL.Image import Image as Picture
from PIL.Image import new as new_picture
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ocr_pipeline.config import CAPTURE, CaptureSettings
from ocr_pipeline.files import FileKind, Refused, fingerprint, kind_of, open_pdf, read_bytes
from ocr_pipeline.records import Failure, FailureCode, Photo, PhotoSource
from ocr_pipeline.warp import Image

_READERS: Mapping[FileKind, type[ImageFile]] = {
    FileKind.JPEG: JpegImageFile,
    FileKind.PNG: PngImageFile,
    FileKind.WEBP: WebPImageFile,
    FileKind.TIFF: TiffImageFile,
    FileKind.BMP: BmpImageFile,
}
_TURNS: Mapping[int, tuple[bool, int | None]] = {
    2: (False, 1),
    3: (False, -1),
    4: (False, 0),
    5: (True, None),
    6: (True, 1),
    7: (True, -1),
    8: (True, 0),
}
"""EXIF orientation: whether rows and columns change places, then how ``cv2.flip`` mirrors."""

_JPEG_MARK = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""A mark that ends coded data: stuffed bytes (00), restarts (d0-d7) and fill (ff) do not."""
_JPEG_END = b"\xff\xd9"
_JPEG_FILL = 128
"""What libjpeg draws where the coded data gave out before the picture was full."""
_JPEG_RESTART = re.compile(rb"\xff([\xd0-\xd7])")


@dataclass(frozen=True, slots=True, eq=False)
class _Decoded:
    grey: Image
    """Not yet turned."""
    reduction: int
    width_px: int
    height_px: int
    orientation: int


def capture(source: PhotoSource, settings: CaptureSettings = CAPTURE) -> Photo | Failure:
    """Reads and decodes one photo: JPEG, PNG, WebP, TIFF, BMP, a page of a PDF, or HEIC where it is installed.

    Size limits are checked on the header, before anything is decoded. Photos are halved as long as
    the long side stays at least ``settings.reading_long_side_px`` (JPEGs while they are decoded,
    which saves a fifth to a third of the time), turned by their EXIF orientation once, and laid over white
    where they are transparent. A page of a PDF counts as a photo of the size at which it is drawn.

    A JPEG that breaks off is refused, also where some program has closed it with an end mark (but not
    a progressive one closed like that: all of the picture is there, with less detail).

    Returns:
        The photo, its grey picture not writeable; or why there is none.
    """
    data = read_bytes(source, settings)
    if isinstance(data, Failure):
        return data
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            decoded = _decode(data, source.page_number or 1, settings)
    except Refused as refusal:
        return refusal.failure
    except DecompressionBombError:
        return _too_many_pixels(settings).failure
    except Exception as error:  # decoders meet hostile bytes; what they raise is no closed list
        reason = " ".join(str(error).split()) or type(error).__name__
        message = f"The picture cannot be decoded ({reason}): take or upload it again."
        return Refused(FailureCode.BROKEN_IMAGE, message).failure
    grey, width_px, height_px = decoded.grey, decoded.width_px, decoded.height_px
    if decoded.orientation in _TURNS:
        sideways, mirror = _TURNS[decoded.orientation]
        if sideways:
            grey, width_px, height_px = np.asarray(cv2.transpose(grey), np.uint8), height_px, width_px
        if mirror is not None:
            grey = np.asarray(cv2.flip(grey, mirror), np.uint8)
    grey.setflags(write=False)
    return Photo(source.name, fingerprint(source, data), grey, 1 / decoded.reduction, width_px, height_px)


def _decode(data: bytes, page_number: int, settings: CaptureSettings) -> _Decoded:
    if not data:
        raise Refused(FailureCode.EMPTY_FILE, "The file is empty (0 bytes): take or upload the photo again.")
    kind = kind_of(data)
    if kind is None:
        message = f"The file is no picture: it begins with {data[:12]!r}. Give a photo, such as a JPEG."
        raise Refused(FailureCode.NOT_A_PHOTO, message)
    if kind is FileKind.PDF:
        return _draw_page(data, page_number, settings)
    reader = _heif_reader() if kind is FileKind.HEIC else _READERS.get(kind)
    if reader is None:
        raise Refused(FailureCode.UNSUPPORTED_TYPE, f"The file is a {kind}, which is not read: convert it to JPEG.")
    picture = reader(io.BytesIO(data))
    if page_number > 1:
        picture.seek(page_number - 1)
    width_px, height_px = picture.size
    _check_size(width_px, height_px, settings)
    reduction = 1
    while max(width_px, height_px) >= 2 * reduction * settings.reading_long_side_px:
        reduction *= 2
    grey = _decode_jpeg(data, picture, reduction, settings) if kind is FileKind.JPEG else _to_grey(picture)
    grey = _reduce(grey, reduction // round(width_px / grey.shape[1]))
    return _Decoded(grey, reduction, width_px, height_px, _orientation(picture))


def _heif_reader() -> type[ImageFile]:
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        message = "HEIC pictures are not read by this installation: convert to JPEG, or install ocr-pipeline[heic]."
        raise Refused(FailureCode.UNSUPPORTED_TYPE, message) from error
    reader: type[ImageFile] = HeifImageFile
    return reader


def _check_size(width_px: int, height_px: int, settings: CaptureSettings) -> None:
    if width_px * height_px > settings.max_pixels:
        raise _too_many_pixels(settings, width_px, height_px)
    if min(width_px, height_px) < settings.min_side_px:
        raise Refused(
            FailureCode.TOO_SMALL,
            f"The picture has {width_px} x {height_px} pixels, and a side of less than {settings.min_side_px} "
            "shows no form that could be read: upload the photo in its original size.",
            width_px=width_px,
            height_px=height_px,
        )


def _too_many_pixels(settings: CaptureSettings, width_px: int = 0, height_px: int = 0) -> Refused:
    size = f"{width_px} x {height_px} pixels" if width_px else "too many pixels"
    return Refused(
        FailureCode.TOO_MANY_PIXELS,
        f"The picture has {size}, and at most {settings.max_pixels / 1e6:g} million are read: make it smaller.",
        width_px=width_px,
        height_px=height_px,
    )


def _decode_jpeg(data: bytes, picture: Picture, reduction: int, settings: CaptureSettings) -> Image:
    """Decodes a JPEG to its grey channel, at up to an eighth of its size, if all of it is there."""
    end, scans = _walk_jpeg(data, settings.max_jpeg_scans)
    if scans > settings.max_jpeg_scans:
        message = f"The JPEG has more than {settings.max_jpeg_scans} scans, as no camera writes: save it anew."
        raise Refused(FailureCode.BROKEN_IMAGE, message, scans=scans)
    if end is None:
        raise _breaks_off(_load_jpeg(JpegImageFile(io.BytesIO(data + _JPEG_END)), reduction))
    grey = _load_jpeg(picture, reduction)
    if grey[-1, -1] == _JPEG_FILL:
        # Grey paper, or no data? A decoder that still needs data draws padding, one that is done does not. With the
        # restart mark that would come next, as one that waits for it skips all else.
        restarts = _JPEG_RESTART.findall(data, 0, end)
        following = 0xD0 + (restarts[-1][0] + 1) % 8 if restarts else 0xD0
        padding = bytes(range(255))
        padded = data[:end] + padding + bytes((0xFF, following)) + padding + _JPEG_END
        if not np.array_equal(grey, _load_jpeg(JpegImageFile(io.BytesIO(padded)), reduction)):
            raise _breaks_off(grey)
    return grey


def _walk_jpeg(data: bytes, most_scans: int) -> tuple[int | None, int]:
    """Where the end mark of the main picture stands (None: nowhere), and the number of scans before it.

    Goes from segment to segment, so that the end mark of a thumbnail in the header or of a second
    picture behind the first is not taken for the picture's own.
    """
    scans = 0
    mark = _JPEG_MARK.search(data, 2)
    while mark is not None and scans <= most_scans:
        code, at = data[mark.start() + 1], mark.end()
        if code == _JPEG_END[1]:
            return mark.start(), scans
        scans += code == 0xDA
        mark = _JPEG_MARK.search(data, at + int.from_bytes(data[at : at + 2], "big"))
    return None, scans


def _load_jpeg(picture: Picture, reduction: int) -> Image:
    picture.draft("L", (max(1, picture.width // reduction), max(1, picture.height // reduction)))
    return _to_grey(picture)


def _breaks_off(grey: Image) -> Refused:
    """The refusal of a JPEG whose coded data gave out, with the share of rows drawn before."""
    drawn = np.flatnonzero((grey != _JPEG_FILL).any(axis=1))
    share = (drawn[-1] + 1) / len(grey) if len(drawn) else 0.0
    where = f"after {100 * share:.0f} % of the picture" if share < 0.995 else "before its end mark"
    message = f"The file ends {where}, most likely cut off on its way: upload it again."
    return Refused(FailureCode.BROKEN_IMAGE, message, share=share)


def _to_grey(picture: Picture) -> Image:
    """Decodes a picture of any pixel format to 8-bit grey; transparent parts are white."""
    picture.load()
    if picture.mode.startswith("I;16"):
        return (np.asarray(picture) >> 8).astype(np.uint8)
    if picture.mode in ("I", "F", "LAB"):
        message = f"The picture's pixel format ({picture.mode}) is not read: convert it to JPEG."
        raise Refused(FailureCode.UNSUPPORTED_TYPE, message)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = new_picture("L", picture.size, 255)
        picture.paste(layer.convert("L"), mask=layer.getchannel("A"))
    return np.asarray(picture if picture.mode == "L" else picture.convert("L"))


def _reduce(grey: Image, reduction: int) -> Image:
    """Means over squares of ``reduction`` pixels; the last row and column are repeated to fill the last squares."""
    if reduction == 1:
        return grey
    height, width = grey.shape
    whole = cv2.copyMakeBorder(grey, 0, -height % reduction, 0, -width % reduction, cv2.BORDER_REPLICATE)
    size = whole.shape[1] // reduction, whole.shape[0] // reduction
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.uint8)


def _orientation(picture: Picture) -> int:
    """The EXIF orientation of a loaded picture; 1 (upright) where there is none or the tags are damaged.

    A wrong one does no harm: the form's own landmarks decide which way is up.
    """
    try:
        value = picture.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # the tags may be hostile, and the picture is good
        return 1
    return value if isinstance(value, int) else 1


def _draw_page(data: bytes, page_number: int, settings: CaptureSettings) -> _Decoded:
    with open_pdf(data) as document:
        page = document[page_number - 1]
        long_side = max(page.get_size())
        if not (math.isfinite(long_side) and long_side > 0):
            raise Refused(FailureCode.BROKEN_IMAGE, "The page of the PDF has no size: save the PDF anew.")
        for picture in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]):
            width_px, height_px = picture.get_px_size()
            if width_px * height_px > settings.max_pixels:
                raise _too_many_pixels(settings, width_px, height_px)
        drawn = page.render(scale=settings.pdf_dpi_long_side_px / long_side, grayscale=True)
        grey = np.array(drawn.to_numpy(), np.uint8).reshape(drawn.height, drawn.width)
    _check_size(drawn.width, drawn.height, settings)
    return _Decoded(grey, 1, drawn.width, drawn.height, 1)
