"""What the arithmetic suggests went wrong, beyond what stands in the boxes: see ``flags`` for plain reasons.

A suspicion says where to look. It changes no number, and most are notes: the broken rule behind them sends
the numbers to review already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ocr_pipeline.config import StationSettings
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.records import Flag, FlagCode, RuleCheck, Severity
from ocr_pipeline.station.assemble import Station
from ocr_pipeline.station.flags import Answer, make_flag
from ocr_pipeline.station.inference import ErrorKind, PaperError
from ocr_pipeline.station.messages import number_or_none, say


def raise_suspicions(
    station: Station,
    answers: Sequence[Answer],
    rules: Sequence[Rule],
    checks: Sequence[RuleCheck],
    errors: Mapping[PaperError, float],
    settings: StationSettings,
) -> tuple[Flag, ...]:
    """Suspicions about pages, then about numbers on the paper, then about first boxes.

    Args:
        station: the pages.
        answers: one per field that was read.
        rules: of this station's sheet.
        checks: their outcome as written, with the probability that each holds; in the same order.
        errors: from the inference.
        settings: thresholds.
    """
    return (
        *_mixed_stations(station, answers, rules, checks, settings),
        *_paper_errors(answers, errors, settings),
        *_first_boxes(answers, settings),
    )


def _mixed_stations(
    station: Station,
    answers: Sequence[Answer],
    rules: Sequence[Rule],
    checks: Sequence[RuleCheck],
    settings: StationSettings,
) -> Iterator[Flag]:
    """The page that breaks every sum it shares with others, though it adds up by itself and no number is to blame."""
    page_of = {page.sha256: page.page for page in station.pages}
    page = {answer.field: page_of[answer.sha256] for answer in answers}
    doubt = {answer.field: answer.doubt or 0.0 for answer in answers}
    sums = [
        (rule, {page[name] for name in (rule.left, *rule.right)}, check)
        for rule, check in zip(rules, checks, strict=True)
        if rule.relation == "sum" and check.holds is not None
    ]
    strangers: dict[int, list[Rule]] = {}
    for number in dict.fromkeys(page.values()):
        across = [(rule, check) for rule, pages, check in sums if number in pages and len(pages) > 1]
        fits_itself = all(check.holds for _, pages, check in sums if pages == {number})
        fits_others = any(check.holds or abs(check.difference or 0) <= settings.small_difference for _, check in across)
        blame = max((sum(doubt[name] for name in (rule.left, *rule.right)) for rule, _ in across), default=0.0)
        if across and fits_itself and not fits_others and blame < settings.least_paper_error:
            strangers[number] = [rule for rule, _ in across]
    most = max(map(len, strangers.values()), default=0)
    strangest = {number: broken for number, broken in strangers.items() if len(broken) == most}
    if strangest:
        broken = {rule.rule_id: rule for rules_broken in strangest.values() for rule in rules_broken}
        text = say("mixed stations", pages=", ".join(map(str, strangest)), rules=", ".join(broken))
        fields = dict.fromkeys(name for rule in broken.values() for name in (rule.left, *rule.right))
        yield make_flag(FlagCode.MIXED_STATIONS, text, fields, severity=Severity.NOTE)


def _paper_errors(
    answers: Sequence[Answer], errors: Mapping[PaperError, float], settings: StationSettings
) -> Iterator[Flag]:
    values = {answer.field: answer.value for answer in answers}
    for error, probability in errors.items():
        one, other = error.fields
        if probability < settings.least_paper_error or not values.keys() >= {one, other}:
            continue
        parts = {"field": one, "value": number_or_none(values[one]), "other": other}
        if error.kind is ErrorKind.COPIED:
            code, text = FlagCode.VALUES_COPIED, say("copied", **parts)
        else:
            code, text = FlagCode.COLUMNS_SWAPPED, say("swapped", other_value=number_or_none(values[other]), **parts)
        yield make_flag(code, text, (one, other), severity=Severity.NOTE)


def _first_boxes(answers: Sequence[Answer], settings: StationSettings) -> Iterator[Flag]:
    """The usual misreading of 2024: a filler read as a digit, or a 1 as another (``forms.md`` 4.2)."""
    for answer in answers:
        other = answer.first_box
        if (
            not answer.keyed
            and answer.value is not None
            and other is not None
            and other.probability >= settings.least_doubt
        ):
            parts = {"field": answer.field, "value": answer.value, "other": other.value}
            text = say("first box", probability=other.probability, **parts)
            yield make_flag(FlagCode.FIRST_BOX, text, (answer.field,), found=answer.value)
