"""Printed words: read where Tesseract is there, and named as missing where it is not."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import TEXT
from ocr_pipeline.errors import ExitCode, PartMissing
from ocr_pipeline.photo import text
from ocr_pipeline.photo.text import read_words, without_rules
from ocr_pipeline.warp import Image


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    text.require_tesseract.cache_clear()
    yield
    text.require_tesseract.cache_clear()


def page() -> Image:
    grey = np.full((1400, 900), 215, np.uint8)
    cv2.putText(grey, "JUMLAH SUARA TIDAK SAH", (60, 200), cv2.FONT_HERSHEY_DUPLEX, 1.2, 30, 2, cv2.LINE_AA)
    return grey


def test_print_is_read_where_it_stands() -> None:
    words = read_words(page())
    assert [word.text for word in words] == ["JUMLAH", "SUARA", "TIDAK", "SAH"]
    first = words[0]
    assert (first.left, first.bottom) == pytest.approx((60, 200), abs=6)
    assert all(word.confidence > 0.5 for word in words)


def test_an_empty_page_has_no_words() -> None:
    assert read_words(np.full((400, 300), 230, np.uint8)) == ()


def test_no_time_is_no_words() -> None:
    assert read_words(page(), replace(TEXT, most_seconds=0.001)) == ()


def tesseract(folder: Path, script: str) -> None:
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_a_missing_tesseract_is_a_missing_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PartMissing, match=r"not installed.*apt-get install tesseract-ocr tesseract-ocr-ind") as error:
        read_words(page())
    assert error.value.exit_code == ExitCode.PART_MISSING


def test_a_missing_language_is_a_missing_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tesseract(tmp_path, 'echo "List of available languages (2):"; echo eng; echo osd')
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(PartMissing, match="Indonesian"):
        read_words(page())


def test_rules_are_painted_over_and_letters_are_not() -> None:
    ruled = page()
    cv2.line(ruled, (0, 215), (899, 215), 40, 3)
    cv2.line(ruled, (40, 0), (40, 1399), 40, 3)
    clear = without_rules(ruled)
    assert clear[215, 100:800].min() > 180
    assert clear[20:1380, 40].min() > 180
    letters = page() < 100
    assert (clear[letters] < 100).mean() > 0.95
