"""Shares with their intervals: over all, per form and kind of photo, and per field group of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ocr_pipeline.benchmark.numbers import FieldGroup, measured_numbers, only_group
from ocr_pipeline.benchmark.score import Scored, tally, wilson


@dataclass(frozen=True, slots=True)
class Share:
    """``hits`` of ``n``."""

    hits: int
    n: int

    @property
    def value(self) -> float | None:
        """The share itself; None of nothing."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """95 % by Wilson."""
        return wilson(self.hits, self.n)


@dataclass(frozen=True, slots=True)
class Row:
    """The shares of some photos, or of one group of their numbers."""

    form: str | None
    """None: of all forms."""
    kind: str | None
    """``real``, ``mock``, ``synthetic 2``; None: of all kinds."""
    group: FieldGroup | None
    """None: of all numbers."""
    photos: int
    shares: Mapping[str, Share]
    """By figure, see ``FIGURES``; what is of whole pages is not said of a field group."""

    @property
    def title(self) -> str:
        """Name for people."""
        return " ".join(part for part in (self.form, self.kind, self.group) if part) or "all"


FIGURES = {
    "pages_right": "pages read as what they are",
    "straight_through": "stations accepted whole",
    "numbers_right": "numbers right",
    "numbers_accepted": "numbers accepted",
    "wrong_accepted": "wrong of the accepted",
    "digits_right": "digits right",
    "false_first_digits": "fillers read as a digit",
}
"""What each share says."""
OF_PAGES = ("pages_right", "straight_through")


def breakdown(scored: Sequence[Scored]) -> tuple[Row, ...]:
    """All, each kind, each form and kind, and each field group of these; in order of first appearance."""
    rows = [_row(scored)]
    kinds = list(dict.fromkeys(one.kind for one in scored))
    if len(kinds) > 1:
        rows += [_row([one for one in scored if one.kind == kind], kind=kind) for kind in kinds]
    for form, kind in dict.fromkeys((one.label.form, one.kind) for one in scored):
        some = [one for one in scored if (one.label.form, one.kind) == (form, kind)]
        rows.append(_row(some, form, kind))
        groups = [row for group in FieldGroup if (row := _row(some, form, kind, group)).shares["numbers_right"].n]
        rows += groups if len(groups) > 1 else []
    return tuple(rows)


def straight_through(scored: Iterable[Scored]) -> Share:
    """Stations of which every labelled number is accepted, of those that have any."""
    stations: dict[tuple[str, str], bool] = {}
    for number in measured_numbers(scored):
        stations[number.station] = stations.get(number.station, True) and number.accepted
    return Share(sum(stations.values()), len(stations))


def _row(
    scored: Sequence[Scored], form: str | None = None, kind: str | None = None, group: FieldGroup | None = None
) -> Row:
    some = scored if group is None else [only_group(one, group) for one in scored]
    t = tally(some)
    shares = {
        "pages_right": Share(t.page_right, t.photos),
        "straight_through": straight_through(some),
        "numbers_right": Share(t.right, t.numbers),
        "numbers_accepted": Share(t.accepted, t.numbers),
        "wrong_accepted": Share(t.wrong_accepted, t.accepted),
        "digits_right": Share(t.digits_right, t.digits),
        "false_first_digits": Share(t.false_first_digits, t.fillers),
    }
    shown = {name: share for name, share in shares.items() if group is None or name not in OF_PAGES}
    return Row(form, kind, group, t.photos, shown)
