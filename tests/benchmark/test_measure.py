from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from ocr_pipeline.benchmark.labels import LabelledPhoto, load_labels
from ocr_pipeline.benchmark.measure import ToolChoice, measure, measure_station
from ocr_pipeline.benchmark.score import Scored, tally
from ocr_pipeline.errors import InputMissing
from ocr_pipeline.pipeline import Tools
from ocr_pipeline.records import PageReading, Unreadable

SAMPLES = Path(__file__).parents[2] / "samples"
STATION = f"{SAMPLES}: 3273011001001"


def without_times(one: Scored) -> tuple[object, ...]:
    outcome = one.outcome
    said = outcome.failure if isinstance(outcome, Unreadable) else outcome.fields
    return one.label, said, one.result, one.digits, one.paper


def test_pages_of_a_station_are_weighed_together(samples: list[Scored]) -> None:
    pages = [one for one in samples if one.label.station == STATION]
    assert len(pages) == 3
    (result,) = {id(one.result): one.result for one in pages}.values()
    assert result is not None
    assert {field.field for field in result.fields} == {name for one in pages for name in one.label.values}
    assert [check.rule for check in result.rules if check.holds is None] == []


def test_a_photo_without_station_stands_alone(labels: tuple[LabelledPhoto, ...], tools: Tools) -> None:
    pages = [replace(label, station=None) for label in labels if label.station == STATION][1:]
    results = [one.result for one in measure(pages, lambda _: tools)]
    assert len({result.station for result in results if result}) == len(pages) == 2


def test_the_same_station_in_another_folder_is_another_one(tmp_path: Path) -> None:
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        (folder / "p.jpg").write_bytes(b"x")
        row = {"photo": "p.jpg", "form": "f", "page": 1, "fields": {"n": {"value": 1}}, "station": {"code": "7"}}
        (folder / "labels.jsonl").write_text(json.dumps(row) + "\n")
    labels = [label for name in ("a", "b") for label in load_labels(tmp_path / name)]
    assert len({label.station for label in labels}) == 2


def test_records_come_in_the_order_of_the_photos_without_their_evidence(
    labels: tuple[LabelledPhoto, ...], samples: list[Scored]
) -> None:
    assert [one.label for one in samples] == list(labels)
    for one in samples:
        if isinstance(one.outcome, PageReading):
            assert set(one.digits) == {field.field for field in one.outcome.fields}
            assert all(0 < sure <= 1 for sure in one.digits.values())
            assert not any(field.evidence for field in one.outcome.fields)


def test_processes_come_to_the_same(labels: tuple[LabelledPhoto, ...], samples: list[Scored]) -> None:
    some = [i for i, label in enumerate(labels) if label.form == "c-hasil-kwk-2020"][:3]
    again = measure([labels[i] for i in some], ToolChoice(), jobs=2)
    assert [tally([one]) for one in again] == [tally([samples[i]]) for i in some]
    assert [one.result and one.result.flags for one in again] == [
        samples[i].result and samples[i].result.flags  # type: ignore[union-attr]
        for i in some
    ]


def test_the_paper_is_judged_by_its_labels_and_not_by_what_was_read(
    labels: tuple[LabelledPhoto, ...], tools: Tools
) -> None:
    broken = next(label for label in labels if label.name == "3674041001004-p2.jpg")
    (one,) = measure_station(lambda _: tools, [broken])
    assert one.paper["R3"] is False
    mended = replace(broken, values=dict(broken.values) | {"suara_sah": sum(list(broken.values.values())[:3])})
    (one,) = measure_station(lambda _: tools, [mended])
    assert one.paper["R3"] is True
    part = {name: value for name, value in broken.values.items() if name != "paslon_2"}
    (one,) = measure_station(lambda _: tools, [replace(broken, values=part)])
    assert "R3" not in one.paper


def test_what_breaks_the_program_costs_its_photo(labels: tuple[LabelledPhoto, ...], tools: Tools) -> None:
    def breaking(label: LabelledPhoto) -> Tools:
        if label.name == labels[2].name:
            raise RuntimeError("no tools")
        return tools

    first, second = measure([labels[2], labels[3]], breaking)
    assert first.failure == "INTERNAL" and first.result is None and math.isnan(first.decode_ms)
    assert second.result is not None


def test_held_out_models_need_their_table(labels: tuple[LabelledPhoto, ...], tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match=r"photos\.csv"):
        measure(labels[:1], ToolChoice(held_out=tmp_path))


def test_a_label_tells_pairs_severity_and_station(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    fields = {"paslon_1": {"value": 3}, "paslon_2": {"value": None, "boxes": "?1"}}
    rows = [
        {"photo": "a.jpg", "form": "f", "page": 1, "fields": fields},
        {"photo": "a.jpg", "form": "f", "page": 1, "fields": {}, "pairs": 5, "severity": 2, "station": {"code": "7"}},
    ]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    first, second = load_labels(tmp_path)
    assert (first.pairs, first.severity, first.station) == (2, None, None)
    assert (second.pairs, second.severity, second.station) == (5, 2, f"{tmp_path}: 7")
