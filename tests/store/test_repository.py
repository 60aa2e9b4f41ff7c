from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from ocr_pipeline.errors import DatabaseError
from ocr_pipeline.records import (
    FailureCode,
    FieldResult,
    Flag,
    FlagCode,
    RuleCheck,
    RunnerUp,
    Severity,
    StationResult,
    Verdict,
    Versions,
)
from ocr_pipeline.store.repository import Repository, open_repository
from ocr_pipeline.store.rows import check_outcome, check_results


def sha_of(text: str) -> str:
    """What ``make_reading`` gives a content."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _rows(location: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything in a database."""
    engine = sa.create_engine(location if "://" in location else f"sqlite:///{location}")
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        return {t.name: sorted(map(repr, connection.execute(sa.select(t)))) for t in tables.sorted_tables}


_MISMATCH = Flag(
    code=FlagCode.SUM_MISMATCH,
    severity=Severity.ERROR,
    fields=("paslon_1", "paslon_2"),
    message="61 + 61 = 122",
    rule="R1",
    message_indonesian="61 + 61 = 122, bukan 123",
    numbers={"found": 123, "expected": 122},
    look_first="paslon_2",
)


def _result(station: str, *photos: str, value: int | None = 61) -> StationResult:
    field = FieldResult(
        field="paslon_1",
        value=value,
        probability=0.9991,
        verdict=Verdict.ACCEPT,
        boxes="X61",
        runner_up=RunnerUp(None, 0.0006),
        witnesses={"digits": 61, "bubbles": None},
        sha256=sha_of(photos[0]),
        own_probability=0.98,
    )
    return StationResult(
        station=station,
        form_id="c-hasil-kwk-2024",
        photos=tuple(map(sha_of, photos)),
        fields=(field, replace(field, field="paslon_2", runner_up=None, verdict=Verdict.REVIEW)),
        rules=(RuleCheck("R1", True, 0, 0.97), RuleCheck("R2", None, None)),
        flags=(_MISMATCH,),
    )


def test_a_reading_comes_back_as_it_was(repository, make_reading, seen):
    reading = make_reading("a.jpg", page=2, paslon_1=61, paslon_2=None, suara_sah=0)
    repository.save_outcomes([(seen("a.jpg", "A", page=3), reading)])
    ((back, key),) = repository.readings_of_station("A").pages
    assert key == seen("a.jpg", "A", page=3).key
    for name in ("photo", "sha256", "form_id", "page", "pairs", "registration", "quality"):
        assert getattr(back, name) == getattr(reading, name)
    assert list(back.milliseconds.items()) == list(reading.milliseconds.items())
    for field, stored in zip(reading.fields, back.fields, strict=True):
        for name in ("field", "boxes", "box_confidence", "quads_px", "border_scores", "ink_excess"):
            assert getattr(stored, name) == getattr(field, name)
        for said, again in zip(field.evidence, stored.evidence, strict=True):
            assert (again.witness, again.best) == (said.witness, said.best)
            assert np.abs(np.exp(again.log_probabilities) - np.exp(said.log_probabilities)).max() < 1e-3


def test_blank_stays_blank_and_zero_stays_zero(repository, make_reading, seen):
    repository.save_outcomes([(seen("a.jpg"), make_reading("a.jpg", paslon_1=None, paslon_2=0))])
    ((back, _),) = repository.readings_of_station("A").pages
    assert [evidence.best for field in back.fields for evidence in field.evidence] == [None, None, 0, 0]


def test_saving_twice_changes_nothing(repository, location, make_reading, make_unreadable, seen, versions):
    found = [
        (seen("a.jpg", "A"), make_reading("a.jpg")),
        (seen("b.jpg", "B"), make_unreadable("b.jpg", FailureCode.NO_FORM_FOUND, "b.jpg")),
        (seen("c.zip!../d.jpg", "C"), make_unreadable("c.zip!../d.jpg", FailureCode.UNSAFE_MEMBER_NAME)),
        (seen("e.jpg", "E"), make_unreadable("e.jpg", FailureCode.INTERNAL, "e.jpg")),
    ]
    repository.save_outcomes(found)
    repository.save_stations([("A", [_result("A", "a.jpg")]), ("B", []), ("C", []), ("E", [])])
    before = _rows(location)
    repository.use(versions)
    slower = [(sight, replace(outcome, milliseconds={"capture": 99.0})) for sight, outcome in found]
    repository.save_outcomes(slower)
    assert _rows(location) == before
    assert repository.due_stations() == []


def test_one_photo_under_two_names_is_one_outcome_and_two_photos(repository, location, make_reading, seen):
    repository.save_outcomes([(seen("a.jpg", "A"), make_reading("a.jpg", "same"))])
    repository.save_stations([("A", [_result("A", "same")])])
    repository.save_outcomes([(seen("copy.jpg", "A"), make_reading("copy.jpg", "same"))])
    repository.save_sightings([(seen("z.jpg", "B"), sha_of("same"))])
    rows = _rows(location)
    assert (len(rows["outcomes"]), len(rows["photos"]), len(rows["readings"])) == (1, 3, 1)
    assert repository.due_stations() == ["A", "B"]  # the copy is news for both
    found = repository.readings_of_station("A")
    assert [page.photo for page, _ in found.pages] == ["a.jpg", "copy.jpg"]
    assert found.elsewhere == {sha_of("same"): ("z.jpg",)}


def test_the_same_content_twice_in_one_chunk_is_one_outcome(repository, location, make_reading, seen):
    twice = [(seen(name), make_reading(name, "same")) for name in ("a.jpg", "b.jpg")]
    repository.save_outcomes([*twice, twice[0]])
    assert (len(_rows(location)["outcomes"]), len(_rows(location)["photos"])) == (1, 2)


def test_a_photo_is_known_by_its_name_and_by_its_content(repository, make_reading, make_unreadable, seen):
    assert not repository.holds_outcomes()
    repository.save_outcomes([(seen("a.jpg"), make_reading("a.jpg"))])
    repository.save_outcomes([(seen("b.jpg"), make_unreadable("b.jpg", FailureCode.NO_FORM_FOUND, "b.jpg"))])
    known = repository.known(["a.jpg", "b.jpg", "c.jpg"])
    assert known["a.jpg"].sighting == seen("a.jpg")
    assert {name: photo.failure for name, photo in known.items()} == {
        "a.jpg": None,
        "b.jpg": FailureCode.NO_FORM_FOUND,
    }
    assert repository.known_contents([sha_of("a.jpg"), sha_of("c.jpg")]) == {sha_of("a.jpg"): None}
    assert repository.holds_outcomes()


def test_outcomes_of_other_versions_are_kept_and_not_known(repository, location, make_reading, seen, versions):
    repository.save_outcomes([(seen("a.jpg"), make_reading("a.jpg", paslon_1=61))])
    repository.save_stations([("A", [_result("A", "a.jpg")])])
    repository.use(replace(versions, model="model 2"))
    assert repository.known(["a.jpg"]) == {} and not repository.holds_outcomes()
    assert list(repository.stations()) == [] and repository.totals().waiting == 1
    repository.save_outcomes([(seen("a.jpg"), make_reading("a.jpg", paslon_1=67))])
    assert repository.due_stations() == ["A"]
    repository.use(versions)
    assert [s.result.fields[0].value for s in repository.stations()] == [61]
    with open_repository(location) as again:  # also for who opens it without a word of versions
        assert [s.result.fields[0].value for s in again.stations()] == [61]


def test_only_bugs_and_missing_bytes_are_replaced(repository, make_reading, make_unreadable, seen):
    name = "a.jpg"
    repository.save_outcomes([(seen(name), make_unreadable(name, FailureCode.BROKEN_IMAGE))])
    repository.save_outcomes([(seen(name), make_unreadable(name, FailureCode.INTERNAL, name))])
    assert repository.totals().unreadable == {FailureCode.INTERNAL: 1}
    repository.save_stations([("A", [])])
    repository.save_outcomes([(seen(name), make_reading(name))])
    assert (repository.totals().read, repository.due_stations()) == (1, ["A"])
    repository.save_outcomes([(seen(name), make_unreadable(name, FailureCode.INTERNAL, name))])
    assert repository.totals().read == 1
    assert len(repository.readings_of_station("A").pages) == 1


def test_a_station_is_due_or_its_result_is_that_of_its_photos(repository, make_reading, seen):
    repository.save_outcomes([(seen("a.jpg", "A"), make_reading("a.jpg")), (seen("b.jpg", "B"), make_reading("b.jpg"))])
    assert repository.due_stations() == ["A", "B"]
    repository.save_stations([("A", [_result("A", "a.jpg")]), ("B", [_result("B", "b.jpg")])])
    assert repository.due_stations() == []
    repository.save_outcomes([(seen("a3.jpg", "A"), make_reading("a3.jpg", page=3))])
    assert repository.due_stations() == ["A"]
    assert [stored.result.station for stored in repository.stations()] == ["B"]  # nothing out of date is shown
    repository.save_sightings([(seen("b.jpg", "A"), sha_of("b.jpg"))])  # the manifest was put right
    assert repository.due_stations() == ["A", "B"]
    assert repository.readings_of_station("B").pages == ()
    assert len(repository.readings_of_station("A").pages) == 3


def test_a_photo_that_was_replaced_under_its_name_no_longer_counts(repository, make_reading, seen):
    repository.save_outcomes([(seen("a.jpg", mtime_ns=1), make_reading("a.jpg", "first", paslon_1=61))])
    repository.save_stations([("A", [_result("A", "first")])])
    repository.save_outcomes([(seen("a.jpg", mtime_ns=2), make_reading("a.jpg", "second", paslon_1=67))])
    ((page, _),) = repository.readings_of_station("A").pages
    assert page.sha256 == sha_of("second")
    assert repository.due_stations() == ["A"]
    assert repository.known(["a.jpg"])["a.jpg"].sighting.stamp == seen("a.jpg", mtime_ns=2).stamp


def test_a_touched_file_makes_no_station_due(repository, make_reading, seen):
    repository.save_outcomes([(seen("a.jpg", mtime_ns=1), make_reading("a.jpg"))])
    repository.save_stations([("A", [_result("A", "a.jpg")])])
    repository.save_sightings([(seen("a.jpg", mtime_ns=2), sha_of("a.jpg"))])
    assert repository.due_stations() == []
    assert repository.known(["a.jpg"])["a.jpg"].sighting == seen("a.jpg", mtime_ns=2)


def test_a_name_that_is_gone_leaves_its_station_and_not_its_outcome(repository, make_reading, seen):
    repository.save_outcomes([(seen("a.jpg", "A"), make_reading("a.jpg", "same"))])
    repository.save_stations([("A", [_result("A", "same")])])
    assert repository.paths_of([sha_of("same")]) == [("a.jpg", "a.jpg")]
    repository.save_sightings([(seen("b.jpg", "B"), sha_of("same"))], gone=["a.jpg"])
    assert repository.due_stations() == ["A", "B"]
    assert repository.readings_of_station("A").pages == ()
    assert [page.photo for page, _ in repository.readings_of_station("B").pages] == ["b.jpg"]
    assert (repository.totals().photos, repository.totals().read) == (1, 1)


def test_a_result_comes_back_as_it_was(repository, make_reading, seen):
    pages = [(seen("p2.jpg"), make_reading("p2.jpg", page=2)), (seen("p3.jpg"), make_reading("p3.jpg", page=3))]
    repository.save_outcomes([*pages, (seen("again.jpg", "Z"), make_reading("again.jpg", "p2.jpg", page=2))])
    result = _result("A", "p2.jpg", "p3.jpg", value=None)
    other_form = replace(_result("A", "p3.jpg", value=0), form_id="c-hasil-ppwp-2024")
    repository.save_stations([("A", [other_form, result]), ("Z", [])])
    stored, stored_other = repository.stations()
    assert (stored.result, stored_other.result) == (result, other_form)
    assert stored.pages == {sha_of("p2.jpg"): (2, 3), sha_of("p3.jpg"): (3, 3)}
    assert stored.photo_names == {sha_of("p2.jpg"): ("again.jpg", "p2.jpg"), sha_of("p3.jpg"): ("p3.jpg",)}
    totals = repository.totals()
    assert (totals.stations, totals.accepted, totals.review, totals.stations_due) == (1, 2, 2, 0)


def test_numbers_of_numpy_are_stored_as_numbers(repository, make_reading, seen):
    repository.save_outcomes([(seen("a.jpg"), make_reading("a.jpg"))])
    result = _result("A", "a.jpg")
    field = replace(
        result.fields[0], value=np.int64(61), probability=np.float32(0.5), witnesses={"digits": np.int32(61)}
    )
    repository.save_stations([("A", [replace(result, fields=(field,))])])
    (stored,) = repository.stations()
    back = stored.result.fields[0]
    assert (back.value, back.probability, back.witnesses) == (61, 0.5, {"digits": 61})
    assert type(back.value) is int


def test_stations_come_in_order_however_many_there_are(tmp_path, make_reading, seen, versions):
    with open_repository(str(tmp_path / "r.sqlite")) as opened:
        repository = Repository(opened._engine, replace(opened._settings, export_stations=3))
        repository.use(versions)
        names = [f"{n:02}" for n in range(10)]
        repository.save_outcomes([(seen(name, name), make_reading(name)) for name in reversed(names)])
        repository.save_stations([(name, [_result(name, name)]) for name in reversed(names)])
        assert [stored.result.station for stored in repository.stations()] == names


def test_failures_name_photo_station_and_cause(repository, make_unreadable, make_reading, seen):
    repository.save_outcomes(
        [
            (seen("b.jpg", "B"), make_unreadable("b.jpg", FailureCode.NO_FORM_FOUND, "b.jpg", "Too dark: 0.25.")),
            (seen("a.zip!../c.jpg", "A"), make_unreadable("a.zip!../c.jpg", FailureCode.UNSAFE_MEMBER_NAME)),
            (seen("d.jpg", "D"), make_reading("d.jpg")),
        ]
    )
    repository.save_stations([("D", "ZeroDivisionError: division by zero")])
    first, second, third = repository.failures()
    assert (first.photo, first.sha256, first.station) == ("a.zip!../c.jpg", None, "A")
    assert (second.sha256, second.failure.message) == (sha_of("b.jpg"), "Too dark: 0.25.")
    assert second.failure.measured == {"score": 0.25}
    assert (third.photo, third.station, third.failure.code) == (None, "D", FailureCode.INTERNAL)
    assert repository.totals().stations_failed == 1
    assert repository.due_stations() == ["A", "B", "D"]  # what failed is tried again


def test_names_in_no_encoding_are_stored_readably(repository, make_reading, seen):
    name = b"tps-\xff\x00.jpg".decode("utf-8", "surrogateescape")
    repository.save_outcomes([(seen(name, station=name), make_reading(name))])
    assert set(repository.known([name])) == {name}
    assert repository.due_stations() == ["tps-\\udcff\\x00.jpg"]
    assert len(repository.readings_of_station(repository.due_stations()[0]).pages) == 1


def test_a_chunk_is_stored_whole_or_not_at_all(repository, location, make_reading, seen):
    before = _rows(location)
    bad = make_reading("b.jpg")
    bad = replace(bad, fields=(replace(bad.fields[0], box_confidence=(0.9,)),))
    with pytest.raises(ValueError, match="3 boxes, 1 confidences"):
        repository.save_outcomes([(seen("a.jpg"), make_reading("a.jpg")), (seen("b.jpg"), bad)])
    assert _rows(location) == before


def test_what_cannot_be_stored_is_found_before(make_reading, make_unreadable):
    reading = make_reading("a.jpg")
    field = reading.fields[0]
    check_outcome(reading)
    broken = [
        replace(reading, fields=(field, field)),
        replace(reading, fields=(replace(field, border_scores=(1.0, 1.0, float("nan"))),)),
        replace(reading, fields=(replace(field, evidence=(replace(field.evidence[0], witness="oracle"),)),)),
        replace(reading, fields=(replace(field, evidence=field.evidence[:1] * 2),)),
        replace(reading, milliseconds={"read": float("inf")}),
        replace(reading, registration=replace(reading.registration, score=float("nan"))),
        replace(make_unreadable("a.jpg", FailureCode.TOO_SMALL), milliseconds={"capture": float("nan")}),
    ]
    for outcome in broken:
        with pytest.raises(ValueError):
            check_outcome(outcome)
    result = _result("A", "a.jpg")
    check_results([result])
    for results in (
        [result, result],
        [replace(result, fields=result.fields[:1] * 2)],
        [replace(result, fields=(replace(result.fields[0], probability=1.1),))],
        [replace(result, fields=(replace(result.fields[0], probability=float("nan")),))],
    ):
        with pytest.raises(ValueError):
            check_results(results)


def test_a_database_that_breaks_later_is_an_operators_error(tmp_path, make_reading, seen):
    path = tmp_path / "r.sqlite"
    with open_repository(str(path)) as repository:
        repository.use(Versions("c", "f", "m"))
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE evidence")
        with pytest.raises(DatabaseError, match="no such table"):
            repository.save_outcomes([(seen("a.jpg"), make_reading("a.jpg"))])
        assert repository.totals().photos == 0
