"""Many photos: found, read by workers, written by this process alone, resolved station by station.

What is done is written a chunk at a time, so a run may be ended at any moment, even by ``kill -9``;
the same command takes up where it ended and comes to the same table.

This module, ``intake``, ``workers`` and ``progress`` may import ``records``, ``config``, ``errors``,
``files``, ``sources``, ``store`` and ``station.assemble``; what is done to a photo or a station is handed in.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Generic, TypeVar

from ocr_pipeline.attempt import Broken
from ocr_pipeline.config import CAPTURE, RUN, CaptureSettings, RunSettings
from ocr_pipeline.errors import ExitCode
from ocr_pipeline.intake import Intake, Task, batches
from ocr_pipeline.progress import Meter, NoProgress, Phase, Progress
from ocr_pipeline.records import FailureCode, PhotoOutcome, PhotoSource, StationResult, Verdict, Versions
from ocr_pipeline.station.assemble import StationKey
from ocr_pipeline.store.model import StationReadings
from ocr_pipeline.store.repository import Repository
from ocr_pipeline.store.rows import check_outcome, check_results
from ocr_pipeline.workers import Workers, open_workers

Tools = TypeVar("Tools")


@dataclass(frozen=True, slots=True)
class WorkerSpec(Generic[Tools]):
    """What workers do. All three are picklable: functions of a module, or ``partial`` of such."""

    load: Callable[[], Tools]
    """Called once per worker."""
    read: Callable[[PhotoSource, Tools], PhotoOutcome]
    resolve: Callable[[StationReadings, Tools], Sequence[StationResult]]
    """One result for each form among a station's photos."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What came of a run."""

    photos: int
    """Found in the paths given; a photo under two names counts twice."""
    known: int
    """Of them, those that an earlier run had dealt with."""
    read: int
    unreadable: Mapping[FailureCode, int]
    stations: int
    """This and what follows: in the whole database, by the versions of this run."""
    accepted: int
    """Fields that may be used unseen."""
    review: int
    """Fields that a person must look at."""
    bugs: int
    """Photos of this run, and stations, that hit a bug of this program."""
    seconds: float

    @property
    def exit_code(self) -> ExitCode:
        """What the process should return."""
        return ExitCode.BUG if self.bugs else ExitCode.OK


def run(
    paths: Sequence[str | Path],
    repository: Repository,
    spec: WorkerSpec[Tools],
    versions: Versions,
    station_of: Callable[[str], StationKey],
    *,
    jobs: int = 1,
    retry_failed: bool = False,
    progress: Progress | None = None,
    settings: RunSettings = RUN,
    capture: CaptureSettings = CAPTURE,
) -> RunSummary:
    """Reads the photos in some paths that have not been read yet, and resolves the stations they touch.

    Args:
        paths: files, folders, zips, PDFs.
        repository: where outcomes go to and are known from.
        spec: what is done to a photo and to a station.
        versions: of code, forms and model; with another of any of them everything is read again.
        station_of: the station of a photo, by its name.
        jobs: number of worker processes; 1 works in this process.
        retry_failed: whether photos that hit a bug are tried again.
        progress: is told after each chunk.
        settings: sizes of chunks, limits of time.
        capture: limits of what is taken in.

    Raises:
        OcrPipelineError: a path is missing, a part does not load, the database fails.
        KeyboardInterrupt: the run was told to stop (SIGINT, SIGTERM); its message says how to go on.
            A second signal does not wait for the photos at work.
    """
    began = time.monotonic()
    repository.use(versions)
    meter = Meter(progress or NoProgress())
    intake = Intake(paths, repository, station_of, retry_failed, meter, settings, capture)
    with stop_on_signals() as stopped:
        meter.begin(Phase.PHOTOS, intake.count())
        with open_workers(spec.load, jobs, settings) as workers:
            for done in workers.map(partial(_read, spec.read), intake.chunks(stopped), stopped):
                intake.write(done)
            if not stopped():
                _resolve_due(repository, workers, partial(_resolve, spec.resolve), meter, settings, stopped)
        if stopped():
            raise KeyboardInterrupt(
                f"Stopped after {intake.counted.total()} photos. What was read is kept: "
                "the same command goes on from here."
            )
    totals = repository.totals()
    return RunSummary(
        photos=intake.counted.total(),
        known=intake.known,
        read=intake.counted[None],
        unreadable={code: intake.counted[code] for code in FailureCode if intake.counted[code]},
        stations=totals.stations,
        accepted=totals.accepted,
        review=totals.review,
        bugs=intake.counted[FailureCode.INTERNAL] + totals.stations_failed,
        seconds=time.monotonic() - began,
    )


def _resolve_due(
    repository: Repository,
    workers: Workers,
    work: Callable[[Tools, StationReadings], tuple[StationResult, ...]],
    meter: Meter,
    settings: RunSettings,
    stopped: Callable[[], bool],
) -> None:
    due = repository.due_stations()
    meter.begin(Phase.STATIONS, len(due))
    chunks = batches(map(repository.readings_of_station, due), settings.chunk_stations)
    for done in workers.map(work, chunks, stopped):
        repository.save_stations(
            [(readings.station, made.message if isinstance(made, Broken) else made) for readings, made in done]
        )
        results = [result for _, made in done if not isinstance(made, Broken) for result in made]
        verdicts = [field.verdict for result in results for field in result.fields]
        accepted = verdicts.count(Verdict.ACCEPT)
        meter.step(len(done), len(done), accepted=accepted, review=len(verdicts) - accepted)


def _read(read: Callable[[PhotoSource, Tools], PhotoOutcome], tools: Tools, task: Task) -> PhotoOutcome:
    outcome = read(task.source, tools)
    check_outcome(outcome)
    return outcome


def _resolve(
    resolve: Callable[[StationReadings, Tools], Sequence[StationResult]], tools: Tools, readings: StationReadings
) -> tuple[StationResult, ...]:
    results = tuple(resolve(readings, tools))
    check_results(results)
    return results


@contextlib.contextmanager
def stop_on_signals() -> Iterator[Callable[[], bool]]:
    """Turns the first SIGINT or SIGTERM into a wish that is asked for between photos; a second interrupts.

    Signals only ever reach the main thread; in another one there is nothing to wait for.
    """
    told: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return

    def hear(number: int, _frame: FrameType | None) -> None:
        if told:
            raise KeyboardInterrupt("Stopped at once. What was written is kept: the same command goes on from there.")
        told.append(number)

    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
