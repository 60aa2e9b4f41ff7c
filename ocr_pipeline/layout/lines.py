"""Ruled lines of a sheet: long, thin and dark, each with its centre-line to a fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import RULED_LINES, RuledLineSettings
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.warp import Image

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RuledLine:
    """A level or upright line, in mm on the sheet."""

    level: bool
    at: float
    """y of a level line, x of an upright one: the middle of the stroke."""
    start: float
    end: float
    """Where it begins and ends along x (level) or y (upright)."""
    darkness: float
    """Of the stroke against the paper beside it, 0..1."""

    @property
    def length(self) -> float:
        """From end to end, mm."""
        return self.end - self.start

    def covers(self, start: float, end: float, slack: float) -> bool:
        """Whether it runs from ``start`` to ``end``, give or take ``slack`` at either end."""
        return self.start <= start + slack and self.end >= end - slack


def find_lines(sheet: Sheet, settings: RuledLineSettings = RULED_LINES) -> tuple[RuledLine, ...]:
    """All ruled lines, level ones first, then by place.

    Args:
        sheet: its lines run level and upright.
        settings: lengths are shares of the sheet's width, so that a sheet of any size does.

    Returns:
        Lines longer than ``settings.least_run``; grey ones of tally grids and the edges of digit boxes among them.
    """
    grey, width = sheet.grey, sheet.grey.shape[1]
    thickness = max(3, round(settings.most_thickness * width)) | 1  # an even window would shift what it closes
    window = np.ones((thickness, 1), np.uint8)
    paper = max(float(np.percentile(grey[::8, ::8], 90)), 1.0)
    level = _runs(grey, window, paper, width, settings)
    upright = _runs(np.ascontiguousarray(grey.T), window, paper, width, settings)
    return tuple(
        RuledLine(is_level, sheet.mm(at), sheet.mm(start), sheet.mm(end), darkness)
        for is_level, lines in ((True, level), (False, upright))
        for at, start, end, darkness in _joined(lines, width, settings)
    )


_Run = tuple[float, float, float, float]
"""Place, start, end (pixels) and darkness."""


def _runs(grey: Image, window: Image, paper: float, width: int, settings: RuledLineSettings) -> list[_Run]:
    """Level runs of dark pixels no shorter than a line must be."""
    contrast = np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, window), np.uint8)
    least_contrast = settings.least_darkness * paper
    strokes = (contrast > least_contrast).astype(np.uint8)
    # Where another line crosses, a line is not darker than its sides, only dark.
    bridge = np.ones((1, max(3, round(settings.most_gap * width)) | 1), np.uint8)
    bridged = (cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, bridge) > 0) & (grey < paper - least_contrast)
    dark = ((strokes > 0) | bridged).astype(np.uint8)
    mask = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, max(5, round(settings.least_run * width))), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    runs: list[_Run] = []
    for x, y, w, h, _ in stats[1:]:
        top = max(y - 1, 0)
        patch = contrast[top : y + h + 1, x : x + w].astype(float)
        patch[patch < 0.5 * least_contrast] = 0
        mass = patch.sum(axis=0)
        inked = mass > 0
        if np.count_nonzero(inked) < settings.least_inked * w:
            continue
        rows = top + np.arange(len(patch))
        middle = float(np.median((rows @ patch)[inked] / mass[inked]))
        darkness = float(np.median(patch.max(axis=0)[inked])) / paper
        # In a corner the line that stands on this one hides its end.
        ink = grey[round(middle)] < paper - 0.5 * darkness * paper
        start = x - _leading(ink[max(0, x - len(window)) : x][::-1])
        end = x + w - 1 + _leading(ink[x + w : x + w + len(window)])
        runs.append((middle, float(start), float(end), darkness))
    return runs


def _leading(ink: npt.NDArray[np.bool_]) -> int:
    """How many of the first pixels are inked without a gap."""
    return int(np.argmin(ink)) if not ink.all() else len(ink)


def _joined(runs: list[_Run], width: int, settings: RuledLineSettings) -> list[_Run]:
    """Runs that go on where another ends, at the same height, are one line."""
    apart, gap = settings.same_line * width, settings.most_gap * width
    joined: list[_Run] = []
    for run in sorted(runs, key=lambda run: run[1]):
        for k, (at, start, end, darkness) in enumerate(joined):
            alike = abs(run[3] - darkness) <= settings.same_darkness
            if abs(run[0] - at) <= apart and -gap <= run[1] - end <= gap and alike:
                share = (run[2] - run[1]) / (run[2] - start)
                joined[k] = (
                    at + share * (run[0] - at),
                    start,
                    max(end, run[2]),
                    darkness + share * (run[3] - darkness),
                )
                break
        else:
            joined.append(run)
    return sorted(joined)
