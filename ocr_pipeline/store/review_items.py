"""Statements about the items of the review; each function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from ocr_pipeline.store.photos import insert, insert_one
from ocr_pipeline.store.review_model import (
    Decision,
    Entry,
    Filter,
    How,
    Item,
    ItemLine,
    Kind,
    NewItem,
    Part,
    Purpose,
    State,
)
from ocr_pipeline.store.review_schema import (
    review_decisions,
    review_entries,
    review_items,
    review_parts,
    review_skips,
    review_withdrawals,
    users,
)
from ocr_pipeline.store.rows import Found, Row, quads, text
from ocr_pipeline.store.schema import outcomes, readings

_LINE = (
    *(review_items.c.id, review_items.c.kind, review_items.c.station, review_items.c.form, review_items.c.reason),
    *(review_items.c.state, review_items.c.effect, review_items.c.created_s),
)
_KEYED = (
    sa.select(review_entries.c.item_id)
    .outerjoin(review_withdrawals, review_withdrawals.c.entry_id == review_entries.c.id)
    .where(review_withdrawals.c.entry_id.is_(None))
)
"""Items somebody keyed and did not take back."""


def add_items(
    connection: sa.Connection, version_id: int | None, new: Sequence[tuple[NewItem, float]], now_s: float
) -> int:
    """Writes the items that are not there yet, each with its priority; returns how many."""
    by_key = {item.key: (item, priority) for item, priority in new}
    known = connection.scalars(sa.select(review_items.c.key).where(review_items.c.key.in_(by_key)))
    for key in known.all():
        del by_key[key]
    boxes = _boxes(connection, version_id, {part.content for item, _ in by_key.values() for part in item.parts})
    parts: list[Row] = []
    for key, (item, priority) in by_key.items():
        item_id = insert_one(connection, review_items, _item_row(key, item, priority, now_s))
        for position, part in enumerate(item.parts):
            row = {"item_id": item_id, "position": position, "field": part.field, "content": part.content}
            row |= {"label": text(part.label), "machine": part.machine, "known": part.known}
            parts.append(row | {"quads_px": boxes.get((part.content, part.field), b"")})
    insert(connection, review_parts, parts)
    return len(by_key)


def _item_row(key: str, item: NewItem, priority: float, now_s: float) -> Row:
    return {
        "key": key,
        "kind": item.kind,
        "purpose": item.purpose,
        "station": text(item.station),
        "form": item.form,
        "reason": item.reason,
        "rule": item.rule,
        "message": text(item.message),
        "message_indonesian": text(item.message_indonesian),
        "effect": item.effect,
        "priority": priority,
        "state": State.OPEN,
        "rest": State.OPEN,
        "claimed_by": None,
        "claim_until_s": 0.0,
        "round": 1,
        "decision_id": None,
        "created_s": now_s,
        "changed_s": now_s,
    }


def _boxes(connection: sa.Connection, version_id: int | None, contents: Iterable[str]) -> dict[tuple[str, str], bytes]:
    query = sa.select(outcomes.c.content, readings.c.field, readings.c.quads_px)
    query = query.join(readings, readings.c.outcome_id == outcomes.c.id)
    query = query.where(outcomes.c.version_id == version_id, outcomes.c.content.in_(list(contents)))
    return {(content, field): packed for content, field, packed in connection.execute(query)}


def load_item(connection: sa.Connection, item_id: int, lock: bool = False) -> Item | None:
    """One item with all that became of it; ``lock`` keeps others from changing it until the transaction ends."""
    query = sa.select(review_items).where(review_items.c.id == item_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        return None
    found = connection.execute(_entries().where(review_entries.c.item_id == item_id).order_by(review_entries.c.id))
    entries = found.mappings().all()
    parts = sa.select(review_parts).where(review_parts.c.item_id == item_id).order_by(review_parts.c.position)
    return _item(
        row,
        parts=tuple(_part(part) for part in connection.execute(parts).mappings()),
        entries=tuple(_entry(entry) for entry in entries if entry["round"] == row["round"]),
        decision=_decision(connection, row["decision_id"]),
        keyed_by=frozenset(entry["user_id"] for entry in entries),
    )


def _entries() -> sa.Select[tuple[object, ...]]:
    query = sa.select(review_entries, users.c.name).join(users, users.c.id == review_entries.c.user_id)
    query = query.outerjoin(review_withdrawals, review_withdrawals.c.entry_id == review_entries.c.id)
    return query.where(review_withdrawals.c.entry_id.is_(None))


def _item(
    row: Found, parts: tuple[Part, ...], entries: tuple[Entry, ...], decision: Decision | None, keyed_by: frozenset[int]
) -> Item:
    return Item(
        item_id=row["id"],
        kind=Kind(row["kind"]),
        purpose=Purpose(row["purpose"]),
        station=row["station"],
        form=row["form"],
        reason=row["reason"],
        rule=row["rule"],
        message=row["message"],
        message_indonesian=row["message_indonesian"],
        effect=row["effect"],
        parts=parts,
        state=State(row["state"]),
        rest=State(row["rest"]),
        claimed_by=row["claimed_by"],
        claim_until_s=row["claim_until_s"],
        entries=entries,
        decision=decision,
        keyed_by=keyed_by,
    )


def _part(row: Found) -> Part:
    return Part(row["field"], row["content"], row["label"], row["machine"], row["known"], quads(row["quads_px"]))


def _entry(row: Found) -> Entry:
    return Entry(
        entry_id=row["id"],
        user_id=row["user_id"],
        user=row["name"],
        answers=tuple(row["answers"]),
        so_written=row["so_written"],
        comment=row["comment"],
        seconds=row["seconds"],
        at_s=row["at_s"],
    )


def _decision(connection: sa.Connection, decision_id: int | None) -> Decision | None:
    query = sa.select(review_decisions, users.c.name).outerjoin(users, users.c.id == review_decisions.c.user_id)
    row = connection.execute(query.where(review_decisions.c.id == decision_id)).mappings().one_or_none()
    if row is None:
        return None
    return Decision(row["id"], tuple(row["answers"]), How(row["how"]), row["name"], row["reason"], row["at_s"])


def end_claims(connection: sa.Connection, now_s: float) -> None:
    """Gives back what was claimed and not renewed in time."""
    expired = (review_items.c.state == State.CLAIMED) & (review_items.c.claim_until_s < now_s)
    connection.execute(sa.update(review_items).where(expired).values(state=review_items.c.rest, claimed_by=None))


def candidates(
    connection: sa.Connection, user_id: int, states: Sequence[State], wanted: Filter, most: int
) -> list[int]:
    """Items this person might key next, the most pressing first; those skipped come last."""
    found: list[tuple[bool, float, int]] = []
    mine = sa.and_(review_skips.c.item_id == review_items.c.id, review_skips.c.user_id == user_id)
    keyed = _KEYED.where(review_entries.c.item_id == review_items.c.id, review_entries.c.user_id == user_id)
    for skipped in (False, True):
        passed_over = sa.exists(sa.select(review_skips.c.item_id).where(mine))
        for state in states:
            query = sa.select(review_items.c.priority, review_items.c.id)
            query = query.where(review_items.c.state == state, *_wanted(wanted), ~sa.exists(keyed))
            query = query.where(passed_over if skipped else ~passed_over)
            query = query.order_by(review_items.c.priority.desc(), review_items.c.id.desc()).limit(most)
            found += [(not skipped, priority, item_id) for priority, item_id in connection.execute(query)]
        if found:
            break
    return [item_id for _, _, item_id in sorted(found, reverse=True)[:most]]


def _wanted(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.region:
        conditions.append(review_items.c.station.startswith(wanted.region, autoescape=True))
    if wanted.reason:
        conditions.append(review_items.c.reason == wanted.reason)
    return conditions


def claim(connection: sa.Connection, item_id: int, user_id: int, states: Sequence[State], until_s: float) -> bool:
    """The one conditional update by which an item becomes somebody's; whether it did."""
    keyed = _KEYED.where(review_entries.c.item_id == item_id, review_entries.c.user_id == user_id)
    free = sa.and_(review_items.c.id == item_id, review_items.c.state.in_(states), ~sa.exists(keyed))
    taken = {"state": State.CLAIMED, "rest": review_items.c.state, "claimed_by": user_id, "claim_until_s": until_s}
    return connection.execute(sa.update(review_items).where(free).values(**taken)).rowcount == 1


def claimed(connection: sa.Connection, user_id: int, states: Sequence[State]) -> int | None:
    """The item a person holds, of those that were in some states."""
    own = (review_items.c.state == State.CLAIMED) & (review_items.c.claimed_by == user_id)
    query = sa.select(review_items.c.id).where(own, review_items.c.rest.in_(states))
    return connection.scalar(query.order_by(review_items.c.id).limit(1))


def renew(connection: sa.Connection, item_id: int, user_id: int, until_s: float) -> bool:
    """Keeps a claim alive; False where it is no longer this person's."""
    own = (review_items.c.id == item_id) & (review_items.c.claimed_by == user_id)
    return connection.execute(sa.update(review_items).where(own).values(claim_until_s=until_s)).rowcount == 1


def listed(
    connection: sa.Connection, states: Sequence[State], wanted: Filter, most: int, not_keyed_by: int | None
) -> list[ItemLine]:
    """Items in some states, the most pressing first; without those a person keyed."""
    found: list[tuple[float, ItemLine]] = []
    for state in states:
        query = sa.select(review_items.c.priority, *_LINE).where(review_items.c.state == state, *_wanted(wanted))
        if not_keyed_by is not None:
            own = _KEYED.where(review_entries.c.item_id == review_items.c.id, review_entries.c.user_id == not_keyed_by)
            query = query.where(~sa.exists(own))
        query = query.order_by(review_items.c.priority.desc(), review_items.c.id.desc()).limit(most)
        for priority, item_id, kind, station, form, reason, at, effect, created in connection.execute(query):
            line = ItemLine(item_id, Kind(kind), station, form, reason, State(at), effect, created)
            found.append((priority, line))
    return [line for _, line in sorted(found, key=lambda pair: -pair[0])[:most]]


def open_items_of(connection: sa.Connection, station: str) -> dict[str, int]:
    """Ids of a station's flagged items that nobody has touched, by key."""
    query = sa.select(review_items.c.key, review_items.c.id).where(review_items.c.station == text(station))
    untouched = (review_items.c.state == State.OPEN) & (review_items.c.purpose == Purpose.FLAGGED)
    return {key: item_id for key, item_id in connection.execute(query.where(untouched))}
