"""Which page a photo shows and where its boxes are, against the exact truth of drawn photos."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest

from ocr_pipeline.config import STATION
from ocr_pipeline.forms import Catalogue, FormPage, load_catalogue
from ocr_pipeline.forms.model import Form
from ocr_pipeline.photo.deskew import deskew
from ocr_pipeline.photo.identify import identify
from ocr_pipeline.records import Failure, FailureCode, IdentifiedPage, Photo, Stage
from ocr_pipeline.warp import Image

CATALOGUE = load_catalogue()
PAGES = tuple(page for page in CATALOGUE.pages if not page.provisional)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
ODD_TURNS = (5, 12, 20, 33, 45, 60, 137, 195, 250, 300, 340)
MEDIAN_MM = 0.5
BOX_MM = 2.0
"""A box that is further off than a tenth of its side is not surely cut right."""


def find(photo: Photo, catalogue: Catalogue = CATALOGUE) -> IdentifiedPage | Failure:
    return identify(deskew(photo, catalogue), catalogue)


def check_found(found: IdentifiedPage | Failure, shot) -> None:
    assert isinstance(found, IdentifiedPage), found
    page = shot.page
    assert (found.form_id, found.page, found.pairs) == (page.form_id, page.page, page.pairs)
    assert np.median(shot.errors_mm(found.warp)) < MEDIAN_MM
    assert shot.box_errors_mm(found.warp).max() < BOX_MM
    assert found.evidence.score > 0.6
    assert found.evidence.score > found.evidence.runner_up_score
    assert found.evidence.residual_mm < 0.5


@pytest.mark.parametrize(
    ("turn", "page"),
    [(90 * (i % 4), page) for i, page in enumerate(PAGES)] + [(90 * i, PAGES[0]) for i in range(1, 4)],
    ids=lambda value: value.title if isinstance(value, FormPage) else str(value),
)
def test_every_page_and_every_quarter_turn(turn, page, shoot) -> None:
    check_found(find((shot := shoot(page, severity=1, turn=turn)).photo), shot)


@EVERY_PAGE
def test_every_page_in_a_worse_photo(page, shoot) -> None:
    check_found(find((shot := shoot(page, severity=2, seed=3)).photo), shot)


@pytest.mark.parametrize(
    ("turn", "page"),
    [(t, PAGES[i % len(PAGES)]) for i, t in enumerate(ODD_TURNS)],
    ids=lambda value: value.title if isinstance(value, FormPage) else str(value),
)
def test_odd_turns(turn, page, shoot) -> None:
    check_found(find((shot := shoot(page, severity=2, seed=1, turn=turn)).photo), shot)


@pytest.mark.parametrize("severity", [1, 2])
@pytest.mark.parametrize("turn", [20, 137, 225])
def test_odd_turns_of_the_sheet_without_a_tag(turn, severity, shoot) -> None:
    check_found(find((shot := shoot(PAGES[0], severity=severity, seed=2, turn=turn)).photo), shot)


def hide_tag(shot) -> None:
    corners = shot.to_px(np.array(shot.page.tag.box.corners))
    cv2.fillConvexPoly(shot.grey, np.round(corners).astype(np.int32), int(np.median(shot.grey)))


@pytest.mark.parametrize("turn", [0, 180])
@pytest.mark.parametrize("page", [page for page in PAGES if page.tag][::2], ids=lambda page: page.title)
def test_a_covered_tag_does_not_cost_the_page_either_way_up(page: FormPage, turn: int, shoot) -> None:
    shot = shoot(page, severity=1, turn=turn)
    hide_tag(shot)
    found = find(shot.photo)
    check_found(found, shot)
    assert isinstance(found, IdentifiedPage) and found.evidence.tag_id is None


def test_a_tag_of_another_region_is_no_obstacle(shoot, lay_flat) -> None:
    """Ids differ between regions and contests: the lines decide."""
    page = CATALOGUE.page("c-hasil-kwk-2024", 2, 2)
    assert page.tag is not None
    others = {586: dataclasses.replace(page, tag=dataclasses.replace(page.tag, ids=(586,)))}
    shot = lay_flat(others[586], 1.6)
    found = find(shot.photo)
    assert isinstance(found, IdentifiedPage), found
    assert (found.form_id, found.page, found.pairs, found.evidence.tag_id) == ("c-hasil-kwk-2024", 2, 2, 586)


def test_two_and_three_pairs_are_told_apart(shoot) -> None:
    for pairs in (2, 3):
        found = find(shoot(CATALOGUE.page("c-hasil-kwk-2024", 2, pairs), severity=2, seed=6).photo)
        assert isinstance(found, IdentifiedPage) and found.pairs == pairs


def test_the_photo_is_not_changed_and_the_answer_does_not(shoot) -> None:
    shot = shoot(PAGES[1], severity=2)
    shot.grey.setflags(write=False)
    one, two = find(shot.photo), find(shot.photo)
    assert isinstance(one, IdentifiedPage) and isinstance(two, IdentifiedPage)
    assert np.array_equal(one.warp.homography, two.warp.homography)
    assert np.array_equal(one.warp.bend_mm, two.warp.bend_mm)
    assert one.photo.grey is shot.grey


# ---- what is no page of the catalogue ---------------------------------------------------------------------------


def without_form(form_id: str) -> Catalogue:
    return seen_only(form for form in CATALOGUE.forms if form.form_id != form_id)


def seen_only(forms: Iterable[Form]) -> Catalogue:
    """Without pages that are inferred from their sisters, and so look like them."""
    pages = [(form, tuple(page for page in form.pages if not page.provisional)) for form in forms]
    return Catalogue(tuple(dataclasses.replace(form, pages=kept) for form, kept in pages))


def without_page(page: FormPage) -> Catalogue:
    """The catalogue, but for this page of this form in all its variants."""
    return seen_only(
        dataclasses.replace(
            form, pages=tuple(p for p in form.pages if (p.form_id, p.page) != (page.form_id, page.page))
        )
        for form in CATALOGUE.forms
    )


NOT_FOUND = {FailureCode.NO_FORM_FOUND, FailureCode.UNKNOWN_FORM, FailureCode.AMBIGUOUS_FORM}


def check_refused(found: IdentifiedPage | Failure) -> Failure:
    assert isinstance(found, Failure), f"taken for {found.form_id} p.{found.page}, {found.evidence}"
    assert found.code in NOT_FOUND
    assert found.stage is Stage.IDENTIFY
    assert found.message.endswith(".") and len(found.message) > 60
    assert any(value >= 0 for value in found.measured.values())
    return found


@EVERY_PAGE
def test_a_page_of_a_form_that_is_not_in_the_catalogue(page: FormPage, shoot) -> None:
    check_refused(find(shoot(page, severity=1, seed=1).photo, without_form(page.form_id)))


@pytest.mark.parametrize("page", [p for p in PAGES if p.tag], ids=lambda page: page.title)
def test_a_page_that_its_form_lacks_in_the_catalogue(page: FormPage, shoot) -> None:
    """Page 1 of the form of 2024 is like that: there, with a tag, and not known."""
    check_refused(find(shoot(page, severity=2, seed=2).photo, without_page(page)))


def test_an_inferred_page_is_found_beside_a_tag_that_nobody_knows(shoot) -> None:
    """A stand-in: the sheet it was inferred from, with its own form taken away."""
    shot = shoot(CATALOGUE.page("c-hasil-ppwp-2024", 1, None), severity=1, seed=1)
    others = Catalogue(tuple(form for form in CATALOGUE.forms if form.form_id != "c-hasil-ppwp-2024"))
    found = find(shot.photo, others)
    assert isinstance(found, IdentifiedPage), found
    assert (found.form_id, found.page) == ("c-hasil-kwk-2024", 1)
    assert CATALOGUE.page(found.form_id, found.page, found.pairs).provisional


def test_no_catalogue_no_form(shoot) -> None:
    failure = check_refused(find(shoot(PAGES[0]).photo, Catalogue(())))
    assert failure.code is FailureCode.NO_FORM_FOUND


def text_page() -> Image:
    rng = np.random.default_rng(3)
    grey = np.full((1500, 1100), 232, np.uint8)
    for row in range(38):
        words = " ".join("".join(rng.choice(list("abdeghiklmnoprstu"), rng.integers(2, 9))) for _ in range(10))
        cv2.putText(grey, words, (80, 90 + 37 * row), cv2.FONT_HERSHEY_COMPLEX, 0.75, 35, 2, cv2.LINE_AA)
    return grey


def table() -> Image:
    grey = np.full((1500, 1100), 232, np.uint8)
    for y in range(60, 1460, 40):
        cv2.line(grey, (60, y), (1040, y), 20, 2)
    for x in range(60, 1050, 120):
        cv2.line(grey, (x, 60), (x, 1460), 20, 2)
    return grey


def checkerboard(size: int) -> Image:
    y, x = np.mgrid[0:1500, 0:1100]
    return ((x // size + y // size) % 2 * 190 + 30).astype(np.uint8)


def clouds() -> Image:
    noise = np.random.default_rng(1).normal(0, 1, (1500, 1100)).astype(np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 25), None, 20, 240, cv2.NORM_MINMAX).astype(np.uint8)


NO_FORMS: dict[str, Callable[[], Image]] = {
    "grey": lambda: np.full((1500, 1100), 140, np.uint8),
    "black": lambda: np.zeros((1500, 1100), np.uint8),
    "white": lambda: np.full((1500, 1100), 255, np.uint8),
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (1500, 1100), dtype=np.uint8),
    "clouds": clouds,
    "text": text_page,
    "table": table,
    "stripes": lambda: np.where(np.arange(1500)[:, None] // 12 % 2, 220, 40).repeat(1100, 1).astype(np.uint8),
    "checkerboard": lambda: checkerboard(50),
    "fine checkerboard": lambda: checkerboard(14),
    "tiny": lambda: np.full((240, 240), 90, np.uint8),
    "sliver": lambda: np.full((240, 4000), 90, np.uint8),
}


@pytest.mark.parametrize("name", NO_FORMS)
def test_a_picture_of_something_else(name: str) -> None:
    grey = NO_FORMS[name]()
    check_refused(find(Photo("other.jpg", "0" * 64, grey, 1.0, *grey.shape[::-1])))


def test_an_empty_picture_says_how_many_landmarks_were_seen() -> None:
    failure = find(Photo("grey.jpg", "0" * 64, NO_FORMS["grey"](), 1.0, 1100, 1500))
    assert isinstance(failure, Failure) and failure.code is FailureCode.NO_FORM_FOUND
    assert failure.measured["marks"] == 0 and failure.measured["tags"] == 0
    assert "0 registration marks and 0 tags" in failure.message


def test_a_second_sheet_beside_the_page_is_noticed(shoot) -> None:
    one, other = (shoot(page, severity=1, seed=2) for page in (PAGES[0], PAGES[-1]))
    height = one.grey.shape[0]
    scale = height / other.grey.shape[0]
    beside = cv2.resize(other.grey, (round(other.grey.shape[1] * scale), height), interpolation=cv2.INTER_AREA)
    both = np.ascontiguousarray(np.hstack([one.grey, beside]))
    found = find(Photo("two.jpg", "0" * 64, both, 1.0, both.shape[1], height))
    assert isinstance(found, IdentifiedPage)
    assert found.beside > STATION.most_beside
    alone = find(one.photo)
    assert isinstance(alone, IdentifiedPage) and alone.beside < STATION.most_beside / 2
