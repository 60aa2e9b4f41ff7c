"""Crops of real C1 boxes, brought to one geometry.

A crop is kept at twice the net's resolution: 96 x 96, the centre-line of the printed border on the
square from 9.6 to 86.4, so that augmentation has something to cut from.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from folds import fold_of, fold_of_numbered_crop, fold_of_photo, group_of_photo

from ocr_pipeline.records import BOX_CLASSES

SIDE = 96
INSET = 0.1
"""Margin around the border's centre-line, in parts of the crop."""
LINE_REACH = 0.24
"""How far from the crop's edge its printed border is looked for, in parts of the crop."""

Grey = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float32]


@dataclass(frozen=True)
class RealCrops:
    """n real boxes with what is known of them."""

    images: Grey
    """(n, 96, 96)."""
    labels: npt.NDArray[np.int64]
    folds: npt.NDArray[np.int64]
    sources: npt.NDArray[np.str_]
    """``2020``, ``2024``, ``2014-2019`` or ``pipeline`` (the extra folder)."""
    names: npt.NDArray[np.str_]

    def __len__(self) -> int:
        """Number of crops."""
        return len(self.labels)


@dataclass(frozen=True)
class _Row:
    image: Grey
    label: str
    fold: int
    source: str
    name: str


def box_square(side: int) -> Corners:
    """The border's centre-line in a crop of the given side, corners in reading order (pixel centres)."""
    low, high = INSET * side - 0.5, (1 - INSET) * side - 0.5
    return np.array([[low, low], [high, low], [high, high], [low, high]], dtype=np.float32)


def cut(picture: Grey, corners: Corners) -> Grey:
    """Cut a box with its margin flat out of a picture; what lies outside the picture is mirrored."""
    shrink = float(np.linalg.norm(corners[1] - corners[0])) / ((1 - 2 * INSET) * SIDE)
    if shrink > 1.5:  # far more pixels than needed: smooth first, or the thin lines alias
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.4 * shrink), dtype=np.uint8)
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), box_square(SIDE))
    flat = cv2.warpPerspective(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(flat, dtype=np.uint8)


def _line(band: npt.NDArray[np.float32], default: float) -> float:
    """Position of the darkest line across a band (rows run along the line, columns from the edge in)."""
    profile = band.mean(axis=0)
    depth = np.median(profile) - profile
    best = int(np.argmax(depth))
    if depth[best] < 0.04 * float(np.median(profile)) or not 0 < best < len(profile) - 1:
        return default
    left, middle, right = depth[best - 1 : best + 2]
    return best + float(0.5 * (left - right) / min(left - 2 * middle + right, -1e-6))


def find_border(grey: Grey) -> Corners:
    """Corners of the printed border in a crop that shows it near its edges; 6 % in where it is not seen."""
    edges = []
    for turned in (grey.T, grey[:, ::-1], grey[::-1].T, grey):  # top, right, bottom, left as left edges
        height, width = turned.shape
        reach = max(4, round(LINE_REACH * width))
        strips = [turned[int(a * height) : int(b * height), :reach] for a, b in ((0.15, 0.5), (0.5, 0.85))]
        at = [_line(strip.astype(np.float32), 0.06 * width) for strip in strips]
        slope = (at[1] - at[0]) / (0.35 * height)
        if abs(slope) > 0.2:  # the halves saw different lines: a digit or a neighbour
            at = [min(at), min(at)]
            slope = 0.0
        edges.append((at[0] - slope * (0.325 * height - 0.5), slope))
    height, width = grey.shape
    (top, ts), (right, rs), (bottom, bs), (left, ls) = edges

    def corner(across: tuple[float, float], down: tuple[float, float]) -> tuple[float, float]:
        y0, ys = across
        x0, xs = down
        y = (y0 + ys * x0) / (1 - ys * xs)
        return x0 + xs * y, y

    upper, lower = (top, ts), (height - 1 - bottom, -bs)
    west, east = (left, ls), (width - 1 - right, -rs)
    return np.array(
        [corner(upper, west), corner(upper, east), corner(lower, east), corner(lower, west)], dtype=np.float32
    )


def _outline(grey: Grey) -> Corners:
    height, width = grey.shape
    return np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], dtype=np.float32)


def _opener(archive: Path) -> Callable[[str], Grey]:
    opened = zipfile.ZipFile(archive)

    def read(name: str) -> Grey:
        picture = cv2.imdecode(np.frombuffer(opened.read(name), np.uint8), cv2.IMREAD_GRAYSCALE)
        return np.asarray(picture, dtype=np.uint8)

    return read


def _jsonl(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text().splitlines():
        yield json.loads(line)


def _of_2024_and_before(shared: Path) -> Iterator[_Row]:
    read = _opener(shared / "digits" / "c1_crops.zip")
    for row in _jsonl(shared / "digits" / "c1_crops.jsonl"):
        name, label, kind = str(row["crop"]), str(row["label"]), str(row["kind"])
        if label not in BOX_CLASSES:
            continue
        grey = read(name)
        if "white-on-black" in kind:
            grey = np.asarray(255 - grey, dtype=np.uint8)
        recent = kind.startswith("2024")
        corners = find_border(grey) if recent else _outline(grey)
        source = "2024" if recent else "2014-2019"
        yield _Row(cut(grey, corners), label, fold_of_numbered_crop(str(row["source"])), source, name)


def _of_2020(shared: Path) -> Iterator[_Row]:
    """Boxes of the 2020 photos: cut by their measured corners, else from the ready-made crops."""
    labels = {Path(str(row["photo"])).stem: row["fields"] for row in _jsonl(shared / "forms" / "labels.jsonl")}
    cut_here = set()
    for row in _jsonl(shared / "forms" / "box_quads.jsonl"):
        path = shared / "forms" / str(row["photo"])
        fields, fold = labels[path.stem], fold_of_photo(path.stem, shared)
        picture = np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        cut_here.add(path.stem)
        assert isinstance(fields, dict) and isinstance(row["boxes_px"], dict)
        for field, quads in row["boxes_px"].items():
            boxes = fields.get(field, {}).get("boxes", "")
            if len(boxes) != len(quads):
                continue
            for index, (label, quad) in enumerate(zip(boxes, quads, strict=True)):
                if label in BOX_CLASSES:
                    name = f"{path.stem} {field} {index}"
                    yield _Row(cut(picture, np.array(quad, np.float32)), label, fold, "2020", name)
    read = _opener(shared / "digits" / "c1_crops_2020.zip")
    for row in _jsonl(shared / "digits" / "c1_crops_2020.jsonl"):
        stem, label = str(row["photo"]), str(row["label"])
        if stem not in cut_here and label in BOX_CLASSES:
            grey = read(str(row["crop"]))
            yield _Row(cut(grey, _outline(grey)), label, fold_of_photo(stem, shared), "2020", str(row["crop"]))


def _extra(folder: Path, shared: Path) -> Iterator[_Row]:
    """Crops cut by the pipeline itself: already 10 % around the border."""
    for row in _jsonl(folder / "crops.jsonl"):
        label, stem = str(row["label"]), Path(str(row["photo"])).stem
        if label in BOX_CLASSES:
            picture = np.asarray(cv2.imread(str(folder / str(row["crop"])), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
            large = cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            fold = fold_of(group_of_photo(stem, shared))
            yield _Row(np.asarray(large, dtype=np.uint8), label, fold, "pipeline", str(row["crop"]))


def load_real_crops(shared: Path, extra: Path | None = None) -> RealCrops:
    """All labelled crops of real boxes; ``extra`` is a folder with ``crops.jsonl`` (crop, label, photo)."""
    rows = [*_of_2020(shared), *_of_2024_and_before(shared), *(_extra(extra, shared) if extra else ())]
    return RealCrops(
        np.stack([row.image for row in rows]),
        np.array([BOX_CLASSES.index(row.label) for row in rows]),
        np.array([row.fold for row in rows]),
        np.array([row.source for row in rows]),
        np.array([row.name for row in rows]),
    )
