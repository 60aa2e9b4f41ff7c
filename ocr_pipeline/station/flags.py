"""Why a person should look at a station: the closed list of ``records.FlagCode`` put into sentences.

Scores come from elsewhere; thresholds are applied here, and nowhere else in the station's way. An
``error`` sends its fields to review, a ``note`` informs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ocr_pipeline.config import StationSettings, VerdictSettings
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.records import (
    FieldReading,
    Flag,
    FlagCode,
    PageReading,
    RuleCheck,
    RunnerUp,
    Severity,
)
from ocr_pipeline.station.assemble import Station

MESSAGES = {
    "sum": "{terms} = {expected}, the form says {left}: {difference}",
    "equal": "{right_field} is {expected}, {left_field} says {left}: {difference}",
    "reserve": "{right_field} {base} and {share:.3g} % of it as reserve make {expected}, {left_field} says {left}: "
    "{difference}",
    "limit": "{left_field} = {left} is more than the {expected} a station can hold: {difference}",
    "at most": "{left_field} = {left} is more than {right_field} = {expected}: {difference}",
    "too many": "{n} too many",
    "too few": "{n} too few",
    "low confidence": "{field} reads {value} with probability {probability:.4f}, {least:g} is needed",
    "runner-up": "; next is {value} with {probability:.4f}",
    "no number": "no number",
    "nothing written": "{field}: nothing is written in the boxes",
    "not a number": "{field}: the boxes show {boxes}, which is not read as a number",
    "box": "{field}: its boxes were not found where the form prints them (score {score:.2f}, the weakest {least:.2f})",
    "altered": "{field}: box {box} of {boxes} holds {excess:.1f} times the ink its digit takes; the number may "
    "have been altered",
    "witnesses": "{field}: {readings}",
    "witness": "{witness} say {value}",
    "readings": "{field}: {readings}",
    "reading": "photo {photo} shows {value} ({boxes})",
    "duplicate": "photos {photos} are the same file",
    "duplicate elsewhere": "the same file also came in for another station, as {photos}: it can only belong to one",
    "wrong page": "photo {photo} is said to be page {claimed} but shows page {found}",
    "pairs": "the photos show sheets for {pairs} pairs: they cannot all be of one contest",
    "other forms": "pages of other forms came in for this station: {forms}",
}
"""Every sentence of this module, in one place."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is known of one field before the verdict."""

    reading: FieldReading
    """The reading the value was taken from."""
    sha256: str
    """Of the photo of that reading."""
    value: int | None
    """As written."""
    probability: float
    runner_up: RunnerUp | None
    witnesses: Mapping[str, int | None]
    readings: tuple[tuple[PageReading, FieldReading, int | None], ...]
    """Every photo of the field: its page, reading and value."""

    @property
    def field(self) -> str:
        """The field's name."""
        return self.reading.field


def raise_flags(
    station: Station,
    answers: Sequence[Answer],
    rules: Sequence[Rule],
    checks: Sequence[RuleCheck],
    verdict: VerdictSettings,
    settings: StationSettings,
    elsewhere: Mapping[str, tuple[str, ...]],
) -> tuple[Flag, ...]:
    """Every reason to look at this station, what concerns the station first, then the fields in order.

    Args:
        station: the pages.
        answers: one per field that was read, in the order of the form.
        rules: the rules of this station's sheet.
        checks: their outcome on the values as written, one per rule and in the same order.
        verdict: thresholds of acceptance.
        settings: thresholds of the station's other scores.
        elsewhere: for each sha256 that also came in for another station, the names it has there.
    """
    values = {answer.field: answer.value for answer in answers}
    flags = [*_page_flags(station), *_elsewhere_flags(answers, elsewhere)]
    for rule, check in zip(rules, checks, strict=True):
        if check.holds is False:
            flags.append(_rule_flag(rule, check, values))
    for answer in answers:
        flags.extend(_reading_flags(answer, verdict))
        flags.extend(_box_flags(answer, settings))
        flags.extend(_disagreement_flags(answer))
    return tuple(flags)


def _error(code: FlagCode, fields: Iterable[str], message: str, rule: str | None = None) -> Flag:
    return Flag(code, Severity.ERROR, tuple(fields), message, rule)


def _note(code: FlagCode, message: str) -> Flag:
    return Flag(code, Severity.NOTE, (), message)


def _page_flags(station: Station) -> Iterator[Flag]:
    for page, claimed in zip(station.pages, station.claimed_pages, strict=True):
        if claimed not in (None, page.page):
            text = MESSAGES["wrong page"].format(photo=page.photo, claimed=claimed, found=page.page)
            yield _note(FlagCode.WRONG_PAGE, text)
    same: dict[tuple[str, int], list[str]] = {}
    for page in station.pages:
        same.setdefault((page.sha256, page.page), []).append(page.photo)
    for photos in same.values():
        if len(photos) > 1:
            yield _note(FlagCode.DUPLICATE_PHOTO, MESSAGES["duplicate"].format(photos=", ".join(photos)))
    pairs = sorted({page.pairs for page in station.pages if page.pairs is not None})
    if len(pairs) > 1:
        fields = dict.fromkeys(field.field for page in station.pages for field in page.fields)
        text = MESSAGES["pairs"].format(pairs=" and ".join(map(str, pairs)))
        yield _error(FlagCode.MIXED_FORMS, fields, text)
    if station.other_forms:
        text = MESSAGES["other forms"].format(forms=", ".join(station.other_forms))
        yield _note(FlagCode.MIXED_FORMS, text)


def _elsewhere_flags(answers: Sequence[Answer], elsewhere: Mapping[str, tuple[str, ...]]) -> Iterator[Flag]:
    for sha256, photos in elsewhere.items():
        fields = [answer.field for answer in answers if answer.sha256 == sha256]
        if fields:
            text = MESSAGES["duplicate elsewhere"].format(photos=", ".join(photos))
            yield _error(FlagCode.DUPLICATE_PHOTO, fields, text)


def _rule_flag(rule: Rule, check: RuleCheck, values: Mapping[str, int | None]) -> Flag:
    """The flag of a rule that does not hold as written, in the numbers of the paper."""
    left, difference = values[rule.left], check.difference
    if left is None or difference is None:
        raise ValueError(f"rule {rule.rule_id} cannot fail on a value that is missing")
    right = [value for name in rule.right if (value := values[name]) is not None]
    amount = MESSAGES["too many" if difference > 0 else "too few"].format(n=abs(difference))
    if rule.relation == "at_most":
        code, template = FlagCode.BOUND_EXCEEDED, MESSAGES["at most" if rule.right else "limit"]
    elif rule.relation == "equal_share":
        code, template = FlagCode.SUM_MISMATCH, MESSAGES["reserve"]
    else:
        code, template = FlagCode.SUM_MISMATCH, MESSAGES["equal" if len(right) == 1 else "sum"]
    message = template.format(
        terms=" + ".join(map(str, right)),
        left=left,
        left_field=rule.left,
        right_field=" + ".join(rule.right),
        base=right[0] if right else None,
        share=100 * (rule.share or 0),
        expected=left - difference,
        difference=amount,
    )
    # The reserve is rounded differently from village to village (``forms.md`` R10): no reason to stop.
    severity = Severity.NOTE if rule.relation == "equal_share" else Severity.ERROR
    return Flag(code, severity, (rule.left, *rule.right), message, rule.rule_id)


def _reading_flags(answer: Answer, verdict: VerdictSettings) -> Iterator[Flag]:
    field, boxes = answer.field, answer.reading.boxes
    if answer.value is None:
        if boxes.strip("_") == "":
            yield _error(FlagCode.NOTHING_WRITTEN, [field], MESSAGES["nothing written"].format(field=field))
        else:
            yield _error(FlagCode.NOT_A_NUMBER, [field], MESSAGES["not a number"].format(field=field, boxes=boxes))
    elif not answer.probability >= verdict.accept_probability:  # so that NaN counts as unsure
        text = MESSAGES["low confidence"].format(
            field=field, value=answer.value, probability=answer.probability, least=verdict.accept_probability
        )
        if answer.runner_up is not None:
            value, probability = _number(answer.runner_up.value), answer.runner_up.probability
            text += MESSAGES["runner-up"].format(value=value, probability=probability)
        yield _error(FlagCode.LOW_CONFIDENCE, [field], text)


def _box_flags(answer: Answer, settings: StationSettings) -> Iterator[Flag]:
    # The boxes of a number are found together, so they are confirmed together; but one that hardly shows
    # any border may lie beside the row, with all the others one place off.
    scores = answer.reading.border_scores
    score, least = sum(scores) / len(scores), min(scores)
    if not (score >= settings.least_border_score and least >= settings.least_single_border):  # NaN is unsure
        text = MESSAGES["box"].format(field=answer.field, score=score, least=least)
        yield _error(FlagCode.BOX_NOT_CONFIRMED, [answer.field], text)
    for box, excess in enumerate(answer.reading.ink_excess, 1):
        if not excess <= settings.most_ink:
            text = MESSAGES["altered"].format(field=answer.field, box=box, boxes=len(scores), excess=excess)
            yield _error(FlagCode.ALTERED, [answer.field], text)


def _disagreement_flags(answer: Answer) -> Iterator[Flag]:
    said = {witness: value for witness, value in answer.witnesses.items() if value is not None}
    if len(set(said.values())) > 1:
        each = [MESSAGES["witness"].format(witness=witness, value=value) for witness, value in said.items()]
        text = MESSAGES["witnesses"].format(field=answer.field, readings=", ".join(each))
        yield _error(FlagCode.WITNESSES_DISAGREE, [answer.field], text)
    if len({value for _, _, value in answer.readings}) > 1:
        each = [
            MESSAGES["reading"].format(photo=page.photo, value=_number(value), boxes=reading.boxes)
            for page, reading, value in answer.readings
        ]
        text = MESSAGES["readings"].format(field=answer.field, readings=", ".join(each))
        yield _error(FlagCode.READINGS_DISAGREE, [answer.field], text)


def _number(value: int | None) -> str:
    return MESSAGES["no number"] if value is None else str(value)
