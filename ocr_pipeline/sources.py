"""Where photos lie: in files, folders, zips, PDFs and TIFFs of several frames, listed lazily."""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL.TiffImagePlugin import TiffImageFile

from ocr_pipeline.config import CAPTURE, CaptureSettings
from ocr_pipeline.errors import InputMissing
from ocr_pipeline.files import HEAD_BYTES, FileKind, Refused, kind_of, open_pdf, open_zip, read_bytes, read_start
from ocr_pipeline.records import Failure, FailureCode, PhotoSource, Unreadable


def find_photos(paths: Iterable[str | Path], settings: CaptureSettings = CAPTURE) -> Iterator[PhotoSource | Unreadable]:
    """Lists the photos in files, folders (with all below them), zips, PDFs and TIFFs.

    The order is that of the arguments, and by name within a folder or zip. Hidden files and those
    in ``settings.passed_over`` are left out inside folders and zips; a file named by itself is
    always tried. Only as much is read as tells what a file is; PDFs and TIFFs are read to count
    their pages.

    Returns:
        One item per photo, and an ``Unreadable`` where a container, a member or a page count is
        refused. The iterator is lazy and holds the names of one folder (per depth) at a time.

    Raises:
        InputMissing: Some path is not there; the message names them all. Raised at the call, before
            anything is listed.
    """
    given = [os.fspath(path) for path in paths]
    if missing := [path for path in given if not _is_there(path)]:
        raise InputMissing(f"No such file or folder: {', '.join(map(repr, missing))}. Check the spelling and the disk.")
    return (found for path in given for found in _path(path, settings))


def source_of(name: str, path: str) -> PhotoSource:
    """The photo of a public name (``set.zip!a.jpg``, ``b.pdf#2``) that lies in the file ``path``."""
    member, page = name.removeprefix(path), None
    if "#" in member and member.rpartition("#")[2].isdigit():
        member, _, number = member.rpartition("#")
        page = int(number)
    return PhotoSource(path, member.removeprefix("!") or None, page)


def _is_there(path: str) -> bool:
    try:
        Path(path).stat()
    except (OSError, ValueError):  # ValueError: a null byte in the name
        return False
    return path != ""


def _path(path: str, settings: CaptureSettings) -> Iterator[PhotoSource | Unreadable]:
    return _folder(path, settings, set()) if Path(path).is_dir() else _file(PhotoSource(path), settings)


def _folder(folder: str, settings: CaptureSettings, seen: set[tuple[int, int]]) -> Iterator[PhotoSource | Unreadable]:
    """Each real folder is listed once (``seen``: device and inode), so that links cannot lead in circles."""
    try:
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as entries:
            # Bare names, as there may be millions; a slash marks a folder.
            shown = sorted(
                entry.name + "/" * _leads_to_folder(entry) for entry in entries if not entry.name.startswith(".")
            )
    except OSError as error:
        message = f"The folder cannot be listed: {error.strerror}."
        yield _unreadable(PhotoSource(folder), Refused(FailureCode.BROKEN_ARCHIVE, message))
        return
    start = folder if folder.endswith("/") else folder + "/"
    for name in shown:
        if name.endswith("/"):
            yield from _folder(start + name, settings, seen)
        elif not name.lower().endswith(settings.passed_over):
            yield from _file(PhotoSource(start + name), settings)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _file(source: PhotoSource, settings: CaptureSettings) -> Iterator[PhotoSource | Unreadable]:
    try:
        kind = kind_of(read_start(source, HEAD_BYTES))
        if kind is FileKind.ZIP and source.member is not None:
            raise Refused(FailureCode.NESTED_ARCHIVE, "A zip inside a zip is not opened: unpack the outer one.")
        if kind is FileKind.ZIP:
            yield from _members(source.path, settings)
        elif kind in (FileKind.PDF, FileKind.TIFF):
            yield from _pages(source, kind, settings)
        else:
            yield source
    except Refused as refusal:
        yield _unreadable(source, refusal)


def _members(path: str, settings: CaptureSettings) -> Iterator[PhotoSource | Unreadable]:
    names = sorted(member.filename for member in open_zip(path).infolist() if not member.filename.endswith("/"))
    before = None
    for name in names[: settings.max_members]:
        source = PhotoSource(path, name)
        parts = re.split(r"[/\\]", name)
        if ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", name):
            message = "The member's name leads out of the zip (absolute, with a drive, or with ..): pack the zip again."
            yield _unreadable(source, Refused(FailureCode.UNSAFE_MEMBER_NAME, message))
        elif name.lower().endswith(settings.passed_over) or any(p.startswith(".") for p in parts if p != "."):
            continue
        elif name == before:
            message = "The zip holds several members of this name and only the last can be read: pack it again."
            yield _unreadable(source, Refused(FailureCode.BROKEN_ARCHIVE, message))
        else:
            yield from _file(source, settings)
        before = name
    if len(names) > settings.max_members:
        message = f"The zip has {len(names)} members, only the first {settings.max_members} are read: split it."
        yield _unreadable(PhotoSource(path), Refused(FailureCode.TOO_MANY_BYTES, message, members=len(names)))


def _pages(source: PhotoSource, kind: FileKind, settings: CaptureSettings) -> Iterator[PhotoSource | Unreadable]:
    data = read_bytes(source, settings)
    if isinstance(data, Failure):
        yield Unreadable(source.name, None, data, {})
        return
    if kind is FileKind.PDF:
        with open_pdf(data) as document:
            pages = len(document)
    else:
        pages = _count_frames(data, settings.max_pages + 1)
        if pages == 1:
            yield source
            return
    for number in range(1, min(pages, settings.max_pages) + 1):
        yield PhotoSource(source.path, source.member, number)
    if pages > settings.max_pages:
        message = f"Only the first {settings.max_pages} pages of a document are read: split it."
        rest = PhotoSource(source.path, source.member, settings.max_pages + 1)
        yield _unreadable(rest, Refused(FailureCode.TOO_MANY_BYTES, message, pages=pages))


def _count_frames(data: bytes, most: int) -> int:
    """Frames of a TIFF, at most ``most``. A damaged frame counts, so that it is named; none is found behind it."""
    frames = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = TiffImageFile(io.BytesIO(data))
            while frames < most:
                image.seek(frames)
                frames += 1
        except EOFError:
            return max(frames, 1)
        except Exception:  # the parser meets hostile bytes and has no error of its own
            return frames + 1
    return frames


def _unreadable(source: PhotoSource, refusal: Refused) -> Unreadable:
    return Unreadable(source.name, None, refusal.failure, {})
