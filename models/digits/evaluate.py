"""Measure the digit reader again: ``python models/digits/evaluate.py --shared ../shared``.

Real boxes are read by the fold model that never saw their sheet or block; public sets by the
shipped model, which never saw them. Prints the figures; ``--write`` puts them into ``card.json``.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from boxes import CROP, photograph
from crops import Grey, RealCrops, load_real_crops
from folds import FOLDS
from pools import wiped_crops
from testsets import public_sets

from ocr_pipeline.photo.read.digits import load_digit_reader
from ocr_pipeline.records import BOX_CLASSES

HERE = Path(__file__).resolve().parent
DIGITS = 10
"""The first ten classes are digits."""
BINS = (0.0, 0.5, 0.7, 0.9, 0.97, 0.99, 0.997, 0.999, 1.0)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def rate(hits: int, n: int) -> dict[str, Any]:
    """Hits of n with the Wilson 95 % interval."""
    if n == 0:
        return {"n": 0, "hits": 0}
    z, share = 1.96, hits / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return {
        "n": n,
        "hits": hits,
        "rate": round(share, 5),
        "wilson95": [round(max(centre - half, 0.0), 5), round(min(centre + half, 1.0), 5)],
    }


def fit_temperature(logits: Floats, labels: Ints) -> float:
    """The temperature under which the labels are most probable (a fine search; the curve has one minimum)."""

    def cost(temperature: float) -> float:
        scaled = logits / temperature
        top = scaled.max(axis=1, keepdims=True)
        norm = top[:, 0] + np.log(np.exp(scaled - top).sum(axis=1))
        return float(np.mean(norm - scaled[np.arange(len(labels)), labels]))

    return round(float(min(np.geomspace(0.2, 5.0, 600), key=cost)), 4)


def plain_view(images: Grey) -> Grey:
    """Crops of (n, 96, 96) as the reader gets them: (n, 48, 48), nothing else changed."""
    return np.stack([cv2.resize(image, (CROP, CROP), interpolation=cv2.INTER_AREA) for image in images])


def read_held_out(views: Grey, folds: Ints) -> Floats:
    """(n, 13) log-probabilities of each view by the model of its fold."""
    result = np.zeros((len(views), len(BOX_CLASSES)))
    for fold in range(FOLDS):
        mine = folds == fold
        reader = load_digit_reader(HERE / "folds" / f"fold{fold}.onnx")
        result[mine] = reader.log_probabilities(list(views[mine]))
    return result


def _right(read: Ints, labels: Ints, where: npt.NDArray[np.bool_]) -> dict[str, Any]:
    return rate(int((read == labels)[where].sum()), int(where.sum()))


def _reliability(log_p: Floats, labels: Ints) -> list[dict[str, Any]]:
    confidence, read = np.exp(log_p.max(axis=1)), log_p.argmax(axis=1)
    table = []
    for low, high in itertools.pairwise(BINS):
        mine = (confidence >= low) & ((confidence < high) | (high == 1.0))
        if mine.any():
            table.append(
                {
                    "confidence": [low, high],
                    "mean_confidence": round(float(confidence[mine].mean()), 5),
                    **_right(read, labels, mine),
                }
            )
    return table


def _figures_of(log_p: Floats, real: RealCrops) -> dict[str, Any]:
    """Everything said of one reading of the real crops."""
    read, labels = log_p.argmax(axis=1), real.labels
    filler = labels >= DIGITS
    figures: dict[str, Any] = {}
    for source in sorted(set(real.sources.tolist())):
        mine = real.sources == source
        wrong = Counter(
            f"{BOX_CLASSES[a]} read as {BOX_CLASSES[b]}"
            for a, b in zip(labels[mine], read[mine], strict=True)
            if a != b
        )
        figures[source] = {
            "right": _right(read, labels, mine),
            "right_by_class": {
                c: _right(read, labels, mine & (labels == k))
                for k, c in enumerate(BOX_CLASSES)
                if (mine & (labels == k)).any()
            },
            "filler_read_as_digit": rate(int((read < DIGITS)[mine & filler].sum()), int((mine & filler).sum())),
            "digit_read_as_filler": rate(int((read >= DIGITS)[mine & ~filler].sum()), int((mine & ~filler).sum())),
            "confusions": dict(wrong.most_common(12)),
            "reliability": _reliability(log_p[mine], labels[mine]),
            "mean_log_loss": round(float(-log_p[mine][np.arange(mine.sum()), labels[mine]].mean()), 5),
        }
    return figures


def measure(shared: Path, extra: Path | None) -> dict[str, Any]:
    """All figures of the card."""
    real = load_real_crops(shared, extra)
    held_out = read_held_out(plain_view(real.images), real.folds)
    rng = np.random.default_rng(7)
    moved = np.stack([photograph(image.astype(np.float32), rng, harm=0.0) for image in real.images])
    moved_p = read_held_out(moved, real.folds)
    wiped_p = read_held_out(plain_view(wiped_crops(real)), real.folds)
    photos = np.isin(real.sources, ("2020", "2024", "pipeline"))
    reader = load_digit_reader(HERE / "digits.onnx")
    public = {}
    for name, how, crops, labels in public_sets(shared):
        log_p = reader.log_probabilities(list(crops))
        ten = log_p[:, :DIGITS].argmax(axis=1)
        public[name] = {
            "placed": how,
            "right": rate(int((log_p.argmax(axis=1) == labels).sum()), len(labels)),
            "right_among_ten_digits": rate(int((ten == labels).sum()), len(labels)),
            "reliability": _reliability(log_p, labels),
        }
    every = np.ones(len(real), bool)
    return {
        "held_out": _figures_of(held_out, real),
        "held_out_moved": {
            source: _right(moved_p.argmax(axis=1), real.labels, real.sources == source)
            for source in sorted(set(real.sources.tolist()))
        },
        "held_out_wiped_photos_read_as_digit": rate(
            int((wiped_p.argmax(axis=1) < DIGITS)[photos].sum()), int((every & photos).sum())
        ),
        "public_sets": public,
    }


def write_card(shared: Path, extra: Path | None, training: dict[str, Any]) -> dict[str, Any]:
    """Measure and write ``card.json``; returns it."""
    model = HERE / "digits.onnx"
    real = load_real_crops(shared, extra)
    card = {
        "model": "digits.onnx",
        "sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "bytes": model.stat().st_size,
        "classes": BOX_CLASSES,
        "temperature": load_digit_reader(model).temperature,
        "training": training,
        "real_crops": {
            source: dict(sorted(Counter(BOX_CLASSES[k] for k in real.labels[real.sources == source]).items()))
            for source in sorted(set(real.sources.tolist()))
        },
        "crops_per_fold": np.bincount(real.folds, minlength=FOLDS).tolist(),
        "figures": measure(shared, extra),
    }
    (HERE / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    return card


def _show(figures: dict[str, Any], path: str = "") -> None:
    for key, value in figures.items():
        where = f"{path} / {key}" if path else key
        if isinstance(value, dict) and "hits" in value:
            interval = value.get("wilson95", ["", ""])
            print(
                f"{where}: {value['hits']} of {value['n']} ({value.get('rate', 0):.4f}, {interval[0]} to {interval[1]})"
            )
        elif isinstance(value, dict):
            _show(value, where)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for row in value:
                low, high = row["confidence"]
                print(f"{where} {low}-{high}: says {row['mean_confidence']:.4f}, is {row['rate']:.4f} of {row['n']}")
        else:
            print(f"{where}: {value}")


def main() -> None:
    """Print the figures, and write them into the card if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with digits/ and forms/")
    parser.add_argument("--extra-crops", type=Path, help="folder with crops.jsonl (crop, label, photo)")
    parser.add_argument("--write", action="store_true", help="put the figures into card.json")
    options = parser.parse_args()
    if options.write:
        training = json.loads((HERE / "card.json").read_text())["training"]
        _show(write_card(options.shared, options.extra_crops, training)["figures"])
    else:
        _show(measure(options.shared, options.extra_crops))


if __name__ == "__main__":
    main()
