"""Statements about photos and their outcomes; each function works inside the caller's transaction."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from ocr_pipeline.config import StoreSettings
from ocr_pipeline.records import FailureCode, PageReading, PhotoOutcome
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store import rows
from ocr_pipeline.store.model import NAME_CONTENT, FileStamp, KnownPhoto, Sighting, sha256_of
from ocr_pipeline.store.schema import (
    evidence,
    outcomes,
    photos,
    readings,
    station_results,
    stations_due,
    versions,
)


def content_of(seen: Sighting, outcome: PhotoOutcome) -> str:
    """What an outcome is stored under."""
    return outcome.sha256 or NAME_CONTENT + rows.text(seen.name)


def with_outcomes(version_id: int | None) -> sa.FromClause:
    """Photos joined with their outcomes by some versions."""
    same = (outcomes.c.content == photos.c.content) & (outcomes.c.version_id == version_id)
    return photos.join(outcomes, same)


def known_photos(connection: sa.Connection, version_id: int | None, names: Iterable[str]) -> dict[str, KnownPhoto]:
    """Those names that the versions have an outcome of."""
    asked = {rows.text(name): name for name in names}
    query = sa.select(photos, outcomes.c.failure_code).select_from(with_outcomes(version_id))
    found = connection.execute(query.where(photos.c.name.in_(asked))).mappings()
    return {
        asked[row["name"]]: KnownPhoto(
            sighting=Sighting(asked[row["name"]], station_key(row), row["file_path"], _stamp(row)),
            content=row["content"],
            failure=FailureCode(row["failure_code"]) if row["failure_code"] else None,
        )
        for row in found
    }


def write_outcomes(
    connection: sa.Connection, version_id: int | None, found: Mapping[str, PhotoOutcome], settings: StoreSettings
) -> set[str]:
    """Writes the outcomes that are new, by content; returns the contents of which the outcome changed.

    An outcome that is there already stays as it is, unless it was a bug's or the bytes could not be had.
    """
    query = sa.select(outcomes).where(outcomes.c.version_id == version_id, outcomes.c.content.in_(found))
    stored = {row["content"]: row for row in connection.execute(query).mappings()}
    changed: set[str] = set()
    reading_rows: list[rows.Row] = []
    evidence_rows: list[rows.Row] = []
    for content, outcome in found.items():
        row = rows.outcome_row(outcome)
        old = stored.get(content)
        if old is None:
            new = row | {"content": content, "version_id": version_id}
            owner = {"outcome_id": insert_one(connection, outcomes, new)}
        elif _may_be_replaced(old) and any(old[name] != row[name] for name in row if name != "milliseconds"):
            owner = {"outcome_id": old["id"]}
            connection.execute(sa.update(outcomes).where(outcomes.c.id == old["id"]).values(**row))
        else:
            continue
        changed.add(content)
        if isinstance(outcome, PageReading):
            reading_rows += [owner | r for r in rows.reading_rows(outcome)]
            evidence_rows += [owner | r for r in rows.evidence_rows(outcome, settings)]
    insert(connection, readings, reading_rows)
    insert(connection, evidence, evidence_rows)
    return changed


def replace_failure(
    connection: sa.Connection, version_id: int | None, content: str, reading: PageReading, settings: StoreSettings
) -> bool:
    """Puts what a person made of a photo in the place of its failure; False where it has none (any more)."""
    of_photo = (outcomes.c.content == content) & (outcomes.c.version_id == version_id)
    failed = sa.select(outcomes.c.id).where(of_photo, outcomes.c.status == "unreadable")
    outcome_id = connection.scalar(failed)
    if outcome_id is None:
        return False
    owner = {"outcome_id": outcome_id}
    connection.execute(sa.update(outcomes).where(outcomes.c.id == outcome_id).values(**rows.outcome_row(reading)))
    insert(connection, readings, [owner | row for row in rows.reading_rows(reading)])
    insert(connection, evidence, [owner | row for row in rows.evidence_rows(reading, settings)])
    mark_due(connection, [version_id], stations_with(connection, [content]))
    return True


def write_photos(connection: sa.Connection, found: Iterable[tuple[Sighting, str]]) -> None:
    """Writes names that are new or changed; makes the stations this touches due, for all versions."""
    wanted = {rows.text(seen.name): _photo_row(seen, content) for seen, content in found}
    query = sa.select(photos).where(photos.c.name.in_(wanted))
    stored = {row["name"]: row for row in connection.execute(query).mappings()}
    touched_contents: set[str] = set()
    left_stations: set[str] = set()
    for name, row in wanted.items():
        old = stored.get(name)
        if old is not None and old["key_source"] == KeySource.PERSON and row["key_source"] != KeySource.MANIFEST:
            row |= {"station": old["station"], "key_source": old["key_source"]}
        if old is None:
            connection.execute(sa.insert(photos).values(**row, first_seen=datetime.datetime.now(datetime.UTC)))
            touched_contents.add(row["content"])
            continue
        differing = {column for column, value in row.items() if old[column] != value}
        if differing:
            connection.execute(sa.update(photos).where(photos.c.name == name).values(**row))
        if differing - {"file_path", "file_bytes", "file_mtime_ns"}:
            touched_contents |= {old["content"], row["content"]}
            left_stations.add(old["station"])
    if touched_contents:
        every_version = connection.scalars(sa.select(versions.c.id)).all()
        mark_due(connection, every_version, stations_with(connection, touched_contents) | left_stations)


def drop_photos(connection: sa.Connection, names: Sequence[str]) -> None:
    """Removes names, not the outcomes; makes the stations this touches due, for all versions."""
    of_these = photos.c.name.in_(names)
    found = connection.execute(sa.select(photos.c.content, photos.c.station).where(of_these)).all()
    connection.execute(sa.delete(photos).where(of_these))
    if found:
        touched = stations_with(connection, [content for content, _ in found]) | {station for _, station in found}
        mark_due(connection, connection.scalars(sa.select(versions.c.id)).all(), touched)


def name_station(connection: sa.Connection, content: str, station: str) -> None:
    """Gives a photo, under all its names, to the station a person named; from now on only a manifest moves it."""
    own = photos.c.content == content
    touched = set(connection.scalars(sa.select(photos.c.station).where(own))) | {station}
    connection.execute(sa.update(photos).where(own).values(station=station, key_source=KeySource.PERSON))
    mark_due(connection, connection.scalars(sa.select(versions.c.id)).all(), touched)


def stations_with(connection: sa.Connection, contents: Iterable[str]) -> set[str]:
    """The stations some contents came in for."""
    query = sa.select(photos.c.station).distinct().where(photos.c.content.in_(list(contents)))
    return set(connection.scalars(query))


def mark_due(connection: sa.Connection, version_ids: Iterable[int | None], stations: set[str]) -> None:
    """Makes stations due and takes their results away, so that no result outlives its photos."""
    for version_id in version_ids if stations else ():
        for table in (station_results, stations_due):
            of_these = (table.c.version_id == version_id) & table.c.station.in_(stations)
            connection.execute(sa.delete(table).where(of_these))
        insert(connection, stations_due, [{"station": s, "version_id": version_id} for s in sorted(stations)])


def insert(connection: sa.Connection, table: sa.Table, new: list[rows.Row]) -> None:
    """Inserts rows, if there are any."""
    if new:
        connection.execute(sa.insert(table), new)


def insert_one(connection: sa.Connection, table: sa.Table, new: rows.Row) -> int:
    """Inserts a row and returns the id it was given."""
    return int(connection.execute(sa.insert(table).values(**new).returning(table.c.id)).scalar_one())


def station_key(row: rows.Found) -> StationKey:
    """The station key in a row of ``photos``."""
    return StationKey(row["station"], row["claimed_page"], KeySource(row["key_source"]))


def _photo_row(seen: Sighting, content: str) -> rows.Row:
    return {
        "name": rows.text(seen.name),
        "content": content,
        "station": rows.text(seen.key.station),
        "claimed_page": seen.key.claimed_page,
        "key_source": seen.key.source.value,
        # A path with escapes would lead nowhere.
        "file_path": None if seen.path is None or rows.text(seen.path) != seen.path else seen.path,
        "file_bytes": None if seen.stamp is None else seen.stamp.size_bytes,
        "file_mtime_ns": None if seen.stamp is None else seen.stamp.mtime_ns,
    }


def _stamp(row: rows.Found) -> FileStamp | None:
    size, mtime = row["file_bytes"], row["file_mtime_ns"]
    return None if size is None or mtime is None else FileStamp(size, mtime)


def _may_be_replaced(row: rows.Found) -> bool:
    return row["failure_code"] == FailureCode.INTERNAL or sha256_of(row["content"]) is None
