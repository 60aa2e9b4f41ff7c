"""``users``, ``audit`` and what ``review`` refuses; the server itself is walked through in ``tests/browser``."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ocr_pipeline.cli import cli
from ocr_pipeline.errors import AuditBroken, DatabaseError, InputMissing, UsageError
from ocr_pipeline.review.access import log_in
from ocr_pipeline.store.review import open_review


@pytest.fixture
def db(tmp_path: Path) -> str:
    open_review(str(tmp_path / "r.sqlite"), create=True).__exit__()
    return str(tmp_path / "r.sqlite")


def ask(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, words, input=typed)


def test_an_account_is_made_with_a_code_that_works_once(db: str) -> None:
    done = ask("users", "add", "ann", "--role", "arbiter", "--db", db)
    assert done.output.startswith("ann (arbiter) logs in once with: ")
    code = done.output.split(": ")[1].strip()
    with open_review(db) as repository:
        assert log_in(repository, "ann", "WRONG") is None
        found = log_in(repository, "ann", code.lower())
        assert found is not None and found[0].role == "arbiter" and found[1]
        assert log_in(repository, "ann", code) is None
        assert log_in(repository, "nobody", code) is None


def test_a_password_is_asked_for_twice_and_not_too_short(db: str) -> None:
    assert ask("users", "add", "ann", "--password", "--db", db, typed="long enough\nlong enough\n").exit_code == 0
    with open_review(db) as repository:
        found = log_in(repository, "ann", "long enough")
        assert found is not None and not found[1]
    assert isinstance(ask("users", "add", "ben", "--password", "--db", db, typed="x\nx\n").exception, UsageError)


@pytest.mark.parametrize("name", ["", " ", "local", "n" * 81])
def test_names_that_are_none_are_refused(db: str, name: str) -> None:
    assert isinstance(ask("users", "add", name, "--db", db).exception, UsageError)


def test_the_audit_is_checked_and_written_out(db: str) -> None:
    ask("users", "add", "ann", "--db", db)
    ask("users", "add", "ben", "--db", db)
    whole = ask("audit", "verify", "--db", db)
    assert whole.output.startswith("2 lines, unbroken.")
    head = whole.output.split(": ")[1].strip()
    assert ask("audit", "verify", "--db", db, "--expect", head).exit_code == 0
    assert isinstance(ask("audit", "verify", "--db", db, "--expect", "0" * 64).exception, AuditBroken)
    lines = [json.loads(line) for line in ask("audit", "export", "--db", db).output.splitlines()]
    assert [(line["seq"], line["action"], line["account"]) for line in lines] == [
        (1, "account", "ann"),
        (2, "account", "ben"),
    ]
    with sqlite3.connect(db) as connection:
        connection.execute("UPDATE audit_records SET text = replace(text, 'ann', 'eve')")
    broken = ask("audit", "verify", "--db", db).exception
    assert isinstance(broken, AuditBroken) and "line 1 was changed" in str(broken) and broken.exit_code == 7


def test_without_accounts_only_this_computer_is_served(db: str) -> None:
    refused = ask("review", "--db", db, "--host", "0.0.0.0").exception
    assert isinstance(refused, UsageError) and "users add" in str(refused)


def test_wrong_inputs_are_named(db: str, tmp_path: Path) -> None:
    assert isinstance(ask("review", "--db", str(tmp_path / "none.sqlite")).exception, DatabaseError)
    assert isinstance(ask("review", "--db", db, "--seeds", str(tmp_path / "none")).exception, InputMissing)
    (tmp_path / "labels.jsonl").write_text('{"photo": 1}\n')
    assert isinstance(ask("review", "--db", db, "--seeds", str(tmp_path / "labels.jsonl")).exception, UsageError)
