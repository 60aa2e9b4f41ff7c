"""The box corners marked by eye: that they are what the measurement takes them for; needs no photo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocr_pipeline.forms import FormPage, load_catalogue

MARKS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "box_marks.jsonl").read_text(encoding="utf-8").splitlines()
]
EACH = pytest.mark.parametrize("marked", MARKS, ids=lambda marked: marked["photo"])


def page_of(marked: dict[str, Any]) -> FormPage:
    pairs = sum(name.startswith("paslon_") for name in marked["boxes"]) or None
    form = load_catalogue().form(marked["form"])
    return form.find_page(marked["page"], pairs if form.pairs else None)


def test_every_form_but_that_of_2020_is_marked_on_three_photos_or_all_there_are() -> None:
    photos = {marked["photo"] for marked in MARKS}
    assert len(photos) == len(MARKS)
    counts: dict[str, int] = {}
    for marked in MARKS:
        counts[f"{marked['form']} p.{marked['page']}"] = counts.get(f"{marked['form']} p.{marked['page']}", 0) + 1
    assert sum(counts.values()) >= 30 and len(counts) >= 10
    assert all(count >= 3 for page, count in counts.items() if "2024" not in page), counts


@EACH
def test_marked_boxes_are_those_of_the_form(marked: dict[str, Any]) -> None:
    fields = {field.name: len(field.boxes) for field in page_of(marked).fields}
    assert marked["boxes"]
    for name, quads in marked["boxes"].items():
        assert len(quads) == fields[name]


@EACH
def test_corners_go_round_in_reading_order_and_boxes_of_a_number_are_alike(marked: dict[str, Any]) -> None:
    shapes = {field.name: field.boxes[0] for field in page_of(marked).fields}
    for name, quads in marked["boxes"].items():
        boxes = np.array(quads)
        assert boxes.shape[1:] == (4, 2)
        sides = np.roll(boxes, -1, axis=1) - boxes
        following = np.roll(sides, -1, axis=1)
        turns = sides[..., 0] * following[..., 1] - sides[..., 1] * following[..., 0]
        assert (turns > 0).all(), f"{name}: not clockwise"
        lengths = np.hypot(*np.moveaxis(sides, -1, 0))
        assert lengths.max(axis=0) == pytest.approx(lengths.min(axis=0), rel=0.35), f"{name}: boxes of unlike size"
        shape = shapes[name]
        ratio = lengths[:, ::2].mean() / lengths[:, 1::2].mean() / (shape.w / shape.h)
        assert 0.5 < ratio < 2, f"{name}: first side is not the upper one"
        centres = boxes.mean(axis=1)
        assert (np.diff(centres, axis=0) @ sides[0, 0] > 0).all(), f"{name}: boxes not in reading order"
