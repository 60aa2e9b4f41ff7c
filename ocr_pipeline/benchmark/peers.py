"""Registration by local features (AKAZE, SIFT) against the blank form: what comparable programs do.

The peers are told which form page it is, so theirs is the easier task.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ocr_pipeline.config import PEERS, PeerSettings
from ocr_pipeline.forms import Box, FormPage
from ocr_pipeline.records import Quad
from ocr_pipeline.synth.paper import draw_page
from ocr_pipeline.warp import Image, Points

METHODS = ("akaze", "sift")


@dataclass(frozen=True, slots=True, eq=False)
class PeerFit:
    """What a peer makes of a photo."""

    homography: Points | None
    """(3, 3) millimetres to pixels; None where fewer than four features match."""
    inliers: int

    def quads(self, boxes: Sequence[Box]) -> list[Quad]:
        """Corners of boxes on the form, in pixels of the photo."""
        assert self.homography is not None
        corners = np.array([box.corners for box in boxes]).reshape(1, -1, 2)
        mapped = cv2.perspectiveTransform(corners, self.homography).reshape(-1, 4, 2)
        return [tuple((float(x), float(y)) for x, y in quad) for quad in mapped]  # type: ignore[misc]


@dataclass(frozen=True, slots=True, eq=False)
class _Features:
    points: Points
    descriptors: Image | None


def register(method: str, grey: Image, page: FormPage, settings: PeerSettings = PEERS) -> PeerFit:
    """Matches a photo with the drawn blank sheet: ratio test, then a homography by RANSAC.

    Args:
        method: one of ``METHODS``.
        grey: the photo.
        page: the form page that it shows.
        settings: size of the blank sheet and the usual thresholds.
    """
    scale = settings.reference_side_px / max(page.width, page.height)
    blank, seen = _blank(method, page, scale), _features(method, grey)
    if seen.descriptors is None or blank.descriptors is None or len(blank.points) < 2:
        return PeerFit(None, 0)
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING if method == "akaze" else cv2.NORM_L2)
    pairs = matcher.knnMatch(seen.descriptors, blank.descriptors, k=2)
    good = [first for first, second in pairs if first.distance < settings.ratio * second.distance]
    if len(good) < 4:
        return PeerFit(None, len(good))
    source = blank.points[[match.trainIdx for match in good]]
    target = seen.points[[match.queryIdx for match in good]]
    found, inliers = cv2.findHomography(source, target, cv2.RANSAC, settings.ransac_px)
    if found is None:
        return PeerFit(None, 0)
    to_blank = np.array([[scale, 0, -0.5], [0, scale, -0.5], [0, 0, 1]])
    return PeerFit(found @ to_blank, int(inliers.sum()))


@functools.lru_cache(maxsize=64)
def _blank(method: str, page: FormPage, scale: float) -> _Features:
    return _features(method, draw_page(page, scale))


def _features(method: str, grey: Image) -> _Features:
    detector = cv2.AKAZE_create() if method == "akaze" else cv2.SIFT_create()  # type: ignore[attr-defined]
    found, descriptors = detector.detectAndCompute(grey, None)
    return _Features(np.array([point.pt for point in found], np.float64).reshape(-1, 2), descriptors)
