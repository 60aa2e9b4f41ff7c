"""One piece of work tried once: its result, or in place of it what broke."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from traceback import extract_tb
from typing import Any, TypeVar

from ocr_pipeline.errors import OcrPipelineError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Broken:
    """Stands in the place of a result when the work on an item hit a bug."""

    message: str
    """One sentence; the same for the same bug."""


class _TookTooLong(BaseException):
    """Not an ``Exception``, so that nothing on the way takes it for a bad photo and goes on."""


def attempt(work: Callable[[Any, Item], Result], tools: Any, item: Item, limit_s: float) -> Result | Broken:
    """The result of ``work(tools, item)``, or what broke it.

    Raises:
        OcrPipelineError: the work raised it: the operator has to act, so no item can go on.
    """
    try:
        with _time_limit(limit_s):
            return work(tools, item)
    except OcrPipelineError:
        raise
    except _TookTooLong:
        return Broken(f"It took longer than {limit_s:g} s.")
    except (Exception, SystemExit) as error:
        place = extract_tb(error.__traceback__)[-1]
        return Broken(f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})")


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raises ``_TookTooLong`` in the main thread of a POSIX process; elsewhere there is no limit."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: object) -> None:
        raise _TookTooLong

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
