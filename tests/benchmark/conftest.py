"""The samples, measured once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_pipeline.benchmark.labels import LabelledPhoto, load_labels
from ocr_pipeline.benchmark.measure import measure
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.pipeline import Tools, load_tools

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="session")
def tools() -> Tools:
    return load_tools()


@pytest.fixture(scope="session")
def labels() -> tuple[LabelledPhoto, ...]:
    return load_labels(SAMPLES)


@pytest.fixture(scope="session")
def samples(tools: Tools, labels: tuple[LabelledPhoto, ...]) -> list[Scored]:
    return measure(labels, lambda _: tools)
