"""Fills in a page: which character goes into which box, and the ink of digits, bubbles, words and tallies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ocr_pipeline.config import SYNTH
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Box, DigitField, FormPage, Tally
from ocr_pipeline.synth import handwriting as hand
from ocr_pipeline.synth.corrections import Correction, invent_correction, leaving, write_changed
from ocr_pipeline.synth.handwriting import InkLayer, Writer
from ocr_pipeline.synth.number_words import number_words
from ocr_pipeline.synth.paper import signature_cells
from ocr_pipeline.synth.station import StationTruth
from ocr_pipeline.warp import Image

CLOSING = "penutup"
"""Section of the date boxes; dates have no fillers and no words."""
STROKES_PER_CELL = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """What was written for one number; the truth a reading is compared with."""

    boxes: str
    value: int
    words: str | None = None
    bubbles: str | None = None
    row_totals: tuple[str, ...] | None = None
    changed: Correction | None = None
    """How a digit of it was changed."""


@dataclass(frozen=True, slots=True, eq=False)
class FilledPage:
    """The ink on one page and what it says."""

    ink: Image
    """How much of the print is hidden, 0..255."""
    colour: tuple[int, int, int]
    """Blue, green, red."""
    fluid: tuple[Box, ...]
    """Patches of correction fluid under the ink, mm."""
    entries: Mapping[str, Entry]


def fill_page(
    page: FormPage, truth: StationTruth, writer: Writer, rng: np.random.Generator, px_per_mm: float
) -> FilledPage:
    """Writes a station's numbers on a page.

    Raises:
        UsageError: a number has more digits than its field has boxes.
    """
    ink = InkLayer(page.width, page.height, px_per_mm)
    fluid: list[Box] = []
    entries: dict[str, Entry] = {}
    for field in page.fields:
        value = truth.values[field.name]
        entry = _entry(field, value, truth.words.get(field.name, value), writer)
        if entry.bubbles is not None and rng.random() < SYNTH.forgotten_bubbles:
            entry = replace(entry, bubbles=None)
        for char, box in zip(entry.boxes, field.boxes, strict=True):
            correction = invent_correction(rng) if char.isdigit() else None
            if correction is not None:
                entry = replace(entry, changed=correction)
                patch = write_changed(ink, writer, rng, correction, char, box, field.guide_dots)
                fluid += [patch] if patch else []
                continue
            place = leaving(box, rng) if char.isdigit() and rng.random() < SYNTH.leaving_share else box
            hand.write_in_box(ink, writer, rng, char, place, field.guide_dots)
        if field.bubbles is not None and entry.bubbles is not None:
            for x, digit in zip(field.bubbles.column_x, entry.bubbles, strict=True):
                y = field.bubbles.first_y + int(digit) * field.bubbles.pitch
                hand.fill_bubble(ink, writer, rng, (x, y), field.bubbles.radius)
        if field.words is not None and entry.words is not None:
            _write_words(ink, writer, rng, entry.words, field.words)
        if field.tally is not None and entry.row_totals is not None:
            _write_tally(ink, writer, rng, field.tally, entry)
        entries[field.name] = entry
    _write_header(ink, writer, rng, page, truth.header)
    for cell in signature_cells(page):
        hand.scribble(ink, writer, rng, Box(cell.x + 8, cell.y + 7, cell.w - 12, cell.h - 12))
    return FilledPage(ink.finish(writer, rng), writer.ink, tuple(fluid), entries)


def box_characters(value: int, count: int, filler: str, zero_digit: bool = True) -> str:
    """The characters a writer puts into ``count`` boxes for a number, right-justified.

    A zero is written ``XX0`` or, by writers without ``zero_digit``, filled through: ``XXX``, ``---``.

    Raises:
        UsageError: the number does not fit.
    """
    if value < 0 or len(str(value)) > count:
        raise UsageError(f"{value} does not fit into {count} boxes.")
    if value == 0 and filler in "X-" and not zero_digit:
        return filler * count
    return str(value).rjust(count, filler)


def row_counts(value: int, tally: Tally) -> list[int]:
    """Strokes per row of the tally grid, filled from the top; what does not fit is not counted."""
    capacity = (len(tally.x_edges) - 1) * STROKES_PER_CELL
    return [min(capacity, max(0, value - i * capacity)) for i in range(len(tally.y_edges) - 1)]


def _entry(field: DigitField, value: int, in_words: int, writer: Writer) -> Entry:
    closing = field.section == CLOSING
    boxes = box_characters(value, len(field.boxes), "0" if closing else writer.filler, writer.zero_digit)
    bubbles = None if field.bubbles is None else f"{value:0{len(field.boxes)}d}"
    totals = None
    if field.tally is not None:
        used = [count for count in row_counts(value, field.tally) if count]
        divided = max((len(row) for row in field.tally.row_totals), default=1)
        totals = tuple(str(n) if divided == 1 else box_characters(n, divided, writer.filler) for n in used)
    return Entry(boxes, value, None if closing or field.words is None else number_words(in_words), bubbles, totals)


def _write_words(ink: InkLayer, writer: Writer, rng: np.random.Generator, text: str, area: Box) -> None:
    """The words in the largest type and fewest lines that fit the area, somewhat off its middle."""
    height = float(rng.uniform(6.0, 8.5))
    while True:
        lines = _break(writer, text, height, area.w * 0.94)
        fits = len(lines) * height * 1.5 <= area.h + 0.5 * height
        if height < 2.5 or (fits and max(hand.text_width(writer, line, height) for line in lines) <= area.w * 0.96):
            break
        height *= 0.92
    slack = max(0.0, area.h - len(lines) * height * 1.5)
    y = area.y + (slack * float(rng.uniform(0.2, 0.6)) if area.h < 3 * area.w else float(rng.uniform(4, 16)))
    free = area.w - max(hand.text_width(writer, line, height) for line in lines)
    x = area.x + max(1.0, free * float(rng.uniform(0.1, 0.6)))
    for i, line in enumerate(lines):
        hand.write_text(ink, writer, rng, line, (x, y + (i * 1.5 + 0.15) * height), height)


def _break(writer: Writer, text: str, height: float, width: float) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and hand.text_width(writer, f"{lines[-1]} {word}", height) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _write_tally(ink: InkLayer, writer: Writer, rng: np.random.Generator, tally: Tally, entry: Entry) -> None:
    rows, columns = len(tally.y_edges) - 1, len(tally.x_edges) - 1
    for row, count in enumerate(row_counts(entry.value, tally)):
        for column in range(columns):
            strokes = min(STROKES_PER_CELL, count - column * STROKES_PER_CELL)
            if strokes > 0:
                x, y = tally.x_edges[column], tally.y_edges[row]
                cell = Box(x, y, tally.x_edges[column + 1] - x, tally.y_edges[row + 1] - y)
                hand.tally_bundle(ink, writer, rng, cell, strokes)
    totals = entry.row_totals or ()
    for text, boxes in zip(totals, tally.row_totals, strict=False):
        for char, box in zip(text if len(boxes) > 1 else (text,), boxes, strict=True):
            _write_small(ink, writer, rng, char, box)
    if tally.total is not None:
        area = Box(tally.total.x, tally.total.y + 3, tally.total.w, tally.total.h * 0.6)
        _write_small(ink, writer, rng, str(entry.value), area)
    if len(totals) < rows and writer.void != "none":
        _strike_out(ink, writer, rng, tally, len(totals))


def _write_small(ink: InkLayer, writer: Writer, rng: np.random.Generator, text: str, box: Box) -> None:
    """A number without boxes of its own, in a cell of a table."""
    if len(text) == 1:
        hand.write_in_box(ink, writer, rng, text, box, False)
        return
    height = min(box.h * 0.62, 12.0)
    width = hand.text_width(writer, text, height)
    at = (box.x + max(1.0, (box.w - width) / 2), box.y + (box.h - height) / 2)
    hand.write_text(ink, writer, rng, text, at, height)


def _strike_out(ink: InkLayer, writer: Writer, rng: np.random.Generator, tally: Tally, used: int) -> None:
    """Closes the empty rows of a tally and of its totals against later strokes."""
    left, right = tally.x_edges[0] + 5, tally.x_edges[-1] - 5
    top, bottom = tally.y_edges[used] + 3, tally.y_edges[-1] - 3
    if writer.void == "z":
        hand.polyline(ink, writer, rng, [(left, top), (right, top), (left, bottom), (right, bottom)])
    else:
        hand.polyline(ink, writer, rng, [(left, top), (right, bottom)])
        hand.polyline(ink, writer, rng, [(right, top), (left, bottom)])
    if tally.row_totals:
        first, last = tally.row_totals[0][0], tally.row_totals[0][-1]
        x1, x2 = first.x + 2, last.x + last.w - 2
        hand.polyline(ink, writer, rng, [(x1, top), (x2, top), (x1, bottom), (x2, bottom)])


def _write_header(
    ink: InkLayer, writer: Writer, rng: np.random.Generator, page: FormPage, header: Mapping[str, str]
) -> None:
    for line in page.header:
        if not line.handwritten:
            continue
        text = header.get(line.name, "")
        if line.name == "nomor_tps" and page.tag is not None:  # the sheets of 2024 ask for words as well
            text = f"{text}  ({number_words(int(text))})"
        height = min(0.72 * line.box.h, 7.0)
        while hand.text_width(writer, text, height) > line.box.w and height > 3:
            height *= 0.92
        at = (line.box.x + float(rng.uniform(1, 8)), line.box.y + line.box.h - height - 1.2)
        hand.write_text(ink, writer, rng, text, at, height)
