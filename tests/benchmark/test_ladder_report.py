from __future__ import annotations

import json
from dataclasses import replace

from ocr_pipeline.benchmark.ladder import Fault, Rung, Task
from ocr_pipeline.benchmark.ladder_report import figures, groups, not_right, standing, standings, text
from ocr_pipeline.benchmark.registration import OURS, Attempt, Measured

EASY = Task(1, Rung(Fault.VIEW, 0, 0.0), "c-hasil-ppwp-2024", 3, None)
RIGHT = Attempt(True, True, (0.01, 0.02), 200.0)


def test_half_a_box_off_is_wrong_a_quarter_is_inexact_and_another_page_is_wrong() -> None:
    attempts = [
        RIGHT,
        replace(RIGHT, errors=(0.0, 0.3)),
        replace(RIGHT, errors=(0.0, 0.51)),
        replace(RIGHT, right_page=False, errors=()),
        replace(RIGHT, passed=False, right_page=False, errors=(), failure="UNKNOWN_FORM"),
    ]
    found = standing(attempts)
    assert (found.pages, found.right, found.inexact, found.wrong, found.refused) == (5, 2, 1, 2, 1)
    assert found.wrong_most > 2 / 5
    assert found.p99_widths == 0.3


def test_a_peer_may_refuse_by_its_inliers() -> None:
    few, many = (replace(RIGHT, errors=(9.0,), inliers=n) for n in (14, 15))
    measured = [Measured(EASY, {OURS: RIGHT, "akaze": attempt}) for attempt in (few, many)]
    found = standings(measured)
    assert (found["akaze"].wrong, found["akaze, 15 inliers"].wrong, found["akaze, 15 inliers"].refused) == (2, 1, 1)
    assert found[OURS].right == 2


def test_every_page_stands_in_its_step_in_its_form_and_in_all() -> None:
    lost = replace(RIGHT, passed=False, failure="UNKNOWN_FORM")
    off = replace(RIGHT, errors=(0.7,))
    tasks = [EASY, replace(EASY, index=2, rung=Rung(Fault.CUT, 1, 0.1)), replace(EASY, index=3, page=2)]
    measured = [Measured(t, {OURS: a}) for t, a in zip(tasks, (RIGHT, lost, off), strict=True)]
    counts = {name: len(some) for name, some in groups(measured).items()}
    assert counts == {"view 0": 2, "cut 0.1": 1, "c-hasil-ppwp-2024 p.3": 2, "c-hasil-ppwp-2024 p.2": 1, "all": 3}
    assert [one.task.index for one in not_right(measured)] == [2, 3]
    told = figures(measured)
    assert [(row["index"], row["failure"]) for row in told["refused"]] == [(2, "UNKNOWN_FORM")]
    assert [(row["index"], row["worst_widths"]) for row in told["wrong"]] == [(3, 0.7)]
    table = text(measured)
    assert "wrong: page 3, c-hasil-ppwp-2024 p.2, view 0: a box centre 0.7 widths off" in table
    json.dumps(told, allow_nan=False)
