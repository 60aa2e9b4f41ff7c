from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr_pipeline.errors import InputMissing
from ocr_pipeline.synth.hands import CELL_WIDTH, Part, load_hands


def write(path: Path, characters: list[tuple[str, str, str, list[np.ndarray]]]) -> None:
    """A collection of characters: label, writer, source, strokes."""
    strokes = [stroke for *_, some in characters for stroke in some]
    np.savez(
        path,
        points=np.concatenate(strokes).astype(np.int16),
        stroke_offsets=np.cumsum([0, *(len(stroke) for stroke in strokes)]).astype(np.int32),
        sample_offsets=np.cumsum([0, *(len(some) for *_, some in characters)]).astype(np.int32),
        labels=np.array([label for label, *_ in characters]),
        writers=np.array([writer for _, writer, *_ in characters]),
        source=np.array([source for _, _, source, _ in characters]),
    )


TALL = np.array([[100, 0], [150, 255]])
WIDE = np.array([[0, 100], [255, 130]])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    digits = [(digit, who, site, [TALL]) for who, site in (("a", "kai"), ("b", "tos")) for digit in "123456789"]
    more = [
        ("0", "b", "tos", [TALL, WIDE]),
        ("Z", "a", "kai", [WIDE]),
        ("5", "few", "kai", [TALL]),
        ("?", "a", "kai", [TALL]),
    ]
    write(tmp_path / "pens.npz", digits + more)
    np.savez(tmp_path / "pictures.npz", images=np.zeros((2, 8, 8)), labels=np.array(["1", "2"]))
    return tmp_path


def test_writers_held_apart_are_others_than_those_trained_on(folder: Path) -> None:
    (trained,), (held_out,) = (load_hands(folder, part) for part in (Part.TRAIN, Part.HELD_OUT))
    assert (trained.name, held_out.name) == ("a", "b")
    assert set(trained.samples) == set("123456789Z")


def test_a_slashed_zero_is_left_out(folder: Path) -> None:
    (held_out,) = load_hands(folder, Part.HELD_OUT)
    assert "0" not in held_out.samples


def test_characters_stand_in_the_middle_of_their_cell(folder: Path) -> None:
    (hand,) = load_hands(folder, Part.TRAIN)
    for label, height in (("5", 1.0), ("Z", None)):
        ((stroke,),) = hand.samples[label]
        low, high = stroke.min(axis=0), stroke.max(axis=0)
        assert (low + high) / 2 == pytest.approx([CELL_WIDTH / 2, 0.5])
        assert high[0] - low[0] < 0.8 and high[1] - low[1] <= 1.0
        assert height is None or high[1] - low[1] == pytest.approx(height)


def test_a_folder_without_pen_strokes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="pen strokes of held-out writers"):
        load_hands(tmp_path, Part.HELD_OUT)
