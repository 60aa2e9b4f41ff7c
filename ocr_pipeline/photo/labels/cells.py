"""Printed words put together as they stand in the cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr_pipeline.config import LabelSettings
from ocr_pipeline.photo.text import Word


@dataclass(frozen=True, slots=True)
class Line:
    """Words side by side with no wide gap."""

    words: tuple[Word, ...]

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.words[-1].right

    @property
    def height(self) -> float:
        """Of its letters."""
        return max(word.height for word in self.words)

    @property
    def y(self) -> float:
        """Its middle's height on the page."""
        return sum(word.middle[1] for word in self.words) / len(self.words)

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(word.text for word in self.words)


def lines_of(words: Sequence[Word], settings: LabelSettings) -> list[Line]:
    """The lines of every cell: words go on side by side until a gap wider than between words."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.left):
        beside = [line for line in lines if _goes_on(line[-1], word, settings)]
        if beside:
            min(beside, key=lambda line: abs(line[-1].middle[1] - word.middle[1])).append(word)
        else:
            lines.append([word])
    return [Line(tuple(line)) for line in lines]


def _goes_on(last: Word, word: Word, settings: LabelSettings) -> bool:
    height = max(last.height, word.height)
    gap, drop = word.left - last.right, abs(word.middle[1] - last.middle[1])
    return -height < gap < settings.word_gap * height and drop < settings.same_line * height


def cells_of(lines: Sequence[Line], settings: LabelSettings) -> list[str]:
    """Texts of the lines put together that stand closely below each other."""
    cells: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.y):
        home = next((cell for cell in cells if _continues(cell[-1], line, settings)), None)
        if home is None:
            cells.append([line])
        else:
            home.append(line)
    return [" ".join(line.text for line in cell) for cell in cells]


def _continues(upper: Line, lower: Line, settings: LabelSettings) -> bool:
    overlap = upper.left < lower.right and lower.left < upper.right
    return overlap and lower.y - upper.y < settings.line_pitch * max(upper.height, lower.height)
