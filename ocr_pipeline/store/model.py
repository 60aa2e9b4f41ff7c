"""The records that go in and out of the repository beside those of ``ocr_pipeline.records``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ocr_pipeline.records import Failure, FailureCode, PageReading, StationResult
from ocr_pipeline.station.assemble import StationKey
from ocr_pipeline.store.review_model import Settled

NAME_CONTENT = "name:"
"""Begins the content of a photo whose bytes could not be had."""


def sha256_of(content: str) -> str | None:
    """The SHA-256 in a content, where the bytes could be had."""
    return None if content.startswith(NAME_CONTENT) else content


@dataclass(frozen=True, slots=True)
class FileStamp:
    """By which an untouched file is known again without reading it; that of the container for its parts."""

    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """A photo as a run came upon it."""

    name: str
    key: StationKey
    path: str | None
    """Of the file or container; None where it is not known."""
    stamp: FileStamp | None
    """None where the file could not be looked at."""


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """A photo of which the versions in use have an outcome."""

    sighting: Sighting
    content: str
    """SHA-256 of the bytes, or ``name:`` and the name where they could not be had."""
    failure: FailureCode | None

    @property
    def sha256(self) -> str | None:
        """Of the bytes, where they could be had."""
        return sha256_of(self.content)


@dataclass(frozen=True, slots=True, eq=False)
class StationReadings:
    """All that is to be resolved together."""

    station: str
    pages: tuple[tuple[PageReading, StationKey], ...]
    """What ``station.assemble.assemble`` takes, by photo name; a photo with two names is there twice."""
    elsewhere: Mapping[str, tuple[str, ...]]
    """For each sha256 that also came in for another station, the names it has there."""
    keyed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What people decided, by sha256 and field."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredStation:
    """A station's result with what an export says of its photos."""

    result: StationResult
    pages: Mapping[str, tuple[int, int | None]]
    """Page and number of pairs by sha256."""
    photo_names: Mapping[str, tuple[str, ...]]
    """By sha256, in order; names under other stations too."""
    settled: Mapping[tuple[str, str], Settled] = field(default_factory=dict)
    """What people decided, by sha256 and field."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredFailure:
    """A photo that could not be read, or a station that could not be resolved (then without photo)."""

    photo: str | None
    sha256: str | None
    station: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Totals:
    """What the database holds of the versions in use."""

    photos: int
    """Names seen; a photo under two names counts twice."""
    read: int
    unreadable: Mapping[FailureCode, int]
    waiting: int
    """Photos these versions have not read yet."""
    stations: int
    accepted: int
    """Fields that may be used unseen."""
    review: int
    stations_due: int
    """Stations not resolved since their last photo came."""
    stations_failed: int
    """Those of them that hit a bug."""
