"""Pools of training pictures, made in two processes from fixed seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from boxes import CROP, photograph, rewritten, synthetic, wipe
from crops import Grey, RealCrops
from handwriting import Handwriting, Rng, load_handwriting

from ocr_pipeline.records import BOX_CLASSES

PROCESSES = 2
CHUNK = 2000
SHARES = {**dict.fromkeys("0123456789", 0.058), "X": 0.13, "-": 0.09, "_": 0.20}
"""How often each class is drawn: plenty of boxes without a digit, since a digit read there is the worst error."""
NO_FOLD = -1


@dataclass(frozen=True)
class Pool:
    """Pictures to train on."""

    images: Grey
    """(n, 48, 48)."""
    labels: npt.NDArray[np.int64]
    folds: npt.NDArray[np.int64]
    """The fold of the real crop a picture comes from; -1 for drawn ones."""

    def without(self, fold: int | None) -> Pool:
        """The pool less everything that comes from one fold."""
        keep = np.ones(len(self.labels), bool) if fold is None else self.folds != fold
        return Pool(self.images[keep], self.labels[keep], self.folds[keep])


_hand: Handwriting
_real: RealCrops
_order: npt.NDArray[np.int64]
_wiped: Grey

Maker = Callable[[int, Rng], tuple[Grey, int, int]]


def _start(shared: Path, real: RealCrops | None, wiped: Grey | None) -> None:
    """Give a worker process what it draws from."""
    global _hand, _real, _order, _wiped
    cv2.setNumThreads(1)
    _hand = load_handwriting(shared)
    if real is not None and wiped is not None:
        _real, _order, _wiped = real, view_order(real), wiped


def view_order(real: RealCrops) -> npt.NDArray[np.int64]:
    """Every crop once, and those cut by measured corners or by the pipeline (2020) two times more.

    They are fewer than those of 2024 and lie in the crop just as the pipeline's will.
    """
    near = np.flatnonzero(np.isin(real.sources, ("2020", "pipeline")))
    return np.concatenate([np.arange(len(real)), near, near])


def _some_class(rng: Rng) -> str:
    return str(rng.choice(list(SHARES), p=np.array(list(SHARES.values())) / sum(SHARES.values())))


def _drawn(index: int, rng: Rng) -> tuple[Grey, int, int]:
    label = _some_class(rng)
    return photograph(synthetic(label, _hand, rng), rng), BOX_CLASSES.index(label), NO_FOLD


def _augmented(index: int, rng: Rng) -> tuple[Grey, int, int]:
    which = int(_order[index % len(_order)])
    picture = _real.images[which].astype(np.float32)
    return photograph(picture, rng, harm=0.35), int(_real.labels[which]), int(_real.folds[which])


def _rewritten(index: int, rng: Rng) -> tuple[Grey, int, int]:
    which = int(rng.integers(len(_real)))
    label = _some_class(rng)
    picture = rewritten(_wiped[which], label, _hand, rng)
    return photograph(picture, rng, harm=0.35), BOX_CLASSES.index(label), int(_real.folds[which])


def _chunk(maker: Maker, seed: int, first: int, count: int) -> Pool:
    rng = np.random.default_rng((seed, first))
    images = np.empty((count, CROP, CROP), np.uint8)
    labels, folds = np.empty(count, np.int64), np.empty(count, np.int64)
    for at in range(count):
        images[at], labels[at], folds[at] = maker(first + at, rng)
    return Pool(images, labels, folds)


def _make(executor: ProcessPoolExecutor, maker: Maker, seed: int, count: int) -> Pool:
    starts = range(0, count, CHUNK)
    sizes = [min(CHUNK, count - start) for start in starts]
    return joined(list(executor.map(_chunk, [maker] * len(sizes), [seed] * len(sizes), starts, sizes)))


def joined(pools: Sequence[Pool]) -> Pool:
    """Several pools as one."""
    return Pool(
        np.concatenate([pool.images for pool in pools]),
        np.concatenate([pool.labels for pool in pools]),
        np.concatenate([pool.folds for pool in pools]),
    )


def drawn_pool(shared: Path, count: int, seed: int) -> Pool:
    """``count`` wholly drawn boxes; no real C1 crop is in them."""
    with ProcessPoolExecutor(PROCESSES, initializer=_start, initargs=(shared, None, None)) as executor:
        return _make(executor, _drawn, seed, count)


def wiped_crops(real: RealCrops) -> Grey:
    """Every real crop without its writing."""
    return np.stack([wipe(image) for image in real.images])


def real_pools(shared: Path, real: RealCrops, per_crop: int, rewritings: int, seed: int) -> tuple[Pool, Pool]:
    """Each real crop ``per_crop`` times with jitter, and ``rewritings`` wiped crops written anew."""
    with ProcessPoolExecutor(PROCESSES, initializer=_start, initargs=(shared, real, wiped_crops(real))) as executor:
        return (
            _make(executor, _augmented, seed, per_crop * len(view_order(real))),
            _make(executor, _rewritten, seed + 1, rewritings),
        )
