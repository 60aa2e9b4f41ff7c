"""The form's rules on numbers that come from elsewhere, without photos: what does not go together, and why.

The numbers are taken as readings that are seldom wrong, and then by one digit; so the suggestions rest on the
rules alone. They are suggestions: which number is wrong, and whether it is the paper, only the photo can tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ocr_pipeline.config import CHECK, ROUGH, STATION, CheckSettings
from ocr_pipeline.forms.model import Form, Rule
from ocr_pipeline.records import Evidence, Flag, RuleCheck
from ocr_pipeline.station.arithmetic import check_rules, rules_for
from ocr_pipeline.station.flags import most_doubtful, rule_flag
from ocr_pipeline.station.inference import StationPosterior, infer


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way to make the numbers go together, or to explain why they do not."""

    probability: float
    changes: Mapping[str, int]
    """By field, the number that should stand there."""
    errors: tuple[str, ...]
    """What the paper itself got wrong, where that is part of the explanation."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One station's numbers under the rules."""

    rules: tuple[RuleCheck, ...]
    broken: tuple[Flag, ...]
    suggestions: tuple[Suggestion, ...]
    """The most probable explanations, best first; none where nothing is broken."""


class RuleCounts:
    """Counts over many stations, by rule and over all."""

    def __init__(self) -> None:
        self.stations = 0
        self._decided: Counter[str] = Counter()
        self._broken: Counter[str] = Counter()
        self._together: Counter[tuple[frozenset[str], bool]] = Counter()

    def add(self, checks: Sequence[RuleCheck]) -> None:
        """Counts one station."""
        decided = [check for check in checks if check.holds is not None]
        broken = [check.rule for check in decided if not check.holds]
        self.stations += 1
        self._decided.update(check.rule for check in decided)
        self._broken.update(broken)
        self._together[frozenset(check.rule for check in decided), bool(broken)] += 1

    def by_rule(self) -> Iterator[tuple[str, int, int]]:
        """Rule, stations that break it, stations where it could be decided."""
        return ((rule, self._broken[rule], count) for rule, count in self._decided.items())

    def complete(self) -> tuple[int, int]:
        """Stations that break one rule or more, of those where every rule was decided that ever was."""
        everything = frozenset(self._decided)
        broken, fine = self._together[everything, True], self._together[everything, False]
        return broken, broken + fine


def rules_of(form: Form, fields: Mapping[str, int]) -> tuple[Rule, ...]:
    """The form's rules for a station with these fields: as many pairs as there are numbers of them."""
    pairs = sum(name.startswith("paslon_") for name in fields)
    return rules_for(form, pairs if pairs in form.pairs else None)


def check_numbers(
    values: Mapping[str, int], rules: Sequence[Rule], suggestions: int, settings: CheckSettings = CHECK
) -> Checked:
    """Checks the numbers of one station.

    Args:
        values: by field; what is missing decides nothing and is not zero.
        rules: from :func:`rules_of`.
        suggestions: how many are wanted.
        settings: how wrong the numbers may be.
    """
    checks = check_rules(values, rules)
    failed = [(rule, check) for rule, check in zip(rules, checks, strict=True) if check.holds is False]
    if not failed:
        return Checked(checks, (), ())
    if not suggestions:
        return Checked(checks, tuple(rule_flag(rule, check, values, None) for rule, check in failed), ())
    named = {name for rule in rules for name in (rule.left, *rule.right)}
    evidence = {name: _evidence(value, settings) for name, value in values.items() if name in named}
    found = infer(evidence, rules, settings=ROUGH, readings=settings.readings)
    doubts = {n: 1 - float(b.meant[values[n]]) for n, b in found.beliefs.items() if b.meant is not None}
    return Checked(
        rules=tuple(replace(check, probability=found.holds.get(check.rule)) for check in checks),
        broken=tuple(rule_flag(rule, check, values, most_doubtful(rule, doubts, STATION)) for rule, check in failed),
        suggestions=_suggestions(values, found)[:suggestions],
    )


def _evidence(value: int, settings: CheckSettings) -> Evidence:
    """A number as given, or with one digit misread."""
    boxes = max(settings.boxes, len(str(value)))
    p = np.zeros(10**boxes + 1)
    for place in range(boxes):
        digit = value // 10**place % 10
        p[[value + (other - digit) * 10**place for other in range(10)]] += settings.misread / (9 * boxes)
    p[value] = 1 - settings.misread
    with np.errstate(divide="ignore"):
        return Evidence("given", np.log(p))


def _suggestions(values: Mapping[str, int], found: StationPosterior) -> tuple[Suggestion, ...]:
    """The explanations, those that change the same numbers taken together: misread or miswritten is all one here."""
    together: defaultdict[tuple[tuple[tuple[str, int], ...], tuple[str, ...]], float] = defaultdict(float)
    for reading in found.readings:
        changes = tuple((name, value) for name, value in reading.meant.items() if values.get(name, value) != value)
        together[changes, reading.errors] += reading.probability
    ranked = sorted(together.items(), key=lambda item: -item[1])
    return tuple(Suggestion(chance, dict(changes), errors) for (changes, errors), chance in ranked)
