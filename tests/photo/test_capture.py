"""Capture: every kind of picture, every way a file can be bad, and the laws of turning and cutting."""

from __future__ import annotations

import importlib.util
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from ocr_pipeline.config import CAPTURE
from ocr_pipeline.photo.capture import capture
from ocr_pipeline.records import Failure, FailureCode, Photo, PhotoSource
from ocr_pipeline.warp import Image

ORIENTATION = 0x0112
HAS_HEIF = importlib.util.find_spec("pillow_heif") is not None

# From the EXIF standard: how a picture that stands upright is stored under each orientation.
STORED: dict[int, Callable[[Image], Image]] = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.T,
    6: lambda upright: np.rot90(upright, 1),
    7: lambda upright: np.rot90(upright, 2).T,
    8: lambda upright: np.rot90(upright, -1),
}

once_per_test = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def paper(width: int, height: int, seed: int = 0) -> Image:
    """A sheet with a few lines and a camera's noise, so that no part of it is flat or like another."""
    rng = np.random.default_rng(seed)
    grey = np.linspace(150, 220, width)[None, :] + rng.normal(0, 6, (height, width))
    grey[height // 8 :: 40] = 30
    grey[: height // 3, : width // 4] -= 70
    return np.clip(grey, 0, 255).astype(np.uint8)


def encode(pixels: Image | Pillow.Image, kind: str, orientation: int | None = None, **options: Any) -> bytes:
    picture = Pillow.fromarray(np.ascontiguousarray(pixels)) if isinstance(pixels, np.ndarray) else pixels
    if orientation is not None:
        exif = Pillow.Exif()
        exif[ORIENTATION] = orientation
        options["exif"] = exif
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def capture_bytes(folder: Path, data: bytes, page: int | None = None, **changes: Any) -> Photo | Failure:
    path = folder / "photo.jpg"
    path.write_bytes(data)
    return capture(PhotoSource(str(path), page_number=page), replace(CAPTURE, **changes))


def read(folder: Path, data: bytes, page: int | None = None, **changes: Any) -> Photo:
    photo = capture_bytes(folder, data, page, **changes)
    assert isinstance(photo, Photo), photo
    return photo


def refuse(folder: Path, data: bytes, page: int | None = None, **changes: Any) -> Failure:
    failure = capture_bytes(folder, data, page, **changes)
    assert isinstance(failure, Failure), failure
    assert failure.message.endswith(".")
    return failure


def pdf(media_box: str, content: bytes = b"", trailer: str = "", extra: bytes = b"") -> bytes:
    """A PDF of one page, written by hand."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] /Contents 4 0 R "
        "/Resources << /XObject << /Im 5 0 R >> >> >>".encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        extra or b"null",
    ]
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    end = f"trailer << /Size 6 /Root 1 0 R {trailer} >>\nstartxref\n{len(data)}\n%%EOF\n".encode()
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + end


# ---- what comes out ---------------------------------------------------------------------------------------------


def test_the_record_says_what_was_read(tmp_path: Path) -> None:
    sheet = paper(400, 300)
    data = encode(sheet, "PNG")
    photo = read(tmp_path, data)
    assert photo.name == str(tmp_path / "photo.jpg")
    assert photo.sha256 == sha256(data).hexdigest()
    assert (photo.width_px, photo.height_px, photo.scale) == (400, 300, 1.0)
    assert photo.grey.dtype == np.uint8 and not photo.grey.flags.writeable
    assert np.array_equal(photo.grey, sheet)


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95}, 3.0),
        ("JPEG", {"quality": 95, "progressive": True}, 3.0),
        ("JPEG", {"quality": 95, "restart_marker_rows": 1}, 3.0),
        ("PNG", {}, 0.0),
        ("WEBP", {"quality": 95}, 4.0),
        ("WEBP", {"lossless": True}, 0.0),
        ("TIFF", {}, 0.0),
        ("TIFF", {"compression": "tiff_lzw"}, 0.0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0.0),
        ("TIFF", {"compression": "jpeg", "quality": 95}, 3.0),
        ("BMP", {}, 0.0),
    ],
)
@pytest.mark.parametrize("colour", [False, True])
def test_formats(tmp_path: Path, kind: str, options: dict[str, Any], tolerance: float, colour: bool) -> None:
    sheet = paper(420, 310)
    picture = Pillow.fromarray(sheet).convert("RGB" if colour or kind == "WEBP" else "L")
    photo = read(tmp_path, encode(picture, kind, **options))
    assert photo.grey.shape == (310, 420)
    assert np.abs(photo.grey.astype(float) - sheet).mean() <= tolerance


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(encode(paper(300, 300), "PNG"))
    assert isinstance(capture(PhotoSource(str(path))), Photo)


def test_pixel_formats_end_in_the_same_grey(tmp_path: Path) -> None:
    sheet = paper(320, 300)
    picture = Pillow.fromarray(sheet)
    cmyk = picture.convert("RGB").convert("CMYK")
    deep = Pillow.fromarray(sheet.astype(np.uint16) * 257)
    assert np.array_equal(read(tmp_path, encode(deep, "PNG")).grey, sheet)
    assert np.array_equal(read(tmp_path, encode(deep, "TIFF")).grey, sheet)
    assert np.array_equal(read(tmp_path, encode(cmyk, "TIFF")).grey, sheet)
    assert np.abs(read(tmp_path, encode(cmyk, "JPEG", quality=95)).grey.astype(float) - sheet).mean() < 3
    levels = np.asarray(picture.quantize(16).convert("L"))
    assert np.array_equal(read(tmp_path, encode(picture.quantize(16), "PNG")).grey, levels)
    lines = (sheet > 100).astype(np.uint8) * 255
    for compression in ("group4", "raw"):
        fax = encode(Pillow.fromarray(lines).convert("1"), "TIFF", compression=compression)
        assert np.array_equal(read(tmp_path, fax).grey, lines)


def test_transparent_parts_are_paper(tmp_path: Path) -> None:
    alpha = np.full((300, 300), 255, np.uint8)
    alpha[:100], alpha[100:200] = 0, 128
    black = Pillow.fromarray(np.zeros((300, 300), np.uint8))
    for mode in ("LA", "RGBA"):
        picture = black.convert(mode)
        picture.putalpha(Pillow.fromarray(alpha))
        grey = read(tmp_path, encode(picture, "PNG")).grey
        assert [int(grey[row, 5]) for row in (50, 150, 250)] == [255, 127, 0]
    palette = black.convert("P")
    assert read(tmp_path, encode(palette, "PNG", transparency=0)).grey.min() == 255


def test_numbers_of_32_bits_are_no_photo(tmp_path: Path) -> None:
    failure = refuse(tmp_path, encode(Pillow.fromarray(paper(300, 300).astype(np.float32)), "TIFF"))
    assert failure.code is FailureCode.UNSUPPORTED_TYPE


# ---- size and turn ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
@pytest.mark.parametrize(
    ("size", "decoded", "scale"),
    [
        ((998, 500), (998, 500), 1.0),
        ((1000, 500), (500, 250), 0.5),
        ((1999, 901), (1000, 451), 0.5),
        ((2000, 901), (500, 226), 0.25),
        ((300, 8000), (19, 500), 1 / 16),
    ],
)
def test_halved_while_the_long_side_is_enough(
    tmp_path: Path, kind: str, size: tuple[int, int], decoded: tuple[int, int], scale: float
) -> None:
    sheet = paper(*size)
    options = {"quality": 95} if kind == "JPEG" else {}
    photo = read(tmp_path, encode(sheet, kind, **options), reading_long_side_px=500)
    assert (photo.width_px, photo.height_px) == size
    assert photo.grey.shape[::-1] == decoded
    assert photo.scale == scale
    step = round(1 / scale)
    whole = sheet[: size[1] // step * step, : size[0] // step * step].astype(float)
    means = whole.reshape(size[1] // step, step, size[0] // step, step).mean(axis=(1, 3))
    assert np.abs(photo.grey[: means.shape[0], : means.shape[1]] - means).mean() < 3


@given(
    orientation=st.sampled_from(sorted(STORED)),
    kind=st.sampled_from(["PNG", "TIFF", "WEBP", "LZW"]),
    width=st.integers(240, 300),
    height=st.integers(240, 300),
)
@once_per_test
def test_any_orientation_gives_the_same_upright_picture(
    tmp_path: Path, orientation: int, kind: str, width: int, height: int
) -> None:
    upright = paper(width, height)
    options: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    if kind == "LZW":
        kind, options = "TIFF", {"compression": "tiff_lzw"}
    photo = read(tmp_path, encode(STORED[orientation](upright), kind, orientation, **options))
    assert (photo.width_px, photo.height_px) == (width, height)
    assert np.array_equal(photo.grey, upright)


@pytest.mark.parametrize("orientation", sorted(STORED))
@pytest.mark.parametrize("size", [(400, 260), (1200, 800)])
def test_a_jpeg_is_turned_once(tmp_path: Path, orientation: int, size: tuple[int, int]) -> None:
    stored = STORED[orientation](paper(*size))
    lying = read(tmp_path, encode(stored, "JPEG", 1), reading_long_side_px=600)
    photo = read(tmp_path, encode(stored, "JPEG", orientation), reading_long_side_px=600)
    assert (photo.width_px, photo.height_px) == size
    assert np.array_equal(STORED[orientation](photo.grey), lying.grey)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_ignored(tmp_path: Path, orientation: int) -> None:
    sheet = paper(300, 250)
    assert np.array_equal(read(tmp_path, encode(sheet, "PNG", orientation)).grey, sheet)


def test_damaged_exif_does_not_cost_the_photo(tmp_path: Path) -> None:
    good = encode(paper(300, 250), "JPEG", 6)
    at = good.index(b"Exif\0\0") + 6
    photo = read(tmp_path, good[:at] + b"\xff" * 12 + good[at + 12 :])
    assert photo.grey.shape == (250, 300)


# ---- limits, before anything is decoded -------------------------------------------------------------------------


def test_a_huge_png_is_refused_by_its_header(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    failure = refuse(tmp_path, data)
    assert failure.code is FailureCode.TOO_MANY_PIXELS
    assert "30000 x 30000" in failure.message
    assert failure.measured == {"width_px": 30_000, "height_px": 30_000}


def test_a_huge_jpeg_is_refused_by_its_header(tmp_path: Path) -> None:
    good = encode(paper(300, 250), "JPEG")
    frame = good.index(b"\xff\xc0") + 5
    failure = refuse(tmp_path, good[:frame] + struct.pack(">HH", 10_000, 20_000) + good[frame + 4 :])
    assert failure.code is FailureCode.TOO_MANY_PIXELS


def test_a_huge_webp_is_refused_by_its_header(tmp_path: Path) -> None:
    good = encode(Pillow.fromarray(paper(300, 250)).convert("RGB"), "WEBP")
    frame = good.index(b"\x9d\x01\x2a") + 3
    failure = refuse(tmp_path, good[:frame] + struct.pack("<HH", 16_383, 16_383) + good[frame + 4 :])
    assert failure.code is FailureCode.TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_pixels_at_the_limit(tmp_path: Path, kind: str) -> None:
    data = encode(Pillow.fromarray(paper(400, 300)).convert("RGB"), kind)
    assert isinstance(capture_bytes(tmp_path, data, max_pixels=120_000), Photo)
    assert refuse(tmp_path, data, max_pixels=119_999).code is FailureCode.TOO_MANY_PIXELS
    assert isinstance(capture_bytes(tmp_path, data, min_side_px=300), Photo)
    assert refuse(tmp_path, data, min_side_px=301).code is FailureCode.TOO_SMALL


def test_bytes_at_the_limit(tmp_path: Path) -> None:
    data = encode(paper(300, 250), "PNG")
    assert isinstance(capture_bytes(tmp_path, data, max_bytes=len(data)), Photo)
    assert refuse(tmp_path, data, max_bytes=len(data) - 1).code is FailureCode.TOO_MANY_BYTES


def test_a_jpeg_of_endless_scans_is_refused(tmp_path: Path) -> None:
    good = encode(paper(300, 250), "JPEG", progressive=True)
    scan = good[good.rindex(b"\xff\xda") : -2]
    assert isinstance(capture_bytes(tmp_path, good), Photo)
    failure = refuse(tmp_path, good[:-2] + scan * 200 + good[-2:])
    assert failure.code is FailureCode.BROKEN_IMAGE
    assert "128 scans" in failure.message


# ---- bad files --------------------------------------------------------------------------------------------------


def test_empty_text_and_foreign_files(tmp_path: Path) -> None:
    assert refuse(tmp_path, b"").code is FailureCode.EMPTY_FILE
    assert refuse(tmp_path, b"Dear operator, the photo follows.").code is FailureCode.NOT_A_PHOTO
    assert refuse(tmp_path, b"BMW is not a bitmap, whatever the first two letters say").code is FailureCode.NOT_A_PHOTO
    for data, name in [
        (encode(paper(300, 250), "GIF"), "GIF"),
        (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "video"),
        (b"Rar!\x1a\x07\x01\0", "RAR"),
        (b"PK\x05\x06" + bytes(18), "zip"),
    ]:
        failure = refuse(tmp_path, data)
        assert failure.code is FailureCode.UNSUPPORTED_TYPE
        assert name in failure.message


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    failure = capture(PhotoSource(str(tmp_path / "gone.jpg")))
    assert isinstance(failure, Failure)
    assert failure.code is FailureCode.BROKEN_IMAGE


@pytest.mark.skipif(HAS_HEIF, reason="pillow_heif is installed")
def test_heic_without_its_extra_names_the_remedy(tmp_path: Path) -> None:
    failure = refuse(tmp_path, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert failure.code is FailureCode.UNSUPPORTED_TYPE
    assert "convert to JPEG, or install ocr-pipeline[heic]" in failure.message


@pytest.mark.skipif(not HAS_HEIF, reason="pillow_heif is not installed")
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_heic(tmp_path: Path, orientation: int) -> None:
    from pillow_heif import from_pillow

    upright = paper(400, 300)
    exif = Pillow.Exif()
    exif[ORIENTATION] = orientation
    stored = np.ascontiguousarray(STORED[orientation](upright))
    buffer = io.BytesIO()
    from_pillow(Pillow.fromarray(stored).convert("RGB")).save(buffer, exif=exif.tobytes(), quality=95)
    photo = read(tmp_path, buffer.getvalue())
    assert (photo.width_px, photo.height_px) == (400, 300)
    assert np.abs(photo.grey.astype(float) - upright).mean() < 5


def test_what_a_decoder_says_is_passed_on(tmp_path: Path) -> None:
    good = encode(paper(300, 250), "PNG")
    middle = len(good) // 2
    failure = refuse(tmp_path, good[:middle] + bytes(200) + good[middle + 200 :])
    assert failure.code is FailureCode.BROKEN_IMAGE
    assert "data stream" in failure.message


HEADS = [
    *(b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"),
    *(b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0", b"%PDF-1.7\n", b"\0\0\0\x18ftypheic", b"PK\x03\x04"),
]


@given(
    head=st.sampled_from(HEADS),
    rest=st.binary(max_size=400),
    page=st.sampled_from([None, 2]),
)
@once_per_test
def test_random_bytes_are_refused(tmp_path: Path, head: bytes, rest: bytes, page: int | None) -> None:
    assert isinstance(capture_bytes(tmp_path, head + rest, page), Failure)


def samples() -> dict[str, bytes]:
    sheet = Pillow.fromarray(paper(300, 250)).convert("RGB")
    return {
        "jpeg": encode(sheet.copy(), "JPEG", 6),
        "progressive": encode(sheet.copy(), "JPEG", progressive=True),
        "restarts": encode(sheet.copy(), "JPEG", restart_marker_rows=1),
        "cmyk": encode(sheet.convert("CMYK"), "JPEG"),
        "png": encode(sheet.copy(), "PNG", 3),
        "webp": encode(sheet.copy(), "WEBP"),
        "tiff": encode(sheet.copy(), "TIFF"),
        "bmp": encode(sheet.copy(), "BMP"),
        "pdf": encode(sheet.copy(), "PDF"),
    }


SAMPLES = samples()


@given(
    kind=st.sampled_from(sorted(SAMPLES)),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=30),
    in_header=st.booleans(),
)
@once_per_test
def test_changed_bytes_never_crash(
    tmp_path: Path, kind: str, changes: list[tuple[float, int]], in_header: bool
) -> None:
    data = bytearray(SAMPLES[kind])
    for place, value in changes:
        data[int(place * (min(700, len(data)) if in_header else len(data)))] = value
    result = capture_bytes(tmp_path, bytes(data), max_pixels=1_000_000)
    if isinstance(result, Photo):
        assert result.grey.dtype == np.uint8 and result.grey.ndim == 2


def test_damaged_files_say_nothing_on_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for data in SAMPLES.values():
        capture_bytes(tmp_path, data[: len(data) * 2 // 3])
        for start in range(300, len(data) - 100, len(data) // 7):
            capture_bytes(tmp_path, data[:start] + b"\xa5" * 60 + data[start + 60 :])
    assert capfd.readouterr() == ("", "")


# ---- files that break off ---------------------------------------------------------------------------------------


@given(kind=st.sampled_from(sorted(SAMPLES)), keep=st.floats(0, 1, exclude_max=True))
@example(kind="jpeg", keep=0.5)
@once_per_test
def test_a_file_cut_short_is_never_a_photo(tmp_path: Path, kind: str, keep: float) -> None:
    whole = SAMPLES[kind]
    cut = int(keep * len(whole))
    assume(kind in ("jpeg", "progressive", "restarts", "cmyk") or cut < 0.95 * len(whole))  # the rest may be padding
    failure = refuse(tmp_path, whole[:cut])
    assert failure.code in (FailureCode.BROKEN_IMAGE, FailureCode.EMPTY_FILE, FailureCode.NOT_A_PHOTO)


def test_the_share_that_arrived_is_named(tmp_path: Path) -> None:
    good = encode(paper(1200, 1600), "JPEG")
    failure = refuse(tmp_path, good[: len(good) * 55 // 100])
    assert failure.code is FailureCode.BROKEN_IMAGE
    assert 0.5 < failure.measured["share"] < 0.6
    assert f"after {100 * failure.measured['share']:.0f} % of the picture" in failure.message
    assert "before its end mark" in refuse(tmp_path, good[:-2]).message


@given(kind=st.sampled_from(["jpeg", "restarts"]), keep=st.floats(0.1, 0.98))
@once_per_test
def test_an_end_mark_put_behind_a_cut_does_not_hide_it(tmp_path: Path, kind: str, keep: float) -> None:
    whole = SAMPLES[kind]
    data = whole.index(b"\xff\xda") + 12
    cut = data + int(keep * (len(whole) - data))
    cut -= whole[cut - 1] == 0xFF
    assert refuse(tmp_path, whole[:cut] + b"\xff\xd9").code is FailureCode.BROKEN_IMAGE


def test_a_thumbnail_does_not_lend_its_end_mark(tmp_path: Path) -> None:
    thumbnail = encode(paper(64, 48), "JPEG")
    exif = b"Exif\0\0" + thumbnail
    good = encode(paper(600, 500), "JPEG")
    with_thumbnail = good[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + good[2:]
    assert isinstance(capture_bytes(tmp_path, with_thumbnail), Photo)
    assert refuse(tmp_path, with_thumbnail[: len(with_thumbnail) // 2]).code is FailureCode.BROKEN_IMAGE


def test_grey_paper_is_not_missing_data(tmp_path: Path) -> None:
    for value in (127, 128, 129):
        flat = np.full((500, 400), value, np.uint8)
        assert np.array_equal(read(tmp_path, encode(flat, "JPEG")).grey, flat)


@given(tail=st.binary(max_size=3000), kind=st.sampled_from(["jpeg", "progressive", "restarts", "cmyk"]))
@example(tail=SAMPLES["jpeg"], kind="jpeg")
@example(tail=SAMPLES["jpeg"][:2000], kind="jpeg")
@once_per_test
def test_what_phones_write_behind_the_end_is_left_alone(tmp_path: Path, tail: bytes, kind: str) -> None:
    alone, followed = read(tmp_path, SAMPLES[kind]), read(tmp_path, SAMPLES[kind] + tail)
    assert np.array_equal(alone.grey, followed.grey)


# ---- documents and archives -------------------------------------------------------------------------------------


def test_pages_of_a_pdf(tmp_path: Path) -> None:
    first, second = (Pillow.fromarray(paper(600, 900, seed)) for seed in (1, 2))
    data = encode(first, "PDF", save_all=True, append_images=[second])
    one, two = read(tmp_path, data, 1), read(tmp_path, data, 2)
    assert one.name.endswith("photo.jpg#1") and two.name.endswith("photo.jpg#2")
    assert two.sha256 == sha256(data + b"#2").hexdigest()
    assert one.grey.shape == (2400, 1600)
    assert (one.width_px, one.height_px, one.scale) == (1600, 2400, 1.0)
    assert not np.array_equal(one.grey, two.grey)
    assert refuse(tmp_path, data, 3).code is FailureCode.BROKEN_IMAGE


@pytest.mark.parametrize(
    ("media_box", "size"),
    [
        ("0 0 1000000000 1000000000", (2400, 2400)),
        ("0 0 0.001 0.001", (2400, 2400)),
        ("-5000000 0 5000000 8000000", (2400, 1920)),
        ("0 0 0 0", (1855, 2400)),
    ],
)
def test_a_page_of_absurd_size_is_drawn_at_a_bounded_one(tmp_path: Path, media_box: str, size: tuple[int, int]) -> None:
    photo = read(tmp_path, pdf(media_box))
    assert (photo.width_px, photo.height_px) == size


def test_a_sliver_of_a_page_is_too_small(tmp_path: Path) -> None:
    assert refuse(tmp_path, pdf("0 0 100000 1")).code is FailureCode.TOO_SMALL


def test_a_page_with_a_huge_picture_is_not_drawn(tmp_path: Path) -> None:
    packed = zlib.compress(bytes(1000))
    picture = (
        b"<< /Type /XObject /Subtype /Image /Width 30000 /Height 30000 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed)
    )
    failure = refuse(tmp_path, pdf("0 0 600 800", b"600 0 0 800 0 0 cm /Im Do", extra=picture))
    assert failure.code is FailureCode.TOO_MANY_PIXELS


def test_a_pdf_behind_a_password(tmp_path: Path) -> None:
    lock = "<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{0}> /U <{0}> >>".format("5a" * 32)
    failure = refuse(tmp_path, pdf("0 0 600 800", trailer=f"/Encrypt {lock} /ID [<00><00>]"), 1)
    assert failure.code is FailureCode.ENCRYPTED
    assert "password" in failure.message


def test_frames_of_a_tiff(tmp_path: Path) -> None:
    sheets = [paper(300 + 20 * n, 250, n) for n in range(3)]
    pictures = [Pillow.fromarray(sheet) for sheet in sheets]
    data = encode(pictures[0], "TIFF", save_all=True, append_images=pictures[1:])
    for number, sheet in enumerate(sheets, 1):
        photo = read(tmp_path, data, number)
        assert np.array_equal(photo.grey, sheet)
        assert photo.sha256 == sha256(data + f"#{number}".encode()).hexdigest()
    assert refuse(tmp_path, data, 4).code is FailureCode.BROKEN_IMAGE


def test_members_of_a_zip(tmp_path: Path) -> None:
    data = encode(paper(300, 250), "PNG")
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("desa/a.png", data)
        archive.writestr("bomb.png", bytes(3_000_000))
    photo = capture(PhotoSource(str(path), "desa/a.png"))
    assert isinstance(photo, Photo)
    assert photo.name == f"{path}!desa/a.png"
    assert photo.sha256 == sha256(data).hexdigest()
    bomb = capture(PhotoSource(str(path), "bomb.png"), replace(CAPTURE, max_bytes=2_000_000))
    assert isinstance(bomb, Failure) and bomb.code is FailureCode.TOO_MANY_BYTES
    gone = capture(PhotoSource(str(path), "gone.png"))
    assert isinstance(gone, Failure) and gone.code is FailureCode.BROKEN_ARCHIVE
