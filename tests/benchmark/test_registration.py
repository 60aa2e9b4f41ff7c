from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ocr_pipeline.benchmark.ladder import Fault, Rung, Task, make_photo, task
from ocr_pipeline.benchmark.ladder_report import figures, text
from ocr_pipeline.benchmark.registration import OURS, PAGES, Measured, box_centres, climb, measure_page, write_photos
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Catalogue, load_catalogue
from ocr_pipeline.progress import Counts

CATALOGUE = load_catalogue()
SHEETS = [CATALOGUE.page("c-hasil-ppwp-2024", 3, None)]
EASY = Task(1, Rung(Fault.VIEW, 0, 0.0), "c-hasil-ppwp-2024", 3, None)


def test_a_good_page_is_found_by_all_and_the_boxes_lie_where_they_do() -> None:
    measured = measure_page(CATALOGUE, EASY)
    assert set(measured.attempts) == {OURS, "akaze", "sift"}
    for attempt in measured.attempts.values():
        assert attempt.passed and attempt.right_page
        assert len(attempt.errors) == sum(len(field.boxes) for field in SHEETS[0].fields)
        assert max(attempt.errors) < 0.25


def test_boxes_outside_the_picture_are_not_asked_for() -> None:
    counts = set()
    for side in range(4):  # which of the four edges is cut is drawn from the index
        photo = make_photo(replace(EASY, index=side, rung=Rung(Fault.CUT, 0, 0.4)))
        shown = box_centres(photo)
        assert [len(boxes) for boxes in shown.values()] == [len(field.boxes) for field in SHEETS[0].fields]
        counts.add(sum(box is not None for boxes in shown.values() for box in boxes))
    assert min(counts) < sum(len(field.boxes) for field in SHEETS[0].fields)


def test_a_page_without_a_box_in_the_picture_is_passed_on_by_nobody() -> None:
    tasks = (replace(EASY, index=index, rung=Rung(Fault.CUT, 0, 0.6)) for index in range(12))
    hidden = next(one for one in tasks if not any(map(any, box_centres(make_photo(one)).values())))
    assert not any(attempt.passed for attempt in measure_page(CATALOGUE, hidden).attempts.values())


def test_a_catalogue_without_the_form_gives_a_refusal_or_another_page() -> None:
    others = Catalogue(tuple(form for form in CATALOGUE.forms if form.form_id != "c-hasil-ppwp-2024"))
    measured = measure_page(others, EASY, peers=False)
    ours = measured.attempts[OURS]
    assert list(measured.attempts) == [OURS]
    assert not (ours.passed and ours.right_page)
    assert ours.errors == ()


class Seen:
    def __init__(self) -> None:
        self.counts: list[Counts] = []

    def update(self, counts: Counts) -> None:
        self.counts.append(counts)


def test_a_stopped_climb_goes_on_and_measures_no_page_twice(tmp_path: Path) -> None:
    first = climb(tmp_path, 2, SHEETS, "v", peers=False)
    with (tmp_path / PAGES).open("a") as lines:
        lines.write('{"task": {"index": 2, "ru')  # killed while writing
    seen = Seen()
    both = climb(tmp_path, 3, SHEETS, "v", peers=False, progress=seen)
    assert both[:2] == first
    assert [one.task for one in both] == [task(index, SHEETS) for index in range(3)]
    assert [counts.done for counts in seen.counts] == [2, 3]
    assert len([json.loads(line) for line in (tmp_path / PAGES).read_text().splitlines()]) == 4


def test_measurements_of_another_program_are_not_mixed_in(tmp_path: Path) -> None:
    (tmp_path / PAGES).write_text(json.dumps({"version": "old"}) + "\n")
    with pytest.raises(UsageError, match=PAGES):
        climb(tmp_path, 1, SHEETS, "new")


def test_a_page_that_breaks_is_told_and_not_counted(tmp_path: Path) -> None:
    broken = replace(SHEETS[0], form_id="no such form")
    (measured,) = climb(tmp_path, 1, [broken], "v", peers=False)
    assert measured.broken is not None and "no such form" in measured.broken
    assert figures([measured])["groups"]["all"][OURS]["pages"] == 0
    assert "bug: page 0" in text([measured])


def test_the_photo_of_a_page_can_be_looked_at(tmp_path: Path) -> None:
    write_photos(tmp_path / "new", [Measured(EASY, {})])
    assert (tmp_path / "new" / "1.jpg").stat().st_size > 10_000
