"""Printed boxes on paper as a camera sees them: drawn from nothing, or real ones wiped and written anew."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from crops import INSET, SIDE, Grey, box_square
from handwriting import BOX, CENTRE, Handwriting, Mask, Rng, draw_class, draw_intruder, halved

CROP = 48
LOW, HIGH = INSET * SIDE - 0.5, (1 - INSET) * SIDE - 0.5

Picture = npt.NDArray[np.float32]
"""(96, 96) grey levels, 0 black to 255."""


def _rectangle(mask: Mask, corners: npt.NDArray[np.float64], width: float) -> None:
    """Draw a printed frame of the given line width (pixels, fractions count) into ``mask``."""
    fine = np.zeros((SIDE * 2, SIDE * 2), np.uint8)
    fixed = np.round((corners + 0.5) * 2 * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(fine, [fixed], True, 255, max(1, round(width * 2)), cv2.LINE_AA, 4)
    np.maximum(mask, halved(fine), out=mask)


def _guide_dots(rng: Rng) -> Mask:
    """The grey dotted guide of the 2024 form: 5 x 9 dots, the segments and a middle vertical."""
    fine = np.zeros((SIDE * 2, SIDE * 2), np.uint8)
    centre, step = CENTRE + rng.normal(0, 0.02 * BOX, 2), BOX * rng.uniform(0.095, 0.12)
    for row in range(9):
        for column in range(5):
            if row % 4 == 0 or column % 2 == 0:
                x, y = (centre + ((column - 2) * step, (row - 4) * step * 0.8) + 0.5) * 2
                dot = round(rng.uniform(0.9, 1.6) * 16)
                cv2.circle(fine, (round(x * 16), round(y * 16)), dot, 255, -1, cv2.LINE_AA, 4)
    return halved(fine)


def _printed(rng: Rng) -> Mask:
    """Everything printed in and around a box, as darkness 0..1."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    width = BOX * float(np.clip(0.035 * np.exp(rng.normal(0, 0.45)), 0.01, 0.09))
    level = rng.uniform(0.45, 1.0)
    own = np.array([[LOW, LOW], [HIGH, LOW], [HIGH, HIGH], [LOW, HIGH]]) + rng.normal(0, 0.008 * BOX, (4, 2))
    gap = BOX * rng.uniform(0.04, 0.3)
    if rng.random() < 0.92:
        _rectangle(mask, own, width)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        if rng.random() < (0.45 if dy == 0 else 0.15):
            _rectangle(mask, own + np.array([dx, dy]) * (BOX + gap), width)
        if rng.random() < 0.06:  # a ruled line of the table beside or shared with the box
            at = CENTRE + (dx + dy) * (BOX / 2 + rng.uniform(0, 0.12) * BOX)
            far = np.array([[at, -9.0], [at, SIDE + 9.0]])
            _rectangle(mask, far if dx else far[:, ::-1], width * rng.uniform(0.5, 2))
    mask *= level
    if rng.random() < 0.35:
        np.maximum(mask, _guide_dots(rng) * rng.uniform(0.08, 0.55), out=mask)
    if rng.random() < 0.06:  # grey tint or security print behind the box
        wave = np.sin(np.arange(SIDE) * rng.uniform(0.1, 0.6) + rng.uniform(0, 6))
        np.maximum(mask, ((wave[:, None] * wave[None, :]) > 0.2).astype(np.float32) * rng.uniform(0.04, 0.15), out=mask)
    return mask


def _marks(rng: Rng) -> Mask:
    """Dirt, specks, folds, a stroke of a neighbour, tally lines beside the box."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    if rng.random() < 0.3:
        mask = draw_intruder(rng) * rng.uniform(0.4, 1)
    for _ in range(rng.poisson(0.5)):
        x, y = rng.uniform(0, SIDE, 2)
        cv2.circle(mask, (int(x), int(y)), int(rng.integers(0, 3)), float(rng.uniform(0.2, 0.8)), -1, cv2.LINE_AA)
    if rng.random() < 0.06:  # a fold or a crease: a long faint line
        ends = [(int(a), int(b)) for a, b in rng.uniform(-SIDE / 2, 1.5 * SIDE, (2, 2))]
        cv2.line(mask, ends[0], ends[1], float(rng.uniform(0.05, 0.25)), int(rng.integers(1, 5)), cv2.LINE_AA)
    if rng.random() < 0.05:  # a smudge
        x, y = rng.uniform(0.2 * SIDE, 0.8 * SIDE, 2)
        spot = np.zeros_like(mask)
        cv2.circle(spot, (int(x), int(y)), int(rng.integers(6, 22)), float(rng.uniform(0.05, 0.3)), -1)
        np.maximum(mask, cv2.GaussianBlur(spot, (0, 0), 5), out=mask)
    return mask


def _waves(rng: Rng, cells: int, size: float) -> Picture:
    """Slow random variation over the picture, standard deviation ``size``."""
    coarse = rng.normal(0, size, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def synthetic(label: str, hand: Handwriting, rng: Rng) -> Picture:
    """A drawn box of class ``label`` with print, ink, paper and light, before the camera."""
    ink = draw_class(label, hand, rng)
    level = rng.uniform(0.3, 1.0) if rng.random() < 0.8 else rng.uniform(0.15, 0.4)
    if rng.random() < 0.3:  # a pen that skips
        ink = ink * np.clip(1 + _waves(rng, int(rng.integers(4, 12)), 0.3), 0.2, 1)
    dark = 1 - (1 - _printed(rng)) * (1 - ink * level) * (1 - _marks(rng) * max(level, 0.3))
    paper = np.float32(rng.uniform(90, 250))
    black = paper * np.float32(rng.uniform(0.02, 0.4))
    light = 1 + _waves(rng, int(rng.integers(2, 4)), 0.05) if rng.random() < 0.6 else np.float32(1)
    if rng.random() < 0.05:  # the edge of a shadow
        normal, offset = rng.normal(0, 1, 2), rng.uniform(-0.4, 0.4) * SIDE
        y, x = np.mgrid[:SIDE, :SIDE] - CENTRE
        side = (normal[0] * x + normal[1] * y) / np.linalg.norm(normal) - offset
        light = light * (1 - rng.uniform(0.1, 0.45) / (1 + np.exp(-side / rng.uniform(0.5, 6))))
    picture = (paper - (paper - black) * dark) * light + _waves(rng, 32, 1.5)
    return np.asarray(picture, dtype=np.float32)


def wipe(image: Grey) -> Grey:
    """Take the writing out of a real crop and leave its frame, paper and light."""
    grey = image.astype(np.float32)
    paper = cv2.GaussianBlur(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((25, 25))), (0, 0), 8)
    dark = paper - grey
    inside = np.zeros((SIDE, SIDE), np.uint8)
    border = round(0.075 * BOX)
    inside[round(LOW) + border : round(HIGH) - border + 1, round(LOW) + border : round(HIGH) - border + 1] = 1
    strong = float(np.percentile(dark[inside > 0], 99.5))
    ink = cv2.dilate(((dark > max(0.22 * strong, 5)) & (inside > 0)).astype(np.uint8), np.ones((5, 5))) * inside
    filled = cv2.inpaint(image, np.asarray(ink, dtype=np.uint8), 3, cv2.INPAINT_TELEA).astype(np.float32)
    calm = dark[(inside > 0) & (ink == 0)]
    spread = 1.48 * float(np.median(np.abs(calm - np.median(calm)))) if calm.size > 50 else 1.0
    noise = np.random.default_rng(int(image.sum())).normal(0, max(spread, 0.3), image.shape)
    return np.clip(filled + noise * (ink > 0), 0, 255).astype(np.uint8)


def rewritten(wiped: Grey, label: str, hand: Handwriting, rng: Rng) -> Picture:
    """A wiped real box with new writing of class ``label`` in ink as dark as its own frame, about."""
    paper = float(np.percentile(wiped, 75))
    black = float(np.percentile(wiped, 2))
    level = np.clip((paper - black) / max(paper, 1) * rng.uniform(0.35, 1.5), 0.08, 0.95)
    ink = cv2.GaussianBlur(draw_class(label, hand, rng), (0, 0), rng.uniform(0.3, 1.6))
    marks = _marks(rng) if rng.random() < 0.5 else np.zeros_like(ink)
    return np.asarray(wiped * (1 - ink * level) * (1 - marks * level), dtype=np.float32)


def jitter(rng: Rng, strength: float = 1.0) -> npt.NDArray[np.float32]:
    """Where the corners of the box really lie when the cut is not perfect.

    Shifted by up to 8 %, scaled by 12 %, turned by 8 degrees, with mild perspective.
    """
    turn = np.radians(np.clip(rng.normal(0, 3), -8, 8)) * strength
    scale = 1 + np.clip(rng.normal(0, 0.05, 2), -0.12, 0.12) * strength
    shift = np.clip(rng.normal(0, 0.033, 2), -0.08, 0.08) * strength * BOX
    corners = (box_square(SIDE) - CENTRE) * scale
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = corners @ rotation.T + shift + rng.normal(0, 0.012, (4, 2)) * BOX * strength
    return np.asarray(moved + CENTRE, dtype=np.float32)


def photograph(picture: Picture, rng: Rng, harm: float = 1.0) -> Grey:
    """Take a photo of a (96, 96) picture and cut the box out again: (48, 48).

    ``harm`` scales how often and how badly it is made small, blurred, noisy and compressed.
    """
    small = rng.random() < 0.85 * harm
    side = float(np.exp(rng.uniform(np.log(10), np.log(40)))) if rng.random() < 0.25 else rng.uniform(20, 42)
    pixels = max(13, round((side if small else 48) / (1 - 2 * INSET)))
    blur = 0.35 * SIDE / pixels + abs(rng.normal(0, 0.9)) * harm
    soft = cv2.GaussianBlur(picture, (0, 0), max(blur, 0.3))
    if rng.random() < 0.08 * harm:  # the hand moved
        length = int(rng.integers(3, 9))
        kernel = np.zeros((length, length), np.float32)
        a, b = rng.integers(0, length, 2)
        cv2.line(kernel, (int(a), 0), (int(b), length - 1), 1.0)
        if rng.random() < 0.5:
            kernel = np.ascontiguousarray(kernel.T)
        soft = cv2.filter2D(soft, -1, kernel / kernel.sum())
    shot = (box_square(SIDE) + 0.5) * pixels / SIDE - 0.5
    matrix = cv2.getPerspectiveTransform(jitter(rng), shot.astype(np.float32))
    low = cv2.warpPerspective(soft, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    if rng.random() < 0.7 * harm:
        # no more than leaves the writing legible: a digit lost in noise must not teach that noise is a digit
        contrast = float(np.percentile(picture, 75) - np.percentile(picture, 3))
        low = low + rng.normal(0, abs(rng.normal(0, min(4.0, 0.08 * contrast))), low.shape)
    if rng.random() < 0.12 * harm:  # a phone that sharpens
        low = low + rng.uniform(0.5, 1.5) * (low - cv2.GaussianBlur(low, (0, 0), 1.0))
    taken: Grey = np.clip(low, 0, 255).astype(np.uint8)
    if rng.random() < 0.6 * harm:
        pad = [int(p) for p in rng.integers(0, 8, 2)]
        padded = cv2.copyMakeBorder(taken, pad[0], 8 - pad[0], pad[1], 8 - pad[1], cv2.BORDER_REFLECT_101)
        _, packed = cv2.imencode(".jpg", padded, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96))])
        opened = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        taken = opened[pad[0] : pad[0] + pixels, pad[1] : pad[1] + pixels]
    way = cv2.INTER_CUBIC if rng.random() < 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(taken, (CROP, CROP), interpolation=way), dtype=np.uint8)
