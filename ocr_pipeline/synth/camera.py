"""Takes the photo of a drawn sheet: viewpoint, curl, light and shadow, blur, noise, as a ``Shot`` says."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.synth.background import draw_background
from ocr_pipeline.synth.shot import Shot
from ocr_pipeline.warp import Image, Points

Floats = npt.NDArray[np.float32]
COARSE = 16
"""The map from photo to sheet is exact on a grid of this pitch in pixels and linear between."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Where the sheet lies in the photo: a homography after a smooth bend."""

    homography: Points
    """(3, 3): bent millimetres to photo pixels."""
    bend_mm: Points
    """(6, 2): coefficients of the terms of ``_terms``."""
    size_mm: tuple[float, float]
    width_px: int
    height_px: int

    def project(self, points_mm: Points) -> Points:
        """Photo pixels of points on the sheet, (n, 2) to (n, 2); pixel centres are whole numbers."""
        bent = points_mm + _terms(points_mm, self.size_mm) @ self.bend_mm
        mapped = np.column_stack([bent, np.ones(len(bent))]) @ self.homography.T
        return np.asarray(mapped[:, :2] / mapped[:, 2:], dtype=np.float64)

    def of_smaller(self, factor: float) -> View:
        """The view of a sheet that was enlarged by ``factor``, in the millimetres it had before."""
        width, height = self.size_mm
        return replace(
            self,
            homography=self.homography @ np.diag([factor, factor, 1.0]),
            bend_mm=self.bend_mm / factor,
            size_mm=(width / factor, height / factor),
        )

    @property
    def px_per_mm(self) -> float:
        """Scale of the photo, along the nearer side of the sheet."""
        (w, h), edge = self.size_mm, 0.08
        x = np.array(
            [[edge * w, edge * h], [w - edge * w, edge * h], [edge * w, h - edge * h], [w - edge * w, h - edge * h]]
        )
        q = self.project(x)
        sides = (np.hypot(*(q[1] - q[0])), np.hypot(*(q[3] - q[2])))
        return float(max(sides) / (w * (1 - 2 * edge)))


def frame(shot: Shot, size_mm: tuple[float, float], long_side_px: int) -> View:
    """Where a sheet of this size lies in a photo taken like that.

    Args:
        shot: from ``invent_shot``.
        size_mm: width and height of the sheet.
        long_side_px: of the photo, before it is cut.
    """
    width, height = size_mm
    rotation = _rotation(*np.radians([shot.pitch_deg, shot.yaw_deg, shot.roll_deg]))
    distance = 1.35 * height
    camera = np.column_stack([rotation[:, 0], rotation[:, 1], [0.0, 0.0, distance]])
    centred = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    photo_w, photo_h = round(long_side_px * shot.aspect), long_side_px
    loose = View(camera @ centred, shot.bend_mm, size_mm, photo_w, photo_h)
    border = np.array([[x, y] for x in np.linspace(0, width, 9) for y in (0, height)])
    border = np.vstack([border, [[x, y] for y in np.linspace(0, height, 9) for x in (0, width)]])
    seen = loose.project(border)
    low, high = seen.min(axis=0), seen.max(axis=0)
    photo = np.array([photo_w, photo_h])
    scale = float(np.min(photo * (1 - 2 * shot.margin_share) / (high - low)))
    slack = np.maximum(0.0, photo - scale * (high - low)) / 2
    shift = photo / 2 - scale * (low + high) / 2 + np.array(shot.offset) * slack
    fit = np.array([[scale, 0, shift[0]], [0, scale, shift[1]], [0, 0, 1]])
    homography = fit @ loose.homography
    if any(shot.cut_share):
        # Shares are of the sheet and not of the photo, so that background around it does not soften the fault.
        sheet = (scale * low + shift, scale * high + shift)
        x1, y1, x2, y2 = _kept(shot.cut_share, sheet, (photo_w, photo_h))
        homography = np.array([[1, 0, -x1], [0, 1, -y1], [0, 0, 1]]) @ homography
        photo_w, photo_h = x2 - x1, y2 - y1
    for _ in range(shot.quarter_turns):
        homography = np.array([[0, -1, photo_h - 1], [1, 0, 0], [0, 0, 1]]) @ homography
        photo_w, photo_h = photo_h, photo_w
    return View(homography / homography[2, 2], shot.bend_mm, size_mm, photo_w, photo_h)


def take_photo(
    printed: Image,
    ink: Image,
    colour: tuple[int, int, int],
    view: View,
    px_per_mm: float,
    shot: Shot,
    rng: np.random.Generator,
) -> Image:
    """The photo of a filled sheet.

    Args:
        printed: grey sheet at ``px_per_mm``.
        ink: how much of it the ink hides, 0..255, same shape.
        colour: of the ink, blue, green, red.
        view: where the sheet lies in the photo.
        px_per_mm: scale of ``printed``.
        shot: light, lens and sensor.
        rng: where chance comes from.

    Returns:
        Colour picture, shape (height, width, 3), blue, green, red.
    """
    sheet = np.dstack([_crease(printed, shot, rng), ink, np.full_like(ink, 255)])
    map_x, map_y = _sheet_map(view, px_per_mm)
    warped = cv2.remap(sheet, map_x, map_y, cv2.INTER_LINEAR, borderValue=(255, 0, 0))
    shares: Floats = np.asarray(warped, dtype=np.float32) / np.float32(255)
    paper = rng.uniform(228, 250) * np.array([rng.uniform(0.93, 1.02), rng.uniform(0.97, 1.01), 1.0], np.float32)
    back: Floats = draw_background(rng, view.height_px, view.width_px).astype(np.float32)
    photo: Floats = shares[:, :, 0:1] * paper.astype(np.float32)
    photo += shares[:, :, 1:2] * (np.array(colour, np.float32) - photo)
    photo = back + shares[:, :, 2:3] * (photo - back)
    _tape(photo, view, shot, rng)
    photo *= _light(rng, view, shot)[:, :, None]
    gain, lift = rng.uniform(*shot.exposure), rng.uniform(0, shot.haze)
    warm, green = rng.uniform(-1, 1, 2) * shot.cast
    cast = np.array([1 - warm, 1 + 0.3 * green, 1 + 0.6 * warm])
    photo = photo * np.asarray(gain * cast * (1 - lift / 255), dtype=np.float32) + np.float32(lift)
    return _sensor(photo, shot, rng)


def encode(photo: Image, quality: int) -> bytes:
    """The photo as JPEG."""
    return cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def _terms(points: Points, size_mm: tuple[float, float]) -> Points:
    """The bend's terms at each point, (n, 6): smooth over the page, about 1 at its edges."""
    u, v = (2 * points / np.array(size_mm) - 1).T
    return np.column_stack([u * u, v * v, u * v, v**3 - v, u**3 - u, np.sin(2.2 * v) * u])


def _kept(cut: tuple[float, ...], sheet: tuple[Points, Points], size_px: tuple[int, int]) -> tuple[int, int, int, int]:
    """What is left of a photo (left, top, right, bottom, px) once shares of the sheet are cut from its sides."""
    low, high = sheet
    extent = high - low
    first = [max(0, int(low[i] + cut[i] * extent[i])) if cut[i] else 0 for i in (0, 1)]
    last = [min(size_px[i], int(high[i] - cut[i + 2] * extent[i])) if cut[i + 2] else size_px[i] for i in (0, 1)]
    return first[0], first[1], last[0], last[1]


def _rotation(pitch: float, yaw: float, roll: float) -> Points:
    (cp, sp), (cy, sy), (cr, sr) = ((np.cos(a), np.sin(a)) for a in (pitch, yaw, roll))
    around_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    around_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    around_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(around_z @ around_x @ around_y, dtype=np.float64)


def _sheet_map(view: View, px_per_mm: float) -> tuple[Floats, Floats]:
    """For every photo pixel, the pixel of the drawn sheet it shows."""
    columns, rows = -(-view.width_px // COARSE) + 2, -(-view.height_px // COARSE) + 2
    xs = (np.arange(columns) - 0.5) * COARSE - 0.5
    ys = (np.arange(rows) - 0.5) * COARSE - 0.5
    x, y = np.meshgrid(xs, ys)
    homogeneous = np.column_stack([x.ravel(), y.ravel(), np.ones(x.size)]) @ np.linalg.inv(view.homography).T
    bent = homogeneous[:, :2] / homogeneous[:, 2:]
    flat = bent
    for _ in range(4):  # the bend is small and smooth: the fixed point is reached in a few steps
        flat = bent - _terms(flat, view.size_mm) @ view.bend_mm
    sheet = (flat * px_per_mm - 0.5).astype(np.float32).reshape(rows, columns, 2)
    full = cv2.resize(sheet, (columns * COARSE, rows * COARSE), interpolation=cv2.INTER_LINEAR)
    inner = full[COARSE : COARSE + view.height_px, COARSE : COARSE + view.width_px]
    return np.ascontiguousarray(inner[:, :, 0]), np.ascontiguousarray(inner[:, :, 1])


def _crease(printed: Image, shot: Shot, rng: np.random.Generator) -> Image:
    """Folds: the paper is brighter on one side and darker on the other."""
    height, width = printed.shape
    down, across = np.ones(height, np.float32), np.ones(width, np.float32)
    for shade in (down, across):
        for _ in range(int(rng.integers(0, shot.most_folds + 1))):
            at = shade.size * float(rng.choice([0.25, 0.333, 0.5, 0.667, 0.75])) + rng.normal(0, 10)
            distance = (np.arange(shade.size) - at) / (0.03 * shade.size)
            depth = shot.crease * float(rng.uniform(0.4, 1))
            shade += np.float32(depth) * (np.sign(distance) * np.exp(-np.abs(distance))).astype(np.float32)
    shaded = printed * np.minimum(1.0, down)[:, None] * np.minimum(1.0, across)[None, :]
    return np.asarray(shaded, dtype=np.uint8)


def _tape(photo: Floats, view: View, shot: Shot, rng: np.random.Generator) -> None:
    """Dark tape over the corners of the sheet, away from the corner marks unless the case is a hard one."""
    if rng.random() > shot.taped_share:
        return
    width, height = view.size_mm
    reach = shot.tape_reach_mm
    shade = tuple(float(v) for v in rng.uniform(15, 45, 3))
    for cx, cy, sx, sy in ((0, 0, 1, 1), (width, 0, -1, 1), (0, height, 1, -1), (width, height, -1, -1)):
        middle = np.array([cx + sx * rng.uniform(-10, reach - 22), cy + sy * rng.uniform(-10, reach - 22)])
        angle, along, across = rng.uniform(0, np.pi), rng.uniform(22, 38), rng.uniform(10, 16)
        direction = np.array([np.cos(angle), np.sin(angle)])
        normal = np.array([-direction[1], direction[0]])
        ends = [middle + a * along * direction + b * across * normal for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        cv2.fillPoly(photo, [np.round(view.project(np.array(ends))).astype(np.int32)], shade, cv2.LINE_AA)


def _light(rng: np.random.Generator, view: View, shot: Shot) -> Floats:
    """Uneven light and a soft shadow, about 1, one value a pixel."""
    rows, columns = view.height_px // 8 + 1, view.width_px // 8 + 1
    cloud = rng.normal(0, shot.uneven, (4, 3))
    light = 1 + cv2.resize(cloud, (columns, rows), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    if rng.random() < shot.shadow_share:
        shape = np.zeros((rows, columns), np.float32)
        corner = np.array([rng.choice([0, columns]), rng.choice([0, rows])])
        reach = rng.uniform(0.25, 0.75, (2,)) * (columns, rows)
        inward = np.where(corner > 0, -1, 1)
        points = [
            corner,
            corner + inward * (reach[0], 0),
            corner + inward * reach * 0.7,
            corner + inward * (0, reach[1]),
        ]
        cv2.fillPoly(shape, [np.array(points).astype(np.int32)], 1.0)
        soft = cv2.GaussianBlur(shape, (0, 0), float(rng.uniform(2, 10)))
        light *= 1 - soft * float(rng.uniform(0.15, shot.shadow_depth))
    light = np.clip(light, 0.3, 1.1)
    return _enlarged(light, view.height_px, view.width_px)


def _sensor(photo: Floats, shot: Shot, rng: np.random.Generator) -> Image:
    """Blur of focus and of a moving hand, the screen or print it is taken of, sharpening, noise, and a second hand."""
    focus = float(rng.uniform(*shot.blur_px))
    photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), max(0.3, focus)), dtype=np.float32)
    moved = float(rng.uniform(0, shot.motion_px))
    if moved > 1.5:
        angle, size = rng.uniform(0, np.pi), 2 * int(moved / 2 + 1) + 1
        kernel = np.zeros((size, size), np.float32)
        middle, half = size // 2, moved / 2
        dx, dy = half * np.cos(angle), half * np.sin(angle)
        ends = [(round((middle + s * dx) * 16), round((middle + s * dy) * 16)) for s in (-1, 1)]
        cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, shift=4)
        photo = np.asarray(cv2.filter2D(photo, -1, kernel / kernel.sum()), dtype=np.float32)
    height, width = photo.shape[:2]
    if rng.random() < shot.moire_share:
        photo *= _moire(rng, height, width, shot.moire_depth)[:, :, None]
    edges = float(rng.uniform(0, shot.sharpen))
    if edges > 0:
        photo = photo + np.float32(edges) * (photo - cv2.GaussianBlur(photo, (0, 0), 1.3))
    grain = rng.standard_normal((height, width, 1), dtype=np.float32) * np.float32(shot.noise)
    tint = rng.normal(0, shot.noise * 0.35, (height // 4 + 1, width // 4 + 1, 3)).astype(np.float32)
    photo = photo + grain + _enlarged(tint, height, width)
    taken = np.clip(photo, 0, 255).astype(np.uint8)
    return _resent(taken, rng) if rng.random() < shot.resent_share else taken


def _moire(rng: np.random.Generator, height: int, width: int, depth: float) -> Floats:
    """The grid of a screen or a print, about 1, one value a pixel."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    angle, period = rng.uniform(-0.6, 0.6), rng.uniform(2.2, 4.2)
    grid = np.ones((height, width), np.float32)
    for turn in (angle, angle + np.pi / 2):
        way = np.float32(2 * np.pi / period * np.cos(turn)) * x + np.float32(2 * np.pi / period * np.sin(turn)) * y
        grid *= 1 + np.float32(depth * rng.uniform(0.3, 1)) * np.sin(way)
    return grid


def _resent(taken: Image, rng: np.random.Generator) -> Image:
    """As a chat program leaves a photo that was larger: compressed, made smaller, to be compressed once more."""
    height, width = taken.shape[:2]
    factor = float(rng.uniform(1.2, 2.0))
    size = (round(width * factor), round(height * factor))
    large = np.asarray(cv2.resize(taken, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    sent = cv2.imdecode(np.frombuffer(encode(large, int(rng.integers(60, 92))), np.uint8), cv2.IMREAD_COLOR)
    assert sent is not None
    return np.asarray(cv2.resize(sent, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _enlarged(coarse: Floats, height: int, width: int) -> Floats:
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
