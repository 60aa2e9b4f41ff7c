"""Tables of what was read: for spreadsheets as CSV, for programs as JSON lines.

The same photos read by the same versions and decided alike give the same bytes, whatever the order they came
in: rows are in the order of stations, forms and fields (failures: of photos), and nothing of the clock is in
them. Decisions alone are in the order in which they were made, with their time.
May import ``store``, ``records``, ``errors`` and ``forms``; never ``photo`` or cv2.
"""

from __future__ import annotations

import datetime
import enum
import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from ocr_pipeline.errors import UsageError
from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.station.keyed import value_of
from ocr_pipeline.store.model import StoredStation
from ocr_pipeline.store.repository import Repository
from ocr_pipeline.store.review_model import Settled
from ocr_pipeline.store.schema import WITNESSES

Cell = str | int | float | tuple[str, ...] | Mapping[str, float] | None
Row = Mapping[str, Cell]


class What(enum.StrEnum):
    """The tables there are."""

    READINGS = "readings"
    """A row per field of a station."""
    FLAGS = "flags"
    """A row per reason for human attention."""
    FAILURES = "failures"
    """A row per photo that could not be read, and per station that could not be resolved."""
    DECISIONS = "decisions"
    """A row per number or photo that people decided: what, who, why and when."""


COLUMNS: Mapping[What, tuple[str, ...]] = {
    What.READINGS: (
        *("station", "form", "page", "field", "label", "value", "probability", "verdict", "boxes"),
        *(
            "own_probability",
            "suggestion",
            "runner_up",
            "runner_up_probability",
            *WITNESSES,
            "flags",
            "decided",
            "decided_by",
            "decided_why",
            "photos",
            "sha256",
        ),
    ),
    What.FLAGS: (
        *("station", "form", "code", "severity", "rule", "fields", "look_first"),
        *("message", "message_indonesian", "numbers", "photos"),
    ),
    What.DECISIONS: ("station", "form", "field", "answer", "value", "how", "people", "reason", "at", "sha256"),
    What.FAILURES: ("photo", "sha256", "station", "stage", "code", "message", "measured"),
}
"""Names and order of the columns."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DECIMALS = 6


def export_rows(repository: Repository, what: What) -> Iterator[Row]:
    """The rows of a table, each with the columns of ``COLUMNS`` in that order.

    A value is None where nothing is written or nothing can be read; zero is zero.

    Raises:
        DatabaseError: the database cannot be read.
    """
    if what is What.READINGS:
        return (row for station in repository.stations() for row in _readings(station))
    if what is What.FLAGS:
        return (row for station in repository.stations() for row in _flags(station))
    if what is What.DECISIONS:
        return _decisions(repository)
    return _failures(repository)


def save(repository: Repository, what: What, path: Path) -> None:
    """Writes a table to a file, as CSV or JSON lines by its name; the file is there whole or not at all.

    Raises:
        UsageError: the name ends neither in ``.csv`` nor in ``.jsonl``, or the file cannot be written.
        DatabaseError: the database cannot be read.
    """
    if path.suffix not in (".csv", ".jsonl"):
        raise UsageError(f"{path}: give a name that ends in .csv or .jsonl.")
    rows = export_rows(repository, what)
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            with part.open("wb") as stream:
                if path.suffix == ".csv":
                    write_csv(COLUMNS[what], rows, stream)
                else:
                    write_json(rows, stream)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}). Check the folder and its space.") from error


def write_csv(columns: Sequence[str], rows: Iterable[Row], stream: BinaryIO) -> None:
    """Writes rows as CSV for people with spreadsheets.

    UTF-8 with a byte order mark, commas, lines ended by CR LF; texts (codes too) in quotes, numbers
    bare, None empty; several names in one cell with ``; `` between them. A text that a spreadsheet
    would take for a formula (``= + - @`` or a tab first; a box string may begin with ``-``) gets an
    apostrophe in front. JSON lines have every text as it is.
    """
    stream.write(b"\xef\xbb\xbf" + ",".join(columns).encode() + b"\r\n")
    for row in rows:
        stream.write(",".join(_csv(row[column]) for column in columns).encode() + b"\r\n")


def write_json(rows: Iterable[Row], stream: BinaryIO) -> None:
    """Writes rows as JSON lines: one object per line, UTF-8; a whole election would not fit one array."""
    for row in rows:
        stream.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")


def _csv(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(cell)
    if isinstance(cell, tuple):
        cell = "; ".join(cell)
    elif isinstance(cell, Mapping):
        cell = json.dumps(cell)
    guard = "'" if cell.startswith(_FORMULA) else ""
    return '"' + guard + cell.replace('"', '""') + '"'


def _readings(station: StoredStation) -> Iterator[Row]:
    result = station.result
    for field in result.fields:
        page, pairs = station.pages[field.sha256]
        raised = dict.fromkeys(flag.code.value for flag in result.flags if field.field in flag.fields)
        runner_up = field.runner_up
        yield {
            "station": result.station,
            "form": result.form_id,
            "page": page,
            "field": field.field,
            "label": label_of(result.form_id, page, pairs, field.field),
            "value": field.value,
            "probability": rounded(field.probability),
            "verdict": field.verdict.value,
            "boxes": field.boxes,
            "own_probability": rounded(field.own_probability),
            "suggestion": field.suggestion,
            "runner_up": None if runner_up is None else runner_up.value,
            "runner_up_probability": None if runner_up is None else rounded(runner_up.probability),
            **{witness: field.witnesses.get(witness) for witness in WITNESSES},
            "flags": tuple(raised),
            **_decided(station.settled.get((field.sha256, field.field))),
            "photos": station.photo_names[field.sha256],
            "sha256": field.sha256,
        }


def _decided(settled: Settled | None) -> Row:
    """What people made of a number: nothing where they were not asked."""
    if settled is None:
        return {"decided": None, "decided_by": (), "decided_why": None}
    why = settled.how.value + (f": {settled.reason}" if settled.reason else "")
    return {"decided": settled.answer, "decided_by": settled.people, "decided_why": why}


def _decisions(repository: Repository) -> Iterator[Row]:
    for one in repository.settled():
        yield {
            "station": one.station,
            "form": one.form,
            "field": one.field or None,
            "answer": one.answer,
            "value": value_of(one.answer) if one.is_number else None,
            "how": one.how.value,
            "people": one.people,
            "reason": one.reason or None,
            "at": datetime.datetime.fromtimestamp(one.at_s, datetime.UTC).isoformat(timespec="seconds"),
            "sha256": one.content,
        }


def _flags(station: StoredStation) -> Iterator[Row]:
    result = station.result
    for flag in result.flags:
        yield {
            "station": result.station,
            "form": result.form_id,
            "code": flag.code.value,
            "severity": flag.severity.value,
            "rule": flag.rule,
            "fields": flag.fields,
            "look_first": flag.look_first,
            "message": flag.message,
            "message_indonesian": flag.message_indonesian,
            "numbers": dict(sorted(flag.numbers.items())),
            "photos": tuple(name for sha in result.photos for name in station.photo_names[sha]),
        }


def _failures(repository: Repository) -> Iterator[Row]:
    for found in repository.failures():
        yield {
            "photo": found.photo,
            "sha256": found.sha256,
            "station": found.station,
            "stage": found.failure.stage.value,
            "code": found.failure.code.value,
            "message": found.failure.message,
            "measured": dict(sorted(found.failure.measured.items())),
        }


def label_of(form_id: str, page: int, pairs: int | None, field: str) -> str | None:
    """What the form prints beside a field; None for a form this program no longer knows."""
    return _labels(form_id, page, pairs).get(field)


@functools.cache
def _labels(form_id: str, page: int, pairs: int | None) -> Mapping[str, str]:
    try:
        return {field.name: field.label for field in load_catalogue().page(form_id, page, pairs).fields}
    except KeyError:
        return {}


def rounded(probability: float) -> float:
    """To six places, but never up to a certainty that was not there."""
    rounded = round(probability, _DECIMALS)
    return 1 - 10**-_DECIMALS if rounded == 1 > probability else rounded
