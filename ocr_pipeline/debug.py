"""One picture per stage of what it saw, for ``--debug DIR``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.forms import Catalogue, FormPage
from ocr_pipeline.records import Crops, FieldReading, IdentifiedPage, Page, Photo
from ocr_pipeline.warp import Image, Points, Warp

_RED, _GREEN, _BLUE, _ORANGE = (40, 40, 230), (60, 170, 40), (220, 110, 20), (20, 140, 250)
Canvas = npt.NDArray[np.uint8]
_LONGEST_STEM = 55


class DebugSink:
    """Writes the pictures of one photo; the names begin with the photo's own and its digest."""

    def __init__(self, folder: Path, photo: Photo) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # As long as a name may be on disk, less what is put behind it: letters take up to 4 bytes each.
        stem = re.sub(r"[^\w.-]+", "_", Path(photo.name).name)[:_LONGEST_STEM]
        self._start = folder / f"{stem}-{photo.sha256[:8]}"

    def _write(self, stage: str, canvas: Canvas) -> None:
        cv2.imwrite(f"{self._start}-{stage}.jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, 85])

    def deskew(self, page: Page) -> None:
        """The level page with the marks (red and blue by polarity), tags and the first pose's sheet."""
        canvas = _canvas(page.flat)
        for mark in page.marks:
            colour = _RED if mark.polarity > 0 else _BLUE
            cv2.circle(canvas, (round(mark.x), round(mark.y)), round(1.5 * mark.side), colour, 2)
        for tag in page.tags:
            cv2.polylines(canvas, [tag.corners.astype(np.int32)], True, _GREEN, 3)
            _text(canvas, f"tag {tag.tag_id}", tag.corners.min(0) - [0, 8], _GREEN)
        for pose in page.poses[:1]:
            _text(canvas, f"{pose.form_id} p.{pose.page}: {pose.method}", np.array([10.0, 24.0]), _ORANGE)
        self._write("1-deskew", canvas)

    def identify(self, page: IdentifiedPage, catalogue: Catalogue) -> None:
        """The form's printed lines and boxes where the registration puts them in the photo."""
        form_page = catalogue.page(page.form_id, page.page, page.pairs)
        canvas = _canvas(page.photo.grey)
        draw_form(canvas, form_page, page.warp)
        title = f"{form_page.title}: {page.evidence.score:.0%} of lines, {page.evidence.residual_mm:.2f} mm"
        _text(canvas, title, np.array([10.0, 24.0]), _ORANGE)
        self._write("2-identify", canvas)

    def unknown(self, crops: Crops) -> None:
        """The rows of boxes that were found of a form that is not in the catalogue, with their names."""
        photo = crops.page.photo
        canvas = _canvas(photo.grey)
        shift = (1 / photo.scale - 1) / 2
        for box in crops.boxes:
            quad = (np.array(box.quad_px) - shift) * photo.scale
            cv2.polylines(canvas, [quad.astype(np.int32)], True, _GREEN, 2)
            if box.index == 0:
                _text(canvas, box.field, quad.min(0) - [0, 6], _ORANGE)
        self._write("2-unknown", canvas)

    def read(self, crops: Crops, fields: Sequence[FieldReading]) -> None:
        """Every crop with the character read and its probability; red where the border is not confirmed."""
        by_field = {name: [box for box in crops.boxes if box.field == name] for name in (f.field for f in fields)}
        rows: list[Canvas] = []
        for reading in fields:
            row = np.full((110, 620, 3), 255, np.uint8)
            value = next((e.best for e in reading.evidence), None)
            _text(row, f"{reading.field} = {'-' if value is None else value}", np.array([300.0, 55.0]), (0, 0, 0))
            for k, box in enumerate(by_field[reading.field]):
                picture = cv2.resize(_canvas(box.image), (72, 72), interpolation=cv2.INTER_NEAREST)
                row[2:74, 4 + 74 * k : 76 + 74 * k] = picture
                label = f"{reading.boxes[k]} {reading.box_confidence[k]:.2f}"
                _text(row, label, np.array([6.0 + 74 * k, 96.0]), _GREEN if box.border_score >= 0.5 else _RED)
            rows.append(row)
        self._write("3-read", np.vstack(rows))


def drawn_over(grey: Image, page: FormPage) -> Canvas:
    """A picture of a whole level sheet with all that the form page says of it."""
    scale = grey.shape[1] / page.width
    canvas = _canvas(grey)
    to_pixels = np.array([[scale, 0, -0.5], [0, scale, -0.5], [0, 0, 1]])
    draw_form(canvas, page, Warp(to_pixels, np.zeros((15, 2)), (page.width, page.height)))
    return canvas


def draw_form(canvas: Canvas, page: FormPage, warp: Warp) -> None:
    """Draws a page's lines, grids, marks, bubbles and named boxes through a warp, in place."""
    for line in (*page.lines, *page.grid_lines):
        t = np.linspace(0, 1, 12)[:, None]
        along = np.array([[line.x1, line.y1]]) * (1 - t) + np.array([[line.x2, line.y2]]) * t
        cv2.polylines(canvas, [_pixels(warp, along)], False, _BLUE, 1, cv2.LINE_AA)
    for mark in page.marks:
        cv2.drawMarker(canvas, _pixel(warp, (mark.x, mark.y)), _RED, cv2.MARKER_TILTED_CROSS, 16, 2)
    if page.tag is not None:
        cv2.polylines(canvas, [_pixels(warp, np.array(page.tag.box.corners))], True, _RED, 2)
    for header in page.header:
        cv2.polylines(canvas, [_pixels(warp, np.array(header.box.corners))], True, _ORANGE, 1)
        _text(canvas, header.name, _pixels(warp, np.array(header.box.corners))[0] - [0, 3], _ORANGE, 0.4)
    for field in page.fields:
        for box in field.boxes:
            cv2.polylines(canvas, [_pixels(warp, np.array(box.corners))], True, _GREEN, 2)
        if field.words is not None:
            cv2.polylines(canvas, [_pixels(warp, np.array(field.words.corners))], True, _ORANGE, 1)
        if field.bubbles is not None:
            for x in field.bubbles.column_x:
                for k in range(10):
                    at = (x, field.bubbles.first_y + k * field.bubbles.pitch)
                    cv2.circle(canvas, _pixel(warp, at), 3, _GREEN, 1)
        _text(canvas, field.name, _pixels(warp, np.array(field.boxes[0].corners))[0] - [0, 4], _GREEN, 0.5)


def _canvas(grey: Image) -> Canvas:
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR).astype(np.uint8, copy=False)


def _pixels(warp: Warp, points: Points) -> npt.NDArray[np.int32]:
    return np.rint(warp.to_px(points)).astype(np.int32)


def _pixel(warp: Warp, point: tuple[float, float]) -> tuple[int, int]:
    x, y = _pixels(warp, np.array([point]))[0]
    return int(x), int(y)


def _text(
    canvas: Canvas, text: str, at: Points | npt.NDArray[np.int32], colour: tuple[int, ...], size: float = 0.6
) -> None:
    where = (int(at[0]), int(at[1]))
    cv2.putText(canvas, text, where, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), 4, cv2.LINE_AA)
    cv2.putText(canvas, text, where, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 1, cv2.LINE_AA)
