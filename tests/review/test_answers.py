"""From keys to answers, and what counts as the same answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.review import answers
from ocr_pipeline.review.answers import NotAnAnswer
from ocr_pipeline.review.figures import Share, reviewers, wrong_among_accepted
from ocr_pipeline.store.review_model import Kind, Purpose, moved_to
from ocr_pipeline.store.review_numbers import KeyedItem

SHEET = [(10.0, 10.0), (900.0, 20.0), (890.0, 1200.0), (5.0, 1190.0)]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [("61", "61"), (" 061 ", "61"), ("0", "0"), ("000", "0"), ("b", "blank"), ("X", "crossed out"), ("i", "illegible")],
)
def test_keys_become_answers(typed: str, answer: str) -> None:
    assert answers.number(typed, 3) == answer
    assert answers.number(answer, 3) == answer


@given(st.text(max_size=6))
def test_whatever_is_typed_is_an_answer_or_refused(typed: str) -> None:
    try:
        answer = answers.number(typed, 3)
    except NotAnAnswer:
        return
    assert answer in ("blank", "crossed out", "illegible") or 0 <= int(answer) <= 999


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=4, max_size=4))
def test_corners_go_round_the_sheet_or_are_refused(corners: list[tuple[int, int]]) -> None:
    try:
        answer = answers.page("c-hasil-kwk-2024", 2, 3, corners)
    except NotAnAnswer:
        return
    read = answers.read_page(answer)
    assert read is not None
    assert read == ("c-hasil-kwk-2024", 2, 3, tuple((float(x), float(y)) for x, y in corners))


def test_pages_are_the_same_when_their_corners_nearly_are() -> None:
    one = (answers.page("f", 2, None, SHEET),)
    near = (answers.page("f", 2, None, [(x + 50, y - 50) for x, y in SHEET]),)
    far = (answers.page("f", 2, None, [(x + 90, y) for x, y in SHEET]),)
    other = (answers.page("f", 3, None, SHEET),)
    assert answers.same(Kind.PAGE, one, near)
    assert not answers.same(Kind.PAGE, one, far)
    assert not answers.same(Kind.PAGE, one, other)
    assert not answers.same(Kind.PAGE, one, (answers.NO_FORM,))
    assert answers.same(Kind.PAGE, (answers.NO_FORM,), (answers.NO_FORM,))


def test_a_station_is_thirteen_digits() -> None:
    assert moved_to(answers.station("31.71.01.1001 012")) == "3171011001012"
    with pytest.raises(NotAnAnswer):
        answers.station("317101100101")


def test_figures_count_who_agrees_who_is_right_and_what_is_wrong() -> None:
    def entry(user: str, typed: str, decided: str | None, known: tuple[str, ...] = ()) -> KeyedItem:
        purpose = Purpose.SEED if known else Purpose.FLAGGED
        held = None if decided is None else (decided,)
        return KeyedItem(user, purpose, (typed,), held, known, ("5",), 2.0, 0.0)

    entries = [
        *(entry("ann", "5", "5"), entry("ann", "7", "5"), entry("ann", "9", None)),
        *(entry("ben", "crossed out", "crossed out", ("0",)), entry("ben", "8", "8", ("6",))),
        entry("ben", "photo rejected", None, ("6",)),
    ]
    ann, ben = reviewers(entries)
    assert (ann.keyed, ann.agreed, ann.seeds_right) == (3, Share(1, 2), Share(0, 0))
    assert (ben.agreed, ben.seeds_right) == (Share(2, 2), Share(1, 3))
    wrong = wrong_among_accepted([("5", "5")] * 299 + [("6", "5")])
    assert (wrong.count, wrong.of) == (1, 300)
    assert 0 < wrong.low < 1 / 300 < wrong.high < 0.02
