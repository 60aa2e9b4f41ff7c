"""What people decided, as evidence: it counts, it is not doubted, and what does not add up is still said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.records import FieldReading, FlagCode, PageReading, Severity, StationResult, Verdict
from ocr_pipeline.station.assemble import KeySource, StationKey, assemble
from ocr_pipeline.station.keyed import value_of, with_keys
from ocr_pipeline.station.resolve import resolve_station

MakeField = Callable[..., FieldReading]
MakePage = Callable[..., PageReading]


def resolve(*pages: PageReading, **keyed: str) -> StationResult:
    answers = {
        (page.sha256, field.field): keyed[field.field]
        for page in pages
        for field in page.fields
        if field.field in keyed
    }
    key = StationKey("S", None, KeySource.MANIFEST)
    (station,) = assemble([(with_keys(page, answers), key) for page in pages])
    return resolve_station(station, load_catalogue().form(pages[0].form_id))


@pytest.mark.parametrize(
    ("answer", "value"), [("0", 0), ("61", 61), ("007", 7), ("crossed out", 0), ("blank", None), ("illegible", None)]
)
def test_what_an_answer_stands_for(answer: str, value: int | None) -> None:
    assert value_of(answer) == value


def test_no_answer_about_a_number_is_taken_for_one() -> None:
    with pytest.raises(ValueError, match="photo rejected"):
        value_of("photo rejected")


def test_a_keyed_number_replaces_what_the_digits_say_and_clears_their_doubts(
    make_field: MakeField, make_page: MakePage
) -> None:
    doubtful = make_field(
        "paslon_1", 87, 0.7, ink=(2.0, 1.0, 1.0), border_scores=(0.1, 0.1, 0.1), witnesses={"bubbles": 12}
    )
    before = resolve(make_page(doubtful))
    assert {flag.code for flag in before.flags} >= {FlagCode.ALTERED, FlagCode.BOX_NOT_CONFIRMED}
    after = resolve(make_page(doubtful), paslon_1="81")
    (field,) = after.fields
    assert (field.value, field.verdict, after.flags) == (81, Verdict.ACCEPT, ())
    assert field.probability > 0.999
    assert field.witnesses["digits"] == 87
    assert field.boxes == "X87"


@pytest.mark.parametrize("answer", ["blank", "illegible"])
def test_no_number_stays_no_number(make_field: MakeField, make_page: MakePage, answer: str) -> None:
    result = resolve(make_page(make_field("paslon_1", 87)), paslon_1=answer)
    (field,) = result.fields
    assert (field.value, field.verdict) == (None, Verdict.REVIEW)
    assert [(flag.code, flag.severity) for flag in result.flags] == [(FlagCode.NOT_A_NUMBER, Severity.NOTE)]


def test_a_sum_that_people_read_as_wrong_is_the_papers_and_still_said(
    make_field: MakeField, make_page: MakePage
) -> None:
    terms = [make_field(f"paslon_{n}", v) for n, v in ((1, 87), (2, 120), (3, 33))]
    pages = [make_page(*terms, pairs=3), make_page(make_field("suara_sah", 249), page=3, photo="b.jpg")]
    values = {"paslon_1": "87", "paslon_2": "120", "paslon_3": "33", "suara_sah": "249"}
    (flag,) = resolve(*pages, **values).flags
    assert (flag.code, flag.severity) == (FlagCode.SUM_MISMATCH, Severity.NOTE)
    assert {field.verdict for field in resolve(*pages, **values).fields} == {Verdict.ACCEPT}
    del values["paslon_3"]  # somebody has still to look at one of them
    assert resolve(*pages, **values).flags[0].severity is Severity.ERROR


def test_a_keyed_number_counts_before_a_surer_reading_of_another_photo(
    make_field: MakeField, make_page: MakePage
) -> None:
    poor, good = (
        make_page(make_field("paslon_1", 5, 0.6), photo="a.jpg"),
        make_page(make_field("paslon_1", 5), photo="b.jpg"),
    )
    key = {("sha-a.jpg", "paslon_1"): "6"}
    (station,) = assemble([(with_keys(p, key), StationKey("S", None, KeySource.MANIFEST)) for p in (poor, good)])
    result = resolve_station(station, load_catalogue().form(good.form_id))
    assert [(f.value, f.sha256, f.verdict) for f in result.fields] == [(6, "sha-a.jpg", Verdict.REVIEW)]
    assert [flag.code for flag in result.flags] == [FlagCode.READINGS_DISAGREE]


def test_an_answer_for_another_photo_or_field_changes_nothing(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(make_field("paslon_1", 87))
    assert with_keys(page, {("other", "paslon_1"): "1", (page.sha256, "paslon_2"): "1"}).fields == page.fields
    assert with_keys(replace(page, sha256="other"), {("other", "paslon_1"): "1"}).fields != page.fields
