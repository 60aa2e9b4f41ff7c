"""Work done item by item, here or in processes, such that no item can take the others down with it.

Items go out in chunks, a few per worker at a time. An item whose work raises, hangs or kills its
process yields ``Broken`` in place of a result. Each worker is an executor of its own with one
process: when that dies, the chunk it was at is known, and its items are tried one by one.
"""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from ocr_pipeline.attempt import Broken, attempt
from ocr_pipeline.config import RUN, RunSettings
from ocr_pipeline.errors import OcrPipelineError, PartMissing

Item = TypeVar("Item")
Result = TypeVar("Result")

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM", "OMP_THREAD_LIMIT")
"""Each worker has one core: with a thread per core in each they would only wait for each other."""


class Workers(Protocol):
    """What does the work; a context manager that ends its processes."""

    def map(
        self, work: Callable[[Any, Item], Result], chunks: Iterable[Sequence[Item]], stopped: Callable[[], bool]
    ) -> Iterator[list[tuple[Item, Result | Broken]]]:
        """Yields the results of each chunk as it is done, in any order.

        Args:
            work: called with what ``load`` returned and an item; picklable.
            chunks: taken as workers become free, so it may be endless; items are picklable.
            stopped: once true, only what is done already is yielded.

        Raises:
            OcrPipelineError: ``load`` or ``work`` raised it, or a worker cannot even start.
        """
        ...

    def __enter__(self) -> Workers: ...

    def __exit__(self, *_: object) -> None: ...


def open_workers(load: Callable[[], Any], jobs: int, settings: RunSettings = RUN) -> Workers:
    """Workers that each call ``load`` once before their first item.

    Args:
        load: makes the tools that the work needs; picklable.
        jobs: 1: the work is done in this process (a crash of a library then ends the run); more: in
            so many processes.
        settings: limits.
    """
    return _ThisProcess(load, settings) if jobs == 1 else _Processes(load, jobs, settings)


class _ThisProcess:
    def __init__(self, load: Callable[[], Any], settings: RunSettings) -> None:
        self._load = load
        self._settings = settings
        self._loaded: list[Any] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self._loaded.clear()

    def map(
        self, work: Callable[[Any, Item], Result], chunks: Iterable[Sequence[Item]], stopped: Callable[[], bool]
    ) -> Iterator[list[tuple[Item, Result | Broken]]]:
        for chunk in chunks:
            self._loaded = self._loaded or [self._load()]
            done = []
            for item in chunk:
                if stopped():
                    break
                done.append((item, attempt(work, self._loaded[0], item, self._settings.photo_limit_s)))
            if done:
                yield done
            if stopped():
                return


class _Processes:
    def __init__(self, load: Callable[[], Any], jobs: int, settings: RunSettings) -> None:
        self._settings = settings
        self._lanes = [_Lane(load, settings) for _ in range(jobs)]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for lane in self._lanes:
            lane.close()

    def map(
        self, work: Callable[[Any, Item], Result], chunks: Iterable[Sequence[Item]], stopped: Callable[[], bool]
    ) -> Iterator[list[tuple[Item, Result | Broken]]]:
        pickle.dumps(work)  # a mistake of the caller is told at once, and not as a bug of every item
        remaining = iter(chunks)
        while True:
            self._hand_out(work, remaining, stopped)
            oldest = [lane.jobs[0].future for lane in self._lanes if lane.jobs]
            if not oldest:
                return
            wait(oldest, timeout=self._settings.poll_s, return_when=FIRST_COMPLETED)
            for lane in self._lanes:
                while lane.jobs and lane.jobs[0].future.done():
                    if stopped() and lane.jobs[0].future.exception() is not None:
                        break  # no bug: its process was perhaps told to stop as well
                    if done := lane.collect():
                        yield done
            if stopped():
                return

    def _hand_out(self, work: Callable[..., Any], chunks: Iterator[Sequence[Any]], stopped: Callable[[], bool]) -> None:
        while not stopped():
            lane = min(self._lanes, key=lambda lane: len(lane.jobs))
            chunk = next(chunks, None) if len(lane.jobs) < self._settings.chunks_per_worker else None
            if chunk is None:
                return
            lane.hand(work, chunk)


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[..., Any]
    chunk: Sequence[Any]
    alone: bool
    """Whether this is one item of a chunk that broke."""
    future: Future[list[Any]]


class _Lane:
    """One worker process, and the chunks it was handed, oldest first."""

    def __init__(self, load: Callable[[], Any], settings: RunSettings) -> None:
        self._load = load
        self._settings = settings
        self._executor: ProcessPoolExecutor | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._started: Future[None] = Future()
        self.jobs: deque[_Job] = deque()

    def hand(self, work: Callable[..., Any], chunk: Sequence[Any], alone: bool = False) -> None:
        """Queues a chunk; starts the process if there is none."""
        executor = self._executor or self._open()
        future: Future[list[Any]]
        try:
            future = executor.submit(_work_chunk, work, chunk, self._settings)
        except BrokenExecutor as error:
            future = Future()
            future.set_exception(error)
        self.jobs.append(_Job(work, chunk, alone, future))

    def collect(self) -> list[tuple[Any, Any]]:
        """The results of the oldest chunk, which is done; none yet where it broke and is tried again."""
        job = self.jobs.popleft()
        try:
            return list(zip(job.chunk, job.future.result(), strict=True))
        except OcrPipelineError:
            raise
        except Exception as error:
            if isinstance(error, BrokenExecutor):
                self._check_started()
            waiting = tuple(self.jobs)
            self.close()
            if not job.alone:
                for item in job.chunk:
                    self.hand(job.work, [item], alone=True)
            for other in waiting:
                self.hand(other.work, other.chunk, other.alone)
            return [(job.chunk[0], Broken(self._describe(error)))] if job.alone else []

    def close(self) -> None:
        """Ends the process, at once where it has work left."""
        if self._executor is None:
            return
        if self.jobs and self._process is not None:
            self._process.kill()
        self.jobs.clear()
        self._executor.shutdown(cancel_futures=True)
        self._executor = None

    def _open(self) -> ProcessPoolExecutor:
        executor = ProcessPoolExecutor(
            max_workers=1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start,
            initargs=(self._load,),
        )
        others = set(multiprocessing.active_children())
        with _one_thread_each():
            self._started = executor.submit(_report_start)
        self._process = next((child for child in multiprocessing.active_children() if child not in others), None)
        self._executor = executor
        return executor

    def _check_started(self) -> None:
        """Tells a process that died at its work from one that never came so far."""
        try:
            self._started.result()
        except BrokenExecutor as error:
            raise PartMissing(
                "A worker process died while it was loading its parts; perhaps there is too little memory. "
                "Try fewer jobs, or one job to see the cause."
            ) from error

    def _describe(self, error: Exception) -> str:
        if isinstance(error, BrokenExecutor):
            limit = self._settings.photo_limit_s + self._settings.stop_grace_s
            return (
                "The reader process died: out of memory, a crash in a library, "
                f"or no sign of life for {limit:g} s (then it is ended)."
            )
        return f"The result cannot be handed over ({type(error).__name__}: {error})."


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """What a process started meanwhile inherits; set here, as libraries look when they are imported."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


# --- in the worker ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Loaded:
    tools: Any = None
    error: Exception | None = None


_loaded = _Loaded()
"""Of this worker process."""


def _start(load: Callable[[], Any]) -> None:
    """Called once in a new worker. Never raises: the executor would only say that it is broken."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # sent to the whole group; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _loaded.tools = load()
    except Exception as error:
        _loaded.error = error


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _report_start() -> None:
    if _loaded.error is not None:
        raise _loaded.error


def _work_chunk(work: Callable[[Any, Any], Any], chunk: Sequence[Any], settings: RunSettings) -> list[Any]:
    _report_start()
    results = []
    for item in chunk:
        # Ends this process even where a library hangs and the alarm below is not heard.
        faulthandler.dump_traceback_later(settings.photo_limit_s + settings.stop_grace_s, exit=True)
        results.append(attempt(work, _loaded.tools, item, settings.photo_limit_s))
    faulthandler.cancel_dump_traceback_later()
    return results
