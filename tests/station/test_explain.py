"""The reasoning for a station can be followed from ink to verdict."""

from __future__ import annotations

from collections.abc import Callable

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.records import FieldReading, PageReading
from ocr_pipeline.station.assemble import KeySource, StationKey, assemble
from ocr_pipeline.station.explain import explain_station

MakeField = Callable[..., FieldReading]
MakePage = Callable[..., PageReading]


def told(*pages: PageReading) -> list[str]:
    (station,) = assemble([(page, StationKey("3171011001012", None, KeySource.MANIFEST)) for page in pages])
    return explain_station(station, load_catalogue().form(station.form_id)).splitlines()


def votes(make_field: MakeField, make_page: MakePage, first: FieldReading, sah: int = 240) -> list[PageReading]:
    others = [make_field("paslon_2", 120), make_field("paslon_3", 33)]
    return [
        make_page(first, *others, photo="p2.jpg", page=2, pairs=3),
        make_page(make_field("suara_sah", sah), photo="p3.jpg", page=3),
    ]


def test_what_changed_and_why(make_field: MakeField, make_page: MakePage) -> None:
    first = make_field("paslon_1", 81, 0.6, other=87, witnesses={"bubbles": 81})
    lines = told(*votes(make_field, make_page, first))
    start = next(i for i, line in enumerate(lines) if line.startswith("  paslon_1"))
    number = lines[start : start + 7]
    assert number[1] == "    ink in p2.jpg: X 1.0000  8 1.0000  1 1.0000"
    assert number[2] == "    digits: 81: 0.6000, 87: 0.4000"
    assert number[3] == "    bubbles: 81: 1.0000"
    assert number[4].startswith("    together: 81: 1.0000")
    alone = told(*votes(make_field, make_page, make_field("paslon_1", 81, 0.6, other=87)))
    assert any("87: 0.9" in line for line in alone if line.startswith("    with the rules"))
    assert any(line.endswith("the rules favour 87, which is a suggestion only") for line in alone)
    assert any(line.strip().endswith("paslon_1: 81 misread, 87 written") for line in alone)


def test_every_rule_is_told_with_its_numbers(make_field: MakeField, make_page: MakePage) -> None:
    lines = told(*votes(make_field, make_page, make_field("paslon_1", 87), sah=249))
    (r3,) = [line for line in lines if line.startswith("  R3")]
    assert r3.startswith(
        "  R3: suara_sah = paslon_1 + paslon_2 + paslon_3: 249 against 87 + 120 + 33, broken by +9; 0.0"
    )
    (r4,) = [line for line in lines if line.startswith("  R4")]
    assert r4.endswith("undecided, suara_total, suara_tidak_sah not read")
    (cap,) = [line for line in lines if line.startswith("  R13.paslon_1")]
    assert cap == "  R13.paslon_1: paslon_1 <= 615: 87 against 615, holds; 1.0000"
    assert any("249 written, 240 meant" in line or "the paper's own error: R3" in line for line in lines)
    assert "0 of 4 numbers may be used unseen" in lines
    assert any(line.startswith("  ! SUM_MISMATCH: 87 + 120 + 33 = 240") for line in lines)


def test_a_number_without_rules_or_without_a_value(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(
        make_field("suara_sah", None), make_field("tanggal", 27, other=72, boxes="27"), photo="p3.jpg", page=3
    )
    lines = told(page)
    assert "    -> no number as written, 1.0000, review" in lines
    assert "    no rule speaks of it" in lines
    assert "1 of 2 numbers may be used unseen" in lines


def test_a_reserve_of_ballots_is_told_as_it_is_reckoned(make_field: MakeField, make_page: MakePage) -> None:
    fields = make_field("dpt_j", 287), make_field("ss_diterima", 293)
    lines = told(make_page(*fields, photo="p1.jpg", page=1, form_id="c-hasil-ppwp-2024"))
    assert any(
        line.startswith("  R10: ss_diterima = dpt_j and 2 % of it, rounded up: 293 against 287, holds")
        for line in lines
    )
