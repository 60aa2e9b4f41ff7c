"""The form files: what loads, what is refused and how it is said, and the geometry of the forms that ship."""

from __future__ import annotations

import copy
import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_pipeline.errors import PartMissing
from ocr_pipeline.forms import Box, Form, FormPage, RuleKind, load_catalogue
from ocr_pipeline.forms.catalogue import FOLDER
from ocr_pipeline.forms.reader import RELATIONS, load_form

CATALOGUE = load_catalogue()
PAGES = pytest.mark.parametrize("page", CATALOGUE.pages, ids=lambda page: page.title)
FORMS = pytest.mark.parametrize("form", CATALOGUE.forms, ids=lambda form: form.form_id)


FORMS_OF_OLD = ["c1-kwk-2015", "c1-kwk-plano-2017", "c1-plano-ppwp-2019", "c1-ppwp-2014", "c1-ppwp-2019"]


def small_form() -> dict[str, Any]:
    """The smallest form that has one of everything."""
    field = {
        "name": "suara_sah",
        "label": "Suara sah",
        "section": "V",
        "boxes": [[100, 300, 20, 20], [123, 300, 20, 20]],
        "words": [10, 300, 80, 20],
        "bubbles": {"column_x": [110, 133], "first_y": 330, "pitch": 10, "radius": 4},
        "tally": {
            "x_edges": [10, 30],
            "y_edges": [330, 345, 360],
            "row_totals": [[[40, 330, 9, 9]], [[40, 345, 9, 9]]],
        },
    }
    below = {"name": "suara_tidak_sah", "label": "Tidak sah", "section": "V", "boxes": [[100, 92, 20, 20]]}
    pair = {"name": "paslon_{n}", "label": "Pasangan {n}", "section": "IV", "boxes": [[100, 50, 20, 20]]}
    page = {
        "page": 2,
        "of": 3,
        "size": [200, 400],
        "tag": {"ids": [7, 8], "box": [160, 10, 30, 30], "corner_0": "lower_right"},
        "marks": [{"name": "tl", "at": [10, 10], "side": 7, "polarity": 1}],
        "header": [{"name": "provinsi", "box": [20, 20, 50, 8], "handwritten": True}],
        "fields": [field],
        "lines": [[0, 290, 200, 290], [5, 0, 5, 400]],
        "provisional": True,
        "repeat": {
            "over": "pairs",
            "pitch": 60,
            "fields": [pair],
            "lines": [[0, 45, 200, 45]],
            "below": {"fields": [below], "lines": [[0, 90, 200, 90]]},
        },
    }
    return {
        "form": "small",
        "title": "Small",
        "election": "none",
        "year": 2024,
        "station_cap": 300,
        "pairs": [2, 3],
        "source": "made up",
        "not_known": ["Who would need it."],
        "rules": [
            {"id": "sum", "relation": "sum", "kind": "hard", "left": "suara_sah", "right": ["paslon_*"]},
            {"id": "cap.paslon_*", "relation": "at_most", "kind": "soft", "left": "paslon_*", "limit": 306},
        ],
        "pages": [page],
    }


def load(folder: Path, data: Any) -> Form:
    path = folder / "broken.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return load_form(path)


# ---- what loads -------------------------------------------------------------------------------------------------


def test_the_shipped_forms_load_and_are_found_by_id() -> None:
    ids = [form.form_id for form in CATALOGUE.forms]
    assert ids == [
        "c-hasil-kwk-2020",
        "c-hasil-kwk-2024",
        "c-hasil-ppwp-2024",
        "c-hasil-salinan-ppwp-2024",
        *FORMS_OF_OLD,
    ]
    for form in CATALOGUE.forms:
        assert CATALOGUE.form(form.form_id) is form
        assert (FOLDER / f"{form.form_id}.json").is_file()
    with pytest.raises(KeyError, match=r"no form 'c1'; known: c-hasil-kwk-2020, "):
        CATALOGUE.form("c1")


@PAGES
def test_every_page_is_found_by_number_and_pairs(page: FormPage) -> None:
    assert CATALOGUE.page(page.form_id, page.page, page.pairs) is page


@pytest.mark.parametrize(("form", "page", "pairs"), [("c-hasil-ppwp-2024", 4, None), ("c-hasil-kwk-2024", 2, 4)])
def test_a_page_that_is_not_known_is_named(form: str, page: int, pairs: int | None) -> None:
    with pytest.raises(KeyError, match=f"{form} has no page {page} for {pairs} pairs"):
        CATALOGUE.page(form, page, pairs)


def test_pages_are_found_by_their_tag() -> None:
    (page,) = CATALOGUE.pages_with_tag(102)
    assert page.title == "c-hasil-ppwp-2024 p.2"
    assert {page.pairs for page in CATALOGUE.pages_with_tag(222)} == {2, 3}
    assert CATALOGUE.pages_with_tag(586) == ()


def titles_for(*tag_ids: int) -> set[str]:
    return {page.title for page in CATALOGUE.pages_for(tag_ids) if page.tag}


def test_a_tag_says_which_of_two_sister_pages_comes_into_question() -> None:
    administration = {"c-hasil-ppwp-2024 p.1", "c-hasil-kwk-2024 p.1"}
    assert administration & titles_for() == {"c-hasil-ppwp-2024 p.1"}, "alike but for the tag: the known one"
    assert administration & titles_for(101) == {"c-hasil-ppwp-2024 p.1"}
    assert administration & titles_for(586) == {"c-hasil-kwk-2024 p.1"}, "the sheets of Pemilu 2024 carry no other tag"
    assert administration & titles_for(101, 586) == administration
    assert "c-hasil-kwk-2024 p.3" in titles_for(586), "of other regions there may be other tags"


@given(st.sets(st.integers(0, 700), max_size=3))
def test_a_page_without_a_tag_and_one_whose_own_is_seen_always_come_into_question(tag_ids: set[int]) -> None:
    pages = set(CATALOGUE.pages_for(tag_ids))
    assert {page for page in CATALOGUE.pages if page.tag is None} <= pages
    assert {page for tag_id in tag_ids for page in CATALOGUE.pages_with_tag(tag_id)} <= pages


def test_everything_of_a_form_arrives(tmp_path: Path) -> None:
    form = load(tmp_path, small_form())
    assert (form.form_id, form.title, form.year, form.station_cap) == ("small", "Small", 2024, 300)
    assert form.pairs == (2, 3) and form.not_known == ("Who would need it.",)
    page = form.find_page(2, 2)
    assert (page.width, page.height, page.pages) == (200, 400, 3)
    assert (page.elastic_rows, page.provisional) == (False, True)
    assert page.tag is not None and page.tag.ids == (7, 8) and page.tag.box == Box(160, 10, 30, 30)
    assert page.marks[0].polarity == 1 and page.header[0].handwritten
    valid, *pairs, invalid = page.fields
    assert invalid.name == "suara_tidak_sah"
    assert valid.boxes == (Box(100, 300, 20, 20), Box(123, 300, 20, 20))
    assert valid.words == Box(10, 300, 80, 20)
    assert valid.bubbles is not None and valid.bubbles.column_x == (110, 133)
    assert valid.tally is not None and len(valid.tally.row_totals) == 2
    assert [field.name for field in pairs] == ["paslon_1", "paslon_2"]


def test_a_block_is_repeated_once_per_pair_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    form = load(tmp_path, small_form())
    assert [page.pairs for page in form.pages] == [2, 3]
    for page in form.pages:
        pairs = [field for field in page.fields if field.name.startswith("paslon_")]
        assert [(f.name, f.label, f.boxes[0].y) for f in pairs] == [
            (f"paslon_{n}", f"Pasangan {n}", 50 + 60 * (n - 1)) for n in range(1, (page.pairs or 0) + 1)
        ]
        last = pairs[-1].boxes[0].y
        assert [line.y1 for line in page.lines if line.horizontal] == [
            290,
            *(f.boxes[0].y - 5 for f in pairs),
            last + 40,
        ]
        assert page.fields[-1].boxes[0] == Box(100, last + 42, 20, 20)


def test_the_shipped_blocks_are_moved_whole() -> None:
    two, three = (CATALOGUE.page("c-hasil-kwk-2024", 2, pairs) for pairs in (2, 3))
    assert [f.name for f in three.fields] == ["paslon_1", "paslon_2", "paslon_3"]
    assert three.fields[:2] == two.fields
    assert set(two.lines) < set(three.lines)
    first, _, third = three.fields
    dy = third.boxes[0].y - first.boxes[0].y
    assert dy == 2 * 173
    assert third.boxes == tuple(box.moved(dy) for box in first.boxes)
    assert first.words and third.words == first.words.moved(dy)
    assert first.bubbles and third.bubbles and third.bubbles.first_y == first.bubbles.first_y + dy
    assert first.tally and third.tally and first.tally.total and third.tally.total == first.tally.total.moved(dy)
    assert third.tally.y_edges == tuple(y + dy for y in first.tally.y_edges)
    assert third.tally.row_totals[1][0] == first.tally.row_totals[1][0].moved(dy)


def test_a_pattern_on_the_left_makes_a_rule_for_each_field(tmp_path: Path) -> None:
    form = load(tmp_path, small_form())
    total, *caps = form.rules
    assert total.right == ("paslon_1", "paslon_2", "paslon_3") and total.kind is RuleKind.HARD
    assert [(rule.rule_id, rule.left, rule.limit) for rule in caps] == [
        (f"cap.paslon_{n}", f"paslon_{n}", 306) for n in (1, 2, 3)
    ]


# ---- what is refused --------------------------------------------------------------------------------------------

Path_ = tuple[str | int, ...]
GONE = object()


def changed(where: Path_, value: Any) -> dict[str, Any]:
    data = small_form()
    node: Any = data
    for step in where[:-1]:
        node = node[step]
    if value is GONE:
        del node[where[-1]]
    else:
        node[where[-1]] = value
    return data


PAGE: Path_ = ("pages", 0)
FIELD: Path_ = (*PAGE, "fields", 0)

BROKEN: list[tuple[str, Path_, Any, tuple[str, ...]]] = [
    ("no id", ("form",), GONE, ("form", "'form' is missing")),
    ("id no text", ("form",), 7, ("form.form", "wrong type (int)")),
    ("no title", ("title",), GONE, ("'title' is missing",)),
    ("no source", ("source",), GONE, ("'source' is missing",)),
    ("no cap", ("station_cap",), GONE, ("'station_cap' is missing",)),
    ("year is text", ("year",), "2024", ("form.year", "wrong type (str)")),
    ("year is yes", ("year",), True, ("form.year", "wrong type (bool)")),
    ("one pair", ("pairs",), [1], ("pairs", "between 2 and 6", "[1]")),
    ("seven pairs", ("pairs",), [2, 7], ("pairs", "between 2 and 6", "[2, 7]")),
    ("pairs no list", ("pairs",), 3, ("pairs",)),
    ("pairs in words", ("pairs",), ["two"], ("pairs",)),
    ("repeated, but how often", ("pairs",), [], ("pages[0].repeat",)),
    ("pages no list", ("pages",), {}, ("form.pages", "wrong type (dict)")),
    ("no pages", ("pages",), [], ("pages", "no page")),
    ("page no object", ("pages", 0), 5, ("pages[0]",)),
    ("not known no list", ("not_known",), "nothing", ("form.not_known", "wrong type (str)")),
    ("no size", (*PAGE, "size"), GONE, ("pages[0]", "'size' is missing")),
    ("size of one", (*PAGE, "size"), [200], ("pages[0].size", "2 numbers")),
    ("size of nothing", (*PAGE, "size"), [0, 400], ("pages[0].size",)),
    ("size in words", (*PAGE, "size"), ["A", 4], ("pages[0].size", "not a number")),
    ("no page number", (*PAGE, "page"), GONE, ("pages[0]", "'page' is missing")),
    ("elastic, but how", (*PAGE, "elastic_rows"), "rows", ("pages[0].elastic_rows", "wrong type (str)")),
    ("provisional no yes", (*PAGE, "provisional"), 1, ("pages[0].provisional", "wrong type (int)")),
    ("tag ids no list", (*PAGE, "tag", "ids"), 7, ("pages[0].tag.ids", "wrong type (int)")),
    ("tag id no number", (*PAGE, "tag", "ids"), ["x"], ("pages[0].tag.ids",)),
    ("tag corner", (*PAGE, "tag", "corner_0"), "lower_rigth", ("pages[0].tag.corner_0", "lower_rigth")),
    ("polarity 0", (*PAGE, "marks", 0, "polarity"), 0, ("pages[0].marks[0].polarity", "1 or -1", "found 0")),
    ("polarity +", (*PAGE, "marks", 0, "polarity"), "+", ("pages[0].marks[0].polarity", "wrong type (str)")),
    ("mark nowhere", (*PAGE, "marks", 0, "at"), GONE, ("pages[0].marks[0]", "'at' is missing")),
    ("tag complete, in words", (*PAGE, "tag", "complete"), "yes", ("pages[0].tag.complete", "wrong type (str)")),
    ("mark outside", (*PAGE, "marks", 0, "at"), [10, 999], ("pages[0].marks[0]", "outside", "999")),
    ("mark without size", (*PAGE, "marks", 0, "side"), 0, ("pages[0].marks[0].side",)),
    ("marks no list", (*PAGE, "marks"), None, ("pages[0].marks",)),
    ("oblique line", (*PAGE, "lines", 1), [5, 0, 6, 400], ("pages[0].lines[1]", "horizontal or vertical")),
    ("line of three", (*PAGE, "lines", 1), [5, 0, 6], ("pages[0].lines[1]", "4 numbers")),
    ("line of no length", (*PAGE, "lines", 1), [5, 9, 5, 9], ("pages[0].lines[1]",)),
    ("line outside", (*PAGE, "lines", 0), [0, 500, 200, 500], ("pages[0].lines[0]", "outside", "500")),
    ("oblique repeated line", (*PAGE, "repeat", "lines", 0), [0, 1, 9, 2], ("pages[0].repeat.lines[0]",)),
    ("no pitch", (*PAGE, "repeat", "pitch"), GONE, ("pages[0].repeat", "'pitch' is missing")),
    (
        "pitch off the sheet",
        (*PAGE, "repeat", "pitch"),
        380,
        ("pages[0].lines", "outside the sheet of 200.0 x 400.0 mm"),
    ),
    ("below no object", (*PAGE, "repeat", "below"), [], ("pages[0].repeat.below", "wrong type (list)")),
    ("nothing below", (*PAGE, "repeat", "below", "fields"), GONE, ("repeat.below", "'fields' is missing")),
    ("box below outside", (*PAGE, "repeat", "below", "fields", 0, "boxes"), [[9, 390, 20, 20]], ("outside",)),
    ("header by hand", (*PAGE, "header", 0, "handwritten"), 1, ("header[0].handwritten", "wrong type (int)")),
    ("header outside", (*PAGE, "header", 0, "box"), [20, 20, 500, 8], ("pages[0].header[0]", "outside")),
    ("field without name", (*FIELD, "name"), GONE, ("pages[0].fields[0]", "'name' is missing")),
    ("no boxes", (*FIELD, "boxes"), [], ("pages[0].fields[0].boxes", "found 0")),
    ("five boxes", (*FIELD, "boxes"), [[100, 300, 5, 5]] * 5, ("pages[0].fields[0].boxes", "found 5")),
    ("box outside", (*FIELD, "boxes", 1), [190, 300, 20, 20], ("suara_sah", "(190.0, 300.0) mm", "outside")),
    ("box above", (*FIELD, "boxes", 1), [120, -1, 20, 20], ("suara_sah", "outside")),
    ("box of no width", (*FIELD, "boxes", 1), [123, 300, 0, 20], ("fields[0].boxes[1]", "positive", "0.0 x 20.0")),
    ("box no number", (*FIELD, "boxes", 1), [123, 300, None, 20], ("fields[0].boxes[1]", "not a number")),
    ("box yes", (*FIELD, "boxes", 1), [123, 300, True, 20], ("fields[0].boxes[1]", "not a number")),
    ("box nowhere", (*FIELD, "boxes", 1), [math.nan, 300, 20, 20], ("fields[0].boxes[1]",)),
    ("words outside", (*FIELD, "words"), [10, 300, 800, 20], ("pages[0].fields.suara_sah", "outside")),
    ("twice", (*PAGE, "repeat", "fields", 0, "name"), "suara_sah", ("pages[0]", "'suara_sah' stands twice")),
    ("pairs not told apart", (*PAGE, "repeat", "fields", 0, "name"), "paslon", ("'paslon' stands twice",)),
    ("bubbles of other boxes", (*FIELD, "bubbles", "column_x"), [110], ("bubbles.column_x", "2 numbers")),
    ("no bubble pitch", (*FIELD, "bubbles", "pitch"), GONE, ("fields[0].bubbles", "'pitch' is missing")),
    ("no row totals", (*FIELD, "tally", "row_totals"), GONE, ("fields[0].tally", "'row_totals' is missing")),
    ("row totals of others", (*FIELD, "tally", "row_totals"), [[[4, 4, 4, 4]]], ("row_totals", "2 rows", "found 1")),
    ("tally no object", (*FIELD, "tally"), 5, ("fields[0].tally",)),
    ("no rules", ("rules",), GONE, ("'rules' is missing",)),
    ("rule no object", ("rules", 0), "sum", ("rules[0]",)),
    ("relation", ("rules", 0, "relation"), "equals", ("rules[0].relation", "sum, at_most, equal_share", "'equals'")),
    ("kind", ("rules", 0, "kind"), "harsh", ("rules[0].kind", "hard, semi-hard, soft")),
    ("left unknown", ("rules", 0, "left"), "suara_ssah", ("rules[0]", "names no field", "'suara_ssah'")),
    ("pattern of nothing", ("rules", 1, "left"), "calon_*", ("rules[1]", "names no field", "'calon_*'")),
    ("right unknown", ("rules", 0, "right"), ["calon_*"], ("rules[0]", "names no field", "calon_*")),
    ("one of right unknown", ("rules", 0, "right"), ["paslon_*", "suara_x"], ("rules[0]", "no field", "suara_x")),
    ("right no list", ("rules", 0, "right"), "paslon_*", ("rules[0].right",)),
    ("nothing to compare with", ("rules", 0, "right"), GONE, ("rules[0]",)),
    ("no limit", ("rules", 1, "limit"), GONE, ("rules[1]",)),
    ("fails always", ("rules", 0, "fails_on_paper"), 1.0, ("rules[0].fails_on_paper", "between 0 and 0.5")),
    ("limit no number", ("rules", 1, "limit"), "306", ("rules[1].limit", "wrong type (str)")),
]


@pytest.mark.parametrize(("where", "value", "parts"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_the_message_names_file_and_field(tmp_path: Path, where: Path_, value: Any, parts: tuple[str, ...]) -> None:
    with pytest.raises(PartMissing) as caught:
        load(tmp_path, changed(where, value))
    message = str(caught.value)
    assert message.startswith("broken.json: ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize("text", ["", "{", "nonsense", "\x00\x01"])
def test_a_file_that_is_not_json(tmp_path: Path, text: str) -> None:
    with pytest.raises(PartMissing, match=r"broken\.json: cannot be read as JSON .* Restore the file"):
        load(tmp_path, text)


@pytest.mark.parametrize("text", ["[]", "null", "7", '"form"'])
def test_json_that_is_no_form(tmp_path: Path, text: str) -> None:
    with pytest.raises(PartMissing, match=r"broken\.json: form: 'form' is missing"):
        load(tmp_path, text)


def test_bytes_that_are_no_text_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b'{"form": "\xe9"}')
    with pytest.raises(PartMissing, match=r"latin\.json"):
        load_form(tmp_path / "latin.json")
    with pytest.raises(PartMissing, match=r"gone\.json"):
        load_form(tmp_path / "gone.json")


def test_a_folder_without_forms(tmp_path: Path) -> None:
    with pytest.raises(PartMissing, match=r"No form file in .* Install the program again"):
        load_catalogue(tmp_path)


def test_two_files_of_one_form_are_refused(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(small_form()))
    with pytest.raises(PartMissing, match=r"b\.json: form: 'small' stands in a\.json already"):
        load_catalogue(tmp_path)


def nodes(data: Any, path: Path_ = ()) -> list[Path_]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(deeper for key, value in items for deeper in nodes(value, (*path, key)))]


JUNK = st.sampled_from([None, True, -1, 0, 1e9, 1e400, "", "x", [], [1], [[]], {}, {"a": 1}])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from([node for node in nodes(small_form()) if node]), value=JUNK, remove=st.booleans())
def test_any_damage_loads_or_is_named(tmp_path: Path, where: Path_, value: Any, remove: bool) -> None:
    whole_list = isinstance(where[-1], int)
    try:
        load(tmp_path, changed(where, GONE if remove and not whole_list else copy.deepcopy(value)))
    except PartMissing as error:
        assert str(error).startswith("broken.json: ")


# ---- the geometry of the forms that ship ------------------------------------------------------------------------


def inside(box: Box, page: FormPage) -> bool:
    return box.x >= 0 and box.y >= 0 and box.x + box.w <= page.width and box.y + box.h <= page.height


def overlap(a: Box, b: Box) -> bool:
    """Cells of a table share their borders; places are given to a hundredth of a millimetre."""
    across = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    return across > 0.02 and min(a.y + a.h, b.y + b.h) - max(a.y, b.y) > 0.02


def all_boxes(page: FormPage) -> list[Box]:
    return [box for field in page.fields for box in field.boxes]


@PAGES
def test_the_boxes_of_a_number_stand_in_one_row_of_one_size(page: FormPage) -> None:
    for field in page.fields:
        first = field.boxes[0]
        assert {(box.y, box.w, box.h) for box in field.boxes} == {(first.y, first.w, first.h)}
        gaps = [b.x - (a.x + a.w) for a, b in itertools.pairwise(field.boxes)]
        assert all(-0.02 < gap < 0.3 * first.w for gap in gaps), field.name  # the boxes of a date share their sides
        assert max(gaps, default=0) - min(gaps, default=0) < 0.15
        assert 0.45 < first.w / first.h < 2  # squares on the planos, cells of a table on the A4 copies


@PAGES
def test_no_two_boxes_overlap_and_all_lie_on_the_sheet(page: FormPage) -> None:
    boxes = all_boxes(page)
    assert not [pair for pair in itertools.combinations(boxes, 2) if overlap(*pair)]
    others = [field.words for field in page.fields if field.words] + [line.box for line in page.header]
    assert all(inside(box, page) for box in boxes + others)
    assert not [(box, words) for box in boxes for words in others if overlap(box, words)]


@PAGES
def test_marks_stand_near_the_corners_where_there_are_any(page: FormPage) -> None:
    places = {mark.name: mark for mark in page.marks}
    if not places:
        assert page.tag is None and len(page.lines) > 20, "nothing to find this page by"
        return
    assert {"tl", "tr", "bl", "br"} <= set(places)
    for name in ("tl", "tr", "bl", "br"):
        mark = places[name]
        assert (mark.y < page.height / 4) == (name[0] == "t")
        assert (mark.x < page.width / 4) == (name[1] == "l")
    xs = [mark.x for mark in page.marks]
    assert min(xs) + max(xs) == pytest.approx(page.width, abs=2)


@PAGES
def test_all_that_is_printed_lies_on_the_sheet(page: FormPage) -> None:
    for mark in page.marks:
        assert inside(Box(mark.x - mark.side, mark.y - mark.side, 2 * mark.side, 2 * mark.side), page)
    for line in page.lines:
        assert min(line.x1, line.x2) >= 0 and max(line.x1, line.x2) <= page.width
        assert min(line.y1, line.y2) >= 0 and max(line.y1, line.y2) <= page.height
        assert abs(line.x2 - line.x1) + abs(line.y2 - line.y1) > 5
    if page.tag:
        assert inside(page.tag.box, page) and page.tag.box.w == page.tag.box.h
        assert not [box for box in all_boxes(page) if overlap(box, page.tag.box)]


@PAGES
def test_bubbles_hang_under_their_boxes_and_tallies_are_grids(page: FormPage) -> None:
    for field in page.fields:
        if field.bubbles:
            assert field.bubbles.column_x == pytest.approx([box.centre[0] for box in field.boxes], abs=0.5)
            assert field.bubbles.first_y - field.bubbles.radius > field.boxes[0].y + field.boxes[0].h
            assert field.bubbles.pitch > 2 * field.bubbles.radius
            assert field.bubbles.first_y + 9 * field.bubbles.pitch + field.bubbles.radius < page.height
        if field.tally:
            for edges in (field.tally.x_edges, field.tally.y_edges):
                steps = [b - a for a, b in itertools.pairwise(edges)]
                assert min(steps) > 0 and max(steps) - min(steps) < max(0.1, 0.05 * max(steps))  # outer cells are wider
            assert len(field.tally.row_totals) in (0, len(field.tally.y_edges) - 1)


@FORMS
def test_every_rule_names_fields_that_exist(form: Form) -> None:
    names = {field.name for page in form.pages for field in page.fields}
    assert len({rule.rule_id for rule in form.rules}) == len(form.rules)
    for rule in form.rules:
        assert {rule.left, *rule.right} <= names
        assert rule.left not in rule.right
        assert rule.relation in RELATIONS
        assert bool(rule.right) or (rule.relation == "at_most" and rule.limit is not None)
        assert (rule.share is not None) == (rule.relation == "equal_share")


@FORMS
def test_every_number_but_the_date_is_under_some_rule(form: Form) -> None:
    ruled = {name for rule in form.rules for name in (rule.left, *rule.right)}
    numbers = {field.name for page in form.pages for field in page.fields if field.section != "penutup"}
    assert numbers <= ruled


@FORMS
def test_pages_of_a_form_have_numbers_of_their_own(form: Form) -> None:
    assert len({(page.page, page.pairs) for page in form.pages}) == len(form.pages)
    tags: dict[int, set[int]] = {}
    for page in form.pages:
        assert 1 <= page.page <= page.pages
        assert page.form_id == form.form_id
        for tag_id in page.tag.ids if page.tag else ():
            tags.setdefault(tag_id, set()).add(page.page)
    assert all(len(pages) == 1 for pages in tags.values())


def test_no_tag_stands_for_two_forms() -> None:
    owners: dict[int, set[str]] = {}
    for page in CATALOGUE.pages:
        for tag_id in page.tag.ids if page.tag else ():
            owners.setdefault(tag_id, set()).add(page.form_id)
    assert all(len(forms) == 1 for forms in owners.values())


FIELD_NAMES = {
    *("suara_sah", "suara_tidak_sah", "suara_total"),
    *("ss_diterima", "ss_digunakan", "ss_dikembalikan", "ss_tidak_digunakan"),
    *("ringkasan_suara_sah", "ringkasan_suara_tidak_sah"),
    *("tanggal", "bulan", "tahun"),
    *(f"paslon_{n}" for n in range(1, 7)),
    *(
        f"{row}_{column}"
        for row in (
            *("dpt", "dptb", "dpk", "pemilih_total"),
            *("pengguna_dpt", "pengguna_dptb", "pengguna_dpk", "pengguna_total"),
            *("disabilitas", "disab_pengguna"),
        )
        for column in "lpj"
    ),
}


@PAGES
def test_fields_have_the_names_that_others_rely_on(page: FormPage) -> None:
    assert {field.name for field in page.fields} <= FIELD_NAMES
    header = {"provinsi", "kabupaten_kota", "kecamatan", "kelurahan_desa", "nomor_tps", "ditetapkan_di"}
    assert {line.name for line in page.header} <= header


def test_the_catalogue_of_a_folder_is_all_its_forms(tmp_path: Path) -> None:
    names = ["one", "two"]
    for name in names:
        (tmp_path / f"{name}.json").write_text(json.dumps(small_form() | {"form": name}))
    (tmp_path / "notes.txt").write_text("beside")
    assert [form.form_id for form in load_catalogue(tmp_path).forms] == names


@PAGES
def test_a_page_printed_twice_as_large_is_the_page_again_when_halved(page: FormPage) -> None:
    larger = page.scaled(2.0)
    assert larger.scaled(0.5) == page
    assert (larger.width, larger.height) == (2 * page.width, 2 * page.height)
    first, twice = page.fields[-1], larger.fields[-1]
    assert twice.boxes[-1] == Box(
        *(2 * v for v in (first.boxes[-1].x, first.boxes[-1].y, first.boxes[-1].w, first.boxes[-1].h))
    )
    assert [line.y1 for line in larger.lines] == [2 * line.y1 for line in page.lines]
    assert [mark.polarity for mark in larger.marks] == [mark.polarity for mark in page.marks]
    assert (larger.page, larger.pairs, larger.tag and larger.tag.ids) == (
        page.page,
        page.pairs,
        page.tag and page.tag.ids,
    )
