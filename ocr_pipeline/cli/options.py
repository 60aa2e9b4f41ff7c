"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

EXISTING = click.Path(path_type=Path)
NEW_FOLDER = click.Path(path_type=Path, file_okay=False)
MODEL = click.option("--model", type=EXISTING, help="Another digit model than the installed one (ONNX).")
FORMS = click.option(
    "--forms",
    type=NEW_FOLDER,
    envvar="OCR_PIPELINE_FORMS",
    help="Folder with form files of your own, known in addition ('forms new' writes one).  [env: OCR_PIPELINE_FORMS]",
)
MANIFEST = click.option(
    "--manifest", type=EXISTING, help="CSV with columns photo,station[,page]: whose station each photo is."
)
JOBS = click.option("--jobs", type=click.IntRange(1), default=None, help="Worker processes.  [default: one per core]")
