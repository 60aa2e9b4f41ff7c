"""unknown: the rows of digit boxes of a form that is not in the catalogue, named by their labels and cut out.

Boxes are cut as those of a known form are, so that they are read by the same reader; what was read is
for a person, whatever its probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from ocr_pipeline.config import FOUND_BOXES, UNKNOWN_FORM, BoxSettings, UnknownSettings
from ocr_pipeline.forms import UNKNOWN, Box, FormPage, unknown_page
from ocr_pipeline.photo.borders import cut_row
from ocr_pipeline.photo.labels import Vocabulary, find_upright, name_rows
from ocr_pipeline.photo.quality import page_quality
from ocr_pipeline.photo.rows import BoxRow
from ocr_pipeline.records import (
    BoxCrop,
    Crops,
    Failure,
    FailureCode,
    IdentifiedPage,
    Page,
    Photo,
    RegistrationEvidence,
    Stage,
)
from ocr_pipeline.warp import Points, Warp


def unknown(
    page: Page,
    vocabulary: Vocabulary,
    settings: UnknownSettings = UNKNOWN_FORM,
    box_settings: BoxSettings = FOUND_BOXES,
) -> Crops | Failure:
    """Finds, names and cuts the rows of digit boxes of a page whose form is not known.

    Args:
        page: the level photo, in any of four positions.
        vocabulary: labels and the fields they stand for.
        settings: how many rows make a form, and how surely they must stand there.
        box_settings: how far from where they were found their borders are looked for.

    Returns:
        The crops, as of page 0 of the form ``unknown``; or ``UNKNOWN_FORM`` where there are too few rows
        whose boxes show their printed border.

    Raises:
        PartMissing: Tesseract or its Indonesian language is not installed.
    """
    upright = find_upright(page.flat)
    to_decoded = page.flat_to_decoded @ upright.to_level
    cut = [(row, _cut(page.photo, to_decoded, row, box_settings)) for row in upright.rows]
    sure = [(row, boxes) for row, boxes in cut if _border(boxes) * row.score >= settings.least_sureness]
    score = float(np.mean([row.score for row, _ in sure])) if sure else 0.0
    convincing = score >= settings.least_score and len(upright.words) >= settings.least_words
    if len(sure) < settings.least_rows or not convincing:
        return Failure(
            Stage.IDENTIFY,
            FailureCode.UNKNOWN_FORM,
            f"No known form, and no unknown one: {len(sure)} rows of digit boxes, their edges seen by {score:.0%}, and "
            f"{len(upright.words)} words; {settings.least_rows} rows and {settings.least_score:.0%} are needed.",
            {
                "rows": len(upright.rows),
                "rows_confirmed": len(sure),
                "rows_score": round(score, 3),
                "words": len(upright.words),
            },
        )
    rows = [row for row, _ in sure]
    names = name_rows(upright.grey, rows, vocabulary, upright.words)
    crops = [replace(box, field=name.field) for (_, boxes), name in zip(sure, names, strict=True) for box in boxes]
    identified, form_page = _page(page.photo, to_decoded, rows, score)
    return Crops(identified, tuple(crops), page_quality(identified, form_page, crops))


_BOX_MM = 20.0
"""Width a box is taken to have: that of most planos, at which the search for borders is measured."""


def _cut(photo: Photo, to_decoded: Points, row: BoxRow, settings: BoxSettings) -> tuple[BoxCrop, ...]:
    """The boxes of a row, in millimetres of its own: curled sheets bend little within one row."""
    first, last = row.boxes[0], row.boxes[-1]
    width = float(np.mean([np.hypot(*(box[1] - box[0])) for box in row.boxes]))
    height = float(np.mean([np.hypot(*(box[3] - box[0])) for box in row.boxes]))
    pitch = float(np.hypot(*(last[0] - first[0]))) / (len(row.boxes) - 1)
    mm = _BOX_MM / width
    printed = tuple(Box(k * pitch * mm, 0.0, _BOX_MM, height * mm) for k in range(len(row.boxes)))
    end, bottom = printed[-1].x + _BOX_MM, height * mm
    sheet = np.array([[0, 0], [end, 0], [end, bottom], [0, bottom]], np.float32)
    seen = _mapped(np.array([first[0], last[1], last[2], first[3]]), to_decoded)
    homography = cv2.getPerspectiveTransform(sheet, seen.astype(np.float32)).astype(float)
    return cut_row(photo, Warp(homography, np.zeros((15, 2)), (end, bottom)), "", printed, settings)


def _border(boxes: Sequence[BoxCrop]) -> float:
    """How surely printed boxes stand there; the boxes of a number are confirmed together."""
    return float(np.mean([box.border_score for box in boxes]))


def _page(photo: Photo, to_decoded: Points, rows: Sequence[BoxRow], score: float) -> tuple[IdentifiedPage, FormPage]:
    """The area of the rows for a page: of its sheet nothing else is known. Its millimetres are pixels."""
    corners = np.concatenate([box for row in rows for box in row.boxes])
    left_top = corners.min(axis=0)
    width, height = (float(side) for side in np.ptp(corners, axis=0))
    place = np.array([[1, 0, left_top[0]], [0, 1, left_top[1]], [0, 0, 1]])
    evidence = RegistrationEvidence(
        method="boxes alone",
        score=score,
        residual_mm=0.0,
        runner_up=None,
        runner_up_score=0.0,
        tag_id=None,
        explained=0.0,
    )
    warp = Warp(to_decoded @ place, np.zeros((15, 2)), (width, height))
    return IdentifiedPage(photo, UNKNOWN.form_id, 0, None, warp, evidence), unknown_page(width, height)


def _mapped(points: Points, homography: Points) -> Points:
    mapped = np.column_stack([points, np.ones(len(points))]) @ homography.T
    result: Points = mapped[:, :2] / mapped[:, 2:]
    return result
