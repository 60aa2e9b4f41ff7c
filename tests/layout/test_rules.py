"""Rules proposed from names: those of the forms that ship, and none that names a field the form lacks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.forms import Rule, load_catalogue
from ocr_pipeline.layout.rules import propose_rules

CATALOGUE = load_catalogue()


def relations(rules: tuple[Rule, ...]) -> set[tuple[str, str, str, frozenset[str]]]:
    return {(rule.relation, str(rule.kind), rule.left, frozenset(rule.right)) for rule in rules}


def test_the_sums_of_the_known_forms_are_proposed() -> None:
    form = CATALOGUE.form("c-hasil-ppwp-2024")
    names = [field.name for page in form.pages for field in page.fields]
    proposed = propose_rules(names, form.station_cap)
    by_hand = tuple(rule for rule in form.rules if rule.relation != "equal_share")  # a share is law, not layout
    assert relations(proposed) == relations(by_hand)
    limits = {rule.left: rule.limit for rule in proposed if not rule.right}
    assert (limits.pop("tanggal"), limits.pop("bulan")) == (31, 12)
    assert all(limit is not None and limit >= form.station_cap for limit in limits.values())


def test_nothing_is_proposed_of_names_that_say_nothing() -> None:
    assert propose_rules(["row_1", "row_2", "tahun"], 300) == ()


NAMES = [*sorted({field.name for page in CATALOGUE.pages for field in page.fields}), "row_1"]


@given(st.lists(st.sampled_from(NAMES), unique=True), st.integers(1, 900))
def test_rules_name_only_what_is_there(names: list[str], cap: int) -> None:
    rules = propose_rules(names, cap)
    assert len({rule.rule_id for rule in rules}) == len(rules)
    for rule in rules:
        assert {rule.left, *rule.right} <= set(names)
        assert rule.left not in rule.right
