"""The first tables: what photos yielded, and what became of stations.

A migration never changes once it has been released, so nothing in here is taken from the program.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Makes the tables in an empty database."""
    op.create_table(
        "photos",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("content", _TEXT, nullable=False),
        sa.Column("station", _TEXT, nullable=False),
        sa.Column("claimed_page", sa.Integer()),
        sa.Column("key_source", _TEXT, nullable=False),
        sa.Column("file_path", _TEXT, comment="of the file or container"),
        sa.Column("file_bytes", sa.BigInteger(), comment="when it was read"),
        sa.Column("file_mtime_ns", sa.BigInteger()),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "key_source IN ('manifest', 'file name', 'folder name', 'photo alone')", name="ck_photos_key_source"
        ),
        sa.CheckConstraint("length(content) = 64 OR content LIKE 'name:%'", name="ck_photos_content"),
        sa.PrimaryKeyConstraint("name", name="pk_photos"),
    )
    op.create_index("ix_photos_content", "photos", ["content"])
    op.create_index("ix_photos_station", "photos", ["station"])
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("forms", _TEXT, nullable=False),
        sa.Column("model", _TEXT, nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False, comment="true for the versions of the latest run"),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("code", "forms", "model", name="uq_versions"),
    )
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", _TEXT, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("milliseconds", sa.JSON(), nullable=False),
        sa.Column("form", _TEXT),
        sa.Column("page", sa.Integer()),
        sa.Column("pairs", sa.Integer()),
        sa.Column("registration_method", _TEXT),
        sa.Column("registration_score", sa.Double()),
        sa.Column("registration_residual_mm", sa.Double()),
        sa.Column("registration_runner_up", _TEXT),
        sa.Column("registration_runner_up_score", sa.Double()),
        sa.Column("registration_tag_id", sa.Integer()),
        sa.Column("registration_explained", sa.Double()),
        sa.Column("quality", sa.JSON(none_as_null=True)),
        sa.Column("failure_stage", _TEXT),
        sa.Column("failure_code", _TEXT),
        sa.Column("failure_message", _TEXT),
        sa.Column("failure_measured", sa.JSON(none_as_null=True)),
        sa.CheckConstraint(
            "(status = 'read' AND form IS NOT NULL AND page IS NOT NULL AND registration_method IS NOT NULL "
            "AND failure_stage IS NULL AND failure_code IS NULL AND failure_message IS NULL) OR (status = "
            "'unreadable' AND form IS NULL AND page IS NULL AND registration_method IS NULL AND "
            "failure_stage IS NOT NULL AND failure_code IS NOT NULL AND failure_message IS NOT NULL)",
            name="ck_outcomes_read_or_failed",
        ),
        sa.CheckConstraint(
            "failure_code IN ('EMPTY_FILE', 'NOT_A_PHOTO', 'BROKEN_IMAGE', 'TOO_MANY_BYTES', "
            "'TOO_MANY_PIXELS', 'TOO_SMALL', 'ENCRYPTED', 'NESTED_ARCHIVE', 'UNSAFE_MEMBER_NAME', "
            "'BROKEN_ARCHIVE', 'UNSUPPORTED_TYPE', 'NO_FORM_FOUND', 'UNKNOWN_FORM', 'AMBIGUOUS_FORM', "
            "'BOXES_NOT_CONFIRMED', 'RETAKE', 'INTERNAL')",
            name="ck_outcomes_failure_code",
        ),
        sa.CheckConstraint(
            "failure_stage IN ('capture', 'deskew', 'identify', 'boxes', 'read', 'station')",
            name="ck_outcomes_failure_stage",
        ),
        sa.CheckConstraint("status IN ('read', 'unreadable')", name="ck_outcomes_status"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_outcomes_versions"),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
        sa.UniqueConstraint("content", "version_id", name="uq_outcomes"),
    )
    op.create_table(
        "station_results",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station", _TEXT, nullable=False),
        sa.Column("form", _TEXT, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False, comment="sha256 in the order of pages"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_station_results_versions"),
        sa.PrimaryKeyConstraint("id", name="pk_station_results"),
        sa.UniqueConstraint("station", "form", "version_id", name="uq_station_results"),
    )
    op.create_table(
        "stations_due",
        sa.Column("station", _TEXT, nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("failure_message", _TEXT, comment="why the last attempt failed; null: not tried yet"),
        sa.ForeignKeyConstraint(["version_id"], ["versions.id"], name="fk_stations_due_versions"),
        sa.PrimaryKeyConstraint("station", "version_id", name="pk_stations_due"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "field_results",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), comment="null: nothing is written, or nothing can be read; never zero"),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("own_probability", sa.Double(), nullable=False, comment="before the form's rules had a say"),
        sa.Column("verdict", _TEXT, nullable=False),
        sa.Column("boxes", _TEXT, nullable=False),
        sa.Column("runner_up_value", sa.Integer()),
        sa.Column("runner_up_probability", sa.Double(), comment="null: there is no runner-up"),
        sa.Column("witnesses", sa.JSON(), nullable=False),
        sa.Column("sha256", _TEXT, nullable=False),
        sa.CheckConstraint("verdict IN ('accept', 'review')", name="ck_field_results_verdict"),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name="ck_field_results_probability"),
        sa.CheckConstraint("own_probability BETWEEN 0 AND 1", name="ck_field_results_own_probability"),
        sa.CheckConstraint("runner_up_probability BETWEEN 0 AND 1", name="ck_field_results_runner_up_probability"),
        sa.CheckConstraint("value >= 0", name="ck_field_results_value"),
        sa.ForeignKeyConstraint(
            ["result_id"], ["station_results.id"], name="fk_field_results_station_results", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_id", "field", name="pk_field_results"),
    )
    op.create_table(
        "flags",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", _TEXT, nullable=False),
        sa.Column("severity", _TEXT, nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("rule", _TEXT),
        sa.Column("message_indonesian", _TEXT, nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("look_first", _TEXT),
        sa.CheckConstraint(
            "code IN ('SUM_MISMATCH', 'BOUND_EXCEEDED', 'LOW_CONFIDENCE', 'NOTHING_WRITTEN', "
            "'NOT_A_NUMBER', 'FIELD_OUT_OF_FRAME', 'POOR_PICTURE', 'BOX_NOT_CONFIRMED', 'ALTERED', "
            "'WITNESSES_DISAGREE', 'READINGS_DISAGREE', 'DUPLICATE_PHOTO', 'WRONG_PAGE', 'MIXED_FORMS', "
            "'MIXED_STATIONS', 'FIRST_BOX', 'VALUES_COPIED', 'COLUMNS_SWAPPED', 'PUBLISHED_DIFFERS', "
            "'PROVISIONAL_LAYOUT', 'FORM_NOT_KNOWN', 'OTHER_SHEET')",
            name="ck_flags_code",
        ),
        sa.CheckConstraint("severity IN ('error', 'note')", name="ck_flags_severity"),
        sa.ForeignKeyConstraint(
            ["result_id"], ["station_results.id"], name="fk_flags_station_results", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_id", "position", name="pk_flags"),
    )
    op.create_table(
        "readings",
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("boxes", _TEXT, nullable=False),
        sa.Column("box_confidence", sa.LargeBinary(), nullable=False, comment="float64 per box, little-endian"),
        sa.Column(
            "quads_px", sa.LargeBinary(), nullable=False, comment="float32, (boxes, 4 corners, x y), little-endian"
        ),
        sa.Column("border_scores", sa.LargeBinary(), nullable=False, comment="float64 per box, little-endian"),
        sa.Column("ink_excess", sa.LargeBinary(), nullable=False, comment="float64 per box, little-endian"),
        sa.ForeignKeyConstraint(["outcome_id"], ["outcomes.id"], name="fk_readings_outcomes", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("outcome_id", "field", name="pk_readings"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rule_checks",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rule", _TEXT, nullable=False),
        sa.Column("holds", sa.Boolean(), comment="null: a value it needs is missing"),
        sa.Column("difference", sa.Integer()),
        sa.Column("probability", sa.Double(), comment="that it holds on the paper; null: cannot be said"),
        sa.CheckConstraint("probability BETWEEN 0 AND 1", name="ck_rule_checks_probability"),
        sa.ForeignKeyConstraint(
            ["result_id"], ["station_results.id"], name="fk_rule_checks_station_results", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("result_id", "position", name="pk_rule_checks"),
    )
    op.create_table(
        "evidence",
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.Column("witness", _TEXT, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("distribution", sa.LargeBinary(), nullable=False, comment="see store/distribution.py"),
        sa.CheckConstraint("witness IN ('digits', 'bubbles', 'words', 'tally')", name="ck_evidence_witness"),
        sa.ForeignKeyConstraint(
            ["outcome_id", "field"],
            ["readings.outcome_id", "readings.field"],
            name="fk_evidence_readings",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("outcome_id", "field", "witness", name="pk_evidence"),
        sqlite_with_rowid=False,
    )
