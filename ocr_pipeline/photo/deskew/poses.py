"""From marks and tags to poses: which form page could lie where.

Two marks fix a similarity; further marks are taken in where it predicts them, and the fit grows to
an affine map and then a homography. The tag's centre counts as one more mark whose name is known.
Because corner marks look the same in all four corners, a pose and the same pose upside down may
both come out: the printed lines decide later.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import PoseSettings
from ocr_pipeline.forms import FormPage
from ocr_pipeline.landmarks import Ground, Mark, Pose, Tag
from ocr_pipeline.warp import Points

_CORNERS = ("upper_left", "upper_right", "lower_right", "lower_left")


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """The named points of a form page in mm; the tag's centre is the last one where there is a tag."""

    points: Points
    polarity: npt.NDArray[np.int_]
    side: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The same for the photo, in decoded pixels; a tag, if any, is the last one and has polarity 0."""

    points: Points
    polarity: npt.NDArray[np.int_]
    side: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]
    tag_angle: float | None


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    homography: Points
    names: tuple[int, ...]
    anchors: Points
    score: float


def find_poses(
    pages: Sequence[FormPage], marks: Sequence[Mark], tags: Sequence[Tag], settings: PoseSettings
) -> tuple[Pose, ...]:
    """All poses that the marks and tags of a photo allow, best founded first.

    Args:
        pages: form pages that come into question.
        marks: marks found in the photo, strongest first.
        tags: AprilTags found in the photo.
        settings: how far a mark may lie from where it is predicted.

    Returns:
        At most ``settings.per_page`` poses for each page; homographies map mm to decoded pixels.
    """
    known = {tag_id for page in pages if page.tag for tag_id in page.tag.ids}
    poses: list[Pose] = []
    cache: dict[tuple[object, ...], list[_Fit]] = {}
    for page in pages:
        tag = _tag_for(page, tags, known)
        if any(t.tag_id in known for t in tags) and tag is None:
            continue  # a tag we know names another page
        key = (page.marks, page.tag.box if page.tag and tag else None)
        if key not in cache:
            cache[key] = list(_fits(page, marks[: settings.most_marks], tag, settings))
        for fit in cache[key]:
            poses.append(_pose(page, fit, tag, settings))
    poses.sort(key=lambda pose: -pose.score)
    return tuple(poses)


def _tag_for(page: FormPage, tags: Sequence[Tag], known: set[int]) -> Tag | None:
    """The tag that stands for this page: its own id, else one of an id nobody knows."""
    if page.tag is None:
        return None
    own = [t for t in tags if t.tag_id in page.tag.ids]
    strange = [t for t in tags if t.tag_id not in known]
    return next(iter(own + strange), None)


def _fits(page: FormPage, marks: Sequence[Mark], tag: Tag | None, settings: PoseSettings) -> Iterator[_Fit]:
    layout, seen = _layout(page, tag), _seen(page, marks, tag)
    found: list[_Fit] = []
    # A sheet that carries a tag rarely hides it: without one it gets a shorter trial.
    most = settings.most_seeds if tag is not None or page.tag is None else settings.most_seeds_without_tag
    for i, j, a, b in _seeds(layout, seen, settings)[:most]:
        # A third point may be a wrong one, so the seed alone stays in the race.
        for reaches in ((), settings.growth_reach):
            fit = _grow(layout, seen, (i, j), (a, b), reaches, settings)
            if fit is not None:
                found.append(fit)
        if tag is not None and len(found[-1].names if found else ()) == len(layout.points):
            break  # every mark agrees with the tag: there is nothing left to look for
    found.sort(key=lambda f: -f.score)
    kept: list[_Fit] = []
    centre = np.array([[page.width / 2, page.height / 2], [page.width / 2, 0.0]])
    for fit in found:
        place = _project(fit.homography, centre)
        near = [_project(k.homography, centre) for k in kept]
        if all(np.abs(place - other).max() > settings.same_pose_px for other in near):
            kept.append(fit)
        if len(kept) == settings.per_page:
            break
    yield from kept


def _layout(page: FormPage, tag: Tag | None) -> _Layout:
    points = [(m.x, m.y) for m in page.marks]
    polarity = [m.polarity for m in page.marks]
    side = [m.side for m in page.marks]
    if tag is not None and page.tag is not None:
        points.append(page.tag.box.centre)
        polarity.append(0)
        side.append(page.tag.box.w)
    return _Layout(np.array(points, float), np.array(polarity), np.array(side, float))


def _seen(page: FormPage, marks: Sequence[Mark], tag: Tag | None) -> _Seen:
    points = [(m.x, m.y) for m in marks]
    polarity = [m.polarity for m in marks]
    side = [m.side for m in marks]
    score = [m.score for m in marks]
    angle = None
    if tag is not None and page.tag is not None:
        points.append(tuple(tag.corners.mean(0)))
        polarity.append(0)
        side.append(math.sqrt(max(cv2.contourArea(tag.corners.astype(np.float32)), 1.0)))
        score.append(1.0)
        upper_left, upper_right = _tag_upper_edge(page, tag)
        angle = math.atan2(upper_right[1] - upper_left[1], upper_right[0] - upper_left[0])
    return _Seen(np.array(points, float).reshape(-1, 2), np.array(polarity), np.array(side), np.array(score), angle)


def _tag_upper_edge(page: FormPage, tag: Tag) -> tuple[Points, Points]:
    """The tag's corners at the upper left and upper right of the *sheet*, as seen in the photo."""
    assert page.tag is not None
    turn = _CORNERS.index(page.tag.corner_0)
    upright = np.roll(tag.corners, turn, axis=0)
    return upright[0], upright[1]


def _seeds(layout: _Layout, seen: _Seen, settings: PoseSettings) -> list[tuple[int, int, int, int]]:
    """Pairs of named points with pairs of seen points that agree in size, kind and turn, best first."""
    seeds: list[tuple[float, int, int, int, int]] = []
    if len(seen.points) < 2:
        return []
    delta = seen.points[None, :] - seen.points[:, None]
    distance = np.hypot(delta[..., 0], delta[..., 1])
    angle = np.arctan2(delta[..., 1], delta[..., 0])
    is_tag = seen.polarity == 0
    for i, j in itertools.combinations(range(len(layout.points)), 2):
        span = layout.points[j] - layout.points[i]
        length = float(np.hypot(*span))
        if length < settings.least_baseline_mm:
            continue
        scale = distance / length
        turn = angle - math.atan2(span[1], span[0])
        fits = distance > 1
        strength = np.minimum(seen.score[:, None], seen.score[None, :])
        for point, sizes in ((i, seen.side[:, None]), (j, seen.side[None, :])):
            ratio = sizes / np.maximum(layout.side[point] * scale, 1e-6)
            fits &= (ratio > 1 / settings.size_ratio) & (ratio < settings.size_ratio)
            strength = strength - settings.size_misfit * np.abs(np.log(np.maximum(ratio, 1e-6)))
        sense = np.cos(2 * turn)
        for point, kinds, tags in (
            (i, seen.polarity[:, None], is_tag[:, None]),
            (j, seen.polarity[None, :], is_tag[None, :]),
        ):
            if layout.polarity[point] == 0:
                fits = fits & tags
            else:
                fits = fits & ~tags & (kinds * np.sign(sense) == layout.polarity[point])
        fits &= np.abs(sense) > settings.least_turn_sense
        if seen.tag_angle is not None:
            off = np.angle(np.exp(1j * (turn - seen.tag_angle)))
            fits &= np.abs(off) < settings.tag_turn_rad
        seeds.extend((float(strength[a, b]), i, j, int(a), int(b)) for a, b in zip(*np.nonzero(fits), strict=True))
    seeds.sort(key=lambda s: -s[0])
    return [s[1:] for s in seeds]


def _grow(
    layout: _Layout,
    seen: _Seen,
    names: tuple[int, ...],
    places: tuple[int, ...],
    reaches: Sequence[float],
    settings: PoseSettings,
) -> _Fit | None:
    """Takes in further points where the fit predicts them, each time more strictly."""
    for reach in reaches:
        homography = _fit(layout.points[list(names)], seen.points[list(places)])
        if homography is None:
            return None
        names, places = _assign(layout, seen, homography, reach)
        if len(names) < 2:
            return None
    homography = _fit(layout.points[list(names)], seen.points[list(places)])
    if homography is None or not _plausible(homography, layout):
        return None
    score = _foundation(homography, layout, seen, list(names), list(places), settings)
    return _Fit(homography, names, layout.points[list(names)], score)


def _foundation(
    homography: Points, layout: _Layout, seen: _Seen, names: list[int], places: list[int], settings: PoseSettings
) -> float:
    """How well founded a pose is: clear marks, as large as the pose says, near where it says."""
    at, side = layout.points[names], layout.side[names][:, None]
    middle = _project(homography, at)
    width = np.hypot(*(_project(homography, at + side * [1, 0]) - middle).T)
    height = np.hypot(*(_project(homography, at + side * [0, 1]) - middle).T)
    expected = np.sqrt(np.maximum(width * height, 1e-9))
    misfit = np.abs(np.log(seen.side[places] / expected))
    away = np.hypot(*(middle - seen.points[places]).T) / expected
    value = seen.score[places] - settings.size_misfit * misfit - settings.place_misfit * away
    return float(value.sum())


def _assign(layout: _Layout, seen: _Seen, homography: Points, reach: float) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """For each named point the strongest seen point of its kind near the prediction."""
    predicted = _project(homography, layout.points)
    extent = float(np.hypot(*(layout.points.max(0) - layout.points.min(0))))
    moved = _project(homography, layout.points + np.array([[1.0, 0.0]]))
    scale = np.hypot(*(moved - predicted).T)
    turn = math.atan2(*(moved - predicted).mean(0)[::-1])
    sense = 1 if math.cos(2 * turn) > 0 else -1
    names: list[int] = []
    places: list[int] = []
    for k, point in enumerate(predicted):
        radius = max(reach * extent * float(scale[k]), 3.0)
        away = np.hypot(*(seen.points - point).T)
        fits = (away < radius) & (seen.polarity * sense == layout.polarity[k])
        size = seen.side / max(layout.side[k] * float(scale[k]), 1e-6)
        fits &= (size > 0.5) & (size < 2.0)
        fits[places] = False
        if fits.any():
            value = np.where(fits, seen.score - 0.3 * away / radius, -np.inf)
            names.append(k)
            places.append(int(np.argmax(value)))
    return tuple(names), tuple(places)


def _fit(mm: Points, px: Points) -> Points | None:
    """Similarity from two points, affine from three, homography from four or more."""
    if len(mm) == 2:
        (x1, y1), (x2, y2) = mm
        turn = complex(*(px[1] - px[0])) / complex(x2 - x1, y2 - y1)
        shift = complex(*px[0]) - turn * complex(x1, y1)
        return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1]])
    if len(mm) == 3:
        affine, *_ = np.linalg.lstsq(np.c_[mm, np.ones(3)], px, rcond=None)
        return np.vstack([affine.T, [0.0, 0.0, 1.0]])
    found, _ = cv2.findHomography(mm.reshape(-1, 1, 2), px.reshape(-1, 1, 2), 0)
    return None if found is None else np.asarray(found, float)


def _plausible(homography: Points, layout: _Layout) -> bool:
    """Convex, not mirrored, and no edge seen more than 2.5 times as large as another."""
    low, high = layout.points.min(0), layout.points.max(0)
    corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
    weight = corners @ homography[2, :2] + homography[2, 2]
    if (weight <= 0).any():
        return False
    quad = _project(homography, corners)
    edges = quad[[1, 2, 3, 0]] - quad
    following = edges[[1, 2, 3, 0]]
    cross = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    if (cross <= 0).any():
        return False
    stretch = np.hypot(*edges.T) / np.hypot(*(corners[[1, 2, 3, 0]] - corners).T)
    return bool(stretch.max() < 2.5 * stretch.min())


def _project(homography: Points, points: Points) -> Points:
    mapped = points @ homography[:, :2].T + homography[:, 2]
    result: Points = mapped[:, :2] / mapped[:, 2:]
    return result


def _pose(page: FormPage, fit: _Fit, tag: Tag | None, settings: PoseSettings) -> Pose:
    marks = sum(1 for name in fit.names if name < len(page.marks))
    with_tag = tag is not None and any(name == len(page.marks) for name in fit.names)
    method = f"{'tag + ' if with_tag else ''}{marks} mark{'' if marks == 1 else 's'}"
    ground = Ground.TAG if with_tag else Ground.MARKS
    founded = len(fit.names)
    tolerance = settings.tolerance_mm[min(founded, len(settings.tolerance_mm)) - 1]
    return Pose(page.form_id, page.page, page.pairs, fit.homography, ground, method, fit.anchors, tolerance, fit.score)
