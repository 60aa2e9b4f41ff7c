"""From the results of stations to questions: one question per item, ordered by what it may change.

The expected effect of an item is votes at stake times doubt. What is drawn at random from the accepted numbers,
and what is asked because its answer is known, gets a place in the queue at random: nobody can tell it apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ocr_pipeline.config import ITEMS, ItemSettings
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.records import FailureCode, FieldResult, Flag, FlagCode, Severity, Verdict
from ocr_pipeline.review.answers import machine_answer
from ocr_pipeline.store.model import StoredFailure, StoredStation
from ocr_pipeline.store.review_model import Kind, NewItem, NewPart, Purpose
from ocr_pipeline.tabulate.export import label_of

Known = Mapping[tuple[str, str], int]
"""True numbers, by name of the photo's file and field."""
PAGE_FAILURES = (
    FailureCode.NO_FORM_FOUND,
    FailureCode.UNKNOWN_FORM,
    FailureCode.AMBIGUOUS_FORM,
    FailureCode.BOXES_NOT_CONFIRMED,
    FailureCode.RETAKE,
)
"""Failures of photos that a person may still make something of."""
STATION_NOT_KNOWN = "STATION_NOT_KNOWN"
"""The reason to ask whose a photo is that came in alone."""
REASONS = (*FlagCode, *PAGE_FAILURES, STATION_NOT_KNOWN)
"""All reasons a question can have."""


def items_of(
    stored: StoredStation, rules: Mapping[str, Rule], known: Known, settings: ItemSettings = ITEMS
) -> list[NewItem]:
    """All questions about one station and form.

    Args:
        stored: its result as it is now.
        rules: of its form, by id.
        known: true numbers of some photos.
        settings: shares and weights.
    """
    result = stored.result
    fields = {field.field: field for field in result.fields}
    stopping = [flag for flag in result.flags if flag.severity is Severity.ERROR]
    asker = _Asker(stored, fields, settings)
    items = [asker.sum(flag, rules[flag.rule]) for flag in stopping if flag.rule is not None and flag.rule in rules]
    items += [asker.photos(flag) for flag in stopping if flag.code is FlagCode.READINGS_DISAGREE]
    asked = {part.field for item in items for part in item.parts}
    items += list(asker.stations(stopping))
    for name, field in fields.items():
        reasons = [flag for flag in stopping if name in flag.fields and flag.code is not FlagCode.DUPLICATE_PHOTO]
        if reasons and name not in asked:
            items.append(asker.field(field, reasons[0]))
        elif not reasons and field.verdict is Verdict.ACCEPT:
            items += asker.unseen(field, known)
    return items


def items_of_failures(failures: Iterable[StoredFailure], settings: ItemSettings = ITEMS) -> Iterator[NewItem]:
    """A question for every photo that shows no known page, or not well enough."""
    for found in failures:
        if found.sha256 is not None and found.failure.code in PAGE_FAILURES:
            yield NewItem(
                kind=Kind.PAGE,
                purpose=Purpose.FLAGGED,
                station=found.station,
                form="",
                reason=found.failure.code,
                rule=None,
                message=found.failure.message,
                message_indonesian=found.failure.message,
                effect=settings.photo_votes * settings.unread_doubt,
                parts=(NewPart("", found.sha256, "", None),),
            )


def priority(item: NewItem) -> float:
    """The item's place in the queue, the highest first."""
    return item.effect if item.purpose is Purpose.FLAGGED else 10 ** (4 * _share(item.key) - 2)


def _share(text: str) -> float:
    """A number from 0 to 1 that only depends on the text and looks like drawn at random."""
    return int(hashlib.sha256(f"review {text}".encode()).hexdigest()[:12], 16) / 16**12


class _Asker:
    """Makes the questions about one station."""

    def __init__(self, stored: StoredStation, fields: Mapping[str, FieldResult], settings: ItemSettings) -> None:
        self._stored = stored
        self._fields = fields
        self._settings = settings

    def sum(self, flag: Flag, rule: Rule) -> NewItem:
        """All numbers of a rule that fails, its terms first."""
        names = [name for name in (*rule.right, rule.left) if name in self._fields]
        check = next(check for check in self._stored.result.rules if check.rule == rule.rule_id)
        doubt = 1 - (check.probability or 0.0)
        votes = abs(check.difference or 0) * self._weight(names)
        parts = [self._part(self._fields[name]) for name in names]
        return self._item(Kind.SUM, flag, parts, votes * max(doubt, self._settings.least_doubt), rule.rule_id)

    def photos(self, flag: Flag) -> NewItem:
        """A number on every photo of its page."""
        (name,) = flag.fields
        page = self._stored.pages[self._fields[name].sha256]
        contents = [sha for sha in self._stored.result.photos if self._stored.pages[sha] == page]
        machine = machine_answer(self._fields[name])
        parts = [NewPart(name, sha, self._label(name, sha), machine) for sha in contents]
        votes = self._settings.unread_votes * self._weight([name])
        return self._item(Kind.PHOTOS, flag, parts, votes * self._settings.unread_doubt)

    def stations(self, flags: Sequence[Flag]) -> Iterator[NewItem]:
        """Whose a photo is: one that came in without a station, or for two of them."""
        doubled = next((flag for flag in flags if flag.code is FlagCode.DUPLICATE_PHOTO), None)
        of_two = {self._fields[name].sha256 for name in doubled.fields} if doubled else set()
        for sha in self._stored.result.photos:
            alone = self._stored.result.station in self._stored.photo_names[sha]
            if alone or sha in of_two:
                effect = self._settings.photo_votes * self._settings.least_doubt
                asked = [NewPart("", sha, "", None)]
                yield self._item(Kind.STATION, None if alone else doubled, asked, effect, reason=STATION_NOT_KNOWN)

    def field(self, field: FieldResult, flag: Flag) -> NewItem:
        """One number."""
        doubt = max(1 - field.probability, self._settings.least_doubt)
        return self._item(Kind.FIELD, flag, [self._part(field)], self._votes(field) * doubt)

    def unseen(self, field: FieldResult, known: Known) -> Iterator[NewItem]:
        """One number that nobody needed to look at, asked to measure the machine or the people."""
        effect = self._votes(field) * (1 - field.probability)
        names = self._stored.photo_names[field.sha256]
        true = next((value for name in names if (value := known.get((_file(name), field.field))) is not None), None)
        part = self._part(field)
        drawn = _share(f"{part.content} {part.field}")
        if true is not None and drawn < self._settings.seed_share:
            seeded = NewPart(part.field, part.content, part.label, part.machine, str(true))
            yield self._item(Kind.FIELD, None, [seeded], effect, purpose=Purpose.SEED)
        elif drawn < self._settings.sample_share:
            yield self._item(Kind.FIELD, None, [part], effect, purpose=Purpose.SAMPLE)

    def _item(
        self,
        kind: Kind,
        flag: Flag | None,
        parts: Sequence[NewPart],
        effect: float,
        rule: str | None = None,
        reason: str = FlagCode.LOW_CONFIDENCE,
        purpose: Purpose = Purpose.FLAGGED,
    ) -> NewItem:
        return NewItem(
            kind=kind,
            purpose=purpose,
            station=self._stored.result.station,
            form=self._stored.result.form_id,
            reason=reason if flag is None else flag.code,
            rule=rule,
            message="" if flag is None else flag.message,
            message_indonesian="" if flag is None else flag.message_indonesian,
            effect=effect,
            parts=tuple(parts),
        )

    def _part(self, field: FieldResult) -> NewPart:
        return NewPart(field.field, field.sha256, self._label(field.field, field.sha256), machine_answer(field))

    def _label(self, field: str, sha256: str) -> str:
        page, pairs = self._stored.pages[sha256]
        return label_of(self._stored.result.form_id, page, pairs, field) or field

    def _votes(self, field: FieldResult) -> float:
        other = field.runner_up.value if field.runner_up is not None else None
        apart = self._settings.unread_votes if field.value is None or other is None else abs(field.value - other)
        return apart * self._weight([field.field])

    def _weight(self, names: Sequence[str]) -> float:
        votes = any(name.startswith(("paslon_", "suara_")) for name in names)
        return 1.0 if votes else self._settings.other_field_weight


def _file(name: str) -> str:
    return name.replace("!", "/").rpartition("/")[2]
