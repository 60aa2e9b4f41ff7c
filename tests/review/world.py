"""Stations whose numbers are in doubt, as if read: without photos and without a reader."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.legibility import FieldQuality, PhotoQuality, Quality
from ocr_pipeline.pipeline import resolve_readings
from ocr_pipeline.records import Evidence, FieldReading, PageReading, Quad, RegistrationEvidence, StationResult
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import FileStamp, Sighting, StationReadings
from ocr_pipeline.store.review import ReviewRepository

Stations = Mapping[str, Mapping[int, Mapping[str, tuple[int | None, float]]]]
"""By station and page, each field's value and probability."""
FORM = "c-hasil-kwk-2024"


def sha_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def box_row(left: float, top: float) -> tuple[Quad, ...]:
    return tuple(((x, top), (x + 40, top), (x + 40, top + 50), (x, top + 50)) for x in (left, left + 44, left + 88))


def reading_of(field: str, value: int | None, sure: float, row: int) -> FieldReading:
    p = np.full(1001, (1 - sure) / 1000)
    p[1000 if value is None else value] = sure
    text = "___" if value is None else f"{value:X>3}"
    evidence = (Evidence("digits", np.log(p)),)
    return FieldReading(field, text, (sure,) * 3, box_row(600, 100 + 90 * row), (1.0,) * 3, (1.0,) * 3, evidence)


def page_of(
    photo: str, values: Mapping[str, tuple[int | None, float]], page: int = 2, content: str | None = None
) -> PageReading:
    fields = tuple(reading_of(name, value, sure, row) for row, (name, (value, sure)) in enumerate(values.items()))
    seen = {field.field: FieldQuality(1.0, 35.0, 20.0, 0.0) for field in fields}
    quality = Quality(PhotoQuality(190.0, 1.0, 2.8, 30.0), 0.4, 0.77, (0.2, 0.0, 0.0, 0.0), seen)
    registration = RegistrationEvidence("test", 1.0, 0.0, None, 0.0, None, 0.9)
    pairs = 3 if page == 2 else None
    return PageReading(photo, content or sha_of(photo), FORM, page, pairs, registration, fields, {}, quality)


def station_code(number: int) -> str:
    return f"3171011001{number:03d}"


def fill(repository: ReviewRepository, stations: Stations, folder: str) -> None:
    """Stores pages as if read: by station and page, each field's value and probability."""
    found = []
    for station, pages in stations.items():
        for page, values in pages.items():
            name = f"{folder}/{station}-p{page}.jpg"
            seen = Sighting(name, StationKey(station, None, KeySource.FILE_NAME), name, FileStamp(1, 1))
            found.append((seen, page_of(name, values, page)))
    repository.save_outcomes(found)


def resolve(readings: StationReadings) -> Sequence[StationResult]:
    return resolve_readings(readings, load_catalogue())


class Clock:
    """A clock that only moves when told to."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


SURE = 0.99999
DOUBTFUL: Stations = {
    # One unsure number in an otherwise sound sum: little at stake.
    station_code(1): {2: {"paslon_1": (87, SURE), "paslon_2": (120, SURE), "paslon_3": (33, 0.9)}},
    # A broken sum, far off.
    station_code(2): {
        2: {"paslon_1": (10, SURE), "paslon_2": (20, SURE), "paslon_3": (30, SURE)},
        3: {"suara_sah": (260, SURE)},
    },
    # Nothing to be read: much at stake.
    station_code(3): {2: {"paslon_1": (None, 0.6), "paslon_2": (5, SURE), "paslon_3": (6, SURE)}},
}
