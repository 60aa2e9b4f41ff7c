"""Real photos of forms: a spread of them, so that a change that loses photos is noticed the same day.

The photos are not part of this repository (they carry names and signatures). Their folder is
``../shared`` beside the repository, or what OCR_PIPELINE_SHARED says; without it these tests skip.
Where the digit model was trained on a photo's sheet, the fold that never saw it reads the photo.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from ocr_pipeline.benchmark.labels import LabelledPhoto, load_labels
from ocr_pipeline.benchmark.measure import ToolChoice, measure
from ocr_pipeline.benchmark.score import Scored, box_errors, tally, wrong_numbers
from ocr_pipeline.pipeline import Tools, load_tools, read_photo
from ocr_pipeline.records import PageReading, Unreadable, Verdict
from ocr_pipeline.sources import find_photos
from ocr_pipeline.station.assemble import assemble, station_of
from ocr_pipeline.station.resolve import resolve_station

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OCR_PIPELINE_SHARED", ROOT.parent / "shared")) / "forms"
FOLDS = ROOT / "models" / "digits" / "folds"
KNOWN = ("c-hasil-kwk-2020", "c-hasil-kwk-2024", "c-hasil-ppwp-2024")

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "labels.jsonl").is_file(), reason=f"no real photos: {SHARED} is not there"),
]


def labels() -> list[LabelledPhoto]:
    return sorted(load_labels(SHARED), key=lambda label: label.name)


@cache
def tools() -> Tools:
    return load_tools()


@cache
def scored(group: str) -> list[Scored]:
    """A spread of 24 photos of 2020, or all of 2024 that show a page."""
    if group == "2020":
        of_2020 = [label for label in labels() if label.form == "c-hasil-kwk-2020"]
        some = of_2020[:: max(1, len(of_2020) // 24)][:24]
    else:
        some = [label for label in labels() if label.form in KNOWN and "2024" in label.form and _is_a_page(label)]
    return list(measure(some, ToolChoice(held_out=FOLDS) if FOLDS.is_dir() else lambda _: tools()))


def _is_a_page(label: LabelledPhoto) -> bool:
    """Pieces cut out of a page, with the labels of one or two of its numbers, are not for reading."""
    return not label.values or set(label.values) >= {"paslon_1", "paslon_2"} or "suara_sah" in label.values


GROUPS = pytest.mark.parametrize("group", ["2020", "2024"])


def test_form_and_page_are_right_on_nearly_all() -> None:
    photos = scored("2020") + scored("2024")
    counted = tally(photos)
    lost = {one.label.name: _said(one) for one in photos if _said(one) != f"{one.label.form} p.{one.label.page}"}
    assert counted.page_wrong == 0, lost
    assert counted.page_right >= 0.95 * counted.photos, lost


def _said(one: Scored) -> str:
    outcome = one.outcome
    return outcome.failure.code if isinstance(outcome, Unreadable) else f"{outcome.form_id} p.{outcome.page}"


@GROUPS
def test_no_wrong_number_is_accepted(group: str) -> None:
    photos = scored(group)
    assert tally(photos).wrong_accepted == 0, wrong_numbers(photos)


@GROUPS
def test_most_numbers_are_right_and_many_need_no_eye(group: str) -> None:
    counted = tally(scored(group))
    assert counted.right >= 0.85 * counted.numbers
    assert counted.accepted >= 0.5 * counted.numbers


def test_boxes_are_where_they_are() -> None:
    errors = box_errors(scored("2020"))
    assert errors, "none of these photos has known boxes"
    near = [max(photo) <= 0.25 for photo in errors if photo]
    assert sum(near) >= 0.95 * len(near)


def accepted(path: Path) -> list[str]:
    """What is accepted of the photos in a file, page by page."""
    found = []
    for source in find_photos([path]):
        outcome = source if isinstance(source, Unreadable) else read_photo(source, tools())
        if isinstance(outcome, PageReading):
            (station,) = assemble([(outcome, station_of(outcome.photo, None))])
            result = resolve_station(station, tools().catalogue.form(outcome.form_id))
            title = f"{outcome.photo}: {outcome.form_id} p.{outcome.page}"
            found += [f"{title} {f.field} = {f.value}" for f in result.fields if f.verdict is Verdict.ACCEPT]
        else:
            assert outcome.failure.code != "INTERNAL", outcome.failure.message
    return found


@pytest.mark.slow
def test_blank_forms_hold_no_number() -> None:
    blank = sorted(path for path in (SHARED / "blank").iterdir() if path.is_file())
    assert len(blank) > 5
    assert [number for path in blank for number in accepted(path)] == []


@pytest.mark.slow
def test_nothing_is_accepted_on_forms_that_are_not_known() -> None:
    known = {form.form_id for form in tools().catalogue.forms}
    others = [label for label in labels() if label.form not in known]
    some = others[:: max(1, len(others) // 12)]
    assert len(some) > 5
    assert [number for label in some for number in accepted(label.path)] == []
