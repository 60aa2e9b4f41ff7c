"""The tables of the review, beside those of ``schema``.

    users
    review_items <- review_parts       what is asked, and of which boxes
                 <- review_entries     what people typed, appended only
                       <- review_withdrawals
                 <- review_decisions   what holds; a later one supersedes, none is rewritten
                 <- review_drafts, review_skips
    audit_records, audit_head          who did what, each line chained to the one before

Times are seconds since 1970 (UTC).
"""

from __future__ import annotations

import sqlalchemy as sa

from ocr_pipeline.store.review_model import How, Kind, Purpose, Role, State
from ocr_pipeline.store.schema import TEXT, metadata, one_of

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", TEXT, nullable=False, unique=True),
    sa.Column("role", TEXT, nullable=False),
    sa.Column("password_hash", TEXT, comment="argon2"),
    sa.Column("code_hash", TEXT, comment="argon2, of a one-time code"),
    sa.Column("code_until_s", sa.Double, nullable=False),
    sa.Column("created_s", sa.Double, nullable=False),
    one_of("role", Role),
)

review_items = sa.Table(
    "review_items",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", TEXT, nullable=False, unique=True),
    sa.Column("kind", TEXT, nullable=False),
    sa.Column("purpose", TEXT, nullable=False),
    sa.Column("station", TEXT, nullable=False, index=True),
    sa.Column("form", TEXT, nullable=False),
    sa.Column("reason", TEXT, nullable=False),
    sa.Column("rule", TEXT),
    sa.Column("message", TEXT, nullable=False),
    sa.Column("message_indonesian", TEXT, nullable=False),
    sa.Column("effect", sa.Double, nullable=False, comment="votes at stake times doubt"),
    sa.Column("priority", sa.Double, nullable=False, comment="order of the queue, the highest first"),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("rest", TEXT, nullable=False, comment="where it goes back to when its claim ends"),
    sa.Column("claimed_by", sa.Integer, sa.ForeignKey("users.id")),
    sa.Column("claim_until_s", sa.Double, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("decision_id", sa.Integer, comment="the decision that holds"),
    sa.Column("created_s", sa.Double, nullable=False),
    sa.Column("changed_s", sa.Double, nullable=False),
    one_of("kind", Kind),
    one_of("purpose", Purpose),
    one_of("state", State),
    one_of("rest", State),
    sa.CheckConstraint("(state = 'CLAIMED') = (claimed_by IS NOT NULL)", name="claim"),
    sa.Index("ix_review_items_queue", "state", "priority", "id"),
    sa.Index("ix_review_items_claims", "state", "claim_until_s"),
)


def _item() -> sa.Column[int]:
    return sa.Column("item_id", sa.Integer, sa.ForeignKey("review_items.id"), nullable=False)


def _user(nullable: bool = False) -> sa.Column[int]:
    return sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=nullable)


review_parts = sa.Table(
    "review_parts",
    metadata,
    _item(),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("field", TEXT, nullable=False),
    sa.Column("content", TEXT, nullable=False, index=True),
    sa.Column("label", TEXT, nullable=False),
    sa.Column("machine", TEXT, comment="its best answer"),
    sa.Column("known", TEXT, comment="the true answer, of seeded items"),
    sa.Column("quads_px", sa.LargeBinary, nullable=False, comment="as in readings"),
    sa.PrimaryKeyConstraint("item_id", "position"),
)

review_entries = sa.Table(
    "review_entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _item(),
    _user(),
    sa.Column("attempt", sa.Integer, nullable=False, comment="how many of this person's were taken back before"),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("so_written", sa.Boolean, nullable=False),
    sa.Column("comment", TEXT, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("at_s", sa.Double, nullable=False),
    sa.UniqueConstraint("item_id", "user_id", "attempt"),
)

review_withdrawals = sa.Table(
    "review_withdrawals",
    metadata,
    sa.Column("entry_id", sa.Integer, sa.ForeignKey("review_entries.id"), primary_key=True),
    sa.Column("at_s", sa.Double, nullable=False),
)

review_decisions = sa.Table(
    "review_decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _item(),
    sa.Column("supersedes", sa.Integer, sa.ForeignKey("review_decisions.id"), unique=True),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("how", TEXT, nullable=False),
    _user(nullable=True),
    sa.Column("reason", TEXT, nullable=False),
    sa.Column("at_s", sa.Double, nullable=False),
    one_of("how", How),
    sa.Index("ix_review_decisions_item_id", "item_id"),
)

review_drafts = sa.Table(
    "review_drafts",
    metadata,
    _item(),
    _user(),
    sa.Column("typed", sa.JSON, nullable=False),
    sa.Column("at_s", sa.Double, nullable=False),
    sa.PrimaryKeyConstraint("item_id", "user_id"),
)

review_skips = sa.Table(
    "review_skips",
    metadata,
    _item(),
    _user(),
    sa.PrimaryKeyConstraint("item_id", "user_id"),
)

audit_records = sa.Table(
    "audit_records",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("item_id", sa.Integer, index=True),
    sa.Column("text", TEXT, nullable=False, comment="canonical JSON"),
    sa.Column("hash", TEXT, nullable=False, comment="sha256 of the hash before, a line feed and the text"),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("hash", TEXT, nullable=False),
)
