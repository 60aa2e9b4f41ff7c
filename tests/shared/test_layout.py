"""Layout by example on real blank forms: measured against the geometry of the catalogue, and photos read by it.

``pytest tests/shared/test_layout.py -s`` prints the figures.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ocr_pipeline.forms import Box, Catalogue, Form, FormPage, PrintedLine, load_catalogue
from ocr_pipeline.layout import About, Sheet, open_sheet, propose_form
from ocr_pipeline.photo.labels import vocabulary_of
from ocr_pipeline.pipeline import Tools, load_tools, read_photo
from ocr_pipeline.records import PageReading, PhotoSource

SHARED = Path(os.environ.get("OCR_PIPELINE_SHARED", Path(__file__).parents[2].parent / "shared")) / "forms"
BLANK = SHARED / "blank"
PLANO, OF_2019 = "c-hasil-ppwp-2024", "c1-plano-ppwp-2019"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not BLANK.is_dir(), reason=f"no blank forms: {BLANK} is not there"),
]
PAGES = pytest.mark.parametrize("number", [1, 2, 3])


def known(form: str, number: int) -> FormPage:
    return load_catalogue().form(form).find_page(number, None)


def proposed(name: str, without: str, sheets: dict[int, Sheet]) -> Form:
    """The form of some sheets; its names come from the labels of all other forms."""
    others = Catalogue(tuple(form for form in load_catalogue().forms if form.form_id != without))
    about = About(name, name, "test", 2024, 300, max(sheets), "blank")
    return propose_form(sheets, about, vocabulary_of(others))


@cache
def plano() -> tuple[Form, dict[int, Sheet], float]:
    began = time.perf_counter()
    source = str(BLANK / "C.HASIL-PPWP.pdf")
    sheets = {number: open_sheet(PhotoSource(source, page_number=number), None) for number in (1, 2, 3)}
    return proposed("plano", PLANO, sheets), sheets, time.perf_counter() - began


@cache
def of_2019() -> Form:
    sheet = open_sheet(PhotoSource(str(BLANK / "PPWP-2019-plano.png")), 600.0)
    return proposed("of-2019", OF_2019, {2: sheet})


def digit_boxes(page: FormPage) -> list[tuple[str, Box]]:
    return [(f.name, box) for f in page.fields if f.section != "penutup" for box in f.boxes]


def box_errors(found: FormPage, true: FormPage) -> list[float]:
    """Per true box the distance to the nearest found one, mm."""
    centres = np.array([box.centre for _, box in digit_boxes(found)])
    return [float(np.hypot(*(centres - box.centre).T).min()) for _, box in digit_boxes(true)]


def right_names(found: FormPage, true: FormPage, most_mm: float) -> int:
    """Numbers whose first box stands where the number of that name has it."""
    places = {field.name: field.boxes[0].centre for field in found.fields}
    return sum(
        bool(field.name in places and np.hypot(*np.subtract(places[field.name], field.boxes[0].centre)) < most_mm)
        for field in true.fields
    )


def line_error(line: PrintedLine, others: Sequence[PrintedLine]) -> float:
    """Greatest distance of a place on the line from the nearest other line or piece that runs along it, mm."""
    along = [other for other in others if other.horizontal is line.horizontal]
    ends = np.array([(o.x1, o.x2, o.y1) if line.horizontal else (o.y1, o.y2, o.x1) for o in along])
    start, end, at = (line.x1, line.x2, line.y1) if line.horizontal else (line.y1, line.y2, line.x1)
    errors = []
    for place in np.linspace(start, end, 50):
        beside = ends[(ends[:, 0] <= place + 1.5) & (ends[:, 1] >= place - 1.5), 2]
        errors.append(float(np.abs(beside - at).min(initial=99.0)))
    return max(errors)


@PAGES
def test_every_digit_box_is_found_and_nothing_else(number: int) -> None:
    page, true = plano()[0].find_page(number, None), known(PLANO, number)
    errors = box_errors(page, true)
    print(f"\npage {number}: {len(errors)} boxes, centre error at most {max(errors):.3f} mm")
    assert len(digit_boxes(page)) == len(errors) == {1: 66, 2: 9, 3: 9}[number]
    assert max(errors) < 0.1


def test_all_bubbles_are_found() -> None:
    fields = list(zip(plano()[0].find_page(2, None).fields, known(PLANO, 2).fields, strict=True))
    errors = []
    for found, true in fields:
        mine, its = found.bubbles, true.bubbles
        assert mine is not None and its is not None
        for x, true_x in zip(mine.column_x, its.column_x, strict=True):
            off_y = np.arange(10) * (mine.pitch - its.pitch) + mine.first_y - its.first_y
            errors += np.hypot(x - true_x, off_y).tolist()
        assert mine.radius == pytest.approx(its.radius, abs=0.1)
    print(f"\n{len(errors)} bubbles, centre error at most {max(errors):.3f} mm")
    assert len(errors) == 90 and max(errors) < 0.15


@PAGES
def test_marks_and_tag_are_found(number: int) -> None:
    page, true = plano()[0].find_page(number, None), known(PLANO, number)
    assert {mark.name for mark in page.marks} == {"tl", "tr", "bl", "br"}
    true_marks = {mark.name: mark for mark in true.marks}
    for mark in page.marks:
        its = true_marks[mark.name]
        assert (mark.x, mark.y, mark.polarity) == pytest.approx((its.x, its.y, its.polarity), abs=0.1)
    assert page.tag is not None and true.tag is not None
    assert (page.tag.ids, page.tag.corner_0) == (true.tag.ids, true.tag.corner_0)
    for mine, its_corner in zip(page.tag.box.corners, true.tag.box.corners, strict=True):
        assert mine == pytest.approx(its_corner, abs=0.1)


@PAGES
def test_every_ruled_line_is_found_and_none_that_is_none(number: int) -> None:
    form, sheets, _ = plano()
    page, true, sheet = form.find_page(number, None), known(PLANO, number), sheets[number]
    errors = [line_error(line, [*page.lines, *page.grid_lines]) for line in true.lines]
    share = np.mean(np.array(errors) < 0.5)
    print(f"\npage {number}: {share:.0%} of {len(errors)} lines, at most {max(errors):.2f} mm off")
    assert max(errors) < 0.1
    for line in page.lines:
        xs, ys = (np.linspace(a, b, 400) for a, b in ((line.x1 + 1, line.x2 - 1), (line.y1 + 1, line.y2 - 1)))
        xs, ys = (np.full(400, line.x1), ys) if not line.horizontal else (xs, np.full(400, line.y1))
        shown = sheet.grey[np.rint(sheet.px(ys)).astype(int), np.rint(sheet.px(xs)).astype(int)]
        assert np.mean(shown < 140) > 0.99, line


def test_names_are_proposed_right() -> None:
    right = {n: right_names(plano()[0].find_page(n, None), known(PLANO, n), 1.0) for n in (1, 2, 3)}
    print(f"\nnames right: {sum(right.values())} of 28; three pages took {plano()[2]:.1f} s")
    assert sum(right.values()) >= 25
    named = {field.name for page in plano()[0].pages for field in page.fields}
    true = {field.name for n in (1, 2, 3) for field in known(PLANO, n).fields}
    assert all(name in true for name in named if not name.startswith("row_"))


@PAGES
def test_tallies_words_guides_and_head_are_found(number: int) -> None:
    page, true = plano()[0].find_page(number, None), known(PLANO, number)
    for found, its in zip(page.fields, (f for f in true.fields if f.section != "penutup"), strict=True):
        assert found.guide_dots is its.guide_dots
        assert (found.tally is None) is (its.tally is None)
        assert (found.words is None) is (its.words is None)
        if found.tally is not None and its.tally is not None:
            assert found.tally.x_edges == pytest.approx(its.tally.x_edges, abs=0.1)
            assert found.tally.y_edges == pytest.approx(its.tally.y_edges, abs=0.1)
            assert found.tally.row_totals[0][1].centre == pytest.approx(its.tally.row_totals[0][1].centre, abs=0.1)
        if found.words is not None and its.words is not None:
            assert found.words.x - 0.1 <= its.words.x and its.words.y <= found.words.y + found.words.h
    assert {line.name for line in page.header} == {line.name for line in true.header}


def test_a_plano_of_2019_from_a_picture() -> None:
    """The sheet's margins are not in the picture, so the two are laid on each other by scale and shift."""
    page, true = of_2019().pages[0], known(OF_2019, 2)
    mine = np.array([box.centre for field in page.fields for box in field.boxes])
    its = np.array([box.centre for _, box in digit_boxes(true)])
    assert len(mine) == len(its) == 15
    scale = np.ptp(its[:, 1]) / np.ptp(mine[:, 1])
    errors = np.hypot(*(mine * scale + (its - mine * scale).mean(axis=0) - its).T)
    print(f"\n2019: 15 boxes, centre error at most {errors.max():.3f} mm")
    assert errors.max() < 0.5
    assert [field.name for field in page.fields] == [f.name for f in true.fields if f.section != "penutup"]
    assert [field.tally is not None for field in page.fields] == [True, True, True, False, False]


@pytest.mark.parametrize(("form", "photos", "least"), [(PLANO, "*hal*.jpg", 28), (OF_2019, "*mock-2019-[134].jpg", 15)])
def test_photos_are_read_by_it_as_by_the_form_made_by_hand(form: str, photos: str, least: int) -> None:
    """Mock photos of forms with a tag and of one that is found by its ruled lines alone; numbers in reading order."""
    by_hand = load_tools()
    by_example = Tools(Catalogue((plano()[0] if form == PLANO else of_2019(),)), by_hand.reader)
    compared = 0
    for path in sorted((SHARED / form).glob(photos)):
        mine, its = (read_photo(PhotoSource(str(path)), tools) for tools in (by_example, by_hand))
        assert isinstance(mine, PageReading) is isinstance(its, PageReading), path.name
        if isinstance(mine, PageReading) and isinstance(its, PageReading):
            assert mine.page == its.page
            numbers = [field for field in its.fields if len(field.boxes) == 3]
            assert [field.boxes for field in mine.fields] == [field.boxes for field in numbers], path.name
            compared += len(numbers)
    print(f"\n{form}: {compared} numbers on photos read alike")
    assert compared >= least
