"""The same boxes read by Tesseract, as a user would first try it: whole numbers in a line, and box by box.

It is given the easier task: the boxes that this program found, cut inside their printed border.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr_pipeline.benchmark.breakdown import Share
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.config import AGAINST, AgainstSettings
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.photo.text import read_digits
from ocr_pipeline.progress import Meter, NoProgress, Phase, Progress
from ocr_pipeline.records import Failure, PageReading, Photo, PhotoSource, Quad
from ocr_pipeline.warp import Image

OURS = "ocr-pipeline"
LINE, BOX = "Tesseract, a number as a line (psm 7)", "Tesseract, box by box (psm 10)"
LINE_MODE, BOX_MODE = 7, 10


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one reader makes of one number."""

    value: int | None
    boxes: str | None
    """A character per box, blank where nothing is read; None of a reader that sees no boxes."""
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How one reader did."""

    reader: str
    numbers_right: Share
    digits_right: Share
    """Boxes that hold a digit."""
    false_digits: Share
    """Of the boxes that hold no digit; a 0 there is no fault."""
    ms_per_number: float


def against_tesseract(
    scored: Sequence[Scored], progress: Progress | None = None, settings: AgainstSettings = AGAINST
) -> tuple[Standing, ...]:
    """Reads every labelled number of the pages that were found once more, by Tesseract.

    Args:
        scored: from ``measure``.
        progress: is told after each photo.
        settings: how the boxes are cut.

    Returns:
        This program first.

    Raises:
        PartMissing: Tesseract is not installed.
    """
    found: dict[str, list[tuple[int, str | None, Attempt]]] = {OURS: [], LINE: [], BOX: []}
    pages = [one for one in scored if one.right_page]
    meter = Meter(progress or NoProgress())
    meter.begin(Phase.PHOTOS, len(pages))
    for one in pages:
        photo = capture(PhotoSource(str(one.label.path)))
        assert isinstance(one.outcome, PageReading)
        if isinstance(photo, Failure):  # the file was there a moment ago
            continue
        ours_ms = one.outcome.milliseconds["read"] / len(one.outcome.fields)
        read = {field.field: field.value for field in one.result.fields} if one.result else {}
        for field in one.outcome.fields:
            true = one.label.values.get(field.field)
            if true is None:
                continue
            boxes = [inside(photo, quad, settings) for quad in field.quads_px]
            written = one.label.boxes.get(field.field)
            found[OURS].append((true, written, Attempt(read.get(field.field), field.boxes, ours_ms)))
            found[LINE].append((true, written, _as_line(boxes)))
            found[BOX].append((true, written, _box_by_box(boxes)))
        meter.step(1, 1)
    return tuple(standing_of(reader, attempts) for reader, attempts in found.items())


def inside(photo: Photo, quad: Quad, settings: AgainstSettings = AGAINST) -> Image:
    """One box flat, within its printed border, with the paper around it that Tesseract likes to have."""
    side, rim = settings.side_px, settings.side_px // 4
    reach = side * settings.rim_share / (1 - 2 * settings.rim_share)
    target = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    grown = target + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * np.float32(reach)
    corners = np.array(quad, np.float32) * np.float32(photo.scale)
    flat = cv2.warpPerspective(photo.grey, cv2.getPerspectiveTransform(corners, grown), (side, side))
    paper = float(np.percentile(flat, 90))
    return np.asarray(cv2.copyMakeBorder(flat, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=paper), np.uint8)


def _as_line(boxes: Sequence[Image]) -> Attempt:
    began = time.perf_counter()
    text = read_digits(np.hstack(boxes), LINE_MODE)
    return Attempt(int(text) if text else None, None, 1000 * (time.perf_counter() - began))


def _box_by_box(boxes: Sequence[Image]) -> Attempt:
    began = time.perf_counter()
    read = "".join(read_digits(box, BOX_MODE)[:1] or "_" for box in boxes)
    text = read.replace("_", "")
    return Attempt(int(text) if text else None, read, 1000 * (time.perf_counter() - began))


def standing_of(reader: str, attempts: Sequence[tuple[int, str | None, Attempt]]) -> Standing:
    """Counts the attempts of one reader, each with the true value and, where they are known, the true boxes."""
    boxes = [
        (true, said)
        for _, written, attempt in attempts
        if written and attempt.boxes and len(written) == len(attempt.boxes)
        for true, said in zip(written, attempt.boxes, strict=True)
    ]
    digits = [true == said for true, said in boxes if true.isdigit()]
    fillers = [said in "123456789" for true, said in boxes if true in "X-_"]
    return Standing(
        reader,
        Share(sum(attempt.value == true for true, _, attempt in attempts), len(attempts)),
        Share(sum(digits), len(digits)),
        Share(sum(fillers), len(fillers)),
        sum(attempt.milliseconds for _, _, attempt in attempts) / max(1, len(attempts)),
    )


def against_table(standings: Sequence[Standing]) -> str:
    """The standings for people."""
    lines = [f"{'the same boxes read by':40s}{'numbers':>9s}{'right':>8s}{'digits':>9s}{'false':>8s}{'ms/number':>11s}"]
    for one in standings:
        shares = [
            "-" if share.value is None else f"{share.value:.1%}"
            for share in (one.numbers_right, one.digits_right, one.false_digits)
        ]
        right, digits, false = shares
        lines.append(
            f"{one.reader:40s}{one.numbers_right.n:9d}{right:>8s}{digits:>9s}{false:>8s}{one.ms_per_number:11.1f}"
        )
    return "\n".join(lines)
