"""From the pages of a station to values, probabilities and verdicts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import VERDICT
from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.records import (
    FieldReading,
    FieldResult,
    FlagCode,
    PageReading,
    RunnerUp,
    Severity,
    StationResult,
    Verdict,
)
from ocr_pipeline.station.assemble import KeySource, Station, StationKey, assemble
from ocr_pipeline.station.resolve import resolve_station

MakeField = Callable[..., FieldReading]
MakePage = Callable[..., PageReading]


def station(*pages: PageReading, claimed_page: int | None = None) -> Station:
    (found,) = assemble([(page, StationKey("S", claimed_page, KeySource.MANIFEST)) for page in pages])
    return found


def resolve(*pages: PageReading) -> StationResult:
    return resolve_station(station(*pages), load_catalogue().form(pages[0].form_id))


def by_field(result: StationResult) -> dict[str, FieldResult]:
    return {field.field: field for field in result.fields}


def votes(make_field: MakeField, make_page: MakePage, sah: int = 240, sure: float = 1.0) -> list[PageReading]:
    """87 + 120 + 33 on page 2, the total of valid votes on page 3."""
    p1, p2, p3 = (make_field(f"paslon_{n}", v, sure, other=500) for n, v in ((1, 87), (2, 120), (3, 33)))
    return [
        make_page(p1, p2, p3, photo="p2.jpg", page=2, pairs=3),
        make_page(make_field("suara_sah", sah, sure), photo="p3.jpg", page=3),
    ]


def test_a_station_that_adds_up_is_accepted(make_field: MakeField, make_page: MakePage) -> None:
    result = resolve(*votes(make_field, make_page))
    assert result.station == "S"
    assert result.photos == ("sha-p2.jpg", "sha-p3.jpg")
    assert [(f.field, f.value, f.verdict) for f in result.fields] == [
        ("paslon_1", 87, Verdict.ACCEPT),
        ("paslon_2", 120, Verdict.ACCEPT),
        ("paslon_3", 33, Verdict.ACCEPT),
        ("suara_sah", 240, Verdict.ACCEPT),
    ]
    assert result.flags == ()
    paslon = [f"R13.paslon_{n}" for n in (1, 2, 3)]
    assert [c.rule for c in result.rules if c.holds is not None] == ["R3", *paslon, "R13.suara_sah"]
    first = result.fields[0]
    assert first.boxes == "X87" and first.sha256 == "sha-p2.jpg" and first.runner_up is None
    assert first.witnesses == {"digits": 87, "bubbles": None, "words": None, "tally": None}


def test_doubtful_values_that_add_up_are_accepted_together_but_not_alone(
    make_field: MakeField, make_page: MakePage
) -> None:
    together = resolve(*votes(make_field, make_page, sure=0.95))
    assert {f.verdict for f in together.fields} == {Verdict.ACCEPT}
    assert all(f.probability > 0.99 for f in together.fields)
    (page_2, _) = votes(make_field, make_page, sure=0.95)
    alone = resolve(page_2)
    assert {f.verdict for f in alone.fields} == {Verdict.REVIEW}
    assert [f.probability for f in alone.fields] == pytest.approx([0.95] * 3, abs=1e-4)


def test_a_sum_that_fails_sends_all_its_fields_to_review_unchanged(make_field: MakeField, make_page: MakePage) -> None:
    result = resolve(*votes(make_field, make_page, sah=249))
    assert [(f.value, f.verdict, f.suggestion) for f in result.fields] == [
        (87, Verdict.REVIEW, None),
        (120, Verdict.REVIEW, None),
        (33, Verdict.REVIEW, None),
        (249, Verdict.REVIEW, None),
    ]
    assert [f.probability for f in result.fields] == pytest.approx([1.0] * 4, abs=1e-4)
    assert {c.rule: c.probability for c in result.rules}["R3"] == pytest.approx(0.0, abs=1e-4)


def test_the_value_stays_as_written_where_the_sum_favours_another(make_field: MakeField, make_page: MakePage) -> None:
    page_2, page_3 = votes(make_field, make_page)
    page_2 = replace(page_2, fields=(make_field("paslon_1", 81, 0.6, other=87), *page_2.fields[1:]))
    first = by_field(resolve(page_2, page_3))["paslon_1"]
    assert first.value == 81
    assert first.probability < 0.1
    assert first.verdict == Verdict.REVIEW
    assert first.runner_up == RunnerUp(87, pytest.approx(1 - first.probability, abs=1e-4))
    assert first.suggestion == 87
    assert first.own_probability == pytest.approx(0.6)


def test_a_missing_page_decides_nothing(make_field: MakeField, make_page: MakePage) -> None:
    (_, page_3) = votes(make_field, make_page)
    result = resolve(page_3)
    assert {c.rule: c.holds for c in result.rules}["R3"] is None
    assert by_field(result)["suara_sah"].verdict == Verdict.ACCEPT


def test_a_blank_field_is_not_zero(make_field: MakeField, make_page: MakePage) -> None:
    page_2, page_3 = votes(make_field, make_page, sah=207)
    page_2 = replace(page_2, fields=(*page_2.fields[:2], make_field("paslon_3", None)))
    result = resolve(page_2, page_3)
    assert by_field(result)["paslon_3"].value is None
    assert by_field(result)["paslon_3"].verdict == Verdict.REVIEW
    assert {c.rule: c.holds for c in result.rules}["R3"] is None


def test_the_surest_reading_of_a_page_counts_and_another_number_goes_to_review(
    make_field: MakeField, make_page: MakePage
) -> None:
    one = make_page(make_field("paslon_1", 61, 0.995), make_field("paslon_2", 5), photo="a.jpg", pairs=2)
    two = make_page(make_field("paslon_1", 67, 0.999), make_field("paslon_2", 5), photo="b.jpg", pairs=2)
    fields = by_field(resolve(one, two))
    assert (fields["paslon_1"].value, fields["paslon_1"].sha256) == (67, "sha-b.jpg")
    assert fields["paslon_1"].verdict == Verdict.REVIEW
    assert (fields["paslon_2"].value, fields["paslon_2"].verdict) == (5, Verdict.ACCEPT)
    covered = make_page(make_field("paslon_1", None, 1.0), photo="c.jpg", pairs=2)
    hidden = by_field(resolve(one, covered))["paslon_1"]
    assert (hidden.value, hidden.verdict) == (61, Verdict.REVIEW)


def test_thresholds_come_from_the_settings(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(make_field("paslon_1", 61, 0.95), pairs=2)
    form = load_catalogue().form(page.form_id)
    lenient = resolve_station(station(page), form, replace(VERDICT, accept_probability=0.9))
    assert lenient.fields[0].verdict == Verdict.ACCEPT and lenient.flags == ()


def test_a_form_of_another_kind_and_a_field_without_digits_are_bugs(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(make_field("paslon_1", 61), pairs=2)
    with pytest.raises(ValueError, match="not of c-hasil-ppwp-2024"):
        resolve_station(station(page), load_catalogue().form("c-hasil-ppwp-2024"))
    silent = replace(page, fields=(replace(page.fields[0], evidence=()),))
    with pytest.raises(ValueError, match="paslon_1 came without"):
        resolve_station(station(silent), load_catalogue().form(page.form_id))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    values=st.lists(st.one_of(st.none(), st.integers(0, 999)), min_size=4, max_size=4),
    sure=st.lists(st.floats(0.51, 1.0), min_size=4, max_size=4),
    sah_adds_up=st.booleans(),
)
def test_accept_means_sure_read_and_free_of_errors(
    make_field: MakeField, make_page: MakePage, values: list[int | None], sure: list[float], sah_adds_up: bool
) -> None:
    if sah_adds_up:
        values[3] = min(sum(v or 0 for v in values[:3]), 999)
    fields = [
        make_field(name, value, probability, other=(value or 0) + 1)
        for name, value, probability in zip(
            ["paslon_1", "paslon_2", "paslon_3", "suara_sah"], values, sure, strict=True
        )
    ]
    result = resolve(make_page(*fields[:3], pairs=3), make_page(fields[3], photo="b.jpg", page=3))
    stopped = {name for flag in result.flags if flag.severity is Severity.ERROR for name in flag.fields}
    for field, value in zip(result.fields, values, strict=True):
        assert field.value == value, "the value is as written whatever the sums say"
        assert 0.0 <= field.probability <= 1.0
        sure_alone = field.own_probability >= VERDICT.least_own_probability
        sure_together = field.probability >= VERDICT.accept_probability
        accepted = value is not None and sure_alone and sure_together and field.field not in stopped
        assert field.verdict == (Verdict.ACCEPT if accepted else Verdict.REVIEW)
        if field.verdict is Verdict.REVIEW:
            assert field.field in stopped, "every number that needs a person says why"
    read = None not in values
    adds_up = read and sum(v or 0 for v in values[:3]) == values[3]
    assert any(f.code is FlagCode.SUM_MISMATCH for f in result.flags) == (read and not adds_up)
