"""What is made of labelled photos whose form is not in the catalogue: rows found, named, read, and none accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ocr_pipeline.benchmark.score import Scored
from ocr_pipeline.records import Verdict


@dataclass(frozen=True, slots=True)
class UnknownTally:
    """Counts over photos; numbers are those that a label gives."""

    photos: int
    read: int
    """Photos read as a form that is not known."""
    numbers: int
    """On all photos, read or not."""
    found: int
    """Rows of boxes found, at most as many as a photo's numbers."""
    more_rows: int
    """Rows beyond these: numbers without a label, dates, and what is no row of boxes at all."""
    named: int
    """Numbers whose field has its right name."""
    right: int
    """Of these, read as what is written."""
    right_any_name: int
    """Numbers whose value stands in some row of the photo, each row once."""
    accepted: int
    """Must be none."""


def unknown_tally(scored: Iterable[Scored]) -> UnknownTally:
    """Counts a group of photos; those of forms that were found count their numbers alone."""
    n: Counter[str] = Counter()
    for one in scored:
        values = one.label.values
        n["photos"] += 1
        n["numbers"] += len(values)
        if not one.of_unknown_form or one.result is None:
            continue
        fields = {field.field: field for field in one.result.fields}
        n["read"] += 1
        n["found"] += min(len(fields), len(values))
        n["more_rows"] += max(0, len(fields) - len(values))
        n["named"] += sum(name in fields for name in values)
        n["right"] += sum(name in fields and fields[name].value == value for name, value in values.items())
        said = Counter(field.value for field in fields.values() if field.value is not None)
        n["right_any_name"] += (Counter(values.values()) & said).total()
        n["accepted"] += sum(field.verdict is Verdict.ACCEPT for field in fields.values())
    return UnknownTally(**{name: n[name] for name in UnknownTally.__dataclass_fields__})


def unknown_table(groups: dict[str, Sequence[Scored]]) -> str:
    """The tallies for people, a line per group that has photos of unknown forms; empty where there are none."""
    head = (
        f"{'forms not in the catalogue':34s}{'photos':>7s}{'read':>6s} |{'numbers':>8s}{'found':>7s}{'more':>6s}"
        f"{'named':>7s}{'right':>7s}{'any name':>10s}{'accepted':>10s}"
    )
    lines = [head]
    for name, some in groups.items():
        t = unknown_tally(some)
        if t.read:
            lines.append(
                f"{name:34s}{t.photos:7d}{t.read:6d} |{t.numbers:8d}{t.found:7d}{t.more_rows:6d}"
                f"{t.named:7d}{t.right:7d}{t.right_any_name:10d}{t.accepted:10d}"
            )
    return "\n".join(lines) if len(lines) > 1 else ""
