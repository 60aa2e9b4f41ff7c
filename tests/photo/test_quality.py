"""Scores of a photo against photos that were made worse by a known amount."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.legibility import Quality
from ocr_pipeline.photo.boxes import boxes
from ocr_pipeline.photo.quality import page_quality, photo_quality, share_shown
from ocr_pipeline.records import Crops, IdentifiedPage, Photo, RegistrationEvidence
from ocr_pipeline.synth.generate import generate
from ocr_pipeline.warp import Image, Warp

CATALOGUE = load_catalogue()
PAGE = CATALOGUE.page("c-hasil-ppwp-2024", 3, None)
EVIDENCE = RegistrationEvidence("made", 1.0, 0.0, None, 0.0, None, 0.9)


def as_photo(grey: Image, scale: float = 1.0) -> Photo:
    height, width = grey.shape
    return Photo("made.jpg", "0" * 64, grey, scale, round(width / scale), round(height / scale))


@pytest.fixture(scope="module")
def sheet() -> Image:
    """A filled sheet in ordinary light, as it lies before the camera."""
    made = generate(PAGE.form_id, PAGE.page, seed=1, severity=0)
    return cv2.cvtColor(made.image, cv2.COLOR_BGR2GRAY)


# ---- the photo as a whole ---------------------------------------------------------------------------------------


def test_blur_widens_edges_and_nothing_else_does(sheet: Image) -> None:
    sharp = photo_quality(as_photo(sheet)).edge_px
    blurred = [photo_quality(as_photo(cv2.GaussianBlur(sheet, (0, 0), sigma))).edge_px for sigma in (1, 2, 3)]
    assert [sharp, *blurred] == sorted([sharp, *blurred])
    assert sharp < 3.5 and blurred[1] > 1.6 * sharp
    assert photo_quality(as_photo((sheet * 0.5).astype(np.uint8))).edge_px == pytest.approx(sharp, abs=0.4)


@pytest.mark.parametrize("sigma", [4.0, 10.0, 25.0])
def test_noise_is_measured_as_it_was_added(sheet: Image, sigma: float) -> None:
    grey = 120 + (sheet.astype(float) - sheet.mean()) * 0.4
    noisy = np.clip(grey + np.random.default_rng(0).normal(0, sigma, sheet.shape), 0, 255).astype(np.uint8)
    assert photo_quality(as_photo(noisy)).noise == pytest.approx(sigma, rel=0.15)


def test_light_is_that_of_the_paper(sheet: Image) -> None:
    assert photo_quality(as_photo(sheet)).light == pytest.approx(np.percentile(sheet, 75), abs=12)
    dark = (sheet * 0.1).astype(np.uint8)
    assert photo_quality(as_photo(dark)).light == pytest.approx(np.percentile(dark, 75), abs=2)


@given(st.integers(20, 300), st.integers(20, 300), st.integers(0, 255))
@settings(max_examples=25)
def test_any_picture_has_finite_scores(height: int, width: int, level: int) -> None:
    quality = photo_quality(as_photo(np.full((height, width), level, np.uint8)))
    assert np.isfinite([quality.light, quality.noise, quality.edge_px, quality.gradient]).all()
    assert (quality.light, quality.noise, quality.gradient) == (level, 0.0, 0.0)


# ---- shares of boxes --------------------------------------------------------------------------------------------


@given(st.floats(-30, 130), st.floats(-30, 130), st.floats(5, 25), st.sampled_from([1.0, 0.5]))
def test_the_share_of_an_upright_box_that_is_shown_is_that_of_its_area(
    x: float, y: float, side: float, scale: float
) -> None:
    width, height = 100.0, 80.0
    photo = as_photo(np.zeros((round(height * scale), round(width * scale)), np.uint8), scale)
    shown = [max(0.0, min(a + side, end - 0.5) - max(a, -0.5)) / side for a, end in ((x, width), (y, height))]
    quad = ((x, y), (x + side, y), (x + side, y + side), (x, y + side))
    assert share_shown([quad], photo)[0] == pytest.approx(shown[0] * shown[1], abs=0.01)


# ---- a registered page ------------------------------------------------------------------------------------------


def registered(grey: Image, px_per_mm: float, left_px: int = 0, top_px: int = 0) -> IdentifiedPage:
    """A sheet that was laid flat, of which so many pixels are cut off."""
    homography = np.array([[px_per_mm, 0, -0.5 - left_px], [0, px_per_mm, -0.5 - top_px], [0, 0, 1]])
    warp = Warp(homography, np.zeros((15, 2)), (PAGE.width, PAGE.height))
    return IdentifiedPage(as_photo(grey), PAGE.form_id, PAGE.page, PAGE.pairs, warp, EVIDENCE)


def quality_of(page: IdentifiedPage) -> Quality:
    crops = boxes(page, CATALOGUE)
    assert isinstance(crops, Crops), crops
    return crops.quality


def test_a_clean_sheet_is_whole_and_clear(lay_flat) -> None:
    quality = quality_of(registered(lay_flat(PAGE, 2.0).grey, 2.0))
    assert quality.cover == 1.0 and quality.cut_off == (0.0, 0.0, 0.0, 0.0)
    assert quality.contrast > 0.5
    assert list(quality.fields) == [field.name for field in PAGE.fields]
    for field in PAGE.fields:
        seen = quality.fields[field.name]
        assert (seen.shown, seen.glare) == (1.0, 0.0)
        assert seen.box_px == pytest.approx(2 * np.median([box.h for box in field.boxes]), rel=0.03)
        assert seen.clarity > 50


@pytest.mark.parametrize(("edge", "share"), [(0, 0.1), (0, 0.3), (1, 0.2), (2, 0.15), (3, 0.25)])
def test_what_is_cut_off_is_told_by_edge_and_share(lay_flat, edge: int, share: float) -> None:
    grey = lay_flat(PAGE, 1.6).grey
    height, width = grey.shape
    cut = round((width if edge % 2 == 0 else height) * share)
    kept = (grey[:, cut:], grey[cut:], grey[:, :-cut], grey[:-cut])[edge].copy()
    page = registered(kept, 1.6, cut if edge == 0 else 0, cut if edge == 1 else 0)
    quality = page_quality(page, PAGE, boxes_of(lay_flat, edge, cut))
    assert quality.cover == pytest.approx(1 - share, abs=0.02)
    assert quality.cut_off[edge] == pytest.approx(share, abs=0.02)
    assert sum(quality.cut_off) == pytest.approx(share, abs=0.02)


def boxes_of(lay_flat, edge: int, cut: int):
    """The boxes of the whole sheet, moved as the cut moves them."""
    crops = boxes(registered(lay_flat(PAGE, 1.6).grey, 1.6), CATALOGUE)
    assert isinstance(crops, Crops)
    shift = np.array([cut if edge == 0 else 0, cut if edge == 1 else 0])
    moved = [tuple((float(x), float(y)) for x, y in np.array(box.quad_px) - shift) for box in crops.boxes]
    return [replace(box, quad_px=quad) for box, quad in zip(crops.boxes, moved, strict=True)]


def test_noise_and_darkness_take_clarity(lay_flat) -> None:
    grey = lay_flat(PAGE, 2.0).grey
    clear = quality_of(registered(grey, 2.0))
    rng = np.random.default_rng(1)
    noisy = np.clip(grey * 0.8 + rng.normal(0, 20, grey.shape), 0, 255).astype(np.uint8)
    dark = np.clip(grey * 0.06 + rng.normal(0, 2, grey.shape), 0, 255).astype(np.uint8)
    for name, field in clear.fields.items():
        assert quality_of(registered(noisy, 2.0)).fields[name].clarity < 0.2 * field.clarity
        assert quality_of(registered(dark, 2.0)).fields[name].clarity < 0.1 * field.clarity


def test_glare_is_light_over_boxes_on_paper_that_is_darker(lay_flat) -> None:
    grey = (lay_flat(PAGE, 2.0).grey * 0.8).astype(np.uint8)
    box = next(field for field in PAGE.fields if field.name == "suara_sah").boxes[1]
    middle = (round(box.centre[0] * 2), round(box.centre[1] * 2))
    blown = cv2.circle(grey.copy(), middle, round(0.7 * box.h), 255, -1)
    glare = {name: field.glare for name, field in quality_of(registered(blown, 2.0)).fields.items()}
    assert glare.pop("suara_sah") > 0.3
    assert set(glare.values()) == {0.0}
    scan = lay_flat(PAGE, 2.0).grey
    assert scan.max() == 255
    assert {field.glare for field in quality_of(registered(scan, 2.0)).fields.values()} == {0.0}
