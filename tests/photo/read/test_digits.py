"""The digit reader: what it says of drawn boxes, and how it refuses a missing or damaged model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import DIGITS
from ocr_pipeline.errors import PartMissing
from ocr_pipeline.photo.read.digits import DigitReader, load_digit_reader, normalise
from ocr_pipeline.records import BOX_CLASSES
from ocr_pipeline.warp import Image

MODELS = Path(__file__).parents[3] / "models" / "digits"


def _polyline(crop: np.ndarray, points: list[tuple[float, float]], grey: int, width: int) -> None:
    fixed = np.round(np.array(points) * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(crop, [fixed], False, grey, width, cv2.LINE_AA, 4)


def _box(*paths: list[tuple[float, float]], paper: int = 200, ink: int = 70, border: int = 60, pen: int = 2) -> Image:
    """A printed box as the pipeline cuts it, with pen strokes given in pixels of the crop."""
    crop = np.full((48, 48), paper, np.uint8)
    _polyline(crop, [(4.3, 4.3), (42.7, 4.3), (42.7, 42.7), (4.3, 42.7), (4.3, 4.3)], border, 2)
    for path in paths:
        _polyline(crop, path, ink, pen)
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), 0.7), dtype=np.uint8)


STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "_": [],
    "X": [[(9, 8), (39, 40)], [(39, 9), (8, 39)]],
    "-": [[(15, 24), (33, 23)]],
    "1": [[(24, 10), (24, 38)]],
    "7": [[(14, 11), (33, 11), (22, 38)]],
    "4": [[(18, 10), (15, 25), (33, 25)], [(29, 12), (29, 39)]],
}


@pytest.fixture(scope="module")
def reader() -> DigitReader:
    return load_digit_reader()


def _noise(count: int, seed: int) -> list[Image]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (48, 48), dtype=np.uint8) for _ in range(count)]


def test_one_row_of_log_probabilities_per_box(reader: DigitReader) -> None:
    result = reader.log_probabilities(_noise(7, 1))
    assert result.shape == (7, 13)
    assert result.dtype == np.float64
    np.testing.assert_allclose(np.exp(result).sum(axis=1), 1.0, atol=1e-9)


def test_no_boxes_no_rows(reader: DigitReader) -> None:
    assert reader.log_probabilities([]).shape == (0, 13)


def test_a_box_reads_the_same_alone_and_in_a_batch(reader: DigitReader) -> None:
    boxes = [_box(*strokes) for strokes in STROKES.values()] + _noise(6, 2)
    together = reader.log_probabilities(boxes)
    alone = np.concatenate([reader.log_probabilities([box]) for box in boxes])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_two_loads_say_the_same(reader: DigitReader) -> None:
    boxes = _noise(5, 3)
    again = load_digit_reader()
    np.testing.assert_array_equal(again.log_probabilities(boxes), reader.log_probabilities(boxes))
    assert again.version == reader.version
    assert len(reader.version) == 12


@pytest.mark.parametrize("label", STROKES)
@pytest.mark.parametrize("paper", [110, 200, 245])
def test_drawn_boxes_read_as_drawn(reader: DigitReader, label: str, paper: int) -> None:
    box = _box(*STROKES[label], paper=paper, ink=paper // 3, border=paper // 4)
    (row,) = reader.log_probabilities([box])
    assert BOX_CLASSES[int(row.argmax())] == label, np.exp(row).round(3)


def test_a_blank_box_with_a_stroke_of_its_neighbour_is_no_digit(reader: DigitReader) -> None:
    boxes = [
        _box([(-4, 14), (7, 20)]),
        _box([(52, 30), (41, 36)]),
        _box([(30, 52), (33, 41)]),
    ]
    read = [BOX_CLASSES[k] for k in reader.log_probabilities(boxes).argmax(axis=1)]
    assert not set(read) & set("0123456789"), read


def test_a_struck_zero_is_crossed_out(reader: DigitReader) -> None:
    turn = np.linspace(0, 2 * np.pi, 40)
    zero = [(24 + 9 * float(np.cos(a)), 24 + 11 * float(np.sin(a))) for a in turn]
    (row,) = reader.log_probabilities([_box(zero, [(8, 7), (40, 41)], [(40, 7), (8, 41)])])
    assert BOX_CLASSES[int(row.argmax())] == "X"


@settings(max_examples=60, deadline=None)
@given(
    label=st.sampled_from(sorted(STROKES)),
    gain=st.floats(0.5, 1.4),
    shift=st.floats(0, 1),
)
def test_normalise_does_not_see_brightness_or_contrast(label: str, gain: float, shift: float) -> None:
    box = _box(*STROKES[label], paper=180, ink=60, border=50).astype(np.float64)
    changed = box * gain
    changed += shift * (255 - changed.max())  # anywhere it stays within 0..255
    plain = normalise([box.astype(np.uint8)])
    other = normalise([changed.round().astype(np.uint8)])
    grey_levels = gain * (180 - 50)
    assert np.abs(plain - other).max() < 2.5 / grey_levels  # rounding to whole grey levels, nothing more


def test_normalise_puts_paper_at_zero_and_ink_at_one() -> None:
    box = _box(*STROKES["7"])
    result = normalise([box])
    assert result.shape == (1, 1, 48, 48)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result[0, 0][box == 200], 0.0, atol=0.01)
    np.testing.assert_allclose(result[0, 0][box <= np.percentile(box, 3)], 1.0, atol=0.1)


def test_noise_on_empty_paper_is_not_blown_up() -> None:
    paper = (200 + np.random.default_rng(4).normal(0, 1.0, (48, 48))).round().astype(np.uint8)
    assert float(np.abs(normalise([paper])).max()) < 6 / DIGITS.min_contrast


def test_a_flat_picture_gives_finite_answers(reader: DigitReader) -> None:
    result = reader.log_probabilities([np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8)])
    assert np.isfinite(result).all()


def test_missing_model_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(PartMissing, match=r"No digit model at .*nowhere\.onnx\. Reinstall"):
        load_digit_reader(tmp_path / "nowhere.onnx")


@pytest.mark.parametrize("keep", [0, 1000, -1])
def test_damaged_model_is_refused(tmp_path: Path, keep: int) -> None:
    whole = _model_bytes()
    damaged = tmp_path / "digits.onnx"
    damaged.write_bytes(whole[:keep])
    with pytest.raises(PartMissing, match=r"damaged"):
        load_digit_reader(damaged)


def test_a_model_of_other_classes_is_refused() -> None:
    other = _model_bytes().replace(BOX_CLASSES.encode(), BOX_CLASSES[::-1].encode())
    with pytest.raises(PartMissing, match="reads classes"):
        DigitReader(other, "other.onnx")


def test_the_card_describes_this_very_model(reader: DigitReader) -> None:
    card = json.loads((MODELS / "card.json").read_text())
    assert card["sha256"] == hashlib.sha256(_model_bytes()).hexdigest()
    assert card["sha256"].startswith(reader.version)
    assert card["temperature"] == reader.temperature


def _model_bytes() -> bytes:
    return (MODELS / "digits.onnx").read_bytes()
