"""read: the witnesses, each with what it says of a number, from the crops of a page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import LEGIBILITY, VERDICT, VerdictSettings
from ocr_pipeline.forms import FormPage
from ocr_pipeline.photo.quality import share_shown
from ocr_pipeline.photo.read.bubbles import read_bubbles
from ocr_pipeline.photo.read.combine import no_number, number_evidence, printed_boxes
from ocr_pipeline.photo.read.digits import DigitReader, load_digit_reader
from ocr_pipeline.photo.read.ink import ink_excess
from ocr_pipeline.records import BOX_CLASSES, ILLEGIBLE, BoxCrop, Crops, Evidence, FieldReading

__all__ = ["DigitReader", "load_digit_reader", "read"]


def read(
    crops: Crops, reader: DigitReader, settings: VerdictSettings = VERDICT, *, form_page: FormPage | None = None
) -> tuple[FieldReading, ...]:
    """Reads every number of a page, all boxes in one batch.

    The crop of a box that is not wholly in the picture is made of repeated pixels; its number is not read.

    Args:
        crops: the page's boxes in the order of the form.
        reader: the digit model.
        settings: below which probability a character is shown as illegible.
        form_page: the page's own record; where it has bubbles they are a second witness.

    Returns:
        One reading per field, in the order of the form.
    """
    images = [box.image for box in crops.boxes]
    log_probabilities = reader.log_probabilities(images)
    shown = share_shown([box.quad_px for box in crops.boxes], crops.page.photo) >= LEGIBILITY.least_shown
    excess = ink_excess(images, "".join(BOX_CLASSES[k] for k in log_probabilities.argmax(axis=1)))
    fields: dict[str, list[int]] = {}
    for position, box in enumerate(crops.boxes):
        fields.setdefault(box.field, []).append(position)
    bubbles = {field.name: field.bubbles for field in form_page.fields} if form_page else {}
    marked = {name: read_bubbles(crops.page, printed) for name, printed in bubbles.items() if printed}
    return tuple(
        _field(
            name,
            [crops.boxes[p] for p in positions],
            log_probabilities[positions],
            excess[positions],
            shown[positions],
            marked.get(name),
            settings,
        )
        for name, positions in fields.items()
    )


def _field(
    name: str,
    boxes: Sequence[BoxCrop],
    log_probabilities: npt.NDArray[np.float64],
    excess: npt.NDArray[np.float64],
    shown: npt.NDArray[np.bool_],
    bubbles: Evidence | None,
    settings: VerdictSettings,
) -> FieldReading:
    printed, confidence = printed_boxes(log_probabilities, settings.illegible_probability)
    digits = number_evidence(log_probabilities) if shown.all() else no_number(len(boxes))
    return FieldReading(
        field=name,
        boxes="".join(character if seen else ILLEGIBLE for character, seen in zip(printed, shown, strict=True)),
        box_confidence=confidence,
        quads_px=tuple(box.quad_px for box in boxes),
        border_scores=tuple(box.border_score for box in boxes),
        ink_excess=tuple(float(value) for value in excess),
        evidence=(digits, *([bubbles] if bubbles else [])),
    )
