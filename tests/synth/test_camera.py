from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.synth.camera import View, frame, take_photo
from ocr_pipeline.synth.paper import draw_page
from ocr_pipeline.synth.shot import Shot, invent_shot

PAGE = load_catalogue().page("c-hasil-ppwp-2024", 1, None)
SIZE = (PAGE.width, PAGE.height)


@pytest.mark.parametrize("severity", range(5))
def test_every_digit_box_lies_within_the_photo(severity: int) -> None:
    corners = np.array([c for field in PAGE.fields for box in field.boxes for c in box.corners])
    for seed in range(40):
        view = frame(invent_shot(severity, np.random.default_rng(seed)), SIZE, 1600)
        points = view.project(corners)
        assert points.min() > 0
        assert (points < [view.width_px, view.height_px]).all()
        assert max(view.width_px, view.height_px) == 1600


@pytest.mark.parametrize("severity", range(4))
@pytest.mark.parametrize("seed", range(3))
def test_the_photo_shows_the_sheet_where_the_view_says(severity: int, seed: int) -> None:
    rng = np.random.default_rng([severity, seed])
    shot = invent_shot(severity, rng)
    view = frame(shot, SIZE, 1600)
    printed = draw_page(PAGE, 2.5)
    photo = take_photo(printed, np.zeros_like(printed), (0, 0, 0), view, 2.5, shot, rng)
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
    flat, hard = (frame(invent_shot(severity, np.random.default_rng(1)), SIZE, 1600) for severity in (0, 4))
    assert not flat.bend_mm.any()
    assert hard.bend_mm.any()
    straight = cv2.perspectiveTransform(corner[None], hard.homography)[0]
    assert 0.5 < np.hypot(*(straight - hard.project(corner))[0]) < 25


def test_the_map_back_agrees_with_the_way_out() -> None:
    """A black dot on the sheet appears in the photo where ``project`` puts it, curl and all."""
    rng = np.random.default_rng(3)
    view = frame(invent_shot(2, rng), SIZE, 1600)
    for x, y in ((120.0, 150.0), (300.0, 450.0), (480.0, 760.0)):
        printed = np.full((2250, 1500), 255, np.uint8)
        cv2.circle(printed, (round(x * 2.5 - 0.5), round(y * 2.5 - 0.5)), 12, 0, -1)
        chance = np.random.default_rng(0)
        photo = take_photo(printed, np.zeros_like(printed), (0, 0, 0), view, 2.5, invent_shot(0, chance), chance)
        px, py = view.project(np.array([[x, y]]))[0]
        near = 255.0 - photo[round(py) - 20 : round(py) + 21, round(px) - 20 : round(px) + 21].mean(axis=2)
        near = np.where(near > 120, near, 0)
        rows, columns = np.mgrid[-20:21, -20:21]
        assert abs((near * columns).sum() / near.sum() + round(px) - px) < 0.6
        assert abs((near * rows).sum() / near.sum() + round(py) - py) < 0.6


def upright(seed: int = 0) -> Shot:
    """A photo from straight above, of which single faults are set."""
    shot = invent_shot(0, np.random.default_rng(seed))
    return replace(shot, pitch_deg=0.0, yaw_deg=0.0, roll_deg=0.0, margin_share=0.02, offset=(0.0, 0.0))


@given(st.sampled_from((0, 1, 2, 3)), st.floats(0.02, 0.6), st.sampled_from((0, 1, 2, 3)), st.floats(-0.2, 0.2))
def test_as_much_of_the_sheet_is_cut_off_as_was_asked_for(side: int, share: float, turns: int, margin: float) -> None:
    cut = tuple(share if i == side else 0.0 for i in range(4))
    shot = replace(upright(), cut_share=cut, quarter_turns=turns, margin_share=margin)
    view = frame(shot, SIZE, 1600)
    whole = frame(replace(shot, cut_share=(0.0,) * 4), SIZE, 1600)
    corners = np.array([[0.0, 0.0], [SIZE[0], 0.0], [SIZE[0], SIZE[1]], [0.0, SIZE[1]]])
    outside = beyond(view, corners)
    for i in range(4):
        if i == (side + turns) % 4:
            assert outside[i] == pytest.approx(max(share, beyond(whole, corners)[i]), abs=0.005)
        else:
            assert outside[i] == pytest.approx(beyond(whole, corners)[i], abs=0.005)


def beyond(view: View, corners: np.ndarray) -> list[float]:
    """Share of the sheet beyond the left, top, right and bottom edge of the photo; below 0 there is background."""
    points = view.project(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    size = np.array([view.width_px, view.height_px])
    return [*(-low / (high - low)), *((high - size) / (high - low))]


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 150, 270])
def test_the_sheet_lies_at_the_turn_that_was_asked_for(degrees: int) -> None:
    shot = replace(upright(), roll_deg=float((degrees + 45) % 90 - 45), quarter_turns=round(degrees / 90 + 1e-9) % 4)
    left, right = frame(shot, SIZE, 1600).project(np.array([[0.0, SIZE[1] / 2], [SIZE[0], SIZE[1] / 2]]))
    assert np.degrees(np.arctan2(*(right - left)[::-1])) % 360 == pytest.approx(degrees, abs=0.5)


@pytest.mark.parametrize("pitch", [0.0, 20.0, 45.0])
def test_the_far_edge_is_seen_smaller_by_the_angle_of_view(pitch: float) -> None:
    """By the pinhole camera at 1.35 sheet heights."""
    x, y = SIZE
    corners = frame(replace(upright(), pitch_deg=pitch), SIZE, 1600).project(np.array([[0, 0], [x, 0], [0, y], [x, y]]))
    top, bottom = np.hypot(*(corners[1] - corners[0])), np.hypot(*(corners[3] - corners[2]))
    away = np.sin(np.radians(pitch)) / 2 / 1.35
    assert sorted((top, bottom))[0] / max(top, bottom) == pytest.approx((1 - away) / (1 + away), abs=0.002)


def test_an_enlarged_sheet_lies_where_the_small_one_does() -> None:
    shot = invent_shot(3, np.random.default_rng(4))
    large = frame(shot, (600.0, 848.0), 1600)
    small = large.of_smaller(600 / 210)
    points = np.array([[0.0, 0.0], [105.0, 20.0], [210.0, 297.0]])
    assert small.project(points) == pytest.approx(large.project(points * 600 / 210))
    assert small.size_mm == pytest.approx((210, 296.8)) and small.px_per_mm == pytest.approx(
        large.px_per_mm * 600 / 210
    )
