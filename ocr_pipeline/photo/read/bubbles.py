"""bubbles: the number as filled in under its boxes, ten bubbles to a column (OMR).

A witness by itself: it looks at nothing that was written in the boxes. It speaks only where every
column has exactly one bubble that is clearly darker than the others; a forgotten, doubled or half
filled column makes it silent. Leading unused boxes are bubbled 0 (photos of 2024).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import BUBBLES, BubbleSettings
from ocr_pipeline.forms import Bubbles
from ocr_pipeline.records import Evidence, IdentifiedPage


def read_bubbles(page: IdentifiedPage, bubbles: Bubbles, settings: BubbleSettings = BUBBLES) -> Evidence | None:
    """What the bubbles of one number say; None where they are silent.

    Args:
        page: the registered page.
        bubbles: where they are printed.
        settings: how dark a filled bubble is against the others of its column.

    Returns:
        Witness ``bubbles`` over 0..10**n-1 and "no number", with ``settings.trust`` on its value.
    """
    darkness = _darkness(page, bubbles, settings)
    if darkness is None:
        return None
    digits: list[int] = []
    for column in darkness:
        order = np.argsort(-column)
        empty = float(np.median(column))
        filled, second = float(column[order[0]]) - empty, float(column[order[1]]) - empty
        if filled < settings.least_filled or second > settings.most_second * filled:
            return None
        digits.append(int(order[0]))
    value = int("".join(map(str, digits)))
    count = 10 ** len(digits) + 1
    log_probabilities = np.full(count, np.log((1 - settings.trust) / (count - 1)))
    log_probabilities[value] = np.log(settings.trust)
    return Evidence("bubbles", log_probabilities)


def _darkness(page: IdentifiedPage, bubbles: Bubbles, settings: BubbleSettings) -> npt.NDArray[np.float64] | None:
    """(columns, 10): how dark each bubble is inside, 0 paper to 1 black; None where one lies outside the photo."""
    step = np.linspace(-1, 1, settings.samples) * settings.inner * bubbles.radius
    dx, dy = (grid.ravel() for grid in np.meshgrid(step, step))
    inside = np.hypot(dx, dy) <= settings.inner * bubbles.radius
    spots = np.stack([dx[inside], dy[inside]], axis=1)
    centres = np.array([(x, bubbles.first_y + row * bubbles.pitch) for x in bubbles.column_x for row in range(10)])
    points = (centres[:, None, :] + spots[None, :, :]).reshape(-1, 2)
    pixels = page.warp.to_px(points).astype(np.float32).reshape(len(centres), len(spots), 2)
    height, width = page.photo.grey.shape
    if pixels.min() < 0 or (pixels.max(axis=(0, 1)) > (width - 1, height - 1)).any():
        return None
    values = cv2.remap(page.photo.grey, pixels, np.empty(0), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    paper = max(float(np.percentile(values, 90)), 8.0)
    result: npt.NDArray[np.float64] = 1 - values.mean(axis=1).reshape(len(bubbles.column_x), 10) / paper
    return result
