"""Names for rows of boxes, on words placed here; what Tesseract makes of real print is another test."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.photo.labels import names_of, vocabulary_of
from ocr_pipeline.photo.labels.votes import name_votes
from ocr_pipeline.photo.rows import BoxRow
from ocr_pipeline.photo.text import Word

VOCABULARY = vocabulary_of(load_catalogue())
SIDE = 40.0


def row(x: float, y: float) -> BoxRow:
    square = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]])
    return BoxRow(tuple(square + np.array([x + k * SIDE, y]) for k in range(3)), 1.0)


def printed(text: str, x: float, y: float) -> list[Word]:
    """A line of print, 16 px high, its middle at ``y``."""
    words = []
    for part in text.split():
        words.append(Word(part, 0.9, x, y - 8, x + 9 * len(part), y + 8))
        x += 9 * len(part) + 8
    return words


def fields(rows: list[BoxRow], words: list[Word]) -> list[str]:
    return [name.field for name in names_of(rows, [words], VOCABULARY)]


def test_totals_by_their_labels_and_pairs_by_their_place() -> None:
    ys = (200, 300, 400, 500, 600)
    words = [*printed("NOMOR DAN NAMA PASANGAN CALON", 100, 150)]
    words += printed("1 Ir. JOKO", 100, 220) + printed("2 H. PRABOWO", 100, 320)
    words += printed("JUMLAH SELURUH SUARA SAH (1+2)", 100, 420) + printed("JUMLAH SUARA TIDAK SAH", 100, 520)
    words += printed("JUMLAH SELURUH SUARA SAH DAN", 100, 610) + printed("SUARA TIDAK SAH (A+B)", 100, 632)
    assert fields([row(700, y) for y in ys], words) == [
        "paslon_1",
        "paslon_2",
        "suara_sah",
        "suara_tidak_sah",
        "suara_total",
    ]


def test_labels_are_recognised_with_letters_misread() -> None:
    (name,) = names_of([row(700, 200)], [printed("JUMLAH SELURUH SUARA TIOAK SAM", 100, 220)], VOCABULARY)
    assert name.field == "suara_tidak_sah"
    assert name.text == "JUMLAH SELURUH SUARA TIOAK SAM"
    assert 0.9 < name.score < 1


def test_men_women_and_both_by_their_columns() -> None:
    rows = [row(x, y) for y in (200, 240) for x in (500, 640, 780)]
    words = printed("1. Jumlah Pemilih dalam DPT", 50, 220) + printed("2. Jumlah Pengguna Hak Pilih dalam DPT", 50, 260)
    assert fields(rows, words) == [f"{field}_{c}" for field in ("dpt", "pengguna_dpt") for c in "lpj"]


def test_the_head_tells_a_column_that_stands_alone() -> None:
    rows = [row(700, 200), row(700, 300)]
    words = printed("Jumlah Pemilih dalam DPT", 50, 220) + printed("Jumlah Pengguna Hak Pilih dalam DPK", 50, 320)
    assert fields(rows, words) == ["row_1", "row_2"]
    assert fields(rows, [*words, *printed("PEREMPUAN (P)", 705, 150)]) == ["dpt_p", "pengguna_dpk_p"]


def test_a_heading_is_no_label_and_a_closing_block_repeats_totals() -> None:
    words = printed("V. DATA SUARA SAH DAN TIDAK SAH", 50, 215)
    assert fields([row(700, 200), row(700, 600)], words) == ["row_1", "row_2"]
    labels = ("JUMLAH SELURUH SUARA SAH", "SUARA TIDAK SAH", "Jumlah Seluruh Suara Sah", "Jumlah Suara Tidak Sah")
    words = [word for k, label in enumerate(labels) for word in printed(label, 50, 220 + 100 * k)]
    expected = ["suara_sah", "suara_tidak_sah", "ringkasan_suara_sah", "ringkasan_suara_tidak_sah"]
    assert fields([row(700, 200 + 100 * k) for k in range(4)], words) == expected


@pytest.mark.parametrize("text", ["SUARA SAH SUARA TIDAK SAH", "SAH DAN SUARA TIDAK SAH (A+B)"])
def test_a_label_read_in_part_is_not_taken_for_a_shorter_one(text: str) -> None:
    """Part of the label of all votes holds that of the invalid ones."""
    assert fields([row(700, 200)], printed(text, 50, 220)) in (["suara_total"], ["row_1"])


def test_parties_rows_are_no_pairs() -> None:
    words = printed("SUARA PARTAI POLITIK DAN CALON", 50, 150) + printed("1 CALON ANGGOTA", 50, 220)
    assert fields([row(700, 200), row(700, 300)], words) == ["row_1", "row_2"]


def test_nothing_read_gives_numbers_from_the_top() -> None:
    assert fields([row(700, y) for y in (100, 200, 300)], []) == ["row_1", "row_2", "row_3"]
    assert names_of([], [[]], VOCABULARY) == ()


S, T, A = "suara_sah", "suara_tidak_sah", "suara_total"


@pytest.mark.parametrize(
    ("fields", "words", "expected"),
    [
        (["", "", S], [[], [], []], ["paslon_1", "paslon_2", S]),
        (["", "", "", T], [["1"], ["2"], [], []], ["paslon_1", "paslon_2", S, T]),  # it stands last
        (["", "", T, "", A], [[]] * 5, ["paslon_1", "paslon_2", T, S, A]),  # three totals, one unread
        (["", "", "", "", A], [["01"], ["02"], [], [], []], ["paslon_1", "paslon_2", "", "", A]),
        (["", A, S, T], [[]] * 4, ["paslon_1", "paslon_2", S, T]),  # all votes stand last
        (["", "", ""], [[], [], []], ["", "", ""]),  # may be totals
        (["", ""], [["1."], ["2"]], ["paslon_1", "paslon_2"]),
        (["", "", "", ""], [["1"], ["2"], [], []], ["paslon_1", "paslon_2", "", ""]),  # totals not read?
        (["", "", "", ""], [["1"], [], [], ["4"]], ["paslon_1", "paslon_2", "paslon_3", "paslon_4"]),
        (["", "", S], [["2"], ["3"], []], ["paslon_2", "paslon_3", S]),  # the first pair's row was not found
        (["", "", S], [["4"], [], []], ["paslon_1", "paslon_2", S]),  # one number is chance
    ],
)
def test_votes_by_their_order(fields: list[str], words: list[list[str]], expected: list[str]) -> None:
    assert name_votes(fields, [True] * len(fields), words) == expected


@given(
    st.lists(st.tuples(st.floats(100, 900), st.floats(100, 900)), max_size=8),
    st.lists(
        st.tuples(
            st.sampled_from(["JUMLAH", "SUARA", "SAH", "TIDAK", "DPT", "1", "02", "PASANGAN", "CALON", "Pemilih"]),
            st.floats(0, 900),
            st.floats(0, 900),
        ),
        max_size=20,
    ),
)
def test_no_name_twice_and_one_for_every_row(
    corners: list[tuple[float, float]], words: list[tuple[str, float, float]]
) -> None:
    rows = [row(x, y) for x, y in sorted(corners, key=lambda corner: corner[1])]
    names = fields(rows, [Word(text, 0.9, x, y, x + 9 * len(text), y + 16) for text, x, y in words])
    assert len(names) == len(set(names)) == len(rows)
