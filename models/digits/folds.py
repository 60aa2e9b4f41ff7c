"""Which fifth of the real crops a photo belongs to, so that no sheet is trained on and tested on."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

FOLDS = 5
BLOCK = 60
"""Consecutive crops of 2024 that stay together: neighbours in number often come from one form."""


def fold_of(group: str) -> int:
    """The fold of a group name: a hash, so that it never depends on what else is there."""
    return int(hashlib.sha1(group.encode()).hexdigest()[:8], 16) % FOLDS


@lru_cache(maxsize=4)
def _groups(shared: Path) -> dict[str, str]:
    """Photo stem -> name of its sheet; photos of one sheet share it, found in either label file."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    def join(one: str, other: str) -> None:
        low, high = sorted((root(one), root(other)))
        parent[high] = low

    stems = set()
    for line in (shared / "digits" / "c1_crops_2020.jsonl").read_text().splitlines():
        row = json.loads(line)
        stems.add(row["photo"])
        join(f"photo {row['photo']}", f"sheet {row['sheet']}")
    for line in (shared / "forms" / "labels.jsonl").read_text().splitlines():
        row = json.loads(line)
        stem = Path(row["photo"]).stem
        stems.add(stem)
        if "same_sheet" in row:
            join(f"photo {stem}", f"same {row['form']} {row['same_sheet']}")
    return {stem: root(f"photo {stem}") for stem in stems}


def group_of_photo(photo_stem: str, shared: Path) -> str:
    """The name all photos of one sheet share; a photo nobody labelled is a group of its own.

    A photo that crops were cut from goes where they go, and so does the other page of the same station.
    """
    for source in _scans(shared):
        scan = Path(source).stem.lower().replace("_", "-")
        if photo_stem.endswith((scan, scan.replace("-x02", "-x01"))):
            return source
    return _groups(shared).get(photo_stem, f"photo {photo_stem}")


@lru_cache(maxsize=4)
def _scans(shared: Path) -> tuple[str, ...]:
    """Sources that are whole scans of 2019, of which several crops were cut."""
    rows = (json.loads(line) for line in (shared / "digits" / "c1_crops.jsonl").read_text().splitlines())
    counts = Counter(row["source"] for row in rows if not row["kind"].startswith("2024"))
    return tuple(source for source, count in counts.items() if count > 1)


def fold_of_photo(photo_stem: str, shared: Path) -> int:
    """The fold, 0..4, of a photo by its file name without folder and extension."""
    return fold_of(group_of_photo(photo_stem, shared))


def write_folds(shared: Path, table: Path) -> None:
    """Lists the fold of every real labelled photo, as ``ocr-pipeline bench --held-out`` wants it."""
    rows = [json.loads(line) for line in (shared / "forms" / "labels.jsonl").read_text().splitlines()]
    stems = sorted({Path(row["photo"]).stem for row in rows if row["kind"] == "real"})
    lines = [f"{stem},{fold_of_photo(stem, shared)}" for stem in stems]
    table.write_text("\n".join(["photo,fold", *lines]) + "\n", encoding="utf-8")


def fold_of_numbered_crop(source: str) -> int:
    """The fold of a crop known only by its source, e.g. ``repo:DataSet_03/4_DataSet3_017.jpg``.

    Blocks of 60 consecutive numbers stay together and are dealt out in turn; the same block of
    another digit's series goes with it, in case the series were cut from the same forms in the same
    order. A source without such a number is one scanned form and a group of its own.
    """
    number = re.search(r"_DataSet\d+_(\d+)\.", source)
    return int(number[1]) // BLOCK % FOLDS if number else fold_of(source)
