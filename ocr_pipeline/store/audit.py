"""Who did what, appended only: each line's hash covers the line and the hash before it.

Changing, removing or adding a line breaks the chain from there on; lines cut off at the end are missed by
``audit_head``. Who rewrites the whole chain is found by its last hash, written down elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import sqlalchemy as sa

from ocr_pipeline.store.review_model import Record, Shown
from ocr_pipeline.store.review_schema import audit_head, audit_records
from ocr_pipeline.store.rows import Row, text, to_json

FIRST = "0" * 64
"""What the first line is chained to."""


def chained(before: str, line: str) -> str:
    """The hash of a line that stands behind another."""
    return hashlib.sha256(f"{before}\n{line}".encode()).hexdigest()


def lock(connection: sa.Connection) -> None:
    """Makes whoever else writes to the review wait until this transaction has ended."""
    if connection.execute(sa.select(audit_head.c.id).with_for_update()).one_or_none() is None:
        connection.execute(sa.insert(audit_head).values(id=1, seq=0, hash=FIRST))


def append(
    connection: sa.Connection, at_s: float, actor: str, action: str, item_id: int | None, details: Shown
) -> None:
    """Writes one line, behind :func:`lock`."""
    last, before = head(connection)
    seq = last + 1
    line = text(to_json({"seq": seq, "at_s": at_s, "actor": actor, "action": action, "item": item_id} | dict(details)))
    new: Row = {"seq": seq, "hash": chained(before, line)}
    connection.execute(sa.insert(audit_records).values(**new, item_id=item_id, text=line))
    connection.execute(sa.update(audit_head).values(**new))


def records(connection: sa.Connection) -> Iterator[Record]:
    """Every line, in order."""
    query = sa.select(audit_records.c.seq, audit_records.c.text, audit_records.c.hash)
    for row in connection.execute(query.order_by(audit_records.c.seq)):
        yield Record(*row)


def newest(connection: sa.Connection, most: int, before: int | None) -> Iterator[Record]:
    """The newest lines, newest first; those before one, where it is given."""
    query = sa.select(audit_records.c.seq, audit_records.c.text, audit_records.c.hash)
    if before is not None:
        query = query.where(audit_records.c.seq < before)
    for row in connection.execute(query.order_by(audit_records.c.seq.desc()).limit(most)):
        yield Record(*row)


def head(connection: sa.Connection) -> tuple[int, str]:
    """Number and hash of the last line."""
    row = connection.execute(sa.select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    return (0, FIRST) if row is None else (row[0], row[1])


def broken(connection: sa.Connection, expected: str | None) -> str | None:
    """Where the chain is broken, in a sentence; None where it holds.

    Args:
        connection: within a transaction.
        expected: a hash written down earlier that must be among those of the chain.
    """
    before, last, met = FIRST, 0, expected is None
    query = sa.select(audit_records).order_by(audit_records.c.seq)
    for row in connection.execute(query).mappings():
        if row["seq"] != last + 1:
            return f"line {last + 1} is missing"
        if row["hash"] != chained(before, row["text"]):
            return f"line {row['seq']} was changed"
        told = json.loads(row["text"])
        if told["seq"] != row["seq"] or told["item"] != row["item_id"]:
            return f"line {row['seq']} is filed under another number or item"
        before, last = row["hash"], row["seq"]
        met = met or before == expected
    if head(connection) != (last, before):
        return f"lines behind {last} are missing, or the head was changed"
    return None if met else f"no line has the hash {expected}: the chain was written anew or is another one"
