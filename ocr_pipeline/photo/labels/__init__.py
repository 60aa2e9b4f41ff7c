"""Names for rows of digit boxes, by what is printed beside them.

Not a stage: the tool by which the numbers of a form nobody described get the names they have on the
others. A label stands to the left of its boxes; the votes of candidate pairs have no label but a
number, and stand above the first total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ocr_pipeline.config import LABELS, LabelSettings
from ocr_pipeline.photo.labels.cells import Line, cells_of, lines_of
from ocr_pipeline.photo.labels.upright import UprightPage, find_upright
from ocr_pipeline.photo.labels.vocabulary import COLUMNS, TOTALS, Vocabulary, likeness, plain, vocabulary_of
from ocr_pipeline.photo.labels.votes import VALID, name_votes
from ocr_pipeline.photo.rows import BoxRow
from ocr_pipeline.photo.text import Word, read_words, without_rules
from ocr_pipeline.warp import Image

__all__ = ["RowName", "UprightPage", "Vocabulary", "find_upright", "name_rows", "names_of", "vocabulary_of"]

_REPEATED = ("suara_sah", "suara_tidak_sah")
"""A closing block of some forms repeats these."""


@dataclass(frozen=True, slots=True)
class RowName:
    """What a row of boxes is taken for."""

    field: str
    """A field's name as in the catalogue; ``row_1``, ``row_2`` ... from the top where none is known."""
    text: str
    """What was read beside the row; empty where nothing was."""
    score: float
    """How like the text is to the field's label, 0..1; 0 for a row named by its place alone."""


def name_rows(
    grey: Image,
    rows: Sequence[BoxRow],
    vocabulary: Vocabulary,
    words: Sequence[Word] | None = None,
    settings: LabelSettings = LABELS,
) -> tuple[RowName, ...]:
    """Names the rows of an upright page.

    Args:
        grey: the page.
        rows: its rows of boxes in reading order, in pixels of ``grey``.
        vocabulary: labels and the fields they stand for.
        words: those of the page, where they are read already.
        settings: how like a label must be, and where it may stand.

    Returns:
        A name per row, no name twice.

    Raises:
        PartMissing: Tesseract or its Indonesian language is not installed.
    """
    words = read_words(grey) if words is None else words
    names = names_of(rows, [words], vocabulary, settings)
    if _complete([name.field for name in names]):
        return names
    # Ruled lines close to print are read as letters, and letters close to them not at all.
    return names_of(rows, [words, read_words(without_rules(grey))], vocabulary, settings)


def _complete(fields: Sequence[str]) -> bool:
    totals = {*TOTALS} & {*fields}
    return not any(field.startswith("row_") for field in fields) and (not totals or VALID in totals)


def names_of(
    rows: Sequence[BoxRow],
    readings: Sequence[Sequence[Word]],
    vocabulary: Vocabulary,
    settings: LabelSettings = LABELS,
) -> tuple[RowName, ...]:
    """The same for words that are read already, once or several times; in pixels of the same picture as the rows."""
    places = [_Place.of(row) for row in rows]
    each = [lines_of(words, settings) for words in readings]
    beside = [[_beside(place, places, lines, settings) for lines in each] for place in places]
    lines = [line for reading in each for line in reading]
    names = [_by_label(near, vocabulary, settings) for near in beside]
    names = _each_once(_in_columns(names, places, lines, vocabulary, settings))
    of_votes = any(name.field in TOTALS for name in names) or _speaks_of(vocabulary.candidates, lines, settings)
    if of_votes and not _speaks_of(vocabulary.others, lines, settings):
        alone = [sum(other.level_with(place) for other in places) == 1 for place in places]
        words = [[word.text for lines in near for line in lines for word in line.words] for near in beside]
        voted = name_votes([name.field for name in names], alone, words)
        names = [replace(name, field=field) for name, field in zip(names, voted, strict=True)]
    return tuple(
        name if name.field else replace(name, field=f"row_{number}") for number, name in enumerate(names, start=1)
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row of boxes stands."""

    left: float
    right: float
    top: float
    bottom: float

    @staticmethod
    def of(row: BoxRow) -> _Place:
        corners = np.concatenate(row.boxes)
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        return _Place(float(left), float(right), float(top), float(bottom))

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def level_with(self, other: _Place) -> bool:
        return abs(self.top + self.bottom - other.top - other.bottom) < self.height

    def in_column_of(self, other: _Place) -> bool:
        return abs(self.left - other.left) < (self.right - self.left) / 2

    def below(self, other: _Place) -> bool:
        return self.top > other.bottom - self.height / 2


def _beside(place: _Place, places: Sequence[_Place], lines: Sequence[Line], settings: LabelSettings) -> list[Line]:
    """The lines of print to the left of a row, from a little above it down to the next row."""
    first = min(other.left for other in places if other.level_with(place))
    following = [_begins(other, places, settings) for other in places if other.below(place)]
    # After the last row another is thought of where it would stand, for a label there may be of one not found.
    tops = sorted({other.top for other in places if other.in_column_of(place)})
    usual = float(np.median(np.diff(tops))) if len(tops) > 1 else np.inf
    reach = max(min(settings.below * place.height, usual - (1 + settings.above) * place.height), 0.0)
    end = min(following, default=place.bottom + reach)
    return [line for line in lines if line.left < first and _begins(place, places, settings) < line.y < end]


def _begins(place: _Place, places: Sequence[_Place], settings: LabelSettings) -> float:
    """Where the cell of a row may begin: no higher than the row above ends."""
    ends = [other.bottom for other in places if place.below(other)]
    return max([place.top - settings.above * place.height, *ends])


def _by_label(near: Sequence[Sequence[Line]], vocabulary: Vocabulary, settings: LabelSettings) -> RowName:
    texts = [text for lines in near for text in cells_of(lines, settings)]
    best = max(((*vocabulary.best_row(text), text) for text in texts), key=_worth, default=("", 0.0, ""))
    field, score, text = best
    return RowName(field, text, score) if _worth(best) >= settings.least_likeness else RowName("", " ".join(texts), 0.0)


def _worth(match: tuple[str, float, str]) -> float:
    """Likeness to a field's label; nothing for that to a heading."""
    return match[1] if match[0] else 0.0


def _in_columns(
    names: Sequence[RowName],
    places: Sequence[_Place],
    lines: Sequence[Line],
    vocabulary: Vocabulary,
    settings: LabelSettings,
) -> list[RowName]:
    """With the letter of the column, where men, women and both are counted."""
    lefts = sorted(place.left for place in places)
    width = float(np.median([place.right - place.left for place in places])) if places else 0.0
    starts = [left for k, left in enumerate(lefts) if k == 0 or left - lefts[k - 1] > width / 2]
    named: list[RowName] = []
    for name, place in zip(names, places, strict=True):
        if name.field not in vocabulary.in_columns:
            named.append(name)
            continue
        column = int(np.argmin([abs(place.left - start) for start in starts]))
        letter = COLUMNS[column] if len(starts) == len(COLUMNS) else _head(place, lines, vocabulary, settings)
        named.append(replace(name, field=f"{name.field}_{letter}") if letter else RowName("", name.text, 0.0))
    return named


def _head(place: _Place, lines: Sequence[Line], vocabulary: Vocabulary, settings: LabelSettings) -> str | None:
    """The letter of a column by the lowest head above it that is read."""
    above = [line for line in lines if line.y < place.top and place.left < (line.left + line.right) / 2 < place.right]
    for line in sorted(above, key=lambda line: -line.y):
        scores = {
            column: max(likeness(h, plain(line.text)) for h in heads) for column, heads in vocabulary.columns.items()
        }
        letter = max(scores, key=lambda column: scores[column])
        if scores[letter] >= settings.least_likeness:
            return letter
    return None


def _each_once(names: Sequence[RowName]) -> list[RowName]:
    """Every name once: the rows with the best label keep it; a closing block repeats some totals by their own names."""
    kept = list(names)
    for field in {name.field for name in names if name.field}:
        rows = [row for row, name in enumerate(names) if name.field == field]
        if field in _REPEATED and len(rows) == 2:
            kept[rows[1]] = replace(names[rows[1]], field=f"ringkasan_{field}")
            continue
        # A heading that says the same stands above.
        best = max(rows, key=lambda row: (round(names[row].score, 1), row))
        for row in rows:
            if row != best:
                kept[row] = RowName("", names[row].text, 0.0)
    return kept


def _speaks_of(wordings: Sequence[str], lines: Sequence[Line], settings: LabelSettings) -> bool:
    texts = [plain(line.text) for line in lines]
    return any(likeness(wording, text) >= settings.least_mention for wording in wordings for text in texts)
