"""The form's rules over the numbers of one station: as written, and as evidence for the reading.

Two things are kept apart. :func:`check_rules` says of each rule whether it holds on the values as
written. :func:`posterior` says how probable each value is once the sums are known; it never chooses
a value. A paper that really does not add up is reported as such, not mended.

This is the place of the exact inference over all rules at once. What stands here so far weighs each
field against the hard sums it belongs to itself: suara_sah against the candidates and against the
total, a candidate against suara_sah, but not against the total behind it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ocr_pipeline.forms.model import Form, Rule, RuleKind
from ocr_pipeline.records import Evidence, RuleCheck

Distribution = npt.NDArray[np.float64]


def rules_for(form: Form, pairs: int | None) -> tuple[Rule, ...]:
    """The form's rules on a sheet with that many candidate pairs.

    A rule over ``paslon_*`` names the pairs of the largest sheet; here it is cut down to the fields
    that are printed. Where the number of pairs is not known (no votes page came in) nothing is cut,
    so a rule that needs the pairs stays undecided.
    """
    printed = {
        field.name
        for page in form.pages
        if pairs is None or page.pairs is None or page.pairs == pairs
        for field in page.fields
    }
    rules = []
    for rule in form.rules:
        right = tuple(name for name in rule.right if name in printed)
        if rule.left in printed and (right or not rule.right):
            rules.append(replace(rule, right=right))
    return tuple(rules)


def check_rules(values: Mapping[str, int | None], rules: Sequence[Rule]) -> tuple[RuleCheck, ...]:
    """Checks every rule on the values as written.

    Args:
        values: by field; a field that is missing or None was not read, and is never taken as zero.
        rules: of this station's sheet, see :func:`rules_for`.

    Returns:
        One check per rule, in the order given; ``holds`` is None where a value is missing.
    """
    checks = []
    for rule in rules:
        left, right = values.get(rule.left), _expected(values, rule)
        if left is None or right is None:
            checks.append(RuleCheck(rule.rule_id, None, None))
        else:
            difference = left - right
            holds = difference <= 0 if rule.relation == "at_most" else difference == 0
            checks.append(RuleCheck(rule.rule_id, holds, difference))
    return tuple(checks)


def _expected(values: Mapping[str, int | None], rule: Rule) -> int | None:
    """What the rule compares its left side with; None where a value it needs is missing."""
    if not rule.right:
        return rule.limit
    terms = [values.get(name) for name in rule.right]
    numbers = [value for value in terms if value is not None]
    if len(numbers) < len(terms):
        return None
    if rule.relation == "equal_share":
        # As a fraction: in binary 0.07 * 100 is more than 7 and would be rounded up to 8.
        return numbers[0] + math.ceil(Fraction(str(rule.share or 0)) * numbers[0])
    return sum(numbers)


def combined(evidence: Sequence[Evidence]) -> Evidence:
    """All witnesses of one number as one: the product of their distributions, normalised.

    They look at different ink, so they are taken as independent; each is calibrated by itself. One
    that sees no number abstains; only the digits' own silence counts.
    """
    speaking = [one for one in evidence if one.witness == "digits" or one.best is not None]
    total = np.sum([one.log_probabilities for one in speaking], axis=0)
    peak = float(total.max())
    if peak == -np.inf:  # certain witnesses that contradict each other: nothing is known
        return Evidence("all", np.full(len(total), -np.log(len(total))))
    return Evidence("all", total - peak - np.log(np.exp(total - peak).sum()))


def posterior(
    evidence: Mapping[str, Evidence], rules: Sequence[Rule], rule_fails_on_paper: float
) -> dict[str, Distribution]:
    """Probability of each value of each field, given the hard sums the field belongs to.

    Each combination of values weighs as the product of the fields' own probabilities, times
    ``1 - rule_fails_on_paper`` for a sum that holds in it and ``rule_fails_on_paper`` for one that
    does not. This is the cautious way to take that prior: as though a paper that does not add up
    were always wrong by the very amount a misreading makes. So one sum multiplies the odds of a
    value by at most 32 (at 0.03), and a value doubtful by itself does not become sure by fitting.

    A sum counts where all its fields were read as numbers. Summed out exactly, by convolution, over
    the field's own rules and their other fields; this is exact because two hard sums of a form
    have at most one field in common.

    Args:
        evidence: by field, (n + 1,) log-probabilities as in ``records.Evidence``.
        rules: of this station's sheet; only hard sums are used.
        rule_fails_on_paper: between 0 and 0.5, both excluded (``config.StationSettings``).

    Returns:
        By field (n + 1,) probabilities, the last of "no number"; a field in no sum keeps its own.

    Raises:
        ValueError: the prior is out of range.
    """
    if not 0 < rule_fails_on_paper < 0.5:
        raise ValueError(f"the share of failing papers must lie between 0 and 0.5, found {rule_fails_on_paper}")
    result = {name: np.exp(e.log_probabilities) for name, e in evidence.items()}
    read = {name for name, e in evidence.items() if e.best is not None}
    sums = [
        rule
        for rule in rules
        if rule.relation == "sum" and rule.kind is RuleKind.HARD and read.issuperset((rule.left, *rule.right))
    ]
    if not sums:
        return result
    holding = _probability_of_holding(result, sums)
    for name, chances in holding.items():
        weights = np.full(len(result[name]), rule_fails_on_paper ** len(chances))
        weights[:-1] = np.prod([rule_fails_on_paper + (1 - 2 * rule_fails_on_paper) * h for h in chances], axis=0)
        weighted = result[name] * weights
        result[name] = weighted / weighted.sum()
    return result


def _probability_of_holding(
    probabilities: Mapping[str, Distribution], sums: Sequence[Rule]
) -> dict[str, list[Distribution]]:
    """By field, for each sum it is in: the probability, by its value, that the others make the sum hold.

    All convolutions are done with one length that no sum can overrun, so each field is transformed once.
    """
    fields = list(dict.fromkeys(name for rule in sums for name in (rule.left, *rule.right)))
    values = {name: len(probabilities[name]) - 1 for name in fields}
    longest = max(sum(values[name] for name in (rule.left, *rule.right)) for rule in sums)
    length = 1 << (longest - 1).bit_length()
    padded = np.zeros((len(fields), max(values.values())))
    for row, name in zip(padded, fields, strict=True):
        row[: values[name]] = probabilities[name][:-1]
    spectrum = dict(zip(fields, np.fft.rfft(padded, n=length, axis=1), strict=True))

    targets: list[str] = []
    products = []
    for rule in sums:
        for target in (rule.left, *rule.right):
            others = [spectrum[name] for name in rule.right if name != target]
            if target == rule.left:
                products.append(math.prod(others))
            else:  # a term of the right side is left minus the other terms: a correlation
                products.append(spectrum[rule.left] * np.conj(math.prod(others)))
            targets.append(target)
    chances = np.fft.irfft(np.array(products), n=length, axis=1)
    result: defaultdict[str, list[Distribution]] = defaultdict(list)
    for target, chance in zip(targets, chances, strict=True):
        result[target].append(np.clip(chance[: values[target]], 0.0, 1.0))
    return result
