from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from ocr_pipeline.legibility import FieldQuality, PhotoQuality, Quality
from ocr_pipeline.records import (
    Evidence,
    Failure,
    FailureCode,
    FieldReading,
    PageReading,
    RegistrationEvidence,
    Stage,
    Unreadable,
    Versions,
)
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import FileStamp, Sighting
from ocr_pipeline.store.repository import Repository, open_repository


def sha_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _distribution(value: int | None) -> np.ndarray:
    log_probabilities = np.full(1001, np.log(0.001 / 1000))
    log_probabilities[1000 if value is None else value] = np.log(0.999)
    return log_probabilities


def _field(name: str, value: int | None) -> FieldReading:
    corners = np.arange(24, dtype=float).reshape(3, 4, 2) + 0.25
    return FieldReading(
        field=name,
        boxes="___" if value is None else f"{value:X>3}",
        box_confidence=(0.999, 0.998, 0.9),
        quads_px=tuple(tuple(tuple(point) for point in quad) for quad in corners.tolist()),
        border_scores=(1.0, 0.9, 0.8),
        ink_excess=(1.0, 1.25, 0.5),
        evidence=(Evidence("words", _distribution(value)), Evidence("digits", _distribution(value))),
    )


@pytest.fixture
def make_reading() -> Callable[..., PageReading]:
    def make(photo: str, content: str | None = None, page: int = 2, **values: int | None) -> PageReading:
        return PageReading(
            photo=photo,
            sha256=sha_of(content or photo),
            form_id="c-hasil-kwk-2024",
            page=page,
            pairs=3,
            registration=RegistrationEvidence("tag + 4 marks", 0.93, 0.4, "c-hasil-ppwp-2024 p.2", 0.2, 17, 0.85),
            fields=tuple(_field(name, value) for name, value in (values or {"paslon_1": 61}).items()),
            milliseconds={"deskew": 61.5, "capture": 40.25},
            quality=Quality(
                photo=PhotoQuality(light=187.5, noise=0.4, edge_px=2.75, gradient=31.0),
                contrast=0.25,
                cover=0.875,
                cut_off=(0.125, 0.0, 0.0, 0.03),
                fields={name: FieldQuality(1.0, 34.5, 21.0, 0.0) for name in values or {"paslon_1": 61}},
            ),
        )

    return make


@pytest.fixture
def make_unreadable() -> Callable[..., Unreadable]:
    def make(photo: str, code: FailureCode, content: str | None = None, message: str = "It is too dark.") -> Unreadable:
        failure = Failure(Stage.IDENTIFY, code, message, {"score": 0.25})
        return Unreadable(photo, None if content is None else sha_of(content), failure, {"capture": 12.0})

    return make


@pytest.fixture
def seen() -> Callable[..., Sighting]:
    def make(name: str, station: str = "A", mtime_ns: int = 1, page: int | None = None) -> Sighting:
        return Sighting(name, StationKey(station, page, KeySource.MANIFEST), name, FileStamp(1000, mtime_ns))

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of an empty database; on PostgreSQL only where ``OCR_PIPELINE_TEST_POSTGRES`` names an empty one."""
    if request.param == "sqlite":
        yield str(tmp_path / "results.sqlite")
        return
    url = os.environ.get("OCR_PIPELINE_TEST_POSTGRES")
    if url is None:
        pytest.skip("OCR_PIPELINE_TEST_POSTGRES is not set")
    yield url
    engine = sa.create_engine(url)
    tables = sa.MetaData()
    tables.reflect(engine)
    tables.drop_all(engine)
    engine.dispose()


@pytest.fixture
def versions() -> Versions:
    return Versions("code 1", "forms 1", "model 1")


@pytest.fixture
def repository(location: str, versions: Versions) -> Iterator[Repository]:
    with open_repository(location) as repository:
        repository.use(versions)
        yield repository
