"""Numbers that come from elsewhere: published ones, another program's, people's own.

Three shapes are understood; each may be gzipped (``.gz``):

* JSON lines ``{"station": "3171…", "fields": {"paslon_1": 61, …}}``, with the field names of this project;
* JSON lines as Sirekap publishes a station, with ``"station"`` added: ``{"station": "3171…", "chart": {…},
  "administrasi": {…}}``, the two also inside a ``"tungsura"`` (Pilkada 2024);
* CSV with a column ``station``: a column per field, or a row per field with the columns ``field`` and ``value``,
  as ``ocr-pipeline export --what readings`` writes it.

How Sirekap's names become ours: ``chart`` has a candidate per entry, in the order of their numbers on the sheet
(100025, 100026, 100027 for president): ``paslon_1``, ``paslon_2`` … In ``administrasi`` the voters are ``pemilih_dpt``
(ours: ``dpt``) and the added voters ``pengguna_non_dpt`` (ours: ``pengguna_dpk``, see ``forms.md`` 5.2); all other
names are the same. What is null or left out was not published, and is not zero.
"""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ocr_pipeline.errors import InputMissing, UsageError

_RENAMED = {"pemilih_dpt": "dpt", "pengguna_non_dpt": "pengguna_dpk"}
_LARGEST = 999_999


@dataclass(frozen=True, slots=True)
class Published:
    """The numbers of one station, as they were published."""

    station: str | None
    """None where the file does not say."""
    values: Mapping[str, int]
    """By field of this project; what was not published is missing."""


def load_published(path: Path) -> Iterator[Published]:
    """Reads a file of numbers, one station after the other, in the order of the file.

    Raises:
        InputMissing: there is no such file.
        UsageError: the file is none of these, or a line makes no sense; the message names it.
    """
    if not path.is_file():
        raise InputMissing(f"{path} is not there. Check the path.")
    is_table = path.name.removesuffix(".gz").endswith(".csv")
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield from _table(text, path) if is_table else _lines(text, path)
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        raise UsageError(f"{path}: cannot be read ({error}). Give JSON lines or CSV in UTF-8.") from error


def _lines(text: IO[str], path: Path) -> Iterator[Published]:
    for number, line in enumerate(text, 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{where}: not JSON ({error}). Each line must be one object.") from None
        if not isinstance(row, dict) or not isinstance(row.get("station"), str | int | None):
            raise UsageError(f'{where}: no object with a "station" that is a code or null.')
        station = None if row.get("station") is None else str(row["station"])
        yield Published(station, _numbers(_fields(row, where), where))


def _fields(row: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The numbers of one object, under the names of this project."""
    if isinstance(row.get("fields"), dict):
        return dict(row["fields"])
    inner = row["tungsura"] if isinstance(row.get("tungsura"), dict) else row
    chart, administration = inner.get("chart"), inner.get("administrasi")
    if not isinstance(chart, dict) and not isinstance(administration, dict):
        raise UsageError(f'{where}: neither "fields" nor Sirekap\'s "chart" and "administrasi".')
    candidates = sorted((key for key in chart or {} if key.isdigit()), key=int)
    fields = {f"paslon_{place}": (chart or {})[key] for place, key in enumerate(candidates, 1)}
    return fields | {_renamed(name): value for name, value in (administration or {}).items()}


def _renamed(name: str) -> str:
    group, _, column = name.rpartition("_")
    return f"{_RENAMED.get(group, group)}_{column}" if group else name


def _table(text: IO[str], path: Path) -> Iterator[Published]:
    rows = csv.DictReader(text, restval="", strict=True)
    columns = rows.fieldnames or []
    if "station" not in columns:
        raise UsageError(f"{path}, line 1: no column 'station', found {','.join(columns)!r}.")
    long = {"field", "value"} <= set(columns)
    stations: dict[str, dict[str, int]] = {}
    try:
        for row in rows:
            where = f"{path}, line {rows.line_num}"
            if None in row or not row["station"]:
                raise UsageError(f"{where}: more values than columns, or no station.")
            given = {row["field"]: row["value"]} if long else {n: v for n, v in row.items() if n != "station"}
            if long:
                stations.setdefault(row["station"], {}).update(_numbers(given, where))
            else:
                yield Published(row["station"], _numbers(given, where, named=False))
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.line_num}: not valid CSV ({error}).") from error
    yield from (Published(station, values) for station, values in stations.items())


def _numbers(fields: Mapping[str, Any], where: str, named: bool = True) -> dict[str, int]:
    """Whole numbers; what is null or empty is left out, and so are other columns of a table."""
    numbers = {}
    for name, value in fields.items():
        if value is None or value == "":
            continue
        text = str(value).strip() if isinstance(value, str) else value
        if isinstance(text, str) and text.isascii() and text.isdigit():
            text = int(text)
        if isinstance(text, float) and text.is_integer():
            text = int(text)
        if isinstance(text, int) and not isinstance(text, bool) and 0 <= text <= _LARGEST:
            numbers[name] = text
        elif named:
            raise UsageError(f"{where}: {name} is {value!r}, not a whole number up to {_LARGEST}.")
    return numbers
