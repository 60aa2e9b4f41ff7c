"""Reads labelled photos one after another and keeps what came of each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from ocr_pipeline.benchmark.labels import LabelledPhoto
from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.pipeline import Tools, load_tools, read_photo, resolve_page
from ocr_pipeline.records import PhotoSource, Unreadable
from ocr_pipeline.station.assemble import KeySource, StationKey


def measure(photos: Sequence[LabelledPhoto], tools_for: Callable[[LabelledPhoto], Tools]) -> Iterator[Scored]:
    """Reads each photo by itself, with the tools that are right for it.

    Args:
        photos: from ``load_labels``.
        tools_for: which tools to use; with models per fold, those that never saw the photo's sheet.
    """
    for label in photos:
        tools = tools_for(label)
        outcome = read_photo(PhotoSource(str(label.path)), tools)
        key = StationKey(label.name, None, KeySource.PHOTO_ALONE)
        result = None if isinstance(outcome, Unreadable) else resolve_page(outcome, key, tools)
        yield Scored(label, outcome, result, _decode_ms(label.path))


def held_out_tools(folder: Path, forms: Path | None = None) -> Callable[[LabelledPhoto], Tools]:
    """Tools with, for each photo, a model that was trained without its sheet.

    Args:
        folder: holds ``photos.csv`` (``photo,fold``: the photo's file stem) and ``fold{k}.onnx``; a
            photo that is not listed was never trained on and gets the shipped model.
        forms: a folder with further form files.

    Raises:
        InputMissing: the folder holds no ``photos.csv``.
    """
    table = folder / "photos.csv"
    if not table.is_file():
        raise InputMissing(f"{table} is not there. It is written by models/digits/train.py with the folds' models.")
    folds = dict(line.split(",") for line in table.read_text(encoding="utf-8").split()[1:])

    @cache
    def tools(fold: str | None) -> Tools:
        return load_tools(None if fold is None else folder / f"fold{fold}.onnx", forms)

    return lambda label: tools(folds.get(label.path.stem))


def tools_without(
    tools_for: Callable[[LabelledPhoto], Tools], forms: Sequence[str]
) -> Callable[[LabelledPhoto], Tools]:
    """The same tools with some forms taken out of the catalogue: what becomes of a form nobody described.

    Raises:
        UsageError: at the first photo, where one of the forms is not in the catalogue.
    """

    def fewer(label: LabelledPhoto) -> Tools:
        tools = tools_for(label)
        try:
            return replace(tools, catalogue=tools.catalogue.without(forms))
        except KeyError as error:
            raise UsageError(f"--without: {error.args[0]}") from None

    return fewer


def _decode_ms(path: Path) -> float:
    """Best of three full decodings in grey: what a photo costs before anything is read; nan for no picture."""
    data = np.fromfile(path, np.uint8)
    times: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        if not len(data) or cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) is None:
            return math.nan
        times.append(1000 * (time.perf_counter() - began))
    return min(times)
