"""How far a run has come. Who shows it (a bar on a terminal, a line in a log) is told after each chunk."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass
from typing import Protocol


class Phase(enum.StrEnum):
    """What a run is at."""

    PHOTOS = "photos"
    STATIONS = "stations"


@dataclass(frozen=True, slots=True)
class Counts:
    """How far a run has come."""

    phase: Phase
    done: int
    """Photos or stations, those that were known included."""
    total: int | None
    """None where there are too many photos to count them beforehand."""
    unreadable: int
    accepted: int
    """Fields; stations are resolved once all photos are read."""
    review: int
    per_second: float
    """Of the photos or stations that there was work on."""

    @property
    def seconds_left(self) -> float | None:
        """Of this phase, at the rate so far; None where that cannot be said."""
        if self.total is None or self.per_second == 0:
            return None
        return max(self.total - self.done, 0) / self.per_second


class Progress(Protocol):
    """Shows how far a run has come."""

    def update(self, counts: Counts) -> None:
        """Called after each chunk."""
        ...


class NoProgress:
    """Shows nothing."""

    def update(self, counts: Counts) -> None:
        """Does nothing."""


class Meter:
    """Counts and measures the rate; tells ``progress`` after each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._unreadable = self._accepted = self._review = 0
        self.begin(Phase.PHOTOS, None)

    def begin(self, phase: Phase, total: int | None) -> None:
        """Starts a phase of so many photos or stations."""
        self._phase = phase
        self._total = total
        self._done = self._worked = 0
        self._began = time.monotonic()

    def step(self, done: int, worked: int, unreadable: int = 0, accepted: int = 0, review: int = 0) -> None:
        """Adds to the counts; ``worked``: how many of those done there was work on."""
        self._done += done
        self._worked += worked
        self._unreadable += unreadable
        self._accepted += accepted
        self._review += review
        seconds = time.monotonic() - self._began
        self._progress.update(
            Counts(
                phase=self._phase,
                done=self._done,
                total=self._total,
                unreadable=self._unreadable,
                accepted=self._accepted,
                review=self._review,
                per_second=self._worked / seconds if seconds > 0 else 0.0,
            )
        )
