"""Which station a photo belongs to, and the pages of one station and contest put together.

A photo's station is taken from the operator's manifest, else from a 13-digit station code in the
file's name or in the nearest folder's (or archive's) name; else the photo stands alone.
"""

from __future__ import annotations

import csv
import enum
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.records import PageReading

_CODE = re.compile(r"(?<![0-9A-Za-z])(?:tps)?(\d{13})(?![0-9A-Za-z])", re.IGNORECASE)
_PAGE = re.compile(r"(?<![0-9A-Za-z])(?:p|pg|page|hal|halaman|lembar)[ ._-]?([1-9])(?![0-9A-Za-z])", re.IGNORECASE)
_SPREADSHEET_NUMBER = re.compile(r"\d([.,]\d+)?e\+?\d+", re.IGNORECASE)


class KeySource(enum.StrEnum):
    """Where a photo's station was learned from."""

    MANIFEST = "manifest"
    FILE_NAME = "file name"
    FOLDER_NAME = "folder name"
    PHOTO_ALONE = "photo alone"
    PERSON = "person"
    """Somebody looked at the photo and named it."""


@dataclass(frozen=True, slots=True)
class StationKey:
    """The station one photo is said to come from."""

    station: str
    """13-digit code, the manifest's own key, or the photo's name where it stands alone."""
    claimed_page: int | None
    """Page of the form that the manifest or the file's name claims; the paper itself decides."""
    source: KeySource


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One line of a manifest."""

    photo: str
    station: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """The operator's list of photos and their stations."""

    entries: Mapping[tuple[str, ...], ManifestEntry]
    """By the parts of the photo's name, file name first: ``a/b.jpg`` is ``("b.jpg", "a")``."""
    by_ending: Mapping[tuple[str, ...], ManifestEntry | None]
    """The entry whose name goes on beyond these parts; None where there are several."""

    def find(self, photo_name: str) -> ManifestEntry | None:
        """The entry for a photo, by its full name, else by as much of the name as both sides give.

        ``b.jpg`` in the manifest stands for ``any/folder/b.jpg``, ``a/b.jpg`` for ``x/a/b.jpg`` but
        not for ``c/b.jpg``; and ``/data/a/b.jpg`` in the manifest for a photo given as ``b.jpg``.
        None where nothing fits, or where several entries fit equally well.
        """
        parts = _parts(photo_name)
        if parts in self.entries:
            return self.entries[parts]
        if parts in self.by_ending:
            return self.by_ending[parts]
        shorter = (self.entries.get(parts[:length]) for length in range(len(parts) - 1, 0, -1))
        return next((entry for entry in shorter if entry is not None), None)


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """The pages of one station and one form."""

    key: str
    form_id: str
    pages: tuple[PageReading, ...]
    """In the order of pages, photos of the same page by name; a page photographed twice is there twice."""
    claimed_pages: tuple[int | None, ...]
    """Per page reading, the page its name or the manifest claims."""
    other_forms: tuple[str, ...]
    """Other forms of which pages came in under the same key."""


def load_manifest(path: Path) -> Manifest:
    """Reads a CSV with the header ``photo,station`` or ``photo,station,page`` (UTF-8, with or without BOM).

    Other columns are ignored, empty lines too. ``page`` may be left empty.

    Raises:
        InputMissing: there is no such file.
        UsageError: the file is no such CSV, or a line makes no sense; the message names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputMissing(f"The manifest {path} is not there. Check the path.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read as UTF-8 text ({error}). Save the manifest as CSV UTF-8.") from error
    return _parse_manifest(path, text)


def _parse_manifest(path: Path, text: str) -> Manifest:
    rows = csv.DictReader(io.StringIO(text), restval="", strict=True)
    entries: dict[tuple[str, ...], ManifestEntry] = {}
    lines: dict[tuple[str, ...], int] = {}
    by_ending: dict[tuple[str, ...], ManifestEntry | None] = {}
    try:
        header = [name.strip().lower() for name in rows.fieldnames or ()]
        missing = [name for name in ("photo", "station") if name not in header]
        if missing:
            raise UsageError(
                f"{path}, line 1: no column {' and no column '.join(missing)}, found {','.join(header)!r}. "
                "The header must be photo,station or photo,station,page."
            )
        rows.fieldnames = header
        for row in rows:
            where = f"{path}, line {rows.line_num}"
            entry = _entry(row, where)
            parts = _parts(entry.photo)
            if parts in entries:
                raise UsageError(f"{where}: {entry.photo} stands in line {lines[parts]} already. Remove one of them.")
            entries[parts], lines[parts] = entry, rows.line_num
            for length in range(1, len(parts)):
                ending = parts[:length]
                by_ending[ending] = None if ending in by_ending else entry
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.line_num}: not valid CSV ({error}).") from error
    return Manifest(entries, by_ending)


def _entry(row: Mapping[str | None, str | list[str]], where: str) -> ManifestEntry:
    if None in row:
        raise UsageError(f"{where}: more values than columns. Put names that hold a comma in quotes.")
    values = {name: value.strip() for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}
    photo, station, page = values["photo"], values["station"], values.get("page", "")
    if not photo or not _parts(photo):
        raise UsageError(f"{where}: the photo is empty.")
    if not station:
        raise UsageError(f"{where}: the station of {photo} is empty.")
    if _SPREADSHEET_NUMBER.fullmatch(station):
        raise UsageError(
            f"{where}: the station of {photo} is {station}: a spreadsheet has rounded the code. "
            "Format the column as text and write the codes again."
        )
    if page and not (page.isascii() and page.isdigit() and int(page) > 0):
        raise UsageError(f"{where}: the page of {photo} is {page!r}, not a page number from 1.")
    return ManifestEntry(photo, station, int(page) if page else None)


def station_of(photo_name: str, manifest: Manifest | None) -> StationKey:
    """The station a photo belongs to, by the rules at the head of this module.

    A line of the manifest that names a PDF, TIFF or zip as a whole stands for everything in it.

    Args:
        photo_name: as ``records.PhotoSource.name`` gives it: ``a.jpg``, ``set.zip!a.jpg``, ``b.pdf#2``.
        manifest: the operator's list, or None.
    """
    file_name, *folders = _parts(photo_name)
    claimed = _claimed_page(file_name)
    if manifest is not None:
        entry = manifest.find(photo_name)
        if entry is not None:
            return StationKey(entry.station, entry.page or claimed, KeySource.MANIFEST)
        for whole in _containers(photo_name):
            entry = manifest.find(whole)
            if entry is not None:
                return StationKey(entry.station, claimed, KeySource.MANIFEST)
    for name, source in [(file_name, KeySource.FILE_NAME), *((folder, KeySource.FOLDER_NAME) for folder in folders)]:
        code = _station_code(name)
        if code is not None:
            return StationKey(code, claimed, source)
    return StationKey(photo_name, claimed, KeySource.PHOTO_ALONE)


def assemble(readings: Sequence[tuple[PageReading, StationKey]]) -> tuple[Station, ...]:
    """Groups page readings by station and form.

    Returns:
        Stations ordered by key and form; the result does not depend on the order of the readings.
    """
    groups: defaultdict[tuple[str, str], list[tuple[PageReading, StationKey]]] = defaultdict(list)
    for reading, key in readings:
        groups[key.station, reading.form_id].append((reading, key))
    forms: defaultdict[str, list[str]] = defaultdict(list)
    for station, form_id in sorted(groups):
        forms[station].append(form_id)
    stations = []
    for (station, form_id), group in sorted(groups.items(), key=lambda item: item[0]):
        group.sort(key=lambda pair: (pair[0].page, pair[0].photo, pair[0].sha256))
        stations.append(
            Station(
                key=station,
                form_id=form_id,
                pages=tuple(reading for reading, _ in group),
                claimed_pages=tuple(key.claimed_page for _, key in group),
                other_forms=tuple(other for other in forms[station] if other != form_id),
            )
        )
    return tuple(stations)


def _parts(name: str) -> tuple[str, ...]:
    """A photo's name in parts, file name first; a zip counts as a folder of its members."""
    normal = unicodedata.normalize("NFC", name).replace("\\", "/").replace("!", "/")
    return tuple(part for part in reversed(normal.split("/")) if part not in ("", "."))


def _containers(photo_name: str) -> list[str]:
    """The names of the PDF, TIFF or zip that a photo is part of."""
    whole = [re.sub(r"#\d+$", "", photo_name), photo_name.split("!")[0]]
    return [name for name in dict.fromkeys(whole) if name != photo_name]


def _station_code(name: str) -> str | None:
    """The one plausible station code in a name; None where there is none, or several that differ."""
    codes = {code for code in _CODE.findall(name) if _is_station_code(code)}
    return codes.pop() if len(codes) == 1 else None


def _is_station_code(code: str) -> bool:
    """Whether 13 digits can be province 2, regency 2, district 2, village 4 and station 3.

    The bounds are those of all 83,731 villages of the 2024 election (``forms.md`` 5.1: regencies to
    29, cities from 71, at most 55 districts, villages 1xxx to 3xxx) with some room; province 99 is
    abroad. They turn away most 13-digit times in milliseconds, which cameras use as file names.
    """
    province, regency, district, village, station = (
        int(code[a:b]) for a, b in ((0, 2), (2, 4), (4, 6), (6, 10), (10, 13))
    )
    if station == 0 or not 11 <= province <= 99:
        return False
    if province == 99:
        return True
    return (1 <= regency <= 29 or 71 <= regency <= 79) and 1 <= district <= 60 and 1001 <= village <= 3999


def _claimed_page(file_name: str) -> int | None:
    """The page of the form a file's name claims: ``-p2``, ``_hal3``, ``halaman 2``, ``page-1``."""
    pages = {int(page) for page in _PAGE.findall(file_name)}
    return pages.pop() if len(pages) == 1 else None
