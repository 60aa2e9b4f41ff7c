"""Listing photos: order, containers, names that must not be trusted, and files that are not what they are called."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from ocr_pipeline.config import CAPTURE
from ocr_pipeline.errors import InputMissing
from ocr_pipeline.files import FileKind, kind_of, read_bytes
from ocr_pipeline.records import Failure, FailureCode, PhotoSource, Stage, Unreadable
from ocr_pipeline.sources import find_photos

JPEG = b"\xff\xd8\xff\xe0 not read any further than this"


def pages(kind: str, count: int) -> bytes:
    pictures = [Pillow.fromarray(np.full((30, 20 + page), 40 * page, np.uint8)) for page in range(count)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, kind, save_all=True, append_images=pictures[1:])
    return buffer.getvalue()


def write(path: Path, data: bytes = JPEG) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def write_zip(path: Path, members: list[tuple[str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def names(found: Iterator[PhotoSource | Unreadable], root: Path) -> list[str]:
    """The names below ``root``; a refused one with its code behind it."""
    shown = []
    for item in found:
        if isinstance(item, Unreadable):
            assert item.sha256 is None and item.failure.stage is Stage.CAPTURE
            shown.append(f"{item.photo.removeprefix(f'{root}/')} {item.failure.code}")
        else:
            shown.append(item.name.removeprefix(f"{root}/"))
    return shown


# ---- files and folders ------------------------------------------------------------------------------------------


def test_the_order_is_that_of_the_arguments_and_by_name_within_a_folder(tmp_path: Path) -> None:
    for name in ("set/b/2.jpg", "set/b/10.jpg", "set/a.jpg", "set/c.jpg", "z.jpg", "y.jpg"):
        write(tmp_path / name)
    found = find_photos([tmp_path / "z.jpg", str(tmp_path / "set"), tmp_path / "y.jpg", tmp_path / "z.jpg"])
    expected = ["z.jpg", "set/a.jpg", "set/b/10.jpg", "set/b/2.jpg", "set/c.jpg", "y.jpg", "z.jpg"]
    assert names(found, tmp_path) == expected


def test_a_path_is_named_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "set" / "a.jpg")
    monkeypatch.chdir(tmp_path)
    found = list(find_photos(["set", "set/", "./set", Path("set/a.jpg")]))
    assert found == [PhotoSource(name) for name in ("set/a.jpg", "set/a.jpg", "./set/a.jpg", "set/a.jpg")]


def test_what_lies_beside_photos_is_passed_over_unless_it_is_named(tmp_path: Path) -> None:
    beside = ["labels.jsonl", "a.json", "b.CSV", "c.txt", "d.md", "e.sqlite", ".hidden.jpg", ".git/x.jpg"]
    for name in [*beside, "photo.jpg", "no_ending", "letter.docx"]:
        write(tmp_path / name)
    assert names(find_photos([tmp_path]), tmp_path) == ["letter.docx", "no_ending", "photo.jpg"]
    assert names(find_photos([tmp_path / name for name in beside[:7]]), tmp_path) == beside[:7]


def test_all_missing_paths_are_named_at_once_and_before_anything_is_listed(tmp_path: Path) -> None:
    there = write(tmp_path / "there.jpg")
    with pytest.raises(InputMissing) as error:
        find_photos([tmp_path / "one.jpg", there, tmp_path / "two", "", "null\0byte", "x" * 5000])
    assert "one.jpg" in str(error.value) and "two" in str(error.value)
    assert "there.jpg" not in str(error.value)


def test_the_list_is_lazy(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        write(tmp_path / name)
    found = find_photos([tmp_path])
    assert isinstance(next(found), PhotoSource)
    (tmp_path / "b.jpg").unlink()
    assert names(found, tmp_path) == ["b.jpg BROKEN_IMAGE"]


def test_links_are_followed_and_circles_end(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "far.jpg")
    write(tmp_path / "set" / "deep" / "near.jpg")
    (tmp_path / "set" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "deep" / "up").symlink_to(tmp_path / "set")
    (tmp_path / "elsewhere" / "across").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "self.jpg").symlink_to("self.jpg")
    (tmp_path / "set" / "gone.jpg").symlink_to("nowhere")
    assert names(find_photos([tmp_path / "set"]), tmp_path) == [
        "set/deep/near.jpg",
        "set/gone.jpg BROKEN_IMAGE",
        "set/linked/far.jpg",
        "set/self.jpg BROKEN_IMAGE",
    ]


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert names(find_photos([tmp_path]), tmp_path) == ["pipe.jpg UNSUPPORTED_TYPE"]


def test_a_file_without_bytes_is_left_to_capture(tmp_path: Path) -> None:
    write(tmp_path / "empty.jpg", b"")
    assert names(find_photos([tmp_path]), tmp_path) == ["empty.jpg"]


# ---- zips -------------------------------------------------------------------------------------------------------


def test_members_of_a_zip(tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", [("a.jpg", JPEG)]).read_bytes()
    members = [
        ("desa/2.jpg", JPEG),
        ("desa/1.jpg", JPEG),
        ("desa/", b""),
        ("labels.jsonl", b"{}"),
        ("__MACOSX/._1.jpg", JPEG),
        ("./plain.jpg", JPEG),
        ("b.pdf", pages("PDF", 2)),
        ("c.tif", pages("TIFF", 2)),
        ("more.zip", inner),
        ("../up.jpg", JPEG),
        ("x/../../up.json", JPEG),
        ("/root.jpg", JPEG),
        ("C:/drive.jpg", JPEG),
        ("..\\windows.jpg", JPEG),
    ]
    # The ending says picture; the content says zip.
    archive = write_zip(tmp_path / "set.jpg", members)
    assert names(find_photos([archive]), tmp_path) == [
        "set.jpg!../up.jpg UNSAFE_MEMBER_NAME",
        "set.jpg!..\\windows.jpg UNSAFE_MEMBER_NAME",
        "set.jpg!./plain.jpg",
        "set.jpg!/root.jpg UNSAFE_MEMBER_NAME",
        "set.jpg!C:/drive.jpg UNSAFE_MEMBER_NAME",
        "set.jpg!b.pdf#1",
        "set.jpg!b.pdf#2",
        "set.jpg!c.tif#1",
        "set.jpg!c.tif#2",
        "set.jpg!desa/1.jpg",
        "set.jpg!desa/2.jpg",
        "set.jpg!more.zip NESTED_ARCHIVE",
        "set.jpg!x/../../up.json UNSAFE_MEMBER_NAME",
    ]


def test_an_encrypted_member(tmp_path: Path) -> None:
    data = bytearray(write_zip(tmp_path / "set.zip", [("a.jpg", JPEG), ("b.jpg", JPEG)]).read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    write(tmp_path / "set.zip", bytes(data))
    assert names(find_photos([tmp_path / "set.zip"]), tmp_path) == ["set.zip!a.jpg ENCRYPTED", "set.zip!b.jpg"]


def test_a_member_that_hides_behind_another_is_named(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        archive = write_zip(tmp_path / "set.zip", [("a.jpg", JPEG), ("a.jpg", JPEG + b"2")])
    assert names(find_photos([archive]), tmp_path) == ["set.zip!a.jpg", "set.zip!a.jpg BROKEN_ARCHIVE"]


@pytest.mark.parametrize("keep", [10, 60, 150])
def test_a_zip_cut_short(tmp_path: Path, keep: int) -> None:
    whole = write_zip(tmp_path / "set.zip", [("a.jpg", JPEG), ("b.jpg", JPEG)]).read_bytes()
    assert keep < len(whole)
    write(tmp_path / "set.zip", whole[:keep])
    assert names(find_photos([tmp_path]), tmp_path) == ["set.zip BROKEN_ARCHIVE"]


def test_a_zip_that_changes_on_disk_is_read_anew(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", [("a.jpg", JPEG)])
    assert names(find_photos([archive]), tmp_path) == ["set.zip!a.jpg"]
    write_zip(archive, [("another.jpg", JPEG * 2)])
    assert names(find_photos([archive]), tmp_path) == ["set.zip!another.jpg"]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", [("bomb.tif", b"II*\0" + bytes(5_000_000))])
    assert archive.stat().st_size < 10_000
    found = find_photos([archive], replace(CAPTURE, max_bytes=1_000_000))
    assert names(found, tmp_path) == ["set.zip!bomb.tif TOO_MANY_BYTES"]


def test_a_member_larger_than_it_declares(tmp_path: Path) -> None:
    data = bytearray(write_zip(tmp_path / "set.zip", [("a.jpg", JPEG + bytes(100_000))]).read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = (2_000).to_bytes(4, "little")
    archive = write(tmp_path / "set.zip", bytes(data))
    failure = read_bytes(PhotoSource(str(archive), "a.jpg"))
    assert isinstance(failure, Failure) and failure.code is FailureCode.BROKEN_ARCHIVE


def test_more_members_than_are_looked_at(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "set.zip", [(f"{n}.jpg", JPEG) for n in range(5)])
    found = find_photos([archive], replace(CAPTURE, max_members=3))
    assert names(found, tmp_path) == [f"set.zip!{n}.jpg" for n in range(3)] + ["set.zip TOO_MANY_BYTES"]


def test_an_empty_zip_or_folder_holds_no_photo(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert list(find_photos([write_zip(tmp_path / "empty.zip", []), tmp_path / "empty"])) == []


# ---- documents --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_pages_of_a_document(tmp_path: Path, kind: str) -> None:
    document = write(tmp_path / "scan", pages(kind, 3))
    assert names(find_photos([document]), tmp_path) == ["scan#1", "scan#2", "scan#3"]
    first_two = find_photos([document], replace(CAPTURE, max_pages=2))
    assert names(first_two, tmp_path) == ["scan#1", "scan#2", "scan#3 TOO_MANY_BYTES"]
    exactly_three = find_photos([document], replace(CAPTURE, max_pages=3))
    assert names(exactly_three, tmp_path) == ["scan#1", "scan#2", "scan#3"]


def test_a_single_page_has_a_number_in_a_pdf_and_none_in_a_tiff(tmp_path: Path) -> None:
    paths = [write(tmp_path / "a.pdf", pages("PDF", 1)), write(tmp_path / "b.tif", pages("TIFF", 1))]
    assert names(find_photos(paths), tmp_path) == ["a.pdf#1", "b.tif"]


def test_documents_that_cannot_be_opened(tmp_path: Path) -> None:
    write(tmp_path / "broken.pdf", b"%PDF-1.4 and nothing more")
    write(tmp_path / "broken.tif", b"II*\0\xff\xff\xff\xff")
    write(tmp_path / "large.pdf", pages("PDF", 1) + bytes(100_000))
    found = find_photos([tmp_path], replace(CAPTURE, max_bytes=50_000))
    assert names(found, tmp_path) == ["broken.pdf BROKEN_IMAGE", "broken.tif", "large.pdf TOO_MANY_BYTES"]


def test_a_tiff_cut_short_lists_the_frame_where_it_ends(tmp_path: Path) -> None:
    whole = pages("TIFF", 3)
    for cut in range(len(whole) // 3 * 2, len(whole), 7):
        listed = names(find_photos([write(tmp_path / "c.tif", whole[:cut])]), tmp_path)
        assert listed in (["c.tif#1", "c.tif#2", "c.tif#3"], ["c.tif#1", "c.tif#2"]), cut


# ---- hostile bytes ----------------------------------------------------------------------------------------------

once_per_test = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(
    head=st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.7\n", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]),
    rest=st.binary(max_size=300),
)
@once_per_test
def test_any_bytes_are_listed_or_refused(tmp_path: Path, head: bytes, rest: bytes) -> None:
    assert list(find_photos([write(tmp_path / "any", head + rest)]))


@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=20))
@once_per_test
def test_a_damaged_zip_never_crashes(tmp_path: Path, changes: list[tuple[float, int]]) -> None:
    members = [("a.jpg", JPEG), ("b.pdf", pages("PDF", 1)), ("c.tif", pages("TIFF", 2))]
    data = bytearray(write_zip(tmp_path / "whole.zip", members).read_bytes())
    for place, value in changes:
        data[int(place * len(data))] = value
    for item in find_photos([write(tmp_path / "changed.zip", bytes(data))]):
        if isinstance(item, PhotoSource):
            assert isinstance(read_bytes(item), (bytes, Failure))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe1", FileKind.JPEG),
        (b"BM6\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", FileKind.BMP),
        (b"BM is how this text begins", None),
        (b"\0\0\0\x1cftypheic\0\0\0\0mif1heic", FileKind.HEIC),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", FileKind.AVIF),
        (b"\0\0\0\x1cftypisom\0\0\0\0isom", FileKind.VIDEO),
        (b"\xef\xbb\xbf junk before %PDF-1.4", FileKind.PDF),
        (b"a text", None),
        (b"", None),
    ],
)
def test_kinds(head: bytes, kind: FileKind | None) -> None:
    assert kind_of(head) is kind
