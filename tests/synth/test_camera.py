import cv2
import numpy as np
import pytest

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.synth.camera import invent_view, take_photo
from ocr_pipeline.synth.paper import draw_page

PAGE = load_catalogue().page("c-hasil-ppwp-2024", 1, None)
SIZE = (PAGE.width, PAGE.height)


@pytest.mark.parametrize("severity", range(5))
def test_every_digit_box_lies_within_the_photo(severity: int) -> None:
    corners = np.array([c for field in PAGE.fields for box in field.boxes for c in box.corners])
    for seed in range(40):
        view = invent_view(SIZE, severity, np.random.default_rng(seed), 1600)
        points = view.project(corners)
        assert points.min() > 0
        assert (points < [view.width_px, view.height_px]).all()
        assert max(view.width_px, view.height_px) == 1600


@pytest.mark.parametrize("severity", range(4))
@pytest.mark.parametrize("seed", range(3))
def test_the_photo_shows_the_sheet_where_the_view_says(severity: int, seed: int) -> None:
    rng = np.random.default_rng([severity, seed])
    view = invent_view(SIZE, severity, rng, 1600)
    printed = draw_page(PAGE, 2.5)
    photo = take_photo(printed, np.zeros_like(printed), (0, 0, 0), view, 2.5, severity, rng)
    assert photo.shape == (view.height_px, view.width_px, 3)
    assert PAGE.tag is not None
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10))
    corners, ids, _ = detector.detectMarkers(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY))
    assert ids is not None and PAGE.tag.ids[0] in ids
    box = PAGE.tag.box
    order = [box.corners[i] for i in (2, 3, 0, 1)]  # the code is printed turned by half a turn
    assert np.abs(corners[0][0] - view.project(np.array(order))).max() < 2.0


def test_severity_0_is_flat_and_4_is_not() -> None:
    corner = np.array([[SIZE[0] * 0.9, SIZE[1] * 0.9]])
    flat, hard = (invent_view(SIZE, severity, np.random.default_rng(1), 1600) for severity in (0, 4))
    assert not flat.bend_mm.any()
    assert hard.bend_mm.any()
    straight = cv2.perspectiveTransform(corner[None], hard.homography)[0]
    assert 0.5 < np.hypot(*(straight - hard.project(corner))[0]) < 25


def test_the_map_back_agrees_with_the_way_out() -> None:
    """A black dot on the sheet appears in the photo where ``project`` puts it, curl and all."""
    rng = np.random.default_rng(3)
    view = invent_view(SIZE, 2, rng, 1600)
    for x, y in ((120.0, 150.0), (300.0, 450.0), (480.0, 760.0)):
        printed = np.full((2250, 1500), 255, np.uint8)
        cv2.circle(printed, (round(x * 2.5 - 0.5), round(y * 2.5 - 0.5)), 12, 0, -1)
        photo = take_photo(printed, np.zeros_like(printed), (0, 0, 0), view, 2.5, 0, np.random.default_rng(0))
        px, py = view.project(np.array([[x, y]]))[0]
        near = 255.0 - photo[round(py) - 20 : round(py) + 21, round(px) - 20 : round(px) + 21].mean(axis=2)
        near = np.where(near > 120, near, 0)
        rows, columns = np.mgrid[-20:21, -20:21]
        assert abs((near * columns).sum() / near.sum() + round(px) - px) < 0.6
        assert abs((near * rows).sum() / near.sum() + round(py) - py) < 0.6
