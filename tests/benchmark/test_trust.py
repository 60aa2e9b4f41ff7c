from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.benchmark.breakdown import Share, breakdown, straight_through
from ocr_pipeline.benchmark.numbers import FieldGroup, MeasuredNumber, Step, group_of, measured_numbers
from ocr_pipeline.benchmark.score import Scored, wilson
from ocr_pipeline.benchmark.trust import (
    ablation,
    calibration_error,
    expected_wrong,
    point,
    reliability,
    suggestions,
)
from ocr_pipeline.config import BENCHMARK, VERDICT
from ocr_pipeline.records import FlagCode


def number(
    probability: float, right: bool = True, own: float = 1.0, flags: Sequence[FlagCode] = (), station: str = "a"
) -> MeasuredNumber:
    return MeasuredNumber(
        photo="a.jpg",
        station=(station, "f"),
        field="paslon_1",
        true=61,
        true_boxes="X61",
        value=61 if right else 67,
        boxes="X61",
        digits_probability=own,
        own_probability=own,
        probability=probability,
        accepted=probability >= VERDICT.accept_probability and own >= VERDICT.least_own_probability and not flags,
        runner_up=None,
        suggestion=None,
        witnesses={},
        reasons=tuple(flags),
        refused=None,
    )


NUMBERS = st.lists(
    st.builds(
        number,
        st.floats(0, 1),
        st.booleans(),
        st.floats(0, 1),
        st.lists(st.sampled_from([FlagCode.LOW_CONFIDENCE, FlagCode.ALTERED]), max_size=2),
        st.sampled_from("abc"),
    ),
    max_size=40,
)


def test_at_the_threshold_in_use_the_curve_is_what_the_program_did(samples: list[Scored]) -> None:
    numbers = measured_numbers(samples)
    assert any(n.accepted for n in numbers) and not all(n.accepted for n in numbers)
    assert [n.accepted_at(VERDICT.accept_probability) for n in numbers] == [n.accepted for n in numbers]


@settings(max_examples=60, deadline=None)
@given(numbers=NUMBERS, low=st.floats(0, 1), high=st.floats(0, 1), step=st.sampled_from(Step))
def test_a_higher_threshold_accepts_no_more(numbers: list[MeasuredNumber], low: float, high: float, step: Step) -> None:
    low, high = sorted((low, high))
    less, more = point(numbers, high, step), point(numbers, low, step)
    assert less.accepted.hits <= more.accepted.hits
    assert less.wrong.hits <= more.wrong.hits
    assert less.straight_through.hits <= more.straight_through.hits
    assert more.wrong.n == more.accepted.hits and more.accepted.n == len(numbers)


@settings(max_examples=60, deadline=None)
@given(numbers=NUMBERS)
def test_flags_only_take_away(numbers: list[MeasuredNumber]) -> None:
    sums, flags = (point(numbers, 0.9, step).accepted.hits for step in (Step.SUMS, Step.FLAGS))
    assert flags <= sums


def test_a_flag_stops_a_number_at_every_threshold_but_being_unsure_does_not() -> None:
    altered, unsure = number(0.95, flags=[FlagCode.ALTERED]), number(0.95, flags=[FlagCode.LOW_CONFIDENCE])
    assert not altered.accepted_at(0.0)
    assert unsure.accepted_at(0.9) and not unsure.accepted_at(0.99)
    assert altered.accepted_at(0.9, Step.SUMS)


def test_one_number_in_doubt_keeps_its_whole_station() -> None:
    numbers = [number(1.0), number(0.5), number(1.0, station="b")]
    assert point(numbers, 0.99).straight_through == Share(1, 2)


def test_steps_are_counted_by_what_each_knows() -> None:
    numbers = [number(1.0, own=0.8), number(0.2, right=False, own=1.0)]
    steps = {added.step: added.point for added in ablation(numbers)}
    assert (steps[Step.DIGITS].accepted.hits, steps[Step.DIGITS].wrong.hits) == (1, 1)
    assert (steps[Step.SUMS].accepted.hits, steps[Step.SUMS].wrong.hits) == (1, 0)
    assert [len(added.curve) for added in ablation(numbers)] == [len(BENCHMARK.thresholds)] * len(Step)


@settings(max_examples=60, deadline=None)
@given(numbers=NUMBERS)
def test_every_number_lies_in_one_bin(numbers: list[MeasuredNumber]) -> None:
    bins = reliability(numbers)
    assert sum(one.n for one in bins) == len(numbers)
    assert all(one.said is None or one.low <= one.said <= one.high + 1e-12 for one in bins)
    error = calibration_error(bins)
    assert (error is None) == (not numbers) and (error is None or 0 <= error <= 1)


def test_calibration_error_is_the_distance_between_said_and_so() -> None:
    numbers = [number(0.75, right=right) for right in (True, True, False, False)]
    assert calibration_error(reliability(numbers)) == pytest.approx(0.25)
    numbers = [number(0.75, right=right) for right in (True, True, True, False)]
    assert calibration_error(reliability(numbers)) == pytest.approx(0)


def test_risk_taken_is_that_of_the_accepted() -> None:
    assert expected_wrong([number(0.5)]) is None
    assert expected_wrong([number(0.5), number(0.99), number(0.995)]) == pytest.approx(0.0075)


def test_suggestions_are_counted_by_what_a_person_read() -> None:
    mending = replace(number(0.1, right=False), suggestion=61)
    spoiling = replace(number(0.1), suggestion=67)
    counted = suggestions([mending, spoiling, number(1.0)])
    assert (counted.made, counted.right, counted.spoilt) == (2, 1, 1)


@pytest.mark.parametrize(
    ("field", "group"),
    [
        ("paslon_12", FieldGroup.CANDIDATES),
        ("suara_sah", FieldGroup.TOTALS),
        ("ringkasan_suara_sah", FieldGroup.TOTALS),
        ("pengguna_dpt_l", FieldGroup.VOTERS),
        ("disab_pengguna_j", FieldGroup.VOTERS),
        ("ss_diterima", FieldGroup.BALLOTS),
        ("tahun", FieldGroup.DATE),
        ("a1_dpt_l", FieldGroup.OTHER),
    ],
)
def test_a_field_belongs_to_its_group(field: str, group: FieldGroup) -> None:
    assert group_of(field) is group


def test_groups_of_a_form_add_up_to_the_form(samples: list[Scored]) -> None:
    rows = breakdown(samples)
    whole, *rest = rows
    assert whole.title == "all" and whole.photos == len(samples)
    forms = [row for row in rest if row.form and row.group is None]
    for name in ("numbers_right", "numbers_accepted", "wrong_accepted", "digits_right", "false_first_digits"):
        assert sum(row.shares[name].n for row in forms) == whole.shares[name].n
        for form in forms:
            groups = [row for row in rest if (row.form, row.kind) == (form.form, form.kind) and row.group]
            if groups:
                assert sum(row.shares[name].hits for row in groups) == form.shares[name].hits


def test_a_station_is_whole_only_with_every_number_of_every_page(samples: list[Scored]) -> None:
    share = straight_through(samples)
    codes = {one.label.station for one in samples if one.label.values}
    assert share.n == len(codes) and 0 < share.hits < share.n


def test_a_share_of_nothing_has_no_value() -> None:
    assert Share(0, 0).value is None and Share(0, 0).interval == wilson(0, 0) == (0.0, 1.0)
