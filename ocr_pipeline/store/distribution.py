"""A distribution over the values of one number, packed into a few hundred bytes.

A field of three boxes has 1,001 log-probabilities, of which some dozen matter. Those at or above the
floor are kept one by one in 65,535 steps between floor and 0; the others come back as their common
mean, so that no mass is lost. Little-endian:

    float32 floor | float32 rest (log of the mean of those not kept) | uint32 n | (uint16 index, uint16 step) ...
"""

from __future__ import annotations

import struct

import numpy as np
import numpy.typing as npt

_HEAD = struct.Struct("<ffI")
_KEPT = np.dtype([("index", "<u2"), ("step", "<u2")])
_STEPS = 65535
_MASS_SLACK = 1e-3
"""How far the probabilities may be from adding up to one; further off is a bug of the witness."""


def pack(log_probabilities: npt.NDArray[np.float64], floor: float) -> bytes:
    """Packs a vector of log-probabilities.

    Args:
        log_probabilities: (n,), 2 <= n <= 65536; their probabilities add up to one.
        floor: log-probability below which single values are not kept; negative.

    Returns:
        12 bytes and 4 more for each value at or above the floor.

    Raises:
        ValueError: the vector is no distribution: not a number in it, or a mass other than one.
    """
    count = len(log_probabilities)
    if log_probabilities.ndim != 1 or not 2 <= count <= _STEPS + 1:
        raise ValueError(f"a distribution has one axis of 2 to {_STEPS + 1} values, not {log_probabilities.shape}")
    probabilities = np.exp(log_probabilities)
    mass = float(probabilities.sum())
    if not abs(mass - 1) <= _MASS_SLACK:  # also catches NaN
        raise ValueError(f"the probabilities of a distribution add up to {mass:.4f}, not 1")
    index = np.flatnonzero(log_probabilities >= floor)
    kept = np.empty(len(index), _KEPT)
    kept["index"] = index
    kept["step"] = np.rint((1 - np.minimum(log_probabilities[index], 0) / floor) * _STEPS)
    dropped = np.delete(probabilities, index)
    rest = float(np.log(dropped.mean())) if dropped.any() else -np.inf
    return _HEAD.pack(floor, rest, count) + kept.tobytes()


def unpack(packed: bytes) -> npt.NDArray[np.float64]:
    """The log-probabilities of ``pack``: (n,), within 1e-3 where they were kept.

    Raises:
        ValueError: the bytes were not made by ``pack``.
    """
    if len(packed) < _HEAD.size:
        raise ValueError(f"a packed distribution has at least {_HEAD.size} bytes, not {len(packed)}")
    floor, rest, count = _HEAD.unpack_from(packed)
    kept = np.frombuffer(packed, _KEPT, offset=_HEAD.size)
    log_probabilities = np.full(count, rest)
    log_probabilities[kept["index"]] = floor * (1 - kept["step"] / _STEPS)
    return log_probabilities
