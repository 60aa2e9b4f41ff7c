"""Our results beside published ones, station by station: where they differ, and on which photo to look.

Neither side is taken for the truth; that is on the photo. What one side does not have is no difference, but a
number that was published and not read by us is listed too, so that a person can look.
May import ``store``, ``records``, ``errors`` and ``forms``; never ``photo`` or cv2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ocr_pipeline.records import FieldResult, Flag, FlagCode, Quad, Severity, Verdict
from ocr_pipeline.station.messages import number_or_none, say
from ocr_pipeline.store.model import StoredStation
from ocr_pipeline.store.repository import Repository
from ocr_pipeline.tabulate.export import Row, label_of, rounded
from ocr_pipeline.tabulate.published import Published

DIFFERENCES = (
    *("station", "form", "page", "field", "label", "value", "probability", "verdict", "boxes", "published"),
    *("suggestion", "photos", "sha256", "crop"),
)
"""Names and order of the columns."""

Cut = Callable[[str, str, str, str, Sequence[Quad]], str | None]
"""From station, field, photo name, its sha256 and the quads of the boxes, where the picture was put; None for none."""


@dataclass(slots=True)
class Comparison:
    """Counts of a comparison, complete once its rows were gone through."""

    stations: int = 0
    """On both sides."""
    only_ours: int = 0
    only_published: int = 0
    equal: int = 0
    """Numbers that are the same on both sides."""
    differ: int = 0
    accepted_and_differ: int = 0
    """Of those, numbers that we would use unseen."""
    not_read: int = 0
    """Numbers that were published and not read by us."""


def compare(
    repository: Repository,
    published: Iterable[Published],
    counts: Comparison,
    form_id: str | None = None,
    cut: Cut | None = None,
    flag: bool = False,
) -> Iterator[Row]:
    """The differences as rows with the columns of ``DIFFERENCES``, by station, form and field.

    Args:
        repository: our results.
        published: the other side's; a station that stands there twice counts as it stands there last.
        counts: filled while the rows are gone through.
        form_id: compare only results of this form, where stations have results of several contests.
        cut: makes a picture of a number's boxes.
        flag: whether differences become flags of the stations, which sends the numbers to review.

    Raises:
        DatabaseError: the database cannot be read, or with ``flag`` not written.
    """
    theirs = {one.station: one.values for one in published if one.station is not None and one.values}
    ours: set[str] = set()
    for stored in repository.stations():
        result = stored.result
        if form_id not in (None, result.form_id):
            continue
        ours.add(result.station)
        if result.station not in theirs:
            continue
        values = theirs[result.station]
        different = [field for field in result.fields if _counted(field, values, counts)]
        quads = _quads(repository, stored, different) if cut and different else {}
        for field in different:
            yield _row(stored, field, values[field.field], cut, quads)
        if flag:
            flags = [_flag(field, values[field.field]) for field in different]
            repository.replace_flags(result.station, result.form_id, FlagCode.PUBLISHED_DIFFERS, flags)
    counts.stations = len(ours & theirs.keys())
    counts.only_ours = len(ours - theirs.keys())
    counts.only_published = len(theirs.keys() - ours)


def _counted(field: FieldResult, published: Mapping[str, int], counts: Comparison) -> bool:
    """Whether a number differs from the published one."""
    if field.field not in published:
        return False
    if field.value == published[field.field]:
        counts.equal += 1
        return False
    if field.value is None:
        counts.not_read += 1
    else:
        counts.differ += 1
        counts.accepted_and_differ += field.verdict is Verdict.ACCEPT
    return True


def _quads(
    repository: Repository, stored: StoredStation, fields: Iterable[FieldResult]
) -> Mapping[str, tuple[str, tuple[Quad, ...]]]:
    """By field, the photo its value was read from and where its boxes lie there."""
    shas = {field.field: field.sha256 for field in fields}
    found = {}
    for page, _ in repository.readings_of_station(stored.result.station).pages:
        for reading in page.fields:
            if page.form_id == stored.result.form_id and shas.get(reading.field) == page.sha256:
                found[reading.field] = page.photo, reading.quads_px
    return found


def _row(
    stored: StoredStation,
    field: FieldResult,
    published: int,
    cut: Cut | None,
    quads: Mapping[str, tuple[str, tuple[Quad, ...]]],
) -> Row:
    result = stored.result
    page, pairs = stored.pages[field.sha256]
    crop = None
    if cut and field.field in quads:
        photo, its_quads = quads[field.field]
        crop = cut(result.station, field.field, photo, field.sha256, its_quads)
    return {
        "station": result.station,
        "form": result.form_id,
        "page": page,
        "field": field.field,
        "label": label_of(result.form_id, page, pairs, field.field),
        "value": field.value,
        "probability": rounded(field.probability),
        "verdict": field.verdict.value,
        "boxes": field.boxes,
        "published": published,
        "suggestion": field.suggestion,
        "photos": stored.photo_names[field.sha256],
        "sha256": field.sha256,
        "crop": crop,
    }


def _flag(field: FieldResult, published: int) -> Flag:
    text = say("published", field=field.field, value=number_or_none(field.value), published=published)
    numbers = {"published": published} | ({} if field.value is None else {"found": field.value})
    return Flag(
        code=FlagCode.PUBLISHED_DIFFERS,
        severity=Severity.ERROR,
        fields=(field.field,),
        message=text.english,
        message_indonesian=text.indonesian,
        numbers=numbers,
    )
