"""Registration marks and the AprilTag of a sheet, to a fraction of a pixel of the sheet's own picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import LANDMARKS, MARKS, LandmarkSettings
from ocr_pipeline.forms import Box, PrintedMark, PrintedTag
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.photo.deskew.marks import find_marks
from ocr_pipeline.warp import Points

_CORNERS = {(False, False): "upper_left", (True, False): "upper_right", (True, True): "lower_right"}
_CORNERS[False, True] = "lower_left"


def printed_marks(sheet: Sheet, settings: LandmarkSettings = LANDMARKS) -> tuple[PrintedMark, ...]:
    """The two-square marks that stand free on the paper, named by their corner (``tl``, ``tr``, ``bl``, ``br``).

    Letters and tags have saddles of black and white as well; a mark is one with white all around. Marks
    that are no corner of the sheet are named ``mark_5``, ``mark_6`` ... from the top.
    """
    scale = float(np.linalg.norm(sheet.from_flat[:2, 0]))
    marks: list[PrintedMark] = []
    for mark in find_marks(sheet.page.flat, MARKS):
        x, y = _on_sheet(sheet, np.array([[mark.x, mark.y]]))[0]
        if not _holds(sheet, x, y):
            continue
        placed = _measured(sheet, x, y, mark.side * scale, mark.polarity, settings)
        if placed and all(np.hypot(placed.x - m.x, placed.y - m.y) > m.side for m in marks):
            marks.append(placed)
    return _named(marks, sheet, settings)


def _measured(
    sheet: Sheet, x: float, y: float, side: float, polarity: int, settings: LandmarkSettings
) -> PrintedMark | None:
    """The mark at about (x, y) mm with its true place and side; None where it does not stand free."""
    (at,) = _refined(sheet, np.array([[x, y]]), side)
    half = settings.free * side
    patch = sheet.cut(at[0] - half, at[1] - half, at[0] + half, at[1] + half).astype(float)
    if min(patch.shape) < round(1.9 * half * sheet.px_per_mm):
        return None
    ink, paper = np.percentile(patch, (5, 90))
    dark = np.clip((paper - patch) / max(paper - ink, 1.0), 0, 1)
    true_side = float(np.sqrt(dark.sum() / 2)) / sheet.px_per_mm
    expected = _drawn(dark.shape, true_side / (2 * half), polarity)
    if (
        abs(true_side / side - 1) > settings.size_slack
        or np.corrcoef(dark.ravel(), expected.ravel())[0, 1] < settings.least_likeness
    ):
        return None
    return PrintedMark("", float(at[0]), float(at[1]), true_side, polarity)


def _drawn(shape: tuple[int, ...], side: float, polarity: int) -> npt.NDArray[np.float64]:
    """A mark in the middle of a patch; ``side`` in parts of the patch's."""
    y, x = (np.linspace(-1, 1, count) / 2 for count in shape)
    one, other = x[None, :] * polarity, y[:, None]
    return ((one * other > 0) & (abs(x[None, :]) < side) & (abs(y[:, None]) < side)).astype(float)


def _named(marks: list[PrintedMark], sheet: Sheet, settings: LandmarkSettings) -> tuple[PrintedMark, ...]:
    named: list[PrintedMark] = []
    left = list(marks)
    for name, corner_x, corner_y in (
        ("tl", 0.0, 0.0),
        ("tr", sheet.width, 0.0),
        ("bl", 0.0, sheet.height),
        ("br", sheet.width, sheet.height),
    ):

        def away(mark: PrintedMark, x: float = corner_x, y: float = corner_y) -> float:
            return max(abs(mark.x - x) / sheet.width, abs(mark.y - y) / sheet.height)

        nearest = min(left, key=away, default=None)
        if nearest is not None and away(nearest) <= settings.corner_reach:
            left.remove(nearest)
            named.append(PrintedMark(name, nearest.x, nearest.y, nearest.side, nearest.polarity))
    further = enumerate(sorted(left, key=lambda mark: (mark.y, mark.x)), start=5)
    named += [PrintedMark(f"mark_{k}", mark.x, mark.y, mark.side, mark.polarity) for k, mark in further]
    return tuple(named)


def printed_tag(sheet: Sheet) -> PrintedTag | None:
    """The largest AprilTag 36h10 on the sheet, or None."""
    placed = [(tag.tag_id, _on_sheet(sheet, tag.corners)) for tag in sheet.page.tags]
    placed = [(tag_id, corners) for tag_id, corners in placed if all(_holds(sheet, *corner) for corner in corners)]
    if not placed:
        return None
    tag_id, rough = max(placed, key=lambda tag: float(np.ptp(tag[1], axis=0).min()))
    module = float(np.ptp(rough, axis=0).mean()) / 8
    corners = _refined(sheet, rough, module)
    middle = corners.mean(axis=0)
    (x1, y1), (x2, y2) = (
        (corners[corners[:, k] < middle[k], k].mean() for k in (0, 1)),
        (corners[corners[:, k] > middle[k], k].mean() for k in (0, 1)),
    )
    right, lower = (bool(v) for v in corners[0] > middle)
    return PrintedTag((tag_id,), Box(float(x1), float(y1), float(x2 - x1), float(y2 - y1)), _CORNERS[right, lower])


def _holds(sheet: Sheet, x: float, y: float) -> bool:
    return 0 < x < sheet.width and 0 < y < sheet.height


def _on_sheet(sheet: Sheet, flat: Points) -> Points:
    """Millimetres of points of the flat picture, (n, 2)."""
    mapped = flat @ sheet.from_flat[:, :2].T + sheet.from_flat[:, 2]
    result: Points = mapped[:, :2] / mapped[:, 2:]
    return result


def _refined(sheet: Sheet, points: Points, feature: float) -> Points:
    """The corners of black and white next to points, all in mm; looked for within half a ``feature``."""
    window = max(3, round(feature * sheet.px_per_mm / 2))
    rough = (points * sheet.px_per_mm - 0.5).astype(np.float32).reshape(-1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 40, 0.01)
    found = cv2.cornerSubPix(sheet.grey, rough, (window, window), (-1, -1), criteria)
    result: Points = (found.reshape(-1, 2).astype(float) + 0.5) / sheet.px_per_mm
    return result
