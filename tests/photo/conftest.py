"""Photos drawn by the program, with the exact map from the form's millimetres to their pixels."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pytest

from ocr_pipeline.forms import Catalogue, FormPage, load_catalogue
from ocr_pipeline.records import Photo
from ocr_pipeline.synth.generate import SyntheticPhoto, generate
from ocr_pipeline.synth.paper import draw_page
from ocr_pipeline.warp import Image, Points, Warp

ASIDE = 90
"""Grey of what comes into a photo that is turned."""


@dataclass(frozen=True, eq=False)
class Shot:
    """A photo whose truth is known."""

    page: FormPage
    grey: Image
    to_px: Callable[[Points], Points]
    """Millimetres on the form to pixels of ``grey``, exactly."""
    px_per_mm: float
    label: Mapping[str, Any]

    @property
    def photo(self) -> Photo:
        height, width = self.grey.shape
        return Photo("drawn.jpg", "0" * 64, self.grey, 1.0, width, height)

    def errors_mm(self, warp: Warp) -> Points:
        """How far a warp is off, at points all over the page."""
        points = spread(self.page)
        return np.hypot(*(warp.to_px(points) - self.to_px(points)).T) / self.px_per_mm

    def box_errors_mm(self, warp: Warp) -> Points:
        """The same at the corners of the digit boxes."""
        points = np.array([corner for field in self.page.fields for box in field.boxes for corner in box.corners])
        return np.hypot(*(warp.to_px(points) - self.to_px(points)).T) / self.px_per_mm


def spread(page: FormPage) -> Points:
    """81 points over the part of a page on which something is printed."""
    xs, ys = np.linspace(0.1, 0.9, 9) * page.width, np.linspace(0.12, 0.95, 9) * page.height
    return np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)


def apply(homography: Points, points: Points) -> Points:
    mapped = np.c_[points, np.ones(len(points))] @ np.asarray(homography).T
    return mapped[:, :2] / mapped[:, 2:]


def turn_picture(picture: Image, degrees: float) -> tuple[Image, Points]:
    """The picture turned clockwise in a frame that holds all of it, and the (3, 3) map of its pixels."""
    height, width = picture.shape[:2]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    new_width = math.ceil(abs(width * cos) + abs(height * sin) - 1e-6)
    new_height = math.ceil(abs(width * sin) + abs(height * cos) - 1e-6)
    turn = np.array([[cos, -sin], [sin, cos]])
    shift = np.array([new_width - 1, new_height - 1]) / 2 - turn @ np.array([width - 1, height - 1]) / 2
    turned = cv2.warpAffine(picture, np.c_[turn, shift], (new_width, new_height), borderValue=ASIDE)
    return turned, np.vstack([np.c_[turn, shift], [0.0, 0.0, 1.0]])


@functools.lru_cache(maxsize=6)
def _generated(form_id: str, page: int, pairs: int | None, seed: int, severity: int) -> SyntheticPhoto:
    return generate(form_id, page, pairs, seed, severity)


def shoot(page: FormPage, *, seed: int = 1, severity: int = 1, turn: float = 0.0) -> Shot:
    """A filled sheet as a phone sees it, then turned by any angle."""
    made = _generated(page.form_id, page.page, page.pairs, seed, severity)
    grey = cv2.cvtColor(made.image, cv2.COLOR_BGR2GRAY)
    moved = np.eye(3)
    if turn:
        grey, moved = turn_picture(grey, turn)
    return Shot(page, grey, lambda mm: apply(moved, made.view.project(mm)), made.view.px_per_mm, made.label)


@functools.lru_cache(maxsize=4)
def _blank(page: FormPage, px_per_mm: float) -> Image:
    return draw_page(page, px_per_mm)


def lay_flat(page: FormPage, px_per_mm: float = 1.6) -> Shot:
    """The blank sheet itself, seen straight from above."""
    return Shot(page, _blank(page, px_per_mm).copy(), lambda mm: mm * px_per_mm - 0.5, px_per_mm, {})


@pytest.fixture(name="catalogue", scope="session")
def _catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(name="shoot")
def _shoot() -> Callable[..., Shot]:
    return shoot


@pytest.fixture(name="lay_flat")
def _lay_flat() -> Callable[..., Shot]:
    return lay_flat


@pytest.fixture(name="turn_picture")
def _turn_picture() -> Callable[[Image, float], tuple[Image, Points]]:
    return turn_picture


@pytest.fixture(name="apply")
def _apply() -> Callable[[Points, Points], Points]:
    return apply
