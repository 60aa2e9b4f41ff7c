"""Every reason for review, with its sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from ocr_pipeline.forms.catalogue import load_catalogue
from ocr_pipeline.legibility import FieldQuality
from ocr_pipeline.records import FieldReading, Flag, FlagCode, PageReading, Severity, Verdict
from ocr_pipeline.station.assemble import KeySource, StationKey, assemble
from ocr_pipeline.station.messages import MESSAGES, listed, say
from ocr_pipeline.station.resolve import resolve_station

MakeField = Callable[..., FieldReading]
MakePage = Callable[..., PageReading]


def flags_of(*pages: PageReading, claimed_page: int | None = None) -> list[Flag]:
    """The flags of the first form's station."""
    stations = assemble([(page, StationKey("S", claimed_page, KeySource.MANIFEST)) for page in pages])
    return list(resolve_station(stations[0], load_catalogue().form(stations[0].form_id)).flags)


def told(flags: list[Flag]) -> list[tuple[FlagCode, Severity, tuple[str, ...], str, str | None]]:
    """What a flag says in English; both languages come from one table."""
    assert all(flag.message_indonesian for flag in flags)
    return [(flag.code, flag.severity, flag.fields, flag.message, flag.rule) for flag in flags]


@pytest.mark.parametrize(
    ("sah", "message"),
    [
        (249, "87 + 120 + 33 = 240, the form says 249: 9 too many"),
        (231, "87 + 120 + 33 = 240, the form says 231: 9 too few"),
    ],
)
def test_sum_mismatch(make_field: MakeField, make_page: MakePage, sah: int, message: str) -> None:
    candidates = [make_field(f"paslon_{n}", v) for n, v in ((1, 87), (2, 120), (3, 33))]
    pages = make_page(*candidates, pairs=3), make_page(make_field("suara_sah", sah), photo="b.jpg", page=3)
    fields = ("suara_sah", "paslon_1", "paslon_2", "paslon_3")
    flags = flags_of(*pages)
    assert told(flags) == [(FlagCode.SUM_MISMATCH, Severity.ERROR, fields, message, "R3")]
    assert flags[0].numbers == {"found": sah, "expected": 240, "difference": sah - 240}


def test_no_number_of_a_layout_that_is_only_inferred_is_used_unseen(make_field: MakeField, make_page: MakePage) -> None:
    known = load_catalogue().form("c-hasil-kwk-2024")
    inferred = replace(known, pages=tuple(replace(page, provisional=page.page == 3) for page in known.pages))
    pages = make_page(make_field("paslon_1", 87), pairs=2), make_page(make_field("suara_sah", 87), photo="b", page=3)
    (station,) = assemble([(page, StationKey("S", None, KeySource.MANIFEST)) for page in pages])
    result = resolve_station(station, inferred)
    (flag,) = result.flags
    message = "photo b: the layout of C.HASIL-KWK, page 3, is inferred and was never checked on a filled sheet"
    assert told([flag]) == [(FlagCode.PROVISIONAL_LAYOUT, Severity.ERROR, ("suara_sah",), message, None)]
    assert [(field.field, field.verdict) for field in result.fields] == [
        ("paslon_1", Verdict.ACCEPT),
        ("suara_sah", Verdict.REVIEW),
    ]
    assert resolve_station(station, known).flags == ()


def test_no_number_of_a_form_that_is_not_known_is_used_unseen(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(make_field("suara_sah", 87), make_field("row_2", 5), page=0, form_id="unknown")
    (station,) = assemble([(page, StationKey("S", None, KeySource.MANIFEST))])
    result = resolve_station(station, load_catalogue().form("unknown"))
    (flag,) = result.flags
    assert (flag.code, flag.severity, flag.fields) == (
        FlagCode.FORM_NOT_KNOWN,
        Severity.ERROR,
        ("suara_sah", "row_2"),
    )
    assert flag.message.startswith("the form is not in the catalogue")
    assert flag.message_indonesian.startswith("formulir ini tidak ada dalam katalog")
    assert [(field.value, field.verdict) for field in result.fields] == [(87, Verdict.REVIEW), (5, Verdict.REVIEW)]
    assert result.rules == ()


def test_what_two_photos_of_unknown_forms_show_is_not_taken_for_one_number(
    make_field: MakeField, make_page: MakePage
) -> None:
    pages = [make_page(make_field("row_1", value), photo=f"{value}", page=0, form_id="unknown") for value in (3, 4)]
    assert {flag.code for flag in flags_of(*pages)} == {FlagCode.FORM_NOT_KNOWN, FlagCode.READINGS_DISAGREE}


def test_two_numbers_that_should_be_equal(make_field: MakeField, make_page: MakePage) -> None:
    form = "c-hasil-ppwp-2024"
    pages = (
        make_page(make_field("ss_digunakan", 240), page=1, form_id=form),
        make_page(make_field("suara_total", 249), photo="b.jpg", page=3, form_id=form),
    )
    message = "ss_digunakan is 240, suara_total says 249: 9 too many"
    assert told(flags_of(*pages)) == [
        (FlagCode.SUM_MISMATCH, Severity.ERROR, ("suara_total", "ss_digunakan"), message, "R8.ss")
    ]


def test_the_reserve_is_a_note(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(
        make_field("dpt_j", 287), make_field("ss_diterima", 294), page=1, form_id="c-hasil-ppwp-2024"
    )  # fmt: skip
    message = "dpt_j 287 and 2 % of it as reserve make 293, ss_diterima says 294: 1 too many"
    assert told(flags_of(page)) == [(FlagCode.SUM_MISMATCH, Severity.NOTE, ("ss_diterima", "dpt_j"), message, "R10")]


def test_more_than_a_station_can_hold(make_field: MakeField, make_page: MakePage) -> None:
    message = "paslon_2 = 884 is more than the 615 there can be: 269 too many"
    assert told(flags_of(make_page(make_field("paslon_2", 884), pairs=2))) == [
        (FlagCode.BOUND_EXCEEDED, Severity.ERROR, ("paslon_2",), message, "R13.paslon_2")
    ]


def test_more_users_than_voters(make_field: MakeField, make_page: MakePage) -> None:
    fields = make_field("dpt_l", 120), make_field("pengguna_dpt_l", 130)
    message = "pengguna_dpt_l = 130 is more than dpt_l = 120: 10 too many"
    assert told(flags_of(make_page(*fields, page=1, form_id="c-hasil-ppwp-2024"))) == [
        (FlagCode.BOUND_EXCEEDED, Severity.ERROR, ("pengguna_dpt_l", "dpt_l"), message, "R11.l")
    ]


@pytest.mark.parametrize(
    ("field", "code", "message"),
    [
        (
            {"value": 61, "probability": 0.93, "other": 67},
            FlagCode.LOW_CONFIDENCE,
            "paslon_1 reads 61 with probability 0.9300, 0.99 is needed; next is 67 with 0.0700",
        ),
        (
            {"value": 61, "probability": 0.93, "other": -1},
            FlagCode.LOW_CONFIDENCE,
            "paslon_1 reads 61 with probability 0.9300, 0.99 is needed; next is no number with 0.0700",
        ),
        (
            {"value": 61, "probability": float("nan")},
            FlagCode.LOW_CONFIDENCE,
            "with probability nan, 0.99 is needed",
        ),
        (
            {"value": None, "boxes": "___"},
            FlagCode.NOTHING_WRITTEN,
            "paslon_1: nothing is written in the boxes",
        ),
        (
            {"value": None, "boxes": "1X5"},
            FlagCode.NOT_A_NUMBER,
            "paslon_1: the boxes show 1X5, which is not read as a number",
        ),
        (
            {"value": 61, "border_scores": (0.25, 0.3, 0.14)},
            FlagCode.BOX_NOT_CONFIRMED,
            "paslon_1: its boxes were not found where the form prints them (score 0.23, the weakest 0.14)",
        ),
        (
            {"value": 61, "border_scores": (1.0, 1.0, float("nan"))},
            FlagCode.BOX_NOT_CONFIRMED,
            "its boxes were not found",
        ),
        (
            {"value": 65, "ink": (1.0, 1.1, 1.62)},
            FlagCode.ALTERED,
            "paslon_1: box 3 of 3 holds 1.6 times the ink its digit takes; the number may have been altered",
        ),
    ],
)
def test_what_is_wrong_with_one_field(
    make_field: MakeField, make_page: MakePage, field: dict[str, object], code: FlagCode, message: str
) -> None:
    (flag,) = flags_of(make_page(make_field("paslon_1", **field), pairs=2))
    assert (flag.code, flag.severity, flag.fields, flag.rule) == (code, Severity.ERROR, ("paslon_1",), None)
    assert message in flag.message


def test_witnesses_that_disagree_are_quoted_and_leave_nothing_sure(make_field: MakeField, make_page: MakePage) -> None:
    field = make_field("paslon_1", 61, witnesses={"bubbles": 67, "words": 61, "tally": None})
    unsure, disagree = flags_of(make_page(field, pairs=2))
    assert unsure.code is FlagCode.LOW_CONFIDENCE
    message = "paslon_1: digits say 61, bubbles say 67, words say 61"
    assert told([disagree]) == [(FlagCode.WITNESSES_DISAGREE, Severity.ERROR, ("paslon_1",), message, None)]
    assert disagree.message_indonesian == "paslon_1: angka menunjukkan 61, bulatan menunjukkan 67, huruf menunjukkan 61"


def test_witnesses_that_agree_or_abstain_raise_nothing(make_field: MakeField, make_page: MakePage) -> None:
    field = make_field("paslon_1", 61, witnesses={"bubbles": 61, "words": None})
    assert flags_of(make_page(field, pairs=2)) == []


def test_two_photos_of_a_page_with_other_numbers(make_field: MakeField, make_page: MakePage) -> None:
    one = make_page(make_field("paslon_1", 61), photo="a.jpg", pairs=2)
    two = make_page(make_field("paslon_1", 67), photo="b.jpg", pairs=2)
    message = "paslon_1: photo a.jpg shows 61 (X61), photo b.jpg shows 67 (X67)"
    assert told(flags_of(one, two)) == [(FlagCode.READINGS_DISAGREE, Severity.ERROR, ("paslon_1",), message, None)]


def test_the_same_file_twice_is_a_note(make_field: MakeField, make_page: MakePage) -> None:
    one = make_page(make_field("paslon_1", 61), photo="a.jpg", pairs=2, sha256="same")
    two = make_page(make_field("paslon_1", 61), photo="b.jpg", pairs=2, sha256="same")
    message = "photos a.jpg, b.jpg are the same file"
    assert told(flags_of(one, two)) == [(FlagCode.DUPLICATE_PHOTO, Severity.NOTE, (), message, None)]


def test_a_page_that_is_not_the_one_its_name_claims_is_a_note(make_field: MakeField, make_page: MakePage) -> None:
    page = make_page(make_field("paslon_1", 61), pairs=2)
    message = "photo a.jpg is said to be page 3 but shows page 2"
    assert told(flags_of(page, claimed_page=3)) == [(FlagCode.WRONG_PAGE, Severity.NOTE, (), message, None)]
    assert flags_of(page, claimed_page=2) == []


@pytest.mark.parametrize(("beside", "flagged"), [(0.08, False), (0.42, True)])
def test_a_second_sheet_in_the_photo_is_a_note(
    beside: float, flagged: bool, make_field: MakeField, make_page: MakePage
) -> None:
    page = make_page(make_field("paslon_1", 61), pairs=2)
    assert page.quality is not None
    page = replace(page, quality=replace(page.quality, beside=beside))
    message = "photo a.jpg shows another sheet beside this page, and only this one is read: photograph each by itself"
    note = (FlagCode.OTHER_SHEET, Severity.NOTE, (), message, None)
    assert told(flags_of(page)) == ([note] if flagged else [])


def test_another_form_at_the_same_station_is_a_note(make_field: MakeField, make_page: MakePage) -> None:
    one = make_page(make_field("paslon_1", 61), pairs=3, form_id="c-hasil-kwk-2020")
    two = make_page(make_field("paslon_1", 67), pairs=2, form_id="c-hasil-kwk-2024")
    message = "pages of other forms came in for this station: c-hasil-kwk-2024"
    assert told(flags_of(one, two)) == [(FlagCode.MIXED_FORMS, Severity.NOTE, (), message, None)]


def test_sheets_for_different_numbers_of_pairs_stop_every_field(make_field: MakeField, make_page: MakePage) -> None:
    two = make_page(make_field("paslon_1", 61), photo="a.jpg", pairs=2)
    three = make_page(make_field("paslon_1", 61), make_field("paslon_3", 5), photo="b.jpg", pairs=3)
    (flag,) = flags_of(two, three)
    assert (flag.code, flag.severity, flag.fields) == (FlagCode.MIXED_FORMS, Severity.ERROR, ("paslon_1", "paslon_3"))
    assert flag.message == "the photos show sheets for 2 and 3 pairs: they cannot all be of one contest"


PLACEHOLDER = re.compile(r"{(\w+)")


@pytest.mark.parametrize("key", MESSAGES)
def test_every_sentence_is_one_line_without_a_full_stop_and_speaks_of_the_same_in_both_languages(key: str) -> None:
    english, indonesian = MESSAGES[key].english, MESSAGES[key].indonesian
    assert all(text == text.strip(" .\n") for text in (english, indonesian))
    assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(indonesian))


def test_a_part_speaks_the_language_of_its_sentence() -> None:
    whole = listed([say("witness", witness=say("bubbles"), value=61), say("no number")])
    assert whole.english == "bubbles say 61, no number"
    assert whole.indonesian == "bulatan menunjukkan 61, bukan angka"
    with pytest.raises(KeyError, match="value"):
        say("witness", witness="digits")


# ---- what the picture does not show -----------------------------------------------------------------------------


def seen(**worse: float) -> FieldQuality:
    return replace(FieldQuality(shown=1.0, box_px=35.0, clarity=20.0, glare=0.0), **worse)


def test_a_field_outside_the_picture_has_this_one_reason(make_field: MakeField, make_page: MakePage) -> None:
    """Not that nothing is written, nor that its boxes do not show their border."""
    cut = make_field("paslon_1", None, boxes="0__", border_scores=(1.0, 0.1, 0.0))
    flags = flags_of(make_page(cut, make_field("paslon_2", 72), quality={"paslon_1": seen(shown=0.3)}))
    message = "paslon_1: its boxes are not wholly in the picture (30% of the least shown one), so they are not read"
    assert told(flags) == [(FlagCode.FIELD_OUT_OF_FRAME, Severity.ERROR, ("paslon_1",), message, None)]


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        (seen(box_px=6.0), "paslon_1: its boxes are 6 pixels wide in the photo, 8 are needed"),
        (seen(clarity=1.04), "print stands out by 1.0 times the noise, 1.5 is needed"),
        (seen(glare=0.4), "paslon_1: glare over 40% of a box"),
    ],
)
def test_a_poor_picture_sends_a_sure_number_to_review(
    make_field: MakeField, make_page: MakePage, quality: FieldQuality, said: str
) -> None:
    page = make_page(make_field("paslon_1", 61), make_field("paslon_2", 72), quality={"paslon_1": quality})
    (flag,) = flags_of(page)
    assert (flag.code, flag.fields) == (FlagCode.POOR_PICTURE, ("paslon_1",))
    assert said in flag.message
    stations = assemble([(page, StationKey("S", None, KeySource.MANIFEST))])
    first, second = resolve_station(stations[0], load_catalogue().form(page.form_id)).fields
    assert (first.value, first.verdict, second.verdict) == (61, "review", "accept")


def test_a_photo_that_cuts_a_field_off_does_not_contradict_one_that_shows_it(
    make_field: MakeField, make_page: MakePage
) -> None:
    whole = make_page(make_field("paslon_1", 61), photo="whole.jpg")
    cut = make_page(make_field("paslon_1", None, boxes="06?"), photo="cut.jpg", quality={"paslon_1": seen(shown=0.0)})
    assert flags_of(whole, cut) == flags_of(cut, whole) == []


def test_of_two_photos_the_one_that_shows_it_well_counts(make_field: MakeField, make_page: MakePage) -> None:
    dark = make_page(make_field("paslon_1", 61, 1.0), photo="dark.jpg", quality={"paslon_1": seen(clarity=0.5)})
    clear = make_page(make_field("paslon_1", 61, 0.995), photo="clear.jpg")
    assert flags_of(dark, clear) == flags_of(clear, dark) == []
