"""Writes a form as the file it is read from: ``reader.load_form`` of the text gives the same form again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ocr_pipeline.forms.model import (
    Box,
    Bubbles,
    DigitField,
    Form,
    FormPage,
    HeaderLine,
    PrintedLine,
    PrintedMark,
    PrintedTag,
    Rule,
    Tally,
)

_COLUMNS = 160
"""What fits within so many columns stands on one line."""


def form_text(form: Form) -> str:
    """The JSON text of a form whose pages do not depend on the number of candidate pairs.

    Raises:
        ValueError: a page is one of several variants; what repeats per pair is not told by the variants.
    """
    if form.pairs or any(page.pairs is not None for page in form.pages):
        raise ValueError(f"{form.form_id}: pages that depend on the number of pairs are written by hand ('repeat')")
    return _laid_out(_form(form), 0) + "\n"


def _laid_out(value: Any, indent: int) -> str:
    """JSON with an item per line, save where a whole list or object fits on one."""
    line = json.dumps(value, ensure_ascii=False)
    is_flat = isinstance(value, list) and not any(isinstance(item, list | dict) for item in value)
    if not isinstance(value, list | dict) or is_flat or not value or len(line) + indent <= _COLUMNS:
        return line
    margin = "\n" + " " * (indent + 1)
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {_laid_out(item, indent + 1)}" for key, item in value.items()]
        return "{" + margin + ("," + margin).join(items) + margin[:-1] + "}"
    items = [_laid_out(item, indent + 1) for item in value]
    return "[" + margin + ("," + margin).join(items) + margin[:-1] + "]"


def _form(form: Form) -> dict[str, Any]:
    return {
        "form": form.form_id,
        "title": form.title,
        "election": form.election,
        "year": form.year,
        "station_cap": form.station_cap,
        "source": form.source,
        "not_known": list(form.not_known),
        "rules": [_rule(rule) for rule in form.rules],
        "pages": [_page(page) for page in form.pages],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    required = {"id": rule.rule_id, "relation": rule.relation, "kind": str(rule.kind), "left": rule.left}
    return required | _present(
        {
            "right": list(rule.right),
            "limit": rule.limit,
            "share": rule.share,
            "fails_on_paper": rule.fails_on_paper,
        }
    )


def _page(page: FormPage) -> dict[str, Any]:
    return (
        {"page": page.page, "of": page.pages, "size": [page.width, page.height]}
        | _present(
            {
                "tag": page.tag and _tag(page.tag),
                "marks": [_mark(mark) for mark in page.marks],
                "header": [_header(line) for line in page.header],
                "elastic_rows": page.elastic_rows or None,
                "provisional": page.provisional or None,
            }
        )
        | {"fields": [_field(field) for field in page.fields], "lines": [_line(line) for line in page.lines]}
    )


def _tag(tag: PrintedTag) -> dict[str, Any]:
    required = {"ids": list(tag.ids), "box": _box(tag.box), "corner_0": tag.corner_0}
    return required | _present({"complete": tag.complete or None})


def _mark(mark: PrintedMark) -> dict[str, Any]:
    return {"name": mark.name, "at": [mark.x, mark.y], "side": mark.side, "polarity": mark.polarity}


def _header(line: HeaderLine) -> dict[str, Any]:
    return {"name": line.name, "box": _box(line.box), "handwritten": line.handwritten}


def _field(field: DigitField) -> dict[str, Any]:
    required = {
        "name": field.name,
        "label": field.label,
        "section": field.section,
        "boxes": [_box(box) for box in field.boxes],
    }
    return required | _present(
        {
            "guide_dots": field.guide_dots or None,
            "bubbles": field.bubbles and _bubbles(field.bubbles),
            "words": field.words and _box(field.words),
            "tally": field.tally and _tally(field.tally),
        }
    )


def _bubbles(bubbles: Bubbles) -> dict[str, Any]:
    return {
        "column_x": list(bubbles.column_x),
        "first_y": bubbles.first_y,
        "pitch": bubbles.pitch,
        "radius": bubbles.radius,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    return {
        "x_edges": list(tally.x_edges),
        "y_edges": list(tally.y_edges),
        "row_totals": [[_box(box) for box in row] for row in tally.row_totals],
        "total": tally.total and _box(tally.total),
    }


def _line(line: PrintedLine) -> list[float]:
    return [line.x1, line.y1, line.x2, line.y2]


def _box(box: Box) -> list[float]:
    return [box.x, box.y, box.w, box.h]


def _present(optional: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the form has: the reader takes a missing key for none."""
    return {key: value for key, value in optional.items() if value is not None and value != []}
