"""Which station a photo belongs to, and pages put together."""

from __future__ import annotations

import itertools
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.errors import InputMissing, UsageError
from ocr_pipeline.records import PageReading, RegistrationEvidence
from ocr_pipeline.station.assemble import KeySource, Manifest, StationKey, assemble, load_manifest, station_of

CODE = "3171011001012"


def manifest(tmp_path: Path, text: str, encoding: str = "utf-8") -> Manifest:
    path = tmp_path / "manifest.csv"
    path.write_text(text, encoding=encoding)
    return load_manifest(path)


def reading(photo: str, page: int, form_id: str = "form-a") -> PageReading:
    evidence = RegistrationEvidence("test", 1.0, 0.0, None, 0.0, None, 0.9)
    return PageReading(photo, f"sha-{photo}", form_id, page, None, evidence, (), {})


def key(station: str, claimed_page: int | None = None) -> StationKey:
    return StationKey(station, claimed_page, KeySource.MANIFEST)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_manifest_gives_station_and_page(tmp_path: Path, encoding: str) -> None:
    listed = manifest(tmp_path, "photo,station,page\nä.jpg,TPS 7,2\nb.jpg,TPS 7,\n\n", encoding)
    assert station_of("ä.jpg", listed) == StationKey("TPS 7", 2, KeySource.MANIFEST)
    assert station_of("b.jpg", listed) == StationKey("TPS 7", None, KeySource.MANIFEST)


def test_manifest_without_page_column_leaves_the_page_to_the_name(tmp_path: Path) -> None:
    listed = manifest(tmp_path, 'station,photo,note\nT1,"a, hal2.jpg",x\n')
    assert station_of("a, hal2.jpg", listed) == StationKey("T1", 2, KeySource.MANIFEST)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("photo,station\na.jpg,T1\na.jpg,T2\n", "line 3: a.jpg stands in line 2 already"),
        ("photo,station\na.jpg,T1\n./a.jpg,T2\n", "line 3: ./a.jpg stands in line 2 already"),
        ("photo;station\na.jpg;T1\n", "line 1: no column photo and no column station, found 'photo;station'"),
        ("photo,page\na.jpg,1\n", "line 1: no column station"),
        ("", "line 1: no column photo"),
        ("photo,station\na.jpg,T1\nb.jpg,\n", "line 3: the station of b.jpg is empty"),
        ("photo,station\na.jpg,T1\nb.jpg\n", "line 3: the station of b.jpg is empty"),
        ("photo,station\n,T1\n", "line 2: the photo is empty"),
        ("photo,station,page\na.jpg,T1,two\n", "line 2: the page of a.jpg is 'two', not a page number"),
        ("photo,station,page\na.jpg,T1,0\n", "line 2: the page of a.jpg is '0', not a page number"),
        ("photo,station\na,b.jpg,T1\n", "line 2: more values than columns"),
        ("photo,station\na.jpg,3.17101E+12\n", "line 2: the station of a.jpg is 3.17101E+12: a spreadsheet"),
        ('photo,station\n"a.jpg,T1\n', "not valid CSV"),
    ],
)
def test_a_manifest_that_makes_no_sense_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        manifest(tmp_path, text)
    assert message in str(error.value)
    assert "manifest.csv" in str(error.value)


def test_a_missing_manifest_and_one_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match=r"none\.csv"):
        load_manifest(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="UTF-8"):
        manifest(tmp_path, "photo,station\na.jpg,T1\n", "utf-16")
    with pytest.raises(UsageError, match="cannot be read"):
        load_manifest(tmp_path)


@pytest.mark.parametrize(
    ("photo", "station"),
    [
        ("x/only.jpg", "T1"),  # the manifest gives the file name alone
        ("only.jpg", "T1"),
        ("/data/a/1.jpg", "T2"),
        ("b/1.jpg", "T3"),
        ("c/1.jpg", "c/1.jpg"),  # another folder's photo
        ("1.jpg", "1.jpg"),  # two entries fit
        ("far.jpg", "T4"),  # the manifest gives more folders than the photo
        ("set.zip!in/far.jpg", "set.zip!in/far.jpg"),
        ("all.pdf#2", "T5"),  # the whole PDF is listed
        ("x/all.pdf#3", "T5"),
        ("x/all.zip!k/9.jpg", "T6"),
        ("one.pdf#1", "T7"),
    ],
)
def test_manifest_matches_full_names_then_unambiguous_endings(tmp_path: Path, photo: str, station: str) -> None:
    text = (
        "photo,station\nonly.jpg,T1\na/1.jpg,T2\nb/1.jpg,T3\n/deep/er/far.jpg,T4\nall.pdf,T5\nall.zip,T6\none.pdf#1,T7"
    )
    assert station_of(photo, manifest(tmp_path, text)).station == station


def test_the_longer_entry_wins(tmp_path: Path) -> None:
    listed = manifest(tmp_path, "photo,station\n1.jpg,T1\na/1.jpg,T2\n")
    assert station_of("x/a/1.jpg", listed).station == "T2"
    assert station_of("x/b/1.jpg", listed).station == "T1"


def test_manifest_beats_the_name(tmp_path: Path) -> None:
    listed = manifest(tmp_path, f"photo,station\n{CODE}.jpg,T1\n")
    assert station_of(f"{CODE}.jpg", listed).source == KeySource.MANIFEST
    assert station_of(f"other/{CODE}-2.jpg", listed) == StationKey(CODE, None, KeySource.FILE_NAME)


@pytest.mark.parametrize(
    "name",
    [f"{CODE}.jpg", f"TPS{CODE}_2.jpg", f"{CODE}-20240214-153012--1b2c.jpg", f"set.zip!x/{CODE}.jpg", f"{CODE}.pdf#2"],
)
def test_a_code_in_the_file_name(name: str) -> None:
    assert station_of(name, None) == StationKey(CODE, None, KeySource.FILE_NAME)


@pytest.mark.parametrize(
    ("name", "station"),
    [
        (f"31/{CODE}/IMG_1.jpg", CODE),
        (f"{CODE}.zip!IMG_1.jpg", CODE),
        (f"3175011001001/{CODE}/IMG_1.jpg", CODE),
        (f"{CODE}/1707912345678.jpg", CODE),  # the file name is a time in milliseconds
    ],
)
def test_a_code_in_the_nearest_folder_name(name: str, station: str) -> None:
    assert station_of(name, None) == StationKey(station, None, KeySource.FOLDER_NAME)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_0001.jpg",
        "20241127134512.jpg",  # 14 digits
        f"9{CODE}.jpg",
        f"{CODE}7.jpg",
        f"a{CODE}.jpg",  # inside a word or a hash
        f"{CODE}f.jpg",
        "1707912345678.jpg",  # 14 February 2024 in milliseconds
        "1732693512345.jpg",  # 27 November 2024 in milliseconds
        "6281234567890.jpg",  # a telephone number
        "0971011001012.jpg",  # no province 09
        "3171011001000.jpg",  # no station 000
        f"{CODE}_3171011001013.jpg",  # two codes
    ],
)
def test_a_photo_without_a_plausible_code_stands_alone(name: str) -> None:
    assert station_of(name, None) == StationKey(name, None, KeySource.PHOTO_ALONE)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        (f"{CODE}-p2.jpg", 2),
        ("pilpres_hal3.jpg", 3),
        ("Halaman 2 dari 3.jpg", 2),
        ("PAGE-1.png", 1),
        ("x/p.2.jpg", 2),
        ("hal-1_cam2.jpg", 1),
        ("p2/IMG.jpg", None),  # a folder claims nothing
        ("IMG_2.jpg", None),
        ("1080p2.jpg", None),
        ("p12.jpg", None),
        ("p2x.jpg", None),
        ("hal1-hal2.jpg", None),
        ("map2.jpg", None),
        ("b.pdf#2", None),
    ],
)
def test_the_claimed_page_needs_a_clear_token(name: str, page: int | None) -> None:
    assert station_of(name, None).claimed_page == page


def test_pages_are_grouped_by_station_and_form() -> None:
    stations = assemble(
        [
            (reading("c.jpg", 3), key("S1", 3)),
            (reading("b.jpg", 2), key("S1")),
            (reading("d.jpg", 2, "form-b"), key("S1")),
            (reading("a.jpg", 2), key("S2")),
            (reading("a2.jpg", 2), key("S1", 1)),
        ]
    )
    assert [(s.key, s.form_id, [p.photo for p in s.pages]) for s in stations] == [
        ("S1", "form-a", ["a2.jpg", "b.jpg", "c.jpg"]),
        ("S1", "form-b", ["d.jpg"]),
        ("S2", "form-a", ["a.jpg"]),
    ]
    assert stations[0].claimed_pages == (1, None, 3)
    assert [s.other_forms for s in stations] == [("form-b",), ("form-a",), ()]
    assert assemble([]) == ()


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 3), st.sampled_from(["S1", "S2"])),
        unique=True,
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_every_page_lands_once_whatever_the_order(pages: list[tuple[str, int, str]], random: Random) -> None:
    readings = [(reading(photo, page), key(station, page)) for photo, page, station in pages]
    shuffled = list(readings)
    random.shuffle(shuffled)

    def names(group: list[tuple[PageReading, StationKey]]) -> list[tuple[str, list[tuple[str, int]]]]:
        return [(s.key, [(p.photo, p.page) for p in s.pages]) for s in assemble(group)]

    assert names(readings) == names(shuffled)
    landed = list(itertools.chain.from_iterable(found for _, found in names(readings)))
    assert sorted(landed) == sorted((photo, page) for photo, page, _ in pages)
