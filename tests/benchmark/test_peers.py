import numpy as np
import pytest

from ocr_pipeline.benchmark.boxes import centre_errors, centre_of
from ocr_pipeline.benchmark.peers import METHODS, register
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.synth.generate import generate

PAGE = load_catalogue().page("c-hasil-ppwp-2024", 3, None)


@pytest.mark.parametrize("method", METHODS)
def test_a_peer_finds_the_boxes_of_a_good_photo(method: str) -> None:
    photo = generate(PAGE.form_id, PAGE.page, severity=0)
    grey = photo.image.mean(axis=2).astype(np.uint8)
    fit = register(method, grey, PAGE)
    assert fit.inliers >= 15
    truth = {field: [centre_of(quad) for quad in quads] for field, quads in photo.quads_px.items()}
    errors = centre_errors(truth, {field.name: fit.quads(field.boxes) for field in PAGE.fields})
    assert len(errors) == sum(len(field.boxes) for field in PAGE.fields)
    assert max(errors) < 0.2


@pytest.mark.parametrize("method", METHODS)
def test_where_there_is_nothing_to_match_there_is_no_fit(method: str) -> None:
    fit = register(method, np.full((400, 300), 128, np.uint8), PAGE)
    assert fit.homography is None and fit.inliers == 0
