"""boxes: every digit box found on its own printed border and cut out flat.

A box is confirmed, not assumed: its score is the share of its border that is seen where it is cut.
"""

from __future__ import annotations

from ocr_pipeline.config import BOXES, BoxSettings
from ocr_pipeline.forms import Catalogue
from ocr_pipeline.legibility import Fault, field_fault
from ocr_pipeline.photo.borders import cut_row
from ocr_pipeline.photo.quality import page_quality
from ocr_pipeline.photo.retake import blame_fields
from ocr_pipeline.records import BoxCrop, Crops, Failure, FailureCode, IdentifiedPage, Stage


def boxes(page: IdentifiedPage, catalogue: Catalogue, settings: BoxSettings = BOXES) -> Crops | Failure:
    """Finds, confirms and cuts every digit box of a page.

    Args:
        page: the registered page.
        catalogue: where its boxes are printed.
        settings: search reach and least share of the border.

    Returns:
        One crop per box in the order of the form; or ``BOXES_NOT_CONFIRMED`` where fewer than
        ``settings.least_confirmed`` of those in the picture show their border, ``RETAKE`` where no number is
        in the picture and clear enough to be read.
    """
    form_page = catalogue.page(page.form_id, page.page, page.pairs)
    crops: list[BoxCrop] = []
    for field in form_page.fields:
        crops.extend(cut_row(page.photo, page.warp, field.name, field.boxes, settings))
    quality = page_quality(page, form_page, crops)
    poor = blame_fields(quality)
    if poor is not None:
        return poor
    shown = [crop for crop in crops if field_fault(quality.fields[crop.field]) is not Fault.OUT_OF_FRAME]
    confirmed = sum(crop.border_score >= settings.least_border for crop in shown)
    if confirmed < settings.least_confirmed * len(shown):
        return Failure(
            Stage.BOXES,
            FailureCode.BOXES_NOT_CONFIRMED,
            f"Only {confirmed} of {len(shown)} digit boxes of {form_page.title} show their printed border where the "
            "registration puts them, so nothing is read. Take the photo again, sharper or nearer.",
            {"confirmed": confirmed, "boxes": len(shown), "registration_score": round(page.evidence.score, 3)},
        )
    return Crops(page, tuple(crops), quality)
