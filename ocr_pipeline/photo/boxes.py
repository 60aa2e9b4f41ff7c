"""boxes: every digit box found on its own printed border and cut out flat.

A box is confirmed, not assumed: its score is the share of its border that is seen where it is cut.
"""

from __future__ import annotations

from ocr_pipeline.config import BOXES, BoxSettings
from ocr_pipeline.forms import Catalogue
from ocr_pipeline.photo.borders import cut_row
from ocr_pipeline.records import BoxCrop, Crops, Failure, FailureCode, IdentifiedPage, Stage


def boxes(page: IdentifiedPage, catalogue: Catalogue, settings: BoxSettings = BOXES) -> Crops | Failure:
    """Finds, confirms and cuts every digit box of a page.

    Args:
        page: the registered page.
        catalogue: where its boxes are printed.
        settings: search reach and least share of the border.

    Returns:
        One crop per box in the order of the form; or ``BOXES_NOT_CONFIRMED`` where fewer than
        ``settings.least_confirmed`` of them show their border.
    """
    form_page = catalogue.page(page.form_id, page.page, page.pairs)
    crops: list[BoxCrop] = []
    for field in form_page.fields:
        crops.extend(cut_row(page.photo, page.warp, field.name, field.boxes, settings))
    confirmed = sum(crop.border_score >= settings.least_border for crop in crops)
    if confirmed < settings.least_confirmed * len(crops):
        return Failure(
            Stage.BOXES,
            FailureCode.BOXES_NOT_CONFIRMED,
            f"Only {confirmed} of {len(crops)} digit boxes of {form_page.title} show their printed border where the "
            "registration puts them, so nothing is read. Take the photo again, sharper or nearer.",
            {"confirmed": confirmed, "boxes": len(crops), "registration_score": round(page.evidence.score, 3)},
        )
    return Crops(page, tuple(crops))
