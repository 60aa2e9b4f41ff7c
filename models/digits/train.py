"""Train the digit reader: ``python models/digits/train.py --shared ../shared``.

First a base net on drawn boxes alone; then, from it, one net per fold on the real crops of the
other four folds (to measure on crops never trained on) and the shipped net on all of them.
"""

from __future__ import annotations

import argparse
import copy
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from crops import RealCrops, load_real_crops
from evaluate import fit_temperature, plain_view, write_card
from folds import FOLDS, write_folds
from net import build_net, export
from pools import Pool, drawn_pool, real_pools
from torch import nn

from ocr_pipeline.photo.read.digits import normalise
from ocr_pipeline.records import BOX_CLASSES

HERE = Path(__file__).resolve().parent
SEED = 20241127
BATCH = 256
FILLER_WEIGHT = 1.6
"""Weight of ``X``, ``-`` and ``_`` in the loss: a digit read where none stands is the worst error."""
BASE_RATE, FINE_RATE = 4e-3, 1e-3
SMOOTHING = 0.02
"""Share of the truth given to other classes: a few labels are wrong."""


def _train(net: nn.Module, pools: Sequence[tuple[Pool, float]], steps: int, rate: float, seed: int) -> nn.Module:
    """Train on batches drawn from several pools in fixed shares; return the running average of the weights."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    net = net.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    average = copy.deepcopy(net)
    weight = torch.tensor([1.0] * 10 + [FILLER_WEIGHT] * 3)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.15)
    counts = [round(BATCH * share) for _, share in pools]
    began = time.time()
    for step in range(steps):
        picks = [rng.integers(len(pool.labels), size=count) for (pool, _), count in zip(pools, counts, strict=True)]
        images = np.concatenate([pool.images[pick] for (pool, _), pick in zip(pools, picks, strict=True)])
        labels = np.concatenate([pool.labels[pick] for (pool, _), pick in zip(pools, picks, strict=True)])
        batch = torch.from_numpy(normalise(images)).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(batch)
        loss = nn.functional.cross_entropy(
            logits.float(), torch.from_numpy(labels), weight=weight, label_smoothing=SMOOTHING
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        keep = min(0.998, step / (step + 20))
        with torch.no_grad():
            for kept, new in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
                kept.copy_(new if not kept.is_floating_point() else keep * kept + (1 - keep) * new)
        if step % 500 == 0 or step == steps - 1:
            print(f"  step {step:5d} of {steps}  loss {loss.item():.3f}  {time.time() - began:.0f} s", flush=True)
    return average.eval()


def logits_of(net: nn.Module, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The net's logits for (n, 48, 48) crops."""
    net = net.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(images), 1024):
            parts.append(net(torch.from_numpy(normalise(images[start : start + 1024]))).double().numpy())
    result: npt.NDArray[np.float64] = np.concatenate(parts)
    return result


def _train_folds(
    base: nn.Module, real: RealCrops, mixes: Sequence[tuple[Pool, float]], steps: int
) -> tuple[list[nn.Module], npt.NDArray[np.float64]]:
    """Fine-tune once per fold; the nets, and the logits of every crop by the net that never saw its fold."""
    logits = np.zeros((len(real), len(BOX_CLASSES)))
    views = plain_view(real.images)
    nets = []
    for fold in range(FOLDS):
        print(f"fold {fold}")
        pools = [(pool.without(fold), share) for pool, share in mixes]
        net = _train(copy.deepcopy(base), pools, steps, FINE_RATE, SEED + fold)
        out = real.folds == fold
        logits[out] = logits_of(net, views[out])
        right = (logits[out].argmax(axis=1) == real.labels[out]).mean()
        print(f"  right on {out.sum()} held-out crops: {right:.4f}")
        nets.append(net)
    return nets, logits


def main() -> None:
    """Train, measure, write ``digits.onnx``, ``card.json`` and the five fold models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder with digits/ and forms/")
    parser.add_argument("--extra-crops", type=Path, help="folder with crops.jsonl (crop, label, photo)")
    parser.add_argument("--drawn", type=int, default=200_000, help="drawn boxes")
    parser.add_argument("--base-steps", type=int, default=3500)
    parser.add_argument("--fold-steps", type=int, default=800)
    parser.add_argument("--base", type=Path, help="file of base weights: read if it exists, else written")
    parser.add_argument("--threads", type=int, default=1, help="more only pay on cores nobody else uses")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)

    began = time.time()
    drawn = drawn_pool(options.shared, options.drawn, SEED)
    print(f"{len(drawn.labels)} drawn boxes, {time.time() - began:.0f} s")
    base: nn.Module = build_net()
    if options.base and options.base.exists():
        base.load_state_dict(torch.load(options.base, weights_only=True))
    else:
        base = _train(base, [(drawn, 1.0)], options.base_steps, BASE_RATE, SEED)
        if options.base:
            torch.save(base.state_dict(), options.base)

    real = load_real_crops(options.shared, options.extra_crops)
    augmented, anew = real_pools(options.shared, real, per_crop=8, rewritings=60_000, seed=SEED)
    print(f"{len(augmented.labels)} views of {len(real)} real crops, {len(anew.labels)} rewritten")
    mixes = [(augmented, 0.5), (anew, 0.25), (drawn, 0.25)]
    nets, held_out = _train_folds(base, real, mixes, options.fold_steps)
    temperature = fit_temperature(held_out, real.labels)
    print(f"temperature {temperature}; the shipped net")
    shipped = _train(copy.deepcopy(base), mixes, options.fold_steps, FINE_RATE, SEED + FOLDS)
    for fold, net in enumerate(nets):
        export(net, temperature, HERE / "folds" / f"fold{fold}.onnx")
    export(shipped, temperature, HERE / "digits.onnx")
    write_folds(options.shared, HERE / "folds" / "photos.csv")
    training = {
        "seed": SEED,
        "drawn_boxes": len(drawn.labels),
        "views_of_real_crops": len(augmented.labels),
        "rewritten_real_boxes": len(anew.labels),
        "batch": BATCH,
        "base_steps": options.base_steps,
        "fine_tuning_steps": options.fold_steps,
        "filler_weight": FILLER_WEIGHT,
        "label_smoothing": SMOOTHING,
        "minutes": round((time.time() - began) / 60, 1),
    }
    card = write_card(options.shared, options.extra_crops, training)
    print({source: figures["right"] for source, figures in card["figures"]["held_out"].items()})


if __name__ == "__main__":
    main()
