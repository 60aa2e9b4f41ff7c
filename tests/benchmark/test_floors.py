"""Floors hold what they are for: a reader, a threshold or labels gone wrong fall below them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ocr_pipeline.benchmark.floors import falls, floor_of, load_floor
from ocr_pipeline.benchmark.labels import LabelledPhoto, load_labels
from ocr_pipeline.benchmark.measure import measure
from ocr_pipeline.benchmark.report import summary
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.config import VERDICT
from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.photo.read import DigitReader
from ocr_pipeline.pipeline import Tools
from ocr_pipeline.warp import Image

ROOT = Path(__file__).parents[2]
FLOOR = load_floor(ROOT / "floors" / "samples.json")


@dataclass
class SwappedReader(DigitReader):
    """Reads every 1 as a 7 and the other way round."""

    reader: DigitReader

    def log_probabilities(self, images: Sequence[Image]) -> npt.NDArray[np.float64]:
        return self.reader.log_probabilities(images)[:, [0, 7, 2, 3, 4, 5, 6, 1, 8, 9, 10, 11, 12]]


@dataclass
class HesitantReader(DigitReader):
    """Is far less sure of what it reads."""

    reader: DigitReader

    def log_probabilities(self, images: Sequence[Image]) -> npt.NDArray[np.float64]:
        flat = self.reader.log_probabilities(images) / 3
        return np.asarray(flat - np.log(np.exp(flat).sum(axis=1, keepdims=True)))


@pytest.fixture(scope="module")
def figures(samples: list[Scored]) -> dict[str, Any]:
    return summary(samples, 1.0)


def test_the_samples_stand_on_their_floor(figures: dict[str, Any]) -> None:
    assert falls(figures, FLOOR) == ()


def test_figures_never_fall_below_the_floor_they_set(figures: dict[str, Any]) -> None:
    assert falls(figures, json.loads(json.dumps(floor_of(figures)))) == ()


def test_a_reader_with_two_digits_swapped_falls(labels: tuple[LabelledPhoto, ...], tools: Tools) -> None:
    broken = Tools(tools.catalogue, SwappedReader(tools.reader))
    found = falls(summary(measure(labels, lambda _: broken), 1.0), FLOOR)
    assert any(fall.startswith("all: numbers_right") for fall in found)
    assert any(fall.startswith("all: digits_right") for fall in found)


def test_a_threshold_that_accepts_anything_falls(labels: tuple[LabelledPhoto, ...], tools: Tools) -> None:
    """The samples are read too surely for a threshold to matter, so a reader is unsure of them."""
    unsure = Tools(tools.catalogue, HesitantReader(tools.reader))
    some = [label for label in labels if label.form == "c-hasil-kwk-2024"]
    before = summary(measure(some, lambda _: unsure), 1.0)
    anything = replace(VERDICT, accept_probability=0.0, least_own_probability=0.0)
    after = summary(measure(some, lambda _: unsure, verdict=anything), 1.0)
    assert before["breakdown"][0]["numbers_accepted"]["hits"] < after["breakdown"][0]["numbers_accepted"]["hits"]
    assert any(fall.startswith("risk taken: ") for fall in falls(after, floor_of(before)))


def test_a_threshold_that_accepts_nothing_falls(labels: tuple[LabelledPhoto, ...], tools: Tools) -> None:
    nothing = replace(VERDICT, accept_probability=1.1)
    some = [label for label in labels if label.form == "c-hasil-kwk-2024"]
    found = falls(summary(measure(some, lambda _: tools, verdict=nothing), 1.0), FLOOR)
    assert any(fall.startswith("c-hasil-kwk-2024 synthetic 1: numbers_accepted") for fall in found)


def test_a_shuffled_label_file_falls(samples: list[Scored], tmp_path: Path) -> None:
    for photo in (ROOT / "samples").glob("*.jpg"):
        shutil.copy(photo, tmp_path)
    rows = [json.loads(line) for line in (ROOT / "samples" / "labels.jsonl").read_text().splitlines()]
    names = [row["photo"] for row in rows]
    shuffled = [row | {"photo": name} for row, name in zip(rows, names[1:] + names[:1], strict=True)]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in shuffled))
    by_name = {one.label.name: one for one in samples}
    mixed = [replace(by_name[label.name], label=label) for label in load_labels(tmp_path)]
    found = falls(summary(mixed, 1.0), FLOOR)
    assert any(fall.startswith("all: numbers_right") for fall in found)
    assert any(fall.startswith("all: wrong_accepted") for fall in found)


def test_one_more_silent_error_is_a_fall_whatever_the_interval(samples: list[Scored]) -> None:
    place = next(i for i, one in enumerate(samples) if one.label.form == "c-hasil-ppwp-2024")
    label = samples[place].label
    wrong = replace(label, values=dict(label.values) | {"dpt_l": label.values["dpt_l"] + 1})
    mixed = [*samples[:place], replace(samples[place], label=wrong), *samples[place + 1 :]]
    assert any("wrong_accepted: 1 is above the most of 0" in fall for fall in falls(summary(mixed, 1.0), FLOOR))


def test_fewer_photos_and_a_form_left_out_are_falls(samples: list[Scored]) -> None:
    some = [one for one in samples if one.label.form != "c-hasil-kwk-2024"]
    found = falls(summary(some, 1.0), FLOOR)
    assert "all: 8 photos measured, the floor was written from 10" in found
    assert "c-hasil-kwk-2024 synthetic 1: was not measured" in found


def test_a_file_that_is_no_floor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="--write-floor"):
        load_floor(tmp_path / "none.json")
    for text in ("{", "[]", '{"rows": {}}', '{"rows": {"all": {"photos": "x"}}, "whole": {}}'):
        path = tmp_path / "floor.json"
        path.write_text(text)
        with pytest.raises(UsageError, match="not a floor"):
            load_floor(path)
