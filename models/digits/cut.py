"""Cut training crops with the pipeline itself.

``python models/digits/cut.py --labels ../shared/forms --out work/crops``: the folder of crops is what
``train.py --extra-crops`` takes: boxes as the reader will see them, cut by the same registration, from
photos whose box characters a person has written down.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2

from ocr_pipeline.benchmark.labels import LabelledPhoto, load_labels
from ocr_pipeline.forms import Catalogue, load_catalogue
from ocr_pipeline.pipeline import find_boxes
from ocr_pipeline.records import BOX_CLASSES, Failure, PhotoSource


def cut(label: LabelledPhoto, catalogue: Catalogue, out: Path) -> list[dict[str, str]]:
    """Writes the crops of one photo whose character is known; a row for each."""
    crops = find_boxes(PhotoSource(str(label.path)), catalogue)
    if isinstance(crops, Failure) or (crops.page.form_id, crops.page.page) != (label.form, label.page):
        return []
    rows: list[dict[str, str]] = []
    for box in crops.boxes:
        truth = label.boxes.get(box.field, "")
        of_field = sum(other.field == box.field for other in crops.boxes)
        if len(truth) != of_field or truth[box.index] not in BOX_CLASSES:
            continue
        name = f"{label.path.stem}_{box.field}_{box.index}.png"
        cv2.imwrite(str(out / name), box.image)
        rows.append({"crop": name, "label": truth[box.index], "photo": label.path.stem})
    return rows


def main() -> None:
    """Cuts all real photos of the catalogue's forms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, required=True, help="labelled folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for the crops and crops.jsonl")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    catalogue = load_catalogue()
    known = {form.form_id for form in catalogue.forms}
    labels = [label for label in load_labels(options.labels) if label.kind == "real" and label.form in known]
    rows = [row for label in labels for row in cut(label, catalogue, options.out)]
    (options.out / "crops.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    print(f"{len(rows)} crops of {len({row['photo'] for row in rows})} photos in {options.out}")


if __name__ == "__main__":
    main()
