from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from ocr_pipeline.config import STORE, StoreSettings
from ocr_pipeline.errors import DatabaseError
from ocr_pipeline.records import Versions
from ocr_pipeline.store import schema
from ocr_pipeline.store.database import MIGRATIONS, open_engine
from ocr_pipeline.store.repository import open_repository


def _statements(path) -> set[str]:
    """What made the tables of a database, with its words in one order."""
    with sqlite3.connect(path) as connection:
        made = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE '%ocr_pipeline%' AND sql <> ''")
        return {" ".join(sorted(sql.replace(",", " ").replace('"', "").split())) for (sql,) in made}


def test_the_migrations_build_the_schema_of_the_program(tmp_path):
    """Fails when a table or a closed list of ``records`` changes: write a migration then."""
    direct = sa.create_engine(f"sqlite:///{tmp_path / 'direct.sqlite'}")
    schema.metadata.create_all(direct)
    open_repository(str(tmp_path / "migrated.sqlite"))
    assert _statements(tmp_path / "migrated.sqlite") == _statements(tmp_path / "direct.sqlite")


def test_the_schema_is_valid_for_postgresql():
    dialect = sa.dialects.registry.load("postgresql")()
    for table in schema.metadata.sorted_tables:
        statement = str(CreateTable(table).compile(dialect=dialect))
        assert "CREATE TABLE" in statement and "ROWID" not in statement
        assert all("CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)


def test_opening_twice_leaves_the_file_as_it_is(tmp_path):
    path = tmp_path / "results.sqlite"
    open_repository(str(path)).__exit__()
    before = path.read_bytes()
    open_repository(f"sqlite:///{path}").__exit__()
    assert path.read_bytes() == before


@pytest.fixture
def later_migrations(tmp_path):
    """The migrations of a later version of the program: one more than today's."""

    def make(upgrade: str) -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        script = f"from alembic import op\nrevision = 'later'\ndown_revision = '0002'\ndef upgrade():\n    {upgrade}\n"
        (folder / "versions" / "later.py").write_text(script)
        return folder

    return make


def test_an_older_database_is_brought_up_to_date_with_what_it_holds(tmp_path, later_migrations):
    path = tmp_path / "results.sqlite"
    open_repository(str(path)).use(Versions("c", "f", "m"))
    migrations = later_migrations("op.execute('ALTER TABLE versions ADD COLUMN note TEXT')")
    engine = open_engine(str(path), True, STORE, migrations)
    with engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT code, note FROM versions").all() == [("c", None)]
    with pytest.raises(DatabaseError, match="schema later"):
        open_repository(str(path))


def test_a_migration_that_fails_changes_nothing(tmp_path, later_migrations):
    path = tmp_path / "results.sqlite"
    open_repository(str(path)).use(Versions("c", "f", "m"))
    before = _statements(path)
    migrations = later_migrations("op.execute('CREATE TABLE extra (a)'); op.execute('DROP TABLE nowhere')")
    with pytest.raises(DatabaseError, match="no such table"):
        open_engine(str(path), True, STORE, migrations)
    assert _statements(path) == before
    assert open_repository(str(path)).holds_outcomes() is False


def test_a_newer_database_is_refused(tmp_path):
    path = tmp_path / "results.sqlite"
    open_repository(str(path)).__exit__()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE ocr_pipeline_schema SET version_num = '9999'")
    with pytest.raises(DatabaseError, match=r"newer version .*schema 9999.*Install the newer version"):
        open_repository(str(path))


def test_foreign_files_are_refused_and_left_alone(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no database at all, but long enough to hold a header of one hundred bytes" * 9)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    for path, says in ((text, "not a database.*Give a new file"), (other, "another program.*songs.*Give a new file")):
        before = path.read_bytes()
        with pytest.raises(DatabaseError, match=says):
            open_repository(str(path))
        assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt", "other.sqlite"]


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("nowhere/results.sqlite", "folder nowhere.*not there"),
        (".", "is a folder"),
        (":memory:", "needs a file"),
        ("sqlite://", "needs a file"),
        ("oracel://host/name", "no database address"),
        ("mysql+nodriver://host/name", "no database address"),
    ],
)
def test_an_impossible_location_is_refused_with_a_remedy(location, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DatabaseError, match=says):
        open_repository(location)


def test_who_only_looks_creates_nothing(tmp_path):
    path = tmp_path / "results.sqlite"
    with pytest.raises(DatabaseError, match=r"no database .*Read photos into it first"):
        open_repository(str(path), create=False)
    assert not path.exists()
    path.touch()
    with pytest.raises(DatabaseError, match="is empty"):
        open_repository(str(path), create=False)


def test_a_locked_database_is_waited_for_and_then_named(tmp_path):
    path = str(tmp_path / "results.sqlite")
    repository = open_repository(path, settings=StoreSettings(busy_timeout_ms=50))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="Another program is writing"):
        repository.save_stations([("A", "no")])
    assert repository.totals().photos == 0  # looking goes on meanwhile
    other.execute("ROLLBACK")
    repository.save_stations([("A", "no")])


def test_many_may_open_a_new_database_at_once(tmp_path):
    path = str(tmp_path / "results.sqlite")
    errors = []

    def work():
        try:
            open_repository(path).totals()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_sqlite_is_set_up_to_survive_a_killed_writer(tmp_path):
    engine = open_engine(str(tmp_path / "results.sqlite"), True, STORE)
    with engine.begin() as connection:
        settings = {p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "foreign_keys")}
        assert settings == {"journal_mode": "wal", "foreign_keys": 1}
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == STORE.busy_timeout_ms


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO versions VALUES (1, 'c', 'f', 'm', 1), (2, 'c', 'f', 'm', 0)",
        "INSERT INTO outcomes (content, version_id, status, milliseconds) VALUES ('name:a', 1, 'read', '{}')",
        "INSERT INTO photos VALUES ('a', 'no sha', 'A', NULL, 'manifest', 'a', 1, 1, '2024-11-27')",
        "INSERT INTO photos VALUES ('a', 'name:a', 'A', NULL, 'guess', 'a', 1, 1, '2024-11-27')",
        "INSERT INTO readings VALUES (77, 'paslon_1', 0, '', '', '', '', '')",
        "INSERT INTO stations_due VALUES ('A', 77, NULL)",
    ],
)
def test_rows_that_make_no_sense_do_not_get_in(tmp_path, statement):
    engine = open_engine(str(tmp_path / "results.sqlite"), True, STORE)
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.exec_driver_sql(statement)


def test_a_database_from_before_the_review_keeps_its_photos_and_may_be_reviewed(tmp_path):
    path, folder = tmp_path / "results.sqlite", tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__", "v0002*"))
    photo = f"'a.jpg', '{'a' * 64}', 'A', 2, 'file name', 'a.jpg', 5, 6, '2024-11-27'"
    with open_engine(str(path), True, STORE, folder).begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO photos VALUES ({photo})")
    with open_engine(str(path), False, STORE).begin() as connection:
        (kept,) = connection.exec_driver_sql("SELECT * FROM photos").all()
        assert ", ".join(map(repr, kept)) == photo
        connection.exec_driver_sql("UPDATE photos SET key_source = 'person'")
        with pytest.raises(sa.exc.IntegrityError):
            connection.exec_driver_sql("UPDATE photos SET key_source = 'guess'")
