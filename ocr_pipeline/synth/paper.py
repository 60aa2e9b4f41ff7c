"""Draws the printed sheet of a form page from the catalogue: marks, tag, lines, boxes, bubbles, text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import cv2
import numpy as np

from ocr_pipeline.forms import Box, Bubbles, DigitField, FormPage, PrintedMark, PrintedTag, Tally
from ocr_pipeline.synth.look import Look
from ocr_pipeline.synth.sheet import BLACK, Sheet
from ocr_pipeline.synth.wording import HEADER_LABELS, SPECIMEN, look_of
from ocr_pipeline.warp import Image

GUIDE_GREY = 201
"""Tone of the dotted guide and of light frame lines: 0.79 of the paper on the vector original."""
LINE_MM = 0.55
PLANO_MM = 600.0
"""Width of the sheets that the sizes of type and strokes in this package are those of."""
GUIDE_MM = (8.94, 13.96)
TAG_TURNS = {"upper_left": 0, "upper_right": 3, "lower_right": 2, "lower_left": 1}
"""Quarter turns counter-clockwise that bring the code's own corner 0 to that corner."""


def at_plano_size(page: FormPage) -> FormPage:
    """The page enlarged to a plano: on the A4 copies print and writing are smaller in the same measure."""
    return page if page.width == PLANO_MM else page.scaled(PLANO_MM / page.width)


def draw_page(page: FormPage, px_per_mm: float = 2.5, printed: Mapping[str, str] | None = None) -> Image:
    """The blank sheet as it leaves the press.

    Args:
        page: the page record.
        px_per_mm: pixels per millimetre of the drawing.
        printed: text of header lines that are printed rather than filled in, by their names.

    Returns:
        Grey picture of the whole sheet; the point (x, y) mm lies at pixel (x, y) * px_per_mm - 0.5.
    """
    page, px_per_mm = at_plano_size(page), px_per_mm * page.width / PLANO_MM
    sheet = Sheet(page.width, page.height, px_per_mm)
    look = look_of(page)
    _draw_frame(sheet, page)
    for field in page.fields:
        _draw_field(sheet, page, field, look)
    for line in page.lines:
        sheet.line(line.x1, line.y1, line.x2, line.y2, LINE_MM * 1.3, BLACK + 20)
    for x1, y1, x2, y2 in look.minor_lines.get(page.page, ()):
        sheet.line(x1, y1, x2, y2, LINE_MM, BLACK + 30)
    _draw_head(sheet, page, look, printed or {})
    _draw_signature_block(sheet, page)
    for mark in page.marks:
        _draw_mark(sheet, mark)
    if page.tag is not None and page.tag.ids:
        _draw_tag(sheet, page.tag)
    return sheet.image


def signature_cells(page: FormPage) -> tuple[Box, ...]:
    """The cells in which the seven officials sign, found by the equal upright lines between or around them."""
    spans: dict[tuple[float, float], list[float]] = defaultdict(list)
    for line in at_plano_size(page).lines:
        if not line.horizontal:
            spans[line.y1, line.y2].append(line.x1)
    for (top, bottom), uprights in sorted(spans.items()):
        if len(uprights) in (6, 8) and bottom - top < 70:
            xs = sorted(uprights)
            pitch = (xs[-1] - xs[0]) / (len(xs) - 1)
            lefts = (xs[0] - pitch, *xs) if len(xs) == 6 else xs[:-1]
            return tuple(Box(x, top, pitch, bottom - top) for x in lefts)
    return ()


def _draw_frame(sheet: Sheet, page: FormPage) -> None:
    """Fold line, light frame between the corner marks, and the line that says where the sheet comes from."""
    by_name = {mark.name: mark for mark in page.marks}
    if {"tl", "br"} <= by_name.keys():
        sheet.dots(40.0, page.width - 40.0, 50.0, 4.0, 120)
        tl, br = by_name["tl"], by_name["br"]
        left, right, top, bottom = tl.x - tl.side, br.x + br.side, tl.y - tl.side, br.y + br.side
        for y in (top, bottom):
            sheet.line(left + 20, y, right - 20, y, 1.0, 219)
        for x in (left, right):
            sheet.line(x, top + 23, x, bottom - 23, 1.0, 219)
    sheet.text(60.0, page.height - 14.0, SPECIMEN, 4.6, "l", 150)
    sheet.text(page.width - 60.0, page.height - 14.0, "*) Coret yang tidak perlu", 4.2, "r", 110)


def _draw_head(sheet: Sheet, page: FormPage, look: Look, printed: Mapping[str, str]) -> None:
    x, y, width, height = look.model_box
    sheet.frame(Box(x, y, width, height), LINE_MM, BLACK)
    for i, text in enumerate(look.model):
        sheet.text(x + width / 2, y + height * (i + 0.75) / (len(look.model) + 0.5), text, 5.4)
    sheet.text(x + width / 2, y + height + 4.5, f"Halaman {page.page} dari {page.pages}", 4.6)
    for caption in look.captions.get(page.page, ()):
        sheet.text(caption.x, caption.y, caption.text, caption.height, caption.anchor)
    for x1, y1, width, height in look.bars.get(page.page, ()):
        sheet.rect(x1, y1, x1 + width, y1 + height, BLACK)
    left_column = min((line.box.x for line in page.header), default=0.0)
    for line in page.header:
        box = line.box
        indent = look.header_indent[0 if box.x < left_column + 60 else 1]
        middle = box.y + box.h * 0.62
        sheet.text(box.x - indent, middle, HEADER_LABELS.get(line.name, line.name), 5.0, "l")
        sheet.text(box.x - 3.0, middle, ":", 5.0)
        if line.handwritten:
            sheet.dots(box.x, box.x + box.w, box.y + box.h - 0.5)
        else:
            sheet.text(box.x + 1.0, middle, printed.get(line.name, ""), 5.4, "l")


def _draw_field(sheet: Sheet, page: FormPage, field: DigitField, look: Look) -> None:
    for box in field.boxes:
        sheet.frame(box, look.box_stroke_mm, BLACK)
        if field.guide_dots:
            _draw_guide(sheet, box)
    if field.tally is not None:
        _draw_tally(sheet, page, field.tally, look)
    if field.bubbles is not None:
        _draw_bubbles(sheet, field.bubbles, look)
    if field.words is not None:
        words = field.words
        if field.tally is not None and words.w > 10 * words.h:
            sheet.text(words.x, words.y - 1.5, "Total Terbilang", 3.4, "l", 60)
            sheet.dots(words.x, words.x + words.w, words.y + words.h - 1.0)
        sheet.text(
            words.x + words.w - 2, words.y + words.h - 2.0, "( ditulis menggunakan huruf kapital )", 3.2, "r", 70
        )
    _draw_label(sheet, page, field, look)


def _draw_label(sheet: Sheet, page: FormPage, field: DigitField, look: Look) -> None:
    """The field's name: a pair's number and names, the wrapped label in the name cell, or a row's text."""
    left, right = look.name_cell
    middle = (left + right) / 2
    first = field.boxes[0]
    if field.name.startswith("paslon_"):
        grid = field.tally
        top, height = (first.y, first.h) if grid is None else (grid.y_edges[0], grid.y_edges[-1] - grid.y_edges[0])
        size = min(1.0, height / 48)
        sheet.text(middle, top + 14 * size, field.name.removeprefix("paslon_"), 13.0 * size)
        for i, text in enumerate(("NAMA CALON", "NAMA WAKIL CALON")):
            sheet.text(middle, top + (32 + 8 * i) * size, text, 5.6 * size)
    elif field.words is not None:
        lines = _wrap(field.label.upper(), 20)
        grid = field.tally
        centre = first.y + first.h / 2 if grid is None else (grid.y_edges[0] + grid.y_edges[-1]) / 2
        for i, text in enumerate(lines):
            sheet.text(middle + 7, centre + 6.4 * (i - (len(lines) - 1) / 2), text, 5.0)
    elif field.section == "penutup":
        sheet.text(first.x - 4.0, first.centre[1], f"{field.label.upper()} :", 5.4, "r")
    elif not any(other.boxes[0].y == first.y and other.boxes[0].x < first.x for other in page.fields):
        sheet.text(left + 21.0, first.centre[1], field.label.removesuffix(" (L)"), 5.2, "l")


def _draw_guide(sheet: Sheet, box: Box) -> None:
    """33 light dots: seven segments and a middle upright on a grid of 5 by 9."""
    (cx, cy), (width, height) = box.centre, GUIDE_MM
    for column in range(5):
        for row in range(9):
            if row % 4 == 0 or column % 2 == 0:
                x, y = cx + (column / 4 - 0.5) * width, cy + (row / 8 - 0.5) * height
                sheet.rect(x - 0.4, y - 0.4, x + 0.4, y + 0.4, GUIDE_GREY)


def _draw_tally(sheet: Sheet, page: FormPage, tally: Tally, look: Look) -> None:
    x1, x2, y1, y2 = tally.x_edges[0], tally.x_edges[-1], tally.y_edges[0], tally.y_edges[-1]
    for x in tally.x_edges:
        sheet.line(x, y1, x, y2, 0.5, look.grid_grey)
    for y in tally.y_edges:
        sheet.line(x1, y, x2, y, 0.5, look.grid_grey)
    for row in tally.row_totals:
        for box in row:
            sheet.frame(box, 0.5, look.grid_grey)
    if tally.total is not None:
        sheet.text(tally.total.centre[0], tally.total.y + tally.total.h - 4.0, "JUMLAH SELURUH BARIS", 2.6)
    tops = [field.tally.y_edges[0] for field in page.fields if field.tally is not None]
    if look.columns_on_every_block or y1 == min(tops):
        head = next((mark.y - 14 for mark in page.marks if mark.polarity < 0), y1 - 3.6)
        for i, (a, b) in enumerate(zip(tally.x_edges, tally.x_edges[1:], strict=False)):
            sheet.text((a + b) / 2, head, str(i + 1), 3.6)
    if look.columns_on_every_block:
        for i, (a, b) in enumerate(zip(tally.y_edges, tally.y_edges[1:], strict=False)):
            sheet.text(x1 - 3.5, (a + b) / 2, str(i + 1), 3.2)


def _draw_bubbles(sheet: Sheet, bubbles: Bubbles, look: Look) -> None:
    for x in bubbles.column_x:
        for digit in range(10):
            y = bubbles.first_y + digit * bubbles.pitch
            sheet.circle(x, y, bubbles.radius, 0.45, BLACK + 30)
            sheet.text(x, y, str(digit), 5.0)
    if look.row_bars:
        for digit in range(10):
            y = bubbles.first_y + digit * bubbles.pitch
            sheet.rect(536.0, y - 2.4, 547.0, y + 2.4, BLACK)
        last = bubbles.first_y + 9 * bubbles.pitch
        sheet.text(488.5, last + 12, "Hitamkan bulatan sesuai", 4.6)
        sheet.text(488.5, last + 18, "dengan isian angka pada kotak", 4.6)


def _draw_signature_block(sheet: Sheet, page: FormPage) -> None:
    cells = signature_cells(page)
    if not cells:
        return
    middle = (cells[0].x + cells[-1].x + cells[-1].w) / 2
    sheet.text(middle, cells[0].y - 4.8, "NAMA DAN TANDA TANGAN KELOMPOK PENYELENGGARA PEMUNGUTAN SUARA", 4.8)
    sheet.text(middle, cells[0].y + cells[0].h + 4.8, "NAMA DAN TANDA TANGAN SAKSI PASANGAN CALON", 4.8)
    for i, cell in enumerate(cells):
        sheet.text(cell.x + 6.0, cell.y + 5.0, f"{i + 1}.", 5.0)
        sheet.text(cell.centre[0], cell.y + 5.0, "KETUA" if i == 0 else "ANGGOTA", 4.2)
        sheet.dots(cell.x + 12.0, cell.x + cell.w - 6.0, cell.y + cell.h - 3.0)


def _draw_mark(sheet: Sheet, mark: PrintedMark) -> None:
    """Two black squares that touch at the mark's point."""
    side = mark.side * mark.polarity
    for sign in (-1, 1):
        x, y = sorted((mark.x, mark.x + sign * side)), sorted((mark.y, mark.y + sign * mark.side))
        sheet.rect(x[0], y[0], x[1], y[1], BLACK)


def _draw_tag(sheet: Sheet, tag: PrintedTag) -> None:
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    modules = dictionary.markerSize + 2
    code = np.rot90(cv2.aruco.generateImageMarker(dictionary, tag.ids[0], modules), TAG_TURNS[tag.corner_0])
    sheet.cells(tag.box, code < 128, BLACK)


def _wrap(text: str, width: int) -> list[str]:
    """Words of a label in lines of at most ``width`` characters."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
