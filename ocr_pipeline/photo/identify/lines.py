"""Registers a form page to its own printed lines, starting from a pose.

Every ruled line and every edge of a digit box is cut into pieces. Across each piece the picture is
sampled at offsets of up to the pose's tolerance, which gives a profile whose dark ridges are
candidates for the line. A vote over shift, stretch and turn picks the ridges that agree with each
other (a tally grid offers many that do not); then a polynomial bend is fitted to them, robustly,
twice. Horizontal pieces tell only of y, vertical ones only of x, so both are plain least squares.

Planos are 600 mm wide, copies 210 mm, and both fill a photo: all lengths in this module are units of
1/600 of the sheet's width, which are the millimetres of a plano.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.config import LineSettings
from ocr_pipeline.forms import FormPage, PrintedLine
from ocr_pipeline.landmarks import Pose
from ocr_pipeline.photo.ridges import Bools, Floats, Pieces, is_line, offsets_mm, ridge_profiles, shown, top_of_ridge
from ocr_pipeline.warp import Image, Points, Warp


@dataclass(frozen=True, slots=True, eq=False)
class LineFit:
    """A warp fitted to the printed lines, and how well the picture bears it out."""

    warp: Warp
    score: float
    """Share of the printed length in the photo that is found within ``LineSettings.found_mm`` of its place."""
    box_score: float
    """The same for the edges of the digit boxes alone."""
    residual_mm: float
    """Median distance of the found pieces from the warp."""
    length_mm: float
    """Printed length that was looked for."""
    shown: float
    """Share of the printed length that lies within the photo."""
    weakest: float
    """Score of the third of what is shown, left to right or top to bottom, whose level or upright lines are least seen.

    A tally grid laid a column aside, or one axis stretched, finds nearly all lines on one side and few on the other.
    """

    @property
    def seen(self) -> float:
        """Share of the printed lines that is found; the boxes have a third of the say."""
        return (2 * self.score + self.box_score) / 3


def cut_pieces(page: FormPage, settings: LineSettings) -> Pieces:
    """Cuts the page's lines and box edges into pieces of about ``settings.piece_mm``, in units of the sheet's width."""
    lines = [(line, False) for line in page.lines] + [(line, True) for line in page.box_lines]
    factor = units_per_mm(page, settings)
    lines = [(line.scaled(factor), of_box) for line, of_box in lines]
    centre: list[tuple[float, float]] = []
    half: list[float] = []
    horizontal: list[bool] = []
    box_edge: list[bool] = []
    for line, of_box in lines:
        length = max(abs(line.x2 - line.x1), abs(line.y2 - line.y1))
        count = max(1, round(length / settings.piece_mm))
        for k in range(count):
            t = (k + 0.5) / count
            centre.append((line.x1 + (line.x2 - line.x1) * t, line.y1 + (line.y2 - line.y1) * t))
            half.append(length / count / 2)
            horizontal.append(line.horizontal)
            box_edge.append(of_box)
    pieces = Pieces(np.array(centre), np.array(half), np.array(horizontal), np.array(box_edge), np.array(half))
    grids = [line.scaled(factor) for line in page.grid_lines]
    return replace(pieces, clearance=_clearance(pieces, [line for line, _ in lines] + grids))


def units_per_mm(page: FormPage, settings: LineSettings) -> float:
    """How many of this module's units a millimetre of the page has; 1 on a plano."""
    return settings.sheet_width / page.width


def _start(page: FormPage, pose: Pose, settings: LineSettings) -> tuple[Warp, Points, float]:
    """The pose as a warp, its anchors and its tolerance, in units."""
    factor = units_per_mm(page, settings)
    warp = Warp(pose.homography @ np.diag([1 / factor, 1 / factor, 1.0]), np.zeros((15, 2)), _size(page, factor))
    return warp, pose.anchors_mm * factor, pose.tolerance_mm * factor


def _size(page: FormPage, factor: float) -> tuple[float, float]:
    return page.width * factor, page.height * factor


def _clearance(pieces: Pieces, lines: Sequence[PrintedLine]) -> Floats:
    clearance = np.full(len(pieces.half), 50.0)
    for line in lines:
        along, across = (0, 1) if line.horizontal else (1, 0)
        start, end = (line.x1, line.x2) if line.horizontal else (line.y1, line.y2)
        place = line.y1 if line.horizontal else line.x1
        overlaps = (pieces.horizontal == line.horizontal) & (
            np.minimum(pieces.centre[:, along] + pieces.half, max(start, end))
            - np.maximum(pieces.centre[:, along] - pieces.half, min(start, end))
            > 0.3 * pieces.half
        )
        away = np.abs(pieces.centre[:, across] - place)
        clearance = np.where(overlaps & (away > 0.4), np.minimum(clearance, away), clearance)
    return clearance


def rough_score(grey: Image, page: FormPage, pieces: Pieces, pose: Pose, settings: LineSettings) -> float:
    """How well the lines near a pose's anchors bear it out, 0..1; cheap, for ranking many poses."""
    return _vote_pose(grey, page, pieces, pose, settings.rough_step_mm, settings)[1]


def fit_lines(grey: Image, page: FormPage, pieces: Pieces, pose: Pose, settings: LineSettings) -> LineFit:
    """Fits the page's warp to the lines seen in a picture.

    The fit starts with the lines near the pose's anchors and grows outwards, first as a homography,
    which extrapolates well, and only at the end as a bend.

    Args:
        grey: the photo at a size where a millimetre is about 1 to 2.5 pixels.
        page: the form page that is assumed to be there.
        pieces: its printed lines, from ``cut_pieces``.
        pose: first guess, mm to pixels of ``grey``.
        settings: steps and thresholds.
    """
    warp, _ = _vote_pose(grey, page, pieces, pose, settings.coarse_step_mm, settings)
    _, anchors, _ = _start(page, pose, settings)
    founded = len(anchors) >= settings.founded_points
    rounds = settings.growth[-settings.founded_rounds :] if founded else settings.growth
    best, found = _grow(grey, warp, pieces, anchors, rounds, settings)
    for _ in range(settings.regrowths):
        # Where growth lost its way half down the sheet, the lines it did find are better anchors.
        sure = found & (pieces.clearance > settings.vote_reach_mm)
        if not settings.lost_score < best.score < settings.settled_score or sure.sum() < settings.least_pieces:
            break
        fit, found_now = _grow(grey, best.warp, pieces, pieces.centre[sure], settings.growth, settings)
        if fit.score <= best.score:
            break
        best, found = fit, found_now
    return best


def _grow(
    grey: Image,
    start: Warp,
    pieces: Pieces,
    anchors: Points,
    rounds: Sequence[tuple[float, float]],
    settings: LineSettings,
) -> tuple[LineFit, Bools]:
    """Homography outwards from the anchors, then the bend; also which pieces were found."""
    warp = Warp(start.homography, np.zeros((15, 2)), start.size_mm)
    distance = _distance(pieces, anchors)
    for radius, reach in rounds:
        some = pieces.only((distance < radius) & (pieces.clearance > settings.clear_of * reach))
        if len(some.half) < settings.least_pieces:
            continue
        shift, weight = _measure(grey, warp, some, reach, settings)
        change = _projective_fit(some, shift, weight, warp.size_mm, settings)
        warp = Warp(warp.homography @ change, warp.bend_mm, warp.size_mm)
    bend = np.zeros((15, 2))
    for reach, terms in settings.bend_rounds:
        shift, weight = _measure(grey, warp, pieces, reach, settings)
        for axis, rows in ((1, pieces.horizontal), (0, ~pieces.horizontal)):
            bend[:terms, axis] += _robust_fit(
                pieces.centre[rows], shift[rows], weight[rows], terms, warp.size_mm, settings
            )
        warp = Warp(warp.homography, bend.copy(), warp.size_mm)
    return _judge(grey, warp, pieces, settings)


def judge(grey: Image, warp: Warp, pieces: Pieces, settings: LineSettings) -> LineFit:
    """How well the picture bears out a page's lines under a warp that is already known."""
    return _judge(grey, warp, pieces, settings)[0]


def _distance(pieces: Pieces, anchors: Points) -> Floats:
    """Of each piece from the nearest anchor, mm."""
    delta = pieces.centre[:, None, :] - anchors[None, :, :]
    nearest: Floats = np.hypot(delta[..., 0], delta[..., 1]).min(axis=1)
    return nearest


def _vote_pose(
    grey: Image, page: FormPage, pieces: Pieces, pose: Pose, step: float, settings: LineSettings
) -> tuple[Warp, float]:
    """The pose moved to where most lines agree, and the share of votes it got."""
    warp, anchors, tolerance = _start(page, pose, settings)
    near = ~pieces.box_edge & (_distance(pieces, anchors) < settings.vote_radius_mm)
    pieces = pieces.only(near & (pieces.clearance > 2 * settings.vote_reach_mm))
    if len(pieces.half) < settings.least_pieces:
        return warp, 0.0
    # Two marks say nothing of foreshortening across them, four fix it.
    stretch, shear = settings.vote_slopes[min(len(anchors), len(settings.vote_slopes) + 1) - 2]
    origin = anchors.mean(axis=0)
    away = pieces.centre - origin
    reach = tolerance + float(np.abs(away).max()) * stretch
    offsets = offsets_mm(reach, step)
    ridges, _ = ridge_profiles(grey, warp, pieces, offsets, settings.ridge)
    ridges[np.abs(offsets) > pieces.clearance[:, None] - settings.vote_reach_mm] = 0.0
    # Saturate: one thick black bar must not outvote many thin lines.
    votes = (ridges / (ridges + settings.vote_ridge)).astype(np.float32)
    change, total = np.eye(3), 0.0
    for axis, rows in ((0, ~pieces.horizontal), (1, pieces.horizontal)):
        slopes = (shear, stretch) if axis else (stretch, shear)
        found, agreed = _vote(away[rows], votes[rows], offsets, tolerance, slopes, settings)
        change[axis, :2] += found[1:]
        change[axis, 2] = found[0] - found[1:] @ origin
        total += agreed
    return Warp(warp.homography @ change, warp.bend_mm, warp.size_mm), total / len(pieces.half)


def _measure(grey: Image, warp: Warp, pieces: Pieces, reach: float, settings: LineSettings) -> tuple[Floats, Floats]:
    """Where each piece is seen (mm across it from where the warp says), and its weight."""
    offsets = offsets_mm(reach, settings.fine_step_mm)
    ridges, relative = ridge_profiles(grey, warp, pieces, offsets, settings.ridge)
    ridges[np.abs(offsets) > settings.clear_of * pieces.clearance[:, None]] = 0.0
    # The nearer of two equal ridges is the likelier.
    best = np.argmax(ridges * np.exp(-0.5 * (offsets / (settings.nearness * reach)) ** 2), axis=1)
    strength = ridges[np.arange(len(best)), best]
    surety = (strength / (strength + settings.vote_ridge)) ** 2
    weight = np.where(is_line(ridges, relative, best, settings.ridge), pieces.half * surety, 0.0)
    return top_of_ridge(ridges, best, offsets), weight


def _projective_fit(
    pieces: Pieces, shift: Floats, weight: Floats, size: tuple[float, float], settings: LineSettings
) -> Points:
    """The small homography (mm to mm) that moves the pieces by their shifts, robustly.

    Linearised: dx = a + b x + c y + x (g x + h y), dy = d + e x + f y + y (g x + h y), so lines of
    both directions tell of the perspective g, h.
    """
    scale = np.array(size) / 2
    x, y = (pieces.centre / scale - 1).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    of_dx = np.stack([one, x, y, zero, zero, zero, x * x, x * y], axis=1)
    of_dy = np.stack([zero, zero, zero, one, x, y, x * y, y * y], axis=1)
    unit = np.where(pieces.horizontal, scale[1], scale[0])
    basis = np.where(pieces.horizontal[:, None], of_dy, of_dx) * unit[:, None]
    total = max(float(weight.sum()), 1e-6)
    stiffness = np.diag([1e-9] * 6 + [settings.perspective_stiffness] * 2) * total * float(unit.mean()) ** 2
    stiffness += np.eye(8) * 1e-6 * total
    theta = np.zeros(8)
    spread = 2.5
    for _ in range(5):
        residual = shift - basis @ theta
        w = weight / (1 + (residual / spread) ** 2)
        theta = np.linalg.solve(basis.T @ (basis * w[:, None]) + stiffness, basis.T @ (w * shift))
        spread = max(spread * 0.6, 0.5)
    a, b, c, d, e, f, g, h = theta
    change = np.array([[1 + b, c, a], [e, 1 + f, d], [-g, -h, 1]])
    to_unit = np.array([[1 / scale[0], 0, -1], [0, 1 / scale[1], -1], [0, 0, 1]])
    result: Points = np.linalg.inv(to_unit) @ change @ to_unit
    return result


def _judge(grey: Image, warp: Warp, pieces: Pieces, settings: LineSettings) -> tuple[LineFit, Bools]:
    """How much of the print is where the warp says."""
    reach = settings.found_mm + settings.ridge.ridge_mm
    offsets = offsets_mm(reach, settings.fine_step_mm)
    ridges, relative = ridge_profiles(grey, warp, pieces, offsets, settings.ridge)
    best = np.argmax(ridges, axis=1)
    shift = top_of_ridge(ridges, best, offsets)
    found = is_line(ridges, relative, best, settings.ridge) & (np.abs(shift) <= settings.found_mm)
    inside = shown(grey, warp, pieces.centre)
    found &= inside
    length = np.where(inside, pieces.half, 0.0)
    boxes = pieces.box_edge
    residual = float(np.median(np.abs(shift[found]))) if found.any() else float("inf")
    fit = LineFit(
        warp=warp,
        score=float((length * found).sum() / max(length.sum(), 1e-9)),
        box_score=float((length * found)[boxes].sum() / max(length[boxes].sum(), 1e-9)),
        residual_mm=residual,
        length_mm=float(2 * length.sum()),
        shown=float(length.sum() / pieces.half.sum()),
        weakest=_weakest(pieces, length, found, settings),
    )
    return fit, found


def _weakest(pieces: Pieces, length: Floats, found: Bools, settings: LineSettings) -> float:
    if not length.any():
        return 0.0
    within = pieces.centre[length > 0]
    low, high = within.min(axis=0), within.max(axis=0)
    third = np.clip(((pieces.centre - low) / np.maximum(high - low, 1.0) * 3).astype(int), 0, 2)
    scores = [1.0]
    for axis, part, level in itertools.product((0, 1), range(3), (False, True)):
        rows = (third[:, axis] == part) & (pieces.horizontal == level)
        if length[rows].sum() > settings.least_third_mm / 2:
            scores.append(float((length * found)[rows].sum() / length[rows].sum()))
    return min(scores)


def _vote(
    away: Points,
    votes: npt.NDArray[np.float32],
    offsets: Floats,
    tolerance: float,
    slopes: tuple[float, float],
    settings: LineSettings,
) -> tuple[Floats, float]:
    """The shift (mm), x slope and y slope (mm per mm) on which most ridges agree, and their votes.

    First on a coarse grid of slopes with widened ridges, then finely around the winner.
    """
    found = np.zeros(3)
    agreed = 0.0
    step = float(offsets[1] - offsets[0])
    ranges = (tolerance, *slopes)
    for width, slope_step in settings.vote_rounds:
        widened = cv2.dilate(votes, np.ones((1, 2 * round(width / step) + 1), np.uint8))
        shifts, x_slopes, y_slopes = (
            middle + offsets_mm(reach, grid)
            for middle, reach, grid in zip(found, ranges, (max(step, width), slope_step, slope_step), strict=True)
        )
        tilt = (x_slopes[:, None, None] * away[:, 0] + y_slopes[None, :, None] * away[:, 1]).reshape(-1, len(away))
        # Pad with silence, so that what would lie outside the profile votes for nothing.
        half = len(offsets) // 2
        first = np.rint(tilt / step).astype(np.intp)
        starts = np.rint(shifts / step).astype(np.intp)
        margin = int(max(np.abs(first).max() + np.abs(starts).max() - half, 0)) + 1
        padded = np.pad(widened, ((0, 0), (margin, margin)))
        first += half + margin + np.arange(len(away)) * padded.shape[1]
        flat = padded.ravel()
        total = np.stack([flat[first + k].sum(axis=1) for k in starts])  # (shifts, slopes)
        # Among equals prefer the least correction.
        effort = np.abs(x_slopes)[:, None] / max(slopes[0], 1e-6) + np.abs(y_slopes) / max(slopes[1], 1e-6)
        total -= settings.vote_prior * len(away) * (np.abs(shifts / tolerance)[:, None] + effort.ravel())
        a, bc = np.unravel_index(int(np.argmax(total)), total.shape)
        b, c = np.unravel_index(bc, (len(x_slopes), len(y_slopes)))
        found = np.array([shifts[a], x_slopes[b], y_slopes[c]])
        agreed = float(total[a, bc])
        ranges = (1.5 * max(width, step), slope_step, slope_step)
    return found, agreed


def _robust_fit(
    centre: Points, shift: Floats, weight: Floats, terms: int, size: tuple[float, float], settings: LineSettings
) -> Floats:
    """Least squares with Cauchy weights and a little ridge, so that empty regions stay flat."""
    basis = Warp.basis(centre, size)[:, :terms]
    stiffness = np.diag([1e-6] + [settings.stiffness] * (terms - 1)) * max(float(weight.sum()), 1e-6)
    coefficients: Floats = np.zeros(terms)
    scale = 1.5
    for _ in range(6):
        residual = shift - basis @ coefficients
        w = weight / (1 + (residual / scale) ** 2)
        normal = basis.T @ (basis * w[:, None]) + stiffness
        coefficients = np.linalg.solve(normal, basis.T @ (w * shift)).astype(np.float64)
        scale = max(scale * 0.6, 0.3)
    return coefficients
