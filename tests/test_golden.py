"""What is read on each sample photo, kept in ``golden/``, one file per sample.

The files hold everything an operator sees except probabilities, which change with every training of
the digit model. After a change that is meant (a new model, a new sentence), renew them and look at
the difference before it is committed:

    RENEW_GOLDEN=1 python -m pytest tests/test_golden.py
    git diff tests/golden

A renewed file cannot hide a wrong number: whatever is accepted must equal the sample's label.
"""

from __future__ import annotations

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ocr_pipeline.answer import as_json
from ocr_pipeline.pipeline import Tools, load_tools, read_photo
from ocr_pipeline.records import PageReading, PhotoSource
from ocr_pipeline.station.assemble import assemble, station_of
from ocr_pipeline.station.resolve import resolve_station

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"
LABELS = {row["photo"]: row for row in map(json.loads, (ROOT / "samples/labels.jsonl").read_text().splitlines())}
EVERY_SAMPLE = pytest.mark.parametrize("name", LABELS)
RENEW = bool(os.environ.get("RENEW_GOLDEN"))


@cache
def tools() -> Tools:
    return load_tools()


@cache
def outcome(name: str) -> dict[str, Any]:
    """What ``read --json`` says of a sample, as far as it does not change from run to run."""
    found = read_photo(PhotoSource(str(ROOT / "samples" / name)), tools())
    key = station_of(name, None)
    result = None
    if isinstance(found, PageReading):
        (station,) = assemble([(found, key)])
        result = resolve_station(station, tools().catalogue.form(found.form_id))
    line = as_json(found, result, key)
    kept = {"photo": name, "status": line["status"]}
    if line["status"] != "read":
        return kept | {"failure": {part: line["failure"][part] for part in ("stage", "code", "message")}}
    fields = {f["field"]: {part: f[part] for part in ("value", "boxes", "verdict")} for f in line["fields"]}
    sentences = ("message", "message_indonesian")
    flags = [
        flag
        | {part: without_probabilities(flag[part]) for part in sentences}
        | {"numbers": {name: n for name, n in flag["numbers"].items() if isinstance(n, int)}}
        for flag in line["flags"]
    ]
    kept |= {part: line[part] for part in ("form", "page", "pairs", "station")}
    return kept | {"fields": fields, "flags": flags}


def without_probabilities(message: str) -> str:
    return re.sub(r"\b\d+\.\d+\b", "#", message)


def golden(name: str) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((GOLDEN / name).with_suffix(".json").read_text(encoding="utf-8"))
    return kept


@EVERY_SAMPLE
def test_a_sample_reads_as_it_did(name: str) -> None:
    now = json.loads(json.dumps(outcome(name)))
    if RENEW:
        GOLDEN.mkdir(exist_ok=True)
        text = json.dumps(now, indent=1, ensure_ascii=False) + "\n"
        (GOLDEN / name).with_suffix(".json").write_text(text, encoding="utf-8")
        pytest.skip("renewed")
    assert now == golden(name)


@EVERY_SAMPLE
def test_no_wrong_number_is_accepted(name: str) -> None:
    """Of the reading as it is now, and of the file that says how it should be."""
    for what in (outcome(name), golden(name)):
        for field, said in what.get("fields", {}).items():
            if said["verdict"] == "accept":
                assert said["value"] == LABELS[name]["fields"][field]["value"]


@EVERY_SAMPLE
def test_the_page_is_the_right_one(name: str) -> None:
    label, said = LABELS[name], outcome(name)
    if label.get("unreadable"):
        assert said["failure"]["code"] == "RETAKE"
        return
    assert (said["form"], said["page"], said["pairs"]) == (label["form"], label["page"], label.get("pairs"))
    assert said["station"]["code"] == label["station"]["code"]
    assert list(said["fields"]) == list(label["fields"])


def test_a_sum_that_is_wrong_on_the_paper_is_reported_and_not_repaired() -> None:
    (name,) = [name for name, label in LABELS.items() if label.get("broken_rules")]
    said, true = outcome(name), {field: entry["value"] for field, entry in LABELS[name]["fields"].items()}
    assert {field: entry["value"] for field, entry in said["fields"].items()} == true
    assert {entry["verdict"] for entry in said["fields"].values()} == {"review"}
    (flag,) = [flag for flag in said["flags"] if flag["code"] == "SUM_MISMATCH"]
    pairs = [true[field] for field in sorted(true) if field.startswith("paslon_")]
    assert " + ".join(map(str, pairs)) + f" = {sum(pairs)}, the form says {true['suara_sah']}" in flag["message"]


def test_every_file_belongs_to_a_sample() -> None:
    assert {path.stem for path in GOLDEN.glob("*")} == {Path(name).stem for name in LABELS}
