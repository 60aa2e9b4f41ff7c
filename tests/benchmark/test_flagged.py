from __future__ import annotations

from dataclasses import replace

from ocr_pipeline.benchmark.flagged import FaultCount, blank_fields, broken_rules, changed_numbers, confusion, reasons
from ocr_pipeline.benchmark.numbers import measured_numbers
from ocr_pipeline.benchmark.score import Scored, tally
from ocr_pipeline.records import Flag, FlagCode, Severity

BROKEN = "3674041001004-p2.jpg"


def test_the_broken_sum_is_found_and_no_other_is_said(samples: list[Scored]) -> None:
    counted = broken_rules(samples)
    assert (counted.found, counted.missed, counted.false) == (1, 0, 0)
    assert counted.clean > 20


def test_a_sum_nobody_spoke_of_is_missed_and_one_that_holds_is_false(samples: list[Scored]) -> None:
    one = next(one for one in samples if one.label.name == BROKEN)
    assert one.result is not None
    silent = replace(one, result=replace(one.result, flags=()))
    assert broken_rules([silent]).missed == 1
    sound = replace(one, paper=dict.fromkeys(one.paper, True))
    assert broken_rules([sound]).false == 1
    refused = replace(one, result=None)
    assert broken_rules([refused]).missed == 1
    assert broken_rules([one, one]) == broken_rules([one])


def test_blank_fields_are_told_from_filled_ones(samples: list[Scored]) -> None:
    one = next(one for one in samples if one.label.name == BROKEN)
    assert one.result is not None
    names = list(one.label.boxes)
    blank = replace(one, label=replace(one.label, boxes=dict(one.label.boxes) | {names[0]: "___"}))
    assert blank_fields([blank]) == FaultCount(found=0, missed=1, false=0, clean=len(names) - 1)
    flag = Flag(FlagCode.NOTHING_WRITTEN, Severity.ERROR, (names[0],), "")
    said = replace(blank, result=replace(one.result, flags=(flag,)))
    assert blank_fields([said]) == FaultCount(found=1, missed=0, false=0, clean=len(names) - 1)
    assert blank_fields([replace(one, result=said.result)]).false == 1


def test_changed_digits_are_those_the_label_knows_of(samples: list[Scored]) -> None:
    one = next(one for one in samples if one.label.name == BROKEN)
    assert one.result is not None
    names = list(one.label.boxes)
    altered = Flag(FlagCode.ALTERED, Severity.ERROR, (names[0], names[1]), "")
    changed = replace(one.label, changed=frozenset({names[0], names[2]}))
    said = replace(one, label=changed, result=replace(one.result, flags=(altered,)))
    assert changed_numbers([said]) == FaultCount(found=1, missed=1, false=1, clean=1)
    of_real_photos = replace(said, label=replace(changed, severity=None))
    assert changed_numbers([of_real_photos]) == FaultCount(0, 0, 0, 0)


def test_reasons_are_counted_by_whether_the_number_was_right(samples: list[Scored]) -> None:
    numbers = measured_numbers(samples)
    counted = reasons(numbers)
    assert counted[FlagCode.SUM_MISMATCH].right == 4  # the paper is wrong, the reading is not
    wrong = [replace(number, value=None) for number in numbers]
    assert reasons(wrong)[FlagCode.SUM_MISMATCH].wrong == 4


def test_confusions_are_of_boxes_whose_truth_is_known(samples: list[Scored]) -> None:
    counted = confusion(samples)
    assert sum(sum(row.values()) for row in counted.values()) == tally(samples).boxes
    assert sum(row.get(true, 0) for true, row in counted.items()) == tally(samples).boxes_right
    one = next(one for one in samples if one.label.name == BROKEN)
    unknown = replace(one, label=replace(one.label, boxes={name: "?" * 3 for name in one.label.boxes}))
    assert confusion([unknown]) == {}
