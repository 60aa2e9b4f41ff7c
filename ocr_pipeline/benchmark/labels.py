"""Labelled folders: the photos, what is written on them, and where their boxes are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr_pipeline.errors import InputMissing, UsageError


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """What a person read on one photo."""

    path: Path
    name: str
    """As in ``labels.jsonl``."""
    form: str
    page: int
    kind: str
    """``real``, ``mock`` or ``synthetic``."""
    values: Mapping[str, int]
    """The scored numbers; one that a person could not read is left out."""
    boxes: Mapping[str, str]
    """Box characters of fields where each box holds one."""
    box_centres: Mapping[str, tuple[tuple[float, float, float], ...]]
    """Per field and box x, y and width in photo px, where ``box_quads.jsonl`` has them."""


def load_labels(folder: Path) -> tuple[LabelledPhoto, ...]:
    """Reads ``labels.jsonl`` and, where it is there, ``box_quads.jsonl`` of a folder.

    Raises:
        InputMissing: there is no ``labels.jsonl``, or it names a photo that is not there.
        UsageError: a line is not a label; the message names it.
    """
    path = folder / "labels.jsonl"
    if not path.is_file():
        raise InputMissing(f"{path} is not there. A labelled folder holds photos and one labels.jsonl.")
    quads = {row["photo"]: row["boxes_px"] for row in _rows(folder / "box_quads.jsonl")}
    photos: list[LabelledPhoto] = []
    for number, row in enumerate(_rows(path), 1):
        try:
            photos.append(_labelled(folder, row, quads))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UsageError(f"{path}, line {number}: not a label ({type(error).__name__}: {error}).") from error
        if not photos[-1].path.is_file():
            raise InputMissing(f"{path}, line {number}: the photo {photos[-1].path} is not there.")
    return tuple(photos)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except ValueError as error:
        raise UsageError(f"{path}: not JSON lines ({error}).") from error


def _labelled(folder: Path, row: dict[str, Any], quads: dict[str, Any]) -> LabelledPhoto:
    fields: dict[str, dict[str, Any]] = row["fields"]
    return LabelledPhoto(
        path=folder / row["photo"],
        name=row["photo"],
        form=row["form"],
        page=int(row["page"]),
        kind=row.get("kind", "real"),
        values={name: int(field["value"]) for name, field in fields.items() if field.get("value") is not None},
        boxes={
            name: field["boxes"] for name, field in fields.items() if field.get("boxes") and "|" not in field["boxes"]
        },
        box_centres={
            name: tuple(_centre(quad) for quad in boxes) for name, boxes in quads.get(row["photo"], {}).items()
        },
    )


def _centre(quad: list[list[float]]) -> tuple[float, float, float]:
    xs, ys = [p[0] for p in quad], [p[1] for p in quad]
    width = ((xs[1] - xs[0]) ** 2 + (ys[1] - ys[0]) ** 2) ** 0.5
    return sum(xs) / 4, sum(ys) / 4, width
