from __future__ import annotations

import csv
import hashlib
import io
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.errors import DatabaseError, UsageError
from ocr_pipeline.records import (
    Evidence,
    Failure,
    FailureCode,
    FieldReading,
    FieldResult,
    Flag,
    FlagCode,
    PageReading,
    RegistrationEvidence,
    RuleCheck,
    RunnerUp,
    Severity,
    Stage,
    StationResult,
    Unreadable,
    Verdict,
    Versions,
)
from ocr_pipeline.station.assemble import KeySource, StationKey
from ocr_pipeline.store.model import FileStamp, Sighting
from ocr_pipeline.store.repository import Repository, open_repository
from ocr_pipeline.tabulate.export import COLUMNS, What, export_rows, save, write_csv, write_json

QUAD = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def _sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _page(name: str, page: int, content: str | None = None) -> PageReading:
    sure = Evidence("digits", np.log([0.25, 0.75]))
    field = FieldReading("paslon_1", "X61", (1.0,) * 3, (QUAD,) * 3, (1.0,) * 3, (1.0,) * 3, (sure,))
    registration = RegistrationEvidence("6 marks", 0.9, 0.3, None, 0.0, None, 0.9)
    return PageReading(name, _sha(content or name), "c-hasil-ppwp-2024", page, 3, registration, (field,), {"read": 1.0})


def _field(name: str, value: int | None, photo: str, probability: float = 0.9991) -> FieldResult:
    witnesses = {"digits": value, "bubbles": None}
    runner_up = None if value is None else RunnerUp(67, 0.0006)
    return FieldResult(name, value, probability, Verdict.REVIEW, "-61", runner_up, witnesses, _sha(photo), 0.98)


def _fill(repository: Repository, order: random.Random) -> None:
    """Two stations, a copy, a photo that is none; written in any order."""
    repository.use(Versions("c", "f", "m"))
    saves = [
        ("a-2.jpg", "A", _page("a-2.jpg", 2)),
        ("copy.jpg", "A", _page("copy.jpg", 2, "a-2.jpg")),
        ("b-3.jpg", "B", _page("b-3.jpg", 3)),
        ("x.jpg", "X", Unreadable("x.jpg", _sha("x"), _failure("Too dark: 0.2 of 0.5."), {"capture": order.random()})),
        ("z!../y.jpg", "Y", Unreadable("z!../y.jpg", None, _failure('=cmd("x"), then\nmore'), {})),
    ]
    order.shuffle(saves)
    for name, station, outcome in saves:
        seen = Sighting(name, StationKey(station, None, KeySource.MANIFEST), None, FileStamp(1, order.randrange(99)))
        repository.save_outcomes([(seen, outcome)])
    flag = Flag(FlagCode.SUM_MISMATCH, Severity.ERROR, ("paslon_1", "suara_sah"), "61 + 0 = 61, the form says 9", "R1")
    fields = (_field("paslon_1", 61, "a-2.jpg"), _field("paslon_2", 0, "a-2.jpg"), _field("x", None, "a-2.jpg", 1.0))
    a = StationResult("A", "c-hasil-ppwp-2024", (_sha("a-2.jpg"),), fields, (RuleCheck("R1", False, 52),), (flag, flag))
    b = StationResult("B", "c-hasil-ppwp-2024", (_sha("b-3.jpg"),), (_field("suara_sah", 9, "b-3.jpg"),), (), ())
    results = [("A", [a]), ("B", [b]), ("X", "ZeroDivisionError: division by zero"), ("Y", [])]
    order.shuffle(results)
    for result in results:
        repository.save_stations([result])


def _failure(message: str) -> Failure:
    return Failure(Stage.IDENTIFY, FailureCode.NO_FORM_FOUND, message, {"score": 0.2, "least": 0.5})


@pytest.fixture
def repository(tmp_path):
    with open_repository(str(tmp_path / "r.sqlite")) as repository:
        _fill(repository, random.Random(1))
        yield repository


def _bytes(repository: Repository) -> list[bytes]:
    tables = []
    for what in What:
        stream = io.BytesIO()
        write_csv(COLUMNS[what], export_rows(repository, what), stream)
        write_json(export_rows(repository, what), stream)
        tables.append(stream.getvalue())
    return tables


def test_every_row_has_the_columns_in_their_order(repository):
    for what in What:
        rows = list(export_rows(repository, what))
        assert (rows or what is What.DECISIONS) and all(tuple(row) == COLUMNS[what] for row in rows)


def test_readings_say_value_certainty_reasons_and_source(repository):
    first = next(iter(export_rows(repository, What.READINGS)))
    assert first == {
        "station": "A",
        "form": "c-hasil-ppwp-2024",
        "page": 2,
        "field": "paslon_1",
        "label": first["label"],
        "value": 61,
        "probability": 0.9991,
        "verdict": "review",
        "boxes": "-61",
        "own_probability": 0.98,
        "suggestion": None,
        "runner_up": 67,
        "runner_up_probability": 0.0006,
        "digits": 61,
        "bubbles": None,
        "words": None,
        "tally": None,
        "flags": ("SUM_MISMATCH",),
        "decided": None,
        "decided_by": (),
        "decided_why": None,
        "photos": ("a-2.jpg", "copy.jpg"),
        "sha256": _sha("a-2.jpg"),
    }
    assert isinstance(first["label"], str) and first["label"]


def test_blank_is_not_zero(repository):
    by_field = {row["field"]: row for row in export_rows(repository, What.READINGS) if row["station"] == "A"}
    assert by_field["paslon_2"]["value"] == 0 and by_field["x"]["value"] is None
    stream = io.BytesIO()
    write_csv(COLUMNS[What.READINGS], export_rows(repository, What.READINGS), stream)
    table = list(csv.DictReader(io.StringIO(stream.getvalue().decode("utf-8-sig"))))
    assert [row["value"] for row in table if row["station"] == "A"] == ["61", "0", ""]


def test_failures_are_photos_by_name_then_stations(repository):
    rows = list(export_rows(repository, What.FAILURES))
    assert [(row["photo"], row["station"], row["code"]) for row in rows] == [
        ("x.jpg", "X", "NO_FORM_FOUND"),
        ("z!../y.jpg", "Y", "NO_FORM_FOUND"),
        (None, "X", "INTERNAL"),
    ]
    assert rows[0]["measured"] == {"least": 0.5, "score": 0.2}


def test_the_order_of_events_leaves_no_trace(tmp_path):
    exports = []
    for seed in range(5):
        with open_repository(str(tmp_path / f"{seed}.sqlite")) as repository:
            _fill(repository, random.Random(seed))
            exports.append(_bytes(repository))
    assert all(export == exports[0] for export in exports)


def test_csv_is_for_spreadsheets(repository):
    stream = io.BytesIO()
    write_csv(COLUMNS[What.FAILURES], export_rows(repository, What.FAILURES), stream)
    text = stream.getvalue().decode("utf-8")
    assert text.startswith("\ufeffphoto,sha256,station,stage,code,message,measured\r\n")
    assert text.endswith("\r\n")
    assert '"\'=cmd(""x""), then\nmore"' in text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_csv_gives_texts_back_but_no_formulas(text):
    stream = io.BytesIO()
    row = dict.fromkeys(COLUMNS[What.FAILURES]) | {"message": text, "station": "3101011001001"}
    write_csv(COLUMNS[What.FAILURES], [row], stream)
    _, line = csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline=""))
    read = dict(zip(COLUMNS[What.FAILURES], line, strict=True))
    assert read["message"] in (text, "'" + text)
    assert not read["message"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert read["station"] == "3101011001001" and read["photo"] == ""


def test_no_probability_is_rounded_up_to_certainty(repository):
    (stored, _) = repository.stations()
    for probability, shown in ((0.99999996, 0.999999), (1.0, 1.0), (0.98999951, 0.99), (0.0, 0.0)):
        field = replace(stored.result.fields[0], probability=probability)
        changed = replace(stored, result=replace(stored.result, fields=(field,)))
        (row,) = export_rows(_Only(changed), What.READINGS)
        assert row["probability"] == shown


class _Only:
    """A repository of one station."""

    def __init__(self, station):
        self._station = station

    def stations(self):
        return iter([self._station])


def test_a_form_no_longer_known_has_no_labels(repository):
    (stored, _) = repository.stations()
    changed = replace(stored, result=replace(stored.result, form_id="c-hasil-1955"))
    assert {row["label"] for row in export_rows(_Only(changed), What.READINGS)} == {None}


def test_saved_files_are_whole_and_json_lines_have_null(repository, tmp_path):
    save(repository, What.READINGS, tmp_path / "readings.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "readings.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["value"] for row in rows] == [61, 0, None, 9]
    save(repository, What.FLAGS, tmp_path / "flags.csv")
    assert len((tmp_path / "flags.csv").read_text(encoding="utf-8-sig").splitlines()) == 3
    assert sorted(p.name for p in tmp_path.iterdir() if "sqlite" not in p.name) == ["flags.csv", "readings.jsonl"]


def test_a_file_that_cannot_be_written_leaves_the_old_one(repository, tmp_path):
    old = tmp_path / "readings.csv"
    old.write_text("old")

    class Breaks(_Only):
        def stations(self):
            yield self._station
            raise DatabaseError("gone")

    with pytest.raises(DatabaseError):
        save(Breaks(next(iter(repository.stations()))), What.READINGS, old)
    assert old.read_text() == "old" and not list(tmp_path.glob(".*"))
    with pytest.raises(UsageError, match=r"\.csv or \.jsonl"):
        save(repository, What.READINGS, tmp_path / "readings.xls")
    with pytest.raises(UsageError, match="cannot be written"):
        save(repository, What.READINGS, Path(tmp_path / "nowhere" / "readings.csv"))
