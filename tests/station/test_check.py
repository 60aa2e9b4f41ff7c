"""A form's rules on numbers without photos."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.records import FlagCode, RuleCheck
from ocr_pipeline.station.check import Checked, RuleCounts, check_numbers, rules_of

PPWP = load_catalogue().form("c-hasil-ppwp-2024")
VOTES = {"paslon_1": 87, "paslon_2": 120, "paslon_3": 33, "suara_sah": 240, "suara_tidak_sah": 5, "suara_total": 245}
TABLE = {
    **{"pengguna_dpt_l": 100, "pengguna_dpt_p": 120, "pengguna_dpt_j": 220},
    **{"pengguna_dptb_l": 3, "pengguna_dptb_p": 8, "pengguna_dptb_j": 11},
    **{"pengguna_dpk_l": 6, "pengguna_dpk_p": 8, "pengguna_dpk_j": 14},
    **{"pengguna_total_l": 109, "pengguna_total_p": 136, "pengguna_total_j": 245},
}


def checked(suggestions: int = 3, **changes: int) -> Checked:
    values = VOTES | TABLE | changes
    return check_numbers(values, rules_of(PPWP, values), suggestions)


def test_numbers_that_go_together_break_nothing() -> None:
    found = checked()
    assert found.broken == () and found.suggestions == ()
    assert {rule.rule for rule in found.rules if rule.holds is None} >= {"R9", "R10", "R1.dpt"}


def test_one_wrong_digit_is_found_by_what_it_breaks() -> None:
    found = checked(pengguna_dpt_p=128)
    assert [flag.rule for flag in found.broken] == ["R1.pengguna_dpt", "R2.p"]
    assert {flag.look_first for flag in found.broken} == {"pengguna_dpt_p"}
    assert found.suggestions[0].changes == {"pengguna_dpt_p": 120}
    assert found.suggestions[0].probability > 0.95
    assert found.suggestions[0].errors == ()


def test_what_may_be_any_of_several_numbers_is_said_of_none() -> None:
    """Thirty too many: paslon_1, paslon_2, paslon_3 or the sum and the total after it."""
    found = checked(suara_sah=270, suara_total=275, pengguna_total_j=245)
    (r3, _) = found.broken
    assert (r3.rule, r3.message) == ("R3", "87 + 120 + 33 = 240, the form says 270: 30 too many")
    changes = [tuple(one.changes) for one in found.suggestions]
    assert len(changes) == 3 and changes[0] == ("suara_sah", "suara_total")


def test_swapped_columns_are_an_explanation() -> None:
    found = checked(pengguna_dpt_l=120, pengguna_dpt_p=100)
    best = found.suggestions[0]
    assert best.errors == ("pengguna_dpt_l and pengguna_dpt_p swapped",)
    assert best.changes == {}, "that the paper has them so is no reason to change them"


def test_without_suggestions_only_the_rules_are_looked_at() -> None:
    found = checked(0, pengguna_dpt_p=128)
    assert found.suggestions == () and all(flag.look_first is None for flag in found.broken)
    assert [flag.code for flag in found.broken] == [FlagCode.SUM_MISMATCH] * 2


@pytest.mark.parametrize("missing", ["paslon_2", "suara_sah"])
def test_a_missing_number_decides_nothing(missing: str) -> None:
    values = {name: value for name, value in VOTES.items() if name != missing}
    found = check_numbers(values, rules_of(PPWP, values), 3)
    assert {rule.rule: rule.holds for rule in found.rules}["R3"] is None
    assert found.broken == ()


def test_the_sheet_has_as_many_pairs_as_there_are_numbers() -> None:
    form = load_catalogue().form("c-hasil-kwk-2024")
    values = {"paslon_1": 100, "paslon_2": 50, "suara_sah": 151}
    (broken,) = check_numbers(values, rules_of(form, values), 0).broken
    assert broken.fields == ("suara_sah", "paslon_1", "paslon_2")


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(VOTES | TABLE)), st.integers(0, 2), st.integers(0, 9))
def test_whatever_is_changed_is_seen(field: str, place: int, digit: int) -> None:
    """Every number of these is in some sum, so no single change goes unseen."""
    old = (VOTES | TABLE)[field]
    new = old + (digit - old // 10**place % 10) * 10**place
    found = checked(**{field: new})
    assert bool(found.broken) == (new != old)
    assert sum(one.probability for one in found.suggestions) <= 1 + 1e-9


def test_counts_are_of_decided_rules_only() -> None:
    counts = RuleCounts()
    assert (counts.stations, list(counts.by_rule()), counts.complete()) == (0, [], (0, 0))
    counts.add([RuleCheck("R3", False, 9), RuleCheck("R4", None, None)])
    counts.add([RuleCheck("R3", True, 0), RuleCheck("R4", True, 0)])
    counts.add([RuleCheck("R3", True, 0), RuleCheck("R4", False, 1)])
    assert list(counts.by_rule()) == [("R3", 1, 3), ("R4", 1, 2)]
    assert counts.complete() == (1, 2)
    assert counts.stations == 3
