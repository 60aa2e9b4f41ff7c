"""From level sheets to a form of the catalogue, with a sentence for all that a person must check."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import shorten
from typing import Any

import numpy as np

from ocr_pipeline.config import BLANK_TEXT, PROPOSAL, ProposalSettings
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Box, Form, FormPage, PrintedLine, PrintedMark, PrintedTag, Tally
from ocr_pipeline.layout.boxes import Row, bounds, find_box_rows
from ocr_pipeline.layout.fields import field_of
from ocr_pipeline.layout.header import find_header
from ocr_pipeline.layout.landmarks import printed_marks, printed_tag
from ocr_pipeline.layout.lines import RuledLine, find_lines
from ocr_pipeline.layout.rules import propose_rules
from ocr_pipeline.layout.sheet import Sheet
from ocr_pipeline.layout.tables import find_tallies
from ocr_pipeline.layout.words import words_areas
from ocr_pipeline.photo.labels import RowName, Vocabulary, names_of
from ocr_pipeline.photo.rows import BoxRow
from ocr_pipeline.photo.text import Word, read_words, without_rules


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a form besides what stands on it."""

    form_id: str
    title: str
    election: str
    year: int
    station_cap: int
    pages: int
    """Of the whole form."""
    source: str


def propose_form(
    sheets: Mapping[int, Sheet],
    about: About,
    vocabulary: Vocabulary,
    with_rules: bool = True,
    settings: ProposalSettings = PROPOSAL,
) -> Form:
    """The form that stands on blank sheets, to be checked by a person.

    Every page is ``provisional``, so that no number read by it is used unseen, until that is taken away.

    Args:
        sheets: the sheets at hand, by their page number.
        about: its name and what the law says of its stations.
        vocabulary: labels by which rows are named.
        with_rules: whether rules are proposed from the fields' names.
        settings: which lines are kept, and which names are sure.

    Returns:
        The form; ``not_known`` says what is unsure or was left out. Rows that could not be named are
        ``row_1``, ``row_2`` ... over all pages.

    Raises:
        UsageError: no digit boxes stand on any of the sheets.
        PartMissing: Tesseract, which reads the labels, is not installed.
    """
    pages: list[FormPage] = []
    unsure: list[str] = []
    taken: set[str] = set()
    for number, sheet in sorted(sheets.items()):
        page, sentences = _page(sheet, number, about, vocabulary, taken, settings)
        taken.update(field.name for field in page.fields)
        pages.append(page)
        unsure += sentences
    if not taken:
        raise UsageError(
            "No digit boxes found: rows of two to four equal boxes with printed borders. Give a PDF, or a sharp "
            "picture of one whole blank sheet that lies flat."
        )
    names = [field.name for page in pages for field in page.fields]
    rules = propose_rules(names, about.station_cap) if with_rules else ()
    if rules:
        unsure.append("The rules are proposed from the names of the fields: compare them with the form's own sums.")
    return Form(
        form_id=about.form_id,
        title=about.title,
        election=about.election,
        year=about.year,
        pairs=(),
        station_cap=about.station_cap,
        rules=rules,
        pages=tuple(pages),
        source=about.source,
        not_known=tuple(unsure),
    )


def _page(
    sheet: Sheet, number: int, about: About, vocabulary: Vocabulary, taken: Collection[str], settings: ProposalSettings
) -> tuple[FormPage, list[str]]:
    """One page, and what is unsure of it."""
    lines = find_lines(sheet)
    rows = find_box_rows(sheet, lines)
    tallies = find_tallies(lines, sheet.width)
    # Print close to ruled lines is read only without them, and other print better with them.
    pictures = (sheet.grey, without_rules(sheet.grey, BLANK_TEXT)) if rows else ()
    readings = [read_words(picture, BLANK_TEXT) for picture in pictures]
    names = _own_names(names_of([_on_picture(sheet, row) for row in rows], readings, vocabulary), taken)
    words = _once(readings)
    table = [line for line in lines if not _is_edge(line, rows, settings.same_line * sheet.width)]
    areas = words_areas(sheet, rows, words, table)
    marks, tag = printed_marks(sheet), printed_tag(sheet)
    page = FormPage(
        form_id=about.form_id,
        page=number,
        pages=about.pages,
        pairs=None,
        width=sheet.width,
        height=sheet.height,
        tag=tag,
        marks=marks,
        lines=tuple(_kept(lines, rows, tallies, marks, tag, sheet, settings)),
        fields=tuple(
            field_of(row, name.field, name.text if name.score else "", sheet, tallies, areas)
            for row, name in zip(rows, names, strict=True)
        ),
        header=find_header(sheet, words),
        elastic_rows=False,
        provisional=True,
    )
    return _rounded(page), list(_unsure(page, sheet, names, settings))


def _on_picture(sheet: Sheet, row: Row) -> BoxRow:
    """The row in pixels of the sheet's picture."""
    return BoxRow(tuple(np.array([[sheet.px(x), sheet.px(y)] for x, y in box.corners]) for box in row), 1.0)


def _once(readings: Iterable[Sequence[Word]]) -> list[Word]:
    """The words of all readings; where two stand in one place, as it was read first."""
    words: list[Word] = []
    for reading in readings:
        words += [word for word in reading if not any(_covers(other, word.middle) for other in words)]
    return words


def _covers(word: Word, point: tuple[float, float]) -> bool:
    return word.left <= point[0] <= word.right and word.top <= point[1] <= word.bottom


def _own_names(names: Sequence[RowName], taken: Collection[str]) -> list[RowName]:
    """The names with none that an earlier page has; unnamed rows are counted on from there."""
    count = sum(is_unnamed(name) for name in taken)
    own: list[RowName] = []
    for name in names:
        if is_unnamed(name.field) or name.field in taken:
            count += 1
            name = replace(name, field=f"row_{count}", score=0.0)
        own.append(name)
    return own


def is_unnamed(field: str) -> bool:
    """Whether a field has but a number for a name."""
    return field.startswith("row_")


def _kept(
    lines: Sequence[RuledLine],
    rows: Sequence[Row],
    tallies: Sequence[Tally],
    marks: Sequence[PrintedMark],
    tag: PrintedTag | None,
    sheet: Sheet,
    settings: ProposalSettings,
) -> list[PrintedLine]:
    """The lines a page is found by: black and long, and none that a box, a grid, a mark or the tag has already."""
    apart = settings.same_line * sheet.width
    taken = [Box(mark.x - 2 * mark.side, mark.y - 2 * mark.side, 4 * mark.side, 4 * mark.side) for mark in marks]
    taken += [tag.box] if tag else []
    kept: list[PrintedLine] = []
    for line in lines:
        if line.darkness < settings.least_darkness or line.length < settings.least_length * sheet.width:
            continue
        start, end = max(line.start, 0.0), min(line.end, sheet.width if line.level else sheet.height)
        ends = (start, line.at, end, line.at) if line.level else (line.at, start, line.at, end)
        middle = ((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2)
        if _is_edge(line, rows, apart) or _is_inside(line, tallies, apart) or any(_holds(box, middle) for box in taken):
            continue
        kept.append(PrintedLine(*ends))
    return kept


def _is_edge(line: RuledLine, rows: Sequence[Row], apart: float) -> bool:
    """Whether a line is an edge of digit boxes and goes no further."""
    for row in rows:
        around = bounds(row)
        if line.level:
            edges, start, end = [around.y, around.y + around.h], around.x, around.x + around.w
        else:
            edges = [edge for box in row for edge in (box.x, box.x + box.w)]
            start, end = around.y, around.y + around.h
        if start - apart <= line.start and line.end <= end + apart and min(abs(line.at - e) for e in edges) <= apart:
            return True
    return False


def _is_inside(line: RuledLine, tallies: Sequence[Tally], apart: float) -> bool:
    """Whether a line is one of a tally grid's own and goes no further."""
    for tally in tallies:
        edges, across = (tally.y_edges, tally.x_edges) if line.level else (tally.x_edges, tally.y_edges)
        within = across[0] - apart <= line.start and line.end <= across[-1] + apart
        if within and min(abs(line.at - edge) for edge in edges[1:-1]) <= apart:
            return True
    return False


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box.x <= point[0] <= box.x + box.w and box.y <= point[1] <= box.y + box.h


def _rounded(value: Any) -> Any:
    """A record with every length rounded to a hundredth of a millimetre, as the form files have them."""
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, tuple):
        return tuple(_rounded(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return type(value)(**{name: _rounded(item) for name, item in fields})
    return value


def _unsure(page: FormPage, sheet: Sheet, names: Sequence[RowName], settings: ProposalSettings) -> Iterator[str]:
    """What a person must check of a page, in sentences."""
    where = f"Page {page.page}"
    yield f"{where}: proposed from a picture and not yet checked by a person; remove 'provisional' when it is."
    if sheet.size_source != "the PDF":
        yield f"{where}: the size of {page.width:g} x {page.height:g} mm rests on {sheet.size_source}."
    usual = Counter(len(field.boxes) for field in page.fields).most_common(1)
    for name, field in zip(names, page.fields, strict=True):
        if len(field.boxes) != usual[0][0]:
            yield f"{where}: {field.name} has {len(field.boxes)} boxes, most others {usual[0][0]}."
        if name.score < settings.sure_name:
            place = f"{field.name} at ({field.boxes[0].x:.0f}, {field.boxes[0].y:.0f}) mm"
            why = "has no name" if is_unnamed(field.name) else "is named by its place"
            read = shorten(name.text, settings.most_said, placeholder=" ...")
            said = f"beside it is read {read!r}" if read else "nothing is read beside it"
            yield f"{where}: {place} {why}: {said}."
    if page.tag is not None:
        yield f"{where}: tag {page.tag.ids[0]} was seen; other contests or regions may carry others."
    elif not page.marks:
        yield f"{where}: no tag and no registration marks; the page is found by its ruled lines alone."
