"""Opens a database: creates it, brings an older one up to date, refuses a newer or foreign one."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import alembic.command
import alembic.config
import alembic.script
import alembic.util
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from ocr_pipeline.config import StoreSettings
from ocr_pipeline.errors import DatabaseError
from ocr_pipeline.store.rows import to_json

MIGRATIONS = Path(__file__).parent / "migrations"
_VERSION_TABLE = "ocr_pipeline_schema"


def open_engine(location: str, create: bool, settings: StoreSettings, migrations: Path = MIGRATIONS) -> sa.Engine:
    """An engine on a database of this program's own schema.

    Args:
        location: path of an SQLite file, or a database URL (``postgresql+psycopg://user@host/name``).
        create: whether a database that is not there is made.
        settings: waiting times.
        migrations: the folder of alembic's ``env.py`` and ``versions``.

    Raises:
        DatabaseError: see ``repository.open_repository``.
    """
    url = _url(location)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        _check_path(url.database, create)
    with translated(url):
        try:
            engine = sa.create_engine(url, json_serializer=to_json, pool_size=settings.connections, max_overflow=0)
        except ModuleNotFoundError as error:
            raise DatabaseError(f"The driver for {url.get_backend_name()} is missing: install {error.name}.") from error
        if sqlite:
            _prepare_sqlite(engine, settings)
        _bring_up_to_date(engine, create, migrations)
    return engine


def _url(location: str) -> sa.URL:
    if "://" not in location:
        return sa.URL.create("sqlite", database=location)
    try:
        url = sa.make_url(location)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise DatabaseError(f"{location!r} is no database address ({error}). Give a file or a URL.") from error
    return url


def _check_path(name: str | None, create: bool) -> None:
    if not name or name == ":memory:":
        raise DatabaseError("The database needs a file: results held in memory would be lost. Give a path.")
    path = Path(name)
    if path.is_dir():
        raise DatabaseError(f"{path} is a folder. Give the path of a file for the database.")
    if not path.parent.is_dir():
        raise DatabaseError(f"The folder {path.parent} for the database is not there. Create it first.")
    if not create and not path.exists():
        raise DatabaseError(f"There is no database {path}. Read photos into it first, or check the path.")


def _prepare_sqlite(engine: sa.Engine, settings: StoreSettings) -> None:
    """Takes the transactions out of sqlite3's hands, so that tables too are made in one (SQLAlchemy's manual)."""

    @sa.event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {settings.busy_timeout_ms}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")  # with WAL: safe when the process is killed

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A writer asks for the lock at once: to ask half-way would fail when another wrote meanwhile.
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def writing(engine: sa.Engine) -> sa.Engine:
    """The same engine for transactions that write."""
    return engine.execution_options(begin="BEGIN IMMEDIATE")


def _bring_up_to_date(engine: sa.Engine, create: bool, migrations: Path) -> None:
    with engine.begin() as connection:
        current = _current_revision(connection, create)
    if engine.dialect.name == "sqlite":
        # Only now: the mode is written into the file, and must not be into a foreign one.
        with contextlib.closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
    config = alembic.config.Config(attributes={"version_table": _VERSION_TABLE})
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    script = alembic.script.ScriptDirectory.from_config(config)
    if current == script.get_current_head():
        return
    if current is not None:
        try:
            script.get_revision(current)
        except alembic.util.CommandError:
            raise DatabaseError(
                f"The database {_shown(engine.url)} was written by a newer version of this program (schema {current}; "
                f"this one knows {script.get_current_head()}). Install the newer version."
            ) from None
    with writing(engine).begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")


def _current_revision(connection: sa.Connection, create: bool) -> str | None:
    """The schema's revision; None for an empty database.

    Raises:
        DatabaseError: the database holds something else, or is empty and must not be.
    """
    tables = sa.inspect(connection).get_table_names()
    if _VERSION_TABLE in tables:
        return str(connection.scalar(sa.text(f"SELECT version_num FROM {_VERSION_TABLE}")))
    if tables:
        raise DatabaseError(
            f"{_shown(connection.engine.url)} is a database of another program (it holds the table {min(tables)}). "
            "Give a new file, or an empty database."
        )
    if not create:
        raise DatabaseError(f"The database {_shown(connection.engine.url)} is empty. Read photos into it first.")
    return None


def _shown(url: sa.URL) -> str:
    """An address for messages: a file's path, or a URL without its password."""
    return url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)


@contextlib.contextmanager
def translated(url: sa.URL) -> Iterator[None]:
    """Turns what the database says into ``DatabaseError`` with a remedy."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        raise DatabaseError(f"{_shown(url)}: {' '.join(str(cause).split())}. {_remedy(str(cause), error)}") from error


def _remedy(cause: str, error: Exception) -> str:
    known = {
        "file is not a database": "Give a new file, or one that this program wrote.",
        "unable to open": "Check the path and its permissions.",
        "readonly": "Check the permissions of the file and its folder.",
        "read-only": "Check the permissions of the file and its folder.",
        "locked": "Another program is writing to it; wait until it has finished.",
        "full": "Make room on the disk and give the same command again.",
        "malformed": "The file is damaged; restore it from a copy.",
        "connect": "Check that the database server runs and that address, user and password are right.",
    }
    if isinstance(error, IntegrityError):
        return "Only one run may write to a database at a time; if there is no other, please report this."
    return next((remedy for sign, remedy in known.items() if sign in cause), "Give the same command again.")
