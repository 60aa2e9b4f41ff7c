"""Loads the form files into frozen records, and says which file and field is wrong where one is.

Every ``*.json`` in this folder is one form. A page whose rows depend on the number of candidate
pairs carries a ``repeat`` block that is laid out once per pair, so one file serves 2 to 6 pairs as
far as the form's ``pairs`` says its layout is known.
"""

from __future__ import annotations

import fnmatch
import functools
import json
from collections.abc import Iterable
from dataclasses import dataclass
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

FOLDER = Path(__file__).parent
RELATIONS = ("sum", "at_most", "equal_share")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All forms the program knows."""

    forms: tuple[Form, ...]

    @property
    def pages(self) -> tuple[FormPage, ...]:
        """Every page of every form in every variant."""
        return tuple(page for form in self.forms for page in form.pages)

    def form(self, form_id: str) -> Form:
        """The form of that id.

        Raises:
            KeyError: there is none; the message lists the ids there are.
        """
        for form in self.forms:
            if form.form_id == form_id:
                return form
        known = ", ".join(form.form_id for form in self.forms)
        raise KeyError(f"no form {form_id!r}; known: {known}")

    def page(self, form_id: str, page: int, pairs: int | None) -> FormPage:
        """One page of one form, for that many pairs.

        Raises:
            KeyError: the form, page or variant is not known.
        """
        return self.form(form_id).find_page(page, pairs)

    def pages_with_tag(self, tag_id: int) -> tuple[FormPage, ...]:
        """The pages on which an AprilTag of that id has been seen."""
        return tuple(p for p in self.pages if p.tag is not None and tag_id in p.tag.ids)


@functools.cache
def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Reads and checks every form file of a folder.

    Raises:
        PartMissing: no form file is there, or one is damaged; the message names file and field.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise PartMissing(f"No form file in {folder}. Install the program again.")
    return Catalogue(tuple(load_form(path) for path in paths))


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

    def _numbers(self, data: Any, count: int, where: str) -> tuple[float, ...]:
        if not isinstance(data, list) or len(data) != count:
            raise self._fail(where, f"must be a list of {count} numbers in mm")
        if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in data):
            raise self._fail(where, "holds something that is not a number")
        return tuple(float(v) for v in data)

    def _box(self, data: Any, where: str) -> Box:
        x, y, w, h = self._numbers(data, 4, where)
        if w <= 0 or h <= 0:
            raise self._fail(where, f"width and height must be positive, found {w} x {h} mm")
        return Box(x, y, w, h)

    def form(self, data: Any) -> Form:
        form_id = self._get(data, "form", "form", str)
        pairs = tuple(int(v) for v in data.get("pairs", []))
        if any(not 2 <= n <= 6 for n in pairs):
            raise self._fail("pairs", f"must lie between 2 and 6, found {list(pairs)}")
        pages: list[FormPage] = []
        for i, page in enumerate(self._get(data, "pages", "form", list)):
            where = f"pages[{i}]"
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
            not_known=tuple(self._get(data, "not_known", "form", list)),
        )

    def _page(self, data: Any, form_id: str, pairs: int | None, where: str) -> FormPage:
        width, height = self._numbers(self._get(data, "size", where, list), 2, f"{where}.size")
        fields = [self._field(f, f"{where}.fields[{i}]") for i, f in enumerate(self._get(data, "fields", where, list))]
        lines = [self._line(v, f"{where}.lines[{i}]") for i, v in enumerate(self._get(data, "lines", where, list))]
        if pairs is not None:
            more_fields, more_lines = self._repeat(data["repeat"], pairs, f"{where}.repeat")
            fields += more_fields
            lines += more_lines
        page = FormPage(
            form_id=form_id,
            page=self._get(data, "page", where, int),
            pages=self._get(data, "of", where, int),
            pairs=pairs,
            width=width,
            height=height,
            tag=self._tag(data.get("tag"), f"{where}.tag"),
            marks=tuple(self._mark(m, f"{where}.marks[{i}]") for i, m in enumerate(data.get("marks", []))),
            lines=tuple(lines),
            fields=tuple(fields),
            header=tuple(self._header(h, f"{where}.header[{i}]") for i, h in enumerate(data.get("header", []))),
        )
        self._check_on_sheet(page, where)
        return page

    def _check_on_sheet(self, page: FormPage, where: str) -> None:
        seen: set[str] = set()
        for field in page.fields:
            if field.name in seen:
                raise self._fail(where, f"field {field.name!r} stands twice")
            seen.add(field.name)
            for box in field.boxes:
                if box.x < 0 or box.y < 0 or box.x + box.w > page.width or box.y + box.h > page.height:
                    raise self._fail(
                        f"{where}.fields.{field.name}",
                        f"a box at ({box.x}, {box.y}) mm lies outside the sheet of {page.width} x {page.height} mm",
                    )

    def _repeat(self, data: Any, pairs: int, where: str) -> tuple[list[DigitField], list[PrintedLine]]:
        pitch = self._get(data, "pitch", where, (int, float))
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
        return fields, moved

    def _line(self, data: Any, where: str) -> PrintedLine:
        line = PrintedLine(*self._numbers(data, 4, where))
        if line.x1 != line.x2 and line.y1 != line.y2:
            raise self._fail(where, "a ruled line must be horizontal or vertical")
        return line

    def _mark(self, data: Any, where: str) -> PrintedMark:
        x, y = self._numbers(self._get(data, "at", where, list), 2, f"{where}.at")
        polarity = self._get(data, "polarity", where, int)
        if polarity not in (1, -1):
            raise self._fail(f"{where}.polarity", f"must be 1 or -1, found {polarity}")
        side = float(self._get(data, "side", where, (int, float)))
        return PrintedMark(self._get(data, "name", where, str), x, y, side, polarity)

    def _tag(self, data: Any, where: str) -> PrintedTag | None:
        if data is None:
            return None
        return PrintedTag(
            ids=tuple(int(v) for v in self._get(data, "ids", where, list)),
            box=self._box(self._get(data, "box", where, list), f"{where}.box"),
            corner_0=self._get(data, "corner_0", where, str),
        )

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
            first_y=float(self._get(data, "first_y", where, (int, float))),
            pitch=float(self._get(data, "pitch", where, (int, float))),
            radius=float(self._get(data, "radius", where, (int, float))),
        )

    def _tally(self, data: Any, where: str) -> Tally | None:
        if data is None:
            return None
        x_edges = self._get(data, "x_edges", where, list)
        y_edges = self._get(data, "y_edges", where, list)
        total = data.get("total")
        rows = tuple(
            tuple(self._box(b, f"{where}.row_totals[{i}]") for b in row) for i, row in enumerate(data["row_totals"])
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
        left = self._get(data, "left", where, str)
        lefts = fnmatch.filter(names, left)
        right = tuple(name for pattern in data.get("right", []) for name in fnmatch.filter(names, pattern))
        if not lefts or (data.get("right") and not right):
            raise self._fail(where, f"names no field of this form: {left!r}, {data.get('right')}")
        rule_id = self._get(data, "id", where, str)
        return [
            Rule(
                rule_id=rule_id.replace(left, name),
                relation=relation,
                kind=kind,
                left=name,
                right=right,
                limit=data.get("limit"),
                share=data.get("share"),
            )
            for name in lefts
        ]


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
