"""What the arithmetic suggests went wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.records import FieldReading, Flag, FlagCode, PageReading, Severity
from ocr_pipeline.station.assemble import KeySource, StationKey, assemble
from ocr_pipeline.station.resolve import resolve_station

MakeField = Callable[..., FieldReading]
MakePage = Callable[..., PageReading]

PAGES = {
    1: {
        **{"pengguna_dpt_l": 100, "pengguna_dpt_p": 120, "pengguna_dpt_j": 220},
        **{"pengguna_dptb_l": 3, "pengguna_dptb_p": 8, "pengguna_dptb_j": 11},
        **{"pengguna_dpk_l": 6, "pengguna_dpk_p": 8, "pengguna_dpk_j": 14},
        **{"pengguna_total_l": 109, "pengguna_total_p": 136, "pengguna_total_j": 245},
    },
    2: {"paslon_1": 87, "paslon_2": 120, "paslon_3": 33},
    3: {"suara_sah": 240, "suara_tidak_sah": 5, "suara_total": 245},
}


@pytest.fixture(name="flags_of")
def _flags_of(make_field: MakeField, make_page: MakePage) -> Callable[..., list[Flag]]:
    """The flags of a PPWP station that adds up but for some numbers."""

    def flags_of(**changes: int) -> list[Flag]:
        pages = [
            make_page(
                *(make_field(name, changes.get(name, value)) for name, value in fields.items()),
                photo=f"p{number}.jpg",
                page=number,
                form_id="c-hasil-ppwp-2024",
                pairs=3 if number == 2 else None,
            )
            for number, fields in PAGES.items()
        ]
        (station,) = assemble([(page, StationKey("S", None, KeySource.MANIFEST)) for page in pages])
        return list(resolve_station(station, load_catalogue().form(station.form_id)).flags)

    return flags_of


def only(flags: list[Flag], code: FlagCode) -> Flag:
    (flag,) = [flag for flag in flags if flag.code is code]
    return flag


def test_a_station_that_adds_up_is_under_no_suspicion(flags_of: Callable[..., list[Flag]]) -> None:
    assert flags_of() == []


@pytest.mark.parametrize(
    ("strange", "pages"),
    [
        ({"suara_sah": 171, "suara_tidak_sah": 3, "suara_total": 174}, "page 3 "),
        ({"paslon_1": 17, "paslon_2": 61, "paslon_3": 9}, "page 2 "),
    ],
)
def test_a_page_of_another_station(flags_of: Callable[..., list[Flag]], strange: dict[str, int], pages: str) -> None:
    flag = only(flags_of(**strange), FlagCode.MIXED_STATIONS)
    assert flag.message.startswith(pages) and flag.severity is Severity.NOTE
    assert "R3" in flag.message and "suara_sah" in flag.fields
    assert "TPS" in flag.message_indonesian


@pytest.mark.parametrize("slip", [{"suara_sah": 241}, {"suara_sah": 250, "suara_total": 255}, {"paslon_2": 128}])
def test_a_slip_is_no_page_of_another_station(flags_of: Callable[..., list[Flag]], slip: dict[str, int]) -> None:
    flags = flags_of(**slip)
    assert any(flag.code is FlagCode.SUM_MISMATCH for flag in flags)
    assert all(flag.code is not FlagCode.MIXED_STATIONS for flag in flags)


def test_a_copied_total_is_named(flags_of: Callable[..., list[Flag]]) -> None:
    flag = only(flags_of(pengguna_total_l=100), FlagCode.VALUES_COPIED)
    assert flag.message == "pengguna_total_l = 100 looks like a copy of pengguna_dpt_l, not the total"
    assert (flag.severity, flag.fields) == (Severity.NOTE, ("pengguna_total_l", "pengguna_dpt_l"))


def test_swapped_columns_are_named(flags_of: Callable[..., list[Flag]]) -> None:
    flag = only(flags_of(pengguna_dpt_l=120, pengguna_dpt_p=100), FlagCode.COLUMNS_SWAPPED)
    assert flag.message == "pengguna_dpt_l = 120 and pengguna_dpt_p = 100 look exchanged on the paper"


def test_a_filler_that_may_have_been_read_as_a_digit(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(make_field("paslon_1", 184, 0.6, other=84), make_field("paslon_2", 84, 0.6, other=184), pairs=2)
    (station,) = assemble([(page, StationKey("S", None, KeySource.MANIFEST))])
    flags = resolve_station(station, load_catalogue().form(station.form_id)).flags
    flag = only(list(flags), FlagCode.FIRST_BOX)
    assert flag.fields == ("paslon_1",) and flag.severity is Severity.ERROR
    assert flag.message == "paslon_1: the first box of 184 may be misread; 84 has probability 0.4000"
