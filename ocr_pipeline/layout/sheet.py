"""From a page of a PDF or a picture to a level sheet that is measured in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr_pipeline.config import BLANK_CAPTURE, SHEET, SheetSettings
from ocr_pipeline.errors import UsageError
from ocr_pipeline.files import FileKind, kind_of, open_pdf, read_bytes
from ocr_pipeline.forms import Catalogue
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.photo.deskew import deskew, evenly_lit
from ocr_pipeline.photo.labels import find_upright
from ocr_pipeline.records import Failure, Page, PhotoSource
from ocr_pipeline.warp import Image, Points

_MM_PER_POINT = 25.4 / 72


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A blank page made level and cut to the paper's edges."""

    grey: Image
    px_per_mm: float
    width: float
    height: float
    """Of the paper, mm."""
    page: Page
    """As the stage deskew left it: the picture in which marks are looked for, and the tags seen there."""
    from_flat: Points
    """(3, 3): pixels of ``page.flat`` to millimetres on the sheet."""
    size_source: str
    """Where the millimetres come from, for people."""

    def px(self, mm: float) -> float:
        """Pixel of a place on the sheet, along either axis; a pixel's middle lies at a whole number."""
        return mm * self.px_per_mm - 0.5

    def mm(self, px: float) -> float:
        """Place on the sheet of a pixel, along either axis."""
        return (px + 0.5) / self.px_per_mm

    def cut(self, x1: float, y1: float, x2: float, y2: float) -> Image:
        """The part of the picture between two corners in mm, as far as it lies on the sheet."""
        left, top, right, bottom = (max(0, round(v * self.px_per_mm)) for v in (x1, y1, x2, y2))
        return self.grey[top:bottom, left:right]


def open_sheet(source: PhotoSource, width_mm: float | None, settings: SheetSettings = SHEET) -> Sheet:
    """Reads one page, takes its turn and perspective out, and gives it a size.

    Args:
        source: a page of a PDF, which has a size of its own, or a picture that shows one whole sheet.
        width_mm: width of the paper; None for what the PDF says, or what the picture's sides suggest.
        settings: how the paper is found, and the sheets there are.

    Raises:
        UsageError: the page cannot be read, or its size is not known.
        PartMissing: Tesseract, by which it is known which way is up, is not installed.
    """
    photo = capture(source, BLANK_CAPTURE)
    if isinstance(photo, Failure):
        raise UsageError(f"{source.name}: {photo.message}")
    page = deskew(photo, Catalogue(()))
    pdf_width = _pdf_width_mm(source)
    # What a PDF draws is even and level, and its edges are the sheet's.
    grey, to_level = (photo.grey, np.eye(3)) if pdf_width else _flattened(page, settings)
    height_px, width_px = grey.shape
    width, source_of_size = (
        (width_mm, "--width-mm")
        if width_mm
        else (pdf_width, "the PDF")
        if pdf_width
        else _usual_width(width_px, height_px, settings)
    )
    px_per_mm = width_px / width
    to_mm = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, px_per_mm]]) / px_per_mm
    return Sheet(
        grey=grey,
        px_per_mm=px_per_mm,
        width=width,
        height=height_px / px_per_mm,
        page=page,
        from_flat=to_mm @ to_level @ page.flat_to_decoded,
        size_source=source_of_size,
    )


def _pdf_width_mm(source: PhotoSource) -> float | None:
    data = read_bytes(source)
    if isinstance(data, Failure) or kind_of(data) is not FileKind.PDF:
        return None
    with open_pdf(data) as document:
        return float(document[(source.page_number or 1) - 1].get_width()) * _MM_PER_POINT


def _flattened(page: Page, settings: SheetSettings) -> tuple[Image, Points]:
    """The sheet in a photo, evenly lit, upright and cut to the paper; and (3, 3) from the photo's pixels to its own."""
    grey, to_level = page.photo.grey, np.eye(3)
    if not _lies_level(page, settings):
        # The level picture of the search is small: the same flattening, at the photo's own resolution.
        factor = max(grey.shape) / max(page.flat.shape)
        to_level = np.diag([factor, factor, 1.0]) @ np.linalg.inv(page.flat_to_decoded)
        size = tuple(round(side * factor) for side in page.flat.shape[::-1])
        grey = np.asarray(cv2.warpPerspective(grey, to_level, size, borderMode=cv2.BORDER_CONSTANT), np.uint8)
    left, top, right, bottom = _paper(grey, settings)
    to_paper = np.array([[1.0, 0, -left], [0, 1.0, -top], [0, 0, 1.0]])
    upright = find_upright(evenly_lit(np.ascontiguousarray(grey[top:bottom, left:right])))
    return upright.grey, np.linalg.inv(upright.to_level) @ to_paper @ to_level


def _lies_level(page: Page, settings: SheetSettings) -> bool:
    """Whether the flattening hardly moves the corners: a scan or a screenshot, better left as it is."""
    height, width = page.flat.shape
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], float)
    moved = corners @ page.flat_to_decoded.T
    moved = moved[:, :2] / moved[:, 2:]
    high, wide = page.photo.grey.shape
    frame = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], float)
    return bool(np.abs(moved - frame).max() < settings.level_share * max(high, wide))


def _paper(grey: Image, settings: SheetSettings) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the sheet: of the largest bright part, or of the whole picture."""
    height, width = grey.shape
    factor = settings.paper_side_px / max(height, width)
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # Print is closed over, and what is bright around the sheet but as narrow as print is taken off again.
    reach = max(3, round(settings.print_share * settings.paper_side_px))
    bright = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _, mask = cv2.threshold(bright, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3 * reach, 3 * reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    x, y, w, h, area = max(stats[1:], key=lambda part: part[4], default=(0, 0, *small.shape[::-1], 0))
    whole = w >= settings.whole * small.shape[1] and h >= settings.whole * small.shape[0]
    if whole or area < settings.least_paper * small.size or area < settings.least_fill * w * h:
        return 0, 0, width, height
    return tuple(round(v / factor) for v in (x, y, x + w, y + h))


def _usual_width(width_px: int, height_px: int, settings: SheetSettings) -> tuple[float, str]:
    """The usual sheet whose sides have the picture's ratio."""
    for name, width, height in settings.usual_sheets:
        if abs(width_px / height_px / (width / height) - 1) <= settings.ratio_slack:
            return width, f"the ratio of the picture's sides, which is that of {name}"
    names = " or ".join(name for name, _, _ in settings.usual_sheets)
    raise UsageError(
        f"The sheet's size is not known: its sides are {height_px / width_px:.2f} : 1, not those of {names}. "
        "Give its width with --width-mm."
    )
