"""Lines of the head that are filled in by hand: dotted, with a printed label before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from ocr_pipeline.config import DOTTED_LINES, DottedLineSettings
from ocr_pipeline.forms import Box, HeaderLine
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.photo.text import Word

Floats = npt.NDArray[np.float64]

LABELS: dict[str, tuple[str, ...]] = {
    "provinsi": ("provinsi",),
    "kabupaten_kota": ("kabupaten / kota", "kabupaten", "kota"),
    "kecamatan": ("kecamatan", "kecamatan / distrik"),
    "kelurahan_desa": ("kelurahan / desa", "desa / kelurahan", "kelurahan", "desa"),
    "nomor_tps": ("nomor tps", "tps nomor", "tempat pemungutan suara tps nomor"),
    "ditetapkan_di": ("ditetapkan di",),
}
"""What is printed before each line of the head."""


@dataclass(frozen=True, slots=True)
class DottedLine:
    """A row of evenly spaced dots, mm."""

    start: float
    end: float
    y: float


def find_header(
    sheet: Sheet, words: Sequence[Word], settings: DottedLineSettings = DOTTED_LINES
) -> tuple[HeaderLine, ...]:
    """The dotted lines whose label says what is written there, each with its writing space.

    Args:
        sheet: the level sheet.
        words: its printed words, in pixels of its picture.
        settings: what counts as a dotted line, and how well its label must be read.
    """
    dotted = dotted_lines(sheet, settings)
    best: dict[str, tuple[float, DottedLine]] = {}
    for line in dotted:
        name, likeness = _named(_label_before(line, dotted, words, sheet, settings))
        if likeness >= settings.least_likeness and likeness > best.get(name, (0.0, line))[0]:
            best[name] = (likeness, line)
    spacing = _spacing([line for _, line in best.values()], settings.writing_space * sheet.width)
    return tuple(
        HeaderLine(name, Box(line.start, line.y - spacing, line.end - line.start, spacing), True)
        for name, (_, line) in sorted(best.items(), key=lambda item: (item[1][1].y, item[1][1].start))
    )


def dotted_lines(sheet: Sheet, settings: DottedLineSettings = DOTTED_LINES) -> tuple[DottedLine, ...]:
    """All rows of evenly spaced dots, top to bottom."""
    width = sheet.grey.shape[1]
    paper = float(np.percentile(sheet.grey[::8, ::8], 90))
    dark = (sheet.grey < (1 - settings.least_darkness) * paper).astype(np.uint8)
    _, _, stats, centres = cv2.connectedComponentsWithStats(dark, connectivity=8)
    sides = stats[1:, 2:4].astype(float)
    small, large = (share * width for share in settings.dot)
    is_dot = (sides.max(axis=1) <= large) & (sides.max(axis=1) >= small)
    is_dot &= np.abs(sides[:, 0] - sides[:, 1]) <= np.maximum(1, settings.alike * sides.max(axis=1))
    dots = np.column_stack([centres[1:], sides.max(axis=1)])[is_dot]
    chains: list[list[tuple[float, float, float]]] = []
    for x, y, size in dots[np.argsort(dots[:, 0], kind="stable")].tolist():
        for chain in chains:
            last_x, last_y, last_size = chain[-1]
            near = 0 < x - last_x <= settings.most_step * width and abs(y - last_y) <= settings.level * width
            if near and abs(size - last_size) <= max(1, settings.alike * last_size):
                chain.append((x, y, size))
                break
        else:
            chains.append([(x, y, size)])
    lines = [_line(sheet, np.array(chain)) for chain in chains if _is_even(np.array(chain), settings)]
    return tuple(sorted(lines, key=lambda line: (line.y, line.start)))


def _is_even(chain: Floats, settings: DottedLineSettings) -> bool:
    if len(chain) < settings.least_dots:
        return False
    steps = np.diff(chain[:, 0])
    usual = float(np.median(steps))
    return bool(np.mean(np.abs(steps - usual) <= settings.alike * usual) >= settings.least_even)


def _line(sheet: Sheet, chain: Floats) -> DottedLine:
    x, y, size = chain.T.tolist()
    half = float(np.median(size)) / 2
    return DottedLine(sheet.mm(x[0] - half), sheet.mm(x[-1] + half), sheet.mm(float(np.median(y)) + half))


def _label_before(
    line: DottedLine, dotted: Sequence[DottedLine], words: Sequence[Word], sheet: Sheet, settings: DottedLineSettings
) -> str:
    """The printed words on the line's height to its left, back to the line before it."""
    level = settings.label_level * sheet.width
    before = [other.end for other in dotted if abs(other.y - line.y) <= level and other.end < line.start]
    edge = max([line.start - settings.label_reach * sheet.width, *before])
    label = [
        word
        for word in sorted(words, key=lambda word: word.left)
        if abs(sheet.mm(word.bottom) - line.y) <= level and edge < sheet.mm(word.middle[0]) < line.start
    ]
    return " ".join(word.text for word in label)


def _named(label: str) -> tuple[str, float]:
    """The header line whose label this is most like, and how like, 0..1."""
    text = " ".join("".join(c if c.isalnum() else " " for c in label.lower()).split())
    scores = {
        name: max(fuzz.ratio(text, " ".join(known.replace("/", " ").split())) for known in labels) / 100
        for name, labels in LABELS.items()
    }
    name = max(scores, key=lambda name: scores[name])
    return name, scores[name]


def _spacing(lines: Sequence[DottedLine], most: float) -> float:
    """Height to write in: most of the way up to the next dotted line above."""
    ys = sorted({round(line.y, 1) for line in lines})
    steps = [below - above for above, below in pairwise(ys) if below - above > 0.3 * most]
    return min([most, *(0.8 * step for step in steps)])
