"""How well a small net tells crops of real photos from synthetic ones: the lower, the more real the synthesis.

    python models/realism/tell_apart.py cut --labels ../shared/forms --form c-hasil-kwk-2020 --out work/real.npz
    ocr-pipeline synth --form c-hasil-kwk-2020 --count 200 --severity 2 --out work/made
    python models/realism/tell_apart.py cut --labels work/made --form c-hasil-kwk-2020 --out work/made.npz
    python models/realism/tell_apart.py train --real work/real.npz --made work/made.npz
    python models/realism/tell_apart.py sheet --real work/real.npz --made work/made.npz --out work/sheet.png

Both kinds are cut by the pipeline's own registration and hold equally many of each character, so that only
the look is left to tell them by. Photos, and with them writers, are either in the training or in the test.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ocr_pipeline.benchmark.labels import load_labels
from ocr_pipeline.benchmark.score import wilson
from ocr_pipeline.forms import load_catalogue
from ocr_pipeline.photo.read.digits import normalise
from ocr_pipeline.pipeline import find_boxes
from ocr_pipeline.records import BOX_CLASSES, Failure, PhotoSource

FOLDS = 2
EPOCHS = 6
BATCH = 64


@dataclass(frozen=True)
class Crops:
    """Crops of one kind with their characters and photos."""

    images: npt.NDArray[np.uint8]
    characters: npt.NDArray[np.str_]
    photos: npt.NDArray[np.str_]


def cut(labels: Path, form: str) -> Crops:
    """The crops of a labelled folder whose character is known."""
    catalogue = load_catalogue()
    found: list[tuple[npt.NDArray[np.uint8], str, str]] = []
    for label in load_labels(labels):
        crops = find_boxes(PhotoSource(str(label.path)), catalogue) if label.form == form else None
        if crops is None or isinstance(crops, Failure) or (crops.page.form_id, crops.page.page) != (form, label.page):
            continue
        for box in crops.boxes:
            truth = label.boxes.get(box.field, "")
            if box.index < len(truth) and truth[box.index] in BOX_CLASSES:
                found.append((box.image, truth[box.index], label.path.stem))
    images, characters, photos = zip(*found, strict=True)
    return Crops(np.stack(images), np.array(characters), np.array(photos))


def load(path: Path) -> Crops:
    """Crops written by ``cut``."""
    data = np.load(path)
    return Crops(data["images"], data["characters"], data["photos"])


def matched(real: Crops, made: Crops, rng: np.random.Generator) -> tuple[Crops, Crops]:
    """As many of each character of either kind."""
    chosen: tuple[list[int], list[int]] = ([], [])
    for character in BOX_CLASSES:
        places = [np.flatnonzero(crops.characters == character) for crops in (real, made)]
        count = min(len(some) for some in places)
        for into, some in zip(chosen, places, strict=True):
            into.extend(rng.permutation(some)[:count])
    return tuple(  # type: ignore[return-value]
        Crops(crops.images[some], crops.characters[some], crops.photos[some])
        for crops, some in zip((real, made), chosen, strict=True)
    )


def net() -> nn.Module:
    """Three steps of convolution and a mean over what is left: looks at texture and shape alike."""
    layers: list[nn.Module] = []
    before = 1
    for width in (16, 32, 64):
        layers += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
        before = width
    return nn.Sequential(*layers, nn.Dropout(0.2), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(256, 1))


def as_seen(images: npt.NDArray[np.uint8], raw: bool) -> torch.Tensor:
    """Grey as it is, or as the digit reader sees it: paper 0, ink 1."""
    seen = images[:, None].astype(np.float32) / 255 if raw else normalise(images)
    return torch.from_numpy(np.ascontiguousarray(seen))


def tell_apart(real: Crops, made: Crops, raw: bool, seed: int = 0) -> tuple[int, int]:
    """Crops that nets told rightly, and all, over folds in which no photo is on both sides."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    real, made = matched(real, made, rng)
    images = np.concatenate([real.images, made.images])
    truth = np.concatenate([np.ones(len(real.images)), np.zeros(len(made.images))]).astype(np.float32)
    photos = np.concatenate([np.char.add("r", real.photos), np.char.add("m", made.photos)])
    names = rng.permutation(np.unique(photos))
    fold_of = {name: i % FOLDS for i, name in enumerate(names)}
    folds = np.array([fold_of[photo] for photo in photos])
    right = 0
    for fold in range(FOLDS):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        model = _train(as_seen(images[inside], raw), torch.from_numpy(truth[inside]), rng)
        with torch.no_grad():
            said = model(as_seen(images[outside], raw))[:, 0].numpy() > 0
        right += int((said == (truth[outside] > 0.5)).sum())
    return right, len(truth)


def _train(images: torch.Tensor, truth: torch.Tensor, rng: np.random.Generator) -> nn.Module:
    model = net()
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-2)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    model.train()
    for _ in range(EPOCHS):
        order = rng.permutation(len(images))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            some = torch.from_numpy(order[at : at + BATCH])
            loss = nn.functional.binary_cross_entropy_with_logits(model(images[some])[:, 0], truth[some])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return model.eval()


def contact_sheet(real: Crops, made: Crops, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Rows of real crops, each above a row of synthetic ones of the same characters."""
    real, made = matched(real, made, np.random.default_rng(seed))
    order = np.random.default_rng(seed).permutation(len(real.images))[:96]
    rows: Iterator[npt.NDArray[np.uint8]] = (
        np.hstack([crops.images[i] for i in order[at : at + 16]]) for at in range(0, 96, 16) for crops in (real, made)
    )
    bars = [np.full((10 if i % 2 else 2, 16 * 48), 255, np.uint8) for i in range(12)]
    sheet = np.vstack([part for row, bar in zip(rows, bars, strict=True) for part in (row, bar)])
    return np.asarray(cv2.resize(sheet, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), np.uint8)


def main() -> None:
    """Cuts, trains or draws, as the first argument says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(dest="step", required=True)
    cutting = steps.add_parser("cut")
    cutting.add_argument("--labels", type=Path, required=True)
    cutting.add_argument("--form", required=True)
    for name in ("train", "sheet"):
        step = steps.add_parser(name)
        step.add_argument("--real", type=Path, required=True)
        step.add_argument("--made", type=Path, required=True)
    for step in (cutting, steps.choices["sheet"]):
        step.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.step == "cut":
        crops = cut(options.labels, options.form)
        np.savez_compressed(options.out, images=crops.images, characters=crops.characters, photos=crops.photos)
        print(f"{len(crops.images)} crops of {len(np.unique(crops.photos))} photos in {options.out}")
        return
    real, made = load(options.real), load(options.made)
    if options.step == "sheet":
        cv2.imwrite(str(options.out), contact_sheet(real, made))
        return
    for raw in (True, False):
        right, n = tell_apart(real, made, raw)
        low, high = wilson(right, n)
        how = "as they are" if raw else "as the digit reader sees them"
        print(f"crops {how}: {right / n:.1%} of {n} told apart ({low:.1%} - {high:.1%})")


if __name__ == "__main__":
    main()
