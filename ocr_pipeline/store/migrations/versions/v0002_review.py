"""The tables of the review: questions, what people typed, what was decided, accounts and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables, and lets a person be the source of a photo's station."""
    with op.batch_alter_table("photos") as photos:
        photos.drop_constraint("ck_photos_key_source", type_="check")
        photos.create_check_constraint(
            "ck_photos_key_source", "key_source IN ('manifest', 'file name', 'folder name', 'photo alone', 'person')"
        )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "audit_records",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer()),
        sa.Column("text", _TEXT, nullable=False, comment="canonical JSON"),
        sa.Column("hash", _TEXT, nullable=False, comment="sha256 of the hash before, a line feed and the text"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_records"),
    )
    op.create_index("ix_audit_records_item_id", "audit_records", ["item_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("password_hash", _TEXT, comment="argon2"),
        sa.Column("code_hash", _TEXT, comment="argon2, of a one-time code"),
        sa.Column("code_until_s", sa.Double(), nullable=False),
        sa.Column("created_s", sa.Double(), nullable=False),
        sa.CheckConstraint("role IN ('reviewer', 'arbiter', 'supervisor', 'observer', 'local')", name="ck_users_role"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users"),
    )
    op.create_table(
        "review_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("purpose", _TEXT, nullable=False),
        sa.Column("station", _TEXT, nullable=False),
        sa.Column("form", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("rule", _TEXT),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("message_indonesian", _TEXT, nullable=False),
        sa.Column("effect", sa.Double(), nullable=False, comment="votes at stake times doubt"),
        sa.Column("priority", sa.Double(), nullable=False, comment="order of the queue, the highest first"),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("rest", _TEXT, nullable=False, comment="where it goes back to when its claim ends"),
        sa.Column("claimed_by", sa.Integer()),
        sa.Column("claim_until_s", sa.Double(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), comment="the decision that holds"),
        sa.Column("created_s", sa.Double(), nullable=False),
        sa.Column("changed_s", sa.Double(), nullable=False),
        sa.CheckConstraint("(state = 'CLAIMED') = (claimed_by IS NOT NULL)", name="ck_review_items_claim"),
        sa.CheckConstraint("kind IN ('field', 'sum', 'photos', 'page', 'station')", name="ck_review_items_kind"),
        sa.CheckConstraint("purpose IN ('flagged', 'sample', 'seed')", name="ck_review_items_purpose"),
        sa.CheckConstraint(
            "rest IN ('OPEN', 'CLAIMED', 'KEYED_ONCE', 'AGREED', 'NEEDS_SECOND', "
            "'CONFLICT', 'ARBITRATED', 'CLOSED', 'REOPENED')",
            name="ck_review_items_rest",
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'CLAIMED', 'KEYED_ONCE', 'AGREED', 'NEEDS_SECOND', "
            "'CONFLICT', 'ARBITRATED', 'CLOSED', 'REOPENED')",
            name="ck_review_items_state",
        ),
        sa.ForeignKeyConstraint(["claimed_by"], ["users.id"], name="fk_review_items_users"),
        sa.PrimaryKeyConstraint("id", name="pk_review_items"),
        sa.UniqueConstraint("key", name="uq_review_items"),
    )
    op.create_index("ix_review_items_claims", "review_items", ["state", "claim_until_s"], unique=False)
    op.create_index("ix_review_items_queue", "review_items", ["state", "priority", "id"], unique=False)
    op.create_index("ix_review_items_station", "review_items", ["station"], unique=False)
    op.create_table(
        "review_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("supersedes", sa.Integer()),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("how", _TEXT, nullable=False),
        sa.Column("user_id", sa.Integer()),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "how IN ('machine and person', 'two people', 'arbiter', 'withdrawn', 'lapsed')",
            name="ck_review_decisions_how",
        ),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name="fk_review_decisions_review_items"),
        sa.ForeignKeyConstraint(["supersedes"], ["review_decisions.id"], name="fk_review_decisions_review_decisions"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_review_decisions_users"),
        sa.PrimaryKeyConstraint("id", name="pk_review_decisions"),
        sa.UniqueConstraint("supersedes", name="uq_review_decisions"),
    )
    op.create_index("ix_review_decisions_item_id", "review_decisions", ["item_id"], unique=False)
    op.create_table(
        "review_drafts",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("typed", sa.JSON(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name="fk_review_drafts_review_items"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_review_drafts_users"),
        sa.PrimaryKeyConstraint("item_id", "user_id", name="pk_review_drafts"),
    )
    op.create_table(
        "review_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="how many of this person's were taken back before"),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("so_written", sa.Boolean(), nullable=False),
        sa.Column("comment", _TEXT, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name="fk_review_entries_review_items"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_review_entries_users"),
        sa.PrimaryKeyConstraint("id", name="pk_review_entries"),
        sa.UniqueConstraint("item_id", "user_id", "attempt", name="uq_review_entries"),
    )
    op.create_table(
        "review_parts",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("content", _TEXT, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("machine", _TEXT, comment="its best answer"),
        sa.Column("known", _TEXT, comment="the true answer, of seeded items"),
        sa.Column("quads_px", sa.LargeBinary(), nullable=False, comment="as in readings"),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name="fk_review_parts_review_items"),
        sa.PrimaryKeyConstraint("item_id", "position", name="pk_review_parts"),
    )
    op.create_index("ix_review_parts_content", "review_parts", ["content"], unique=False)
    op.create_table(
        "review_skips",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name="fk_review_skips_review_items"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_review_skips_users"),
        sa.PrimaryKeyConstraint("item_id", "user_id", name="pk_review_skips"),
    )
    op.create_table(
        "review_withdrawals",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["review_entries.id"], name="fk_review_withdrawals_review_entries"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_review_withdrawals"),
    )
