"""A form proposed from blank sheets: what it holds, what it says is unsure, and that photos are read by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Catalogue, Form, load_catalogue
from ocr_pipeline.forms.reader import load_form
from ocr_pipeline.forms.writer import form_text
from ocr_pipeline.layout import About, Sheet, is_unnamed, propose_form
from ocr_pipeline.photo.labels import Vocabulary, vocabulary_of
from ocr_pipeline.pipeline import Tools, load_tools, read_photo
from ocr_pipeline.records import PageReading, PhotoSource
from ocr_pipeline.synth.generate import generate
from tests.layout.conftest import page_of

ABOUT = About("c-hasil-2029", "C.HASIL 2029", "Pemilu 2029", 2029, 300, 3, "test")


@cache
def vocabulary() -> Vocabulary:
    return vocabulary_of(load_catalogue())


def without_print(drawn: Sheet) -> Sheet:
    """Two rows of boxes and no word."""
    grey = np.full_like(drawn.grey, 255)
    for y in (200, 300):
        for x in (400, 424, 448):
            corners = [(round(3 * a), round(3 * b)) for a, b in ((x, y), (x + 20, y + 20))]
            cv2.rectangle(grey, *corners, (20,), 3)
    return replace(drawn, grey=grey)


@pytest.fixture(scope="module")
def proposed(drawn: Callable[[str, int], Sheet]) -> Form:
    sheet = drawn("c-hasil-ppwp-2024", 3)
    return propose_form({2: without_print(sheet), 3: sheet}, ABOUT, vocabulary())


def test_the_file_loads_as_it_was_proposed(proposed: Form, tmp_path: Path) -> None:
    path = tmp_path / "c-hasil-2029.json"
    path.write_text(form_text(proposed), encoding="utf-8")
    assert load_form(path) == proposed


def test_it_has_the_boxes_marks_and_tag_of_the_sheet(proposed: Form) -> None:
    page, printed = proposed.pages[1], page_of("c-hasil-ppwp-2024", 3)
    boxes = [box for field in page.fields for box in field.boxes]
    true = [box for field in printed.fields if field.section != "penutup" for box in field.boxes]
    assert len(boxes) == len(true) == 9
    for box, its in zip(boxes, true, strict=True):
        assert box.centre == pytest.approx(its.centre, abs=0.2)
    assert (page.page, page.pages, page.width, page.height) == (3, 3, 600, 900)
    assert page.tag is not None and printed.tag is not None and page.tag.ids == printed.tag.ids
    assert [mark.name for mark in page.marks] == ["tl", "tr", "bl", "br"]


def test_lines_are_those_that_photos_show(proposed: Form) -> None:
    page = proposed.pages[1]
    for line in page_of("c-hasil-ppwp-2024", 3).lines:
        beside = [
            kept
            for kept in (*page.lines, *page.grid_lines)
            if kept.horizontal is line.horizontal
            and abs((kept.y1 - line.y1) if line.horizontal else (kept.x1 - line.x1)) < 0.3
        ]
        assert beside, line
    for line in page.lines:  # the boxes' own edges and what is in the tag or a mark are known otherwise
        assert line not in page.box_lines
        assert page.tag is not None
        assert not (page.tag.box.x < line.x1 < line.x2 < page.tag.box.x + page.tag.box.w and line.y1 < 140)


def test_no_name_is_believed_that_was_not_read(proposed: Form) -> None:
    for field in proposed.pages[1].fields:
        if is_unnamed(field.name):
            assert any(field.name in sentence for sentence in proposed.not_known)
        else:
            assert field.name in ("suara_sah", "suara_tidak_sah", "suara_total") and field.label


def test_what_is_proposed_is_never_used_unseen(proposed: Form) -> None:
    assert all(page.provisional for page in proposed.pages)
    assert any("provisional" in sentence for sentence in proposed.not_known)


def test_a_photo_is_read_by_it_as_by_the_form_made_by_hand(proposed: Form, tmp_path: Path) -> None:
    tools, alone = load_tools(), replace(proposed, pages=proposed.pages[1:])
    photo = tmp_path / "a.png"
    assert cv2.imwrite(str(photo), generate("c-hasil-ppwp-2024", 3, seed=3, severity=1).image)
    outcomes = [
        read_photo(PhotoSource(str(photo)), Tools(catalogue, tools.reader))
        for catalogue in (Catalogue((alone,)), tools.catalogue)
    ]
    read, by_hand = ([f for f in o.fields if len(f.boxes) == 3] for o in outcomes if isinstance(o, PageReading))
    assert [field.boxes for field in read] == [field.boxes for field in by_hand]
    for mine, its in zip(read, by_hand, strict=True):
        assert np.abs(np.array(mine.quads_px) - np.array(its.quads_px)).max() < 4


def test_rows_without_a_name_are_counted_over_all_pages(proposed: Form) -> None:
    names = [field.name for page in proposed.pages for field in page.fields]
    unnamed = [name for name in names if is_unnamed(name)]
    assert names[:2] == ["row_1", "row_2"]
    assert unnamed == [f"row_{k}" for k in range(1, len(unnamed) + 1)]
    assert {rule.left for rule in proposed.rules} <= set(names[2:])


def test_a_sheet_without_boxes_is_an_error_with_a_remedy(drawn: Callable[[str, int], Sheet]) -> None:
    page = drawn("c-hasil-ppwp-2024", 3).page
    empty = Sheet(np.full((900, 600), 255, np.uint8), 1.0, 600, 900, page, np.eye(3), "test")
    with pytest.raises(UsageError, match=r"No digit boxes found: .* Give a PDF"):
        propose_form({1: empty}, ABOUT, vocabulary())
