"""READ THIS FIRST: the way of one photo, stage by stage, and what happens when it ends early.

    bytes -capture-> Photo -deskew-> Page -identify-> IdentifiedPage -boxes-> Crops -read-> PageReading

Every stage is one function in ``photo/``. Where no known form is found, ``unknown`` finds rows of boxes
by themselves; what they hold is for a person. A photo that cannot be read ends as ``Unreadable`` with the
stage, a code and the numbers; an exception in a stage is a bug and is named as one, and the run goes
on with the next photo. From there on it is the station's way: ``station.assemble`` puts the pages of
one station together, ``station.resolve`` checks their sums and says what may be used unseen.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import ocr_pipeline
from ocr_pipeline.debug import DebugSink
from ocr_pipeline.forms import UNKNOWN, Catalogue, load_catalogue
from ocr_pipeline.photo.boxes import boxes
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.photo.deskew import by_marks, deskew
from ocr_pipeline.photo.identify import identify
from ocr_pipeline.photo.labels import vocabulary_of
from ocr_pipeline.photo.read import DigitReader, load_digit_reader, read
from ocr_pipeline.photo.retake import blame_photo
from ocr_pipeline.photo.text import require_tesseract
from ocr_pipeline.photo.unknown import unknown
from ocr_pipeline.records import (
    Crops,
    Failure,
    FailureCode,
    Page,
    PageReading,
    Photo,
    PhotoOutcome,
    PhotoSource,
    Stage,
    StationResult,
    Unreadable,
    Versions,
)
from ocr_pipeline.station.assemble import StationKey, assemble
from ocr_pipeline.station.keyed import with_keys
from ocr_pipeline.station.resolve import resolve_station
from ocr_pipeline.store.model import StationReadings

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Tools:
    """What the stages need; loaded once per process."""

    catalogue: Catalogue
    reader: DigitReader


def load_tools(model: Path | None = None, forms: Path | None = None) -> Tools:
    """Loads the forms, with those in a folder of one's own, and the digit model.

    Raises:
        InputMissing: there is no form file in ``forms``.
        PartMissing: a form file, the model or Tesseract is missing or damaged.
    """
    require_tesseract()
    return Tools(load_catalogue(more=forms), load_digit_reader(model))


def versions(tools: Tools) -> Versions:
    """What an outcome depends on besides the photo."""
    return Versions(
        code=f"{ocr_pipeline.__version__}+{_digest(_own_code())}",
        forms=_digest(repr(tools.catalogue).encode()),
        model=tools.reader.version,
    )


def _own_code() -> bytes:
    """All of it: a changed threshold must read everything again, with or without a new version number."""
    files = (path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".json"))
    return b"".join(path.read_bytes() for path in sorted(files))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def read_photo(source: PhotoSource, tools: Tools, debug: Path | None = None) -> PhotoOutcome:
    """Takes one photo through all stages.

    Args:
        source: where its bytes lie.
        tools: from ``load_tools``.
        debug: folder for one picture per stage; None for none.
    """
    clock = _Clock()
    sha256: str | None = None
    try:
        photo = clock.time(Stage.CAPTURE, capture, source)
        if isinstance(photo, Failure):
            return Unreadable(source.name, None, photo, clock.milliseconds)
        sha256 = photo.sha256
        sink = DebugSink(debug, photo) if debug else None
        crops = _find_boxes(photo, tools.catalogue, clock, sink, of_any_form=True)
        if isinstance(crops, Failure):
            return Unreadable(source.name, sha256, crops, clock.milliseconds)
        page = crops.page
        known = page.form_id != UNKNOWN.form_id
        form_page = tools.catalogue.page(page.form_id, page.page, page.pairs) if known else None
        fields = clock.time(Stage.READ, read, crops, tools.reader, form_page=form_page)
        if sink:
            sink.read(crops, fields)
        return PageReading(
            photo=source.name,
            sha256=sha256,
            form_id=page.form_id,
            page=page.page,
            pairs=page.pairs,
            registration=page.evidence,
            fields=fields,
            milliseconds=clock.milliseconds,
            quality=crops.quality,
        )
    except Exception as error:
        message = f"Bug in this program: {type(error).__name__}: {error}. Please report it with the photo."
        return Unreadable(source.name, sha256, Failure(clock.stage, FailureCode.INTERNAL, message), clock.milliseconds)


def resolve_page(reading: PageReading, key: StationKey, tools: Tools) -> StationResult:
    """The result of one page by itself: only the sums that do not cross pages are checked."""
    (station,) = assemble([(reading, key)])
    return resolve_station(station, tools.catalogue.form(reading.form_id))


def resolve(readings: StationReadings, tools: Tools) -> tuple[StationResult, ...]:
    """The results of one station from all its page readings, one for each form among them."""
    return resolve_readings(readings, tools.catalogue)


def resolve_readings(readings: StationReadings, catalogue: Catalogue) -> tuple[StationResult, ...]:
    """The same, for those who read no photos."""
    stations = assemble([(with_keys(page, readings.keyed), key) for page, key in readings.pages])
    return tuple(
        resolve_station(station, catalogue.form(station.form_id), elsewhere=readings.elsewhere) for station in stations
    )


def find_boxes(source: PhotoSource, catalogue: Catalogue) -> Crops | Failure:
    """The first four stages alone: the cut digit boxes of a photo, for training and measurement."""
    photo = capture(source)
    return photo if isinstance(photo, Failure) else _find_boxes(photo, catalogue, _Clock())


def _find_boxes(
    photo: Photo, catalogue: Catalogue, clock: _Clock, sink: DebugSink | None = None, *, of_any_form: bool = False
) -> Crops | Failure:
    found = _register(photo, catalogue, clock, sink, of_any_form)
    return blame_photo(photo, found) if isinstance(found, Failure) else found


def _register(
    photo: Photo, catalogue: Catalogue, clock: _Clock, sink: DebugSink | None, of_any_form: bool
) -> Crops | Failure:
    page = clock.time(Stage.DESKEW, deskew, photo, catalogue)
    if sink:
        sink.deskew(page)
    identified = clock.time(Stage.IDENTIFY, identify, page, catalogue)
    if isinstance(identified, Failure):
        page = clock.time(Stage.DESKEW, by_marks, page, catalogue)
        again = clock.time(Stage.IDENTIFY, identify, page, catalogue, thorough=True)
        if isinstance(again, Failure):
            return _of_unknown_form(page, catalogue, clock, sink, identified) if of_any_form else identified
        identified = again
    if sink:
        sink.identify(identified, catalogue)
    return clock.time(Stage.BOXES, boxes, identified, catalogue)


def _of_unknown_form(
    page: Page, catalogue: Catalogue, clock: _Clock, sink: DebugSink | None, failure: Failure
) -> Crops | Failure:
    """The rows of boxes of a form that is not in the catalogue; without these the failure stands."""
    if failure.code not in (FailureCode.UNKNOWN_FORM, FailureCode.NO_FORM_FOUND):
        return failure
    crops = clock.time(Stage.IDENTIFY, unknown, page, vocabulary_of(catalogue))
    if isinstance(crops, Failure):
        return failure
    if sink:
        sink.unknown(crops)
    return crops


class _Clock:
    """Times the stages and remembers which one is at work."""

    def __init__(self) -> None:
        self.stage = Stage.CAPTURE
        self.milliseconds: dict[str, float] = {}

    def time(self, stage: Stage, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.stage = stage
        began = time.perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            spent = self.milliseconds.get(stage, 0.0) + 1000 * (time.perf_counter() - began)
            self.milliseconds[stage] = round(spent, 1)
