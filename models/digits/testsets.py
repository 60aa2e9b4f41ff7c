"""Public digit sets that are never trained on, each digit placed into a plain printed box."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from boxes import CROP
from crops import SIDE, Grey, box_square
from handwriting import BOX, CENTRE, HELD_OUT_SITES, Mask, draw_paths, halved

PAPER, PRINT = 215.0, 70.0
GLYPH = 0.66
"""Height (or width, if wider) of a placed digit in parts of the box."""
PEN = 0.045 * BOX


def _in_box(ink: Mask) -> Grey:
    """Put an ink mask (96, 96) into a plain box and bring it to the net's size."""
    picture = PAPER - (PAPER - 60) * ink
    frame = np.zeros((SIDE * 2, SIDE * 2), np.uint8)
    fixed = np.round((box_square(SIDE) + 0.5) * 32).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(frame, [fixed], True, 255, 6, cv2.LINE_AA, 4)
    line = halved(frame)
    picture = picture * (1 - line) + PRINT * line
    return np.asarray(cv2.resize(picture, (CROP, CROP), interpolation=cv2.INTER_AREA).round(), dtype=np.uint8)


def _centred(ink: npt.NDArray[np.float32], part: float) -> Mask:
    """Scale a picture of ink (0..1) so that its longer side takes ``part`` of the box; put it in the middle."""
    height, width = ink.shape
    scale = part * BOX / max(height, width)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = np.clip(cv2.resize(ink, (across, down), interpolation=way), 0, 1)
    mask = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - down) // 2, (SIDE - across) // 2
    mask[top : top + down, left : left + across] = small
    return mask


def _to_ink(grey: npt.NDArray[np.uint8], light_ink: bool) -> npt.NDArray[np.float32]:
    """Grey levels to ink 0..1; where the ground is not black already, by the picture's own paper level."""
    darkness = grey.astype(np.float32) if light_ink else 255 - grey.astype(np.float32)
    low = 0.0 if light_ink else float(np.percentile(darkness, 50))
    span = max(float(np.percentile(darkness, 99.5)) - low, 20.0)
    ink: npt.NDArray[np.float32] = np.clip((darkness - low) / span, 0, 1).astype(np.float32)
    return ink


def _tight(ink: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.4), np.flatnonzero(ink.max(axis=0) > 0.4)
    if not len(rows) or not len(columns):  # no ink to cut to: placed as it is
        return ink
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _strokes(path: Path, sites: tuple[str, ...] | None) -> tuple[list[Grey], list[int]]:
    data = np.load(path, allow_pickle=False)
    points, ends, samples = data["points"], data["stroke_offsets"], data["sample_offsets"]
    images, labels = [], []
    for index, (label, site) in enumerate(zip(data["labels"], data["source"], strict=True)):
        if str(label) not in "0123456789" or (sites is not None and str(site) not in sites):
            continue
        paths = [points[ends[s] : ends[s + 1]].astype(np.float64) for s in range(samples[index], samples[index + 1])]
        every = np.concatenate(paths)
        low, high = every.min(axis=0), every.max(axis=0)
        scale = GLYPH * BOX / max(float((high - low).max()), 1.0)
        images.append(_in_box(draw_paths([(path - (low + high) / 2) * scale + CENTRE for path in paths], PEN)))
        labels.append(int(label))
    return images, labels


def public_sets(shared: Path) -> Iterator[tuple[str, str, Grey, npt.NDArray[np.int64]]]:
    """Yield (name, how it was placed, crops (n, 48, 48), labels) of every held-out public set."""
    folder = shared / "digits"
    whole = "whole picture, contrast stretched, over 0.9 of a plain box"
    tight = f"cut to its ink, centred at {GLYPH} of a plain box"
    redrawn = f"pen strokes redrawn, centred at {GLYPH} of a plain box"
    for name, light_ink, how, split in (
        ("nsysu_digits", False, whole, None),
        ("orand_car_a", False, whole, None),
        ("usps", True, tight, None),
        ("semeion", True, tight, None),
        ("optdigits_orig", True, tight, "test_windep"),
    ):
        data = np.load(folder / f"{name}.npz", allow_pickle=False)
        images, labels = data["images"], data["labels"].astype(np.int64)
        if split:
            images, labels = images[data["split"] == split], labels[data["split"] == split]
        if int(images.max()) < 255:
            images = images * np.uint8(255 // int(images.max()))
        if name == "orand_car_a":  # the digit's own rectangle lies in the middle of the 64 x 64
            sizes = np.clip(data["crop_hw"], 8, 64)
            images = [
                image[(64 - h) // 2 : (64 - h) // 2 + h, (64 - w) // 2 : (64 - w) // 2 + w]
                for image, (h, w) in zip(images, sizes, strict=True)
            ]
        inks = (_to_ink(image, light_ink) for image in images)
        placed = [_in_box(_centred(ink, 0.9) if how is whole else _centred(_tight(ink), GLYPH)) for ink in inks]
        yield name, how, np.stack(placed), labels
    for name, file, sites in (
        ("chars74k_hnd digits", "chars74k_hnd", None),
        ("unipen sites tos, gmd, imp", "unipen_digits", HELD_OUT_SITES),
    ):
        drawn, values = _strokes(folder / f"{file}.npz", sites)
        yield name, redrawn, np.stack(drawn), np.array(values)
