"""A grey picture that is drawn on in millimetres: lines, boxes, discs and printed text."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from ocr_pipeline.forms import Box
from ocr_pipeline.warp import Image

PAPER = 255
BLACK = 32


class Sheet:
    """A grey picture that is drawn on in millimetres, with exact edges between pixels."""

    def __init__(self, width: float, height: float, px_per_mm: float) -> None:
        self.px_per_mm = px_per_mm
        self.image: Image = np.full((round(height * px_per_mm), round(width * px_per_mm)), PAPER, np.uint8)

    def rect(self, x1: float, y1: float, x2: float, y2: float, grey: int) -> None:
        """A filled rectangle; a pixel that it covers in part takes its share of the tone."""
        rows, row_share = _coverage(y1 * self.px_per_mm, y2 * self.px_per_mm, self.image.shape[0])
        columns, column_share = _coverage(x1 * self.px_per_mm, x2 * self.px_per_mm, self.image.shape[1])
        part = self.image[rows, columns]
        share = np.outer(row_share, column_share)
        part[...] = np.round(part + share * (grey - part.astype(np.float64)))

    def cells(self, box: Box, marked: npt.NDArray[np.bool_], grey: int) -> None:
        """Fills the marked cells of a grid that divides the box evenly; neighbours leave no seam."""
        down = self._shares(box.y, box.h, marked.shape[0], self.image.shape[0])
        across = self._shares(box.x, box.w, marked.shape[1], self.image.shape[1])
        share = down.T @ marked.astype(np.float64) @ across
        self.image[...] = np.round(self.image + share * (grey - self.image.astype(np.float64)))

    def _shares(self, start: float, length: float, count: int, limit: int) -> npt.NDArray[np.float64]:
        """Which share of each pixel along one axis each of ``count`` equal cells covers, (count, limit)."""
        edges = (start + length * np.arange(count + 1) / count) * self.px_per_mm
        shares = np.zeros((count, limit))
        for i in range(count):
            where, share = _coverage(edges[i], edges[i + 1], limit)
            shares[i, where] = share
        return shares

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: float, grey: int) -> None:
        """A horizontal or vertical line given by its centre-line."""
        half = stroke / 2
        self.rect(min(x1, x2) - half, min(y1, y2) - half, max(x1, x2) + half, max(y1, y2) + half, grey)

    def frame(self, box: Box, stroke: float, grey: int) -> None:
        """The four sides of a box given by its centre-line."""
        (x1, y1), _, (x2, y2), _ = box.corners
        for line in ((x1, y1, x2, y1), (x1, y2, x2, y2), (x1, y1, x1, y2), (x2, y1, x2, y2)):
            self.line(*line, stroke, grey)

    def circle(self, x: float, y: float, radius: float, stroke: float, grey: int) -> None:
        """A ring; with ``stroke`` 0 a disc."""
        centre = (round((x * self.px_per_mm - 0.5) * 16), round((y * self.px_per_mm - 0.5) * 16))
        thickness = -1 if stroke == 0 else max(1, round(stroke * self.px_per_mm))
        cv2.circle(self.image, centre, round(radius * self.px_per_mm * 16), grey, thickness, cv2.LINE_AA, shift=4)

    def polygon(self, points: list[tuple[float, float]], grey: int) -> None:
        """A filled polygon."""
        pixels = np.round((np.array(points) * self.px_per_mm - 0.5) * 16).astype(np.int32)
        cv2.fillPoly(self.image, [pixels], grey, cv2.LINE_AA, shift=4)

    def dots(self, x1: float, x2: float, y: float, pitch: float = 1.9, grey: int = BLACK) -> None:
        """A dotted line to write on."""
        for x in np.arange(x1, x2, pitch):
            self.rect(x, y - 0.35, x + 0.7, y + 0.35, grey)

    def text(self, x: float, y: float, text: str, height: float, anchor: str = "m", grey: int = BLACK) -> None:
        """A line of printed text; ``y`` is its middle, ``anchor`` as in ``Caption``."""
        mask = _text_mask(text, max(4, round(height * self.px_per_mm)))
        left = x * self.px_per_mm - {"l": 0.0, "m": 0.5, "r": 1.0}[anchor] * mask.shape[1]
        row, column = round(y * self.px_per_mm - mask.shape[0] / 2), round(left)
        part = self.image[max(0, row) : row + mask.shape[0], max(0, column) : column + mask.shape[1]]
        share = mask[: part.shape[0], : part.shape[1]].astype(np.float64) / 255
        part[...] = np.round(part + share * (grey - part.astype(np.float64)))


@functools.lru_cache(maxsize=512)
def _text_mask(text: str, size_px: int) -> Image:
    """The type of a line of text, 255 where it is black; capitals are made bolder, as headings are."""
    font = ImageFont.load_default(size_px)
    left, top, right, bottom = ImageDraw.Draw(Picture.new("L", (1, 1))).textbbox((0, 0), text, font=font)
    picture = Picture.new("L", (max(1, round(right - left) + 3), max(1, round(bottom - top) + 2)), 0)
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=font)
    mask = np.asarray(picture, dtype=np.uint8)
    if text.isupper():
        mask = np.maximum(mask, (np.roll(mask, 1, axis=1) * min(1.0, 0.04 * size_px)).astype(np.uint8))
    return mask


def _coverage(start: float, end: float, limit: int) -> tuple[slice, npt.NDArray[np.float64]]:
    """The pixels between two edges and the share of each that lies between them."""
    first, last = max(0, int(np.floor(start))), min(limit, int(np.ceil(end)))
    pixels = np.arange(first, max(first, last), dtype=np.float64)
    return slice(first, max(first, last)), np.clip(np.minimum(pixels + 1, end) - np.maximum(pixels, start), 0.0, 1.0)
