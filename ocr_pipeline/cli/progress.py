"""How far a long command has come, on standard error; and how many processes it may use."""

from __future__ import annotations

import os
import sys
import time

import click

from ocr_pipeline.progress import Counts, Phase


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class Bar:
    """Progress on standard error: one line that is drawn again on a terminal, a line every 10 s elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = 0.0

    def update(self, counts: Counts) -> None:
        """Shows the counts."""
        now = time.monotonic()
        final = counts.total is not None and counts.done >= counts.total
        if not final and now - self._last < (0.2 if self._terminal else 10.0):
            return
        self._last = now
        of = "" if counts.total is None else f"/{counts.total}"
        left = counts.seconds_left
        parts = [f"{counts.phase} {counts.done}{of}", f"{counts.per_second:.1f}/s"]
        if left is not None and not final:
            parts.append(f"{int(left // 60)}:{int(left % 60):02d} left")
        if counts.phase is Phase.PHOTOS:
            parts.append(f"{counts.unreadable} unreadable")
        else:
            parts.append(f"{counts.accepted} numbers accepted, {counts.review} for review")
        text = "  ".join(parts)
        click.echo(f"\r{text:<78}" if self._terminal else text, err=True, nl=not self._terminal or final)
