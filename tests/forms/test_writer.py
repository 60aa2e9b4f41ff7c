"""A form that is written and read again is the same form, whatever it holds."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.forms import (
    Box,
    Bubbles,
    DigitField,
    Form,
    FormPage,
    HeaderLine,
    PrintedLine,
    PrintedMark,
    PrintedTag,
    Rule,
    RuleKind,
    Tally,
    load_catalogue,
)
from ocr_pipeline.forms.catalogue import FOLDER
from ocr_pipeline.forms.reader import CORNERS, load_form
from ocr_pipeline.forms.writer import form_text

WIDTH, HEIGHT = 600.0, 900.0
FIXED = [form for form in load_catalogue().forms if not form.pairs]


def read_back(text: str) -> Form:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.json"
        path.write_text(text, encoding="utf-8")
        return load_form(path)


@pytest.mark.parametrize("form", FIXED, ids=lambda form: form.form_id)
def test_the_shipped_forms_come_back_as_they_were(form: Form) -> None:
    assert read_back(form_text(form)) == form


@pytest.mark.parametrize("form", FIXED, ids=lambda form: form.form_id)
def test_it_is_laid_out_for_people_as_the_shipped_files_are(form: Form) -> None:
    written = form_text(form).splitlines()
    shipped = (FOLDER / f"{form.form_id}.json").read_text(encoding="utf-8").splitlines()
    assert 0.6 * len(shipped) < len(written) < 1.4 * len(shipped)
    assert max(map(len, written)) <= 200
    for number in (form.pages[0].lines[0], form.pages[0].lines[-1]):
        assert sum(line.strip().rstrip(",") == json.dumps([*ends(number)]) for line in written) >= 1


def ends(line: PrintedLine) -> tuple[float, float, float, float]:
    return line.x1, line.y1, line.x2, line.y2


def test_pages_that_depend_on_the_pairs_are_not_written_wrongly() -> None:
    forms = [form for form in load_catalogue().forms if form.pairs]
    assert forms
    for form in forms:
        with pytest.raises(ValueError, match=r"'repeat'"):
            form_text(form)


# ---- any form ---------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLACE = st.floats(0, 100)
LENGTH = st.floats(0.01, 200)
BOX = st.builds(Box, PLACE, PLACE, LENGTH, LENGTH)
SOME_PLACES = st.lists(PLACE, min_size=2, max_size=5).map(tuple)


@st.composite
def lines(draw: st.DrawFn) -> PrintedLine:
    at, start, length = draw(PLACE), draw(PLACE), draw(LENGTH)
    end = start + length
    return PrintedLine(start, at, end, at) if draw(st.booleans()) else PrintedLine(at, start, at, end)


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    y_edges = draw(SOME_PLACES)
    row = st.lists(BOX, min_size=1, max_size=3).map(tuple)
    rows = draw(st.one_of(st.just([]), st.lists(row, min_size=len(y_edges) - 1, max_size=len(y_edges) - 1)))
    return Tally(draw(SOME_PLACES), y_edges, tuple(rows), draw(st.none() | BOX))


@st.composite
def fields(draw: st.DrawFn, name: str) -> DigitField:
    boxes = draw(st.lists(BOX, min_size=1, max_size=4).map(tuple))
    columns = st.lists(PLACE, min_size=len(boxes), max_size=len(boxes)).map(tuple)
    bubbles = st.none() | st.builds(Bubbles, columns, PLACE, LENGTH, LENGTH)
    return DigitField(
        name=name,
        label=draw(TEXT),
        section=draw(TEXT),
        boxes=boxes,
        guide_dots=draw(st.booleans()),
        bubbles=draw(bubbles),
        words=draw(st.none() | BOX),
        tally=draw(st.none() | tallies()),
    )


@st.composite
def rules(draw: st.DrawFn, names: list[str]) -> Rule:
    relation = draw(st.sampled_from(["sum", "at_most", "equal_share"]))
    some = st.lists(st.sampled_from(names), min_size=1, max_size=1 if relation == "equal_share" else 4)
    return Rule(
        rule_id=draw(TEXT),
        relation=relation,
        kind=draw(st.sampled_from(RuleKind)),
        left=draw(st.sampled_from(names)),
        right=tuple(draw(some)),
        limit=draw(st.none() | st.integers(0, 999)),
        share=draw(PLACE) if relation == "equal_share" else draw(st.none() | PLACE),
        fails_on_paper=draw(st.none() | st.floats(0, 0.5, exclude_min=True, exclude_max=True)),
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    form_id = draw(TEXT)
    count = draw(st.integers(1, 3))
    names = draw(st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), min_size=1, max_size=3, unique=True))
    tag = st.builds(
        PrintedTag,
        st.lists(st.integers(0, 600)).map(tuple),
        BOX,
        corner_0=st.sampled_from(CORNERS),
        complete=st.booleans(),
    )
    mark = st.builds(PrintedMark, TEXT, PLACE, PLACE, LENGTH, st.sampled_from([1, -1]))
    pages = tuple(
        FormPage(
            form_id=form_id,
            page=draw(st.integers(1, 9)),
            pages=count,
            pairs=None,
            width=WIDTH,
            height=HEIGHT,
            tag=draw(st.none() | tag),
            marks=tuple(draw(st.lists(mark, max_size=2))),
            lines=tuple(draw(st.lists(lines(), max_size=3))),
            fields=tuple(draw(fields(name)) for name in names),
            header=tuple(draw(st.lists(st.builds(HeaderLine, TEXT, BOX, st.booleans()), max_size=2))),
            elastic_rows=draw(st.booleans()),
            provisional=draw(st.booleans()),
        )
        for _ in range(count)
    )
    return Form(
        form_id=form_id,
        title=draw(TEXT),
        election=draw(TEXT),
        year=draw(st.integers(1999, 2100)),
        pairs=(),
        station_cap=draw(st.integers(1, 999)),
        rules=tuple(draw(st.lists(rules(names), max_size=3))),
        pages=pages,
        source=draw(TEXT),
        not_known=tuple(draw(st.lists(TEXT, max_size=2))),
    )


@settings(max_examples=50, deadline=None)
@given(forms())
def test_any_form_comes_back_as_it_was(form: Form) -> None:
    assert read_back(form_text(form)) == form
