"""The numbers published for Jakarta on 20 February 2024 under the form's rules: counts known from elsewhere.

The file is not part of this repository; without it these tests skip.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.station.check import RuleCounts, check_numbers, rules_of
from ocr_pipeline.tabulate.published import load_published

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OCR_PIPELINE_SHARED", ROOT.parent / "shared"))
PUBLISHED = SHARED / "data" / "sirekap_dki_2024-02-20.jsonl.gz"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not PUBLISHED.is_file(), reason=f"no published numbers: {PUBLISHED} is not there"),
]

FOUR = {"R3": (467, 11_335), "R4": (178, 12_623), "R8.pengguna": (1_136, 12_623), "R2.j": (445, 12_627)}
"""Broken and decided: candidates and valid; valid and invalid; total and voters; voters by list."""


def test_the_rules_find_what_is_known_to_be_broken() -> None:
    form = load_catalogue().form("c-hasil-ppwp-2024")
    counts = RuleCounts()
    for published in load_published(PUBLISHED):
        rules = [rule for rule in rules_of(form, published.values) if rule.rule_id in FOUR]
        counts.add(check_numbers(published.values, rules, suggestions=0).rules)
    assert counts.stations == 30_712
    assert {rule: (broken, decided) for rule, broken, decided in counts.by_rule()} == FOUR
    assert counts.complete() == (1_550, 11_335)
