"""The ruled lines of a level picture, and how many of them a form page explains.

Not a stage: the tool by which pages are looked for without marks, and by which a wrong page is known:
it leaves ruled lines unexplained.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr_pipeline.config import RulingSettings
from ocr_pipeline.landmarks import Ruled
from ocr_pipeline.warp import Image, Points, Warp


def find_ruled(grey: Image, settings: RulingSettings) -> Ruled:
    """Finds thin lines that are dark against both sides and longer than any letter.

    Args:
        grey: evenly lit picture whose ruled lines run level and upright.
        settings: size of the search, least contrast and least length.
    """
    factor = min(1.0, settings.side_px / max(grey.shape))
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else grey
    turned = np.ascontiguousarray(small.T)
    level, upright = (_level_lines(picture.astype(np.uint8, copy=False), settings) for picture in (small, turned))
    return Ruled(level, np.ascontiguousarray(upright.T), factor)


def _level_lines(grey: Image, settings: RulingSettings) -> Image:
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((settings.thickness_px, 1), np.uint8))
    # On a faint photo only the darkest specks pass a fixed threshold.
    least = np.clip(settings.faint_share * np.percentile(dark[::4, ::4], 95), *settings.least_contrast)
    run = max(settings.least_run_px, round(settings.least_run * max(grey.shape)))
    # Letters have no long level stroke; a line one degree off level steps by a pixel within the run.
    strokes = cv2.morphologyEx(
        (dark > least).astype(np.uint8), cv2.MORPH_OPEN, np.ones((1, max(3, round(settings.stroke * run))), np.uint8)
    )
    widened = cv2.dilate(strokes, np.ones((3, 1), np.uint8))
    return cv2.morphologyEx(widened, cv2.MORPH_OPEN, np.ones((1, run), np.uint8)).astype(np.uint8, copy=False)


def beside(ruled: Ruled, warp: Warp, settings: RulingSettings) -> float:
    """Ruled lines seen beside a page's sheet, in parts of those seen on it: another sheet in the picture.

    Another sheet shows lines of both directions; the edge of a table, a tiled floor's joint or a shadow one. What
    counts is twice the rarer direction.

    Args:
        ruled: what was seen.
        warp: from the page's units to pixels of the picture.
        settings: how far past its edge a sheet may still reach.
    """
    sheet = _sheet(ruled, warp, settings.sheet_slack)
    level, upright = ((int(lines.sum()), int((lines & sheet).sum())) for lines in (ruled.level, ruled.upright))
    return 2 * min(level[0] - level[1], upright[0] - upright[1]) / max(level[1] + upright[1], 1)


def explained(ruled: Ruled, lines: Points, warp: Warp, settings: RulingSettings) -> float:
    """Share of the ruled lines seen on a page's sheet that are printed on that page, 0..1.

    Args:
        ruled: what was seen.
        lines: (n, 2, 2) ends of the printed lines, in the units of ``warp``.
        warp: from there to pixels of the picture.
        settings: how near a line counts as the printed one.
    """
    steps = np.linspace(0, 1, settings.drawn_steps)[:, None, None]
    runs = lines[None, :, 0] * (1 - steps) + lines[None, :, 1] * steps
    pixels = np.rint(warp.to_px(runs.reshape(-1, 2)) * ruled.factor).astype(np.int32).reshape(*runs.shape)
    # The page may lie at a quarter turn: what counts is how a line runs in the picture.
    run = np.abs(pixels[-1] - pixels[0])
    level = run[:, 0] >= run[:, 1]
    sheet = _sheet(ruled, warp, 0.0)
    seen = printed = 0
    for picture, rows in ((ruled.level, level), (ruled.upright, ~level)):
        drawn = np.zeros(picture.shape, np.uint8)
        cv2.polylines(drawn, list(pixels[:, rows].transpose(1, 0, 2)), False, (1,), 2 * settings.reach_px + 1)
        within = picture & sheet
        seen += int(within.sum())
        printed += int((within & drawn).sum())
    return printed / max(seen, 1)


def _sheet(ruled: Ruled, warp: Warp, slack: float) -> Image:
    """1 on the page's sheet, widened on every side by a share of its own size; 0 elsewhere."""
    picture = np.zeros(ruled.level.shape, np.uint8)
    width, height = warp.size_mm
    # Past the outermost lines the bend is a guess: the sheet's corners are where the plane puts them.
    plane = Warp(warp.homography, np.zeros_like(warp.bend_mm), warp.size_mm)
    shares = np.array([[-slack, -slack], [1 + slack, -slack], [1 + slack, 1 + slack], [-slack, 1 + slack]])
    corners = plane.to_px(shares * np.array([width, height]))
    cv2.fillPoly(picture, [np.rint(corners * ruled.factor).astype(np.int32)], (1,))
    return picture
