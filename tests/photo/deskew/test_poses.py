"""From landmarks to poses, on landmarks computed from a known view."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocr_pipeline.config import POSES
from ocr_pipeline.forms import FormPage, load_catalogue
from ocr_pipeline.landmarks import Mark, Pose, Tag
from ocr_pipeline.photo.deskew.poses import find_poses
from ocr_pipeline.warp import Points

PAGES = tuple(page for page in load_catalogue().pages if page.marks and not page.provisional)
EVERY_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.title)
TAGGED = next(page for page in PAGES if page.tag)
UNTAGGED = next(page for page in PAGES if not page.tag)


def apply(homography: Points, points: Points) -> Points:
    mapped = np.c_[points, np.ones(len(points))] @ homography.T
    return mapped[:, :2] / mapped[:, 2:]


def view(scale: float = 1.5, turn: float = 0.0, tilt: tuple[float, float] = (0.0, 0.0)) -> Points:
    """Millimetres to pixels: turned by ``turn`` degrees, and tilted so that the far side shrinks."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    middle = np.array([[1, 0, -300], [0, 1, -450], [0, 0, 1.0]])
    tilted = np.array([[1, 0, 0], [0, 1, 0], [tilt[0] / 1000, tilt[1] / 1000, 1]])
    placed = np.array([[scale * cos, -scale * sin, 900], [scale * sin, scale * cos, 900], [0, 0, 1]])
    return placed @ tilted @ middle


def seen_marks(page: FormPage, homography: Points, hidden: Sequence[str] = ()) -> tuple[Mark, ...]:
    """What a perfect detector would see; polarity as the photo lies."""
    marks = []
    for mark in page.marks:
        if mark.name in hidden:
            continue
        at = np.array([[mark.x, mark.y], [mark.x + mark.side, mark.y], [mark.x, mark.y + mark.side]])
        (x, y), right, down = apply(homography, at)
        area = float(np.linalg.det(np.stack([right - (x, y), down - (x, y)])))
        angle = math.atan2(right[1] - y, right[0] - x)
        as_printed = (math.cos(2 * angle) > 0) == (area > 0)  # a mirror changes it, and so does a quarter turn
        marks.append(Mark(x, y, math.sqrt(abs(area)), mark.polarity if as_printed else -mark.polarity, 0.8))
    return tuple(marks)


def seen_tag(page: FormPage, homography: Points, tag_id: int | None = None) -> Tag:
    assert page.tag is not None
    start = ("upper_left", "upper_right", "lower_right", "lower_left").index(page.tag.corner_0)
    corners = apply(homography, np.array(page.tag.box.corners))
    return Tag(page.tag.ids[0] if tag_id is None else tag_id, np.roll(corners, -start, axis=0))


def error_mm(pose: Pose, homography: Points, page: FormPage) -> float:
    """Largest miss of a pose over the sheet, in millimetres of it."""
    corners = np.array([[x, y] for x in (40.0, page.width - 40) for y in (60.0, page.height - 30)])
    back = apply(np.linalg.inv(pose.homography), apply(homography, corners))
    return float(np.hypot(*(back - corners).T).max())


def poses_of(page: FormPage, marks: Sequence[Mark], tags: Sequence[Tag] = (), pages: Sequence[FormPage] = PAGES):
    found = find_poses(pages, marks, tags, POSES)
    return [pose for pose in found if (pose.form_id, pose.page, pose.pairs) == (page.form_id, page.page, page.pairs)]


@EVERY_PAGE
@pytest.mark.parametrize("turn", [0, 3, -12, 90, 180, 265])
def test_all_marks_in_view_give_the_view(page: FormPage, turn: float) -> None:
    truth = view(1.4, turn, (0.12, -0.1))
    tags = [seen_tag(page, truth)] if page.tag else []
    poses = poses_of(page, seen_marks(page, truth), tags)
    best = poses[0]
    assert error_mm(best, truth, page) < 0.5
    assert best.method == f"{'tag + ' if tags else ''}{len(page.marks)} marks"
    assert len(best.anchors_mm) == len(page.marks) + len(tags)
    assert best.tolerance_mm > 0


@settings(max_examples=60, deadline=None)
@given(
    page=st.sampled_from(PAGES),
    scale=st.floats(0.7, 2.4),
    turn=st.integers(0, 3).flatmap(lambda quarter: st.floats(-25, 25).map(lambda off: 90 * quarter + off)),
    tilt=st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)),
    with_tag=st.booleans(),
    jitter=st.integers(0, 9),
)
def test_some_pose_is_within_its_tolerance_near_its_anchors(page, scale, turn, tilt, with_tag, jitter) -> None:
    truth = view(scale, turn, tilt)
    rng = np.random.default_rng(jitter)
    marks = [
        replace(mark, x=mark.x + rng.normal(0, 0.4), y=mark.y + rng.normal(0, 0.4)) for mark in seen_marks(page, truth)
    ]
    tags = [seen_tag(page, truth)] if page.tag and with_tag else []
    poses = poses_of(page, marks, tags)
    assume(poses)
    misses = []
    for pose in poses:
        back = apply(np.linalg.inv(pose.homography), apply(truth, pose.anchors_mm))
        misses.append(float(np.hypot(*(back - pose.anchors_mm).T).max()) / pose.tolerance_mm)
    assert min(misses) < 1.0


@pytest.mark.parametrize("hidden", list(itertools.combinations(["tl", "tr", "bl", "br"], 2)))
@pytest.mark.parametrize("page", [TAGGED, UNTAGGED], ids=["tagged", "untagged"])
def test_two_hidden_corners_still_leave_a_pose(page: FormPage, hidden: tuple[str, ...]) -> None:
    truth = view(1.5, 2)
    tags = [seen_tag(page, truth)] if page.tag else []
    poses = poses_of(page, seen_marks(page, truth, hidden), tags)
    assert min(error_mm(pose, truth, page) for pose in poses) < 1.0


def test_without_a_tag_the_sheet_may_lie_either_way_up() -> None:
    truth = view(1.5, 0)
    poses = poses_of(TAGGED, seen_marks(TAGGED, truth))
    ways = {round(math.degrees(math.atan2(pose.homography[1, 0], pose.homography[0, 0]))) % 360 for pose in poses}
    assert {0, 180} <= ways


def test_a_tag_says_which_way_up() -> None:
    truth = view(1.5, 180)
    for pose in poses_of(TAGGED, seen_marks(TAGGED, truth), [seen_tag(TAGGED, truth)]):
        angle = math.degrees(math.atan2(pose.homography[1, 0], pose.homography[0, 0]))
        assert abs(abs(angle) - 180) < 25


def test_a_known_tag_leaves_only_its_own_page() -> None:
    truth = view()
    found = find_poses(PAGES, seen_marks(TAGGED, truth), [seen_tag(TAGGED, truth)], POSES)
    assert {(pose.form_id, pose.page) for pose in found if "tag" in pose.method} == {(TAGGED.form_id, TAGGED.page)}
    others = {(page.form_id, page.page) for page in PAGES if page.tag} - {(TAGGED.form_id, TAGGED.page)}
    assert not others & {(pose.form_id, pose.page) for pose in found}


def test_a_tag_of_an_unknown_id_may_be_any_page_with_a_tag() -> None:
    truth = view()
    found = find_poses(PAGES, seen_marks(TAGGED, truth), [seen_tag(TAGGED, truth, tag_id=586)], POSES)
    with_tag = {(pose.form_id, pose.page) for pose in found if "tag" in pose.method}
    assert (TAGGED.form_id, TAGGED.page) in with_tag and len(with_tag) > 1


def test_strange_marks_do_not_push_out_the_right_pose() -> None:
    truth = view(1.4, 4)
    rng = np.random.default_rng(5)
    strange = [
        Mark(*rng.uniform(0, 1500, 2), side=float(rng.uniform(6, 16)), polarity=int(rng.choice([-1, 1])), score=0.5)
        for _ in range(20)
    ]
    for page in (TAGGED, UNTAGGED):
        tags = [seen_tag(page, truth)] if page.tag else []
        poses = poses_of(page, [*seen_marks(page, truth), *strange], tags)
        assert min(error_mm(pose, truth, page) for pose in poses[:3]) < 1.0
        assert len(poses) <= POSES.per_page


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_points_fix_nothing(count: int) -> None:
    marks = seen_marks(UNTAGGED, view())[:count]
    assert find_poses(PAGES, marks, [], POSES) == ()


def test_points_close_together_fix_nothing() -> None:
    marks = [Mark(500, 500, 11, 1, 0.9), Mark(540, 500, 11, 1, 0.9)]
    assert find_poses(PAGES, marks, [], POSES) == ()


def test_a_mirrored_sheet_has_no_pose_on_all_its_marks() -> None:
    mirror = np.array([[-1, 0, 1500], [0, 1, 0], [0, 0, 1.0]])
    marks = seen_marks(UNTAGGED, mirror @ view())
    poses = poses_of(UNTAGGED, marks)
    assert all(len(pose.anchors_mm) < len(UNTAGGED.marks) for pose in poses)


def test_the_better_founded_come_first() -> None:
    truth = view(1.5, 1)
    found = find_poses(PAGES, seen_marks(UNTAGGED, truth), [], POSES)
    best = found[0]
    assert (best.form_id, best.page) == (UNTAGGED.form_id, UNTAGGED.page)
    assert len(best.anchors_mm) == max(len(pose.anchors_mm) for pose in found)
