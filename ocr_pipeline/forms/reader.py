"""Reads one form file into frozen records, and says which field is wrong where one is.

A page whose rows depend on the number of candidate pairs carries a ``repeat`` block that is laid
out once per pair, so one file serves 2 to 6 pairs as far as the form's ``pairs`` says its layout is
known. What is pushed down by it stands in the block's ``below``, where it is with one pair.
"""

from __future__ import annotations

import fnmatch
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ocr_pipeline.errors import PartMissing
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
    RuleKind,
    Tally,
)

RELATIONS = ("sum", "at_most", "equal_share")
CORNERS = ("upper_left", "upper_right", "lower_right", "lower_left")


def load_form(path: Path) -> Form:
    """Reads and checks one form file.

    Raises:
        PartMissing: the file cannot be read or breaks the schema; the message names the field.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PartMissing(f"{path.name}: cannot be read as JSON ({error}). Restore the file.") from error
    return _Reader(path.name).form(data)


class _Reader:
    """Turns parsed JSON into records; keeps the file's name for its messages."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _fail(self, where: str, problem: str) -> PartMissing:
        return PartMissing(f"{self._name}: {where}: {problem}")

    def _get(self, data: Any, key: str, where: str, kind: type | tuple[type, ...]) -> Any:
        if not isinstance(data, dict) or key not in data:
            raise self._fail(where, f"{key!r} is missing")
        value = data[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self._fail(f"{where}.{key}", f"has the wrong type ({type(value).__name__})")
        return value

    def _items(self, data: Any, key: str, where: str, kind: type, optional: bool = False) -> tuple[Any, ...]:
        """A list of things of one kind; one that is optional and not there is empty."""
        values = [] if optional and isinstance(data, dict) and key not in data else self._get(data, key, where, list)
        for i, value in enumerate(values):
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self._fail(f"{where}.{key}[{i}]", f"has the wrong type ({type(value).__name__})")
        return tuple(values)

    def _number(self, data: Any, key: str, where: str) -> float:
        return self._numbers([self._get(data, key, where, (int, float))], 1, f"{where}.{key}")[0]

    def _flag(self, data: Any, key: str, where: str) -> bool:
        """A yes or no that is no where it is not there."""
        return key in data and bool(self._get(data, key, where, bool))

    def _positive(self, data: Any, key: str, where: str) -> float:
        value = self._number(data, key, where)
        if value <= 0:
            raise self._fail(f"{where}.{key}", f"must be positive, found {value} mm")
        return value

    def _numbers(self, data: Any, count: int, where: str) -> tuple[float, ...]:
        if not isinstance(data, list) or len(data) != count:
            raise self._fail(where, f"must be a list of {count} numbers in mm")
        if not all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in data):
            raise self._fail(where, "holds something that is not a number")
        return tuple(float(v) for v in data)

    def _box(self, data: Any, where: str) -> Box:
        x, y, w, h = self._numbers(data, 4, where)
        if w <= 0 or h <= 0:
            raise self._fail(where, f"width and height must be positive, found {w} x {h} mm")
        return Box(x, y, w, h)

    def form(self, data: Any) -> Form:
        form_id = self._get(data, "form", "form", str)
        pairs: tuple[int, ...] = self._items(data, "pairs", "form", int, optional=True)
        if any(not 2 <= n <= 6 for n in pairs):
            raise self._fail("pairs", f"must lie between 2 and 6, found {list(pairs)}")
        pages: list[FormPage] = []
        for i, page in enumerate(self._items(data, "pages", "form", dict)):
            where = f"pages[{i}]"
            if "repeat" in page and not pairs:
                raise self._fail(f"{where}.repeat", "is laid out once per pair, but 'pairs' says no number of them")
            variants: Iterable[int | None] = pairs if "repeat" in page else (None,)
            pages.extend(self._page(page, form_id, count, where) for count in variants)
        if not pages:
            raise self._fail("pages", "lists no page")
        names = sorted({field.name for page in pages for field in page.fields})
        rules: list[Rule] = []
        for i, rule in enumerate(self._get(data, "rules", "form", list)):
            rules.extend(self._rules(rule, names, f"rules[{i}]"))
        return Form(
            form_id=form_id,
            title=self._get(data, "title", "form", str),
            election=self._get(data, "election", "form", str),
            year=self._get(data, "year", "form", int),
            pairs=pairs,
            station_cap=self._get(data, "station_cap", "form", int),
            rules=tuple(rules),
            pages=tuple(pages),
            source=self._get(data, "source", "form", str),
            not_known=self._items(data, "not_known", "form", str),
        )

    def _page(self, data: Any, form_id: str, pairs: int | None, where: str) -> FormPage:
        size = self._get(data, "size", where, list)
        sheet = self._box([0, 0, *self._numbers(size, 2, f"{where}.size")], f"{where}.size")
        fields = [self._field(f, f"{where}.fields[{i}]") for i, f in enumerate(self._get(data, "fields", where, list))]
        lines = [self._line(v, f"{where}.lines[{i}]") for i, v in enumerate(self._get(data, "lines", where, list))]
        if pairs is not None:
            more_fields, more_lines = self._repeat(data["repeat"], pairs, f"{where}.repeat")
            fields += more_fields
            lines += more_lines
        marks = self._items(data, "marks", where, dict, optional=True)
        header = self._items(data, "header", where, dict, optional=True)
        page = FormPage(
            form_id=form_id,
            page=self._get(data, "page", where, int),
            pages=self._get(data, "of", where, int),
            pairs=pairs,
            width=sheet.w,
            height=sheet.h,
            tag=self._tag(data.get("tag"), f"{where}.tag"),
            marks=tuple(self._mark(m, f"{where}.marks[{i}]") for i, m in enumerate(marks)),
            lines=tuple(lines),
            fields=tuple(fields),
            header=tuple(self._header(h, f"{where}.header[{i}]") for i, h in enumerate(header)),
            elastic_rows=self._flag(data, "elastic_rows", where),
            provisional=self._flag(data, "provisional", where),
        )
        self._check_names(page, where)
        self._check_on_sheet(page, where)
        return page

    def _check_names(self, page: FormPage, where: str) -> None:
        seen: set[str] = set()
        for field in page.fields:
            if field.name in seen:
                raise self._fail(where, f"field {field.name!r} stands twice")
            seen.add(field.name)

    def _check_on_sheet(self, page: FormPage, where: str) -> None:
        for name, what, (x1, y1, x2, y2) in _printed(page):
            if min(x1, x2) < 0 or min(y1, y2) < 0 or max(x1, x2) > page.width or max(y1, y2) > page.height:
                raise self._fail(
                    f"{where}.{name}",
                    f"{what} at ({x1}, {y1}) mm lies outside the sheet of {page.width} x {page.height} mm",
                )

    def _repeat(self, data: Any, pairs: int, where: str) -> tuple[list[DigitField], list[PrintedLine]]:
        pitch = self._positive(data, "pitch", where)
        templates = self._get(data, "fields", where, list)
        lines = [self._line(v, f"{where}.lines[{i}]") for i, v in enumerate(self._get(data, "lines", where, list))]
        fields: list[DigitField] = []
        moved: list[PrintedLine] = []
        for n in range(1, pairs + 1):
            dy = pitch * (n - 1)
            for i, template in enumerate(templates):
                text = json.dumps(template).replace("{n}", str(n))
                fields.append(_moved(self._field(json.loads(text), f"{where}.fields[{i}]"), dy))
            moved.extend(line.moved(dy) for line in lines)
        if "below" in data:
            below, where = self._get(data, "below", where, dict), f"{where}.below"
            rest = [
                self._field(f, f"{where}.fields[{i}]") for i, f in enumerate(self._get(below, "fields", where, list))
            ]
            tail = [self._line(v, f"{where}.lines[{i}]") for i, v in enumerate(self._get(below, "lines", where, list))]
            fields.extend(_moved(field, pitch * (pairs - 1)) for field in rest)
            moved.extend(line.moved(pitch * (pairs - 1)) for line in tail)
        return fields, moved

    def _line(self, data: Any, where: str) -> PrintedLine:
        line = PrintedLine(*self._numbers(data, 4, where))
        if (line.x1 != line.x2) == (line.y1 != line.y2):
            raise self._fail(where, "a ruled line must be horizontal or vertical, and have a length")
        return line

    def _mark(self, data: Any, where: str) -> PrintedMark:
        x, y = self._numbers(self._get(data, "at", where, list), 2, f"{where}.at")
        polarity = self._get(data, "polarity", where, int)
        if polarity not in (1, -1):
            raise self._fail(f"{where}.polarity", f"must be 1 or -1, found {polarity}")
        return PrintedMark(self._get(data, "name", where, str), x, y, self._positive(data, "side", where), polarity)

    def _tag(self, data: Any, where: str) -> PrintedTag | None:
        if data is None:
            return None
        corner = self._get(data, "corner_0", where, str)
        if corner not in CORNERS:
            raise self._fail(f"{where}.corner_0", f"must be one of {', '.join(CORNERS)}, found {corner!r}")
        box = self._box(self._get(data, "box", where, list), f"{where}.box")
        return PrintedTag(self._items(data, "ids", where, int), box, corner, self._flag(data, "complete", where))

    def _header(self, data: Any, where: str) -> HeaderLine:
        box = self._box(self._get(data, "box", where, list), f"{where}.box")
        return HeaderLine(self._get(data, "name", where, str), box, self._get(data, "handwritten", where, bool))

    def _field(self, data: Any, where: str) -> DigitField:
        boxes = self._get(data, "boxes", where, list)
        if not 1 <= len(boxes) <= 4:
            raise self._fail(f"{where}.boxes", f"1 to 4 boxes make a number, found {len(boxes)}")
        words = data.get("words")
        return DigitField(
            name=self._get(data, "name", where, str),
            label=self._get(data, "label", where, str),
            section=self._get(data, "section", where, str),
            boxes=tuple(self._box(b, f"{where}.boxes[{i}]") for i, b in enumerate(boxes)),
            guide_dots=bool(data.get("guide_dots", False)),
            bubbles=self._bubbles(data.get("bubbles"), len(boxes), f"{where}.bubbles"),
            words=None if words is None else self._box(words, f"{where}.words"),
            tally=self._tally(data.get("tally"), f"{where}.tally"),
        )

    def _bubbles(self, data: Any, columns: int, where: str) -> Bubbles | None:
        if data is None:
            return None
        return Bubbles(
            column_x=self._numbers(self._get(data, "column_x", where, list), columns, f"{where}.column_x"),
            first_y=self._number(data, "first_y", where),
            pitch=self._positive(data, "pitch", where),
            radius=self._positive(data, "radius", where),
        )

    def _tally(self, data: Any, where: str) -> Tally | None:
        if data is None:
            return None
        x_edges = self._get(data, "x_edges", where, list)
        y_edges = self._get(data, "y_edges", where, list)
        total = data.get("total")
        rows = tuple(
            tuple(self._box(b, f"{where}.row_totals[{i}]") for b in row)
            for i, row in enumerate(self._items(data, "row_totals", where, list))
        )
        if len(rows) not in (0, len(y_edges) - 1):
            raise self._fail(f"{where}.row_totals", f"{len(y_edges) - 1} rows expected, found {len(rows)}")
        return Tally(
            x_edges=self._numbers(x_edges, len(x_edges), f"{where}.x_edges"),
            y_edges=self._numbers(y_edges, len(y_edges), f"{where}.y_edges"),
            row_totals=rows,
            total=None if total is None else self._box(total, f"{where}.total"),
        )

    def _rules(self, data: Any, names: list[str], where: str) -> list[Rule]:
        """One rule, or one per matching field where the left side is a pattern such as ``paslon_*``."""
        relation = self._get(data, "relation", where, str)
        if relation not in RELATIONS:
            raise self._fail(f"{where}.relation", f"must be one of {', '.join(RELATIONS)}, found {relation!r}")
        try:
            kind = RuleKind(self._get(data, "kind", where, str))
        except ValueError:
            raise self._fail(f"{where}.kind", f"must be one of {', '.join(RuleKind)}") from None
        rule_id = self._get(data, "id", where, str)
        left = self._get(data, "left", where, str)
        lefts, *rights = (
            self._fields(pattern, names, where)
            for pattern in (left, *self._items(data, "right", where, str, optional=True))
        )
        right = tuple(name for fields in rights for name in fields)
        limit = self._get(data, "limit", where, int) if "limit" in data else None
        share = self._number(data, "share", where) if "share" in data else None
        if not right and (relation != "at_most" or limit is None):
            raise self._fail(where, f"{relation} compares with nothing: 'right' is missing")
        if relation == "equal_share" and (share is None or len(right) != 1):
            raise self._fail(where, "equal_share needs a 'share' of one field")
        fails = self._number(data, "fails_on_paper", where) if "fails_on_paper" in data else None
        if fails is not None and not 0 < fails < 0.5:
            raise self._fail(f"{where}.fails_on_paper", f"must lie between 0 and 0.5, found {fails}")
        return [Rule(rule_id.replace(left, name), relation, kind, name, right, limit, share, fails) for name in lefts]

    def _fields(self, pattern: str, names: list[str], where: str) -> tuple[str, ...]:
        found = tuple(fnmatch.filter(names, pattern))
        if not found:
            raise self._fail(where, f"{pattern!r} names no field of this form")
        return found


def _printed(page: FormPage) -> Iterator[tuple[str, str, tuple[float, float, float, float]]]:
    """Everything on a page: its key in the file, what it is, and its ends or corners in mm."""
    for i, line in enumerate(page.lines):
        yield f"lines[{i}]", "a line", (line.x1, line.y1, line.x2, line.y2)
    for i, mark in enumerate(page.marks):
        yield f"marks[{i}]", "a mark", (mark.x, mark.y, mark.x, mark.y)
    boxes = [(f"header[{i}]", header.box) for i, header in enumerate(page.header)]
    boxes += [("tag", page.tag.box)] if page.tag else []
    for field in page.fields:
        boxes += [(f"fields.{field.name}", box) for box in (*field.boxes, *((field.words,) if field.words else ()))]
        if field.tally is not None:
            boxes += [(f"fields.{field.name}.tally", box) for row in field.tally.row_totals for box in row]
    for key, box in boxes:
        yield key, "a box", (box.x, box.y, box.x + box.w, box.y + box.h)


def _moved(field: DigitField, dy: float) -> DigitField:
    """The same field ``dy`` mm further down, with all that belongs to it."""
    bubbles, tally = field.bubbles, field.tally
    if bubbles is not None:
        bubbles = Bubbles(bubbles.column_x, bubbles.first_y + dy, bubbles.pitch, bubbles.radius)
    if tally is not None:
        tally = Tally(
            x_edges=tally.x_edges,
            y_edges=tuple(y + dy for y in tally.y_edges),
            row_totals=tuple(tuple(box.moved(dy) for box in row) for row in tally.row_totals),
            total=None if tally.total is None else tally.total.moved(dy),
        )
    return DigitField(
        name=field.name,
        label=field.label,
        section=field.section,
        boxes=tuple(box.moved(dy) for box in field.boxes),
        guide_dots=field.guide_dots,
        bubbles=bubbles,
        words=None if field.words is None else field.words.moved(dy),
        tally=tally,
    )
