"""Our results beside published ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from ocr_pipeline.records import (
    Evidence,
    FieldReading,
    FieldResult,
    FlagCode,
    PageReading,
    Quad,
    RegistrationEvidence,
    StationResult,
    Verdict,
    Versions,
)
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import FileStamp, Sighting
from ocr_pipeline.store.repository import Repository, open_repository
from ocr_pipeline.tabulate.compare import DIFFERENCES, Comparison, compare
from ocr_pipeline.tabulate.published import Published

QUAD: Quad = ((1.0, 2.0), (9.0, 2.0), (9.0, 9.0), (1.0, 9.0))
FORM = "c-hasil-ppwp-2024"


def _page(name: str, *fields: str) -> PageReading:
    sure = Evidence("digits", np.log([0.25, 0.75]))
    readings = tuple(FieldReading(f, "X61", (1.0,) * 3, (QUAD,) * 3, (1.0,) * 3, (1.0,) * 3, (sure,)) for f in fields)
    registration = RegistrationEvidence("6 marks", 0.9, 0.3, None, 0.0, None, 0.9)
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    return PageReading(name, sha256, FORM, 2, 3, registration, readings, {"read": 1.0})


def _result(station: str, page: PageReading, values: dict[str, int | None]) -> StationResult:
    fields = tuple(
        FieldResult(name, value, 0.999, Verdict.ACCEPT, "X61", None, {"digits": value}, page.sha256, 0.99)
        for name, value in values.items()
    )
    return StationResult(station, FORM, (page.sha256,), fields, (), ())


@pytest.fixture(name="repository")
def _repository(tmp_path: Path) -> Iterator[Repository]:
    """Station A with three numbers, one of them not read, and station B with one."""
    with open_repository(str(tmp_path / "db.sqlite")) as repository:
        repository.use(Versions("c", "f", "m"))
        stations = {"A": {"paslon_1": 61, "paslon_2": 0, "paslon_3": None}, "B": {"paslon_1": 7}}
        for station, values in stations.items():
            page = _page(f"{station}.jpg", *values)
            key = StationKey(station, None, KeySource.MANIFEST)
            repository.save_outcomes([(Sighting(f"{station}.jpg", key, None, FileStamp(1, 1)), page)])
            repository.save_stations([(station, [_result(station, page, dict(values))])])
        yield repository


def published(**stations: dict[str, int]) -> list[Published]:
    return [Published(station, values) for station, values in stations.items()]


def test_differences_are_listed_with_their_photo_and_the_rest_is_counted(repository: Repository) -> None:
    counts = Comparison()
    theirs = published(A={"paslon_1": 67, "paslon_2": 0, "paslon_3": 5, "suara_sah": 72}, C={"paslon_1": 1}, D={})
    rows = list(compare(repository, [*theirs, Published(None, {"paslon_1": 1})], counts))
    assert [tuple(row) for row in rows] == [DIFFERENCES] * 2
    first, unread = rows
    assert (first["station"], first["field"], first["value"], first["published"]) == ("A", "paslon_1", 61, 67)
    assert (first["verdict"], first["photos"], first["crop"]) == ("accept", ("A.jpg",), None)
    assert (unread["field"], unread["value"], unread["published"]) == ("paslon_3", None, 5)
    assert counts == Comparison(
        stations=1, only_ours=1, only_published=1, equal=1, differ=1, accepted_and_differ=1, not_read=1
    )


def test_blank_is_not_zero_and_zero_is_not_missing(repository: Repository) -> None:
    rows = list(compare(repository, published(A={"paslon_2": 0, "paslon_3": 0}), Comparison()))
    assert [(row["field"], row["value"]) for row in rows] == [("paslon_3", None)]


def test_a_number_is_cut_from_the_photo_it_was_read_on(repository: Repository) -> None:
    asked: list[tuple[str, str, str, Sequence[Quad]]] = []

    def cut(station: str, field: str, photo: str, sha256: str, quads: Sequence[Quad]) -> str | None:
        assert sha256 == hashlib.sha256(photo.encode()).hexdigest()
        asked.append((station, field, photo, quads))
        return f"{field}.png"

    (row,) = compare(repository, published(A={"paslon_1": 67, "paslon_2": 0}), Comparison(), cut=cut)
    assert asked == [("A", "paslon_1", "A.jpg", (QUAD,) * 3)]
    assert row["crop"] == "paslon_1.png"


def test_only_results_of_the_form_asked_for(repository: Repository) -> None:
    counts = Comparison()
    assert list(compare(repository, published(A={"paslon_1": 67}), counts, form_id="c-hasil-kwk-2024")) == []
    assert (counts.stations, counts.only_published) == (0, 1)


def test_differences_become_flags_and_send_their_numbers_to_review(repository: Repository) -> None:
    list(compare(repository, published(A={"paslon_1": 67}, B={"paslon_1": 7}), Comparison(), flag=True))
    a, b = (stored.result for stored in repository.stations())
    (flag,) = a.flags
    assert flag.code is FlagCode.PUBLISHED_DIFFERS
    assert flag.message == "paslon_1 reads 61, published is 67"
    assert flag.message_indonesian == "paslon_1 terbaca 61, yang diumumkan 67"
    assert flag.numbers == {"found": 61, "published": 67}
    assert [field.verdict for field in a.fields] == [Verdict.REVIEW, Verdict.ACCEPT, Verdict.ACCEPT]
    assert b.flags == () and b.fields[0].verdict is Verdict.ACCEPT
    list(compare(repository, published(A={"paslon_1": 61}, B={"paslon_1": 8}), Comparison(), flag=True))
    a, b = (stored.result for stored in repository.stations())
    assert a.flags == (), "a later comparison takes the place of the earlier"
    assert len(b.flags) == 1
    list(compare(repository, published(A={"paslon_1": 1}), Comparison()))
    assert len([flag for stored in repository.stations() for flag in stored.result.flags]) == 1
