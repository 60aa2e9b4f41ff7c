"""The audit's chain: whatever is done to the table behind the program's back is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocr_pipeline.store.audit import FIRST, chained
from ocr_pipeline.store.review import ReviewRepository, open_review


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "audit.sqlite"
    with open_review(str(path), create=True) as repository:
        for number in range(6):
            repository.note("ann", "did", {"number": number}, item_id=number or None)
    return path


@pytest.fixture
def repository(path: Path) -> Iterator[ReviewRepository]:
    with open_review(str(path)) as repository:
        yield repository


def test_an_untouched_chain_holds(repository: ReviewRepository) -> None:
    assert repository.audit_broken() is None
    seq, head = repository.audit_head()
    assert seq == 6
    lines = list(repository.audit_records())
    before = FIRST
    for line in lines:
        assert line.hash == chained(before, line.text)
        before = line.hash
    assert before == head
    assert repository.audit_broken(expected=lines[2].hash) is None
    assert [line.seq for line in repository.audit_newest(2)] == [6, 5]
    assert [line.seq for line in repository.audit_newest(2, before=5)] == [4, 3]


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("UPDATE audit_records SET text = replace(text, 'ann', 'ben') WHERE seq = 3", "line 3 was changed"),
        ("UPDATE audit_records SET hash = (SELECT hash FROM audit_records WHERE seq = 2) WHERE seq = 3", "line 3 was"),
        ("UPDATE audit_records SET item_id = 99 WHERE seq = 4", "line 4 is filed under"),
        ("DELETE FROM audit_records WHERE seq = 1", "line 1 is missing"),
        ("DELETE FROM audit_records WHERE seq = 4", "line 4 is missing"),
        ("DELETE FROM audit_records WHERE seq = 6", "lines behind 5 are missing"),
        ("INSERT INTO audit_records VALUES (7, NULL, '{}', 'x')", "line 7 was changed"),
        ("UPDATE audit_head SET seq = 5", "lines behind 6 are missing, or the head"),
        ("DELETE FROM audit_records; DELETE FROM audit_head", None),
    ],
)
def test_any_change_is_found(path: Path, tampering: str, says: str | None) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(tampering)
    with open_review(str(path)) as repository:
        broken = repository.audit_broken()
        if says is None:  # an empty one is whole in itself; only a hash written down elsewhere finds that
            assert broken is None
            assert "no line has the hash" in str(repository.audit_broken(expected="ab" * 32))
        else:
            assert says in str(broken)


def test_a_chain_written_anew_is_found_by_a_hash_written_down_before(path: Path) -> None:
    with open_review(str(path)) as repository:
        _, written_down = repository.audit_head()
    with sqlite3.connect(path) as connection:
        before = FIRST
        rows = connection.execute("SELECT seq, text FROM audit_records ORDER BY seq").fetchall()
        for seq, text in rows:
            forged = text.replace("ann", "ben")
            before = chained(before, forged)
            connection.execute("UPDATE audit_records SET text = ?, hash = ? WHERE seq = ?", (forged, before, seq))
        connection.execute("UPDATE audit_head SET hash = ?", (before,))
    with open_review(str(path)) as repository:
        assert repository.audit_broken() is None
        assert "written anew" in str(repository.audit_broken(expected=written_down))
