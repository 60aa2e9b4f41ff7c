"""The photos of a run: which of them are new, and what is written of them.

A file that has not changed since it was read is known by its name, size and time, without a look at
its bytes. One that was moved, copied or touched is known by its content, which costs a thousandth
of reading it. When a content turns up under a new name and the file of its old name is gone, it was
moved, and the old name (with the station that came with it) no longer counts.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ocr_pipeline.attempt import Broken
from ocr_pipeline.config import CaptureSettings, RunSettings
from ocr_pipeline.files import fingerprint, read_bytes
from ocr_pipeline.progress import Meter
from ocr_pipeline.records import Failure, FailureCode, PhotoOutcome, PhotoSource, Stage, Unreadable
from ocr_pipeline.sources import find_photos
from ocr_pipeline.station.assemble import StationKey
from ocr_pipeline.store.model import FileStamp, KnownPhoto, Sighting
from ocr_pipeline.store.repository import Repository

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Task:
    """A photo to be read."""

    source: PhotoSource
    seen: Sighting


class Intake:
    """Finds photos, passes on those that are new, and writes what became of each."""

    def __init__(
        self,
        paths: Sequence[str | Path],
        repository: Repository,
        station_of: Callable[[str], StationKey],
        retry_failed: bool,
        meter: Meter,
        settings: RunSettings,
        capture: CaptureSettings,
    ) -> None:
        self._paths = paths
        self._repository = repository
        self._station_of = station_of
        self._retry_failed = retry_failed
        self._meter = meter
        self._settings = settings
        self._capture = capture
        self._anything_known = repository.holds_outcomes()
        self.counted: Counter[FailureCode | None] = Counter()
        """Photos by failure; None: those that were read."""
        self.known = 0
        """Photos that an earlier run had dealt with."""

    def count(self) -> int | None:
        """How many photos there are; None where finding out takes too long.

        Raises:
            InputMissing: a path is not there.
        """
        latest = time.monotonic() + self._settings.count_s
        count = 0
        for _ in find_photos(self._paths, self._capture):
            count += 1
            if time.monotonic() > latest:
                return None
        return count

    def chunks(self, stopped: Callable[[], bool]) -> Iterator[list[Task]]:
        """The photos to be read; what is known of the others is written on the way."""
        return batches(self._tasks(stopped), self._settings.chunk_photos)

    def _tasks(self, stopped: Callable[[], bool]) -> Iterator[Task]:
        for found in batches(find_photos(self._paths, self._capture), self._settings.lookup):
            if stopped():
                return
            refused = [photo for photo in found if isinstance(photo, Unreadable)]
            if refused:
                self._save([(Sighting(p.photo, self._station_of(p.photo), None, None), p) for p in refused])
            tasks = [Task(photo, self._sighting(photo)) for photo in found if isinstance(photo, PhotoSource)]
            yield from self._not_known_by_content(self._not_known_by_name(tasks))

    def _not_known_by_name(self, tasks: Sequence[Task]) -> list[Task]:
        known = self._repository.known(task.seen.name for task in tasks)
        moved = []
        new = []
        for task in tasks:
            found = known.get(task.seen.name)
            if found is None or not self._is_final(found, task.seen):
                new.append(task)
            else:
                self._count([found.failure], new=False)
                if task.seen.key != found.sighting.key:
                    moved.append((task.seen, found.content))
        if moved:
            self._repository.save_sightings(moved)
        return new

    def _is_final(self, found: KnownPhoto, seen: Sighting) -> bool:
        """Whether the file is as it was, and reading it again would be in vain."""
        if seen.stamp is None or seen.stamp != found.sighting.stamp:
            return False
        if found.failure is FailureCode.INTERNAL:
            return not self._retry_failed
        return found.sha256 is not None

    def _not_known_by_content(self, tasks: Sequence[Task]) -> list[Task]:
        if not self._anything_known or not tasks:
            return list(tasks)
        shas = [self._sha256(task.source) for task in tasks]
        known = self._repository.known_contents(sha for sha in shas if sha is not None)
        copies = []
        new = []
        for task, sha in zip(tasks, shas, strict=True):
            if sha is None or sha not in known or (known[sha] is FailureCode.INTERNAL and self._retry_failed):
                new.append(task)
            else:
                copies.append((task.seen, sha))
        if copies:
            named = self._repository.paths_of(sha for _, sha in copies)
            gone = [name for name, path in named if not Path(path).exists()]
            self._repository.save_sightings(copies, gone)
            self._count([known[sha] for _, sha in copies], new=False)
        return new

    def write(self, done: Iterable[tuple[Task, PhotoOutcome | Broken]]) -> None:
        """Stores what became of a chunk."""
        outcomes: list[tuple[Sighting, PhotoOutcome]] = []
        for task, outcome in done:
            if isinstance(outcome, Broken):
                failure = Failure(Stage.READ, FailureCode.INTERNAL, outcome.message)
                outcome = Unreadable(task.seen.name, None, failure, {})
            if isinstance(outcome, Unreadable) and outcome.sha256 is None:
                # The reader gave up on it, which does not mean that the bytes cannot be had.
                outcome = replace(outcome, sha256=self._sha256(task.source))
            outcomes.append((task.seen, outcome))
        self._save(outcomes)

    def _save(self, outcomes: Sequence[tuple[Sighting, PhotoOutcome]]) -> None:
        self._repository.save_outcomes(outcomes)
        self._count([o.failure.code if isinstance(o, Unreadable) else None for _, o in outcomes], new=True)

    def _count(self, failures: Sequence[FailureCode | None], new: bool) -> None:
        self.counted.update(failures)
        self.known += 0 if new else len(failures)
        self._meter.step(len(failures), len(failures) if new else 0, sum(code is not None for code in failures))

    def _sighting(self, source: PhotoSource) -> Sighting:
        try:
            status = Path(source.path).stat()
        except OSError:
            stamp = None
        else:
            stamp = FileStamp(status.st_size, status.st_mtime_ns)
        return Sighting(source.name, self._station_of(source.name), source.path, stamp)

    def _sha256(self, source: PhotoSource) -> str | None:
        data = read_bytes(source, self._capture)
        return None if isinstance(data, Failure) else fingerprint(source, data)


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of ``size``; the last may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
