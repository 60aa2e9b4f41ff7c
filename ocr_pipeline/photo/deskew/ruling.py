"""From ruled lines to poses: where a form page could lie that carries no mark and no tag.

In a rectified picture ruled lines run level and upright, so a page's place has only a scale and a
shift along each axis, and one of four turns. The two axes are searched by themselves: two printed
lines laid on two seen ones fix scale and shift, and the sum of the seen lines at all other printed
places judges the guess. The best of both axes are then put together and judged on the plane, where
a line counts only over the length at which it is printed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import RulingSettings
from ocr_pipeline.forms import FormPage
from ocr_pipeline.landmarks import Ground, Pose, Ruled
from ocr_pipeline.warp import Image, Points

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int_]

_TURNS: tuple[tuple[int, int, bool], ...] = ((1, 1, False), (-1, -1, False), (1, -1, True), (-1, 1, True))
"""Signs of the page's x and y axis in the picture, and whether they change places: upright, upside down, quarters."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The ruled lines of a picture along one direction."""

    near: Image
    """1 where a line of this direction lies within reach, 0 elsewhere."""
    area: Ints
    """Integral picture of ``near``."""
    profile: Floats
    """Per row (or column) how much of a ruled line lies there, 0..1."""
    peaks: Floats
    """Where the profile peaks, strongest first."""


@dataclass(frozen=True, slots=True, eq=False)
class _Printed:
    """The ruled lines of a page."""

    levels: tuple[Floats, Floats]
    """y of the level lines in mm, and their worth."""
    uprights: tuple[Floats, Floats]
    """x of the upright lines likewise."""
    samples: Points
    """(n, 2) points on all lines, mm."""
    of_level: npt.NDArray[np.bool_]
    weight: Floats
    """Of each sample: mm of line it stands for."""


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """Guesses where a page lies at one of the four turns."""

    page: FormPage
    agreement: float
    """Of the best guess, both axes by themselves, 0..2."""
    homographies: Points
    """(n, 3, 3) mm to pixels of the search picture, best first."""


def ruling_poses(ruled: Ruled, pages: Sequence[FormPage], settings: RulingSettings) -> tuple[Pose, ...]:
    """Poses of all pages that the ruled lines of a rectified picture allow, best borne out first.

    Args:
        ruled: the ruled lines of a level picture, which may lie at any of four turns.
        pages: form pages that come into question.
        settings: sizes and least scores.

    Returns:
        At most ``settings.per_page`` poses for each page; homographies map mm to pixels of that picture.
    """
    level = _seen(ruled.level, settings)
    upright = _seen(np.ascontiguousarray(ruled.upright.T), settings)
    factor = ruled.factor
    found: list[Pose] = []
    guesses = [laid for page in pages for laid in _guesses(page, level, upright, settings)]
    guesses.sort(key=lambda laid: -laid.agreement)
    likely = guesses[: settings.most_laid]
    for page in dict.fromkeys(laid.page for laid in likely):
        fits = [fit for laid in likely if laid.page is page for fit in _fits(laid, level, upright, settings)]
        fits.sort(key=lambda fit: -fit[0])
        kept: list[Points] = []
        for score, to_small in fits:
            corners = _corners(page, to_small)
            if all(np.abs(corners - other).max() > settings.same_pose_px for other in kept):
                kept.append(corners)
                found.append(_pose(page, to_small, score, factor, level, upright, settings))
            if len(kept) == settings.per_page:
                break
    return tuple(sorted(found, key=lambda pose: -pose.score))


def _seen(lines: Image, settings: RulingSettings) -> _Seen:
    width = lines.shape[1]
    mass = lines.sum(axis=1, dtype=float)
    smooth = np.convolve(mass, np.ones(settings.peak_px), mode="same")
    profile = smooth / (smooth + settings.half_length * width)
    inner = smooth[1:-1]
    tops = np.flatnonzero((inner >= smooth[:-2]) & (inner > smooth[2:]) & (inner > settings.least_peak * width)) + 1
    peaks: list[int] = []
    for top in tops[np.argsort(-smooth[tops], kind="stable")]:
        if all(abs(top - other) > settings.peak_px for other in peaks):
            peaks.append(int(top))
        if len(peaks) == settings.peaks:
            break
    reach = 2 * settings.reach_px + 1
    near = cv2.dilate(lines, np.ones((reach, 1), np.uint8)).astype(np.uint8, copy=False)
    return _Seen(near, cv2.integral(near).astype(int), profile, np.array(peaks, float))


@functools.lru_cache(maxsize=64)
def _printed(page: FormPage, step: float) -> _Printed:
    samples: list[Points] = []
    of_level: list[bool] = []
    weight: list[float] = []
    places: tuple[dict[float, float], dict[float, float]] = ({}, {})
    for line in (*page.lines, *page.box_lines, *page.grid_lines):
        x1, y1, x2, y2, level = line.x1, line.y1, line.x2, line.y2, line.horizontal
        length = max(abs(x2 - x1), abs(y2 - y1))
        count = max(2, round(length / (step * page.width)))
        t = (np.arange(count) + 0.5) / count
        samples.append(np.stack([x1 + (x2 - x1) * t, y1 + (y2 - y1) * t], axis=1))
        of_level += [level] * count
        weight += [length / count] * count
        place = places[0 if level else 1]
        key = round((y1 if level else x1) / (0.004 * page.width))
        place[key] = place.get(key, 0.0) + length
    levels, uprights = (
        (np.array(list(place)) * 0.004 * page.width, np.sqrt(np.array(list(place.values())))) for place in places
    )
    return _Printed(levels, uprights, np.concatenate(samples), np.array(of_level), np.array(weight))


def _guesses(page: FormPage, level: _Seen, upright: _Seen, settings: RulingSettings) -> Iterator[_Laid]:
    """The page at each of four turns, laid where both axes by themselves agree best with the seen lines."""
    printed = _printed(page, settings.sample_share)
    along: dict[tuple[str, bool], Floats] = {}
    for swapped in (False, True):
        seen_y, seen_x = (upright, level) if swapped else (level, upright)
        along["y", swapped] = _axis_fits(*printed.levels, seen_y, settings)
        along["x", swapped] = _axis_fits(*printed.uprights, seen_x, settings)
    for sign_x, sign_y, swapped in _TURNS:
        xs, ys = along["x", swapped], along["y", swapped]
        xs = xs[np.sign(xs[:, 0]) == sign_x][: settings.axis_fits]
        ys = ys[np.sign(ys[:, 0]) == sign_y][: settings.axis_fits]
        i, j = (index.ravel() for index in np.indices((len(xs), len(ys))))
        aspect = np.abs(xs[i, 0] / ys[j, 0])
        fitting = (aspect > 1 / settings.most_aspect) & (aspect < settings.most_aspect)
        i, j = i[fitting], j[fitting]
        if len(i):
            agreement = xs[i, 2] + ys[j, 2]
            best = np.argsort(-agreement, kind="stable")[: settings.plane_guesses]
            homographies = np.zeros((len(best), 3, 3))
            homographies[:, 0, 0], homographies[:, 0, 2] = xs[i[best], :2].T
            homographies[:, 1, 1], homographies[:, 1, 2] = ys[j[best], :2].T
            homographies[:, 2, 2] = 1
            if swapped:
                homographies = homographies[:, [1, 0, 2]]
            yield _Laid(page, float(agreement[best[0]]), homographies)


def _fits(laid: _Laid, level: _Seen, upright: _Seen, settings: RulingSettings) -> Iterator[tuple[float, Points]]:
    """Score and homography (mm to pixels of the search picture) of every guess worth a closer look."""
    scores = _scores(_printed(laid.page, settings.sample_share), laid.homographies, level, upright, settings)
    for score, homography in zip(scores, laid.homographies, strict=True):
        if score >= settings.least_score:
            yield float(score), homography


def _axis_fits(place: Floats, worth: Floats, seen: _Seen, settings: RulingSettings) -> Floats:
    """(n, 3) scale (px/mm, negative where the axis runs backwards), shift (px) and score; best first."""
    none = np.zeros((0, 3))
    if len(place) < 2 or len(seen.peaks) < 2:
        return none
    order = np.sort(np.argsort(-worth, kind="stable")[: settings.most_places])
    order = order[np.argsort(place[order], kind="stable")]
    place, worth = place[order], worth[order]
    extent = place[-1] - place[0]
    i, j = np.triu_indices(len(place), 1)
    apart = place[j] - place[i]
    value = np.where(apart > settings.least_apart * extent, worth[i] * worth[j], 0.0)
    best = np.argsort(-value, kind="stable")[: settings.printed_pairs]
    best = best[value[best] > 0]
    c, d = np.nonzero(~np.eye(len(seen.peaks), dtype=bool))
    scale = ((seen.peaks[d] - seen.peaks[c])[None, :] / apart[best][:, None]).ravel()
    shift = (seen.peaks[c][None, :] - scale.reshape(len(best), -1) * place[i[best]][:, None]).ravel()
    size = len(seen.profile)
    spans = np.abs(scale) * extent / size
    fits = (spans > settings.least_span) & (spans < settings.most_span)
    scale, shift = scale[fits], shift[fits]
    if not len(scale):
        return none
    few = np.argsort(-worth, kind="stable")[: settings.first_places]
    if len(scale) > settings.most_guesses:
        rough = _agreement(scale, shift, place[few], worth[few], seen, settings)
        likely = np.sort(np.argpartition(-rough, settings.most_guesses)[: settings.most_guesses])
        scale, shift = scale[likely], shift[likely]
    score = _agreement(scale, shift, place, worth, seen, settings)
    kept: list[int] = []
    kept_ends: list[tuple[float, float]] = []
    likeliest = np.argsort(-score, kind="stable")
    ends = np.stack([scale * place[0] + shift, scale * place[-1] + shift], axis=1)[likeliest].tolist()
    for k, (one, other) in zip(likeliest, ends, strict=True):
        if all(max(abs(one - a), abs(other - b)) > settings.same_axis_px for a, b in kept_ends):
            kept.append(int(k))
            kept_ends.append((one, other))
        if len(kept) == 2 * settings.axis_fits:
            break
    return np.stack([scale[kept], shift[kept], score[kept]], axis=1)


def _agreement(
    scale: Floats, shift: Floats, place: Floats, worth: Floats, seen: _Seen, settings: RulingSettings
) -> Floats:
    """Per guess, how much of the worth of the lines in the picture lies on seen lines, 0..1."""
    size = len(seen.profile)
    # One silent place at either end stands for all that lies outside the picture.
    padded = np.concatenate([[0.0], seen.profile, [0.0]]).astype(np.float32)
    picture = np.ones_like(padded)
    picture[[0, -1]] = 0.0
    place, worth = place.astype(np.float32), worth.astype(np.float32)
    at = scale.astype(np.float32)[:, None] * place + (shift.astype(np.float32)[:, None] + np.float32(1.5))
    places = np.clip(at, 0, size + 1, out=at).astype(np.int32)
    shown = picture[places] @ worth
    agreement: Floats = (
        padded[places] @ worth / np.maximum(shown, 1e-9) * (shown / worth.sum()) ** settings.unseen_power
    )
    return agreement


def _scores(printed: _Printed, guesses: Points, level: _Seen, upright: _Seen, settings: RulingSettings) -> Floats:
    """How well each guess (n, 3, 3) agrees with the seen lines, 0..1.

    Harmonic mean of the share of the printed length that is seen, beyond what would be by chance, and the share of
    the seen length that is printed.
    """
    hit, inside, covered, area = _hits(printed, guesses, level, upright)
    chance = np.minimum(covered / (2 * area), settings.most_chance)
    shown = inside @ printed.weight
    scale = np.sqrt(np.abs(np.linalg.det(guesses[:, :2, :2])))
    # A line is widened by the reach on both sides, and is itself about three pixels wide as it was found.
    line_px = 2 * settings.reach_px + 3
    seen_px = covered / line_px
    all_px = (level.area[-1, -1] + upright.area[-1, -1]) / line_px
    recall = (hit @ printed.weight / np.maximum(shown, 1e-9) - chance) / (1 - chance)
    hit_px = hit @ printed.weight * scale
    precision = np.minimum(hit_px / np.maximum(seen_px, 1e-9), 1.0)
    # A few lines can be laid on a dense table anywhere: what explains more of the picture is likelier.
    size = np.minimum(hit_px / max(all_px, 1e-9), 1.0) ** settings.size_power
    score: Floats = size * 2 * recall * precision / np.maximum(recall + precision, 1e-9)
    return np.where(shown < settings.least_inside * printed.weight.sum(), 0.0, score)


def _hits(printed: _Printed, guesses: Points, level: _Seen, upright: _Seen) -> tuple[Bools, Bools, Ints, Ints]:
    """Per guess and sample, whether it lies on a seen line and whether in the picture.

    Also per guess the widened area of the lines that are seen within its outline, and the outline's own, pixels.
    """
    height, width = level.near.shape
    at = np.rint(printed.samples @ guesses[:, :2, :2].transpose(0, 2, 1) + guesses[:, None, :2, 2]).astype(np.intp)
    x, y = np.clip(at[..., 0], 0, width - 1), np.clip(at[..., 1], 0, height - 1)
    inside = (at[..., 0] == x) & (at[..., 1] == y)
    swapped = abs(guesses[0, 0, 0]) < 1e-12
    hit = np.where(printed.of_level != swapped, level.near[y, x], upright.near[x, y]).astype(bool) & inside
    left, right, top, bottom = x.min(axis=1), x.max(axis=1) + 1, y.min(axis=1), y.max(axis=1) + 1
    covered = _sum(level.area, left, right, top, bottom) + _sum(upright.area, top, bottom, left, right)
    return hit, inside, covered, (right - left) * (bottom - top)


def _sum(area: Ints, left: Ints, right: Ints, top: Ints, bottom: Ints) -> Ints:
    """Sums over rectangles from an integral picture."""
    total: Ints = area[bottom, right] - area[top, right] - area[bottom, left] + area[top, left]
    return total


def _corners(page: FormPage, homography: Points) -> Points:
    corners = np.array([[0, 0], [page.width, 0], [page.width, page.height], [0, page.height]], float)
    result: Points = corners @ homography[:2, :2].T + homography[:2, 2]
    return result


def _pose(
    page: FormPage,
    to_small: Points,
    score: float,
    factor: float,
    level: _Seen,
    upright: _Seen,
    settings: RulingSettings,
) -> Pose:
    printed = _printed(page, settings.sample_share)
    (hit,), *_ = _hits(printed, to_small[None], level, upright)
    shift = (1 / factor - 1) / 2
    to_flat = np.array([[1 / factor, 0, shift], [0, 1 / factor, shift], [0, 0, 1]]) @ to_small
    tolerance = settings.tolerance_share * page.width
    anchors = printed.samples[hit][:: settings.anchor_step]
    return Pose(page.form_id, page.page, page.pairs, to_flat, Ground.RULING, Ground.RULING, anchors, tolerance, score)
