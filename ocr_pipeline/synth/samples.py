"""Remakes the folder of sample photos: ``python -m ocr_pipeline.synth.samples samples/``.

The folder is documentation, golden test and demonstration in one; its README says what each photo shows.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ocr_pipeline.synth.camera import encode
from ocr_pipeline.synth.folder import write_folder
from ocr_pipeline.synth.generate import SyntheticPhoto, generate
from ocr_pipeline.synth.station import PaperError

LONG_SIDE_PX = 1800


def make_samples() -> Iterator[SyntheticPhoto]:
    """The sample photos, in the order of the README."""
    for page in (2, 3):
        yield generate("c-hasil-kwk-2024", page, 2, 24, 1, filler="X", segment=False, long_side_px=LONG_SIDE_PX)
    for index, (filler, severity) in enumerate((("X", 1), ("0", 2), ("_", 2))):
        yield generate("c-hasil-kwk-2020", 2, None, 20, severity, station_index=index, filler=filler)
    for page in (1, 2, 3):
        yield generate("c-hasil-ppwp-2024", page, None, 14, 1, filler="X", segment=True, long_side_px=LONG_SIDE_PX)
    yield generate("c-hasil-kwk-2020", 2, None, 20, 1, station_index=3, error=PaperError.WRONG_SUM)
    yield _ruined(generate("c-hasil-kwk-2020", 2, None, 20, 2, station_index=4))


def main(arguments: list[str]) -> int:
    """Writes the samples into the folder given as the only argument."""
    if len(arguments) != 1:
        print("usage: python -m ocr_pipeline.synth.samples FOLDER", file=sys.stderr)
        return 2
    count = write_folder(Path(arguments[0]), make_samples())
    print(f"{count} photos in {arguments[0]}", file=sys.stderr)
    return 0


def _ruined(photo: SyntheticPhoto) -> SyntheticPhoto:
    """The photo out of focus and in the dark, so that no form can be found in it; it has no fields to read."""
    dark = cv2.GaussianBlur(photo.image, (0, 0), 30).astype(np.float32) * 0.12
    image = dark.astype(np.uint8)
    kept = {key: photo.label[key] for key in ("photo", "form", "page", "kind", "station", "seed", "severity")}
    label = kept | {"fields": {}, "unreadable": True}
    return dataclasses.replace(photo, image=image, jpeg=encode(image, 80), label=label, quads_px={})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
