"""The review's way to the tables: items are claimed, keyed and decided, each step one transaction with its audit."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ocr_pipeline.config import STORE, StoreSettings
from ocr_pipeline.records import PageReading
from ocr_pipeline.store import audit, photos, review_items, review_numbers, review_work, rows
from ocr_pipeline.store.database import open_engine
from ocr_pipeline.store.repository import Repository
from ocr_pipeline.store.review_model import (
    Change,
    Filter,
    Item,
    ItemLine,
    NewItem,
    Record,
    Role,
    Shown,
    State,
    User,
    moved_to,
)
from ocr_pipeline.store.review_numbers import KeyedItem, Waiting
from ocr_pipeline.store.review_schema import users
from ocr_pipeline.store.schema import photos as seen_photos
from ocr_pipeline.store.schema import versions

_CANDIDATES = 40
"""Items looked at for one claim: more than there are people who might take them at the same moment."""


def open_review(location: str, *, create: bool = False, settings: StoreSettings = STORE) -> ReviewRepository:
    """Opens a database of a run for the review.

    Raises:
        DatabaseError: see ``repository.open_repository``.
    """
    return ReviewRepository(open_engine(location, create, settings), settings)


class ReviewRepository(Repository):
    """What the review reads and writes, beside what a run does; safe to use from many threads."""

    def __init__(self, engine: sa.Engine, settings: StoreSettings, now: Callable[[], float] = time.time) -> None:
        super().__init__(engine, settings)
        self._now = now

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One writer at a time, as SQLite has it anyway: decisions of one station touch the same rows."""
        with super()._writing() as connection:
            audit.lock(connection)
            yield connection

    def now_s(self) -> float:
        """The clock all of the review goes by."""
        return self._now()

    def add_items(self, new: Sequence[tuple[NewItem, float]]) -> int:
        """Writes those questions that are not there yet, each with its priority; returns how many."""
        with self._writing() as connection:
            return review_items.add_items(connection, self._version_id, new, self._now())

    def untouched_items(self, station: str) -> Mapping[str, int]:
        """Ids of a station's flagged items that nobody has touched, by key."""
        with self._reading() as connection:
            return review_items.open_items_of(connection, station)

    def item(self, item_id: int) -> Item | None:
        """One item with all that became of it."""
        with self._reading() as connection:
            return review_items.load_item(connection, item_id)

    def claim_next(
        self, user: User, states: Sequence[State], wanted: Filter, claim_s: float, but: Collection[int] = ()
    ) -> int | None:
        """Makes the most pressing item this person may work on theirs; None where there is none."""
        now = self._now()
        with self._writing() as connection:
            review_items.end_claims(connection, now)
            own = review_items.claimed(connection, user.user_id, states)
            if own is not None and own not in but:
                return own
            for item_id in review_items.candidates(connection, user.user_id, states, wanted, _CANDIDATES):
                taken = item_id not in but and review_items.claim(
                    connection, item_id, user.user_id, states, now + claim_s
                )
                if taken:
                    audit.append(connection, now, user.name, "claimed", item_id, {})
                    return item_id
        return None

    def claim(self, item_id: int, user: User, states: Sequence[State], claim_s: float) -> bool:
        """Makes one item this person's; whether it is."""
        now = self._now()
        with self._writing() as connection:
            review_items.end_claims(connection, now)
            if review_items.renew(connection, item_id, user.user_id, now + claim_s):
                return True
            if not review_items.claim(connection, item_id, user.user_id, states, now + claim_s):
                return False
            audit.append(connection, now, user.name, "claimed", item_id, {})
            return True

    def upcoming(self, user: User, states: Sequence[State], wanted: Filter, most: int) -> list[int]:
        """The items this person would be given next; nothing is claimed."""
        with self._reading() as connection:
            return review_items.candidates(connection, user.user_id, states, wanted, most)

    def change(
        self,
        item_id: int,
        user: User,
        action: str,
        rule: Callable[[Item, float], Change],
        claim_s: float = 0.0,
        details: Shown | None = None,
    ) -> Item:
        """Lets a rule of the queue act on an item, and writes what it makes of it, all in one transaction.

        Args:
            item_id: the item; locked meanwhile.
            user: who acts.
            action: for the audit.
            rule: takes the item and the time; what it raises undoes everything.
            claim_s: how long a claim lasts that the rule leaves.
            details: more for the audit.

        Returns:
            The item as it is now.

        Raises:
            KeyError: there is no such item.
        """
        now = self._now()
        with self._writing() as connection:
            item = review_items.load_item(connection, item_id, lock=True)
            if item is None:
                raise KeyError(item_id)
            change = rule(item, now)
            review_work.apply(connection, item, change, user.user_id, now, now + claim_s)
            if change.ruling is not None:
                self._take_effect(connection, item, change.ruling.answers)
            told = _told(item, change) | dict(details or {}) | {"versions": self._versions(connection)}
            audit.append(connection, now, user.name, action, item_id, told)
            changed = review_items.load_item(connection, item_id)
        assert changed is not None
        return changed

    def _take_effect(self, connection: sa.Connection, item: Item, answers: Sequence[str]) -> None:
        """What a decision touches is resolved again; a photo that was given to another station goes there."""
        contents = {part.content for part in item.parts}
        touched = photos.stations_with(connection, contents) | {item.station}
        for part, answer in zip(item.parts, answers, strict=False):
            station = moved_to(answer)
            if station is not None:
                photos.name_station(connection, part.content, station)
                touched.add(station)
        photos.mark_due(connection, connection.scalars(sa.select(versions.c.id)).all(), touched)

    def _versions(self, connection: sa.Connection) -> dict[str, str]:
        query = sa.select(versions.c.code, versions.c.forms, versions.c.model)
        row = connection.execute(query.where(versions.c.id == self._version_id)).mappings().one_or_none()
        return {} if row is None else dict(row)

    def replace_failure(self, content: str, reading: PageReading) -> bool:
        """Puts what a person made of a photo in the place of its failure; False where it has none (any more)."""
        with self._writing() as connection:
            return photos.replace_failure(connection, self._version_id, content, reading, self._settings)

    def keep_draft(self, item_id: int, user: User, typed: Mapping[str, Any], claim_s: float) -> bool:
        """Keeps what was typed but not handed in, and the claim; False where the claim has gone."""
        now = self._now()
        with self._writing() as connection:
            review_work.keep_draft(connection, item_id, user.user_id, typed, now)
            return review_items.renew(connection, item_id, user.user_id, now + claim_s)

    def draft(self, item_id: int, user: User) -> Mapping[str, Any]:
        """What a person typed but did not hand in."""
        with self._reading() as connection:
            return review_work.draft(connection, item_id, user.user_id)

    def skip(self, item_id: int, user: User) -> None:
        """Puts an item at the end of a person's queue."""
        with self._writing() as connection:
            review_work.skip(connection, item_id, user.user_id)

    def last_entry(self, user: User) -> tuple[int, int] | None:
        """Item and entry of what a person last typed and did not take back."""
        with self._reading() as connection:
            return review_work.last_entry(connection, user.user_id)

    def listed(
        self, states: Sequence[State], wanted: Filter, most: int, not_keyed_by: User | None = None
    ) -> list[ItemLine]:
        """Items in some states, the most pressing first; without those a person keyed."""
        with self._reading() as connection:
            own = None if not_keyed_by is None else not_keyed_by.user_id
            return review_items.listed(connection, states, wanted, most, own)

    def photo_of(self, content: str) -> tuple[str, str] | None:
        """A name and the file's path under which a content is known; None where neither is left."""
        query = sa.select(seen_photos.c.name, seen_photos.c.file_path).where(seen_photos.c.content == content)
        query = query.where(seen_photos.c.file_path.is_not(None)).order_by(seen_photos.c.name).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row[0], row[1])

    def states(self) -> Mapping[State, int]:
        """Items in each state."""
        with self._reading() as connection:
            return review_numbers.states(connection)

    def waiting(self, by: str) -> list[Waiting]:
        """What is not closed, by ``region`` or ``reason``."""
        with self._reading() as connection:
            return review_numbers.waiting(connection, by)

    def closed_since(self, since_s: float) -> int:
        """Items closed after a moment."""
        with self._reading() as connection:
            return review_numbers.closed_since(connection, since_s)

    def keyed(self) -> list[KeyedItem]:
        """Every entry that was not taken back, beside what was decided."""
        with self._reading() as connection:
            return list(review_numbers.keyed(connection))

    def samples(self) -> list[tuple[str, str | None]]:
        """Decided answer and the machine's, of the random sample."""
        with self._reading() as connection:
            return list(review_numbers.samples(connection))

    def add_user(self, name: str, role: Role, secrets: Mapping[str, Any], by: str) -> int:
        """Makes an account, or gives one that is there another role and other secrets; returns its id."""
        now = self._now()
        with self._writing() as connection:
            user_id = review_work.add_user(connection, name, role, secrets, now)
            audit.append(connection, now, by, "account", None, {"account": name, "role": role})
        return user_id

    def user_named(self, name: str) -> User | None:
        """The account of that name."""
        with self._reading() as connection:
            return review_work.find_user(connection, users.c.name == name)

    def user(self, user_id: int) -> User | None:
        """The account of that id."""
        with self._reading() as connection:
            return review_work.find_user(connection, users.c.id == user_id)

    def spend_code(self, user: User) -> bool:
        """Makes a one-time code worthless; False where somebody else was faster."""
        with self._writing() as connection:
            return review_work.spend_code(connection, user.user_id)

    def has_accounts(self) -> bool:
        """Whether anybody but the local person may log in."""
        with self._reading() as connection:
            return review_work.count_users(connection) > 0

    def note(self, actor: str, action: str, details: Shown | None = None, item_id: int | None = None) -> None:
        """Writes a line of audit by itself."""
        with self._writing() as connection:
            audit.append(connection, self._now(), actor, action, item_id, details or {})

    def audit_records(self) -> Iterator[Record]:
        """Every line, in order."""
        with self._reading() as connection:
            yield from audit.records(connection)

    def audit_newest(self, most: int, before: int | None = None) -> list[Record]:
        """The newest lines, newest first; those before one, where it is given."""
        with self._reading() as connection:
            return list(audit.newest(connection, most, before))

    def audit_broken(self, expected: str | None = None) -> str | None:
        """Where the chain is broken, in a sentence; None where it holds."""
        with self._reading() as connection:
            return audit.broken(connection, expected)

    def audit_head(self) -> tuple[int, str]:
        """Number and hash of the last line."""
        with self._reading() as connection:
            return audit.head(connection)


def _told(item: Item, change: Change) -> dict[str, object]:
    """What the audit says of a change: what was asked, what was typed, what was decided."""
    told: dict[str, object] = {
        "station": item.station,
        "form": item.form,
        "fields": [part.field for part in item.parts],
        "photos": sorted({part.content for part in item.parts}),
        "states": [item.state, *change.states],
    }
    if change.typed is not None:
        told |= {"typed": list(change.typed.answers), "seconds": round(change.typed.seconds, 1)}
        told |= {"so_written": change.typed.so_written, "comment": rows.text(change.typed.comment)}
    if change.withdrawn is not None:
        told["withdrawn_entry"] = change.withdrawn
    if change.ruling is not None:
        told |= {"decided": list(change.ruling.answers), "how": change.ruling.how}
        told["reason"] = rows.text(change.ruling.reason)
    return told
