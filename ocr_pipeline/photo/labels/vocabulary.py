"""What is printed beside the numbers of the forms: wordings as data, and the labels of the catalogue."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from ocr_pipeline.errors import PartMissing
from ocr_pipeline.forms import Catalogue

WORDINGS = Path(__file__).with_name("wordings.json")
COLUMNS = ("l", "p", "j")
"""Men, women and both, in the order in which every form prints them."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Wordings in plain small letters, by what they name."""

    rows: Mapping[str, tuple[str, ...]]
    """Field, without the letter of its column, to its labels."""
    in_columns: frozenset[str]
    """The fields that are counted for men, women and both."""
    columns: Mapping[str, tuple[str, ...]]
    """``l``, ``p`` and ``j`` to the heads of their columns."""
    candidates: tuple[str, ...]
    """Words of a page whose unnamed rows are the votes of candidate pairs."""
    others: tuple[str, ...]
    """Words of a page whose rows are others', parties' say, whatever else it mentions."""
    not_labels: tuple[str, ...]
    """Headings that hold the words of a label."""

    def best_row(self, text: str) -> tuple[str, float]:
        """The field whose label a text holds, and how like it is, 0..1; no field for a heading, or where none fits."""
        text = plain(text)
        said = Counter(word for word in text.split() if word in self.words)
        fields = {**self.rows, "": self.not_labels}
        best, most, likest = "", 0.0, 0.0
        for field, labels in fields.items():
            for label in labels:
                like = likeness(label, text)
                # A short label is part of many long ones: what counts is how much of a label is borne out, less
                # the words of labels that it leaves over.
                left_over = (said - Counter(label.split())).elements()
                worth = (like - _CHANCE) * len(label) - _LEFT_OVER * sum(map(len, left_over))
                if worth > most:
                    best, most, likest = field, worth, like
        return best, likest

    @property
    def words(self) -> frozenset[str]:
        """Words that tell one total of votes from another."""
        return frozenset(word for total in TOTALS for label in self.rows[total] for word in label.split())


_OF_ITS_FORM = re.compile(r"^\d+ | (l|p|j|l\+p)$")
"""A label's number in its list and the letter of its column."""
_CHANCE = 0.75
"""Likeness of texts that have nothing to do with each other."""
_LEFT_OVER = 0.7
"""What a letter of a word left over weighs against a letter of a label that is borne out."""
TOTALS = ("suara_sah", "suara_tidak_sah", "suara_total")
"""Valid, invalid and all votes: their labels are made of the same few words."""


def plain(text: str) -> str:
    """Small letters, digits and single spaces."""
    return " ".join(re.sub(r"[^a-z0-9+]+", " ", text.lower()).split())


def likeness(label: str, text: str) -> float:
    """How surely a label stands somewhere in a text, 0..1."""
    if len(text) < len(label):
        return float(fuzz.ratio(label, text)) / 100
    return float(fuzz.partial_ratio(label, text)) / 100


def vocabulary_of(catalogue: Catalogue) -> Vocabulary:
    """The usual wordings, with those of every form of the catalogue.

    Raises:
        PartMissing: the file of wordings is missing or damaged.
    """
    usual = _usual_wordings()
    rows = {field: list(labels) for field, labels in usual.rows.items()}
    for page in catalogue.pages:
        for field in page.fields:
            name = field.name.rpartition("_")[0] if field.name.endswith(("_l", "_p", "_j")) else field.name
            label = _OF_ITS_FORM.sub("", plain(field.label))
            # Names of candidates are another's at the next election, and short labels stand everywhere.
            if name in rows and label not in rows[name]:
                rows[name].append(label)
    return replace(usual, rows={field: tuple(labels) for field, labels in rows.items()})


@functools.cache
def _usual_wordings() -> Vocabulary:
    try:
        data: Any = json.loads(WORDINGS.read_text(encoding="utf-8"))
        return Vocabulary(
            rows={field: tuple(map(plain, row["labels"])) for field, row in data["rows"].items()},
            in_columns=frozenset(field for field, row in data["rows"].items() if row["columns"]),
            columns={column: tuple(map(plain, data["columns"][column])) for column in COLUMNS},
            candidates=tuple(map(plain, data["candidates"])),
            others=tuple(map(plain, data["others"])),
            not_labels=tuple(map(plain, data["not_labels"])),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PartMissing(f"{WORDINGS.name}: {error!r}. Install the program again.") from error
