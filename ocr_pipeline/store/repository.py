"""What was read, kept by content: the same bytes read by the same versions are stored once and never change.

One process writes: the parent of a run. Each public method that writes is one transaction.

A station is either *due* (a photo of it came, went or was read since it was resolved) or its result
is that of exactly the photos it has now: the transaction that makes a station due removes its results.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Self

import sqlalchemy as sa

from ocr_pipeline.config import STORE, StoreSettings
from ocr_pipeline.records import FailureCode, Flag, FlagCode, PhotoOutcome, StationResult, Versions
from ocr_pipeline.store import photos, review_work, rows, stations
from ocr_pipeline.store.database import open_engine, translated, writing
from ocr_pipeline.store.model import KnownPhoto, Sighting, StationReadings, StoredFailure, StoredStation, Totals
from ocr_pipeline.store.review_model import Settled
from ocr_pipeline.store.schema import outcomes, stations_due, versions
from ocr_pipeline.store.schema import photos as seen_photos


def open_repository(location: str, *, create: bool = True, settings: StoreSettings = STORE) -> Repository:
    """Opens a database; makes it where it is new, brings it up to date where it is older.

    Args:
        location: path of an SQLite file, or a database URL (``postgresql+psycopg://user@host/name``).
        create: False for those who only look: a database that is not there is then an error.
        settings: waiting times and what is kept.

    Raises:
        DatabaseError: it cannot be opened, belongs to another program, or was written by a newer one.
    """
    return Repository(open_engine(location, create, settings), settings)


class Repository(contextlib.AbstractContextManager["Repository"]):
    """The one way to the tables; reads and writes for the versions last given to ``use``.

    Every method may raise ``DatabaseError``: the disk is full, another run holds the database, ...
    """

    def __init__(self, engine: sa.Engine, settings: StoreSettings = STORE) -> None:
        self._engine = engine
        self._writer = writing(engine)
        self._settings = settings
        with self._reading() as connection:
            self._version_id = connection.scalar(sa.select(versions.c.id).where(versions.c.in_use))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with translated(self._engine.url), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with translated(self._engine.url), self._writer.begin() as connection:
            yield connection

    def use(self, wanted: Versions) -> None:
        """Chooses the versions that all that follows is about, also for later visits."""
        columns = asdict(wanted)
        with self._writing() as connection:
            is_wanted = sa.and_(*(versions.c[name] == value for name, value in columns.items()))
            self._version_id = connection.scalar(sa.select(versions.c.id).where(is_wanted))
            if self._version_id is None:
                self._version_id = photos.insert_one(connection, versions, columns | {"in_use": False})
            connection.execute(sa.update(versions).values(in_use=versions.c.id == self._version_id))

    def known(self, names: Iterable[str]) -> dict[str, KnownPhoto]:
        """Those of some hundred photo names that the versions in use have an outcome of."""
        with self._reading() as connection:
            return photos.known_photos(connection, self._version_id, names)

    def known_contents(self, sha256s: Iterable[str]) -> dict[str, FailureCode | None]:
        """Those of some hundred contents that the versions in use have an outcome of, with its failure."""
        query = sa.select(outcomes.c.content, outcomes.c.failure_code)
        query = query.where(outcomes.c.version_id == self._version_id, outcomes.c.content.in_(list(sha256s)))
        with self._reading() as connection:
            found = connection.execute(query).all()
        return {content: FailureCode(code) if code else None for content, code in found}

    def holds_outcomes(self) -> bool:
        """Whether anything was read by the versions in use."""
        with self._reading() as connection:
            return bool(connection.scalar(sa.select(sa.exists().where(outcomes.c.version_id == self._version_id))))

    def save_outcomes(self, found: Sequence[tuple[Sighting, PhotoOutcome]]) -> None:
        """Stores what was read of some photos.

        An outcome that is there already stays as it is, unless it was a bug's or the bytes could not be had.

        Raises:
            ValueError: an outcome is none that can be stored (see ``rows.check_outcome``).
        """
        contents = [photos.content_of(seen, outcome) for seen, outcome in found]
        by_content = dict(zip(contents, (outcome for _, outcome in found), strict=True))
        with self._writing() as connection:
            changed = photos.write_outcomes(connection, self._version_id, by_content, self._settings)
            photos.write_photos(connection, zip((seen for seen, _ in found), contents, strict=True))
            photos.mark_due(connection, [self._version_id], photos.stations_with(connection, changed))

    def paths_of(self, sha256s: Iterable[str]) -> list[tuple[str, str]]:
        """The names under which some contents are known, each with the path of its file."""
        query = sa.select(seen_photos.c.name, seen_photos.c.file_path)
        query = query.where(seen_photos.c.content.in_(list(sha256s)), seen_photos.c.file_path.is_not(None))
        with self._reading() as connection:
            return [(name, path) for name, path in connection.execute(query)]

    def save_sightings(self, found: Sequence[tuple[Sighting, str]], gone: Sequence[str] = ()) -> None:
        """Stores under which name and station some known contents were seen, and drops names that are gone."""
        with self._writing() as connection:
            photos.drop_photos(connection, gone)
            photos.write_photos(connection, found)

    def due_stations(self) -> list[str]:
        """The stations to be resolved, in order; those that failed before are among them."""
        query = sa.select(stations_due.c.station).where(stations_due.c.version_id == self._version_id)
        with self._reading() as connection:
            return list(connection.scalars(query.order_by(stations_due.c.station)))

    def readings_of_station(self, station: str) -> StationReadings:
        """What was read of one station's photos, whichever forms and pages they show."""
        with self._reading() as connection:
            return stations.station_readings(connection, self._version_id, station)

    def save_stations(self, resolved: Sequence[tuple[str, Sequence[StationResult] | str]]) -> None:
        """Stores the results of some stations in the place of the old; of one that could not be resolved, why."""
        with self._writing() as connection:
            for station, results in resolved:
                is_this = (stations_due.c.station == station) & (stations_due.c.version_id == self._version_id)
                if isinstance(results, str):
                    failed = sa.update(stations_due).where(is_this)
                    connection.execute(failed.values(failure_message=rows.text(results)))
                    continue
                connection.execute(sa.delete(stations_due).where(is_this))
                stations.drop_results(connection, self._version_id, station)
                for result in results:
                    stations.insert_result(connection, self._version_id, station, result)

    def replace_flags(self, station: str, form: str, code: FlagCode, raised: Sequence[Flag]) -> None:
        """Puts flags of one code in the place of those a station's result has; their fields go to review.

        They stay until the station is resolved again.
        """
        with self._writing() as connection:
            stations.replace_flags(connection, self._version_id, (station, form), code, raised)

    def stations(self, only: str | None = None) -> Iterator[StoredStation]:
        """All station results, by station and form, as of one moment; or only those of one station."""
        with self._reading() as connection:
            yield from stations.stored_stations(connection, self._version_id, self._settings.export_stations, only)

    def settled(self) -> list[Settled]:
        """What people decided of every number and photo they were asked about, oldest first."""
        with self._reading() as connection:
            return review_work.settled(connection)

    def failures(self) -> Iterator[StoredFailure]:
        """Photos that could not be read, by name, then stations that could not be resolved, as of one moment."""
        with self._reading() as connection:
            yield from stations.stored_failures(connection, self._version_id)

    def totals(self) -> Totals:
        """Counts over the whole database."""
        with self._reading() as connection:
            return stations.count_all(connection, self._version_id)
