"""The form's rules on the values as written, and the witnesses of one number as one.

Whether a rule holds as written is told here; how probable each value is once all rules are known is the
business of ``station.inference``. A paper that really does not add up is reported as such, not mended.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from ocr_pipeline.forms.model import Form, Rule
from ocr_pipeline.records import Evidence, RuleCheck
from ocr_pipeline.station.keyed import PERSON


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
    that sees no number abstains; only the digits' own silence counts. Where people decided, they alone speak:
    they looked at the same ink.
    """
    people = [one for one in evidence if one.witness == PERSON]
    if people:
        return people[-1]
    speaking = [one for one in evidence if one.witness == "digits" or one.best is not None]
    total = np.sum([one.log_probabilities for one in speaking], axis=0)
    peak = float(total.max())
    if peak == -np.inf:  # certain witnesses that contradict each other: nothing is known
        return Evidence("all", np.full(len(total), -np.log(len(total))))
    return Evidence("all", total - peak - np.log(np.exp(total - peak).sum()))
