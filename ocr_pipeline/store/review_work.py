"""Statements about what people type and decide; each function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from ocr_pipeline.store.photos import insert_one
from ocr_pipeline.store.review_model import Change, How, Item, Role, Settled, User
from ocr_pipeline.store.review_schema import (
    review_decisions,
    review_drafts,
    review_entries,
    review_items,
    review_parts,
    review_skips,
    review_withdrawals,
    users,
)
from ocr_pipeline.store.rows import Row, text

_AT_A_TIME = 1000
"""SQLite takes 32,766 parameters."""


def apply(
    connection: sa.Connection, item: Item, change: Change, user_id: int, now_s: float, claim_until_s: float
) -> None:
    """Writes what a rule of the queue made of an item, which this transaction has locked."""
    if change.typed is not None:
        _append_entry(connection, item, change, user_id, now_s)
    if change.withdrawn is not None:
        connection.execute(sa.insert(review_withdrawals).values(entry_id=change.withdrawn, at_s=now_s))
    new: Row = {"state": change.states[-1], "rest": change.rest, "changed_s": now_s, "claimed_by": change.claimant}
    new["claim_until_s"] = 0.0 if change.claimant is None else claim_until_s
    if change.new_round:
        new["round"] = review_items.c.round + 1
    if change.ruling is not None:
        row: Row = {
            "item_id": item.item_id,
            "supersedes": item.decision.decision_id if item.decision else None,
            "answers": list(change.ruling.answers),
            "how": change.ruling.how,
            "user_id": user_id if change.ruling.how is How.ARBITER else None,
            "reason": text(change.ruling.reason),
            "at_s": now_s,
        }
        new["decision_id"] = insert_one(connection, review_decisions, row)
    connection.execute(sa.update(review_items).where(review_items.c.id == item.item_id).values(**new))
    if change.typed is not None or change.ruling is not None:
        forget_draft(connection, item.item_id, user_id)


def _append_entry(connection: sa.Connection, item: Item, change: Change, user_id: int, now_s: float) -> None:
    assert change.typed is not None
    of_person = (review_entries.c.item_id == item.item_id) & (review_entries.c.user_id == user_id)
    earlier = connection.scalar(sa.select(sa.func.count()).select_from(review_entries).where(of_person))
    rounds = connection.scalar(sa.select(review_items.c.round).where(review_items.c.id == item.item_id))
    row: Row = {
        "item_id": item.item_id,
        "user_id": user_id,
        "attempt": earlier,
        "round": rounds,
        "answers": list(change.typed.answers),
        "so_written": change.typed.so_written,
        "comment": text(change.typed.comment),
        "seconds": change.typed.seconds,
        "at_s": now_s,
    }
    connection.execute(sa.insert(review_entries).values(**row))


def last_entry(connection: sa.Connection, user_id: int) -> tuple[int, int] | None:
    """Item and entry of what a person last typed and did not take back."""
    query = sa.select(review_entries.c.item_id, review_entries.c.id).where(review_entries.c.user_id == user_id)
    query = query.outerjoin(review_withdrawals, review_withdrawals.c.entry_id == review_entries.c.id)
    query = query.where(review_withdrawals.c.entry_id.is_(None)).order_by(review_entries.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def keep_draft(connection: sa.Connection, item_id: int, user_id: int, typed: Mapping[str, Any], now_s: float) -> None:
    """Keeps what was typed but not handed in."""
    forget_draft(connection, item_id, user_id)
    row = {"item_id": item_id, "user_id": user_id, "typed": dict(typed), "at_s": now_s}
    connection.execute(sa.insert(review_drafts).values(**row))


def forget_draft(connection: sa.Connection, item_id: int, user_id: int) -> None:
    """Drops it, once it was handed in."""
    own = (review_drafts.c.item_id == item_id) & (review_drafts.c.user_id == user_id)
    connection.execute(sa.delete(review_drafts).where(own))


def draft(connection: sa.Connection, item_id: int, user_id: int) -> Mapping[str, Any]:
    """What a person typed but did not hand in; empty where there is nothing."""
    own = (review_drafts.c.item_id == item_id) & (review_drafts.c.user_id == user_id)
    found: Mapping[str, Any] | None = connection.scalar(sa.select(review_drafts.c.typed).where(own))
    return found or {}


def skip(connection: sa.Connection, item_id: int, user_id: int) -> None:
    """Puts an item at the end of a person's queue."""
    own = (review_skips.c.item_id == item_id) & (review_skips.c.user_id == user_id)
    if connection.scalar(sa.select(sa.exists().where(own))):
        return
    connection.execute(sa.insert(review_skips).values(item_id=item_id, user_id=user_id))


def settled(connection: sa.Connection, contents: Collection[str] | None = None) -> list[Settled]:
    """What holds for each part of every decided item, oldest first; of all photos, or of some."""
    query = sa.select(
        *(review_items.c.id, review_items.c.station, review_items.c.form, review_parts.c.field),
        *(review_parts.c.content, review_parts.c.position, review_decisions.c.answers, review_decisions.c.how),
        *(review_decisions.c.reason, review_decisions.c.at_s, users.c.name.label("decided_by")),
    )
    query = query.join(review_parts, review_parts.c.item_id == review_items.c.id)
    query = query.join(review_decisions, review_decisions.c.id == review_items.c.decision_id)
    query = query.outerjoin(users, users.c.id == review_decisions.c.user_id)
    query = query.where(review_decisions.c.how.not_in([How.WITHDRAWN, How.LAPSED]))
    if contents is not None:
        query = query.where(review_parts.c.content.in_(list(contents)))
    rows = connection.execute(query.order_by(review_decisions.c.id, review_parts.c.position)).mappings().all()
    people = _people(connection, {row["id"] for row in rows})
    found = []
    for row in rows:
        answers = row["answers"]
        who = (*people.get(row["id"], ()), *([row["decided_by"]] if row["decided_by"] else []))
        found.append(
            Settled(
                station=row["station"],
                form=row["form"],
                field=row["field"],
                content=row["content"],
                answer=answers[row["position"]],
                how=How(row["how"]),
                people=who,
                reason=row["reason"],
                at_s=row["at_s"],
            )
        )
    return found


def _people(connection: sa.Connection, item_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Who keyed some items, in order and not taken back; several hundred items at a time."""
    query = sa.select(review_entries.c.item_id, users.c.name).join(users, users.c.id == review_entries.c.user_id)
    query = query.outerjoin(review_withdrawals, review_withdrawals.c.entry_id == review_entries.c.id)
    query = query.where(review_withdrawals.c.entry_id.is_(None)).order_by(review_entries.c.id)
    wanted = list(item_ids)
    found: dict[int, tuple[str, ...]] = {}
    for start in range(0, len(wanted), _AT_A_TIME):
        for item_id, name in connection.execute(
            query.where(review_entries.c.item_id.in_(wanted[start : start + _AT_A_TIME]))
        ):
            found[item_id] = (*found.get(item_id, ()), name)
    return found


def add_user(connection: sa.Connection, name: str, role: Role, secrets: Mapping[str, Any], now_s: float) -> int:
    """Makes an account, or gives one that is there another role and other secrets; returns its id."""
    new: Row = {"name": name, "role": role, "password_hash": None, "code_hash": None, "code_until_s": 0.0}
    new |= dict(secrets)
    known = connection.scalar(sa.select(users.c.id).where(users.c.name == name))
    if known is None:
        return insert_one(connection, users, new | {"created_s": now_s})
    connection.execute(sa.update(users).where(users.c.id == known).values(**new))
    return int(known)


def find_user(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> User | None:
    """The account that meets a condition."""
    row = connection.execute(sa.select(users).where(condition)).mappings().one_or_none()
    if row is None:
        return None
    return User(
        user_id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        password_hash=row["password_hash"],
        code_hash=row["code_hash"],
        code_until_s=row["code_until_s"],
    )


def spend_code(connection: sa.Connection, user_id: int) -> bool:
    """Makes a one-time code worthless; False where somebody else has spent it."""
    unspent = (users.c.id == user_id) & users.c.code_hash.is_not(None)
    return connection.execute(sa.update(users).where(unspent).values(code_hash=None)).rowcount == 1


def count_users(connection: sa.Connection) -> int:
    """Accounts, without the local one."""
    query = sa.select(sa.func.count()).select_from(users).where(users.c.role != Role.LOCAL)
    return connection.scalar(query) or 0
