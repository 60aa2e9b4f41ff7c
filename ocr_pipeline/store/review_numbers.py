"""Counts over the review; each function works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from ocr_pipeline.store.review_model import Answers, How, Purpose, State
from ocr_pipeline.store.review_schema import (
    review_decisions,
    review_entries,
    review_items,
    review_parts,
    review_withdrawals,
    users,
)

_REGION = sa.func.substr(review_items.c.station, 1, 4)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Items of one group that are not closed."""

    group: str
    count: int
    oldest_s: float
    effect: float


@dataclass(frozen=True, slots=True)
class KeyedItem:
    """One entry beside what was decided, for the numbers page."""

    user: str
    purpose: Purpose
    answers: Answers
    decided: Answers | None
    known: Answers
    machine: tuple[str | None, ...]
    seconds: float
    at_s: float


def states(connection: sa.Connection) -> dict[State, int]:
    """Items in each state."""
    query = sa.select(review_items.c.state, sa.func.count()).group_by(review_items.c.state)
    return {State(state): count for state, count in connection.execute(query)}


def waiting(connection: sa.Connection, by: str) -> list[Waiting]:
    """What is not closed by ``region`` (the regency's digits) or ``reason``, the largest group first."""
    group: sa.ColumnElement[str] = _REGION if by == "region" else review_items.c.reason
    number = sa.func.count()
    query = sa.select(group, number, sa.func.min(review_items.c.created_s), sa.func.sum(review_items.c.effect))
    query = query.where(review_items.c.state != State.CLOSED).group_by(group).order_by(number.desc(), group)
    return [Waiting(*row) for row in connection.execute(query)]


def closed_since(connection: sa.Connection, since_s: float) -> int:
    """Items closed after a moment."""
    query = sa.select(sa.func.count()).select_from(review_items).where(review_items.c.state == State.CLOSED)
    return connection.scalar(query.where(review_items.c.changed_s >= since_s)) or 0


def keyed(connection: sa.Connection) -> Iterator[KeyedItem]:
    """Every entry that was not taken back, in order."""
    by_item: dict[int, tuple[list[str | None], list[str | None]]] = {}
    for item_id, machine, known in connection.execute(
        sa.select(review_parts.c.item_id, review_parts.c.machine, review_parts.c.known)
        .where(review_parts.c.item_id.in_(sa.select(review_entries.c.item_id)))
        .order_by(review_parts.c.item_id, review_parts.c.position)
    ):
        machines, truths = by_item.setdefault(item_id, ([], []))
        machines.append(machine)
        truths.append(known)
    query = sa.select(
        *(review_entries.c.item_id, users.c.name, review_items.c.purpose, review_entries.c.answers),
        *(review_decisions.c.answers, review_decisions.c.how, review_entries.c.seconds, review_entries.c.at_s),
    )
    query = query.join(review_items, review_items.c.id == review_entries.c.item_id)
    query = query.join(users, users.c.id == review_entries.c.user_id)
    query = query.outerjoin(review_decisions, review_decisions.c.id == review_items.c.decision_id)
    query = query.outerjoin(review_withdrawals, review_withdrawals.c.entry_id == review_entries.c.id)
    query = query.where(review_withdrawals.c.entry_id.is_(None)).order_by(review_entries.c.id)
    for item_id, user, purpose, answers, decided, how, seconds, at_s in connection.execute(query):
        machines, truths = by_item[item_id]
        held = tuple(decided) if how not in (None, How.WITHDRAWN, How.LAPSED) else None
        known = tuple(truth for truth in truths if truth is not None)
        yield KeyedItem(user, Purpose(purpose), tuple(answers), held, known, tuple(machines), seconds, at_s)


def samples(connection: sa.Connection) -> Iterator[tuple[str, str | None]]:
    """Decided answer and the machine's, of every number of the random sample that was decided."""
    query = sa.select(review_parts.c.machine, review_decisions.c.answers)
    query = query.join(review_items, review_items.c.id == review_parts.c.item_id)
    query = query.join(review_decisions, review_decisions.c.id == review_items.c.decision_id)
    query = query.where(review_items.c.purpose == Purpose.SAMPLE, review_decisions.c.how.not_in(_NOT_DECIDED))
    for machine, answers in connection.execute(query):
        yield answers[0], machine


_NOT_DECIDED = (How.WITHDRAWN, How.LAPSED)
