"""Digit boxes found on their own printed border and cut out flat.

Not a stage: the tool of all who know about where a row of boxes stands.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import BoxSettings
from ocr_pipeline.forms import Box
from ocr_pipeline.photo.ridges import Bools, Floats, Pieces, is_line, offsets_mm, ridge_profiles, top_of_ridge
from ocr_pipeline.photo.window import flatten, writing_window
from ocr_pipeline.records import BoxCrop, Photo, Quad
from ocr_pipeline.warp import Image, Points, Warp


def cut_row(
    photo: Photo, warp: Warp, field: str, printed: tuple[Box, ...], settings: BoxSettings
) -> tuple[BoxCrop, ...]:
    """Finds the boxes of one number near where they are expected, and cuts them out.

    Args:
        photo: the decoded picture.
        warp: millimetres to pixels of ``photo.grey``, right within ``settings.shift_mm`` there.
        field: the number's name.
        printed: its boxes, mm.
        settings: search reach, and how a crop is made.

    Returns:
        A crop per box; its score says how surely a printed border stands where it was cut.
    """
    pieces, owner, far = _edges(printed, settings)
    shift = np.zeros((len(printed), 2))
    # First the row of boxes as a whole, which three boxes' edges fix surely, then each box a little.
    for reaches, together in ((settings.shift_mm, True), (settings.own_shift_mm, False)):
        moved = _moved(pieces, shift[owner])
        for axis, rows in ((0, ~pieces.horizontal), (1, pieces.horizontal)):
            offsets = offsets_mm(reaches[axis], settings.step_mm)
            ridges, _ = ridge_profiles(photo.grey, warp, moved.only(rows), offsets, settings.ridge)
            votes = ridges / (ridges + settings.ridge.least_ridge)
            votes *= np.exp(-0.5 * (offsets / (settings.nearness * reaches[axis])) ** 2)
            for box in range(len(printed)):
                mine = np.full(len(votes), True) if together else owner[rows] == box
                # Both edges must be there: a table's line beside the boxes is matched by one of them.
                near_edge, far_edge = votes[mine & ~far[rows]].sum(axis=0), votes[mine & far[rows]].sum(axis=0)
                total = (np.minimum(near_edge, far_edge) + settings.one_edge * (near_edge + far_edge))[None, :]
                shift[box, axis] += top_of_ridge(total, np.array([int(np.argmax(total))]), offsets)[0]
    scores = _border_scores(photo.grey, warp, _moved(pieces, shift[owner]), owner, len(printed), settings)
    return tuple(
        _cut(photo, warp, field, index, Box(box.x + dx, box.y + dy, box.w, box.h), score, settings)
        for index, (box, (dx, dy), score) in enumerate(zip(printed, shift, scores, strict=True))
    )


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
    grey: Image, warp: Warp, pieces: Pieces, owner: npt.NDArray[np.int_], count: int, settings: BoxSettings
) -> list[float]:
    offsets = offsets_mm(settings.found_mm, settings.step_mm)
    ridges, relative = ridge_profiles(grey, warp, pieces, offsets, settings.ridge)
    found = is_line(ridges, relative, np.argmax(ridges, axis=1), settings.ridge)
    scores: list[float] = []
    for box in range(count):
        level, upright = (found[(owner == box) & rows].mean() for rows in (pieces.horizontal, ~pieces.horizontal))
        # Level edges alone may be a table's lines, upright ones alone a box half a height away: both must show.
        scores.append(float((level + upright) / 4 + min(level, upright) / 2))
    return scores


def _cut(photo: Photo, warp: Warp, field: str, index: int, box: Box, score: float, settings: BoxSettings) -> BoxCrop:
    window = writing_window(photo.grey, warp, box, settings.window)
    margin_x, margin_y = window.w * settings.margin, window.h * settings.margin
    outer = Box(window.x - margin_x, window.y - margin_y, window.w + 2 * margin_x, window.h + 2 * margin_y)
    quad = warp.to_px(np.array(box.corners))
    return BoxCrop(
        field=field,
        index=index,
        quad_px=_in_original(quad, photo.scale),
        image=flatten(photo.grey, warp, outer, (settings.crop_px, settings.crop_px)),
        border_score=score,
    )


def _in_original(quad: Points, scale: float) -> Quad:
    """Corners in pixels of the original photo; pixel centres lie at whole numbers."""
    shift = (1 / scale - 1) / 2
    a, b, c, d = ((float(x / scale + shift), float(y / scale + shift)) for x, y in quad)
    return a, b, c, d
