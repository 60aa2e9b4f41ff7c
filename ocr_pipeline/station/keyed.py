"""What people decided about single numbers, as evidence: one more witness, and the one that counts.

An answer is a text as a person reads it: a number, ``blank``, ``crossed out`` or ``illegible``. Crossed-out
boxes (``XXX``, ``---``) are how a zero is written (``forms.md`` 3.1); blank is no number, and not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ocr_pipeline.config import STATION, StationSettings
from ocr_pipeline.records import Evidence, FieldReading, PageReading

PERSON = "person"
"""The witness's name."""
BLANK = "blank"
CROSSED_OUT = "crossed out"
ILLEGIBLE = "illegible"


def value_of(answer: str) -> int | None:
    """The number an answer stands for; None where it stands for none.

    Raises:
        ValueError: it is no answer about a number.
    """
    if answer in (BLANK, ILLEGIBLE):
        return None
    return 0 if answer == CROSSED_OUT else int(answer)


def with_keys(
    page: PageReading, keyed: Mapping[tuple[str, str], str], settings: StationSettings = STATION
) -> PageReading:
    """The same page with what people decided about its numbers.

    Args:
        page: what a photo yielded.
        keyed: answers by the photo's sha256 and field.
        settings: how often a decision is wrong.
    """
    fields = tuple(
        replace(field, evidence=(*field.evidence, _evidence(keyed[page.sha256, field.field], field, settings)))
        if (page.sha256, field.field) in keyed
        else field
        for field in page.fields
    )
    return replace(page, fields=fields)


def spoken(reading: FieldReading) -> Evidence | None:
    """What people say of a number; None where nobody was asked."""
    return next((one for one in reading.evidence if one.witness == PERSON), None)


def _evidence(answer: str, field: FieldReading, settings: StationSettings) -> Evidence:
    """A number as decided, or any other with the share of wrong decisions."""
    size = 10 ** len(field.boxes) + 1
    value = value_of(answer)
    index = size - 1 if value is None or value >= size - 1 else value
    p = np.full(size, settings.wrong_decisions / (size - 1))
    p[index] = 1 - settings.wrong_decisions
    return Evidence(PERSON, np.log(p))
