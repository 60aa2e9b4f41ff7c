"""Numbers from elsewhere, in every shape that is understood."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.tabulate.published import Published, load_published


def written(path: Path, *rows: Any) -> Path:
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def loaded(path: Path) -> list[tuple[str | None, dict[str, int]]]:
    return [(one.station, dict(one.values)) for one in load_published(path)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.jsonl.gz"])
def test_lines_with_our_names(tmp_path: Path, name: str) -> None:
    rows = [
        {"station": "3171", "path": ["x"], "fields": {"paslon_1": 61, "suara_sah": None, "suara_total": 0}},
        {"station": None, "fields": {}},
        {"station": 12, "fields": {"paslon_1": 7.0}},
    ]
    assert loaded(written(tmp_path / name, *rows, "")) == [
        ("3171", {"paslon_1": 61, "suara_total": 0}),
        (None, {}),
        ("12", {"paslon_1": 7}),
    ]


SIREKAP = {
    "chart": {"100027": 33, "100025": 87, "100026": 120, "null": None},
    "administrasi": {
        **{"suara_sah": 240, "suara_tidak_sah": 5, "suara_total": 245, "pemilih_dpt_j": 292, "pemilih_dpt_l": None},
        **{"pengguna_dpt_j": 220, "pengguna_dptb_j": 11, "pengguna_non_dpt_j": 14, "pengguna_total_j": 245},
    },
    "images": ["a.jpg"],
}


@pytest.mark.parametrize("wrapped", [False, True])
def test_lines_as_sirekap_publishes_them(tmp_path: Path, wrapped: bool) -> None:
    row = {"station": "3171", **({"tungsura": SIREKAP} if wrapped else SIREKAP)}
    assert loaded(written(tmp_path / "a.jsonl", row)) == [
        (
            "3171",
            {
                **{"paslon_1": 87, "paslon_2": 120, "paslon_3": 33},
                **{"suara_sah": 240, "suara_tidak_sah": 5, "suara_total": 245, "dpt_j": 292},
                **{"pengguna_dpt_j": 220, "pengguna_dptb_j": 11, "pengguna_dpk_j": 14, "pengguna_total_j": 245},
            },
        )
    ]
    no_chart = {"station": "3171", "chart": None, "administrasi": {"suara_sah": 1}}
    assert loaded(written(tmp_path / "b.jsonl", no_chart)) == [("3171", {"suara_sah": 1})]


def test_a_table_with_a_column_per_field(tmp_path: Path) -> None:
    lines = ["\ufeffstation,name,paslon_1,suara_sah", "0031,TPS 1,61,", "0032,TPS 2,0,5"]
    assert loaded(written(tmp_path / "a.csv", *lines)) == [
        ("0031", {"paslon_1": 61}),
        ("0032", {"paslon_1": 0, "suara_sah": 5}),
    ]


def test_a_table_with_a_row_per_field_as_exported(tmp_path: Path) -> None:
    lines = ['"station","field","value","boxes"', '"A","paslon_1",61,"X61"', '"B","paslon_1",,"___"', '"A","x",5,"5"']
    assert loaded(written(tmp_path / "a.csv", *lines)) == [("A", {"paslon_1": 61, "x": 5}), ("B", {})]


@pytest.mark.parametrize(
    ("name", "rows", "part"),
    [
        ("a.jsonl", ["{"], "line 1: not JSON"),
        ("a.jsonl", ["[]"], 'line 1: no object with a "station"'),
        ("a.jsonl", ['{"station": {}}'], "a code or null"),
        ("a.jsonl", ['{"station": "1"}'], 'neither "fields"'),
        ("a.jsonl", ['{"station": "1", "fields": {}}', '{"station": "1", "fields": {"a": "x"}}'], "line 2: a is 'x'"),
        ("a.jsonl", ['{"station": "1", "fields": {"a": -1}}'], "not a whole number"),
        ("a.jsonl", ['{"station": "1", "fields": {"a": 1.5}}'], "not a whole number"),
        ("a.jsonl", ['{"station": "1", "fields": {"a": true}}'], "not a whole number"),
        ("a.jsonl", ['{"station": "1", "fields": {"a": NaN}}'], "not a whole number"),
        ("a.jsonl", ['{"station": "1", "fields": {"a": 10000000}}'], "not a whole number"),
        ("a.csv", ["a,b", "1,2"], "no column 'station'"),
        ("a.csv", ["station,a", "1,2,3"], "more values than columns"),
        ("a.csv", ["station,a", ",2"], "no station"),
        ("a.csv", ["station,field,value", "A,paslon_1,x"], "paslon_1 is 'x'"),
        ("a.csv", ["station,a", '1,"2'], "not valid CSV"),
    ],
)
def test_what_makes_no_sense_is_named_with_its_line(tmp_path: Path, name: str, rows: list[str], part: str) -> None:
    with pytest.raises(UsageError, match=part.replace("(", r"\(")):
        list(load_published(written(tmp_path / name, *rows)))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="not there"):
        list(load_published(tmp_path / "a.jsonl"))
    for name, content in [("a.jsonl", b"\xff\xfe\x00"), ("a.jsonl.gz", b"no gzip"), ("b.csv", b"\xff")]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UsageError, match="cannot be read"):
            list(load_published(tmp_path / name))


def test_nothing_is_read_ahead(tmp_path: Path) -> None:
    rows = iter(load_published(written(tmp_path / "a.jsonl", {"station": "1", "fields": {}}, "{")))
    assert next(rows) == Published("1", {})
