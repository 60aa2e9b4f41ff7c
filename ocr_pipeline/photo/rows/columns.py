"""Rows of one size that stand below each other: what tells a form's numbers from chance and from grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ocr_pipeline.config import RowSettings
from ocr_pipeline.photo.rows.cells import BoxSize
from ocr_pipeline.photo.rows.lines import Floats, Lines
from ocr_pipeline.photo.rows.places import Place, apart, ends, goes_on, places_at, places_on_page


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """Rows of one size that stand below each other."""

    rows: tuple[Place, ...]
    weight: float

    @property
    def left(self) -> float:
        """Left end of its rows, about."""
        return float(np.mean([row.x for row in self.rows]))

    def beside(self, other: _Column) -> bool:
        """Whether most rows stand level with rows of another column, as those of men, women and both do."""
        heights = np.array([row.y for row in other.rows])
        level = [np.abs(heights - row.y).min() < row.size.height / 2 for row in self.rows]
        return bool(np.mean(level) > 0.5)

    def gathered(self, size: BoxSize, lines: Lines, settings: RowSettings) -> list[Place]:
        """Every row of that size in this column, also such as lack an edge and would be believed nowhere else."""
        ys, xs = np.array([row.y for row in self.rows]), np.array([row.x for row in self.rows])
        y = np.arange(0, len(lines.level) - round(size.height), dtype=float)
        lean, first = np.polyfit(ys, xs, 1)  # a column may lean a little
        reach = np.arange(-settings.column_reach_px, settings.column_reach_px + 1)
        x: Floats = (first + lean * y[:, None] + reach).ravel()
        return places_at(x, np.repeat(y, len(reach)), size, lines, settings.least_score_in_column)


@dataclass(frozen=True, slots=True, eq=False)
class _Family:
    """All rows of one size on the page."""

    size: BoxSize
    columns: tuple[_Column, ...]
    trust: float
    """Part of the weight of all rows of this size that stands in these columns; in a tally grid they stand anywhere."""

    @property
    def weight(self) -> float:
        """How much speaks for this being a size of digit boxes."""
        return self.trust * sum(column.weight for column in self.columns)

    def sure(self, settings: RowSettings) -> bool:
        """Whether it can be believed beside another size."""
        weights = [_weight(row, settings) for column in self.columns for row in column.rows]
        return self.trust >= settings.least_trust and float(np.mean(weights)) >= settings.least_sure


@dataclass(frozen=True, slots=True, eq=False)
class Agreed:
    """The rows that most of a page agrees on."""

    rows: tuple[Place, ...]
    weight: float
    """How much speaks for them: the rows of the leading size, each counted up to 1 by the edges that are seen."""


def agreed_rows(sizes: list[BoxSize], lines: Lines, grids: Floats, settings: RowSettings) -> Agreed:
    """The rows of the size that most rows agree on, and of further sizes that are surely seen.

    Args:
        sizes: those that digit boxes may have here.
        lines: the page's ruled lines.
        grids: (n, 4) areas of tally grids, in which no row is looked for.
        settings: what is believed.
    """
    families = [_family(size, lines, grids, settings) for size in sizes]
    leading = max(families, key=lambda family: family.weight, default=None)
    if leading is None or leading.weight < settings.least_weight:
        return Agreed((), 0.0)
    believed = [
        family
        for family in families
        if family is leading or (family.sure(settings) and family.weight >= settings.least_weight)
    ]
    found = [
        row for family in believed for column in family.columns for row in column.gathered(family.size, lines, settings)
    ]
    for size in sizes:
        # In a table the cells of a total may be lower or higher than those above them.
        if size.as_wide_as(leading.size, settings):
            other = [row for column in leading.columns for row in column.gathered(size, lines, settings)]
            found.extend(row for row in other if row.score >= settings.least_score_otherwise)
    rows = apart(row for row in found if not row.within(grids))
    lefts = [column.left for family in believed for column in family.columns]
    return Agreed(tuple(row for row in rows if not goes_on(row, lines, lefts, settings)), leading.weight)


def _family(size: BoxSize, lines: Lines, grids: Floats, settings: RowSettings) -> _Family:
    rows = apart(place for place in places_on_page(size, lines, settings) if not place.within(grids))
    columns = _columns([row for row in rows if ends(row, lines, settings)], settings)
    columns = [column for column in columns if column.beside(columns[0])][: settings.most_columns]
    total = sum(_weight(row, settings) for row in rows)
    return _Family(size, tuple(columns), sum(column.weight for column in columns) / max(1e-9, total))


def _weight(row: Place, settings: RowSettings) -> float:
    """0 for a row that is just seen, 1 for one of which every edge is."""
    return max(0.0, row.score - settings.least_score) / (1 - settings.least_score)


def _columns(rows: list[Place], settings: RowSettings) -> list[_Column]:
    """The columns these rows form, the weightiest first; rows that stand alone are left out."""
    groups: list[list[Place]] = []
    for row in sorted(rows, key=lambda row: row.y):
        home = next((group for group in groups if _below(group[-1], row, settings)), None)
        if home is None:
            groups.append([row])
        else:
            home.append(row)
    columns = [
        _Column(tuple(group), sum(_weight(row, settings) for row in group)) for group in groups if len(group) > 1
    ]
    return sorted(columns, key=lambda column: -column.weight)


def _below(upper: Place, lower: Place, settings: RowSettings) -> bool:
    allowed = settings.same_column * upper.size.width + settings.most_lean * (lower.y - upper.y)
    return abs(upper.x - lower.x) < allowed
