"""A sample read with its own form taken out of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ocr_pipeline.benchmark.labels import load_labels
from ocr_pipeline.benchmark.measure import ToolChoice, measure, tools_without
from ocr_pipeline.benchmark.pages import page_tally
from ocr_pipeline.benchmark.report import summary, table
from ocr_pipeline.benchmark.score import Scored, tally
from ocr_pipeline.benchmark.unknown import unknown_table, unknown_tally
from ocr_pipeline.errors import UsageError
from ocr_pipeline.pipeline import load_tools
from ocr_pipeline.records import Failure, FailureCode, Stage, Unreadable

SAMPLES = Path(__file__).parents[2] / "samples"
FORM = "c-hasil-kwk-2024"


@pytest.fixture(scope="module")
def scored() -> list[Scored]:
    tools = load_tools()
    some = [label for label in load_labels(SAMPLES) if label.form == FORM][:1]
    every = [form.form_id for form in tools.catalogue.forms]
    return list(measure(some, lambda _: tools_without(tools, every)))


def test_rows_are_counted_and_none_is_accepted(scored: list[Scored]) -> None:
    (one,) = scored
    assert one.of_unknown_form and not one.right_page
    counted = unknown_tally(scored)
    assert (counted.photos, counted.read, counted.accepted) == (1, 1, 0)
    assert counted.numbers == counted.found == len(one.label.values)
    assert counted.right_any_name >= counted.right <= counted.named
    assert counted.right_any_name == counted.numbers
    whole = tally(scored)
    assert (whole.page_unknown, whole.page_right, whole.page_wrong, whole.rejected) == (1, 0, 0, 0)
    assert (whole.accepted, whole.wrong_accepted) == (0, 0)
    pages = page_tally(scored)
    assert (pages.right, pages.wrong, pages.rejected) == (0, 0, 1)
    assert "forms not in the catalogue" in table(scored, 1.0)
    assert summary(scored, 1.0)["unknown"][f"{FORM} {one.label.kind}"]["accepted"] == 0


def test_photos_that_were_not_read_count_their_numbers_alone(scored: list[Scored]) -> None:
    (one,) = scored
    failure = Failure(Stage.IDENTIFY, FailureCode.UNKNOWN_FORM, "no")
    refused = replace(one, outcome=Unreadable("a", None, failure, {}), result=None)
    counted = unknown_tally([one, refused])
    assert (counted.photos, counted.read, counted.numbers) == (2, 1, 2 * len(one.label.values))
    assert unknown_table({"a": [refused]}) == ""
    assert unknown_table({"a": [one]}).count("\n") == 1


def test_a_form_that_is_not_there_cannot_be_taken_out(scored: list[Scored]) -> None:
    with pytest.raises(UsageError, match="--without: no form 'nowhere'; known: "):
        ToolChoice(without=("nowhere",))(scored[0].label)
