"""The frozen records of the form catalogue. All lengths are millimetres on the printed sheet."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; for printed boxes the centre-line of the stroke."""

    x: float
    y: float
    w: float
    h: float

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box."""
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Upper left, upper right, lower right, lower left."""
        x2, y2 = self.x + self.w, self.y + self.h
        return (self.x, self.y), (x2, self.y), (x2, y2), (self.x, y2)

    def moved(self, dy: float) -> Box:
        """The same box, ``dy`` further down."""
        return Box(self.x, self.y + dy, self.w, self.h)


@dataclass(frozen=True, slots=True)
class PrintedMark:
    """A registration mark of two black squares that touch at one corner."""

    name: str
    x: float
    y: float
    """The point where the squares touch."""
    side: float
    polarity: int
    """+1: black at upper left and lower right; -1: black at upper right and lower left."""


@dataclass(frozen=True, slots=True)
class PrintedTag:
    """An AprilTag 36h10; its code is printed turned by 180 degrees on every sheet seen so far."""

    ids: tuple[int, ...]
    """Ids seen on this page; none where the page itself was not seen."""
    box: Box
    corner_0: str
    """Corner of the box at which the code's own corner 0 lies: ``lower_right`` etc."""
    complete: bool = False
    """Whether those are all ids there are: one sheet for the whole country. Else other contests or regions may
    carry others."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A straight ruled line, horizontal or vertical; the registration leans on these."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def horizontal(self) -> bool:
        """True for a line along x."""
        return abs(self.x2 - self.x1) >= abs(self.y2 - self.y1)

    def moved(self, dy: float) -> PrintedLine:
        """The same line, ``dy`` further down."""
        return PrintedLine(self.x1, self.y1 + dy, self.x2, self.y2 + dy)

    def scaled(self, factor: float) -> PrintedLine:
        """The same line in another unit of length."""
        return PrintedLine(self.x1 * factor, self.y1 * factor, self.x2 * factor, self.y2 * factor)


def edges(box: Box) -> tuple[PrintedLine, PrintedLine, PrintedLine, PrintedLine]:
    """The four sides of a box: upper, lower, left, right."""
    x2, y2 = box.x + box.w, box.y + box.h
    return (
        PrintedLine(box.x, box.y, x2, box.y),
        PrintedLine(box.x, y2, x2, y2),
        PrintedLine(box.x, box.y, box.x, y2),
        PrintedLine(x2, box.y, x2, y2),
    )


@dataclass(frozen=True, slots=True)
class Bubbles:
    """A column of ten bubbles under each digit box, 0 at the top."""

    column_x: tuple[float, ...]
    first_y: float
    pitch: float
    radius: float


@dataclass(frozen=True, slots=True)
class Tally:
    """A grid for tally bundles of five strokes."""

    x_edges: tuple[float, ...]
    y_edges: tuple[float, ...]
    row_totals: tuple[tuple[Box, ...], ...]
    """Per row, the boxes of its total; one undivided cell on the 2020 sheet."""
    total: Box | None
    """The handwritten total of all rows, where the form has one (Pilkada 2024)."""

    @property
    def lines(self) -> tuple[PrintedLine, ...]:
        """Every line of the grid and of its row totals."""
        xs, ys = self.x_edges, self.y_edges
        grid = [PrintedLine(x, ys[0], x, ys[-1]) for x in xs] + [PrintedLine(xs[0], y, xs[-1], y) for y in ys]
        return (*grid, *(line for row in self.row_totals for box in row for line in edges(box)))


@dataclass(frozen=True, slots=True)
class DigitField:
    """One number of the form."""

    name: str
    label: str
    """As printed, for people."""
    section: str
    boxes: tuple[Box, ...]
    guide_dots: bool
    """Whether a seven-segment dotted guide is printed in each box."""
    bubbles: Bubbles | None
    words: Box | None
    """Where the number is written in words."""
    tally: Tally | None


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A line of the head of the page: printed, or filled in by hand."""

    name: str
    box: Box
    handwritten: bool


class RuleKind(enum.StrEnum):
    """How surely a rule holds on a correct paper (see ``forms.md`` 2.4 for where each comes from)."""

    HARD = "hard"
    SEMI_HARD = "semi-hard"
    SOFT = "soft"


@dataclass(frozen=True, slots=True)
class Rule:
    """A relation between the numbers of one station.

    ``sum``: left = sum of right. ``at_most``: left <= sum of right, or <= ``limit``.
    ``equal_share``: left = right[0] + ceil(share * right[0]).
    """

    rule_id: str
    relation: str
    kind: RuleKind
    left: str
    right: tuple[str, ...]
    limit: int | None = None
    share: float | None = None
    fails_on_paper: float | None = None
    """Share of papers that break it, where that was counted; else the default of its kind holds."""


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page of a form, for a stated number of pairs where its rows depend on it."""

    form_id: str
    page: int
    pages: int
    pairs: int | None
    width: float
    height: float
    tag: PrintedTag | None
    marks: tuple[PrintedMark, ...]
    lines: tuple[PrintedLine, ...]
    fields: tuple[DigitField, ...]
    header: tuple[HeaderLine, ...]
    elastic_rows: bool
    """Whether printers set the heights of the rows as they liked: order and columns hold, y only roughly."""
    provisional: bool
    """Whether the layout is inferred from sister forms and was never seen: no number of it is used unseen."""

    @property
    def box_lines(self) -> tuple[PrintedLine, ...]:
        """The sides of all digit boxes."""
        return tuple(line for field in self.fields for box in field.boxes for line in edges(box))

    @property
    def grid_lines(self) -> tuple[PrintedLine, ...]:
        """The lines of the tally grids."""
        return tuple(line for field in self.fields if field.tally for line in field.tally.lines)

    def scaled(self, factor: float) -> FormPage:
        """The same page printed larger or smaller."""
        larger: FormPage = _scaled(self, factor)
        return larger

    @property
    def title(self) -> str:
        """Name for people: ``c-hasil-kwk-2024 p.2 (3 pairs)``."""
        pairs = "" if self.pairs is None else f" ({self.pairs} pairs)"
        return f"{self.form_id} p.{self.page}{pairs}"


def _scaled(value: Any, factor: float) -> Any:
    """A record with all its lengths: the floats of a page and of what stands on it are lengths, and nothing else is."""
    if isinstance(value, float):
        return value * factor
    if isinstance(value, tuple):
        return tuple(_scaled(item, factor) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _scaled(getattr(value, field.name), factor) for field in fields(value)})
    return value


@dataclass(frozen=True, slots=True)
class Form:
    """A form of one election: its pages, its rules, and what is not known about it."""

    form_id: str
    title: str
    election: str
    year: int
    pairs: tuple[int, ...]
    """Numbers of pairs the pages can be laid out for; the first is the one seen on photos."""
    station_cap: int
    """Most voters a regular station may have by law (300 in 2024, 600 in Pilkada 2024, 500 in 2020)."""
    rules: tuple[Rule, ...]
    pages: tuple[FormPage, ...]
    """Every page in every variant that is known."""
    source: str
    not_known: tuple[str, ...]
    """What could not be learned of this form, in sentences."""

    @property
    def model(self) -> str:
        """The model name as printed at the sheet's head: the title without the remarks meant for people."""
        return re.split(r",| \(", self.title)[0]

    def find_page(self, page: int, pairs: int | None) -> FormPage:
        """The page record of that number and variant.

        Raises:
            KeyError: the form has no such page or variant.
        """
        for candidate in self.pages:
            if candidate.page == page and candidate.pairs in (None, pairs):
                return candidate
        raise KeyError(f"{self.form_id} has no page {page} for {pairs} pairs")
