"""Labelled folders: the photos, what is written on them, and where their boxes are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr_pipeline.benchmark.boxes import Centre, centre_of
from ocr_pipeline.errors import InputMissing, UsageError

_PAIR = re.compile(r"paslon_\d+")


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
    box_centres: Mapping[str, tuple[Centre | None, ...]]
    """Per field where its boxes are, as far as that is known."""
    pairs: int | None = None
    """Candidate pairs on the sheet, as far as the label tells."""
    changed: frozenset[str] = frozenset()
    """Fields with a digit that was changed on the paper, as far as the label tells."""
    severity: int | None = None
    """How hard a synthetic photo is."""
    station: str | None = None
    """The station within its folder; None where the photo stands alone. Another folder may show the same
    station once more, as a photo of its own."""


def load_labels(folder: Path, boxes: Path | None = None) -> tuple[LabelledPhoto, ...]:
    """Reads ``labels.jsonl`` of a folder and where the boxes are: from ``box_quads.jsonl``, where it is there.

    Args:
        folder: the photos with their labels.
        boxes: a further file of box positions, which counts where both know a photo; JSON lines with
            ``photo`` as in the labels and ``boxes`` (in the folder's own file ``boxes_px``): per field a
            list of boxes, each four corners in reading order, photo pixels, or null.

    Raises:
        InputMissing: there is no ``labels.jsonl``, or it names a photo that is not there.
        UsageError: a line is not a label; the message names it.
    """
    path = folder / "labels.jsonl"
    if not path.is_file():
        raise InputMissing(f"{path} is not there. A labelled folder holds photos and one labels.jsonl.")
    quads = {row["photo"]: row["boxes_px"] for row in _rows(folder / "box_quads.jsonl")}
    if boxes is not None:
        if not boxes.is_file():
            raise InputMissing(f"{boxes} is not there. Give a file of box positions, or leave --boxes out.")
        quads |= {row["photo"]: row.get("boxes", row.get("boxes_px")) for row in _rows(boxes)}
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
            name: tuple(None if quad is None else centre_of(quad) for quad in boxes)
            for name, boxes in quads.get(row["photo"], {}).items()
        },
        pairs=row.get("pairs", max((int(name[7:]) for name in fields if _PAIR.fullmatch(name)), default=None)),
        changed=frozenset(row.get("changed", ())),
        severity=row.get("severity"),
        station=f"{folder}: {code}" if (code := row.get("station", {}).get("code")) else None,
    )
