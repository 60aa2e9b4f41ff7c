"""How well a photo shows its sheet: scores only; ``legibility`` decides what they mean.

Not a stage: measured where boxes have been found, and where a photo ends unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import QUALITY, QualitySettings
from ocr_pipeline.forms import FormPage
from ocr_pipeline.legibility import FieldQuality, PhotoQuality, Quality
from ocr_pipeline.records import BoxCrop, IdentifiedPage, Photo, Quad
from ocr_pipeline.warp import Image, Points

Floats = npt.NDArray[np.float64]
_LAPLACE_NORM = np.sqrt(6) * np.sqrt(2 / np.pi)
"""Mean of |a - 2b + c| over independent normal noise of unit spread."""


def photo_quality(photo: Photo, settings: QualitySettings = QUALITY) -> PhotoQuality:
    """Light, noise and sharpness of a photo, whatever it shows.

    Args:
        photo: the decoded picture.
        settings: where it is sampled.
    """
    tiles = _tiles(photo.grey, settings)
    light = float(np.percentile([np.percentile(tile, settings.light_percentile) for tile in tiles], 75))
    gradients: list[Floats] = []
    widths: list[Floats] = []
    window = np.ones((settings.edge_window_px, settings.edge_window_px), np.uint8)
    for tile in tiles:
        grey = tile.astype(np.float32)
        steps = (np.abs(cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, ksize=1)) / 2 for dx in (1, 0))
        gradient = np.maximum(*steps)
        gradients.append(gradient.ravel())
        # Height of the edge over its steepest slope (Marziliano et al. 2002 measure the same width).
        height = cv2.dilate(tile, window).astype(np.float32) - cv2.erode(tile, window)
        widths.append((height / np.maximum(gradient, 0.5)).ravel())
    gradient, width = np.concatenate(gradients), np.concatenate(widths)
    least = float(np.percentile(gradient, settings.edge_percentile))
    return PhotoQuality(
        light=light,
        noise=_noise(tiles, settings),
        edge_px=float(np.median(width[gradient >= least])),
        gradient=least,
    )


def page_quality(
    page: IdentifiedPage, form_page: FormPage, boxes: Sequence[BoxCrop], settings: QualitySettings = QUALITY
) -> Quality:
    """How well a registered page and each of its fields are to be seen.

    Args:
        page: the registered page.
        form_page: its layout.
        boxes: where its digit boxes were found.
        settings: where it is sampled.
    """
    whole = photo_quality(page.photo, settings)
    quads = np.array([box.quad_px for box in boxes])
    decoded = _decoded(quads, page.photo.scale)
    depth, paper = _edges(page.photo.grey, decoded, settings)
    # Of the page and not of the field: a border that is worn or written over says nothing of the light.
    contrast = float(np.median(depth / np.maximum(paper, 1.0)))
    noise = float(np.hypot(whole.noise, settings.rounding))
    shown = share_shown(quads, page.photo)
    side = np.minimum(_length(decoded, 0, 1), _length(decoded, 0, 3))
    glare = _glare(page.photo.grey, decoded, whole.light, settings)
    cover, cut_off = _cover(page, form_page, settings)
    fields: dict[str, FieldQuality] = {}
    for name in dict.fromkeys(box.field for box in boxes):
        mine = np.array([box.field == name for box in boxes])
        fields[name] = FieldQuality(
            shown=float(shown[mine].min()),
            box_px=float(np.median(side[mine])),
            clarity=contrast * float(np.median(paper[mine])) / noise,
            glare=float(glare[mine].max()),
        )
    return Quality(whole, contrast, cover, cut_off, fields, page.beside)


def share_shown(quads_px: Sequence[Quad] | Floats, photo: Photo) -> Floats:
    """(n,) share of each box's area that lies in the picture; boxes as four corners in pixels of the original."""
    frame = np.array([[0, 0], [photo.width_px, 0], [photo.width_px, photo.height_px], [0, photo.height_px]]) - 0.5
    shares = []
    for quad in np.asarray(quads_px, np.float32).reshape(-1, 4, 2):
        inside, _ = cv2.intersectConvexConvex(quad, frame.astype(np.float32))
        shares.append(inside / max(abs(cv2.contourArea(quad)), 1e-6))
    return np.clip(shares, 0.0, 1.0)


def _tiles(grey: Image, settings: QualitySettings) -> list[Image]:
    """Squares spread evenly over the picture, away from its outermost pixels."""
    side = min(settings.tile_px, *grey.shape)
    rows, columns = (np.linspace(0, length - side, settings.tiles + 2).astype(int)[1:-1] for length in grey.shape)
    return [grey[y : y + side, x : x + side] for y in rows for x in columns]


def _noise(tiles: Iterable[Image], settings: QualitySettings) -> float:
    """Standard deviation of the quiet parts of a picture (after Immerkaer 1996), grey levels."""
    size = settings.block_px
    means: list[Floats] = []
    rough: list[Floats] = []
    for tile in tiles:
        grey = tile.astype(np.float32)
        bend = np.abs(grey[:, 2:] - 2 * grey[:, 1:-1] + grey[:, :-2])
        rows, columns = bend.shape[0] // size, bend.shape[1] // size
        for picture, found in ((grey[:, 1:-1], means), (bend, rough)):
            blocks = picture[: rows * size, : columns * size].reshape(rows, size, columns, size)
            found.append(blocks.mean(axis=(1, 3)).ravel())
    mean, roughness = np.concatenate(means), np.concatenate(rough)
    lit = mean >= settings.lit * np.percentile(mean, 95)
    return float(np.percentile(roughness[lit], 25) / _LAPLACE_NORM)


def _edges(grey: Image, quads: Floats, settings: QualitySettings) -> tuple[Floats, Floats]:
    """Of each box: how much darker its printed level edges are than the paper beside them, and that paper's level."""
    offsets = np.arange(-settings.edge_reach, settings.edge_reach + 1e-9, settings.edge_step)
    along = np.linspace(0.15, 0.85, settings.edge_samples)[None, :, None]
    top = quads[:, 0, None] + (quads[:, 1] - quads[:, 0])[:, None] * along
    bottom = quads[:, 3, None] + (quads[:, 2] - quads[:, 3])[:, None] * along
    places = np.stack([top, bottom], axis=1)[:, :, None] + (bottom - top)[:, None, None] * offsets[:, None, None]
    # cv2.remap takes fewer than 32768 rows and columns: a box a row.
    pixels = places.reshape(len(quads), -1, 2).astype(np.float32)
    values = cv2.remap(grey, pixels, np.empty(0), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    profile = np.median(values.reshape(len(quads), 2, len(offsets), settings.edge_samples), axis=3)
    inner = np.abs(offsets) <= settings.edge_inner
    sides = [np.median(profile[..., side & ~inner], axis=-1) for side in (offsets < 0, offsets > 0)]
    depth = np.minimum(*sides) - profile[..., inner].min(axis=-1)
    return np.maximum(depth, 0.0).mean(axis=1), np.maximum(*sides).mean(axis=1)


def _glare(grey: Image, quads: Floats, light: float, settings: QualitySettings) -> Floats:
    """(n,) share of each box that is blown out; 0 where the paper itself is as bright as that."""
    if light > settings.glare_light:
        return np.zeros(len(quads))
    t = (np.arange(12) + 0.5) / 12
    u, v = (grid.ravel()[None, :, None] for grid in np.meshgrid(t, t))
    a, b, c, d = (quads[:, None, corner] for corner in range(4))
    pixels = (a * (1 - u) * (1 - v) + b * u * (1 - v) + c * u * v + d * (1 - u) * v).astype(np.float32)
    values = cv2.remap(grey, pixels, np.empty(0), cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    result: Floats = (values.reshape(len(quads), -1) >= settings.blown).mean(axis=1)
    return result


def _cover(
    page: IdentifiedPage, form_page: FormPage, settings: QualitySettings
) -> tuple[float, tuple[float, float, float, float]]:
    """Share of the sheet in the picture, and how much of its width or height is missing at each of its sides."""
    xs, ys = (
        np.linspace(0, length, max(2, round(length / settings.sheet_step_mm) + 1))
        for length in (form_page.width, form_page.height)
    )
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    # The bend is fitted to what is in the picture and knows nothing of what lies outside.
    mapped = np.column_stack([points, np.ones(len(points))]) @ page.warp.homography.T
    x, y = (mapped[:, :2] / mapped[:, 2:]).T
    height, width = page.photo.grey.shape
    seen = ((mapped[:, 2] > 0) & (x >= -0.5) & (x < width) & (y >= -0.5) & (y < height)).reshape(len(ys), len(xs))
    missing = [_leading(seen), _leading(seen.T), _leading(seen[:, ::-1]), _leading(seen.T[:, ::-1])]
    return float(seen.mean()), (missing[0], missing[1], missing[2], missing[3])


def _leading(seen: npt.NDArray[np.bool_]) -> float:
    """Mean share of each row that is missing at its beginning, over the rows of which something is seen."""
    rows = seen[seen.any(axis=1)]
    return float((rows.argmax(axis=1) / seen.shape[1]).mean()) if len(rows) else 1.0


def _decoded(quads_px: Floats, scale: float) -> Floats:
    """Pixels of the decoded photo from those of the original; pixel centres lie at whole numbers."""
    result: Floats = (quads_px - (1 / scale - 1) / 2) * scale
    return result


def _length(quads: Points, start: int, end: int) -> Floats:
    result: Floats = np.hypot(*(quads[:, end] - quads[:, start]).T)
    return result
