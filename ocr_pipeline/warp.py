"""Where the millimetres of a form lie in a picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
"""Grey picture, shape (height, width)."""
Points = npt.NDArray[np.float64]
"""Points, shape (n, 2), columns x and y."""

_MONOMIALS = tuple((degree - j, j) for degree in range(5) for j in range(degree + 1))
"""Exponents of x and y in order of degree: 1, x, y, x2, xy, y2, ... up to degree four."""


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """A smooth map from form millimetres to pixels: a homography after a bend.

    The bend is a polynomial in the normalised page coordinates that takes up what one
    homography cannot: a curled or folded sheet (up to 5 mm on photos of 2020 and 2024).
    """

    homography: Points
    """(3, 3): bent millimetres to pixels."""
    bend_mm: Points
    """(15, 2): what is added to a point's x and y, as coefficients of ``basis``."""
    size_mm: tuple[float, float]

    @staticmethod
    def basis(points_mm: Points, size_mm: tuple[float, float]) -> npt.NDArray[np.float64]:
        """(n, 15) monomials up to degree four of the points, scaled to -1..1 on the sheet."""
        x, y = (points_mm / np.array(size_mm) * 2 - 1).T
        one = np.ones_like(x)
        xs, ys = [one, x, x * x], [one, y, y * y]
        for powers, by in ((xs, x), (ys, y)):
            powers += [powers[2] * by, powers[2] * powers[2]]
        return np.stack([xs[i] * ys[j] for i, j in _MONOMIALS], axis=1)

    def to_px(self, points_mm: Points) -> Points:
        """Pixels of points on the form, (n, 2) to (n, 2)."""
        bent = points_mm
        if self.bend_mm.any():
            bent = points_mm + self.basis(points_mm, self.size_mm) @ self.bend_mm
        mapped = bent @ self.homography[:, :2].T + self.homography[:, 2]
        result: Points = mapped[:, :2] / mapped[:, 2:]
        return result

    def then(self, homography: Points) -> Warp:
        """The same warp followed by a homography of the pixels."""
        return Warp(homography @ self.homography, self.bend_mm, self.size_mm)

    def in_units(self, units_per_mm: float) -> Warp:
        """The warp of a page measured in other units, for its millimetres."""
        to_units = np.diag([units_per_mm, units_per_mm, 1.0])
        width, height = self.size_mm
        return Warp(
            self.homography @ to_units, self.bend_mm / units_per_mm, (width / units_per_mm, height / units_per_mm)
        )
