"""The whole reasoning for one station in words and numbers, so that an outsider can follow each from ink to total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from ocr_pipeline.config import EXPLAIN, ExplainSettings
from ocr_pipeline.forms.model import Form, Rule
from ocr_pipeline.records import FieldResult, RuleCheck, Severity, StationResult, Verdict
from ocr_pipeline.station.assemble import Station
from ocr_pipeline.station.inference import JointReading
from ocr_pipeline.station.inference.paper import Weights
from ocr_pipeline.station.resolve import Weighed, resolve_station, weigh_station


def explain_station(
    station: Station,
    form: Form,
    elsewhere: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    settings: ExplainSettings = EXPLAIN,
) -> str:
    """Tells how every number of a station came about: photos, boxes, witnesses, rules, verdicts.

    Args:
        station: pages of one form, from ``assemble``.
        form: that form.
        elsewhere: for each sha256 that also came in for another station, the names it has there.
        settings: how much is told.

    Returns:
        Lines for people, in English.

    Raises:
        ValueError: as ``resolve_station``.
    """
    weighed = weigh_station(station, form, settings.explanations)
    result = resolve_station(station, form, elsewhere=elsewhere)
    labels = {field.name: field.label for page in form.pages for field in page.fields}
    lines = [f"Station {station.key}, {form.form_id}: {form.title}, {form.election}", "", "Photos"]
    lines += _photos(station)
    lines += ["", "Numbers (value: probability; by each witness, then together, then with the rules of the form)"]
    for field in result.fields:
        lines += _number(field, weighed, labels.get(field.field, ""), settings)
    if result.rules:
        lines += ["", "Rules (on the values as written; then the probability that it holds on the paper)"]
        lines += _rules(weighed, result)
    if weighed.posterior.readings:
        lines += ["", "Best explanations of all these numbers together"]
        lines += [_explanation(reading, weighed) for reading in weighed.posterior.readings]
        lines += _left_out(weighed, settings)
    lines += ["", *_verdict(result)]
    return "\n".join(lines)


def _photos(station: Station) -> Iterator[str]:
    for page in station.pages:
        seen = page.registration
        yield f"  {page.photo}: page {page.page}, found by {seen.method}, {seen.score:.0%} of its printed lines there"


def _number(field: FieldResult, weighed: Weighed, label: str, settings: ExplainSettings) -> Iterator[str]:
    page, reading = weighed.readings[field.field]
    belief = weighed.posterior.beliefs[field.field]
    boxes = "  ".join(f"{c} {p:.4f}" for c, p in zip(reading.boxes, reading.box_confidence, strict=True))
    yield f"  {field.field}  {label}".rstrip()
    yield f"    ink in {page.photo}: {boxes}"
    for evidence in reading.evidence:
        yield f"    {evidence.witness}: {_values(np.exp(evidence.log_probabilities), settings)}"
    if len(reading.evidence) > 1:
        yield f"    together: {_values(belief.seen, settings)}"
    if belief.meant is None:
        yield "    no rule speaks of it"
    else:
        yield f"    with the rules: {_values(belief.written, settings)}"
        value = None if field.value is None else float(belief.meant[field.value])
        if value is None or value < float(belief.meant.max()):
            yield f"    meant on the paper: {_values(belief.meant, settings)}"
    yield f"    -> {_or_none(field.value)} as written, {field.probability:.4f}, {field.verdict}{_change(field)}"


def _change(field: FieldResult) -> str:
    if field.suggestion is None:
        return ""
    return f"; the rules favour {field.suggestion}, which is a suggestion only"


def _values(probabilities: Weights, settings: ExplainSettings) -> str:
    """The most probable values; the last of a number's own probabilities is that it cannot be read."""
    can_be_unread = len(probabilities) % 10 == 1
    best = np.argsort(-probabilities, kind="stable")[: settings.values].tolist()
    told = [v for v in best if probabilities[v] >= settings.least_probability] or best[:1]
    none = len(probabilities) - 1 if can_be_unread else None
    return ", ".join(f"{'no number' if v == none else v}: {probabilities[v]:.4f}" for v in told)


def _or_none(value: int | None) -> str:
    return "no number" if value is None else str(value)


def _rules(weighed: Weighed, result: StationResult) -> Iterator[str]:
    for rule, check in zip(weighed.rules, result.rules, strict=True):
        chance = "" if check.probability is None else f"; {check.probability:.4f}"
        yield f"  {rule.rule_id}: {_formula(rule)}: {_told(rule, check, weighed.written)}{chance}"


def _formula(rule: Rule) -> str:
    right = " + ".join(rule.right) or str(rule.limit)
    if rule.relation == "equal_share":
        return f"{rule.left} = {right} and {100 * (rule.share or 0):.3g} % of it, rounded up"
    return f"{rule.left} {'<=' if rule.relation == 'at_most' else '='} {right}"


def _told(rule: Rule, check: RuleCheck, written: Mapping[str, int | None]) -> str:
    if check.holds is None:
        missing = [name for name in (rule.left, *rule.right) if written.get(name) is None]
        return f"undecided, {', '.join(missing)} not read"
    numbers = " + ".join(str(written[name]) for name in rule.right) or str(rule.limit)
    outcome = "holds" if check.holds else f"broken by {check.difference:+d}"
    return f"{written[rule.left]} against {numbers}, {outcome}"


def _explanation(reading: JointReading, weighed: Weighed) -> str:
    parts = []
    for name, value in reading.meant.items():
        written = weighed.written.get(name)
        if name in reading.miswritten:
            what = f"{_or_none(written)} written" if name in weighed.written else "not seen"
            parts.append(f"{name}: {what}, {value} meant")
        elif value != written:
            parts.append(f"{name}: {_or_none(written)} misread, {value} written")
    parts += [f"the paper's own error: {error}" for error in reading.errors]
    return f"  {reading.probability:.4f}  {'; '.join(parts) or 'everything as read'}"


def _left_out(weighed: Weighed, settings: ExplainSettings) -> Iterator[str]:
    if weighed.posterior.error >= settings.least_probability:
        yield f"  up to {weighed.posterior.error:.4f} of all combinations was left out: so much may be missing above"


def _verdict(result: StationResult) -> Iterator[str]:
    accepted = [field for field in result.fields if field.verdict is Verdict.ACCEPT]
    yield f"{len(accepted)} of {len(result.fields)} numbers may be used unseen"
    for flag in result.flags:
        look = "" if flag.look_first is None else f" (look first at {flag.look_first})"
        yield f"  {'!' if flag.severity is Severity.ERROR else '-'} {flag.code}: {flag.message}{look}"
