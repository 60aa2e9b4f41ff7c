"""What a file is and what it holds: its kind by its first bytes, its bytes within limits, also out of a zip.

A file's name is never asked: phones, scanners and people name files as they like.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import os
import re
import stat
import zipfile
from pathlib import Path

import pypdfium2

from ocr_pipeline.config import CAPTURE, CaptureSettings
from ocr_pipeline.records import Failure, FailureCode, PhotoSource, Stage


class FileKind(enum.StrEnum):
    """What the first bytes of a file say it is; the value is what a person is told."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    TIFF = "TIFF"
    BMP = "BMP"
    HEIC = "HEIC"
    PDF = "PDF"
    ZIP = "zip archive"
    GIF = "GIF"
    AVIF = "AVIF"
    JPEG_2000 = "JPEG 2000"
    JPEG_XL = "JPEG XL"
    VIDEO = "video"
    RAR = "RAR archive"
    SEVEN_ZIP = "7-Zip archive"
    GZIP = "gzip archive"


HEAD_BYTES = 1024
"""As much of a file as tells its kind; a PDF's mark may stand anywhere in the first 1024 bytes."""

_SIGNATURES = (
    (rb"\xff\xd8\xff", FileKind.JPEG),
    (rb"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (rb"RIFF....WEBP", FileKind.WEBP),
    (rb"II[*+]\x00|MM\x00[*+]", FileKind.TIFF),
    # The length of the second header; "BM" alone also begins many a text.
    (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", FileKind.BMP),
    (rb"PK(\x03\x04|\x05\x06)", FileKind.ZIP),
    (rb"GIF8[79]a", FileKind.GIF),
    (rb".{4}ftyp.{0,64}?avi[fs]", FileKind.AVIF),
    (rb".{4}ftyp(hei[cxms]|hev[cx]|mif1|msf1)", FileKind.HEIC),
    (rb".{4}ftyp", FileKind.VIDEO),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", FileKind.JPEG_2000),
    (rb"\x00\x00\x00\x0cJXL |\xff\x0a", FileKind.JPEG_XL),
    (rb"Rar!\x1a\x07", FileKind.RAR),
    (rb"7z\xbc\xaf\x27\x1c", FileKind.SEVEN_ZIP),
    (rb"\x1f\x8b\x08", FileKind.GZIP),
    (rb".*?%PDF-", FileKind.PDF),
)
_PATTERNS = tuple((re.compile(signature, re.DOTALL), kind) for signature, kind in _SIGNATURES)


class Refused(Exception):
    """Ends a photo's way within ``files``, ``sources`` and ``photo.capture``; the stages return its failure."""

    def __init__(self, code: FailureCode, message: str, **measured: float):
        super().__init__(message)
        self.failure = Failure(Stage.CAPTURE, code, message, measured)


def read_bytes(source: PhotoSource, settings: CaptureSettings = CAPTURE) -> bytes | Failure:
    """All bytes of the file that holds a photo; for a page of a PDF or TIFF, of the whole PDF or TIFF.

    No more than ``settings.max_bytes`` are ever read or unpacked, whatever a zip declares.
    """
    try:
        data = read_start(source, settings.max_bytes + 1)
        if len(data) > settings.max_bytes:
            raise Refused(
                FailureCode.TOO_MANY_BYTES,
                f"The file is larger than {settings.max_bytes / 2**20:g} MiB, the most that is read: "
                "make the picture smaller, or split the document.",
                max_bytes=settings.max_bytes,
            )
    except Refused as refusal:
        return refusal.failure
    return data


def fingerprint(source: PhotoSource, data: bytes) -> str:
    """The sha256 by which a photo is known: of its bytes, followed by ``#page`` for a page of a document."""
    digest = hashlib.sha256(data)
    if source.page_number is not None:
        digest.update(f"#{source.page_number}".encode())
    return digest.hexdigest()


def kind_of(head: bytes) -> FileKind | None:
    """What a file is by its first ``HEAD_BYTES`` bytes; None for text and all that is unknown."""
    return next((kind for signature, kind in _PATTERNS if signature.match(head[:HEAD_BYTES])), None)


def open_pdf(data: bytes) -> pypdfium2.PdfDocument:
    """Opens a PDF.

    Raises:
        Refused: It needs a password (ENCRYPTED) or is damaged (BROKEN_IMAGE).
    """
    try:
        document = pypdfium2.PdfDocument(data)
        if len(document) == 0:
            raise pypdfium2.PdfiumError("it has no pages")
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Refused(FailureCode.ENCRYPTED, "The PDF asks for a password: save it without one.") from error
        raise Refused(FailureCode.BROKEN_IMAGE, f"The PDF is damaged ({error}): save or upload it again.") from error
    return document


def read_start(source: PhotoSource, most: int) -> bytes:
    """The first ``most`` bytes of a file or of a member of a zip.

    Raises:
        Refused: They cannot be had: no plain file, encrypted, damaged, packed in an unknown way.
    """
    if source.member is not None:
        return _read_member(open_zip(source.path), source.member, most)
    path = Path(source.path)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            message = "This is not a plain file but a folder, pipe or device: give a file."
            raise Refused(FailureCode.UNSUPPORTED_TYPE, message)
        with path.open("rb") as file:
            return file.read(min(most, status.st_size))  # to ask for 64 MiB costs time even where there are 3
    except OSError as error:
        raise Refused(FailureCode.BROKEN_IMAGE, f"The file cannot be read: {error.strerror}.") from error


def _read_member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    try:
        member = archive.getinfo(name)
        if member.flag_bits & 0x1:
            raise Refused(FailureCode.ENCRYPTED, "The member of the zip asks for a password: pack it without one.")
        with archive.open(member) as file:
            return file.read(most)
    except NotImplementedError as error:
        message = f"The zip is packed in a way that is not read ({error}): pack it with the usual method."
        raise Refused(FailureCode.UNSUPPORTED_TYPE, message) from error
    except Refused:
        raise
    except Exception as error:  # zlib, bz2, lzma and zipfile each have errors of their own for damaged bytes
        message = f"The member of the zip is damaged ({error}): pack or upload it again."
        raise Refused(FailureCode.BROKEN_ARCHIVE, message) from error


def open_zip(path: str) -> zipfile.ZipFile:
    """The opened zip, for this process; it stays open, so do not close it.

    Raises:
        Refused: It is damaged (BROKEN_ARCHIVE).
    """
    try:
        status = Path(path).stat()
        return _keep_open(path, status.st_mtime_ns, status.st_size, os.getpid())
    except Exception as error:  # zipfile raises half a dozen kinds on damaged directories
        message = f"The zip cannot be opened ({error}): pack or upload it again."
        raise Refused(FailureCode.BROKEN_ARCHIVE, message) from error


@functools.lru_cache(maxsize=4)
def _keep_open(path: str, mtime_ns: int, size: int, process: int) -> zipfile.ZipFile:
    """Kept open: the directory of a zip of 100,000 photos takes a second to read, too long to do per photo.

    The further arguments only mark what the open file stands for; a forked process must not share
    its parent's, as both would move the one place in the file.
    """
    return zipfile.ZipFile(path)
