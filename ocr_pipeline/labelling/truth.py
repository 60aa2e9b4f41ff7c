"""Which number a person is asked for next, and what he says, written down at once. Knows nothing of the web.

Nobody is told what the program reads: a label that was led by the machine measures nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.forms import Catalogue
from ocr_pipeline.photo.read.combine import number_evidence
from ocr_pipeline.records import BOX_CLASSES, ILLEGIBLE, Crops, Failure, PhotoSource, Quad, Unreadable
from ocr_pipeline.sources import find_photos
from ocr_pipeline.warp import Image

LABELS = "labels.jsonl"
TYPED = {**{char: char for char in BOX_CLASSES}, "x": "X", " ": "_", ILLEGIBLE: ILLEGIBLE}
"""What may be typed for a box, and the character it stands for."""
FindBoxes = Callable[[PhotoSource], Crops | Failure]


class NotALabel(ValueError):
    """What was typed cannot stand in the boxes; the message is for the person."""


@dataclass(frozen=True, slots=True)
class Question:
    """One number of one photo."""

    photo: str
    """Its path below the folder."""
    field: str
    label: str
    """As printed on the form."""
    form: str
    page: int
    pairs: int | None
    quads_px: tuple[Quad, ...]
    """Of its boxes, pixels of the photo."""
    crops: tuple[Image, ...]
    """Each box, flat."""

    @property
    def key(self) -> tuple[str, str]:
        """What an answer must name."""
        return self.photo, self.field


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the folder has come."""

    photos: int
    begun: int
    """Photos that were asked about or passed over so far, the present one included."""
    numbers: int
    """Written down, earlier sittings included."""
    passed_over: tuple[tuple[str, str], ...]
    """Photos without boxes to ask about, and why."""


class Labelling:
    """One sitting over a folder. Every answer lies in ``labels.jsonl`` before the next question is asked."""

    def __init__(self, folder: Path, catalogue: Catalogue, find_boxes: FindBoxes) -> None:
        """Lists the photos and takes up what was written before.

        Args:
            folder: photos, with or without a ``labels.jsonl``.
            catalogue: the forms.
            find_boxes: from a photo to its boxes.

        Raises:
            InputMissing: there is no such folder, or no photo in it.
            UsageError: its ``labels.jsonl`` cannot be read.
        """
        if not folder.is_dir():
            raise InputMissing(f"{folder} is not a folder. Give the folder with the photos.")
        self._folder, self._catalogue, self._find_boxes = folder, catalogue, find_boxes
        self._rows = _load(folder / LABELS)
        found = [one for one in find_photos([folder]) if not isinstance(one, Unreadable)]
        # Labels name files, so a photo within a zip or a PDF has no place for one.
        self._photos = [one for one in found if one.member is None and one.page_number is None]
        if not self._photos:
            raise InputMissing(f"{folder} holds no photos (zips and PDFs are to be unpacked first).")
        self._begun = 0
        self._passed_over: list[tuple[str, str]] = []
        self._answered: list[Question] = []
        self._again: list[Question] = []
        self._coming = self._questions()
        self._present = next(self._coming, None)

    @property
    def question(self) -> Question | None:
        """What is asked now; None where all is done."""
        return self._present

    @property
    def standing(self) -> Standing:
        """How far it has come."""
        numbers = sum(len(row["fields"]) for row in self._rows.values())
        return Standing(len(self._photos), self._begun, numbers, tuple(self._passed_over))

    def answer(self, key: tuple[str, str], typed: str) -> None:
        """Writes down what stands in the boxes of the present question, and goes on.

        Args:
            key: of the question that was answered; the answer to another one (sent twice, or from an
                old page) is passed over.
            typed: a character per box: digits, ``X``, ``-``, ``_`` or a blank for an empty box, ``?`` illegible.

        Raises:
            NotALabel: it cannot stand there.
        """
        question = self._present
        if question is None or question.key != key:
            return
        boxes = box_characters(typed, len(question.quads_px))
        row = self._rows.setdefault(question.photo, _new_row(question))
        row["fields"][question.field] = {"boxes": boxes, "value": value_of(boxes)}
        self._save()
        self._answered.append(question)
        self._go_on()

    def skip(self, key: tuple[str, str]) -> None:
        """Leaves the present question open; it is asked again in another sitting."""
        if self._present is not None and self._present.key == key:
            self._go_on()

    def undo(self) -> None:
        """Takes back the last answer of this sitting and asks once more."""
        if not self._answered:
            return
        question = self._answered.pop()
        del self._rows[question.photo]["fields"][question.field]
        self._save()
        if self._present is not None:
            self._again.append(self._present)
        self._present = question

    def _go_on(self) -> None:
        self._present = self._again.pop() if self._again else next(self._coming, None)

    def _questions(self) -> Iterator[Question]:
        for source in self._photos:
            self._begun += 1
            name = Path(source.path).relative_to(self._folder).as_posix()
            known = self._rows.get(name)
            crops = self._find_boxes(source)
            if isinstance(crops, Failure):
                if known is None:
                    self._passed_over.append((name, crops.message))
                continue
            page = crops.page
            if known is not None and (known["form"], known["page"]) != (page.form_id, page.page):
                self._passed_over.append((name, f"its label says {known['form']} p.{known['page']}"))
                continue
            yield from self._of_photo(name, crops)

    def _of_photo(self, name: str, crops: Crops) -> Iterator[Question]:
        page = crops.page
        for field in self._catalogue.page(page.form_id, page.page, page.pairs).fields:
            if field.name in self._rows.get(name, {}).get("fields", {}):
                continue
            boxes = [box for box in crops.boxes if box.field == field.name]
            quads, pictures = tuple(box.quad_px for box in boxes), tuple(box.image for box in boxes)
            yield Question(name, field.name, field.label, page.form_id, page.page, page.pairs, quads, pictures)

    def _save(self) -> None:
        """All of it anew beside the old file, which it then replaces: a power cut loses one answer at most."""
        path = self._folder / LABELS
        new = path.with_suffix(".jsonl.new")
        with new.open("w", encoding="utf-8") as lines:
            for row in self._rows.values():
                if row["fields"]:
                    lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines.flush()
            os.fsync(lines.fileno())
        new.replace(path)


def box_characters(typed: str, boxes: int) -> str:
    """What was typed as the characters of ``records.BOX_CLASSES`` and ``?``, one per box.

    Raises:
        NotALabel: too few or too many, or one that stands for nothing.
    """
    unknown = [char for char in typed if char not in TYPED]
    if unknown:
        raise NotALabel(f"{unknown[0]!r} stands for nothing. Use 0-9, X, - (dash), _ (empty) or ? (illegible).")
    if len(typed) != boxes:
        raise NotALabel(f"There are {boxes} boxes, and {len(typed)} characters were typed. An empty box is _.")
    return "".join(TYPED[char] for char in typed)


def value_of(boxes: str) -> int | None:
    """The number that stands in the boxes; None where they hold none, or one of them is illegible."""
    if ILLEGIBLE in boxes:
        return None
    certain = np.array([[0.0 if name == char else -np.inf for name in BOX_CLASSES] for char in boxes])
    return number_evidence(certain).best


def _new_row(question: Question) -> dict[str, Any]:
    row = {"photo": question.photo, "form": question.form, "page": question.page, "kind": "real", "fields": {}}
    return row if question.pairs is None else row | {"pairs": question.pairs}


def _load(path: Path) -> dict[str, dict[str, Any]]:
    """The labels by photo; whatever else a line says is kept."""
    if not path.is_file():
        return {}
    try:
        rows: Sequence[dict[str, Any]] = [
            json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()
        ]
        if not all(isinstance(row["fields"], Mapping) and row["form"] and row["page"] for row in rows):
            raise TypeError("a line without fields, form or page")
        return {row["photo"]: row for row in rows}
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{path} is no file of labels ({type(error).__name__}: {error}). Move it away first."
        ) from error
