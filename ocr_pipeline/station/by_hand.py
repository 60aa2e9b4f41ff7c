"""A page that no stage could read, laid out by a person who named the form and marked the sheet's corners.

Its numbers stand where the form prints them, and what they are is for people to say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ocr_pipeline.forms.model import DigitField, FormPage
from ocr_pipeline.records import ILLEGIBLE, Evidence, FieldReading, PageReading, RegistrationEvidence
from ocr_pipeline.warp import Points, Warp

METHOD = "by hand"
"""How such a page was registered."""


def page_by_hand(photo: str, sha256: str, page: FormPage, corners: Sequence[tuple[float, float]]) -> PageReading:
    """The reading of such a page: every number's place, and none of its values.

    Args:
        photo: its name.
        sha256: of its bytes.
        page: the page it shows.
        corners: of the sheet in pixels of the original photo, from the upper left, clockwise.

    Raises:
        ValueError: three of the corners lie on a line.
    """
    size = page.width, page.height
    sheet = np.array([(0, 0), (page.width, 0), (page.width, page.height), (0, page.height)], np.float64)
    warp = Warp(_homography(sheet, np.array(corners, np.float64)), np.zeros((15, 2)), size)
    return PageReading(
        photo=photo,
        sha256=sha256,
        form_id=page.form_id,
        page=page.page,
        pairs=page.pairs,
        registration=RegistrationEvidence(METHOD, 1.0, 0.0, None, 0.0, None, 1.0),
        fields=tuple(_field(field, warp) for field in page.fields),
        milliseconds={},
    )


def _homography(start: Points, end: Points) -> Points:
    """(3, 3) map that takes four points to four others."""
    rows, right = [], []
    for (x, y), (u, v) in zip(start, end, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    try:
        found = np.linalg.solve(np.array(rows), np.array(right))
    except np.linalg.LinAlgError:
        raise ValueError("three of the corners lie on a line") from None
    return np.append(found, 1.0).reshape(3, 3)


def _field(field: DigitField, warp: Warp) -> FieldReading:
    count = len(field.boxes)
    nothing = np.append(np.full(10**count, -np.inf), 0.0)
    quads = []
    for box in field.boxes:
        one, two, three, four = (tuple(point) for point in warp.to_px(np.array(box.corners)).tolist())
        quads.append((one, two, three, four))
    return FieldReading(
        field=field.name,
        boxes=ILLEGIBLE * count,
        box_confidence=(0.0,) * count,
        quads_px=tuple(quads),
        border_scores=(1.0,) * count,
        ink_excess=(1.0,) * count,
        evidence=(Evidence("digits", nothing),),
    )
