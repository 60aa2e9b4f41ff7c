"""From crops to field readings, with a reader that says what it is told, and once with the real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ocr_pipeline.config import VerdictSettings
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.legibility import PhotoQuality, Quality
from ocr_pipeline.photo.boxes import boxes
from ocr_pipeline.photo.deskew import deskew
from ocr_pipeline.photo.identify import identify
from ocr_pipeline.photo.read import load_digit_reader, read
from ocr_pipeline.records import (
    BOX_CLASSES,
    BoxCrop,
    Crops,
    FieldReading,
    IdentifiedPage,
    Photo,
    Quad,
    RegistrationEvidence,
)
from ocr_pipeline.warp import Image, Warp

PAGES = tuple(page for page in load_catalogue().pages if not page.provisional)
GREY = np.full((48, 48), 200, np.uint8)
QUALITY = Quality(PhotoQuality(200.0, 0.0, 2.0, 0.0), 0.5, 1.0, (0.0, 0.0, 0.0, 0.0), {})


class FakeReader:
    """Says of each crop what its grey level stands for, with a given probability."""

    version = "fake"

    def __init__(self, probability: float = 0.97) -> None:
        self.probability = probability
        self.batches: list[int] = []

    def log_probabilities(self, images: Sequence[Image]) -> np.ndarray:
        self.batches.append(len(images))
        rows = np.full((len(images), len(BOX_CLASSES)), (1 - self.probability) / (len(BOX_CLASSES) - 1))
        for row, image in zip(rows, images, strict=True):
            row[int(image[0, 0])] = self.probability
        return np.log(rows)


def quad(n: int) -> Quad:
    return ((n, 0.0), (n + 1.0, 0.0), (n + 1.0, 1.0), (n, 1.0))


def crops(fields: dict[str, str], border_score: float = 1.0) -> Crops:
    """Boxes whose grey level is the number of the class they show."""
    made = []
    for name, text in fields.items():
        for index, char in enumerate(text):
            image = np.full((48, 48), BOX_CLASSES.index(char), np.uint8)
            made.append(BoxCrop(name, index, quad(len(made)), image, border_score - 0.01 * len(made)))
    photo = Photo("made.jpg", "0" * 64, GREY, 1.0, 48, 48)
    warp = Warp(np.eye(3), np.zeros((15, 2)), (600.0, 900.0))
    evidence = RegistrationEvidence("made", 1.0, 0.0, None, 0.0, None, 0.9)
    return Crops(IdentifiedPage(photo, "c-hasil-kwk-2024", 2, 2, warp, evidence), tuple(made), QUALITY)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("061", 61),
        ("X61", 61),
        ("__7", 7),
        ("615", 615),
        ("XXX", 0),
        ("000", 0),
        ("___", None),
        ("1X5", None),
        ("2024", 2024),
    ],
)
def test_what_stands_in_the_boxes_becomes_a_number(text: str, value: int | None) -> None:
    (field,) = read(crops({"suara_sah": text}), FakeReader())
    assert (field.field, field.boxes) == ("suara_sah", text)
    (evidence,) = field.evidence
    assert evidence.witness == "digits"
    assert evidence.best == value
    assert evidence.log_probabilities.shape == (10 ** len(text) + 1,)
    assert np.exp(evidence.log_probabilities).sum() == pytest.approx(1)


@pytest.mark.parametrize("outside", [0, 2])
def test_a_number_that_is_not_wholly_in_the_picture_is_not_read(outside: int) -> None:
    """The crop of a box outside is made of repeated pixels and shows whatever stands at the edge."""
    page = crops({"paslon_1": "615", "suara_sah": "777"})
    moved = ((47.0, 0.0), (48.0, 0.0), (48.0, 1.0), (47.0, 1.0))
    page = replace(
        page, boxes=tuple(replace(b, quad_px=moved) if n == outside else b for n, b in enumerate(page.boxes))
    )
    cut, whole = read(page, FakeReader())
    assert cut.boxes == "".join("?" if n == outside else char for n, char in enumerate("615"))
    assert cut.evidence[0].best is None
    assert cut.evidence[0].log_probabilities.shape == (1001,)
    assert (whole.boxes, whole.evidence[0].best) == ("777", 777)


def test_all_boxes_of_a_page_are_one_batch_and_fields_keep_their_order() -> None:
    reader = FakeReader()
    page = crops({"paslon_2": "X72", "paslon_1": "221", "tahun": "2024"}, border_score=0.9)
    fields = read(page, reader)
    assert reader.batches == [10]
    assert [(field.field, field.boxes) for field in fields] == [
        ("paslon_2", "X72"),
        ("paslon_1", "221"),
        ("tahun", "2024"),
    ]
    assert [q for field in fields for q in field.quads_px] == [quad(n) for n in range(10)]
    assert [s for field in fields for s in field.border_scores] == [box.border_score for box in page.boxes]


def test_an_unsure_box_is_shown_as_illegible_and_still_counts() -> None:
    (field,) = read(crops({"suara_sah": "123"}), FakeReader(0.7), VerdictSettings(illegible_probability=0.8))
    assert field.boxes == "???"
    assert field.box_confidence == pytest.approx((0.7, 0.7, 0.7))
    assert field.evidence[0].best == 123
    (field,) = read(crops({"suara_sah": "123"}), FakeReader(0.7), VerdictSettings(illegible_probability=0.6))
    assert field.boxes == "123"


def test_the_number_is_as_sure_as_its_boxes_together() -> None:
    (field,) = read(crops({"suara_sah": "123"}), FakeReader(0.9))
    assert np.exp(field.evidence[0].log_probabilities[123]) == pytest.approx(0.9**3)


def test_no_boxes_no_fields() -> None:
    assert read(crops({}), FakeReader()) == ()


def test_a_reader_of_other_classes_is_a_bug_and_not_a_number() -> None:
    class Other(FakeReader):
        def log_probabilities(self, images: Sequence[Image]) -> np.ndarray:
            return super().log_probabilities(images)[:, :10]

    with pytest.raises(ValueError, match="13"):
        read(crops({"suara_sah": "123"}), Other())


@pytest.mark.parametrize("page", [PAGES[0], PAGES[4]], ids=lambda page: page.title)
def test_the_shipped_model_reads_clean_boxes(page, shoot, catalogue) -> None:
    """Not how well it reads (that is the benchmark's), but that boxes and reader fit each other."""
    reader = load_digit_reader()
    right = total = 0
    for seed in (1, 2):
        shot = shoot(page, severity=0, seed=seed)
        level = deskew(shot.photo, catalogue)
        identified = identify(level, catalogue)
        assert isinstance(identified, IdentifiedPage)
        cut = boxes(identified, catalogue)
        assert isinstance(cut, Crops)
        fields: tuple[FieldReading, ...] = read(cut, reader)
        for field in fields:
            total += 1
            right += field.evidence[0].best == shot.label["fields"][field.field]["value"]
    assert right / total > 0.8
