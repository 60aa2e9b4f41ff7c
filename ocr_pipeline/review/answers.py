"""What people may answer, from the keys they press to the short texts that are stored.

Blank, zero, crossed out and illegible are four different answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr_pipeline.config import QUEUE, QueueSettings
from ocr_pipeline.records import FieldResult
from ocr_pipeline.station.keyed import BLANK, CROSSED_OUT, ILLEGIBLE, value_of
from ocr_pipeline.store.review_model import REJECTED, Answers, Kind, belongs_to, moved_to

KEYS = {"b": BLANK, "x": CROSSED_OUT, "i": ILLEGIBLE}
"""The letter that stands for an answer; Indonesian and English share them."""
NO_FORM = "no form"
"""A photo that shows no page of a form."""
_PAGE = re.compile(r"page ([\w.-]+) (\d{1,2}) (\d{1,2}|-)((?: -?\d{1,5},-?\d{1,5}){4})")
_STATION = re.compile(r"\d{13}")


class NotAnAnswer(ValueError):
    """What was typed is no answer; ``code`` names the sentence that says so."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def number(typed: str, boxes: int) -> str:
    """The answer about one number.

    Args:
        typed: digits, or a letter of ``KEYS``.
        boxes: how many the form has for it; 0 where that is not known.

    Raises:
        NotAnAnswer: nothing was typed, more digits than boxes, or something else.
    """
    text = typed.strip().lower()
    if not text:
        raise NotAnAnswer("nothing typed")
    if text in KEYS:
        return KEYS[text]
    if text in KEYS.values():
        return text
    if not (text.isascii() and text.isdigit()):
        raise NotAnAnswer("not a number")
    value = str(int(text))
    if boxes and len(value) > boxes:
        raise NotAnAnswer("too many digits")
    return value


def station(typed: str) -> str:
    """The answer that a photo belongs to a station.

    Raises:
        NotAnAnswer: it is no 13-digit code.
    """
    code = re.sub(r"[\s.-]", "", typed)
    if not _STATION.fullmatch(code):
        raise NotAnAnswer("not a station")
    return belongs_to(code)


def page(form_id: str, number: int, pairs: int | None, corners: Sequence[tuple[float, float]]) -> str:
    """The answer that a photo shows a page, with the sheet's corners in pixels (upper left first, clockwise).

    Raises:
        NotAnAnswer: there are not four corners, or they do not go round the sheet.
    """
    if len(corners) != 4 or not _goes_round(corners):
        raise NotAnAnswer("not four corners")
    where = " ".join(f"{round(x)},{round(y)}" for x, y in corners)
    answer = f"page {form_id} {number} {'-' if pairs is None else pairs} {where}"
    if not _PAGE.fullmatch(answer):
        raise NotAnAnswer("not four corners")
    return answer


def read_page(answer: str) -> tuple[str, int, int | None, tuple[tuple[float, float], ...]] | None:
    """Form, page, pairs and corners of such an answer; None where it is another one."""
    found = _PAGE.fullmatch(answer)
    if not found:
        return None
    corners = tuple((float(x), float(y)) for x, y in (pair.split(",") for pair in found[4].split()))
    return found[1], int(found[2]), None if found[3] == "-" else int(found[3]), corners


def _goes_round(corners: Sequence[tuple[float, float]]) -> bool:
    """Whether four points make a convex sheet, clockwise in a picture (y down)."""
    following, after = [*corners[1:], corners[0]], [*corners[2:], *corners[:2]]
    triples = zip(corners, following, after, strict=True)
    return all((bx - ax) * (cy - by) > (by - ay) * (cx - bx) for (ax, ay), (bx, by), (cx, cy) in triples)


def machine_answer(result: FieldResult) -> str | None:
    """The machine's answer, in the words of people; None where it has none."""
    if result.value is None:
        return BLANK if result.boxes.strip("_") == "" else None
    if result.value == 0 and result.boxes.strip("X-") == "":
        return CROSSED_OUT
    return str(result.value)


def same(kind: Kind, one: Answers, other: Answers, settings: QueueSettings = QUEUE) -> bool:
    """Whether two people, or a person and the machine, answered alike."""
    if kind is not Kind.PAGE or len(one) != 1 or len(other) != 1:
        return one == other
    first, second = read_page(one[0]), read_page(other[0])
    if first is None or second is None:
        return one == other
    apart = max(max(abs(ax - bx), abs(ay - by)) for (ax, ay), (bx, by) in zip(first[3], second[3], strict=True))
    return first[:3] == second[:3] and apart <= settings.corner_apart_px


def numbers(answers: Answers) -> list[int | None]:
    """The numbers answers stand for; None for those that stand for none."""
    return [value_of(answer) if is_number(answer) else None for answer in answers]


def is_number(answer: str) -> bool:
    """Whether it says what stands in boxes."""
    return answer.isdigit() or answer in KEYS.values()


def about_photo(answers: Answers) -> bool:
    """Whether it says what is to become of a photo, and nothing of numbers."""
    return any(answer == REJECTED or moved_to(answer) is not None for answer in answers)
