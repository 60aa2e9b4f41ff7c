"""The queue at work: the rules of ``queue`` on the items of the store, and stations resolved again at once.

Knows nothing of the web.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from ocr_pipeline.attempt import Broken, attempt
from ocr_pipeline.config import QUEUE, RUN, QueueSettings
from ocr_pipeline.forms import Catalogue
from ocr_pipeline.forms.model import Rule
from ocr_pipeline.intake import batches
from ocr_pipeline.records import PhotoSource, StationResult
from ocr_pipeline.review import queue
from ocr_pipeline.review.answers import is_number, read_page
from ocr_pipeline.review.items import Known, items_of, items_of_failures, priority
from ocr_pipeline.sources import source_of
from ocr_pipeline.station.arithmetic import check_rules, rules_for
from ocr_pipeline.station.by_hand import page_by_hand
from ocr_pipeline.station.flags import rule_flag
from ocr_pipeline.station.keyed import value_of
from ocr_pipeline.station.messages import Sentence
from ocr_pipeline.store.model import StationReadings, StoredStation
from ocr_pipeline.store.review import ReviewRepository
from ocr_pipeline.store.review_model import (
    KEYING,
    Answers,
    Filter,
    Item,
    Kind,
    NewItem,
    Role,
    State,
    Typed,
    User,
    moved_to,
)

Resolve = Callable[[StationReadings], Sequence[StationResult]]
PROGRAM = User(0, "program", Role.LOCAL, None, None, 0.0)
"""Who does what nobody did."""


class Desk:
    """What people do, one method each."""

    def __init__(
        self,
        repository: ReviewRepository,
        catalogue: Catalogue,
        resolve: Resolve,
        known: Known,
        settings: QueueSettings = QUEUE,
    ) -> None:
        self.repository = repository
        self.catalogue = catalogue
        self._resolve = resolve
        self._known = known
        self._settings = settings
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="resolve")

    def refresh(self) -> int:
        """Puts every reason to look that is not asked yet into the queue, and returns how many there were.

        What waits to be resolved is resolved first; items whose reason went away are closed where nobody has
        touched them.
        """
        for one in self.repository.settled():
            self._lay_out(one.content, one.answer)
        for station in self.repository.due_stations():
            self._resolve_now(station)
        added = 0
        for batch in batches(self.repository.stations(), RUN.lookup):
            added += self._ask(batch)
        for failures in batches(items_of_failures(self.repository.failures()), RUN.lookup):
            added += self._add(failures)
        return added

    def resolve_again(self, station: str) -> None:
        """Resolves a station that a decision touched, and asks what it now gives reason to."""
        self._resolve_now(station)
        self._ask(list(self.repository.stations(station)))

    def settle_later(self, item: Item | None) -> None:
        """Resolves again, beside everything else, what a decision about an item touched."""
        if item is None or item.decision is None:
            return
        for part, answer in zip(item.parts, item.decision.answers, strict=False):
            self._beside.submit(self._lay_out, part.content, answer)
        moved = (moved_to(answer) for answer in item.decision.answers)
        for station in dict.fromkeys([item.station, *(station for station in moved if station is not None)]):
            self._beside.submit(self.resolve_again, station)

    def _lay_out(self, content: str, answer: str) -> None:
        """Where people said which page a photo shows, lays it out for its numbers to be asked."""
        said = read_page(answer)
        source = None if said is None else self.photo(content)
        if said is None or source is None:
            return
        form_id, number, pairs, corners = said
        page = self.catalogue.page(form_id, number, pairs)
        self.repository.replace_failure(content, page_by_hand(source.name, content, page, corners))

    def finish(self) -> None:
        """Waits for what is done beside everything else."""
        self._beside.shutdown()

    def _resolve_now(self, station: str) -> None:
        readings = self.repository.readings_of_station(station)
        made = attempt(lambda resolve, one: tuple(resolve(one)), self._resolve, readings, RUN.photo_limit_s)
        self.repository.save_stations([(station, made.message if isinstance(made, Broken) else made)])

    def _ask(self, stations: Sequence[StoredStation]) -> int:
        wanted: dict[str, set[str]] = {}
        items: list[NewItem] = []
        for stored in stations:
            asked = items_of(stored, self._rules(stored), self._known)
            wanted.setdefault(stored.result.station, set()).update(item.key for item in asked)
            items += asked
        for station, keys in wanted.items():
            for key, item_id in self.repository.untouched_items(station).items():
                if key not in keys:
                    self._lapse(item_id)
        return self._add(items)

    def _lapse(self, item_id: int) -> None:
        item = self.repository.item(item_id)
        if item is None or item.kind is Kind.PAGE:
            return
        try:
            self.repository.change(item_id, PROGRAM, "lapsed", lambda item, _now: queue.lapse(item))
        except queue.Refused:
            return  # somebody took it a moment ago

    def _add(self, items: Sequence[NewItem]) -> int:
        return self.repository.add_items([(item, priority(item)) for item in items]) if items else 0

    def _rules(self, stored: StoredStation) -> Mapping[str, Rule]:
        pairs = max((pairs for _, pairs in stored.pages.values() if pairs is not None), default=None)
        return {rule.rule_id: rule for rule in rules_for(self.catalogue.form(stored.result.form_id), pairs)}

    def claim_next(self, user: User, wanted: Filter, but: Collection[int] = ()) -> int | None:
        """The item a person is to key next; None where there is nothing for them."""
        return self.repository.claim_next(user, KEYING, wanted, self._settings.claim_s, but)

    def ahead(self, user: User, wanted: Filter, most: int) -> list[int]:
        """The items they will probably be given after that; not claimed."""
        return self.repository.upcoming(user, KEYING, wanted, most)

    def hold(self, item_id: int, user: User) -> Item | None:
        """An item for keying, claimed by the person; None where it is not free for them."""
        if not self.repository.claim(item_id, user, KEYING, self._settings.claim_s):
            return None
        item = self.repository.item(item_id)
        return item if item is not None and item.rest in KEYING else None

    def keep(self, item_id: int, user: User, typed: Mapping[str, Any]) -> bool:
        """Keeps what was typed so far, and the claim; False where the item is no longer theirs."""
        return self.repository.keep_draft(item_id, user, typed, self._settings.claim_s)

    def key(self, item_id: int, user: User, typed: Typed) -> Item:
        """Hands in what a person sees.

        Raises:
            Refused: see ``queue.key``.
            KeyError: there is no such item.
        """
        return self.repository.change(
            item_id, user, "keyed", lambda item, _now: queue.key(item, user.user_id, typed, self._settings)
        )

    def undo(self, user: User) -> int:
        """Takes back what a person last typed, and gives them the item again.

        Raises:
            Refused: there is nothing, or see ``queue.withdraw``.
        """
        last = self.repository.last_entry(user)
        if last is None:
            raise queue.Refused("not yours")
        item = self.repository.item(last[0])
        before = item.entries[-1] if item is not None and item.entries else None
        self.repository.change(
            last[0],
            user,
            "took back",
            lambda item, now: queue.withdraw(item, user.user_id, now, self._settings),
            claim_s=self._settings.claim_s,
        )
        if before is not None:
            typed = {str(position): answer for position, answer in enumerate(before.answers)}
            self.keep(last[0], user, typed | {"comment": before.comment})
        return last[0]

    def skip(self, item_id: int, user: User) -> None:
        """Gives an item back and puts it at the end of this person's queue.

        Raises:
            Refused: it is not theirs.
        """
        self.repository.change(item_id, user, "skipped", lambda item, _now: queue.release(item, user.user_id))
        self.repository.skip(item_id, user)

    def give_back(self, item_id: int, user: User) -> None:
        """Gives an item back.

        Raises:
            Refused: it is not theirs.
        """
        self.repository.change(item_id, user, "gave back", lambda item, _now: queue.release(item, user.user_id))

    def hold_conflict(self, item_id: int, user: User) -> Item | None:
        """A conflict for an arbiter who did not key it; None where it is not free for them."""
        if not self.repository.claim(item_id, user, (State.CONFLICT,), self._settings.claim_s):
            return None
        item = self.repository.item(item_id)
        return item if item is not None and item.rest is State.CONFLICT else None

    def arbitrate(self, item_id: int, user: User, answers: Answers, reason: str) -> Item:
        """Decides a conflict.

        Raises:
            Refused: see ``queue.arbitrate``.
            KeyError: there is no such item.
        """
        return self.repository.change(
            item_id, user, "arbitrated", lambda item, _now: queue.arbitrate(item, user.user_id, answers, reason)
        )

    def reopen(self, item_id: int, user: User, reason: str) -> Item:
        """Asks again.

        Raises:
            Refused: it is not closed.
            KeyError: there is no such item.
        """
        return self.repository.change(item_id, user, "reopened", lambda item, _now: queue.reopen(item, reason))

    def broken_sum(self, item: Item, answers: Answers) -> Sentence | None:
        """What is wrong with the sum in the numbers somebody typed; None where it adds up or cannot be said."""
        if item.kind is not Kind.SUM or not all(is_number(answer) for answer in answers):
            return None
        values = {part.field: value_of(answer) for part, answer in zip(item.parts, answers, strict=True)}
        form = self.catalogue.form(item.form)
        rule = next((rule for rule in form.rules if rule.rule_id == item.rule), None)
        if rule is None:
            return None
        rule = _cut(rule, values)
        (check,) = check_rules(values, [rule])
        if check.holds is not False:
            return None
        flag = rule_flag(rule, check, values, None)
        return Sentence(flag.message, flag.message_indonesian)

    def photo(self, content: str) -> PhotoSource | None:
        """Where the photo of a part lies; None where its file is not known."""
        found = self.repository.photo_of(content)
        return None if found is None else source_of(*found)


def _cut(rule: Rule, values: Mapping[str, int | None]) -> Rule:
    """The rule on the fields that were asked: a sheet has fewer pairs than the largest."""
    return replace(rule, right=tuple(name for name in rule.right if name in values))
