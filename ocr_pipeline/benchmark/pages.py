"""How surely the pages of each form are found on labelled photos, and how near their boxes lie."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ocr_pipeline.benchmark.score import Scored, box_errors, percentile
from ocr_pipeline.config import BOXES, LADDER, BoxSettings, LadderSettings
from ocr_pipeline.records import PageReading


@dataclass(frozen=True, slots=True)
class PageTally:
    """Counts over the photos that are labelled as one page of one form."""

    photos: int
    right: int
    rejected: int
    """Not read, or as a form that is not in the catalogue."""
    wrong: int
    """Taken for another form or page."""
    boxes: int
    """Of the photos on which the page is right."""
    confirmed: int
    """Of these boxes, those whose printed border is seen."""
    known_photos: int
    """Photos with known box positions on which the page is right."""
    known_boxes: int
    inexact_photos: int
    """Of these photos, those with a box centre further off than ``LadderSettings.off_widths`` ..."""
    off_photos: int
    """... and further than ``LadderSettings.wrong_widths``."""
    median_widths: float | None
    """Box centre errors in box widths; None where no position is known."""
    p99_widths: float | None
    most_widths: float | None


def by_page(scored: Iterable[Scored]) -> dict[str, list[Scored]]:
    """The photos by the form page of their label."""
    found: dict[str, list[Scored]] = {}
    for one in sorted(scored, key=lambda s: (s.label.form, s.label.page)):
        found.setdefault(f"{one.label.form} p.{one.label.page}", []).append(one)
    return found


def page_tally(scored: Sequence[Scored], boxes: BoxSettings = BOXES, ladder: LadderSettings = LADDER) -> PageTally:
    """Counts the photos of one page, or of several."""
    read = [one for one in scored if isinstance(one.outcome, PageReading) and not one.of_unknown_form]
    right = [one for one in read if one.right_page]
    borders = [
        score
        for one in right
        if isinstance(one.outcome, PageReading)
        for field in one.outcome.fields
        for score in field.border_scores
    ]
    errors = box_errors(right)
    flat = [error for photo in errors for error in photo]
    worst = [max(photo, default=0.0) for photo in errors]
    return PageTally(
        photos=len(scored),
        right=len(right),
        rejected=len(scored) - len(read),
        wrong=len(read) - len(right),
        boxes=len(borders),
        confirmed=sum(score >= boxes.least_border for score in borders),
        known_photos=len(errors),
        known_boxes=len(flat),
        inexact_photos=sum(error > ladder.off_widths for error in worst),
        off_photos=sum(error > ladder.wrong_widths for error in worst),
        median_widths=round(percentile(flat, 0.5), 4) if flat else None,
        p99_widths=round(percentile(flat, 0.99), 4) if flat else None,
        most_widths=round(max(flat), 4) if flat else None,
    )


def page_table(scored: Sequence[Scored]) -> str:
    """The tallies for people, a line per form page."""
    lines = [
        f"{'page found':34s}{'photos':>7s}{'right':>6s}{'rejct':>6s}{'wrong':>6s} |{'boxes':>7s}{'confirmed':>10s} |"
        f"{'known on':>9s}{'boxes':>7s}{'median':>8s}{'p99':>7s}{'most':>7s}"
        f"{'photos >1/4':>12s}{'>1/2':>6s}"
    ]
    for name, some in [*by_page(scored).items(), ("all", scored)]:
        t = page_tally(some)
        share = f"{t.confirmed / t.boxes:.1%}" if t.boxes else "-"
        widths = ("-" if w is None else f"{w:.3f}" for w in (t.median_widths, t.p99_widths, t.most_widths))
        median, p99, most = widths
        lines.append(
            f"{name:34s}{t.photos:7d}{t.right:6d}{t.rejected:6d}{t.wrong:6d} |{t.boxes:7d}{share:>10s} |"
            f"{t.known_photos:9d}{t.known_boxes:7d}{median:>8s}{p99:>7s}{most:>7s}"
            f"{t.inexact_photos:12d}{t.off_photos:6d}"
        )
    return "\n".join(lines)
