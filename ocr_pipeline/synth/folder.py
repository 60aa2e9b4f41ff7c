"""A folder of labelled photos, made by several processes: the same order gives the same bytes, whoever makes them."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr_pipeline.attempt import Broken
from ocr_pipeline.config import RUN
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Form
from ocr_pipeline.intake import batches
from ocr_pipeline.progress import Meter, NoProgress, Phase, Progress
from ocr_pipeline.run import stop_on_signals
from ocr_pipeline.synth.generate import ERROR, SyntheticPhoto, chance, find_page, generate
from ocr_pipeline.synth.hands import Hand
from ocr_pipeline.synth.station import PaperError, possible_errors
from ocr_pipeline.workers import open_workers

LABELS = "labels.jsonl"
BOX_QUADS = "box_quads.jsonl"


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made."""

    form_id: str
    count: int
    """Photos; a station has one for each of the pages."""
    seed: int
    severity: int
    pairs: int | None = None
    """Candidate pairs, where the form leaves it open."""
    pages: tuple[int, ...] = ()
    """Which pages of each station; none: every page whose layout is known."""
    paper_errors: float = 0.0
    """Share of the stations whose paper has a fault, of the kinds the form can have."""


@dataclass(frozen=True, slots=True)
class Made:
    """A photo and its lines in the two label files."""

    name: str
    jpeg: bytes
    label: str
    quads: str


def synthesise(
    order: Order, out: Path, hands: Sequence[Hand] = (), jobs: int = 1, progress: Progress | None = None
) -> int:
    """Writes photos into a folder, station by station, with ``labels.jsonl`` and ``box_quads.jsonl``.

    Args:
        order: what is to be made.
        out: the folder; it is made where it is not there, and the label files of an earlier call are replaced.
        hands: people whose pen strokes are written with; none: those drawn for this project.
        jobs: worker processes.
        progress: is told after each chunk.

    Returns:
        How many were made; fewer than ordered where it was told to stop.

    Raises:
        UsageError: no such form, page, number of pairs or severity, or no photos are ordered.
        RuntimeError: a photo could not be made, which is a bug.
    """
    if order.count < 1:
        raise UsageError(f"The number of photos must be at least 1, got {order.count}.")
    find_page(order.form_id, None, order.pairs)
    out.mkdir(parents=True, exist_ok=True)
    meter = Meter(progress or NoProgress())
    meter.begin(Phase.PHOTOS, order.count)
    lines: dict[int, tuple[str, str]] = {}
    work, load = functools.partial(make_photo, order=order), functools.partial(tuple, hands)
    with stop_on_signals() as stopped, open_workers(load, jobs) as workers:
        for done in workers.map(work, batches(range(order.count), RUN.chunk_photos), stopped):
            for index, made in done:
                if isinstance(made, Broken):
                    raise RuntimeError(f"photo {index} of {order.form_id}: {made.message}")
                (out / made.name).write_bytes(made.jpeg)
                lines[index] = made.label, made.quads
            meter.step(len(done), len(done))
    _write_lines(out, [lines[index] for index in sorted(lines)])
    return len(lines)


def make_photo(hands: Sequence[Hand], index: int, order: Order) -> Made:
    """The photo at a place of an order."""
    form, _ = find_page(order.form_id, None, order.pairs)
    pages = order.pages or tuple(sorted({page.page for page in form.pages if not page.provisional}))
    station = index // len(pages)
    return _made(
        generate(
            order.form_id,
            pages[index % len(pages)],
            order.pairs,
            order.seed,
            order.severity,
            station_index=station,
            error=_paper_error(form, order, station),
            hands=hands,
        )
    )


def write_folder(out: Path, photos: Iterable[SyntheticPhoto]) -> int:
    """Writes photos that were made one by one, with their label files; returns how many."""
    out.mkdir(parents=True, exist_ok=True)
    lines = []
    for made in map(_made, photos):
        (out / made.name).write_bytes(made.jpeg)
        lines.append((made.label, made.quads))
    _write_lines(out, lines)
    return len(lines)


def _paper_error(form: Form, order: Order, station: int) -> PaperError | None:
    """The fault of a station's paper; None for most."""
    possible, rng = possible_errors(form), chance(order.seed, station, ERROR)
    if not possible or rng.random() >= order.paper_errors:
        return None
    return possible[int(rng.integers(len(possible)))]


def _made(photo: SyntheticPhoto) -> Made:
    quads = {"photo": photo.name, "boxes_px": photo.quads_px}
    return Made(photo.name, photo.jpeg, json.dumps(photo.label), json.dumps(quads))


def _write_lines(out: Path, lines: Sequence[tuple[str, str]]) -> None:
    for place, name in enumerate((LABELS, BOX_QUADS)):
        (out / name).write_text("".join(f"{line[place]}\n" for line in lines), encoding="utf-8")
