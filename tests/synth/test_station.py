import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import RuleKind, load_catalogue
from ocr_pipeline.synth.station import PaperError, StationTruth, broken_rules, invent_station

CATALOGUE = load_catalogue()
VARIANTS = [
    (form.form_id, pairs)
    for form in CATALOGUE.forms
    for pairs in (form.pairs or (None,))
    if any(page.pairs in (None, pairs) and not page.provisional for page in form.pages)
]


def truth(form_id: str, seed: int, pairs: int | None = None, error: PaperError | None = None) -> StationTruth:
    return invent_station(CATALOGUE.form(form_id), np.random.default_rng(seed), 0, pairs, error)


@settings(max_examples=150, deadline=None)
@given(variant=st.sampled_from(VARIANTS), seed=st.integers(0, 2**31))
def test_every_rule_holds_on_a_correct_paper(variant: tuple[str, int | None], seed: int) -> None:
    station = truth(variant[0], seed, variant[1])
    assert station.broken_rules == ()
    assert broken_rules(CATALOGUE.form(variant[0]), station.values, tuple(RuleKind)) == ()
    assert all(0 <= value <= 999 for name, value in station.values.items() if name != "tahun")


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_station_has_a_number_for_every_field_of_every_known_page(variant: tuple[str, int | None]) -> None:
    form_id, pairs = variant
    pages = [p for p in CATALOGUE.form(form_id).pages if p.pairs in (None, pairs) and not p.provisional]
    names = {field.name for page in pages for field in page.fields}
    assert set(truth(form_id, 1, pairs).values) == names


@settings(max_examples=60, deadline=None)
@given(variant=st.sampled_from(VARIANTS), seed=st.integers(0, 2**31))
def test_a_wrong_sum_breaks_the_sum_of_the_pairs_and_nothing_hidden(variant: tuple[str, int | None], seed: int) -> None:
    station = truth(variant[0], seed, variant[1], PaperError.WRONG_SUM)
    assert "R3" in station.broken_rules


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31))
@example(seed=729)  # as many men as women in every row at the first draw
def test_swapped_men_and_women_break_the_column_sums_only(seed: int) -> None:
    station = truth("c-hasil-ppwp-2024", seed, None, PaperError.SWAPPED_LP)
    assert set(station.broken_rules) == {"R2.l", "R2.p"}


def test_a_form_without_such_rows_refuses_the_swap() -> None:
    with pytest.raises(UsageError, match="men and women"):
        truth("c-hasil-kwk-2020", 1, None, PaperError.SWAPPED_LP)


def test_an_unknown_number_of_pairs_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="2 or 3 pairs, not for 5"):
        truth("c-hasil-kwk-2024", 1, 5)


def test_a_form_whose_layout_is_only_inferred_is_refused() -> None:
    with pytest.raises(UsageError, match="No page of c1-kwk-2015 with 3 pairs"):
        truth("c1-kwk-2015", 1, 3)


def test_codes_of_a_set_are_different_and_have_13_digits() -> None:
    form = CATALOGUE.form("c-hasil-kwk-2024")
    codes = [invent_station(form, np.random.default_rng(0), index).code for index in range(0, 3996, 37)]
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 13 and code.isdigit() for code in codes)
    assert codes[0] == "6301052001001"


def test_more_stations_than_names_are_refused() -> None:
    with pytest.raises(UsageError, match="3996"):
        invent_station(CATALOGUE.form("c-hasil-kwk-2024"), np.random.default_rng(0), 3996)
