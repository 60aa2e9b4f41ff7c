"""boxes: every digit box found on its own printed border and cut out flat.

A box is confirmed, not assumed: its score is the share of its border that is seen where it is cut.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import BOXES, BoxSettings
from ocr_pipeline.forms import Box, Catalogue, DigitField
from ocr_pipeline.photo.ridges import Bools, Floats, Pieces, is_line, offsets_mm, ridge_profiles, top_of_ridge
from ocr_pipeline.records import BoxCrop, Crops, Failure, FailureCode, IdentifiedPage, Image, Quad, Stage
from ocr_pipeline.warp import Points, Warp


def boxes(page: IdentifiedPage, catalogue: Catalogue, settings: BoxSettings = BOXES) -> Crops | Failure:
    """Finds, confirms and cuts every digit box of a page.

    Args:
        page: the registered page.
        catalogue: where its boxes are printed.
        settings: search reach and least share of the border.

    Returns:
        One crop per box in the order of the form; or ``BOXES_NOT_CONFIRMED`` where fewer than
        ``settings.least_confirmed`` of them show their border.
    """
    form_page = catalogue.page(page.form_id, page.page, page.pairs)
    crops: list[BoxCrop] = []
    for field in form_page.fields:
        crops.extend(_boxes_of_field(page, field, settings))
    confirmed = sum(crop.border_score >= settings.least_border for crop in crops)
    if confirmed < settings.least_confirmed * len(crops):
        return Failure(
            Stage.BOXES,
            FailureCode.BOXES_NOT_CONFIRMED,
            f"Only {confirmed} of {len(crops)} digit boxes of {form_page.title} show their printed border where the "
            "registration puts them, so nothing is read. Take the photo again, sharper or nearer.",
            {"confirmed": confirmed, "boxes": len(crops), "registration_score": round(page.evidence.score, 3)},
        )
    return Crops(page, tuple(crops))


def _boxes_of_field(page: IdentifiedPage, field: DigitField, settings: BoxSettings) -> list[BoxCrop]:
    pieces, owner, far = _edges(field.boxes, settings)
    shift = np.zeros((len(field.boxes), 2))
    # First the row of boxes as a whole, which three boxes' edges fix surely, then each box a little.
    for reaches, together in ((settings.shift_mm, True), (settings.own_shift_mm, False)):
        moved = _moved(pieces, shift[owner])
        for axis, rows in ((0, ~pieces.horizontal), (1, pieces.horizontal)):
            offsets = offsets_mm(reaches[axis], settings.step_mm)
            ridges, _ = ridge_profiles(page.photo.grey, page.warp, moved.only(rows), offsets, settings.ridge)
            votes = ridges / (ridges + settings.ridge.least_ridge)
            votes *= np.exp(-0.5 * (offsets / (settings.nearness * reaches[axis])) ** 2)
            for box in range(len(field.boxes)):
                mine = np.full(len(votes), True) if together else owner[rows] == box
                # Both edges must be there: a table's line beside the boxes is matched by one of them.
                near_edge, far_edge = votes[mine & ~far[rows]].sum(axis=0), votes[mine & far[rows]].sum(axis=0)
                total = (np.minimum(near_edge, far_edge) + settings.one_edge * (near_edge + far_edge))[None, :]
                shift[box, axis] += top_of_ridge(total, np.array([int(np.argmax(total))]), offsets)[0]
    scores = _border_scores(page, _moved(pieces, shift[owner]), owner, len(field.boxes), settings)
    return [
        _cut(page, field, index, Box(box.x + dx, box.y + dy, box.w, box.h), score, settings)
        for index, (box, (dx, dy), score) in enumerate(zip(field.boxes, shift, scores, strict=True))
    ]


def _edges(printed: tuple[Box, ...], settings: BoxSettings) -> tuple[Pieces, npt.NDArray[np.int_], Bools]:
    """The edges of each box in ``settings.parts`` pieces, whose box each is, and which are lower or right ones."""
    centre: list[tuple[float, float]] = []
    half: list[float] = []
    horizontal: list[bool] = []
    owner: list[int] = []
    far: list[bool] = []
    for index, box in enumerate(printed):
        for part in range(settings.parts):
            t = (part + 0.5) / settings.parts
            for x, y, length, level, is_far in (
                (box.x + box.w * t, box.y, box.w, True, False),
                (box.x + box.w * t, box.y + box.h, box.w, True, True),
                (box.x, box.y + box.h * t, box.h, False, False),
                (box.x + box.w, box.y + box.h * t, box.h, False, True),
            ):
                centre.append((x, y))
                half.append(length / settings.parts / 2)
                horizontal.append(level)
                owner.append(index)
                far.append(is_far)
    n = len(half)
    pieces = Pieces(np.array(centre), np.array(half), np.array(horizontal), np.ones(n, bool), np.full(n, 50.0))
    return pieces, np.array(owner), np.array(far)


def _moved(pieces: Pieces, shift: Floats) -> Pieces:
    return Pieces(pieces.centre + shift, pieces.half, pieces.horizontal, pieces.box_edge, pieces.clearance)


def _border_scores(
    page: IdentifiedPage, pieces: Pieces, owner: npt.NDArray[np.int_], count: int, settings: BoxSettings
) -> list[float]:
    offsets = offsets_mm(settings.found_mm, settings.step_mm)
    ridges, relative = ridge_profiles(page.photo.grey, page.warp, pieces, offsets, settings.ridge)
    found = is_line(ridges, relative, np.argmax(ridges, axis=1), settings.ridge)
    scores: list[float] = []
    for box in range(count):
        level, upright = (found[(owner == box) & rows].mean() for rows in (pieces.horizontal, ~pieces.horizontal))
        # Level edges alone may be a table's lines, upright ones alone a box half a height away: both must show.
        scores.append(float((level + upright) / 4 + min(level, upright) / 2))
    return scores


def _cut(page: IdentifiedPage, field: DigitField, index: int, box: Box, score: float, settings: BoxSettings) -> BoxCrop:
    margin_x, margin_y = box.w * settings.margin, box.h * settings.margin
    outer = Box(box.x - margin_x, box.y - margin_y, box.w + 2 * margin_x, box.h + 2 * margin_y)
    quad = page.warp.to_px(np.array(box.corners))
    return BoxCrop(
        field=field.name,
        index=index,
        quad_px=_in_original(quad, page.photo.scale),
        image=_flatten(page.photo.grey, page.warp, outer, settings.crop_px),
        border_score=score,
    )


def _in_original(quad: Points, scale: float) -> Quad:
    """Corners in pixels of the original photo; pixel centres lie at whole numbers."""
    shift = (1 / scale - 1) / 2
    a, b, c, d = ((float(x / scale + shift), float(y / scale + shift)) for x, y in quad)
    return a, b, c, d


def _flatten(grey: Image, warp: Warp, outer: Box, side: int) -> Image:
    """The area as a square picture; drawn larger first where the photo has more detail than that."""
    corners = warp.to_px(np.array(outer.corners)).astype(np.float32)
    seen = float(np.hypot(*(corners[1] - corners[0])))
    factor = int(np.clip(np.ceil(seen / side), 1, 4))
    size = side * factor
    square = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32) - 0.5
    homography = cv2.getPerspectiveTransform(corners, square)
    flat = cv2.warpPerspective(grey, homography, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if factor > 1:
        flat = cv2.resize(flat, (side, side), interpolation=cv2.INTER_AREA)
    return flat.astype(np.uint8, copy=False)
