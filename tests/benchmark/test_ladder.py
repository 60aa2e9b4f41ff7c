from collections import Counter

import cv2
import numpy as np
import pytest

from ocr_pipeline.benchmark.ladder import Fault, Rung, Task, make_photo, pages_of, rungs, task
from ocr_pipeline.forms import load_catalogue

PAGES = pages_of(load_catalogue())


def made(fault: Fault, level: int, index: int = 0) -> np.ndarray:
    (rung,) = (r for r in rungs() if (r.fault, r.level) == (fault, level))
    return make_photo(Task(index, rung, "c-hasil-ppwp-2024", 3, None)).image


def test_every_fault_rises_in_steps() -> None:
    steps = Counter(rung.fault for rung in rungs())
    assert set(steps) == set(Fault)
    assert min(steps.values()) >= 5
    for fault in Fault:
        values = [rung.value for rung in rungs() if rung.fault is fault]
        assert values == sorted(values) or values == sorted(values, reverse=True)
        assert [rung.level for rung in rungs() if rung.fault is fault] == list(range(len(values)))


def test_pages_whose_layout_is_inferred_are_left_out() -> None:
    every = load_catalogue().pages
    assert set(PAGES) == {page for page in every if not page.provisional}
    assert {page.form_id for page in pages_of(load_catalogue(), ["c-hasil-kwk-2020"])} == {"c-hasil-kwk-2020"}


def test_every_rung_gets_every_page_and_as_many_of_each() -> None:
    count = len(rungs()) * len(PAGES)
    met = Counter(
        ((t := task(index, PAGES)).rung.fault, t.rung.level, t.form, t.page, t.pairs) for index in range(count)
    )
    assert len(met) == count


def test_the_same_task_gives_the_same_photo_and_another_one_another() -> None:
    some = task(3, PAGES)
    assert make_photo(some).jpeg == make_photo(some).jpeg
    assert make_photo(some).jpeg != make_photo(task(3 + len(rungs()), PAGES)).jpeg


def test_darker_smaller_blurred() -> None:
    good = made(Fault.DARK, 0)
    assert made(Fault.DARK, 4).mean() < 0.15 * good.mean()
    assert made(Fault.SIZE, 4).shape[1] == 480
    assert cv2.Laplacian(made(Fault.BLUR, 4), cv2.CV_64F).var() < 0.5 * cv2.Laplacian(good, cv2.CV_64F).var()


@pytest.mark.parametrize("level", [0, 4])
def test_an_edge_is_cut_off(level: int) -> None:
    (rung,) = (r for r in rungs() if (r.fault, r.level) == (Fault.CUT, level))
    photo = make_photo(Task(1, rung, "c-hasil-ppwp-2024", 3, None))
    view = photo.view
    corners = view.project(np.array([(x * view.size_mm[0], y * view.size_mm[1]) for x in (0, 1) for y in (0, 1)]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    outside = np.array([*(-low), *(high - [view.width_px, view.height_px])]) / np.tile(high - low, 2)
    assert max(outside) == pytest.approx(rung.value, abs=0.02)


@pytest.mark.parametrize(("value", "quarters"), [(30.0, 0), (90.0, 1), (135.0, 2), (270.0, 3)])
def test_the_sheet_is_turned(value: float, quarters: int) -> None:
    photo = make_photo(Task(0, Rung(Fault.TURN, 0, value), "c-hasil-ppwp-2024", 3, None))
    left, right = photo.view.project(np.array([[0.0, 450.0], [600.0, 450.0]]))
    assert np.degrees(np.arctan2(*(right - left)[::-1])) % 360 == pytest.approx(value, abs=6)
    assert (photo.image.shape[1] > photo.image.shape[0]) == bool(quarters % 2)
