from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.errors import UsageError
from ocr_pipeline.progress import Counts
from ocr_pipeline.synth.folder import Order, synthesise
from ocr_pipeline.synth.hands import Hand


class Seen:
    def __init__(self) -> None:
        self.counts: list[tuple[int, int | None]] = []

    def update(self, counts: Counts) -> None:
        self.counts.append((counts.done, counts.total))


def labels_in(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]


def test_photos_labels_and_boxes_are_written(tmp_path: Path) -> None:
    seen = Seen()
    order = Order("c-hasil-kwk-2024", 3, 7, 1, pairs=2)
    assert synthesise(order, tmp_path / "made", progress=seen) == 3
    assert seen.counts == [(3, 3)]
    labels = labels_in(tmp_path / "made")
    assert [label["page"] for label in labels] == [2, 3, 2]
    quads = [json.loads(line) for line in (tmp_path / "made/box_quads.jsonl").read_text().splitlines()]
    for label, boxes in zip(labels, quads, strict=True):
        assert label["photo"] == boxes["photo"]
        assert set(boxes["boxes_px"]) == set(label["fields"])  # type: ignore[call-overload]
        assert cv2.imread(str(tmp_path / "made" / str(label["photo"]))) is not None
    assert len({label["photo"] for label in labels}) == 3


def test_chosen_pages_go_station_by_station(tmp_path: Path) -> None:
    synthesise(Order("c-hasil-ppwp-2024", 2, 7, 1, pages=(2,)), tmp_path)
    first, second = labels_in(tmp_path)
    assert first["page"] == second["page"] == 2
    assert first["station"] != second["station"]


def test_processes_make_the_same_bytes_as_one(tmp_path: Path) -> None:
    way = np.array([[0.0, 0.0], [0.5, 1.0]])
    hands = [Hand(name, {digit: ((way,),) for digit in "0123456789"}) for name in "abc"]
    order = Order("c-hasil-kwk-2020", 10, 3, 1, paper_errors=0.5)
    for name, jobs in (("one", 1), ("two", 2)):
        assert synthesise(order, tmp_path / name, hands, jobs) == 10
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_papers_are_wrong_as_often_as_was_asked_for(tmp_path: Path) -> None:
    synthesise(Order("c-hasil-kwk-2020", 6, 3, 0, paper_errors=1.0), tmp_path / "all")
    labels = labels_in(tmp_path / "all")
    assert all(label["broken_rules"] or label.get("words_disagree") for label in labels)
    assert {bool(label["broken_rules"]) for label in labels} == {True, False}
    synthesise(Order("c-hasil-kwk-2020", 1, 3, 0), tmp_path / "none")
    (label,) = labels_in(tmp_path / "none")
    assert label["broken_rules"] == [] and "words_disagree" not in label


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        synthesise(Order("c-hasil-kwk-2020", 0, 1, 1), tmp_path / "a")
    with pytest.raises(UsageError, match="known: c-hasil-kwk-2020"):
        synthesise(Order("c-hasil-kwk-2031", 1, 1, 1), tmp_path / "b")
    assert list(tmp_path.iterdir()) == []
