import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.synth.samples import main, make_samples

SAMPLES = Path(__file__).parents[2] / "samples"
MEGABYTES = 4


def test_the_committed_samples_are_what_the_program_makes() -> None:
    labels = [json.loads(line) for line in (SAMPLES / "labels.jsonl").read_text().splitlines()]
    made = list(make_samples())
    assert labels == json.loads(json.dumps([photo.label for photo in made]))
    for photo in made:
        kept = cv2.imdecode(np.frombuffer((SAMPLES / photo.name).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        assert kept is not None and kept.shape == photo.image.shape
        # another build of OpenCV may round otherwise, so pictures are compared, not bytes
        assert np.abs(kept.astype(int) - photo.image).mean() < 6


def test_the_folder_is_small_and_complete() -> None:
    photos = sorted(SAMPLES.glob("*.jpg"))
    named = {json.loads(line)["photo"] for line in (SAMPLES / "labels.jsonl").read_text().splitlines()}
    assert {photo.name for photo in photos} == named
    assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < MEGABYTES * 1024 * 1024
    readme = (SAMPLES / "README.md").read_text()
    assert all(name.rsplit("-p", 1)[0] in readme for name in named)


def test_the_samples_show_what_they_are_for() -> None:
    labels = [json.loads(line) for line in (SAMPLES / "labels.jsonl").read_text().splitlines()]
    boxes = "".join(entry["boxes"] for label in labels for entry in label["fields"].values())
    assert set("0123456789X_") <= set(boxes)
    assert [label["broken_rules"] for label in labels if label.get("broken_rules")] == [["R3"]]
    assert sum(label.get("unreadable", False) for label in labels) == 1


def test_main_wants_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "FOLDER" in capsys.readouterr().err
