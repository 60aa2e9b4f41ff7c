"""Why a person should look at a station: the closed list of ``records.FlagCode`` put into sentences.

Scores come from elsewhere; thresholds are applied here, and nowhere else in the station's way. An
``error`` sends its fields to review, a ``note`` informs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace

from ocr_pipeline.config import LEGIBILITY, StationSettings, VerdictSettings
from ocr_pipeline.forms import UNKNOWN
from ocr_pipeline.forms.model import Form, Rule
from ocr_pipeline.legibility import Fault, FieldQuality, field_fault
from ocr_pipeline.records import FieldReading, Flag, FlagCode, PageReading, RuleCheck, RunnerUp, Severity
from ocr_pipeline.station.assemble import Station
from ocr_pipeline.station.keyed import spoken
from ocr_pipeline.station.messages import Sentence, listed, number_or_none, say


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
    own_probability: float
    """By its own witnesses alone."""
    doubt: float | None
    """Probability that something else should stand there; None where no rule speaks of it."""
    first_box: RunnerUp | None
    """The most probable of the numbers that differ in their first box alone; None where that holds no digit."""
    runner_up: RunnerUp | None
    witnesses: Mapping[str, int | None]
    readings: tuple[tuple[PageReading, FieldReading, int | None], ...]
    """Every photo that shows the field: its page, reading and value."""
    quality: FieldQuality | None
    """How well the photo of that reading shows it."""

    @property
    def field(self) -> str:
        """The field's name."""
        return self.reading.field

    @property
    def keyed(self) -> bool:
        """Whether people have looked at it and decided."""
        return spoken(self.reading) is not None

    @property
    def in_frame(self) -> bool:
        """Whether its boxes are in the picture at all."""
        return self.quality is None or field_fault(self.quality) is not Fault.OUT_OF_FRAME


def raise_flags(
    station: Station,
    form: Form,
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
        form: their form.
        answers: one per field that was read, in the order of the form.
        rules: the rules of this station's sheet.
        checks: their outcome on the values as written, one per rule and in the same order.
        verdict: thresholds of acceptance.
        settings: thresholds of the station's other scores.
        elsewhere: for each sha256 that also came in for another station, the names it has there.
    """
    values = {answer.field: answer.value for answer in answers}
    doubts = {answer.field: answer.doubt for answer in answers if answer.doubt is not None}
    keyed = {answer.field for answer in answers if answer.keyed}
    flags = [
        *_page_flags(station, settings),
        *_layout_flags(station, form, keyed),
        *_elsewhere_flags(answers, elsewhere),
    ]
    for rule, check in zip(rules, checks, strict=True):
        if check.holds is False:
            flag = rule_flag(rule, check, values, most_doubtful(rule, doubts, settings))
            # Once people have looked at every number, it is the paper that does not add up: still said.
            flags.append(replace(flag, severity=Severity.NOTE) if keyed.issuperset(flag.fields) else flag)
    for answer in answers:
        if answer.keyed:
            flags.extend(_keyed_flags(answer))
            flags.extend(_reading_disagreement_flags(answer))
            continue
        flags.extend(_picture_flags(answer))
        if answer.in_frame:
            flags.extend(_reading_flags(answer, verdict))
            flags.extend(_box_flags(answer, settings))
        flags.extend(_witness_disagreement_flags(answer))
        flags.extend(_reading_disagreement_flags(answer))
    return tuple(flags)


def make_flag(
    code: FlagCode,
    sentence: Sentence,
    fields: Iterable[str],
    *,
    severity: Severity = Severity.ERROR,
    rule: str | None = None,
    look_first: str | None = None,
    **numbers: float,
) -> Flag:
    """One flag; numbers of its sentence go with it, for programs."""
    return Flag(
        code=code,
        severity=severity,
        fields=tuple(fields),
        message=sentence.english,
        rule=rule,
        message_indonesian=sentence.indonesian,
        numbers=numbers,
        look_first=look_first,
    )


def _page_flags(station: Station, settings: StationSettings) -> Iterator[Flag]:
    for page, claimed in zip(station.pages, station.claimed_pages, strict=True):
        if claimed not in (None, page.page):
            text = say("wrong page", photo=page.photo, claimed=claimed, found=page.page)
            yield make_flag(FlagCode.WRONG_PAGE, text, (), severity=Severity.NOTE)
    for page in station.pages:
        if page.quality is not None and page.quality.beside > settings.most_beside:
            yield make_flag(FlagCode.OTHER_SHEET, say("other sheet", photo=page.photo), (), severity=Severity.NOTE)
    same: dict[tuple[str, int], list[str]] = {}
    for page in station.pages:
        same.setdefault((page.sha256, page.page), []).append(page.photo)
    for photos in same.values():
        if len(photos) > 1:
            text = say("duplicate", photos=", ".join(photos))
            yield make_flag(FlagCode.DUPLICATE_PHOTO, text, (), severity=Severity.NOTE)
    pairs = sorted({page.pairs for page in station.pages if page.pairs is not None})
    if len(pairs) > 1:
        fields = dict.fromkeys(field.field for page in station.pages for field in page.fields)
        yield make_flag(FlagCode.MIXED_FORMS, say("pairs", pairs=_and(pairs)), fields)
    if station.other_forms:
        text = say("other forms", forms=", ".join(station.other_forms))
        yield make_flag(FlagCode.MIXED_FORMS, text, (), severity=Severity.NOTE)


def _layout_flags(station: Station, form: Form, keyed: Set[str]) -> Iterator[Flag]:
    if form.form_id == UNKNOWN.form_id:
        fields = dict.fromkeys(field.field for page in station.pages for field in page.fields)
        yield make_flag(FlagCode.FORM_NOT_KNOWN, say("form not known"), fields)
    provisional = {(page.page, page.pairs) for page in form.pages if page.provisional}
    for page in station.pages:
        if (page.page, page.pairs) in provisional:
            text = say("provisional", photo=page.photo, form=form.title, page=page.page)
            not_seen = [field.field for field in page.fields if field.field not in keyed]
            yield make_flag(FlagCode.PROVISIONAL_LAYOUT, text, not_seen)


def _elsewhere_flags(answers: Sequence[Answer], elsewhere: Mapping[str, tuple[str, ...]]) -> Iterator[Flag]:
    for sha256, photos in elsewhere.items():
        fields = [answer.field for answer in answers if answer.sha256 == sha256]
        if fields:
            yield make_flag(FlagCode.DUPLICATE_PHOTO, say("duplicate elsewhere", photos=", ".join(photos)), fields)


def most_doubtful(rule: Rule, doubts: Mapping[str, float], settings: StationSettings) -> str | None:
    """The field of a rule that most probably should hold another number; None where none stands out.

    Args:
        rule: the rule.
        doubts: by field, probability that something else should stand there.
        settings: how far a number must stand out to be named.
    """
    own = sorted(((doubts[name], name) for name in (rule.left, *rule.right) if name in doubts), reverse=True)
    (most, field), (next_most, _), *_ = *own, (0.0, ""), (0.0, "")
    stands_out = most >= max(settings.least_doubt, settings.doubt_lead * next_most)
    return field if stands_out else None


def rule_flag(rule: Rule, check: RuleCheck, values: Mapping[str, int | None], look_first: str | None) -> Flag:
    """The flag of a rule that does not hold as written, in the numbers of the paper.

    Args:
        rule: the rule.
        check: its outcome.
        values: as written, by field.
        look_first: the field whose change would mend most, where one stands out.

    Raises:
        ValueError: the rule does not fail, or a value it needs is missing.
    """
    left, difference = values[rule.left], check.difference
    if left is None or difference is None:
        raise ValueError(f"rule {rule.rule_id} cannot fail on a value that is missing")
    right = [value for name in rule.right if (value := values[name]) is not None]
    if rule.relation == "at_most":
        code, key = FlagCode.BOUND_EXCEEDED, "at most" if rule.right else "limit"
    elif rule.relation == "equal_share":
        code, key = FlagCode.SUM_MISMATCH, "reserve"
    else:
        code, key = FlagCode.SUM_MISMATCH, "equal" if len(right) == 1 else "sum"
    sentence = say(
        key,
        terms=" + ".join(map(str, right)),
        left=left,
        left_field=rule.left,
        right_field=" + ".join(rule.right),
        base=right[0] if right else None,
        share=100 * (rule.share or 0),
        expected=left - difference,
        difference=say("too many" if difference > 0 else "too few", n=abs(difference)),
    )
    return make_flag(
        code,
        sentence,
        (rule.left, *rule.right),
        # The reserve is rounded differently from village to village (``forms.md`` R10): no reason to stop.
        severity=Severity.NOTE if rule.relation == "equal_share" else Severity.ERROR,
        rule=rule.rule_id,
        look_first=look_first,
        found=left,
        expected=left - difference,
        difference=difference,
    )


def _keyed_flags(answer: Answer) -> Iterator[Flag]:
    """Of what people saw there is only to be said that it is no number."""
    said, field = spoken(answer.reading), answer.field
    if said is not None and said.best is None:
        yield make_flag(FlagCode.NOT_A_NUMBER, say("keyed, no number", field=field), [field], severity=Severity.NOTE)


def _picture_flags(answer: Answer) -> Iterator[Flag]:
    quality, field = answer.quality, answer.field
    fault = None if quality is None else field_fault(quality)
    if quality is None or fault is None:
        return
    if fault is Fault.OUT_OF_FRAME:
        text = say(fault, field=field, shown=quality.shown)
        yield make_flag(FlagCode.FIELD_OUT_OF_FRAME, text, [field], shown=quality.shown)
        return
    least = LEGIBILITY.least_box_px if fault is Fault.TOO_SMALL else LEGIBILITY.least_clarity
    text = say(fault, field=field, least=least, **asdict(quality))
    yield make_flag(FlagCode.POOR_PICTURE, text, [field], **asdict(quality))


def _reading_flags(answer: Answer, verdict: VerdictSettings) -> Iterator[Flag]:
    field, boxes = answer.field, answer.reading.boxes
    if answer.value is None:
        if boxes.strip("_") == "":
            yield make_flag(FlagCode.NOTHING_WRITTEN, say("nothing written", field=field), [field])
        else:
            yield make_flag(FlagCode.NOT_A_NUMBER, say("not a number", field=field, boxes=boxes), [field])
    elif not answer.probability >= verdict.accept_probability:  # so that NaN counts as unsure
        key, other = "low confidence", answer.runner_up
        parts = {"field": field, "value": answer.value, "probability": answer.probability}
        parts |= {"least": verdict.accept_probability}
        if other is not None:
            key += ", runner-up"
            parts |= {"other": number_or_none(other.value), "other_probability": other.probability}
        yield make_flag(FlagCode.LOW_CONFIDENCE, say(key, **parts), [field], found=answer.value)
    elif not answer.own_probability >= verdict.least_own_probability:
        parts = {"field": field, "value": answer.value, "probability": answer.own_probability}
        text = say("low confidence, alone", least=verdict.least_own_probability, **parts)
        yield make_flag(FlagCode.LOW_CONFIDENCE, text, [field], found=answer.value)


def _box_flags(answer: Answer, settings: StationSettings) -> Iterator[Flag]:
    # The boxes of a number are found together, so they are confirmed together; but one that hardly shows
    # any border may lie beside the row, with all the others one place off.
    scores = answer.reading.border_scores
    score, least = sum(scores) / len(scores), min(scores)
    if not (score >= settings.least_border_score and least >= settings.least_single_border):  # NaN is unsure
        text = say("box", field=answer.field, score=score, least=least)
        yield make_flag(FlagCode.BOX_NOT_CONFIRMED, text, [answer.field])
    for box, excess in enumerate(answer.reading.ink_excess, 1):
        if not excess <= settings.most_ink:
            text = say("altered", field=answer.field, box=box, boxes=len(scores), excess=excess)
            yield make_flag(FlagCode.ALTERED, text, [answer.field], box=box)


def _witness_disagreement_flags(answer: Answer) -> Iterator[Flag]:
    said = {witness: value for witness, value in answer.witnesses.items() if value is not None}
    if len(set(said.values())) > 1:
        each = listed(say("witness", witness=say(witness), value=value) for witness, value in said.items())
        yield make_flag(
            FlagCode.WITNESSES_DISAGREE, say("witnesses", field=answer.field, readings=each), [answer.field]
        )


def _reading_disagreement_flags(answer: Answer) -> Iterator[Flag]:
    if len({value for _, _, value in answer.readings}) > 1:
        each = listed(
            say("reading", photo=page.photo, value=number_or_none(value), boxes=reading.boxes)
            for page, reading, value in answer.readings
        )
        yield make_flag(FlagCode.READINGS_DISAGREE, say("readings", field=answer.field, readings=each), [answer.field])


def _and(numbers: Iterable[int]) -> Sentence:
    parts = [str(number) for number in numbers]
    return Sentence(" and ".join(parts), " dan ".join(parts))
