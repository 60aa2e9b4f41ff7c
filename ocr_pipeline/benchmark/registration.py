"""How surely a page is registered: this program and its peers on the ladder of synthetic pages.

A page that is registered wrongly and passed on is the fault that counts: other boxes than those of the
field are read, and nothing says so. A page that is refused costs a person's look.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ocr_pipeline.attempt import Broken
from ocr_pipeline.benchmark.boxes import Centre, centre_errors, centre_of
from ocr_pipeline.benchmark.ladder import Fault, Rung, Task, make_photo, task
from ocr_pipeline.benchmark.peers import METHODS, register
from ocr_pipeline.config import LADDER, LadderSettings
from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms import Catalogue, FormPage, load_catalogue
from ocr_pipeline.intake import batches
from ocr_pipeline.pipeline import find_boxes
from ocr_pipeline.progress import Meter, NoProgress, Phase, Progress
from ocr_pipeline.records import Failure, PhotoSource, Quad
from ocr_pipeline.run import stop_on_signals
from ocr_pipeline.synth.generate import SyntheticPhoto
from ocr_pipeline.workers import open_workers

OURS = "ocr-pipeline"
PAGES = "pages.jsonl"
"""The pages as they were measured, one a line, behind a line that says what was asked for."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one method made of one page."""

    passed: bool
    """Whether it says that the page is found; a peer says so whenever it has a homography and a box is to be seen."""
    right_page: bool
    """Form, page and number of pairs; peers are told them."""
    errors: tuple[float, ...]
    """Distance of each box centre from the truth, in box widths."""
    milliseconds: float
    """From the bytes of the photo on."""
    failure: str | None = None
    inliers: int | None = None
    """Of a peer: matches that agree with its homography."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One page of the ladder with what each method made of it, or what broke."""

    task: Task
    attempts: Mapping[str, Attempt]
    broken: str | None = None


def climb(
    out: Path,
    count: int,
    pages: Sequence[FormPage],
    version: str,
    *,
    peers: bool = True,
    jobs: int = 1,
    progress: Progress | None = None,
    settings: LadderSettings = LADDER,
) -> tuple[Measured, ...]:
    """Measures the first ``count`` pages of the ladder; those that the folder has already are kept.

    Args:
        out: folder for the pages; a stopped measurement goes on from what lies there.
        count: pages over all rungs.
        pages: form pages that take turns.
        version: of program and forms; what another one measured is not mixed in.
        peers: whether AKAZE and SIFT are tried as well, which takes twice the time.
        jobs: worker processes.
        progress: is told after each chunk.
        settings: the rungs.

    Returns:
        What has been measured, in the order of the ladder; fewer than ``count`` where it was told to stop.

    Raises:
        UsageError: the folder holds another measurement.
    """
    asked = {"version": version, "peers": peers, "pages": [page.title for page in pages]}
    measured = {one.task.index: one for one in _known(out / PAGES, asked) if one.task.index < count}
    todo = [task(index, pages, settings) for index in range(count) if index not in measured]
    meter = Meter(progress or NoProgress())
    meter.begin(Phase.PHOTOS, count)
    meter.step(len(measured), 0)
    with (
        (out / PAGES).open("a", encoding="utf-8") as lines,
        stop_on_signals() as stopped,
        open_workers(load_catalogue, jobs) as workers,
    ):
        chunks = batches(todo, settings.chunk_pages)
        for done in workers.map(partial(measure_page, peers=peers), chunks, stopped):
            some = [Measured(a, {}, made.message) if isinstance(made, Broken) else made for a, made in done]
            for one in some:
                measured[one.task.index] = one
                lines.write(json.dumps(asdict(one)) + "\n")
            lines.flush()
            refused = sum(not one.attempts[OURS].passed for one in some if one.broken is None)
            meter.step(len(some), len(some), unreadable=refused)
    return tuple(measured[index] for index in sorted(measured))


def measure_page(catalogue: Catalogue, one: Task, *, peers: bool = True) -> Measured:
    """Makes one page of the ladder and lets each method find its boxes."""
    photo = make_photo(one)
    truth = box_centres(photo)
    attempts = {OURS: _our_attempt(catalogue, one, photo, truth)}
    if peers:
        page = catalogue.page(one.form, one.page, one.pairs)
        attempts |= {method: _peer_attempt(method, page, photo, truth) for method in METHODS}
    return Measured(one, attempts)


def box_centres(photo: SyntheticPhoto) -> dict[str, list[Centre | None]]:
    """Where each box is; None for those that are not wholly in the picture."""
    height, width = photo.image.shape[:2]
    return {
        field: [
            centre_of(quad) if all(0 <= x <= width - 1 and 0 <= y <= height - 1 for x, y in quad) else None
            for quad in quads
        ]
        for field, quads in photo.quads_px.items()
    }


def write_photos(folder: Path, some: Iterable[Measured]) -> None:
    """Makes the photos of some pages once more and writes them, named by the page's index."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in some:
        (folder / f"{one.task.index}.jpg").write_bytes(make_photo(one.task).jpeg)


def _our_attempt(
    catalogue: Catalogue, one: Task, photo: SyntheticPhoto, truth: Mapping[str, Sequence[Centre | None]]
) -> Attempt:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / photo.name
        path.write_bytes(photo.jpeg)
        began = time.perf_counter()
        crops = find_boxes(PhotoSource(str(path)), catalogue)
        milliseconds = 1000 * (time.perf_counter() - began)
    if isinstance(crops, Failure):
        return Attempt(False, False, (), milliseconds, failure=crops.code)
    page = crops.page
    right = (page.form_id, page.page, page.pairs) == (one.form, one.page, one.pairs)
    found: dict[str, list[Quad]] = {}
    for box in crops.boxes:
        found.setdefault(box.field, []).append(box.quad_px)
    return Attempt(True, right, centre_errors(truth, found) if right else (), milliseconds)


def _peer_attempt(
    method: str, page: FormPage, photo: SyntheticPhoto, truth: Mapping[str, Sequence[Centre | None]]
) -> Attempt:
    register(method, np.zeros((64, 64), np.uint8), page)  # the blank sheet's features are not part of a photo's time
    began = time.perf_counter()
    grey = cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    fit = register(method, grey.astype(np.uint8, copy=False), page)
    milliseconds = 1000 * (time.perf_counter() - began)
    # Where no box is in the picture there is nothing to pass on; this program refuses such a page as well.
    if fit.homography is None or not any(box for boxes in truth.values() for box in boxes):
        return Attempt(False, True, (), milliseconds, inliers=fit.inliers)
    errors = centre_errors(truth, {field.name: fit.quads(field.boxes) for field in page.fields})
    return Attempt(True, True, errors, milliseconds, inliers=fit.inliers)


def _known(path: Path, asked: Mapping[str, object]) -> Iterator[Measured]:
    """The pages that lie in a folder already; a new folder is told what is asked for."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asked) + "\n", encoding="utf-8")
        return
    whole, _, begun = path.read_text(encoding="utf-8").rpartition("\n")
    if begun:  # a line that was being written when the program was killed
        path.write_text(whole + "\n", encoding="utf-8")
    head, *lines = whole.splitlines()
    if json.loads(head) != asked:
        raise UsageError(
            f"{path} was measured with another program, other forms or other options. Give another folder by --out."
        )
    for line in lines:
        row = json.loads(line)
        its = row["task"]
        rung = Rung(Fault(its["rung"]["fault"]), its["rung"]["level"], its["rung"]["value"])
        attempts = {name: Attempt(**{**a, "errors": tuple(a["errors"])}) for name, a in row["attempts"].items()}
        yield Measured(Task(its["index"], rung, its["form"], its["page"], its["pairs"]), attempts, row["broken"])
