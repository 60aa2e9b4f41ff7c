"""One station's pages to one result: values as written, probabilities, verdicts and reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from ocr_pipeline.config import STATION, VERDICT, StationSettings, VerdictSettings
from ocr_pipeline.forms.model import Form, Rule
from ocr_pipeline.legibility import Fault, FieldQuality, field_fault
from ocr_pipeline.records import (
    Evidence,
    FieldReading,
    FieldResult,
    Flag,
    PageReading,
    RunnerUp,
    Severity,
    StationResult,
    Verdict,
)
from ocr_pipeline.station.arithmetic import check_rules, combined, rules_for
from ocr_pipeline.station.assemble import Station
from ocr_pipeline.station.flags import Answer, raise_flags
from ocr_pipeline.station.inference import Belief, StationPosterior, infer
from ocr_pipeline.station.inference.paper import Weights
from ocr_pipeline.station.keyed import spoken
from ocr_pipeline.station.suspicions import raise_suspicions

WITNESSES = ("digits", "bubbles", "words", "tally")
"""All witnesses a result speaks of, also where the form has none or the witness abstained."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The numbers of a station weighed together, before anything is decided."""

    rules: tuple[Rule, ...]
    """Of this station's sheet."""
    readings: Mapping[str, tuple[PageReading, FieldReading]]
    """By field, in the order of pages, the reading that counts and the page it is on."""
    written: Mapping[str, int | None]
    """What the digits of that reading say by themselves."""
    posterior: StationPosterior


def resolve_station(
    station: Station,
    form: Form,
    verdict: VerdictSettings = VERDICT,
    settings: StationSettings = STATION,
    elsewhere: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> StationResult:
    """Makes the result of one station from all photos of its pages; also of a single page.

    The value of a field is what its digits say by themselves. Other witnesses and the form's sums change its
    probability, never the value; where they favour another value, that one is the runner-up, and
    may be the more probable of the two. Of several photos of a page, the surest reading of each
    field counts, and any that reads another number sends the field to review.

    Args:
        station: pages of one form, from ``assemble``.
        form: that form.
        verdict: thresholds of acceptance.
        settings: the thresholds of other scores.
        elsewhere: for each sha256 that also came in for another station, the names it has there.

    Raises:
        ValueError: the form is another than the station's, or a field has no ``digits`` evidence.
    """
    weighed = weigh_station(station, form)
    answers = [
        _answer(station, page, reading, weighed.written[name], weighed.posterior.beliefs[name])
        for name, (page, reading) in weighed.readings.items()
    ]
    checks = tuple(
        replace(check, probability=weighed.posterior.holds.get(check.rule))
        for check in check_rules(weighed.written, weighed.rules)
    )
    flags = raise_flags(station, form, answers, weighed.rules, checks, verdict, settings, elsewhere)
    flags += raise_suspicions(station, answers, weighed.rules, checks, weighed.posterior.errors, settings)
    return StationResult(
        station=station.key,
        form_id=station.form_id,
        photos=tuple(dict.fromkeys(page.sha256 for page in station.pages)),
        fields=tuple(_result(answer, flags, verdict) for answer in answers),
        rules=checks,
        flags=flags,
    )


def weigh_station(station: Station, form: Form, explanations: int = 0) -> Weighed:
    """Weighs all numbers of one station together.

    Args:
        station: pages of one form, from ``assemble``.
        form: that form.
        explanations: how many of the best joint readings are wanted.

    Raises:
        ValueError: as :func:`resolve_station`.
    """
    if form.form_id != station.form_id:
        raise ValueError(f"station {station.key} has pages of {station.form_id}, not of {form.form_id}")
    chosen = _surest_readings(station)
    pairs = max((page.pairs for page in station.pages if page.pairs is not None), default=None)
    rules = rules_for(form, pairs)
    evidence = {name: combined(reading.evidence) for name, (_, reading) in chosen.items()}
    return Weighed(
        rules=rules,
        readings=chosen,
        written={name: _written(reading).best for name, (_, reading) in chosen.items()},
        posterior=infer(evidence, rules, readings=explanations),
    )


def _written(reading: FieldReading) -> Evidence:
    """What stands in the boxes: as people decided, else as the digits say."""
    return spoken(reading) or _digits(reading)


def _digits(reading: FieldReading) -> Evidence:
    for evidence in reading.evidence:
        if evidence.witness == "digits":
            return evidence
    raise ValueError(f"field {reading.field} came without the witness 'digits'")


def _surest_readings(station: Station) -> dict[str, tuple[PageReading, FieldReading]]:
    """Per field, in the order of pages, the reading with the most probable number.

    What people decided comes first, any number before none, and what a good picture shows before what a poor
    one does.
    """

    def sureness(page: PageReading, reading: FieldReading) -> tuple[bool, bool, bool, bool, float]:
        evidence, fault = _digits(reading), _fault(page, reading)
        shown = fault is not Fault.OUT_OF_FRAME
        return (
            spoken(reading) is not None,
            evidence.best is not None,
            shown,
            fault is None,
            float(evidence.log_probabilities.max()),
        )

    chosen: dict[str, tuple[PageReading, FieldReading]] = {}
    for page in station.pages:
        for reading in page.fields:
            known = chosen.get(reading.field)
            if known is None or sureness(page, reading) > sureness(*known):
                chosen[reading.field] = page, reading
    return chosen


def _quality(page: PageReading, reading: FieldReading) -> FieldQuality | None:
    return None if page.quality is None else page.quality.fields[reading.field]


def _fault(page: PageReading, reading: FieldReading) -> Fault | None:
    quality = _quality(page, reading)
    return None if quality is None else field_fault(quality)


def _answer(station: Station, page: PageReading, reading: FieldReading, value: int | None, belief: Belief) -> Answer:
    said: Mapping[str, int | None] = {evidence.witness: evidence.best for evidence in reading.evidence}
    index = len(belief.written) - 1 if value is None else value
    return Answer(
        reading=reading,
        sha256=page.sha256,
        value=value,
        probability=float(belief.written[index]),
        own_probability=float(belief.seen[index]),
        doubt=None if belief.meant is None or value is None else 1 - float(belief.meant[value]),
        first_box=_first_box(belief.written, value, len(reading.boxes)),
        runner_up=_runner_up(belief.written, index),
        witnesses={witness: said.get(witness) for witness in WITNESSES},
        readings=tuple(
            (other, found, _written(found).best)
            for other in station.pages
            for found in other.fields
            if found.field == reading.field and _fault(other, found) is not Fault.OUT_OF_FRAME
        ),
        quality=_quality(page, reading),
    )


def _first_box(probabilities: Weights, value: int | None, boxes: int) -> RunnerUp | None:
    """The most probable of the numbers that are this one but for its first box."""
    place = 10 ** (boxes - 1)
    if value is None or value < place:
        return None
    others = [value % place + digit * place for digit in range(10) if digit != value // place]
    best = max(others, key=lambda other: float(probabilities[other]))
    return RunnerUp(best, float(probabilities[best]))


def _runner_up(probabilities: Weights, index: int) -> RunnerUp | None:
    """The most probable of the other values; None where the first is certain."""
    others = probabilities.copy()
    others[index] = 0.0
    second = int(np.argmax(others))
    if others[second] == 0.0:
        return None
    return RunnerUp(None if second == len(others) - 1 else second, float(others[second]))


def _result(answer: Answer, flags: Sequence[Flag], verdict: VerdictSettings) -> FieldResult:
    stopped = any(flag.severity is Severity.ERROR and answer.field in flag.fields for flag in flags)
    sure = answer.keyed or (
        answer.probability >= verdict.accept_probability and answer.own_probability >= verdict.least_own_probability
    )
    return FieldResult(
        field=answer.field,
        value=answer.value,
        probability=answer.probability,
        verdict=Verdict.ACCEPT if answer.value is not None and sure and not stopped else Verdict.REVIEW,
        boxes=answer.reading.boxes,
        runner_up=answer.runner_up,
        witnesses=answer.witnesses,
        sha256=answer.sha256,
        own_probability=answer.own_probability,
    )
