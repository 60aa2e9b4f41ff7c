"""The tables, for SQLite and PostgreSQL alike. ``migrations`` builds the same ones; a test compares them.

    versions <- outcomes <- readings <- evidence      what each photo yielded, once per content and versions
    photos                                            under which names and stations the contents came in
    versions <- station_results <- field_results, rule_checks, flags
    versions <- stations_due                          stations whose photos changed after they were resolved

A content is the SHA-256 of a photo's bytes, or ``name:`` and the photo's name where the bytes could
not be had. Order in text columns is that of the code points on both systems.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import sqlalchemy as sa

from ocr_pipeline.records import FailureCode, FlagCode, Severity, Stage, Verdict
from ocr_pipeline.station.assemble import KeySource
from ocr_pipeline.store.model import NAME_CONTENT

WITNESSES = ("digits", "bubbles", "words", "tally")
STATUSES = ("read", "unreadable")

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def one_of(column: str, values: Iterable[str | enum.StrEnum]) -> sa.CheckConstraint:
    """Keeps a text column to a closed list."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _owned_by(table: str) -> sa.Column[int]:
    """Column of a row that goes when the row it belongs to goes."""
    column = {"outcomes": "outcome_id", "station_results": "result_id"}[table]
    return sa.Column(column, sa.Integer, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=True)


versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("code", TEXT, nullable=False),
    sa.Column("forms", TEXT, nullable=False),
    sa.Column("model", TEXT, nullable=False),
    sa.Column("in_use", sa.Boolean, nullable=False, comment="true for the versions of the latest run"),
    sa.UniqueConstraint("code", "forms", "model"),
)

photos = sa.Table(
    "photos",
    metadata,
    sa.Column("name", TEXT, primary_key=True),
    sa.Column("content", TEXT, nullable=False, index=True),
    sa.Column("station", TEXT, nullable=False, index=True),
    sa.Column("claimed_page", sa.Integer),
    sa.Column("key_source", TEXT, nullable=False),
    sa.Column("file_path", TEXT, comment="of the file or container"),
    sa.Column("file_bytes", sa.BigInteger, comment="when it was read"),
    sa.Column("file_mtime_ns", sa.BigInteger),
    sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint(f"length(content) = 64 OR content LIKE '{NAME_CONTENT}%'", name="content"),
    one_of("key_source", KeySource),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("content", TEXT, nullable=False),
    sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("status", TEXT, nullable=False),
    sa.Column("milliseconds", sa.JSON, nullable=False),
    sa.Column("form", TEXT),
    sa.Column("page", sa.Integer),
    sa.Column("pairs", sa.Integer),
    sa.Column("registration_method", TEXT),
    sa.Column("registration_score", sa.Double),
    sa.Column("registration_residual_mm", sa.Double),
    sa.Column("registration_runner_up", TEXT),
    sa.Column("registration_runner_up_score", sa.Double),
    sa.Column("registration_tag_id", sa.Integer),
    sa.Column("registration_explained", sa.Double),
    sa.Column("quality", sa.JSON(none_as_null=True)),
    sa.Column("failure_stage", TEXT),
    sa.Column("failure_code", TEXT),
    sa.Column("failure_message", TEXT),
    sa.Column("failure_measured", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("content", "version_id"),
    one_of("status", STATUSES),
    one_of("failure_stage", Stage),
    one_of("failure_code", FailureCode),
    sa.CheckConstraint(
        "(status = 'read' AND form IS NOT NULL AND page IS NOT NULL AND registration_method IS NOT NULL"
        " AND failure_stage IS NULL AND failure_code IS NULL AND failure_message IS NULL)"
        " OR (status = 'unreadable' AND form IS NULL AND page IS NULL AND registration_method IS NULL"
        " AND failure_stage IS NOT NULL AND failure_code IS NOT NULL AND failure_message IS NOT NULL)",
        name="read_or_failed",
    ),
)

readings = sa.Table(
    "readings",
    metadata,
    _owned_by("outcomes"),
    sa.Column("field", TEXT, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("boxes", TEXT, nullable=False),
    sa.Column("box_confidence", sa.LargeBinary, nullable=False, comment="float64 per box, little-endian"),
    sa.Column("quads_px", sa.LargeBinary, nullable=False, comment="float32, (boxes, 4 corners, x y), little-endian"),
    sa.Column("border_scores", sa.LargeBinary, nullable=False, comment="float64 per box, little-endian"),
    sa.Column("ink_excess", sa.LargeBinary, nullable=False, comment="float64 per box, little-endian"),
    sqlite_with_rowid=False,
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("outcome_id", sa.Integer, primary_key=True),
    sa.Column("field", TEXT, primary_key=True),
    sa.Column("witness", TEXT, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("distribution", sa.LargeBinary, nullable=False, comment="see store/distribution.py"),
    sa.ForeignKeyConstraint(["outcome_id", "field"], ["readings.outcome_id", "readings.field"], ondelete="CASCADE"),
    one_of("witness", WITNESSES),
    sqlite_with_rowid=False,
)

station_results = sa.Table(
    "station_results",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("station", TEXT, nullable=False),
    sa.Column("form", TEXT, nullable=False),
    sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id"), nullable=False),
    sa.Column("photos", sa.JSON, nullable=False, comment="sha256 in the order of pages"),
    sa.UniqueConstraint("station", "form", "version_id"),
)

field_results = sa.Table(
    "field_results",
    metadata,
    _owned_by("station_results"),
    sa.Column("field", TEXT, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("value", sa.Integer, comment="null: nothing is written, or nothing can be read; never zero"),
    sa.Column("probability", sa.Double, nullable=False),
    sa.Column("own_probability", sa.Double, nullable=False, comment="before the form's rules had a say"),
    sa.Column("verdict", TEXT, nullable=False),
    sa.Column("boxes", TEXT, nullable=False),
    sa.Column("runner_up_value", sa.Integer),
    sa.Column("runner_up_probability", sa.Double, comment="null: there is no runner-up"),
    sa.Column("witnesses", sa.JSON, nullable=False),
    sa.Column("sha256", TEXT, nullable=False),
    sa.CheckConstraint("value >= 0", name="value"),
    sa.CheckConstraint("probability BETWEEN 0 AND 1", name="probability"),
    sa.CheckConstraint("own_probability BETWEEN 0 AND 1", name="own_probability"),
    sa.CheckConstraint("runner_up_probability BETWEEN 0 AND 1", name="runner_up_probability"),
    one_of("verdict", Verdict),
)

rule_checks = sa.Table(
    "rule_checks",
    metadata,
    _owned_by("station_results"),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("rule", TEXT, nullable=False),
    sa.Column("holds", sa.Boolean, comment="null: a value it needs is missing"),
    sa.Column("difference", sa.Integer),
    sa.Column("probability", sa.Double, comment="that it holds on the paper; null: cannot be said"),
    sa.CheckConstraint("probability BETWEEN 0 AND 1", name="probability"),
)

flags = sa.Table(
    "flags",
    metadata,
    _owned_by("station_results"),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("code", TEXT, nullable=False),
    sa.Column("severity", TEXT, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("message", TEXT, nullable=False),
    sa.Column("rule", TEXT),
    sa.Column("message_indonesian", TEXT, nullable=False),
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.Column("look_first", TEXT),
    one_of("code", FlagCode),
    one_of("severity", Severity),
)

stations_due = sa.Table(
    "stations_due",
    metadata,
    sa.Column("station", TEXT, primary_key=True),
    sa.Column("version_id", sa.Integer, sa.ForeignKey("versions.id"), primary_key=True),
    sa.Column("failure_message", TEXT, comment="why the last attempt failed; null: not tried yet"),
    sqlite_with_rowid=False,
)
